"""What an embedded account says of its past: cases, mails, orders, the log, and whether all is as it was written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeAlias, TypeVar

from seatsync.account.email import identity
from seatsync.account.memory import LazyPeople
from seatsync.account.model import Account, Change, Scope
from seatsync.account.past import RunSummary
from seatsync.account.refusal import counted
from seatsync.account.step_text import canonical, from_plain, to_plain
from seatsync.errors import TargetProblem
from seatsync.targets import sql_books as records
from seatsync.targets.audit import Entry, entries, fingerprint, fingerprint_of_cells, people_of, steps
from seatsync.targets.chain import START, first_break
from seatsync.targets.heads import NO_HEADS, REMEDY, behind
from seatsync.targets.sql import SqliteTarget
from seatsync.targets.sql_memory import PeopleTracker, read_tracked
from seatsync.targets.sql_remembered import read_runs
from seatsync.targets.sql_session import mail_fingerprint
from seatsync.targets.sql_state import Meta, read_account, read_meta
from seatsync.targets.sql_sums import damaged
from seatsync.targets.sqlite import Database, broken
from seatsync.targets.target import Case

T = TypeVar("T")

_Differs: TypeAlias = Callable[[Database, list[Entry]], str | None]
"""Compares a book with the log; returns what differs, in words."""

_SHAPE = "an entry of the log, or a record, is not in the format that seatsync writes"


@dataclass(frozen=True, slots=True)
class Verification:
    """The verdict on a store: `entries` of the audit log were looked at, `head` is the hash of the last one."""

    ok: bool
    entries: int
    head: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Report(Generic[T]):
    """What a store says of its past. `problem`: what in it is not as it was written, in words."""

    found: tuple[T, ...]
    problem: str | None = None


def cases(target: SqliteTarget, *, closed: bool = False) -> Report[Case]:
    """The open cases, or all of them, oldest first."""
    with target.reading() as database:
        return Report(tuple(records.read_cases(database, closed=closed)), _altered(database, _cases_differ))


def mails(target: SqliteTarget) -> Report[records.StoredMail]:
    """What is in the outbox, oldest first."""
    with target.reading() as database:
        return Report(tuple(records.read_mails(database)), _altered(database, _outbox_differs))


def orders(target: SqliteTarget) -> Report[records.StoredOrder]:
    """The orders that were recorded, by number."""
    with target.reading() as database:
        return Report(tuple(records.read_orders(database)), _altered(database, _orders_differ))


def runs(target: SqliteTarget) -> Report[RunSummary]:
    """Every run that changed something or opened a case, in order."""
    with target.reading() as database:
        return Report(tuple(read_runs(database)), _altered(database))


def log(target: SqliteTarget, person: str | None = None) -> Report[Entry]:
    """The audit log, oldest first; with a person, the entries of what they did and what was done to them."""
    with target.reading() as database:
        problem = _altered(database)
        if person is None:
            return Report(tuple(entries(database)), problem)
        user = identity(person) or person
        try:
            touched = _touching(database, user)
            found = tuple(entry for entry in entries(database) if _concerns(entry, user, touched))
        except records.MALFORMED as error:
            raise damaged(database, "the log cannot be read") from error
        return Report(found, problem)


def verify(target: SqliteTarget) -> Verification:
    """Look at everything: the file, the chain of the log, each row it vouches for, and the account that it leads to.

    Also at what the project has noted.
    """
    plain = replace(target, heads=NO_HEADS)
    with plain.reading() as database:
        lineage = read_meta(database).lineage
    noted = target.heads.read(lineage)
    with plain.reading() as database:
        chain: list[Entry] = []
        try:
            problem = broken(database)
            if problem is None:
                chain = list(entries(database))
                problem = first_break(chain) or _not_vouched(database, chain)
            if problem is None:
                older = behind(database, noted, read_meta(database).serial)
                problem = None if older is None else f"{older}; {REMEDY}"
        except TargetProblem as error:
            problem = str(error)
        except records.MALFORMED:
            problem = _SHAPE
        return Verification(problem is None, len(chain), chain[-1].hash if chain else START, problem or "")


def _altered(database: Database, differs: _Differs = lambda *_: None) -> str | None:
    """Return what is wrong with the chain of the log, or with a book that it vouches for."""
    try:
        chain = list(entries(database))
        return first_break(chain) or differs(database, chain)
    except records.MALFORMED:
        return _SHAPE


def _touching(database: Database, user: str) -> set[int]:
    """The entries whose rows name a person, by number."""
    found = set()
    for entry in steps(database):
        # Most entries name somebody else, which their text shows at once.
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
    people = [facts.get("manager"), *facts.get("handed_in_for", ()), *facts.get("step", {}).get("args", {}).values()]
    return any(isinstance(value, str) and identity(value) == user for value in people)


def _not_vouched(database: Database, chain: list[Entry]) -> str | None:
    """The first thing in the store that is not what the log says, in words, or None."""
    for differs in (_outbox_differs, _orders_differ, _cases_differ):
        problem = differs(database, chain)
        if problem is not None:
            return problem
    by_kind = _by_kind(chain)
    if not _same_applied(records.read_applied(database, read_meta(database).sums), by_kind.get("applied", [])):
        return "the declaration applied last is not what the log says"
    problem = _other_account(database, chain, by_kind.get("created", []))
    if problem is None and not _same_tracked(read_tracked(database, read_meta(database).sums), chain):
        return "who was declared earlier is not what the log says"
    return problem


def _by_kind(chain: list[Entry]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for entry in chain:
        facts = entry.facts
        found.setdefault(facts["kind"], []).append(facts)
    return found


def _outbox_differs(database: Database, chain: list[Entry]) -> str | None:
    sent = [mail for entry in chain for mail in entry.facts.get("mails", ())]
    kept = [[mail.id, mail_fingerprint(mail)] for mail in records.read_mails(database)]
    return None if kept == sent else "the outbox is not what the log says"


def _orders_differ(database: Database, chain: list[Entry]) -> str | None:
    ordered = {each["number"]: each["order"] for each in _by_kind(chain).get("order", ())}
    kept = {order.number: fingerprint_of_cells(order.cells()) for order in records.read_orders(database)}
    return None if kept == ordered else "the orders are not what the log says"


def _cases_differ(database: Database, chain: list[Entry]) -> str | None:
    same = _same_cases(records.read_cases(database, closed=True), chain)
    return None if same else "the cases are not what the log says"


def _same_cases(kept: list[Case], chain: list[Entry]) -> bool:
    told: dict[str, list[object]] = {}
    for entry in chain:
        facts = entry.facts
        if facts["kind"] == "case-opened":
            told[facts["case"]] = [canonical(facts["step"]), entry.at, entry.actor, None, None]
        elif facts["kind"] == "case-closed":
            told[facts["case"]][3:] = [entry.at, facts["evidence"]]
    return told == {
        case.id: [canonical(to_plain(case.step)), case.opened_at, case.opened_by, case.closed_at, case.evidence]
        for case in kept
    }


def _same_applied(kept: tuple[str, str] | None, told: list[dict[str, object]]) -> bool:
    if kept is None or not told:
        return kept is None and (not told or told[-1]["declaration"] is None)
    return [fingerprint(text) for text in kept] == [told[-1]["declaration"], told[-1]["policy"]]


def _same_tracked(kept: Mapping[Scope, str], chain: list[Entry]) -> bool:
    told = PeopleTracker({})
    for entry in chain:
        facts = entry.facts
        if facts["kind"] == "covers":
            told = PeopleTracker({}) if facts.get("first") else told
            told.add(people_of(facts["people"]))
        elif entry.serial is not None:
            told.follow(from_plain(facts["step"]), entry.rows())
    return told.as_people() == LazyPeople(kept)


def _other_account(database: Database, chain: list[Entry], created: list[dict[str, str]]) -> str | None:
    """What is wrong with the account, if anything: its steps, done once more from nothing, must lead to it."""
    meta = read_meta(database)
    if [(each["name"], each["lineage"], each["timezone"]) for each in created] != [_identity(meta)]:
        return "name, lineage or time zone is not what the log says"
    again = Account(meta.name, meta.lineage, meta.serial, meta.timezone)
    done = [entry for entry in chain if entry.serial is not None]
    if [entry.serial for entry in done] != list(range(1, meta.serial + 1)):
        return f"the serial is {meta.serial}, but the log has {counted(len(done), 'step')}"
    for entry in done:
        again.change(entry.rows())
    return None if again == read_account(database, meta) else "the account is not where its log leads"


def _identity(meta: Meta) -> tuple[str, str, str]:
    return (meta.name, meta.lineage, meta.timezone)
