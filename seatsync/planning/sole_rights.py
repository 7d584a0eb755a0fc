"""Steps that only one person may perform: creating a team and moving a subscription.

The right to them depends on roles or on things managed (the grounds). The person must not lose the last ground before
the step is done, as nobody else could perform it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple, TypeAlias

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Account, Change

Ground: TypeAlias = tuple[str, str]
"""A role in a team, or a thing managed: ("team", name), ("subscription", id) or ("contract", number)."""

_KINDS = {"team": "team", "team_admin": "team", "subscription": "subscription", "contract": "contract"}


class _Right(NamedTuple):
    number: int
    user: str
    grounds: set[Ground]


class SoleRights:
    """The rights that the steps so far depend on. `base` is the account before the steps."""

    def __init__(self, base: Account) -> None:
        self.base = base
        self._rights: dict[int, _Right] = {}
        self._by_ground: dict[Ground, list[int]] = {}

    def copy(self) -> SoleRights:
        """Return an independent copy."""
        copied = SoleRights(self.base)
        copied._rights = {number: right._replace(grounds=set(right.grounds)) for number, right in self._rights.items()}
        copied._by_ground = {ground: list(numbers) for ground, numbers in self._by_ground.items()}
        return copied

    def note(self, number: int, step: Step, user: str, now: Account) -> None:
        """Record the grounds of a step just taken: those the person had at first, else those they have now."""
        present = [ground for ground in _grounds(step, user, now) if _holds(now, user, ground)]
        grounds = {ground for ground in present if _holds(self.base, user, ground)} or set(present)
        self._rights[number] = _Right(number, user, grounds)
        for ground in sorted(grounds):
            self._by_ground.setdefault(ground, []).append(number)

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


def _grounds(step: Step, user: str, now: Account) -> list[Ground]:
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
