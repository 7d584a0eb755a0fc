"""Values on their way into GitHub's Markdown: read as they are, and never as markup, mention, link or emoji.

Whatever is not a plain word stands in a code span. To escape the `@` or write it as `&#64;` would not do: GitHub looks
for mentions, issue numbers, commits and emoji in the rendered text, where an escaped character is itself again, and
leaves only code alone. Invisible characters in between would change the text that people copy.
"""

from __future__ import annotations

import re
from html import escape

from seatsync.reporting.escape import visible

_TOKEN = re.compile(r'`(seatsync[a-z -]*)`|\(?"[^"]*"(?=[.,;:!?)]*(?:\s|$))|\S+')
"""A command of ours, a name in quotation marks, or a word."""
_WORD = re.compile(r"(?s)(\(?)(.*?)([.,;:!?)]*)")
_SIGNS = frozenset({"", "->", "–", "…"})
_LOOKED_UP = re.compile(r"[0-9a-f]{7,}")  # might be a commit
_PIPE = "\\|"
_BACKTICKS = re.compile("`+")


def code(text: str) -> str:
    """A value as a code span, which renders as `visible` shows it."""
    shown = visible(text) or '""'
    runs = {len(run) for run in _BACKTICKS.findall(shown)}
    fence = "`" * next(number for number in range(1, len(runs) + 2) if number not in runs)
    # CommonMark takes one space off both ends where both have one, unless there is nothing else.
    hides = shown.startswith("`") or shown.endswith("`") or (shown[0] == shown[-1] == " " and shown.strip(" "))
    pad = " " if hides else ""
    return f"{fence}{pad}{shown}{pad}{fence}"


def code_block(text: str, most: int, rest: str) -> str:
    """Lines as a block of code, as many as fit in so many bytes, and below it where the rest is.

    A line that is indented by four is code whatever it says. An empty line must stand above the block.
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
    """A row of a table, of cells that are Markdown already; a pipe in one is no border, not even in a code span."""
    return "".join(f"| {cell.replace('|', _PIPE)} " for cell in cells) + "|\n"


def prose(text: str) -> str:
    """A sentence with values in it: plain words as they are, everything else in code spans. No line begins with it."""
    shown = visible(text)
    begin = len(shown) - len(shown.lstrip())
    return _TOKEN.sub(
        lambda match: code(match[1]) if match[1] else _word(match[0], first=match.start() == begin), shown
    )


def in_tag(text: str) -> str:
    """A value between HTML tags, where Markdown is not read: as code, so that it is no mention there either."""
    return f"<code>{escape(visible(text), quote=False)}</code>"


def comment_safe(text: str) -> str:
    """A value for an HTML comment: all but letters and digits of ASCII as `%` and hexadecimal digits."""
    written = text.encode("utf-8", "surrogatepass")
    return "".join(char if (char := chr(byte)).isascii() and char.isalnum() else f"%{byte:02X}" for byte in written)


def mermaid_label(text: str) -> str:
    """A value for a label in double quotes: all but ASCII letters, digits and spaces as Mermaid's character codes."""
    return "".join(
        char if char == " " or (char.isascii() and char.isalnum()) else f"#{ord(char)};" for char in visible(text)
    )


def _word(token: str, *, first: bool) -> str:
    """A word, in a code span unless it cannot be anything but a word; the punctuation around it stays outside."""
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
