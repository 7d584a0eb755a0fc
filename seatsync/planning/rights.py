"""The needs that follow from who may do what.

A step that nobody of those who may do it could have done at the start needs the steps that gave the right to one of
them. A step that takes a right away needs the steps that nobody could do afterwards, and those that the actor, where
there is one, could not do any more. So that in every order that the needs allow, every step can be done.
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


class _Watch(NamedTuple):
    """A step that the actor, `by` that address, must be able to do until it is done."""

    number: int
    step: Step
    by: str

    def fails(self, now: Account) -> bool:
        """Whether the step could not be done any more."""
        return self.by not in performers(now, self.step)


class Rights:
    """Who may do the steps so far. `base` and `goal` are the states that they lead between, the latter once known.

    In `base` everything has its present name, and nothing else has been done. Of a scope that is not there yet, it is
    about what it was when it was made, in `begun`.
    """

    def __init__(self, base: Account, goal: Account | None = None, actor: str | None = None) -> None:
        self.base = base
        self.goal = goal
        self.actor = actor
        self.begun = base
        self._unsettled: frozenset[Scope] = frozenset()
        self._watches: dict[Row, list[_Watch]] = {}
        self._sole = SoleRights(base)

    def with_goal(self, now: Account, goal: Account, actor: str | None) -> "Rights":
        """The rights of steps that go on from what is `now` to `goal`."""
        rights = Rights(self.base, goal, actor)
        rights.begun = now
        rights._unsettled = frozenset(_unsettled(now, goal))
        rights._watches = {row: list(found) for row, found in self._watches.items()}
        rights._sole = self._sole.copy()
        return rights

    def given(self, step: Step, who: list[str], now: Account) -> set[Row]:
        """The rows that brought the right to do a step to one of those who may, if nobody of them had it at first.

        Where the actor may and does it themselves, it is about them alone.
        """
        by_actor = self.actor in who and ACTIONS[step.action].channel == "self-service"
        settled = step.scope.kind != "account" and step.scope not in self._unsettled
        if settled and not by_actor and step.action not in _OF_MANAGERS:
            return set()
        able = [self.actor] if self.actor is not None and by_actor else who
        at_first = self.base if _is_there(step.scope, self.base) else self.begun
        if not set(able).isdisjoint(performers(at_first, step)):
            # The actor may have been without in between: secondary admin, say, on the way from SSO to primary admin.
            return {("team_admin", (step.scope.name, able[0]))} if by_actor and step.scope.kind == "team" else set()
        lasting = performers(self.goal, step) if self.goal is not None else []
        return set(_grounds(step, min(able, key=lambda user: (user not in lasting, user)), now))

    def watch(self, number: int, step: Step, who: list[str], now: Account) -> None:
        """Keep an eye on a step that was just taken, where the right to do it may be taken away."""
        if (
            ACTIONS[step.action].performers.rests_on is not None
        ):  # of all else there is always a primary admin, or a contract manager
            self._sole.note(number, step, who[0], now)
        elif self.actor is not None and self.actor in who:
            watch = _Watch(number, step, self.actor)
            if not watch.fails(now):
                for row in _grounds(step, self.actor, now):
                    self._watches.setdefault(row, []).append(watch)

    def taken_away(self, rows: tuple[Change, ...], now: Account) -> Iterator[int]:
        """The steps that cannot be done any more after rows that were just carried out: they must come before.

        What is done in any scope of a person comes before every change of a scope in which the actor could do it.
        """
        for row in rows:
            for watch in self._watches.get((row.table, row.key), ()):
                if watch.step.scope.kind == "account" or watch.fails(now):
                    yield watch.number
        yield from self._sole.lost(rows, now)


def _is_there(scope: Scope, account: Account) -> bool:
    return scope.kind == "account" or scope.name in (account.teams if scope.kind == "team" else account.contracts)


def _unsettled(base: Account, goal: Account) -> Iterator[Scope]:
    """The teams and contracts in which roles differ."""
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
    """The rows that someone's right to do a step may rest on."""
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
