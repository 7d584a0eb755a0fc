"""Notices in a store: one row for each mail that was sent or tried, and a log entry for each of its states."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, get_args

from seatsync.account.history import canonical
from seatsync.account.sent_notices import Notice, NoticeState
from seatsync.targets.sql.audit_log import Entry, fingerprint_of_cells
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.records import MALFORMED
from seatsync.targets.sql.tables import Sums, checksum, damaged

if TYPE_CHECKING:
    from seatsync.targets.sql.case_writing import Writing

EVENTS: Final[Mapping[NoticeState, str]] = {state: f"notice-{state}" for state in get_args(NoticeState)}
"""The kinds of log entries, by the state that they record."""

_COLUMNS = "id, kind, recipient, cause, subject, message_id, state, at, detail, facts"


def read_notices(database: Database, sums: Sums) -> tuple[Notice, ...]:
    """Return every notice, sorted by time and id, verified against the sums."""
    rows = list(database.rows(f"SELECT {_COLUMNS} FROM notices ORDER BY at, id"))  # noqa: S608 - constant names
    sums.check(database, "notices", len(rows), sum(map(checksum, rows)))
    try:
        return tuple(_notice(*row) for row in rows)
    except MALFORMED as error:
        raise damaged(database, "table notices cannot be read") from error


def write_notices(writer: Writing, notices: Iterable[Notice]) -> None:
    """Write notices in their new states, each with its log entry. The caller has the lock and a transaction."""
    for notice in notices:
        before = writer.database.row(f"SELECT {_COLUMNS} FROM notices WHERE id = ?", (notice.id,))  # noqa: S608
        if before is not None:
            writer.sums.add("notices", -checksum(before), -1)
            writer.database.run("DELETE FROM notices WHERE id = ?", (notice.id,))
        row = _row(notice)
        statement = f"INSERT INTO notices ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        writer.database.run(statement, row)
        writer.sums.add("notices", checksum(row))
        writer.audit(
            EVENTS[notice.state],
            notice=notice.id,
            about=notice.kind,
            recipient=notice.recipient,
            detail=notice.detail,
            mark=fingerprint_of_cells(row),
            run=writer.run,
        )


def notices_differ(database: Database, sums: Sums, chain: Iterable[Entry]) -> str | None:
    """Return the difference between the notices and the log in words, None if there is none."""
    logged: dict[str, str] = {}
    for entry in chain:
        facts: dict[str, Any] = entry.facts
        if facts["kind"] in EVENTS.values():
            logged[facts["notice"]] = facts["mark"]
    stored = {each.id: fingerprint_of_cells(_row(each)) for each in read_notices(database, sums)}
    return None if stored == logged else "the notices differ from the log"


def _row(notice: Notice) -> tuple[str, ...]:
    causes = canonical([list(cause) for cause in notice.causes])
    head = (notice.id, notice.kind, notice.recipient, causes, notice.subject, notice.message_id)
    return (*head, notice.state, notice.at, notice.detail, notice.facts)


def _notice(*cells: str) -> Notice:
    number, kind, recipient, causes, subject, message_id, state, at, detail, facts = cells
    if state not in EVENTS:
        raise ValueError(state)
    told = tuple(tuple(map(str, cause)) for cause in json.loads(causes))
    return Notice(number, kind, recipient, told, subject, message_id, state, at, detail, facts)  # type: ignore[arg-type]
