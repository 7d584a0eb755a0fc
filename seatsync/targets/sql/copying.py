"""Copying a whole account, with its log and records, from one store to another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.targets.sql.audit_log import Head, head_of
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.inquiries import verified
from seatsync.targets.sql.layout import TABLE_NAMES, make_tables
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.stored_account import read_meta
from seatsync.targets.sql.tables import VERSION, checksum, damaged, quoted

_ROWS = 1000
"""Rows that are copied at once."""


@dataclass(frozen=True, slots=True)
class Copied:
    """An account that was copied: its name, the head of its log, and the number of entries there."""

    name: str
    head: Head
    entries: int


def copy_account(source: SqlTarget, target: SqlTarget, clock: Clock) -> Copied:
    """Copy an account into a place that is new or empty, under the lock of the source.

    The copy is verified before it is committed, and has the same head. Nothing is written into the source but its lock.

    Raises TargetProblem, and leaves the target empty, if the place contains anything, the account does not verify, or
    another run took the source's lock over meanwhile.
    """
    with source.session(None, clock) as session, closing(target.place.open_new()) as copy, copy.writing():
        with session.database.reading():
            copy.claim(VERSION)
            make_tables(copy)
            for table in TABLE_NAMES:
                _copy_table(session.database, copy, table)
                if _sum(session.database, table) != _sum(copy, table):
                    raise damaged(copy, f"table {table} is not as in the original")
            meta = read_meta(session.database)
            head = head_of(session.database, meta.serial)
        copy.run("UPDATE lock SET holder = NULL")
        found = verified(copy)
        if not found.ok or head_of(copy, read_meta(copy).serial) != head:
            problem = f"the account does not verify: {found.problem or 'the copy ends elsewhere'}"
            raise TargetProblem(source.url, problem, "nothing was copied; run `seatsync account verify` for details")
        session.keep()  # of a lock that is still held
        return Copied(meta.name, head, found.entries)


def _sum(database: Database, table: str) -> tuple[int, int]:
    """Return the number of rows of a table, and the sum of their checksums."""
    count = total = 0
    for row in database.rows(f"SELECT * FROM {quoted(table)}"):  # noqa: S608 - a constant name
        count, total = count + 1, total + checksum(row)
    return count, total


def _copy_table(source: Database, copy: Database, table: str) -> None:
    rows = source.rows(f"SELECT * FROM {quoted(table)}")  # noqa: S608 - a constant name
    for batch in _batches(rows):
        places = ", ".join("?" * len(batch[0]))
        copy.run_many(f"INSERT INTO {quoted(table)} VALUES ({places})", batch)  # noqa: S608 - as above


def _batches(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    while batch := list(islice(rows, _ROWS)):
        yield batch
