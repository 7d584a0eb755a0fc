"""The report of `status`: open cases by person, as text, Markdown and JSON (`seatsync/status/1`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from seatsync.account.history import to_plain
from seatsync.account.unknowns import Seen
from seatsync.insight.open_cases import OpenCase, Status
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import code, json_safe, number_of, prose, table_row, visible
from seatsync.reporting.plan.wording import described
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/status/1"

_MOST_WAITING = 5
_LARGEST = 60_000
"""Bytes of the Markdown, so that it can be a comment."""


def render_json(status: Status) -> str:
    """Return the document."""
    document = {"format": FORMAT, "cases": [case_json(each) for each in status.cases]}
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def case_json(each: OpenCase) -> dict[str, object]:
    """Return an open case as JSON data."""
    return {
        "case": each.case.id,
        "step": to_plain(each.case.step),
        "person": each.person,
        "since": each.case.opened_at,
        "route": each.route,
        "waits": list(each.waits),
    }


def render_text(status: Status, paint: Paint) -> str:
    """Return the open cases by person, and when the real account was last seen."""
    serial = "" if status.serial is None else f" (serial {status.serial})"
    head = f"Account {paint.bold(visible(status.account))}{serial}, {status.at}: {_count(status)}\n"
    blocks = [head]
    for person, cases in status.by_person():
        lines = "".join(_case(each, paint) for each in cases)
        blocks.append(f"{paint.bold(_name(person))}\n{lines}")
    if status.seen:
        blocks.append("".join(f"Last seen {_moment(each)} in {visible(each.source)}\n" for each in status.seen))
    elif status.mirror:
        blocks.append("The real account has not been seen yet; `seatsync refresh` looks at it.\n")
    if status.cases:
        looking = ", `seatsync refresh` those that it finds done" if status.mirror else ""
        blocks.append(f"`seatsync account confirm` closes a case{looking}.\n")
    return "\n".join(blocks)


def render_markdown(status: Status) -> str:
    """Return the open cases by person as tables."""
    pieces = [f"### Open cases of account {prose(status.account)}\n\n{_count(status).capitalize()} on {status.at}.\n"]
    left = _LARGEST
    shown = 0
    for person, cases in status.by_person():
        head = f"\n**{prose(_name(person))}**\n\n| Case | What | How | Open | Next |\n|---|---|---|---|---|\n"
        pieces.append(head)
        left -= len(head.encode())
        for each in cases:
            row = _row(each)
            left -= len(row.encode())
            if left < 0:
                break
            pieces.append(row)
            shown += 1
    if shown < len(status.cases):
        pieces.append(f"\nNot shown: {len(status.cases) - shown} more, which `seatsync status` lists.\n")
    if status.seen:
        looks = "; ".join(f"{prose(_moment(each))} in {code(each.source)}" for each in status.seen)
        pieces.append(f"\nLast seen {looks}.\n")
    return "".join(pieces)


def reminders(cases: Sequence[OpenCase], paint: Paint) -> str:
    """Return the open cases for a report about something else, one line each, the oldest first."""
    lines = [
        f"  {visible(each.case.id)}  {described(each.case.step)} ({_open(each)}, {_name(each.turn)})\n"
        for each in sorted(cases, key=lambda each: -each.days)
    ]
    return f"{paint.bold('open cases')}\n{''.join(lines)}"


def _count(status: Status) -> str:
    count = len(status.cases)
    return f"{number_of(count, 'case')} {'is' if count == 1 else 'are'} open" if count else "no case is open"


def _name(person: str | None) -> str:
    return "nobody in the account" if person is None else visible(person)


def _case(each: OpenCase, paint: Paint) -> str:
    facts = "; ".join([f"{visible(each.route)}, {_open(each)}", *_order(each)])
    return f"  {visible(each.case.id)}  {described(each.case.step)}\n    {paint.dim(facts)}\n"


def _row(each: OpenCase) -> str:
    order = "; ".join(_order(each))
    return table_row(
        prose(each.case.id), prose(described(each.case.step)), prose(each.route), prose(_open(each)), prose(order)
    )


def _open(each: OpenCase) -> str:
    return f"open for {number_of(each.days, 'day')}" if each.days else "opened today"


def _order(each: OpenCase) -> Iterator[str]:
    """Yield which open cases come first, and which wait for it."""
    if each.first:
        yield f"after {_some(each.first)}"
    if each.waits:
        yield f"{_some(each.waits)} {'waits' if len(each.waits) == 1 else 'wait'} for it"


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_WAITING
    shown = [*names[:_MOST_WAITING], f"{more} more"] if more > 0 else names
    return visible(listed(shown))


def _moment(seen: Seen) -> str:
    return visible(seen.at or "at an unknown time")
