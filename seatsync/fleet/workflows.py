"""The engine of a fleet: workers that work through the queue, each run by one of them at a time, whatever ends others.

The record of runs tells what was done, and an attempt that was cut off is begun again with a higher fencing number.
The work is done in the thread that calls `serve`, so that it may handle signals.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from threading import Event, Lock, Thread
from time import monotonic
from typing import Final, TypeVar
from uuid import uuid4

from seatsync.errors import SeatsyncError
from seatsync.fleet.account_queue import AccountQueue, Job
from seatsync.fleet.contact import Contact
from seatsync.fleet.fleet_store import FleetStore, FleetStoreProblem
from seatsync.fleet.log import Log, LogRecord
from seatsync.fleet.run_values import Approval, Attempt, NewRun, Result
from seatsync.fleet.runs import Approvals, Runs, Workers

LEASE: Final = 30.0
"""Seconds after which a worker that does not renew its lease is given up."""

_POLL: Final = 0.2  # seconds between two looks at an empty queue
_AHEAD: Final = 0.25
"""Seconds for which a worker takes jobs at once: taking costs as much as a small plan. Slow ones are taken singly."""

_MOST: Final = 10  # jobs taken at once
_SHORTEST: Final = 0.001  # seconds, at least, between two takes: clocks may be coarse
_LONG: Final = 1.0
"""Seconds after which others may be idle, or have done what was to be done here."""

_LOOK_AFTER_OTHERS: Final = 1.0  # seconds between two looks at the leases of others
_CHUNK: Final = 200  # runs queued in one transaction
_KEPT_DAYS: Final = 90
"""Days for which ended runs are kept; what they did stays in the logs of the accounts."""
_RETRY: Final = 1.0  # seconds until a failed transaction is tried again

Work = Callable[[Attempt], Result]
"""What is done for one account. Returns a result whatever happens, and raises only what ends the worker."""

Stop = Callable[[], int | None]
"""Returns the signal that asked for the end, None if there was none."""

_T = TypeVar("_T")


class LeaseLost(SeatsyncError):
    """A worker that did not renew its lease in time, and was given up by the others."""

    def __init__(self) -> None:
        super().__init__("this worker paused for so long that others have taken over its runs; start it again")


@dataclass(frozen=True, slots=True)
class Reports:
    """What is called when a run begins and ends: for progress and logs."""

    began: Callable[[Attempt], None] = lambda _: None
    ended: Callable[[Attempt, Result], None] = lambda _, __: None


class Engine:
    """The queue of a store. `lease` is in seconds. `log` is told when the store is away."""

    def __init__(self, store: FleetStore, place: str, lease: float = LEASE, log: Log = lambda _: None) -> None:
        self.store = store
        self._log = log
        self.id = uuid4().hex[:12]
        self.runs, self.workers, self.approvals = Runs(store), Workers(store), Approvals(store)
        self.queue = AccountQueue(store)
        self._place = place
        self._lease = lease
        self._lost = Event()
        self._fault: Exception | None = None
        self._is_away = False
        self._ended = Event()
        self._taken: deque[Job] = deque()  # the first one is being done
        self._taking = Lock()  # held while they change
        self._may_have_more = False  # taken without an answer
        self._since, self._number = monotonic(), 0  # of what was taken last

    def enqueue(self, runs: Sequence[NewRun], approvals: Iterable[tuple[str, Approval]] = ()) -> None:
        """Record runs, and approvals by account, and queue the runs; each chunk in one transaction."""
        for start in range(0, len(runs), _CHUNK):
            with self.store.writing() as connection:
                for run in runs[start : start + _CHUNK]:
                    self.runs.add(connection, run)
                    self.queue.put(connection, run.account, run.key, 1)
                if start == 0:
                    for account, approval in approvals:
                        self.approvals.add(connection, account, approval)

    def forget(self) -> None:
        """Delete what ended long ago, except the last run of each account and command."""
        old = self.runs.outdated(_KEPT_DAYS, _CHUNK)
        if old:
            self.queue.forget(old)
            self.runs.forget(old)

    @contextmanager
    def registered(self) -> Iterator[None]:
        """Hold the lease of this worker, renewed by a thread that also takes over from workers without one."""
        self.workers.register(self.id, self._place, self._lease)
        keeper = Thread(target=self._keep_lease, name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            self._ended.set()
            keeper.join()
            self.workers.remove(self.id)
        self._raise_fault()

    def serve(self, work: Work, stop: Stop, mine: Iterable[str] | None, reports: Reports) -> None:
        """Do the queued work, within `registered`: until a signal or, if `mine` is given, until these runs have ended.

        Raises LeaseLost if this worker was given up meanwhile.
        """
        wanted = None if mine is None else frozenset(mine)
        left = None if wanted is None else set(wanted)
        looked = monotonic()
        try:
            while stop() is None and not self._lost.is_set():
                job = self._next(stop)
                if job is not None:
                    self._do(job, work, stop, reports)
                if left is not None and wanted is not None:
                    left -= {job.key} if job is not None else set()
                    if job is None or not left or monotonic() - looked > _LONG:  # others may have done them
                        looked = monotonic()
                        open_keys = self._patiently(self.runs.open_keys, stop)
                        left = (left or set(wanted)) & open_keys  # those done here may be tried again
                    if not left:
                        break
                if job is None:
                    self._lost.wait(_POLL)
        finally:
            with suppress(FleetStoreProblem):  # then it is taken over as from a dead worker
                self._give_back()
        self._raise_fault()
        if self._lost.is_set():
            raise LeaseLost

    def _next(self, stop: Stop) -> Job | None:
        """Return the next of the jobs taken; take as many as this worker does in a while if there is none."""
        if not self._taken:
            pace = self._number / max(monotonic() - self._since, _SHORTEST)
            most = min(_MOST, max(1, int(_AHEAD * pace)))
            self._patiently(lambda: self._take(most), stop)
        return self._taken[0] if self._taken else None

    def _take(self, most: int) -> None:
        """Take jobs. What the try before has taken, but lost its answer, goes back first: nobody else would do it."""
        if self._may_have_more:
            self._give_back()
        self._may_have_more = True
        taken = self.queue.take(self.id, most)
        with self._taking:
            self._taken.extend(taken)
            self._since, self._number = monotonic(), len(taken)
            self._may_have_more = False

    def _do(self, job: Job, work: Work, stop: Stop, reports: Reports) -> None:
        """Do a job. Nothing is recorded for a run that others have now."""
        attempt = self._patiently(lambda: self.runs.begin(job.key, job.attempt, self.id), stop)
        if attempt is None:
            is_done = self._patiently(self._renew, stop)  # the run ended before, unless this worker was given up
        else:
            reports.began(attempt)
            result = work(attempt)
            # If it is not recorded, the run was stopped meanwhile or a try without an answer has recorded it, likewise.
            is_done = self._patiently(lambda: self._end(attempt, result) or self._renew(), stop)
            if is_done:
                reports.ended(attempt, result)
        if is_done:
            self._patiently(lambda: self.queue.finish(job), stop)
        with self._taking:
            self._taken.popleft()

    def _give_back(self) -> None:
        """Put back all that this worker has taken and not done, as the store knows it."""
        with self._taking:
            self._taken.clear()
        self.queue.put_back(self.queue.holders().get(self.id, ()), self.id)

    def _share(self) -> None:
        """Put back what waits behind a job that takes long."""
        with self._taking:
            if len(self._taken) > 1 and monotonic() - self._since > _LONG:
                self._may_have_more = True  # if the store is lost meanwhile
                waiting = [self._taken.pop().workflow for _ in range(len(self._taken) - 1)]
                self.queue.put_back(waiting, self.id)

    def _renew(self) -> bool:
        """Extend the lease of this worker; return False, and end its service, if it has been given up."""
        renewed = self.workers.renew(self.id, self._lease)
        if not renewed:
            self._lost.set()
        return renewed

    def _end(self, attempt: Attempt, result: Result) -> bool:
        with self.store.writing() as connection:
            recorded = self.runs.end(connection, attempt, result)
            if recorded and result.again is not None:
                self.queue.put(connection, attempt.account, attempt.key, attempt.attempt + 1, result.again)
            return recorded

    def _patiently(self, transact: Callable[[], _T], stop: Stop) -> _T:
        """Run a transaction, again and again while the database is away, until a signal or the loss of the lease."""
        while True:
            try:
                return transact()
            except FleetStoreProblem as problem:
                if not problem.passing or stop() is not None:
                    raise
                self._note(problem)
                if self._lost.wait(_RETRY):
                    raise

    def _keep_lease(self) -> None:
        """Renew the lease until the end; take over from the workers whose lease is over."""
        renewed = monotonic()
        contact = Contact(self._lease, renewed, renewed)
        while True:
            try:
                if monotonic() - renewed >= self._lease / 3:
                    if not self._renew():
                        return
                    renewed = monotonic()
                if contact.prove(monotonic()):
                    self.workers.remove_expired(but=self.id)
                self._take_over()
                self._share()
                self.queue.release_delayed()
                self._note(None)
            except Exception as error:  # noqa: BLE001 - ends the worker, in its own thread
                if not isinstance(error, FleetStoreProblem) or not error.passing:
                    self._fault = error
                    self._lost.set()
                    return
                self._note(error)
            if self._ended.wait(min(_LOOK_AFTER_OTHERS, self._lease / 6)):
                return

    def _note(self, problem: FleetStoreProblem | None) -> None:
        """Log that the store is away for some reason (None: it is not), if that is new."""
        was_away, self._is_away = self._is_away, problem is not None
        if problem is not None and not was_away:
            self._log(LogRecord("store away", "warning", error=str(problem)))
        elif problem is None and was_away:
            self._log(LogRecord("store back"))

    def _raise_fault(self) -> None:
        """Raise the error that ended the renewal of the lease, if any."""
        if self._fault is not None:
            raise self._fault

    def _take_over(self) -> None:
        """Put the workflows of workers that are not there any more back into the queue."""
        holders = self.queue.holders()
        # Read afterwards, so that no worker is missing that has taken one of them.
        alive = {worker.id for worker in self.workers.alive()}
        for worker, workflows in holders.items():
            if worker not in alive:
                self.queue.put_back(workflows, worker)
