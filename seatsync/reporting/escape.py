"""Escaping of values for terminals, build logs, HTML and Markdown.

In Markdown everything but plain words is put in code spans. Escaping characters is not enough: GitHub detects mentions,
issue numbers, commits and emoji in the rendered text, and ignores only code. Invisible separators would end up in
copied text.
"""

from __future__ import annotations

import json
import re

from seatsync.secret import masked

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE, _PLANE = 0xFF, 0xFFFF
# Printable characters of zero width that some programs ignore in comparisons.
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
# CI runners execute `::command::` at the start of a line, and `##[command]` or `##name[command]` anywhere.
_HASH = f"#(?=[{_INVISIBLE}]*#[\\w{_INVISIBLE}]*\\[)"
_IN_TEXT = f"^([ {_INVISIBLE}]*):(?=[{_INVISIBLE}]*:)|{_HASH}"  # compiled on first use, which is rare
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_NEEDS_NO_QUOTES = re.compile(r"[\w.@+/-]+(?: [\w.@+/-]+)*")


def visible(text: str) -> str:
    r"""Return the text on one line, with non-printable characters escaped (`\n`, `\x1b`, `\u202e`).

    The first character of a workflow command is escaped too (`\x3a:error::`, `\x23#[group]`). Passwords in URLs are
    masked.
    """
    text = masked(text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _escaped(char) for char in text)
    if ":" not in text and "#" not in text:
        return text
    return re.sub(_IN_TEXT, lambda found: "\\x23" if found[1] is None else f"{found[1]}\\x3a", text)


def quoted(name: str) -> str:
    """Return a name for use in a sentence, in quotation marks if it contains unusual characters."""
    shown = visible(name)
    return shown if _NEEDS_NO_QUOTES.fullmatch(shown) else f'"{shown}"'


def json_safe(document: str) -> str:
    r"""Return a JSON document with non-printable characters and workflow commands escaped as `\uXXXX`.

    The parsed document is unchanged, except that passwords in URLs are masked.
    """
    if masked(document) != document:
        document = _LITERAL.sub(_masked_literal, document)
    if not document.replace("\n", "").isprintable():
        document = "".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in document)
    return re.sub(_HASH, r"\\u0023", document) if "#" in document else document


def _masked_literal(literal: re.Match[str]) -> str:
    """Mask the value of a JSON string, not its text, in which a secret may end between a backslash and a quote."""
    value = json.loads(literal[0], strict=False)
    shown = masked(value)
    return literal[0] if shown == value else json.dumps(shown, ensure_ascii=False)


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _PLANE else f"\\U{code:08x}"


def _in_html(text: str, *, quote: bool = True) -> str:
    from html import escape  # noqa: PLC0415 - its table of characters takes half a megabyte, and texts need none

    return escape(text, quote=quote)


def _json_escape(char: str) -> str:
    if ord(char) <= _PLANE:
        return f"\\u{ord(char):04x}"
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def number_of(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 step`, `2 steps`, `0 steps`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def shown(text: str) -> str:
    """Return a value for use between tags or in an attribute."""
    return _in_html(visible(text))


def element(tag: str, text: str, *, kind: str = "") -> str:
    """Return an element with a value; `kind` is its class and must be trusted."""
    return f'<{tag} class="{kind}">{shown(text)}</{tag}>' if kind else f"<{tag}>{shown(text)}</{tag}>"


def in_script(document: str) -> str:
    """Return an ASCII JSON document for a script element, in which nothing ends the element or starts a comment."""
    return document.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


_TOKEN = re.compile(r'`(seatsync[a-z -]*)`|\(?"[^"]*"(?=[.,;:!?)]*(?:\s|$))|\S+')
"""A seatsync command, a name in quotation marks, or a word."""
_WORD = re.compile(r"(?s)(\(?)(.*?)([.,;:!?)]*)")
_SIGNS = frozenset({"", "->", "–", "…"})
_SIGNS_INSIDE = frozenset({"-", "+", "/", "&"})
"""Signs between the words of a name; the first word of a text would be a list."""
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


def table_row(*cells: str) -> str:
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
    return f"<code>{_in_html(visible(text), quote=False)}</code>"


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
    if token in _SIGNS_INSIDE and not first:
        return token
    return token if _is_plain(word) else f"{before}{code(word)}{after}"


def _is_plain(word: str) -> bool:
    if word in _SIGNS:
        return True
    parts = re.split(r"[-–—'’]", word)
    if not all(part.isalnum() for part in parts) or _LOOKED_UP.fullmatch(word):
        return False
    return not any(part.isdecimal() for part in parts[1:])  # `GH-1` is an issue
