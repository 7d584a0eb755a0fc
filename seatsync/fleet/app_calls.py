"""Calls of the vendor's apps, counted in the store of a fleet: an app's allowance is for all its accounts together.

The allowance of a team is that of one account, and is counted beside that.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seatsync.errors import TargetProblem
from seatsync.fleet.declared_fleet import Fleet

_VARIABLE: Final = "SEATSYNC_FLEET_STORE"
_FILE: Final = "sqlite:///"
_MILLISECONDS: Final = 1000


@dataclass(frozen=True, slots=True)
class AppCalls:
    """Counts the calls of an app by the clock of the store."""

    url: str
    app: str

    def count(self, team: str, minute: float, most: int) -> float:  # noqa: ARG002 - of no team
        """Count a call and return 0, or return the seconds until one is allowed: `most` within a `minute`.

        Raises TargetProblem if it cannot be counted.
        """
        # Imported here because SQLAlchemy is an extra, and slow to import.
        from seatsync.fleet.fleet_store import FleetStoreProblem, open_fleet_store  # noqa: PLC0415

        try:
            with closing(open_fleet_store(self.url, Path("/"))) as store, store.alone("calls") as connection:
                length = int(minute * _MILLISECONDS)
                now = int(connection.execute(store.sql("SELECT $now")).scalar_one())
                connection.execute(store.sql("DELETE FROM fleet_call WHERE at <= :end"), {"end": now - length})
                # Calls of the future were made before the clock was put back, nobody knows how long ago.
                connection.execute(store.sql("UPDATE fleet_call SET at = :now WHERE at > :now"), {"now": now})
                query = store.sql("SELECT at FROM fleet_call WHERE app = :app ORDER BY at")
                made = [int(at) for at in connection.execute(query, {"app": self.app}).scalars()]
                if len(made) >= most:
                    return max(1, made[-most] + length - now) / _MILLISECONDS
                insert = store.sql("INSERT INTO fleet_call (app, at) VALUES (:app, :now)")
                connection.execute(insert, {"app": self.app, "now": now})
                return 0.0
        except FleetStoreProblem as error:
            problem = f"cannot be counted for all accounts ({error})"
            raise TargetProblem("calls to the vendor's API", problem, passing=error.passing) from error


def naming(fleet: Fleet) -> dict[str, str]:
    """Return the variable that tells commands on an account of a fleet where its store is."""
    url = fleet.store
    if url.lower().startswith(_FILE):
        url = f"{_FILE}{(fleet.root / url[len(_FILE) :]).absolute()}"
    return {_VARIABLE: url}


def app_calls(environ: Mapping[str, str], app: str) -> AppCalls | None:
    """Return the calls of an app as its fleet counts them; None outside of a fleet."""
    url = environ.get(_VARIABLE, "")
    return AppCalls(url, app) if url else None
