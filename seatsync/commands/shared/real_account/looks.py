"""A look at the real account: read the sources of a project's portal, compare them with its mirror, and record that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from seatsync.account.history import PORTAL, HistoryEntry
from seatsync.account.model import Account
from seatsync.account.usage import Usage, UsageRecorded
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.plan_inputs import project_of, require_target
from seatsync.commands.shared.real_account.portal_sources import PortalSources
from seatsync.commands.shared.repository import excerpts
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.load import load
from seatsync.declaration.project_values import Portal
from seatsync.errors import NoAccount, SeatsyncError, TargetProblem, WrongUsage
from seatsync.finding import Finding, Severity, has_errors, in_order
from seatsync.portal.knowledge import NOTHING_YET, Journal, knowledge_of
from seatsync.portal.mirror_target import Store, StoreSession
from seatsync.portal.observation import Observation, stopping
from seatsync.portal.refreshing import Refreshed, look
from seatsync.portal.source_checks import Limits, split_allow
from seatsync.portal.usage_checks import UsageLook, first_kept_month, look_at_usage
from seatsync.reading.tree import collector_paused
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.reporting.refresh_report import RefreshReport, render_text
from seatsync.reporting.usage_recording import UsageReport
from seatsync.targets.sql.administration import create
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import State, open_target


def refresh_mirror(
    console: Console, project: Project, options: RefreshOptions, *, dry_run: bool = False
) -> RefreshReport:
    """Look at the real account and record what is found in the project's mirror, which is created if there is none.

    Nothing is printed. Nothing is recorded in a dry run, or if a finding stops the refresh.
    """
    if project.portal is None:
        raise WrongUsage("the project has no `portal:`; add it to seatsync.yaml, with the folder of the exports")
    store = open_target(require_target(options.target, project), project.root, console.environment)
    if not isinstance(store, Store):
        raise TargetProblem(store.url, "cannot be a mirror of the real account", "use sqlite:///FILE")
    return _Look(console, project, project.portal, options, store).report(dry_run=dry_run)


def refresh_and_report(
    console: Console, directory: str | None, options: RefreshOptions
) -> tuple[bool, tuple[str, ...]]:
    """Refresh the mirror of a folder's project, and report that on standard error, for `refresh_first`."""
    project = project_of(console, directory)
    report = refresh_mirror(console, project, options)
    show_findings_of(report, project.root, console)
    console.err.write(render_text(report, console.err_paint, verbose=console.verbose) + "\n")
    if report.found.stopped:
        raise SeatsyncError("the refresh was stopped, so nothing else was done; see the errors above")
    return report.found.has_errors, split_allow(options.allow)[0]


def show_findings_of(report: RefreshReport, root: Path, console: Console) -> None:
    """Print errors and warnings of a refresh to standard error; with `-v`, also information."""
    shown = [each for each in report.found.findings if console.verbose or each.severity is not Severity.INFO]
    if shown:
        console.err.write(paragraphs(shown, excerpts(root, shown), console.err_paint) + "\n")


class _Look:
    """One refresh of a store."""

    def __init__(
        self, console: Console, project: Project, portal: Portal, options: RefreshOptions, store: Store
    ) -> None:
        self.console, self.project, self.portal, self.options, self.store = console, project, portal, options, store
        self.allow = split_allow(options.allow)[1]
        self.usage = UsageLook()

    def report(self, *, dry_run: bool) -> RefreshReport:
        """Read the sources, and record what they show unless this is a dry run."""
        try:
            before = self.store.read()
        except NoAccount:
            return self._first(dry_run=dry_run)
        self._require_mirror(before)
        clock = self.console.clock(self.options.day, before.account.timezone)
        read = self._observe(before, clock)
        if dry_run:
            return self._report(before, self._compare(before, self.store.journal, clock, *read), None)
        with self.store.session(PORTAL, clock) as session:
            return self._record(session, clock, read)

    def _first(self, *, dry_run: bool) -> RefreshReport:
        """Look at the account for the first time, and create the mirror if nothing stops that."""
        zone = self.project.timezone or "UTC"
        empty = State(Account(self.project.account, None, 0, zone), mirror=NOTHING_YET.as_text())
        clock = self.console.clock(self.options.day, zone)
        read = self._observe(empty, clock, is_new=True)
        declared = load(self.project.root).declaration
        found = self._compare(empty, _no_journal, clock, *read, declared=declared, is_new=True)
        if dry_run or found.stopped:
            return self._report(empty, found, None)
        if not isinstance(self.store, SqlTarget):
            raise TargetProblem(self.store.url, "there is no mirror here", "use sqlite:///FILE")
        create(self.store, self.project.account, zone, clock, mirror=empty.mirror)
        with self.store.session(PORTAL, clock) as session:
            return self._record(session, clock, read, found)

    def _record(
        self,
        session: object,
        clock: Clock,
        read: tuple[Sequence[Observation], Sequence[Finding]],
        if_empty: Refreshed | None = None,
    ) -> RefreshReport:
        """Compare with the mirror under its lock, and record the result in one transaction.

        `if_empty` is the result for an empty mirror.
        """
        if not isinstance(session, StoreSession):
            raise TargetProblem(self.store.url, "cannot be a mirror of the real account", "use sqlite:///FILE")
        state = session.state()
        self._require_mirror(state)
        is_empty = state.account.serial == 0 and state.mirror == NOTHING_YET.as_text()
        known = if_empty if is_empty else None
        found = known or self._compare(state, session.journal, clock, *read)
        if found.stopped:
            return self._report(state, found, None)
        with self.console.phase("record", "recording what is new"):
            serial = session.observe(found.changes, found.record, {**found.closed, **found.seen}, found.reopened)
            keep_from = first_kept_month(clock, self.project.policy.usage_retention)
            recorded = session.record_usage(self.usage.files, keep_from)
        return self._report(state, found, serial, recorded, is_new=is_empty)

    def _report(
        self,
        state: State,
        found: Refreshed,
        serial: int | None,
        recorded: UsageRecorded | None = None,
        *,
        is_new: bool = False,
    ) -> RefreshReport:
        cases = {case.id: case for case in (*state.cases, *state.confirmed)}
        usage = UsageReport(self.usage, recorded)
        return RefreshReport(state.account.name, self.store.url, found, serial, cases, is_new, usage)

    def _require_mirror(self, state: State) -> None:
        if state.mirror is None:
            problem = "is an account that seatsync made itself, not a mirror of the real one"
            raise TargetProblem(self.store.url, problem, "name another `target:`, or remove `portal:`")
        name = state.account.name
        if name != self.project.account:
            problem = f"is a mirror of account {name}, but the project is for account {self.project.account}"
            raise TargetProblem(self.store.url, problem, "correct `account:` or `target:` in seatsync.yaml")

    def _compare(
        self,
        state: State,
        journal: Journal,
        clock: Clock,
        observations: Sequence[Observation],
        findings: Sequence[Finding],
        declared: Declaration | None = None,
        *,
        is_new: bool = False,
    ) -> Refreshed:
        most = self.project.policy.max_removals
        limits = Limits(clock, self.portal.max_age, most, self.options.stale_ok, self.allow)
        with self.console.phase("compare", "comparing"), collector_paused():
            self.usage = self._look_at_usage(state.account, observations, clock, is_new=is_new)
            if has_errors(findings):  # who is in the account may be in what could not be read
                known = tuple(each for each in self.usage.findings if each.code not in {"USAGE001", "USAGE002"})
                self.usage = self.usage._replace(findings=known)
            errors = stopping(self.usage.findings)
            knowledge = knowledge_of(state, journal, self.store.url)
            found = look(state, knowledge, journal, observations, [*findings, *errors], limits, declared)
            all_found = dict.fromkeys((*found.findings, *self.usage.findings))
            return replace(found, findings=tuple(in_order(all_found)))

    def _look_at_usage(
        self, account: Account, observations: Sequence[Observation], clock: Clock, *, is_new: bool
    ) -> UsageLook:
        """Judge the usage in the exports by who is in the account, or in these exports."""
        if all(each.usage is None for each in observations):
            return UsageLook()
        shown = [about for each in observations for about in each.facts.items() if about[0][0] == "people"]
        people = {*account.users, *(user for _, facts in shown for (user,) in facts)}
        teams = {*account.teams, *(team for (_, team), _ in shown)}
        stored = Usage() if is_new else self.store.read_usage()
        return look_at_usage(observations, stored, people, teams, clock.day)

    def _observe(
        self, state: State, clock: Clock, *, is_new: bool = False
    ) -> tuple[Sequence[Observation], Sequence[Finding]]:
        """Read the sources."""
        sources = PortalSources(
            *(self.console, self.project, self.portal, self.options, self.store.url, state.account, clock),
            recorded=lambda: () if is_new else self.store.read_usage().sources,
        )
        return sources.observe()


def _no_journal(_: int) -> list[HistoryEntry]:
    return []
