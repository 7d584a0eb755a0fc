"""The store of a fleet's work: errors that may pass, and errors that do not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from traceback import format_exception

import psycopg
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from seatsync.fleet.fleet_store import FleetStoreProblem, open_fleet_store
from tests.postgres import server


def of_sqlite(code: int) -> sqlite3.Error:
    error = sqlite3.OperationalError("an error of SQLite")
    error.sqlite_errorcode = code
    return error


@pytest.mark.parametrize(
    ("error", "passing"),
    [
        (of_sqlite(sqlite3.SQLITE_BUSY), True),
        (of_sqlite(sqlite3.SQLITE_BUSY_SNAPSHOT), True),
        (of_sqlite(sqlite3.SQLITE_IOERR), False),
        (sqlite3.ProgrammingError("closed"), False),
        (psycopg.errors.AdminShutdown("terminated"), True),
        (psycopg.errors.ConnectionFailure("lost"), True),
        (psycopg.errors.SerializationFailure("could not serialize"), True),
        (psycopg.errors.InsufficientPrivilege("permission denied for table fleet_run"), False),
        (psycopg.errors.UndefinedTable("there is no table fleet_run"), False),
        (psycopg.errors.DiskFull("no space"), False),
        (psycopg.OperationalError("connection failed: Connection refused"), True),
        (psycopg.OperationalError("the connection is closed"), True),
        (psycopg.OperationalError("connection failed: FATAL: password authentication failed for user"), False),
        (psycopg.OperationalError('connection failed: FATAL: database "fleet" does not exist'), False),
        (psycopg.DataError("a text cannot contain NUL"), False),
    ],
)
def test_errors_that_may_pass(tmp_path: Path, error: Exception, *, passing: bool) -> None:
    with closing(open_fleet_store("sqlite:///fleet.db", tmp_path)) as store:
        with pytest.raises(FleetStoreProblem) as caught, store.translated():
            raise sa.exc.DBAPIError("SELECT", {}, error)
        assert caught.value.passing == passing


@pytest.mark.parametrize(
    ("error", "passing"), [(sa.exc.TimeoutError("no connection left"), True), (sa.exc.ArgumentError("wrong"), False)]
)
def test_errors_without_a_driver(tmp_path: Path, error: Exception, *, passing: bool) -> None:
    with closing(open_fleet_store("sqlite:///fleet.db", tmp_path)) as store:
        with pytest.raises(FleetStoreProblem) as caught, store.translated():
            raise error
        assert caught.value.passing == passing


def test_a_server_that_is_away_may_come_back_and_a_missing_table_does_not(tmp_path: Path) -> None:
    with pytest.raises(FleetStoreProblem) as caught:
        open_fleet_store("postgresql://127.0.0.1:1/fleet", tmp_path)
    assert caught.value.passing
    with pytest.raises(FleetStoreProblem) as caught:
        open_fleet_store(server().url(database="no_such_database"), tmp_path)
    assert not caught.value.passing
    with closing(open_fleet_store(server().url(server().new_schema()), tmp_path)) as store:
        with pytest.raises(FleetStoreProblem) as caught, store.writing() as connection:
            connection.execute(store.sql("SELECT * FROM fleet_missing"))
        assert not caught.value.passing


FIRST, LAST = "hunter2", "canary"
WITH_PASSWORDS = (
    "postgresql://fleet:{}@db.example/fleet",
    "postgres://:{}@db.example/fleet",
    "POSTGRESQL://fleet:{}@db.example:port/fleet",
    "postgresql://fleet:{}@[db/fleet",
    "postgresql+psycopg://fleet:{}@db.example/fleet",
    "mysql://fleet:{}@db.example/fleet",
    "sqlite://fleet:{}@db.example/fleet",
    "fleet:{}@db.example/fleet",
    "postgresql://db.example/fleet?password={}",
    "postgresql://db.example/fleet?PassWord={}",
    "postgresql://db.example/fleet?%70assword={}",
    "postgresql://db.example/fleet?sslmode=require&sslpassword={}",
    "postgresql://db.example/fleet?oauth_client_secret={}",
    "postgresql://db.example/fleet?scram_client_key={}&schema=A-B",
)


@given(st.sampled_from(WITH_PASSWORDS), st.text(st.characters(codec="utf-8"), max_size=20))
def test_no_error_shows_a_password(url: str, middle: str) -> None:
    """Not the whole, and neither its beginning nor its end."""
    with pytest.raises(FleetStoreProblem) as caught:
        open_fleet_store(url.format(f"{FIRST}{middle}{LAST}"), Path("/dev/null"))
    shown = "".join(format_exception(caught.value))
    assert [part for part in (FIRST, LAST) if part in shown] == []


def test_an_error_that_quotes_the_url_shows_it() -> None:
    """Negative control: what the library says, from which ours does not follow."""
    with pytest.raises(ValueError, match=FIRST) as caught:
        sa.make_url(f"postgresql://fleet@db.example:{FIRST}")
    assert FIRST in "".join(format_exception(caught.value))
