"""Checks for text that libyaml accepts or interprets differently from YAML 1.2.

All checks work on offsets into the text. `IllFormed` ends the reading of a file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

_UNSPACED_COMMENT: Final = re.compile(r"""[\[\]{},"']#""")
_UNSPACED_QUESTION: Final = re.compile(r"[\[{,\s]\?\S")
_GLUED_COMMENT: Final = re.compile(r"[|>][-+0-9]*#")
_COMMENT_LINE: Final = re.compile(r" *#")
_MORE_LINES: Final = re.compile(r"(?<=\n)( *)([ \t]*)(\S)")


class IllFormed(Exception):
    """Text that is not well-formed YAML, at an offset."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(problem)
        self.at = at
        self.problem = problem


def checked(events: Iterator[Any], text: str) -> Iterator[Any]:
    """Return the same events, with checks of the text between them if it contains suspicious characters."""
    comments = "#" in text and _UNSPACED_COMMENT.search(text) is not None
    questions = "?" in text and _UNSPACED_QUESTION.search(text) is not None
    return _checked(events, text) if comments or questions else events


def _checked(events: Iterator[Any], text: str) -> Iterator[Any]:
    last = 0
    for event in events:
        start, end = event.start_mark.index, event.end_mark.index
        _refuse_unspaced_comment(text, last, start)
        if start and text[start - 1] == "?" and start < end:
            raise IllFormed(start - 1, "a ? needs a space after it here; text that begins with one needs quotes")
        last = max(last, end)
        yield event


def _refuse_unspaced_comment(text: str, begin: int, end: int) -> None:
    """Raise `IllFormed` for a comment that does not follow white space or begin its line."""
    at = text.find("#", begin, end)
    while at >= 0:
        if at and not text[at - 1].isspace():
            raise IllFormed(at, "a comment needs a space before its #")
        line_end = text.find("\n", at, end)
        at = text.find("#", line_end, end) if line_end >= 0 else -1


def refuse_outdented(text: str, start: int, end: int, around: Sequence[int]) -> None:
    """Raise `IllFormed` for a value with a line that is not indented deeper than the enclosing block, with spaces.

    `around` are the starts of the enclosing mappings and lists, outermost first. A closing bracket may have the
    indentation of the block, which is common style.
    """
    if not around or any(text[outer] in "[{" for outer in around):
        return  # not in a block, or part of a larger value that is checked as a whole
    indent, brackets = _column(text, around[-1]), text[start] in "[{"
    for line in _MORE_LINES.finditer(text, start + 1, end):
        spaces, first = len(line[1]), line[3]
        excused = brackets and (first == "#" or (first in "]}" and spaces == indent and not line[2]))
        if spaces <= indent and not excused:
            raise IllFormed(
                line.start(3), "this line must be indented with spaces, deeper than the block it belongs to"
            )


def refuse_invalid_block(text: str, start: int, end: int, around: Sequence[int]) -> None:
    """Raise `IllFormed` for a comment right after `|` or `>`, or in place of the first line of a block scalar."""
    glued = _GLUED_COMMENT.match(text, start, end)
    if glued is not None:
        raise IllFormed(glued.end() - 1, "a comment needs a space before its #")
    line = text.rfind("\n", 0, end) + 1
    comment = _COMMENT_LINE.match(text, line)
    indent = _column(text, around[-1]) if around else -1
    if (
        comment is not None
        and not text[text.find("\n", start, end) : end].strip()
        and comment.end() - 1 - line > indent
    ):
        raise IllFormed(comment.end() - 1, "a comment is not allowed where the text of a block begins")


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at) - 1
