"""Named lists in the editor: where they are declared and named, what they hold, and what is offered."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.editing.schema_nodes import SymbolKind
from seatsync.lsp.completions import completions
from seatsync.lsp.hover import hover
from seatsync.lsp.positions import Text
from seatsync.lsp.renaming import RenameRefused
from seatsync.lsp.symbols import definitions, references
from seatsync.lsp.workspace import View
from tests.editor.repository import DAY, make, marked, symbol_in
from tests.editor.test_renaming import changed_lines, renamed

LISTS = """\
lists:
  core:
    members: [ben@acme.example, {list: leads, until: 2026-06-01}]
  leads: {members: [{user: cho@acme.example, from: 2026-01-01}]}
"""
SITE = """\
teams:
  site:
    primary_admin: ana@acme.example
    secondary_admins: [{list: core}]
    groups: {cad: {members: [{list: core, until: 2026-12-31}, {list: others}]}}
"""
CONTRACTS = 'contracts: {"1": {support: [{list: leads}]}}\n'


def view_of(root: Path) -> View:
    return make(root, {"teams/lists.yaml": LISTS, "teams/site.yaml": SITE, "contracts.yaml": CONTRACTS})


def test_definition_and_references(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    assert view.declaration is not None
    symbol = symbol_in(view, "teams/site.yaml", "core")
    assert [str(at) for at in definitions(symbol, view.declaration)] == ["teams/lists.yaml:2:3"]
    assert [str(at) for at in references(symbol, view)] == [
        "teams/lists.yaml:2:3",
        "teams/site.yaml:4:31",
        "teams/site.yaml:5:37",
    ]
    assert [str(at) for at in references(symbol_in(view, "teams/lists.yaml", "leads"), view)] == [
        "teams/lists.yaml:3:40",
        "teams/lists.yaml:4:3",
        "contracts.yaml:1:36",
    ]
    assert definitions(symbol_in(view, "teams/site.yaml", "others"), view.declaration) == []
    assert [str(at) for at in references(symbol_in(view, "teams/lists.yaml", "cho@"), view)][-2:] == [
        "teams/design.yaml:4:49",
        "teams/lists.yaml:4:28",
    ]


def test_hover_texts(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    assert view.declaration is not None
    assert hover(symbol_in(view, "teams/site.yaml", "core"), view.declaration, DAY) == (
        "list `core`, declared in `teams/lists.yaml:2`\n\n"
        "- 1 person: `ben@acme.example`\n"
        "- with list `leads`, until 2026-06-01 (ended)"
    )
    assert hover(symbol_in(view, "teams/site.yaml", "others"), view.declaration, DAY) is None
    said = hover(symbol_in(view, "people.yaml", "ben@"), view.declaration, DAY) or ""
    assert "- secondary admin of team `site`, through list `core` (`teams/site.yaml:4`)" in said.splitlines()


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("teams: {x: {members: [{list: |", ["core 2 people", "leads 1 person"]),
        ("lists:\n  core:\n    members:\n      - list: l|", ["leads 1 person"]),
        ("lists:\n  |", ["others named, but not declared yet"]),
        ("teams: {x: {members: [{|", ["user", "list", "from", "until"]),
        ("lists: {core: {|", ["members"]),
    ],
)
def test_completion_candidates(tmp_path: Path, text: str, offered: list[str]) -> None:
    view = view_of(tmp_path)
    shown, at = marked(text)
    found = completions("teams/x.yaml", Text(shown, "utf-16"), at, view).candidates
    assert [each.label if each.kind == "key" else f"{each.label} {each.detail}" for each in found] == offered


def test_an_undeclared_team_that_is_named_like_a_list(tmp_path: Path) -> None:
    people = "users: {zoe@acme.example: {seats: {core: [AutoCAD]}}}\n"
    view = make(tmp_path, {"teams/lists.yaml": LISTS, "teams/people.yaml": people})
    shown, at = marked("teams:\n  |")
    found = completions("teams/x.yaml", Text(shown, "utf-16"), at, view).candidates
    assert [each.label for each in found] == ["core"]


def test_rename(tmp_path: Path) -> None:
    view = view_of(tmp_path)
    assert changed_lines(view, renamed(view, symbol_in(view, "teams/site.yaml", "core"), "the core, all")) == [
        'teams/lists.yaml: "the core, all":',
        'teams/site.yaml: secondary_admins: [{list: "the core, all"}]',
        'teams/site.yaml: groups: {cad: {members: [{list: "the core, all", until: 2026-12-31}, {list: others}]}}',
    ]


@pytest.mark.parametrize(
    ("needle", "new", "why"),
    [
        ("core", "leads", "'leads' is taken by the list at teams/lists.yaml:4:3; choose another name"),
        ("core", "core", "the list is already named 'core'"),
        ("others", "all", "list 'others' is not declared, so there is nothing to rename"),
    ],
)
def test_refused_renames(tmp_path: Path, needle: str, new: str, why: str) -> None:
    view = view_of(tmp_path)
    symbol = symbol_in(view, "teams/site.yaml", needle)
    assert symbol.kind is SymbolKind.LIST
    with pytest.raises(RenameRefused) as refused:
        renamed(view, symbol, new)
    assert str(refused.value) == why
