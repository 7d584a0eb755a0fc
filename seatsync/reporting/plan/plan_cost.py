"""The cost per year before and after a plan: as lines of text, and as a table in Markdown and HTML."""

from collections.abc import Iterator
from decimal import Decimal

from seatsync.planning.plan import CostChange, Plan
from seatsync.reporting.terminal import Paint

COST_TITLE = "Cost per year"
_HEADS = ("Amount", "Before", "After", "Difference")
_NUMBER = ' class="number"'
_Row = tuple[str, str, str, str]


def cost_text(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with a line for each currency; none if the plan has no steps or no prices."""
    if plan.cost and plan.steps:
        lines = [f"{paint.bold(COST_TITLE)}\n"]
        lines += (
            f"  {each.currency}: bought {_changed(each.bought)}; assigned {_changed(each.assigned)}\n"
            for each in plan.cost
        )
        yield "".join(lines)


def cost_markdown(plan: Plan) -> str:
    """Return a table with two rows for each currency; an empty text if the plan has no steps or no prices."""
    if not plan.cost or not plan.steps:
        return ""
    rows = "".join(f"| {' | '.join(row)} |\n" for row in _rows(plan))
    return f"#### {COST_TITLE}\n\n| {' | '.join(_HEADS)} |\n|---|--:|--:|--:|\n{rows}\n"


def cost_html(plan: Plan) -> str:
    """Return such a table; an empty text where there is none."""
    if not plan.cost or not plan.steps:
        return ""
    first, *others = _HEADS
    heads = f'<th scope="col">{first}</th>' + "".join(f'<th scope="col"{_NUMBER}>{head}</th>' for head in others)
    rows = "".join(
        f'<tr><th scope="row">{what}</th>{"".join(f"<td{_NUMBER}>{amount}</td>" for amount in amounts)}</tr>\n'
        for what, *amounts in _rows(plan)
    )
    table = f"<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    return f'<div class="wide" tabindex="0" role="region" aria-label="{COST_TITLE}, table">{table}</div>\n'


def _rows(plan: Plan) -> Iterator[_Row]:
    for each in plan.cost:
        for what, amounts in _sides(each):
            before, after = amounts
            yield f"{what}, {each.currency}", f"{before:,f}", f"{after:,f}", _signed(after - before)


def _sides(change: CostChange) -> tuple[tuple[str, tuple[Decimal, Decimal]], ...]:
    return (("Bought", change.bought), ("Assigned", change.assigned))


def _changed(amounts: tuple[Decimal, Decimal]) -> str:
    """Return `3,870.00 -> 5,805.00 (+1,935.00)`, or `3,870.00 as before`."""
    before, after = amounts
    return f"{before:,f} as before" if before == after else f"{before:,f} -> {after:,f} ({_signed(after - before)})"


def _signed(difference: Decimal) -> str:
    return f"{difference:+,f}" if difference else "0.00"
