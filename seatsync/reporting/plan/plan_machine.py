"""What a plan leaves to an API of the vendor: as lines for text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.applying.outcomes import blocked_steps
from seatsync.planning.plan import MachineWork, Plan
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.terminal import Paint


def machine_text(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with the work of the API in a plan that has some."""
    title, *lines = machine_lines(plan)
    yield "".join((f"{paint.bold(title)}:\n", *(f"  {line}\n" for line in lines)))


def machine_lines(plan: Plan) -> list[str]:
    """Return the work of the API in a plan that has some: a title, then a line for each team, and how many wait."""
    total = MachineWork(
        "api",
        "",
        sum(each.steps for each in plan.machine),
        sum(each.calls for each in plan.machine),
        max(each.minutes for each in plan.machine),
    )
    verb = "is" if total.steps == 1 else "are"
    title = f"{number_of(total.steps, 'step')} {verb} carried out by the vendor's API, in {_effort(total)}"
    lines = [f"team {visible(each.team)}: {number_of(each.steps, 'step')}, {_effort(each)}" for each in plan.machine]
    waiting = sum(plan.steps[number - 1].route == "api" for number in blocked_steps(plan))
    if waiting:
        lines.append(f"{number_of(waiting, 'of them waits', 'of them wait')} for people, and for another apply")
    return [title, *lines]


def duration(minutes: int) -> str:
    """Return the time that calls take: `less than a minute`, `about a minute`, `about 12 minutes`."""
    if minutes <= 1:
        return "about a minute" if minutes else "less than a minute"
    return f"about {minutes} minutes"


def _effort(work: MachineWork) -> str:
    return f"{number_of(work.calls, 'call')} and {duration(work.minutes)}"
