"""Calls to the vendor's API that runs on several machines count in one store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from seatsync.targets.sql.store import SqlTarget
from tests.targets.stores import alter, at, opened, store

TEAM, OTHER = "100001", "100002"


@pytest.fixture
def target(folder: Path) -> SqlTarget:
    return store(folder)


def test_so_many_a_minute_for_each_team(target: SqlTarget) -> None:
    assert [target.count(TEAM, 60, 2) for _ in range(2)] == [0, 0]
    assert 50 < target.count(TEAM, 60, 2) <= 60
    assert target.count(OTHER, 60, 2) == 0
    alter(target, "UPDATE calls SET at = at - 30000")
    assert 20 < target.count(TEAM, 60, 2) <= 30
    alter(target, "UPDATE calls SET at = at - 30000")
    assert [target.count(TEAM, 60, 2) for _ in range(2)] == [0, 0]
    with opened(target) as database:
        assert database.row("SELECT count(*) FROM calls WHERE team = '100001'") == (2,)


def test_a_clock_that_was_put_back(target: SqlTarget) -> None:
    assert target.count(TEAM, 60, 1) == 0
    alter(target, "UPDATE calls SET at = at + 3600000")
    assert 50 < target.count(TEAM, 60, 1) <= 60


def test_many_at_once_count_every_call(folder: Path) -> None:
    store(folder)
    targets = [at(folder) for _ in range(12)]
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda target: target.count(TEAM, 60, 5), targets))
    assert len([wait for wait in waits if wait == 0]) == 5


def test_the_account_is_as_before(target: SqlTarget) -> None:
    before = target.read()
    target.count(TEAM, 60, 5)
    assert target.read() == before
