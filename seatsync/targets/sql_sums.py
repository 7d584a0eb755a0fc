"""Counts and checksums of the tables: how a lost, altered or moved row is noticed when an account is read."""

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
"""The tables whose rows only say that a person is in something: a team, a group, among the holders of a product."""

SEPARATOR, NOTHING = "\x1f", "\0"
"""What stands between the cells of a row, and for a cell that has no value, where a checksum is taken."""

BETWEEN = "\n"
"""What stands between the people of a pool in one text: no address holds a line break."""

_SUMMED = (*TABLES, "cases", "applied", "remembered")
"""The tables that a state is read from. Of the cases, those that are open."""


class Sums:
    """How many rows each table holds, and the sum of their checksums: a lost or altered row is noticed when read."""

    def __init__(self, tables: dict[str, tuple[int, int]]) -> None:
        self.tables = tables

    @classmethod
    def empty(cls) -> Sums:
        """The sums of an account without rows."""
        return cls(dict.fromkeys(_SUMMED, (0, 0)))

    @classmethod
    def from_text(cls, text: str) -> Sums:
        """The reverse of `as_text`; ValueError, KeyError or TypeError for any other text."""
        facts = json.loads(text)
        return cls({table: (facts[table][0], facts[table][1]) for table in _SUMMED})

    def as_text(self) -> str:
        """The sums as canonical JSON."""
        return canonical(self.tables)

    def add(self, table: str, mark: int, count: int = 1) -> None:
        """Rows of this checksum have come to a table; with -1 and its negative, a row has gone."""
        rows, total = self.tables[table]
        self.tables[table] = (rows + count, total + mark)

    def check(self, database: Database, table: str, count: int, total: int) -> None:
        """Refuse a table that was read with other rows than were written."""
        if (count, total) != self.tables[table]:
            raise damaged(database, f"table {table} is not what was written ({count} of {self.tables[table][0]} rows)")


def sum_of(row: Sequence[Value]) -> int:
    """The checksum of a row."""
    cells = [NOTHING if value is None else value if isinstance(value, str) else str(value) for value in row]
    return crc32(SEPARATOR.join(cells).encode())


def sum_of_pool(pool: Sequence[str], people: str) -> int:
    """The checksum of a pool: where it is, and everybody in it, in order, as one text."""
    return crc32(people.encode(), crc32(SEPARATOR.join(pool).encode()))


class TrackedSums:
    """Sums that follow an account. A pool is summed when it is touched first, and at the end of every transaction.

    `pools` are those that were touched ever, with count and checksum as of the last transaction; `touched`: in this.
    """

    def __init__(self, sums: Sums, account: Account) -> None:
        self.sums = sums
        self.account = account
        self.pools: dict[tuple[str, ...], tuple[int, int]] = {}
        self.touched: set[tuple[str, ...]] = set()

    def before(self, changes: Iterable[Change]) -> None:
        """Changes are about to be carried out on the account."""
        for row in changes:
            if row.table in POOLS:
                pool = (row.table, *row.key[:-1])
                if pool not in self.pools:
                    self.pools[pool] = self._pool(*pool)
                self.touched.add(pool)
                continue
            if row.old is not None:
                self.sums.add(row.table, -sum_of((*row.key, *row.old)), -1)
            if row.new is not None:
                self.sums.add(row.table, sum_of((*row.key, *row.new)))

    def settle(self) -> None:
        """Everything was carried out: let the sums say what the pools hold now."""
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
        return len(people), sum_of_pool(pool, BETWEEN.join(sorted(people)))


_NOBODY: frozenset[str] = frozenset()


def _people(account: Account, table: str, scope: str, thing: str) -> AbstractSet[str]:
    """Who is in a pool of an account; nobody where there is no such pool."""
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
    """The error for content that no seatsync wrote."""
    return TargetProblem(database.url, f"the file is damaged: {what}", "restore it from a backup")
