"""Changing a store: the transactions of a session, each of which checks that the lock is still held."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seatsync.account.access import performers, refusal
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import Refused, attempt
from seatsync.account.history import HistoryEntry, TrackedPeople, canonical, to_text
from seatsync.account.mails import Mail, mails
from seatsync.account.model import Account, Change
from seatsync.clock import Clock
from seatsync.declaration.normal_reader import members_in
from seatsync.errors import TargetProblem
from seatsync.targets.sql import audit_log, case_writing, records, run_records
from seatsync.targets.sql.audit_log import Chain, Head, fingerprint, fingerprint_of_cells, had_head, has_entry
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.lock import Lock
from seatsync.targets.sql.stored_account import Meta, read_account, read_meta, write_meta
from seatsync.targets.sql.tables import Pending, PeopleTracker, Sums, TrackedSums, read_tracked, statement
from seatsync.targets.target import Case, CaseRequest, Observed, Outcome, State

if TYPE_CHECKING:
    from seatsync.account.sent_notices import Notice
    from seatsync.account.usage import UsageFile, UsageRecorded


@dataclass(slots=True)
class Writer:
    """The writes of one transaction: account and sums are updated with every step, `finish` writes what is buffered."""

    database: Database
    account: Account
    table_sums: TrackedSums
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
        **facts: object,
    ) -> int:
        """Write the rows of a step, with mails and audit entry; return the serial after it.

        `facts` are further keys of the entry: `origin` and `case` of a step that a look showed, or `handed_in_for`,
        the people on whose behalf the owner handed a form in.
        """
        serial = (self.account.serial or 0) + 1
        self.table_sums.before(changes)
        for change in changes:
            self.pending.add(change.table, *statement(change))
        self.account.change(changes)
        self.tracked.follow(step, changes)
        self.account.serial = serial
        mails = canonical(self._send(causes, f"{step.action} (serial {serial})")) if causes else "[]"
        # Formatted by hand for speed, as in `account/history.py`: every step has such an entry.
        more = f"{canonical(facts)[1:-1]}," if facts else ""
        what = (
            f'{{"channel":"{channel}",{more}"kind":"step","mails":{mails},"run":{self.run},"serial":{serial},'
            f'"step":{to_text(step)}}}'
        )
        entry = self.chain.link(self.clock.stamp, self.actor, what, serial, audit_log.changes_text(changes))
        self.pending.add("audit", audit_log.INSERT, entry)
        if step.action in RENAMES_TEAM or step.action in CHANGES_ADDRESS:
            from seatsync.targets.sql.usage_records import follow  # noqa: PLC0415

            follow(self, step)
        return serial

    def audit(self, kind: str, **facts: object) -> None:
        """Write an audit entry."""
        entry = self.chain.add(self.clock.stamp, self.actor, kind=kind, **facts)
        self.pending.add("audit", audit_log.INSERT, entry)

    @property
    def sums(self) -> Sums:
        """The sums of all tables."""
        return self.table_sums.sums

    def record(self, order: records.StoredOrder, causes: Sequence[Mail]) -> None:
        """Write an order, with the mails that it causes."""
        records.write_order(self.database, order)
        sent = self._send(causes, f"order {order.number}")
        self.audit("order", order=fingerprint(order.cells()), number=order.number, manager=order.manager, mails=sent)

    def finish(self) -> None:
        """Write buffered rows, sums and the table of the account as a whole."""
        self.pending.flush()
        self.table_sums.settle()
        self.tracked.write(self.database, self.sums)
        a = self.account
        write_meta(self.database, Meta(a.name, a.lineage or "", a.serial or 0, a.timezone, self.sums))

    def _send(self, causes: Sequence[Mail], cause: str) -> list[list[object]]:
        """Put mails into the outbox; return the id and fingerprint of each."""
        sent: list[list[object]] = []
        for mail in causes:
            row = records.StoredMail(
                self.next_mail, self.clock.stamp, mail.template, mail.to, "", "", cause, mail.facts
            )
            self.pending.add("outbox", records.INSERT_MAIL, row.cells())
            sent.append([row.id, mail_fingerprint(row)])
            self.next_mail += 1
        return sent


def mail_fingerprint(mail: records.StoredMail) -> str:
    """Return the fingerprint of a mail for the audit log."""
    cells = (mail.at, mail.template, mail.to, mail.subject, mail.body, mail.cause)
    return fingerprint_of_cells((*cells, mail.facts) if mail.facts else cells)


@dataclass(slots=True)
class SqlSession:
    """A locked store. The account is read once, and updated in memory with every step.

    `key` is that of the run in the environment, for the log.
    `_current` is None while the account in memory is not known to match the tables: at first, and after a failed
    transaction.
    """

    database: Database
    lock: Lock
    actor: str | None
    clock: Clock
    key: str | None = None
    _current: TrackedSums | None = None
    _tracked: PeopleTracker | None = None
    _since: int | None = None

    def state(self) -> State:
        """Return a copy of the state, which later steps do not change."""
        with self.database.reading():
            table_sums = self._loaded()
            tracked = self._tracked_people(table_sums.sums).as_people()
            return records.state_of(self.database, table_sums.account.copy(), table_sums.sums, tracked)

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        """Carry out a batch in one transaction, up to the first refusal."""
        outcomes: list[Outcome] = []
        with self.writing() as writer:
            refuse_mirror(self.database, writer.sums)
            for step, as_case in steps:
                outcomes.append(_case(writer, step) if as_case else _done(writer, step))
                if outcomes[-1].status == "refused":
                    break
                if outcomes[-1].status == "done":
                    writer.actor = _address_after(writer.actor, step)
        self.actor = writer.actor
        return outcomes

    def open_cases(self, requests: Sequence[CaseRequest]) -> list[Outcome]:
        """Record all steps of a plan as cases of a mirror, up to the first refusal."""
        with self.writing() as writer:
            self._require_mirror(writer.sums)
            return case_writing.open_requests(writer, requests)

    def observe(
        self, changes: Sequence[Observed], mirror: str, seen: Mapping[str, str], contradicted: Mapping[str, str]
    ) -> int:
        """Record what a look at the real account showed, all or nothing; return the serial."""
        with self.database.reading():
            loaded = self._loaded()
            before = self._require_mirror(loaded.sums)
        if before == mirror and not (changes or seen or contradicted):
            return loaded.account.serial or 0
        with self.writing() as writer:
            return case_writing.observe(writer, changes, mirror, seen, contradicted)

    def keep(self) -> None:
        """Extend the lease of the lock."""
        with self.database.writing(self.lock.is_held):
            self.lock.renew()

    def withdraw(self, reasons: Mapping[str, str]) -> None:
        """Close open cases of a mirror that were not carried out, all or none."""
        with self.writing() as writer:
            self._require_mirror(writer.sums)
            case_writing.withdraw(writer, reasons)

    def record_usage(self, files: Sequence[UsageFile], keep_from: str) -> UsageRecorded:
        """Merge what files say about usage into what is recorded, in one transaction; remove months before the first.

        `keep_from` is the first month to keep.
        """
        from seatsync.targets.sql.usage_records import record  # noqa: PLC0415

        with self.writing() as writer:
            return record(writer, files, keep_from)

    def _require_mirror(self, sums: Sums) -> str:
        """Return the record of a mirror. Raises TargetProblem if the store is the account itself."""
        mirror = records.read_mirror(self.database, sums)
        if mirror is None:
            problem = "an account that seatsync made itself, not a mirror of the real one"
            raise TargetProblem(self.database.url, problem, "name another store as the target")
        return mirror

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""
        from seatsync.targets.sql.notice_records import read_notices  # noqa: PLC0415

        with self.database.reading():
            return read_notices(self.database, self._loaded().sums)

    def record_notices(self, notices: Sequence[Notice]) -> None:
        """Record notices in their new states, with a log entry each."""
        from seatsync.targets.sql.notice_records import write_notices  # noqa: PLC0415

        with self.writing() as writer:
            write_notices(writer, notices)

    def note(self, text: str) -> None:
        """Write a note into the audit log."""
        with self.writing() as writer:
            writer.audit("note", text=text, run=writer.run, **self._key_facts())

    def applied(self, declaration: str, policy: str, note: str) -> None:
        """Record the declaration and policy that were applied."""
        with self.writing() as writer:
            self._record_applied(writer, declaration, policy, note)

    def applied_partly(self, declaration: str, policy: str, note: str) -> None:
        """Record the declaration and policy of a run that covered only some teams or contracts."""
        with self.writing() as writer:
            self._record_applied(writer, declaration, policy, note, partly=True)

    def covers(self, declared: TrackedPeople, since: int | None = None) -> None:
        """Mark this session as a run of seatsync itself, and track the people declared in what it covers."""
        self._since = since
        with self.writing() as writer:
            people = audit_log.people_to_plain(writer.tracked.add(declared))
            writer.audit("covers", people=people, run=writer.run, **self._key_facts())

    def _key_facts(self) -> dict[str, str]:
        return {} if self.key is None else {"key": self.key}

    @property
    def run(self) -> int:
        """The number of this run, which is the token of its lock."""
        return self.lock.token

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Return every change after a serial, in order."""
        with self.database.reading():
            return records.read_history(self.database, since)

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ever ended with a hash while the account was at a serial."""
        with self.database.reading():
            return had_head(self.database, Head(serial, head))

    def undone(self, run: int) -> None:
        """Record as applied last what was applied before a run, if that is known."""
        with self.writing() as writer:
            before = run_records.applied_before(self.database, writer.sums, run)
            if isinstance(before, run_records.Applied):
                note = f"undo of run {run}"
                self._record_applied(writer, before.declaration, before.policy, note, partly=before.partly)
                again = writer.tracked.add(members_in(before.declaration, self.clock))
                if again:
                    writer.audit("covers", people=audit_log.people_to_plain(again), run=writer.run)
            elif before is run_records.NOTHING:
                records.archive(self.database, writer.sums)
                records.clear_applied(self.database, writer.sums)
                writer.audit("applied", declaration=None, policy=None, note=f"undo of run {run}", run=self.run)

    def _record_applied(
        self, writer: Writer, declaration: str, policy: str, note: str, *, partly: bool = False
    ) -> None:
        records.archive(self.database, writer.sums)
        earlier = records.applied_serial(self.database) if partly else self._since
        serial = writer.account.serial if earlier is None else earlier
        values = (declaration, policy, note, self.actor, self.clock.stamp, serial)
        records.write_applied(self.database, values, writer.sums)
        prints: dict[str, object] = {"declaration": fingerprint(declaration), "policy": fingerprint(policy)}
        writer.audit("applied", **prints, note=note, run=self.run, **({"partly": True} if partly else {}))

    @contextmanager
    def writing(self) -> Iterator[Writer]:
        """Begin a transaction that is committed as a whole, or rolled back by any exception.

        Raises TargetProblem if the lock was lost, or the account was changed by another process.
        """
        chain: Chain | None = None
        try:
            with self.database.writing(lambda: chain is not None and has_entry(self.database, chain)):
                self.lock.renew()
                table_sums = self._loaded()
                chain = Chain.of(self.database)
                mail = records.next_id(self.database, "outbox")
                pending, run = Pending(self.database), self.lock.token
                tracked = self._tracked_people(table_sums.sums)
                writer = Writer(
                    self.database,
                    table_sums.account,
                    table_sums,
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
            # The account in memory may contain changes that were just rolled back.
            self._current = self._tracked = None
            raise

    def _tracked_people(self, sums: Sums) -> PeopleTracker:
        if self._tracked is None:
            self._tracked = PeopleTracker(read_tracked(self.database, sums))
        return self._tracked

    def _loaded(self) -> TrackedSums:
        meta = read_meta(self.database)
        if self._current is None:
            self._current = TrackedSums(meta.sums, read_account(self.database, meta))
        elif meta.serial != self._current.account.serial:
            before = self._current.account.serial
            problem = f"changed by another process meanwhile (serial {before} before, {meta.serial} now)"
            raise TargetProblem(self.database.url, problem, "plan again; the steps done so far are saved")
        return self._current


def refuse_mirror(database: Database, sums: Sums) -> None:
    """Raise TargetProblem if a store is a mirror, on which nothing is carried out."""
    if records.read_mirror(database, sums) is not None:
        remedy = "only `seatsync refresh`, `seatsync apply` and `seatsync account confirm` write to it"
        raise TargetProblem(database.url, "a mirror of the real account", remedy)


def _done(writer: Writer, step: Step) -> Outcome:
    account = writer.account
    changes = attempt(account, step, writer.clock)
    if isinstance(changes, Refused):
        return _refused(writer, changes)
    not_allowed = refusal(account, step, writer.actor)
    if not_allowed is not None:
        return _refused(writer, not_allowed)
    spec = ACTIONS[step.action]
    causes = mails(account, step, changes, writer.clock) if spec.mail is not None else ()
    others = performers(account, step) if spec.channel == "form" and writer.actor is None else ()
    serial = writer.step(step, changes, causes, spec.channel, **({"handed_in_for": others} if others else {}))
    return Outcome("done", "", serial)


def _case(writer: Writer, step: Step) -> Outcome:
    changes = attempt(writer.account, step, writer.clock)
    if isinstance(changes, Refused):
        return _refused(writer, changes)
    return Outcome("case", case_writing.open_case(writer, Case("", step, "", None)), writer.account.serial)


def _address_after(actor: str | None, step: Step) -> str | None:
    """Return the actor's address after a step, which may have changed it."""
    own = actor is not None and step.action in CHANGES_ADDRESS and identity(step.text("user")) == identity(actor)
    return step.text("to") if own else actor


def _refused(writer: Writer, refusal: Refused) -> Outcome:
    return Outcome("refused", f"{refusal.code}: {refusal.message}", writer.account.serial)
