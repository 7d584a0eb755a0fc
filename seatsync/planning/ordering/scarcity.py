"""Scarce resources during a plan: seats of counted pools, and rights that few people have.

*Seats*: services and support benefits of contracts are counted like seats.

*Rights*: if none of the performers of a step had the right at the start, the step needs the steps that gave it to one
of them. A step that takes a right away needs the steps that nobody, or not the actor, could perform afterwards. So
every step can be performed in every order that respects the dependencies.

Some steps can be performed by one person only, whose right depends on roles or on things managed: its grounds. That
person must not lose the last ground before the step is done.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from seatsync.account.access import performers, sees
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, LEAVES_TEAM
from seatsync.account.email import identity
from seatsync.account.entitlements import COUNTED, SERVICE_LIMIT, capacity, support_limit
from seatsync.account.model import Account, Change, Group, Scope

# Seats

Pool: TypeAlias = tuple[str, ...]
"""("team", team, product), ("seat", contract, product), ("service", contract, service) or ("support", contract)."""
Entitled: TypeAlias = tuple[Pool, str]
"""A pool and someone who holds a seat of it."""

_NO_GROUP = Group()
_RELATIONS = {
    "team_seat": "team",
    "contract_seat": "seat",
    "contract_service": "service",
    "contract_support": "support",
}


class Size(NamedTuple):
    """The size of a pool: `counted` seats, or unlimited while there are `uncounted` subscriptions.

    `bought` are the ids of all subscriptions in term; empty for pools of contracts.
    """

    counted: int
    uncounted: frozenset[str] = frozenset()
    bought: frozenset[str] = frozenset()


class PoolSeats:
    """The seats of one pool from the first step that touches it: free ones, and those that steps have freed since.

    `over` is True if the pool was over its limit at first; a seat lost there cannot be taken again.
    """

    def __init__(self, size: Size, used: int) -> None:
        self._count_from(size, used)
        self.over = self.debt > 0 and not size.uncounted
        self._history: set[int] = set()
        self._uncounted: dict[str, tuple[int, ...]] = dict.fromkeys(sorted(size.uncounted), ())
        self.bought: dict[str, tuple[int, ...]] = dict.fromkeys(sorted(size.bought), ())
        self._term_required = False

    def _count_from(self, size: Size, used: int) -> None:
        self.free = max(0, size.counted - used)
        self.debt = max(0, used - size.counted)
        self.paid: list[int] = []
        self.given: list[tuple[int, ...]] = []

    def give(self, steps: tuple[int, ...], count: int = 1) -> None:
        """Add seats freed by steps. A pool over its limit is first brought back to it."""
        self._history.update(steps)
        for _ in range(min(count, self.debt)):
            self.paid.extend(steps)
        owed = min(count, self.debt)
        self.debt -= owed
        self.given.extend([steps] * (count - owed))

    def take(self) -> tuple[int, ...]:
        """Take a seat. Return the steps that have to come before."""
        unlimited = _earliest(self._uncounted)
        if unlimited == ():
            return ()
        if self.free > 0:
            self.free -= 1
            return ()
        if self.given:
            return (*self.paid, *self.given.pop(0))
        return unlimited if unlimited is not None else (*self.paid,)

    def require_term(self) -> tuple[int, ...]:
        """Return the steps that brought a subscription, for a step that takes no seat but needs one in term."""
        self._term_required = True
        return _earliest(self.bought) or ()

    def resize(self, number: int, before: Size, after: Size, used: int) -> set[int]:
        """Resize the pool by a step. Return the earlier steps that this step needs."""
        needs: set[int] = set()
        for mine, now in ((self._uncounted, after.uncounted), (self.bought, after.bought)):
            for key in [*mine]:
                if key not in now:
                    del mine[key]
            mine.update((key, (number,)) for key in sorted(now - mine.keys()))
        if before.uncounted and not after.uncounted:  # every seat taken counts again
            needs |= self._history
            self._count_from(after, used)
        elif after.counted >= before.counted:
            self.give((number,), after.counted - before.counted)
        else:
            needs.update(step for _ in range(before.counted - after.counted) for step in self.take())
        if before.uncounted - after.uncounted and used:
            needs.update(_earliest(self._uncounted) or ())
        if before.bought - after.bought and self._term_required:
            needs.update(_earliest(self.bought) or ())
        return needs


def _earliest(found: Mapping[str, tuple[int, ...]]) -> tuple[int, ...] | None:
    """Return the steps of the entry available first; None if there is no entry."""
    return min(found.values(), default=None)


def size_of(account: Account, name: Pool, day: str) -> Size:
    """Return the size of a pool."""
    kind, scope, *thing = name
    if kind == "team":
        subs = {key: account.subscriptions[key] for key in account.subscription_ids(scope, thing[0])}
        current = {key: sub for key, sub in subs.items() if sub.in_term(day)}
        uncounted = frozenset(key for key, sub in current.items() if sub.offering != COUNTED)
        counted = capacity([sub for sub in current.values() if sub.offering == COUNTED], day)
        return Size(counted or 0, uncounted, frozenset(current))
    contract = account.contracts[scope]
    if kind == "seat":
        bought = contract.products.get(thing[0])
        return Size(bought.seats if bought is not None else 0)
    return Size(SERVICE_LIMIT if kind == "service" else support_limit(contract))


def holders_in(account: Account, name: Pool) -> Collection[str]:
    """Return the people who hold a seat of a pool."""
    kind, scope, *thing = name
    if kind == "team":
        return account.holders(scope, thing[0])
    contract = account.contracts[scope]
    if kind == "support":
        return contract.support
    return (contract.seats if kind == "seat" else contract.services).get(thing[0], frozenset())


def seats_of(account: Account, name: Pool, day: str) -> PoolSeats:
    """Return the seats of a pool as it is now."""
    return PoolSeats(size_of(account, name, day), len(holders_in(account, name)))


def touched(rows: Iterable[Change], now: Account) -> list[Entitled]:
    """Return the pools and people whose seats the rows may take or free."""
    found: dict[Entitled, None] = {}
    for row in rows:
        if row.table in _RELATIONS:
            found[(_RELATIONS[row.table], *row.key[:-1]), row.key[-1]] = None
        elif row.table in {"group_member", "group_seat"} and row.key[0] in now.teams:
            team, name, third = row.key
            group = now.teams[team].groups.get(name, _NO_GROUP)
            if row.table == "group_member":
                found.update({(("team", team, product), third): None for product in sorted(group.products)})
            else:
                found.update({(("team", team, third), user): None for user in sorted(group.members)})
    return list(found)


def resized(rows: Iterable[Change]) -> set[Pool]:
    """Return the pools whose size the rows may change."""
    found: set[Pool] = set()
    for row in rows:
        if row.table == "subscription":
            rows_of_teams = [values for values in (row.old, row.new) if values is not None and values[0] is not None]
            found.update(("team", str(values[0]), str(values[1])) for values in rows_of_teams)
        elif row.table == "contract_product":
            found.update({("seat", *row.key), ("support", row.key[0])})
    return found


# Rights of one person

Ground: TypeAlias = tuple[str, str]
"""A role in a team, or a thing managed: ("team", name), ("subscription", id) or ("contract", number)."""

_KINDS = {"team": "team", "team_admin": "team", "subscription": "subscription", "contract": "contract"}


class _Right(NamedTuple):
    number: int
    user: str
    grounds: set[Ground]


class _SoleRights:
    """The rights of steps that only one person can perform.

    `base` is the account before the steps, `begun` the one after initial steps, which made new teams.
    """

    def __init__(self, base: Account, begun: Account) -> None:
        self.base = base
        self.begun = begun
        self._rights: dict[int, _Right] = {}
        self._by_ground: dict[Ground, list[int]] = {}

    def copy(self, begun: Account) -> "_SoleRights":
        """Return an independent copy for steps that follow `begun`."""
        copied = _SoleRights(self.base, begun)
        copied._rights = {number: right._replace(grounds=set(right.grounds)) for number, right in self._rights.items()}
        copied._by_ground = {ground: list(numbers) for ground, numbers in self._by_ground.items()}
        return copied

    def note(self, number: int, step: Step, user: str, now: Account) -> None:
        """Record the grounds of a step just taken: those the person had at first, else those they have now."""
        present = [ground for ground in _sole_grounds(step, user, now) if _holds(now, user, ground)]
        grounds = {ground for ground in present if self._held_at_first(user, ground)} or set(present)
        self._rights[number] = _Right(number, user, grounds)
        for ground in sorted(grounds):
            self._by_ground.setdefault(ground, []).append(number)

    def _held_at_first(self, user: str, ground: Ground) -> bool:
        kind, name = ground
        is_new = kind == "team" and name not in self.base.teams
        return _holds(self.begun if is_new else self.base, user, ground)

    def lost(self, rows: Iterable[Change], now: Account) -> Iterator[int]:
        """Yield the steps that have to come before rows just carried out, because these remove the right to them."""
        for row in rows:
            ground = (_KINDS.get(row.table, ""), row.key[0])
            for number in self._by_ground.get(ground, ()):
                right = self._rights[number]
                if ground in right.grounds and not _holds(now, right.user, ground):
                    right.grounds.remove(ground)
                    if not right.grounds:
                        yield number


def _sole_grounds(step: Step, user: str, now: Account) -> list[Ground]:
    if ACTIONS[step.action].performers.rests_on == "teams":
        return [("team", step.scope.name), ("team", step.text("from"))]
    managed = [("subscription", key) for key, sub in now.subscriptions.items() if sub.contract_manager == user]
    return managed + [("contract", no) for no, contract in now.contracts.items() if contract.contract_manager == user]


def _holds(account: Account, user: str, ground: Ground) -> bool:
    kind, name = ground
    if kind == "team":
        return name in account.teams and account.teams[name].role_of(user) in {"primary", "secondary"}
    things = account.subscriptions if kind == "subscription" else account.contracts
    return name in things and things[name].contract_manager == user


# Rights of all performers

Row: TypeAlias = tuple[str, tuple[str, ...]]
"""Table and key."""

_OF_MANAGERS = frozenset(
    name for name, spec in ACTIONS.items() if "manager" in spec.performers.team and not spec.performers.from_step
)


class _Protected(NamedTuple):
    """A step that the actor (`by`) must not lose the right to before it is done."""

    number: int
    step: Step
    by: str

    def fails(self, now: Account) -> bool:
        """Return True if the actor cannot perform the step any more."""
        return self.by not in performers(now, self.step)


class Rights:
    """Rights to perform the steps so far, between the states `base` and `goal` (None while unknown).

    `base` is the account before the plan, under present names. For new scopes, `begun` is used instead.
    """

    def __init__(self, base: Account, goal: Account | None = None, actor: str | None = None) -> None:
        self.base = base
        self.goal = goal
        self.actor = actor
        self.begun = base
        self._unsettled: frozenset[Scope] = frozenset()
        self._protected: dict[Row, list[_Protected]] = {}
        self._sole = _SoleRights(base, base)

    def with_goal(self, now: Account, goal: Account, actor: str | None) -> "Rights":
        """Return the rights of further steps from `now` to `goal`."""
        rights = Rights(self.base, goal, actor)
        rights.begun = now
        rights._unsettled = frozenset(_unsettled(now, goal))
        rights._protected = {row: list(found) for row, found in self._protected.items()}
        rights._sole = self._sole.copy(now)
        return rights

    def given(self, step: Step, who: list[str], now: Account) -> set[Row]:
        """Return the rows that gave the right to one of the performers (`who`) of a step, if none had it at first.

        If the actor may perform the step themselves, only their right counts.
        """
        by_actor = self.actor in who and ACTIONS[step.action].channel == "self-service"
        settled = step.scope.kind != "account" and step.scope not in self._unsettled
        if settled and not by_actor and step.action not in _OF_MANAGERS:
            return set()
        able = [self.actor] if self.actor is not None and by_actor else who
        at_first = self.base if _is_there(step.scope, self.base) else self.begun
        if not set(able).isdisjoint(performers(at_first, step)) and not _moved(step, able[0], at_first, now):
            # The actor may lack the right in between, e.g. as secondary admin on the way from SSO to primary admin.
            return {("team_admin", (step.scope.name, able[0]))} if by_actor and step.scope.kind == "team" else set()
        lasting = performers(self.goal, step) if self.goal is not None else []
        return set(_grounds(step, min(able, key=lambda user: (user not in lasting, user)), now))

    def protect(self, number: int, step: Step, who: list[str], now: Account) -> None:
        """Record a step just taken if the right to perform it may be taken away later."""
        if ACTIONS[step.action].performers.rests_on is not None:
            self._sole.note(number, step, who[0], now)
        elif self.actor is not None and self.actor in who:
            protected = _Protected(number, step, self.actor)
            if not protected.fails(now):
                for row in _grounds(step, self.actor, now):
                    self._protected.setdefault(row, []).append(protected)

    def taken_away(self, rows: tuple[Change, ...], now: Account) -> Iterator[int]:
        """Yield the steps that have to come before rows just carried out, because they take the right to them away.

        A step on a person, which any scope of them permits, comes before every change of such a scope.
        """
        for row in rows:
            for protected in self._protected.get((row.table, row.key), ()):
                if protected.step.scope.kind == "account" or protected.fails(now):
                    yield protected.number
        yield from self._sole.lost(rows, now)


def _moved(step: Step, user: str, at_first: Account, now: Account) -> bool:
    """Return True if a right that rests on a role in one of two teams rests on none of the roles held at first."""
    if ACTIONS[step.action].performers.rests_on != "teams":
        return False
    return not any(
        _holds(at_first, user, ground) and _holds(now, user, ground) for ground in _sole_grounds(step, user, now)
    )


def _is_there(scope: Scope, account: Account) -> bool:
    return scope.kind == "account" or scope.name in (account.teams if scope.kind == "team" else account.contracts)


def _unsettled(base: Account, goal: Account) -> Iterator[Scope]:
    """Yield the teams and contracts in which roles differ."""
    for name, team in base.teams.items():
        after = goal.teams.get(name)
        if after is not team and (after is None or (team.primary, team.admins) != (after.primary, after.admins)):
            yield Scope("team", name)
    for number, contract in base.contracts.items():
        then = goal.contracts.get(number)
        roles = (contract.contract_manager, contract.coordinator)
        if then is None or roles != (then.contract_manager, then.coordinator):
            yield Scope("contract", number)


def _grounds(step: Step, user: str, now: Account) -> Iterator[Row]:
    """Yield the rows that someone's right to perform a step may depend on."""
    if ACTIONS[step.action].performers.rests_on == "managed":
        yield from (("subscription", (key,)) for key, sub in now.subscriptions.items() if sub.contract_manager == user)
        yield from (("contract", (no,)) for no, contract in now.contracts.items() if contract.contract_manager == user)
        return
    scopes = [step.scope]
    written = step.get("user")
    if step.scope.kind == "account" and isinstance(written, str):
        person = identity(written) or ""
        scopes = [scope for scope in sorted(now.scopes_of(person)) if sees(now, user, scope)]
        yield from ((f"{scope.kind}_member", (scope.name, person)) for scope in scopes)
    if step.action in _OF_MANAGERS and step.get("subscription") is not None:
        yield ("subscription", (step.text("subscription"),))
        scopes = [step.scope, Scope("team", step.text("from"))] if step.action in LEAVES_TEAM else []
    for scope in scopes:
        if scope.kind == "team":
            yield from (("team", (scope.name,)), ("team_admin", (scope.name, user)))
        elif scope.kind == "contract":
            yield ("contract", (scope.name,))
