"""The only module that uses DBOS: queued workflows, one at a time for an account, worked through by workers.

A workflow is one attempt at a run, and has no steps: the record of runs tells what was done, and an attempt that was
cut off is begun again with a higher fencing number. DBOS keeps the queue, delivers each workflow to one worker, and
puts the workflows of a worker back into the queue. DBOS works in threads; the work itself is done in the thread that
calls `serve`, so that it may handle signals.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue
from threading import Event, Thread
from time import monotonic
from typing import Final, NamedTuple, TypeVar
from uuid import uuid4

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSConfig, EnqueueOptions
from dbos._serialization import DBOSPortableJSON
from dbos._sys_db import SystemDatabase

from seatsync.errors import SeatsyncError
from seatsync.fleet.contact import Contact
from seatsync.fleet.fleet_store import FleetStore, FleetStoreProblem
from seatsync.fleet.log import Log, LogRecord
from seatsync.fleet.run_values import Approval, Attempt, NewRun, Result
from seatsync.fleet.runs import Approvals, Runs, Workers

LEASE: Final = 30.0
"""Seconds after which a worker that does not renew its lease is given up."""

_APPLICATION: Final = "seatsync-fleet"
_VERSION: Final = "1"
"""The version of the workflow: all versions of seatsync whose workflow has the same arguments share one queue."""

_QUEUE: Final = "accounts"
_WORKFLOW: Final = "run_account"
_POLL: Final = 0.1  # seconds between two looks at the queue
_AT_HAND: Final = 5
"""Workflows that a worker has taken from the queue: one that it does, and those that it does until it looks again."""

_IDLE: Final = 0.2  # seconds between two looks at whether the caller's runs have ended
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


class _Stopped(BaseException):
    """Ends a workflow without a result. DBOS records every `Exception` as the workflow's result, but not this."""


class _Job(NamedTuple):
    key: str
    attempt: int
    done: Future[str]


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
        self.id = f"{uuid4().hex[:12]}"
        self.runs, self.workers, self.approvals = Runs(store), Workers(store), Approvals(store)
        self._place = place
        self._lease = lease
        self._jobs: Queue[_Job] = Queue()
        self._lost = Event()
        self._fault: Exception | None = None
        self._is_away = False
        self._ended = Event()
        _migrate(store)
        self._client = DBOSClient(
            system_database_engine=store.engine,
            dbos_system_schema=store.schema,
            serializer=DBOSPortableJSON,
            application_name=_APPLICATION,
            retry_connection_errors=False,
        )
        with store.translated():
            self._client.register_queue(
                _QUEUE, partition_concurrency=1, worker_concurrency=_AT_HAND, polling_interval_sec=_POLL
            )

    def enqueue(self, runs: Sequence[NewRun], approvals: Iterable[tuple[str, Approval]] = ()) -> None:
        """Record runs, and approvals by account, and queue the runs; each chunk in one transaction."""
        for start in range(0, len(runs), _CHUNK):
            with self.store.writing() as connection:
                for run in runs[start : start + _CHUNK]:
                    self.runs.add(connection, run)
                    self._put(connection, run.key, run.account, 1)
                if start == 0:
                    for account, approval in approvals:
                        self.approvals.add(connection, account, approval)

    def forget(self) -> None:
        """Delete what ended long ago, except the last run of each account and command."""
        old = self.runs.outdated(_KEPT_DAYS, _CHUNK)
        if old:
            with self.store.translated():
                self._client.delete_workflows(
                    [f"{key}:{attempt}" for key, last in old.items() for attempt in range(1, last + 1)]
                )
            self.runs.forget(old)

    def _put(self, connection: sa.Connection, key: str, account: str, attempt: int, delay: float | None = None) -> None:
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "queue_name": _QUEUE,
            "queue_partition_key": account,
            "workflow_id": f"{key}:{attempt}",
            "app_version": _VERSION,
        }
        if delay is not None:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, key, attempt)

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
        with self._launched():
            while stop() is None and not self._lost.is_set():
                try:
                    job = self._jobs.get(timeout=_POLL)
                except Empty:
                    job = None
                if job is not None:
                    self._answer(job, work, stop, reports)
                    if left is not None:
                        left.discard(job.key)
                if wanted is not None and (not left or (job is None and monotonic() - looked > _IDLE)):
                    left = (left or set(wanted)) & self.runs.open_keys()  # those done here may be tried again
                    looked = monotonic()
                    if not left:
                        break
        self._raise_fault()
        if self._lost.is_set():
            raise LeaseLost

    def _answer(self, job: _Job, work: Work, stop: Stop, reports: Reports) -> None:
        """Do a job, and let its thread go on, whatever happens. It records nothing for a run that others have now."""
        try:
            word = self._do(job, work, stop, reports)
            if word is not None:
                job.done.set_result(word)
        finally:
            if not job.done.done():
                job.done.set_exception(_Stopped())

    def _do(self, job: _Job, work: Work, stop: Stop, reports: Reports) -> str | None:
        """Do one attempt; return a word for the record of DBOS, None if this worker was given up meanwhile."""
        attempt = self._patiently(lambda: self.runs.begin(job.key, job.attempt, self.id), stop)
        if attempt is None:
            return "ended before" if self._patiently(self._renew, stop) else None
        reports.began(attempt)
        result = work(attempt)
        recorded = self._patiently(lambda: self._end(attempt, result), stop)
        if recorded:
            reports.ended(attempt, result)
        return result.outcome if recorded else None

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
                self._put(connection, attempt.key, attempt.account, attempt.attempt + 1, result.again)
            return recorded

    def _patiently(self, transact: Callable[[], _T], stop: Stop) -> _T:
        """Run a transaction, again and again while the database is away."""
        while True:
            try:
                return transact()
            except FleetStoreProblem as problem:
                if not problem.passing or stop() is not None:
                    raise
                self._note(problem)
                if self._lost.wait(_RETRY):
                    raise

    @contextmanager
    def _launched(self) -> Iterator[None]:
        """Run DBOS. What was taken from the queue and not done by the end is left to others, as of a dead worker.

        It is not put back here: DBOS would put back what is done and about to be recorded, too, and wait for it.
        """
        logging.getLogger("dbos").addHandler(logging.NullHandler())  # or DBOS adds one that writes to standard error
        DBOS(config=_config(self.store, self.id))

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=None)
        def run_account(key: str, attempt: int) -> str:
            return self._hand_over(key, attempt)

        DBOS.listen_queues([_QUEUE])
        with self.store.translated():
            DBOS.launch()
        try:
            yield
        finally:
            self._ended.set()
            self._give_up_jobs()
            DBOS.destroy(destroy_registry=True)

    def _hand_over(self, key: str, attempt: int) -> str:
        """Give a workflow to the thread that serves, and wait for its result."""
        job = _Job(key, attempt, Future())
        self._jobs.put(job)
        if self._ended.is_set():
            self._give_up_jobs()
        return job.done.result()

    def _give_up_jobs(self) -> None:
        """End the workflows that this worker has taken from the queue and not begun."""
        while True:
            try:
                self._jobs.get_nowait().done.set_exception(_Stopped())
            except Empty:
                return

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
        with self.store.translated():
            taken = self._client.list_workflows(
                status="PENDING", queue_name=_QUEUE, load_input=False, load_output=False
            )
        owners = {each.executor_id for each in taken if each.executor_id}
        # Read afterwards, so that no worker is missing that has taken one of them.
        gone = owners - {worker.id for worker in self.workers.alive()}
        for each in taken:
            if each.executor_id in gone:
                with self.store.translated():
                    self._client._sys_db.reenqueue_for_recovery(each.workflow_id, [each.executor_id], _QUEUE)  # noqa: SLF001 - as DBOS's own recovery


def _config(store: FleetStore, worker: str) -> DBOSConfig:
    """Return the configuration of DBOS: nothing on the network but the database, nothing written to a stream."""
    config: DBOSConfig = {
        "name": _APPLICATION,
        "system_database_engine": store.engine,
        "serializer": DBOSPortableJSON,
        "application_version": _VERSION,
        "executor_id": worker,
        "use_listen_notify": False,
        "run_migrations": False,
        "enable_otlp": False,
        "log_level": "CRITICAL",
        "notification_listener_polling_interval_sec": _IDLE,  # also the time that its end takes
        "scheduler_polling_interval_sec": 3600.0,
    }
    if store.schema is not None:
        config["dbos_system_schema"] = store.schema
    return config


def _migrate(store: FleetStore) -> None:
    """Create or update the tables of DBOS, before anything is queued."""
    database = SystemDatabase.create(
        system_database_url="sqlite://" if store.schema is None else "postgresql://",
        engine_kwargs={},
        engine=store.engine,
        schema=store.schema,
        serializer=DBOSPortableJSON,
        executor_id=None,
        use_listen_notify=False,
    )
    with store.translated():
        database.run_migrations()
