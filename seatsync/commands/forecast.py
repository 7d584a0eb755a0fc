"""`seatsync forecast`: upcoming dated changes of a declaration and shortages. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence

import click

from seatsync.clock import Clock, later
from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.plan_inputs import chosen_target, note_unknown, open_as_of, read_state, valid_declaration
from seatsync.commands.shared.repository import Repository, read_repository
from seatsync.declaration.declared import Declaration
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.insight.continuations import continued
from seatsync.insight.forecast import Forecast, Window, by_day, gaps, invitations, scheduled_changes, shortages
from seatsync.insight.open_cases import status_of
from seatsync.reporting.formats import FORECASTS, RenderOptions
from seatsync.targets.target import State

_SHORT = 2
_LONGEST = 36_500  # days


@options.command
@options.directory
@options.target
@options.teams
@options.day
@click.option(
    "--days",
    metavar="N",
    type=click.IntRange(1, _LONGEST),
    default=365,
    help="Number of days to look ahead (default 365).",
)
@options.text_or_json
@options.output
@click.option("--detailed-exitcode", is_flag=True, help="Exit with 2 if there are shortages.")
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    teams: Sequence[str],
    day: str | None,
    days: int,
    form: str,
    output: Sequence[str],
    detailed_exitcode: bool,
) -> int:
    """Show upcoming dated changes and shortages.

    Lists terms and entries that begin or end, and the days on which a team has too few seats or secondary admins. Reads
    only the files; with --target, and in a project with `portal:`, also lists the open cases of that account, and its
    invitations that are due to be sent again. Then a pool is not short either if its subscription lasts longer there or
    renews by itself, or if another one follows it.

    Examples:
      seatsync forecast
      seatsync forecast --team design --days 90 --detailed-exitcode
    """
    where = outputs(form, output, FORECASTS, console)
    repository = read_repository(console, directory, day)
    declared = valid_declaration(repository, where, console, strict=False)
    if declared is None:
        return 1
    _known_teams(teams, declared)
    project = declared.project
    url = chosen_target(target, project) if target or project.portal is not None else None
    state = _state(url, declared, repository, console, day) if url else None
    zone = declared.project.timezone or "UTC" if state is None else state.account.timezone
    with console.phase("forecast", "forecasting"):
        forecast = _forecast(declared, state, console.clock(day, zone), days, tuple(teams))
    deliver(
        where,
        lambda name, paint: FORECASTS[name](forecast, RenderOptions(repository.line_of, paint, console.verbose)),
        console,
    )
    return _SHORT if detailed_exitcode and forecast.short else 0


def _forecast(declared: Declaration, state: State | None, clock: Clock, days: int, teams: tuple[str, ...]) -> Forecast:
    window = Window(clock.day, later(clock.day, days), teams)
    found = scheduled_changes(declared, window)
    if state is not None:
        found = by_day([*found, *invitations(declared, state.account, clock, window, state.undated)])
    cases = () if state is None else status_of(state, clock, teams=teams).cases
    lasting = declared if state is None else continued(declared, state.account)
    return Forecast(
        declared.project.account,
        window,
        tuple(found),
        tuple(shortages(lasting, window)),
        tuple(gaps(declared, window)),
        cases,
    )


def _state(url: str, declared: Declaration, repository: Repository, console: Console, day: str | None) -> State | None:
    """Return the state of the account, for invitations and cases; None, with a message, if it cannot be read."""
    target = open_as_of(url, repository.root, console, day)
    try:
        state = read_state(target, console, declared)
        note_unknown(state, console)
    except SeatsyncError as problem:
        console.info(f"without invitations and cases: {problem}")
        return None
    name = state.account.name
    if name != declared.project.account:
        console.info(f"without invitations and cases: the target is account {name}, not {declared.project.account}")
        return None
    return state


def _known_teams(teams: Sequence[str], declared: Declaration) -> None:
    for name in teams:
        if name not in declared.teams:
            raise WrongUsage(f"--team {name}: no team with this name is declared")
