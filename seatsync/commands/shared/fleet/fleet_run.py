"""What the commands of `fleet` share: the fleet with its selected accounts, and the lines of their log."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Protocol, TypeVar

from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.options import FleetOptions
from seatsync.commands.shared.repository import Repository, excerpts, show_findings
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, select
from seatsync.fleet.log import Level, Log, LogRecord
from seatsync.fleet.reading import find_fleet, read_fleet
from seatsync.reporting.log_lines import json_line, text_line


def fleet_of(console: Console, which: FleetOptions, where: Outputs) -> Fleet | None:
    """Return the fleet with the selected accounts; None if its file has errors, which are then shown."""
    path = find_fleet(console.folder) if which.file is None else console.path(which.file)
    with console.phase("fleet", "reading the fleet"):
        fleet, findings = read_fleet(path)
    if fleet is None:
        found = tuple(findings)
        show_findings(Repository(path.parent, None, found, (), excerpts(path.parent, found)), where, console)
        return None
    return select(fleet, which.select)


class Accounts:
    """The accounts of a fleet, selected or not, as its files are now; as they were before if they have errors."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stamps = tuple(_stamps(fleet))

    def find(self, name: str) -> tuple[Fleet, FleetAccount] | None:
        """Return an account by name, None if there is none.

        One that is not known is looked for once more: it may be new, or not selected, but in the queue.
        """
        stamps = tuple(_stamps(self._fleet))
        found = self._named(name) if stamps == self._stamps else None
        if found is None:
            fleet, _ = read_fleet(self._fleet.root / self._fleet.file)
            self._fleet = fleet or self._fleet
            self._stamps = stamps  # from before it was read, so that a change meanwhile is noticed
            found = self._named(name)
        return found

    def _named(self, name: str) -> tuple[Fleet, FleetAccount] | None:
        return next(((self._fleet, account) for account in self._fleet.accounts if account.name == name), None)


def _stamps(fleet: Fleet) -> Iterator[tuple[int, int]]:
    """Yield what changes with the file of a fleet, and with each of its tables."""
    for name in (fleet.file, *fleet.tables):
        found = Path(fleet.root, name).stat()
        yield found.st_mtime_ns, found.st_size


class Result(Protocol):
    """What a command finds about one account; `error` is empty if nothing failed."""

    @property
    def error(self) -> str:
        """The error, in one line."""


_Result = TypeVar("_Result", bound=Result)


def of_each(
    console: Console, fleet: Fleet, which: FleetOptions, verb: str, read: Callable[[FleetAccount], _Result]
) -> list[_Result]:
    """Return what `read` finds about each account, in order. It must not raise an error of one account.

    Some accounts are read at once, as most of the time is spent waiting for stores. A line of the log for each is
    written in JSON and with `-v`: the answer itself has the errors.
    """

    def timed(account: FleetAccount) -> tuple[_Result, float]:
        since = console.seconds()
        return read(account), console.seconds() - since

    found: list[_Result] = []
    records: list[LogRecord] = []
    pool = ThreadPoolExecutor(_AT_ONCE)
    try:
        with console.phase("accounts", "reading the accounts") as task:
            for account, (result, seconds) in zip(fleet.accounts, pool.map(timed, fleet.accounts), strict=True):
                found.append(result)
                event, level = _FAILED if result.error else _READ
                records.append(LogRecord(event, level, account.name, verb, seconds=seconds, error=result.error))
                task.reached(len(found), len(fleet.accounts))
    finally:
        pool.shutdown(cancel_futures=True)
    if console.verbose or which.log_format == "json":
        for record in records:
            log_of(console, which.log_format)(record)
    return found


_AT_ONCE = 8
_READ: tuple[str, Level] = ("read", "debug")
_FAILED: tuple[str, Level] = ("failed", "error")


def log_of(console: Console, form: str, *, answered: bool = False) -> Log:
    """Return a function that writes a log record as one line to standard error. In text, `debug` needs `-v`.

    So does the failure of an account if the answer of a command has it, too (`answered`).
    """

    def write(record: LogRecord) -> None:
        if form == "json":
            console.err.write(json_line(record, console.now(), console.environment) + "\n")
        elif console.verbose or not (record.level == "debug" or (answered and record.event == "failed")):
            console.err.write(text_line(record, console.environment) + "\n")

    return write
