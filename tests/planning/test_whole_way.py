"""End-to-end on random pairs: a state is written to files, read, planned and replayed; likewise from a store."""

from __future__ import annotations

from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import given, settings

from seatsync.account.actions.effects import Refused
from seatsync.account.engine import perform
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.writing.write import repository_files, write_repository
from seatsync.finding import Finding, has_errors
from seatsync.planning.difference.exclusions import also_excluded
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Excluded, Plan
from seatsync.targets.sql import administration
from seatsync.targets.sql.store import open_sqlite
from tests.account.invariants import violations
from tests.chance import chances
from tests.planning.replay import content, replay
from tests.planning.states import DAY, left_alone, pair

CLOCK = Clock.at(DAY)


def declared_as(account: Account, folder: Path) -> Declaration:
    """Return the declaration of an account's state, read from files; undeclared people are removed."""
    files = repository_files(account, None)
    files["seatsync.yaml"] += "policy: {prune: [seats, admins, groups, members]}\n"
    write_repository(folder, files)
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings), loaded.findings
    return loaded.declaration


def plan_from(
    declaration: Declaration, account: Account, actor: str | None = None, left_out: tuple[Excluded, ...] = ()
) -> Plan:
    request = Request(
        account, "file:x", CLOCK, lambda _: "account", f"sha256:{0:064}", "{}", actor, allow=("GUARD002",)
    )
    return make_plan(declaration, request._replace(left_out=left_out))


def errors(plan: Plan) -> list[str]:
    """Return the errors of a plan without guards, which random states trigger."""
    return [finding.message for finding in plan.findings if not finding.code.startswith("GUARD")]


@given(chances())
@settings(max_examples=50)
def test_a_declared_state_is_reached_and_then_there_is_nothing_to_do(random: Random) -> None:
    before, after = pair(random, classic=random.random() < 0.5)
    left_alone(before, after)
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    plan = plan_from(declaration, before)
    assert errors(plan) == []
    reached = replay(before, [planned.step for planned in plan.steps], after, CLOCK)
    assert content(reached) == content(after)
    again = plan_from(declaration, reached)
    assert again.steps == ()
    assert again.unmanaged == ()


OUT = [Excluded("team", "build", ("SEAT003",)), Excluded("team", "design", ("SEAT003",))]
OUT.append(Excluded("contract", "110", ("CLASSIC005",)))


@given(chances())
@settings(max_examples=40)
def test_excluded_scopes_stay_unchanged_and_nobody_leaves(random: Random) -> None:
    before, after = pair(random, classic=True)
    out = random.sample(OUT, random.randint(1, 2))
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
    plan = plan_from(declaration, before, left_out=tuple(sorted(out)))
    while more := also_excluded(declaration, plan.left_out, _no_guards(plan)):
        plan = plan_from(declaration, before, left_out=more)
    assert errors(plan) == []
    reached = before.copy()
    for planned in plan.steps:
        assert not isinstance(perform(reached, planned.step, CLOCK), Refused)
        assert not violations(reached)
    named = {(each.kind, each.name) for each in plan.left_out}
    for name, team in before.teams.items():
        if ("team", name) in named:
            assert reached.teams[name] == team
            assert {key for key, sub in reached.subscriptions.items() if sub.team == name} == {
                key for key, sub in before.subscriptions.items() if sub.team == name
            }
            assert before.users.keys() & after.teams[name].members <= reached.users.keys()
    if ("contract", "110") in named:
        assert reached.contracts["110"] == before.contracts["110"]
        assert before.users.keys() & after.contracts["110"].members <= reached.users.keys()
    assert plan_from(declaration, reached, left_out=plan.left_out).steps == ()


def _no_guards(plan: Plan) -> list[Finding]:
    return [finding for finding in plan.findings if not finding.code.startswith("GUARD")]


@given(chances())
@settings(max_examples=20)
def test_a_store_loaded_with_a_state_gives_the_same_steps(random: Random) -> None:
    before, after = pair(random)
    with TemporaryDirectory() as folder:
        declaration = declared_as(after, Path(folder) / "repository")
        store = open_sqlite("sqlite:///account.db", Path(folder), {})
        administration.create(store, before.name, before.timezone, CLOCK)
        administration.load_state(store, before, CLOCK)
        read = store.read().account
    assert content(read) == content(before)
    assert plan_from(declaration, read).steps == plan_from(declaration, before).steps
