"""`seatsync account usage`: record usage exports and usage reports in an account, for reports."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.clock import Clock
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.commands.shared.real_account.portal_sources import moment_of
from seatsync.commands.shared.repository import excerpts
from seatsync.errors import ProjectNotFound
from seatsync.finding import has_errors
from seatsync.portal.sources.exports import Exports
from seatsync.portal.usage_checks import first_kept_month, last_plausible_day, look_at_usage, not_usage
from seatsync.reading.plain_text import listed
from seatsync.reading.tree import collector_paused
from seatsync.reporting.findings.findings_text import paragraphs
from seatsync.reporting.usage_recording import UsageReport, usage_text


@options.command
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@options.exported
@click.option("--dry-run", is_flag=True, help="Record nothing; check the files.")
@options.day
@options.target
def run(
    console: Console,
    *,
    files: Sequence[str],
    exported: str | None,
    dry_run: bool,
    day: str | None,
    target: str | None,
) -> int:
    """Record usage exports and usage reports of the portal.

    Files are usage, seat usage and token usage exports, and usage reports, as CSV or XLSX; folders and patterns work,
    too. Recording a file again changes nothing. In a project, months that are older than its `policy.usage_retention`
    are removed.

    Examples:
      seatsync account usage exports
      seatsync account usage seat_usage.csv --dry-run
    """
    account = embedded(console, target)
    clock, state = clock_of(console, account, day), account.read().account
    keep_from = _first_month(console, clock)
    source = Exports(
        console.folder,
        "",
        trusts_times=not console.environment.get("CI"),
        exported=None if exported is None else moment_of(exported, clock.zone),
        places=tuple(files),
        known_teams=tuple(state.teams),
        usage_until=last_plausible_day(clock),
        only_usage=True,
    )
    with console.phase("sources", "reading the exports"), collector_paused():
        observations, found = source.observe()
        stored = account.read_usage()
        look = look_at_usage(observations, stored, state.users, state.teams, clock.day)
    findings = [*found, *look.findings]
    if findings:
        console.err.write(paragraphs(findings, excerpts(console.folder, findings), console.err_paint) + "\n")
    others = not_usage(observations)
    if others:
        console.info(f"not read, as there is no usage in it: {listed(others)}")
    if has_errors(findings) or not look.files:
        console.output("Nothing was recorded.\n")
        return 1
    if dry_run:
        report = UsageReport(look)
    else:
        with account.session(None, clock) as session, console.phase("record", "recording usage"):
            report = UsageReport(look, session.record_usage(look.files, keep_from))
    console.output(usage_text(report, console.paint, verbose=console.verbose) or "Nothing new.\n")
    return 0


def _first_month(console: Console, clock: Clock) -> str:
    """Return the first month that the policy keeps: the first of all outside of a project, where nothing is removed."""
    try:
        return first_kept_month(clock, project_of(console, None).policy.usage_retention)
    except ProjectNotFound:
        return "0001-01"
