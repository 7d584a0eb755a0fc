"""A command of a fleet from beginning to end: runs are queued, carried out here or waited for, and shown."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from seatsync.commands.shared.console import Console, Outputs, deferred_signals, deliver, write_file
from seatsync.commands.shared.fleet.account_work import AccountWork
from seatsync.commands.shared.fleet.apply_work import Recorded
from seatsync.commands.shared.fleet.asking import Asked, asked
from seatsync.commands.shared.fleet.fleet_run import Accounts, log_of
from seatsync.commands.shared.fleet.request import FrontOptions, Request
from seatsync.errors import FileProblem, Interrupted
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.fleet_store import FleetStore, open_fleet_store
from seatsync.fleet.log import Level, Log, LogRecord
from seatsync.fleet.run_values import OPEN, Approval, Attempt, Command, Result, RunRecord
from seatsync.fleet.workflows import Engine, Reports, Stop
from seatsync.planning.plan import FORMAT as PLAN
from seatsync.reporting.escape import number_of
from seatsync.reporting.fleet_outcomes import FleetOutcome, outcome_of
from seatsync.reporting.formats import FLEET_RUNS
from seatsync.reporting.terminal import Progress
from seatsync.targets.sql.lock import has_ended, this_process

_CHANGES, _PEOPLE = 2, 3
_HEAD: Final = 100  # bytes of a plan with its format
_LOOK: Final = 0.3  # seconds between two looks at whether runs have ended
_COLLECT: Final = (50_000, 20, 50)
"""Thresholds of the garbage collector of a worker, which works for long."""


@contextmanager
def opened(fleet: Fleet) -> Iterator[FleetStore]:
    """Open the store of a fleet."""
    store = open_fleet_store(fleet.store, fleet.root)
    try:
        yield store
    finally:
        store.close()


Choose = Callable[[Engine, str | None], tuple[Asked, Sequence[tuple[str, Approval]]]]
"""Chooses runs and approvals by account, given the id of the worker that carries them out here (None: any worker)."""


def run_request(console: Console, fleet: Fleet, request: Request, how: FrontOptions, where: Outputs) -> int:
    """Carry out a request; return its exit code."""

    def choose(engine: Engine, front: str | None) -> tuple[Asked, Sequence[tuple[str, Approval]]]:
        latest = engine.runs.latest(request.command, request.options)
        return asked(console, fleet, request, latest, engine.approvals.unused(), front), ()

    return run_chosen(console, fleet, request.command, choose, how, where)


def run_chosen(
    console: Console, fleet: Fleet, command: Command, choose: Choose, how: FrontOptions, where: Outputs
) -> int:
    """Carry out the runs that are chosen; return the exit code."""
    with opened(fleet) as store:
        engine = Engine(store, this_process(), how.running.lease, log_of(console, how.which.log_format))
        front = _Front(console, fleet, engine, how)
        engine.workers.remove_ended(has_ended)
        engine.forget()  # before runs are chosen: those that stand are shown
        with ExitStack() as stack:
            if front.workers:
                stack.enter_context(engine.registered())
                engine.runs.stop_abandoned()
            wanted, approvals = choose(engine, engine.id if front.workers else None)
            engine.enqueue(wanted.new, approvals)
            if wanted.keys and not engine.workers.alive():
                console.err.write("nobody works at this yet; start `seatsync fleet worker`\n")
            number = front.carry_out(wanted.keys)
        runs = sorted(engine.runs.of([*wanted.keys, *wanted.unchanged.values()]).values(), key=lambda run: run.account)
    if how.out is not None:
        _save_plans(how.out, runs)
    found = FleetOutcome(command, runs, frozenset(wanted.unchanged))
    deliver(where, lambda form, paint: FLEET_RUNS[form](found, paint), console)
    if number is not None:
        left = sum(outcome_of(run) in {"stopped", *OPEN} for run in found.runs)
        raise Interrupted(number, f"{number_of(left, 'account')} left; the same command goes on")
    return exit_code(found, detailed=how.detailed)


def _save_plans(folder: Path, runs: Sequence[RunRecord]) -> None:
    """Write the plans of runs into a folder, each as ACCOUNT.json; a plan of before goes if there is none any more."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileProblem(str(folder), f"cannot be created ({(error.strerror or '').lower()})") from error
    for run in runs:
        file = folder / f"{run.account}.json"
        if run.plan is not None and run.outcome in {"changes", "approval"}:
            write_file(file, run.plan)
        elif run.state not in OPEN:
            _delete_plan(file)


def _delete_plan(file: Path) -> None:
    """Delete the file of a plan, but no other file. Raises `FileProblem` if it cannot be read or deleted."""
    try:
        with file.open("rb") as opened_file:
            is_plan = f'"format": "{PLAN}"'.encode() in opened_file.read(_HEAD)
        if is_plan:
            file.unlink()
    except (FileNotFoundError, IsADirectoryError):
        return  # there is no plan
    except OSError as error:
        problem = f"the plan of an earlier run cannot be deleted ({(error.strerror or '').lower()})"
        raise FileProblem(str(file), problem) from error


class _Front:
    """A command of a fleet and the engine that it uses. `workers`: worker processes of its own."""

    def __init__(self, console: Console, fleet: Fleet, engine: Engine, how: FrontOptions) -> None:
        self.console = console
        self.fleet = fleet
        self.engine = engine
        self.how = how
        asked_for = how.running.workers
        self.workers = int(not engine.store.is_shared) if asked_for is None else asked_for

    def carry_out(self, keys: Sequence[str]) -> int | None:
        """Do runs here, or wait for them; return the signal that ended that, None if there was none."""
        if not keys or (not self.workers and not self.how.running.wait):
            return None
        bar = Progress(self.console.err, self.console.err_width, len(keys), self.console.seconds)
        with deferred_signals("accounts that are done stay done") as stop:
            try:
                if self.workers == 1:
                    reports = reports_of(
                        self.console, log_of(self.console, self.how.which.log_format, answered=True), bar
                    )
                    serve(self.console, self.engine, Accounts(self.fleet).find, stop, reports, keys)
                else:
                    self._wait(keys, stop, bar)
                number = stop()
            except Interrupted as error:
                number = error.exit_code - 128
            finally:
                bar.clear()
        if self.workers:
            self.engine.runs.stop(self.engine.id)  # what is left of them after a signal, or if all workers have ended
        return number

    def _wait(self, keys: Sequence[str], stop: Stop, bar: Progress) -> None:
        """Wait until runs have ended, with worker processes of this command if there are any to start."""
        started: list[subprocess.Popen[bytes]] = []
        left = set(keys)
        try:
            started += (self._start_worker() for _ in range(self.workers))
            while left and stop() is None:
                left &= self.engine.runs.open_keys()
                while bar.done < len(keys) - len(left):
                    bar.step(f"{len(left)} left")
                if started and all(process.poll() is not None for process in started):
                    return
                if left:
                    self.console.sleep(_LOOK)
        finally:
            for process in started:
                process.send_signal(signal.SIGTERM)
            for process in started:
                process.wait()

    def _start_worker(self) -> subprocess.Popen[bytes]:
        """Start a process that works until it is told to stop, or this one ends. It gets no signals of the terminal."""
        file, form = str(self.fleet.root / self.fleet.file), self.how.which.log_format
        words = ["fleet", "worker", "--file", file, "--lease", str(self.how.running.lease), "--log-format", form]
        words += ["--of", str(os.getpid()), *(["--debug"] if self.console.debug else [])]
        command = [sys.executable, "-m", "seatsync", *words]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - our program


def serve(
    console: Console,
    engine: Engine,
    find: Callable[[str], tuple[Fleet, FleetAccount] | None],
    stop: Stop,
    reports: Reports,
    keys: Sequence[str] | None = None,
) -> None:
    """Work in this process: until these runs have ended, or until a signal."""
    import gc  # noqa: PLC0415 - of workers only

    def approvals(attempt: Attempt, intent: str) -> Sequence[Approval]:
        return engine.approvals.of(attempt.account, intent, attempt.key)

    def carry_out(attempt: Attempt, intent: str, plan: str) -> None:
        engine.approvals.use(attempt.account, intent, attempt.key)
        engine.runs.note_plan(attempt, plan)

    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(*_COLLECT)
    gc.enable()
    try:
        engine.serve(AccountWork(console, find, Recorded(approvals, carry_out)), stop, keys, reports)
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def reports_of(console: Console, log: Log, bar: Progress | None = None) -> Reports:
    """Return what writes the progress and the log of a worker."""
    since: dict[str, float] = {}

    def began(attempt: Attempt) -> None:
        since[attempt.key] = console.seconds()
        event = "started" if attempt.starts == 1 else "taken over"
        log(LogRecord(event, "debug", attempt.account, attempt.command, attempt.key))

    def ended(attempt: Attempt, result: Result) -> None:
        seconds = console.seconds() - since.pop(attempt.key)
        if bar is not None:
            bar.step(attempt.account)
        again = result.again is not None
        event, level = ("retried", _WARNING) if again else _EVENTS.get(result.state, _FINISHED)
        error = result.message if result.state == "failed" else ""
        log(LogRecord(event, level, attempt.account, attempt.command, attempt.key, seconds, error))

    return Reports(began, ended)


_WARNING: Final[Level] = "warning"
_FINISHED: Final[tuple[str, Level]] = ("finished", "debug")
_EVENTS: Final[dict[str, tuple[str, Level]]] = {"waiting": ("waiting", "debug"), "failed": ("failed", "error")}


def exit_code(found: FleetOutcome, *, detailed: bool) -> int:
    """Return 1 if an account failed, 3 if one waits for people, 2 if one has changes and that was asked for, else 0."""
    outcomes = found.outcomes()
    if any(outcomes[bad] for bad in ("failed", "errors", "stopped")):
        return 1
    if outcomes["people"] or outcomes["approval"]:
        return _PEOPLE
    return _CHANGES if detailed and outcomes["changes"] else 0
