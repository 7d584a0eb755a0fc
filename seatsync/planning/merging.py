"""What a run changed, taken out of the account as it is now: three states merged row by row.

Later changes stay: where one touched the same row, or needs what the run brought, the row stays as it is now.
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
    "subscription": ("product", "offering", "seats", "tokens", "channel", "starts", "ends"),
    "contract": ("license_type", "channel", "deployment", "starts", "ends"),
    "contract_product": ("seats", "serial", "product_key"),
}
"""What is bought stays bought: the columns that no step takes back."""


@dataclass(slots=True)
class Merged:
    """The account without the run. `kept` are rows that stay because of later changes; `left_out`: some are hidden."""

    account: Account
    kept: set[Key] = field(default_factory=set)
    left_out: bool = False


Covered: TypeAlias = Callable[[str, tuple[str, ...]], bool]
"""Whether a run may touch a row: table and key."""


def without_run(before: Account, after: Account, now: Account, covered: Covered) -> Merged:
    """`now` with what changed from `before` to `after` taken back. All three know things by their present names."""
    merge = _Merge(_rows(before), _rows(after), _rows(now), covered)
    merge.take_back()
    while merge.mend():
        pass
    account = Account(now.name, now.lineage, now.serial, now.timezone)
    order = list(TABLES)
    found = sorted(merge.goal.items(), key=lambda item: order.index(item[0][0]))
    account.change(Change(table, key, None, values) for (table, key), values in found)
    account.users = _people(account, before, after, now, merge)
    _share(account, now)
    return Merged(account, merge.kept, merge.left_out)


def _rows(account: Account) -> Rows:
    """All rows but those of people, who are members of something or not there."""
    return {(row.table, row.key): row.new or () for row in account.rows() if row.table != "user"}


@dataclass(slots=True)
class _Merge:
    """The merge under way. `stuck` are teams whose primary admin stays: the roles of such a team stay together."""

    before: Rows
    after: Rows
    now: Rows
    covered: Covered
    goal: Rows = field(default_factory=dict)
    kept: set[Key] = field(default_factory=set)
    stuck: set[str] = field(default_factory=set)
    left_out: bool = False

    def take_back(self) -> None:
        """Every row that the run changed, unless the vendor alone could, or a later change did."""
        self.goal.update(self.now)
        for place in sorted(self.before.keys() | self.after.keys()):
            old, new, present = self.before.get(place), self.after.get(place), self.now.get(place)
            if old in (new, present) or self._bought(place):
                continue
            if not self.covered(*place):
                self.left_out = True
            elif old is not None and new is not None and present is not None:
                self.goal[place] = tuple(self._values_back(place, old, new, present))
            elif present == new:
                self._put(place, old)
            else:
                self.kept.add(place)

    def _values_back(
        self, place: Key, old: tuple[Value, ...], new: tuple[Value, ...], present: tuple[Value, ...]
    ) -> Iterator[Value]:
        """The values of a row with the run's taken back, column by column."""
        table, key = place
        for name, was, became, stands in zip(TABLES[table][1], old, new, present, strict=True):
            # A subscription that was in no team before cannot be taken out of one again.
            by_vendor = name in _BY_VENDOR.get(table, ()) or (table, name, was) == ("subscription", "team", None)
            if was in (became, stands) or by_vendor:
                yield stands
            elif stands == became:
                yield was
            else:
                self.kept.add(place)
                if name == "primary_admin":
                    self.stuck.add(key[0])
                yield stands

    def mend(self) -> bool:
        """Put back what cannot be missing, one round; whether there was anything."""
        wrong = [(place, values) for place, values in self.goal.items() if self._missing(place, values)]
        for place, values in wrong:
            if self.now.get(place) != values:
                self._stay(place)
            else:
                for parent in self._missing(place, values):
                    self._stay(parent)
        mixed = [team for team in self._teams() if self._roles_differ(team) and self._in_two_minds(team)]
        for team in mixed:
            self._roles_stay(team)
        return bool(wrong or mixed)

    def _missing(self, place: Key, values: tuple[Value, ...]) -> list[Key]:
        """What a row cannot be without, and is without: as far as it was not so before the run, or is so now."""
        known = self.now if self.now.get(place) == values else self.before
        return [parent for parent in _parents(place, values) if parent not in self.goal and parent in known]

    def _teams(self) -> list[str]:
        return [key[0] for table, key in self.goal if table == "team"]

    def _in_two_minds(self, team: str) -> bool:
        """Whether the roles of a team are partly those before the run and partly those after it."""
        return team in self.stuck or ("team_admin", (team, self._primary(self.goal, team))) in self.goal

    def _roles_differ(self, team: str) -> bool:
        return self._roles(self.goal, team) != self._roles(self.now, team)

    def _roles_stay(self, team: str) -> None:
        place = ("team", (team,))
        if place not in self.now:
            return
        if self._primary(self.goal, team) != self._primary(self.now, team):
            self.kept.add(place)
            self.goal[place] = (self.now[place][0], *self.goal[place][1:])
        for admin in sorted({*self.goal, *self.now}):
            if admin[0] == "team_admin" and admin[1][0] == team and self.goal.get(admin) != self.now.get(admin):
                self._stay(admin)

    @staticmethod
    def _primary(rows: Rows, team: str) -> str:
        values = rows.get(("team", (team,)))
        return str(values[0]) if values else ""

    def _roles(self, rows: Rows, team: str) -> set[tuple[str, ...]]:
        found = {
            (place[1][1], str(values[0]))
            for place, values in rows.items()
            if place[0] == "team_admin" and place[1][0] == team
        }
        return found | {(self._primary(rows, team), "primary")}

    def _stay(self, place: Key) -> None:
        """Leave a row as it is now. Where that is a team's own, its primary admin stays too."""
        self.kept.add(place)
        if place[0] == "team":
            self.stuck.add(place[1][0])
        self._put(place, self.now.get(place))

    def _put(self, place: Key, values: tuple[Value, ...] | None) -> None:
        if values is None:
            self.goal.pop(place, None)
        else:
            self.goal[place] = values

    def _bought(self, place: Key) -> bool:
        """Whether a row came with a purchase: a whole subscription or contract, or a product of one."""
        table, key = place
        if table in _BY_VENDOR and (place not in self.before or place not in self.after):
            return True
        return table.startswith("contract") and ("contract", key[:1]) not in self.before


def _parents(place: Key, values: tuple[Value, ...]) -> Iterator[Key]:
    """The rows that a row cannot be without."""
    table, key = place
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
    """Everybody in a scope of the goal; who left by the run is to be invited anew, with the names they had."""
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
            merge.kept.add(("user", (user,)))
        else:
            people[user] = present._replace(first_name=old.first_name, last_name=old.last_name)
    return people


def _names(user: User) -> tuple[str, str]:
    return (user.first_name, user.last_name)


def _share(goal: Account, now: Account) -> None:
    """Let what is equal be the same, so that it is not compared again."""
    for name, team in now.teams.items():
        if goal.teams.get(name) == team:
            goal.teams[name] = team
    for number, contract in now.contracts.items():
        if goal.contracts.get(number) == contract:
            goal.contracts[number] = contract


def scope_of(table: str, key: tuple[str, ...]) -> Scope | None:
    """The team or contract that a row belongs to; None for people and subscriptions."""
    if table in {"user", "subscription"}:
        return None
    return Scope("contract" if table.startswith("contract") else "team", key[0])
