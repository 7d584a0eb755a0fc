"""Routes of a whole plan: how each step is carried out, and plans limited to some routes."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import NamedTuple

from seatsync.planning.assignments import work_of
from seatsync.planning.plan import Limit, MachineWork, Plan, PlannedStep


class Routes(NamedTuple):
    """How a portal carries plans out: the route of each step by its id, and the work of machines for given routes."""

    choose: Callable[[Plan], Mapping[int, str]]
    machine_work: Callable[[Plan], tuple[MachineWork, ...]] = lambda _: ()


def with_routes(plan: Plan, routes: Routes | None, only: Sequence[str]) -> Plan:
    """Return a plan with the routes that a portal gives it, limited to the routes `only` (empty: all).

    Without a portal (None), steps keep the routes that the target gave them.
    """
    if routes is not None:
        found = routes.choose(plan)
        plan = plan._replace(steps=tuple(planned._replace(route=found[planned.id]) for planned in plan.steps))
    if only:
        plan = _limited(plan, only)
    return plan if routes is None else plan._replace(work=work_of(plan), machine=routes.machine_work(plan))


def _limited(plan: Plan, only: Sequence[str]) -> Plan:
    """Return a plan without steps of other routes and those that need one, with ids from 1.

    Without some of its steps, it changes the cost in another way, which nobody has calculated.
    """
    steps = _closed(plan.steps, only)
    ids = {planned.id: number for number, planned in enumerate(steps, 1)}
    kept = tuple(
        planned._replace(id=ids[planned.id], needs=tuple(ids[need] for need in planned.needs)) for planned in steps
    )
    left_out = len(plan.steps) - len(kept)
    undo = plan.undo._replace(whole=False) if plan.undo is not None and left_out else plan.undo
    cost = () if left_out else plan.cost
    return plan._replace(steps=kept, undo=undo, cost=cost, limit=Limit(tuple(dict.fromkeys(only)), left_out))


def _closed(steps: Sequence[PlannedStep], only: Collection[str]) -> list[PlannedStep]:
    """Return the steps of some routes that need only such steps."""
    kept: dict[int, PlannedStep] = {}
    for planned in steps:
        if planned.route in only and all(need in kept for need in planned.needs):
            kept[planned.id] = planned
    return list(kept.values())
