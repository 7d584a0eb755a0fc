"""The run of `notify`: what was told before is read under the lock of the store, so that nothing is sent twice."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.email import identity
from seatsync.account.sent_notices import Notice
from seatsync.applying.running import require_fresh
from seatsync.clock import Clock, later
from seatsync.commands.shared.console import Console, Outputs, deferred_signals, deliver, outputs
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.real_account.run_folders import is_taken
from seatsync.commands.shared.report_inputs import Read, read_all
from seatsync.commands.shared.whole_folders import write_folder
from seatsync.declaration.files import Folder
from seatsync.errors import FileProblem, Interrupted, TargetProblem, WrongUsage
from seatsync.insight.reports.reclaim import reclaim
from seatsync.notices import listing, sending
from seatsync.notices.composing import Letter
from seatsync.notices.due import Due, Kind, Situation, put_off, recipient
from seatsync.notices.finding_due import due_notices, without_manager
from seatsync.notices.preview_page import Shown, render_page
from seatsync.notices.rendering import Templates
from seatsync.notices.submission import Outcome, connection, sender_from, server_of
from seatsync.planning.plan import Plan
from seatsync.reading.plain_text import first_of
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.terminal import Paint
from seatsync.targets.sql.inquiries import mails
from seatsync.targets.sql.records import StoredMail
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import RecordsNotices

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
    run = _Run(console, asked, where, read, situation, people, Templates(Folder(read.root), console.seconds))
    if asked.mode in _LOOKING:
        run.warn()
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
        require_fresh(plan, inputs.state, inputs.clock, target)
    is_looking = asked.mode in _LOOKING
    found = Situation(
        inputs.state,
        inputs.clock,
        () if inputs.notices is None else inputs.notices(),
        inputs.declared,
        _outbox(read) if is_looking else (),
        inputs.journal,
        plan,
        named=asked.kinds,
        since=asked.since or later(inputs.clock.day, -_SINCE),
        renewal_days=asked.renewal_days,
    )
    judges = is_looking and (found.wants("reclaim") or found.wants("reclaim-reminder"))
    if not judges or inputs.declared is None:
        return found
    return found._replace(seats=reclaim(inputs, inputs.declared))


def _outbox(read: Read) -> tuple[StoredMail, ...]:
    """Return the mails of an embedded account; a mirror has none."""
    target = read.target
    if not isinstance(target, SqlTarget) or read.inputs.state.mirror is not None:
        return ()
    found = mails(target)
    if found.problem is not None:
        raise TargetProblem(target.url, found.problem, "run `seatsync account verify` for details")
    return found.items


class _Run(NamedTuple):
    """One run with everything it needs."""

    console: Console
    asked: Asked
    where: Outputs
    read: Read
    situation: Situation
    people: frozenset[str]
    templates: Templates

    @property
    def clock(self) -> Clock:
        return self.situation.clock

    def warn(self) -> None:
        """Report templates whose names are misspelt, and renewals that nobody can be told about."""
        for place, near in self.templates.misspelt():
            self.console.info(f"warning: {visible(place)}: no notice has this name; did you mean {near}?")
        keys = without_manager(self.situation) if self.situation.wants("renewal") else []
        if keys:
            said = f"no source and no file names the contract manager of {visible(first_of(keys))}"
            self.console.info(f"warning: {said}, so nobody is told that it ends; add `contract_manager:`")

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
        if is_taken(folder):
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
            again = sending.to_resend(known, self.asked.names)
            drafts = [sender.again(each, *recipient(self.situation, each.recipient)) for each in again]
        else:
            drafts = [sender.draft(each) for each in self.due(known)]
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


def _nothing(_: Letter) -> Outcome:
    """Send nothing, where nothing is due and no server is needed."""
    raise AssertionError
