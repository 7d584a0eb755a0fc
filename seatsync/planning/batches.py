"""Batches of alike steps that people carry out together: with one import file, or as one entry of a checklist."""

from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from typing import NamedTuple

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.user_actions import RESEND_INVITATION
from seatsync.planning.plan import PlannedStep

FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
"""Characters that make a spreadsheet read a cell as a formula if they are its first, also in their wide forms."""

_IMPORTED = frozenset({"member", "seat", "group member"})
_TOGETHER = frozenset({*_IMPORTED, "service", "support"})


def import_key(step: Step) -> tuple[str, ...] | None:
    """Return the import that a step belongs to: its action, team, and product or group; None if there is no import.

    The portal imports invitations to a team, assignments of a product to people, and additions to a group. An address
    that a spreadsheet would read as a formula cannot be in a file.
    """
    spec, user = ACTIONS[step.action], step.get("user")
    is_imported = spec.kind == "add" and spec.holding in _IMPORTED and step.scope.kind == "team"
    if not is_imported or not isinstance(user, str) or user.startswith(tuple(FORMULA_STARTS)):
        return None
    return step.action, step.scope.name, str(step.get("product") or step.get("group") or "")


def entry_key(planned: PlannedStep) -> tuple[str, ...] | None:
    """Return the key of steps that are one entry of a checklist: an import, or the same by hand for several people."""
    step = planned.step
    if planned.route == "csv":
        return import_key(step)
    alike = ACTIONS[step.action].holding in _TOGETHER or step.action == RESEND_INVITATION.name
    if planned.route != "console" or not alike or not isinstance(step.get("user"), str):
        return None
    names = (step.get(name) for name in ("product", "group", "service"))
    return step.action, step.scope.kind, step.scope.name, *(str(name or "") for name in names)


def people_needs(steps: Iterable[PlannedStep]) -> dict[int, frozenset[int]]:
    """Return the steps of people that each step of people needs, by id: also through steps of an API."""
    found: dict[int, frozenset[int]] = {}
    behind: dict[int, frozenset[int]] = {}
    for planned in steps:
        needs = frozenset[int]().union(*(behind.get(need, {need}) for need in planned.needs))
        (behind if planned.route == "api" else found)[planned.id] = needs
    return found


class Turn(NamedTuple):
    """Consecutive entries that one person can do, from `start` up to `end`. None: nobody is known who may."""

    person: str | None
    start: int
    end: int


def hand_overs(able: Sequence[Collection[str]]) -> list[Turn]:
    """Cut entries into few parts that one person can do, given the people for each; who did one is preferred."""
    found: list[Turn] = []
    at = 0
    while at < len(able):
        together, end = frozenset(able[at]), at + 1
        while together and end < len(able) and (common := together.intersection(able[end])):
            together, end = common, end + 1
        known = [turn.person for turn in reversed(found) if turn.person in together]
        found.append(Turn(next(iter([*known, *sorted(together)]), None), at, end))
        at = end
    return found


def batches(
    steps: Sequence[PlannedStep],
    key: Callable[[PlannedStep], Hashable | None] = lambda planned: import_key(planned.step),
    able: Mapping[int, Collection[str]] | None = None,
) -> list[tuple[PlannedStep, ...]]:
    """Return the steps of a plan in order, those that can be one import together.

    A batch contains steps of one key that are ready once everything before it is done, and that one person may do; it
    takes the place of its first step. Steps without a key are alone. `able` are the people for each step by its id, as
    of `candidates` in `assignments.py`, by default its performers.
    """
    people = {planned.id: planned.performers for planned in steps} if able is None else able
    order = _Order(steps, key)
    found = []
    for planned in steps:
        if planned.id not in order.done:
            batch = order.ready_with(planned, people)
            order.finish(batch)
            found.append(batch)
    return found


class _Order:
    """The steps that are done, and the ones that are ready by key. `missing` counts the unfinished needs of a step."""

    def __init__(self, steps: Sequence[PlannedStep], key: Callable[[PlannedStep], Hashable | None]) -> None:
        self.done: set[int] = set()
        self._keys = {planned.id: key(planned) for planned in steps}
        self._ready: dict[Hashable, dict[int, PlannedStep]] = {}
        self._needed_by: dict[int, list[PlannedStep]] = {}
        self._missing: dict[int, int] = {}
        for planned in steps:
            needs = [need for need in planned.needs if need in self._keys]
            self._missing[planned.id] = len(needs)
            for need in needs:
                self._needed_by.setdefault(need, []).append(planned)
            if not needs:
                self._is_ready(planned)

    def ready_with(self, first: PlannedStep, able: Mapping[int, Collection[str]]) -> tuple[PlannedStep, ...]:
        """Return a step and the ready ones of its key that one of its people may do too, in the order of ids."""
        ready = self._ready.get(self._keys[first.id], {})
        batch, together = [first], set(able[first.id])
        for planned in sorted(ready.values()):
            common = together.intersection(able[planned.id])
            if common and planned.id != first.id:
                batch.append(planned)
                together = common
        return tuple(batch)

    def finish(self, batch: Iterable[PlannedStep]) -> None:
        """Mark steps as done, and those that needed nothing else as ready."""
        for planned in batch:
            self.done.add(planned.id)
            self._ready.get(self._keys[planned.id], {}).pop(planned.id, None)
        for planned in batch:
            for later in self._needed_by.get(planned.id, ()):
                self._missing[later.id] -= 1
                if not self._missing[later.id]:
                    self._is_ready(later)

    def _is_ready(self, planned: PlannedStep) -> None:
        key = self._keys[planned.id]
        if key is not None:
            self._ready.setdefault(key, {})[planned.id] = planned
