"""A restored older copy of an account is detected, by the project's notes and by saved plans."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seatsync.clock import Clock
from seatsync.declaration.files import Unreadable
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.commands.running import DAY, Run, replace_in
from tests.gits import commit, git

REMEDY = "put the newer copy back, or accept this one with `seatsync account verify --accept-head`"
OLDER = (
    "seatsync: sqlite:///account.db: the account is at serial 1, but was at 2 when it was last changed from here: an"
    f" older copy was restored, or its write-ahead log is lost; {REMEDY}\n"
)


def note(folder: Path) -> Path:
    """Return the only note of a project."""
    (found,) = (folder / ".seatsync/heads").glob("*.json")
    return found


def noted(folder: Path) -> tuple[int, str]:
    document = json.loads(note(folder).read_text())
    assert list(document) == ["format", "lineage", "serial", "head"]
    assert note(folder).name == f"{document['lineage']}.json"
    return document["serial"], document["head"]


def change(folder: Path, run: Run, name: str = "Park", *more: str) -> None:
    """Apply one step, a person's name."""
    users = (folder / "users.yaml").read_text().splitlines()
    users[3] = f"  cho@acme.example: {{first_name: Cho, last_name: {name}}}"
    (folder / "users.yaml").write_text("\n".join(users) + "\n")
    assert run("apply", "--at", DAY, "--auto-approve", *more) == 0


@pytest.fixture(name="older")
def _older(loaded: Path, run: Run) -> Path:
    """Return an account replaced by a copy from before the last apply."""
    shutil.copy(loaded / "account.db", loaded / "copy.db")
    change(loaded, run)
    shutil.copy(loaded / "account.db", loaded / "newer.db")
    shutil.copy(loaded / "copy.db", loaded / "account.db")
    return loaded


BOUGHT = (
    "account purchase --order 1 --company A --manager ana@acme.example --product Maya --subscription 574-2"
    " --team design --offering flex --tokens 5 --channel store --starts 2026-01-01 --ends 2026-12-31"
)


def test_commands_that_change_the_account_record_its_head(repository: Path, run: Run) -> None:
    heads = []
    for command in ("account create --name acme", "account load .", BOUGHT):
        assert run(*command.split(), "--at", DAY) == 0
        heads.append(noted(repository))
        assert run("account", "verify") == 0
        assert run.out.endswith(f"{heads[-1][1]}\n")
    assert [serial for serial, _ in heads] == [0, 1, 2]


def test_commands_that_only_read_record_nothing(loaded: Path, run: Run) -> None:
    shutil.rmtree(loaded / ".seatsync")
    for command in (f"plan --at {DAY}", "validate", "account log", "account verify", f"drift --at {DAY}"):
        assert run(*command.split()) == 0
    assert not (loaded / ".seatsync").exists()


@pytest.mark.parametrize(
    "command",
    [
        f"plan --at {DAY}",
        f"apply --at {DAY} --auto-approve",
        f"drift --at {DAY}",
        "account log",
        "account cases",
        "account mail",
        "account runs",
        f"account accept --user cho@acme.example --at {DAY}",
        f"account confirm --all --at {DAY}",
        f"import sqlite:///account.db --out there --at {DAY}",
    ],
)
def test_an_older_copy_is_refused(older: Path, run: Run, command: str) -> None:
    assert run(*command.split()) == 1
    assert run.said == ("", OLDER)
    shutil.copy(older / "newer.db", older / "account.db")
    assert run("plan", "--at", DAY) == 0


def test_verify_reports_it_too(older: Path, run: Run) -> None:
    assert run("account", "verify") == 1
    assert run.out.startswith("Not valid: the account is at serial 1, but was at 2 when it was last changed from here")
    assert run.out.endswith(f"; {REMEDY}.\n")


def test_an_older_copy_that_is_accepted(older: Path, run: Run) -> None:
    before = noted(older)
    assert run("account", "verify", "--accept-head", "--at", DAY) == 0
    first, second = run.out.splitlines()[:2]
    assert first == "Accepted: the account continues from serial 1, and its log records that."
    assert second.startswith("Valid: 3 entries")
    assert noted(older) == (1, run.out.splitlines()[-1])
    assert run("account", "log") == 0
    last = run.out.splitlines()[-1]
    assert "accepted an account at serial 1, head " in last
    assert last.endswith(f"in place of serial 2, head {before[1]}")
    change(older, run)
    assert noted(older)[0] == 2


def test_a_lack_of_descriptors_is_no_fault_of_the_note(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without free file descriptors does not advise to accept an account."""
    assert note(loaded).exists()

    def no_descriptor(_: Path) -> bytes:
        lack = OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        raise Unreadable("cannot be read (too many open files)") from lack

    monkeypatch.setattr("seatsync.targets.sql.audit_log.content", no_descriptor)
    for command in ("plan", "account verify --accept-head"):
        assert run(*command.split(), "--at", DAY) == 1
        assert run.said == ("", "seatsync: too many open files; raise the limit with `ulimit -n`\n")


def test_notes_that_cannot_be_written_stop_a_run_before_it_begins(
    loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (loaded / "users.yaml").read_text(), noted(loaded)
    access = os.access
    heads = note(loaded).parent
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != heads and access(path, mode))
    (loaded / "users.yaml").write_text(before[0].replace("cho@acme.example: {", "cho@acme.example: {first_name: Zo, "))
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.err.endswith(".seatsync/heads: cannot be written to; nothing was changed\n")
    assert "done " not in run.out
    assert noted(loaded) == before[1]


def test_there_is_nothing_to_accept(loaded: Path, run: Run) -> None:
    before = (loaded / "account.db").read_bytes()
    assert run("account", "verify", "--accept-head") == 0
    assert run.out.startswith("Valid: 2 entries")
    assert run("account", "log") == 0
    assert len(run.out.splitlines()) == 2
    assert before[100:] != b""


def test_damaged_account_is_not_accepted(older: Path, run: Run) -> None:
    with closing(sqlite3.connect(older / "account.db")) as database, database:
        database.execute("UPDATE audit SET actor = 'eve@acme.example' WHERE seq = 2")
    assert run("account", "verify", "--accept-head") == 1
    assert run.out == "Not valid: audit entry 2 was altered.\n"
    assert run("plan", "--at", DAY) == 1


def test_a_store_that_lost_its_write_ahead_log(loaded: Path, run: Run) -> None:
    with closing(sqlite3.connect(loaded / "account.db")) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM meta").fetchall()  # an open reader prevents the checkpoint of the log
        change(loaded, run)
        assert (loaded / "account.db-wal").stat().st_size > 0
        shutil.copy(loaded / "account.db", loaded / "copy.db")
    for left in loaded.glob("account.db*"):
        left.unlink()
    (loaded / "copy.db").rename(loaded / "account.db")
    assert run("plan", "--at", DAY) == 1
    assert run.said == ("", OLDER)


def test_a_copy_that_went_on_by_itself(older: Path, run: Run) -> None:
    kept = note(older).read_text()
    note(older).unlink()
    change(older, run, "Other")
    note(older).write_text(kept)
    assert run("plan", "--at", DAY) == 1
    assert run.said == (
        "",
        (
            "seatsync: sqlite:///account.db: the log lacks the entry that was its last when the account was last"
            f" changed from here (serial 2): another copy was put in its place, or the log was altered; {REMEDY}\n"
        ),
    )


def test_changes_from_another_clone_are_none_of_a_copy(loaded: Path, run: Run) -> None:
    clone = loaded.parent / "clone"
    shutil.copytree(loaded, clone, ignore=shutil.ignore_patterns(".seatsync", "account.db"))
    replace_in(clone / "seatsync.yaml", "sqlite:///account.db", f"sqlite:///{loaded}/account.db")
    before = noted(loaded)
    os.chdir(clone)
    change(clone, run)
    os.chdir(loaded)
    assert noted(clone)[0] == 2
    assert noted(loaded) == before
    assert run("account", "log") == 0
    assert run("account", "accept", "--user", "ben@acme.example", "--at", DAY) == 1  # has accepted already
    assert noted(loaded) == noted(clone)


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"format": "seatsync/head/1", "lineage": "x", "serial": 1}', "x" * 9000]
)
def test_a_note_that_is_none(loaded: Path, run: Run, text: str) -> None:
    place = note(loaded)
    place.write_text(text)
    assert run("plan", "--at", DAY) == 1
    assert run.err == (
        f"seatsync: {place}: not a recorded head of this account's log; check the file, or write it again with"
        " `seatsync account verify --accept-head`\n"
    )
    assert run("account", "verify") == 1
    assert run("account", "verify", "--accept-head", "--at", DAY) == 0
    assert run("account", "log") == 0
    assert run.out.endswith("in place of a note that could not be read\n")
    assert run("plan", "--at", DAY) == 0


@pytest.mark.parametrize("serial", ["true", "-1", str(2**63), "1.0"])
def test_a_note_of_a_serial_that_is_none(loaded: Path, run: Run, serial: str) -> None:
    replace_in(note(loaded), '"serial": 1,', f'"serial": {serial},')
    assert run("plan", "--at", DAY) == 1
    assert run.err.startswith(f"seatsync: {note(loaded)}: not a recorded head of this account's log; ")


def test_a_note_is_not_written_through_a_link(loaded: Path, run: Run) -> None:
    other = loaded / "other.txt"
    other.write_text("of somebody else")
    beside = note(loaded).with_name(f".{note(loaded).name}.new")
    beside.symlink_to(other)
    change(loaded, run)
    assert other.read_text() == "of somebody else"
    assert noted(loaded)[0] == 2
    assert not os.path.lexists(beside)


def test_a_note_that_cannot_be_read(loaded: Path, run: Run) -> None:
    place = note(loaded)
    place.unlink()
    place.mkdir()
    assert run("plan", "--at", DAY) == 1
    assert run.err.startswith(f"seatsync: {place}: is a folder, not a file; ")
    place.rmdir()
    place.symlink_to(place)
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.err.startswith(f"seatsync: {place}: cannot be read (too many levels of symbolic links); ")


def test_a_project_that_cannot_be_written_to_is_refused_before_anything_is_done(loaded: Path, run: Run) -> None:
    shutil.rmtree(loaded / ".seatsync")
    (loaded / ".seatsync").write_text("")
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {first_name: Cho}")
    assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.err == f"seatsync: {loaded.resolve()}/.seatsync: cannot be created (file exists); nothing was changed\n"
    (loaded / ".seatsync").unlink()
    assert run("plan", "--at", DAY) == 0
    assert "(serial 1)" in run.out


def test_a_disk_that_is_full_when_the_head_is_noted(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    place = note(loaded)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {first_name: Cho}")
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        assert run("apply", "--at", DAY, "--auto-approve") == 1
    assert run.err == (
        f"seatsync: {place}: cannot be written (no space left on device); the change of the account is saved, but"
        " an older copy of it would not be detected\n"
    )
    assert sorted(file.name for file in place.parent.iterdir()) == [".gitignore", place.name]
    assert run("plan", "--at", DAY) == 0
    assert "(serial 2)" in run.out


def test_git_does_not_see_the_note(loaded: Path) -> None:
    commit(loaded, "all")
    assert ".seatsync" not in git(loaded, "ls-files")


def test_without_a_project_nothing_is_noted(folder: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///a.db", "--at", DAY) == 0
    assert [file.name for file in folder.iterdir()] == ["a.db"]


def test_a_plan_holds_the_head_of_the_log(loaded: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--format", "json") == 0
    head = noted(loaded)[1]
    assert json.loads(run.out)["account"]["head"] == head
    assert run("plan", "--at", DAY, "--target", "file:.", "--format", "json") == 0
    assert json.loads(run.out)["account"]["head"] is None


def test_a_plan_of_another_history_is_refused(loaded: Path, run: Run) -> None:
    shutil.copy(loaded / "account.db", loaded / "copy.db")
    change(loaded, run)
    replace_in(loaded / "users.yaml", "Park", "Parker")
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    shutil.copy(loaded / "copy.db", loaded / "account.db")
    shutil.rmtree(loaded / ".seatsync")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 1
    refused = (
        "seatsync: PLAN003: the plan was made at serial 2 of another history of account acme (it is at serial {} now):"
        " an older copy of the account was restored since, or another one was put in its place; put the newer copy"
        " back, or"
        " plan again\n"
    )
    assert run.said == ("", refused.format(1))
    change(loaded, run, "Other")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve", "--rebase") == 1
    assert run.said == ("", refused.format(2))


def test_a_plan_made_before_a_remark_was_put_into_the_log(loaded: Path, run: Run) -> None:
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {first_name: Cho}")
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    with SqlTarget(SqliteFile("sqlite:///account.db", loaded / "account.db")).session(None, Clock.at(DAY)) as session:
        session.note("a remark")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0
