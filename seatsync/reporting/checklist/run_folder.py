"""The files of a run's folder: the checklist as Markdown and HTML, files to import, texts to send."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from seatsync.account.actions.table import ACTIONS
from seatsync.clock import Clock
from seatsync.planning.plan import Plan
from seatsync.reporting.checklist import checklist_html, checklist_markdown
from seatsync.reporting.checklist.entries import Checklist, Entry, by_person, open_entries
from seatsync.reporting.checklist.import_files import file_name, import_files
from seatsync.reporting.checklist.letters import Known
from seatsync.reporting.escape import visible
from seatsync.targets.target import Case


class RunFolder(NamedTuple):
    """The content of the folder by name of file, and what to do first, empty if nothing."""

    files: dict[str, bytes]
    first: str


MARKDOWN, PAGE = "CHECKLIST.md", "CHECKLIST.html"
_WORDS = {"member": "invite", "seat": "assign", "group member": "group"}
"""The first word in the name of an import file, by what its steps add."""


def render(
    plan: Plan,
    cases: Sequence[Case],
    known: Known,
    clock: Clock,
    run: str,
    target: str | None = None,
    waiting: Collection[int] = (),
) -> RunFolder:
    """Return the folder.

    `known` is the account that the plan was made for, `cases` are all open ones after the run, oldest first. Commands
    name the `target` if it is given. `waiting` are the steps by API that were not carried out.
    """
    entries, unwanted = open_entries(plan, cases, known, clock, waiting)
    files: dict[str, bytes] = {}
    with_files = sum(entry.letter is not None or entry.route == "csv" for entry in entries)
    named = [_with_files(entry, files, max(2, len(str(with_files)))) for entry in entries]
    checklist = Checklist(plan, run, by_person(named), tuple(unwanted), target)
    pages = {MARKDOWN: checklist_markdown.render(checklist), PAGE: checklist_html.render(checklist)}
    return RunFolder(
        {name: text.encode("utf-8", "backslashreplace") for name, text in pages.items()} | files, _first(checklist)
    )


def _first(checklist: Checklist) -> str:
    for each in checklist.hand_overs:
        entry = each.entries[0]
        file = f" ({entry.files[0]})" if entry.files else ""
        return f"{visible(each.person or 'somebody who may')}: {entry.title}{file}"
    return ""


def _with_files(entry: Entry, files: dict[str, bytes], width: int) -> Entry:
    """Return an entry with the names of its files, which are added to `files`. `width` is that of their numbers."""
    number = len({name.partition("-")[0] for name in files}) + 1
    if entry.letter is not None:
        contents, parts, ending = [entry.letter.text.encode("utf-8", "backslashreplace")], entry.letter.label, ".txt"
    elif entry.route == "csv":
        step = entry.step
        word = _WORDS[ACTIONS[step.action].holding or ""]
        parts = (word, step.scope.name, *(str(step.get(name)) for name in ("product", "group") if step.get(name)))
        contents, ending = import_files([item.user for item in entry.items if item.user is not None]), ".csv"
    else:
        return entry
    more = [f"-{rank}" if len(contents) > 1 else "" for rank in range(1, len(contents) + 1)]
    names = [file_name(number, parts, f"{rank}{ending}", width) for rank in more]
    files.update(zip(names, contents, strict=True))
    return replace(entry, files=tuple(names))
