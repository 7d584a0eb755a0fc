"""A checklist as Markdown: task lists by person, and the commands at its end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.reporting.checklist.entries import Checklist, Entry, HandOver, full_name
from seatsync.reporting.checklist.entry_lines import (
    Line,
    Text,
    about,
    begins,
    case_ids,
    confirm_lines,
    counts,
    lines_of,
    title,
    withdraw_line,
)
from seatsync.reporting.escape import code, prose, visible
from seatsync.reporting.plan.wording import described

INTRODUCTION = (
    "Work from top to bottom. Do an entry, look at what its line “Check” names, and tick its box. At the end, confirm"
    " what is ticked. The next refresh compares it with what the portal shows."
)
CONFIRMING = (
    "Run this in the folder of the project, without the cases that were not done. With --evidence, it keeps the number"
    " of a ticket or the name of a file as proof:"
)
UNWANTED = (
    "The plan no longer contains these open cases. Do not do them, and withdraw them. If one was done already, confirm"
    " it instead; the next plan takes it back."
)
WITHDRAWING = "These commands withdraw them:"


def render(checklist: Checklist) -> str:
    """Return the checklist."""
    return "".join(_parts(checklist))


def _parts(checklist: Checklist) -> Iterator[str]:
    yield f"# {_text(title(checklist))}\n\nPlan of {checklist.plan.at}, {counts(checklist)}.\n\n{INTRODUCTION}\n"
    before: HandOver | None = None
    for number, each in enumerate(checklist.hand_overs, 1):
        person = "whoever may" if each.person is None else code(each.person)
        yield f"\n## {number}. {person}\n\n{_text(begins(each, before))}\n\n"
        yield from (line for entry in each.entries for line in _entry(entry))
        before = each
    if checklist.entries:
        yield f"\n## When it is done\n\n{CONFIRMING}\n\n{_block(confirm_lines(checklist))}"
    if checklist.unwanted:
        yield f"\n## No longer wanted\n\n{UNWANTED}\n\n"
        yield from (f"- {code(case.id)}: {prose(described(case.step))}\n" for case in checklist.unwanted)
        yield f"\n{WITHDRAWING}\n\n{_block(withdraw_line(checklist, case) for case in checklist.unwanted)}"


def _entry(entry: Entry) -> Iterator[str]:
    yield f"- [ ] **{entry.number}.** {prose(entry.title)} ({prose(case_ids(entry.cases))})\n"
    yield from (f"  - {_line(line)}\n" for line in lines_of(entry))
    if len(entry.items) > 1:
        yield "  - People:\n"
        for item in entry.items:
            name = full_name(item.user)
            named = f"{code(item.user.email if item.user is not None else '')}{f' {code(name)}' if name else ''}"
            more = "".join(f"; {_line(line)}" for line in about(item, entry))
            yield f"    - [ ] {named} ({code(item.case)}){more}\n"


def _line(line: Line) -> str:
    label = f"**{line.label}:** " if line.is_warning else f"{line.label}: " if line.label else ""
    return label + _text(line.text)


def _text(text: Text) -> str:
    """Return a text in which everything that comes from the account is in code spans, or plain words."""
    found = []
    for kind, value in text:
        if kind == "file":
            found.append(f"[`{value}`]({value})")
        elif kind == "name":
            found.append(code(value))
        else:
            found.append(prose(value) if kind == "sentence" else value)
    return "".join(found)


def _block(commands: Iterable[str]) -> str:
    return "".join(f"    {visible(command)}\n" for command in commands)
