"""`seatsync logout`: end the sign-in with the vendor."""

from __future__ import annotations

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console


@options.command
@options.directory
def run(console: Console, *, directory: str | None) -> int:
    """End the sign-in with the vendor, and revoke its tokens.

    Deletes the tokens, except where they cannot be revoked. The secret of the app is in SEATSYNC_CLIENT_SECRET.

    Examples:
      seatsync logout
    """
    from seatsync.commands.shared.real_account.signing_in import sign_out  # noqa: PLC0415 - an extra

    return sign_out(console, directory)
