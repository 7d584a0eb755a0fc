"""Unknown facts that stand in the way of steps: these are left out with SOURCE007, not reported as errors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.finding import Finding, Severity

_NEEDS_POOL: Final = frozenset(
    name for name, spec in ACTIONS.items() if spec.kind == "add" and spec.holding in {"seat", "group member"}
)


class Uncertain(NamedTuple):
    """What nobody knows: kinds of facts by team, and people by team whose role is unknown (`people`)."""

    kinds: frozenset[tuple[str, str]] = frozenset()
    people: frozenset[tuple[str, str]] = frozenset()

    def role(self, team: str, user: str) -> bool:
        """Return True if nobody knows the role of a person in a team."""
        return (team, "roles") in self.kinds or (team, user) in self.people

    def blocks(self, step: Step) -> bool:
        """Return True if a refused step may only lack a subscription that no source shows."""
        return step.action in _NEEDS_POOL and (step.scope.name, "subscriptions") in self.kinds


def uncertain(unknown: Iterable[Unknown], assumed: Iterable[Assumed], steps: Iterable[Step]) -> Uncertain:
    """Return what nobody knows, by the names that teams have after some steps."""
    names = {step.scope.name: step.text("to") for step in steps if step.action in RENAMES_TEAM}
    roles = [dict(each.things) for each in assumed if each.fact == "role"]
    return Uncertain(
        frozenset((names.get(each.team, each.team), each.fact) for each in unknown),
        frozenset((names.get(each["team"], each["team"]), identity(each["user"]) or "") for each in roles),
    )


def without_subscription(step: Step) -> Finding:
    """Return the SOURCE007 of a step that needs a seat of an unknown subscription."""
    team, user, group = (step.scope.name, step.get("user"), step.get("group"))
    who = f"group {group}" if user is None else str(user)
    what = f"{step.get('product')} is not assigned to {who}" if group is None or user is None else ""
    message = what or f"{who} is not added to group {group}"
    things = (("team", team),)
    return Finding(
        "SOURCE007",
        Severity.INFO,
        f"{message}: no source shows whether team {team} has a subscription to it with a free seat",
        hint="add the subscriptions export, or declare the subscriptions of the team",
        things=things,
    )


def with_unknown_role(team: str, user: str) -> Finding:
    """Return the SOURCE007 of somebody who is not removed from a team."""
    return Finding(
        "SOURCE007",
        Severity.INFO,
        f"{user} is not removed from team {team}: no source shows their role there",
        hint="add a users export that shows the role in a known word, or remove them in the portal",
        things=(("team", team), ("user", user)),
    )
