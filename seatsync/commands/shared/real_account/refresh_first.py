"""`--refresh` of other commands: a look at the real account before they read its mirror."""

from __future__ import annotations

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import RefreshOptions
from seatsync.errors import WrongUsage


def refresh_first(console: Console, directory: str | None, options: RefreshOptions) -> tuple[bool, tuple[str, ...]]:
    """Refresh the mirror of a project if that is wanted.

    Return True if errors were found that did not stop it, and the values of `--allow` that are not for it. The report
    goes to standard error. Raises SeatsyncError if it was stopped.
    """
    if not options.wanted:
        if options.exports or options.exported or options.stale_ok:
            raise WrongUsage("--exports, --exported and --stale-ok need --refresh")
        return False, options.allow
    from seatsync.commands.shared.real_account.looks import refresh_and_report  # noqa: PLC0415 - few runs refresh

    return refresh_and_report(console, directory, options)
