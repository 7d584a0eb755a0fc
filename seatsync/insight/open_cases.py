"""Status: the open cases of an account by person, with their age and what waits for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from seatsync.account.access import performers
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import account_route
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.planning.batches import batches, entry_key, hand_overs
from seatsync.planning.plan import PlannedStep
from seatsync.targets.target import Case, State, needed_first


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case and the person whose turn it is; None: nobody in the account may do it.

    `days` is its age, `first` the open cases that it needs, and `waits` those that need it.
    """

    case: Case
    person: str | None
    route: str
    days: int
    first: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """A source of the real account: the day or instant of which it was, and the teams it was the last to show."""

    source: str
    moment: str
    teams: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Status:
    """The open cases on a day, those of one person together; `looks` are empty unless the account is a mirror."""

    account: str
    serial: int | None
    at: str
    cases: tuple[OpenCase, ...]
    mirror: bool = False
    looks: tuple[Look, ...] = ()

    def by_person(self) -> list[tuple[str | None, list[OpenCase]]]:
        """Return the cases by person, in the order in which people begin."""
        found: dict[str | None, list[OpenCase]] = {}
        for each in self.cases:
            found.setdefault(each.person, []).append(each)
        return list(found.items())


def status_of(state: State, clock: Clock, looks: Sequence[Look] = (), teams: Collection[str] = ()) -> Status:
    """Return the status of an account; `teams` limits it to cases of these (empty: all)."""
    cases = needed_first(state.cases)
    numbers = {case.id: number for number, case in enumerate(cases, 1)}
    by_number = dict(zip(numbers.values(), cases, strict=True))
    waits: dict[str, list[str]] = {}
    for case in state.cases:
        for need in case.needs:
            waits.setdefault(need, []).append(case.id)
    found = []
    for planned, person in _assigned([_planned(case, numbers, state.account) for case in cases]):
        case = by_number[planned.id]
        first = tuple(need for need in case.needs if need in numbers)
        age = date.fromisoformat(clock.day) - date.fromisoformat(clock.day_of(case.opened_at))
        if not teams or (case.step.scope.kind == "team" and case.step.scope.name in teams):
            after = tuple(waits.get(case.id, ()))
            found.append(OpenCase(case, person, planned.route, max(age.days, 0), first, after))
    account = state.account
    return Status(account.name, account.serial, clock.day, tuple(found), state.mirror is not None, tuple(looks))


def _assigned(steps: Sequence[PlannedStep]) -> list[tuple[PlannedStep, str | None]]:
    """Return steps in the order of a checklist, each with the person who does it."""
    entries = batches(steps, entry_key)
    able = [set.intersection(*(set(planned.performers) for planned in entry)) for entry in entries]
    return [
        (planned, turn.person)
        for turn in hand_overs(able)
        for entry in entries[turn.start : turn.end]
        for planned in entry
    ]


def _planned(case: Case, numbers: dict[str, int], account: Account) -> PlannedStep:
    """Return the step of a case as a plan has it. An embedded account records neither route nor people."""
    spec, users = ACTIONS[case.step.action], account.users
    people = case.people
    if not case.route:
        able = performers(account, case.step)
        people = tuple(users[user].email if user in users else user for user in able)
    needs = tuple(numbers[need] for need in case.needs if need in numbers)
    route = case.route or account_route(case.step)
    return PlannedStep(numbers[case.id], case.step, spec.kind, spec.channel, route, needs, people, case=case.id)
