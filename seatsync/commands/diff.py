"""`seatsync diff`: the changes between two git revisions, compared as configurations. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.revisions import Revision, base_and_head, new_findings
from seatsync.declaration.comparing import Difference, differences, only_of
from seatsync.errors import WrongUsage
from seatsync.finding import has_errors
from seatsync.reporting.diff_report import WORKING_TREE, Diff
from seatsync.reporting.formats import DIFFS, RenderOptions

_CHANGES = 2


@options.command
@click.argument("base")
@click.argument("head", metavar="[HEAD]", required=False)
@options.teams
@options.day
@options.strict
@options.format_of_diff
@options.output
@options.detailed_exitcode
def run(
    console: Console,
    *,
    base: str,
    head: str | None,
    teams: Sequence[str],
    day: str | None,
    strict: bool,
    form: str,
    output: Sequence[str],
    detailed_exitcode: bool,
) -> int:
    """Compare two git revisions; needs no account.

    Compares the declarations of two git revisions; without HEAD, those of BASE and the working tree. Layout is
    ignored. Shows the findings that HEAD has and BASE does not.

    Examples:
      seatsync diff main
      seatsync diff v1.0 v1.1 --format markdown
    """
    where = outputs(form, output, DIFFS, console)
    with base_and_head(console, base, head, WORKING_TREE) as (old, new):
        with console.phase("compare", "comparing"):
            diff = compared(console, old, new, tuple(teams), day, head)
        rules = () if new.declaration is None else new.declaration.project.rules
        rendering = RenderOptions(new.line_of, console.paint, console.verbose, strict, below=new.below, rules=rules)
        deliver(where, lambda name, paint: DIFFS[name](diff, rendering._replace(paint=paint)), console)
    for each in (old, new):
        if each.loaded is None:
            console.info(f"{each.name} has no seatsync.yaml in this folder and declares nothing")
    if has_errors(diff.findings, strict=strict) or not new.readable:
        return 1
    return _CHANGES if detailed_exitcode and diff.differences != () else 0


def compared(
    console: Console, old: Revision, new: Revision, teams: tuple[str, ...], day: str | None, head: str | None
) -> Diff:
    """Compare base and head, both on the same day."""
    declared = [each.declaration for each in (new, old) if each.declaration is not None]
    _known_teams(teams, old, new)
    zone = next((each.project.timezone for each in declared if each.project.timezone), "UTC")
    today = console.clock(day, zone).day
    unreadable = tuple(each.name for each in (old, new) if not each.readable)
    found: list[Difference] | None = None
    if not unreadable:
        found = differences(old.declaration, new.declaration)
        if teams:
            found = only_of(frozenset(teams), found)
    return Diff(
        account=next((each.project.account for each in declared), ""),
        base=old.name,
        head=head,
        at=today,
        differences=None if found is None else tuple(found),
        unreadable=unreadable,
        findings=new_findings(old.findings(today), new.findings(today)),
    )


def _known_teams(teams: Sequence[str], *revisions: Revision) -> None:
    """Raise `WrongUsage` for a team that no revision declares, if all can be read."""
    if not all(each.readable for each in revisions):
        return
    for name in teams:
        if not any(each.declaration is not None and name in each.declaration.teams for each in revisions):
            raise WrongUsage(f"--team {name}: there is no such team at {' or '.join(each.name for each in revisions)}")
