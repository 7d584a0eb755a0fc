"""Helpers of the planning tests: plans from two YAML texts, and plans as plain lines."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from seatsync.account.actions.spec import Facts
from seatsync.account.group_types import NO_TYPES, GroupTypes
from seatsync.account.history import NO_PEOPLE, TrackedPeople
from seatsync.clock import Clock
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.declaration.states import load_snapshot
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan, PlannedStep

DAY = "2026-06-15"

PEOPLE = ("ana", "ben", "cho", "dee", "eli", "fay", "gus", "hal")
USERS = "users:\n" + "".join(
    f"  {name}@acme.example: {{first_name: {name.title()}, last_name: Doe}}\n" for name in PEOPLE
)


def plan_of(
    folder: Path,
    current: str,
    declared: str,
    *,
    policy: str = "max_removals: 100%",
    users: str = USERS,
    day: str = DAY,
    actor: str | None = None,
    teams: tuple[str, ...] = (),
    allow: tuple[str, ...] = (),
    applied_policy: str | None = None,
    tracked: TrackedPeople = NO_PEOPLE,
    portal: str = "",
    types: GroupTypes = NO_TYPES,
) -> Plan:
    """Return the plan from one state to another, without people that a text does not mention; PEOPLE are declared.

    A policy without `prune` prunes everything but teams.
    """
    if "prune:" not in policy:
        policy += ", prune: [seats, admins, groups, members]"
    folder.mkdir(exist_ok=True)
    snapshot = folder / "current.yaml"
    snapshot.write_text("account: acme\nlineage: l-1\nserial: 7\n" + dedent(current), encoding="utf-8")
    state, findings = load_snapshot(snapshot)
    assert not findings, findings
    assert state is not None
    project = f"version: 1\naccount: acme\ninclude: [all.yaml]\npolicy: {{{policy}}}\n{portal}"
    (folder / "seatsync.yaml").write_text(project, encoding="utf-8")
    (folder / "all.yaml").write_text(users + dedent(declared), encoding="utf-8")
    loaded = load(folder)
    assert not loaded.findings, loaded.findings
    assert loaded.declaration is not None
    request = Request(
        account=state,
        target="file:current.yaml",
        clock=Clock.at(day),
        route=lambda _: "account",
        config_digest=config_digest(loaded.declaration),
        policy=policy_text(loaded.declaration.project.policy),
        is_real=bool(portal),
        actor=actor,
        teams=teams,
        allow=allow,
        applied_policy=applied_policy,
        tracked=tracked,
        group_types=types,
    )
    return make_plan(loaded.declaration, request)


def lines(plan: Plan) -> str:
    """Return a plan as plain lines: `1 seat.assign design: AutoCAD, ben (needs 2) [STEP003]` and findings."""
    found = [line_of(planned) for planned in plan.steps]
    found += [f"{finding.severity} {finding.code}: {finding.message}" for finding in plan.findings]
    found += ["unmanaged " + " ".join(_short(value) for _, value in thing) for thing in plan.unmanaged]
    found += ["unseen " + " ".join(_short(value) for _, value in thing) for thing in plan.unseen]
    return "\n".join(found)


def line_of(planned: PlannedStep) -> str:
    """Return a step as one line."""
    args = ", ".join(_arg(value) for _, value in planned.step.args)
    where = f" {planned.step.scope.name}" if planned.step.scope.name else ""
    needs = f" (needs {', '.join(map(str, planned.needs))})" if planned.needs else ""
    codes = f" [{' '.join(planned.codes)}]" if planned.codes else ""
    return f"{planned.id} {planned.step.action}{where}: {args}{needs}{codes}".replace(": ,", ":").rstrip(": ")


def _arg(value: object) -> str:
    if isinstance(value, Facts):
        return "{" + " ".join(f"{name}={_short(fact)}" for name, fact in value.items) + "}"
    return _short(value)


def _short(value: object) -> str:
    return str(value).replace("@acme.example", "")
