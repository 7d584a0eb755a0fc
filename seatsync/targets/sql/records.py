"""Records of a store besides the account: outbox, orders, cases, what was applied last, and the record of a mirror."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatsync.account.actions.spec import Step
from seatsync.account.history import (
    HistoryEntry,
    LazyPeople,
    TrackedPeople,
    canonical,
    from_plain,
    from_text,
    same,
    to_text,
)
from seatsync.account.model import Account, Value
from seatsync.targets.sql.audit_log import Entry, fingerprint, head_of, outside, steps
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.tables import Sums, checksum, damaged, read_tracked
from seatsync.targets.target import Case, State

if TYPE_CHECKING:
    from seatsync.account.orders import Order

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""Exceptions raised by reading malformed text."""


# Log, outbox and orders


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in the outbox. `cause` names the step or order that caused it.

    `facts` are what its template shows, as JSON. Mails of earlier versions have none, but their subject and body.
    """

    id: int
    at: str
    template: str
    to: str
    subject: str
    body: str
    cause: str
    facts: str = ""

    def cells(self) -> tuple[str | int, ...]:
        """Return the mail as a row."""
        return (self.id, self.at, self.template, self.to, self.subject, self.body, self.cause, self.facts)


def read_history(database: Database, since: int = 0) -> list[HistoryEntry]:
    """Return the steps after a serial, in order. Raises TargetProblem if one cannot be read."""
    try:
        return [_history_entry(entry) for entry in steps(database, since)]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def read_outside(database: Database) -> list[HistoryEntry]:
    """Return the steps made outside of seatsync, in order. Raises TargetProblem if one cannot be read."""
    try:
        return [each for entry in outside(database) if (each := _history_entry(entry)).case is None]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def _history_entry(entry: Entry) -> HistoryEntry:
    facts = entry.facts
    step, rows = from_plain(facts["step"]), entry.rows()
    origin, case = facts.get("origin"), facts.get("case")
    return HistoryEntry(facts["serial"], facts["run"], entry.at, entry.actor, step, rows, origin, case)


_MAIL = "id, at, template, recipient, subject, body, cause, facts"
INSERT_MAIL = f"INSERT INTO outbox ({_MAIL}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608 - constant names
"""Statement that inserts `StoredMail.cells`."""


def read_mails(database: Database) -> list[StoredMail]:
    """Return the mails of the outbox, oldest first."""
    return [StoredMail(*row) for row in database.rows(f"SELECT {_MAIL} FROM outbox ORDER BY id")]  # noqa: S608


@dataclass(frozen=True, slots=True)
class StoredOrder:
    """A recorded order. `lines` are the details of the purchase as JSON text."""

    number: str
    at: str
    day: str
    company: str
    manager: str
    lines: str

    def cells(self) -> tuple[str, ...]:
        """Return the order as a row."""
        return (self.number, self.at, self.day, self.company, self.manager, self.lines)

    def bought(self, database: Database) -> Order:
        """Return the order as a value. Raises TargetProblem if it is damaged."""
        try:
            from seatsync.account.orders import Order  # noqa: PLC0415

            return Order(**json.loads(self.lines))
        except (ValueError, TypeError) as error:
            raise damaged(database, f"order {self.number} cannot be read") from error


def write_order(database: Database, order: StoredOrder) -> None:
    """Insert an order."""
    statement = "INSERT INTO orders (number, at, day, company, manager, lines) VALUES (?, ?, ?, ?, ?, ?)"
    database.run(statement, order.cells())


def read_orders(database: Database) -> list[StoredOrder]:
    """Return all orders, sorted by number."""
    query = "SELECT number, at, day, company, manager, lines FROM orders ORDER BY number"
    return [StoredOrder(*row) for row in database.rows(query)]


def has_order(database: Database, number: str) -> bool:
    """Return True if an order with this number is recorded."""
    return database.row("SELECT 1 FROM orders WHERE number = ?", (number,)) is not None


def next_id(database: Database, table: str) -> int:
    """Return the next free id of a numbered table."""
    row = database.row(f"SELECT max(id) FROM {table}")  # noqa: S608 - constant names
    return 1 + (row[0] if row is not None and row[0] is not None else 0)


# Cases, and the record of a mirror

_COLUMNS = "id, step, opened_at, opened_by, closed_at, evidence, route, people, needs, closed_as, closed_by, seen_in"
_OPEN = "closed_at IS NULL"
_CURRENT = f"({_OPEN} OR (closed_as = 'confirmed' AND route <> '' AND seen_in IS NULL))"


def write_case(database: Database, case: Case, sums: Sums) -> None:
    """Insert a case, or replace the one with its id."""
    row = _row(case)
    before = _read(database, "id = ?", (row[0],))
    for stored in before:
        if _is_current(stored):
            sums.add("cases", -checksum(_row(stored)), -1)
        database.run("DELETE FROM cases WHERE id = ?", (row[0],))
    marks = ", ".join("?" * (len(row) + 1))
    database.run(f"INSERT INTO cases ({_COLUMNS}, asks) VALUES ({marks})", (*row, same(case.step)))  # noqa: S608
    if _is_current(case):
        sums.add("cases", checksum(row))


def open_case_for(database: Database, step: Step) -> Case | None:
    """Return the open case that requests the same as a step, None if there is none."""
    return next(iter(_read(database, f"asks = ? AND {_OPEN}", (same(step),))), None)


def read_cases(database: Database, *, closed: bool = False) -> list[Case]:
    """Return the open cases (with `closed`: all cases), oldest first."""
    return _read(database, "1 = 1" if closed else _OPEN)


def current_cases(database: Database, sums: Sums) -> tuple[tuple[Case, ...], tuple[Case, ...]]:
    """Return the open cases, and the confirmed ones that a source can contradict, verified against the sums.

    A later case that requests the same replaces a confirmed one: what that did was undone in between.
    """
    cases = _read(database, _CURRENT)
    sums.check(database, "cases", *_sums(cases))
    latest = {}
    if any(case.closed_at is not None for case in cases):
        latest = dict(database.rows("SELECT asks, max(id) FROM cases GROUP BY asks"))
    confirmed = [case for case in cases if case.closed_at is not None]
    return (
        tuple(case for case in cases if case.closed_at is None),
        tuple(case for case in confirmed if latest[same(case.step)] == case_number(case.id)),
    )


def case_sums(database: Database) -> tuple[int, int]:
    """Return the number of cases that a state contains, and the sum of their checksums."""
    return _sums(_read(database, _CURRENT))


def case_id(number: int) -> str:
    """Return the id of a case by its number."""
    return f"CASE-{number}"


def case_number(case: str) -> int | None:
    """Return the number in a case id, None for any other text."""
    digits = case.upper().removeprefix("CASE-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len(str(1 << 62)) else None


def _is_current(case: Case) -> bool:
    return case.closed_at is None or (case.closed_as == "confirmed" and bool(case.route) and case.seen_in is None)


def _sums(cases: Iterable[Case]) -> tuple[int, int]:
    marks = [checksum(_row(case)) for case in cases]
    return len(marks), sum(marks)


def _row(case: Case) -> tuple[Value, ...]:
    head = (case_number(case.id), to_text(case.step), case.opened_at, case.opened_by, case.closed_at, case.evidence)
    lists = (canonical(case.people), canonical(case.needs))
    return (*head, case.route, *lists, case.closed_as, case.closed_by, case.seen_in)


def _read(database: Database, which: str, values: tuple[Value, ...] = ()) -> list[Case]:
    query = f"SELECT {_COLUMNS} FROM cases WHERE {which} ORDER BY id"  # noqa: S608 - constant conditions
    try:
        return [_case(*row) for row in database.rows(query, values)]
    except MALFORMED as error:
        raise damaged(database, "table cases cannot be read") from error


def _case(number: int, step: str, *rest: str) -> Case:
    opened_at, opened_by, closed_at, evidence, route, people, needs, closed_as, closed_by, seen_in = rest
    if closed_as not in {None, "confirmed", "seen", "withdrawn"}:
        raise ValueError(closed_as)
    return Case(
        case_id(number),
        from_text(step),
        opened_at,
        opened_by,
        closed_at,
        evidence,
        route,
        tuple(json.loads(people)),
        tuple(json.loads(needs)),
        closed_as,  # type: ignore[arg-type]  # checked above
        closed_by,
        seen_in,
    )


def read_mirror(database: Database, sums: Sums) -> str | None:
    """Return the record of a mirror, None if the store is the account itself."""
    row = database.row("SELECT record FROM mirror")
    sums.check(database, "mirror", *((0, 0) if row is None else (1, checksum(row))))
    return None if row is None else str(row[0])


def write_mirror(database: Database, record: str, sums: Sums) -> None:
    """Replace the record of a mirror."""
    database.run("DELETE FROM mirror")
    database.run("INSERT INTO mirror (one, record) VALUES (1, ?)", (record,))
    sums.tables["mirror"] = (1, checksum((record,)))


# The state, and the last apply


def state_of(database: Database, account: Account, sums: Sums, tracked: TrackedPeople | None = None) -> State:
    """Return the state of an account, with its records, within the caller's transaction."""
    declaration, policy = read_applied(database, sums) or (None, None)
    known = LazyPeople(read_tracked(database, sums)) if tracked is None else tracked
    head = head_of(database, account.serial or 0).hash
    cases, confirmed = current_cases(database, sums)
    mirror = read_mirror(database, sums)
    row = database.row("SELECT at FROM applied")
    applied_at = None if row is None else row[0]
    return State(
        account, cases, declaration, policy, known, head, mirror=mirror, confirmed=confirmed, applied_at=applied_at
    )


_APPLIED = "declaration, policy, note, actor, at, serial"


def read_applied(database: Database, sums: Sums) -> tuple[str, str] | None:
    """Return declaration and policy applied last, None if nothing was applied."""
    row = database.row(f"SELECT {_APPLIED} FROM applied")  # noqa: S608 - constant names
    sums.check(database, "applied", *((0, 0) if row is None else (1, checksum(row))))
    return (row[0], row[1]) if row is not None else None


def applied_serial(database: Database) -> int | None:
    """Return the serial after the last complete apply, None if nothing was applied."""
    row = database.row("SELECT serial FROM applied")
    return None if row is None else row[0]


def write_applied(database: Database, values: tuple[Value, ...], sums: Sums) -> None:
    """Replace the last apply by declaration, policy, note, actor, time and serial of a new one."""
    database.run("DELETE FROM applied")
    database.run(f"INSERT INTO applied (one, {_APPLIED}) VALUES (1, ?, ?, ?, ?, ?, ?)", values)  # noqa: S608
    sums.tables["applied"] = (1, checksum(values))


def clear_applied(database: Database, sums: Sums) -> None:
    """Record that nothing is applied."""
    database.run("DELETE FROM applied")
    sums.tables["applied"] = (0, 0)


def archive(database: Database, sums: Sums) -> None:
    """Archive the declaration and policy applied last, before they are replaced."""
    now = read_applied(database, sums)
    if now is None:
        return
    for text in now:
        statement = "INSERT INTO replaced (hash, text) VALUES (?, ?) ON CONFLICT DO NOTHING"
        database.run(statement, (fingerprint(text), text))


# Calls to the vendor's API

_MILLISECONDS = 1000


def count_call(database: Database, team: str, minute: float, most: int) -> float:
    """Count a call of a team and return 0, or return the seconds until one is allowed: `most` within a `minute`."""
    now, length = int(database.seconds() * _MILLISECONDS), int(minute * _MILLISECONDS)
    database.run("DELETE FROM calls WHERE at <= ?", (now - length,))
    # Calls of the future were made before the clock was put back, nobody knows how long ago.
    database.run("UPDATE calls SET at = ? WHERE at > ?", (now, now))
    made = [int(at) for (at,) in database.rows("SELECT at FROM calls WHERE team = ? ORDER BY at", (team,))]
    if len(made) >= most:
        return max(1, made[-most] + length - now) / _MILLISECONDS
    database.run("INSERT INTO calls (team, at) VALUES (?, ?)", (team, now))
    return 0.0
