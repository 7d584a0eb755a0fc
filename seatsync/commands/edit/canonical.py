"""Files that were in canonical form before a change, in canonical form after it."""

from __future__ import annotations

from typing import Final

from seatsync.editing.placing import Changed
from seatsync.formatting.text import NotFormatted, formatted

_LARGEST: Final = 1 << 20
"""Bytes: a larger file, of ten thousand people or more, takes seconds, and is left to `seatsync fmt`."""


def still_canonical(file: str, changed: Changed) -> Changed:
    """The change of a file, with its new content in canonical form if its old content is."""
    if len(changed.old) > _LARGEST or file.lower().endswith(".csv"):
        return changed
    try:
        if formatted(changed.old, file, "fragment") != changed.old:
            return changed
        new = formatted(changed.new, file, "fragment")
    except NotFormatted:
        return changed
    return Changed(changed.old, new) if isinstance(new, bytes) else changed
