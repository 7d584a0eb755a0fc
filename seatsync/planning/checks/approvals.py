"""Recorded approvals checked against a plan: which count, why others do not, and who else may approve."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from seatsync.account.access import performers
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, Scope, Subscription
from seatsync.errors import FileProblem
from seatsync.planning.plan import Plan, PlannedStep, Required

_INTENT = re.compile(r"sha256:[0-9a-f]{64}")

Why: TypeAlias = Literal["intent", "author", "entitled", "twice"]
"""The reason why an approval does not count: another intent, an author, not entitled, or a second by one person."""


@dataclass(frozen=True, slots=True)
class Approval:
    """A recorded approval of an intent; `place` is the file and line it was read from (`approvals.txt:2`)."""

    by: str
    intent: str
    place: str


@dataclass(frozen=True, slots=True)
class ApprovalStatus:
    """Approvals of a plan in recorded order, each with the reason why it does not count (None: it counts).

    `could` holds the identities of those who may approve and have not. `uncovered` holds the ids of the steps that
    some people entitled to approve may perform, but none of those who did approve.
    """

    intent: str
    needed: int
    approvals: tuple[tuple[Approval, Why | None], ...]
    could: tuple[str, ...]
    uncovered: tuple[int, ...]

    @property
    def counted(self) -> int:
        """Number of approvals that count."""
        return sum(why is None for _, why in self.approvals)

    @property
    def missing(self) -> int:
        """Number of approvals still needed."""
        return max(0, self.needed - self.counted)


def recorded(text: str, name: str) -> Iterator[Approval]:
    """Yield the approvals in a text: one per line, with an address, an intent and optional remarks.

    Empty lines and lines that begin with `#` are skipped. `name` is the name of the file.

    Raises FileProblem for any other line.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) == 1 or identity(words[0]) is None or not _INTENT.fullmatch(words[1]):
            remedy = "write an address and the intent that the plan shows: `ana@acme.example sha256:…`"
            raise FileProblem(f"{name}:{number}", "not an approval", remedy)
        yield Approval(words[0], words[1], f"{name}:{number}")


def check_approvals(plan: Plan, account: Account, approvals: Sequence[Approval], required: Required) -> ApprovalStatus:
    """Check approvals against a plan, with the roles of the account before it.

    Addresses are compared by identity; the old and the new address of a change in the plan are the same person.
    """
    may = _entitled(plan, account)
    entitled = frozenset().union(*may.values())
    old_names = dict(_changed_addresses(plan))
    authors = {_person(author, old_names) for author in required.authors}
    intent, approved = plan.intent(), set[str]()
    judged: list[tuple[Approval, Why | None]] = []
    for approval in approvals:
        person = _person(approval.by, old_names)
        why = _against(approval, person, intent, authors, entitled, approved)
        judged.append((approval, why))
        if why is None:
            approved.add(person)
    others = entitled - authors
    uncovered = (number for number, able in may.items() if able & others and not able & approved)
    could = tuple(sorted(others - approved))
    return ApprovalStatus(intent, required.approvals, tuple(judged), could, tuple(uncovered))


def could_approve(plan: Plan, account: Account, required: Required) -> tuple[str, ...]:
    """Return the identities of all who may approve a plan without any approval so far."""
    return check_approvals(plan, account, (), required).could


def _against(
    approval: Approval, person: str, intent: str, authors: set[str], entitled: frozenset[str], approved: set[str]
) -> Why | None:
    if approval.intent != intent:
        return "intent"
    if person in authors:
        return "author"
    if person not in entitled:
        return "entitled"
    return "twice" if person in approved else None


def _entitled(plan: Plan, account: Account) -> dict[int, frozenset[str]]:
    """Return the people who may perform each step, by its id.

    Their roles before the plan decide, so that no plan gives anybody the right to approve it.
    """
    old_teams: dict[str, str] = {}
    found, alone = {}, {}
    for planned in plan.steps:
        step = _before(planned, old_teams)
        able = frozenset(performers(account, step))
        rule = ACTIONS[step.action].performers
        if rule.from_step:
            able &= _managers(account)
        # Actions that people may perform on themselves do not entitle them to approve the rest of a plan.
        own = {_identity_of(step)} if rule.themselves else set()
        alone[planned.id] = able
        found[planned.id] = able - own
    # A plan of only such actions has no other performers.
    return found if any(found.values()) else alone


def _before(planned: PlannedStep, old_teams: dict[str, str]) -> Step:
    """Return a step with its team under the name it has before the plan, and add renames to `old_teams`."""
    step = planned.step
    if step.scope.kind != "team":
        return step
    name = old_teams.get(step.scope.name, step.scope.name)
    if step.action in RENAMES_TEAM:
        old_teams[step.text("to")] = name
    return step._replace(scope=Scope("team", name))


def _managers(account: Account) -> frozenset[str]:
    things: list[Subscription | Contract] = [*account.subscriptions.values(), *account.contracts.values()]
    return frozenset(thing.contract_manager for thing in things)


def _changed_addresses(plan: Plan) -> Iterator[tuple[str, str]]:
    """Yield the new and the old identity of each address that the plan changes."""
    for planned in plan.steps:
        if planned.step.action in CHANGES_ADDRESS:
            new = planned.step.text("to")
            yield identity(new) or new, _identity_of(planned.step)


def _identity_of(step: Step) -> str:
    return identity(step.text("user")) or step.text("user")


def _person(address: str, old_names: dict[str, str]) -> str:
    found = identity(address) or address
    return old_names.get(found, found)
