"""The entries of a checklist: open cases in the order of the plan, alike ones together, by person and hand-over.

An entry shows the account as it is by then, after all entries before it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.user_actions import REDIRECT_INVITATION
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.history import same
from seatsync.account.model import Account, Contract, Team, User
from seatsync.clock import Clock
from seatsync.planning.assignments import candidates
from seatsync.planning.batches import batches, entry_key, hand_overs, people_needs
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.checklist.letters import Known, Letter, letter_of
from seatsync.reporting.checklist.procedures import Procedure, procedure_of
from seatsync.reporting.escape import number_of, quoted
from seatsync.reporting.plan.wording import described
from seatsync.targets.target import Case, needed_first

_ASKED = frozenset({"form", "support", "purchase"})
"""Routes on which somebody else has to answer."""


@dataclass(frozen=True, slots=True)
class Item:
    """One case of an entry, and those that come first. `user` is the person as the account has them by then, if any.

    `since` is the day on which it was opened, if that was before this run.
    """

    case: str
    planned: PlannedStep
    user: User | None
    needs: tuple[str, ...] = ()
    since: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """Something to do: one case, or alike ones. `needs` are numbers of earlier entries, `asked` those to be answered.

    `able` are the people who may do it. `before` are lines about what the person of a redirected invitation had.
    `by_api` are steps that another apply has to carry out first.
    """

    number: int
    title: str
    route: str
    items: tuple[Item, ...]
    procedure: Procedure
    able: tuple[str, ...]
    needs: tuple[int, ...] = ()
    asked: tuple[int, ...] = ()
    before: tuple[str, ...] = ()
    letter: Letter | None = None
    files: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    by_api: tuple[Step, ...] = ()

    @property
    def step(self) -> Step:
        """The step, or the first of alike ones."""
        return self.items[0].planned.step

    @property
    def cases(self) -> tuple[str, ...]:
        """The ids of its cases."""
        return tuple(item.case for item in self.items)

    @property
    def is_alone(self) -> bool:
        """True for a single step that is carried out by hand."""
        return len(self.items) == 1 and self.route != "csv"

    @property
    def since(self) -> str | None:
        """The day on which all of its cases were opened, if that was before this run."""
        first = self.items[0].since
        return first if all(item.since == first for item in self.items) else None


@dataclass(frozen=True, slots=True)
class HandOver:
    """Consecutive entries that one person can do; the person is None if nobody is known who may."""

    person: str | None
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Checklist:
    """The open cases of a mirror after a run: what to do, by person, and the cases that the plan no longer wants.

    `run` is the name of the run, `target` the URL for commands if it is not that of the project.
    """

    plan: Plan
    run: str
    hand_overs: tuple[HandOver, ...]
    unwanted: tuple[Case, ...]
    target: str | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All entries in order."""
        return tuple(entry for each in self.hand_overs for entry in each.entries)


def open_entries(
    plan: Plan, every_case: Sequence[Case], known: Known, clock: Clock, waiting: Collection[int] = ()
) -> tuple[list[Entry], list[Case]]:
    """Return the entries for open cases, and the cases that the plan no longer wants.

    Cases that the plan is not about, such as those of a team that it leaves out, follow after those of the plan. Cases
    of an API are not for people. `waiting` are the steps of the plan that it has not carried out yet.
    """
    cases = [case for case in every_case if case.route != "api"]
    ids = {same(case.step): case.id for case in cases}
    in_plan = {planned.id: ids.pop(text) for planned in plan.steps if (text := same(planned.step)) in ids}
    wanted = frozenset(in_plan.values())
    others = [case for case in cases if case.id not in wanted]
    kept = needed_first(case for case in others if not _covers(plan, case))
    more = _as_planned(kept, {case: number for number, case in in_plan.items()}, plan)
    by_step = in_plan | {planned.id: case.id for planned, case in zip(more, kept, strict=True)}
    able = candidates(plan) | {planned.id: planned.performers for planned in more}
    found = batches((*plan.steps, *more), lambda planned: entry_key(planned) if planned.id in by_step else None, able)
    unwanted = unwanted_cases(plan, others)
    opened = {case.id: clock.day_of(case.opened_at) for case in cases}
    by_then = known._replace(account=known.account.copy())
    needs = people_needs((*plan.steps, *more))
    by_api = {planned.id: planned.step for planned in plan.steps if planned.id in waiting}
    return list(_entries(found, _Cases(by_step, opened, needs, by_api), able, by_then, clock)), unwanted


def unwanted_cases(plan: Plan, cases: Iterable[Case]) -> list[Case]:
    """Return the open cases of people that a plan would have steps for, but has none."""
    wanted = {same(planned.step) for planned in plan.steps}
    return [case for case in cases if case.route != "api" and same(case.step) not in wanted and _covers(plan, case)]


def by_person(entries: Sequence[Entry]) -> tuple[HandOver, ...]:
    """Cut entries into few parts that one person can do."""
    turns = hand_overs([entry.able for entry in entries])
    return tuple(HandOver(turn.person, tuple(entries[turn.start : turn.end])) for turn in turns)


def _covers(plan: Plan, case: Case) -> bool:
    """Return True if a plan would contain the step of a case, were it wanted; an undo, if it takes the case back."""
    if plan.undo is not None:
        return any(each.case == case.id for each in plan.undo.lasting)
    scope = case.step.scope
    hidden = {(each.kind, each.name) for each in plan.left_out} | {pair for parts in plan.unseen for pair in parts[:1]}
    is_limited = bool(plan.teams) and (scope.kind != "team" or scope.name not in plan.teams)
    return plan.limit is None and not is_limited and (scope.kind, scope.name) not in hidden


def _as_planned(cases: Iterable[Case], numbers: Mapping[str, int], plan: Plan) -> list[PlannedStep]:
    """Return cases as steps after those of a plan."""
    known, found = dict(numbers), []
    for number, case in enumerate(cases, len(plan.steps) + 1):
        spec = ACTIONS[case.step.action]
        needs = tuple(known[need] for need in case.needs if need in known)
        route = case.route or spec.channel
        found.append(PlannedStep(number, case.step, spec.kind, spec.channel, route, needs, case.people, case=case.id))
        known[case.id] = number
    return found


class _Cases(NamedTuple):
    """The cases of steps, by the number of the step, and the days on which cases were opened.

    `needs` are the steps of people that one of them needs, `by_api` those that wait for another apply.
    """

    ids: Mapping[int, str]
    opened: Mapping[str, str]
    needs: Mapping[int, Collection[int]]
    by_api: Mapping[int, Step]

    def item(self, planned: PlannedStep, user: User | None) -> Item:
        """Return the item of a step."""
        case = self.ids[planned.id]
        needs = tuple(self.ids[need] for need in sorted(self.needs[planned.id]) if need in self.ids)
        return Item(case, planned, user, needs, None if planned.case is None else self.opened[case])


def _entries(
    found: Iterable[Sequence[PlannedStep]],
    cases: _Cases,
    able: Mapping[int, Sequence[str]],
    known: Known,
    clock: Clock,
) -> Iterator[Entry]:
    """Yield the entries, and carry out every step on the account after its entry."""
    numbers: dict[int, int] = {}
    routes: dict[int, str] = {}
    for batch in found:
        if batch[0].id in cases.ids:
            number = len(routes) + 1
            needs = {numbers[need] for planned in batch for need in cases.needs[planned.id] if need in numbers}
            by_api = {need: cases.by_api[need] for planned in batch for need in planned.needs if need in cases.by_api}
            entry = _entry(number, batch, cases, known)
            together = frozenset.intersection(*(frozenset(able[planned.id]) for planned in batch))
            asked = tuple(need for need in sorted(needs) if routes[need] in _ASKED)
            entry = replace(entry, needs=tuple(sorted(needs)), asked=asked, by_api=tuple(by_api.values()))
            yield replace(entry, able=tuple(sorted(together)))
            numbers |= dict.fromkeys((planned.id for planned in batch), number)
            routes[number] = entry.route
        for planned in batch:
            perform(known.account, planned.step, clock)


def _entry(number: int, batch: Sequence[PlannedStep], cases: _Cases, known: Known) -> Entry:
    first = batch[0]
    items = tuple(cases.item(each, _person(each.step, known.account)) for each in batch)
    entry = Entry(number, _title(batch), first.route, items, procedure_of(first.step, first.route), ())
    return replace(
        entry, before=_holdings(first.step, known.account), letter=letter_of(first, cases.ids[first.id], known)
    )


def _title(batch: Sequence[PlannedStep]) -> str:
    """Return a step with its place: `team design: assign Revit to 12 people`."""
    step = batch[0].step
    if len(batch) == 1:
        return described(step)
    everybody = {"user": number_of(len(batch), "person", "people"), "first_name": "", "last_name": ""}
    return described(step._replace(args=tuple((name, everybody.get(name, value)) for name, value in step.args)))


def _person(step: Step, account: Account) -> User | None:
    """Return the person whom a step names: as it names them, or as the account knows them."""
    address = step.get(ACTIONS[step.action].person)
    if not isinstance(address, str):
        return None
    names = [step.get(name) for name in ("first_name", "last_name")]
    known = account.users.get(identity(address) or "", User(address))
    first, last = (name if isinstance(name, str) else old for name, old in zip(names, known[1:3], strict=True))
    return known._replace(first_name=first, last_name=last)


def full_name(user: User | None) -> str:
    """Return the names of a person, empty if unknown."""
    return " ".join(filter(None, (user.first_name, user.last_name))) if user is not None else ""


def _holdings(step: Step, account: Account) -> tuple[str, ...]:
    """Return what the person of a redirected invitation has, one line for each team and contract."""
    if step.action != REDIRECT_INVITATION.name:
        return ()
    user = identity(step.text("user")) or ""
    held = {f"team {quoted(name)}": _in_team(team, user) for name, team in sorted(account.teams.items())}
    held |= {f"contract {quoted(name)}": _in_contract(each, user) for name, each in sorted(account.contracts.items())}
    return tuple(f"{where}: {', '.join(parts)}" for where, parts in held.items() if parts)


def _in_team(team: Team, user: str) -> list[str]:
    if user not in team.members:
        return []
    role = team.role_of(user) or team.menu_roles().get(user)
    groups = [f"group {quoted(name)}" for name, group in sorted(team.groups.items()) if user in group.members]
    products = [quoted(product) for product, holders in sorted(team.seats.items()) if user in holders]
    return [ROLE_TITLES[role] if role is not None else "member", *groups, *products]


def _in_contract(contract: Contract, user: str) -> list[str]:
    if user not in contract.members:
        return []
    roles = [
        ROLE_TITLES[role]
        for role, person in (("manager", contract.contract_manager), ("coordinator", contract.coordinator))
        if person == user
    ]
    held = {**contract.seats, **contract.services}
    products = [quoted(name) for name, holders in sorted(held.items()) if user in holders]
    return [*(roles or ["member"]), *products, *(["support benefits"] if user in contract.support else [])]
