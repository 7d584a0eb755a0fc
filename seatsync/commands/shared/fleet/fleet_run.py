"""What the commands of `fleet` share: the fleet with its selected accounts, and the lines of their log."""

from __future__ import annotations

from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import FleetOptions
from seatsync.commands.shared.repository import Repository, excerpts, show_findings
from seatsync.fleet.declared_fleet import Fleet, select
from seatsync.fleet.log import Log, LogRecord
from seatsync.fleet.reading import find_fleet, read_fleet
from seatsync.reporting.log_lines import json_line, text_line


def fleet_of(console: Console, asked: FleetOptions, where: Outputs) -> Fleet | None:
    """Return the fleet with the selected accounts; None if its file has errors, which are then shown."""
    path = find_fleet(console.folder) if asked.file is None else console.path(asked.file)
    with console.phase("fleet", "reading the fleet"):
        fleet, findings = read_fleet(path)
    if fleet is None:
        found = tuple(findings)
        show_findings(Repository(path.parent, None, found, (), excerpts(path.parent, found)), where, console)
        return None
    return select(fleet, asked.select)


def log_of(console: Console, form: str) -> Log:
    """Return a function that writes a log record as one line to standard error. In text, `debug` needs `-v`."""

    def write(record: LogRecord) -> None:
        if form == "json":
            console.err.write(json_line(record, console.now(), console.environment) + "\n")
        elif record.level != "debug" or console.verbose:
            console.err.write(text_line(record, console.environment) + "\n")

    return write
