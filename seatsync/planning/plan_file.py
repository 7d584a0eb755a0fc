"""Reads saved plans, and refuses every document that `plan.to_json` does not write."""

import json
import re
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from seatsync.account.actions.table import ACTIONS
from seatsync.account.history import canonical, from_plain, value_from
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.errors import PlanRefused
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.planning.assignments import work_of
from seatsync.planning.plan import (
    FORMAT,
    CostChange,
    Excluded,
    Json,
    Kept,
    Lasting,
    Limit,
    MachineWork,
    Plan,
    PlannedStep,
    Required,
    Undo,
    Work,
    to_json,
)
from seatsync.reading.schema import is_valid

_OTHER_VERSION = re.compile(r"seatsync/plan/[0-9]{1,9}")
_DEEPEST_POLICY = 9
"""Levels of lists and mappings in a policy: more than any policy has, and few enough for every program."""

_Raw: TypeAlias = Any  # an unvalidated document: `from_json` refuses any other shape


def from_json(text: str, name: str = "the plan file") -> Plan:
    """Read a saved plan; `name` is that of its file in messages.

    Raises PlanRefused (PLAN002) unless the text is byte for byte what `to_json` writes, and valid under the schema.
    """
    document = None
    try:
        document = json.loads(text, parse_float=_no_number, parse_constant=_no_number)
        if is_valid(document, "plan") and not _nests(document["policy"], _DEEPEST_POLICY):
            plan = _plan(document)
            if to_json(plan) == text and _is_consistent(plan):
                return plan
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass  # any other shape is refused below
    remedy = "make a new one with `seatsync plan --out`"
    form = document.get("format") if isinstance(document, dict) else None
    if isinstance(form, str) and form != FORMAT and _OTHER_VERSION.fullmatch(form):
        raise PlanRefused("PLAN002", f"{name} has format {form}, but this version of seatsync reads {FORMAT}", remedy)
    raise PlanRefused("PLAN002", f"{name} was altered, or is not a plan", remedy)


def _no_number(text: str) -> None:
    """Refuse fractions, NaN and Infinity, which no plan contains."""
    raise ValueError(text)


def _nests(value: Json, most: int) -> bool:
    """Return True if lists and mappings are nested deeper than `most`."""
    if not isinstance(value, dict | list):
        return False
    inner = value.values() if isinstance(value, dict) else value
    return most == 0 or any(_nests(each, most - 1) for each in inner)


def _is_consistent(plan: Plan) -> bool:
    """Return True if the day exists, steps are numbered from 1 and need earlier ones, and nobody is listed twice.

    The work of people, if listed, is that of the steps, and that of machines is about as many in each team.
    """
    steps_are = all(
        planned.id == rank
        and all(0 < need < rank for need in planned.needs)
        and len(set(planned.performers)) == len(planned.performers)
        for rank, planned in enumerate(plan.steps, 1)
    )
    by_team = Counter(planned.step.scope.name for planned in plan.steps if planned.route == "api")
    machines = {each.team: each.steps for each in plan.machine} == by_team and len(by_team) == len(plan.machine)
    works = plan.work in {None, work_of(plan)} and (machines or plan.work is None)
    return date.fromisoformat(plan.at).isoformat() == plan.at and steps_are and works


def _plan(document: _Raw) -> Plan:
    return Plan(
        account=document["account"]["name"],
        lineage=document["account"]["lineage"],
        serial=document["account"]["serial"],
        target=document["target"],
        actor=document["actor"],
        at=document["at"],
        config_digest=document["config"]["digest"],
        policy=canonical(document["policy"]),
        allow=tuple(document["allow"]),
        steps=tuple(_planned(step) for step in document["steps"]),
        left_out=tuple(_excluded(each) for each in document["left_out"]),
        unknown=tuple(Unknown(**each) for each in document["unknown"]),
        assumed=tuple(_assumed(each) for each in document["assumed"]),
        synced=tuple(tuple(thing.items()) for thing in document["synced"]),
        unmanaged=tuple(tuple(thing.items()) for thing in document["unmanaged"]),
        unseen=tuple(tuple(thing.items()) for thing in document["unseen"]),
        findings=tuple(_finding(finding) for finding in document["findings"]),
        undo=_undo(document["undo"]) if "undo" in document else None,
        require=_required(document["require"]) if "require" in document else None,
        teams=tuple(document.get("teams", ())),
        no_work=tuple(document.get("no_work", ())),
        head=document["account"]["head"],
        work=tuple(Work(**each) for each in document["work"]) if "work" in document else None,
        machine=tuple(MachineWork(**each) for each in document.get("machine", ())),
        limit=Limit(tuple(document["limit"]["routes"]), document["limit"]["left_out"]) if "limit" in document else None,
        cost=tuple(_cost(each) for each in document.get("cost", ())),
    )


def _cost(document: _Raw) -> CostChange:
    bought, assigned = (
        (Decimal(document[key]["before"]), Decimal(document[key]["after"])) for key in ("bought", "assigned")
    )
    return CostChange(document["currency"], bought, assigned)


def _excluded(document: _Raw) -> Excluded:
    kind = next(iter(document))
    return Excluded(kind, document[kind], tuple(document["findings"]))


def _assumed(document: _Raw) -> Assumed:
    things = tuple((kind, name) for kind, name in document.items() if kind not in {"fact", "value", "instead_of"})
    instead_of = value_from(document["instead_of"]) if "instead_of" in document else None
    return Assumed(things, document["fact"], value_from(document["value"]), instead_of)


def _required(document: _Raw) -> Required:
    return Required(document["approvals"], tuple(document["authors"]))


def _planned(document: _Raw) -> PlannedStep:
    step = from_plain(document)
    return PlannedStep(
        id=document["id"],
        step=step,
        kind=document["kind"],
        channel=ACTIONS[step.action].channel,
        route=document["route"],
        needs=tuple(document["needs"]),
        performers=tuple(document["performers"]),
        allowed=document["allowed"],
        effects=tuple(document["effects"]),
        codes=tuple(document["codes"]),
        reason=_span(document["reason"]) if document["reason"] is not None else None,
        case=document.get("case"),
        notes=tuple(document.get("notes", ())),
    )


def _finding(document: _Raw) -> Finding:
    return Finding(
        document["code"],
        Severity(document["severity"]),
        document["message"],
        _span(document) if "file" in document else None,
        document["hint"],
        document["source"],
        tuple(Related(_span(related), related["message"]) for related in document["related"]),
        passing=document.get("passing", False),
    )


def _undo(document: _Raw) -> Undo:
    lasting = (Lasting(each["why"], from_plain(each), each["case"]) for each in document["lasting"])
    kept = (Kept(tuple(each["thing"].items()), each["serial"]) for each in document["kept"])
    return Undo(document["run"], document["whole"], tuple(lasting), tuple(kept))


def _span(document: _Raw) -> Location:
    return Location(
        document["file"], document["line"], document["column"], document["end_line"], document["end_column"]
    )
