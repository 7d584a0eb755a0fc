"""Leases of workers: who is given up by whom, and what becomes of a worker whose store is away."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Final

import pytest

from seatsync.fleet import workflows
from seatsync.fleet.contact import Contact
from seatsync.fleet.fleet_store import FleetStoreProblem, open_fleet_store
from seatsync.fleet.log import LogRecord
from seatsync.fleet.run_values import Result
from seatsync.fleet.runs import Workers
from seatsync.fleet.workflows import LEASE, Engine, Reports

AWAY: Final = FleetStoreProblem("postgresql://db/fleet", "away", passing=True)


def test_a_worker_gives_up_others_whose_lease_is_over_but_never_itself(tmp_path: Path) -> None:
    store = open_fleet_store("sqlite:///fleet.db", tmp_path)
    try:
        workers = Workers(store)
        for worker, lease in (("late", -1.0), ("gone", -1.0), ("alive", 60.0)):
            workers.register(worker, "here/1/", lease)
        workers.remove_expired(but="late")
        assert {worker.id for worker in workers.alive()} == {"alive", "late"}
        assert [workers.renew(worker, 60.0) for worker in ("late", "gone")] == [True, False]
    finally:
        store.close()


@pytest.fixture(name="log")
def _log() -> list[LogRecord]:
    return []


@pytest.fixture(name="engine")
def _engine(tmp_path: Path, log: list[LogRecord]) -> Iterator[Engine]:
    with closing(open_fleet_store("sqlite:///fleet.db", tmp_path)) as store:
        yield Engine(store, "here/1/", log=log.append)


@dataclass
class Days(Event):
    """The end of an engine whose time passes only while it waits. The store is away in `away`, in seconds from 0."""

    end: float
    away: tuple[float, float]
    now: float = 0.0
    removed: list[float] = field(default_factory=list)

    def wait(self, timeout: float | None = None) -> bool:
        self.now += timeout or 0.0
        return self.now >= self.end

    def reach(self) -> bool:
        """Return True. Raises what the engine gets from a store that is away."""
        if self.away[0] <= self.now < self.away[1]:
            raise AWAY
        return True

    def remove(self) -> None:
        self.reach()
        self.removed.append(self.now)


def kept(engine: Engine, monkeypatch: pytest.MonkeyPatch, away: tuple[float, float]) -> list[float]:
    """Keep a lease for some minutes; return the seconds at which the engine gave up others."""
    days = Days(end=300.0, away=away)
    monkeypatch.setattr(engine, "_ended", days)
    monkeypatch.setattr(workflows, "monotonic", lambda: days.now)
    monkeypatch.setattr(engine.workers, "renew", lambda *_: days.reach())
    monkeypatch.setattr(engine.workers, "remove_expired", lambda but: days.remove())  # noqa: ARG005 - as called
    monkeypatch.setattr(engine, "_take_over", days.reach)
    engine._keep_lease()
    return days.removed


def test_whoever_is_in_contact_gives_up_others_every_second(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert kept(engine, monkeypatch, (300.0, 300.0)) == [float(second) for second in range(30, 300)]


@pytest.mark.parametrize("seconds", [LEASE * 2 / 3, LEASE, 4 * LEASE])
def test_after_an_outage_others_have_the_time_of_a_lease(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, seconds: float, log: list[LogRecord]
) -> None:
    back = 100.0 + seconds
    removed = kept(engine, monkeypatch, (100.0, back))
    assert [second for second in removed if second >= 100] == [float(second) for second in range(int(back) + 30, 300)]
    assert [(each.event, each.level, each.error) for each in log] == [
        ("store away", "warning", str(AWAY)),
        ("store back", "info", ""),
    ]


def test_a_short_outage_counts_for_nothing(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lease is renewed when a third of it is over, so no other can have ended."""
    assert kept(engine, monkeypatch, (100.0, 105.0))[70:72] == [105.0, 106.0]


@pytest.mark.parametrize(("gap", "counts"), [(4.9, False), (5.1, True)])
def test_a_busy_machine_is_no_outage_however_short_the_lease(gap: float, *, counts: bool) -> None:
    contact = Contact(2.0, 0.0, 0.0)
    assert contact.prove(2.0)
    assert contact.prove(2.0 + gap) is not counts


def test_without_a_measure_of_contact_the_first_one_back_gives_up_others(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(Contact, "prove", lambda *_: True)
    assert 220.0 in kept(engine, monkeypatch, (100.0, 220.0))


@pytest.mark.parametrize("fault", [RuntimeError("of the engine"), FleetStoreProblem("url", "no permission")])
def test_a_fault_while_the_lease_is_kept_ends_the_worker(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    def take_over() -> None:
        raise fault

    monkeypatch.setattr(engine, "_take_over", take_over)
    with pytest.raises(type(fault)) as caught, engine.registered():
        engine.serve(lambda _: Result("done", 0, "valid"), lambda: None, None, Reports())
    assert caught.value is fault
    with pytest.raises(type(fault)), engine.registered():
        engine._lost.wait()
    assert engine.workers.alive() == []


def test_a_transaction_is_tried_again_while_the_store_is_away(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, log: list[LogRecord]
) -> None:
    monkeypatch.setattr(workflows, "_RETRY", 0)
    answers: list[FleetStoreProblem | None] = [AWAY, AWAY, AWAY, None]

    def transact() -> str:
        answer = answers.pop(0)
        if answer is not None:
            raise answer
        return "done"

    assert engine._patiently(transact, lambda: None) == "done"
    assert [(each.event, each.error) for each in log] == [("store away", str(AWAY))]


def test_what_does_not_pass_is_not_tried_again(engine: Engine, log: list[LogRecord]) -> None:
    missing = FleetStoreProblem("postgresql://db/fleet", "there is no such table")

    def transact() -> str:
        raise missing

    with pytest.raises(FleetStoreProblem) as caught:
        engine._patiently(transact, lambda: None)
    assert caught.value is missing
    assert log == []
