"""A worker of a fleet: it works through the queue until it is told to stop."""

from __future__ import annotations

import os
from pathlib import Path

from seatsync.commands.shared.console import Console, deferred_signals
from seatsync.commands.shared.fleet.fleet_run import log_of
from seatsync.commands.shared.fleet.front import opened, reports_of, serve
from seatsync.commands.shared.options import FleetOptions
from seatsync.errors import Interrupted
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.log import LogRecord
from seatsync.fleet.reading import read_fleet
from seatsync.fleet.workflows import Engine
from seatsync.targets.sql.lock import this_process


def work_through(console: Console, fleet: Fleet, which: FleetOptions, lease: float) -> int:
    """Work until a signal; return 0 then."""
    log = log_of(console, which.log_format)
    with opened(fleet) as store, deferred_signals("what is not done goes back to the queue") as stop:
        engine = Engine(store, this_process(), lease)
        log(LogRecord(f"worker {engine.id} began"))
        with engine.registered():
            try:
                serve(console, engine, Accounts(fleet).find, stop, reports_of(console, log))
            except Interrupted:
                log(LogRecord(f"worker {engine.id} was stopped in the middle of an account"))
    log(LogRecord(f"worker {engine.id} ended"))
    return 0


class Accounts:
    """The accounts of a fleet. Its file is read again after it has changed, unless that has errors."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._stamp = _stamp(fleet)

    def find(self, name: str) -> tuple[Fleet, FleetAccount] | None:
        """Return an account by name, None if there is none."""
        stamp = _stamp(self._fleet)
        if stamp != self._stamp:
            fleet, _ = read_fleet(self._fleet.root / self._fleet.file)
            self._fleet, self._stamp = fleet or self._fleet, stamp
        return next(((self._fleet, account) for account in self._fleet.accounts if account.name == name), None)


def _stamp(fleet: Fleet) -> tuple[int, int]:
    """Return what changes with the file of a fleet."""
    found = os.stat(Path(fleet.root, fleet.file))  # noqa: PTH116
    return found.st_mtime_ns, found.st_size
