"""Generate the parts of the reference that come from the code: commands, rules, schemas, actions, fields.

    python -m docs.generate            update the pages
    python -m docs.generate --check    list the pages that are out of date; exit with 1 if there are any

A generated part of a page is between `<!-- from the code: NAME -->` and `<!-- until here -->`.
"""
# ruff: noqa: INP001 - a script next to the pages it writes, not a package

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from docs import in_editor
from seatsync.account.actions.spec import ActionSpec, Performers
from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import ROLE_TITLES
from seatsync.cli import main
from seatsync.cli.groups import ACCOUNT, DEMO, EDIT, FLEET, POLICY, REPORTS, root
from seatsync.demo.profiles import VARIANTS
from seatsync.expressions.functions import FUNCTIONS
from seatsync.expressions.variables import TITLES, VARIABLES, Variable
from seatsync.reporting.formats import APPLIES, DIFFS, DRIFTS, FINDINGS, FORECASTS, OVERVIEWS, PLANS, REFRESHES
from seatsync.rules.manual import ABOUT_PREAMBLE, PREAMBLE, SECTIONS, Page, all_pages

DOCS = Path(__file__).resolve().parent
SCHEMAS = DOCS.parent / "schemas"
WIDTH = "80"

_PART = re.compile(r"(<!-- from the code: ([a-z -]+) -->\n).*?(<!-- until here -->)", re.DOTALL)
_OF = {
    "findings": "findings",
    "why": "`why`",
    "apply": "`apply`",
    "account": "an account",
}  # the other names take an article


def commands() -> str:
    """Return the help pages of all commands, in the order of `seatsync --help`."""
    below = {"edit": EDIT, "report": REPORTS, "fleet": FLEET, "policy": POLICY, "account": ACCOUNT, "demo": DEMO}
    names = [[name, *more] for name in root.listed for more in ([], *([each] for each in below.get(name, ())))]
    return "\n".join(_help_page(name) for name in [[], *names])


def _help_page(name: list[str]) -> str:
    with redirect_stdout(StringIO()) as printed, _width():
        main([*name, "--help"])
    title = " ".join(["seatsync", *name])
    return f"## {title}\n\n```text\n{printed.getvalue()}```\n"


@contextmanager
def _width() -> Iterator[None]:
    """Fix the width of the terminal, at which click wraps its help pages."""
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = WIDTH
    try:
        yield
    finally:
        os.environ.pop("COLUMNS")
        if before is not None:
            os.environ["COLUMNS"] = before


def rules() -> str:
    """Return the table of rules, the preamble of their examples, and the manual page of each rule."""
    found = list(all_pages().values())
    rows = [f"| [{page.code}](#{page.code.lower()}) | {page.severity} | {page.title} |" for page in found]
    table = "\n".join(["| code | severity | rule |", "|---|---|---|", *rows])
    preamble = f"## Preamble of the examples\n\n{ABOUT_PREAMBLE}\n\n```yaml\n{PREAMBLE}```\n"
    return f"{table}\n\n" + "\n".join([preamble, *(_rule_page(page) for page in found)])


def _rule_page(page: Page) -> str:
    parts = re.split(rf"^({'|'.join(SECTIONS)}):", page.text, flags=re.MULTILINE)[1:]
    sections = dict(zip(parts[::2], parts[1::2], strict=True))
    lines = [f"## {page.code}", f"*{page.severity}.* {page.title}"]
    lines += [f"**{name}:** {' '.join(sections[name].split())}" for name in ("What", "Why", "Source")]
    for name, example in (("Wrong", page.wrong), ("Right", page.right)):
        lines.append(f"**{name}:**\n\n```yaml\n{example.rstrip()}\n```")
    return "\n\n".join(lines) + "\n"


def profiles() -> str:
    """Return the table of the profiles of the made-up portal."""
    rows = [f"| `{name}` | {variant.meaning} |" for name, variant in VARIANTS.items()]
    return "\n".join(["| profile | how the made-up portal behaves |", "|---|---|", *rows]) + "\n"


def actions() -> str:
    """Return the table of actions."""
    rows = [
        f"| `{action.name}` | {_args(action)} | {action.kind} | {action.channel} | {_performers(action.performers)} |"
        for action in ACTIONS.values()
    ]
    return "\n".join(["| action | args | kind | channel | who may |", "|---|---|---|---|---|", *rows]) + "\n"


def _args(action: ActionSpec) -> str:
    return ", ".join([*action.required, *(f"({name})" for name in action.optional)]) or "none"


def _performers(rule: Performers) -> str:
    parts = [", ".join(ROLE_TITLES[role] for role in roles) for roles in (rule.team, rule.contract) if roles]
    text = "; ".join(dict.fromkeys(parts))
    text += rule.page
    if rule.themselves:
        text = f"{text}, or the person" if text else "the person"
    return text


def schema(name: str, known: str = "") -> str:
    """Return the fields of a schema and of its definitions, except those that are equal in the `known` schema."""
    document = _schema(name)
    before = _schema(known)["$defs"] if known else {}
    of, others = (_OF.get(each, f"a {each}") for each in (name, known))
    tables = [f"{document['description']}\n\n{_fields(document)}"]
    for key, thing in document.get("$defs", {}).items():
        if thing != before.get(key):
            fields = f"\n{_fields(thing)}" if "properties" in thing else ""
            tables.append(f"### {thing.get('title', key)} (in {of})\n\n{thing['description']}\n{fields}")
    if before:
        tables.append(f"All other definitions are those of {others}.\n")
    return "\n".join(tables)


def _schema(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="utf-8"))
    return document


def _fields(thing: dict[str, Any]) -> str:
    return "\n".join(["| field | is | meaning |", "|---|---|---|", *_rows(thing, "")]) + "\n"


def _rows(thing: dict[str, Any], prefix: str) -> Iterator[str]:
    """Yield a row per field; fields nested in it without a definition of their own follow."""
    required = set(thing.get("required", ()))
    if required == thing["properties"].keys():
        required = set()  # if every field is required, marking them adds nothing
    for name, field in thing["properties"].items():
        must = " (required)" if name in required else ""
        yield f"| `{prefix}{name}`{must} | {_kind(field)} | {_cell(field.get('description', ''))} |"
        inside, ending = (field, ".") if "properties" in field else (field.get("items", {}), "[].")
        if isinstance(inside, dict) and "properties" in inside:
            yield from _rows(inside, f"{prefix}{name}{ending}")


def _kind(field: dict[str, Any]) -> str:
    """Return the type of a field in a few words."""
    if "$ref" in field:
        return f"a {field['$ref'].rpartition('/')[2]}"
    if "const" in field:
        return f"`{json.dumps(field['const'])}`"
    if field.get("enum") == list(ACTIONS):
        return "the name of an action"
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in field["enum"] if value is not None)
    for alternatives in ("anyOf", "oneOf"):
        if alternatives in field:
            return " or ".join(dict.fromkeys(_kind(option) for option in field[alternatives]))
    types = field.get("type", "anything")
    words = {"object": "mapping", "array": "list", "string": "text", "integer": "number", "boolean": "true or false"}
    found = [words.get(each, each) for each in ([types] if isinstance(types, str) else types) if each != "null"]
    if field.get("format") in {"date", "email"} and found == ["text"]:
        found = [{"date": "day", "email": "e-mail address"}[field["format"]]]
    return " or ".join(found)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def formats() -> str:
    """Return a sentence with the names of the formats."""
    return (
        f"Findings: {_listed(FINDINGS)}. Plans: {_listed(PLANS)}. Diffs: {_listed(DIFFS)}. "
        f"Results of `apply`: {_listed(APPLIES)}. "
        f"Forecasts: {_listed(FORECASTS)}. Drift: {_listed(DRIFTS)}. Accounts: {_listed(OVERVIEWS)}. "
        f"Refreshes: {_listed(REFRESHES)}.\n"
    )


def _listed(names: dict[str, Any]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def variables() -> str:
    """Return a table of variables for each value of `each`; those that several share have a table of their own."""
    shared = [variable for variable in VARIABLES["plan"] if all(variable in table for table in VARIABLES.values())]
    person = [variable for variable in VARIABLES["person"] if variable not in shared]
    tables = [
        f"Of every rule:\n\n{_variables(shared)}",
        f"Of `each: person`, `seat` and `role`:\n\n{_variables(person)}",
    ]
    for each, table in VARIABLES.items():
        own = [variable for variable in table if variable not in (*shared, *person)]
        if own:
            tables.append(f"Of `each: {each}`:\n\n{_variables(own)}")
    return "\n".join(tables)


def _variables(variables: list[Variable]) -> str:
    rows = [f"| `{each.name}` | {TITLES[each.type]} | {_described(each)} |" for each in variables]
    return "\n".join(["| variable | is | meaning |", "|---|---|---|", *rows]) + "\n"


def _described(variable: Variable) -> str:
    if variable.name == "action":
        return f"{_cell(variable.description)}; [all actions](../reference/plan-format.md#actions)"
    values = ", ".join(f"`{value}`" for value in variable.values)
    return f"{_cell(variable.description)}{values and f': {values}'}"


def functions() -> str:
    """Return the table of functions of expressions."""
    rows = [f"| `{each.name}` | `{_cell(each.call)}` | {_cell(each.description)} |" for each in FUNCTIONS.values()]
    return "\n".join(["| function | example | is |", "|---|---|---|", *rows]) + "\n"


PARTS: dict[str, Callable[[], str]] = {
    "commands": commands,
    "rules": rules,
    "actions": actions,
    "formats": formats,
    "schema of the project file": lambda: schema("project"),
    "schema of a fragment": lambda: schema("fragment"),
    "schema of a fleet": lambda: schema("fleet"),
    "schema of a snapshot": lambda: schema("snapshot", known="fragment"),
    "schema of a plan": lambda: schema("plan"),
    "schema of findings": lambda: schema("findings"),
    "schema of a forecast": lambda: schema("forecast"),
    "schema of a diff": lambda: schema("diff", known="findings"),
    "schema of why": lambda: schema("why"),
    "schema of a plan diff": lambda: schema("plan-diff", known="findings"),
    "schema of apply": lambda: schema("apply"),
    "schema of notices": lambda: schema("notices"),
    "schema of a status": lambda: schema("status"),
    "schema of a fleet status": lambda: schema("fleet-status"),
    "schema of a fleet report": lambda: schema("fleet-report"),
    "schema of the runs of a fleet": lambda: schema("fleet-run"),
    "profiles of the made-up portal": profiles,
    "schema of a policy test": lambda: schema("policy-test"),
    "schema of a report on usage": lambda: schema("report-usage"),
    "schema of a report on seats to reclaim": lambda: schema("report-reclaim"),
    "schema of a report on contracts": lambda: schema("report-contracts"),
    "schema of a report on cost": lambda: schema("report-cost", known="report-contracts"),
    "schema of a refresh": lambda: schema("refresh", known="findings"),
    "schema of a drift": lambda: schema("drift"),
    "schema of an account": lambda: schema("account"),
    "variables of rules": variables,
    "functions of rules": functions,
    "findings in an editor": in_editor.findings,
    "completion in an editor": in_editor.completion,
    "a change in an editor": in_editor.change,
    "hover in an editor": in_editor.hovers,
    "rename in an editor": in_editor.renaming,
    "a rule in an editor": in_editor.own_rule,
    "a plan in an editor": in_editor.plan,
}


def regenerated(text: str) -> str:
    """Return a page with its generated parts up to date."""

    def part(match: re.Match[str]) -> str:
        return f"{match[1]}\n{PARTS[match[2]]()}\n{match[3]}"

    return _PART.sub(part, text)


def stale() -> Iterator[tuple[Path, str]]:
    """Yield each page that is out of date, with its text up to date."""
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        now = regenerated(text)
        if now != text:
            yield page, now


def run(arguments: list[str]) -> int:
    """Update or check the pages; return the exit code."""
    code = 0
    for page, now in stale():
        check = "--check" in arguments
        sys.stdout.write(f"docs/{page.relative_to(DOCS)}: {'out of date' if check else 'updated'}\n")
        if check:
            code = 1
        else:
            page.write_text(now, encoding="utf-8")
    return code


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
