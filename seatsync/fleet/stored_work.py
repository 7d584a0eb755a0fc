"""The unfinished work that the store of a fleet has, for people who look: read without creating a store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from seatsync.declaration.files import is_there
from seatsync.errors import TargetProblem, how_to_install
from seatsync.fleet.declared_fleet import Fleet
from seatsync.fleet.work_records import Work

_FILE: Final = "sqlite:///"
_LATER: Final = (
    "NOT EXISTS (SELECT 1 FROM fleet_run AS later WHERE later.account = run.account AND later.state <> 'stopped'"
    " AND (later.queued_at, later.key) > (run.queued_at, run.key)"
)
_STATEMENT: Final = (
    "SELECT account, command, key, CASE WHEN outcome = 'people' THEN 'people' ELSE state END AS state, intent,"  # noqa: S608 - all of it is written here
    " queued_at, started_at, ended_at FROM fleet_run AS run WHERE state IN ('queued', 'running')"
    f" OR ((state = 'waiting' OR outcome = 'people') AND {_LATER} AND later.command = run.command))"
    f" OR (state = 'failed' AND {_LATER})) ORDER BY account, queued_at, key"
)


def unfinished_work(fleet: Fleet) -> Mapping[str, tuple[Work, ...]]:
    """Return the unfinished runs of a fleet by account.

    A plan waits for approval, or for people, until a later run of its command. That a run failed counts until any later
    run.

    There is none if the store does not exist yet. Raises `TargetProblem` if the store cannot be read.
    """
    if fleet.store.lower().startswith(_FILE) and not is_there(fleet.root / fleet.store[len(_FILE) :]):
        return {}
    try:
        # Imported here because SQLAlchemy is an extra, and slow to import.
        from seatsync.fleet.fleet_store import reading_fleet_store  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise TargetProblem("the store of the fleet", "needs the package dbos", how_to_install("fleet")) from error
    found: dict[str, list[Work]] = {}
    with reading_fleet_store(fleet.store, fleet.root) as store:
        if store is None:
            return {}
        with store.writing() as connection:
            for row in connection.execute(store.sql(_STATEMENT)):
                since = {"queued": row.queued_at, "running": row.started_at}.get(row.state, row.ended_at)
                work = Work(row.command, row.key, row.state, _instant(since), row.intent or "")
                found.setdefault(row.account, []).append(work)
    return {account: tuple(runs) for account, runs in found.items()}


def _instant(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
