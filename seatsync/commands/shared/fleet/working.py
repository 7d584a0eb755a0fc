"""A worker of a fleet: it works through the queue until it is told to stop."""

from __future__ import annotations

import os
import signal

from seatsync.commands.shared.console import Console, deferred_signals
from seatsync.commands.shared.fleet.fleet_run import Accounts, log_of
from seatsync.commands.shared.fleet.front import opened, reports_of, serve
from seatsync.commands.shared.options import FleetOptions
from seatsync.errors import Interrupted
from seatsync.fleet.declared_fleet import Fleet
from seatsync.fleet.log import LogRecord
from seatsync.fleet.workflows import Engine
from seatsync.targets.sql.lock import has_ended, this_process


def work_through(console: Console, fleet: Fleet, which: FleetOptions, lease: float, parent: int | None) -> int:
    """Work until a signal, or until the process that started this worker (`parent`) has ended; return 0 then."""
    log = log_of(console, which.log_format, answered=parent is not None)
    with opened(fleet) as store, deferred_signals("what is not done goes back to the queue") as stopped:

        def stop() -> int | None:
            is_orphan = parent is not None and os.getppid() != parent
            return signal.SIGTERM if is_orphan else stopped()

        engine = Engine(store, this_process(), lease, log)
        log(LogRecord(f"worker {engine.id} began"))
        engine.workers.remove_ended(has_ended)  # above all the one that this one replaces
        with engine.registered():
            try:
                serve(console, engine, Accounts(fleet).find, stop, reports_of(console, log))
            except Interrupted:
                log(LogRecord(f"worker {engine.id} was stopped in the middle of an account"))
    log(LogRecord(f"worker {engine.id} ended"))
    return 0
