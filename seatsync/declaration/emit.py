"""Plain values to YAML: block style, one canonical text, quotes exactly where the narrow schema or YAML wants them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

Plain: TypeAlias = "Mapping[str, Plain] | Sequence[str] | str | int | None"
"""What is written: mappings, lists of texts, texts, whole numbers, null."""

_STEP = "  "
_LONGEST_KEY = 1000  # YAML takes a key on one line up to 1024 characters, and wants `?` before a longer one

# Not text when it stands plain: numbers, booleans, null; and `<<`, which the reader refuses.
_RESOLVED = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|true|false|null|~|<<")
# What a plain text may begin with: no indicator, but `-` and `:` before something else than a space.
_OPENING = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[\-:][^\s]")
_MARKUP = re.compile(r":(?:\s|$)|\s#|\s$|^(?:---|\.\.\.)(?:\s|$)")


def yaml_of(value: Mapping[str, Plain]) -> str:
    """A mapping as a YAML document."""
    lines: list[str] = []
    _mapping(value, "", lines)
    return "".join(lines)


def scalar(text: str) -> str:
    """A text as a YAML value."""
    return quoted(text) if _RESOLVED.fullmatch(text) else key(text)


@lru_cache(maxsize=1 << 16)  # the same people stand in list after list
def key(text: str) -> str:
    """A text as a YAML key (every key is text, whatever it looks like)."""
    plain = text.isprintable() and _OPENING.match(text) and not _MARKUP.search(text) and text != "<<"
    return text if plain else quoted(text)


def quoted(text: str) -> str:
    """A text in double quotes; what cannot be printed is escaped."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text) + '"'


def _escape(character: str) -> str:
    return '\\"' if character == '"' else character.encode("unicode_escape").decode("ascii")


def _mapping(value: Mapping[str, Plain], margin: str, lines: list[str]) -> None:
    for name, field in value.items():
        written = key(name)
        if len(written) > _LONGEST_KEY:
            lines.append(f"{margin}? {written}\n")
            written = ""
        _field(f"{margin}{written}:", field, margin + _STEP, lines)


def _field(start: str, value: Plain, margin: str, lines: list[str]) -> None:
    """A key, as far as its colon, with its value."""
    if isinstance(value, str):
        lines.append(f"{start} {scalar(value)}\n")
    elif value is None:
        lines.append(f"{start} null\n")
    elif isinstance(value, int):
        lines.append(f"{start} {value}\n")
    elif not value:
        lines.append(f"{start} {'{}' if isinstance(value, Mapping) else '[]'}\n")
    else:
        lines.append(f"{start}\n")
        if isinstance(value, Mapping):
            _mapping(value, margin, lines)
        else:
            lines += [f"{margin}- {scalar(item)}\n" for item in value]
