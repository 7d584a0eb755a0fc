"""Values on their way to a terminal or a build's log: none may move the cursor, swap letters, or command the runner."""

from __future__ import annotations

import re

from seatsync.secret import masked

_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BYTE, _PLANE = 0xFF, 0xFFFF
# What is printable, takes no room, and is passed over by programs that compare as people do.
_UNSEEN = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
# A runner of builds obeys `::command::` at the beginning of a line, and `##[command]` or `##name[command]` anywhere.
_SHARP = f"#(?=[{_UNSEEN}]*#[\\w{_UNSEEN}]*\\[)"
_IN_TEXT = f"^([ {_UNSEEN}]*):(?=[{_UNSEEN}]*:)|{_SHARP}"  # compiled when it is needed, which is seldom
_NEEDS_NO_QUOTES = re.compile(r"[\w.@+/-]+(?: [\w.@+/-]+)*")


def visible(text: str) -> str:
    r"""The text on one line, with everything that does not print written out (`\n`, `\x1b`, `\u202e`).

    So is the first character of what a runner of builds would take for a command (`\x3a:error::`, `\x23#[group]`).
    Passwords in URLs are masked.
    """
    text = masked(text)
    if not text.isprintable():
        text = "".join(char if char.isprintable() else _written_out(char) for char in text)
    if ":" not in text and "#" not in text:
        return text
    return re.sub(_IN_TEXT, lambda found: "\\x23" if found[1] is None else f"{found[1]}\\x3a", text)


def quoted(name: str) -> str:
    """A name inside a sentence: as it is where it reads as a name, else in quotation marks."""
    shown = visible(name)
    return shown if _NEEDS_NO_QUOTES.fullmatch(shown) else f'"{shown}"'


def json_safe(document: str) -> str:
    r"""A JSON document in which whatever does not print, or would command a runner of builds, stands as `\uXXXX`.

    It says the same to every reader, but for passwords in URLs, which are masked.
    """
    document = masked(document)
    if not document.replace("\n", "").isprintable():
        document = "".join(char if char == "\n" or char.isprintable() else _json_escape(char) for char in document)
    return re.sub(_SHARP, r"\\u0023", document) if "#" in document else document


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
