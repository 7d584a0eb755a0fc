"""A part of an embedded account: some teams, read without the rest, as long as the store is what was read before."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from seatsync.account.model import Account, Value
from seatsync.targets.sql_schema import select, select_pools
from seatsync.targets.sql_state import fill, read_meta
from seatsync.targets.sql_sums import BETWEEN, POOLS
from seatsync.targets.sqlite import Database, has_log, open_to_read

_OF_TEAMS = ("team_admin", "team_member", "team_group", "team_seat", "group_member", "group_seat")
_AT_A_TIME = 500  # values in one query: SQLite takes 999 at least
_Rows: TypeAlias = Iterator[tuple[Any, ...]]


class Seen(NamedTuple):
    """A store at one moment. What seatsync writes changes what it says of itself as a whole (`meta`).

    `stamp` is the file: device, inode, bytes, and when it was modified and changed, in nanoseconds. Whatever else
    alters it changes that.
    """

    stamp: tuple[int, ...]
    meta: tuple[Value, ...]


def see(url: str, path: Path) -> Seen | None:
    """The store as it is now; None where a part of it stands in SQLite's log beside it."""
    database = open_to_read(url, path)
    try:
        with database.reading():
            return _seen(path, database)
    finally:
        database.close()


def read_part(
    url: str, path: Path, seen: Seen, teams: Iterable[str], subscriptions: Iterable[str], users: Iterable[str]
) -> Account | None:
    """Some teams, subscriptions and people of the account, and whoever belongs to those; None unless it is as `seen`.

    The rows are not held against the sums of their tables: that was done when the store was seen.
    """
    database = open_to_read(url, path)
    try:
        with database.reading():
            if _seen(path, database) != seen:
                return None
            return _part(database, sorted(teams), sorted(subscriptions), set(users))
    finally:
        database.close()


def _seen(path: Path, database: Database) -> Seen | None:
    meta = read_meta(database)
    stat = path.stat()
    if has_log(path):
        return None
    return Seen((stat.st_dev, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns), meta.cells())


def _part(database: Database, teams: Sequence[str], subscriptions: Sequence[str], users: set[str]) -> Account:
    meta = read_meta(database)
    account = Account(meta.name, meta.lineage, meta.serial, meta.timezone)
    tables = {table: list(_where(database, table, "team", teams)) for table in _OF_TEAMS}
    bought = list(_where(database, "subscription", "id", subscriptions))
    members = (text.split(BETWEEN) for _, text in tables["team_member"])
    everybody: dict[str, str] = {}
    fill(database, account, everybody, "user", _where(database, "user", "id", sorted(users.union(*members))))
    fill(database, account, everybody, "team", _where(database, "team", "name", teams))
    for table, rows in tables.items():
        fill(database, account, everybody, table, iter(rows))
    fill(database, account, everybody, "subscription", iter(bought))
    return account


def _where(database: Database, table: str, column: str, values: Sequence[str]) -> _Rows:
    """The rows of a table with some values in its first key column, in order of the keys."""
    if table in POOLS:
        query = select_pools(table, column)
        for value in values:
            yield from database.rows(query, (value,))
        return
    for rank in range(0, len(values), _AT_A_TIME):
        some = values[rank : rank + _AT_A_TIME]
        yield from database.rows(select(table, column, len(some)), some)
