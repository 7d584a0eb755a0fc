"""The lock of a store: its holder, its expiry, and the fencing of holders that were overtaken."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from seatsync.errors import TargetProblem
from seatsync.targets.sql import inquiries
from seatsync.targets.sql import lock as sql_lock
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import checksum
from tests.targets.sample import BEN, CLOCK
from tests.targets.stores import FREE, one_line, opened, path_of, store, writing_complaint

NOON = 1_800_000_000.0
OVERTAKEN = (
    "this run paused for so long that another one has taken its lock; plan again; the steps done so far are saved"
)


@dataclass
class Watch:
    """A clock that is set manually."""

    time: float = NOON

    def __call__(self) -> float:
        return self.time


def held_by(target: SqlTarget, process: str) -> None:
    """Leave a lock behind, as a process that ended without releasing it."""
    connection = sqlite3.connect(path_of(target), isolation_level=None)
    connection.execute(
        "UPDATE lock SET token = 7, holder = 'ben', process = ?, since = '2027-01-15T08:00:00Z', expires = ?",
        (process, NOON + 30),
    )
    connection.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def target(tmp_path: Path, watch: Watch) -> SqlTarget:
    """Return a store in a file, which knows holders by their process."""
    return replace(store(tmp_path), now=watch)


@pytest.fixture
def either(folder: Path, watch: Watch) -> SqlTarget:
    """Return a store of either kind."""
    return replace(store(folder), now=watch)


def test_lock_message_names_holder_and_time(either: SqlTarget, watch: Watch) -> None:
    with either.session(BEN, CLOCK):
        watch.time += 59
        said = writing_complaint(either)
    process = sql_lock.this_process()
    since = "2027-01-15T08:00:00Z"
    assert (
        said
        == f"{BEN} has been changing this account since {since} (process {process}); try again when that has finished"
    )
    with either.session(None, CLOCK):
        assert writing_complaint(either).startswith("the owner has been changing this account since ")


def test_a_holder_that_was_stopped_for_long_is_overtaken_and_refused(either: SqlTarget, watch: Watch) -> None:
    with either.session(BEN, CLOCK) as stopped:
        watch.time += sql_lock.LEASE
        with either.session(None, CLOCK) as session:
            assert session.perform([(FREE, False)])[0].status == "done"
            with pytest.raises(TargetProblem) as caught:
                stopped.perform([(FREE, False)])
            assert one_line(caught.value) == OVERTAKEN
        # Also when the one who overtook has finished, and the lock is free.
        with pytest.raises(TargetProblem) as caught:
            stopped.note("back again")
        assert one_line(caught.value) == OVERTAKEN
    assert either.read().account.serial == 2
    assert inquiries.verify(either).ok


def test_leaving_does_not_release_the_lock_of_the_one_who_overtook(either: SqlTarget, watch: Watch) -> None:
    with either.session(None, CLOCK) as stopped:
        watch.time += sql_lock.LEASE
        second = either.session(BEN, CLOCK)
        second.__enter__()
        stopped.lock.release()
        assert writing_complaint(either).startswith(f"{BEN} has been changing")
        second.__exit__(None, None, None)


def test_a_writing_holder_renews_the_lease(either: SqlTarget, watch: Watch) -> None:
    with either.session(None, CLOCK) as session:
        for _ in range(3):
            watch.time += sql_lock.LEASE - 1
            session.perform([])
        assert "has been changing this account" in writing_complaint(either)


def test_an_expired_holder_continues_unless_overtaken(either: SqlTarget, watch: Watch) -> None:
    with either.session(None, CLOCK) as session:
        watch.time += 10 * sql_lock.LEASE
        assert session.perform([(FREE, False)])[0].status == "done"


def test_the_lock_of_a_process_that_has_ended_is_taken_over_at_once(target: SqlTarget) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    held_by(target, f"{socket.gethostname()}/{int(ended.stdout)}/")
    with target.session(None, CLOCK) as session:
        assert session.lock.token == 8


def test_the_lock_of_a_zombie_process_expires_at_once(target: SqlTarget) -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.read() == b""
    path = Path(f"/proc/{child.pid}/stat")
    while path.exists() and ") Z " not in path.read_text():
        pass
    held_by(target, f"{socket.gethostname()}/{child.pid}/123")
    with target.session(None, CLOCK):
        pass
    child.stdout.close()
    child.wait()


def test_a_number_that_was_given_to_another_process(target: SqlTarget) -> None:
    host, number, started = sql_lock.this_process().rsplit("/", 2)
    if not started:
        pytest.skip("this system does not tell when a process started")
    held_by(target, f"{host}/{number}/{int(started) + 1}")
    with target.session(None, CLOCK):
        pass


@pytest.mark.parametrize(
    "process",
    ["elsewhere/12/34", "", "HERE/x/y", "HERE/99999999999999999999/1", f"HERE/{1}/"],
)
def test_the_lock_of_an_unknown_process_is_held_until_it_expires(target: SqlTarget, watch: Watch, process: str) -> None:
    held_by(target, process.replace("HERE", socket.gethostname()))
    assert writing_complaint(target).startswith(
        "ben has been changing this account since 2027-01-15T08:00:00Z (process "
    )
    watch.time += 31
    with target.session(None, CLOCK):
        pass


def test_lease_expires_without_process_information(target: SqlTarget, monkeypatch: pytest.MonkeyPatch) -> None:
    held_by(target, f"{socket.gethostname()}/0/1")
    monkeypatch.setattr("seatsync.targets.sql.lock.os.name", "nt")
    assert "has been changing this account" in writing_complaint(target)


def test_a_system_without_start_times_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", unreadable)
    assert sql_lock.this_process().endswith("/")


def test_a_change_that_slips_in_between_two_batches_is_noticed(either: SqlTarget) -> None:
    with either.session(None, CLOCK) as session:
        session.state()
        with opened(either) as database:
            row = database.row("SELECT name, lineage, serial + 1, timezone, sums FROM meta")
            database.run("UPDATE meta SET serial = serial + 1, mark = ?", (checksum(row or ()),))
        with pytest.raises(TargetProblem) as caught:
            session.perform([(FREE, False)])
    assert one_line(caught.value) == (
        "changed by another process meanwhile (serial 1 before, 2 now); plan again; the steps done so far are saved"
    )


def test_a_lock_that_cannot_be_given_back_is_no_error(target: SqlTarget) -> None:
    with closing(sqlite3.connect(path_of(target))) as other:
        with replace(target, patience=0.01).session(None, CLOCK):
            other.execute("BEGIN IMMEDIATE")
        other.rollback()
    assert "has been changing this account" in writing_complaint(target)
