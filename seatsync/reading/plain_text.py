"""Bytes to clean text, plain text to values of the narrow core schema, and values in the words of messages."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple
from unicodedata import category

from seatsync.finding import Finding, Location, Severity
from seatsync.reading.tree import Lines, Node
from seatsync.secret import masked

MAX_BYTES: Final = 64 * 1024 * 1024
SPLIT: Final = "split it into several files"
REMOVE: Final = "remove it"
"""The hint of findings about files that are too large."""
"""The maximum size of a file. A snapshot of 300,000 seats has 28 MB."""

MAX_EVENTS: Final = 8_000_000
"""The maximum number of events in a YAML file, for both readers: one for a scalar, two for a mapping or list."""

_BOM: Final = b"\xef\xbb\xbf"
_PLAIN: Final = bytes([*range(0x20, 0x7F), 0x09, 0x0A, 0x0D])
_CONTROLS: Final = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
_NOT_CHARACTERS: Final = "\ud800-\udfff\ufdd0-\ufdef" + "".join(
    f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
)
# In files also separators that only some programs treat as line ends, and byte order marks within the text.
_FORBIDDEN: Final = f"[{_CONTROLS}{_NOT_CHARACTERS}\u2028\u2029\ufeff]"  # compiled on first use, like the others
_NO_LINE_END: Final = "[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]"  # although `splitlines` splits there
# In values written with escapes, line separators and byte order marks are allowed.
_FORBIDDEN_IN_VALUES: Final = f"[{_CONTROLS}\r{_NOT_CHARACTERS}]"


def decode(raw: bytes, file: str) -> str | Finding:
    """Return the text of a file without its byte order mark, or a YAML005 for invalid bytes."""
    if len(raw) > MAX_BYTES:
        too_large = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        return unreadable(too_large, Location(file, 1, 1, 1, 1), SPLIT)
    raw = raw.removeprefix(_BOM)
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode()
        hint = "save it as UTF-8" + (" (this looks like UTF-16)" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "")
        return unreadable("the file is not UTF-8", _character_after(before, file), hint)
    # Check each distinct character once, after removing plain ASCII in the fastest way.
    others = set(raw.translate(None, _PLAIN).decode())
    if others and re.search(_FORBIDDEN, "".join(sorted(others))):
        return _forbidden(text, file)
    return text


class Encoding(NamedTuple):
    """An encoding, and the byte order mark of a file in it."""

    name: str
    mark: bytes


_MARKS: Final = (Encoding("utf-8", _BOM), Encoding("utf-16-le", b"\xff\xfe"), Encoding("utf-16-be", b"\xfe\xff"))


def encoding_of(raw: bytes) -> Encoding:
    """Return the encoding of a table: that of its byte order mark, UTF-8, or Windows-1252 if it is not UTF-8."""
    marked = next((each for each in _MARKS if raw.startswith(each.mark)), None)
    return marked or Encoding("utf-8" if _first_not_utf8(raw) is None else "windows-1252", b"")


def _first_not_utf8(raw: bytes) -> int | None:
    """Return the index of the first byte that is not UTF-8, None if there is none."""
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return error.start
    return None


def text_of_table(raw: bytes) -> str:
    """Return the text of a table, with replacement characters for bytes that cannot be decoded."""
    name, mark = encoding_of(raw)
    return raw[len(mark) :].decode(name, "replace")


def decode_table(raw: bytes, file: str) -> tuple[str, Finding | None] | Finding:
    """Return the text of a table in UTF-8, UTF-16 or Windows-1252, and a note (YAML005) for Windows-1252.

    Returns a YAML005 for other bytes, and what `decode` reports.
    """
    encoding = _MARKS[0] if len(raw) > MAX_BYTES else encoding_of(raw)  # `decode` reports a file that is too large
    note = None
    if encoding.name != "utf-8":
        written = raw[len(encoding.mark) :]
        try:
            text = written.decode(encoding.name)
        except UnicodeDecodeError as error:
            before = written[: error.start].decode(encoding.name, "replace")
            kind = "is not valid UTF-16" if encoding.mark else "is neither UTF-8 nor Windows-1252"
            return unreadable(f"the file {kind}", _character_after(before, file), "save it as UTF-8")
        start = _first_not_utf8(written)
        if not encoding.mark and start is not None:
            if is_damaged_utf8(written):
                where = _character_after(written[:start].decode(), file)
                return unreadable("the file is in UTF-8, but not from here on", where, "save all of it as UTF-8")
            note = _windows_1252(text, start, file)
        raw = text.encode()
    clean = decode(raw, file)
    if isinstance(clean, Finding):
        return clean._replace(hint=REMOVE) if clean.hint in _REMEDIES.values() else clean
    return clean, note


def is_damaged_utf8(raw: bytes) -> bool:
    """Return True if at least half of what is not ASCII is UTF-8: by chance this is rare in Windows-1252."""
    text = raw.decode(errors="replace")
    broken = text.count("\ufffd")
    return sum(map(str.isascii, text)) <= len(text) - 2 * broken


def _windows_1252(text: str, start: int, file: str) -> Finding:
    """Return the note at the first character that shows that a file is not UTF-8; every character was one byte."""
    message = f"the file is not UTF-8 and is read as Windows-1252, in which this is {shown(text[start])}"
    hint = "check that this is right, and save the file as UTF-8"
    return Finding("YAML005", Severity.INFO, message, _character_after(text[:start], file), hint)


def problem_in_value(value: str) -> str | None:
    """Return a message for an invalid character in a value written with escapes, None if there is none."""
    found = None if value.isprintable() else re.search(_FORBIDDEN_IN_VALUES, value)
    return None if found is None else _message(found[0])


def unreadable(message: str, location: Location, hint: str = "") -> Finding:
    """Return a YAML005."""
    return Finding("YAML005", Severity.ERROR, message, location, hint)


_REMEDIES: Final = {
    "\u2028": 'write it as "\\u2028", in double quotes',
    "\u2029": 'write it as "\\u2029", in double quotes',
    "\ufeff": "remove it, except at the start of a file",
}


def _message(character: str) -> str:
    kind = {"Cc": "control character", "Zl": "line separator", "Zp": "paragraph separator", "Cf": "byte order mark"}
    return f"{kind.get(category(character), 'noncharacter')} U+{ord(character):04X} is not allowed"


def _forbidden(text: str, file: str) -> Finding:
    before = re.split(_FORBIDDEN, text, maxsplit=1)[0]
    character = text[len(before)]
    return unreadable(_message(character), _character_after(before, file), _REMEDIES.get(character, REMOVE))


def _character_after(before: str, file: str) -> Location:
    clean = re.sub(_NO_LINE_END, "?", before)
    return Lines(file, clean).span(len(before), len(before) + 1)


_LONGEST: Final = 60


def plain(text: str) -> str:
    """Return a text on one line, with secrets masked, and truncated if long."""
    text = masked(text)
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
    return cut if cut.isprintable() else "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)


def shown(text: str) -> str:
    """Return a text as `plain` does, in quotes."""
    return f"'{plain(text)}'"


def kind_of(value: object) -> str:
    """Return a description of a value in terms of YAML."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, Decimal)):
        digits = str(value) if abs(value) < 10**_LONGEST else "out of range"
        return f"the number {digits}"
    if isinstance(value, str):
        return f"the text {shown(value)}" if value else "empty text"
    if isinstance(value, Mapping):
        return "a mapping"
    return "a list" if isinstance(value, Sequence) else "something else"


def most_similar(unknown: str, among: list[str]) -> str | None:
    """Return the word most similar to an unknown one, None if none is similar."""
    from difflib import get_close_matches  # noqa: PLC0415 - slow to import, and few files have a mistake

    return next(iter(get_close_matches(unknown, among, 1)), None)


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return words as an enumeration: `a`, `a and b`, `a, b and c`."""
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def first_of(words: Sequence[str], most: int = 10) -> str:
    """Return the first words and the number of the others: `a, b and 3 more`."""
    more = len(words) - most
    return f"{', '.join(words[:most])}{f' and {more} more' if more > 0 else ''}"


WORDS: Final[dict[str, Node]] = {"null": None, "~": None, "true": True, "false": False}
NUMBER_BEGINS: Final = frozenset("-0123456789")

_NUMBER: Final = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?")
_LONGEST_NUMBER: Final = 300  # longer numbers are text


class Meanings(dict[str, Node]):
    """Values of the plain scalars of one file, resolved on first use. Equal texts are interned.

    `quoted` are the texts of quoted scalars.
    """

    __slots__ = ("quoted",)

    def __init__(self) -> None:
        super().__init__(WORDS)
        self.quoted: dict[str, str] = {}

    def __missing__(self, text: str) -> Node:
        value = self[text] = resolved(text) if text[0] in NUMBER_BEGINS else text
        return value

    def text(self, text: str) -> str:
        """Return the interned text of a key, which is never resolved."""
        value = self[text] if text else text
        return value if isinstance(value, str) else text

    def of_quoted(self, text: str) -> str:
        """Return the interned text of a quoted scalar."""
        return self.quoted.setdefault(text, text)


def resolved(text: str) -> Node:
    """Return the value of a plain scalar that begins like a number."""
    found = _NUMBER.fullmatch(text) if len(text) <= _LONGEST_NUMBER else None
    if found is None:
        return text
    whole, fraction = found.groups()
    # 5.0 is an integer, as in JSON Schema. All other fractions are exact.
    return Decimal(text) if fraction and fraction.strip(".0") else int(whole)
