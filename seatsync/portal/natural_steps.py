"""The steps that lead from one state of an account to another: how a difference that was seen reads in the log.

Nobody asks whether they are allowed: the real account is as it is. Gains come before losses, departures come last.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from seatsync.account.actions.admin_actions import (
    ASSIGN_ROLE,
    CHANGE_PRIMARY,
    MAKE_EXTERNAL,
    MAKE_INTERNAL,
    REVOKE,
)
from seatsync.account.actions.contract_actions import TRANSFER_CONTRACT_MANAGER
from seatsync.account.actions.group_actions import ADD_MEMBER, CREATE_GROUP, DELETE_GROUP, REMOVE_MEMBER
from seatsync.account.actions.purchase_actions import PURCHASE_RENEWAL, PURCHASE_SEATS
from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.spec import ActionSpec, Facts, Step
from seatsync.account.actions.subscription_actions import (
    ASSIGN_SUBSCRIPTION,
    MOVE_SUBSCRIPTION,
    RECORD_SUBSCRIPTION,
)
from seatsync.account.actions.team_actions import CONFIGURE_SSO, CREATE_TEAM, DELETE_TEAM
from seatsync.account.actions.user_actions import (
    ACCEPT_INVITATION,
    CHANGE_EMAIL,
    INVITE,
    RECORD_STATUS,
    REMOVE_USER,
    RESEND_INVITATION,
    UPDATE_USER,
)
from seatsync.account.attributes import Sso
from seatsync.account.model import TABLES, WHOLE_ACCOUNT, Account, Change, Scope, User, Value, team_rows
from seatsync.planning.difference.changes import sso_attributes, subscription_purchase


class NaturalStep(NamedTuple):
    """A step, and the rows that it changes."""

    step: Step
    rows: tuple[Change, ...]


def natural_steps(before: Account, after: Account) -> list[NaturalStep]:
    """Return the steps from one state to another of the same account, whose contracts are the same."""
    return list(_Difference(before, after).steps())


class _Difference:
    """The rows that differ between two states. Each step takes its rows out of `rows`."""

    def __init__(self, before: Account, after: Account) -> None:
        self.before, self.after = before, after
        old = {(row.table, row.key): row.new for row in before.rows()}
        new = {(row.table, row.key): row.new for row in after.rows()}
        keys = sorted(key for key in old.keys() | new.keys() if old.get(key) != new.get(key))
        self.rows = {key: Change(*key, old.get(key), new.get(key)) for key in keys}
        self.leaving = {key for (table, key), row in self.rows.items() if table == "team_member" and row.new is None}

    def steps(self) -> Iterator[NaturalStep]:
        """Yield the steps in their order."""
        yield from self._arrivals()
        yield from self._people()
        yield from self._teams()
        yield from self._roles()
        yield from self._gains()
        yield from self._subscriptions()
        yield from self._losses()
        yield from self._departures()

    def _of(self, table: str) -> list[Change]:
        return [row for (name, _), row in self.rows.items() if name == table]

    def _take(self, *keys: tuple[str, tuple[str, ...]]) -> tuple[Change, ...]:
        return tuple(self.rows.pop(key) for key in keys if key in self.rows)

    def _step(self, action: ActionSpec, team: str, rows: Iterable[Change], **args: str) -> NaturalStep:
        return NaturalStep(action.step(Scope("team", team), **args), tuple(rows))

    def _written(self, user: str) -> str:
        known = self.after.users.get(user) or self.before.users.get(user)
        return user if known is None else known.email

    def _arrivals(self) -> Iterator[NaturalStep]:
        """Yield the steps for new teams, each with everything in it, and for new members of others."""
        for row in self._of("team"):
            (name,) = row.key
            if row.old is None and row.new is not None:
                team = self.after.teams[name]
                people = [("user", (user,)) for user in sorted(team.members) if user not in self.before.users]
                rows = self._take(*people, *((each.table, each.key) for each in team_rows(name, team)))
                yield self._step(CREATE_TEAM, name, rows, primary_admin=self._written(team.primary))
        for row in self._of("team_member"):
            name, user = row.key
            if row.old is None:
                person = self.after.users[user]
                names = {"first_name": person.first_name, "last_name": person.last_name}
                new = self._take(("user", (user,))) if user not in self.before.users else ()
                rows = (*new, *self._take(("team_member", row.key)))
                yield self._step(INVITE, name, rows, user=person.email, **names)

    def _people(self) -> Iterator[NaturalStep]:
        """Yield the steps for people who changed: address as written, names, status."""
        for row in self._of("user"):
            if row.old is None or row.new is None:
                continue
            self._take(("user", row.key))
            was, now = self.before.users[row.key[0]], self.after.users[row.key[0]]
            written = {"user": was.email}
            parts = _parted(row, (("email",), ("first_name", "last_name"), ("status", "invited_at", "invitations")))
            for columns, part in parts:
                if "email" in columns:
                    step = CHANGE_EMAIL.step(WHOLE_ACCOUNT, **written, to=now.email)
                    written = {"user": now.email}
                elif "first_name" in columns:
                    names = {"first_name": now.first_name, "last_name": now.last_name}
                    step = UPDATE_USER.step(WHOLE_ACCOUNT, **written, **names)
                else:
                    step = _status_step(was, now, written["user"])
                yield NaturalStep(step, (part,))

    def _teams(self) -> Iterator[NaturalStep]:
        """Yield the changes of primary admins, each with the roles before and after, and of single sign-on."""
        for row in self._of("team"):
            (name,) = row.key
            if row.old is None or row.new is None:
                continue
            self._take(("team", row.key))
            for columns, part in _parted(row, (("primary_admin",), ("sso",))):
                if "sso" in columns:
                    sso = None if row.new[1] is None else Sso.from_text(str(row.new[1]))
                    step = CONFIGURE_SSO.step(Scope("team", name), sso=sso_attributes(sso))
                    yield NaturalStep(step, (part,))
                    continue
                people = [str(each[0]) for each in (row.new, row.old)]
                admins = [("team_admin", (name, user)) for user in people if (name, user) not in self.leaving]
                rows = (part, *self._take(*admins))
                yield self._step(CHANGE_PRIMARY, name, rows, user=self._written(people[0]))

    def _roles(self) -> Iterator[NaturalStep]:
        """Yield the other changes of roles, of people who stay."""
        for row in self._of("team_admin"):
            if row.key in self.leaving:
                continue
            if row.new is None:
                action = MAKE_INTERNAL if row.old == ("external",) else REVOKE
            else:
                action = ASSIGN_ROLE.get(str(row.new[0]), MAKE_EXTERNAL)
            rows = self._take(("team_admin", row.key))
            yield self._step(action, row.key[0], rows, user=self._written(row.key[1]))

    def _gains(self) -> Iterator[NaturalStep]:
        for row in self._of("team_group"):
            if row.old is None:
                yield self._step(CREATE_GROUP, row.key[0], self._take((row.table, row.key)), group=row.key[1])
        for table, action in (("group_member", ADD_MEMBER), ("group_seat", ASSIGN_SEAT), ("team_seat", ASSIGN_SEAT)):
            yield from (self._relation(action, row) for row in self._of(table) if row.old is None)

    def _relation(self, action: ActionSpec, row: Change) -> NaturalStep:
        """Return the step of a row that relates people, groups or products."""
        names = dict(zip((name.removesuffix("_name") for name in TABLES[row.table][0]), row.key, strict=True))
        team = names.pop("team")
        if "user" in names:
            names["user"] = self._written(names["user"])
        order = ("group", "user") if row.table == "group_member" else ("product", "user", "group")
        args = {name: names[name] for name in order if name in names}
        return self._step(action, team, self._take((row.table, row.key)), **args)

    def _subscriptions(self) -> Iterator[NaturalStep]:
        for row in self._of("subscription"):
            (key,) = row.key
            self._take(("subscription", row.key))
            if row.new is None:
                yield NaturalStep(_recorded(key, self.before.subscriptions[key].team, None, None), (row,))
            elif row.old is None:
                sub = self.after.subscriptions[key]
                step = subscription_purchase(key, sub, self._written(sub.contract_manager))
                yield NaturalStep(step, (row,))
            else:
                yield from self._changed(key, row)

    def _changed(self, key: str, row: Change) -> Iterator[NaturalStep]:
        """Yield the steps of a subscription that changed; the later ones are in its new team."""
        names = TABLES["subscription"][1]
        was, now = self.before.subscriptions[key].team, self.after.subscriptions[key].team
        scope = WHOLE_ACCOUNT if now is None else Scope("team", now)
        groups = (
            ("team",),
            ("product", "offering", "channel"),
            ("seats", "tokens"),
            ("starts", "ends", "auto_renew"),
            ("contract_manager",),
        )
        for columns, part in _parted(row, groups):
            sides = _sides(names, columns, part)
            if columns == ("contract_manager",):
                user = self._written(self.after.subscriptions[key].contract_manager)
                step = TRANSFER_CONTRACT_MANAGER.step(scope, subscription=key, user=user)
            elif columns == ("team",) and now is not None:
                step = ASSIGN_SUBSCRIPTION.step(scope, subscription=key)
                if was is not None:
                    step = MOVE_SUBSCRIPTION.step(scope, subscription=key, from_=was)
            elif "seats" in columns or "ends" in columns:
                action = PURCHASE_SEATS if "seats" in columns else PURCHASE_RENEWAL
                step = action.step(scope, subscription=key, now=sides[0], wanted=sides[1])
            else:
                step = _recorded(key, now, *sides)
            yield NaturalStep(step, (part,))

    def _losses(self) -> Iterator[NaturalStep]:
        """Yield the losses of people, groups and teams that stay."""
        dissolved = {row.key[0] for row in self._of("team")}
        for row in self._of("team_seat"):
            if row.key[0] not in dissolved and (row.key[0], row.key[2]) not in self.leaving:
                yield self._relation(UNASSIGN_SEAT, row)
        for row in self._of("team_group"):
            if row.key[0] not in dissolved:
                inner = [key for key in self.rows if key[0] in _IN_GROUPS and key[1][:2] == row.key]
                rows = self._take(*inner, ("team_group", row.key))
                yield self._step(DELETE_GROUP, row.key[0], rows, group=row.key[1])
        for table, action in (("group_seat", UNASSIGN_SEAT), ("group_member", REMOVE_MEMBER)):
            for row in self._of(table):
                if row.key[0] not in dissolved and (row.key[0], row.key[2]) not in self.leaving:
                    yield self._relation(action, row)

    def _departures(self) -> Iterator[NaturalStep]:
        """Yield the end of teams, and the departures of others. Whoever leaves the last team leaves the account."""
        last = {user: team for team, user in sorted(self.leaving)}
        gone = {user for (table, (user, *_)), row in self.rows.items() if table == "user" and row.new is None}
        dissolved = {row.key[0] for row in self._of("team")}
        by_place: dict[tuple[str, str], list[tuple[str, tuple[str, ...]]]] = {}
        for table, key in self.rows:
            if table not in {"user", "team"}:
                by_place.setdefault((key[0], "" if key[0] in dissolved else key[-1]), []).append((table, key))
        for (team, user), keys in sorted(by_place.items()):
            inner = sorted(keys, key=lambda each: _CHILDREN_FIRST.index(each[0]))
            people = [user] if user else sorted(each for each, place in last.items() if place == team)
            users = [("user", (each,)) for each in people if each in gone and last[each] == team]
            if user:
                rows = self._take(*inner, *users)
                yield self._step(REMOVE_USER, team, rows, user=self._written(user))
            else:
                yield self._step(DELETE_TEAM, team, self._take(*inner, ("team", (team,)), *users))


_IN_GROUPS = frozenset({"group_member", "group_seat"})
_CHILDREN_FIRST = ("team_seat", "group_member", "group_seat", "team_group", "team_admin", "team_member")


def _status_step(was: User, now: User, written: str) -> Step:
    if (was.status, now.status) == ("pending", "active"):
        return ACCEPT_INVITATION.step(WHOLE_ACCOUNT, user=written)
    if was.status == now.status:
        return RESEND_INVITATION.step(WHOLE_ACCOUNT, user=written)
    return RECORD_STATUS.step(WHOLE_ACCOUNT, user=written, status=now.status)


def _parted(row: Change, groups: tuple[tuple[str, ...], ...]) -> Iterator[tuple[tuple[str, ...], Change]]:
    """Yield the change of a row as one change for each group of columns that differs, one after the other."""
    names = TABLES[row.table][1]
    values: tuple[Value, ...] = row.old or ()
    for columns in groups:
        changed = tuple(
            (row.new or ())[at] if name in columns else value
            for at, (name, value) in enumerate(zip(names, values, strict=True))
        )
        if changed != values:
            yield columns, Change(row.table, row.key, values, changed)
            values = changed


def _sides(names: tuple[str, ...], columns: tuple[str, ...], row: Change) -> tuple[Facts, Facts]:
    """Return the given columns of a row before and after, without empty ones, and the renewal only if it differs."""
    pairs = [
        (name, _typed(name, old), _typed(name, new))
        for name, old, new in zip(names, row.old or (), row.new or (), strict=True)
        if name in columns and (old is not None or new is not None) and (name != "auto_renew" or old != new)
    ]
    return Facts(tuple((name, old) for name, old, _ in pairs)), Facts(tuple((name, new) for name, _, new in pairs))


def _typed(name: str, value: Value) -> Value:
    return bool(value) if name == "auto_renew" else value


def _recorded(key: str, team: str | None, now: Facts | None, wanted: Facts | None) -> Step:
    scope = WHOLE_ACCOUNT if team is None else Scope("team", team)
    return RECORD_SUBSCRIPTION.step(scope, subscription=key, now=now, wanted=wanted)
