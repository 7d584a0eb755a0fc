"""Escaping for GitHub's Markdown: no value becomes markup, a mention, a link or an emoji.

Everything but plain words is put in code spans. Escaping characters is not enough: GitHub detects mentions, issue
numbers, commits and emoji in the rendered text, and ignores only code. Invisible separators would end up in copied
text.
"""

from __future__ import annotations

import re
from html import escape

from seatsync.reporting.escape import visible

_TOKEN = re.compile(r'`(seatsync[a-z -]*)`|\(?"[^"]*"(?=[.,;:!?)]*(?:\s|$))|\S+')
"""A seatsync command, a name in quotation marks, or a word."""
_WORD = re.compile(r"(?s)(\(?)(.*?)([.,;:!?)]*)")
_SIGNS = frozenset({"", "->", "–", "…"})
_LOOKED_UP = re.compile(r"[0-9a-f]{7,}")  # might be a commit
_PIPE = "\\|"
_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """Return a value as a code span, with invisible characters escaped."""
    shown = visible(text) or '""'
    runs = {len(run) for run in _BACKTICKS.findall(shown)}
    fence = "`" * next(number for number in range(1, len(runs) + 2) if number not in runs)
    # CommonMark strips one space from both ends if both have one, unless there are only spaces.
    hides = shown.startswith("`") or shown.endswith("`") or (shown[0] == shown[-1] == " " and shown.strip(" "))
    pad = " " if hides else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_block(text: str, most: int, rest: str) -> str:
    """Return lines as an indented code block of at most `most` bytes, followed by `rest` if some do not fit.

    Lines indented by four spaces are always code. The block needs an empty line above it.
    """
    lines: list[str] = []
    for line in text.strip("\n").split("\n"):
        shown = f"    {visible(line)}".rstrip()
        most -= len(shown.encode("utf-8", "surrogatepass")) + 1
        if most < 0:
            lines.append(f"\n{rest}")
            break
        lines.append(shown)
    return "\n".join(lines) + "\n"


def row(*cells: str) -> str:
    """Return a row of a table of Markdown cells, escaping pipes, which would end a cell even in a code span."""
    return "".join(f"| {cell.replace('|', _PIPE)} " for cell in cells) + "|\n"


def prose(text: str) -> str:
    """Return a sentence with everything but plain words in code spans; not for use at the start of a line."""
    shown = visible(text)
    begin = len(shown) - len(shown.lstrip())
    return _TOKEN.sub(
        lambda match: code(match[1]) if match[1] else _word(match[0], first=match.start() == begin), shown
    )


def in_tag(text: str) -> str:
    """Return a value as a `code` element for use inside HTML, where it must not be a mention either."""
    return f"<code>{escape(visible(text), quote=False)}</code>"


def comment_safe(text: str) -> str:
    """Return a value for an HTML comment, percent-encoding all but ASCII letters and digits."""
    written = text.encode("utf-8", "surrogatepass")
    return "".join(char if (char := chr(byte)).isascii() and char.isalnum() else f"%{byte:02X}" for byte in written)


def mermaid_label(text: str) -> str:
    """Return a value for a quoted label in Mermaid, encoding all but ASCII letters, digits and spaces."""
    return "".join(
        char if char == " " or (char.isascii() and char.isalnum()) else f"#{ord(char)};" for char in visible(text)
    )


def _word(token: str, *, first: bool) -> str:
    """Return a word, in a code span unless it is certainly plain text; surrounding punctuation stays outside."""
    before, word, after = _WORD.fullmatch(token).groups()  # type: ignore[union-attr]  # it matches everything
    if first and word.isdecimal() and after[:1] in {".", ")"}:
        return code(token)  # would begin a list
    return token if _is_plain(word) else f"{before}{code(word)}{after}"


def _is_plain(word: str) -> bool:
    if word in _SIGNS:
        return True
    parts = re.split(r"[-'’]", word)
    if not all(part.isalnum() for part in parts) or _LOOKED_UP.fullmatch(word):
        return False
    return len(parts) == 1 or not any(part.isdecimal() for part in parts)  # `GH-1` is an issue
