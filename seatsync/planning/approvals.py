"""Approvals that people recorded, weighed against a plan: whose count, whose do not and why, and who else could."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from seatsync.account.access import performers
from seatsync.account.actions import CHANGES_ADDRESS, Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, Scope, Subscription
from seatsync.errors import FileProblem
from seatsync.planning.plan import Plan, PlannedStep, Required

_INTENT = re.compile(r"sha256:[0-9a-f]{64}")
_OF_ONESELF = frozenset({"user.update", "user.change_email"})
"""What a person may do for themself: that gives nobody a say in the rest of a plan."""
_NAMES_ITS_BUYER = frozenset({"purchase.subscription", "purchase.contract"})

Why: TypeAlias = Literal["intent", "author", "entitled", "twice"]
"""What keeps an approval from counting: it is of another intent, by an author, by somebody who may not, or a second."""


@dataclass(frozen=True, slots=True)
class Approval:
    """Somebody's word for an intent, as written; `place` is where it is recorded (`approvals.txt:2`)."""

    by: str
    intent: str
    place: str


@dataclass(frozen=True, slots=True)
class Weighed:
    """Approvals of a plan in the order of their record, each with what keeps it from counting (None: it counts).

    `could`: identities of those who may approve and have not. `uncovered`: ids of the steps that somebody who may
    approve could do, but nobody of those who have.
    """

    intent: str
    needed: int
    approvals: tuple[tuple[Approval, Why | None], ...]
    could: tuple[str, ...]
    uncovered: tuple[int, ...]

    @property
    def counted(self) -> int:
        """How many people have approved."""
        return sum(why is None for _, why in self.approvals)

    @property
    def missing(self) -> int:
        """How many more are needed."""
        return max(0, self.needed - self.counted)


def recorded(text: str, name: str) -> Iterator[Approval]:
    """The approvals in a text: a line each, with an address, an intent, and whatever else is to be remembered.

    Lines that are empty or begin with `#` say nothing. FileProblem where a line is none of this; `name` is the text's.
    """
    for number, line in enumerate(text.removeprefix("\ufeff").split("\n"), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        if len(words) == 1 or identity(words[0]) is None or not _INTENT.fullmatch(words[1]):
            remedy = "write `ana@acme.example sha256:…`: an address, and the intent that the plan shows"
            raise FileProblem(f"{name}:{number}", "this line is no approval", remedy)
        yield Approval(words[0], words[1], f"{name}:{number}")


def weigh(plan: Plan, account: Account, approvals: Sequence[Approval], required: Required) -> Weighed:
    """Hold approvals against a plan, with the roles as they are in the account before it.

    Addresses are compared as persons; one that the plan changes is the same person before and after.
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
    return Weighed(intent, required.approvals, tuple(judged), could, tuple(uncovered))


def could_approve(plan: Plan, account: Account, required: Required) -> tuple[str, ...]:
    """The identities of all who may approve a plan of which nobody has said anything yet."""
    return weigh(plan, account, (), required).could


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
    """By step, who may do it by the roles that they have before the plan: no plan gives the right to approve itself."""
    old_teams: dict[str, str] = {}
    found, alone = {}, {}
    for planned in plan.steps:
        step = _before(planned, old_teams)
        able = frozenset(performers(account, step))
        if step.action in _NAMES_ITS_BUYER:
            able &= _managers(account)
        own = {_identity_of(step)} if step.action in _OF_ONESELF else set()
        alone[planned.id] = able
        found[planned.id] = able - own
    # Where a plan does nothing but what people may do for themselves, there is nobody else to ask.
    return found if any(found.values()) else alone


def _before(planned: PlannedStep, old_teams: dict[str, str]) -> Step:
    """A step with its team under the name that it has before the plan; new names are kept in `old_teams`."""
    step = planned.step
    if step.scope.kind != "team":
        return step
    name = old_teams.get(step.scope.name, step.scope.name)
    if step.action == "team.rename":
        old_teams[step.text("to")] = name
    return step._replace(scope=Scope("team", name))


def _managers(account: Account) -> frozenset[str]:
    things: list[Subscription | Contract] = [*account.subscriptions.values(), *account.contracts.values()]
    return frozenset(thing.contract_manager for thing in things)


def _changed_addresses(plan: Plan) -> Iterator[tuple[str, str]]:
    """The identities of addresses that the plan changes: the new one, and the old one."""
    for planned in plan.steps:
        if planned.step.action in CHANGES_ADDRESS:
            new = planned.step.text("to")
            yield identity(new) or new, _identity_of(planned.step)


def _identity_of(step: Step) -> str:
    return identity(step.text("user")) or step.text("user")


def _person(address: str, old_names: dict[str, str]) -> str:
    found = identity(address) or address
    return old_names.get(found, found)
