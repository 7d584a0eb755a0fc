"""Random accounts behind random behaviours of the API: a look changes nothing that it cannot know."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random

import pytest

from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.demo.double import Double, Settings
from seatsync.demo.profiles import VARIANTS, profile_of
from seatsync.demo.served_account import at_second
from seatsync.portal import refreshing
from seatsync.portal.knowledge import Knowledge
from seatsync.portal.observation import Observation
from seatsync.portal.refreshing import look
from seatsync.portal.source_checks import Limits
from seatsync.targets.target import State
from tests.portal.random_accounts import DAY, random_account
from tests.portal.test_team_admin_source import source_of

NOON = datetime.fromisoformat(f"{DAY}T12:00:00+00:00")
OF_READS = (
    *("snake-names", "no-names", "roles-spelled", "roles-list", "no-roles", "status-invited", "no-status"),
    *(
        "pending-hidden",
        "more-fields",
        "inherited-team",
        "inherited-invented",
        "no-types",
        "direct-wins",
        "pools-split",
    ),
    *("future-zero", "cursors-expire", "mixed-case", "lag"),
)
"""The behaviours that concern lists and are no faults."""
SEEDS = pytest.mark.parametrize("first", range(0, 60, 10))


def observations_of(double: Double) -> list[Observation]:
    """Return what the API shows the primary admins of all teams."""
    found = []
    for name, team in sorted(double.account().teams.items()):
        source = source_of(double, double.token(team.primary), name)
        with source.client:
            observations, findings = source.observe()
        assert [each for each in findings if each.code == "SOURCE001"] == []
        found += observations
    return found


def chosen(chance: Random) -> list[str]:
    """Return some behaviours of different fields."""
    names = {VARIANTS[name].field: name for name in chance.sample(OF_READS, 5)}
    return sorted(names.values())


def looked(state: State, double: Double) -> State:
    """Return a mirror after a look."""
    limits = Limits(Clock.of(double.clock.moment()), max_removals="100%")
    knowledge = Knowledge.from_text(state.mirror or "")
    found = look(state, knowledge, lambda _: [], observations_of(double), [], limits)
    assert not found.stopped, found.findings
    account = state.account.copy()
    for each in found.changes:
        account.change(each.rows)
    account.serial = (account.serial or 0) + len(found.changes)
    return state._replace(account=account, mirror=found.record)


def held(account: Account, products: Iterable[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    return {(team, product): set(account.holders(team, product)) for team, product in products}


def a_mirror_stays(chance: Random) -> int:
    """Look at an account twice: with the likely behaviour, and with others. Return the number of its teams."""
    account, clock = random_account(chance), at_second(NOON)
    state = State(Account("acme", account.lineage, 0), mirror=Knowledge().as_text())
    with Double(account, Settings(clock=clock)) as double:
        state = looked(state, double)
    names = chosen(chance)
    clock.advance(7200)
    with Double(account, Settings(clock=clock, profile=profile_of(names))) as double:
        after = looked(state, double)
    assert {name: {*team.members} for name, team in after.account.teams.items()} == {
        name: {*team.members} for name, team in account.teams.items()
    }, names
    listed = Knowledge.from_text(after.mirror or "").pools
    assert held(after.account, listed) == held(account, listed), names
    assert [*after.account.rows()] == [*state.account.rows()], names
    return len(account.teams)


@SEEDS
def test_no_behaviour_changes_a_mirror(first: int) -> None:
    assert sum(a_mirror_stays(Random(seed)) for seed in range(first, first + 10)) > 10


def test_looks_that_take_what_is_not_listed_for_gone_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test before: nothing completes what the API lists."""
    monkeypatch.setattr(refreshing, "completed", lambda observations, *_: observations)
    with pytest.raises(AssertionError):
        sum(a_mirror_stays(Random(seed)) for seed in range(20))
