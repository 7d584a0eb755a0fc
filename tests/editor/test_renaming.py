from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seatsync.declaration.files import Folder
from seatsync.declaration.normal import normalised
from seatsync.editing.changeset import Overlay
from seatsync.editing.occurrences import Symbol
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.lsp.positions import Text, applied
from seatsync.lsp.renaming import Edits, RenameRefused, check_renamable, rename
from seatsync.lsp.workspace import View, read
from tests.editor.repository import FILES, make, today

WIDTH = 93
EXAMPLES = sorted(path.parent for path in (Path(__file__).parents[2] / "examples").glob("*/seatsync.yaml"))


def after(view: View, edits: Edits) -> dict[str, str]:
    """Return the new texts of the edited files."""
    return {name: applied(Text(view.text(name), "utf-16"), changes) for name, changes in edits.items()}


def renamed(view: View, symbol: Symbol, new: str) -> dict[str, str]:
    return after(view, rename(symbol, new, view, "utf-16", today))


def changed_lines(view: View, texts: dict[str, str]) -> list[str]:
    """Return the added lines."""
    return [
        f"{name}: {line.strip()[:WIDTH].rstrip()}"
        for name, text in texts.items()
        for line in text.splitlines()
        if line not in view.text(name).splitlines()
    ]


def test_a_team(tmp_path: Path) -> None:
    view = make(tmp_path)
    texts = renamed(view, Symbol(SymbolKind.TEAM, "design"), "Design, new")
    assert changed_lines(view, texts) == [
        'seatsync.yaml: protected: {users: [ana@acme.example], teams: ["Design, new"]}',
        'seatsync.yaml: - {code: SEAT006, team: "Design, new", group: cad, reason: "she draws, too"}',
        'people.yaml: "Design, new": [AutoCAD, {product: Revit, until: 2026-12-31}]',
        'more.csv: dee@acme.example,Dee,"Design, new",AutoCAD',
        'teams/design.yaml: "Design, new":',
        "teams/design.yaml: renamed_from: design",
        (
            'subscriptions.yaml: "574-1": {team: "Design, new",'
            " product: AutoCAD, offering: single-user, seats: 5, channel: re"
        ),
        (
            'subscriptions.yaml: "574-2": {team: "Design, new",'
            " product: Revit, offering: flex, tokens: 100, channel: store,"
        ),
    ]
    assert texts["teams/design.yaml"] == (
        FILES["teams/design.yaml"].replace("  design:", '  "Design, new":') + "    renamed_from: design\n"
    )


def test_a_team_with_directory_sync(tmp_path: Path) -> None:
    project = FILES["seatsync.yaml"] + "portal: {directory_sync: {design: external}}\n"
    texts = renamed(make(tmp_path, {"seatsync.yaml": project}), Symbol(SymbolKind.TEAM, "design"), "Design, new")
    assert 'portal: {directory_sync: {"Design, new": external}}\n' in texts["seatsync.yaml"]


def test_a_group(tmp_path: Path) -> None:
    view = make(tmp_path)
    assert changed_lines(view, renamed(view, Symbol(SymbolKind.GROUP, "cad", "design"), "draughting")) == [
        'seatsync.yaml: - {code: SEAT006, team: design, group: draughting, reason: "she draws, too"}',
        (
            "teams/design.yaml: draughting:"
            " {members: [dee@acme.example], products: [Revit], renamed_from: cad}   # everyone"
        ),
    ]
    assert changed_lines(view, renamed(view, Symbol(SymbolKind.GROUP, "cad", "site"), "7")) == [
        'teams/site.yaml: groups: {"7": {members: [eli@acme.example], renamed_from: cad}}'
    ]


def test_a_person(tmp_path: Path) -> None:
    view = make(tmp_path)
    assert changed_lines(
        view, renamed(view, Symbol(SymbolKind.PERSON, "cho@acme.example"), "Cho.Park@acme.example")
    ) == [
        'people.yaml: "Cho.Park@acme.example":',
        "people.yaml: previous_emails: [cho@acme.example]",
        "teams/design.yaml: secondary_admins: [BEN@acme.example, {user: Cho.Park@acme.example, until: 2026-12-31}]",
    ]
    lines = changed_lines(view, renamed(view, Symbol(SymbolKind.PERSON, "ben@acme.example"), "ben2@acme.example"))
    assert lines[0] == (
        "people.yaml: ben2@acme.example: {first_name: Ben, previous_emails: [benny@acme.example, ben@acme.example]}"
    )
    assert len(lines) == 6


def test_an_address_in_another_spelling(tmp_path: Path) -> None:
    view = make(tmp_path)
    assert changed_lines(view, renamed(view, Symbol(SymbolKind.PERSON, "cho@acme.example"), "Cho@acme.example")) == [
        'people.yaml: "Cho@acme.example":',
        "teams/design.yaml: secondary_admins: [BEN@acme.example, {user: Cho@acme.example, until: 2026-12-31}]",
    ]


def test_a_second_rename_remembers_both_old_names(tmp_path: Path) -> None:
    old = "teams:\n  beta:\n    renamed_from: alpha   # in spring\n    primary_admin: ana@acme.example\n"
    view = make(tmp_path, {"teams/old.yaml": old})
    texts = renamed(view, Symbol(SymbolKind.TEAM, "beta"), "gamma")
    assert texts["teams/old.yaml"] == (
        "teams:\n  gamma:\n    renamed_from: [beta, alpha]   # in spring\n    primary_admin: ana@acme.example\n"
    )
    back = renamed(view, Symbol(SymbolKind.TEAM, "beta"), "alpha")
    assert "    renamed_from: beta   # in spring\n" in back["teams/old.yaml"]


def test_a_name_that_was_never_saved(tmp_path: Path) -> None:
    """A typo in a rename is corrected by another rename."""
    saved = make(tmp_path)
    for symbol, slip in (
        (Symbol(SymbolKind.TEAM, "design"), Symbol(SymbolKind.TEAM, "stduio")),
        (Symbol(SymbolKind.GROUP, "cad", "design"), Symbol(SymbolKind.GROUP, "stduio", "design")),
    ):
        texts = renamed(saved, symbol, "stduio")
        view = read(saved.root, {saved.names[name]: text.encode() for name, text in texts.items()}, today)
        now = {**texts, **renamed(view, slip, "studio")}
        assert now == renamed(saved, symbol, "studio")


REFUSED = [
    (
        Symbol(SymbolKind.TEAM, "design"),
        "site",
        "'site' is taken by the team at teams/site.yaml:2:3",
    ),
    (Symbol(SymbolKind.TEAM, "design"), "", "a name must not be empty"),
    (Symbol(SymbolKind.TEAM, "design"), "design", "the team is already named 'design'"),
    (
        Symbol(SymbolKind.TEAM, "design"),
        "a\nb",
        "a name must not contain line breaks, tabs or other control characters",
    ),
    (Symbol(SymbolKind.TEAM, "design"), "x" * 257, "a name must have at most 256 characters, not 257"),
    (Symbol(SymbolKind.TEAM, "studio"), "x", "team 'studio' is not declared, so there is nothing to rename"),
    (
        Symbol(SymbolKind.TEAM, "site"),
        "older",
        "the new name would break a rule: team 'older' is both declared and listed in `renamed_from` (REF002)",
    ),
    (Symbol(SymbolKind.GROUP, "cad"), "x", "group 'cad' can only be renamed where its team declares it"),
    (Symbol(SymbolKind.GROUP, "cad", "site"), "cad", "the group is already named 'cad'"),
    (
        Symbol(SymbolKind.GROUP, "a", "old"),
        "b",
        "'b' is taken by the group at teams/old.yaml:5:19; choose another name",
    ),
    (
        Symbol(SymbolKind.PERSON, "zoe@acme.example"),
        "x@y.example",
        "zoe@acme.example is not declared, so there is no address",
    ),
    (
        Symbol(SymbolKind.PERSON, "dee@acme.example"),
        "x@y.example",
        "dee@acme.example is declared in more.csv, and a CSV is not edited; change the address there",
    ),
    (
        Symbol(SymbolKind.PERSON, "cho@acme.example"),
        "ben@acme.example",
        "'ben@acme.example' is taken by the person at",
    ),
    (Symbol(SymbolKind.PERSON, "cho@acme.example"), "cho", "'cho' is not an e-mail address: "),
    (
        Symbol(SymbolKind.PRODUCT, "Revit"),
        "x",
        "a product cannot be renamed; only teams, groups, lists and people can",
    ),
    (Symbol(SymbolKind.CODE, "SEAT006"), "x", "a code cannot be renamed; only teams, groups, lists and people can"),
]


@pytest.mark.parametrize(("symbol", "new", "why"), REFUSED)
def test_refused_renames(tmp_path: Path, symbol: Symbol, new: str, why: str) -> None:
    old = "teams:\n  old:\n    renamed_from: older\n    primary_admin: ana@acme.example\n    groups: {a: , b: }\n"
    view = make(tmp_path, {"teams/old.yaml": old})
    with pytest.raises(RenameRefused) as refused:
        rename(symbol, new, view, "utf-16", today)
    assert str(refused.value).startswith(why)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    view = make(tmp_path, {"teams/site.yaml": "teams: [\n"})
    with pytest.raises(
        RenameRefused, match=r"^teams/site\.yaml cannot be read, and names in it would be missed; fix its errors first"
    ):
        check_renamable(Symbol(SymbolKind.TEAM, "design"), view)
    view = make(tmp_path, {"seatsync.yaml": "[]"})
    with pytest.raises(RenameRefused, match=r"^the project file cannot be read"):
        check_renamable(Symbol(SymbolKind.TEAM, "design"), view)


def test_a_layout_that_cannot_be_changed(tmp_path: Path) -> None:
    view = make(tmp_path, {"teams/site.yaml": "? teams\n: ? site\n  : primary_admin: ben@acme.example\n"})
    with pytest.raises(RenameRefused, match=r"^teams/site\.yaml .*; rename by hand, and record the old name$"):
        rename(Symbol(SymbolKind.TEAM, "site"), "x", view, "utf-16", today)


def data(view: View, texts: dict[str, str]) -> Any:  # noqa: ANN401 - JSON
    """Return the declaration with some files replaced."""
    unsaved = {view.names[name]: text.encode() for name, text in texts.items()}
    again = read(view.root, unsaved, today)
    assert again.declaration is not None
    assert isinstance(again.files, Overlay)
    assert isinstance(again.files.under, Folder)
    return json.loads(normalised(again.declaration))


NAMES = st.text(st.sampled_from("aé \"':#,[]{}&*!|>%@`-?~0.\\x"), min_size=1, max_size=12)


@given(NAMES, st.data())
def test_only_the_name_changes(name: str, draw: st.DataObject) -> None:
    """A rename in any example leaves everything else declared as before."""
    view = read(draw.draw(st.sampled_from(EXAMPLES)), {}, today)
    assert view.declaration is not None
    assume(view.declaration.teams and not view.unreadable())
    old = draw.draw(st.sampled_from(sorted(view.declaration.teams)))
    try:
        texts = renamed(view, Symbol(SymbolKind.TEAM, old), name)
    except RenameRefused:
        assume(condition=False)
    before, now = data(view, {}), data(view, texts)
    (new,) = now["teams"].keys() - before["teams"].keys()
    former = now["teams"][new].pop("renamed_from")
    assert former == old or former[0] == old
    now["teams"][old] = now["teams"].pop(new)
    for sub in now.get("subscriptions", {}).values():
        if sub.get("team") == new:
            sub["team"] = old
    assert now == before
