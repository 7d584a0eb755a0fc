"""`seatsync account confirm`: close cases that were carried out, with the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded, known_person
from seatsync.errors import FileProblem, WrongUsage
from seatsync.reporting import account_report
from seatsync.targets.sql.administration import confirm


@options.command
@click.argument("cases", metavar="[CASE]...", required=False, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Close every open case.")
@click.option("--evidence", metavar="TEXT|FILE", help="Ticket number, or a file, of which name and SHA-256 are kept.")
@click.option("--as", "actor", metavar="EMAIL", help="The person who confirms them (default: the owner).")
@options.day
@options.target
def run(
    console: Console,
    *,
    cases: Sequence[str],
    everything: bool,
    evidence: str | None,
    actor: str | None,
    day: str | None,
    target: str | None,
) -> int:
    """Close cases that were carried out or granted, and record their effect.

    In a mirror of the real account a newer source that does not show the effect opens a case again.

    Examples:
      seatsync account confirm CASE-2 --evidence 'mail of 3 March'
      seatsync account confirm --all
    """
    if bool(cases) == everything:
        raise WrongUsage("name the cases, or pass --all; `seatsync account cases` lists them")
    account = embedded(console, target)
    proof = None if evidence is None else _evidence(console.path(evidence), evidence)
    clock, person = clock_of(console, account, day), known_person(actor)
    closed = confirm(account, None if everything else cases, proof, clock, person)
    console.output(account_report.closings(closed, console.paint))
    return 1 if any(each.status == "refused" or each.case.closed_as == "withdrawn" for each in closed) else 0


def _evidence(path: Path, text: str) -> str:
    """Return the evidence to keep: the text, or name and SHA-256 of the file that it names."""
    try:
        if not path.is_file():
            return text
    except (OSError, ValueError):  # not a path, such as a long text
        return text
    try:
        with path.open("rb") as file:
            return f"{path.name} (SHA-256 {file_digest(file, 'sha256').hexdigest()})"
    except OSError as error:
        raise FileProblem(str(path), f"cannot be read ({(error.strerror or 'unknown error').lower()})") from error
