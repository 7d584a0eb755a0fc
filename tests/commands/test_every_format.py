"""Every command, format and outcome, including errors, writes output that is safe in its format.

Commands come from the reference, which is made from the command line; formats from what a command answers to one that
does not exist. A new command needs its arguments here, and a new format its judge; both fail without.
"""

from __future__ import annotations

import csv
import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from seatsync.reporting.formats import (
    ANSWERS,
    APPLIES,
    DIFFS,
    DOCUMENTS,
    DRIFTS,
    FLEET_RUNS,
    FLEET_STATUSES,
    FORECASTS,
    INSTEAD,
    PLANS,
    POLICY_TESTS,
    REFRESHES,
    STATUSES,
)
from tests.commands.running import DAY, ROOT, Run, write
from tests.gits import commit
from tests.reading.corpora import MARKUP_INJECTION, NAUGHTY_STRINGS, needs
from tests.reporting.any_findings import HOSTILE
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.rendered import rendered
from tests.reporting.test_any_report import unsafe
from tests.reporting.test_plan_html import Page
from tests.reporting.workflow_commands import commands

ARGUMENTS: dict[str, list[str]] = {
    "validate": [],
    "diff": ["before"],
    "plan": [],
    "apply": ["--auto-approve", "--allow", "GUARD002"],
    "show": ["plan.json"],
    "forecast": [],
    "status": [],
    "drift": [],
    "refresh": [".portal", "--dry-run"],
    "why": ["ana@acme.example"],
    "notify": [],
    "fleet status": [],
    "fleet report": ["contracts"],
    "fleet validate": [],
    "fleet refresh": [],
    "fleet plan": [],
    "fleet apply": ["--auto-approve"],
    "fleet approve": ["*"],
    "fleet drift": [],
    "report usage": [],
    "policy test": [],
    "report reclaim": [],
    "report contracts": [],
    "report cost": [],
    "account show": [],
}
"""Arguments of each command besides the format."""

_FORMATTED = re.compile(r"^## seatsync ([a-z -]+)\n(?:(?!^## ).)*?--format FORMAT", re.MULTILINE | re.DOTALL)
_ON_PAGES = {
    "html", "head", "meta", "title", "style", "body", "a", "header", "h1", "h2", "h3", "p", "dl", "dt", "dd", "main",
    "section", "noscript", "code", "form", "label", "input", "select", "option", "datalist", "button", "div", "table",
    "thead", "tr", "th", "tbody", "td", "caption", "ul", "li", "span", "strong", "small", "details", "summary", "ins",
    "del", "pre", "footer", "script", "svg", "rect", "tfoot", "nav", "figure", "figcaption", "desc", "g",
    "path", "text", "circle",
}  # fmt: skip
_IN_COMMENTS = {
    "h3", "h4", "p", "strong", "code", "br", "ul", "li", "details", "summary",
    "table", "thead", "tbody", "tr", "th", "td", "th align", "td align", "pre", "pre lang", "ins", "del",
}  # fmt: skip


def texts_of(corpus: list[str]) -> list[str]:
    """Return the strings that are valid names, without control characters and duplicates."""
    printable = ["".join(char for char in text if _in_yaml(char)) for text in corpus]
    names = {unicodedata.normalize("NFC", text.strip()): None for text in printable if 0 < len(text.strip()) <= 250}
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    return list(folded.values())


def _in_yaml(char: str) -> bool:
    return unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Zl", "Zp"} and char != "\ufeff"


_ROLES = 4
SAMPLE = texts_of([*OWN, *HOSTILE])


def quoted(text: str) -> str:
    """Return a text as YAML with minimal escaping, as source lines are also shown."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\x7f")


def declared(texts: list[str], *, more: str = "", holders: str = "[ana@acme.example]") -> dict[str, str]:
    """Return a repository with teams, groups, products and people named by the texts in turn; and a fleet of it."""
    labels = [f"l{number}: {quoted(text)}" for number, text in enumerate(texts)]
    files = {
        "seatsync.yaml": (
            "version: 1\naccount: acme\ntarget: sqlite:///account.db\ninclude: ['*.part.yaml']\n"
            "policy: {max_removals: 100%}\n"
        ),
        "users.part.yaml": "users:\n  ana@acme.example: {}\n  ben@acme.example: {}\n",
        "fleet.yaml": f"accounts: .\nlabels: {{'*': {{{', '.join(labels)}}}}}\n",
    }
    teams, subscriptions = "teams:\n", "subscriptions:\n"
    for number, texts_here in enumerate(batched(texts, _ROLES)):
        team, group, product, person = (quoted(texts_here[role % len(texts_here)]) for role in range(_ROLES))
        files["users.part.yaml"] += f"  p{number}@acme.example: {{first_name: {person}, last_name: {person}}}\n"
        teams += (
            f"  {team}: {{primary_admin: ana@acme.example, secondary_admins: [ben@acme.example],\n"
            f"    groups: {{{group}: {{members: [p{number}@acme.example], products: [{product}]}}}},\n"
            f"    seats: {{{product}: {holders}}}{more.format(key=person, value=group)}}}\n"
        )
        subscriptions += (
            f"  {quoted(f'{number} {texts_here[-1]}'[:128].rstrip())}: {{team: {team}, product: {product}, seats: 9,\n"
            "    offering: single-user, channel: store, contract_manager: ana@acme.example,\n"
            "    starts: 2026-01-01, ends: 2027-12-31}\n"
        )
    return {**files, "teams.part.yaml": teams, "subscriptions.part.yaml": subscriptions}


def exported(texts: list[str]) -> dict[str, str]:
    """Return a project with a portal, and exports in which everything is named by the texts in turn."""
    users, groups, bought = StringIO(), StringIO(), StringIO()
    rows = [csv.writer(file) for file in (users, groups, bought)]
    rows[0].writerow(("email", "first_name", "last_name", "team_alias", "role", "offering_name"))
    rows[1].writerow(("Email", "Group", "Team"))
    rows[2].writerow(
        ("subscription_id", "team_alias", "offering_name", "seat_quantity", "start_date", "end_date", "reseller_name")
    )
    for number, texts_here in enumerate(batched([text for text in texts if "***" not in text], _ROLES)):
        team, group, product, person = (texts_here[role % len(texts_here)] for role in range(_ROLES))
        for user, role in (("ana", "Primary admin"), (f"p{number}", person)):
            rows[0].writerow((f"{user}@acme.example", person, person, team, role, product))
        rows[1].writerow((f"p{number}@acme.example", group, team))
        rows[2].writerow((f"{number} {group}", team, product, "9", "2026-01-01", "2027-12-31", person))
    names = {"users": users, "groups": groups, "subscriptions": bought}
    return {
        "seatsync.yaml": "version: 1\naccount: acme\ntarget: sqlite:///account.db\nportal: {exports: exports/}\n",
        **{f"exports/{name}-{DAY}.csv": text.getvalue() for name, text in names.items()},
    }


def batched(texts: list[str], size: int) -> Iterator[list[str]]:
    """Yield the texts in batches."""
    for start in range(0, len(texts), size):
        yield texts[start : start + size]


def as_declared(texts: list[str]) -> dict[str, str]:
    return declared(texts)


def changes(texts: list[str]) -> dict[str, str]:
    return declared(texts, holders="[ben@acme.example]")


def not_yaml(texts: list[str]) -> dict[str, str]:
    broken = {f"{number}.part.yaml": f"{quoted(text)}: [{text}\n  {text}: }}\n" for number, text in enumerate(texts)}
    return {**declared(texts), **broken}


def unknown_keys(texts: list[str]) -> dict[str, str]:
    return declared(texts, more=", {key}: {value}")


def no_such_product(texts: list[str]) -> dict[str, str]:
    files = declared(texts)
    return {**files, "subscriptions.part.yaml": ""}


def no_such_person(texts: list[str]) -> dict[str, str]:
    return declared(texts, holders="[ana@acme.example, nobody@acme.example]")


def one_person_twice(texts: list[str]) -> dict[str, str]:
    return declared(texts, holders="[ana@acme.example, p0@acme.example, ana@acme.example]")


def another_channel(texts: list[str]) -> dict[str, str]:
    files = declared(texts)
    files["subscriptions.part.yaml"] = files["subscriptions.part.yaml"].replace("channel: store", "channel: reseller")
    return files


def own_rules(texts: list[str]) -> dict[str, str]:
    """Return rules with the texts as messages, in expressions and in cases; everything breaks them."""
    rules = "rules:\n"
    for number, text in enumerate(texts[:90]):
        each = ("team", "seat", "step")[number % 3]
        must = quoted(f"team == null && team != {json.dumps(text, ensure_ascii=False)}")
        cases = f"passes: [{{team: {quoted(text)}}}], fails: [{{team: {quoted(text)}}}]"
        rules += f"  POLICY1{number:02}: {{each: {each}, must: {must}, message: {quoted(text)}, {cases}}}\n"
    files = changes(texts)
    return {**files, "seatsync.yaml": files["seatsync.yaml"] + rules}


OUTCOMES: dict[str, Callable[[list[str]], dict[str, str]]] = {
    "nothing to do": as_declared,
    "changes": changes,
    "files that are no YAML": not_yaml,
    "unknown keys": unknown_keys,
    "errors of teams": no_such_product,
    "errors of mentions": no_such_person,
    "warnings": one_person_twice,
    "errors against the account": another_channel,
    "own rules": own_rules,
}
"""The declaration after the account was created from `as_declared`."""


# Checks of each format: they fail if a text is anything but text.


def _no_command(text: str) -> None:
    assert [line for line in text.split("\n") if not line.isprintable()] == []
    assert commands(text) == []


def _json(text: str) -> None:
    _no_command(text)
    json.loads(text)


def _junit(text: str) -> None:
    _no_command(text)
    tags = {element.tag for element in ET.fromstring(text).iter()}  # noqa: S314 - our own
    assert tags <= {"testsuites", "testsuite", "testcase", "failure", "system-out"}


def _github(text: str) -> None:
    found = commands(text)
    assert {command.name for command in found} <= {"error", "warning", "notice"}
    assert len(found) == len(text.splitlines())
    assert {name for command in found for name in command.values} <= {
        "file", "line", "endLine", "col", "endColumn", "title",
    }  # fmt: skip


def _markdown(text: str) -> None:
    _no_command(text)
    page = rendered(text)
    assert page.tags <= _IN_COMMENTS
    assert page.found == []


def _html(text: str) -> None:
    assert commands(text) == []
    page = Page(text)
    tags = [tag for tag, _ in page.elements[1:]]
    assert set(tags) <= _ON_PAGES
    assert tags.count("script") in {0, 2}
    plots = sum(attributes.get("role") == "img" for tag, attributes in page.elements if tag == "svg")
    assert (tags.count("style"), tags.count("title"), tags.count("body")) == (1, 1 + plots, 1)
    assert tags[0] == "html"
    names = {name for _, attributes in page.elements for name in attributes}
    assert not {name for name in names if name.startswith("on") or name in {"src", "srcdoc", "style", "action"}}
    links = [more["href"] or "" for _, more in page.elements if "href" in more]
    assert all(link.startswith("#") for link in links)


def _csv(text: str) -> None:
    _no_command(text.removeprefix("\ufeff"))
    assert unsafe(text.partition("\n")[2]) == []


JUDGES: dict[str, Callable[[str], None]] = {
    "text": _no_command,
    "json": _json,
    "sarif": _json,
    "gitlab": _json,
    "junit": _junit,
    "github": _github,
    "markdown": _markdown,
    "html": _html,
    "csv": _csv,
}


_FORMATS: dict[str, list[str]] = {}


def formats_of(command: str, run: Run) -> list[str]:
    """Return the formats of a command, from its message about an unknown one. Each command is asked once."""
    if command not in _FORMATS:
        assert run(*command.split(), *ARGUMENTS[command], "--format", "none") == 1
        _, _, names = run.err.partition("choose one of ")
        _FORMATS[command] = re.findall(r"[a-z]+", names)
    return _FORMATS[command]


def commands_with_formats() -> list[str]:
    return _FORMATTED.findall((ROOT / "docs/reference/commands.md").read_text(encoding="utf-8"))


def test_every_command_with_formats_is_here() -> None:
    assert set(commands_with_formats()) == set(ARGUMENTS)


def test_findings_can_stand_in_for_every_document() -> None:
    of_accounts = (APPLIES, DOCUMENTS, DRIFTS, FLEET_RUNS, FLEET_STATUSES, REFRESHES, STATUSES)
    tables = (ANSWERS, DIFFS, FORECASTS, PLANS, POLICY_TESTS, *of_accounts)
    assert {form for table in tables for form in table} <= set(INSTEAD)
    assert set(INSTEAD) == set(JUDGES)


def project(folder: Path, run: Run, texts: list[str], outcome: str) -> None:
    """Create the account, the files of an outcome, and their plan, if there is one."""
    write(folder, as_declared(texts))
    commit(folder, "before")
    write(folder / ".portal", exported(texts))
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    write(folder, OUTCOMES[outcome](texts))
    run("plan", "--at", DAY, "--out", "plan.json")


def judge_all(folder: Path, run: Run, texts: list[str], outcome: str) -> dict[str, int]:
    """Check the output of every command in every format, to a file and to standard output; return the exit codes."""
    project(folder, run, texts, outcome)
    shutil.copy(folder / "account.db", folder / "kept.db")
    codes = {}
    for command, arguments in ARGUMENTS.items():
        formats = formats_of(command, run)
        for form, others in (("text", [each for each in formats if each != "text"]), (formats[0], ["text"])):
            shutil.copy(folder / "kept.db", folder / "account.db")
            shutil.rmtree(folder / ".seatsync", ignore_errors=True)  # with its note an older copy is refused
            beside = [f"--output={other}=out.{other}" for other in others]
            day = [] if command == "show" else ["--at", DAY]
            codes[command] = run(*command.split(), *arguments, *day, f"--format={form}", *beside)
            assert "internal error" not in run.err
            _no_command(run.err)
            files = {file.suffix[1:]: file for file in folder.glob("out.*")}
            for name, text in {
                form: run.out,
                **{name: file.read_text("utf-8") for name, file in files.items()},
            }.items():
                if text:
                    JUDGES[name](text)
            for file in files.values():
                file.unlink()
    return codes


EXPECTED = {
    "nothing to do": {"validate": 0, "plan": 0, "apply": 0, "refresh": 0},
    "changes": {"validate": 0, "plan": 0, "apply": 0, "show": 0},
    "files that are no YAML": {"validate": 1, "plan": 1, "apply": 1},
    "unknown keys": {"validate": 1, "plan": 1, "apply": 1},
    "errors of teams": {"validate": 1, "plan": 1, "apply": 1},
    "errors of mentions": {"validate": 1, "plan": 1, "apply": 1},
    "warnings": {"validate": 0, "plan": 0, "apply": 0},
    "errors against the account": {"validate": 0, "plan": 1, "apply": 1, "show": 0},
    "own rules": {"validate": 1, "plan": 1, "apply": 1, "policy test": 1},
}


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_text_is_more_than_text(folder: Path, run: Run, outcome: str) -> None:
    codes = judge_all(folder, run, SAMPLE, outcome)
    assert {name: codes[name] for name in EXPECTED[outcome]} == EXPECTED[outcome]


@needs(MARKUP_INJECTION)
@needs(NAUGHTY_STRINGS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_no_text_of_the_corpora_is_more_than_text(folder: Path, run: Run, outcome: str) -> None:
    """Each of the texts is in a third of the outcomes, but in all formats: escaping is the format's."""
    third = list(OUTCOMES).index(outcome) % 3
    judge_all(folder, run, texts_of([*markup(), *naughty()])[third::3], outcome)
