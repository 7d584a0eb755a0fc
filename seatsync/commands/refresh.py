"""`seatsync refresh`: look at the real account through its exports and APIs, and record what is new in the mirror."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, deliver, outputs
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.plan_inputs import base_folder, project_of, relocated_url
from seatsync.commands.shared.real_account.looks import refresh_mirror, show_findings_of
from seatsync.commands.shared.repository import no_line
from seatsync.declaration.declared import Project
from seatsync.errors import WrongUsage
from seatsync.portal.source_checks import split_allow
from seatsync.reporting.formats import REFRESHES, RenderOptions


@options.command
@options.directory
@options.target
@options.exports
@options.exported
@options.stale_ok
@options.day
@click.option("--dry-run", is_flag=True, help="Record nothing; show what is new.")
@click.option(
    "--allow",
    metavar="SOURCE005.TYPE=NUMBER",
    multiple=True,
    help="Accept that so many users, seats, groups or subscriptions are gone: SOURCE005.users=132 (repeatable).",
)
@options.text_or_json
@options.output
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    exports: str | None,
    exported: str | None,
    stale_ok: bool,
    day: str | None,
    dry_run: bool,
    allow: Sequence[str],
    form: str,
    output: Sequence[str],
) -> int:
    """Record in the mirror what is new in the vendor's account.

    Reads the exports and APIs of the portal that seatsync.yaml names, compares them with the mirror, and records what
    is new, gone or different. Closes the cases that were done, and opens those again that were confirmed but are not
    shown.

    Examples:
      seatsync refresh
      seatsync refresh --exports ~/Downloads
    """
    where = outputs(form, output, REFRESHES, console)
    for_plans, _ = split_allow(allow)
    if for_plans:
        raise WrongUsage(f"--allow {for_plans[0]} is for plans; a refresh takes SOURCE005.TYPE=NUMBER")
    project = project_of(console, directory)
    chosen = RefreshOptions(True, target, exports, exported, stale_ok, day, tuple(allow))  # noqa: FBT003 - wanted
    report = refresh_mirror(console, project, chosen, dry_run=dry_run)
    show_findings_of(report, project.root, console)
    rendering = RenderOptions(no_line, console.paint, console.verbose)
    deliver(where, lambda name, paint: REFRESHES[name](report, rendering._replace(paint=paint)), console)
    if form == "text" and report.serial is not None and not project.include:
        console.info(f"The project declares nothing yet. Next: {_import_of(console, project, report.url)}")
    return 1 if report.found.has_errors else 0


def _import_of(console: Console, project: Project, url: str) -> str:
    """Return the command that declares what the mirror of a project shows, for the present folder."""
    root, here = project.root.absolute(), console.folder.absolute()
    out = os.path.relpath(root, here)
    where = "" if out == os.curdir else f" --out {shlex.quote(out)}"
    return f"seatsync import {shlex.quote(relocated_url(url, root, base_folder(console).absolute()))}{where}"
