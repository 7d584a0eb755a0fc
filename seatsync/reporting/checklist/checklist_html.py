"""A checklist as one HTML page that works offline: boxes that the browser remembers, progress, and the command.

Everything is in the page as text, so that it can be read without JavaScript. `findings/page/checklist.js` keeps the
boxes, counts them, and writes the command for what is ticked. The Content-Security-Policy allows nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from shlex import quote

from seatsync.reporting.checklist.checklist_markdown import CONFIRMING, INTRODUCTION, UNWANTED, WITHDRAWING
from seatsync.reporting.checklist.entries import Checklist, Entry, HandOver, Item, full_name
from seatsync.reporting.checklist.entry_lines import (
    Line,
    Text,
    about,
    begins,
    case_ids,
    confirm_command,
    confirm_lines,
    counts,
    lines_of,
    title,
    withdraw_line,
)
from seatsync.reporting.escape import element, number_of, shown
from seatsync.reporting.findings.findings_pages import framed, part, section
from seatsync.reporting.plan.wording import described

_OPEN = 20
"""So many people of an entry that is done by hand are shown at once: their names are needed for it."""


def render(checklist: Checklist) -> str:
    """Return the page."""
    plan = checklist.plan
    return framed(
        "checklist.html",
        _text(title(checklist), marks=False),
        part("page.css") + part("checklist.css"),
        part("checklist.js"),
        key=escape(f"seatsync checklist {plan.lineage or plan.account} {checklist.run}"),
        command=escape(confirm_command(checklist)),
        counts=shown(f"{counts(checklist)}."),
        day=shown(plan.at),
        target=shown(plan.target),
        introduction=escape(INTRODUCTION),
        parts="".join(_parts(checklist)),
        confirming=escape(CONFIRMING),
        commands=_lines(confirm_lines(checklist)),
        unwanted=_unwanted(checklist),
    )


def _parts(checklist: Checklist) -> Iterator[str]:
    before: HandOver | None = None
    for number, each in enumerate(checklist.hand_overs, 1):
        person = "whoever may" if each.person is None else shown(each.person)
        entries = "".join(_entry(entry) for entry in each.entries)
        content = f'<p class="note">{_text(begins(each, before))}</p>\n<ol class="entries">\n{entries}</ol>\n'
        yield section(f"part-{number}", f"{number}. {person}", content)
        before = each


def _entry(entry: Entry) -> str:
    box = f"box-{entry.number}"
    label = f'<label for="{box}"><span class="rank">{entry.number}.</span> {shown(entry.title)}</label>'
    ids = element("span", case_ids(entry.cases), kind="detail")
    whole = f'<input type="checkbox" id="{box}" data-all="">' if len(entry.items) > 1 else _box(entry.items[0], box)
    head = f"<h3>{whole} <span>{label}{ids}</span></h3>"
    rows = "".join(_rows(lines_of(entry)))
    people = _people(entry, box) if len(entry.items) > 1 else ""
    return f'<li class="entry" id="entry-{entry.number}">{head}\n<dl class="how">\n{rows}</dl>{people}</li>\n'


def _people(entry: Entry, box: str) -> str:
    items = "".join(_item(item, entry, f"{box}-{rank}") for rank, item in enumerate(entry.items, 1))
    summary = f"<summary>{number_of(len(entry.items), 'person', 'people')}, each with a box</summary>"
    is_open = "" if entry.route == "csv" or len(entry.items) > _OPEN else " open"
    return f'<details{is_open}>{summary}<div><ul class="plain people">\n{items}</ul></div></details>'


def _item(item: Item, entry: Entry, box: str) -> str:
    name = full_name(item.user)
    address = item.user.email if item.user is not None else ""
    label = f"{shown(address)}{f' <small>{shown(name)}</small>' if name else ''} <small>{shown(item.case)}</small>"
    more = "".join(
        f'<span class="detail">{escape(line.label)}: {_text(line.text)}</span>' for line in about(item, entry)
    )
    return f'<li>{_box(item, box)} <span><label for="{box}">{label}</label>{more}</span></li>\n'


def _box(item: Item, box: str) -> str:
    """Return the box of a case; it lists the cases that come first."""
    needs = escape(" ".join(quote(case) for case in item.needs))
    return f'<input type="checkbox" id="{box}" data-case="{escape(quote(item.case))}" data-needs="{needs}">'


def _rows(lines: Iterable[Line]) -> Iterator[str]:
    """Yield terms with their descriptions; consecutive lines with one label, or without any, share the term."""
    label = ""
    for line in lines:
        kind = ' class="warn"' if line.is_warning else ""
        if line.label not in {"", label}:
            label = line.label
            yield f"<dt{kind}>{escape(label)}</dt>"
        yield f"<dd{kind}>{_text(line.text)}</dd>\n"


def _text(text: Text, *, marks: bool = True) -> str:
    """Return a text; names are marked unless it goes where no elements are allowed."""
    found = []
    for kind, value in text:
        if kind == "file":
            found.append(f'<a href="{escape(value)}">{escape(value)}</a>')
        elif kind == "plain":
            found.append(escape(value))
        else:
            found.append(f"<b>{shown(value)}</b>" if kind == "name" and marks else shown(value))
    return "".join(found)


def _unwanted(checklist: Checklist) -> str:
    if not checklist.unwanted:
        return ""
    items = "".join(element("li", f"{case.id}: {described(case.step)}") + "\n" for case in checklist.unwanted)
    commands = _lines(withdraw_line(checklist, case) for case in checklist.unwanted)
    listed = f'<ul class="plain">\n{items}</ul>\n<p>{escape(WITHDRAWING)}</p>\n<pre tabindex="0">{commands}</pre>\n'
    content = f"<p>{escape(UNWANTED)}</p>\n{listed}"
    return section("unwanted", "No longer wanted", content)


def _lines(commands: Iterable[str]) -> str:
    return "\n".join(shown(command) for command in commands)
