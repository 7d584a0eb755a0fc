from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.expressions.cel import is_available
from seatsync.lsp.diagnostics import fixes
from seatsync.lsp.positions import Position, Range, Text, applied
from tests.editor.repository import FILES, make, today

needs_policy = pytest.mark.skipif(not is_available(), reason="cel-expr-python, of the extra `policy`, is not installed")

MENDED = [
    ("teams/site.yaml", "ben@acme.example", "bne@acme.example", "ben@acme.example"),
    ("teams/site.yaml", "ben@acme.example", '"bne@acme.example"', '"ben@acme.example"'),
    ("teams/site.yaml", "ben@acme.example", "benny@acme.example", "ben@acme.example"),
    ("teams/site.yaml", "secondary_admins", "secondary_admin", "secondary_admins"),
    ("subscriptions.yaml", "team: design", "team: desing", "team: design"),
    ("subscriptions.yaml", "single-user", "single user", "single-user"),
    ("teams/design.yaml", "AutoCAD:", "AutoCADD:", "AutoCAD:"),
    ("more.csv", ",site,", ",sit,", ",site,"),
    ("more.csv", ",site,", ',"sit",', ',"site",'),
]


def found(root: Path, name: str, right: str, wrong: str) -> tuple[str, list[str], list[str]]:
    """Return the titles of the corrections of a mistake in a file, and the text after each."""
    text = FILES[name].replace(right, wrong, 1)
    view = make(root, {name: text})
    places = Text(text, "utf-16")
    at = places.range(text.index(wrong), text.index(wrong) + len(wrong))
    offered = [fix for fix in fixes(name, at, view, "utf-16", today) if fix.preferred]
    return text, [fix.title for fix in offered], [applied(places, fix.edits[name]) for fix in offered]


@pytest.mark.parametrize(("name", "right", "wrong", "recovered"), MENDED)
def test_a_mistake_is_mended(tmp_path: Path, name: str, right: str, wrong: str, recovered: str) -> None:
    text, titles, texts = found(tmp_path, name, right, wrong)
    assert texts == [text.replace(wrong, recovered, 1)]
    assert titles[0].startswith("Change to '")


RULE = """\
rules:
  POLICY101:
    each: seat
    must: "product != 'Vault' || until != null"
    message: Vault is held for a time only
    passes: [{product: Vault, until: 2026-12-31}]
"""


@needs_policy
@pytest.mark.parametrize(
    ("right", "wrong"), [("|| until", "|| util"), ("product !=", "prodct !="), ("{product:", "{prodct:")]
)
def test_a_misspelt_variable_of_a_rule(tmp_path: Path, right: str, wrong: str) -> None:
    whole = FILES["seatsync.yaml"] + RULE
    text = whole.replace(right, wrong, 1)
    view = make(tmp_path, {"seatsync.yaml": text})
    places = Text(text, "utf-16")
    at = text.index(wrong) + 3
    (fix,) = fixes("seatsync.yaml", places.range(at, at), view, "utf-16", today)
    assert applied(places, fix.edits["seatsync.yaml"]) == whole


def test_findings_without_a_fix(tmp_path: Path) -> None:
    assert found(tmp_path, "teams/site.yaml", "ben@acme.example", "zoe@elsewhere.example")[1:] == ([], [])
    # AutoCAD is a key already: it would be a duplicate.
    twice = "AutoCADD: [dee@acme.example]\n      AutoCAD:"
    assert found(tmp_path, "teams/design.yaml", "AutoCAD:", twice)[1:] == ([], [])


def test_only_where_one_looks(tmp_path: Path) -> None:
    text = FILES["teams/site.yaml"].replace("ben@", "bne@")
    view = make(tmp_path, {"teams/site.yaml": text})
    top = Range(Position(0, 0), Position(0, 1))
    assert list(fixes("teams/site.yaml", top, view, "utf-16", today)) == []
    line = Range(Position(2, 20), Position(2, 20))
    assert list(fixes("teams/design.yaml", line, view, "utf-16", today)) == []
    titles = [fix.title for fix in fixes("teams/site.yaml", line, view, "utf-16", today)]
    assert titles == ["Change to 'ben@acme.example'", "Declare 'bne@acme.example' in 'people.yaml'"]


def declared(root: Path, files: dict[str, str], name: str, needle: str) -> tuple[str, str] | None:
    """Return the title of the fix that declares the person at a text of a file, and the new text of its file."""
    view = make(root, files)
    text = Text(view.text(name), "utf-16")
    at = text.range(text.text.index(needle), text.text.index(needle) + 1)
    offered = [fix for fix in fixes(name, at, view, "utf-16", today) if fix.title.startswith("Declare")]
    if not offered:
        return None
    ((file, edits),) = offered[0].edits.items()
    return offered[0].title, applied(Text(view.text(file), "utf-16"), edits)


ZOE = FILES["teams/site.yaml"].replace("[ana@acme.example]", "[ana@acme.example, Zoe@Elsewhere.example]")


def test_person_is_declared_where_their_team_is(tmp_path: Path) -> None:
    title, text = declared(tmp_path, {"teams/site.yaml": ZOE}, "teams/site.yaml", "Zoe@") or ("", "")
    assert title == "Declare 'Zoe@Elsewhere.example' in 'people.yaml'"
    assert text == FILES["people.yaml"] + "  Zoe@Elsewhere.example: {}\n"


def test_in_canonical_order_if_the_file_is(tmp_path: Path) -> None:
    people = "users:\n  ana@acme.example: {}\n  ben@acme.example: {}\n  cho@acme.example: {}\n"
    files = {"people.yaml": people, "teams/site.yaml": ZOE.replace("Zoe@Elsewhere", "bob@acme")}
    _, text = declared(tmp_path, files, "teams/site.yaml", "bob@") or ("", "")
    assert text == people.replace("  cho@", "  bob@acme.example: {}\n  cho@")


def test_in_a_csv_if_the_team_is_declared_there(tmp_path: Path) -> None:
    members = "[zoe@acme.example, dee@acme.example, eli@acme.example]"
    team = f"teams:\n  site:\n    primary_admin: ben@acme.example\n    members: {members}\n"
    title, text = declared(tmp_path, {"teams/site.yaml": team}, "teams/site.yaml", "zoe@") or ("", "")
    assert title == "Declare 'zoe@acme.example' in 'more.csv'"
    assert text == FILES["more.csv"] + "zoe@acme.example,,,\n"


def test_without_any_person_in_the_file_that_names_them(tmp_path: Path) -> None:
    files = {
        "seatsync.yaml": "version: 1\naccount: acme\ninclude: [teams/site.yaml]\n",
        "teams/site.yaml": "teams:\n  site:\n    primary_admin: 'zoe@acme.example'\n",
    }
    title, text = declared(tmp_path, files, "teams/site.yaml", "zoe@") or ("", "")
    assert title == "Declare 'zoe@acme.example' in 'teams/site.yaml'"
    assert text == files["teams/site.yaml"] + "users:\n  zoe@acme.example: {}\n"


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("teams/site.yaml", "ana@acme.example", "benny@acme.example"),  # a previous address
        ("teams/site.yaml", "ben@acme.example", "ana@acme.example"),  # ROLE002
        ("subscriptions.yaml", "team: design", "team: desing"),
        ("more.csv", ",site,", ",sit,"),
    ],
)
def test_nobody_to_declare(tmp_path: Path, name: str, right: str, wrong: str) -> None:
    assert declared(tmp_path, {name: FILES[name].replace(right, wrong)}, name, wrong) is None


def test_nobody_is_declared_whom_a_rule_forbids(tmp_path: Path) -> None:
    project = FILES["seatsync.yaml"].replace("policy:\n", "policy:\n  email_domains: [acme.example]\n")
    assert declared(tmp_path, {"seatsync.yaml": project, "teams/site.yaml": ZOE}, "teams/site.yaml", "Zoe@") is None
