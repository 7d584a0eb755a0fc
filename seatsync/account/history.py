"""The history of an account as journals store it: entries, runs, tracked people, and steps as JSON text."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple, TypeAlias

from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, Scope

PORTAL = "portal"
"""The actor of changes made in the vendor's portal and noticed by seatsync later. Never an address."""


class HistoryEntry(NamedTuple):
    """One change: the serial after it, the step, and the rows it changed (reversed, they undo it).

    `run` is the number of the command that made it, shared by all its changes; `at` is an instant such as
    `2026-06-15T12:00:00Z`; `actor` is an address, None for the owner, or `PORTAL` for what a look at the real account
    showed. `origin` is where a look, or reading a step back, showed it. `case` is the case that was carried out or
    contradicted thereby: other changes by `PORTAL` were made outside of seatsync.
    """

    serial: int
    run: int
    at: str
    actor: str | None
    step: Step
    rows: tuple[Change, ...]
    origin: str | None = None
    case: str | None = None

    @property
    def assumed(self) -> bool:
        """True for what an apply took over as declared, without changing it."""
        return self.origin is not None and self.case is None and self.actor != PORTAL


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


# Tracked people

TrackedPeople: TypeAlias = Mapping[Scope, AbstractSet[str]]
"""By team or contract: everybody who was declared there in an apply and has not left it since."""

SEPARATOR = "\n"
"""Separator of people in a text: no address contains a line break."""


class LazyPeople(Mapping[Scope, AbstractSet[str]]):
    """Tracked people stored as one text for each scope, split on access only: most plans never need them."""

    def __init__(self, texts: Mapping[Scope, str]) -> None:
        self._texts = dict(texts)

    def __getitem__(self, scope: Scope) -> frozenset[str]:
        return frozenset(self._texts[scope].split(SEPARATOR))

    def __iter__(self) -> Iterator[Scope]:
        return iter(self._texts)

    def __len__(self) -> int:
        return len(self._texts)


def members_by_scope(account: Account) -> dict[Scope, AbstractSet[str]]:
    """Return the members of every team and contract that has any."""
    scopes: dict[Scope, AbstractSet[str]] = {Scope("team", name): team.members for name, team in account.teams.items()}
    scopes |= {Scope("contract", number): contract.members for number, contract in account.contracts.items()}
    return {scope: frozenset(people) for scope, people in scopes.items() if people}


NO_PEOPLE: TrackedPeople = {}
"""The tracked people of a target that does not track any."""


def with_new_names(tracked: TrackedPeople, steps: Iterable[Step]) -> TrackedPeople:
    """Return tracked people with the renames of teams and people by some steps."""
    for step in steps:
        if step.action in RENAMES_TEAM:
            old, new = step.scope, Scope("team", step.text("to"))
            people = tracked.get(old, frozenset()) | tracked.get(new, frozenset())
            tracked = {**{scope: tracked[scope] for scope in tracked if scope != old}, new: people}
        elif step.action in CHANGES_ADDRESS:
            before, after = identity(step.text("user")) or "", identity(step.text("to")) or ""
            tracked = {scope: _with(people, before, after) for scope, people in tracked.items()}
    return tracked


def _with(people: AbstractSet[str], before: str, after: str) -> AbstractSet[str]:
    return (people - {before}) | {after} if before in people else people


# Steps as JSON

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
    return {"action": step.action, "scope": scope, "args": {name: plain_value(value) for name, value in step.args}}


def from_plain(document: Mapping[str, Any]) -> Step:
    """Return the step of plain JSON data, the inverse of `to_plain`."""
    args = tuple((name, value_from(value)) for name, value in document["args"].items())
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
        f"{quoted(name)}:{quoted(value) if isinstance(value, str) else encode(plain_value(value))}"
        for name, value in args
    ]
    return f"{{{','.join(rows)}}}"


def _scope_text(scope: Scope) -> str:
    return "{}" if scope.kind == "account" else f'{{"{scope.kind}":{quoted(scope.name)}}}'


def _in_order(document: object) -> str:
    return _IN_ORDER.encode(document)


def plain_value(value: Plain) -> object:
    """Return the value of an argument or fact as plain JSON data."""
    if isinstance(value, Facts):
        return dict(value.items)
    return value


def value_from(value: object) -> Plain:
    """Return the value of plain JSON data, the inverse of `plain_value`. Raises TypeError for any other shape."""
    if isinstance(value, dict):
        return Facts(tuple((name, _fact(fact)) for name, fact in value.items()))
    if isinstance(value, list):
        return _texts(value)
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(value)


def _fact(fact: object) -> str | int | tuple[str, ...] | None:
    if isinstance(fact, list):
        return _texts(fact)
    if fact is None or isinstance(fact, str | int):
        return fact
    raise TypeError(fact)


def _texts(items: list[object]) -> tuple[str, ...]:
    texts = tuple(item for item in items if isinstance(item, str))
    if len(texts) < len(items):
        raise TypeError(items)
    return texts


def _scope(document: dict[str, str]) -> Scope:
    if not document:
        return WHOLE_ACCOUNT
    ((kind, name),) = document.items()
    if kind == "team":
        return Scope("team", name)
    if kind == "contract":
        return Scope("contract", name)
    raise ValueError(kind)
