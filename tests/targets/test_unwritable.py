"""Stores that cannot be written: busy, full, read-only. One line for each, and nothing is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration, inquiries, sqlite
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.targets.sample import BUILD, CLOCK
from tests.targets.stores import EMPTY, URL, at, complaint, one_line, store, writing_complaint

NOBODY = 65534


def test_a_busy_store(tmp_path: Path) -> None:
    store(tmp_path)
    target = SqlTarget(SqliteFile(URL, tmp_path / "account.db"), patience=0)
    other = sqlite3.connect(tmp_path / "account.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert target.read().account.name == "acme"
    assert writing_complaint(target) == "another process is writing to it; try again when it has finished"
    other.close()


@pytest.fixture
def _tight(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit the growth of every open store to two pages."""
    prepare = sqlite._prepare

    def tight(database: sqlite.SqliteDatabase) -> None:
        prepare(database)
        row = database.row("PRAGMA page_count")
        database.run(f"PRAGMA max_page_count = {(row[0] if row else 0) + 2}")

    monkeypatch.setattr(sqlite, "_prepare", tight)


FULL = "the disk is full; free some space and run the command again; the unfinished change is rolled back"


def groups(count: int) -> list[tuple[Step, bool]]:
    return [(Step.make("group.create", BUILD, group=f"{number:04} {'x' * 60}"), False) for number in range(count)]


def test_a_full_disk_rolls_the_batch_back(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    target = store(tmp_path)
    before = target.read()
    request.getfixturevalue("_tight")
    with target.session(None, CLOCK) as session:
        assert session.state() == before
        with pytest.raises(TargetProblem) as caught:
            session.perform(groups(100))
        assert one_line(caught.value) == FULL
        assert session.state() == before
        assert [outcome.serial for outcome in session.perform(groups(1))] == [2]
    assert inquiries.verify(target).ok
    assert len(target.read().account.teams["build"].groups) == 1


@pytest.mark.usefixtures("_tight")
def test_a_full_disk_when_an_account_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = at(tmp_path)
    with pytest.raises(TargetProblem) as caught:
        administration.create(target, "acme", "UTC", CLOCK)
    assert one_line(caught.value) == FULL
    monkeypatch.undo()
    assert complaint(target) == EMPTY
    administration.create(target, "acme", "UTC", CLOCK)
    assert target.read().account.serial == 0


def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    target = store(tmp_path)
    before = target.read()
    script = f"""
import resource
from pathlib import Path
from seatsync.errors import TargetProblem
from tests.targets.sample import CLOCK
from tests.targets.stores import at
from tests.targets.test_unwritable import groups
resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000))
try:
    with at(Path({str(tmp_path)!r})).session(None, CLOCK) as session:
        session.perform(groups(100))
except TargetProblem as problem:
    print(problem)
"""
    assert _python(script).removeprefix(f"{URL}: ") in {
        f"{FULL}\n",
        "the disk could not be read or written; check the disk and its limits, then run the command again\n",
    }
    assert target.read() == before
    assert inquiries.verify(target).ok


def _python(script: str) -> str:
    run = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert run.stderr == ""
    return run.stdout


@pytest.fixture
def closed_folder() -> Iterator[Path]:
    """Return a folder that an unprivileged process can read but not write."""
    folder = Path(os.path.realpath(subprocess.check_output(["mktemp", "-d"], text=True).strip()))
    folder.chmod(0o755)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


READ_AND_WRITE = """
from pathlib import Path
from tests.targets.sample import CLOCK
from tests.targets.stores import at
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration, inquiries
import os
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid({nobody})
    os.setuid({nobody})
folder = Path({folder!r})
def tell(what):
    try:
        print(what())
    except TargetProblem as problem:
        print(problem)
tell(lambda: at(folder).read().account.serial)
tell(lambda: inquiries.verify(at(folder)).ok)
tell(lambda: at(folder).session(None, CLOCK).__enter__())
tell(lambda: administration.create(at(folder / "new"), "acme", "UTC", CLOCK))
"""


def test_a_folder_that_may_not_be_written_to(closed_folder: Path) -> None:
    store(closed_folder)
    before = sorted(path.name for path in closed_folder.iterdir())
    (closed_folder / "account.db").chmod(0o444)
    closed_folder.chmod(0o555)
    told = _python(READ_AND_WRITE.format(folder=str(closed_folder), nobody=NOBODY)).splitlines()
    assert told[:2] == ["1", "True"]
    assert told[2] in {
        f"{URL}: no write permission for the file or its folder; change the permissions, or work on a copy",
        f"{URL}: the file, or one next to it, cannot be opened; check the permissions of file and folder",
    }
    assert told[3] == f"{URL}: cannot be created (Permission denied); check the path"
    assert sorted(path.name for path in closed_folder.iterdir()) == before


def test_file_is_read_alone_if_no_log_can_be_created(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = store(tmp_path)
    monkeypatch.setattr("seatsync.targets.sql.sqlite.os.access", lambda *_: False)
    assert target.read().account.serial == 1
    assert [path.name for path in tmp_path.iterdir()] == ["account.db"]
