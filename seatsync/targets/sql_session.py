"""Changing a store: what happens within one transaction, and the session that holds the lock between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from seatsync.account.access import performers, who
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS
from seatsync.account.email import identity
from seatsync.account.engine import Refused, attempt
from seatsync.account.memory import TrackedPeople
from seatsync.account.model import Account, Change
from seatsync.account.notices import Mail, mails
from seatsync.account.past import PORTAL, HistoryEntry
from seatsync.account.step_text import canonical, to_plain, to_text
from seatsync.clock import Clock
from seatsync.declaration.remembered import members_in
from seatsync.errors import TargetProblem
from seatsync.targets import audit
from seatsync.targets import sql_books as records
from seatsync.targets import sql_remembered as remembered
from seatsync.targets.audit import fingerprint, fingerprint_of_cells
from seatsync.targets.chain import Chain
from seatsync.targets.heads import Head, had_head
from seatsync.targets.sql_lock import Lock
from seatsync.targets.sql_memory import PeopleTracker, read_tracked
from seatsync.targets.sql_pending import Pending
from seatsync.targets.sql_schema import statement
from seatsync.targets.sql_state import Meta, read_account, read_meta, write_meta
from seatsync.targets.sql_sums import Sums, TrackedSums
from seatsync.targets.sqlite import Database
from seatsync.targets.target import Case, Outcome, State


@dataclass(slots=True)
class Writer:
    """One transaction under way: account and sums follow the rows, which `finish` has all written."""

    database: Database
    account: Account
    followed: TrackedSums
    tracked: PeopleTracker
    pending: Pending
    chain: Chain
    clock: Clock
    actor: str | None
    run: int
    next_mail: int

    def step(
        self,
        step: Step,
        changes: tuple[Change, ...],
        causes: Sequence[Mail],
        channel: str,
        handed_in_for: Sequence[str] = (),
    ) -> int:
        """Write the rows of a step, with mails and audit entry; return the serial after it.

        `handed_in_for`: those whose form the owner handed in.
        """
        serial = (self.account.serial or 0) + 1
        self.followed.before(changes)
        for change in changes:
            self.pending.add(change.table, *statement(change))
        self.account.change(changes)
        self.tracked.follow(step, changes)
        self.account.serial = serial
        mails = canonical(self._send(causes, f"{step.action} (serial {serial})")) if causes else "[]"
        # JSON put together by hand, as in `step_text`: every step has such an entry.
        people = f'"handed_in_for":{canonical(handed_in_for)},' if handed_in_for else ""
        what = (
            f'{{"channel":"{channel}",{people}"kind":"step","mails":{mails},"run":{self.run},"serial":{serial},'
            f'"step":{to_text(step)}}}'
        )
        entry = self.chain.link(self.clock.stamp, self.actor, what, serial, audit.changes_text(changes))
        self.pending.add("audit", audit.INSERT, entry)
        return serial

    def audit(self, kind: str, **facts: object) -> None:
        """Write an audit entry."""
        entry = self.chain.add(self.clock.stamp, self.actor, kind=kind, **facts)
        self.pending.add("audit", audit.INSERT, entry)

    @property
    def sums(self) -> Sums:
        """The sums of all tables, for the records."""
        return self.followed.sums

    def open_case(self, step: Step) -> str:
        """Record a case for a step, or find the one that is open for it."""
        name = records.open_case_for(self.database, step)
        if name is None:
            name = records.case_id(records.next_id(self.database, "cases"))
            records.write_case(self.database, Case(name, step, self.clock.stamp, self.actor), self.sums)
            self.audit("case-opened", case=name, step=to_plain(step), run=self.run)
        return name

    def close_case(self, case: Case, evidence: str | None, *, done: bool) -> None:
        """Close a case: its step was `done` just now, or had taken effect before."""
        records.close_case(self.database, case, self.clock.stamp, evidence, self.sums)
        self.audit("case-closed", case=case.id, step=to_plain(case.step), evidence=evidence, done=done, run=self.run)

    def record(self, order: records.StoredOrder, causes: Sequence[Mail]) -> None:
        """Write an order down, with the mails that it causes."""
        records.write_order(self.database, order)
        kept = self._send(causes, f"order {order.number}")
        self.audit("order", order=fingerprint(order.cells()), number=order.number, manager=order.manager, mails=kept)

    def finish(self) -> None:
        """Write what is kept once for the whole account."""
        self.pending.flush()
        self.followed.settle()
        self.tracked.write(self.database, self.sums)
        a = self.account
        write_meta(self.database, Meta(a.name, a.lineage or "", a.serial or 0, a.timezone, self.sums))

    def _send(self, causes: Sequence[Mail], cause: str) -> list[list[object]]:
        kept: list[list[object]] = []
        for mail in causes:
            row = records.StoredMail(
                self.next_mail, self.clock.stamp, mail.template, mail.to, mail.subject, mail.body, cause
            )
            self.pending.add("outbox", records.INSERT_MAIL, row.cells())
            kept.append([row.id, mail_fingerprint(row)])
            self.next_mail += 1
        return kept


def mail_fingerprint(mail: records.StoredMail) -> str:
    """The fingerprint of a mail, by which the audit log vouches for it."""
    return fingerprint_of_cells((mail.at, mail.template, mail.to, mail.subject, mail.body, mail.cause))


@dataclass(slots=True)
class SqlSession:
    """An open store with its lock. The account is read once and followed from then on.

    `_followed` is None while it is not known what the tables hold: at first, and after a transaction that failed.
    """

    database: Database
    lock: Lock
    actor: str | None
    clock: Clock
    _followed: TrackedSums | None = None
    _tracked: PeopleTracker | None = None
    _since: int | None = None

    def state(self) -> State:
        """The state under the lock: a copy, which later steps leave as it is."""
        with self.database.reading():
            followed = self._loaded()
            tracked = self._remembered(followed.sums).as_people()
            return records.state_of(self.database, followed.account.copy(), followed.sums, tracked)

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        """Carry out a batch, atomic as a whole, up to the first refusal."""
        outcomes: list[Outcome] = []
        with self.writing() as writer:
            for step, as_case in steps:
                outcomes.append(_case(writer, step) if as_case else _done(writer, step))
                if outcomes[-1].status == "refused":
                    break
                if outcomes[-1].status == "done":
                    writer.actor = _now_called(writer.actor, step)
        self.actor = writer.actor
        return outcomes

    def note(self, text: str) -> None:
        """Put a remark into the audit log."""
        with self.writing() as writer:
            writer.audit("note", text=text, run=writer.run)

    def applied(self, declaration: str, policy: str, note: str) -> None:
        """Remember what was applied."""
        with self.writing() as writer:
            self._remember(writer, declaration, policy, note)

    def applied_partly(self, declaration: str, policy: str, note: str) -> None:
        """Remember what was applied, of which the run covered some teams or contracts."""
        with self.writing() as writer:
            self._remember(writer, declaration, policy, note, partly=True)

    def covers(self, declared: TrackedPeople, since: int | None = None) -> None:
        """Take this session for a run of seatsync's own, and remember who is declared in what it covers."""
        self._since = since
        with self.writing() as writer:
            writer.audit("covers", people=audit.people_to_plain(writer.tracked.add(declared)), run=writer.run)

    @property
    def run(self) -> int:
        """The number that the lock gave this session."""
        return self.lock.token

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Every change after a serial, in order."""
        with self.database.reading():
            return records.read_history(self.database, since)

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ended with a hash at some time, while the account was at a serial."""
        with self.database.reading():
            return had_head(self.database, Head(serial, head))

    def undone(self, run: int) -> None:
        """Remember as applied last what was applied before a run, if that is known."""
        with self.writing() as writer:
            before = remembered.before(self.database, writer.sums, run)
            if isinstance(before, remembered.Texts):
                note = f"undo of run {run}"
                self._remember(writer, before.declaration, before.policy, note, partly=before.partly)
                again = writer.tracked.add(members_in(before.declaration, self.clock))
                if again:
                    writer.audit("covers", people=audit.people_to_plain(again), run=writer.run)
            elif before is remembered.NOTHING:
                remembered.keep(self.database, writer.sums)
                records.clear_applied(self.database, writer.sums)
                writer.audit("applied", declaration=None, policy=None, note=f"undo of run {run}", run=self.run)

    def _remember(self, writer: Writer, declaration: str, policy: str, note: str, *, partly: bool = False) -> None:
        remembered.keep(self.database, writer.sums)
        earlier = records.applied_serial(self.database) if partly else self._since
        serial = writer.account.serial if earlier is None else earlier
        values = (declaration, policy, note, self.actor, self.clock.stamp, serial)
        records.write_applied(self.database, values, writer.sums)
        prints: dict[str, object] = {"declaration": fingerprint(declaration), "policy": fingerprint(policy)}
        writer.audit("applied", **prints, note=note, run=self.run, **({"partly": True} if partly else {}))

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """A transaction: all of it is kept, or, with any exception, nothing."""
        try:
            with self.database.writing():
                self.lock.renew()
                followed = self._loaded()
                chain = Chain.of(self.database)
                mail = records.next_id(self.database, "outbox")
                pending, run = Pending(self.database), self.lock.token
                tracked = self._remembered(followed.sums)
                writer = Writer(
                    self.database,
                    followed.account,
                    followed,
                    tracked,
                    pending,
                    chain,
                    self.clock,
                    self.actor,
                    run,
                    mail,
                )
                yield writer
                writer.finish()
        except BaseException:
            # The account in memory may have followed what was just undone.
            self._followed = self._tracked = None
            raise

    def _remembered(self, sums: Sums) -> PeopleTracker:
        if self._tracked is None:
            self._tracked = PeopleTracker(read_tracked(self.database, sums))
        return self._tracked

    def _loaded(self) -> TrackedSums:
        meta = read_meta(self.database)
        if self._followed is None:
            self._followed = TrackedSums(meta.sums, read_account(self.database, meta))
        elif meta.serial != self._followed.account.serial:
            before = self._followed.account.serial
            problem = f"changed by someone else meanwhile (serial {before} before, {meta.serial} now)"
            raise TargetProblem(self.database.url, problem, "plan again; what was done before is kept")
        return self._followed


def _done(writer: Writer, step: Step) -> Outcome:
    account = writer.account
    changes = attempt(account, step, writer.clock)
    if isinstance(changes, Refused):
        return _refused(writer, changes)
    channel = ACTIONS[step.action].channel
    if channel == "purchase":
        return _refused(writer, Refused("STEP001", "A purchase is recorded with its order, not carried out as a step."))
    stranger = _not_allowed(account, step, writer.actor)
    if stranger is not None:
        return _refused(writer, stranger)
    causes = mails(account, step, changes, writer.clock)
    others = performers(account, step) if channel == "form" and writer.actor is None else ()
    serial = writer.step(step, changes, causes, channel, others)
    return Outcome("done", "", serial)


def _case(writer: Writer, step: Step) -> Outcome:
    changes = attempt(writer.account, step, writer.clock)
    if isinstance(changes, Refused):
        return _refused(writer, changes)
    return Outcome("case", writer.open_case(step), writer.account.serial)


def _now_called(actor: str | None, step: Step) -> str | None:
    """The actor's address after a step: they go on under the new one where it changed their own."""
    own = actor is not None and step.action in CHANGES_ADDRESS and identity(step.text("user")) == identity(actor)
    return step.text("to") if own else actor


def _refused(writer: Writer, answer: Refused) -> Outcome:
    return Outcome("refused", f"{answer.code}: {answer.message}", writer.account.serial)


def _not_allowed(account: Account, step: Step, actor: str | None) -> Refused | None:
    """Why the actor may not perform a step, if they may not. The owner may; what the portal did is done."""
    if actor is None or actor == PORTAL:
        return None
    allowed = performers(account, step)
    if identity(actor) in allowed:
        return None
    return Refused("ACCESS001", f"{actor} may not do this; {', '.join(allowed) or 'nobody'} may ({who(step)}).")
