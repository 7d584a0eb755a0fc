"""Rows on their way into a store: within a transaction many are written at once, which takes a fraction of the time."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatsync.account.model import Value
from seatsync.targets.sql_sums import damaged
from seatsync.targets.sqlite import Database

_MANY = 2000
"""Rows that are kept in memory at most, so that a large load needs no more than a small one."""


@dataclass(slots=True)
class Pending:
    """The rows of a transaction that are not written yet.

    Those of one table keep their order. Those of several need not: foreign keys are looked at when it ends.
    """

    database: Database
    _runs: dict[str, list[tuple[str, list[tuple[Value, ...]]]]] = field(default_factory=dict)
    _count: int = 0

    def add(self, table: str, statement: str, values: tuple[Value, ...]) -> None:
        """A statement that must touch one row of a table."""
        runs = self._runs.setdefault(table, [])
        if not runs or runs[-1][0] != statement:
            runs.append((statement, []))
        runs[-1][1].append(values)
        self._count += 1
        if self._count >= _MANY:
            self.flush()

    def flush(self) -> None:
        """Write what waits. Refused where a row is not there that should be."""
        for table, runs in self._runs.items():
            for statement, rows in runs:
                if self.database.run_many(statement, rows) != len(rows):
                    raise damaged(self.database, f"a row of table {table} is missing")
        self._runs.clear()
        self._count = 0
