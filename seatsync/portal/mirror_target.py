"""A mirror of the real account as a target: the store of a project with a portal, with unknown facts as declared."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Protocol, runtime_checkable

from seatsync.account.actions.spec import Step
from seatsync.account.engine import account_route
from seatsync.account.history import HistoryEntry, TrackedPeople
from seatsync.account.model import Account
from seatsync.account.sent_notices import Notice
from seatsync.account.usage import Usage
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.errors import NoAccount, TargetProblem
from seatsync.portal.knowledge import (
    ASSUMED_AS_DECLARED,
    FactName,
    Journal,
    Knowledge,
    Look,
    Mark,
    Mirror,
    after_machine,
    knowledge_of,
)
from seatsync.portal.natural_steps import natural_steps
from seatsync.portal.observation import Coverage, Kind, Observation, seen_in
from seatsync.portal.observed_account import Reading, read_observations
from seatsync.portal.remembered import facts_of
from seatsync.reading.tree import collector_paused
from seatsync.targets.machine import Carried
from seatsync.targets.target import (
    Case,
    CaseRequest,
    Chained,
    KeepsNotices,
    KeepsUsage,
    KnowsFirstChange,
    LastApplied,
    MirrorSession,
    Observed,
    Outcome,
    OutsideChanges,
    OwnChanges,
    RecordsNotices,
    RecordsUsage,
    RunCases,
    State,
    Target,
    TracksPeople,
    Undoable,
)
from seatsync.targets.target import Session as TargetSession

_KINDS: Final[tuple[Kind, ...]] = ("groups", "subscriptions")
"""The kinds of facts that an apply takes over as a whole in teams for which no source shows them."""


@runtime_checkable
class Store(Target, Chained, OwnChanges, OutsideChanges, RunCases, LastApplied, KeepsNotices, KeepsUsage, Protocol):
    """A target that can be a mirror: it has all capabilities of a store."""


@runtime_checkable
class StoreSession(
    TargetSession, MirrorSession, Chained, TracksPeople, Undoable, RecordsNotices, RecordsUsage, Protocol
):
    """A session of a store that can be a mirror."""


class _Filled:
    """The state of a store, with what it does not know as declared."""

    def __init__(self, state: State, journal: Journal, declared: Declaration | None, day: str, url: str) -> None:
        if state.mirror is None:
            problem = "is an account that seatsync made itself, but the project has `portal:`"
            raise TargetProblem(url, problem, "name another `target:`; `seatsync refresh` creates the mirror there")
        self.stored, self.declared = state, declared
        self.knowledge = knowledge_of(state, journal, url)
        mirror = Mirror(state.account, self.knowledge)
        self.chosen = facts_of(mirror)
        self.reading: Reading = read_observations(self.chosen, declared, day, mirror)

    def state(self) -> State:
        """Return the state that plans are made from."""
        found, stored = self.reading.state, self.stored.account
        assumed = () if found.account == stored else natural_steps(stored, found.account)
        return self.stored._replace(
            account=found.account,
            unknown=found.unknown,
            assumed=found.assumed,
            left_out=found.left_out,
            undated=found.undated,
            findings=found.findings,
            seen=seen_in(_sources(self.knowledge)),
            takes_over=bool(self.reading.stated) or bool(self._uncovered(None)),
            group_types=found.group_types,
            filled=tuple(row for each in assumed for row in each.rows),
        )

    def taken_over(self, teams: Collection[str] | None) -> tuple[list[Observed], str]:
        """Return the changes by which the assumptions about some teams (None: all) become part of the mirror."""
        places = self._places(teams)
        goal = self._account_with(places)
        changes = [Observed(*each, ASSUMED_AS_DECLARED) for each in natural_steps(self.stored.account, goal)]
        marks: dict[FactName, Mark] = dict(self.reading.marks)
        for name in sorted(self.reading.stated):
            if self._is_in(name, places, goal):
                del marks[name]
                if not _is_settled_by_rows(name):
                    marks[name] = "assumed"
        looks = {**self.knowledge.looks, **dict.fromkeys(self._uncovered(teams), Look(ASSUMED_AS_DECLARED))}
        unplaced = {key: each for key, each in self.knowledge.unplaced.items() if key not in goal.subscriptions}
        serial = (self.stored.account.serial or 0) + len(changes)
        now = replace(self.knowledge, looks=looks, marks=marks, unplaced=unplaced, serial=serial)
        same = not changes and (looks, marks) == (self.knowledge.looks, dict(self.knowledge.marks))
        return changes, (self.stored.mirror or "") if same else now.as_text()

    def _places(self, teams: Collection[str] | None) -> dict[str, str]:
        """Return the present names of declared teams that are known, with the declared ones."""
        declared = {} if self.declared is None else self.declared.teams
        known = self.reading.state.account.teams
        present = {team.former_name(known) or name: name for name, team in declared.items()}
        return {
            now: name
            for now, name in present.items()
            if now in known and now in self.stored.account.teams and (teams is None or {now, name} & {*teams})
        }

    def _account_with(self, places: Mapping[str, str]) -> Account:
        """Return the stored account, with some teams, and their subscriptions and those in no team, as assumed."""
        found, account = self.reading.state.account, self.stored.account.copy()
        for name in places:
            account.teams[name] = found.teams[name]
        taken = {*places, None}
        account.subscriptions = {
            **{key: sub for key, sub in account.subscriptions.items() if sub.team not in taken},
            **{key: sub for key, sub in found.subscriptions.items() if sub.team in taken},
        }
        return account

    def _uncovered(self, teams: Collection[str] | None) -> list[Coverage]:
        return [(kind, team) for team in self._places(teams) for kind in _KINDS if (kind, team) not in self.chosen]

    def _is_in(self, name: FactName, places: Mapping[str, str], goal: Account) -> bool:
        (kind, thing), *_ = name[0]
        if kind != "subscription":
            return thing in places
        sub = goal.subscriptions.get(thing)
        return sub is not None and (sub.team is None or sub.team in places)


def _is_settled_by_rows(name: FactName) -> bool:
    """Return True for facts that need no mark once rows state them: that a group exists, how one seat is held."""
    things, fact = name
    return fact == "group" or (fact == "seats" and len(things) > 1)


def _sources(knowledge: Knowledge) -> list[Observation]:
    looks = dict.fromkeys(look for look in knowledge.looks.values() if look.moment is not None)
    return [Observation(look.source, look.moment, {}) for look in looks]


@dataclass(frozen=True, slots=True)
class MirrorTarget:
    """A mirror of the real account. `clock` is the day of the run (None: today).

    Its sessions assume what is `declared`, and can take that over.
    """

    store: Store
    clock: Clock | None = None
    declared: Declaration | None = None

    @property
    def url(self) -> str:
        """The URL of the store."""
        return self.store.url

    def read(self) -> State:
        """Return the whole state, with unknown facts as declared."""
        return self.read_with(self.declared)

    def read_with(self, declared: Declaration | None) -> State:
        """Return the whole state, with unknown facts as in a declaration."""
        with collector_paused():
            try:
                stored = self.store.read()
            except NoAccount as error:
                raise NoAccount.mirror(self.url) from error
            return self._filled(stored, self.store.journal, declared).state()

    def _filled(self, state: State, journal: Journal, declared: Declaration | None) -> _Filled:
        day = (self.clock or Clock.of(datetime.now(UTC), state.account.timezone)).day
        return _Filled(state, journal, declared, day, self.url)

    def route(self, step: Step) -> str:
        """Return the route of a step in an embedded account; those of a plan depend on the project's portal."""
        return account_route(step)

    @contextmanager
    def session(self, actor: str | None, clock: Clock) -> Iterator[AssumingSession]:
        """Lock the store for changes."""
        with self.store.session(actor, clock) as session:
            if not isinstance(session, StoreSession):
                raise TargetProblem(self.url, "cannot be a mirror of the real account", "use sqlite:///FILE")
            yield AssumingSession(session, self)

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Return every change after a serial, in order."""
        return self.store.journal(since)

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""
        return self.store.read_notices()

    def first_change(self) -> str | None:
        """Return the instant of the first change, None without any, or if the store does not tell."""
        return self.store.first_change() if isinstance(self.store, KnowsFirstChange) else None

    def outside(self) -> list[HistoryEntry]:
        """Return the changes made outside of seatsync, in order."""
        return self.store.outside()

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ever ended with a hash while the account was at a serial."""
        return self.store.had_head(serial, head)

    def opened(self, run: int) -> list[Case]:
        """Return the cases that a run opened, oldest first."""
        return self.store.opened(run)

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """Return the serial after the last apply, and the cases that were open then."""
        return self.store.after_apply()

    def own_changes(self, since: int) -> frozenset[int]:
        """Return the serials after `since` of seatsync's own changes."""
        return self.store.own_changes(since)

    def read_usage(self) -> Usage:
        """Return what is recorded about usage."""
        return self.store.read_usage()


def mirror_of(store: Target, clock: Clock | None, declared: Declaration | None = None) -> MirrorTarget:
    """Return a store as a mirror. Raises TargetProblem if it cannot be one."""
    if not isinstance(store, Store):
        raise TargetProblem(store.url, "cannot be a mirror of the real account", "use sqlite:///FILE")
    return MirrorTarget(store, clock, declared)


@dataclass(frozen=True, slots=True)
class AssumingSession:
    """A session of a mirror, in which unknown facts are as declared."""

    inner: StoreSession
    target: MirrorTarget

    def _filled(self) -> _Filled:
        return self.target._filled(self.inner.state(), self.inner.journal, self.target.declared)  # noqa: SLF001 - its own

    def state(self) -> State:
        """Return the state under the lock."""
        return self._filled().state()

    def take_over(self, teams: Collection[str] | None) -> int:
        """Record the assumed facts of some teams (None: everything) as they are declared; return the serial."""
        changes, record = self._filled().taken_over(teams)
        return self.inner.observe(changes, record, {}, {})

    def open_cases(self, requests: Sequence[CaseRequest]) -> list[Outcome]:
        """Record all steps of a plan as cases."""
        return self.inner.open_cases(requests)

    def observe(
        self, changes: Sequence[Observed], mirror: str, seen: Mapping[str, str], contradicted: Mapping[str, str]
    ) -> int:
        """Record what a look showed."""
        return self.inner.observe(changes, mirror, seen, contradicted)

    def withdraw(self, reasons: Mapping[str, str]) -> None:
        """Close cases that were not carried out."""
        self.inner.withdraw(reasons)

    def begin(self, request: CaseRequest) -> Outcome:
        """Record that a step is about to be carried out."""
        (outcome,) = self.inner.open_cases([request._replace(needs=())])
        return outcome

    def keep(self) -> None:
        """Keep the lock."""
        self.inner.keep()

    def settle(self, case: str, carried: Carried) -> Outcome:
        """Record the result of a step, so that it counts as written for as long as lists may lag."""
        state = self.inner.state()
        if carried.status == "unknown":
            return Outcome("case", case, state.account.serial)
        if carried.status == "refused":
            self.inner.withdraw({case: carried.detail})
            return Outcome("refused", carried.detail, state.account.serial)
        before = knowledge_of(state, self.inner.journal, self.target.url)
        record = after_machine(before, carried.changes, state.account, carried.at).as_text()
        changes = [Observed(step, rows, carried.origin, case) for step, rows in carried.changes]
        return Outcome("done", "", self.inner.observe(changes, record, {case: carried.origin}, {}))

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        """Raise TargetProblem: no step can be carried out on a mirror."""
        return self.inner.perform(steps)

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""
        return self.inner.read_notices()

    def record_notices(self, notices: Sequence[Notice]) -> None:
        """Record notices in their new states."""
        self.inner.record_notices(notices)

    def note(self, text: str) -> None:
        """Keep a note for people."""
        self.inner.note(text)

    def applied(self, declaration: str, policy: str, note: str) -> None:
        """Record what was applied."""
        self.inner.applied(declaration, policy, note)

    def applied_partly(self, declaration: str, policy: str, note: str) -> None:
        """Record what was applied by a run that covered only some teams or contracts."""
        self.inner.applied_partly(declaration, policy, note)

    def covers(self, declared: TrackedPeople, since: int | None = None) -> None:
        """Mark this session as a run of seatsync itself."""
        self.inner.covers(declared, since)

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Return every change after a serial, in order."""
        return self.inner.journal(since)

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ever ended with a hash while the account was at a serial."""
        return self.inner.had_head(serial, head)

    @property
    def run(self) -> int:
        """The number of this run in the journal."""
        return self.inner.run

    def undone(self, run: int) -> None:
        """Record as applied last what was applied before a run."""
        self.inner.undone(run)
