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
    """What nobody knows: kinds of facts by team, people by team whose role is unknown (`people`), and `seats`.

    These are teams, products and people who have one through a group that no source shows.
    """

    kinds: frozenset[tuple[str, str]] = frozenset()
    people: frozenset[tuple[str, str]] = frozenset()
    seats: frozenset[tuple[str, str, str]] = frozenset()

    def role(self, team: str, user: str) -> bool:
        """Return True if nobody knows the role of a person in a team."""
        return (team, "roles") in self.kinds or (team, user) in self.people

    def holds(self, team: str) -> bool:
        """Return True if a team may have subscriptions or seats that nobody knows."""
        return not self.kinds.isdisjoint({(team, "subscriptions"), (team, "seats")})

    def blocks(self, step: Step) -> bool:
        """Return True if a refused step may only lack a subscription that no source shows."""
        return step.action in _NEEDS_POOL and (step.scope.name, "subscriptions") in self.kinds


def uncertain(unknown: Iterable[Unknown], assumed: Iterable[Assumed], steps: Iterable[Step]) -> Uncertain:
    """Return what nobody knows, by the names that teams have after some steps."""
    names = {step.scope.name: step.text("to") for step in steps if step.action in RENAMES_TEAM}
    known = list(assumed)
    roles = [dict(each.things) for each in known if each.fact == "role"]
    seats = [dict(each.things) for each in known if each.fact == "seat"]
    return Uncertain(
        frozenset((names.get(each.team, each.team), each.fact) for each in unknown),
        frozenset((names.get(each["team"], each["team"]), identity(each["user"]) or "") for each in roles),
        frozenset(
            (names.get(each["team"], each["team"]), each["product"], identity(each["user"]) or "") for each in seats
        ),
    )


def without_subscription(step: Step) -> Finding:
    """Return the SOURCE007 of a step that needs a seat of an unknown subscription."""
    team, user, group, product = step.scope.name, step.get("user"), step.get("group"), step.get("product")
    what = f"{user} is not added to group {group}"
    if product is not None:
        what = f"{product} is not assigned to {f'group {group}' if user is None else user}"
    return Finding(
        "SOURCE007",
        Severity.INFO,
        f"{what}: no source shows whether team {team} has a subscription with a free seat",
        hint="add the subscriptions export, or declare the subscriptions of the team",
        things=(("team", team),),
    )


def inherited(team: str, product: str, user: str) -> Finding:
    """Return the SOURCE007 of a seat that is not taken from somebody."""
    return Finding(
        "SOURCE007",
        Severity.INFO,
        f"{product} is not unassigned from {user} in team {team}: they have it through a group that no source shows",
        hint="add the groups export, or declare the group with its members and products",
        things=(("team", team), ("product", product), ("user", user)),
    )


def not_deleted(team: str) -> Finding:
    """Return the SOURCE007 of a team that is not declared any more."""
    return Finding(
        "SOURCE007",
        Severity.INFO,
        f"team {team} is not deleted: no source shows whether it has subscriptions",
        hint="delete it in the portal, after its subscriptions have moved to other teams",
        things=(("team", team),),
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
