"""Edits of random repositories in any layout change what was asked for, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings

from seatsync.account.model import entitled
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised
from seatsync.declaration.states import as_account
from seatsync.editing import schema_nodes
from seatsync.editing.changeset import Overlay
from seatsync.errors import WrongUsage
from seatsync.finding import has_errors
from seatsync.staffing.giving_back import GivenBack, give_back
from seatsync.staffing.moves import ROLES, move, promote
from seatsync.staffing.offboarding import offboard
from seatsync.staffing.proposal import Proposal, ProposalError
from seatsync.staffing.renames import rename_group, rename_team
from seatsync.staffing.seat_changes import assign, unassign
from tests.chance import chances
from tests.drift.layouts import comments, comments_to_keep, laid_out
from tests.planning.states import DAY, GROUPS, PEOPLE, PRODUCTS, TEAMS, pair

CLOCK = Clock.at(DAY)
NEW = "new: name"
SETTINGS = settings(max_examples=20)


def repository(random: Random, folder: Path) -> Declaration:
    account, _ = pair(random)
    laid_out(account, folder, random)
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings)
    return loaded.declaration


def edited(proposal: Proposal, folder: Path) -> Declaration | None:
    """Return the declaration after a proposal, None if it is blocked. Comments of unchanged entries must be kept."""
    if proposal.blocking:
        return None
    assert not proposal.changes.skipped
    contents, _, refused = proposal.changes.contents(Folder(folder))
    if refused:
        return None
    for changed in contents.values():
        old, new = changed.old.decode(), changed.new.decode()
        assert comments_to_keep(old, new) <= comments(new) <= comments(old)
    overlay = Overlay(Folder(folder), {str(place): changed.new for place, changed in contents.items()})
    loaded = load(folder, files=overlay)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings)
    return loaded.declaration


def without(data: Any, user: str) -> Any:  # noqa: ANN401 - JSON
    """Return a declaration without a person, and without parts that become empty."""
    if isinstance(data, dict):
        inner = {key: without(value, user) for key, value in data.items() if user not in (key, value)}
        return {key: value for key, value in inner.items() if value not in ({}, [], None)}
    if isinstance(data, list):
        return [item for item in data if user not in (item, *(item if isinstance(item, list) else ()))]
    return data


def has_left(declared: Declaration, user: str) -> bool:
    """Return True if a person has nothing but the purchases from the store that they manage."""
    data = json.loads(normalised(declared))
    kept = [
        purchase
        for section in ("subscriptions", "contracts")
        for purchase in data.get(section, {}).values()
        if purchase["channel"] == "store" and purchase.get("contract_manager") == user
    ]
    for purchase in kept:
        del purchase["contract_manager"]
    if kept:
        assert not data["users"].pop(user).keys() - {"first_name", "last_name"}
    return user not in json.dumps(data)


@given(chances())
@SETTINGS
def test_offboarding_changes_nobody_else(random: Random) -> None:
    user = random.choice(PEOPLE)
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        if user not in declared.users:
            return
        after = edited(offboard(declared, (user,), None), Path(name))
        if after is not None:
            assert has_left(after, user)
            assert without(json.loads(normalised(after)), user) == without(json.loads(normalised(declared)), user)


@given(chances())
@SETTINGS
def test_with_a_successor_nobody_has_two_roles(random: Random) -> None:
    user, successor = random.choice(PEOPLE), random.choice(PEOPLE)
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        if user == successor or not {user, successor} <= declared.users.keys():
            return
        after = edited(offboard(declared, (user,), successor), Path(name))
        if after is None:
            return
        assert has_left(after, user)
        account = as_account(after, CLOCK)
        for team in account.teams.values():
            assert team.primary not in team.admins
        for key, said in declared.teams.items():
            primary = None if said.primary is None else said.primary.user
            if user in {primary, *said.secondary.ids, *said.sso_admins.ids}:
                assert successor in {account.teams[key].primary, *account.teams[key].admins}


@given(chances())
@SETTINGS
def test_a_seat_given_and_taken_back(random: Random) -> None:
    user, product, team = random.choice(PEOPLE), random.choice(PRODUCTS), random.choice(TEAMS)
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        if user not in declared.users:
            return
        after = edited(assign(declared, (user,), product, team, None), Path(name))
        if after is None:
            return
        assert user in as_account(after, CLOCK).teams[team].seats[product]
        before = as_account(declared, CLOCK).teams[team]
        try:
            taken = edited(unassign(declared, (user,), product, team), Path(name))
        except WrongUsage:
            assert user not in before.seats.get(product, ())
            return
        if taken is not None:
            now = as_account(taken, CLOCK).teams[team]
            assert now.members == before.members
            assert now.admins == before.admins
            assert now.seats.get(product, set()) == before.seats.get(product, set()) - {user}


@given(chances())
@SETTINGS
def test_seats_given_back_together(random: Random) -> None:
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        wanted = as_account(declared, CLOCK)
        held = [
            GivenBack(
                name,
                product,
                user,
                user in team.seats.get(product, ()),
                tuple(key for key, group in team.groups.items() if product in group.products and user in group.members),
            )
            for name, team in wanted.teams.items()
            for product in PRODUCTS
            for user in sorted(entitled(team, product))
        ]
        chosen = random.sample(held, random.randint(0, len(held)))
        after = edited(give_back(declared, chosen), Path(name))
        if after is None:
            return
        for seat in chosen:
            team = wanted.teams[seat.team]
            if seat.direct:
                team.seats[seat.product] = team.seats[seat.product] - {seat.user}
            for key in seat.groups:
                team.groups[key].members = team.groups[key].members - {seat.user}
        for team in wanted.teams.values():
            team.seats = {product: holders for product, holders in team.seats.items() if holders}
        assert as_account(after, CLOCK) == wanted


@given(chances())
@SETTINGS
def test_a_role_given(random: Random) -> None:
    user, role, team = random.choice(PEOPLE), random.choice(ROLES), random.choice(TEAMS)
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        if user not in declared.users:
            return
        after = edited(promote(declared, (user,), role, team), Path(name))
        if after is None:
            return
        before, now = as_account(declared, CLOCK).teams[team], as_account(after, CLOCK).teams[team]
        assert now.role_of(user) == role
        assert before.members | {user} == now.members
        others = before.members - {user, before.primary}
        assert {other: before.role_of(other) for other in others} == {other: now.role_of(other) for other in others}


@given(chances())
@SETTINGS
def test_from_team_to_team(random: Random) -> None:
    user, teams = random.choice(PEOPLE), random.sample(TEAMS, 2)
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        old, new = teams
        try:
            after = edited(move(declared, (user,), old, new, None), Path(name))
        except (WrongUsage, ProposalError):
            return
        if after is None:
            return
        before, now = as_account(declared, CLOCK), as_account(after, CLOCK)
        assert user in now.teams[new].members
        assert not any(user in holders for holders in now.teams[old].seats.values())
        assert now.teams[old].role_of(user) is None
        held = {product for team in teams for product, users in before.teams[team].seats.items() if user in users}
        assert held == {product for product, users in now.teams[new].seats.items() if user in users}
        assert without(json.loads(normalised(declared)), user) == without(json.loads(normalised(after)), user)


@given(chances())
@SETTINGS
def test_only_a_name_changes(random: Random) -> None:
    team, group = random.choice(TEAMS), random.choice([None, *GROUPS])
    with TemporaryDirectory() as name:
        declared = repository(random, Path(name))
        if group is not None and group not in declared.teams[team].groups:
            return
        proposal = rename_team(declared, team, NEW) if group is None else rename_group(declared, group, NEW, team)
        after = edited(proposal, Path(name))
        if after is None:
            return
        for changed in proposal.changes.contents(Folder(Path(name)))[0].values():
            assert comments(changed.old.decode()) == comments(changed.new.decode())
        expected, found = json.loads(normalised(declared)), json.loads(normalised(after))
        if group is None:
            expected = json.loads(json.dumps(expected).replace(f'"{team}"', f'"{NEW}"'))
            assert found["teams"][NEW].pop("renamed_from") == team
        else:
            groups = expected["teams"][team]["groups"]
            groups[NEW] = groups.pop(group)
            assert found["teams"][team]["groups"][NEW].pop("renamed_from") == group
        assert found == expected


def test_the_property_notices_a_mention_with_the_old_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(schema_nodes._VALUES, "subscriptions/*/team")
    with pytest.raises((AssertionError, ExceptionGroup)):
        test_only_a_name_changes()
