"""The conformance suite of routes: call `check_route` with any `Route` of the real account."""

from __future__ import annotations

from collections.abc import Sequence

from seatsync.account.attributes import ROUTES
from seatsync.planning.plan import Plan
from seatsync.portal.routing import Asked, ByHand, Imports, Route, choose_routes

BY_PEOPLE: tuple[Route, ...] = (Asked("form"), Asked("support"), Asked("purchase"), Imports(5), ByHand())


def check_route(route: Route, plans: Sequence[Plan]) -> None:
    """Check that a route keeps the promises of the protocol. It must take a step of one of the plans."""
    assert route.name in ROUTES
    assert route.name != "account", "people and machines carry out steps on the real account, not the store"
    some = False
    for plan in plans:
        taken = list(route.takes(plan, plan.steps))
        some = some or bool(taken)
        assert list(route.takes(plan, plan.steps)) == taken, "the answer is the same when asked again"
        assert len(set(taken)) == len(taken)
        assert set(taken) <= {planned.id for planned in plan.steps}
        assert not route.takes(plan, ()), "what others have taken is not free"
        free = [planned for planned in plan.steps if planned.id not in taken[: len(taken) // 2]]
        assert set(route.takes(plan, free)) <= {planned.id for planned in free}
        routes = choose_routes(plan, (route, *(each for each in BY_PEOPLE if each.name != route.name), ByHand()))
        assert routes.keys() == {planned.id for planned in plan.steps}, "people do what it does not take"
        assert {number for number, name in routes.items() if name == route.name} >= set(taken)
    assert some
