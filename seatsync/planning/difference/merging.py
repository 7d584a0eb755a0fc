"""Three-way merge of account states, row by row, that reverts the changes of one run.

Later changes win: a row stays as it is if a later change touched it or depends on what the run brought.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.model import TABLES, Account, Change, Scope, User, Value

Key: TypeAlias = tuple[str, tuple[str, ...]]
"""A row by its table and key."""
Rows: TypeAlias = dict[Key, tuple[Value, ...]]

_BY_VENDOR: dict[str, tuple[str, ...]] = {
    "subscription": ("product", "offering", "seats", "tokens", "channel", "starts", "ends", "auto_renew"),
    "contract": ("license_type", "channel", "deployment", "starts", "ends"),
    "contract_product": ("seats", "serial", "product_key"),
}
"""Columns set by purchases; no step can revert them."""


@dataclass(slots=True)
class Merged:
    """The account without the run.

    `retained` are rows that stay because of later changes; `left_out` is True if rows outside the run's scope stay.
    """

    account: Account
    retained: set[Key] = field(default_factory=set)
    left_out: bool = False


IsCovered: TypeAlias = Callable[[str, tuple[str, ...]], bool]
"""Predicate on table and key: True if the run may change the row."""


def without_run(before: Account, after: Account, now: Account, covered: IsCovered) -> Merged:
    """Return `now` with the changes from `before` to `after` reverted. All three use the present names."""
    merge = _Merge(_rows(before), _rows(after), _rows(now), covered)
    merge.revert()
    while merge.repair():
        pass
    account = Account(now.name, now.lineage, now.serial, now.timezone)
    order = list(TABLES)
    found = sorted(merge.goal.items(), key=lambda item: order.index(item[0][0]))
    account.change(Change(table, key, None, values) for (table, key), values in found)
    account.users = _people(account, before, after, now, merge)
    _share(account, now)
    return Merged(account, merge.retained, merge.left_out)


def _rows(account: Account) -> Rows:
    """Return all rows except those of people, which follow from memberships."""
    return {(row.table, row.key): row.new or () for row in account.rows() if row.table != "user"}


@dataclass(slots=True)
class _Merge:
    """State of a merge. `pinned` are teams whose primary admin stays; the roles of such a team stay together."""

    before: Rows
    after: Rows
    now: Rows
    covered: IsCovered
    goal: Rows = field(default_factory=dict)
    retained: set[Key] = field(default_factory=set)
    pinned: set[str] = field(default_factory=set)
    left_out: bool = False

    def revert(self) -> None:
        """Revert every row that the run changed, except purchases and rows changed again since."""
        self.goal.update(self.now)
        for row in sorted(self.before.keys() | self.after.keys()):
            old, new, present = self.before.get(row), self.after.get(row), self.now.get(row)
            if old in (new, present) or self._bought(row):
                continue
            if not self.covered(*row):
                self.left_out = True
            elif old is not None and new is not None and present is not None:
                self.goal[row] = tuple(self._reverted(row, old, new, present))
            elif present == new:
                self._put(row, old)
            else:
                self.retained.add(row)

    def _reverted(
        self, row: Key, old: tuple[Value, ...], new: tuple[Value, ...], present: tuple[Value, ...]
    ) -> Iterator[Value]:
        """Yield the values of a row with the run's changes reverted, column by column."""
        table, key = row
        for name, was, became, current in zip(TABLES[table][1], old, new, present, strict=True):
            # A subscription cannot be removed from its team, even if it was in none before.
            by_vendor = name in _BY_VENDOR.get(table, ()) or (table, name, was) == ("subscription", "team", None)
            if was in (became, current) or by_vendor:
                yield current
            elif current == became:
                yield was
            else:
                self.retained.add(row)
                if name == "primary_admin":
                    self.pinned.add(key[0])
                yield current

    def repair(self) -> bool:
        """Restore rows that others depend on, in one pass. Return True if anything changed."""
        wrong = [(row, values) for row, values in self.goal.items() if self._missing(row, values)]
        for row, values in wrong:
            if self.now.get(row) != values:
                self._stay(row)
            else:
                for parent in self._missing(row, values):
                    self._stay(parent)
        mixed = [team for team in self._teams() if self._roles_differ(team) and self._roles_mixed(team)]
        for team in mixed:
            self._roles_stay(team)
        return bool(wrong or mixed)

    def _missing(self, row: Key, values: tuple[Value, ...]) -> list[Key]:
        """Return the missing parents of a row that it had before the run or, if it stays, has now."""
        known = self.now if self.now.get(row) == values else self.before
        return [parent for parent in _parents(row, values) if parent not in self.goal and parent in known]

    def _teams(self) -> list[str]:
        return [key[0] for table, key in self.goal if table == "team"]

    def _roles_mixed(self, team: str) -> bool:
        """Return True if the roles of a team are partly those before the run and partly those after it."""
        return team in self.pinned or ("team_admin", (team, self._primary(self.goal, team))) in self.goal

    def _roles_differ(self, team: str) -> bool:
        return self._roles(self.goal, team) != self._roles(self.now, team)

    def _roles_stay(self, team: str) -> None:
        row = ("team", (team,))
        if row not in self.now:
            return
        if self._primary(self.goal, team) != self._primary(self.now, team):
            self.retained.add(row)
            self.goal[row] = (self.now[row][0], *self.goal[row][1:])
        for admin in sorted({*self.goal, *self.now}):
            if admin[0] == "team_admin" and admin[1][0] == team and self.goal.get(admin) != self.now.get(admin):
                self._stay(admin)

    @staticmethod
    def _primary(rows: Rows, team: str) -> str:
        values = rows.get(("team", (team,)))
        return str(values[0]) if values else ""

    def _roles(self, rows: Rows, team: str) -> set[tuple[str, ...]]:
        found = {
            (row[1][1], str(values[0])) for row, values in rows.items() if row[0] == "team_admin" and row[1][0] == team
        }
        return found | {(self._primary(rows, team), "primary")}

    def _stay(self, row: Key) -> None:
        """Leave a row as it is now. The row of a team includes its primary admin."""
        self.retained.add(row)
        if row[0] == "team":
            self.pinned.add(row[1][0])
        self._put(row, self.now.get(row))

    def _put(self, row: Key, values: tuple[Value, ...] | None) -> None:
        if values is None:
            self.goal.pop(row, None)
        else:
            self.goal[row] = values

    def _bought(self, row: Key) -> bool:
        """Return True if a row came with a purchase: a subscription, a contract, or a product of a contract."""
        table, key = row
        if table in _BY_VENDOR and (row not in self.before or row not in self.after):
            return True
        return table.startswith("contract") and ("contract", key[:1]) not in self.before


def _parents(row: Key, values: tuple[Value, ...]) -> Iterator[Key]:
    """Yield the rows that a row depends on."""
    table, key = row
    match table:
        case "team":
            yield "team_member", (key[0], str(values[0]))
        case "team_member" | "team_group":
            yield "team", key[:1]
        case "team_admin" | "team_seat":
            yield "team_member", (key[0], key[-1])
        case "group_member":
            yield "team_group", key[:2]
            yield "team_member", (key[0], key[-1])
        case "group_seat":
            yield "team_group", key[:2]
        case "subscription" if values[0] is not None:
            yield "team", (str(values[0]),)
            yield "team_member", (str(values[0]), str(values[6]))
        case "contract":
            yield "contract_member", (key[0], str(values[0]))
            yield "contract_member", (key[0], str(values[1]))
        case "contract_member" | "contract_product":
            yield "contract", key[:1]
        case "contract_seat" | "contract_service" | "contract_support":
            yield "contract_member", (key[0], key[-1])


def _people(goal: Account, before: Account, after: Account, now: Account, merge: _Merge) -> dict[str, User]:
    """Return the people in the scopes of the goal; those who left in the run are invited again with their names."""
    people: dict[str, User] = {}
    members = [team.members for team in goal.teams.values()] + [each.members for each in goal.contracts.values()]
    for user in sorted(set().union(*members)):
        present, old, new = now.users.get(user), before.users.get(user), after.users.get(user)
        if present is None:
            known = old or User(user)
            people[user] = User(known.email, known.first_name, known.last_name, "pending")
            continue
        people[user] = present
        if old is None or new is None or _names(old) in (_names(new), _names(present)):
            continue
        if not any(merge.covered(f"{scope.kind}_member", (scope.name, user)) for scope in now.scopes_of(user)):
            merge.left_out = True
        elif _names(present) != _names(new):
            merge.retained.add(("user", (user,)))
        else:
            people[user] = present._replace(first_name=old.first_name, last_name=old.last_name)
    return people


def _names(user: User) -> tuple[str, str]:
    return (user.first_name, user.last_name)


def _share(goal: Account, now: Account) -> None:
    """Replace equal teams and contracts in `goal` by those of `now`, so that later comparisons are by identity."""
    for name, team in now.teams.items():
        if goal.teams.get(name) == team:
            goal.teams[name] = team
    for number, contract in now.contracts.items():
        if goal.contracts.get(number) == contract:
            goal.contracts[number] = contract


def scope_of(table: str, key: tuple[str, ...]) -> Scope | None:
    """Return the team or contract that a row belongs to; None for people and subscriptions."""
    if table in {"user", "subscription"}:
        return None
    return Scope("contract" if table.startswith("contract") else "team", key[0])
