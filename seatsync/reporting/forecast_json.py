"""JSON document of a forecast: `seatsync/forecast/1`."""

from __future__ import annotations

import json
from typing import TypeAlias

from seatsync.finding import Location
from seatsync.planning.forecast import DatedChange, Forecast, Gap, Shortage
from seatsync.reporting.escape import json_safe

FORMAT = "seatsync/forecast/1"

_Json: TypeAlias = dict[str, object]


def render(forecast: Forecast) -> str:
    """Return the document; fields that a change does not have are omitted."""
    document: _Json = {
        "format": FORMAT,
        "account": forecast.account,
        "at": forecast.window.at,
        "until": forecast.window.until,
        "teams": list(forecast.window.teams),
        "changes": [_change(change) for change in forecast.changes],
        "shortages": [_shortage(short) for short in forecast.shortages],
        "admins": [_gap(gap) for gap in forecast.gaps],
        "summary": {
            "changes": len(forecast.changes),
            "shortages": len(forecast.shortages),
            "admins": len(forecast.gaps),
        },
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change(change: DatedChange) -> _Json:
    """Return one change; the name of its thing has the kind of the thing as key."""
    names = {"group_member": "group", "seat": "product", "service": "service", "subscription": "subscription"}
    facts: _Json = {
        "day": change.day,
        "change": change.change,
        "kind": change.kind,
        "scope": {} if change.scope.kind == "account" else {change.scope.kind: change.scope.name},
        "user": change.user,
        names.get(change.kind, "thing"): change.thing,
        **(
            {"product": change.product, "seats": change.seats, "tokens": change.tokens}
            if change.product is not None
            else {}
        ),
        "last": change.last,
        "invited": change.invited,
        **_place(change.at),
    }
    return {name: fact for name, fact in facts.items() if fact is not None}


def _shortage(short: Shortage) -> _Json:
    return {
        "team": short.team,
        "product": short.product,
        "first": short.first,
        "last": short.last,
        "seats": short.seats,
        "assigned": len(short.holders),
        "missing": short.missing,
        "holders": list(short.holders),
        "ended": [{"subscription": ending.subscription, "last": ending.last} for ending in short.ended],
        **_place(short.at),
    }


def _gap(gap: Gap) -> _Json:
    return {
        "team": gap.team,
        "first": gap.first,
        "last": gap.last,
        "secondary_admins": gap.admins,
        "wanted": gap.wanted,
        **_place(gap.at),
    }


def _place(at: Location) -> _Json:
    return {"file": at.file, "line": at.line, "column": at.column}
