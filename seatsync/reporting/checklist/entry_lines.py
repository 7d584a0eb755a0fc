"""An entry of a checklist as labelled lines of text, which Markdown and HTML render in their own way."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from string import Formatter
from typing import Literal, NamedTuple, TypeAlias

from seatsync.planning.plan import LOST
from seatsync.reporting.checklist.entries import Checklist, Entry, HandOver, Item, full_name
from seatsync.reporting.checklist.import_files import changed, safe
from seatsync.reporting.escape import number_of
from seatsync.reporting.plan.plan_text import insertion_reason
from seatsync.reporting.plan.wording import described, ranges, value_text
from seatsync.targets.target import Case

Piece: TypeAlias = tuple[Literal["plain", "name", "sentence", "file"], str]
"""A part of a text: ours, a name from the account, a sentence with such names, or the name of a file of the folder."""

Text: TypeAlias = tuple[Piece, ...]

_SEVERAL = {"user": "each person", "person": "each person", "full_name": "the name"}
_MOST_NAMED = 20
_A_FEW = 2
_LONGEST_COMMAND = 7_000
"""Characters of one command line, below the limits of every shell."""


class Line(NamedTuple):
    """A line of an entry; a warning is set off from the others."""

    label: str
    text: Text
    is_warning: bool = False


def lines_of(entry: Entry) -> Iterator[Line]:
    """Yield the lines of an entry in the order in which they are needed."""
    if entry.needs:
        yield Line("After", _after(entry))
    if entry.by_api:
        first, more = described(entry.by_api[0]), len(entry.by_api) - 1
        rest = f", and {number_of(more, 'more step')}" if more else ""
        yield Line(
            "First", (("plain", "run `seatsync apply` again, which does by API: "), ("sentence", f"{first}{rest}"))
        )
    if entry.since is not None:
        yield Line("Open", (("plain", f"since {entry.since}; perhaps it is done, or sent, already"),))
    values = _values(entry)
    for warning in entry.procedure.warnings:
        yield Line("Warning", filled(warning, values), is_warning=True)
    for name in entry.files:
        yield Line("Text to send" if entry.letter is not None else "File", (("file", name), *_gaps(entry)))
    yield Line("Menu", filled(entry.procedure.menu, values))
    for hint in entry.procedure.hints:
        yield Line("Note", filled(hint, values))
    yield from (Line("", (("sentence", each),)) for each in entry.before)
    if entry.route == "csv":
        yield from _left_out(entry)
    if len(entry.items) == 1:
        yield from effects(entry.items[0])
    yield Line("Check", filled(entry.procedure.check, values))


def about(item: Item, entry: Entry) -> Iterator[Line]:
    """Yield what is to be said about one of several steps of an entry."""
    if item.since is not None and entry.since is None:
        yield Line("Open", (("plain", f"since {item.since}"),))
    yield from effects(item)


def effects(item: Item) -> Iterator[Line]:
    """Yield what else a step brings, and why it is in the plan."""
    planned = item.planned
    if planned.effects:
        yield Line("Effect", (("sentence", "; ".join(planned.effects)),))
    if "STEP003" in planned.codes:
        yield Line("Why", (("plain", insertion_reason(planned)),))
    if "STEP006" in planned.codes:
        yield Line("Note", (("plain", "This person has not accepted the invitation yet (STEP006)."),))
    yield from (Line("Note", (("sentence", note),)) for note in planned.notes if note not in LOST.values())


def filled(pattern: str, values: Mapping[str, Text]) -> Text:
    """Return a pattern with its gaps filled."""
    found: list[Piece] = []
    for plain, gap, _, _ in Formatter().parse(pattern):
        found += [("plain", plain)] if plain else []
        found += values.get(gap, (("name", "?"),)) if gap is not None else ()
    return tuple(found)


def _values(entry: Entry) -> dict[str, Text]:
    """Return the texts of the gaps of an entry's procedure."""
    step, user = entry.step, entry.items[0].user
    names = {name: value if isinstance(value, str) else value_text(value) for name, value in step.args}
    names |= {"team": step.scope.name, "contract": step.scope.name, "full_name": full_name(user) or "no name"}
    names["person"] = ", ".join(filter(None, (full_name(user), user.email if user is not None else "")))
    values: dict[str, Text] = {name: (("name", value),) for name, value in names.items()}
    values["advice"] = (("plain", entry.letter.advice),) if entry.letter is not None else ()
    if not entry.is_alone:
        values |= {gap: (("plain", words),) for gap, words in _SEVERAL.items()}
    return values


def _after(entry: Entry) -> Text:
    text = f"{'entries' if len(entry.needs) > 1 else 'entry'} {ranges(entry.needs)}"
    if entry.asked:
        them = ranges(entry.asked)
        text += f", once {them} {'are' if len(entry.asked) > 1 else 'is'} answered; go on with what does not need it"
    return (("plain", text),)


def _gaps(entry: Entry) -> Text:
    if entry.letter is None:
        return ()
    gaps = number_of(entry.letter.gaps, "gap")
    return (("plain", f": {gaps} to fill in" if entry.letter.gaps else ""),)


def _left_out(entry: Entry) -> Iterator[Line]:
    """Yield a line with the names that the file contains without some characters, and one about missing names."""
    people = [item.user for item in entry.items if item.user is not None]
    other = list(changed(people))
    if other:
        begins = "The file has these names without characters that a spreadsheet would not read as text: "
        yield Line("Note", (("plain", begins), *_listed([full_name(user) for user in other])))
    nameless = [user.email for user in people if not safe(user.first_name) or not safe(user.last_name)]
    if nameless:
        yield Line(
            "Note",
            (("plain", "Without first or last name in the file, which the portal may refuse: "), *_listed(nameless)),
        )


def _listed(names: Sequence[str]) -> Iterator[Piece]:
    for rank, name in enumerate(names[:_MOST_NAMED]):
        yield from ((("plain", ", "),) if rank else ())
        yield "name", name
    if len(names) > _MOST_NAMED:
        yield "plain", f" and {len(names) - _MOST_NAMED} more"


# Texts about the whole


def title(checklist: Checklist) -> Text:
    """Return the heading of a checklist."""
    return (("plain", f"Checklist of run {checklist.run}, account "), ("name", checklist.plan.account))


def counts(checklist: Checklist) -> str:
    """Return `12 entries (41 cases) for 2 people, 1 hand-over`."""
    entries = checklist.entries
    people = {each.person for each in checklist.hand_overs}
    cases = sum(len(entry.items) for entry in entries)
    more = len(checklist.hand_overs) - 1
    changes = number_of(more, "hand-over") if more > 0 else "no hand-over"
    listed = f"{number_of(len(entries), 'entry', 'entries')} ({number_of(cases, 'case')})"
    return f"{listed} for {number_of(len(people), 'person', 'people')}, {changes}"


def begins(each: HandOver, after: HandOver | None) -> Text:
    """Return the first line of a part: who signs in, and after whom."""
    start: Text = () if after is None else (("plain", "When "), *_who(after), ("plain", " has done the part above: "))
    others = frozenset.intersection(*(frozenset(entry.able) for entry in each.entries)) - {each.person}
    more: Text = (("plain", "; or "), *_listed(sorted(others))) if others else ()
    sign_in = "sign in" if start else "Sign in"
    return (*start, ("plain", f"{sign_in} at manage.autodesk.com as "), *_who(each), *more, ("plain", "."))


def _who(each: HandOver) -> Text:
    return (("plain", "somebody who may"),) if each.person is None else (("name", each.person),)


def case_ids(cases: Sequence[str]) -> str:
    """Return ids in words: `CASE-1 and CASE-2`, `CASE-1 to CASE-12 and CASE-20`."""
    runs: list[list[str]] = []
    for case in cases:
        if runs and _next(runs[-1][-1]) == case:
            runs[-1].append(case)
        else:
            runs.append([case])
    words = [word for run in runs for word in ([f"{run[0]} to {run[-1]}"] if len(run) > _A_FEW else run)]
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _next(case: str) -> str | None:
    match = re.fullmatch(r"(.*?)(0|[1-9][0-9]{0,17})", case)
    return f"{match[1]}{int(match[2]) + 1}" if match else None


# Commands


def confirm_command(checklist: Checklist) -> str:
    """Return the beginning of the command that confirms cases."""
    return shlex.join(["seatsync", "account", "confirm", *_target(checklist)])


def confirm_lines(checklist: Checklist) -> Iterator[str]:
    """Yield the commands that confirm every case, each short enough for any shell."""
    begin = line = confirm_command(checklist)
    for case in (shlex.quote(case) for entry in checklist.entries for case in entry.cases):
        if len(line) + len(case) >= _LONGEST_COMMAND:
            yield line
            line = begin
        line += f" {case}"
    if line != begin:
        yield line


def withdraw_line(checklist: Checklist, case: Case) -> str:
    """Return the command that withdraws a case."""
    why = ["--why", f"no longer wanted by the plan of {checklist.plan.at}"]
    return shlex.join(["seatsync", "account", "withdraw", case.id, *why, *_target(checklist)])


def _target(checklist: Checklist) -> Iterable[str]:
    return () if checklist.target is None else ("--target", checklist.target)
