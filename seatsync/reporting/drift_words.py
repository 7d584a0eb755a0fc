"""Phrases for the facts of a drift, worded like those of a diff."""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.account.actions.step import Facts
from seatsync.declaration.comparing import Difference, Kind
from seatsync.declaration.normal import Json
from seatsync.drift.facts import Fact, Value
from seatsync.reporting.diff_text import words

_PERSONS = frozenset({"primary admin", "contract manager", "contract_manager", "software coordinator", "address"})


def phrase(fact: Fact, shown: Mapping[str, str]) -> tuple[Kind, str]:
    """Return kind and phrase of a change since the last apply, in the portal or (status `git`, `waiting`) in git."""
    now = fact.git if fact.status in {"git", "waiting"} else fact.portal
    before = fact.portal if fact.status == "waiting" else fact.applied
    return between(fact, before, now, shown)


def between(fact: Fact, before: Value, now: Value, shown: Mapping[str, str]) -> tuple[Kind, str]:
    """Return kind and phrase of the difference between two values of a fact."""
    difference = _difference(fact, before, now, shown)
    return difference.kind, words(difference)


def value_text(fact: Fact, value: Value, shown: Mapping[str, str]) -> str:
    """Describe one value of a fact."""
    if value is None:
        return "none"
    if value is True or fact.what == "role":
        return "there" if value is True else str(value)
    kind, text = between(fact, None, value, shown)
    return text if kind == "add" else text.rpartition(" -> ")[2]


def plain(fact: Fact, value: Value, shown: Mapping[str, str]) -> Json | bool:
    """Return one value of a fact for a document, with addresses as written."""
    if isinstance(value, Facts):
        facts: dict[str, Json] = {name: _listed(text) for name, text in value.items}
        if isinstance(facts.get("contract_manager"), str):
            facts["contract_manager"] = shown.get(str(facts["contract_manager"]), facts["contract_manager"])
        return facts
    if isinstance(value, str) and dict(fact.of).get("fact", fact.what) in _PERSONS:
        return shown.get(value, value)
    return value


def _listed(value: str | int | tuple[str, ...] | None) -> Json:
    return list(value) if isinstance(value, tuple) else value


def of(fact: Fact, shown: Mapping[str, str]) -> dict[str, str]:
    """Return the things that a fact belongs to, with addresses as written."""
    return {kind: shown.get(name, name) if kind == "user" else name for kind, name in fact.of}


def _difference(fact: Fact, before: Value, now: Value, shown: Mapping[str, str]) -> Difference:
    names = of(fact, shown)
    what, field = fact.what, names.pop("fact", None)
    old, new = plain(fact, before, shown), plain(fact, now, shown)
    kind: Kind = "add" if old is None else "remove" if new is None else "change"
    if field is not None:
        what = "facts" if what == "contract" else what
        return Difference("change", fact.scope, what, tuple(names.items()), {field: _json(old)}, {field: _json(new)})
    if what == "role" and kind != "change":
        what, old, new = str(new or old), None if old is None else True, None if new is None else True
    if what == "person" and kind == "change":
        what = "name"
    return Difference(kind, fact.scope, what, tuple(names.items()), _json(old), _json(new))


def _json(value: Json | bool) -> Json:  # noqa: FBT001 - a fact without a value
    """Return a value as `diff` has it: an empty mapping for something that exists."""
    return {} if value is True else None if value is False else value
