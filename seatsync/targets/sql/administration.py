"""Operations of the vendor's portal on an embedded account: create, load, purchase, accept an invitation, close cases.

Plans are applied by `session.py`. A refusal by the account is returned and leaves the store unchanged.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import Literal, NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.actions.user_actions import ACCEPT_INVITATION
from seatsync.account.email import identity
from seatsync.account.engine import Refused, attempt
from seatsync.account.history import canonical
from seatsync.account.mails import mails, order_mails
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, user_values
from seatsync.account.orders import Incomplete, Order, completed, lacking, recorded_purchase
from seatsync.clock import Clock, time_zone
from seatsync.errors import FileProblem, TargetProblem, WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.targets.sql import audit_log, records
from seatsync.targets.sql.audit_log import NO_HEADS, Chain, Head, behind, fingerprint, head_of
from seatsync.targets.sql.case_writing import close_case, reads_back
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.layout import make_tables
from seatsync.targets.sql.session import Writer, refuse_mirror
from seatsync.targets.sql.store import SqlTarget, upgrade
from seatsync.targets.sql.stored_account import Meta, read_meta, write_meta
from seatsync.targets.sql.tables import VERSION, Sums
from seatsync.targets.target import Case, needed_first


def create(
    target: SqlTarget,
    name: str,
    timezone: str,
    clock: Clock,
    lineage: str | None = None,
    mirror: str | None = None,
) -> str:
    """Create an empty account, and its folder if only that is missing; return the lineage.

    With `mirror` it is a mirror of the real account, about which that record says what is known.

    Raises TargetProblem if the place contains anything.
    """
    if not name:
        raise WrongUsage("an account needs a name")
    try:
        time_zone(timezone)
    except LookupError as error:
        raise WrongUsage(f"unknown time zone {timezone!r}; use a name such as Europe/Lisbon or UTC") from error
    lineage = lineage or str(uuid.uuid4())
    target.heads.prepare()
    database = target.place.open_new()
    try:
        with database.writing(lambda: read_meta(database).lineage == lineage):
            _initialise(database, name, lineage, timezone, clock, mirror)
        target.heads.write(lineage, head_of(database, 0))
    finally:
        database.close()
    return lineage


def _initialise(database: Database, name: str, lineage: str, timezone: str, clock: Clock, mirror: str | None) -> None:
    database.claim(VERSION)
    make_tables(database)
    sums, chain = Sums.empty(), Chain.of(database)
    entries = [chain.add(clock.stamp, None, kind="created", name=name, lineage=lineage, timezone=timezone)]
    if mirror is not None:
        records.write_mirror(database, mirror, sums)
        entries.append(chain.add(clock.stamp, None, kind="mirror", record=fingerprint(mirror), run=0))
    write_meta(database, Meta(name, lineage, 0, timezone, sums))
    database.run("INSERT INTO lock (one, token) VALUES (1, 0)")
    database.run_many(audit_log.INSERT, entries)


def upgraded(target: SqlTarget) -> tuple[int, int]:
    """Upgrade a store to the version of this seatsync; return its version before, and now."""
    with closing(target.place.open_to_write(target.patience)) as database:
        before = database.version()
        upgrade(database)
        read_meta(database)  # complains about a version that cannot be upgraded
        return before, database.version()


def load_state(target: SqlTarget, source: Account, clock: Clock) -> int | Refused:
    """Load the content of another account into an empty one; return the serial after it.

    Name, lineage and time zone of the account are not changed.
    """
    with target.session(None, clock) as session, session.writing() as writer:
        refuse_mirror(writer.database, writer.sums)
        account = writer.account
        if account.users or account.teams or account.subscriptions or account.contracts:
            return Refused("STEP001", f"The account {account.name} is not empty: only an empty one can be loaded.")
        step = LOAD_ACCOUNT.step(WHOLE_ACCOUNT, account=source.name)
        serial = writer.step(step, tuple(source.rows()), (), "self-service")
        writer.finish()
        _verify_loaded(writer)
        return serial


def _verify_loaded(writer: Writer) -> None:
    """Raise TargetProblem if the loaded rows cannot be read back, such as the seat of an unknown person."""
    if not reads_back(writer):
        problem = "the source is incomplete: it refers to something that it does not contain"
        raise TargetProblem(writer.database.url, problem, "check the source with `seatsync validate`")


def accept(target: SqlTarget, user: str, clock: Clock) -> int | Refused:
    """Accept the invitation of a pending person; return the serial after it."""
    with target.session(user, clock) as session, session.writing() as writer:
        refuse_mirror(writer.database, writer.sums)
        key = identity(user) or user
        person = writer.account.users.get(key)
        if person is None:
            return Refused("STEP001", f"{user} is not in the account.")
        if person.status == "active":
            return Refused("STEP001", f"{person.email} has already accepted.")
        row = Change("user", (key,), user_values(person), user_values(person._replace(status="active")))
        step = ACCEPT_INVITATION.step(WHOLE_ACCOUNT, user=user)
        return writer.step(step, (row,), (), "self-service")


class Recorded(NamedTuple):
    """An order that was recorded: its number, and the serial of the account after it."""

    number: str
    serial: int


def record_order(target: SqlTarget, order: Order, clock: Clock) -> Recorded | Incomplete | Refused:
    """Record an order and carry out its steps, all or none.

    Without a number it gets the next one (`ORDER-1`), without a company that of the last order, or the account's name.
    """
    try:
        with target.session(None, clock) as session, session.writing() as writer:
            refuse_mirror(writer.database, writer.sums)
            return _record(writer, order)
    except _RolledBack as rolled_back:
        return rolled_back.refusal


def _record(writer: Writer, order: Order) -> Recorded | Incomplete:
    missing = lacking(writer.account, order)
    if missing is not None:
        return missing
    order = _identified(writer, completed(writer.account, order))
    if records.has_order(writer.database, order.number):
        raise _RolledBack(Refused("STEP001", f"Order {order.number} is already recorded."))
    steps = recorded_purchase(writer.account, order)
    if isinstance(steps, Refused):
        raise _RolledBack(steps)
    causes = order_mails(writer.account, order)
    for step in steps:
        _carry_out(writer, step)
    lines = canonical({name: value for name, value in asdict(order).items() if value is not None})
    row = records.StoredOrder(order.number, writer.clock.stamp, order.day, order.company, order.manager, lines)
    writer.record(row, causes)
    return Recorded(order.number, writer.account.serial or 0)


def _identified(writer: Writer, order: Order) -> Order:
    """Return an order with its number and company."""
    before = records.read_orders(writer.database)
    taken = {each.number for each in before}
    number = next(name for n in count(len(before) + 1) if (name := f"ORDER-{n}") not in taken)
    company = max(before, key=lambda each: each.at).company if before else writer.account.name
    return replace(order, number=order.number or number, company=order.company or company)


def _carry_out(writer: Writer, step: Step, *, silent: bool = False) -> int:
    """Carry out a step and return the serial. `silent`: without mails. Raises _RolledBack before it writes."""
    changes = attempt(writer.account, step, writer.clock)
    if isinstance(changes, Refused):
        raise _RolledBack(changes)
    causes = () if silent else mails(writer.account, step, changes, writer.clock)
    return writer.step(step, changes, causes, ACTIONS[step.action].channel)


class _RolledBack(Exception):
    """Rolls back a transaction on the way to a returned refusal. It never leaves this module."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Closing:
    """The result of closing a case.

    `done`: its step was carried out; `in effect`: it was closed because its step had already taken effect; `withdrawn`:
    its step is no longer requested; `closed before`: it was already closed; `refused`: it remains open. `detail` is how
    and when it was closed, a serial, a refusal, or the cases that need it, in words.
    """

    case: Case
    status: Literal["done", "in effect", "withdrawn", "closed before", "refused"]
    detail: str = ""


def confirm(
    target: SqlTarget, ids: Sequence[str] | None, evidence: str | None, clock: Clock, actor: str | None = None
) -> list[Closing]:
    """Close cases that were carried out, by carrying out their steps. `ids` None: all open cases of people.

    Each comes after those that it needs; all are saved in one transaction. Raises WrongUsage for an unknown case, and
    for a step by API.
    """
    with target.session(actor, clock) as session:
        known = {case.id: case for case in records.read_cases(session.database, closed=True)}
        for_people = [case.id for case in known.values() if case.closed_at is None and case.route != "api"]
        names = for_people if ids is None else _named(ids, known)
        for name in names:
            if known[name].route == "api" and known[name].closed_at is None:
                remedy = "the next `seatsync apply` asks the API, `seatsync account withdraw` gives it up"
                raise WrongUsage(f"{name} is a step by API, so nobody needs to confirm it: {remedy}")
        cases = needed_first(known[name] for name in names)
        if all(case.closed_at is not None for case in cases):
            return [_closed_before(case) for case in cases]
        open_now = {case.id for case in known.values() if case.closed_at is None}
        with session.writing() as writer:
            in_mirror = records.read_mirror(writer.database, writer.sums) is not None
            return [_confirm(writer, case, evidence, open_now, in_mirror=in_mirror) for case in cases]


def withdraw(target: SqlTarget, ids: Sequence[str], why: str, clock: Clock, actor: str | None = None) -> list[Closing]:
    """Close cases whose steps are no longer requested. Raises WrongUsage for an unknown case."""
    with target.session(actor, clock) as session:
        known = {case.id: case for case in records.read_cases(session.database, closed=True)}
        cases = [known[name] for name in _named(ids, known)]
        now = [case for case in cases if case.closed_at is None]
        if now:
            with session.writing() as writer:
                for case in now:
                    close_case(writer, case, "withdrawn", why)
        gone = {case.id for case in now}
        left = [case for case in known.values() if case.closed_at is None and case.id not in gone]
        return [_withdrawn(case, left) if case in now else _closed_before(case) for case in cases]


def _withdrawn(case: Case, left: Sequence[Case]) -> Closing:
    waiting = [other.id for other in left if case.id in other.needs]
    verb = "needs" if len(waiting) == 1 else "need"
    return Closing(case, "withdrawn", f"{listed(waiting)} {verb} it" if waiting else "")


def _closed_before(case: Case) -> Closing:
    return Closing(case, "closed before", f"{case.closed_as} {case.closed_at}")


def _named(ids: Sequence[str], known: dict[str, Case]) -> list[str]:
    names: dict[str, None] = {}
    for given in ids:
        number = records.case_number(given)
        name = records.case_id(number) if number is not None else given
        if name not in known:
            raise WrongUsage(f"unknown case {given}; `seatsync account cases` lists the open ones")
        names[name] = None
    return list(names)


def _confirm(writer: Writer, case: Case, evidence: str | None, open_now: set[str], *, in_mirror: bool) -> Closing:
    """Close a case, and remove it from those that are open now. A refusal writes nothing."""
    if case.closed_at is not None:
        return _closed_before(case)
    if already_in_effect(writer.account, case.step):
        open_now.remove(case.id)
        close_case(writer, case, "confirmed", evidence)
        return Closing(case, "in effect")
    try:
        serial = _carry_out(writer, case.step, silent=in_mirror)  # the mails of the real account are the vendor's
    except _RolledBack as rolled_back:
        first = [need for need in case.needs if need in open_now]
        refusal = rolled_back.refusal
        reason = f"confirm {listed(first)} first" if first else f"{refusal.code}: {refusal.message}"
        return Closing(case, "refused", reason)
    open_now.remove(case.id)
    close_case(writer, case, "confirmed", evidence, done=True)
    return Closing(case, "done", f"serial {serial}")


def already_in_effect(account: Account, step: Step) -> bool:
    """Return True if the account is already as a form or support request (`step`) would make it."""
    spec = ACTIONS[step.action]
    return spec.channel in {"form", "support"} and spec.in_effect is not None and spec.in_effect(account, step)


def accept_head(target: SqlTarget, clock: Clock) -> Head | None:
    """Accept a store that is behind the head recorded by the project, with a note in its log.

    Returns the accepted head, None if the store is not behind.
    """
    plain = replace(target, heads=NO_HEADS)
    with plain.session(None, clock) as session:
        with session.database.reading():
            meta = read_meta(session.database)
            now = head_of(session.database, meta.serial)
            try:
                recorded = target.heads.read(meta.lineage)
                was = None if behind(session.database, recorded, meta.serial) is None else recorded
            except FileProblem:  # it is written again below
                was = Head(0, "")
        if was is None:
            return None
        before = f"serial {was.serial}, head {was.hash}" if was.hash else "a note that could not be read"
        session.note(f"accepted an account at serial {now.serial}, head {now.hash}, in place of {before}")
        target.heads.prepare()
        with session.database.reading():
            target.heads.write(meta.lineage, head_of(session.database, meta.serial))
        return now
