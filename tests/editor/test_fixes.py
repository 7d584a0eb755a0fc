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
    """Return the titles of the fixes for a mistake in a file, and the text after each."""
    text = FILES[name].replace(right, wrong, 1)
    view = make(root, {name: text})
    places = Text(text, "utf-16")
    at = places.range(text.index(wrong), text.index(wrong) + len(wrong))
    offered = list(fixes(name, at, view, "utf-16", today))
    return text, [fix.title for fix in offered], [applied(places, [fix.edit]) for fix in offered]


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
    assert applied(places, [fix.edit]) == whole


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
    assert len(list(fixes("teams/site.yaml", line, view, "utf-16", today))) == 1
