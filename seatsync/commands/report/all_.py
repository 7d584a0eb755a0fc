"""`seatsync report all`: every report as a folder of pages."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import read_inputs
from seatsync.commands.shared.whole_folders import write_folder
from seatsync.errors import WrongUsage
from seatsync.insight.reports.contracts import contracts_report
from seatsync.insight.reports.cost import cost_report
from seatsync.insight.reports.document import Report
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim_report import reclaim_report
from seatsync.insight.reports.usage_report import usage_report
from seatsync.reporting.escape import visible
from seatsync.reporting.reports.report_html import render_html, render_index

ALL: dict[str, Callable[[ReportInputs], Report]] = {
    "usage": usage_report,
    "reclaim": reclaim_report,
    "contracts": contracts_report,
    "cost": cost_report,
}
"""Every report, with its default options, in the order of the index."""

INDEX = "index.html"
_OURS = frozenset({INDEX, *(f"{name}.html" for name in ALL)})


@options.command
@options.directory
@options.target
@options.seeing
@options.teams
@options.day
@click.option("--out", metavar="DIR", required=True, help="The folder; one of an earlier run is replaced.")
def run(
    console: Console,
    *,
    directory: str | None,
    target: str | None,
    actor: str | None,
    teams: Sequence[str],
    day: str | None,
    out: str,
) -> int:
    """Write every report as a folder of pages.

    Writes index.html and a page for each report, which load nothing, so that the folder can be published as it is.
    Either all pages are written or none.

    Examples:
      seatsync report all --out site
    """
    folder = console.path(out)
    _refuse_others(folder, out)
    asked = ReportOptions(directory, target, actor, tuple(teams), day, "html")
    inputs = read_inputs(console, asked, Outputs("text"))
    if inputs is None:
        return 1
    inputs = inputs._replace(in_detail=True)
    with console.phase("reports", "making the reports"):
        reports = [make(inputs) for make in ALL.values()]
        links = [(INDEX, "All reports"), *((f"{report.name}.html", report.title) for report in reports)]
        pages = {f"{report.name}.html": render_html(report, links) for report in reports}
        pages[INDEX] = render_index(reports)
    write_folder(folder, {name: page.encode() for name, page in pages.items()})
    console.output(f"Wrote {len(pages)} pages to {visible(out)}; begin with {INDEX}.\n")
    return 0


def _refuse_others(folder: Path, name: str) -> None:
    """Raise `WrongUsage` if a folder contains anything but the pages of an earlier run."""
    if not os.path.lexists(folder):
        return
    if not folder.is_dir() or folder.is_symlink():
        raise WrongUsage(f"--out {name}: it is not a folder; name a new one")
    others = sorted({path.name for path in folder.iterdir()} - _OURS)
    if others:
        raise WrongUsage(f"--out {name}: it contains other files ({others[0]}); name a new folder, or an empty one")
