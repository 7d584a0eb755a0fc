"""Files that were in canonical form before a change, in canonical form after it."""

from __future__ import annotations

from typing import Final

from seatsync.formatting.text import NotFormatted, formatted

_LARGEST: Final = 1 << 20
"""Bytes: a larger file, of ten thousand people or more, takes seconds, and is left to `seatsync fmt`."""


def still_canonical(file: str, old: bytes, new: bytes) -> bytes:
    """The new content of a fragment (or CSV), in canonical form if the old content is."""
    if len(old) > _LARGEST or file.lower().endswith(".csv"):
        return new
    try:
        if formatted(old, file, "fragment") != old:
            return new
        found = formatted(new, file, "fragment")
    except NotFormatted:
        return new
    return found if isinstance(found, bytes) else new
