"""What workers take from the queue and give back, with a store in SQLite and in PostgreSQL. No thread keeps leases."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from typing import Literal

import psycopg
import pytest
from sqlalchemy import PoolProxiedConnection

from seatsync.fleet import workflows
from seatsync.fleet.account_queue import Job
from seatsync.fleet.fleet_store import FleetStore, FleetStoreProblem, open_fleet_store
from seatsync.fleet.run_values import Attempt, NewRun, Result
from seatsync.fleet.workflows import Engine, LeaseLost, Reports, Work
from tests.postgres import server

DONE = Result("done", 0, "valid")
Lost = Literal["before", "after"]


@pytest.fixture(name="store", scope="module", params=["sqlite", "postgresql"])
def _store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FleetStore]:
    url = "sqlite:///fleet.db" if request.param == "sqlite" else server().url(server().new_schema())
    with closing(open_fleet_store(url, tmp_path_factory.mktemp("fleet"))) as store:
        yield store


@dataclass
class Crew:
    """Workers of one store, in a time that passes only when they work."""

    store: FleetStore
    front: Engine
    """Asks for runs, and works at none."""

    now: float = 0.0
    did: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def worker(self) -> Engine:
        engine = Engine(self.store, "here/1/")
        engine.workers.register(engine.id, "here/1/", 30.0)
        return engine

    def queue(self, *keys: str, account: str | None = None, front: str | None = None) -> None:
        self.front.enqueue([NewRun(key, account or key, "plan", {}, front) for key in keys])

    def serve(
        self, engine: Engine, work: Work | None = None, most: int = 100, mine: Collection[str] | None = None
    ) -> None:
        """Work until nothing is left to be taken, or until some runs were done."""
        idle = 0

        def stop() -> int | None:
            return 15 if len(self.did) >= most or idle > 3 else None

        def wait(_: float) -> bool:
            nonlocal idle
            idle += 1
            return False

        def do(attempt: Attempt) -> Result:
            self.did.append(attempt.key)
            return DONE if work is None else work(attempt)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(engine._lost, "wait", wait)
            engine.serve(do, stop, mine, Reports(ended=lambda attempt, _: self.ended.append(attempt.key)))

    def look_after(self, engine: Engine) -> None:
        """Do once what the thread of an engine does every second."""
        engine._ended.set()
        engine._keep_lease()

    def statuses(self) -> dict[str, str]:
        """Return the status of each workflow."""
        return {each.workflow_id: each.status for each in self.front.queue._client.list_workflows()}


@pytest.fixture(name="crew")
def _crew(store: FleetStore, monkeypatch: pytest.MonkeyPatch) -> Iterator[Crew]:
    crew = Crew(store, Engine(store, "here/1/"))
    monkeypatch.setattr(workflows, "monotonic", lambda: crew.now)
    yield crew
    crew.front.queue._client.delete_workflows(list(crew.statuses()))
    with store.writing() as connection:
        connection.execute(store.sql("DELETE FROM fleet_run"))
        connection.execute(store.sql("DELETE FROM fleet_worker"))


def takes(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return the list of how many jobs were taken each time, which grows."""
    numbers: list[int] = []
    take = engine.queue.take

    def counted(worker: str, most: int) -> list[Job]:
        taken = take(worker, most)
        numbers.append(len(taken))
        return taken

    monkeypatch.setattr(engine.queue, "take", counted)
    return numbers


KEYS = tuple(f"run{number:02}" for number in range(13))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(0.0, [1, 10, 2]), (0.02, [1, 10, 2]), (0.1, [1, 2, 2, 2, 2, 2, 2]), (0.2, [1] * 13), (60.0, [1] * 13)],
)
def test_fast_jobs_are_taken_together_and_slow_ones_singly(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, seconds: float, expected: list[int]
) -> None:
    def work(_: Attempt) -> Result:
        crew.now += seconds
        return DONE

    engine = crew.worker()
    taken = takes(engine, monkeypatch)
    crew.queue(*KEYS)
    crew.serve(engine, work)
    assert taken[: len(expected)] == expected
    assert sorted(crew.did) == sorted(crew.ended) == list(KEYS)
    assert set(crew.statuses().values()) == {"SUCCESS"}


@pytest.mark.parametrize(("seconds", "left"), [(0.9, 9), (1.1, 0)])
def test_what_waits_behind_a_job_that_takes_long_is_done_by_others(crew: Crew, seconds: float, left: int) -> None:
    first, second = crew.worker(), crew.worker()
    waiting: list[int] = []

    def work(_: Attempt) -> Result:
        if len(crew.did) == 2:  # the first of ten
            crew.now += seconds
            crew.look_after(first)
            waiting.append(len(first.queue.holders()[first.id]) - 1)
            crew.serve(second, most=11 - left)
        return DONE

    crew.queue(*KEYS[:11])
    crew.serve(first, work)
    assert waiting == [left]
    assert sorted(crew.did) == sorted(crew.ended) == list(KEYS[:11])
    assert set(crew.statuses().values()) == {"SUCCESS"}


@pytest.mark.parametrize("when", ["before", "after"])
def test_what_may_have_been_given_back_is_done_once(crew: Crew, monkeypatch: pytest.MonkeyPatch, when: Lost) -> None:
    engine = crew.worker()
    put_back = engine.queue.put_back

    def lost(jobs: Iterable[str], worker: str) -> None:
        if when == "after":
            put_back(jobs, worker)
        raise FleetStoreProblem("postgresql://db/fleet", "away", passing=True)

    def work(_: Attempt) -> Result:
        if len(crew.did) == 2:
            crew.now += 2.0
            with monkeypatch.context() as patch:
                patch.setattr(engine.queue, "put_back", lost)
                crew.look_after(engine)
            assert len(engine._taken) == 1
        return DONE

    crew.queue(*KEYS[:11])
    crew.serve(engine, work)
    assert sorted(crew.did) == sorted(crew.ended) == list(KEYS[:11])
    assert set(crew.statuses().values()) == {"SUCCESS"}


@pytest.mark.parametrize(("seconds", "number"), [(0.0, 13), (0.6, 2), (1.5, 1)])
def test_a_command_ends_when_others_have_done_its_runs(crew: Crew, seconds: float, number: int) -> None:
    first, second = crew.worker(), crew.worker()

    def work(_: Attempt) -> Result:
        crew.now += seconds
        return DONE

    crew.queue("mine")
    crew.serve(second)
    crew.queue(*KEYS)
    crew.serve(first, work, mine=["mine"])
    assert len(crew.did) - 1 == number
    assert Counter(crew.statuses().values()) == Counter({"SUCCESS": 1 + number, "ENQUEUED": 13 - number})


def test_a_worker_that_is_stopped_gives_back_at_once(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    crew.queue(*KEYS)
    crew.serve(first, most=2)
    assert Counter(crew.statuses().values()) == {"SUCCESS": 2, "ENQUEUED": 11}
    crew.serve(second)
    assert sorted(crew.did) == list(KEYS)


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_a_worker_that_fails_gives_back_also_what_it_was_at(crew: Crew, error: type[BaseException]) -> None:
    def fail(_: Attempt) -> Result:
        raise error

    crew.queue("a", "b")
    with pytest.raises(error):
        crew.serve(crew.worker(), fail)
    assert set(crew.statuses().values()) == {"ENQUEUED"}
    crew.did.clear()
    crew.serve(crew.worker())
    assert sorted(crew.did) == ["a", "b"]


def test_one_run_of_an_account_is_taken_at_a_time(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()
    crew.queue("a1", "a2", account="a")
    taken = first.queue.take(first.id, 10)
    assert [job.key for job in taken] == ["a1"]
    assert second.queue.take(second.id, 10) == []
    first.queue.finish(taken[0])
    assert [job.key for job in second.queue.take(second.id, 10)] == ["a2"]


@pytest.mark.parametrize(("delay", "attempts"), [(0.0, ["a", "a"]), (3600.0, ["a"])])
def test_an_attempt_whose_delay_is_over_is_released_by_whoever_lives(
    crew: Crew, delay: float, attempts: list[str]
) -> None:
    first, second = crew.worker(), crew.worker()
    crew.queue("a")
    crew.serve(first, lambda _: Result("failed", 1, "failed", again=delay))
    assert crew.statuses() == {"a:1": "SUCCESS", "a:2": "DELAYED"}
    crew.serve(second)
    assert crew.did == ["a"]
    crew.look_after(second)
    crew.serve(second)
    assert crew.did == attempts


def test_nothing_is_recorded_for_a_worker_whose_lease_is_lost(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()

    def sleep(_: Attempt) -> Result:
        first.workers.remove(first.id)
        return DONE

    crew.queue("a", "b")
    with pytest.raises(LeaseLost):
        crew.serve(first, sleep)
    assert crew.ended == []
    assert first.runs.open_keys() == {"a", "b"}
    assert set(crew.statuses().values()) == {"ENQUEUED"}
    crew.serve(second)
    assert sorted(crew.ended) == ["a", "b"]
    assert first.runs.open_keys() == set()


def test_a_worker_that_was_given_up_takes_nothing_from_those_that_took_over(crew: Crew) -> None:
    first, second = crew.worker(), crew.worker()

    def sleep(_: Attempt) -> Result:
        first.workers.remove(first.id)
        crew.look_after(second)
        assert [job.key for job in second.queue.take(second.id, 1)] == ["a"]
        return DONE

    crew.queue("a")
    with pytest.raises(LeaseLost):
        crew.serve(first, sleep)
    assert crew.statuses() == {"a:1": "PENDING"}
    assert first.queue.holders() == {second.id: ["a:1"]}


def test_a_run_that_is_stopped_while_a_worker_is_at_it_does_not_keep_its_account(crew: Crew) -> None:
    """Its command was killed, and the next command has given it up."""

    def work(attempt: Attempt) -> Result:
        if attempt.key == "a1":
            crew.front.runs.stop_abandoned()
        return DONE

    crew.queue("a1", account="a", front="killed")
    crew.queue("a2", account="a")
    crew.serve(crew.worker(), work)
    assert crew.did == ["a1", "a2"]
    assert set(crew.statuses().values()) == {"SUCCESS"}


def losing(store: FleetStore, patch: pytest.MonkeyPatch, number: int, when: Lost) -> None:
    """Let the store be away once: before a transaction is saved, or after it, so that only the answer is lost."""
    dialect = store.engine.dialect
    commit = dialect.do_commit
    count = 0

    def lost(connection: PoolProxiedConnection) -> None:
        nonlocal count
        count += 1
        if count == number and when == "before":
            raise away(dialect.name)
        commit(connection)
        if count == number:
            raise away(dialect.name)

    patch.setattr(dialect, "do_commit", lost)


def away(name: str) -> Exception:
    """Return an error of a driver that may pass."""
    if name == "postgresql":
        return psycopg.OperationalError("server closed the connection unexpectedly")
    error = sqlite3.OperationalError("busy")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("number", range(1, 12))
def test_all_is_done_once_whichever_transaction_the_store_loses(
    crew: Crew, monkeypatch: pytest.MonkeyPatch, number: int, when: Lost
) -> None:
    engine = crew.worker()
    crew.queue("a1", "a2", account="a")
    with monkeypatch.context() as patch:
        losing(crew.store, patch, number, when)
        crew.serve(engine)
    assert crew.did == crew.ended == ["a1", "a2"]
    assert set(crew.statuses().values()) == {"SUCCESS"}


def test_without_giving_back_what_was_taken_without_an_answer_stays_taken(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    engine = crew.worker()
    crew.queue("a")
    with monkeypatch.context() as patch:
        losing(crew.store, patch, 1, "after")
        patch.setattr(engine, "_give_back", lambda: None)
        crew.serve(engine)
    assert (crew.did, crew.statuses()) == ([], {"a:1": "PENDING"})
