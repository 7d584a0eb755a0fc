"""`seatsync account verify`: check the account and its log for changes and restored copies."""

from __future__ import annotations

from dataclasses import replace

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.embedded import clock_of, embedded
from seatsync.reporting import account_report
from seatsync.targets.sql.administration import accept_head as accepted
from seatsync.targets.sql.audit_log import NO_HEADS
from seatsync.targets.sql.inquiries import verify


@options.command
@click.option("--accept-head", is_flag=True, help="Accept an account that is older than this project last saw.")
@options.target
@options.day
def run(console: Console, *, accept_head: bool, target: str | None, day: str | None) -> int:
    """Check the audit log and the account for tampering.

    Examples:
      seatsync account verify
    """
    account = embedded(console, target)
    found = verify(replace(account, heads=NO_HEADS) if accept_head else account)
    if accept_head and found.ok:
        head = accepted(account, clock_of(console, account, day))
        if head is not None:
            console.output(f"Accepted: the account continues from serial {head.serial}, and its log records that.\n")
            found = verify(account)
    console.output(account_report.verification(found, console.paint))
    return 0 if found.ok else 1
