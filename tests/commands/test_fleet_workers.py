"""Workers of a fleet whose queue is in PostgreSQL, and attempts that are repeated."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seatsync.clock import Clock
from seatsync.fleet.fleet_store import FleetStore, open_fleet_store
from seatsync.fleet.runs import Runs, Workers
from seatsync.targets.target import open_target
from tests.commands.fleets import small_fleet
from tests.commands.running import Run, replace_in
from tests.postgres import server

DAY = "2026-11-21"


@pytest.fixture(name="shared")
def _shared(folder: Path, monkeypatch: pytest.MonkeyPatch, postgres_schema: str) -> Iterator[FleetStore]:
    """Return the store of a fleet of two accounts, of which one has something to change, in PostgreSQL."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    small_fleet(folder)
    replace_in(folder / "customers/acme/teams/design.yaml", "[ben@acme.example, cho", "[cho")
    url = server().url(postgres_schema)
    with (folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write(f"store: {url}\n")
    store = open_fleet_store(url, folder)
    yield store
    store.close()


@contextmanager
def worker(folder: Path, lease: int = 5) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker process; end it as an operator does."""
    command = [sys.executable, "-m", "seatsync", "fleet", "worker", "--lease", str(lease)]
    process = subprocess.Popen(command, cwd=folder)
    yield process
    if process.returncode == -signal.SIGKILL:
        return
    process.send_signal(signal.SIGTERM)
    assert process.wait() == 0


def until(holds: Callable[[], object], process: subprocess.Popen[bytes] | None = None) -> None:
    """Wait for a condition, as long as a process lives."""
    while not holds():
        assert process is None or process.poll() is None


def test_workers_do_what_is_queued_in_postgresql(shared: FleetStore, folder: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0, run.said
    assert run.out == "acme  queued\nbolt  queued\n\n2 accounts: 2 queued.\n"
    assert run.err == "nobody works at this yet; start `seatsync fleet worker`\n"
    with worker(folder):
        assert run("fleet", "plan", "--wait") == 0, run.said
        assert (
            run.out
            == "acme  changes     1 to remove\nbolt  no changes\n\n2 accounts: 1 with changes, 1 without changes.\n"
        )
        assert run("fleet", "apply", "--wait") == 3, run.said
        assert run("fleet", "approve", "acme", "--wait") == 0, run.said
        assert run.out == "acme  applied  1 step done\n\n1 account: 1 applied.\n"
    assert Workers(shared).alive() == []


def test_a_run_is_asked_for_twice_and_done_once(shared: FleetStore, folder: Path, run: Run) -> None:
    assert run("fleet", "apply", "--auto-approve") == 0
    assert run("fleet", "apply", "--auto-approve") == 0
    assert len(Runs(shared).open_keys()) == 2
    with worker(folder):
        assert run("fleet", "apply", "--auto-approve", "--wait") == 0, run.said
    assert run.out == "acme  applied     1 step done\nbolt  no changes\n\n2 accounts: 1 applied, 1 without changes.\n"


def test_what_another_process_holds_is_tried_again(shared: FleetStore, folder: Path, run: Run) -> None:
    target = open_target("sqlite:///account.db", folder / "customers/acme", {})
    runs = Runs(shared)
    assert run("fleet", "apply", "--auto-approve") == 0
    with worker(folder) as process:
        with target.session(None, Clock.at(DAY)):
            until(lambda: any(each.attempt > 1 for each in runs.newest().values()), process)
        assert run("fleet", "apply", "--auto-approve", "--wait") == 0, run.said
    [acme, bolt] = sorted(runs.newest().values(), key=lambda each: each.account)
    assert (acme.outcome, acme.attempt, bolt.attempt) == ("applied", 2, 1)


def test_a_worker_that_replaces_a_killed_one_goes_on_at_once(shared: FleetStore, folder: Path, run: Run) -> None:
    target = open_target("sqlite:///account.db", folder / "customers/acme", {})
    runs = Runs(shared)
    assert run("fleet", "apply", "--auto-approve") == 0
    with target.session(None, Clock.at(DAY)), worker(folder, lease=10_000) as process:
        until(lambda: runs.newest()["acme", "apply"].state == "running", process)
        process.kill()
        process.wait()
    with worker(folder, lease=10_000) as process:
        until(lambda: runs.newest()["acme", "apply"].outcome == "applied", process)


def test_a_newer_layout_is_refused(shared: FleetStore, folder: Path, run: Run) -> None:
    with shared.writing() as connection:
        connection.execute(shared.sql("UPDATE fleet_layout SET version = 99"))
    assert run("fleet", "plan") == 1
    assert run.err == f"seatsync: {shared.url}: written by a newer version of seatsync; update seatsync\n"


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        (
            "mysql://db/fleet",
            "the store of the fleet: not a URL that it can have; write sqlite:///FILE or postgresql://…",
        ),
        (
            "postgresql://db:five/fleet",
            "the store of the fleet: its URL is not that of a database; write postgresql://USER@HOST/DATABASE",
        ),
        (
            "postgresql://ana@db:5432:hunter2@db/fleet",
            "the store of the fleet: its URL contains a password; remove it; passwords come from PGPASSWORD",
        ),
        ("postgresql://127.0.0.1:1/fleet", "postgresql://127.0.0.1:1/fleet: the store of the fleet failed ("),
        (
            "postgresql://db/fleet?schema=A-B",
            "postgresql://db/fleet?schema=A-B: not the name of a schema; use lower-case",
        ),
    ],
)
def test_a_store_that_cannot_be_used(folder: Path, run: Run, url: str, problem: str) -> None:
    small_fleet(folder)
    with (folder / "fleet.yaml").open("a", encoding="utf-8") as file:
        file.write(f"store: {url}\n")
    assert run("fleet", "plan") == 1
    assert run.err.startswith(f"seatsync: {problem}")
    assert run.err.count("\n") == 1
