"""Numbers of things in words."""

from __future__ import annotations


def number_of(count: int, one: str, many: str = "") -> str:
    """`1 step`, `2 steps`, `0 steps`."""
    return f"{count} {one if count == 1 else many or one + 's'}"
