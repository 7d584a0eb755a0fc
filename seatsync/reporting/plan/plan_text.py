"""Text of a plan: its steps in order, and the people who do manual steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import CONFIGURE_SSO
from seatsync.account.attributes import AUTOMATIC_ROUTES, ROUTES
from seatsync.account.model import Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.applying.outcomes import blocked_steps
from seatsync.finding import has_errors
from seatsync.planning.checks.guards import warnings_of
from seatsync.planning.difference.exclusions import Thing
from seatsync.planning.plan import Excluded, Plan, PlannedStep, Undo, Work
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.findings.findings_text import LineOf, paragraphs
from seatsync.reporting.plan.plan_cost import cost_text
from seatsync.reporting.plan.plan_machine import machine_text
from seatsync.reporting.plan.plan_waiting import waiting, waiting_text, who
from seatsync.reporting.plan.wording import (
    ASSUMED_FACTS,
    UNKNOWN_FACTS,
    asides,
    assumption,
    gap,
    place,
    sentence,
    thing,
)
from seatsync.reporting.terminal import Paint

PORTAL_ROUTES = frozenset({"csv", "console"})
"""Routes of steps that admins carry out themselves in the vendor's portal."""
_ROUTE_TITLES = {"csv": "csv (import files)", "console": "console (by hand in the portal)"}
_RULES_NEED_IT = "added because the account's rules require it"
_INSERTED = {
    ASSIGN_SEAT.name: "temporary, so that nobody loses the product in between",
    UNASSIGN_SEAT.name: "was assigned temporarily",
}
"""Reasons for undeclared steps by action: temporary seats keep people entitled while others change."""
_FEW = 5
"""Corrected guesses in a text, unless all are wanted."""
_SENSITIVE = frozenset(name for name, spec in ACTIONS.items() if spec.sensitive)


def render(
    plan: Plan,
    line_of: LineOf,
    paint: Paint,
    *,
    verbose: bool = False,
    strict: bool = False,
    sso_change: Callable[[PlannedStep], str] = lambda _: "",
) -> str:
    """Return the whole plan; `verbose` adds needs, reasons, performers and changed fields, and lists unmanaged things.

    With `strict`, warnings block the plan, as the last line states. `sso_change` describes how a step changes an SSO
    configuration.
    """
    blocked = blocked_steps(plan)

    def background(planned: PlannedStep) -> Iterator[str]:
        if verbose:
            change = sso_change(planned) if planned.step.action == CONFIGURE_SSO.name else ""
            yield from [change] if change else []
            yield from _background(planned, plan, blocked.get(planned.id))

    blocks = [heading(plan, paint)]
    blocks += [_run(scope, steps, plan, background, paint) for scope, steps in runs(plan.steps)]
    blocks += asides(plan.undo, paint) if plan.undo is not None else ()
    blocks += _asides(plan, paint, verbose=verbose)
    blocks += machine_text(plan, paint) if plan.machine else ()
    blocks += work_left(plan, paint)
    blocks += waiting_text(plan, paint)
    blocks += cost_text(plan, paint) if plan.cost else ()
    if plan.findings:
        blocks.append(paragraphs(plan.findings, line_of, paint))
    blocks.append(paint.bold(last_line(plan, strict=strict)) + "\n")
    return "\n".join(blocks)


def summary_line(plan: Plan) -> str:
    """Return `Plan: 3 to add, 1 to change, 2 to remove, 1 to be done by people, 2 wait for that.`."""
    count, blocked = plan.summary, len(blocked_steps(plan))
    text = f"Plan: {count['add']} to add, {count['change']} to change, {count['remove']} to remove"
    if count["manual"]:
        text += f", {count['manual']} to be done by people"
    if blocked:
        text += f", {blocked} {'waits' if blocked == 1 else 'wait'} for that"
    return f"{text}."


def heading(plan: Plan, paint: Paint) -> str:
    """Return the plan's account, target, day and actor."""
    serial = "" if plan.serial is None else f" (serial {plan.serial})"
    actor = "" if plan.actor is None else f", as {visible(plan.actor)}"
    undo = "" if plan.undo is None else f": run {plan.undo.run} undone"
    account = paint.bold(visible(plan.account))
    only = "" if plan.limit is None else f", only {route_names(plan.limit.routes)}"
    return f"Account {account}{serial} at {visible(plan.target)}, on {plan.at}{actor}{only}{undo}\n"


def runs(steps: Iterable[PlannedStep]) -> Iterator[tuple[Scope, list[PlannedStep]]]:
    """Yield consecutive steps of one scope together, in order; a scope can occur several times."""
    for scope, group in groupby(steps, key=lambda planned: planned.step.scope):
        yield scope, list(group)


def risk(planned: PlannedStep) -> int:
    """Return the rank of a step by risk: 0 for roles, 1 for removals, 2 for others."""
    if planned.step.action in _SENSITIVE:
        return 0
    return 1 if planned.kind == "remove" else 2


def _run(
    scope: Scope,
    steps: Sequence[PlannedStep],
    plan: Plan,
    background: Callable[[PlannedStep], Iterator[str]],
    paint: Paint,
) -> str:
    lines = [paint.bold(place(scope))]
    width = len(str(len(plan.steps)))
    margin = " " * (width + 6)
    for planned in steps:
        route = paint.dim(route_tag(planned, plan))
        lines.append(f"  {planned.id:>{width}}. {_symbol(planned, paint)} {sentence(planned.step)}{route}")
        lines += [f"{margin}{line}" for line in details(planned, plan, paint)]
        lines += [f"{margin}{paint.dim(line)}" for line in background(planned)]
    return "".join(f"{line}\n" for line in lines)


def _symbol(planned: PlannedStep, paint: Paint) -> str:
    if planned.kind == "add":
        return paint.green("+")
    return paint.red("-") if planned.kind == "remove" else paint.yellow("~")


def details(planned: PlannedStep, plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield the effects of a step, the people it waits for, and notes about it."""
    for effect in planned.effects:
        yield visible(effect)
    in_portal = is_in_portal(planned, plan)
    if planned.route not in AUTOMATIC_ROUTES and not in_portal:
        yield paint.cyan(waiting(planned, in_portal=plan.work is not None))
    elif not planned.allowed:
        yield paint.red(f"{visible(plan.actor or 'the owner')} may not do this; {who(planned)} may")
    if in_portal and planned.case is not None:
        yield paint.cyan(f"case {visible(planned.case)} is open")
    if is_by_api(planned) and planned.case is not None:
        yield paint.yellow(f"it is unknown whether it was done ({visible(planned.case)}); apply asks first")
    if "STEP003" in planned.codes:
        yield paint.dim(insertion_reason(planned))
    if "STEP006" in planned.codes:
        yield paint.yellow("this person has not accepted the invitation yet (STEP006)")
    yield from (paint.yellow(visible(note)) for note in planned.notes)


def insertion_reason(planned: PlannedStep) -> str:
    """Return the reason for an undeclared step."""
    return f"{_INSERTED.get(planned.step.action, _RULES_NEED_IT)} (STEP003)"


def is_in_portal(planned: PlannedStep, plan: Plan) -> bool:
    """Return True for a step that admins carry out themselves in the portal of the real account."""
    return plan.work is not None and planned.route in PORTAL_ROUTES


def is_by_api(planned: PlannedStep) -> bool:
    """Return True for a step that an API of the vendor carries out on the real account."""
    return planned.route == "api"


def route_tag(planned: PlannedStep, plan: Plan) -> str:
    """Return the route of a step in the portal or by an API, in brackets: ` (csv)`; an empty text for other steps."""
    return f" ({planned.route})" if is_in_portal(planned, plan) or is_by_api(planned) else ""


def _background(planned: PlannedStep, plan: Plan, waits_for: int | None) -> Iterator[str]:
    order = [f"after {', '.join(str(need) for need in planned.needs)}"] if planned.needs else []
    order += [f"waits for step {waits_for}"] if waits_for is not None else []
    if order:
        yield "; ".join(order)
    if planned.reason is not None:
        yield f"because of {visible(str(planned.reason))}"
    by_admins = planned.route in AUTOMATIC_ROUTES or is_in_portal(planned, plan)
    if planned.performers and planned.allowed and by_admins:
        yield f"may be done by {who(planned)}"


def _asides(plan: Plan, paint: Paint, *, verbose: bool) -> Iterator[str]:
    """Yield paragraphs about left out, hidden and unmanaged things."""
    yield from left_out(plan, paint)
    yield from unknowns(plan.unknown, plan.assumed, paint, verbose=verbose)
    one = "thing is kept by a directory, so nothing about it is planned"
    many = "things are kept by a directory, so nothing about them is planned"
    yield from _listed(plan.synced, one, many, paint, verbose=verbose)
    yield from unseen(plan.unseen, paint, verbose=verbose)
    one, many = "thing in the account is not managed and stays", "things in the account are not managed and stay"
    yield from _listed(plan.unmanaged, one, many, paint, verbose=verbose)


def unseen(scopes: Sequence[Thing], paint: Paint, *, verbose: bool) -> Iterator[str]:
    """Yield the number of hidden teams and contracts, or list them if `verbose`; nothing if there are none."""
    hidden = "hidden from this person and left out"
    one, many = f"team or contract is {hidden}", f"teams or contracts are {hidden}"
    yield from _listed(scopes, one, many, paint, verbose=verbose)


def unknowns(
    unknown: Sequence[Unknown],
    assumed: Sequence[Assumed],
    paint: Paint,
    *,
    verbose: bool,
    heading: tuple[str, str] = UNKNOWN_FACTS,
) -> Iterator[str]:
    """Yield the numbers of unknown kinds of facts and of assumed facts, or list them if `verbose`; nothing if none.

    Guesses that the files correct are listed in any case: whoever meant a change would miss its step.
    """
    yield from _listing([gap(each) for each in unknown], *heading, paint, verbose=verbose)
    yield from _listing([assumption(each) for each in assumed], *ASSUMED_FACTS, paint, verbose=verbose)
    corrected = [] if verbose else [assumption(each) for each in assumed if each.instead_of is not None]
    if corrected:
        more = [f"{len(corrected) - _FEW} more (listed with -v)"] if len(corrected) > _FEW else []
        lines = "".join(f"  {line}\n" for line in [*corrected[:_FEW], *more])
        number = number_of(len(corrected), "guess is", "guesses are")
        yield f"{number} corrected in the files, which is no step before the first apply:\n{lines}"


def left_out(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with the teams and contracts that are left out, if any."""
    if plan.left_out:
        lines = "".join(f"  {excluded(each)}\n" for each in plan.left_out)
        yield f"{paint.red(why_left_out(plan))}:\n{lines}"


def why_left_out(plan: Plan) -> str:
    """Return the heading of what a plan leaves out: errors, or scopes that the target knows nothing about."""
    return "Left out because of errors" if plan.faulty else "Left out because the target does not know them"


def excluded(each: Excluded) -> str:
    """Return a left out team or contract with its errors: `team civil (SEAT003)`."""
    return f"{thing(((each.kind, each.name),))} ({', '.join(each.findings)})"


def _listed(things: Sequence[Thing], one: str, many: str, paint: Paint, *, verbose: bool) -> Iterator[str]:
    yield from _listing([thing(parts) for parts in things], one, many, paint, verbose=verbose)


def _listing(lines: Sequence[str], one: str, many: str, paint: Paint, *, verbose: bool) -> Iterator[str]:
    if lines and verbose:
        listed = "".join(f"  {paint.dim(line)}\n" for line in lines)
        yield f"{number_of(len(lines), one, many)}:\n{listed}"
    elif lines:
        yield f"{number_of(len(lines), one, many)} (listed with -v).\n"


def last_line(plan: Plan, *, strict: bool) -> str:
    """Return the summary of a plan, or the reason why it cannot be applied."""
    if has_errors(plan.findings):
        wrong = number_of(sum(finding.severity == "error" for finding in plan.findings), "error")
        return f"{summary_line(plan)} It cannot be applied: {wrong}."
    warnings = warnings_of(plan) if strict else []
    if warnings:
        wrong = f"{number_of(len(warnings), 'warning')} ({', '.join(sorted(set(warnings)))})"
        return f"{summary_line(plan)} It cannot be applied with --strict: {wrong}."
    others = _other_routes(plan)
    if plan.left_out:
        without = f"{thing(((plan.left_out[0].kind, plan.left_out[0].name),))} is left out"
        if len(plan.left_out) > 1:
            without = f"{number_of(len(plan.left_out), 'thing')} are left out"
        if not plan.steps:
            more = f"; {others}" if others else ""
            return f"Nothing to change in the rest: {without}{more}."
        rest = "; `seatsync apply --partial` applies the rest" if plan.faulty else ""
        return f"{summary_line(plan)} {_capital(without)}{rest}.{f' {_capital(others)}.' if others else ''}"
    if plan.steps:
        return f"{summary_line(plan)} {_capital(others)}." if others else summary_line(plan)
    return _nothing(plan)


def _nothing(plan: Plan) -> str:
    """Return the sentence about a plan without steps."""
    if plan.limit is not None and plan.limit.left_out:
        return f"Nothing to change by {route_names(plan.limit.routes)}: {_other_routes(plan)}."
    if plan.undo is not None:
        sentence = f"Nothing to change: nothing of run {plan.undo.run} is left to undo{_where(plan, plan.undo)}."
        return f"{sentence}{_done_later(plan.undo)}"
    if plan.synced:
        return "Nothing to change: the account is as declared, but for what a directory keeps."
    if plan.unseen:
        return f"Nothing to change in what {visible(plan.actor or 'the owner')} sees."
    return "Nothing to change: the account is as declared."


def work_left(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with the work that a plan for a portal leaves to people: in all, by route and by person."""
    if plan.work:
        title, *lines = work_lines(plan)
        yield "".join((f"{paint.bold(title)}:\n", *(f"  {line}\n" for line in lines)))


def work_lines(plan: Plan) -> list[str]:
    """Return the work that a plan for a portal leaves to people: a title, then a line for each route and person."""
    work = plan.work or ()
    routes = {route: [each for each in work if each.route == route] for route in ROUTES}
    people = {name: [each for each in work if each.person == name] for name in dict.fromkeys(w.person for w in work)}
    lines = [f"{_ROUTE_TITLES.get(route, route)}: {_amount(found)}" for route, found in routes.items() if found]
    for name, found in people.items():
        parts = ", ".join(f"{each.route} {each.entries}" for each in found)
        more = f" ({parts})" if len(found) > 1 else ""
        lines.append(f"{visible(name or 'nobody in the account')}: {_amount(found)}{more}")
    return [f"{_amount(work)} {'is' if sum(each.steps for each in work) == 1 else 'are'} left to people", *lines]


def _amount(work: Sequence[Work]) -> str:
    steps, entries = sum(each.steps for each in work), sum(each.entries for each in work)
    return f"{number_of(steps, 'step')} in {number_of(entries, 'entry', 'entries')}"


def _other_routes(plan: Plan) -> str:
    """Return the number of steps that `--route` leaves out, as a clause; an empty text if there are none."""
    if plan.limit is None or not plan.limit.left_out:
        return ""
    return number_of(
        plan.limit.left_out,
        "step of another route, or that needs one, is left out",
        "steps of other routes, or that need one, are left out",
    )


def route_names(routes: Sequence[str]) -> str:
    """Return the routes to which a plan is limited: `routes csv and console`."""
    return f"{'route' if len(routes) == 1 else 'routes'} {listed(list(routes))}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _done_later(undo: Undo) -> str:
    """Return the sentence about the cases of a run that are undone with the run that carried them out, if any."""
    cases = number_of(len(undo.done), "case that it opened was", "cases that it opened were")
    return f" {cases} done in a later run, which can be undone." if undo.done else ""


def _where(plan: Plan, undo: Undo) -> str:
    """Return the part of the run that the undo was limited to, if any."""
    if undo.whole or undo.kept or not plan.is_whole:
        return ""
    return f" in what {visible(plan.actor)} sees" if plan.actor is not None else " in the selected teams"
