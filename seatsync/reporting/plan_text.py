"""A plan as text: its steps in order, and who does what is not done by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from seatsync.account.actions.seat_actions import ASSIGN_SEAT, UNASSIGN_SEAT
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Scope
from seatsync.applying import waits_for_people
from seatsync.finding import has_errors
from seatsync.planning.authority import Thing
from seatsync.planning.plan import Excluded, Plan, PlannedStep, Undo
from seatsync.planning.verdict import warnings_of
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.findings_text import LineOf, paragraphs
from seatsync.reporting.paint import Paint
from seatsync.reporting.undo_text import asides
from seatsync.reporting.wording import people, place, sentence, thing

BY_ITSELF = frozenset({"account", "api", "scim"})
_RULES_NEED_IT = "put in because the account's rules need it"
_INSERTED = {
    ASSIGN_SEAT.name: "for the time of the change only, so that nobody is without it in between",
    UNASSIGN_SEAT.name: "was assigned for the time of the change only",
}
"""Why a step stands in a plan that nobody declared: a temporary seat bridges what others wait for."""
_SENSITIVE = frozenset(name for name, spec in ACTIONS.items() if spec.sensitive)


def render(plan: Plan, line_of: LineOf, paint: Paint, *, verbose: bool = False, strict: bool = False) -> str:
    """The whole plan; `verbose` adds needs, reasons and performers, and lists what is unmanaged.

    `strict`: warnings keep it from being applied, and the last line says so.
    """
    held_up = held_up_by(plan)
    blocks = [heading(plan, paint)]
    blocks += [_run(scope, steps, plan, held_up, paint, verbose=verbose) for scope, steps in runs(plan.steps)]
    blocks += asides(plan.undo, paint) if plan.undo is not None else ()
    blocks += _asides(plan, paint, verbose=verbose)
    if plan.findings:
        blocks.append(paragraphs(plan.findings, line_of, paint))
    blocks.append(paint.bold(last_line(plan, strict=strict)) + "\n")
    return "\n".join(blocks)


def summary_line(plan: Plan) -> str:
    """`Plan: 3 to add, 1 to change, 2 to remove, 1 to be done by people, 2 wait for that.`."""
    count, held_up = plan.summary, len(held_up_by(plan))
    text = f"Plan: {count['add']} to add, {count['change']} to change, {count['remove']} to remove"
    if count["manual"]:
        text += f", {count['manual']} to be done by people"
    if held_up:
        text += f", {held_up} {'waits' if held_up == 1 else 'wait'} for that"
    return f"{text}."


def heading(plan: Plan, paint: Paint) -> str:
    """Which account the plan is for, where it is, on which day and as whom."""
    serial = "" if plan.serial is None else f" (serial {plan.serial})"
    actor = "" if plan.actor is None else f", as {visible(plan.actor)}"
    undo = "" if plan.undo is None else f": run {plan.undo.run} undone"
    account = paint.bold(visible(plan.account))
    return f"Account {account}{serial} at {visible(plan.target)}, on {plan.at}{actor}{undo}\n"


def runs(steps: Iterable[PlannedStep]) -> Iterator[tuple[Scope, list[PlannedStep]]]:
    """Yield the steps in their order, those that follow one another in one scope together: a scope may come again."""
    for scope, group in groupby(steps, key=lambda planned: planned.step.scope):
        yield scope, list(group)


def risk(planned: PlannedStep) -> int:
    """Roles, then removals, then the rest."""
    if planned.step.action in _SENSITIVE:
        return 0
    return 1 if planned.kind == "remove" else 2


def held_up_by(plan: Plan) -> dict[int, int]:
    """The id of each step that cannot be done yet, with that of the step that somebody has to see to before."""
    held_up: dict[int, int] = {}
    by_people = {planned.id for planned in plan.steps if waits_for_people(planned, plan.actor)}
    for planned in plan.steps:
        for need in planned.needs:
            if need in held_up or need in by_people:
                held_up[planned.id] = held_up.get(need, need)
                break
    return held_up


def _run(
    scope: Scope,
    steps: Sequence[PlannedStep],
    plan: Plan,
    held_up: Mapping[int, int],
    paint: Paint,
    *,
    verbose: bool,
) -> str:
    lines = [paint.bold(place(scope))]
    width = len(str(len(plan.steps)))
    margin = " " * (width + 6)
    for planned in steps:
        lines.append(f"  {planned.id:>{width}}. {_symbol(planned, paint)} {sentence(planned.step)}")
        lines += [f"{margin}{line}" for line in details(planned, plan, paint)]
        if verbose:
            lines += [f"{margin}{paint.dim(line)}" for line in _background(planned, held_up.get(planned.id))]
    return "".join(f"{line}\n" for line in lines)


def _symbol(planned: PlannedStep, paint: Paint) -> str:
    if planned.kind == "add":
        return paint.green("+")
    return paint.red("-") if planned.kind == "remove" else paint.yellow("~")


def details(planned: PlannedStep, plan: Plan, paint: Paint) -> Iterator[str]:
    """What a step brings with it, what it waits for, and what to know about it."""
    for effect in planned.effects:
        yield visible(effect)
    if planned.route not in BY_ITSELF:
        yield paint.cyan(waiting(planned))
    elif not planned.allowed:
        yield paint.red(f"{visible(plan.actor or 'the owner')} may not do this; {who(planned)} may")
    if "STEP003" in planned.codes:
        yield paint.dim(put_in(planned))
    if "STEP006" in planned.codes:
        yield paint.yellow("this person has not accepted the invitation yet (STEP006)")
    yield from (paint.yellow(visible(note)) for note in planned.notes)


def put_in(planned: PlannedStep) -> str:
    """Why a step is there that nobody declared."""
    return f"{_INSERTED.get(planned.step.action, _RULES_NEED_IT)} (STEP003)"


def waiting(planned: PlannedStep) -> str:
    """Who does what a step waits for: `by form, which ana@acme.example hands in`."""
    them = who(planned)
    if planned.route == "purchase":
        return f"{them} buys it, then `seatsync account purchase` records it"
    words = {
        "form": f"by form, which {them} hands in",
        "support": f"by the vendor's support, whom {them} asks",
        "console": f"by hand in the vendor's portal, by {them}",
        "csv": f"by an import in the vendor's portal, by {them}",
    }
    text = words.get(planned.route, f"by {visible(planned.route)}, by {them}")
    return text if planned.case is None else f"{text}; case {visible(planned.case)} is open"


def who(planned: PlannedStep) -> str:
    """Those who may do a step, in words."""
    return people(planned.performers) or "nobody in the account"


def _background(planned: PlannedStep, waits_for: int | None) -> Iterator[str]:
    order = [f"after {', '.join(str(need) for need in planned.needs)}"] if planned.needs else []
    order += [f"waits for step {waits_for}"] if waits_for is not None else []
    if order:
        yield "; ".join(order)
    if planned.reason is not None:
        yield f"because of {visible(str(planned.reason))}"
    if planned.performers and planned.allowed and planned.route in BY_ITSELF:
        yield f"may be done by {who(planned)}"


def _asides(plan: Plan, paint: Paint, *, verbose: bool) -> Iterator[str]:
    """What the plan leaves out or alone."""
    yield from left_out(plan, paint)
    yield from unseen(plan.unseen, paint, verbose=verbose)
    one, many = "thing in the account is not managed and stays", "things in the account are not managed and stay"
    yield from _listed(plan.unmanaged, one, many, paint, verbose=verbose)


def unseen(scopes: Sequence[Thing], paint: Paint, *, verbose: bool) -> Iterator[str]:
    """What the actor does not see: how much, or (`verbose`) each of it. Nothing where there is none."""
    hidden = "hidden from this person and left out"
    one, many = f"team or contract is {hidden}", f"teams or contracts are {hidden}"
    yield from _listed(scopes, one, many, paint, verbose=verbose)


def left_out(plan: Plan, paint: Paint) -> Iterator[str]:
    """The teams and contracts that errors leave out, as a paragraph; none where there are none."""
    if plan.left_out:
        lines = "".join(f"  {excluded(each)}\n" for each in plan.left_out)
        yield f"{paint.red('Left out because of errors')}:\n{lines}"


def excluded(each: Excluded) -> str:
    """Something that is left out, and why: `team civil (SEAT003)`."""
    return f"{thing(((each.kind, each.name),))} ({', '.join(each.findings)})"


def _listed(things: Sequence[Thing], one: str, many: str, paint: Paint, *, verbose: bool) -> Iterator[str]:
    if things and verbose:
        listed = "".join(f"  {paint.dim(thing(parts))}\n" for parts in things)
        yield f"{number_of(len(things), one, many)}:\n{listed}"
    elif things:
        yield f"{number_of(len(things), one, many)} (listed with -v).\n"


def last_line(plan: Plan, *, strict: bool) -> str:
    """How much there is to do, or why it cannot be applied."""
    if has_errors(plan.findings):
        wrong = number_of(sum(finding.severity == "error" for finding in plan.findings), "error")
        return f"{summary_line(plan)} It cannot be applied: {wrong}."
    warnings = warnings_of(plan) if strict else []
    if warnings:
        wrong = f"{number_of(len(warnings), 'warning')} ({', '.join(sorted(set(warnings)))})"
        return f"{summary_line(plan)} It cannot be applied with --strict: {wrong}."
    if plan.left_out:
        without = f"{thing(((plan.left_out[0].kind, plan.left_out[0].name),))} is left out"
        if len(plan.left_out) > 1:
            without = f"{number_of(len(plan.left_out), 'thing')} are left out"
        if not plan.steps:
            return f"Nothing to change in the rest: {without}."
        return f"{summary_line(plan)} {_capital(without)}; `seatsync apply --partial` applies the rest."
    if plan.steps:
        return summary_line(plan)
    if plan.undo is not None:
        return f"Nothing to change: nothing of run {plan.undo.run} is left to undo{_where(plan, plan.undo)}."
    if plan.unseen:
        return f"Nothing to change in what {visible(plan.actor or 'the owner')} sees."
    return "Nothing to change: the account is as declared."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _where(plan: Plan, undo: Undo) -> str:
    """Where there was a look for something to undo, if that is not everywhere that the run changed."""
    if undo.whole or undo.kept:
        return ""
    return f" in what {visible(plan.actor)} sees" if plan.actor is not None else " in the teams that were asked for"
