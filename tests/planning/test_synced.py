"""Teams with directory sync: no steps about their groups and people, which are listed."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import perform
from seatsync.account.group_types import NO_TYPES, GroupType, GroupTypes, types_after
from seatsync.account.model import WHOLE_ACCOUNT, Account, Scope
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal_reader import Rename
from seatsync.declaration.project_values import DirectorySync, Portal
from seatsync.declaration.states import load_snapshot
from seatsync.insight.drift_facts import compared
from seatsync.insight.drift_states import Comparison, declared_state, with_renames
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan
from seatsync.planning.undo import RunToUndo, make_undo
from tests.chance import chances
from tests.planning.states import left_alone, pair
from tests.planning.test_undo import done, nothing_declared
from tests.planning.test_whole_way import CLOCK, declared_as
from tests.planning.words import USERS, line_of, lines, plan_of
from tests.reporting.test_plan_text import DESIGN

PORTAL = "portal: {directory_sync: {design: external}}\n"
SUBSCRIPTION = """\
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: reseller,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
GROUPS_NOW = (
    USERS.replace("eli@acme.example: {first_name: Eli", "eli@acme.example: {first_name: Elias")
    + """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    members: [hal@acme.example]
    groups:
"""
)
NOW = (
    GROUPS_NOW
    + """\
      local: {members: [cho@acme.example]}
      entra-cad: {members: [cho@acme.example, dee@acme.example, eli@acme.example], products: [AutoCAD]}
"""
    + SUBSCRIPTION
)


def listed(plan: Plan) -> list[str]:
    """Return the synced things of a plan."""
    return [" ".join(name.removesuffix("@acme.example") for _, name in thing) for thing in plan.synced]


def test_groups_and_people_of_a_directory_stay(tmp_path: Path) -> None:
    declared = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    groups: {local: {members: [cho@acme.example]}}
"""
    users = "users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}\n"
    now = NOW.replace("    members: [hal@acme.example]\n", "")
    for policy in ("", "prune: [seats, admins]"):
        plan = plan_of(
            tmp_path / policy[:3],
            now,
            declared + SUBSCRIPTION,
            policy=policy or "max_removals: 1",
            users=users,
            portal=PORTAL,
        )
        assert lines(plan) == ""
        assert listed(plan)[0] == "design entra-cad"
    plan = plan_of(tmp_path / "x", now, declared + SUBSCRIPTION, users=users, portal=PORTAL)
    assert listed(plan) == ["design entra-cad", "design dee", "design eli"]
    without = plan_of(tmp_path / "y", now, declared + SUBSCRIPTION, users=users)
    assert [planned.step.action for planned in without.steps] == ["group.delete", "user.remove", "user.remove"]
    assert without.synced == ()


DECLARED = """\
teams:
  design:
    primary_admin: ben@acme.example
    secondary_admins: [gus@acme.example]
    sso_admins: [dee@acme.example]
    external_users: [eli@acme.example]
    members: [hal@acme.example]
    groups:
      drafting: {members: [fay@acme.example]}
      entra-cad: {members: [cho@acme.example, gus@acme.example], products: [Revit]}
    seats: {AutoCAD: [dee@acme.example, fay@acme.example]}
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: reseller,
        contract_manager: gus@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  s-2: {team: design, product: Revit, offering: single-user, seats: 9, channel: reseller,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
REVIT = """\
  s-2: {team: design, product: Revit, offering: single-user, seats: 9, channel: reseller,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""


def test_roles_seats_and_products_of_groups_are_planned(tmp_path: Path) -> None:
    """Whoever is not in the team (fay, gus) gets nothing in it, nobody leaves, and groups get the declared products."""
    plan = plan_of(tmp_path, NOW + REVIT, DECLARED, portal=PORTAL)
    assert (
        lines(plan)
        == """\
1 admin.change_primary design: ben
2 admin.assign_sso design: dee (needs 1)
3 seat.assign design: Revit, entra-cad
4 seat.assign design: AutoCAD, dee
5 seat.unassign design: AutoCAD, entra-cad (needs 4)
6 admin.revoke design: ana (needs 1)
7 member.make_external design: eli"""
    )
    assert listed(plan) == [
        "design drafting",
        "design entra-cad",
        "design local",
        "design eli",  # another first name
        "design fay",
        "design gus",
    ]


def test_no_group_or_person_of_a_directory_is_renamed(tmp_path: Path) -> None:
    now = NOW.replace("dee@acme", "old-dee@acme")
    declared = DECLARED.replace("entra-cad:", "cad:").replace(
        "products: [Revit]}", "products: [], renamed_from: entra-cad}"
    )
    users = USERS.replace("dee@acme.example: {", "dee@acme.example: {previous_emails: [old-dee@acme.example], ")
    plan = plan_of(tmp_path, now, declared, users=users, portal=PORTAL)
    assert {planned.step.action for planned in plan.steps}.isdisjoint(
        {"user.change_email", "group.rename", "user.update"}
    )
    assert "old-dee" not in " ".join(line_of(planned) for planned in plan.steps)
    assert listed(plan) == [
        "design cad",
        "design drafting",
        "design entra-cad",
        "design local",
        "design dee",
        "design eli",
        "design fay",
        "design gus",
        "design old-dee",
    ]


def test_a_new_address_of_somebody_who_is_elsewhere_too_is_an_error(tmp_path: Path) -> None:
    sales = "  sales: {primary_admin: ana@acme.example, members: [MEMBER]}\n"
    now = NOW.replace("dee@acme", "old-dee@acme").replace(
        "subscriptions:", sales.replace("MEMBER", "old-dee@acme.example") + "subscriptions:"
    )
    declared = DECLARED.replace("subscriptions:", sales.replace("MEMBER", "dee@acme.example") + "subscriptions:")
    users = USERS.replace("dee@acme.example: {", "dee@acme.example: {previous_emails: [old-dee@acme.example], ")
    plan = plan_of(tmp_path, now, declared, users=users, portal=PORTAL)
    assert [f"{each.code} {each.message}" for each in plan.findings if each.code == "STEP001"] == [
        "STEP001 dee@acme.example still has the address old-dee@acme.example in the directory, and in team sales too"
    ]


def test_other_teams_and_invitations(tmp_path: Path) -> None:
    sales = "  sales: {primary_admin: ana@acme.example, members: [dee@acme.example, fay@acme.example]}\n"
    now = NOW.replace("subscriptions:", sales + "subscriptions:").replace(
        "last_name: Doe}", "last_name: Doe, status: pending, invited_at: 2026-01-01}"
    )
    declared = DECLARED.replace("subscriptions:", sales.replace("dee@", "gus@") + "subscriptions:")
    found = lines(plan_of(tmp_path, now, declared, portal=PORTAL)).splitlines()
    assert [line.partition(" ")[2] for line in found if "sales" in line] == [
        "user.invite sales: gus, Gus, Doe",
        "user.remove sales: dee",
    ]
    assert [line.partition(" ")[2] for line in found if "resend" in line] == ["user.resend_invitation: fay"]


def test_a_team_that_is_renamed_or_new(tmp_path: Path) -> None:
    declared = DECLARED.replace("  design:", "  studio:\n    renamed_from: design").replace(
        "team: design", "team: studio"
    )
    plan = plan_of(tmp_path / "1", NOW + REVIT, declared, portal=PORTAL.replace("design", "studio"))
    assert [planned.step.action for planned in plan.steps][:2] == ["team.rename", "admin.change_primary"]
    assert listed(plan)[:2] == ["studio drafting", "studio entra-cad"]
    new = DECLARED.replace(
        "subscriptions:", "  lab: {primary_admin: ben@acme.example, members: [cho@acme.example]}\nsubscriptions:"
    )
    plan = plan_of(
        tmp_path / "2", NOW + REVIT, new, portal="portal: {directory_sync: {design: external, lab: external}}\n"
    )
    assert [line_of(planned).partition(" ")[2] for planned in plan.steps if planned.step.scope.name == "lab"] == [
        "team.create lab: ana"
    ]
    assert listed(plan)[-2:] == ["lab ben", "lab cho"]


def synced(declaration: Declaration, groups: tuple[str, ...] = ()) -> Declaration:
    """Return a declaration whose team design is kept by a directory, or `groups` of it."""
    portal = Portal(directory_sync=(DirectorySync("design", groups),))
    declaration.project = declaration.project._replace(portal=portal)
    return declaration


def plan_from(declaration: Declaration, account: Account, types: GroupTypes = NO_TYPES) -> Plan:
    request = Request(account, "file:x", CLOCK, lambda _: "account", "", "{}", allow=("GUARD002",))
    return make_plan(declaration, request._replace(group_types=types))


@given(chances())
@settings(max_examples=60)
def test_a_directory_keeps_people_and_groups_of_any_state(random: Random) -> None:
    before, after = pair(random)
    left_alone(before, after)
    with TemporaryDirectory() as folder:
        declaration = synced(declared_as(after, Path(folder) / "repository"))
    plan = plan_from(declaration, before)
    now = before.teams["design"]
    for planned in plan.steps:
        spec = ACTIONS[planned.step.action]
        assert planned.step.scope.name != "design" or spec.holding not in {"member", "group member"}
        assert not planned.step.action.startswith("group.") or planned.step.scope.name != "design"
        assert planned.step.scope.kind != "account" or str(planned.step.get("user")) not in now.members
    reached = before.copy()
    for planned in plan.steps:
        assert not isinstance(perform(reached, planned.step, CLOCK), Refused), planned
    team = reached.teams["design"]
    assert (team.members, {name: group.members for name, group in team.groups.items()}) == (
        now.members,
        {name: group.members for name, group in now.groups.items()},
    )
    again = plan_from(declaration, reached)
    assert again.steps == ()
    assert again.synced == plan.synced


def test_an_undo_leaves_them_alone_too(tmp_path: Path) -> None:
    account = snapshot(tmp_path, NOW + REVIT)
    names = {"first_name": "Dee", "last_name": "Kim"}
    steps = [
        Step.make("group.rename", DESIGN, group="local", to="lokal"),
        Step.make("user.invite", DESIGN, user="gus@acme.example", first_name="Gus", last_name="Doe"),
        Step.make("group.add_member", DESIGN, group="entra-cad", user="gus@acme.example"),
        Step.make("user.update", WHOLE_ACCOUNT, user="dee@acme.example", **names),
        Step.make("seat.assign", DESIGN, product="Revit", user="dee@acme.example"),
    ]
    entries = done(account, steps, 2)
    request = Request(account, "file:x", CLOCK, lambda _: "account", "", "{}", allow=("GUARD002",))
    plan = make_undo(synced(nothing_declared(account)), request, RunToUndo(2, entries, ()))
    assert lines(plan) == "1 seat.unassign design: Revit, dee"
    assert listed(plan) == ["design entra-cad", "design dee", "design gus"]
    assert plan.undo is not None
    assert not plan.undo.whole
    whole = make_undo(nothing_declared(account), request, RunToUndo(2, entries, ()))
    assert [planned.step.action for planned in whole.steps] == [
        "group.rename",
        "user.update",
        "seat.unassign",
        "user.remove",
    ]
    assert whole.undo is not None
    assert whole.undo.whole


def test_drift_says_nothing_about_them(tmp_path: Path) -> None:
    plan_of(tmp_path, NOW + REVIT, DECLARED, portal=PORTAL)
    declaration = load(tmp_path).declaration
    assert declaration is not None
    run = Comparison(snapshot(tmp_path / "x", NOW + REVIT), CLOCK)
    goal, _ = declared_state(declaration, run)
    facts = {(fact.scope.name, fact.what) for fact in compared(goal, run.account, goal)}
    kinds = ("group product", "primary admin", "role", "seat")
    assert facts == {("design", kind) for kind in kinds}
    alone = declaration.project._replace(portal=None)
    declaration.project = alone
    goal, _ = declared_state(declaration, run)
    assert {"group", "group member", "member"} <= {fact.what for fact in compared(goal, run.account, goal)}


HALF = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    members: [gus@acme.example]
    groups:
      AD-cad: {members: [cho@acme.example, eli@acme.example, fay@acme.example], products: [AutoCAD]}
      AD-new: {members: [cho@acme.example]}
      team: {members: [ben@acme.example, fay@acme.example, gus@acme.example], renamed_from: local}
      fresh: {members: [ben@acme.example, cho@acme.example]}
    seats: {AutoCAD: [fay@acme.example]}
"""
HALF_NOW = (
    GROUPS_NOW
    + """\
      AD-cad: {members: [cho@acme.example, dee@acme.example, eli@acme.example], products: [AutoCAD]}
      AD-old: {members: [hal@acme.example]}
      local: {members: [cho@acme.example]}
      old: {members: [ben@acme.example]}
"""
    + SUBSCRIPTION
)
BY_NAME = 'portal: {directory_sync: {design: {groups: ["AD-*"]}}}\n'
TYPES: GroupTypes = {
    ("design", "AD-cad"): "synced",
    ("design", "AD-old"): "unknown",
    ("design", "local"): "manual",
    ("design", "old"): "manual",
}
CREATED = """\
3 group.create design: fresh [STEP010]
4 group.add_member design: fresh, ben (needs 3)
5 group.add_member design: fresh, cho (needs 3)
"""
PLANNED = f"""\
1 group.rename design: local, team
2 user.invite design: gus, Gus, Doe
{CREATED}6 group.add_member design: team, ben (needs 1)
7 group.add_member design: team, gus (needs 1, 2)
8 group.remove_member design: team, cho (needs 1)
9 group.delete design: old"""
KEPT = ["AD-cad", "AD-new", "AD-old", "dee", "eli", "fay", "hal"]


def test_groups_named_by_pattern_and_their_people(tmp_path: Path) -> None:
    """Other groups and people are planned as anywhere; who is to come by the directory (fay) gets nothing yet."""
    for types in ({}, TYPES):
        plan = plan_of(tmp_path, HALF_NOW, HALF + SUBSCRIPTION, portal=BY_NAME, types=types)
        assert lines(plan) == PLANNED
        assert listed(plan) == [f"design {name}" for name in KEPT]


def test_groups_whose_type_is_known(tmp_path: Path) -> None:
    """A group whose type is unknown, or that no export shows, is the directory's: nothing is planned about it."""
    plan = plan_of(tmp_path, HALF_NOW, HALF + SUBSCRIPTION, portal=PORTAL, types=TYPES)
    assert [line.partition(" ")[2].partition(" (")[0] for line in lines(plan).splitlines()] == [
        line.partition(" ")[2].partition(" (")[0] for line in PLANNED.replace(CREATED, "").splitlines()
    ]
    assert listed(plan) == [f"design {name}" for name in (*KEPT[:3], "fresh", *KEPT[3:])]
    types: GroupTypes = {**TYPES, ("design", "local"): "synced"}
    plan = plan_of(tmp_path, HALF_NOW, HALF + SUBSCRIPTION, portal=BY_NAME, types=types)
    assert "group.rename" not in lines(plan)
    assert "design local" in listed(plan)
    without = lines(plan_of(tmp_path, HALF_NOW, HALF + SUBSCRIPTION, types=TYPES))
    assert all(step in without for step in ("group.delete design: AD-old", "group.add_member design: AD-cad, fay"))


def test_a_team_with_types_that_is_renamed(tmp_path: Path) -> None:
    declared = (HALF + SUBSCRIPTION).replace("  design:", "  studio:\n    renamed_from: design")
    declared = declared.replace("team: design", "team: studio")
    for portal in (PORTAL, BY_NAME):
        plan = plan_of(tmp_path, HALF_NOW, declared, portal=portal.replace("design", "studio"), types=TYPES)
        steps = [line_of(planned).partition(" ")[2] for planned in plan.steps]
        assert steps[:3] == ["team.rename design: studio", "group.rename studio: local, team (needs 1)", steps[2]]
        assert set(KEPT) == {thing.removeprefix("studio ") for thing in listed(plan)} - {"fresh"}


def test_a_synced_person_with_a_new_address(tmp_path: Path) -> None:
    """The directory changes the address: nobody is invited with the new one, even if also declared otherwise."""
    now = HALF_NOW.replace("dee@acme", "old-dee@acme")
    declared = (HALF + SUBSCRIPTION).replace("fay@acme", "dee@acme")
    users = USERS.replace("dee@acme.example: {", "dee@acme.example: {previous_emails: [old-dee@acme.example], ")
    plan = plan_of(tmp_path, now, declared.replace("[gus@", "[dee@acme.example, gus@"), users=users, portal=BY_NAME)
    assert lines(plan) == PLANNED
    assert [thing for thing in listed(plan) if "dee" in thing] == ["design dee", "design old-dee"]


def test_an_undo_of_groups_that_are_no_directorys(tmp_path: Path) -> None:
    """Groups have the types that they have under their present names."""
    account = snapshot(tmp_path, HALF_NOW)
    steps = [
        Step.make("team.rename", DESIGN, to="studio"),
        Step.make("group.rename", Scope("team", "studio"), group="local", to="team"),
        Step.make("group.add_member", Scope("team", "studio"), group="team", user="ben@acme.example"),
        Step.make("group.add_member", Scope("team", "studio"), group="AD-cad", user="ben@acme.example"),
        Step.make("group.rename", Scope("team", "studio"), group="AD-old", to="old-AD"),
    ]
    entries = done(account, steps, 2)
    request = Request(account, "file:x", CLOCK, lambda _: "account", "", "{}", allow=("GUARD002",))
    declaration = nothing_declared(account)
    declaration.project = declaration.project._replace(portal=Portal(directory_sync=(DirectorySync("studio"),)))
    known = request._replace(group_types=types_after({**TYPES, ("design", "old"): "unknown"}, steps))
    plan = make_undo(declaration, known, RunToUndo(2, entries, ()))
    assert (
        lines(plan)
        == """\
1 group.rename studio: team, local
2 team.rename studio: design
3 group.remove_member design: local, ben (needs 2)"""
    )
    assert listed(plan) == ["design AD-cad"]
    assert make_undo(declaration, request, RunToUndo(2, entries, ())).steps[1:] == ()


def test_drift_of_groups_that_are_no_directorys(tmp_path: Path) -> None:
    plan_of(tmp_path, HALF_NOW, HALF + SUBSCRIPTION, portal=PORTAL)
    declaration = load(tmp_path).declaration
    assert declaration is not None
    run = Comparison(snapshot(tmp_path / "x", HALF_NOW), CLOCK, group_types=TYPES)
    renamed = with_renames(run, [Rename("team", "design", "group", (("group", "local"),), "local", "team")])
    goal, _ = declared_state(declaration, renamed)
    assert {dict(fact.of).get("group") for fact in compared(goal, renamed.account, goal)} == {None, "old", "team"}
    assert renamed.group_types["design", "team"] == "manual"


@given(chances())
@settings(max_examples=60)
def test_a_directory_keeps_some_groups_of_any_state(random: Random) -> None:
    before, after = pair(random)
    left_alone(before, after)
    now = before.teams["design"]
    names = sorted({**now.groups, **after.teams["design"].groups})
    kept = {name for name in names if random.random() < 0.5}
    patterns = tuple(name for name in sorted(kept) if random.random() < 0.5)
    words: tuple[GroupType, ...] = ("synced", "unknown")
    types: dict[tuple[str, str], GroupType] = {("design", name): "manual" for name in names if name not in kept}
    types |= {("design", name): "synced" if patterns else random.choice(words) for name in sorted(kept)}
    with TemporaryDirectory() as folder:
        declaration = synced(declared_as(after, Path(folder) / "repository"), patterns)
    plan = plan_from(declaration, before, types)
    people = set().union(*(now.groups[name].members for name in kept if name in now.groups))
    for planned in plan.steps:
        assert planned.step.scope.kind != "account" or str(planned.step.get("user")) not in people
    reached = before.copy()
    for planned in plan.steps:
        assert not isinstance(perform(reached, planned.step, CLOCK), Refused), planned
    team = reached.teams["design"]
    assert people <= team.members
    assert {name: group.members for name, group in team.groups.items() if name in kept} == {
        name: group.members for name, group in now.groups.items() if name in kept
    }
    again = plan_from(declaration, reached, types)
    assert again.steps == ()
    assert again.synced == plan.synced


def snapshot(folder: Path, text: str) -> Account:
    """Return the account of a snapshot."""
    folder.mkdir(exist_ok=True)
    (folder / "state.yaml").write_text("account: acme\nserial: 7\n" + text, encoding="utf-8")
    account, findings = load_snapshot(folder / "state.yaml")
    assert not findings
    assert account is not None
    return account
