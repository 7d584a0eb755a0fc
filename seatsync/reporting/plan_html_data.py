"""The steps of a plan as compact data for its HTML page, with people and places by number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.model import Scope
from seatsync.applying import waits_for_people
from seatsync.planning.plan import Plan, PlannedStep
from seatsync.planning.work import assign_steps
from seatsync.reporting.escape import visible
from seatsync.reporting.markup import in_script
from seatsync.reporting.paint import PLAIN
from seatsync.reporting.plan_text import AUTOMATIC_ROUTES, details, risk
from seatsync.reporting.wording import place, sentence

_KINDS = {"add": 0, "change": 1, "remove": 2}
_Row: TypeAlias = "list[int | str | list[str] | list[int]]"


@dataclass(frozen=True, slots=True)
class Data:
    """The data as text for a script element, and the number of each place in it."""

    text: str
    places: Mapping[Scope, int]


@dataclass(slots=True)
class _Numbers:
    """Numbers of names, in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def of(plan: Plan) -> Data:
    """Return the data of a plan's steps.

    A row consists of: id, place, kind, sentence, details, needed steps, the person who does it (-1: nobody), people who
    may do it, people concerned, 1 if it is done by people, 1 if it changes roles.
    """
    people = _Numbers()
    doers = {planned.id: work.person for work in assign_steps(plan).lists for planned in work.steps}
    places: dict[Scope, int] = {}
    rows = [
        _row(planned, plan, places.setdefault(planned.step.scope, len(places)), doers.get(planned.id), people)
        for planned in plan.steps
    ]
    document = {
        "people": [visible(name) for name in people.numbers],
        "places": [place(scope) for scope in places],
        "steps": rows,
    }
    return Data(in_script(json.dumps(document, separators=(",", ":"))), places)


def _row(planned: PlannedStep, plan: Plan, where: int, doer: str | None, people: _Numbers) -> _Row:
    lines = list(details(planned, plan, PLAIN))
    if planned.reason is not None:
        lines.append(f"because of {visible(str(planned.reason))}")
    named = (planned.step.get(name) for name in ("user", "to", "primary_admin"))
    return [
        planned.id,
        where,
        _KINDS[planned.kind],
        sentence(planned.step),
        lines,
        list(planned.needs),
        -1 if doer is None else people.of(doer),
        [people.of(name) for name in planned.performers],
        [people.of(name) for name in named if isinstance(name, str) and "@" in name],
        int(planned.route not in AUTOMATIC_ROUTES or waits_for_people(planned, plan.actor)),
        int(risk(planned) == 0),
    ]
