"""`seatsync report contracts`: what ends when, what becomes of it, who manages it, and what it costs."""

from __future__ import annotations

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import ReportOptions
from seatsync.commands.shared.report_inputs import write_report
from seatsync.insight.reports.contracts import contracts_report


@options.command
@options.reporting
def run(console: Console, *, asked: ReportOptions) -> int:
    """Show what ends when, who manages it, what it costs, and orders.

    What ends next comes first. Contract managers see their subscriptions and contracts, software coordinators their
    contracts, and the admins of a team its subscriptions. Prices come from the files, orders from the embedded account.

    Examples:
      seatsync report contracts
      seatsync report contracts --as ana@acme.example
    """
    return write_report(console, asked, contracts_report)
