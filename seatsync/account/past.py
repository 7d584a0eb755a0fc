"""The history of an account: one entry for each change of its serial, grouped into runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from seatsync.account.actions.step import Step
from seatsync.account.model import Change

PORTAL = "portal"
"""The actor of changes made in the vendor's portal and noticed by seatsync later. Never an address."""


class HistoryEntry(NamedTuple):
    """One change: the serial after it, the step, and the rows it changed (reversed, they undo it).

    `run` is the number of the command that made it, shared by all its changes; `at` is an instant such as
    `2026-06-15T12:00:00Z`; `actor` is an address, None for the owner, or `PORTAL` for changes outside of seatsync.
    """

    serial: int
    run: int
    at: str
    actor: str | None
    step: Step
    rows: tuple[Change, ...]


class Run(NamedTuple):
    """The changes of one command, in order. There is at least one."""

    number: int
    entries: tuple[HistoryEntry, ...]


class RunSummary(NamedTuple):
    """A run with the kind of its command, such as `apply` or `undo of run 2`, and the ids of the cases it opened.

    There is at least one change or case. `at` and `actor` are those of the first.
    """

    number: int
    kind: str
    at: str
    actor: str | None
    entries: tuple[HistoryEntry, ...] = ()
    cases: tuple[str, ...] = ()


def runs(entries: Iterable[HistoryEntry]) -> list[Run]:
    """Group the entries of a journal by run, in order."""
    found: dict[int, list[HistoryEntry]] = {}
    for entry in entries:
        found.setdefault(entry.run, []).append(entry)
    return [Run(number, tuple(entries)) for number, entries in found.items()]
