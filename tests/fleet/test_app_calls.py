"""The calls of an app, which all accounts of a fleet count in one store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from seatsync.errors import TargetProblem
from seatsync.fleet.app_calls import AppCalls, app_calls, naming
from seatsync.fleet.declared_fleet import Fleet
from seatsync.fleet.fleet_store import open_fleet_store
from seatsync.vendor.http_client import Timing
from seatsync.vendor.rate_budget import CallFile, RateBudget
from tests.postgres import server


@pytest.fixture(params=["sqlite", "postgresql"])
def fleet(request: pytest.FixtureRequest, tmp_path: Path) -> Fleet:
    url = "sqlite:///fleet.db" if request.param == "sqlite" else server().url(database=server().new_database())
    return Fleet(tmp_path, "fleet.yaml", (), url)


def calls_of(fleet: Fleet, app: str) -> AppCalls:
    found = app_calls(naming(fleet), app)
    assert found is not None
    return found


def later(fleet: Fleet, milliseconds: int) -> None:
    """Make all calls so much older."""
    with closing(open_fleet_store(fleet.store, fleet.root)) as store, store.writing() as connection:
        connection.execute(store.sql("UPDATE fleet_call SET at = at - :more"), {"more": milliseconds})


def test_so_many_a_minute_for_each_app(fleet: Fleet) -> None:
    calls, other = calls_of(fleet, "app"), calls_of(fleet, "other")
    assert [calls.count("", 60, 2) for _ in range(2)] == [0, 0]
    assert 50 < calls_of(fleet, "app").count("", 60, 2) <= 60
    assert other.count("", 60, 2) == 0
    later(fleet, 30_000)
    assert 20 < calls.count("", 60, 2) <= 30
    later(fleet, 30_000)
    assert calls.count("", 60, 2) == 0


def test_a_clock_that_was_put_back(fleet: Fleet) -> None:
    calls = calls_of(fleet, "app")
    assert calls.count("", 60, 1) == 0
    later(fleet, -3_600_000)
    assert 50 < calls.count("", 60, 1) <= 60


def test_many_at_once_count_every_call(fleet: Fleet) -> None:
    open_fleet_store(fleet.store, fleet.root).close()
    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(lambda _: calls_of(fleet, "app").count("", 60, 5), range(12)))
    assert waits.count(0) == 5


def test_accounts_share_the_allowance_of_their_app_but_not_of_teams(fleet: Fleet, tmp_path: Path) -> None:
    """Two accounts with stores of their own."""
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        later(fleet, int(seconds * 1000) + 1000)

    timing = Timing(lambda: datetime.now(UTC), lambda: 0.0, sleep)

    def budget(account: str) -> RateBudget:
        return RateBudget(CallFile(tmp_path / account, timing), timing, of_app=calls_of(fleet, "app"))

    first, second = budget("first"), budget("second")
    for _ in range(25):
        first.take("/teams")
        second.take("/teams")
        first.take("/teams/1/users")
        second.take("/teams/2/users")
    assert waits == []
    second.take("/teams")
    assert len(waits) == 1


@pytest.mark.parametrize(
    ("url", "passing"), [("postgresql://127.0.0.1:1/fleet", True), ("sqlite:////missing/there/fleet.db", False)]
)
def test_a_store_that_is_away_may_come_back(url: str, *, passing: bool) -> None:
    with pytest.raises(TargetProblem, match="calls to the vendor's API: cannot be counted for all accounts") as caught:
        AppCalls(url, "app").count("", 60, 1)
    assert caught.value.passing == passing


def test_outside_of_a_fleet() -> None:
    assert app_calls({}, "app") is None
