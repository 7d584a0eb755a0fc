"""Steps through the Team Admin API while answers are lost: each takes effect once, and no result is false.

    python -m tests.portal.fault_proof [FAULTS]

The portal and its log are those of `seatsync demo portal`. Faults are at seeded places: connections that are dropped or
reset, 500 and 503, each before and after the change was made, 429, and answers that are cut.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from random import Random
from typing import Final

from seatsync.account.actions.spec import Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Subscription, Team, User
from seatsync.demo.exchange import Arrived, Fault
from seatsync.portal.machines.api_steps import TeamAdminSteps
from seatsync.targets.machine import Carried
from tests.demo.conversation import ANA, TERM
from tests.portal.made_up_steps import Run, assign, invite, running, unassign

FAULTS: Final = 1_000
STEPS: Final = 40
"""The steps in front of one portal."""
ROUNDS: Final = 30
"""The most runs until a step is done; so many that all of them fail do not occur."""
BEFORE_OR_AFTER: Final = tuple(
    each._replace(after=after)
    for each in (Fault("drop"), Fault("reset"), Fault("status", status=500), Fault("status", status=503))
    for after in (False, True)
)
BUSY: Final = Fault("status", after=False, status=429, retry_after="2")
CUT: Final = (Fault("cut", most=9), Fault("cut", most=9, announced=False))
TYPES_TOLD: Final = (("exists-409",), ("exists-422",), ("full-409",), ("inherited-team",))
PROFILES: Final[tuple[tuple[str, ...], ...]] = (
    (),
    *TYPES_TOLD,
    ("full-400", "unassign-200"),
    ("add-200", "roles-invented", "status-lower"),
    ("snake-names", "mixed-case", "more-fields"),
    ("no-status", "no-roles", "no-names"),
    ("pools-split", "error-html", "no-problem-types"),
    ("no-request-id", "error-empty", "retry-seconds"),
    ("email-exact", "x-ratelimit"),
    ("pending-hidden",),
    ("lag",),
    ("no-types",),
)
UNLISTED: Final = {"pending-hidden", "lag", "no-types"}
"""The profiles in which reading may not show what was done, so that repeating is the only way."""


def team_account() -> Account:
    """Return a team with people and seats, a small pool that is full, and one without limit."""
    found = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    people = [f"p{number}@acme.example" for number in range(12)]
    for user in (ANA, *people):
        found.users[user] = User(user, user.partition("@")[0].title(), "Tester")
    found.teams["design"] = Team(ANA, members={ANA, *people}, seats={"AutoCAD": set(people[:6]), "Revit": {people[0]}})
    for number, (product, seats) in enumerate((("AutoCAD", 500), ("Revit", 1)), 1):
        found.subscriptions[f"574-{number}"] = Subscription(
            "design", product, "single-user", seats, None, "store", ANA, *TERM
        )
    found.subscriptions["574-3"] = Subscription("design", "Maya", "multi-user", 9, None, "store", ANA, *TERM)
    return found


class Proof:
    """Random steps in front of one portal. `figures` are counted over all of them."""

    def __init__(self, seed: int, figures: Counter[str], machine: type[TeamAdminSteps]) -> None:
        self.random, self.figures, self.machine = Random(seed), figures, machine
        self.profiles = PROFILES[seed % len(PROFILES)]
        self.on = True

    def fault(self, arrived: Arrived) -> Fault | None:
        """Return the fault of a request, if it has one: half of the changes, and every tenth read."""
        is_change = arrived.method != "GET"
        if not self.on or self.random.random() >= (0.5 if is_change else 0.1):
            return None
        found = self.random.choice((*BEFORE_OR_AFTER, BUSY, *CUT))
        if is_change:
            self.figures["faults"] += 1
            where = {"DELETE": "unassign"}.get(
                arrived.method, "invite" if arrived.path.endswith("/users") else "assign"
            )
            self.figures[f"fault in {where}"] += 1
            when = "after" if found.after else "before"
            self.figures[f"fault {found.kind if found.kind != 'status' else found.status} {when}"] += 1
        else:
            self.figures["faults in reads"] += 1
        return found

    def run(self) -> None:
        """Carry out the steps."""
        with running(*self.profiles, account=team_account(), faults=self.fault) as run:
            for number in range(STEPS):
                run.double.clock.advance(61)
                self.one(run, number)
            assert run.is_as_mirrored(), "the mirror differs from the portal"

    def one(self, run: Run, number: int) -> None:
        """Carry out a random step, in as many runs as it takes, and check every result."""
        step, is_possible = self.step(run, number)
        by_others = is_possible and self.random.random() < 0.15
        if by_others:
            run.double.change(step)
        before, asked = len(run.double.effects), False
        run.log.clear()
        for _ in range(ROUNDS):
            self.start(run, step)
            carried = run.carry(step, asked=asked)
            made = len(run.double.effects) - before
            self.check(run, step, carried, made)
            if carried.status == "done" or (carried.status == "refused" and not carried.stop):
                break
            asked = carried.status == "unknown"
            self.figures[f"again after {carried.status}"] += 1
        assert carried.status == ("done" if is_possible else "refused"), f"{carried.status}: {carried.detail}"
        assert made == int(is_possible and not by_others), f"{made} effects"
        self.figures[f"{step.action} {carried.status}"] += 1

    def start(self, run: Run, step: Step) -> None:
        run.start([step])
        ids = run.machine._team_ids
        run.machine = self.machine(run.client, ids, [step])

    def check(self, run: Run, step: Step, carried: Carried, made: int) -> None:
        """Check that a result is true, and that nothing was repeated that reading shows.

        Where nothing answers, a step is refused that others did before: nothing was done about it.
        """
        there = is_there(run.double.account(), step)
        assert carried.status != "done" or there, "a false success"
        assert carried.status != "refused" or (not made if carried.stop else not there), "a false failure"
        assert made <= 1, "a double effect"
        last = max((at for at, (_, effects) in enumerate(run.log) if effects), default=None)
        after = run.log[last + 1 :] if last is not None else []
        writes = [call for call, _ in after if call.method != "GET"]
        assert not writes or UNLISTED & {*self.profiles}, "repeated although reading shows it"

    def step(self, run: Run, number: int) -> tuple[Step, bool]:
        """Return a random step, and whether it is possible."""
        team = run.mirror.teams["design"]
        people = sorted(user for user in team.members if run.mirror.users[user].status == "active")
        kind = self.random.choice(("invite", "assign", "unassign", "full"))
        free = [user for user in people if user not in team.seats.get("AutoCAD", ())]
        if kind == "full":
            return assign(
                self.random.choice([user for user in people if user not in team.seats["Revit"]]), "Revit"
            ), False
        if kind == "assign" and free:
            return assign(self.random.choice(free)), True
        if kind == "unassign" and team.seats.get("AutoCAD"):
            return unassign(self.random.choice(sorted(team.seats["AutoCAD"]))), True
        return invite(f"New{number}@acme.example"), True


def is_there(account: Account, step: Step) -> bool:
    """Return True if an account is as a step leaves it."""
    team, user = account.teams["design"], identity(step.text("user"))
    if step.action == "user.invite":
        return user in team.members
    return (user in team.seats.get(step.text("product"), ())) == (step.action == "seat.assign")


def prove(faults: int, machine: type[TeamAdminSteps] = TeamAdminSteps, seed: int = 0) -> Counter[str]:
    """Carry out steps until so many changes had a fault; return the figures. Raises AssertionError with the seed."""
    figures: Counter[str] = Counter()
    while figures["faults"] < faults:
        try:
            Proof(seed, figures, machine).run()
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {error}") from error
        seed += 1
    return figures


if __name__ == "__main__":
    start = time.process_time()
    counted = prove(int(sys.argv[1]) if len(sys.argv) > 1 else FAULTS)
    lines = [f"{count:7} {name}" for name, count in sorted(counted.items())]
    sys.stdout.write("\n".join([*lines, f"{time.process_time() - start:7.1f} seconds of processor", ""]))
