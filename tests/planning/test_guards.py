"""Limits of GUARD001 for each type, in accounts of every size."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.account.model import Account, Group, Team, User
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.planning.checks.guards import TYPES, NewNames, check_guards
from seatsync.planning.difference.desired import DesiredState

SIZES = (1, 2, 3, 9, 10, 11, 1000)
BOSS = "p0@acme.example"

ALLOWED = {
    "20%": (1, 1, 1, 1, 2, 2, 200),
    "33%": (1, 1, 1, 2, 3, 3, 330),
    "1%": (1, 1, 1, 1, 1, 1, 10),
    "100%": SIZES,
    "0%": (0,) * 7,
    "0": (0,) * 7,
    "2": (1, 2, 2, 2, 2, 2, 2),
}
"""The allowed removals by limit, for each of the `SIZES`."""


def account_with(kind: str, size: int, kept: int) -> Account:
    """Return an account with a number of things of a type, or with those that remain."""
    people = [f"p{number}@acme.example" for number in range(size)]
    account = Account("acme", "l-1", 1, users={user: User(user) for user in people})
    team = account.teams["design"] = Team(BOSS, members=set(people))
    left = people[:kept]
    match kind:
        case "users":
            account.users = {user: User(user) for user in left}
            team.members = set(left)
        case "admins":
            team.primary = BOSS if left else "new@acme.example"
            team.admins = dict.fromkeys(left[1:], "secondary")
        case "seats":
            team.seats = {"AutoCAD": set(left)}
        case "groups":
            team.groups = {f"g{number}": Group() for number in range(kept)}
        case "memberships":
            team.groups = {"cad": Group(set(left))}
        case "teams":
            account.teams = {f"t{number}": Team(BOSS, members={BOSS}) for number in range(kept)}
    return account


def findings(folder: Path, kind: str, size: int, lost: int, limit: str, *allow: str) -> list[str]:
    held, goal = account_with(kind, size, size), account_with(kind, size, size - lost)
    wanted = DesiredState(goal, held.teams)
    found = check_guards(declaration(folder, limit), held, wanted, NewNames(()), None, allow, "2026-06-15")
    return [finding.message for finding in found if finding.code == "GUARD001" and f" {kind}" in finding.message]


def declaration(folder: Path, limit: str) -> Declaration:
    text = f"version: 1\naccount: acme\ninclude: [all.yaml]\npolicy: {{max_removals: {limit}}}\n"
    (folder / "seatsync.yaml").write_text(text, encoding="utf-8")
    (folder / "all.yaml").write_text(f"users: {{{BOSS}: {{}}}}\n", encoding="utf-8")
    found = load(folder).declaration
    assert found is not None
    return found


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("limit", ALLOWED)
def test_as_many_as_the_limit_may_go_and_not_one_more(tmp_path: Path, kind: str, limit: str) -> None:
    for size, allowed in zip(SIZES, ALLOWED[limit], strict=True):
        assert findings(tmp_path, kind, size, allowed, limit) == []
        if allowed < size:
            assert findings(tmp_path, kind, size, allowed + 1, limit) == [
                f"the plan removes {allowed + 1} of {size} {kind}, more than max_removals ({limit}) allows"
            ]


@pytest.mark.parametrize("kind", TYPES)
def test_only_the_exact_number_lets_more_pass(tmp_path: Path, kind: str) -> None:
    assert findings(tmp_path, kind, 10, 4, "20%", f"GUARD001.{kind}=4") == []
    assert findings(tmp_path, kind, 10, 4, "20%", f"GUARD001.{kind}=5") == [
        f"--allow GUARD001.{kind}=5 does not match: the plan removes 4 of 10 {kind}"
    ]
