"""Reports on the history of an embedded account: cases, mails, orders, runs, the log, and its verification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from seatsync.account.actions.effects import counted
from seatsync.account.email import identity
from seatsync.account.history import LazyPeople, RunSummary, canonical, from_plain, to_plain
from seatsync.account.model import Account, Change, Scope
from seatsync.errors import TargetProblem
from seatsync.targets.sql import records
from seatsync.targets.sql.audit_log import (
    NO_HEADS,
    REMEDY,
    START,
    Entry,
    Head,
    behind,
    entries,
    fingerprint,
    fingerprint_of_cells,
    first_break,
    people_from_plain,
    steps,
)
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.notice_records import notices_differ
from seatsync.targets.sql.run_records import read_runs
from seatsync.targets.sql.session import mail_fingerprint
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.sql.stored_account import Meta, read_account, read_meta
from seatsync.targets.sql.tables import PeopleTracker, damaged, read_tracked
from seatsync.targets.sql.usage_records import NOTHING_RECORDED, usage_fingerprint
from seatsync.targets.target import Case

T = TypeVar("T")

_Differs: TypeAlias = Callable[[Database, list[Entry]], str | None]
"""Compares a table of records with the log; returns the difference in words, None if there is none."""

_SHAPE = "an entry of the log, or a record, is not in the format that seatsync writes"


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of verifying a store: `entries` of the audit log were checked, `head` is the hash of the last one."""

    ok: bool
    entries: int
    head: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """Items read from a store. `problem`: a sign of tampering in the log or in these items, in words."""

    items: tuple[T, ...]
    problem: str | None = None


def cases(target: SqlTarget, *, closed: bool = False) -> Report[Case]:
    """Return the open cases (with `closed`: all cases), oldest first."""
    with target.reading() as database:
        return Report(tuple(records.read_cases(database, closed=closed)), _tampering(database, _cases_differ))


def mails(target: SqlTarget) -> Report[records.StoredMail]:
    """Return the mails of the outbox, oldest first."""
    with target.reading() as database:
        return Report(tuple(records.read_mails(database)), _tampering(database, _outbox_differs))


def orders(target: SqlTarget) -> Report[records.StoredOrder]:
    """Return the recorded orders, sorted by number."""
    with target.reading() as database:
        return Report(tuple(records.read_orders(database)), _tampering(database, _orders_differ))


def runs(target: SqlTarget) -> Report[RunSummary]:
    """Return every run that changed something or opened a case, in order."""
    with target.reading() as database:
        return Report(tuple(read_runs(database)), _tampering(database))


def log(target: SqlTarget, person: str | None = None) -> Report[Entry]:
    """Return the audit log, oldest first; with a person, only the entries by and about that person."""
    with target.reading() as database:
        problem = _tampering(database)
        if person is None:
            return Report(tuple(entries(database)), problem)
        user = identity(person) or person
        try:
            touched = _touching(database, user)
            found = tuple(entry for entry in entries(database) if _concerns(entry, user, touched))
        except records.MALFORMED as error:
            raise damaged(database, "the log cannot be read") from error
        return Report(found, problem)


def verify(target: SqlTarget) -> Verification:
    """Verify a store: the file, the hash chain, every record against the log, and the account against a replay of it.

    The log must also continue the head that the project has recorded.
    """
    plain = replace(target, heads=NO_HEADS)
    with plain.reading() as database:
        lineage = read_meta(database).lineage
    recorded = target.heads.read(lineage)
    with plain.reading() as database:
        return verified(database, recorded)


def verified(database: Database, recorded: Head | None = None) -> Verification:
    """Verify an open store within a transaction, as `verify` does. `recorded`: the head that its log must continue."""
    chain: list[Entry] = []
    try:
        problem = database.broken()
        if problem is None:
            chain = list(entries(database))
            problem = first_break(chain) or _first_difference(database, chain)
        if problem is None:
            older = behind(database, recorded, read_meta(database).serial)
            problem = None if older is None else f"{older}; {REMEDY}"
    except TargetProblem as error:
        problem = str(error)
    except records.MALFORMED:
        problem = _SHAPE
    return Verification(problem is None, len(chain), chain[-1].hash if chain else START, problem or "")


def _tampering(database: Database, differs: _Differs = lambda *_: None) -> str | None:
    """Return a sign of tampering in the hash chain or, by `differs`, in a table of records; None if there is none."""
    try:
        chain = list(entries(database))
        return first_break(chain) or differs(database, chain)
    except records.MALFORMED:
        return _SHAPE


def _touching(database: Database, user: str) -> set[int]:
    """Return the sequence numbers of the entries whose rows name a person."""
    found = set()
    for entry in steps(database):
        # A search in the text avoids parsing most entries.
        if user in (entry.changes or "") and any(_names(row, user) for row in entry.rows()):
            found.add(entry.seq)
    return found


def _names(row: Change, user: str) -> bool:
    return user in row.key or user in (row.old or ()) or user in (row.new or ())


def _concerns(entry: Entry, user: str, touched: set[int]) -> bool:
    if entry.actor is not None and identity(entry.actor) == user:
        return True
    if entry.seq in touched:
        return True
    facts = entry.facts
    named = [facts.get("manager"), facts.get("recipient"), *facts.get("handed_in_for", ())]
    people = [*named, *facts.get("step", {}).get("args", {}).values()]
    return any(isinstance(value, str) and identity(value) == user for value in people)


def _first_difference(database: Database, chain: list[Entry]) -> str | None:
    """Return the first difference between the store and its log, in words, None if there is none."""
    for differs in (_outbox_differs, _orders_differ, _cases_differ):
        problem = differs(database, chain)
        if problem is not None:
            return problem
    by_kind = _by_kind(chain)
    if not _same_applied(records.read_applied(database, read_meta(database).sums), by_kind.get("applied", [])):
        return "the declaration applied last differs from the log"
    if not _same_mirror(records.read_mirror(database, read_meta(database).sums), by_kind.get("mirror", [])):
        return "the record of the mirror differs from the log"
    if not _same_usage(database, chain):
        return "the recorded usage differs from the log"
    problem = notices_differ(database, read_meta(database).sums, chain)
    problem = problem or _other_account(database, chain, by_kind.get("created", []))
    if problem is None and not _same_tracked(read_tracked(database, read_meta(database).sums), chain):
        return "the people declared earlier differ from the log"
    return problem


def _by_kind(chain: list[Entry]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in chain:
        facts = entry.facts
        found.setdefault(facts["kind"], []).append(facts)
    return found


def _outbox_differs(database: Database, chain: list[Entry]) -> str | None:
    sent = [mail for entry in chain for mail in entry.facts.get("mails", ())]
    stored = [[mail.id, mail_fingerprint(mail)] for mail in records.read_mails(database)]
    return None if stored == sent else "the outbox differs from the log"


def _orders_differ(database: Database, chain: list[Entry]) -> str | None:
    ordered = {each["number"]: each["order"] for each in _by_kind(chain).get("order", ())}
    stored = {order.number: fingerprint_of_cells(order.cells()) for order in records.read_orders(database)}
    return None if stored == ordered else "the orders differ from the log"


def _cases_differ(database: Database, chain: list[Entry]) -> str | None:
    same = _same_cases(records.read_cases(database, closed=True), chain)
    return None if same else "the cases differ from the log"


def _same_cases(stored: list[Case], chain: list[Entry]) -> bool:
    logged: dict[str, Case] = {}
    for entry in chain:
        facts = entry.facts
        if facts["kind"] == "case-opened":
            logged[facts["case"]] = _asked(Case(facts["case"], from_plain(facts["step"]), entry.at, entry.actor), facts)
        elif facts["kind"] in _CASE_EVENTS:
            logged[facts["case"]] = _CASE_EVENTS[facts["kind"]](logged[facts["case"]], entry, facts)
    return [_comparable(case) for case in logged.values()] == [_comparable(case) for case in stored]


def _comparable(case: Case) -> list[object]:
    return [canonical(to_plain(case.step)), case._replace(step=None)]  # type: ignore[arg-type]  # in its place


def _asked(case: Case, facts: dict[str, Any]) -> Case:
    """Return a case with what its log entry says about route, people and needs."""
    people, needs = tuple(facts.get("people", ())), tuple(facts.get("needs", ()))
    return case._replace(route=facts.get("route", ""), people=people, needs=needs)


def _closed(case: Case, entry: Entry, facts: dict[str, Any]) -> Case:
    how, source = facts.get("as", "confirmed"), facts.get("source")
    closed = case._replace(closed_at=entry.at, evidence=facts["evidence"], closed_as=how, seen_in=source)
    return closed._replace(closed_by=entry.actor)


_CASE_EVENTS: dict[str, Callable[[Case, Entry, dict[str, Any]], Case]] = {
    "case-changed": lambda case, _, facts: _asked(case, facts),
    "case-closed": _closed,
    "case-seen": lambda case, _, facts: case._replace(seen_in=facts["source"]),
    "case-reopened": lambda case, *_: case._replace(closed_at=None, closed_by=None, closed_as=None, evidence=None),
}


def _same_applied(stored: tuple[str, str] | None, logged: list[dict[str, object]]) -> bool:
    if stored is None or not logged:
        return stored is None and (not logged or logged[-1]["declaration"] is None)
    return [fingerprint(text) for text in stored] == [logged[-1]["declaration"], logged[-1]["policy"]]


def _same_mirror(stored: str | None, logged: list[dict[str, object]]) -> bool:
    return (None if stored is None else fingerprint(stored)) == (logged[-1]["record"] if logged else None)


def _same_usage(database: Database, chain: list[Entry]) -> bool:
    recorded = [facts["usage"] for facts in (entry.facts for entry in chain) if "usage" in facts]
    return usage_fingerprint(database) == (recorded[-1] if recorded else NOTHING_RECORDED)


def _same_tracked(stored: Mapping[Scope, str], chain: list[Entry]) -> bool:
    replayed = PeopleTracker({})
    for entry in chain:
        facts = entry.facts
        if facts["kind"] == "covers":
            replayed = PeopleTracker({}) if facts.get("first") else replayed
            replayed.add(people_from_plain(facts["people"]))
        elif entry.serial is not None:
            replayed.follow(from_plain(facts["step"]), entry.rows())
    return replayed.as_people() == LazyPeople(stored)


def _other_account(database: Database, chain: list[Entry], created: list[dict[str, str]]) -> str | None:
    """Return the difference between the account and a replay of its log from an empty one, None if there is none."""
    meta = read_meta(database)
    if [(each["name"], each["lineage"], each["timezone"]) for each in created] != [_identity(meta)]:
        return "name, lineage or time zone differs from the log"
    replayed = Account(meta.name, meta.lineage, meta.serial, meta.timezone)
    done = [entry for entry in chain if entry.serial is not None]
    if [entry.serial for entry in done] != list(range(1, meta.serial + 1)):
        return f"the serial is {meta.serial}, but the log has {counted(len(done), 'step')}"
    for entry in done:
        replayed.change(entry.rows())
    return None if replayed == read_account(database, meta) else "the account differs from a replay of its log"


def _identity(meta: Meta) -> tuple[str, str, str]:
    return (meta.name, meta.lineage, meta.timezone)
