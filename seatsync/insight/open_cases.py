"""Status: the open cases of an account by person, with their age and what waits for them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from seatsync.account.access import performers
from seatsync.account.actions.table import ACTIONS
from seatsync.account.engine import account_route
from seatsync.account.model import Account
from seatsync.account.unknowns import Seen
from seatsync.clock import Clock
from seatsync.planning.assignments import entries_of
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.targets.target import Case, State, needed_first

NEXT_APPLY: Final = "the next apply, which asks the API"
"""In place of a person: what an interrupted apply left open."""


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An open case and the person whose turn it is; None: nobody in the account may do it, or it is left to an API.

    `days` is its age, `first` the open cases that it needs, and `waits` those that need it.
    """

    case: Case
    person: str | None
    route: str
    days: int
    first: tuple[str, ...] = ()
    waits: tuple[str, ...] = ()

    @property
    def turn(self) -> str | None:
        """The person, or `NEXT_APPLY` if the case is left to an API."""
        return NEXT_APPLY if self.route == "api" else self.person


@dataclass(frozen=True, slots=True)
class Status:
    """The open cases on a day, in the order of a checklist; `seen` are the sources, empty unless there are some."""

    account: str
    serial: int | None
    at: str
    cases: tuple[OpenCase, ...]
    mirror: bool = False
    seen: tuple[Seen, ...] = ()

    def by_person(self) -> list[tuple[str | None, list[OpenCase]]]:
        """Return the cases by person, in the order in which people begin, and those of an API under `NEXT_APPLY`."""
        found: dict[str | None, list[OpenCase]] = {}
        for each in self.cases:
            found.setdefault(each.turn, []).append(each)
        return list(found.items())


def status_of(state: State, clock: Clock, teams: Collection[str] = ()) -> Status:
    """Return the status of an account; `teams` limits it to cases of these (empty: all)."""
    cases = needed_first(state.cases)
    numbers = {case.id: number for number, case in enumerate(cases, 1)}
    by_number = dict(zip(numbers.values(), cases, strict=True))
    waits: dict[str, list[str]] = {}
    for case in state.cases:
        for need in case.needs:
            waits.setdefault(need, []).append(case.id)
    account = state.account
    steps = tuple(_planned(case, numbers, account) for case in cases)
    plan = Plan(account.name, account.lineage, account.serial, "", None, clock.day, "", "{}", steps=steps)
    found = []
    turns = [(planned, person) for person, entry in entries_of(plan) for planned in entry]
    for planned, person in (*turns, *((planned, None) for planned in steps if planned.route == "api")):
        case = by_number[planned.id]
        first = tuple(need for need in case.needs if need in numbers)
        if not teams or (case.step.scope.kind == "team" and case.step.scope.name in teams):
            after = tuple(waits.get(case.id, ()))
            found.append(OpenCase(case, person, planned.route, max(clock.days_since(case.opened_at), 0), first, after))
    return Status(account.name, account.serial, clock.day, tuple(found), state.mirror is not None, state.seen)


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
