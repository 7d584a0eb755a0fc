"""Reading an account from its tables, verified against counts and checksums; and the row of the account as a whole."""

from collections.abc import Callable, Iterator
from sys import intern
from typing import Any, NamedTuple, TypeAlias, TypeVar

from seatsync.account.attributes import DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, SALES_CHANNELS
from seatsync.account.model import (
    Account,
    Contract,
    ContractProduct,
    Group,
    Sso,
    Subscription,
    Team,
    User,
    Value,
)
from seatsync.account.things import CompactSet
from seatsync.errors import TargetProblem
from seatsync.reading.tree import collector_paused
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.tables import (
    CELL_SEPARATOR,
    POOLS,
    VERSION,
    Sums,
    checksum,
    damaged,
    pool_checksum,
    select,
    select_pools,
)

_ROLES: dict[Any, Any] = {word: word for word in ("secondary", "sso")}
_OFFERINGS: dict[Any, Any] = {word: word for word in OFFERINGS}
_CHANNELS: dict[Any, Any] = {word: word for word in SALES_CHANNELS}
_LICENSES: dict[Any, Any] = {word: word for word in LICENSE_TYPES}
_DEPLOYMENTS: dict[Any, Any] = {word: word for word in (*DEPLOYMENTS, None)}
_STATUSES: dict[Any, Any] = {word: word for word in ("pending", "active")}

Rows: TypeAlias = Iterator[tuple[Any, ...]]
"""Rows as the driver returns them. Any, because the file may contain anything: every value is checked."""

People: TypeAlias = dict[str, str]
"""The identities of the account being read, each to the one string object that is used for it everywhere."""


class Meta(NamedTuple):
    """The account as a whole, and the sums of all tables."""

    name: str
    lineage: str
    serial: int
    timezone: str
    sums: Sums

    def cells(self) -> tuple[Value, ...]:
        """Return the row, with its own checksum as the last cell."""
        row = (self.name, self.lineage, self.serial, self.timezone, self.sums.as_text())
        return (*row, checksum(row))


def read_meta(database: Database) -> Meta:
    """Read the account as a whole. Raises TargetProblem if it is damaged or of another version of seatsync."""
    version = database.version()
    if version > VERSION:
        problem = f"created by a newer seatsync (store version {version}, this one supports {VERSION})"
        raise TargetProblem(database.url, problem, "upgrade seatsync")
    if 0 < version < VERSION:
        problem = f"created by an older seatsync (store version {version}, this one supports {VERSION})"
        raise TargetProblem(
            database.url, problem, "`import` it with that version, and load the files into a new account"
        )
    row = database.row("SELECT name, lineage, serial, timezone, sums, mark FROM meta")
    if version < VERSION or row is None or checksum(row[:-1]) != row[-1]:
        raise damaged(database, "table meta is not as written")
    try:
        return Meta(row[0], row[1], row[2], row[3], Sums.from_text(row[4]))
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise damaged(database, "table meta cannot be read") from error


def write_meta(database: Database, meta: Meta) -> None:
    """Replace the row of the account as a whole."""
    database.run("DELETE FROM meta")
    statement = "INSERT INTO meta (one, name, lineage, serial, timezone, sums, mark) VALUES (1, ?, ?, ?, ?, ?, ?)"
    database.run(statement, meta.cells())


def read_account(database: Database, meta: Meta) -> Account:
    """Read the whole account within the caller's transaction, every table verified against its sums.

    Raises TargetProblem if a table is damaged.
    """
    account = Account(meta.name, meta.lineage, meta.serial, meta.timezone)
    known: People = {}
    with collector_paused():
        for table in _ORDER:
            try:
                count, total = _read(database, table, account, known)
            except (KeyError, ValueError, TypeError) as error:
                raise damaged(database, f"table {table} contains an invalid row") from error
            meta.sums.check(database, table, count, total)
    return account


def _read(database: Database, table: str, account: Account, known: People) -> tuple[int, int]:
    """Fill the account from a table; return the number of its rows and the sum of their checksums."""
    if table in POOLS:
        return _read_pools(database, table, account, known)
    sums: list[int] = []
    _FILL[table](account, known, _summed(database.rows(select(table)), sums))
    return len(sums), sum(sums)


def _summed(rows: Rows, sums: list[int]) -> Rows:
    """Yield rows, and append the checksum of each to a list."""
    for row in rows:
        sums.append(checksum(row))
        yield row


def _read_pools(database: Database, table: str, account: Account, known: People) -> tuple[int, int]:
    """Read a relation pool by pool: sets and sums are made from the text of a pool, not from a row for each person."""
    count = total = 0
    fill = _POOLS[table]
    for *pool, text in database.rows(select_pools(database, table)):
        found = text.split(CELL_SEPARATOR)
        count += len(found)
        total += pool_checksum(pool, text)
        fill(account, CompactSet.from_sorted(tuple(map(known.__getitem__, found))), *pool)
    return count, total


# One function for each table. A missing person, team or contract raises KeyError, a value that is not allowed
# ValueError.


T = TypeVar("T")


def _one_of(value: T, allowed: dict[T, T]) -> T:
    if value not in allowed:
        raise ValueError(value)
    return allowed[value]


def _user(account: Account, known: People, rows: Rows) -> None:
    for key, email, first, last, status, invited, invitations in rows:
        known[key] = key
        written = key if email == key else email
        account.users[key] = User(
            written, intern(first), intern(last), _one_of(status, _STATUSES), invited, invitations
        )


def _team(account: Account, known: People, rows: Rows) -> None:
    for name, primary, sso in rows:
        account.teams[intern(name)] = Team(known[primary], Sso.from_text(sso) if sso else None)


def _team_admin(account: Account, known: People, rows: Rows) -> None:
    external: dict[str, set[str]] = {}
    for team, user, role in rows:
        if role == "external":
            external.setdefault(team, set()).add(known[user])
        else:
            account.teams[team].admins[known[user]] = _one_of(role, _ROLES)
    for team, users in external.items():
        account.teams[team].external = users


def _team_group(account: Account, known: People, rows: Rows) -> None:
    for team, name in rows:
        account.teams[team].groups[name] = Group()


def _group_seat(account: Account, known: People, rows: Rows) -> None:
    for team, name, product in rows:
        account.teams[team].groups[name].products |= {intern(product)}


def _subscription(account: Account, known: People, rows: Rows) -> None:
    for key, team, product, offering, seats, tokens, channel, manager, starts, ends, renews in rows:
        if team is not None and team not in account.teams:
            raise ValueError(team)
        account.subscriptions[key] = Subscription(
            None if team is None else intern(team),
            intern(product),
            _one_of(offering, _OFFERINGS),
            _count(seats),
            _count(tokens),
            _one_of(channel, _CHANNELS),
            known.get(manager) or str(manager),
            intern(starts),
            intern(ends),
            _true(renews),
        )


def _count(value: object) -> int | None:
    if value is None or (isinstance(value, int) and value >= 0):
        return value
    raise ValueError(value)


def _true(value: object) -> bool:
    if value in {0, 1}:
        return value == 1
    raise ValueError(value)


def _contract(account: Account, known: People, rows: Rows) -> None:
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


def _contract_product(account: Account, known: People, rows: Rows) -> None:
    for number, name, seats, serial, product_key in rows:
        if not isinstance(seats, int) or seats < 0:
            raise ValueError(seats)
        account.contracts[number].products[name] = ContractProduct(seats, serial, product_key)


_FILL: dict[str, Callable[[Account, People, Rows], None]] = {
    "user": _user,
    "team": _team,
    "team_admin": _team_admin,
    "team_group": _team_group,
    "group_seat": _group_seat,
    "subscription": _subscription,
    "contract": _contract,
    "contract_product": _contract_product,
}


# One function for each pool, called with its people and its other columns.


def _team_member(account: Account, users: CompactSet, team: str) -> None:
    account.teams[team].members = users


def _team_seat(account: Account, users: CompactSet, team: str, product: str) -> None:
    account.teams[team].seats[intern(product)] = users


def _group_member(account: Account, users: CompactSet, team: str, name: str) -> None:
    account.teams[team].groups[name].members = users


def _contract_member(account: Account, users: CompactSet, number: str) -> None:
    account.contracts[number].members = users


def _contract_seat(account: Account, users: CompactSet, number: str, product: str) -> None:
    account.contracts[number].seats[intern(product)] = users


def _contract_service(account: Account, users: CompactSet, number: str, service: str) -> None:
    account.contracts[number].services[service] = users


def _contract_support(account: Account, users: CompactSet, number: str) -> None:
    account.contracts[number].support = users


_POOLS: dict[str, Callable[..., None]] = {
    "team_member": _team_member,
    "team_seat": _team_seat,
    "group_member": _group_member,
    "contract_member": _contract_member,
    "contract_seat": _contract_seat,
    "contract_service": _contract_service,
    "contract_support": _contract_support,
}

_ORDER = (
    *("user", "team", "team_admin", "team_member", "team_group", "team_seat", "group_member", "group_seat"),
    *("subscription", "contract", "contract_member", "contract_product"),
    *("contract_seat", "contract_service", "contract_support"),
)
"""The tables in reading order: referenced tables before those that refer to them."""
