"""A project with a mirror, at function level: refresh, plan, apply and confirm with real stores and clocks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from shutil import copytree

from seatsync.account.history import NO_PEOPLE, PORTAL, members_by_scope, same
from seatsync.account.model import Account
from seatsync.applying.outcomes import Applied
from seatsync.applying.running import apply_plan
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.declaration.project_values import Portal
from seatsync.finding import has_errors
from seatsync.planning.checks.access_checks import covered
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import UNKNOWN, Excluded, Plan
from seatsync.portal.knowledge import NOTHING_YET, knowledge_of
from seatsync.portal.mirror_target import MirrorTarget, mirror_of
from seatsync.portal.refreshing import Refreshed, look
from seatsync.portal.routing import portal_routes
from seatsync.portal.source_checks import Limits
from seatsync.portal.sources.exports import Exports
from seatsync.targets.sql import administration
from seatsync.targets.sql.administration import Closing
from seatsync.targets.sql.inquiries import cases, verify
from seatsync.targets.sql.store import SqlTarget, open_sqlite
from seatsync.targets.target import Case, State
from tests.portal.random_accounts import DAY
from tests.portal.written_exports import Written

PORTAL_SECTION = Portal(("exports",))
MORNING = datetime.fromisoformat(f"{DAY}T08:00:00+00:00")


@dataclass
class Project:
    """A project with a mirror, whose clock goes on by two hours before each command."""

    folder: Path
    now: datetime = MORNING
    looks: int = 0

    @property
    def store(self) -> SqlTarget:
        """The store of the mirror."""
        return open_sqlite("sqlite:///account.db", self.folder, {})

    def clock(self) -> Clock:
        """Return the clock of the next command."""
        self.now += timedelta(hours=1)
        return Clock.of(self.now)

    def create(self) -> None:
        """Create an empty mirror."""
        self.folder.mkdir(parents=True, exist_ok=True)
        administration.create(self.store, "acme", "UTC", self.clock(), mirror=NOTHING_YET.as_text())

    def download(self, exports: Written) -> Path:
        """Write exports as downloaded now, and return their folder."""
        self.looks += 1
        self.now += timedelta(hours=2)
        folder = self.folder / f"look-{self.looks}"
        exports.put(folder, self.now.isoformat())
        return folder

    def refresh(self, folder: Path) -> Refreshed:
        """Record what exports show in the mirror."""
        clock = self.clock()
        with self.store.session(PORTAL, clock) as session:
            state = session.state()
            assert state.mirror is not None
            observations, findings = Exports(folder, "exports", known_teams=tuple(state.account.teams)).observe()
            knowledge = knowledge_of(state, session.journal, self.store.url)
            limits = Limits(clock, max_removals="100%")
            found = look(state, knowledge, session.journal, observations, findings, limits)
            if not found.stopped:
                session.observe(found.changes, found.record, {**found.closed, **found.seen}, found.reopened)
        return found

    def target(self, declared: Declaration | None, clock: Clock) -> MirrorTarget:
        """Return the mirror as a target of plans."""
        return mirror_of(self.store, clock, declared)

    def state(self, declared: Declaration | None = None) -> State:
        """Return the state of the mirror, with unknown facts as declared."""
        return self.target(declared, Clock.at(DAY)).read_with(declared)

    def plan(self, declared: Declaration) -> Plan:
        """Return the plan from the mirror."""
        clock = Clock.at(DAY)
        state = self.state(declared)
        request = Request(
            account=state.account,
            target="sqlite:///account.db",
            clock=clock,
            route=lambda _: "console",
            config_digest=config_digest(declared),
            policy=policy_text(declared.project.policy),
            allow=("GUARD002",),
            cases={same(case.step): case.id for case in state.cases},
            applied_policy=state.applied_policy,
            tracked=state.tracked or NO_PEOPLE,
            left_out=tuple(Excluded(kind, name, (UNKNOWN,)) for kind, name in state.left_out),
            head=state.head,
            undated=state.undated,
            unknown=state.unknown,
            assumed=state.assumed,
            findings=tuple(each for each in state.findings if has_errors([each])),
            routes=portal_routes(PORTAL_SECTION, state, self.store.journal, self.store.url),
        )
        return make_plan(declared, request)

    def apply(self, declared: Declaration, plan: Plan) -> Applied:
        """Apply a plan."""
        clock = self.clock()
        state = self.state(declared)
        scope = covered(declared, state.account, clock, None, (), state.applied_declaration, plan.left_out)
        return apply_plan(plan, self.target(declared, clock), clock, scope, lambda _: None, lambda: None)

    def adopt(self) -> None:
        """Track the people of the mirror, as `init --from` does."""
        with self.store.session(None, self.clock()) as session:
            session.covers(members_by_scope(session.state().account))

    def confirm(self, ids: Sequence[str]) -> list[Closing]:
        """Confirm cases."""
        return administration.confirm(self.store, ids, "ticket 7", self.clock())

    def withdraw(self, ids: Sequence[str]) -> None:
        """Withdraw cases."""
        administration.withdraw(self.store, ids, "no longer asked for", self.clock())

    def cases(self) -> dict[str, Case]:
        """Return all cases by id."""
        return {case.id: case for case in cases(self.store, closed=True).items}

    def content(self) -> tuple[object, ...]:
        """Return everything that a mirror keeps, but for the rows of files in the log."""
        state = self.store.read()
        history = [
            (entry.step, entry.rows, entry.case, str(entry.origin).partition(":")[0]) for entry in self.store.journal()
        ]
        return list(state.account.rows()), state.mirror, self.cases(), history

    def copy(self, folder: Path) -> Project:
        """Return an independent copy."""
        copytree(self.folder, folder)
        return replace(self, folder=folder)

    def check_intact(self) -> None:
        """Check that the log, the account, the cases and the record fit together."""
        found = verify(self.store)
        assert found.ok, found


def steps_of(plan: Plan, without: Iterable[int] = ()) -> set[str]:
    """Return the steps of a plan, written for comparison, without some ids."""
    left_out = set(without)
    return {same(planned.step) for planned in plan.steps if planned.id not in left_out}


def account_plan(declared: Declaration, account: Account) -> Plan:
    """Return the plan from an account that is known completely."""
    digest, policy = config_digest(declared), policy_text(declared.project.policy)
    request = Request(account, "file:x", Clock.at(DAY), lambda _: "account", digest, policy, allow=("GUARD002",))
    return make_plan(declared, request)
