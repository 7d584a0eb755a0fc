"""`seatsync report all`: every report as a folder of pages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import read_inputs
from seatsync.errors import FileProblem, WrongUsage
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
    _write(folder, pages)
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


def _write(folder: Path, pages: Mapping[str, str]) -> None:
    """Write the pages to a new folder beside, and put it in the place of the old one."""
    mark = os.urandom(4).hex()
    new, old = (folder.with_name(f".{folder.name[:50]}.{kind}.{mark}") for kind in ("new", "old"))
    try:
        new.mkdir(parents=True)
        for name, text in pages.items():
            with (new / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(folder), f"cannot be written ({(words or 'not a path').lower()})") from error
    finally:
        if old.exists() and not folder.exists():
            old.rename(folder)
        shutil.rmtree(new, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
