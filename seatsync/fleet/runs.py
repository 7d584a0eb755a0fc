"""The record of a fleet's runs: what is queued, running, waiting and done, who approved it, and which workers live.

Every change is one transaction by the clock of the database. A run is changed only by the attempt with its newest
number, so that a worker that was given up cannot overwrite what another one has recorded since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import sqlalchemy as sa

from seatsync.fleet.fleet_store import FleetStore
from seatsync.fleet.run_values import Approval, Attempt, Command, NewRun, Result, RunRecord, Worker

_CHUNK: Final = 500  # keys in one statement
_DAY: Final = 86_400_000  # milliseconds
_SELECT: Final = (
    "SELECT key, account, command, options, state, attempt, queued_at, started_at, ended_at, fingerprint, exit_code,"
    " outcome, message, facts, intent, plan FROM fleet_run AS run WHERE "
)


class Runs:
    """The runs in a store."""

    def __init__(self, store: FleetStore) -> None:
        self.store = store

    def add(self, connection: sa.Connection, run: NewRun) -> None:
        """Record a new run as queued, within a transaction."""
        statement = (
            "INSERT INTO fleet_run (key, account, command, options, state, front, attempt, starts, number, queued_at)"
            " VALUES (:key, :account, :command, :options, 'queued', :front, 1, 0, 0, $now)"
        )
        values = run._asdict() | {"options": _canonical(run.options)}
        connection.execute(self.store.sql(statement), values)

    def begin(self, key: str, attempt: int, worker: str) -> Attempt | None:
        """Begin a run with a new fencing number; None if it has ended, or the worker has been given up."""
        statement = (
            "UPDATE fleet_run SET state = 'running', starts = starts + 1, worker = :worker, started_at = $now,"
            " number = (SELECT CASE WHEN max(number) >= $now THEN max(number) + 1 ELSE $now END"
            " FROM fleet_run AS other WHERE other.account = fleet_run.account)"
            " WHERE key = :key AND attempt = :attempt AND state IN ('queued', 'running')"
            " AND EXISTS (SELECT 1 FROM fleet_worker WHERE id = :worker)"
            " RETURNING account, command, options, number, attempt, starts, plan"
        )
        with self.store.writing() as connection:
            row = connection.execute(
                self.store.sql(statement), {"key": key, "attempt": attempt, "worker": worker}
            ).first()
        if row is None:
            return None
        return Attempt(
            key, row.account, row.command, json.loads(row.options), row.number, attempt, row.starts, row.plan
        )

    def note_plan(self, attempt: Attempt, plan: str) -> None:
        """Record the approved plan that an attempt is about to carry out, for the next one if this is cut off."""
        statement = "UPDATE fleet_run SET plan = :plan WHERE key = :key AND number = :number AND state = 'running'"
        with self.store.writing() as connection:
            connection.execute(self.store.sql(statement), {"plan": plan, "key": attempt.key, "number": attempt.number})

    def end(self, connection: sa.Connection, attempt: Attempt, result: Result) -> bool:
        """Record the result of an attempt, within a transaction.

        Returns False if a newer one has begun, or its worker was given up, so that another one is about to begin.
        """
        again = result.again is not None
        statement = (
            "UPDATE fleet_run SET state = :state, exit_code = :exit_code, outcome = :outcome, message = :message,"
            " facts = :facts, fingerprint = :fingerprint, intent = :intent, plan = coalesce(:plan, plan),"
            " attempt = attempt + :more, starts = CASE WHEN :more = 1 THEN 0 ELSE starts END,"
            " ended_at = CASE WHEN :more = 1 THEN NULL ELSE $now END"
            " WHERE key = :key AND number = :number AND state = 'running'"
            " AND EXISTS (SELECT 1 FROM fleet_worker WHERE id = fleet_run.worker)"
        )
        values = {
            "state": "queued" if again else result.state,
            "exit_code": result.exit_code,
            "outcome": result.outcome,
            "message": _storable(result.message),
            "facts": json.dumps(dict(result.facts), sort_keys=True),
            "fingerprint": result.fingerprint,
            "intent": result.intent,
            "plan": result.plan,
            "more": int(again),
            "key": attempt.key,
            "number": attempt.number,
        }
        return connection.execute(self.store.sql(statement), values).rowcount == 1

    def stop(self, front: str) -> None:
        """Give up the runs of a command that carries them out itself, but none that a worker of others is at."""
        statement = self.store.sql(
            "UPDATE fleet_run SET state = 'stopped', ended_at = $now, message = 'stopped'"
            " WHERE front = :front AND (state = 'queued' OR state = 'running' AND NOT EXISTS"
            " (SELECT 1 FROM fleet_worker WHERE id = fleet_run.worker AND id <> :front))"
        )
        with self.store.writing() as connection:
            connection.execute(statement, {"front": front})

    def stop_abandoned(self) -> None:
        """Give up runs of commands that carry out their runs themselves and have ended without."""
        statement = (
            "UPDATE fleet_run SET state = 'stopped', ended_at = $now, message = 'stopped'"
            " WHERE state IN ('queued', 'running') AND front IS NOT NULL"
            " AND front NOT IN (SELECT id FROM fleet_worker)"
        )
        with self.store.writing() as connection:
            connection.execute(self.store.sql(statement))

    def outdated(self, days: int, most: int) -> dict[str, int]:
        """Return runs that ended so long ago and are not the last of their account and command: attempts by key."""
        statement = self.store.sql(
            "SELECT key, attempt FROM fleet_run AS run WHERE ended_at < $now - :age"
            " AND EXISTS (SELECT 1 FROM fleet_run AS later WHERE later.account = run.account"
            " AND later.command = run.command AND later.state <> 'stopped'"
            " AND (later.queued_at, later.key) > (run.queued_at, run.key)) LIMIT :most"
        )
        with self.store.writing() as connection:
            rows = connection.execute(statement, {"age": days * _DAY, "most": most})
            return {row.key: row.attempt for row in rows}

    def forget(self, keys: Iterable[str]) -> None:
        """Delete runs that have ended."""
        values = [{"key": key} for key in keys]
        with self.store.writing() as connection:
            connection.execute(self.store.sql("DELETE FROM fleet_run WHERE key = :key"), values)

    def open_keys(self) -> set[str]:
        """Return the keys of all runs that have not ended."""
        with self.store.writing() as connection:
            rows = connection.execute(self.store.sql("SELECT key FROM fleet_run WHERE state IN ('queued', 'running')"))
            return set(rows.scalars())

    def of(self, keys: Sequence[str]) -> dict[str, RunRecord]:
        """Return runs by key."""
        statement = self.store.sql(_SELECT + "key IN :keys").bindparams(sa.bindparam("keys", expanding=True))
        found = {}
        with self.store.writing() as connection:
            for start in range(0, len(keys), _CHUNK):
                rows = connection.execute(statement, {"keys": keys[start : start + _CHUNK]})
                found.update({row.key: _record(row) for row in rows})
        return found

    def latest(self, command: Command, options: Mapping[str, object]) -> dict[str, RunRecord]:
        """Return the last run of a command with certain options that was not stopped, by account."""
        statement = (
            "command = :command AND options = :options AND state <> 'stopped'"
            " AND NOT EXISTS (SELECT 1 FROM fleet_run AS later WHERE later.account = run.account"
            " AND later.command = run.command AND later.options = run.options AND later.state <> 'stopped'"
            " AND (later.queued_at, later.key) > (run.queued_at, run.key))"
        )
        values = {"command": command, "options": _canonical(options)}
        with self.store.writing() as connection:
            rows = connection.execute(self.store.sql(_SELECT + statement), values)
            return {row.account: _record(row) for row in rows}

    def newest(self) -> dict[tuple[str, Command], RunRecord]:
        """Return the last run that was not stopped, by account and command."""
        statement = (
            "state <> 'stopped' AND NOT EXISTS (SELECT 1 FROM fleet_run AS later WHERE later.account = run.account"
            " AND later.command = run.command AND later.state <> 'stopped'"
            " AND (later.queued_at, later.key) > (run.queued_at, run.key))"
        )
        with self.store.writing() as connection:
            rows = connection.execute(self.store.sql(_SELECT + statement))
            return {(row.account, row.command): _record(row) for row in rows}


def _storable(text: str) -> str:
    """Return a text that every database can store: names of files may contain bytes that are not UTF-8."""
    return text.replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _canonical(options: Mapping[str, object]) -> str:
    return json.dumps(dict(options), sort_keys=True)


def _record(row: sa.Row[Any]) -> RunRecord:
    values = row._asdict()
    return RunRecord(
        **values | {"options": json.loads(row.options), "facts": json.loads(row.facts) if row.facts else {}}
    )


class Approvals:
    """The approvals in a store. One is used up by the run that carries its intent out."""

    def __init__(self, store: FleetStore) -> None:
        self.store = store

    def add(self, connection: sa.Connection, account: str, approval: Approval) -> None:
        """Record an approval, within a transaction; a second one by the same person replaces the first."""
        statement = (
            "INSERT INTO fleet_approval (account, intent, person, at) VALUES (:account, :intent, :person, $now)"
            " ON CONFLICT (account, intent, person) DO UPDATE SET at = $now, used_by = NULL"
        )
        connection.execute(self.store.sql(statement), {"account": account, **approval._asdict()})

    def of(self, account: str, intent: str, key: str) -> list[Approval]:
        """Return the approvals of an intent that no other run has used, oldest first."""
        statement = self.store.sql(
            "SELECT person FROM fleet_approval WHERE account = :account AND intent = :intent"
            " AND (used_by IS NULL OR used_by = :key) ORDER BY at, person"
        )
        with self.store.writing() as connection:
            rows = connection.execute(statement, {"account": account, "intent": intent, "key": key})
            return [Approval(person, intent) for person in rows.scalars()]

    def unused(self) -> set[tuple[str, str]]:
        """Return the accounts and intents whose approvals no run has used yet."""
        with self.store.writing() as connection:
            rows = connection.execute(
                self.store.sql("SELECT DISTINCT account, intent FROM fleet_approval WHERE used_by IS NULL")
            )
            return {(row.account, row.intent) for row in rows}

    def use(self, account: str, intent: str, key: str) -> None:
        """Mark the approvals of an intent as used by a run, before it is carried out."""
        statement = self.store.sql(
            "UPDATE fleet_approval SET used_by = :key WHERE account = :account AND intent = :intent AND used_by IS NULL"
        )
        with self.store.writing() as connection:
            connection.execute(statement, {"account": account, "intent": intent, "key": key})


class Workers:
    """The workers in a store, each with a lease that it renews while it lives."""

    def __init__(self, store: FleetStore) -> None:
        self.store = store

    def register(self, worker: str, place: str, lease: float) -> None:
        """Record a new worker. `lease` is in seconds."""
        statement = self.store.sql("INSERT INTO fleet_worker VALUES (:id, :place, $now, $now + :lease)")
        with self.store.writing() as connection:
            connection.execute(statement, {"id": worker, "place": place, "lease": int(lease * 1000)})

    def renew(self, worker: str, lease: float) -> bool:
        """Extend the lease of a worker; return False if it has been given up."""
        statement = self.store.sql("UPDATE fleet_worker SET until = $now + :lease WHERE id = :id")
        with self.store.writing() as connection:
            return connection.execute(statement, {"id": worker, "lease": int(lease * 1000)}).rowcount == 1

    def remove(self, worker: str) -> None:
        """Remove a worker that ends."""
        with self.store.writing() as connection:
            connection.execute(self.store.sql("DELETE FROM fleet_worker WHERE id = :id"), {"id": worker})

    def remove_ended(self, has_ended: Callable[[str], bool]) -> None:
        """Give up the workers whose processes have certainly ended, by their place."""
        for worker in self.alive():
            if has_ended(worker.place):
                self.remove(worker.id)

    def remove_expired(self, but: str) -> None:
        """Give up the workers whose lease is over, but for the one that asks, which is only late."""
        with self.store.writing() as connection:
            connection.execute(
                self.store.sql("DELETE FROM fleet_worker WHERE until < $now AND id <> :but"), {"but": but}
            )

    def alive(self) -> list[Worker]:
        """Return the workers that have not been given up, oldest first."""
        with self.store.writing() as connection:
            rows = connection.execute(
                self.store.sql("SELECT id, place, since, until FROM fleet_worker ORDER BY since, id")
            )
            return [Worker(*row) for row in rows]
