"""Steps as JSON text, the form in which journals and cases store them, and back."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from json.encoder import encode_basestring as quoted
from typing import Any

from seatsync.account.actions.step import Facts, Plain, Step
from seatsync.account.actions.table import CHANGES_ADDRESS
from seatsync.account.email import identity
from seatsync.account.model import WHOLE_ACCOUNT, Scope

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_IN_ORDER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)


def canonical(document: object) -> str:
    """Return canonical JSON: sorted keys, no spaces, no escaped non-ASCII characters."""
    return _CANONICAL.encode(document)


def to_text(step: Step) -> str:
    """Return a step as JSON on one line. Arguments keep their order, so that `from_text` returns an equal step."""
    return f'{{"action":{quoted(step.action)},"scope":{_scope_text(step.scope)},"args":{_args(step.args, _in_order)}}}'


def to_canonical(step: Step) -> str:
    """Return the canonical JSON of `to_plain`."""
    args = _args(sorted(step.args), canonical)
    return f'{{"action":{quoted(step.action)},"args":{args},"scope":{_scope_text(step.scope)}}}'


def from_text(text: str) -> Step:
    """Parse the text of `to_text`. Raises ValueError, KeyError, TypeError or AttributeError for any other."""
    return from_plain(json.loads(text))


def to_plain(step: Step) -> dict[str, Any]:
    """Return a step as plain JSON data, as in the plan document."""
    scope = {} if step.scope.kind == "account" else {step.scope.kind: step.scope.name}
    return {"action": step.action, "scope": scope, "args": {name: _plain(value) for name, value in step.args}}


def from_plain(document: Mapping[str, Any]) -> Step:
    """Return the step of plain JSON data, the inverse of `to_plain`."""
    args = tuple((name, _value(value)) for name, value in document["args"].items())
    return Step(document["action"], _scope(document["scope"]), args)


def same(step: Step) -> str:
    """Return a canonical text that is equal for steps that request the same: every person is named by identity."""
    document = to_plain(step)
    for name, value in step.args:
        person = name in {"user", "primary_admin"} or (name == "to" and step.action in CHANGES_ADDRESS)
        if person and isinstance(value, str):
            document["args"][name] = identity(value) or value
    return canonical(document)


def _args(args: Iterable[tuple[str, Plain]], encode: Callable[[object], str]) -> str:
    """Return arguments as JSON. Formatted by hand for speed: a store writes two texts of every step."""
    rows = [
        f"{quoted(name)}:{quoted(value) if isinstance(value, str) else encode(_plain(value))}" for name, value in args
    ]
    return f"{{{','.join(rows)}}}"


def _scope_text(scope: Scope) -> str:
    return "{}" if scope.kind == "account" else f'{{"{scope.kind}":{quoted(scope.name)}}}'


def _in_order(document: object) -> str:
    return _IN_ORDER.encode(document)


def _plain(value: Plain) -> object:
    if isinstance(value, Facts):
        return dict(value.items)
    return value


def _value(value: object) -> Plain:
    if isinstance(value, dict):
        return Facts(tuple((name, tuple(fact) if isinstance(fact, list) else fact) for name, fact in value.items()))
    if isinstance(value, list):
        return tuple(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(value)


def _scope(document: dict[str, str]) -> Scope:
    if not document:
        return WHOLE_ACCOUNT
    ((kind, name),) = document.items()
    if kind == "team":
        return Scope("team", name)
    if kind == "contract":
        return Scope("contract", name)
    raise ValueError(kind)
