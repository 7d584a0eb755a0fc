"""A diff as a comment on a pull request: summary, new findings, and as many changes as fit.

Changes are in a code block, where nothing is markup, a mention or a link. See `markdown_text.py` for other values.
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
"""GitHub's limit for one comment in characters, applied to bytes to be safe."""

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
"""Kinds of differences that are shown first: permissions and policy."""


def marker(account: str) -> str:
    """Return the invisible first line of every comment, by which the next run finds its own comment."""
    return f"<!-- seatsync:diff:{comment_safe(account)} -->"


def render(diff: Diff) -> str:
    """Return the comment."""
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
    """Return the differences as a `diff` code block; every line starts with a sign, so none can end the block.

    If not all fit, roles and policy have priority, then removals; the rest is counted.
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
    """Return a flag per item, true for the most important ones that fit."""
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
    """Return the lines shown for one team or contract, and a count of the others."""
    lines = [_line(item) for item, fits in group if fits]
    if not lines:
        return ""
    left = [item for item, fits in group if not fits]
    more = f"# and {_counted(left)}\n" if left else ""
    return f"{_head(group[0][0].scope)}{''.join(lines)}{more}"


def _counted(items: Sequence[Difference]) -> str:
    """Return counts by kind: `2 added, 1 removed`."""
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
