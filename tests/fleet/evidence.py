"""What the log of an account proves about the runs of a fleet: every step once, one run at a time, nothing doubled.

Nothing here asks the engine: it might be wrong about itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from seatsync.account.history import canonical
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.audit_log import Entry
from seatsync.targets.sql.store import SqlTarget

_EFFECTS: Final = {"step": ("serial", "step", "mails"), "case-opened": ("case", "step")}
"""Kinds of entries that have an effect, and what of them is the same whoever carries it out."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """The entries of one attempt at a run, in order. `key` is that of the run, None outside of a fleet."""

    number: int
    key: str | None
    kinds: tuple[str, ...]

    @property
    def is_cut_off(self) -> bool:
        """True if it ended before it had recorded what it applied."""
        return self.kinds[-1] != "applied"


def effects(target: SqlTarget) -> list[str]:
    """Return the steps, with their mails, and the cases of an account, in order."""
    return [
        canonical([facts[name] for name in _EFFECTS[facts["kind"]]])
        for facts in (entry.facts for entry in inquiries.log(target).items)
        if facts["kind"] in _EFFECTS
    ]


def attempts(entries: Sequence[Entry]) -> list[Attempt]:
    """Return the attempts in a log, as often as one begins or goes on."""
    found = []
    runs = (entry.facts for entry in entries if "run" in entry.facts)
    for number, group in groupby(runs, lambda facts: facts["run"]):
        some: list[dict[str, Any]] = list(group)
        keys = {facts["key"] for facts in some if "key" in facts}
        found.append(Attempt(number, min(keys, default=None), tuple(facts["kind"] for facts in some)))
    return found


def problems(target: SqlTarget, wanted: Sequence[str]) -> Iterator[str]:
    """Yield what is wrong with an account, whose effects should be some."""
    verified = inquiries.verify(target)
    if not verified.ok:
        yield f"it does not verify: {verified.problem}"
    found = effects(target)
    if found != list(wanted):
        lost, more = [each for each in wanted if each not in found], len(found) - len(wanted)
        yield f"lost: {lost}" if lost else f"doubled: {more}" if more > 0 else "in another order"
    yield from disorder(attempts(inquiries.log(target).items))


def disorder(made: Sequence[Attempt]) -> Iterator[str]:
    """Yield what is wrong with the order of the attempts at an account."""
    numbers = [attempt.number for attempt in made]
    if numbers != sorted(set(numbers)):
        yield f"runs are interleaved: {numbers}"
    keys = [key for key, _ in groupby(attempt.key for attempt in made)]
    if len(keys) != len(set(keys)):
        yield f"attempts at different runs are interleaved: {keys}"
    if any(attempt.kinds[0] != "covers" for attempt in made if attempt.key is not None):
        yield f"an attempt goes on where another one had begun: {numbers}"
    if made[-1].is_cut_off:
        yield "the last run is not finished"
