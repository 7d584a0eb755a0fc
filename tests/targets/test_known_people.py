"""An account read beside people who are known already is the account read by itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.model import Account, User
from seatsync.targets import sql_admin
from seatsync.targets.sql import SqliteTarget
from tests.targets.sample import CLOCK
from tests.targets.stores import at, busy_store

STRANGERS = ("aaa@acme.example", "mmm@acme.example", "zzz@acme.example")


@dataclass
class Said:
    """A person as a file has them."""

    email: str
    first_name: str | None
    last_name: str | None


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> SqliteTarget:
    """An account with people of all kinds: pending, written with capitals, with names and without."""
    busy = busy_store(tmp_path_factory.mktemp("busy"))
    account = busy.read().account
    first, second, *_ = sorted(account.users)
    account.users[first] = account.users[first]._replace(email=first.title())
    account.users[second] = account.users[second]._replace(first_name="", last_name="")
    target = at(tmp_path_factory.mktemp("known"))
    sql_admin.create(target, "acme", "UTC", CLOCK, "9b1c1a52")
    sql_admin.load_state(target, account, CLOCK)
    return target


@settings(max_examples=60)
@given(st.data())
def test_whatever_is_known(target: SqliteTarget, data: st.DataObject) -> None:
    alone = target.read().account
    assert {user.status for user in alone.users.values()} == {"active", "pending"}
    ways = st.sampled_from(["same", "other", "spelt", "unnamed", "absent"])
    known = {user: _said(user, person, data.draw(ways)) for user, person in alone.users.items()}
    known |= {user: Said(user, "A", "B") for user in data.draw(st.sets(st.sampled_from(STRANGERS)))}
    names = data.draw(st.permutations([user for user, said in known.items() if said is not None]))
    found = target.read({user: said for user in names if (said := known[user]) is not None}).account
    assert (found, set(found.users), len(found.users)) == (alone, set(alone.users), len(alone.users))
    assert _members(found) == _members(alone)


def _said(user: str, person: User, way: str) -> Said | None:
    if way == "absent":
        return None
    said = Said(person.email, person.first_name, person.last_name)
    if way == "other":
        said.last_name = "Other"
    elif way == "spelt":
        said.email = user.upper()
    elif way == "unnamed":
        said.first_name = None
    return said


def _members(account: Account) -> dict[str, list[str]]:
    return {name: list(team.members) for name, team in account.teams.items()}


def test_nobody_in_the_account(tmp_path: Path) -> None:
    target = at(tmp_path)
    sql_admin.create(target, "acme", "UTC", CLOCK, "9b1c1a52")
    found = target.read({user: Said(user, None, None) for user in STRANGERS}).account
    assert (dict(found.users), len(found.users)) == ({}, 0)
