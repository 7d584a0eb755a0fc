"""The allowance of calls: how many within a minute, shared by runs, whatever clocks and files do."""

from __future__ import annotations

import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.errors import FileProblem, Interrupted
from seatsync.vendor import rate_budget
from seatsync.vendor.http_client import Timing
from seatsync.vendor.rate_budget import CallFile, RateBudget

NOON = datetime(2026, 11, 29, 12, 0, 50, tzinfo=UTC).timestamp()
TEAM = "/teams/100001/users"


class Watch:
    """A clock that waiting advances. `waits` are the seconds of the waits, `calls` the number of calls."""

    def __init__(self, start: float = NOON) -> None:
        self.time = start
        self.waits: list[float] = []
        self.calls = 0

    def timing(self) -> Timing:
        return Timing(lambda: datetime.fromtimestamp(self.time, UTC), lambda: self.time, self.sleep)

    def sleep(self, seconds: float) -> None:
        self.time += seconds

    def budget(self, path: Path, minute: float = 60.0) -> RateBudget:
        return RateBudget(CallFile(path, self.timing()), self.timing(), minute, self.told)

    def told(self, seconds: float) -> None:
        if seconds:
            self.waits.append(seconds)
        else:
            self.calls += 1


def test_fifty_calls_a_minute(tmp_path: Path) -> None:
    watch = Watch()
    budget = watch.budget(tmp_path / "calls")
    for _ in range(120):
        budget.take(TEAM)
    assert (watch.waits, watch.calls) == ([60, 60], 120)
    assert watch.time == NOON + 120


def test_a_wait_that_is_broken_off(tmp_path: Path) -> None:
    """Who does not want to wait has counted nothing."""
    watch = Watch()
    for _ in range(50):
        watch.budget(tmp_path / "calls").take(TEAM)

    def stop(seconds: float) -> None:
        raise Interrupted(2, f"stopped instead of waiting for {seconds:g} s")

    with pytest.raises(Interrupted, match="for 60 s"):
        RateBudget(CallFile(tmp_path / "calls", watch.timing()), watch.timing(), waiting=stop).take(TEAM)
    watch.time += 60
    for _ in range(50):
        watch.budget(tmp_path / "calls").take(TEAM)
    assert watch.waits == []


def test_the_allowance_of_each_call_returns_after_a_minute(tmp_path: Path) -> None:
    watch = Watch()
    budget = watch.budget(tmp_path / "calls")
    for _ in range(51):
        budget.take(TEAM)
        watch.time += 0.5
    assert watch.waits == [35]
    budget.take(TEAM)
    assert watch.waits == [35]


def test_teams_and_the_list_of_teams_have_their_own(tmp_path: Path) -> None:
    watch = Watch()
    budget = watch.budget(tmp_path / "calls")
    for path in (TEAM, "/teams/100002/users", "/teams/100002x/users", "/teams"):
        for _ in range(50):
            budget.take(path)
    assert watch.waits == []
    for path in (f"{TEAM}/US1", "/teams/100001/assignments", "/teams/100001"):
        watch.time += 1
        for _ in range(50):
            budget.take(path)
    assert watch.waits == [59, 59, 59]
    budget.take("/teams")
    assert watch.waits == [59, 59, 59]


def test_runs_share_it(tmp_path: Path) -> None:
    watch = Watch()
    runs = [watch.budget(tmp_path / "calls") for _ in range(2)]
    for number in range(51):
        runs[number % 2].take(TEAM)
    assert watch.waits == [60]
    other = Watch()
    for _ in range(50):
        other.budget(tmp_path / "others").take(TEAM)
    assert other.waits == []


def test_a_shorter_minute(tmp_path: Path) -> None:
    watch = Watch()
    budget = watch.budget(tmp_path / "calls", 0.25)
    for _ in range(101):
        budget.take(TEAM)
    assert watch.waits == [0.25, 0.25]


@pytest.mark.parametrize("hours", [-1, -24 * 365])
def test_a_clock_that_is_put_back(tmp_path: Path, hours: int) -> None:
    """How long ago the calls were is not known then, but they are over within a minute."""
    watch = Watch()
    budget = watch.budget(tmp_path / "calls")
    for _ in range(50):
        budget.take(TEAM)
    watch.time += hours * 3600
    for _ in range(51):
        budget.take(TEAM)
    assert watch.waits == [60, 60]


def test_a_clock_that_stands_almost_still(tmp_path: Path) -> None:
    """A wait too short for the clock does not go on forever."""
    watch = Watch()
    budget = watch.budget(tmp_path / "calls")
    for _ in range(50):
        budget.take(TEAM)
    watch.time += 60 - 2e-6
    budget.take(TEAM)
    assert watch.waits == [0.001]


def test_nothing_is_kept_for_long(tmp_path: Path) -> None:
    watch = Watch()
    for _ in range(10):
        watch.budget(tmp_path / "calls").take(TEAM)
        watch.time += 59
    with closing(sqlite3.connect(tmp_path / "calls")) as database:
        assert database.execute("SELECT count(*) FROM calls").fetchone() == (2,)
    assert [path.name for path in tmp_path.iterdir()] == ["calls"]


def fewer_than_51(moments: Sequence[float]) -> bool:
    """Return True if no 60 seconds have more than 50 of these moments."""
    return all(bisect_left(moments, moment + 60 - 1e-6) - index <= 50 for index, moment in enumerate(moments))


def made(path: Path, gaps: Sequence[float], budget: Callable[[Watch, Path], Callable[[str], None]]) -> list[float]:
    """Return when calls were made that came after these gaps."""
    watch, moments = Watch(), []
    take = budget(watch, path)
    for gap in gaps:
        watch.time += gap
        take(TEAM)
        moments.append(watch.time)
    return moments


def real(watch: Watch, path: Path) -> Callable[[str], None]:
    path.unlink(missing_ok=True)
    return watch.budget(path).take


def by_minute_of_the_clock(watch: Watch, _: Path) -> Callable[[str], None]:
    """Allow 50 calls in each minute of this machine's clock, which need not be the vendor's."""
    counted = Counter[int]()

    def take(_: str) -> None:
        while counted[int(watch.time // 60)] >= 50:
            watch.time += 60 - watch.time % 60
        counted[int(watch.time // 60)] += 1

    return take


GAPS = st.lists(st.sampled_from([0.0, 0.0, 0.1, 0.7, 1.2, 30.0]), min_size=52, max_size=160)


@settings(max_examples=20)
@given(gaps=GAPS)
def test_no_minute_has_more(tmp_path_factory: pytest.TempPathFactory, gaps: list[float]) -> None:
    path = tmp_path_factory.getbasetemp() / "calls"
    assert fewer_than_51(made(path, gaps, real))


def test_minutes_of_the_clock_would_not_do(tmp_path: Path) -> None:
    assert not fewer_than_51(made(tmp_path / "calls", [0.0] * 100, by_minute_of_the_clock))
    assert fewer_than_51(made(tmp_path / "calls", [0.0] * 100, real))


def test_a_file_that_cannot_be_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def problem(path: Path) -> str:
        with pytest.raises(FileProblem) as caught:
            Watch().budget(path).take(TEAM)
        return str(caught.value).removeprefix(f"{path}: calls to the vendor's API cannot be counted in this file ")

    remedy = "; check its folder; delete it if it is damaged"
    damaged = tmp_path / "damaged"
    damaged.write_bytes(b"no database" * 100)
    assert problem(damaged) == f"(file is not a database){remedy}"
    assert problem(tmp_path / "absent" / "absent" / "calls") == f"(No such file or directory){remedy}"
    assert problem(damaged / "calls") == f"(File exists){remedy}"
    assert problem(tmp_path) == f"(unable to open database file){remedy}"
    other = tmp_path / "other"
    with closing(sqlite3.connect(other)) as database:
        database.execute("CREATE TABLE calls (a)")
    assert problem(other) == f"(no such column: at){remedy}"
    monkeypatch.setattr(rate_budget, "_PATIENCE", 0)
    with closing(sqlite3.connect(other)) as database:
        database.execute("BEGIN IMMEDIATE")
        assert problem(other) == f"(database is locked){remedy}"


def test_a_new_folder(tmp_path: Path) -> None:
    Watch().budget(tmp_path / ".seatsync" / "account.db-calls").take(TEAM)
    assert [path.name for path in (tmp_path / ".seatsync").iterdir()] == ["account.db-calls"]
