"""`seatsync account create`: create an empty account."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import embedded
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.declaration.declared import Project
from seatsync.errors import ProjectNotFound, WrongUsage
from seatsync.reporting.escape import visible
from seatsync.targets.sql.administration import create


@options.command
@click.option("--name", metavar="NAME", help="Name of the account (default: that of the project).")
@click.option(
    "--timezone",
    metavar="TZ",
    help="Time zone in which its days begin and end (default: that of the project, else UTC).",
)
@options.day
@options.target
def run(console: Console, *, name: str | None, timezone: str | None, day: str | None, target: str | None) -> int:
    """Create a new, empty account.

    In the folder of a project, it gets the name and time zone of the project.

    Examples:
      seatsync account create
      seatsync account create --name acme --timezone Europe/Berlin
    """
    account = embedded(console, target, may_be_new=target is not None)
    project = _project(console) if name is None or timezone is None else None
    if project is not None:
        name, timezone = (project.account if name is None else name), timezone or project.timezone
    if name is None:
        raise WrongUsage("no name for the account; pass --name NAME, or run this in the folder of a project")
    zone = timezone or "UTC"
    lineage = create(account, name, zone, console.clock(day, "UTC"))
    days = "" if zone == "UTC" else f" Its days are those of {zone}."
    console.output(f"Created account {visible(name)} at {visible(account.url)}, empty (lineage {lineage}).{days}\n")
    return 0


def _project(console: Console) -> Project | None:
    """Return the project of the working folder, if there is one. Raises SeatsyncError if its file has errors."""
    try:
        return project_of(console, None)
    except ProjectNotFound:
        return None
