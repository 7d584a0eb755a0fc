"""Buffered writes of a transaction: many rows are inserted at once, which takes a fraction of the time."""

from __future__ import annotations

from dataclasses import dataclass, field

from seatsync.account.model import Value
from seatsync.targets.sql_sums import damaged
from seatsync.targets.sqlite import Database

_LIMIT = 2000
"""Maximum number of buffered rows, so that a large load needs no more memory than a small one."""


@dataclass(slots=True)
class Pending:
    """The rows of a transaction that are not written yet.

    Rows of one table keep their order; tables are written one after the other, as foreign keys are checked on commit.
    """

    database: Database
    _runs: dict[str, list[tuple[str, list[tuple[Value, ...]]]]] = field(default_factory=dict)
    _count: int = 0

    def add(self, table: str, statement: str, values: tuple[Value, ...]) -> None:
        """Buffer a statement that must affect exactly one row of a table."""
        runs = self._runs.setdefault(table, [])
        if not runs or runs[-1][0] != statement:
            runs.append((statement, []))
        runs[-1][1].append(values)
        self._count += 1
        if self._count >= _LIMIT:
            self.flush()

    def flush(self) -> None:
        """Write all buffered rows. Raises TargetProblem if a row to change is missing."""
        for table, runs in self._runs.items():
            for statement, rows in runs:
                if self.database.run_many(statement, rows) != len(rows):
                    raise damaged(self.database, f"a row of table {table} is missing")
        self._runs.clear()
        self._count = 0
