"""What `why` cannot tell of an account that is not known completely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.actions.spec import Plain
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.insight.why_answer import Assignment

_Things: TypeAlias = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Gaps:
    """The unknown and assumed facts of an account, and the scopes of which too little is known.

    Teams have the names that they have in the account; those that are `left_out`, their declared names.
    """

    unknown: frozenset[tuple[str, str]] = frozenset()
    assumed: Mapping[tuple[_Things, str], Plain] = field(default_factory=dict)
    left_out: frozenset[tuple[str, str]] = frozenset()

    @classmethod
    def of(cls, unknown: Iterable[Unknown], assumed: Iterable[Assumed], left_out: Iterable[tuple[str, str]]) -> Gaps:
        """Return the gaps of a target's state."""
        return cls(
            frozenset((each.team, each.fact) for each in unknown),
            {(frozenset(each.things), each.fact): each.value for each in assumed},
            frozenset(left_out),
        )

    def some_people(self) -> bool:
        """Return True if the members of some team are unknown, so that anybody may be in the account."""
        return any(fact == "people" for _, fact in self.unknown)

    def hides_status(self, person: str, teams: Iterable[str]) -> bool:
        """Return True if it is unknown whether a person of these teams accepted the invitation."""
        known = any((team, "status") not in self.unknown for team in teams)
        return not known or (frozenset({("user", person)}), "status") in self.assumed

    def hide(self, assignment: Assignment, team: str, person: str) -> bool:
        """Return True if it is unknown whether the account has an assignment.

        `team` is its team in the account, and `person` the address as written there.
        """
        scope, within = assignment.scope, ("team", team)
        if (scope.kind, scope.name) in self.left_out:
            return True
        if assignment.subscription is not None:
            return self._hides_manager(("subscription", assignment.subscription))
        if assignment.kind == "role":
            return (team, "roles") in self.unknown or self._assumes("role", within, ("user", person))
        if assignment.group is not None:
            return (team, "groups") in self.unknown or self._hides_group(assignment, within)
        return assignment.kind == "product" and (team, "seats") in self.unknown

    def _assumes(self, fact: str, *things: tuple[str, str]) -> bool:
        return (frozenset(things), fact) in self.assumed

    def _hides_manager(self, subscription: tuple[str, str]) -> bool:
        assumed = any(self._assumes(fact, subscription) for fact in ("contract_manager", "subscription"))
        return assumed or subscription in self.left_out

    def _hides_group(self, assignment: Assignment, within: tuple[str, str]) -> bool:
        """Return True if the members of a group are assumed, or that it gives the product."""
        group = ("group", assignment.group or "")
        products = self.assumed.get((frozenset({within, group}), "products"))
        gives = isinstance(products, tuple) and assignment.name in products
        return self._assumes("members", within, group) or (assignment.kind == "product" and gives)


NO_GAPS = Gaps()
