"""The routes of steps on the real account: who or what carries out each step of a plan.

A route of a machine, such as the vendor's API, takes its steps before those of people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.user_actions import INVITE
from seatsync.account.attributes import RouteName
from seatsync.account.email import identity
from seatsync.declaration.project_values import Portal
from seatsync.planning.assignments import candidates
from seatsync.planning.batches import batches, entry_key, import_key
from seatsync.planning.plan import MachineWork, Plan, PlannedStep
from seatsync.planning.step_routes import Routes
from seatsync.portal.call_estimate import TeamSize, calls_of, machine_work, minutes_of
from seatsync.portal.knowledge import Journal, Knowledge, knowledge_of
from seatsync.targets.target import State

_LONGEST: Final = 10
"""Minutes of calls in a team up to which no import file is preferred."""


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


@dataclass(frozen=True, slots=True)
class ByApi:
    """The vendor's Team Admin API: invitations, direct assignments, and their removal, in teams whose id is known.

    `sizes` are the teams with an id. By what is `known`, an assignment needs a pool that the API has
    listed, and a removal a seat that the API has shown as direct, unless an earlier step by the API makes it so. Where
    the calls of a team would take long, import files of at least `import_from` steps are left to people.

    `bought` are the products of a team's subscriptions, empty if none is known. The API may call a product by another
    name, whose seats are then on no list of wanted ones: a machine takes none of a product that was never bought.
    """

    sizes: Mapping[str, TeamSize]
    known: Knowledge
    import_from: int
    bought: Mapping[str, Collection[str]] = field(default_factory=dict)
    name: RouteName = "api"

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:
        """Return the steps that the API can carry out, without those of files in teams with too many."""
        able = list(self._able(free))
        steps: dict[str, list[PlannedStep]] = {}
        for planned in able:
            steps.setdefault(planned.step.scope.name, []).append(planned)
        slow = {team for team, its in steps.items() if minutes_of(calls_of(its, self.sizes[team])) > _LONGEST}
        if not slow:
            return [planned.id for planned in able]
        files = Imports(self.import_from).takes(plan, [each for each in able if each.step.scope.name in slow])
        imported = frozenset(files)
        return [planned.id for planned in self._able([each for each in able if each.id not in imported])]

    def _able(self, free: Sequence[PlannedStep]) -> Iterator[PlannedStep]:
        """Yield the steps that the API can carry out, of those that are free."""
        given: set[tuple[str, str, str]] = set()
        for planned in free:
            step, written = planned.step, planned.step.get("user")
            user = identity(written) if isinstance(written, str) else None
            if step.scope.kind != "team" or step.scope.name not in self.sizes or user is None:
                continue
            if step.action == INVITE.name:
                yield planned
                continue
            if step.action not in {ASSIGN_SEAT.name, UNASSIGN_SEAT.name}:
                continue
            team, product = step.scope.name, step.text("product")
            seat = (team, product, user)
            if (team, product) not in self.known.pools:
                continue
            if step.action == ASSIGN_SEAT.name:
                given.add(seat)
                yield planned
            elif seat in given or (self.known.is_direct(*seat) is True and self._is_bought(team, product)):
                yield planned

    def _is_bought(self, team: str, product: str) -> bool:
        products = self.bought.get(team)
        return not products or product in products


_BY_PEOPLE: Final = (Asked("form"), Asked("support"), Asked("purchase"))


def routes_of(portal: Portal, api: ByApi | None = None) -> tuple[Route, ...]:
    """Return the routes of a portal, in the order in which they take steps. `api` is None if nothing is written."""
    machines = () if api is None else (api,)
    return (*machines, *_BY_PEOPLE, Imports(portal.import_from), _BY_HAND)


def choose_routes(plan: Plan, routes: Sequence[Route]) -> Mapping[int, str]:
    """Return the route of each step by its id: that of the first route that takes it."""
    found: dict[int, str] = {}
    for route in routes:
        free = [planned for planned in plan.steps if planned.id not in found]
        found.update(dict.fromkeys(route.takes(plan, free), route.name))
    return found


def portal_routes(portal: Portal, state: State, journal: Journal, url: str) -> Routes:
    """Return how the steps of plans are carried out on the real account, of which a mirror has a state.

    Without a mirror, nothing is known about what the API could carry out.
    """
    api = _by_api(portal, state, journal, url)
    sizes = {} if api is None else api.sizes

    def work(plan: Plan) -> tuple[MachineWork, ...]:
        return machine_work(plan.steps, sizes)

    return Routes(lambda plan: choose_routes(plan, routes_of(portal, api)), work)


def _by_api(portal: Portal, state: State, journal: Journal, url: str) -> ByApi | None:
    """Return the route of the API, None if the project does not let it write."""
    if state.mirror is None or portal.team_admin is None or not portal.team_admin.write:
        return None
    known = knowledge_of(state, journal, url)
    teams, pools = state.account.teams, [team for team, _ in known.pools]
    ids = known.agreed_ids(portal.team_admin.teams)
    sizes = {name: TeamSize(len(teams[name].members) if name in teams else 0, pools.count(name)) for name in ids}
    bought: dict[str, set[str]] = {}
    for subscription in state.account.subscriptions.values():
        for team in sizes if subscription.team is None else (subscription.team,):
            bought.setdefault(team, set()).add(subscription.product)
    return ByApi(sizes, known, portal.import_from, bought)
