"""`seatsync validate`: report all findings of a repository at once. Needs no account."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, Outputs, deliver, outputs
from seatsync.commands.shared.repository import Repository, below_top, read_repository
from seatsync.declaration.declared import Declaration
from seatsync.finding import has_errors
from seatsync.reporting.escape import number_of
from seatsync.reporting.formats import FINDINGS, INSTEAD, RenderOptions
from seatsync.reporting.terminal import Paint


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
    """
    where = outputs(form, output, FINDINGS, console)
    repository = read_repository(console, directory, day)
    show_findings(repository, where, console, strict=strict)
    return 1 if has_errors(repository.findings, strict=strict) else 0


def show_findings(repository: Repository, where: Outputs, console: Console, *, strict: bool = False) -> None:
    """Write the findings; with `-v`, also list suppressed ones on standard error."""
    below = below_top(repository.root)

    def render(form: str, paint: Paint) -> str:
        rendering = RenderOptions(repository.line_of, paint, console.verbose, strict, below=below)
        text = INSTEAD[form](repository.findings, rendering)
        if text or form != "text" or repository.declaration is None:
            return text
        return paint.green("Nothing wrong") + f": {contents(repository.declaration)}.\n"

    deliver(where, render, console)
    show_suppressed(repository, console)


def show_suppressed(repository: Repository, console: Console) -> None:
    """With `-v`, list the findings suppressed by the policy, with reasons."""
    if console.verbose:
        for silenced in repository.silenced:
            finding, entry = silenced.finding, silenced.by
            until = f" until {entry.until}" if entry.until is not None else ""
            console.info(f"suppressed{until} ({entry.reason}): {finding.location}: {finding.code} {finding.message}")


def contents(declared: Declaration) -> str:
    """Return a summary of a declaration: `2 teams, 14 people, 3 subscriptions`."""
    counts = [
        number_of(len(declared.teams), "team"),
        number_of(len(declared.contracts), "contract"),
        number_of(len(declared.users), "person", "people"),
        number_of(len(declared.subscriptions), "subscription"),
    ]
    return ", ".join(count for count in counts if not count.startswith("0 ")) or "nothing declared"
