"""The run of `notify`: what is due is read under the lock of the store where it is sent."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.email import identity
from seatsync.account.sent_notices import Notice
from seatsync.clock import Clock, later
from seatsync.commands.shared.console import Console, Outputs, deferred_signals, deliver, outputs
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import Read, read_all
from seatsync.commands.shared.whole_folders import write_folder
from seatsync.declaration.files import Folder
from seatsync.errors import FileProblem, Interrupted, PlanRefused, TargetProblem, WrongUsage
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim import due_for_notice, due_for_reminder, reclaim
from seatsync.notices import listing, sending
from seatsync.notices.composing import Letter, Unaddressable
from seatsync.notices.due import Due, IdleSeat, Kind, Situation, put_off, recipient
from seatsync.notices.finding_due import due_notices
from seatsync.notices.preview_page import Shown, render_page
from seatsync.notices.rendering import Templates
from seatsync.notices.submission import Outcome, connection, sender_from, server_of
from seatsync.planning.plan import Plan
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.terminal import Paint
from seatsync.targets.sql.inquiries import mails
from seatsync.targets.sql.store import SqliteTarget
from seatsync.targets.target import KeepsNotices, RecordsNotices

Mode: TypeAlias = Literal["due", "preview", "out", "send", "list", "resend", "delivered"]

_LOOKING = frozenset[Mode](("due", "preview", "out", "send"))
"""The modes that look for what is due."""
_WRITES = {"preview": "a page", "out": "mails"}
_SINCE = 30  # days
_MINUTE = 60.0
_UNUSUAL = re.compile(r"[^A-Za-z0-9._@+-]")
_LONGEST_NAME = 100


class Asked(NamedTuple):
    """The command line. `names` are ids of notices, `since` a day, `rate` mails a minute."""

    mode: Mode
    kinds: frozenset[Kind]
    directory: str | None
    target: str | None
    day: str | None
    to: tuple[str, ...]
    before: str | None
    since: str | None
    renewal_days: int
    out: str | None
    names: tuple[str, ...]
    rate: int
    form: str
    output: Sequence[str]


def run_notify(console: Console, asked: Asked) -> int:
    """List, preview, write, send or settle notices; return the exit code."""
    if asked.mode in {"preview", "out"} and asked.form != "text":
        raise WrongUsage(f"--{asked.mode} writes {_WRITES[asked.mode]}; leave out --format")
    forms = {"html"} if asked.mode == "preview" else {"text", "json"}
    where = outputs("html" if asked.mode == "preview" else asked.form, asked.output, forms, console)
    people = frozenset(_person(written) for written in asked.to)
    plan = None if asked.before is None else read_plan(console.path(asked.before))
    report = ReportOptions(asked.directory, asked.target, day=asked.day, form=asked.form)
    read = read_all(console, report, where)
    if read is None:
        return 1
    situation = _situation(read, asked, plan)
    run = _Run(console, asked, where, read, situation, people)
    for place, near in run.templates.misspelt() if asked.mode in _LOOKING else ():
        console.info(f"warning: {visible(place)}: no notice has this name; did you mean {near}?")
    if asked.mode in {"send", "resend", "delivered"}:
        return run.changing()
    return run.showing()


def _person(written: str) -> str:
    user = identity(written)
    if user is None:
        raise WrongUsage(f"--to {written}: this is not an e-mail address")
    return user


def _situation(read: Read, asked: Asked, plan: Plan | None) -> Situation:
    """Return what notices follow from."""
    inputs, target = read.inputs, read.target
    if plan is not None:
        _require_current(plan, read)
    outbox = mails(target) if isinstance(target, SqliteTarget) and inputs.state.mirror is None else None
    if outbox is not None and outbox.problem is not None:
        raise TargetProblem(target.url, outbox.problem, "run `seatsync account verify` for details")
    found = Situation(
        inputs.state,
        inputs.clock,
        target.read_notices() if isinstance(target, KeepsNotices) else (),
        inputs.declared,
        () if outbox is None else outbox.items,
        inputs.journal,
        plan,
        named=asked.kinds,
        since=asked.since or later(inputs.clock.day, -_SINCE),
        renewal_days=asked.renewal_days,
    )
    judges = asked.mode in _LOOKING and (found.wants("reclaim") or found.wants("reclaim-reminder"))
    return _with_idle_seats(found, inputs) if judges else found


def _with_idle_seats(situation: Situation, inputs: ReportInputs) -> Situation:
    """Return a situation with the seats that nobody uses, whose holders are to be told or reminded."""
    if inputs.declared is None:
        return situation
    found = reclaim(inputs, inputs.declared)
    idle = (
        IdleSeat(each.seat.person, each.seat.team, each.seat.product, each.cause, each.last, each.assigned, told)
        for candidates, is_told in ((due_for_notice(found), False), (due_for_reminder(found), True))
        for each in candidates
        for told in [each.told if is_told else None]
    )
    return situation._replace(idle=tuple(idle), idle_days=found.days)


def _require_current(plan: Plan, read: Read) -> None:
    """Raise PlanRefused unless a plan was made for the account as it is."""
    account = read.inputs.account
    if (plan.account, plan.lineage) != (account.name, account.lineage):
        raise PlanRefused("PLAN003", f"the plan is for account {plan.account}", "name the plan of this account")
    if plan.serial != account.serial:
        problem = f"the account has changed since the plan was made (serial {plan.serial}, now {account.serial})"
        raise PlanRefused("PLAN001", problem, "plan again")


class _Run(NamedTuple):
    """One run with everything it needs."""

    console: Console
    asked: Asked
    where: Outputs
    read: Read
    situation: Situation
    people: frozenset[str]

    @property
    def templates(self) -> Templates:
        return Templates(Folder(self.read.root), self.console.seconds)

    @property
    def clock(self) -> Clock:
        return self.situation.clock

    def due(self, told: tuple[Notice, ...]) -> list[Due]:
        """Return what is due to the people asked for."""
        found = due_notices(self.situation._replace(told=told))
        return [due for due in found if not self.people or due.to in self.people]

    def listed(self, notices: Sequence[Notice], due: Sequence[tuple[Due, str]] = ()) -> listing.Listing:
        """Return a listing."""
        return listing.Listing(self.situation.account.name, self.clock.day, tuple(due), tuple(notices))

    # Modes that change nothing

    def showing(self) -> int:
        """List, preview or write the notices that are due."""
        told = self.situation.told
        if self.asked.mode == "list":
            self.write(self.listed(told), listing.render_all)
            return 0
        due = self.due(told)
        if self.asked.mode == "out":
            return self.as_files(due)
        templates = self.templates
        shown = [Shown(each, templates.render(each.kind, each.parsed, each.language)) for each in due]
        if self.asked.mode == "preview":
            page = render_page(self.situation.account.name, self.clock.day, shown)
            deliver(self.where, lambda _form, _paint: page, self.console)
            return 0
        open_ones = [*(each for each in told if each.state not in {"sent", "deferred"}), *put_off(told)]
        self.write(self.listed(open_ones, [(each.due, each.text.subject) for each in shown]), listing.render_due)
        return 0

    def write(self, found: listing.Listing, as_text: listing.AsText) -> None:
        """Write a listing in every requested format."""

        def render(form: str, paint: Paint) -> str:
            return listing.render_json(found) if form == "json" else as_text(found, paint)

        deliver(self.where, render, self.console)

    def as_files(self, due: Sequence[Due]) -> int:
        """Write the mails into a new folder, all or none. They are not recorded as sent."""
        sender = self.sender()
        files = {}
        for number, each in enumerate(due, 1):
            name = f"{number:03}-{each.kind}-{_UNUSUAL.sub('_', each.to)[:_LONGEST_NAME]}.eml"
            files[name] = sender.letter(sender.draft(each)).content
        folder = self.console.path(self.asked.out or "")
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise FileProblem(str(folder), "exists and is not an empty folder", "name a new one")
        write_folder(folder, files)
        self.console.output(
            f"Wrote {number_of(len(files), 'mail')} to {visible(self.asked.out or '')}; none counts as sent.\n"
        )
        return 0

    def sender(self) -> sending.Sender:
        """Return how messages are made."""
        address = sender_from(self.console.environment)
        lineage = self.situation.account.lineage or ""
        return sending.Sender(self.templates, address, lineage, self.console.now, self.stamp)

    def stamp(self) -> str:
        """Return the present instant, or noon of the day of `--at`."""
        return self.console.clock(self.asked.day, self.clock.zone).stamp

    # Modes that record something

    def changing(self) -> int:
        """Send notices, or record that some arrived."""
        target, clock = self.read.target, self.console.clock(self.asked.day, self.clock.zone)
        with target.session(None, clock) as session:
            if not isinstance(session, RecordsNotices):
                problem = "keeps no record of notices, so that they might be sent twice"
                raise TargetProblem(target.url, problem, "use `--out DIR`, or an account in a store")
            known = sending.settled(session, self.stamp())
            if self.asked.mode == "delivered":
                settled = sending.delivered(known, self.asked.names, self.stamp())
                session.record_notices(settled)
                self.write(self.listed(settled), listing.render_all)
                return 0
            return self.send(session, known)

    def send(self, session: RecordsNotices, known: tuple[Notice, ...]) -> int:
        """Send what is due, or what is to be sent again."""
        sender = self.sender()
        if self.asked.mode == "resend":
            drafts = [self.again(each) for each in sending.to_resend(known, self.asked.names)]
        else:
            drafts = [sender.draft(each) for each in self.due(known)]
        for draft in drafts:  # a template that is wrong stops the run before anything is sent
            with suppress(Unaddressable):  # which stops no other mail
                sender.letter(draft)
        server = server_of(self.console.environment, self.console.folder)
        done: list[Notice] = []
        with deferred_signals() as stopped:
            pace = sending.Pace(_MINUTE / self.asked.rate, time.sleep, self.console.seconds, stopped)
            with connection(server) if drafts else nullcontext(_nothing) as hand_over:
                for each in sending.send_all(session, drafts, sender, hand_over, pace):
                    done.append(each)
                    if self.console.verbose:
                        self.console.info(f"{each.state}: {each.kind} to {each.recipient}")
        self.say(done, len(drafts), () if self.asked.mode == "resend" else known)
        signal_number = stopped()
        if signal_number is not None:
            raise Interrupted(signal_number, "the mail that was being sent is recorded; the others are still due")
        return 0 if len(done) == len(drafts) and all(each.state == "sent" for each in done) else 1

    def say(self, done: Sequence[Notice], total: int, known: Sequence[Notice]) -> None:
        """Write what became of the notices, and of earlier ones whose outcome is unknown."""
        tried = {each.id for each in done}
        left = [each for each in known if each.state == "unknown" and each.id not in tried]

        def as_text(_: listing.Listing, paint: Paint) -> str:
            return "\n".join([listing.render_sent(done, total, paint), *listing.unsettled(left, paint, done)])

        self.write(self.listed([*left, *done]), as_text)

    def again(self, notice: Notice) -> sending.Draft:
        """Return the draft of a notice that is to be sent again."""
        name, language = recipient(self.situation, notice.recipient)
        return sending.Draft(notice, name, language)


def _nothing(_: Letter) -> Outcome:
    """Send nothing, where nothing is due and no server is needed."""
    raise AssertionError
