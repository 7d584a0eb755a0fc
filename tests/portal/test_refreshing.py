"""Looks at the real account: the mirror becomes what sources show, and stays so."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.portal.knowledge import Knowledge, Mirror
from seatsync.portal.observation import combined
from seatsync.portal.observed_account import observed_state, read_observations
from seatsync.portal.refreshing import Refreshed, look
from seatsync.portal.remembered import facts_of
from seatsync.portal.source_checks import Limits
from seatsync.portal.sources.exports import Exports
from seatsync.targets.target import State
from tests.portal.random_accounts import DAY, random_account
from tests.portal.random_changes import as_it_is
from tests.portal.written_exports import exports_of

CLOCK = Clock.at(DAY)
LIMITS = Limits(CLOCK, max_removals="100%")


class Memory:
    """A mirror in memory."""

    def __init__(self) -> None:
        self.state = State(Account("acme", "5f0c", 0), mirror=Knowledge().as_text())

    def refresh(self, folder: Path, limits: Limits = LIMITS) -> Refreshed:
        observations, findings = Exports(folder, folder.name).observe()
        found = look(self.state, self.knowledge, lambda _: [], observations, findings, limits)
        account = self.state.account.copy()
        for each in found.changes:
            account.change(each.rows)
        account.serial = (account.serial or 0) + len(found.changes)
        self.state = self.state._replace(account=account, mirror=found.record or self.state.mirror)
        return found

    @property
    def knowledge(self) -> Knowledge:
        return Knowledge.from_text(self.state.mirror or "")

    def with_declared(self, declared: Declaration | None) -> State:
        mirror = Mirror(self.state.account, self.knowledge)
        return read_observations(facts_of(mirror), declared, DAY, mirror).state


def same(one: Account, other: Account) -> bool:
    return (one.users, one.teams, one.subscriptions) == (other.users, other.teams, other.subscriptions)


STRIDE = 20
BATCHES = pytest.mark.parametrize("first", range(0, 100, STRIDE))


def check_first_look(seeds: Iterable[int], folder: Path) -> None:
    for seed in seeds:
        chance, place = Random(seed), folder / f"{seed}"
        account = random_account(chance)
        exports_of(account, chance).put(place)
        memory = Memory()
        found = memory.refresh(place)
        assert not found.stopped, found.findings
        chosen, _ = combined(Exports(place, place.name).observe()[0])
        for declared in (None, as_it_is(account).declaration()):
            assert same(memory.with_declared(declared).account, observed_state(chosen, declared, DAY).account), seed
        again = memory.refresh(place)
        assert (again.changes, again.record) == ((), memory.state.mirror), seed
        assert Knowledge.from_text(memory.state.mirror or "").as_text() == memory.state.mirror


def first_looks(seeds: Collection[int]) -> int:
    """Check first looks at random accounts; return their number."""
    with TemporaryDirectory() as name:
        check_first_look(seeds, Path(name))
    return len(seeds)


@BATCHES
def test_a_mirror_is_what_random_exports_show(first: int, tmp_path: Path) -> None:
    check_first_look(range(first, first + STRIDE), tmp_path)
