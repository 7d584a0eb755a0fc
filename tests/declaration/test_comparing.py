from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.comparing import ORDER, differences, only_of
from seatsync.declaration.declared import Declaration
from seatsync.reporting import diff_report
from seatsync.reporting.diff_report import _SUBJECTS, Diff, words
from tests.declaration.repositories import loaded
from tests.documents import checked

USERS = "users: {ana@a.example: {}, ben@a.example: {}, cho@a.example: {}}\n"
TEAM = (
    USERS
    + "teams: {design: {primary_admin: ana@a.example, groups: {cad: {members: [ben@a.example], products: [P]}}}}\n"
)
SUB = """\
subscriptions:
  "1": {team: design, product: P, offering: single-user, seats: 3, channel: store, contract_manager: cho@a.example,
        starts: 2026-01-01, ends: 2026-12-31}
"""
CONTRACT = (
    USERS
    + """\
contracts:
  "9":
    contract_manager: ana@a.example
    license_type: perpetual
    channel: store
    products: {P: {seats: 2, serial: s, users: [ben@a.example]}}
    services: {R: [ben@a.example]}
"""
)


def declared(folder: Path, text: str) -> Declaration:
    declaration = loaded(folder, text).declaration
    assert declaration is not None
    return declaration


def rendered(tmp_path: Path, old: str, new: str) -> list[str]:
    """Return every difference as text: its kind, scope and wording."""
    found = differences(declared(tmp_path / "old", old), declared(tmp_path / "new", new))
    checked(diff_report.render_json(Diff("acme", "old", "new", "2026-06-15", tuple(found), (), ())), "diff")
    return [f"{item.kind} {item.scope}: {words(item)}" for item in found]


@pytest.mark.parametrize("text", [TEAM, TEAM + SUB, CONTRACT])
def test_the_same_is_no_difference(tmp_path: Path, text: str) -> None:
    assert rendered(tmp_path, text, text) == []


@pytest.mark.parametrize(
    ("text", "old", "new", "expected"),
    [
        (
            TEAM + SUB,
            ["members: [ben@a.example]", "products: [P]"],
            ["members: [cho@a.example]", "products: [Q]"],
            [
                "remove team design: ben@a.example in group cad",
                "add team design: cho@a.example in group cad",
                "remove team design: P for group cad",
                "add team design: Q for group cad",
                "remove team design: member ben@a.example",
            ],
        ),
        (
            TEAM,
            ["cad: {", "[P]"],
            ["cad: {until: 2027-07-31, ", "[{product: P, from: 2027-01-01}, {product: Q, until: 2027-01-01}]"],
            [
                "change team design: group cad: until none -> 2027-07-31",
                "change team design: P for group cad: at all times -> from 2027-01-01",
                "add team design: Q for group cad (until 2027-01-01)",
                "change team design: member ben@a.example: at all times -> until 2027-07-31",
            ],
        ),
        (
            TEAM.replace("cad: {", "cad: {from: 2027-02-01, until: 2027-07-31, ").replace(
                "[P]", "[{product: P, from: 2027-01-01}]"
            ),
            ["until: 2027-07-31", "[ben@a.example]", "from: 2027-01-01"],
            ["until: 2027-06-30", "[{user: ben@a.example, until: 2027-06-30}]", "until: 2027-01-01"],
            [
                "change team design: group cad: until 2027-07-31 -> 2027-06-30",
                "change team design: ben@a.example in group cad: at all times -> until 2027-06-30",
                "change team design: P for group cad: from 2027-01-01 -> until 2027-01-01",
                (
                    "change team design: member ben@a.example: "
                    "from 2027-02-01 until 2027-07-31 -> from 2027-02-01 until 2027-06-30"
                ),
            ],
        ),
        (
            TEAM,
            ["groups: {"],
            ["groups: {new: {from: 2027-02-01, until: 2027-07-31}, "],
            ["add team design: group new: from 2027-02-01, until 2027-07-31"],
        ),
        (
            TEAM,
            ["cad: {members: [ben@a.example], products: [P]}"],
            ["draw: {}"],
            [
                "remove team design: group cad",
                "add team design: group draw",
                "remove team design: ben@a.example in group cad",
                "remove team design: P for group cad",
                "remove team design: member ben@a.example",
            ],
        ),
        (
            TEAM,
            ["cad: {"],
            ["draw: {renamed_from: cad, "],
            [
                "change team design: group draw: cad -> draw",
            ],
        ),
        (
            TEAM + SUB,
            ["{design: {", "team: design"],
            ["{build: {renamed_from: design, ", "team: build"],
            [
                "change team build: the team: design -> build",
            ],
        ),
        (
            TEAM + SUB,
            ["{design: {"],
            ["{build: {renamed_from: design, primary_admin: ben@a.example}, design: {"],
            [
                "add team build: the team",
                "add team build: former name design",
                "add team build: primary admin ben@a.example",
                "add team build: member ben@a.example",
            ],
        ),
        (TEAM, ["cad: {"], ["cad: {renamed_from: x, "], ["add team design: former name of group cad: x"]),
        (
            TEAM,
            ["cad: {"],
            ["cad: {renamed_from: [x, y], "],
            ["add team design: former name of group cad: x", "add team design: former name of group cad: y"],
        ),
        (
            TEAM,
            ["cad: {"],
            ["draw: {renamed_from: [x, cad, y], "],
            [
                "add team design: former name of group draw: x",
                "add team design: former name of group draw: y",
                "change team design: group draw: cad -> draw",
            ],
        ),
        (
            TEAM + SUB,
            ["{design: {", "team: design"],
            ["{build: {renamed_from: [x, design], ", "team: build"],
            ["change team build: the team: design -> build", "add team build: former name x"],
        ),
        (
            TEAM,
            ["ben@a.example"] * 2,
            ["Bea@a.example", "bea@a.example"],
            [
                "add account: person Bea@a.example",
                "remove account: person ben@a.example",
                "add team design: Bea@a.example in group cad",
                "remove team design: ben@a.example in group cad",
                "add team design: member Bea@a.example",
                "remove team design: member ben@a.example",
            ],
        ),
        (
            TEAM,
            ["[ben@a.example]", "ben@a.example: {}"],
            ["[bea@a.example]", "Bea@a.example: {first_name: B, previous_emails: [ben@a.example]}"],
            [
                "change account: name of Bea@a.example: none -> B",
                "change account: address: ben@a.example -> Bea@a.example",
            ],
        ),
        (
            TEAM.replace("[ben@a.example]", "[{user: ben@a.example, until: 2026-12-31}]"),
            ["user: ben@a.example", "ben@a.example: {}"],
            ["user: bea@a.example", "bea@a.example: {previous_emails: [ben@a.example, old@a.example]}"],
            [
                "change account: address: ben@a.example -> bea@a.example",
                "add account: previous address of bea@a.example: old@a.example",
            ],
        ),
        (
            TEAM,
            ["ana@a.example: {}"],
            ["ana@a.example: {previous_emails: [old@a.example]}"],
            [
                "add account: previous address of ana@a.example: old@a.example",
            ],
        ),
        (
            TEAM,
            ["primary_admin: ana@a.example"],
            ["sso: null"],
            [
                "remove team design: primary admin ana@a.example",
                "add team design: SSO configuration none",
                "remove team design: member ana@a.example",
            ],
        ),
        (
            TEAM,
            ["design: {"],
            ["design: {sso: {domains: [a.example, b.example]}, "],
            [
                "add team design: SSO configuration: domains a.example and b.example",
            ],
        ),
        (
            TEAM,
            ["groups:"],
            ["sso_admins: [{user: ben@a.example, from: 2026-02-01}], members: [], groups:"],
            [
                "add team design: SSO admin ben@a.example (from 2026-02-01)",
            ],
        ),
        (SUB, ["team: design, "], [""], ["change account: subscription 1: team design -> none"]),
        (
            SUB,
            ["cho@a.example", "ends: 2026-12-31"],
            ["Ben@a.example", "ends: 2027-12-31"],
            [
                (
                    "change team design: subscription 1: contract manager "
                    "cho@a.example -> ben@a.example, ends 2026-12-31 -> 2027-12-31"
                ),
            ],
        ),
        (
            CONTRACT,
            ["perpetual", "seats: 2", "{R: [ben@a.example]}"],
            ["education", "seats: 4", "{S: [cho@a.example]}"],
            [
                "change contract 9: the contract: license type perpetual -> education",
                "change contract 9: product P: seats 2 -> 4",
                "remove contract 9: service R for ben@a.example",
                "add contract 9: service S for cho@a.example",
                "add contract 9: member cho@a.example",
            ],
        ),
        (
            CONTRACT,
            ["contract_manager: ana", "users: [ben@a.example]"],
            ["software_coordinator: ana", "users: []"],
            [
                "remove contract 9: contract manager ana@a.example",
                "add contract 9: software coordinator ana@a.example",
                "remove contract 9: P for ben@a.example",
            ],
        ),
        (
            CONTRACT,
            ["services:"],
            ["support: [cho@a.example]\n    services:"],
            [
                "add contract 9: support benefits for cho@a.example",
                "add contract 9: member cho@a.example",
            ],
        ),
        (
            CONTRACT,
            [CONTRACT[len(USERS) :]],
            [""],
            [
                "remove contract 9: the contract: license type perpetual, channel store",
                "remove contract 9: contract manager ana@a.example",
                "remove contract 9: product P: seats 2, serial s",
                "remove contract 9: P for ben@a.example",
                "remove contract 9: service R for ben@a.example",
                "remove contract 9: member ana@a.example",
                "remove contract 9: member ben@a.example",
            ],
        ),
    ],
)
def test_differences(tmp_path: Path, text: str, old: list[str], new: list[str], expected: list[str]) -> None:
    changed = text
    for before, after in zip(old, new, strict=True):
        assert before in changed
        changed = changed.replace(before, after, 1)
    assert rendered(tmp_path, text, changed) == expected


def test_both_names_of_a_team_choose_its_rename(tmp_path: Path) -> None:
    new = TEAM.replace("{design: {", "{build: {renamed_from: design, ")
    found = differences(declared(tmp_path / "old", TEAM), declared(tmp_path / "new", new))
    assert [len(only_of(frozenset({name}), found)) for name in ("design", "build", "other")] == [1, 1, 0]


def test_every_kind_of_thing_has_its_place_and_its_words() -> None:
    assert {names[0] for names in _SUBJECTS} == {*ORDER, "role"}
