"""Dependencies between steps that follow from the right to perform them.

If none of the performers of a step had the right at the start, the step needs the steps that gave it to one of them. A
step that takes a right away needs the steps that nobody, or not the actor, could perform afterwards. So every step can
be performed in every order that respects the dependencies.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from seatsync.account.access import performers, sees
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS, LEAVES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import Account, Change, Scope
from seatsync.planning.sole_rights import SoleRights

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
        self._sole = SoleRights(base)

    def with_goal(self, now: Account, goal: Account, actor: str | None) -> "Rights":
        """Return the rights of further steps from `now` to `goal`."""
        rights = Rights(self.base, goal, actor)
        rights.begun = now
        rights._unsettled = frozenset(_unsettled(now, goal))
        rights._protected = {row: list(found) for row, found in self._protected.items()}
        rights._sole = self._sole.copy()
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
        if not set(able).isdisjoint(performers(at_first, step)):
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
