"""What `diff` has to tell, as a comment on a pull request: the verdict, new findings, what changes as far as it fits.

What changes stands in a code block, where nothing is markup, mention or link. For the rest see `markdown_text.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from seatsync.reporting.counting import number_of
from seatsync.reporting.diff import WORKING_TREE, Diff
from seatsync.reporting.diff_text import last_line, words
from seatsync.reporting.findings_rows import rows
from seatsync.reporting.markdown_text import code, comment_safe, prose
from seatsync.reporting.wording import place

LARGEST = 65_536
"""What GitHub takes for one comment, in characters. Counted in bytes here, so that it holds however one counts."""

_FOR_FINDINGS, _FOR_REST = 20_000, 1_000
_LONGEST = 300
_SIGNS = {"add": "+", "remove": "-", "change": "!"}


def marker(account: str) -> str:
    """The first line of every comment about an account's files, which nobody sees: by it the next run finds its own."""
    return f"<!-- seatsync:diff:{comment_safe(account)} -->"


def render(diff: Diff) -> str:
    """The comment."""
    top = "".join(_top(diff))
    found = rows(diff.findings, _FOR_FINDINGS)
    new = f"#### New findings\n\n{found}\n" if found else ""
    return top + new + _changes(diff, LARGEST - _size(top + new) - _FOR_REST)


def _top(diff: Diff) -> Iterator[str]:
    head = WORKING_TREE if diff.head is None else code(_brief(diff.head))
    yield f"{marker(_brief(diff.account))}\n### Changed in the files of account {code(_brief(diff.account))}\n\n"
    yield f"**{prose(_brief(last_line(diff)))}**\n\n"
    yield f"From {code(_brief(diff.base))} to {head}, on {diff.at}\n\n"


def _changes(diff: Diff, room: int) -> str:
    """The differences in a block that a reader colours; a line of it begins with a sign, so none ends the block."""
    lines = list(_lines(diff))
    shown = 0
    for line in lines:
        room -= _size(line)
        if room < 0:
            break
        shown += 1
    left = len(lines) - shown
    rest = f"and {number_of(left, 'more line')}, which `seatsync diff` prints\n" if left else ""
    block = f"```diff\n{''.join(lines[:shown])}```\n" if shown else ""
    return "\n".join(filter(None, (block, rest)))


def _lines(diff: Diff) -> Iterable[str]:
    for scope, group in groupby(diff.differences or (), key=lambda difference: difference.scope):
        yield f"@@ {place(scope)} @@\n"
        yield from (f"{_SIGNS[item.kind]} {words(item)}\n" for item in group)


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
