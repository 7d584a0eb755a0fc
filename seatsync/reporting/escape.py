"""Values on their way to a terminal: no name may move the cursor, change colours or swap letters there."""

from __future__ import annotations

import re

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE, _PLANE = 0xFF, 0xFFFF
_NEEDS_NO_QUOTES = re.compile(r"[\w.@+/-]+(?: [\w.@+/-]+)*")


def visible(text: str) -> str:
    r"""The text on one line, with everything that does not print written out (`\n`, `\x1b`, `\u202e`)."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else _written_out(char) for char in text)


def quoted(name: str) -> str:
    """A name inside a sentence: as it is where it reads as a name, else in quotation marks."""
    shown = visible(name)
    return shown if _NEEDS_NO_QUOTES.fullmatch(shown) else f'"{shown}"'


def json_safe(document: str) -> str:
    r"""A JSON document in which whatever does not print stands as `\uXXXX`; it says the same to every reader."""
    if document.replace("\n", "").isprintable():
        return document
    return "".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in document)


def _written_out(char: str) -> str:
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
