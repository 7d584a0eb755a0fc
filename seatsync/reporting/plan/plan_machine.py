"""What a plan leaves to an API of the vendor: as lines for text, Markdown and HTML."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.applying import waits_for_people
from seatsync.planning.plan import MachineWork, Plan
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.terminal import Paint


def blocked_steps(plan: Plan) -> dict[int, int]:
    """Return the ids of steps that wait for people, with the id of the manual step that each waits for.

    In a plan for a portal only those of machines, as people carry out all others.
    """
    blocked: dict[int, int] = {}
    if plan.work is None:
        by_people = {planned.id for planned in plan.steps if waits_for_people(planned, plan.actor)}
    else:
        by_people = {planned.id for planned in plan.steps if planned.route not in AUTOMATIC_ROUTES}
    for planned in plan.steps:
        for need in planned.needs if plan.work is None or planned.id not in by_people else ():
            if need in blocked or need in by_people:
                blocked[planned.id] = blocked.get(need, need)
                break
    return blocked


def machine_text(plan: Plan, paint: Paint) -> Iterator[str]:
    """Yield a paragraph with the work of the API; none if it has no steps."""
    if plan.machine:
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
    """Return the time that calls take: `less than a minute`, `about 12 minutes`."""
    return "less than a minute" if minutes <= 1 else f"about {minutes} minutes"


def _effort(work: MachineWork) -> str:
    return f"{number_of(work.calls, 'call')} and {duration(work.minutes)}"
