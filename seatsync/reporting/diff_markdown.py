"""What `diff` has to tell, as a comment on a pull request: the verdict, new findings, what changes as far as it fits.

What changes stands in a code block, where nothing is markup, mention or link. For the rest see `markdown_text.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from seatsync.account.model import Scope
from seatsync.declaration.comparing import Difference
from seatsync.reporting.diff import WORKING_TREE, Diff
from seatsync.reporting.diff_text import last_line, words
from seatsync.reporting.findings_rows import rows
from seatsync.reporting.markdown_text import code, comment_safe, prose
from seatsync.reporting.wording import place

LARGEST = 65_536
"""What GitHub takes for one comment, in characters. Counted in bytes here, so that it holds however one counts."""

_FOR_FINDINGS, _FOR_REST = 20_000, 1_000
_LONGEST = 300
_FOR_COUNT = 60
_Pair: TypeAlias = tuple[Difference, bool]
"""A difference, and whether it is shown."""

_SIGNS = {"add": "+", "remove": "-", "change": "!"}
_WORDS = {"add": "added", "change": "changed", "remove": "removed"}
_FIRST = frozenset(
    {
        *("account", "time zone", "target", "policy", "SSO configuration", "contract manager", "software coordinator"),
        *("primary admin", "secondary admin", "SSO admin"),
    }
)
"""Who decides what, and by which rules."""


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
    """The differences in a block that a reader colours; a line of it begins with a sign, so none ends the block.

    Where not all fit, roles and policy come first, then what is removed; what is left out is counted.
    """
    items = diff.differences or ()
    shown = _that_fit(items, room)
    text = "".join(_block(list(group)) for _, group in groupby(zip(items, shown, strict=True), key=_scope))
    left = [item for item, fits in zip(items, shown, strict=True) if not fits]
    rest = f"Not shown: {_counted(left)}. `seatsync diff` prints all.\n" if left else ""
    return "\n".join(filter(None, (f"```diff\n{text}```\n" if text else "", rest)))


def _scope(pair: _Pair) -> Scope:
    return pair[0].scope


def _that_fit(items: Sequence[Difference], room: int) -> list[bool]:
    """Whether each is shown: as many as fit, by their weight."""
    shown = [False] * len(items)
    scopes: set[Scope] = set()
    for number in sorted(range(len(items)), key=lambda number: _weight(items[number])):
        item = items[number]
        room -= _size(_line(item)) + (0 if item.scope in scopes else _size(_head(item.scope)) + _FOR_COUNT)
        if room < 0:
            break
        shown[number] = True
        scopes.add(item.scope)
    return shown


def _weight(item: Difference) -> int:
    if item.what in _FIRST:
        return 0
    return 1 if item.kind == "remove" else 2


def _block(group: Sequence[_Pair]) -> str:
    """One place: what is shown of it, and how much is not."""
    lines = [_line(item) for item, fits in group if fits]
    if not lines:
        return ""
    left = [item for item, fits in group if not fits]
    more = f"# and {_counted(left)}\n" if left else ""
    return f"{_head(group[0][0].scope)}{''.join(lines)}{more}"


def _counted(items: Sequence[Difference]) -> str:
    """`2 added, 1 removed`."""
    counts = ((word, sum(item.kind == kind for item in items)) for kind, word in _WORDS.items())
    return ", ".join(f"{count} {word}" for word, count in counts if count)


def _head(scope: Scope) -> str:
    return f"@@ {place(scope)} @@\n"


def _line(item: Difference) -> str:
    return f"{_SIGNS[item.kind]} {words(item)}\n"


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
