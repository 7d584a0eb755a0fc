"""`seatsync validate`: report all findings of a repository at once. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, outputs
from seatsync.commands.shared.repository import read_repository, show_findings
from seatsync.finding import has_errors
from seatsync.reporting.formats import FINDINGS


@options.command
@options.directory
@options.day
@options.strict
@options.format_of_findings
@options.output
def run(
    console: Console, *, directory: str | None, day: str | None, strict: bool, form: str, output: Sequence[str]
) -> int:
    """Check shape, references and rules; needs no account.

    Checks the repository that contains DIR. Needs no account, no network and no credentials.

    Examples:
      seatsync validate
      seatsync validate --strict --format sarif --output findings.sarif
    """
    where = outputs(form, output, FINDINGS, console)
    repository = read_repository(console, directory, day)
    show_findings(repository, where, console, strict=strict)
    return 1 if has_errors(repository.findings, strict=strict) else 0
