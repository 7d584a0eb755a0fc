"""Filled forms, as GitHub writes them into the text of an issue."""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.staffing.requests import FIELDS


def form(values: Mapping[str, str]) -> str:
    """Return the text of a form with some fields filled in."""
    return "\n\n".join(f"### {label}\n\n{values.get(label, '_No response_')}" for label in FIELDS)
