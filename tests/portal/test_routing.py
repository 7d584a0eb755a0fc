"""Routes of plans for a portal: who carries out each step, and what becomes an import file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.attributes import RouteName
from seatsync.account.history import HistoryEntry, same
from seatsync.account.model import Account, Scope, Team
from seatsync.declaration.project_values import Portal, TeamAdmin
from seatsync.planning.assignments import assign_steps, candidates, entries_of, work_of
from seatsync.planning.batches import batches, entry_key, import_key, people_needs
from seatsync.planning.plan import MachineWork, Plan, PlannedStep, to_json
from seatsync.planning.plan_file import from_json
from seatsync.planning.step_routes import Routes, with_routes
from seatsync.portal.call_estimate import TeamSize
from seatsync.portal.knowledge import NOTHING_YET, Knowledge
from seatsync.portal.routing import Asked, ByApi, ByHand, Imports, Route, choose_routes, portal_routes, routes_of
from seatsync.portal.sources.listed_pools import Pool
from seatsync.reporting.checklist.entries import by_person, open_entries
from seatsync.reporting.checklist.letters import Known
from seatsync.targets.target import Case, State
from tests.chance import chances
from tests.planning.states import pair
from tests.planning.test_whole_way import CLOCK, declared_as, plan_from
from tests.portal.route_conformance import check_route
from tests.reporting.test_plan_text import ANA, BEN, CHO, DESIGN, EMPTY, SALES, planned

PEOPLE = [f"p{number}@acme.example" for number in range(1, 10)]


def plan_of(*steps: tuple[Step, tuple[int, ...]] | Step, may: tuple[str, ...] = (ANA,)) -> Plan:
    """Return a plan of some steps, each with the steps it needs."""
    pairs = [(each, ()) if isinstance(each, Step) else each for each in steps]
    numbered = (planned(number, step, needs=needs, performers=may) for number, (step, needs) in enumerate(pairs, 1))
    return EMPTY._replace(steps=tuple(numbered))


def invite(user: str, team: Scope = DESIGN) -> Step:
    return Step.make("user.invite", team, user=user, first_name="", last_name="")


def assign(user: str, product: str = "Revit") -> Step:
    return Step.make("seat.assign", DESIGN, product=product, user=user)


def no_changes(_: int) -> list[HistoryEntry]:
    return []


def routes_by_people(import_from: int = 5) -> Routes:
    return portal_routes(Portal(import_from=import_from), State(Account("acme", "UTC")), no_changes, "")


def route_of(plan: Plan, import_from: int = 3) -> str:
    """Return the first letters of the routes of all steps, in order: `ccc` for import files, `h` for by hand."""
    letters = {"csv": "c", "console": "h", "form": "f", "support": "s", "purchase": "p", "api": "a"}
    found = routes_by_people(import_from).choose(plan)
    return "".join(letters[found[each.id]] for each in plan.steps)


def shown(**direct: bool) -> Knowledge:
    """Return what the API has shown: pools of two products in team design, and how seats of Revit are held."""
    pool = Pool("prod_1", 25, 18, unlimited=False, starts=None, ends=None, seen="2026-06-15T12:00:00Z")
    held = {("design", "Revit", f"{name}@acme.example"): value for name, value in direct.items()}
    pools = {("design", product): pool for product in ("Revit", "AutoCAD")}
    return Knowledge(pools=pools, direct=held, team_ids={"design": "100001"})


def unassign(user: str, product: str = "Revit") -> Step:
    return Step.make("seat.unassign", DESIGN, product=product, user=user)


def with_api(plan: Plan, *, people: int = 9, import_from: int = 5, **direct: bool) -> str:
    """Return the first letters of the routes of all steps where the API may write in team design."""
    api = ByApi({"design": TeamSize(people, 2)}, shown(**direct), import_from)
    found = choose_routes(plan, routes_of(Portal(import_from=import_from), api))
    return "".join({"api": "a", "csv": "c", "console": "h", "form": "f"}[found[each.id]] for each in plan.steps)


@dataclass(frozen=True)
class Machine:
    """A stand-in for the route of an API, which invites people itself."""

    name: RouteName = "api"

    def takes(self, plan: Plan, free: Sequence[PlannedStep]) -> Collection[int]:
        return [
            each.id
            for each in free
            if each.step.action == "user.invite" and each.step.scope == plan.steps[0].step.scope
        ]


MANY = plan_of(*map(invite, PEOPLE), *((assign(user), (number,)) for number, user in enumerate(PEOPLE, 1)))
ASKED = plan_of(
    Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
    Step.make("team.delete", SALES),
    Step.make("purchase.seats", DESIGN, subscription="574-1", now=None, wanted=None),
)


BY_API = ByApi({"design": TeamSize(9, 2)}, shown(), 5)


@pytest.mark.parametrize("route", [*routes_of(Portal(), BY_API), Machine()], ids=lambda route: str(route.name))
def test_conformance(route: Route) -> None:
    check_route(route, [MANY, ASKED, EMPTY])


def test_every_action_has_a_route() -> None:
    by_channel = {"form": "form", "support": "support", "purchase": "purchase", "self-service": "console"}
    steps = [Step.make(name, DESIGN) for name in ACTIONS]
    found = routes_by_people().choose(plan_of(*steps))
    assert [found[number] for number in range(1, len(steps) + 1)] == [
        by_channel[each.channel] for each in ACTIONS.values()
    ]


def test_a_file_begins_at_the_number_of_the_project() -> None:
    for count, route in ((1, "h"), (4, "hhhh"), (5, "ccccc"), (6, "cccccc")):
        assert route_of(plan_of(*map(invite, PEOPLE[:count])), 5) == route
    assert route_of(plan_of(invite(ANA)), 1) == "c"


def test_steps_of_different_files_do_not_add_up() -> None:
    mixed = [invite(BEN), invite(CHO), invite(BEN, SALES), assign(BEN), assign(CHO), assign(BEN, "AutoCAD")]
    assert route_of(plan_of(*mixed)) == "hhhhhh"
    assert route_of(plan_of(*mixed, invite(ANA), assign(ANA))) == "cchcchcc"
    other = [Step.make("seat.unassign", DESIGN, product="Revit", user=user) for user in PEOPLE]
    assert route_of(plan_of(*other)) == "h" * 9


def test_only_steps_that_are_ready_together_are_in_a_file() -> None:
    chain = [(assign(user), (number,) if number else ()) for number, user in enumerate(PEOPLE[:4])]
    assert route_of(plan_of(*chain)) == "hhhh"
    revoke = Step.make("seat.unassign", DESIGN, product="Revit", user=ANA)
    late = plan_of(assign(BEN), assign(CHO), revoke, (assign(PEOPLE[0]), (3,)), (assign(PEOPLE[1]), (3,)))
    assert route_of(late) == "hhhhh"  # two before, two after
    assert route_of(plan_of(revoke, *((assign(user), (1,)) for user in PEOPLE[:3]))) == "hccc"


def test_an_address_that_no_file_can_hold_is_done_by_hand() -> None:
    assert route_of(plan_of(invite("=x@acme.example"), *map(invite, PEOPLE[:3]))) == "hccc"


def test_a_file_has_one_person_who_can_upload_it() -> None:
    steps = [
        planned(number, invite(user), performers=(who,))
        for number, (user, who) in enumerate(zip(PEOPLE[:5], (ANA, BEN, ANA, BEN, ANA), strict=True), 1)
    ]
    plan = EMPTY._replace(steps=tuple(steps))
    assert route_of(plan, 3) == "chchc"


def test_the_api_invites_assigns_and_unassigns() -> None:
    assert with_api(plan_of(invite(ANA), assign(ANA), assign(BEN, "AutoCAD"), unassign(CHO)), cho=True) == "aaaa"


def test_the_api_unassigns_only_what_it_has_shown_as_direct() -> None:
    assert with_api(plan_of(unassign(ANA), unassign(BEN), unassign(CHO)), ana=True, ben=False) == "ahh"
    assert with_api(plan_of(unassign(ANA), assign(ANA), unassign(ANA)), ana=False) == "haa"  # a temporary seat
    assert with_api(plan_of(unassign(ANA, "AutoCAD")), ana=True) == "h"


def test_the_api_takes_nothing_else() -> None:
    others = [
        invite(ANA, SALES),  # a team without id
        assign(ANA, "Maya"),  # a product without a pool
        Step.make("seat.assign", DESIGN, product="Revit", group="cad"),
        Step.make("seat.unassign", DESIGN, product="Revit", group="cad"),
        Step.make("group.add_member", DESIGN, group="cad", user=ANA),
        Step.make("user.invite", Scope("contract", "design"), user=ANA, first_name="", last_name=""),
        Step.make("user.remove", DESIGN, user=ANA),
        Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
    ]
    assert with_api(plan_of(*others), ana=True) == "hhhhhhhf"


def test_the_api_writes_only_where_the_project_allows_it() -> None:
    account = Account("acme", "UTC")
    account.teams["design"] = Team(ANA, members={ANA, BEN})
    plan = plan_of(assign(ANA), assign(BEN))
    for team_admin, expected in (
        (None, "console"),
        (TeamAdmin("app", teams=(("design", "100001"),)), "console"),
        (TeamAdmin("app", write=True), "console"),
        (TeamAdmin("app", write=True, teams=(("design", "100002"),)), "console"),
        (TeamAdmin("app", write=True, teams=(("design", "100002"), ("works", "100001"))), "console"),
        (TeamAdmin("app", write=True, teams=(("design", "100001"),)), "api"),
    ):
        routes = portal_routes(Portal(team_admin=team_admin), State(account, mirror=shown().as_text()), no_changes, "")
        routed = with_routes(plan, routes, ())
        assert {each.route for each in routed.steps} == {expected}
        assert routed.machine == ((MachineWork("api", "design", 2, 6, 0),) if expected == "api" else ())
    unseen = portal_routes(Portal(team_admin=team_admin), State(account, mirror=NOTHING_YET.as_text()), no_changes, "")
    assert {each.route for each in with_routes(plan, unseen, ()).steps} == {"console"}


def test_what_the_api_showed_of_a_team_that_people_renamed_since() -> None:
    account = Account("acme", "5f0c", 8)
    account.teams["design"] = Team(ANA, members={ANA, BEN})
    renamed = HistoryEntry(
        8, 3, "2026-06-15T12:00:00Z", None, RENAME_TEAM.step(Scope("team", "drafting"), to="design"), ()
    )
    record = replace(shown(), pools={("drafting", product): pool for (_, product), pool in shown().pools.items()})
    portal = Portal(team_admin=TeamAdmin("app", write=True, teams=(("design", "100001"),)))
    state = State(account, mirror=replace(record, serial=7).as_text())
    routes = portal_routes(portal, state, {7: [renamed]}.__getitem__, "")
    assert [each.route for each in with_routes(plan_of(assign(ANA)), routes, ()).steps] == ["api"]


@pytest.mark.parametrize(
    ("bought", "expected"),
    [({}, "aa"), ({"works": {"Maya"}}, "aa"), ({"design": {"Revit"}}, "aa"), ({"design": {"Revit LT"}}, "ha")],
)
def test_a_product_that_was_never_bought(bought: dict[str, set[str]], expected: str) -> None:
    """The API may have another name for it, and whoever is declared to hold it by that of the exports keeps it."""
    api = ByApi({"design": TeamSize(9, 2)}, shown(ana=True), 5, bought)
    plan = plan_of(unassign(ANA), assign(BEN))
    found = choose_routes(plan, routes_of(Portal(), api))
    assert "".join({"api": "a", "console": "h"}[found[each.id]] for each in plan.steps) == expected


def test_files_of_a_team_whose_calls_take_long() -> None:
    """More than 550 calls take more than ten minutes: 1 for pools, 3 pages of people, 2 for each step."""
    many = [assign(f"n{number}@acme.example") for number in range(272)]
    others = [*(assign(user, "AutoCAD") for user in PEOPLE[:3]), unassign(ANA), invite(BEN), invite(CHO)]
    assert with_api(plan_of(*many, unassign(ANA)), people=300, ana=True) == "a" * 273
    assert with_api(plan_of(*many, *others), people=300, ana=True) == "c" * 272 + "aaaaaa"
    assert with_api(plan_of(*many, *others), people=300, ana=True, import_from=300) == "a" * 278


def test_a_seat_that_a_file_gives_is_taken_by_hand() -> None:
    many = [assign(f"n{number}@acme.example") for number in range(300)]
    assert with_api(plan_of(*many, (unassign("n1@acme.example"), (2,))), people=300) == "c" * 300 + "h"


def test_a_machine_takes_its_steps_first() -> None:
    found = choose_routes(MANY, (Machine(), Asked("form"), Imports(5), ByHand()))
    assert Counter(found.values()) == {"api": 9, "csv": 9}


@given(chances())
@settings(max_examples=60)
def test_routes_of_any_plan(random: Random) -> None:
    before, after = pair(random)
    smallest = random.choice([1, 2, 3])
    with TemporaryDirectory() as folder:
        plan = plan_from(declared_as(after, Path(folder) / "repository"), before)
    routed = with_routes(plan, routes_by_people(smallest), ())
    assert [each._replace(route="account") for each in routed.steps] == list(plan.steps)
    for each in routed.steps:
        expected = {"self-service": {"csv", "console"}}.get(each.channel, {each.channel})
        assert each.route in expected
        assert each.route != "csv" or import_key(each.step) is not None
    found = batches(routed.steps, entry_key, candidates(routed))
    assert all(len(batch) >= smallest for batch in found if batch[0].route == "csv")
    assert [batch for _, batch in entries_of(routed)] == found
    check_work(routed)
    check_checklist(routed, before)
    assert from_json(to_json(routed)) == routed


@given(chances())
@settings(max_examples=60)
def test_routes_of_any_plan_with_the_api(random: Random) -> None:
    before, after = pair(random)
    smallest = random.choice([1, 2, 3])
    with TemporaryDirectory() as folder:
        plan = plan_from(declared_as(after, Path(folder) / "repository"), before)
    teams = tuple((name, "100001") for name in sorted({*before.teams, *after.teams}) if random.random() < 0.8)
    products = {sub.product for sub in (*before.subscriptions.values(), *after.subscriptions.values())}
    pool = Pool("prod_1", 25, 18, unlimited=False, starts=None, ends=None, seen="2026-06-15T12:00:00Z")
    pools = {(team, product): pool for team, _ in teams for product in sorted(products) if random.random() < 0.8}
    seats = [
        (name, product, user)
        for name, team in sorted(before.teams.items())
        for product, users in sorted(team.seats.items())
        for user in sorted(users)
    ]
    record = Knowledge(pools=pools, direct={seat: random.random() < 0.5 for seat in seats if random.random() < 0.8})
    portal = Portal(import_from=smallest, team_admin=TeamAdmin("app", write=True, teams=teams))
    routes = portal_routes(portal, State(before, mirror=record.as_text()), no_changes, "")
    routed = with_routes(plan, routes, ())
    for each in routed.steps:
        if each.route == "api":
            assert each.step.action in {"user.invite", "seat.assign", "seat.unassign"}
            assert each.step.scope.name in dict(teams)
            assert each.step.action == "user.invite" or (each.step.scope.name, each.step.text("product")) in pools
    by_team = Counter(each.step.scope.name for each in routed.steps if each.route == "api")
    assert {each.team: each.steps for each in routed.machine} == by_team
    assert all(each.calls >= 2 * each.steps for each in routed.machine)
    check_work(routed)
    check_checklist(routed, before)
    assert from_json(to_json(routed)) == routed
    alone = with_routes(plan, routes, ("api",))
    assert {each.route for each in alone.steps} <= {"api"}
    assert alone.work == ()
    assert sum(each.steps for each in alone.machine) == len(alone.steps)
    assert from_json(to_json(alone)) == alone


def check_checklist(plan: Plan, account: Account) -> None:
    """Check that the work of a plan is what the checklist of its cases gives to people."""
    cases = [Case(f"CASE-{each.id}", each.step, CLOCK.stamp, None, route=each.route) for each in plan.steps]
    if len({same(each.step) for each in plan.steps}) == len(cases):  # a step that is asked for twice is one case
        entries, unwanted = open_entries(plan, cases, Known(account), CLOCK)
        assert unwanted == []
        steps: Counter[tuple[str | None, str]] = Counter()
        numbers: Counter[tuple[str | None, str]] = Counter()
        for part in by_person(entries):
            for entry in part.entries:
                numbers[part.person, entry.route] += 1
                steps[part.person, entry.route] += len(entry.cases)
        assert plan.work is not None
        assert {(each.person, each.route): (each.steps, each.entries) for each in plan.work} == {
            key: (steps[key], number) for key, number in numbers.items()
        }


def check_work(plan: Plan) -> None:
    """Check that the numbers of the work are those of the entries, and that everybody may do what they are given."""
    assert plan.work is not None
    assert plan.work == work_of(plan)
    by_people = [each for each in plan.steps if each.route != "api"]
    assert sum(each.steps for each in plan.work) == len(by_people)
    assert sum(each.entries for each in plan.work) == len(entries_of(plan))
    able = candidates(plan)
    lists = assign_steps(plan)
    counted: Counter[tuple[str | None, str]] = Counter(
        (work.person, each.route) for work in lists.lists for each in work.steps
    )
    counted.update((None, each.route) for each in lists.unassigned)
    assert {(each.person, each.route): each.steps for each in plan.work} == counted
    assert all(work.person in able[each.id] for work in lists.lists for each in work.steps)
    done: set[int] = set()
    needs = people_needs(plan.steps)
    for _, batch in entries_of(plan):
        assert all(needs[each.id] <= done for each in batch)
        done.update(each.id for each in batch)
