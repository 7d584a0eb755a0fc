"""The queue of a fleet's work: DBOS workflows, of which one at a time is taken for an account. Only here is DBOS used.

A workflow is one attempt at a run. DBOS keeps it durably, gives it to one worker, delays it, and puts it back for those
who took it over. Workers take from the queue in their own thread, and not in those of DBOS, which would take more than
they can do at once, ask without end, and cost as much as a small plan.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from dbos import DBOSClient, EnqueueOptions
from dbos._serialization import DBOSPortableJSON

from seatsync.fleet.fleet_store import FleetStore

logging.getLogger("dbos").addHandler(logging.NullHandler())  # or its warnings would go to standard error

_APPLICATION: Final = "seatsync-fleet"
_VERSION: Final = "1"
"""The version of the workflow: all versions of seatsync whose workflow has the same arguments share one queue."""

_QUEUE: Final = "accounts"
_WORKFLOW: Final = "run_account"


class Job(NamedTuple):
    """An attempt at a run that a worker has taken. `owner` tells this taking from others."""

    key: str
    attempt: int
    owner: str

    @property
    def workflow(self) -> str:
        """The id of the workflow."""
        return _workflow(self.key, self.attempt)


class AccountQueue:
    """The queue in a store. Its functions raise FleetStoreProblem if the database fails."""

    def __init__(self, store: FleetStore) -> None:
        self._store = store
        self._client = DBOSClient(
            system_database_engine=store.engine,
            dbos_system_schema=store.schema,
            serializer=DBOSPortableJSON,
            application_name=_APPLICATION,
            retry_connection_errors=False,
            use_listen_notify=False,
            lazy=True,
        )
        self._database = self._client._sys_db  # noqa: SLF001 - its own workers take from the queue by this
        with store.translated():
            self._database.run_migrations()  # before anything is queued
            self._queue = self._client.register_queue(_QUEUE, partition_concurrency=1)

    def put(self, connection: sa.Connection, account: str, key: str, attempt: int, delay: float | None = None) -> None:
        """Queue an attempt, within a transaction; `delay` is in seconds."""
        options: EnqueueOptions = {
            "workflow_name": _WORKFLOW,
            "queue_name": _QUEUE,
            "queue_partition_key": account,
            "workflow_id": _workflow(key, attempt),
            "app_version": _VERSION,
        }
        if delay is not None:
            options["delay_seconds"] = delay
        self._client.enqueue_in_transaction(connection, options, key, attempt)

    def take(self, worker: str, most: int) -> list[Job]:
        """Take attempts for a worker, each of another account, of which no other worker has one."""
        owner = uuid4().hex
        with self._store.translated():
            taken = self._database.start_queued_partitioned_workflows(
                self._queue, worker, _VERSION, most, owner_xid=owner, is_latest_version=False
            )
        return [Job(key, int(attempt), owner) for key, _, attempt in (each.rpartition(":") for each in taken)]

    def finish(self, job: Job) -> None:
        """Record that an attempt has ended, unless it was taken over."""
        with self._store.translated():
            self._database.update_workflow_outcome(job.workflow, "SUCCESS", owner_xid=job.owner)

    def put_back(self, workflows: Iterable[str], worker: str) -> None:
        """Put back workflows that a worker has taken, if it has them still."""
        for workflow in workflows:
            with self._store.translated():
                self._database.reenqueue_for_recovery(workflow, [worker], _QUEUE)

    def release_delayed(self) -> None:
        """Let attempts be taken whose delay is over."""
        with self._store.translated():
            self._database.transition_delayed_workflows()

    def holders(self) -> Mapping[str, Collection[str]]:
        """Return the workflows that workers have taken, by worker."""
        with self._store.translated():
            taken = self._client.list_workflows(
                status="PENDING", queue_name=_QUEUE, load_input=False, load_output=False
            )
        found: dict[str, list[str]] = {}
        for each in taken:
            found.setdefault(each.executor_id or "", []).append(each.workflow_id)
        return found

    def forget(self, attempts: Mapping[str, int]) -> None:
        """Delete all attempts at runs that have ended: `attempts` are the last ones by key."""
        ids = [_workflow(key, attempt) for key, last in attempts.items() for attempt in range(1, last + 1)]
        with self._store.translated():
            self._client.delete_workflows(ids)


def _workflow(key: str, attempt: int) -> str:
    return f"{key}:{attempt}"
