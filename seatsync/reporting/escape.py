"""Escaping for terminals and build logs: no value can move the cursor, reorder letters, or send workflow commands."""

from __future__ import annotations

import re

from seatsync.secret import masked

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE, _PLANE = 0xFF, 0xFFFF
# Printable characters of zero width that some programs ignore in comparisons.
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
# CI runners execute `::command::` at the start of a line, and `##[command]` or `##name[command]` anywhere.
_HASH = f"#(?=[{_INVISIBLE}]*#[\\w{_INVISIBLE}]*\\[)"
_IN_TEXT = f"^([ {_INVISIBLE}]*):(?=[{_INVISIBLE}]*:)|{_HASH}"  # compiled on first use, which is rare
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
    document = masked(document)
    if not document.replace("\n", "").isprintable():
        document = "".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in document)
    return re.sub(_HASH, r"\\u0023", document) if "#" in document else document


def _escaped(char: str) -> str:
    if char in _ESCAPES:
        return _ESCAPES[char]
    code = ord(char)
    if code <= _BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _PLANE else f"\\U{code:08x}"


def _json_escape(char: str) -> str:
    if ord(char) <= _PLANE:
        return f"\\u{ord(char):04x}"
    units = char.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
