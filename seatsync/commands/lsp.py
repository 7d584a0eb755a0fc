"""`seatsync lsp`: the language server, started by an editor on standard input and output."""

from __future__ import annotations

import gc
import sys
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import PlanOptions
from seatsync.commands.shared.plan_inputs import basis_of, prepare, resolve_target
from seatsync.commands.shared.repository import read_repository
from seatsync.errors import NoTarget, WrongUsage, how_to_install
from seatsync.finding import has_errors, in_bulk
from seatsync.lsp.plan_lenses import AccountFile, PlanLenses, lenses_of, to_json
from seatsync.lsp.planner import Planner
from seatsync.reporting.escape import number_of
from seatsync.targets.snapshot import open_file
from seatsync.targets.sql.sqlite import file_of


@options.command
@options.target
@options.day
@click.option("--plan-of", nargs=2, metavar="DIR DATE", hidden=True, help="Write the plan of a repository as lenses.")
def run(console: Console, *, target: str | None, day: str | None, plan_of: tuple[str, str] | None) -> int:
    """Run the language server for an editor.

    Uses the language server protocol over standard input and output: diagnostics while typing, completion, hovers, go
    to definition, rename, formatting, quick fixes, and the plan that follows. Needs the package pygls; in a clone of
    seatsync: pip install '.[lsp]'

    Examples:
      seatsync lsp
    """
    if plan_of is not None:
        console.output(to_json(_lenses(console._replace(folder=console.directory(plan_of[0])), target, plan_of[1])))
        return 0
    try:
        from seatsync.lsp.server import serve  # noqa: PLC0415 - pygls is an optional extra
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in {"pygls", "lsprotocol"}:
            raise
        raise WrongUsage(f"lsp needs the package pygls; {how_to_install('lsp')}") from error
    if console.interactive:
        console.info("waiting for an editor to connect over standard input; press Ctrl-C to stop")
    gc.enable()  # other commands are too short to need it
    to = () if target is None else ("--target", target)
    planner = Planner((sys.executable, "-m", "seatsync", "lsp", *to, "--plan-of"))
    serve(lambda zone: console.clock(day, zone).day, planner)
    return 0


def _lenses(console: Console, target: str | None, day: str) -> PlanLenses | None:
    """Return the plan of the saved files; None without a target, or if it is not an account in a file at hand."""
    try:
        url = resolve_target(console, target)
    except NoTarget:
        return None
    path = _local(url, console.folder)
    if path is None:
        return None
    account = AccountFile.at(path)
    repository = read_repository(console, None, day)
    wanted = PlanOptions(url, day=day)
    basis = basis_of(repository, wanted, strict=False)
    if basis is None:
        errors = number_of(sum(has_errors([each]) for each in in_bulk(repository.findings)), "error")
        return PlanLenses((f"No plan: {errors} to fix first",), {}, account)
    return lenses_of(prepare(console, repository, basis, wanted).plan, account)


def _local(url: str, root: Path) -> Path | None:
    """Return the existing file or folder of an account; None for a target that may need a network."""
    path = open_file(url, root, {}).path if url.lower().startswith("file:") else file_of(url, root)
    return path if path is not None and (path.is_file() or path.is_dir()) else None
