"""`seatsync diff`: what changes between two git revisions, compared as configurations. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.commands import options
from seatsync.commands.answer import deliver, outputs
from seatsync.commands.console import Console
from seatsync.commands.sides import Side, both_sides, only_new
from seatsync.declaration.comparing import Difference, differences, only_of
from seatsync.errors import WrongUsage
from seatsync.finding import has_errors
from seatsync.reporting.diff import WORKING_TREE, Diff
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

    Compares what the files declare at two git revisions; without HEAD, at BASE and as they stand in the folder. Layout
    makes no difference. Findings are shown where HEAD has them and BASE has not.
    """
    where = outputs(form, output, DIFFS, console)
    with both_sides(console, base, head, WORKING_TREE) as (old, new):
        with console.phase("compare", "comparing"):
            diff = compared(console, old, new, tuple(teams), day, head)
        rendering = RenderOptions(new.line_of, console.paint, console.verbose, strict, below=new.below)
        deliver(where, lambda name, paint: DIFFS[name](diff, rendering._replace(paint=paint)), console)
    for side in (old, new):
        if side.loaded is None:
            console.say(f"{side.name} has no seatsync.yaml here, and so declares nothing")
    if has_errors(diff.findings, strict=strict) or not new.readable:
        return 1
    return _CHANGES if detailed_exitcode and diff.differences != () else 0


def compared(console: Console, old: Side, new: Side, teams: tuple[str, ...], day: str | None, head: str | None) -> Diff:
    """The comparison of two sides, on one day for both."""
    declared = [side.declaration for side in (new, old) if side.declaration is not None]
    _known_teams(teams, old, new)
    zone = next((side.project.timezone for side in declared if side.project.timezone), "UTC")
    today = console.clock(day, zone).day
    unreadable = tuple(side.name for side in (old, new) if not side.readable)
    found: list[Difference] | None = None
    if not unreadable:
        found = differences(old.declaration, new.declaration)
        if teams:
            found = only_of(frozenset(teams), found)
    return Diff(
        account=next((side.project.account for side in declared), ""),
        base=old.name,
        head=head,
        at=today,
        differences=None if found is None else tuple(found),
        unreadable=unreadable,
        findings=only_new(old.findings(today), new.findings(today)),
    )


def _known_teams(teams: Sequence[str], *sides: Side) -> None:
    """A team that neither side declares is a slip of the pen, unless a side cannot be read."""
    if not all(side.readable for side in sides):
        return
    for name in teams:
        if not any(side.declaration is not None and name in side.declaration.teams for side in sides):
            raise WrongUsage(f"--team {name}: there is no such team at {' or '.join(side.name for side in sides)}")
