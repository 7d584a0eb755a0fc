"""`seatsync login`: sign in with the vendor, for its APIs."""

from __future__ import annotations

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console


@options.command
@options.directory
@click.option("--no-browser", is_flag=True, help="Open no browser; ask for the address that it is sent back to.")
def run(console: Console, *, directory: str | None, no_browser: bool) -> int:
    """Sign in with the vendor, so that seatsync can use its APIs.

    Opens the vendor's page in a browser, as the app of `portal.team_admin` in seatsync.yaml, and keeps the tokens
    in a file that only you can read. Then writes the ids of the declared teams that you administer into seatsync.yaml,
    and asks where that is not clear; if no team is declared yet, it writes the ids of all your teams. The secret of
    the app is in SEATSYNC_CLIENT_SECRET.

    Examples:
      seatsync login
      seatsync login --no-browser
    """
    from seatsync.commands.shared.real_account.signing_in import sign_in  # noqa: PLC0415 - an extra

    return sign_in(console, directory, browser=not no_browser)
