"""Counts and checksums of the tables, by which a lost, altered or moved row is detected on reading."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from zlib import crc32

from seatsync.account.model import TABLES, Account, Change, Contract, Value
from seatsync.account.step_text import canonical
from seatsync.errors import TargetProblem
from seatsync.targets.sqlite import Database

POOLS = frozenset(table for table, (keys, values) in TABLES.items() if keys[-1] == "user" and not values)
"""The tables of relations that end in a person and have no values, such as team members or holders of a product."""

CELL_SEPARATOR, NULL = "\x1f", "\0"
"""Separator of cells and text of an empty cell in the checksum of a row."""

SEPARATOR = "\n"
"""Separator of the people of a pool in one text: no address contains a line break."""

_SUMMED = (*TABLES, "cases", "applied", "remembered")
"""The tables that a state is read from. Of the cases only open ones are summed."""


class Sums:
    """The number of rows of each table, and the sum of their checksums."""

    def __init__(self, tables: dict[str, tuple[int, int]]) -> None:
        self.tables = tables

    @classmethod
    def empty(cls) -> Sums:
        """Return the sums of empty tables."""
        return cls(dict.fromkeys(_SUMMED, (0, 0)))

    @classmethod
    def from_text(cls, text: str) -> Sums:
        """Parse the text of `as_text`. Raises ValueError, KeyError, IndexError or TypeError for any other."""
        facts = json.loads(text)
        return cls({table: (facts[table][0], facts[table][1]) for table in _SUMMED})

    def as_text(self) -> str:
        """Return the sums as canonical JSON."""
        return canonical(self.tables)

    def add(self, table: str, mark: int, count: int = 1) -> None:
        """Add a row with checksum `mark` to a table; a negated `mark` and a `count` of -1 remove a row."""
        rows, total = self.tables[table]
        self.tables[table] = (rows + count, total + mark)

    def check(self, database: Database, table: str, count: int, total: int) -> None:
        """Raise TargetProblem if a table was read with other rows than were written."""
        if (count, total) != self.tables[table]:
            raise damaged(database, f"table {table} is not as written ({count} of {self.tables[table][0]} rows)")


def checksum(row: Sequence[Value]) -> int:
    """Return the checksum of a row."""
    cells = [NULL if value is None else value if isinstance(value, str) else str(value) for value in row]
    return crc32(CELL_SEPARATOR.join(cells).encode())


def pool_checksum(pool: Sequence[str], people: str) -> int:
    """Return the checksum of a pool: its key columns, and its sorted people as one text."""
    return crc32(people.encode(), crc32(CELL_SEPARATOR.join(pool).encode()))


class TrackedSums:
    """Sums that are updated with the changes of an account.

    A pool is summed before its first change and at the end of every transaction that changes it. `pools` are the pools
    changed so far, with count and checksum as of the last transaction; `touched` are those changed in this one.
    """

    def __init__(self, sums: Sums, account: Account) -> None:
        self.sums = sums
        self.account = account
        self.pools: dict[tuple[str, ...], tuple[int, int]] = {}
        self.touched: set[tuple[str, ...]] = set()

    def before(self, changes: Iterable[Change]) -> None:
        """Register changes that are about to be made to the account."""
        for row in changes:
            if row.table in POOLS:
                pool = (row.table, *row.key[:-1])
                if pool not in self.pools:
                    self.pools[pool] = self._pool(*pool)
                self.touched.add(pool)
                continue
            if row.old is not None:
                self.sums.add(row.table, -checksum((*row.key, *row.old)), -1)
            if row.new is not None:
                self.sums.add(row.table, checksum((*row.key, *row.new)))

    def settle(self) -> None:
        """Sum the changed pools again, after all changes of a transaction were made."""
        for pool in sorted(self.touched):
            count, mark = self.pools[pool]
            self.pools[pool] = count_now, mark_now = self._pool(*pool)
            self.sums.add(pool[0], mark_now - mark, count_now - count)
        self.touched.clear()

    def _pool(self, table: str, scope: str, thing: str = "") -> tuple[int, int]:
        people = _people(self.account, table, scope, thing)
        if not people:
            return 0, 0
        pool = (scope, thing) if len(TABLES[table][0]) > len(("scope", "user")) else (scope,)
        return len(people), pool_checksum(pool, SEPARATOR.join(sorted(people)))


_NOBODY: frozenset[str] = frozenset()


def _people(account: Account, table: str, scope: str, thing: str) -> AbstractSet[str]:
    """Return the people in a pool of an account, the empty set if there is no such pool."""
    if table.startswith("contract"):
        contract = account.contracts.get(scope)
        return _in_contract(contract, table, thing) if contract is not None else _NOBODY
    team = account.teams.get(scope)
    if team is None:
        return _NOBODY
    if table == "team_seat":
        return team.seats.get(thing, _NOBODY)
    if table == "team_member":
        return team.members
    group = team.groups.get(thing)
    return group.members if group is not None else _NOBODY


def _in_contract(contract: Contract, table: str, thing: str) -> AbstractSet[str]:
    if table == "contract_member":
        return contract.members
    if table == "contract_support":
        return contract.support
    return (contract.seats if table == "contract_seat" else contract.services).get(thing, _NOBODY)


def damaged(database: Database, what: str) -> TargetProblem:
    """Return the error for content that seatsync did not write."""
    return TargetProblem(database.url, f"the file is damaged: {what}", "restore it from a backup")
