"""The steps of a plan that wait for people: who does them, and the commands that record purchases."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.actions.purchase_actions import PURCHASE_CONTRACT, PURCHASE_SEATS
from seatsync.account.actions.spec import Facts, Plain
from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.applying.outcomes import waits_for_people
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.reporting.escape import visible
from seatsync.reporting.plan.wording import people, place, ranges, sentence
from seatsync.reporting.terminal import Paint

WAITING_TITLE = "Waiting for people"
ASKED = frozenset({"form", "support", "purchase"})
"""Routes on which somebody outside of the account has to answer."""
_RECORDS_PURCHASES = "sqlite:"
"""The targets whose purchases are recorded with `account purchase`."""


class Waiting(NamedTuple):
    """Steps that somebody does together: where and what they are, who does them how, and what records a purchase."""

    steps: tuple[PlannedStep, ...]
    where: str
    what: str
    how: str
    command: str

    @property
    def ids(self) -> str:
        """The numbers of the steps: `1–3 and 5`."""
        return ranges([planned.id for planned in self.steps])


def waits(plan: Plan) -> list[Waiting]:
    """Return what waits for people: each step, or the purchases that one order contains.

    In a plan for a portal these are forms, requests to support and purchases only; its other work is counted elsewhere.
    """
    groups: dict[tuple[object, ...], list[PlannedStep]] = {}
    for planned in plan.steps:
        if _waits(planned, plan):
            groups.setdefault(_order_of(planned, groups), []).append(planned)
    return [_waiting(tuple(steps), plan) for steps in groups.values()]


def waiting_text(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with what waits for people, if anything does."""
    found = waits(plan)
    if found:
        lines = [line for each in found for line in _lines(each, paint)]
        yield "".join(f"{line}\n" for line in (f"{paint.bold(WAITING_TITLE)}:", *lines))


def _lines(each: Waiting, paint: Paint) -> Iterator[str]:
    yield f"  {'step' if len(each.steps) == 1 else 'steps'} {each.ids}, {each.where}: {each.what}"
    yield f"    {paint.cyan(each.how)}"
    if each.command:
        yield f"    {each.command}"


def _waits(planned: PlannedStep, plan: Plan) -> bool:
    if plan.work is not None:
        return planned.route in ASKED
    return planned.route not in AUTOMATIC_ROUTES or waits_for_people(planned, plan.actor)


def _order_of(planned: PlannedStep, before: dict[tuple[object, ...], list[PlannedStep]]) -> tuple[object, ...]:
    """Return what a step is ordered with: totals and term of a subscription, a new contract and its first product."""
    step, scope = planned.step, planned.step.scope
    if planned.route != "purchase":
        return (planned.id,)
    if step.get("subscription") is not None:
        return ("subscription", step.get("subscription"))
    new = before.get((scope, PURCHASE_CONTRACT.name), [])
    if step.action == PURCHASE_CONTRACT.name or (step.action == PURCHASE_SEATS.name and len(new) == 1):
        return (scope, PURCHASE_CONTRACT.name)
    return (planned.id,)


def _waiting(steps: tuple[PlannedStep, ...], plan: Plan) -> Waiting:
    first = steps[0]
    command, how = "", waiting(first, in_portal=plan.work is not None)
    if first.route == "purchase" and plan.work is None:
        how = waiting(first, in_portal=True)
        if plan.target.lower().startswith(_RECORDS_PURCHASES):
            command, how = visible(_command(steps, plan.target)), f"{how}, then this records it:"
    what = ", and ".join(sentence(planned.step) for planned in steps)
    return Waiting(steps, place(first.step.scope), what, how, command)


def _command(steps: tuple[PlannedStep, ...], target: str) -> str:
    """Return the command that records the purchases of one order."""
    step = steps[0].step
    sub = step.get("subscription")
    known = ("--contract", step.scope.name) if sub is None else ("--subscription", str(sub))
    options = [option for planned in steps for name, value in _bought(planned) for option in _option(name, value)]
    return shlex.join(["seatsync", "account", "purchase", *known, *options, "--target", target])


def _bought(planned: PlannedStep) -> Iterator[tuple[str, Plain]]:
    """Yield the facts that a purchase changes, and its product; a renewal is known by its last day."""
    product, now, wanted = (planned.step.get(name) for name in ("product", "now", "wanted"))
    if product is not None:
        yield "product", product
    before = dict(now.items) if isinstance(now, Facts) else {}
    for name, value in wanted.items if isinstance(wanted, Facts) else ():
        if value is not None and (name == "ends" or before.get(name) != value):
            yield name, value


def _option(name: str, value: Plain) -> tuple[str, ...]:
    if isinstance(value, bool):
        return (f"--{'' if value else 'no-'}{name.replace('_', '-')}",)
    option = "manager" if name == "contract_manager" else name.replace("_", "-")
    return (f"--{option}", str(value))


def waiting(planned: PlannedStep, *, in_portal: bool) -> str:
    """Return the route of a manual step and its performers: `by form, which ana@acme.example hands in`."""
    them = who(planned)
    if planned.route == "purchase" and not in_portal:
        return f"{them} buys it, then `seatsync account purchase` records it"
    words = {
        "purchase": f"{them} buys it",
        "form": f"by form, which {them} hands in",
        "support": f"by the vendor's support, whom {them} asks",
        "console": f"by hand in the vendor's portal, by {them}",
        "csv": f"by an import in the vendor's portal, by {them}",
    }
    text = words.get(planned.route, f"by {visible(planned.route)}, by {them}")
    return text if planned.case is None else f"{text}; case {visible(planned.case)} is open"


def who(planned: PlannedStep) -> str:
    """Return the people who may do a step, in words."""
    return people(planned.performers) or "nobody in the account"
