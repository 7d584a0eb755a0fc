"""Counts with a singular or plural noun."""

from __future__ import annotations


def number_of(count: int, one: str, many: str = "") -> str:
    """Return a count with its noun: `1 step`, `2 steps`, `0 steps`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
