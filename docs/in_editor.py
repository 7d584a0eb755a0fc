"""Generate the examples of editor features, which no command prints, from examples/quickstart and handover."""
# ruff: noqa: INP001 - a script next to the pages it writes, not a package

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seatsync.declaration.files import PROJECT_FILE
from seatsync.editing.occurrences import Symbol
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.lsp.completions import completions
from seatsync.lsp.diagnostics import fixes, reports
from seatsync.lsp.hover import hover
from seatsync.lsp.plan_lenses import from_json
from seatsync.lsp.positions import Text, applied
from seatsync.lsp.renaming import RenameRefused, rename
from seatsync.lsp.rule_expressions import hover_at
from seatsync.lsp.workspace import View, read

_EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
_FILE = "teams/design.yaml"


def _today(_zone: str) -> str:
    return "2026-06-15"


def _view(text: str | None = None, example: str = "quickstart") -> View:
    root = _EXAMPLES / example
    unsaved = {} if text is None else {str(root / _FILE): text.encode()}
    return read(root, unsaved, _today)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def findings() -> str:
    """Show the finding and the quick fix for a misspelt address."""
    return _block(_finding(_view().text(_FILE).replace("[ben@", "[bne@"), "quickstart"))


def completion() -> str:
    """Show the completions where the name of a person begins."""
    return _block(_offers(_view().text(_FILE), "[ben@acme.example]", "[be", "quickstart"))


def change() -> str:
    """Show the completions for a new primary admin, and the finding for a misspelt one."""
    text = _view(example="handover").text(_FILE)
    typed = _offers(text, "primary_admin: ana@acme.example", "primary_admin: ch", "handover")
    return _block(f"{typed}\n\n{_finding(text.replace('primary_admin: ana@', 'primary_admin: choo@'), 'handover')}")


def _finding(text: str, example: str) -> str:
    """Return the line of the first finding in an open file, the finding below it, and its quick fixes."""
    view = _view(text, example)
    (report, *_) = reports(view, "utf-16")[_FILE]
    offered = "\n".join(f"Quick fix: {fix.title}" for fix in fixes(_FILE, report.at, view, "utf-16", _today))
    start, end = report.at.start, report.at.end
    line = text.splitlines()[start.line]
    under = " " * start.character + "~" * (end.character - start.character)
    said = f"{report.finding.severity} {report.finding.code}: {report.message}"
    return f"{line}\n{under}\n{said}\n\n{offered}"


def _offers(text: str, old: str, typed: str, example: str) -> str:
    """Return the line that contains `old`, typed up to the end of `typed`, with the completions below its last word."""
    text = text.replace(f"{old}\n", typed, 1)
    at = text.index(typed) + len(typed)
    head = text[:at].splitlines()[-1]
    indent = " " * (len(head) - len("be"))
    found = completions(_FILE, Text(text, "utf-16"), at, _view(example=example)).candidates
    return "\n".join([head, *(f"{indent}{each.label}  {each.detail}" for each in found)])


def own_rule() -> str:
    """Show the completions and the hover text in the expression of a rule of the project's own."""
    view, file = _view(), PROJECT_FILE
    line = "    must: person.ex"
    text = f"{view.text(file)}rules:\n  POLICY101:\n    each: seat\n{line}"
    found = completions(file, Text(text, "utf-16"), len(text), view).candidates[:2]
    indent = " " * line.index("person")
    offers = [f"{indent}{each.label}  {each.detail}" for each in found]
    about = hover_at(file, f"{text}ternal", len(text))
    return "" if about is None else f"{_block(chr(10).join([line, *offers]))}\n{_quoted(about[0])}"


def plan() -> str:
    """Show a file with the steps of the plan above the lines that ask for them."""
    command = [sys.executable, "-m", "seatsync", "lsp", "--target", "file:account.yaml", "--plan-of"]
    command += [str(_EXAMPLES / "quickstart"), _today("")]
    made = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - seatsync itself
    found = from_json(made.stdout)
    if found is None:
        return ""
    shown = [f"« {title} »" for title in found.titles]
    for number, line in enumerate(_view().text(_FILE).splitlines(), 1):
        step = found.lines.get(_FILE, {}).get(number)
        indent = " " * (len(line) - len(line.lstrip()))
        shown += [*([] if step is None else [f"{indent}« {step} »"]), line]
    return _block("\n".join(shown))


def hovers() -> str:
    """Show the hover texts of a person and of a product."""
    view = _view()
    declared = view.declaration
    if declared is None:
        return ""
    things = (Symbol(SymbolKind.PERSON, "ben@acme.example"), Symbol(SymbolKind.PRODUCT, "AutoCAD", "design"))
    return "\n".join(_quoted(hover(symbol, declared, view.day) or "") for symbol in things)


def _quoted(text: str) -> str:
    return "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines())


def renaming() -> str:
    """Show the changes of a rename of the team, and a rename that is refused."""
    view = _view()
    team = Symbol(SymbolKind.TEAM, "design")
    lines = []
    for name, edits in rename(team, "studio", view, "utf-16", _today).items():
        before = view.text(name)
        after = applied(Text(before, "utf-16"), edits).splitlines()
        lines.append(f"--- {name}")
        lines += [f"-{line}" for line in before.splitlines() if line not in after]
        lines += [f"+{line}" for line in after if line not in before.splitlines()]
    try:
        rename(Symbol(SymbolKind.PERSON, "cho@acme.example"), "ben@acme.example", view, "utf-16", _today)
    except RenameRefused as refused:
        changes, why = _block("\n".join(lines)), _block(str(refused))
        return f"{changes}\nRenaming Cho to the address of somebody else is refused:\n\n{why}"
    return ""
