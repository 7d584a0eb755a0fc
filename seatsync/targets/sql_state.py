"""An account read from its tables, counted and summed, and the rows that changes write there."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from zlib import crc32

from seatsync.account.model import (
    TABLES,
    Account,
    Change,
    Contract,
    ContractProduct,
    Group,
    Sso,
    Subscription,
    Team,
    User,
    Value,
)
from seatsync.account.step_text import canonical
from seatsync.errors import TargetProblem
from seatsync.targets.sql_schema import VERSION, select, write
from seatsync.targets.sqlite import Database, version_of

_STATUSES: frozenset[Any] = frozenset({"pending", "active"})
_ROLES: frozenset[Any] = frozenset({"secondary", "sso"})
_OFFERINGS: frozenset[Any] = frozenset({"single-user", "multi-user", "flex", "token-flex"})
_CHANNELS: frozenset[Any] = frozenset({"store", "reseller"})
_LICENSES: frozenset[Any] = frozenset({"perpetual", "maintenance", "education"})
_DEPLOYMENTS: frozenset[Any] = frozenset({"stand-alone", "networked", None})


_SUMMED = (*TABLES, "cases", "applied")
"""The tables that a state is read from. Of the cases, those that are open."""


@dataclass(slots=True)
class Sums:
    """How many rows each table holds, and the sum of their checksums: a lost or altered row is noticed when read."""

    tables: dict[str, tuple[int, int]]

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

    def take(self, change: Change) -> None:
        """Follow a change."""
        if change.old is not None:
            self.drop(change.table, (*change.key, *change.old))
        if change.new is not None:
            self.add(change.table, (*change.key, *change.new))

    def add(self, table: str, row: tuple[Value, ...]) -> None:
        """A row has come to a table."""
        count, total = self.tables[table]
        self.tables[table] = (count + 1, total + sum_of(row))

    def drop(self, table: str, row: tuple[Value, ...]) -> None:
        """A row has gone from a table."""
        count, total = self.tables[table]
        self.tables[table] = (count - 1, total - sum_of(row))

    def check(self, database: Database, table: str, count: int, total: int) -> None:
        """Refuse a table that was read with other rows than were written."""
        if (count, total) != self.tables[table]:
            raise damaged(database, f"table {table} is not what was written ({count} of {self.tables[table][0]} rows)")


@dataclass(frozen=True, slots=True)
class Meta:
    """What a store says of its account as a whole."""

    name: str
    lineage: str
    serial: int
    timezone: str
    sums: Sums

    def cells(self) -> tuple[Value, ...]:
        """The row of it, which has its own checksum at its end."""
        row = (self.name, self.lineage, self.serial, self.timezone, self.sums.as_text())
        return (*row, sum_of(row))


def read_meta(database: Database) -> Meta:
    """The account as a whole; refused where a newer seatsync made the store."""
    version = version_of(database)
    if version > VERSION:
        problem = f"made by a newer seatsync (store version {version}, this one knows {VERSION})"
        raise TargetProblem(database.url, problem, "upgrade seatsync")
    row = database.row("SELECT name, lineage, serial, timezone, sums, mark FROM meta")
    if version < VERSION or row is None or sum_of(row[:-1]) != row[-1]:
        raise damaged(database, "table meta is not what was written")
    try:
        return Meta(row[0], row[1], row[2], row[3], Sums.from_text(row[4]))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise damaged(database, "table meta cannot be read") from error


def write_meta(database: Database, meta: Meta) -> None:
    """Put the account as a whole in place of what was kept before."""
    database.run("DELETE FROM meta")
    statement = "INSERT INTO meta (one, name, lineage, serial, timezone, sums, mark) VALUES (1, ?, ?, ?, ?, ?, ?)"
    database.run(statement, meta.cells())


def write_rows(database: Database, changes: tuple[Change, ...], sums: Sums) -> None:
    """Carry changes out in the tables, and follow them in the sums."""
    for change in changes:
        write(database, change)
        sums.take(change)


def damaged(database: Database, what: str) -> TargetProblem:
    """The error for content that no seatsync wrote."""
    return TargetProblem(database.url, f"the file is damaged: {what}", "restore it from a backup")


def read_account(database: Database, meta: Meta) -> Account:
    """The whole account, within the caller's transaction. Every table is counted and summed against what is kept."""
    account = Account(meta.name, meta.lineage, meta.serial, meta.timezone)
    known: dict[str, str] = {}
    for table in _FILL:
        fill(database, account, known, table, _summed(database, table, meta.sums))
    return account


Rows = Iterator[tuple[Any, ...]]
"""Rows as the driver gives them; Any, because only the file says what is in it. What is taken over is looked at."""


def fill(database: Database, account: Account, known: dict[str, str], table: str, rows: Rows) -> None:
    """Put rows of a table into an account. `known` are the people so far, who come first, then teams and contracts."""
    try:
        _FILL[table](account, known, rows)
    except (KeyError, ValueError, TypeError) as error:
        raise damaged(database, f"table {table} has a row that no account has") from error


def _summed(database: Database, table: str, sums: Sums) -> Rows:
    count = total = 0
    relation = not TABLES[table][1]
    for row in database.rows(select(table)):
        count += 1
        total += crc32("\x1f".join(row).encode()) if relation else sum_of(row)
        yield row
    sums.check(database, table, count, total)


def sum_of(row: tuple[Value, ...]) -> int:
    """The checksum of a row."""
    return crc32("\x1f".join("\0" if value is None else str(value) for value in row).encode())


# One small function a table. `known` maps each person to the one string object that stands for them everywhere.
# A person, team or contract that is not there is a KeyError; a value outside its list a ValueError.


T = TypeVar("T")


def _one_of(value: T, allowed: frozenset[T]) -> T:
    if value not in allowed:
        raise ValueError(value)
    return value


def _user(account: Account, known: dict[str, str], rows: Rows) -> None:
    for key, email, first, last, status, invited in rows:
        known[key] = key
        account.users[key] = User(email, first, last, _one_of(status, _STATUSES), invited)


def _team(account: Account, known: dict[str, str], rows: Rows) -> None:
    for name, primary, sso in rows:
        account.teams[name] = Team(known[primary], Sso.from_text(sso) if sso else None)


def _team_admin(account: Account, known: dict[str, str], rows: Rows) -> None:
    for team, user, role in rows:
        account.teams[team].admins[known[user]] = _one_of(role, _ROLES)


def _team_member(account: Account, known: dict[str, str], rows: Rows) -> None:
    for team, user in rows:
        account.teams[team].members.add(known[user])


def _team_group(account: Account, known: dict[str, str], rows: Rows) -> None:
    for team, name in rows:
        account.teams[team].groups[name] = Group()


def _group_member(account: Account, known: dict[str, str], rows: Rows) -> None:
    for team, name, user in rows:
        account.teams[team].groups[name].members.add(known[user])


def _group_seat(account: Account, known: dict[str, str], rows: Rows) -> None:
    for team, name, product in rows:
        account.teams[team].groups[name].products.add(product)


def _team_seat(account: Account, known: dict[str, str], rows: Rows) -> None:
    _holders(rows, known, lambda team: account.teams[team].seats)


def _holders(rows: Rows, known: dict[str, str], relation: Callable[[str], dict[str, set[str]]]) -> None:
    """Rows (scope, thing, person), in this order: neighbours share their scope and thing."""
    last: tuple[str, str] | None = None
    holders: set[str] = set()
    for scope, thing, user in rows:
        if last is None or thing != last[1] or scope != last[0]:
            last = (scope, thing)
            holders = relation(scope).setdefault(thing, set())
        holders.add(known[user])


def _subscription(account: Account, known: dict[str, str], rows: Rows) -> None:
    for key, team, product, offering, seats, tokens, channel, manager, starts, ends in rows:
        if team is not None and team not in account.teams:
            raise ValueError(team)
        account.subscriptions[key] = Subscription(
            team,
            product,
            _one_of(offering, _OFFERINGS),
            _count(seats),
            _count(tokens),
            _one_of(channel, _CHANNELS),
            known.get(manager) or str(manager),
            starts,
            ends,
        )


def _count(value: object) -> int | None:
    if value is None or (isinstance(value, int) and value >= 0):
        return value
    raise ValueError(value)


def _contract(account: Account, known: dict[str, str], rows: Rows) -> None:
    for number, manager, coordinator, license_type, channel, deployment, starts, ends in rows:
        account.contracts[number] = Contract(
            known[manager],
            known[coordinator],
            _one_of(license_type, _LICENSES),
            _one_of(channel, _CHANNELS),
            _one_of(deployment, _DEPLOYMENTS),
            starts,
            ends,
        )


def _contract_member(account: Account, known: dict[str, str], rows: Rows) -> None:
    for number, user in rows:
        account.contracts[number].members.add(known[user])


def _contract_product(account: Account, known: dict[str, str], rows: Rows) -> None:
    for number, name, seats, serial, product_key in rows:
        if not isinstance(seats, int) or seats < 0:
            raise ValueError(seats)
        account.contracts[number].products[name] = ContractProduct(seats, serial, product_key)


def _contract_seat(account: Account, known: dict[str, str], rows: Rows) -> None:
    _holders(rows, known, lambda number: account.contracts[number].seats)


def _contract_service(account: Account, known: dict[str, str], rows: Rows) -> None:
    _holders(rows, known, lambda number: account.contracts[number].services)


def _contract_support(account: Account, known: dict[str, str], rows: Rows) -> None:
    for number, user in rows:
        account.contracts[number].support.add(known[user])


_FILL: dict[str, Callable[[Account, dict[str, str], Rows], None]] = {
    "user": _user,
    "team": _team,
    "team_admin": _team_admin,
    "team_member": _team_member,
    "team_group": _team_group,
    "team_seat": _team_seat,
    "group_member": _group_member,
    "group_seat": _group_seat,
    "subscription": _subscription,
    "contract": _contract,
    "contract_member": _contract_member,
    "contract_product": _contract_product,
    "contract_seat": _contract_seat,
    "contract_service": _contract_service,
    "contract_support": _contract_support,
}
