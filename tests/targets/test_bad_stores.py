"""Missing, damaged and foreign stores: one line with a remedy for each."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import User
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration, inquiries, sqlite
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.tables import checksum
from tests.targets.sample import CLOCK, DESIGN, sample
from tests.targets.stores import EMPTY, URL, at, busy_store, complaint, one_line, path_of, store, writing_complaint

RESTORE = "restore it from a backup"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return an intact store."""
    folder = tmp_path_factory.mktemp("sound")
    busy_store(folder)
    return (folder / "account.db").read_bytes()


def holding(folder: Path, content: bytes) -> SqlTarget:
    for old in folder.iterdir():
        old.unlink()
    (folder / "account.db").write_bytes(content)
    return at(folder)


def both(target: SqlTarget) -> str:
    said = complaint(target)
    assert writing_complaint(target) == said
    return said


def test_a_missing_one(tmp_path: Path) -> None:
    assert both(at(tmp_path)) == "there is no account here; create one with `seatsync account create`"
    assert list(tmp_path.iterdir()) == []


def test_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "account.db").mkdir()
    assert both(at(tmp_path)) == "not a regular file; name the file of an account"


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "account.db")
    assert both(at(tmp_path)) == "not a regular file; name the file of an account"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert complaint(SqlTarget(SqliteFile(URL, tmp_path / "x" / "account.db"))) == (
        "cannot be opened (Not a directory); check the path"
    )


def test_a_name_that_no_system_has(tmp_path: Path) -> None:
    assert (
        complaint(SqlTarget(SqliteFile(URL, tmp_path / ("x" * 999))))
        == "cannot be opened (File name too long); check the path"
    )


def test_an_empty_file(tmp_path: Path) -> None:
    assert both(holding(tmp_path, b"")) == EMPTY


@pytest.mark.parametrize("content", [b"account: acme\n", b"\0" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_not_a_database(tmp_path: Path, content: bytes) -> None:
    assert both(holding(tmp_path, content)) == (
        "the file is not an account, or damaged; check the target, or restore it from a backup"
    )


def test_the_database_of_another_program(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "account.db") as connection:
        connection.execute("CREATE TABLE user (id TEXT)")
    connection.close()
    before = (tmp_path / "account.db").read_bytes()
    assert both(at(tmp_path)) == "a database of another program, not an account; check the target"
    assert (tmp_path / "account.db").read_bytes() == before


def test_one_of_a_newer_version(tmp_path: Path) -> None:
    target = store(tmp_path)
    _alter(tmp_path, "PRAGMA user_version = 11")
    assert both(target) == "created by a newer seatsync (store version 11, this one supports 10); upgrade seatsync"


def test_one_of_an_older_version(tmp_path: Path) -> None:
    target = store(tmp_path)
    _alter(tmp_path, "PRAGMA user_version = 2")
    assert both(target) == (
        "created by an older seatsync (store version 2, this one supports 10); "
        "`import` it with that version, and load the files into a new account"
    )


def test_one_of_no_version(tmp_path: Path) -> None:
    target = store(tmp_path)
    _alter(tmp_path, "PRAGMA user_version = 0")
    assert both(target) == f"the file is damaged: table meta is not as written; {RESTORE}"


def test_every_length(tmp_path: Path, sound: bytes) -> None:
    for length in [*range(1, 200, 7), *range(200, len(sound), 1021), len(sound) - 1]:
        assert RESTORE in both(holding(tmp_path, sound[:length])), length


def test_flipped_bytes_are_noticed_or_do_not_matter(tmp_path: Path, sound: bytes) -> None:
    whole = holding(tmp_path, sound).read()
    noticed = 0
    for place in range(0, len(sound), 509):
        damaged = bytearray(sound)
        damaged[place] ^= 0x55
        target = holding(tmp_path, bytes(damaged))
        try:
            assert target.read() == whole, place
        except TargetProblem as error:
            one_line(error)
            noticed += 1
        result = inquiries.verify(target) if _opens(target) else None
        assert result is None or result.problem.isprintable()
    assert noticed > len(sound) // 509 // 20


def _opens(target: SqlTarget) -> bool:
    try:
        inquiries.mails(target)
    except TargetProblem:
        return False
    return True


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ('DELETE FROM "team_seat" WHERE "product" = \'Maya\'', "table team_seat is not as written (2 of 3 rows)"),
        ('UPDATE "team_admin" SET "role" = \'owner\'', "table team_admin contains an invalid row"),
        ('UPDATE "team_admin" SET "role" = \'sso\'', "table team_admin is not as written (3 of 3 rows)"),
        (
            "UPDATE team_seat SET user = 'ana@acme.example' WHERE product = 'Maya'",
            "table team_seat is not as written (3 of 3 rows)",
        ),
        ("UPDATE team_seat SET product = 'Maya'", "table team_seat is not as written (3 of 3 rows)"),
        (
            "UPDATE team_seat SET user = 'nobody' WHERE product = 'Maya'",
            "table team_seat contains an invalid row",
        ),
        (
            "UPDATE contract_seat SET contract = '220002'",
            "table contract_seat is not as written (1 of 1 rows)",
        ),
        ("DELETE FROM contract_support", "table contract_support is not as written (0 of 1 rows)"),
        ("UPDATE user SET invited_at = NULL", "table user is not as written (8 of 8 rows)"),
        ('UPDATE "user" SET "status" = NULL', "table user contains an invalid row"),
        ('UPDATE "user" SET "last_name" = CAST(x\'ff41\' AS TEXT)', None),
        ('UPDATE "subscription" SET "seats" = -1', "table subscription contains an invalid row"),
        ('UPDATE "subscription" SET "team" = \'nowhere\'', "table subscription contains an invalid row"),
        ('UPDATE "contract_product" SET "seats" = \'many\'', "table contract_product contains an invalid row"),
        ('UPDATE "team" SET "sso" = \'{\'', "table team contains an invalid row"),
        ('UPDATE "team" SET "primary_admin" = \'nobody\'', "table team contains an invalid row"),
        ("UPDATE meta SET serial = 3", "table meta is not as written"),
        ("DELETE FROM meta", "table meta is not as written"),
        ("UPDATE cases SET step = '[]' WHERE id = 2", "table cases cannot be read"),
        ("UPDATE cases SET opened_by = 'x' WHERE id = 2", "table cases is not as written (4 of 4 rows)"),
        ("UPDATE applied SET declaration = '{}'", "table applied is not as written (1 of 1 rows)"),
        ("DROP TABLE cases", None),
    ],
)
def test_altered_rows(tmp_path: Path, change: str, said: str | None) -> None:
    target = busy_store(tmp_path)
    _alter(tmp_path, change)
    detail = f": {said}" if said else ""
    assert complaint(target) == f"the file is damaged{detail}; {RESTORE}"
    assert not _verdict(target).ok


def test_a_person_whose_name_would_be_two(tmp_path: Path) -> None:
    """Line breaks separate people where a pool is read. No address contains one, but a foreign account may."""
    target = at(tmp_path)
    administration.create(target, "acme", "UTC", CLOCK)
    account = sample()
    account.users["x\ny"] = User("x\ny")
    account.teams["design"].members |= {"x\ny"}
    with pytest.raises(TargetProblem) as caught:
        administration.load_state(target, account, CLOCK)
    assert one_line(caught.value).startswith("the source is incomplete")
    assert target.read().account.users == {}


def test_more_rows_than_the_buffer_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatsync.targets.sql.tables._LIMIT", 3)
    assert busy_store(tmp_path).read() == busy_store_of(tmp_path).read()


def busy_store_of(folder: Path) -> SqlTarget:
    """Create a second store without the limit."""
    (folder / "other").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("seatsync.targets.sql.tables._LIMIT", 2000)
        return busy_store(folder / "other")


def _verdict(target: SqlTarget) -> inquiries.Verification:
    try:
        return inquiries.verify(target)
    except TargetProblem as error:
        return inquiries.Verification(ok=False, entries=0, head="", problem=str(error))


def test_meta_with_another_shape_but_the_right_mark(tmp_path: Path) -> None:
    target = store(tmp_path)
    row = ("acme", "9b1c1a52", 1, "UTC", "[]")
    _alter(tmp_path, "UPDATE meta SET sums = '[]'")
    _alter(tmp_path, "UPDATE meta SET mark = ?", checksum(row))
    assert both(target) == f"the file is damaged: table meta cannot be read; {RESTORE}"


def test_a_row_that_is_missing_when_it_is_to_be_changed(tmp_path: Path) -> None:
    target = store(tmp_path)
    with target.session(None, CLOCK) as session:
        session.state()
        _alter(tmp_path, 'DELETE FROM "team_seat"')
        with pytest.raises(TargetProblem) as caught:
            session.perform([(Step.make("seat.unassign", DESIGN, product="AutoCAD", user="gus@acme.example"), False)])
    assert one_line(caught.value) == f"the file is damaged: a row of table team_seat is missing; {RESTORE}"


def test_a_row_that_is_there_already_when_it_is_to_appear(tmp_path: Path) -> None:
    target = store(tmp_path)
    with target.session(None, CLOCK) as session:
        session.state()
        _alter(tmp_path, "INSERT INTO \"team_seat\" VALUES ('design', 'Maya', 'gus@acme.example')")
        with pytest.raises(TargetProblem) as caught:
            session.perform([(Step.make("seat.assign", DESIGN, product="Maya", user="gus@acme.example"), False)])
    assert one_line(caught.value) == (
        "the store's constraints reject the change, which is rolled back; please report this as a bug"
    )


def test_a_missing_lock_row(tmp_path: Path) -> None:
    target = store(tmp_path)
    _alter(tmp_path, "DELETE FROM lock")
    assert writing_complaint(target) == f"the file is damaged: table lock has no row; {RESTORE}"


def _alter(folder: Path, statement: str, *values: int) -> None:
    connection = sqlite3.connect(folder / "account.db", isolation_level=None)
    connection.execute(statement, values)
    connection.close()


def test_text_that_no_file_can_hold(tmp_path: Path) -> None:
    target = busy_store(tmp_path)
    with pytest.raises(TargetProblem) as caught:
        administration.confirm(target, ["CASE-3"], "\udcff", CLOCK)
    assert one_line(caught.value) == ("a number or text cannot be stored; check the arguments of the command")
    assert [case.id for case in target.read().cases] == ["CASE-2", "CASE-3", "CASE-4", "CASE-5"]


def test_an_unexpected_database_error(tmp_path: Path) -> None:
    target = store(tmp_path)
    database = target.place.open_to_read()
    with pytest.raises(TargetProblem) as caught:
        database.run("ATTACH DATABASE ? AS x", ("x" * 5000,))
    assert one_line(caught.value).startswith(
        ("the file, or one next to it, cannot", "the database returned error SQLITE_")
    )
    with pytest.raises(TargetProblem) as caught:
        database.run("SELECT zeroblob(9999999999)")
    assert (
        one_line(caught.value)
        == "the database returned error SQLITE_TOOBIG; check the file, or restore it from a backup"
    )
    database.close()


def test_file_that_vanishes_while_it_is_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_require_regular_file", lambda *_: None)
    assert complaint(at(tmp_path)) == (
        "the file, or one next to it, cannot be opened; check the permissions of file and folder"
    )


@pytest.mark.parametrize("closed", [False, True])
def test_a_name_so_long_that_its_log_has_none(
    tmp_path: Path,
    sound: bytes,
    monkeypatch: pytest.MonkeyPatch,
    closed: bool,  # noqa: FBT001 - a case of the test
) -> None:
    target = SqlTarget(SqliteFile(URL, tmp_path / ("x" * 253)))
    path_of(target).write_bytes(sound)
    if closed:
        monkeypatch.setattr("seatsync.targets.sql.sqlite.os.access", lambda *_: False)
    assert "cannot be opened" in complaint(target)


def test_an_end_that_cannot_be_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = store(tmp_path)

    def gone(path: Path) -> int:
        raise FileNotFoundError(2, "No such file or directory", path)

    monkeypatch.setattr(sqlite, "_log_size", gone)
    path_of(target).write_bytes(path_of(target).read_bytes()[:-1])
    assert complaint(target) == "cannot be opened (No such file or directory); check the path"


class Dying:
    """A connection on which everything fails, in the middle of a transaction."""

    in_transaction = True

    def __init__(self, memory: sqlite3.Connection) -> None:
        self.memory = memory

    def execute(self, statement: str, values: object = ()) -> sqlite3.Cursor:
        if statement == "BEGIN IMMEDIATE":
            return self.memory.execute("SELECT 1")
        raise sqlite3.OperationalError(f"{statement} {values}")


def test_a_transaction_that_cannot_even_be_undone() -> None:
    with closing(sqlite3.connect(":memory:")) as memory:
        connection: Any = Dying(memory)
        database = sqlite.SqliteDatabase(URL, connection)
        with pytest.raises(TargetProblem) as caught, database.writing():
            database.run("SELECT 1")
    assert one_line(caught.value) == f"the file is damaged; {RESTORE}"
