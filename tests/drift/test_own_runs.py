"""Changes by seatsync's own runs (limited, waiting, interrupted, undone) never count as changes in the portal."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.history import NO_PEOPLE, same
from seatsync.account.model import Account, Scope
from seatsync.applying import running
from seatsync.applying.running import apply_plan
from seatsync.clock import Clock
from seatsync.commands.drift import since_apply
from seatsync.commands.shared.earlier_runs import run_to_undo
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.declaration.writing.write import repository_files
from seatsync.errors import Interrupted
from seatsync.finding import has_errors
from seatsync.insight.drift import drift
from seatsync.insight.drift_facts import Fact
from seatsync.insight.drift_states import Comparison
from seatsync.planning.checks.access_checks import covered
from seatsync.planning.make import Request, make_plan
from seatsync.planning.undo import make_undo
from seatsync.targets.sql import administration
from seatsync.targets.sql.store import SqlTarget, open_sqlite
from tests.chance import chances
from tests.planning.states import DAY, TEAMS, pair

CLOCK = Clock.at(DAY)
POLICY = "policy: {max_removals: 100%, prune: [seats, admins, groups, KIND]}\n"


@dataclass
class Repository:
    """A repository with its account; `did` records the operations, for the message of a failing test."""

    folder: Path
    target: SqlTarget
    random: Random
    did: list[str] = field(default_factory=list)

    def declare(self, account: Account, kind: str) -> None:
        """Rewrite the files."""
        shutil.rmtree(self.folder, ignore_errors=True)
        files = repository_files(account, None)
        if self.random.random() < 0.4:
            old = self.random.choice(sorted(account.users))
            new = old.replace("@acme", "@new")
            files = {name: text.replace(old, new) for name, text in files.items()}
            files["users.yaml"] = files["users.yaml"].replace(
                f"  {new}:\n", f"  {new}:\n    previous_emails: [{old}]\n"
            )
        files["seatsync.yaml"] += POLICY.replace("KIND", kind)
        for name, text in files.items():
            (self.folder / name).parent.mkdir(parents=True, exist_ok=True)
            (self.folder / name).write_text(text, encoding="utf-8")
        self.did.append("declare")

    def declaration(self) -> Declaration:
        loaded = load(self.folder)
        assert loaded.declaration is not None
        assert not has_errors(loaded.findings), loaded.findings
        return loaded.declaration

    def apply(
        self, *, teams: tuple[str, ...] = (), actor: str | None = None, stop: bool = False, undo: str = ""
    ) -> None:
        """Plan, and apply the plan if it has no errors."""
        declared, state = self.declaration(), self.target.read()
        request = Request(
            state.account,
            "x",
            CLOCK,
            self.target.route,
            config_digest(declared),
            policy_text(declared.project.policy),
            actor,
            teams,
            ("GUARD002",),
            {same(case.step): case.id for case in state.cases},
            state.applied_policy,
            state.tracked or NO_PEOPLE,
        )
        plan = (
            make_undo(declared, request, run_to_undo(self.target, state, undo))
            if undo
            else make_plan(declared, request)
        )
        if has_errors(plan.findings):
            return
        what = covered(declared, state.account, CLOCK, actor, teams, state.applied_declaration)
        told: list[object] = []
        self.did.append(f"apply {teams} as {actor} stop {stop} undo {undo}: {[p.step.action for p in plan.steps]}")
        with suppress(Interrupted):
            apply_plan(plan, self.target, CLOCK, what, told.append, lambda: 15 if stop and told else None)

    def confirm(self) -> None:
        administration.confirm(self.target, None, None, CLOCK)
        self.did.append("confirm")

    def undo(self) -> None:
        entries = self.target.journal()
        runs = sorted({entry.run for entry in entries if entry.step.action in ACTIONS})
        if runs:
            self.apply(undo=str(self.random.choice(runs)))

    def changed(self) -> list[Fact]:
        """Return the facts reported as changed in the portal."""
        state = self.target.read()
        cases = tuple(case for case in state.cases if case.closed_at is None)
        since, tracked = since_apply(self.target, state), state.tracked or NO_PEOPLE
        run = Comparison(state.account, CLOCK, None, (), cases, since, tracked)
        found = drift(self.declaration(), state, run, "x")
        return [*found.of("portal"), *found.of("both")]


@pytest.fixture(autouse=True)
def _stopped_between_two_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "BATCH", 2)


@given(chances())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_own_runs_are_no_changes_in_the_portal(random: Random) -> None:
    before, goal = pair(random, classic=random.random() < 0.5)
    with TemporaryDirectory() as name:
        target = open_sqlite("sqlite:///account.db", Path(name), {})
        administration.create(target, before.name, before.timezone, CLOCK)
        administration.load_state(target, before, CLOCK)
        repository = Repository(Path(name) / "repository", target, random)
        for _ in range(6):
            kind = random.choice(["leavers", "members"])
            repository.declare(random.choice([before, goal, _mixed(random, before, goal)]), kind)
            assert repository.changed() == [], repository.did
            actor = random.choice([None, None, *sorted(target.read().account.users)])
            chosen = random.choice(["whole", "team", "team", "as", "undo", "confirm", "stopped"])
            if chosen == "undo":
                repository.undo()
            elif chosen == "confirm":
                repository.confirm()
            else:
                teams = (random.choice(TEAMS),) if chosen == "team" else ()
                repository.apply(teams=teams, actor=actor if chosen == "as" else None, stop=chosen == "stopped")
            assert repository.changed() == [], repository.did


def _mixed(random: Random, before: Account, goal: Account) -> Account:
    """Return a state with one thing of `goal` in `before`."""
    account = before.copy()
    name = random.choice(TEAMS)
    wish = goal.teams[name]
    people = wish.members & account.teams[name].members
    for product in list(account.teams[name].seats):
        account.teams[name].seats[product] = set(account.teams[name].seats[product]) & people
    for user in sorted(people):
        account.users[user] = goal.users[user]._replace(status=account.users[user].status)
    return account


@given(chances())
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_change_in_the_portal_is_still_reported(random: Random) -> None:
    before, goal = pair(random)
    with TemporaryDirectory() as name:
        target = open_sqlite("sqlite:///account.db", Path(name), {})
        administration.create(target, before.name, before.timezone, CLOCK)
        administration.load_state(target, before, CLOCK)
        repository = Repository(Path(name) / "repository", target, random)
        repository.declare(goal, "leavers")
        repository.apply(teams=(TEAMS[0],))
        repository.apply()
        step = Step.make("group.create", Scope("team", random.choice(TEAMS)), group="made in the portal")
        with target.session(None, CLOCK) as session:
            (outcome,) = session.perform([(step, False)])
        assert outcome.status == "done"
        repository.apply(teams=())  # allowed: an own run removes the group again
        with target.session(None, CLOCK) as session:
            (outcome,) = session.perform([(step, False)])
        (fact,) = repository.changed()
        assert (fact.scope, fact.what, fact.name("group")) == (step.scope, "group", "made in the portal")
