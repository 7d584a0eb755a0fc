"""A mirror and the portal: what people did in the portal is seen, and exactly what is left is planned again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import perform
from seatsync.account.history import same
from seatsync.account.model import Account, Group
from seatsync.declaration.declared import Declaration
from seatsync.demo.shown_objects import products_of
from seatsync.errors import TargetProblem
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from seatsync.portal import refreshing
from seatsync.portal.mirror_target import AssumingSession
from seatsync.portal.refreshing import Refreshed
from seatsync.portal.settled_cases import Shown, Verdict
from seatsync.portal.sources.export_tables import one_line
from tests.portal.mirrors import Project, account_plan, steps_of
from tests.portal.portal_model import CLOCK
from tests.portal.random_accounts import random_account, user_of
from tests.portal.random_changes import Goal, as_it_is, changed
from tests.portal.test_random_changes import check_as_declared, rests_on_unknown
from tests.portal.written_exports import Written, exports_of, holders


def check_mirrors(seen: Account, account: Account, exports: Written) -> None:
    """Check that a mirror has everything that exports show about the account, and nothing else."""
    for name, team in account.teams.items():
        now = seen.teams[name]
        assert (now.primary, now.admins, now.external) == (team.primary, team.admins, team.external), name
        assert now.members == team.members, name
        for product in {*products_of(team), *products_of(now)}:
            assert holders(now, product) == holders(team, product), (name, product)
        if name in exports.covers.get("groups", ()):
            groups = {group: each.members for group, each in team.groups.items() if each.members}
            assert {group: each.members for group, each in now.groups.items() if each.members} == groups, name
    assert {user for team in seen.teams.values() for user in team.members} == seen.users.keys()
    for user, person in account.users.items():
        known = seen.users[user]
        assert (known.first_name, known.last_name) == (one_line(person.first_name), one_line(person.last_name))
    for key, sub in account.subscriptions.items():
        if (sub.team or "") in exports.covers.get("subscriptions", ()) and key in seen.subscriptions:
            bought = seen.subscriptions[key]
            assert (bought.team, bought.product) == (sub.team, sub.product), key
            assert (bought.seats or bought.tokens or 0) == (sub.seats or sub.tokens or 0), key
            assert (bought.starts, bought.ends, bought.auto_renew) == (sub.starts, sub.ends, sub.auto_renew), key


ROUNDS = 5
SEEDS = 40
STRIDE = 20
MOST = 300
"""The most seeds until a fault is caught."""


class Trip:
    """One random account, its project, and the portal."""

    def __init__(self, chance: Random, folder: Path) -> None:
        self.chance, self.folder = chance, folder
        self.portal = random_account(chance)
        self.project = Project(folder / "project")
        self.exports = exports_of(self.portal, chance, dated=False)
        self.before = self.portal
        """The portal before people did something there."""
        self.then = self.exports.covers
        """What exports covered when the plan was made."""
        self.finished: set[str] = set()
        """The steps that people carried out at some time."""
        self.counts: Counter[str] = Counter()

    def begin(self) -> None:
        """Create the mirror; in most cases, an apply takes the present account over."""
        self.project.create()
        self.look()
        self.project.adopt()
        if self.chance.random() < 0.7:
            declared = as_it_is(self.portal).declaration()
            assert declared is not None
            plan = self.project.plan(declared)
            assert plan.steps == ()
            self.project.apply(declared, plan)

    def look(self) -> Refreshed:
        """Refresh the mirror from new exports of the portal, twice, and a copy of it from the same in another order."""
        seed, other = self.chance.randrange(2**32), None
        exports = exports_of(self.portal, Random(seed), self.exports, dated=False)
        if self.chance.random() < 0.3:
            other = self.project.copy(self.folder / f"copy-{self.project.looks}")
        folder = self.project.download(exports)
        found = self.project.refresh(folder)
        assert not found.stopped, found.findings
        state = self.project.state()
        check_mirrors(state.account, self.portal, exports)
        again = self.project.refresh(folder)
        assert (again.changes, again.closed, again.seen, again.reopened) == ((), {}, {}, {})
        assert self.project.state() == state
        if self.chance.random() < 0.3:
            self.project.check_intact()
        self.exports = exports
        self.counts["looks"] += 1
        if other is not None:
            self.counts["looks in another order"] += 1
            mixed = exports_of(self.portal, Random(seed), exports, dated=False, order=self.chance)
            assert mixed.files.keys() == exports.files.keys()
            other.refresh(other.download(mixed))
            assert other.content() == self.project.content()
        return found

    def do(self, plan: Plan, ids: set[int]) -> set[int]:
        """Carry out some steps of a plan in the portal, in order; return those that it did not refuse."""
        done: set[int] = set()
        self.before = self.portal.copy()
        for planned in plan.steps:
            if planned.id in ids and self.can_be_tried(planned.step):
                unknown = rests_on_unknown(planned.step, self.portal, self.exports)
                answer = perform(self.portal, planned.step, CLOCK)
                if not isinstance(answer, Refused) or same(planned.step) in self.finished:
                    done.add(planned.id)
                    self.finished.add(same(planned.step))
                else:
                    needed = set(planned.needs) - done
                    assert unknown or needed, (planned.step, answer.message)
        return done

    def can_be_tried(self, step: Step) -> bool:
        """Return False for a purchase into a team that the portal does not have, as it has to be renamed first."""
        return step.action != "purchase.subscription" or not step.scope.name or step.scope.name in self.portal.teams

    def is_over(self, step: Step) -> bool:
        """Return True if nobody did a step, but the portal is as the step would leave it."""
        team, group, product = self.portal.teams.get(step.scope.name), step.get("group"), step.get("product")
        spec = ACTIONS[step.action]
        if team is None or (spec.kind != "remove" and group is None):
            return spec.kind == "remove" and bool(step.scope.name)
        user = user_of(step.text("user")) if step.get("user") else ""
        if group is not None:
            return _group_is(team.groups.get(str(group)), step, user) is (spec.kind != "remove")
        if product is not None:
            return user not in holders(team, str(product))
        return team.role_of(user) is None if step.action == "admin.revoke" else user not in team.members

    def is_shown(self, step: Step) -> bool:
        """Return True if the latest exports show whether a step was done."""
        group, product, name = step.get("group"), step.get("product"), step.scope.name
        team, covers = self.portal.teams.get(name), self.exports.covers
        if step.action in {"contract_manager.transfer", "sso.configure", "team.delete"}:
            return False
        if step.action.startswith("purchase.") or step.action in {"subscription.move", "subscription.assign"}:
            return name in covers.get("subscriptions", ())
        if group is not None and product is not None:
            reported = name in covers.get("usage report", ()) and name in covers.get("groups", ())
            there = None if team is None else team.groups.get(str(group))
            inside = there is not None and bool(there.members)
            return reported and inside and ACTIONS[step.action].kind == "add"
        if group is not None:
            return name in covers.get("groups", ()) and (step.get("user") is not None or self.had_members(step))
        return not self.is_unclear(step)

    def is_unclear(self, step: Step) -> bool:
        """Return True for seats by groups, of which a mirror may know too little, and in teams with another name."""
        product, team = step.get("product"), self.portal.teams.get(step.scope.name)
        if product is None or team is None:
            return bool(step.scope.name) and team is None and step.action != "team.rename"  # it has another name
        if step.get("group") is not None:  # a usage report shows what a group has, but not what it lacks
            return True
        user = user_of(step.text("user"))
        before = self.before.teams.get(step.scope.name)
        groups = [*team.groups.values(), *([] if before is None else before.groups.values())]
        return any(user in each.members and product in each.products for each in groups)

    def is_news(self, step: Step) -> bool:
        """Return True for a purchase in a team of which no export showed the subscriptions when the plan was made."""
        return step.action.startswith("purchase.") and step.scope.name not in self.then.get("subscriptions", ())

    def had_members(self, step: Step) -> bool:
        """Return True if the group of a step has members, or had some before people did something."""
        names = {str(step.get(each)) for each in ("group", "to")}
        return any(
            each.members
            for account in (self.before, self.portal)
            for name, team in account.teams.items()
            if name == step.scope.name or step.scope.name not in account.teams
            for group, each in team.groups.items()
            if group in names
        )

    def chosen(self, plan: Plan) -> set[int]:
        """Return the steps that people do: all, a set that is closed under needs, or any."""
        everything = {planned.id for planned in plan.steps}
        how = self.chance.choice(("all", "closed", "any"))
        self.counts[how] += 1
        if how == "all":
            return everything
        picked = {number for number in everything if self.chance.random() < 0.5}
        if how == "any":
            return picked
        return {planned.id for planned in plan.steps if planned.id in picked and set(planned.needs) <= picked}


def _group_is(group: Group | None, step: Step, user: str) -> bool:
    """Return True if a group is there, and has the person or product that a step names. An empty one is not shown."""
    if group is None or step.action in {"group.create", "group.delete"}:
        return group is not None and bool(group.members)
    return step.get("product") in group.products if step.get("product") else user in group.members


def check_trip(chance: Random, folder: Path) -> Counter[str]:
    trip = Trip(chance, folder)
    trip.begin()
    found = changed(chance, trip.portal)
    if found is None:
        return trip.counts
    goal, declared = found
    plan = trip.project.plan(declared)
    if has_errors(plan.findings):
        trip.counts["plans with errors"] += 1
        return trip.counts
    applied = trip.project.apply(declared, plan)
    assert {outcome.status for outcome in applied.outcomes} <= {"case"}, applied.outcomes
    ids = {outcome.id: outcome.detail for outcome in applied.outcomes}
    trip.counts["steps"] += len(plan.steps)
    for planned in plan.steps:
        trip.counts[planned.step.action] += 1
        trip.counts[f"route {planned.route}"] += 1
    trip.then = trip.exports.covers
    done = trip.do(plan, trip.chosen(plan))
    trip.look()
    check_left(trip, declared, plan, done)
    check_cases(trip, plan, ids, done)
    lies = check_confirming(trip, plan, ids, done)
    trip.look()
    check_contradicted(trip, plan, ids, lies)
    check_left(trip, declared, plan, done | {each for each in lies if trip.project.cases()[ids[each]].closed_at})
    if chance.random() < 0.5:
        do_something_else(trip)
    check_finishing(trip, goal, declared)
    return trip.counts


def check_left(trip: Trip, declared: Declaration, plan: Plan, done: set[int]) -> None:
    """Check that exactly what is left is planned; what was done may be planned as long as no export shows it."""
    if len(trip.exports.generations) > 1:
        return  # other things may be known than before
    again = trip.project.plan(declared)
    shown = {planned.id for planned in plan.steps if planned.id in done and trip.is_shown(planned.step)}
    left = steps_of(plan, done | {each.id for each in plan.steps if trip.is_over(each.step)})
    planned = steps_of(again)
    assert left <= planned, sorted(left - planned)
    if not plan.left_out:  # what was left out may be known by now
        more = planned - steps_of(plan, shown)
        late = [each.step for each in again.steps if same(each.step) in more]
        assert all(trip.is_unclear(step) or trip.is_news(step) for step in late), late


def check_cases(trip: Trip, plan: Plan, ids: dict[int, str], done: set[int]) -> None:
    """Check that the cases of what was done and is shown are closed, and no others."""
    cases = trip.project.cases()
    for planned in plan.steps:
        case = cases[ids[planned.id]]
        if trip.is_unclear(planned.step):
            continue
        if planned.id in done and trip.is_shown(planned.step):
            assert case.closed_as == "seen", case
            assert str(case.seen_in).startswith("exports/"), case
            trip.counts["cases seen"] += 1
        elif planned.id in done or not trip.is_over(planned.step):
            assert case.closed_at is None, case
            trip.counts["cases open"] += 1


def check_confirming(trip: Trip, plan: Plan, ids: dict[int, str], done: set[int]) -> set[int]:
    """Confirm some open cases, also of steps that nobody did; return the steps whose effect was recorded."""
    cases = trip.project.cases()
    some = {each.id for each in plan.steps if cases[ids[each.id]].closed_at is None and trip.chance.random() < 0.5}
    closings = trip.project.confirm([ids[each] for each in sorted(some)]) if some else []
    confirmed = {closing.case.id for closing in closings if closing.status == "done"}
    trip.counts["cases confirmed"] += len(confirmed)
    for closing in closings:
        if closing.status == "refused":
            waits = any(trip.project.cases()[need].closed_at is None for need in closing.case.needs)
            unknown = rests_on_unknown(closing.case.step, trip.portal, trip.exports)
            full = "taken" in closing.detail  # others hold seats that the mirror counts differently
            assert waits or unknown or full or trip.is_over(closing.case.step), closing
    trip.project.check_intact()
    return {each.id for each in plan.steps if ids[each.id] in confirmed and each.id not in done}


def check_contradicted(trip: Trip, plan: Plan, ids: dict[int, str], lies: set[int]) -> None:
    """Check that confirmed cases of what nobody did are open again, where an export shows that."""
    cases = trip.project.cases()
    for planned in plan.steps:
        case = cases[ids[planned.id]]
        if planned.id not in lies or trip.is_unclear(planned.step):
            continue
        if trip.is_shown(planned.step) and not trip.is_over(planned.step):
            assert case.closed_at is None, case
            trip.counts["cases reopened"] += 1
        else:
            assert case.closed_as == "confirmed", case
            trip.counts["cases confirmed for ever"] += 1


def do_something_else(trip: Trip) -> None:
    """Let other people change something else in the portal."""
    found = changed(trip.chance, trip.portal)
    if found is not None and found[0].account.teams.keys() == trip.portal.teams.keys():
        steps = account_plan(found[1], trip.portal).steps
        for planned in steps:
            perform(trip.portal, planned.step, CLOCK)
        trip.look()


def check_finishing(trip: Trip, goal: Goal, declared: Declaration) -> None:
    """Check that carrying out and confirming everything leaves nothing to do."""
    for _ in range(ROUNDS):
        plan = trip.project.plan(declared)
        if has_errors(plan.findings):
            trip.counts["later plans with errors"] += 1
            return
        if not plan.steps:
            break
        ids = {outcome.id: outcome.detail for outcome in trip.project.apply(declared, plan).outcomes}
        done = trip.do(plan, {planned.id for planned in plan.steps})
        trip.look()
        if not done:
            trip.counts["stuck for something unknown"] += 1
            return
        cases = trip.project.cases()
        waiting = [ids[each] for each in sorted(done) if cases[ids[each]].closed_at is None]
        if waiting:
            trip.project.confirm(waiting)
    assert plan.steps == (), plan.steps
    unknown = plan.left_out or any(finding.code == "SOURCE007" for finding in plan.findings)
    if not unknown and goal.account.teams.keys() <= trip.portal.teams.keys():
        check_as_declared(goal, trip.portal)
        trip.counts["as declared"] += 1
    open_cases = trip.project.state().cases
    if open_cases:
        trip.counts["cases withdrawn"] += len(open_cases)
        trip.project.withdraw([case.id for case in open_cases])
        assert trip.project.plan(declared).steps == ()
    trip.project.check_intact()


# Fixed seeds, a hundred random accounts in all; `make soak` has more


def check_trips(seeds: Iterable[int], folder: Path) -> None:
    for seed in seeds:
        check_trip(Random(seed), folder / f"{seed}")


def mirror_follows(chance: Random) -> int:
    """Check a random trip; return the number of looks at the portal."""
    with TemporaryDirectory() as name:
        return check_trip(chance, Path(name))["looks"]


@pytest.mark.parametrize("first", range(0, SEEDS, STRIDE))
def test_random_trips(first: int, tmp_path: Path) -> None:
    check_trips(range(first, first + STRIDE), tmp_path)


# A refresh that is broken on purpose has to be caught


def _whatever_is_open_is_done(patch: pytest.MonkeyPatch) -> None:
    """Close cases although no source shows them."""
    patch.setattr(Shown, "verdict", lambda *_: Verdict(shown=True, source="exports/users-0.csv"))


def _nothing_is_contradicted(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refreshing, "judged_cases", lambda *_: iter(()))


def _nothing_is_closed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(refreshing, "done_cases", lambda *_: [])


def _nothing_is_taken_over(patch: pytest.MonkeyPatch) -> None:
    """Let an apply forget the facts that it assumed."""
    patch.setattr(AssumingSession, "take_over", lambda session, _: session.state().account.serial)


@pytest.mark.parametrize(
    "fault", [_whatever_is_open_is_done, _nothing_is_contradicted, _nothing_is_closed, _nothing_is_taken_over]
)
def test_a_broken_refresh_is_caught(
    fault: Callable[[pytest.MonkeyPatch], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault(monkeypatch)
    with pytest.raises((AssertionError, TargetProblem)):
        check_trips(range(MOST), tmp_path)
