"""Records of a store besides the account: outbox, orders, cases, and the declarations and policies applied.

The texts that an apply replaces are archived under their fingerprints, which the audit log contains; an altered text is
therefore not found. A store of an earlier version has no archive until the next apply, so its older declarations are
unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Literal

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.actions.user_actions import ACCEPT_INVITATION
from seatsync.account.history import (
    HistoryEntry,
    LazyPeople,
    RunSummary,
    TrackedPeople,
    from_plain,
    from_text,
    runs,
    same,
    to_text,
)
from seatsync.account.model import Account, Value
from seatsync.targets.sql.audit_log import Entry, fingerprint, head_of, other_entries, outside, steps
from seatsync.targets.sql.sqlite import Database
from seatsync.targets.sql.tables import Sums, checksum, damaged, read_tracked
from seatsync.targets.target import Case, State

MALFORMED = (ValueError, KeyError, TypeError, AttributeError, IndexError)
"""Exceptions raised by reading malformed text."""


# Log, outbox, orders and cases


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


# The last apply, and earlier ones

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


@dataclass(frozen=True, slots=True)
class Applied:
    """A declaration and a policy that were applied, as canonical JSON.

    `partly`: they were replaced by a run that covered only some teams or contracts.
    """

    declaration: str
    policy: str
    partly: bool


class NotAvailable(Enum):
    """Reason why there is no earlier declaration: nothing was applied before, or its text is unknown."""

    NOTHING = auto()
    UNKNOWN = auto()


NOTHING: Final = NotAvailable.NOTHING
UNKNOWN: Final = NotAvailable.UNKNOWN

_COMMANDS = {
    **{name: "purchase" for name, spec in ACTIONS.items() if spec.channel == "purchase"},
    LOAD_ACCOUNT.name: "load",
    ACCEPT_INVITATION.name: "accept",
}
"""Commands by the action of their first step."""

_TABLE = "CREATE TABLE IF NOT EXISTS replaced (hash TEXT PRIMARY KEY NOT NULL, text TEXT NOT NULL)"


def archive(database: Database, sums: Sums) -> None:
    """Archive the declaration and policy applied last, before they are replaced."""
    now = read_applied(database, sums)
    if now is None:
        return
    database.run(_TABLE)
    for text in now:
        database.run("INSERT OR IGNORE INTO replaced (hash, text) VALUES (?, ?)", (fingerprint(text), text))


def applied_before(
    database: Database, sums: Sums, run: int
) -> Applied | Literal[NotAvailable.NOTHING, NotAvailable.UNKNOWN]:
    """Return what was applied last before a run; UNKNOWN unless that run was also the last to apply something."""
    own: dict[str, Any] | None = None
    earlier: dict[str, Any] | None = None
    for facts in _facts(database, "applied"):
        if facts.get("run") == run:
            own = facts
        elif own is None:
            earlier = facts
    now = read_applied(database, sums)
    if own is None or [fingerprint(text) for text in now or ()] != [own["declaration"], own["policy"]]:
        return UNKNOWN
    if earlier is None or earlier["declaration"] is None:
        return NOTHING
    declaration, policy = (_archived(database, earlier[name]) for name in ("declaration", "policy"))
    return UNKNOWN if declaration is None or policy is None else Applied(declaration, policy, bool(own.get("partly")))


def opened_by(database: Database, run: int) -> list[Case]:
    """Return the cases that a run opened, oldest first."""
    names = {facts["case"] for facts in _facts(database, "case-opened") if facts.get("run") == run}
    return [case for case in read_cases(database, closed=True) if case.id in names]


def after_apply(database: Database) -> tuple[int, list[Case]] | None:
    """Return the serial after the last apply and the cases that were open then, None if nothing was applied."""
    serial = applied_serial(database)
    if serial is None:
        return None
    now: set[str] = set()
    then: frozenset[str] = frozenset()
    for facts in _facts(database, "case-opened", "case-closed", "applied"):
        if facts["kind"] == "applied":
            then = frozenset(now)
        elif facts["kind"] == "case-opened":
            now.add(facts["case"])
        else:
            now.discard(facts["case"])
    return serial, [case for case in read_cases(database, closed=True) if case.id in then]


def own_changes(database: Database, since: int) -> frozenset[int]:
    """Return the serials after `since` of seatsync's own changes.

    These are the changes by runs that recorded what they cover, and those that confirmed cases of such runs.
    """
    own: set[int] = set()
    cases: set[str] = set()
    confirmed: set[tuple[int, str]] = set()
    for facts in _facts(database, "covers", "case-opened", "case-closed"):
        run = facts.get("run", 0)
        if facts["kind"] == "covers":
            own.add(run)
        elif facts["kind"] == "case-opened" and run in own:
            cases.add(facts["case"])
        elif facts["kind"] == "case-closed" and facts["case"] in cases:
            confirmed.add((run, same(from_plain(facts["step"]))))
    history = read_history(database, since)
    return frozenset(each.serial for each in history if each.run in own or (each.run, same(each.step)) in confirmed)


def read_runs(database: Database) -> list[RunSummary]:
    """Return every run that changed something or opened a case, in order."""
    kinds: dict[int, str] = {}
    opened: dict[int, list[Case]] = {}
    cases = {case.id: case for case in read_cases(database, closed=True)}
    for facts in _facts(database, "note", "case-opened", "case-closed"):
        run = facts.get("run", 0)
        if facts["kind"] == "case-opened":
            opened.setdefault(run, []).extend(case for case in (cases.get(facts["case"]),) if case is not None)
        elif facts["kind"] == "case-closed":
            kinds[run] = "confirm"
        elif facts["text"].startswith("undo of run "):
            kinds[run] = facts["text"]
    changed = {run.number: run.entries for run in runs(read_history(database))}
    return [
        _summary(number, kinds.get(number), changed.get(number, ()), opened.get(number, []))
        for number in sorted(changed.keys() | opened.keys())
    ]


def _summary(number: int, kind: str | None, entries: tuple[HistoryEntry, ...], opened: list[Case]) -> RunSummary:
    at, actor = (entries[0].at, entries[0].actor) if entries else (opened[0].opened_at, opened[0].opened_by)
    first = entries[0].step.action if entries else ""
    kind = kind or _COMMANDS.get(first, "apply")
    return RunSummary(number, kind, at, actor, entries, tuple(case.id for case in opened))


def _facts(database: Database, *kinds: str) -> list[dict[str, Any]]:
    """Return the parsed entries of some kinds in the audit log, in order."""
    try:
        return [facts for entry in other_entries(database) if (facts := entry.facts)["kind"] in kinds]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def _archived(database: Database, mark: str) -> str | None:
    """Return the archived text with a fingerprint, None if it is missing or was altered."""
    if database.row("SELECT 1 FROM sqlite_master WHERE name = 'replaced'") is None:
        return None
    row = database.row("SELECT text FROM replaced WHERE hash = ?", (mark,))
    return row[0] if row is not None and fingerprint(row[0]) == mark else None
