"""The routes of steps on the real account: who or what carries out each step of a plan.

A route of a machine, such as the vendor's API, takes its steps before those of people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from seatsync.account.attributes import RouteName
from seatsync.declaration.project_values import Portal
from seatsync.planning.assignments import candidates
from seatsync.planning.batches import batches, entry_key, import_key
from seatsync.planning.plan import Plan, PlannedStep


class Route(Protocol):
    """A way to carry out steps on the real account."""

    @property
    def name(self) -> RouteName:
        """The name in plans, on which each route has its own."""

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:
        """Return the ids of the steps that this route carries out, of those that no other route has taken yet.

        `free` are these steps, in the order of the plan. The answer depends on nothing else.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """Steps that only the vendor can carry out, on request: by form, by a request to support, or by a purchase."""

    name: RouteName

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:  # noqa: ARG002 - as in Route
        """Return the steps whose channel is this request."""
        return [planned.id for planned in free if planned.channel == self.name]


@dataclass(frozen=True, slots=True)
class ByHand:
    """Everything that admins do in the portal itself."""

    name: RouteName = "console"

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:  # noqa: ARG002 - as in Route
        """Return all steps that are left."""
        return [planned.id for planned in free]


_BY_HAND: Final = ByHand()


@dataclass(frozen=True, slots=True)
class Imports:
    """Import files of the portal: from `smallest` alike steps on that are ready once the entries before are done."""

    smallest: int
    name: RouteName = "csv"

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:
        """Return the steps of all files that are large enough.

        Steps of a file that is too small are done by hand, one by one or together, which changes what is ready for the
        files after it. So the files are formed again until none is too small.
        """
        able, steps = candidates(plan), {planned.id: planned for planned in plan.steps}
        for planned in free:
            imported = import_key(planned.step) is not None
            steps[planned.id] = planned._replace(route=self.name if imported else _BY_HAND.name)
        while True:
            found = batches(tuple(steps.values()), entry_key, able)
            files = [batch for batch in found if batch[0].route == self.name]
            small = [planned for batch in files if len(batch) < self.smallest for planned in batch]
            if not small:
                return [planned.id for batch in files for planned in batch]
            steps.update((planned.id, planned._replace(route=_BY_HAND.name)) for planned in small)


def routes_of(portal: Portal) -> tuple[Route, ...]:
    """Return the routes of a portal, in the order in which they take steps."""
    return (Asked("form"), Asked("support"), Asked("purchase"), Imports(portal.import_from), _BY_HAND)


def choose_routes(plan: Plan, routes: Sequence[Route]) -> Mapping[int, str]:
    """Return the route of each step by its id: that of the first route that takes it."""
    found: dict[int, str] = {}
    for route in routes:
        free = [planned for planned in plan.steps if planned.id not in found]
        found.update(dict.fromkeys(route.takes(plan, free), route.name))
    return found


def portal_routes(plan: Plan, portal: Portal) -> Mapping[int, str]:
    """Return the route of each step of a plan by its id."""
    return choose_routes(plan, routes_of(portal))
