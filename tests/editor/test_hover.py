from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.editing.occurrences import Symbol
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.lsp import hover as module
from seatsync.lsp.hover import hover
from seatsync.lsp.symbols import definitions, references
from tests.editor.repository import DAY, make, symbol_in

SHOWN = [
    (
        "people.yaml",
        "ben@",
        """\
`ben@acme.example` Ben, declared in `people.yaml:4`

- secondary admin of team `design` (`teams/design.yaml:4`)
- primary admin of team `site` (`teams/site.yaml:3`)
- contract manager of subscription `574-2`, team `design` (`subscriptions.yaml:5`)
- software coordinator of contract `1100` (`contracts.yaml:4`)
- `AutoCAD` in team `design` (`teams/design.yaml:9`)""",
    ),
    ("people.yaml", "benny@", "`ben@acme.example` Ben, declared in"),
    (
        "teams/design.yaml",
        "cho@",
        """\
`cho@acme.example` Cho, declared in `people.yaml:5`

- secondary admin of team `design`, until 2026-12-31 (`teams/design.yaml:4`)
- `AutoCAD` in team `design` (`people.yaml:8`)
- `Revit` in team `design`, until 2026-12-31 (`people.yaml:8`)""",
    ),
    (
        "more.csv",
        "eli@",
        """\
`eli@acme.example` Eli, declared in `more.csv:3`

- member of group `cad` in team `site` (`teams/site.yaml:5`)
- member of team `site` (`more.csv:3`)""",
    ),
    (
        "subscriptions.yaml",
        "design",
        """\
team `design`, declared in `teams/design.yaml:2`

- primary admin: `ana@acme.example`
- secondary admins: `ben@acme.example`, `cho@acme.example`
- groups: `cad`
- `AutoCAD`: 4 of 5 seats assigned
- `Revit`: 2 people assigned""",
    ),
    (
        "teams/site.yaml",
        "cad",
        "group `cad` of team `site`, declared in `teams/site.yaml:5`\n\n- 1 member\n- no products",
    ),
    (
        "teams/design.yaml",
        "cad",
        "group `cad` of team `design`, declared in `teams/design.yaml:6`\n\n- 1 member\n- products: `Revit`",
    ),
    (
        "more.csv",
        "AutoCAD",
        "`AutoCAD` in team `design`: 4 of 5 seats assigned\n\n- subscription `574-1`, in team `design`: 5 seats of",
    ),
    ("contracts.yaml", "AutoCAD", "`AutoCAD 2019` in contract `1100`: 1 of 5 seats assigned"),
    (
        "contracts.yaml",
        '"1100"',
        """\
contract `1100`, declared in `contracts.yaml:2`

- contract manager: `ana@acme.example`
- coordinator: `ben@acme.example`
- `AutoCAD 2019` in contract `1100`: 1 of 5 seats assigned""",
    ),
    (
        "seatsync.yaml",
        '"574-1"',
        "subscription `574-1`, in team `design`: 5 seats of `AutoCAD` (single-user, reseller), from 2026-01-01",
    ),
    (
        "seatsync.yaml",
        "SEAT006",
        "`SEAT006` A contract manager does not hold a seat of their own purchase without using the product.",
    ),
]


@pytest.mark.parametrize(("name", "needle", "shown"), SHOWN)
def test_hover_texts(tmp_path: Path, name: str, needle: str, shown: str) -> None:
    view = make(tmp_path)
    assert view.declaration is not None
    said = hover(symbol_in(view, name, needle), view.declaration, DAY)
    assert said is not None
    assert said[: len(shown)] == shown  # the first lines, where there are more


def test_days_of_a_group_and_of_its_products(tmp_path: Path) -> None:
    text = """\
teams:
  days:
    primary_admin: ana@acme.example
    groups:
      cad:
        until: 2026-12-31
        members: [{user: dee@acme.example, until: 2026-12-01}]
        products: [AutoCAD, {product: Revit, from: 2027-01-01}, {product: Maya, until: 2026-06-30}]
"""
    view = make(tmp_path, {"teams/days.yaml": text})
    assert view.declaration is not None
    group = Symbol(SymbolKind.GROUP, "cad", "days")
    assert (hover(group, view.declaration, DAY) or "").splitlines()[0] == (
        "group `cad` of team `days`, declared in `teams/days.yaml:5`, until 2026-12-31"
    )
    assert (hover(group, view.declaration, "2027-01-15") or "").splitlines() == [
        "group `cad` of team `days`, declared in `teams/days.yaml:5`, until 2026-12-31 (ended)",
        "",
        "- 0 members",
        "- products: `AutoCAD`, until 2026-12-31 (ended), `Revit`, on no day, `Maya`, until 2026-06-30 (ended)",
    ]


UNKNOWN = [
    Symbol(SymbolKind.PERSON, "zoe@acme.example"),
    Symbol(SymbolKind.TEAM, "studio"),
    Symbol(SymbolKind.GROUP, "studio"),
    Symbol(SymbolKind.SUBSCRIPTION, "574-9"),
    Symbol(SymbolKind.CONTRACT, "9"),
    Symbol(SymbolKind.SERVICE, "Rendering"),
    Symbol(SymbolKind.CODE, "ROLE999"),
]


@pytest.mark.parametrize("symbol", UNKNOWN)
def test_nothing_is_known(tmp_path: Path, symbol: Symbol) -> None:
    view = make(tmp_path)
    assert view.declaration is not None
    assert hover(symbol, view.declaration, DAY) is None
    assert definitions(symbol, view.declaration) == []


def test_a_product_beyond_teams_and_terms(tmp_path: Path) -> None:
    later = "2030-01-01"
    view = make(tmp_path)
    assert view.declaration is not None
    assert hover(Symbol(SymbolKind.PRODUCT, "Maya"), view.declaration, DAY) == "`Maya`"
    assert hover(Symbol(SymbolKind.PRODUCT, "Maya", "design"), view.declaration, DAY) == (
        "`Maya` in team `design`: nobody assigned"
    )
    assert (hover(Symbol(SymbolKind.PRODUCT, "AutoCAD", "design"), view.declaration, later) or "").splitlines()[0] == (
        "`AutoCAD` in team `design`: 4 people assigned, no subscription in term"
    )
    unpaid = "but no subscription to it is in term"
    said = hover(Symbol(SymbolKind.PERSON, "cho@acme.example"), view.declaration, later) or ""
    assert said.splitlines()[2:] == [
        "- secondary admin of team `design`, until 2026-12-31 (ended) (`teams/design.yaml:4`)",
        f"- `AutoCAD` in team `design` (`people.yaml:8`), {unpaid}",
        f"- `Revit` in team `design`, until 2026-12-31 (ended) (`people.yaml:8`), {unpaid}",
    ]


def test_much_and_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_LINES", 1)
    view = make(tmp_path, {"teams/new.yaml": "teams:\n  new:\nusers: {fay@acme.example: , '<b>@acme.example': }\n"})
    assert view.declaration is not None
    said = hover(Symbol(SymbolKind.PERSON, "ben@acme.example"), view.declaration, DAY) or ""
    assert said.splitlines()[2:] == [
        "- secondary admin of team `design` (`teams/design.yaml:4`)",
        "- and 4 more: `seatsync why ben@acme.example`",
    ]
    said = hover(Symbol(SymbolKind.TEAM, "design"), view.declaration, DAY) or ""
    assert said.splitlines()[3] == "- secondary admins: `ben@acme.example` and 1 more"
    assert hover(Symbol(SymbolKind.PERSON, "fay@acme.example"), view.declaration, DAY) == (
        "`fay@acme.example`, declared in `teams/new.yaml:3`\n\n- has no seats, roles or memberships"
    )
    assert hover(Symbol(SymbolKind.TEAM, "new"), view.declaration, DAY) == "team `new`, declared in `teams/new.yaml:2`"


def test_external_users(tmp_path: Path) -> None:
    films = "teams:\n  films:\n    primary_admin: ana@acme.example\n    external_users: [eli@acme.example]\n"
    view = make(tmp_path, {"teams/films.yaml": films})
    assert view.declaration is not None
    said = hover(Symbol(SymbolKind.TEAM, "films"), view.declaration, DAY) or ""
    assert said.splitlines()[2:] == ["- primary admin: `ana@acme.example`", "- external users: `eli@acme.example`"]
    said = hover(symbol_in(view, "teams/films.yaml", "eli@"), view.declaration, DAY) or ""
    assert said.splitlines()[2] == "- external user of team `films` (`teams/films.yaml:4`)"
    places = [str(at) for at in references(symbol_in(view, "teams/films.yaml", "eli@"), view)]
    assert "teams/films.yaml:4:22" in places


PLACES = [
    ("teams/design.yaml", "BEN@", ["people.yaml:4:3"]),
    ("people.yaml", "benny@", ["people.yaml:4:3"]),
    ("contracts.yaml", "dee@", ["more.csv:2:1"]),
    ("subscriptions.yaml", "design", ["teams/design.yaml:2:3"]),
    ("more.csv", "site", ["teams/site.yaml:2:3"]),
    ("teams/design.yaml", "AutoCAD", ["subscriptions.yaml:2:36"]),
    ("contracts.yaml", "AutoCAD", ["contracts.yaml:8:7"]),
    ("seatsync.yaml", "AutoCAD", ["subscriptions.yaml:2:36"]),
    ("teams/site.yaml", "cad", ["teams/site.yaml:5:14"]),
    ("seatsync.yaml", "cad", ["teams/design.yaml:6:7", "teams/site.yaml:5:14"]),
    ("seatsync.yaml", '"574-1"', ["subscriptions.yaml:2:3"]),
    ("seatsync.yaml", '"1100"', ["contracts.yaml:2:3"]),
]


@pytest.mark.parametrize(("name", "needle", "places"), PLACES)
def test_go_to_definition(tmp_path: Path, name: str, needle: str, places: list[str]) -> None:
    view = make(tmp_path)
    assert view.declaration is not None
    assert [str(at) for at in definitions(symbol_in(view, name, needle), view.declaration)] == places


def test_every_place(tmp_path: Path) -> None:
    view = make(tmp_path)

    def places(name: str, needle: str) -> list[str]:
        return [str(at) for at in references(symbol_in(view, name, needle), view)]

    assert places("people.yaml", '"cho@') == ["people.yaml:5:3", "teams/design.yaml:4:49"]
    assert places("subscriptions.yaml", "design") == [
        "seatsync.yaml:5:50",
        "seatsync.yaml:7:29",
        "people.yaml:8:7",
        "more.csv:2:22",
        "teams/design.yaml:2:3",
        "subscriptions.yaml:2:19",
        "subscriptions.yaml:4:19",
    ]
    assert places("teams/site.yaml", "cad") == ["teams/site.yaml:5:14"]
    assert places("teams/design.yaml", "cad") == ["seatsync.yaml:7:44", "teams/design.yaml:6:7"]
    assert places("contracts.yaml", '"1100"') == ["seatsync.yaml:8:56", "contracts.yaml:2:3"]
