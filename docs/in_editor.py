"""What an editor shows of the repository of examples/quickstart: the parts of a page that no command prints."""
# ruff: noqa: INP001 - a script beside the pages it writes, not a package

from __future__ import annotations

from pathlib import Path

from seatsync.editor.completions import completions
from seatsync.editor.fixes import fixes
from seatsync.editor.hover import hover
from seatsync.editor.places import Text, applied
from seatsync.editor.renaming import RenameRefused, rename
from seatsync.editor.reports import reports
from seatsync.editor.shapes import Kind
from seatsync.editor.things import Thing
from seatsync.editor.view import View, read

_ROOT = Path(__file__).resolve().parents[1] / "examples" / "quickstart"
_FILE = "teams/design.yaml"


def _today(_zone: str) -> str:
    return "2026-06-15"


def _view(text: str | None = None) -> View:
    unsaved = {} if text is None else {str(_ROOT / _FILE): text.encode()}
    return read(_ROOT, unsaved, _today)


def _block(text: str) -> str:
    return f"```text\n{text.rstrip()}\n```\n"


def findings() -> str:
    """A misspelt address: the finding, and its quick fix."""
    text = _view().text(_FILE).replace("[ben@", "[bne@")
    view = _view(text)
    (report, *_) = reports(view, "utf-16")[_FILE]
    (fix,) = fixes(_FILE, report.at, view, "utf-16", _today)
    start, end = report.at.start, report.at.end
    line = text.splitlines()[start.line]
    under = " " * start.character + "~" * (end.character - start.character)
    said = f"{report.finding.severity} {report.finding.code}: {report.message}"
    return _block(f"{line}\n{under}\n{said}\n\nQuick fix: {fix.title}")


def offers() -> str:
    """What is offered where the name of a person begins."""
    view = _view()
    text = view.text(_FILE).replace("[ben@acme.example]\n", "[be", 1)
    at = text.index("[be") + len("[be")
    head = text[:at].splitlines()[-1]
    found = completions(_FILE, Text(text, "utf-16"), at, view).offers
    return _block("\n".join([head, *(f"{' ' * (len(head) - 2)}{each.label}  {each.detail}" for each in found)]))


def shown() -> str:
    """What is shown of a person, and of a product."""
    view = _view()
    declared = view.declaration
    if declared is None:
        return ""
    things = (Thing(Kind.PERSON, "ben@acme.example"), Thing(Kind.PRODUCT, "AutoCAD", "design"))
    return "\n".join(_quoted(hover(thing, declared, view.day) or "") for thing in things)


def _quoted(text: str) -> str:
    return "".join(f"> {line}".rstrip() + "\n" for line in text.splitlines())


def renamed() -> str:
    """What a rename of the team changes, and one that is refused."""
    view = _view()
    team = Thing(Kind.TEAM, "design")
    lines = []
    for name, edits in rename(team, "studio", view, "utf-16", _today).items():
        before = view.text(name)
        after = applied(Text(before, "utf-16"), edits).splitlines()
        lines.append(f"--- {name}")
        lines += [f"-{line}" for line in before.splitlines() if line not in after]
        lines += [f"+{line}" for line in after if line not in before.splitlines()]
    try:
        rename(Thing(Kind.PERSON, "cho@acme.example"), "ben@acme.example", view, "utf-16", _today)
    except RenameRefused as refused:
        changes, why = _block("\n".join(lines)), _block(str(refused))
        return f"{changes}\nAnd of Cho to an address that somebody has:\n\n{why}"
    return ""
