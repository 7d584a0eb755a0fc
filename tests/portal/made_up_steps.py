"""Steps through the Team Admin API of a made-up portal, whose clock is also the client's: waiting takes no time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from seatsync.account.actions.spec import Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Scope
from seatsync.clock import Clock
from seatsync.demo.double import Double, Settings
from seatsync.demo.exchange import Call
from seatsync.demo.profiles import profile_of
from seatsync.demo.served_account import Effect, at_second
from seatsync.portal.machines.api_steps import TeamAdminSteps
from seatsync.targets.machine import Carried
from seatsync.vendor.http_client import Client, Timing
from tests.demo.conversation import ANA, NOON
from tests.demo.conversation import account as made_up

DESIGN = Scope("team", "design")


def invite(user: str, first: str = "Fay", last: str = "Kim", team: Scope = DESIGN) -> Step:
    return Step.make("user.invite", team, user=user, first_name=first, last_name=last)


def assign(user: str, product: str = "AutoCAD", team: Scope = DESIGN) -> Step:
    return Step.make("seat.assign", team, product=product, user=user)


def unassign(user: str, product: str = "AutoCAD", team: Scope = DESIGN) -> Step:
    return Step.make("seat.unassign", team, product=product, user=user)


@dataclass
class Run:
    """A run of steps in front of a portal. `mirror` follows what is carried out; `log` are the calls with effects."""

    double: Double
    client: Client
    mirror: Account
    log: list[tuple[Call, list[Effect]]]
    machine: TeamAdminSteps = field(init=False)

    def __post_init__(self) -> None:
        self.start()

    def start(self, planned: Iterable[Step] = ()) -> None:
        """Begin another run, which remembers nothing."""
        ids = {name: self.double.team_id(name) for name in self.mirror.teams}
        self.machine = TeamAdminSteps(self.client, ids, planned)

    @property
    def clock(self) -> Clock:
        return Clock.of(self.double.clock.moment())

    def carry(self, step: Step, *, asked: bool = False) -> Carried:
        """Carry out a step; the mirror follows."""
        carried = self.machine.carry_out(step, self.mirror, self.clock, asked=asked)
        assert (carried.status == "done") == bool(carried.origin) == bool(carried.at)
        assert carried.status == "done" or carried.detail
        for _, rows in carried.changes:
            self.mirror.change(rows)
        return carried

    def effects(self) -> list[str]:
        return [f"{each.kind} {each.user.partition('@')[0]} {each.product}".strip() for each in self.double.effects]

    def calls(self) -> list[str]:
        """Return the calls so far, and forget them."""
        found = [f"{call.method} {call.path.partition('/teams/')[2].partition('/')[2]}" for call, _ in self.log]
        self.log.clear()
        return found

    def is_as_mirrored(self) -> bool:
        """Return True if the mirror has the members and direct seats of the portal."""
        return all(
            (team.members, team.external) == (self.mirror.teams[name].members, self.mirror.teams[name].external)
            and {product: people for product, people in team.seats.items() if people}
            == {product: people for product, people in self.mirror.teams[name].seats.items() if people}
            for name, team in self.double.account().teams.items()
        )


@contextmanager
def running(*profiles: str, who: str = ANA, account: Account | None = None, **settings: Any) -> Iterator[Run]:  # noqa: ANN401 - passed on
    """Serve a made-up portal with these profiles, and yield a run of steps in front of it."""
    log: list[tuple[Call, list[Effect]]] = []
    clock = settings.pop("clock", None) or at_second(NOON)
    given = Settings(
        profile=profile_of(profiles), clock=clock, on_call=lambda call, made: log.append((call, made)), **settings
    )
    found = account or made_up()
    mirror = found.copy()
    with Double(found, given) as double:
        timing = Timing(now=clock.moment, seconds=clock.now, sleep=clock.advance, jitter=lambda: 0.5)
        token = double.token(identity(who) or who)
        with Client(f"{double.url}/team-admin/v1", lambda: token, timing=timing) as client:
            yield Run(double, client, mirror, log)
