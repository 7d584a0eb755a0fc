"""The records of a store besides account and log: outbox, cases, orders, and the declaration applied last."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.account.actions.step import Step
from seatsync.account.memory import LazyPeople, TrackedPeople
from seatsync.account.model import Account, Value
from seatsync.account.past import HistoryEntry
from seatsync.account.step_text import from_plain, from_text, same, to_text
from seatsync.targets.audit import Entry, outside, steps
from seatsync.targets.heads import head_of
from seatsync.targets.sql_memory import read_tracked
from seatsync.targets.sql_sums import Sums, checksum, damaged
from seatsync.targets.sqlite import Database
from seatsync.targets.target import Case, State

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""Exceptions raised by reading malformed text."""


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail in the outbox. `cause` names the step or order that caused it."""

    id: int
    at: str
    template: str
    to: str
    subject: str
    body: str
    cause: str

    def cells(self) -> tuple[str | int, ...]:
        """Return the mail as a row."""
        return (self.id, self.at, self.template, self.to, self.subject, self.body, self.cause)


def read_history(database: Database, since: int = 0) -> list[HistoryEntry]:
    """Return the steps after a serial, in order. Raises TargetProblem if one cannot be read."""
    try:
        return [_history_entry(entry) for entry in steps(database, since)]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def read_outside(database: Database) -> list[HistoryEntry]:
    """Return the steps made outside of seatsync, in order. Raises TargetProblem if one cannot be read."""
    try:
        return [_history_entry(entry) for entry in outside(database)]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def _history_entry(entry: Entry) -> HistoryEntry:
    facts = entry.facts
    return HistoryEntry(facts["serial"], facts["run"], entry.at, entry.actor, from_plain(facts["step"]), entry.rows())


INSERT_MAIL = "INSERT INTO outbox (id, at, template, recipient, subject, body, cause) VALUES (?, ?, ?, ?, ?, ?, ?)"
"""Statement that inserts `StoredMail.cells`."""


def read_mails(database: Database) -> list[StoredMail]:
    """Return the mails of the outbox, oldest first."""
    query = "SELECT id, at, template, recipient, subject, body, cause FROM outbox ORDER BY id"
    return [StoredMail(*row) for row in database.rows(query)]


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


def write_case(database: Database, case: Case, sums: Sums) -> None:
    """Insert an open case."""
    row = _case_row(case)
    statement = "INSERT INTO cases (id, step, opened_at, opened_by, asks) VALUES (?, ?, ?, ?, ?)"
    database.run(statement, (*row, same(case.step)))
    sums.add("cases", checksum(row))


def close_case(database: Database, case: Case, at: str, evidence: str | None, sums: Sums) -> None:
    """Mark a case as closed. Sums cover open cases only."""
    row = _case_row(case)
    database.run("UPDATE cases SET closed_at = ?, evidence = ? WHERE id = ?", (at, evidence, row[0]))
    sums.add("cases", -checksum(row), -1)


def _case_row(case: Case) -> tuple[Value, ...]:
    return (case_number(case.id), to_text(case.step), case.opened_at, case.opened_by)


def open_case_for(database: Database, step: Step) -> str | None:
    """Return the id of the open case that requests the same as a step, None if there is none."""
    row = database.row("SELECT id FROM cases WHERE asks = ? AND closed_at IS NULL", (same(step),))
    return case_id(row[0]) if row is not None else None


def read_cases(database: Database, *, closed: bool = False) -> list[Case]:
    """Return the open cases (with `closed`: all cases), oldest first."""
    which = "" if closed else "WHERE closed_at IS NULL"
    query = f"SELECT id, step, opened_at, opened_by, closed_at, evidence FROM cases {which} ORDER BY id"  # noqa: S608
    try:
        return [Case(case_id(number), from_text(step), *rest) for number, step, *rest in database.rows(query)]
    except MALFORMED as error:
        raise damaged(database, "table cases cannot be read") from error


def open_cases(database: Database, sums: Sums) -> tuple[Case, ...]:
    """Return the open cases, verified against the sums."""
    cases = tuple(read_cases(database))
    sums.check(database, "cases", len(cases), sum(checksum(_case_row(case)) for case in cases))
    return cases


def case_id(number: int) -> str:
    """Return the id of a case by its number."""
    return f"CASE-{number}"


def case_number(case: str) -> int | None:
    """Return the number in a case id, None for any other text."""
    digits = case.upper().removeprefix("CASE-")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < len(str(1 << 62)) else None


def state_of(database: Database, account: Account, sums: Sums, tracked: TrackedPeople | None = None) -> State:
    """Return the state of an account, with its records, within the caller's transaction."""
    declaration, policy = read_applied(database, sums) or (None, None)
    known = LazyPeople(read_tracked(database, sums)) if tracked is None else tracked
    head = head_of(database, account.serial or 0).hash
    return State(account, open_cases(database, sums), declaration, policy, known, head)


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
