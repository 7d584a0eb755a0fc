"""What an account went through: one entry for each change of its serial, as a journal keeps it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatsync.account.actions.step import Step
from seatsync.account.model import Change

PORTAL = "portal"
"""The actor of changes that somebody made in the vendor's portal and seatsync saw later. Not an address of anybody."""


class HistoryEntry(NamedTuple):
    """One change: the serial after it, and the rows that the step changed, which reversed take it back.

    `run` is the number of the command that made it, the same for all its changes; `at` a moment as
    `2026-06-15T12:00:00Z`; `actor` an address, None for the owner, `PORTAL` for what happened outside of seatsync.
    """

    serial: int
    run: int
    at: str
    actor: str | None
    step: Step
    rows: tuple[Change, ...]


class Run(NamedTuple):
    """What one command changed, in order. There is at least one change."""

    number: int
    entries: tuple[HistoryEntry, ...]


class RunSummary(NamedTuple):
    """A run with what kind of command it was, such as `apply` or `undo of run 2`, and the ids of cases it opened.

    There is a change or a case. `at` and `actor` are those of the first.
    """

    number: int
    kind: str
    at: str
    actor: str | None
    entries: tuple[HistoryEntry, ...] = ()
    cases: tuple[str, ...] = ()


def runs(entries: Iterable[HistoryEntry]) -> list[Run]:
    """The runs of a journal, in order."""
    found: dict[int, list[HistoryEntry]] = {}
    for entry in entries:
        found.setdefault(entry.run, []).append(entry)
    return [Run(number, tuple(entries)) for number, entries in found.items()]
