"""`seatsync account accept`: someone invited accepts."""

from __future__ import annotations

from seatsync.commands.account.embedded import accepted, clock_of, embedded
from seatsync.commands.console import Console
from seatsync.reporting.escape import visible
from seatsync.targets.sql_admin import accept


def run(console: Console, *, user: str, day: str | None, target: str | None) -> int:
    """Let a pending person become active."""
    account = embedded(console, target)
    serial = accepted(accept(account, user, clock_of(console, account, day)))
    console.answer(f"{visible(user)} has accepted the invitation. The account is at serial {serial}.\n")
    return 0
