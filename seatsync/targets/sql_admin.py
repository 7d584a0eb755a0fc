"""What happens to an embedded account beside plans: made, filled, orders recorded, invitations accepted, cases closed.

This is what the vendor's portal does. A refusal by the account is returned, and leaves everything as it was.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.actions.user_actions import ACCEPT_INVITATION
from seatsync.account.email import identity
from seatsync.account.engine import Refused, attempt
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, user_values
from seatsync.account.notices import mails, order_mails
from seatsync.account.orders import Order, recorded_purchase
from seatsync.account.step_text import canonical
from seatsync.clock import Clock, time_zone
from seatsync.errors import FileProblem, TargetProblem, WrongUsage
from seatsync.targets import audit, sqlite
from seatsync.targets import sql_books as records
from seatsync.targets.chain import Chain
from seatsync.targets.heads import NO_HEADS, Head, behind, head_of
from seatsync.targets.sql import SqliteTarget
from seatsync.targets.sql_schema import VERSION, make_tables
from seatsync.targets.sql_session import SqlSession, Writer
from seatsync.targets.sql_state import Meta, read_account, read_meta, write_meta
from seatsync.targets.sql_sums import Sums
from seatsync.targets.target import Case


def create(target: SqliteTarget, name: str, timezone: str, clock: Clock, lineage: str | None = None) -> str:
    """Make an empty account where none is; its lineage. The folder is made, if only that is missing."""
    if not name:
        raise WrongUsage("an account needs a name")
    try:
        time_zone(timezone)
    except LookupError as error:
        raise WrongUsage(f"there is no time zone {timezone!r}; such as Europe/Lisbon or UTC") from error
    lineage = lineage or str(uuid.uuid4())
    target.heads.prepare()
    database = sqlite.open_new(target.url, target.path)
    try:
        with database.writing():
            # Somebody else may have been quicker since the file was opened.
            sqlite.must_be_empty(database)
            _found(database, name, lineage, timezone, clock)
        target.heads.write(lineage, head_of(database, 0))
    finally:
        database.close()
    return lineage


def _found(database: sqlite.Database, name: str, lineage: str, timezone: str, clock: Clock) -> None:
    sqlite.claim(database, VERSION)
    make_tables(database)
    write_meta(database, Meta(name, lineage, 0, timezone, Sums.empty()))
    database.run("INSERT INTO lock (one, token) VALUES (1, 0)")
    first = Chain.of(database).add(clock.stamp, None, kind="created", name=name, lineage=lineage, timezone=timezone)
    database.run(audit.INSERT, first)


def load_state(target: SqliteTarget, source: Account, clock: Clock) -> int | Refused:
    """Fill an empty account with the content of another; the serial after it. Name, lineage and zone stay its own."""
    with target.session(None, clock) as session, session.writing() as writer:
        account = writer.account
        if account.users or account.teams or account.subscriptions or account.contracts:
            return Refused("STEP001", f"The account {account.name} is not empty: only an empty one can be loaded.")
        step = LOAD_ACCOUNT.step(WHOLE_ACCOUNT, account=source.name)
        serial = writer.step(step, tuple(source.rows()), (), "self-service")
        writer.finish()
        _read_again(writer)
        return serial


def _read_again(writer: Writer) -> None:
    """What cannot be read again must not be kept: a seat of somebody who is no person of the account, say."""
    try:
        again = read_account(writer.database, read_meta(writer.database))
    except TargetProblem:
        again = None
    if again != writer.account:
        problem = "the source is no whole account: something that it names is missing in it"
        raise TargetProblem(writer.database.url, problem, "look at the source with `seatsync validate`")


def accept(target: SqliteTarget, user: str, clock: Clock) -> int | Refused:
    """Someone pending accepts the invitation; the serial after it."""
    with target.session(user, clock) as session, session.writing() as writer:
        key = identity(user) or user
        person = writer.account.users.get(key)
        if person is None:
            return Refused("STEP001", f"{user} is not in the account.")
        if person.status == "active":
            return Refused("STEP001", f"{person.email} has accepted already.")
        row = Change("user", (key,), user_values(person), user_values(person._replace(status="active")))
        step = ACCEPT_INVITATION.step(WHOLE_ACCOUNT, user=user)
        return writer.step(step, (row,), (), "self-service")


def record_order(target: SqliteTarget, order: Order, clock: Clock) -> int | Refused:
    """Write down what was bought, all of it or nothing; the serial after it."""
    try:
        with target.session(None, clock) as session, session.writing() as writer:
            return _record(writer, order)
    except _Undone as undone:
        return undone.refusal


def _record(writer: Writer, order: Order) -> int:
    if records.has_order(writer.database, order.number):
        raise _Undone(Refused("STEP001", f"Order {order.number} is recorded already."))
    steps = recorded_purchase(writer.account, order)
    if isinstance(steps, Refused):
        raise _Undone(steps)
    causes = order_mails(writer.account, order)
    for step in steps:
        _carry_out(writer, step)
    lines = canonical({name: value for name, value in asdict(order).items() if value is not None})
    row = records.StoredOrder(order.number, writer.clock.stamp, order.day, order.company, order.manager, lines)
    writer.record(row, causes)
    return writer.account.serial or 0


def _carry_out(writer: Writer, step: Step) -> int:
    changes = attempt(writer.account, step, writer.clock)
    if isinstance(changes, Refused):
        raise _Undone(changes)
    causes = mails(writer.account, step, changes, writer.clock)
    return writer.step(step, changes, causes, ACTIONS[step.action].channel)


class _Undone(Exception):
    """Undoes a transaction, on the way to a returned refusal. It never leaves this module."""

    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What became of a case: carried out, closed as its step had taken effect before, or refused and still open."""

    case: Case
    status: Literal["done", "in effect", "closed before", "refused"]
    detail: str = ""


def confirm(target: SqliteTarget, ids: Sequence[str] | None, evidence: str | None, clock: Clock) -> list[Confirmed]:
    """Close cases whose form or request was dealt with: their steps are carried out. `ids` None: all that are open."""
    with target.session(None, clock) as session:
        known = {case.id: case for case in records.read_cases(session.database, closed=True)}
        names = [case.id for case in known.values() if case.closed_at is None] if ids is None else _named(ids, known)
        return [_confirm(session, known[name], evidence) for name in names]


def _named(ids: Sequence[str], known: dict[str, Case]) -> list[str]:
    names: dict[str, None] = {}
    for given in ids:
        number = records.case_number(given)
        name = records.case_id(number) if number is not None else given
        if name not in known:
            raise WrongUsage(f"there is no case {given}; `seatsync account cases` lists them")
        names[name] = None
    return list(names)


def _confirm(session: SqlSession, case: Case, evidence: str | None) -> Confirmed:
    if case.closed_at is not None:
        return Confirmed(case, "closed before", f"closed {case.closed_at}")
    try:
        with session.writing() as writer:
            if took_effect(writer.account, case.step):
                writer.close_case(case, evidence, done=False)
                return Confirmed(case, "in effect")
            serial = _carry_out(writer, case.step)
            writer.close_case(case, evidence, done=True)
            return Confirmed(case, "done", f"serial {serial}")
    except _Undone as undone:
        return Confirmed(case, "refused", f"{undone.refusal.code}: {undone.refusal.message}")


def took_effect(account: Account, step: Step) -> bool:
    """Whether what a form or support request asks for is so already."""
    spec = ACTIONS[step.action]
    return spec.channel in {"form", "support"} and spec.in_effect is not None and spec.in_effect(account, step)


def accept_head(target: SqliteTarget, clock: Clock) -> Head | None:
    """Accept a store that is behind what the project has noted, and record that in its log.

    Returns the head that is accepted, None if nothing has to be.
    """
    plain = replace(target, heads=NO_HEADS)
    with plain.session(None, clock) as session:
        with session.database.reading():
            meta = read_meta(session.database)
            now = head_of(session.database, meta.serial)
            try:
                noted = target.heads.read(meta.lineage)
                was = None if behind(session.database, noted, meta.serial) is None else noted
            except FileProblem:  # it is written anew
                was = Head(0, "")
        if was is None:
            return None
        before = f"serial {was.serial}, head {was.hash}" if was.hash else "a note that could not be read"
        session.note(f"accepted an account at serial {now.serial}, head {now.hash}, in place of {before}")
        target.heads.prepare()
        with session.database.reading():
            target.heads.write(meta.lineage, head_of(session.database, meta.serial))
        return now
