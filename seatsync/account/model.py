"""The account in memory, and how `Change` rows are applied to it. Its parts are defined in `things.py`.

`Account` is the only mutable value of the project. It changes only through `Change` rows, which the engine derives from
steps; a store writes the same rows into its tables, and a reversed row undoes itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import Any

from seatsync.account.attributes import ContractProduct, Sso
from seatsync.account.things import (
    NOBODY,
    TABLES,
    WHOLE_ACCOUNT,
    Change,
    CompactSet,
    Contract,
    Group,
    Mutable,
    Scope,
    Subscription,
    Team,
    User,
    Value,
    contract_rows,
    contract_values,
    copy_contract,
    copy_team,
    subscription_values,
    team_rows,
    team_values,
    user_values,
)

__all__ = [
    "NOBODY",
    "TABLES",
    "WHOLE_ACCOUNT",
    "Account",
    "Change",
    "Contract",
    "ContractProduct",
    "Group",
    "Scope",
    "Sso",
    "Subscription",
    "Team",
    "User",
    "Value",
    "contract_values",
    "copy_contract",
    "copy_team",
    "entitled",
    "subscription_values",
    "team_rows",
    "team_values",
    "user_values",
]


_MANY = 1000
"""Size from which a changed `CompactSet` becomes a plain set: copying it for each change would take longer."""


class Account(Mutable):
    """A whole account, with lazily built indexes. Its content is changed by `change` and `undo` only.

    `lineage` is an id that no other account has; `serial` is the number of changes since its creation, which the
    target counts. Both are None if unknown.
    """

    facts = ("name", "lineage", "serial", "timezone", "users", "teams", "subscriptions", "contracts")

    def __init__(
        self,
        name: str,
        lineage: str | None = None,
        serial: int | None = None,
        timezone: str = "UTC",
        users: dict[str, User] | None = None,
    ) -> None:
        self.name = name
        self.lineage = lineage
        self.serial = serial
        self.timezone = timezone
        self.users: dict[str, User] = {} if users is None else users
        self.teams: dict[str, Team] = {}
        self.subscriptions: dict[str, Subscription] = {}
        self.contracts: dict[str, Contract] = {}
        self._owns_users = True  # False while `users` is shared with a copy
        self._uses: dict[tuple[str, str], dict[str, int]] = {}
        self._scopes: dict[str, set[Scope]] | None = None
        self._bought: dict[str | None, dict[str, tuple[str, ...]]] | None = None

    def change(self, changes: Iterable[Change]) -> None:
        """Apply rows in order. They are not checked: the engine does that."""
        for row in changes:
            _APPLY[row.table](self, row)

    def undo(self, changes: Iterable[Change]) -> None:
        """Undo the rows that were applied last."""
        self.change(row.reversed() for row in reversed(tuple(changes)))

    def copy(self) -> Account:
        """Return an independent copy. The people are shared until either account changes them."""
        copied = Account(self.name, self.lineage, self.serial, self.timezone, self.users)
        self._owns_users = copied._owns_users = False
        copied.subscriptions = dict(self.subscriptions)
        copied.teams = {name: copy_team(team) for name, team in self.teams.items()}
        copied.contracts = {number: copy_contract(contract) for number, contract in self.contracts.items()}
        return copied

    def holders(self, team: str, product: str) -> AbstractSet[str]:
        """Return those entitled to a product in a team, directly or through a group. Valid until the next change."""
        uses = self._uses.get((team, product))
        if uses is not None:
            return uses.keys()
        things = self.teams.get(team)
        if things is None:
            return NOBODY
        direct = things.seats.get(product, NOBODY)
        groups = [group.members for group in things.groups.values() if product in group.products]
        if not groups:
            return direct
        # Counted only if a person may hold the product in several ways.
        uses = self._uses[team, product] = dict.fromkeys(sorted(direct), 1)
        for members in groups:
            for user in sorted(members):
                uses[user] = uses.get(user, 0) + 1
        return uses.keys()

    def scopes_of(self, user: str) -> set[Scope]:
        """Return the teams and contracts that a person is a member of."""
        if self._scopes is None:
            self._scopes = {}
            for name, team in self.teams.items():
                for member in sorted(team.members):
                    self._scopes.setdefault(member, set()).add(Scope("team", name))
            for number, contract in self.contracts.items():
                for member in sorted(contract.members):
                    self._scopes.setdefault(member, set()).add(Scope("contract", number))
        return self._scopes.get(user, set())

    def subscriptions_of(self, team: str | None) -> dict[str, Subscription]:
        """Return the subscriptions of a team (None: without a team) by id, sorted."""
        bought = self._bought_by_team().get(team, {})
        return {key: self.subscriptions[key] for key in sorted(key for ids in bought.values() for key in ids)}

    def subscriptions_to(self, team: str | None, product: str) -> list[Subscription]:
        """Return the subscriptions of a team to one product, in no particular order. An indexed lookup."""
        return [self.subscriptions[key] for key in self.subscription_ids(team, product)]

    def subscription_ids(self, team: str | None, product: str) -> tuple[str, ...]:
        """Return the ids of the subscriptions of a team to one product."""
        return self._bought_by_team().get(team, {}).get(product, ())

    def rows(self) -> Iterator[Change]:
        """Yield the whole account as inserted rows, parents first, such as to load it into an empty one."""
        for key, user in self.users.items():
            yield Change("user", (key,), None, user_values(user))
        for name, team in self.teams.items():
            yield from team_rows(name, team)
        for key, sub in self.subscriptions.items():
            yield Change("subscription", (key,), None, subscription_values(sub))
        for number, contract in self.contracts.items():
            yield from contract_rows(number, contract)

    def _bought_by_team(self) -> dict[str | None, dict[str, tuple[str, ...]]]:
        if self._bought is None:
            self._bought = {}
            for key, sub in self.subscriptions.items():
                products = self._bought.setdefault(sub.team, {})
                products[sub.product] = (*products.get(sub.product, ()), key)
        return self._bought

    def _count_use(self, team: str, product: str, user: str, by: int) -> None:
        uses = self._uses.get((team, product))
        if uses is not None:
            left = uses.get(user, 0) + by
            if left:
                uses[user] = left
            else:
                del uses[user]

    def _index_membership(self, user: str, scope: Scope, *, new: bool) -> None:
        if self._scopes is not None:
            scopes = self._scopes.setdefault(user, set())
            if new:
                scopes.add(scope)
            else:
                scopes.discard(scope)


def entitled(team: Team, product: str) -> AbstractSet[str]:
    """Return the people entitled to a product in a team, directly or through a group."""
    groups = [group.members for group in team.groups.values() if product in group.products]
    direct = team.seats.get(product, NOBODY)
    return set(direct).union(*groups) if groups else direct


EXTERNAL: tuple[Value, ...] = ("external",)
"""The values of the row of an external user in the table of roles."""


# One function for each table. Any, because the types of a row's columns depend on its table.


def _user(account: Account, row: Change) -> None:
    if not account._owns_users:  # noqa: SLF001
        account.users, account._owns_users = dict(account.users), True  # noqa: SLF001
    if row.new is None:
        del account.users[row.key[0]]
    else:
        values: Any = row.new
        account.users[row.key[0]] = User(*values)


def _team(account: Account, row: Change) -> None:
    (name,) = row.key
    if row.new is None:
        del account.teams[name]
        return
    primary, text = row.new
    sso = Sso.from_text(str(text)) if text else None
    team = account.teams.get(name)
    if team is None:
        account.teams[name] = Team(str(primary), sso)
    else:
        team.primary, team.sso = str(primary), sso


def _team_admin(account: Account, row: Change) -> None:
    name, user = row.key
    team = account.teams[name]
    if row.old == EXTERNAL:
        team.external = _changed(team, ("external",), team.external, user, row._replace(new=None))
    elif row.old is not None and row.new in {None, EXTERNAL}:
        del team.admins[user]
    if row.new == EXTERNAL:
        team.external = _changed(team, ("external",), team.external, user, row)
    elif row.new is not None:
        team.admins[user] = "sso" if row.new[0] == "sso" else "secondary"


def _team_member(account: Account, row: Change) -> None:
    name, user = row.key
    team = account.teams[name]
    team.members = _changed(team, ("members",), team.members, user, row)
    account._index_membership(user, Scope("team", name), new=row.new is not None)  # noqa: SLF001 - the tables are part of Account


def _team_seat(account: Account, row: Change) -> None:
    name, product, user = row.key
    team = account.teams[name]
    holders = team.seats.get(product, NOBODY)
    _set_or_drop(team.seats, product, _changed(team, ("seats", product), holders, user, row))
    account._count_use(name, product, user, 1 if row.old is None else -1)  # noqa: SLF001


def _team_group(account: Account, row: Change) -> None:
    team, name = row.key
    if row.new is None:
        del account.teams[team].groups[name]
    else:
        account.teams[team].groups[name] = Group()


def _group_member(account: Account, row: Change) -> None:
    team, name, user = row.key
    group = account.teams[team].groups[name]
    group.members = _changed(account.teams[team], ("members", name), group.members, user, row)
    for product in sorted(group.products):
        account._count_use(team, product, user, 1 if row.old is None else -1)  # noqa: SLF001


def _group_seat(account: Account, row: Change) -> None:
    team, name, product = row.key
    group = account.teams[team].groups[name]
    group.products = _changed(account.teams[team], ("products", name), group.products, product, row)
    for user in sorted(group.members):
        account._count_use(team, product, user, 1 if row.old is None else -1)  # noqa: SLF001


def _subscription(account: Account, row: Change) -> None:
    (key,) = row.key
    bought = account._bought  # noqa: SLF001 - the tables are part of Account
    if row.old is not None:
        sub = account.subscriptions.pop(key)
        if bought is not None:
            products = bought[sub.team]
            products[sub.product] = tuple(other for other in products[sub.product] if other != key)
    if row.new is not None:
        values: Any = row.new
        # Rows of stores before version 7 lack the last value.
        sub = account.subscriptions[key] = Subscription(*values[:9])._replace(auto_renew=any(values[9:]))
        if bought is not None:
            products = bought.setdefault(sub.team, {})
            products[sub.product] = (*products.get(sub.product, ()), key)


def _contract(account: Account, row: Change) -> None:
    (number,) = row.key
    if row.new is None:
        del account.contracts[number]
        return
    values: Any = row.new
    contract = account.contracts.get(number)
    if contract is None:
        account.contracts[number] = Contract(*values)
    else:
        for name, value in zip(Contract.columns, values, strict=True):
            setattr(contract, name, value)


def _contract_member(account: Account, row: Change) -> None:
    number, user = row.key
    contract = account.contracts[number]
    contract.members = _toggle(_changeable(contract.members), user, row)
    account._index_membership(user, Scope("contract", number), new=row.new is not None)  # noqa: SLF001


def _contract_product(account: Account, row: Change) -> None:
    number, product = row.key
    if row.new is None:
        del account.contracts[number].products[product]
    else:
        values: Any = row.new
        account.contracts[number].products[product] = ContractProduct(*values)


def _contract_seat(account: Account, row: Change) -> None:
    number, product, user = row.key
    seats = account.contracts[number].seats
    _set_or_drop(seats, product, _toggle(_changeable(seats.get(product, NOBODY)), user, row))


def _contract_service(account: Account, row: Change) -> None:
    number, service, user = row.key
    services = account.contracts[number].services
    _set_or_drop(services, service, _toggle(_changeable(services.get(service, NOBODY)), user, row))


def _contract_support(account: Account, row: Change) -> None:
    number, user = row.key
    contract = account.contracts[number]
    contract.support = _toggle(_changeable(contract.support), user, row)


def _changed(team: Team, key: tuple[str, ...], holders: AbstractSet[str], name: str, row: Change) -> AbstractSet[str]:
    """Return a set of a team with a change made to it, in place unless the set is immutable or shared with a copy."""
    if isinstance(holders, CompactSet) and len(holders) < _MANY:
        return holders.without(name) if row.new is None else holders.including(name)
    if team.own is not None and key not in team.own:
        team.own.add(key)
        holders = set(holders)
    return _toggle(_changeable(holders), name, row)


def _changeable(holders: AbstractSet[str]) -> set[str]:
    return holders if isinstance(holders, set) else set(holders)


def _toggle(holders: set[str], name: str, row: Change) -> set[str]:
    if row.new is None:
        holders.remove(name)
    else:
        holders.add(name)
    return holders


def _set_or_drop(relation: dict[str, AbstractSet[str]], name: str, holders: AbstractSet[str]) -> None:
    if holders:
        relation[name] = holders
    else:
        del relation[name]


_APPLY: dict[str, Callable[[Account, Change], None]] = {
    "user": _user,
    "team": _team,
    "team_admin": _team_admin,
    "team_member": _team_member,
    "team_seat": _team_seat,
    "team_group": _team_group,
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
