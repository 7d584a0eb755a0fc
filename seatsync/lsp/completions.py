"""Completion candidates at a position: known people, teams, products and groups, and the schema's keys and values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final, Literal, TypeAlias

from seatsync.declaration.declared import Declaration, DeclaredList, DeclaredUser
from seatsync.declaration.files import is_csv
from seatsync.declaration.writing.emit import flow, flow_key, quoted
from seatsync.editing.occurrences import within
from seatsync.editing.operations import Path
from seatsync.editing.schema_nodes import ITEM, SchemaNode, SymbolKind, fleet_schema_at, schema_at
from seatsync.finding import Finding
from seatsync.lsp.outline import CursorContext, context_at
from seatsync.lsp.positions import Edit, Text
from seatsync.lsp.rule_expressions import Place, WordKind, meaning, place_at, variables_at, words
from seatsync.lsp.workspace import View
from seatsync.reading.tree import Node, YamlMap
from seatsync.reporting.escape import number_of
from seatsync.rules import ALL_RULES

MAX_CANDIDATES: Final = 1000
"""The most candidates returned at once; typing narrows down longer lists."""

CandidateKind: TypeAlias = SymbolKind | WordKind | Literal["key", "word"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A completion candidate. The editor matches the typed text against `filter_text`."""

    label: str
    kind: CandidateKind
    detail: str
    edit: Edit
    filter_text: str


@dataclass(frozen=True, slots=True)
class Candidates:
    """The candidates at a position; not `complete` if there were more than `MAX_CANDIDATES`."""

    candidates: tuple[Candidate, ...]
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    kind: CandidateKind
    detail: str = ""


NO_CANDIDATES: Final = Candidates(())


def completions(file: str, text: Text, offset: int, known: View, *, keys: bool = True) -> Candidates:
    """Return the candidates at an offset of a YAML file.

    Names come from `known`. Without `keys`, the keys of the schema are left to another language server.
    """
    expression = place_at(file, text.text, offset)
    if expression is not None:
        return _in_expression(expression, text, offset, known.declaration)
    context = None if is_csv(file) else context_at(text.text, offset)
    if context is None:
        return NO_CANDIDATES
    names = _names(file, text.text, offset, context, known, keys=keys)
    typed = text.text[context.start : offset].lstrip("\"'").casefold()
    fitting = list(islice(filter(_matcher(typed), names), MAX_CANDIDATES + 1))
    place = text.range(context.start, context.end)
    colon = context.key and not text.text[context.end :].lstrip(" \t").startswith(":")
    mark = context.raw[:1] if context.raw[:1] in {'"', "'"} else ""
    candidates = []
    for name in fitting[:MAX_CANDIDATES]:
        inserted = (flow_key(name.text) + (":" if colon else "")) if context.key else flow(name.text)
        if mark and not inserted.startswith('"'):
            inserted = quoted(name.text) + (":" if colon else "")
        filter_text = f"{mark}{name.text} {name.detail}" if name.kind is SymbolKind.PERSON else f"{mark}{name.text}"
        candidates.append(Candidate(name.text, name.kind, name.detail, Edit(place, inserted), filter_text))
    return Candidates(tuple(candidates), len(fitting) <= MAX_CANDIDATES)


def _names(file: str, text: str, offset: int, context: CursorContext, known: View, *, keys: bool) -> Iterator[_Name]:
    """Yield the names that can stand at a position outside of expressions."""
    schema_node = fleet_schema_at(context.path) if known.is_fleet else schema_at(file, context.path)
    if (variables := variables_at(file, text, context, offset)) is not None:
        yield from (_Name(variable.name, "variable", meaning(variable)) for variable in variables)
    elif context.key:
        yield from _keys(file, context, schema_node, known, fields=keys)
    else:
        yield from _values(context, schema_node, known.declaration)


def _in_expression(place: Place, text: Text, offset: int, declared: Declaration | None) -> Candidates:
    """Return the variables and functions at a place of an expression; in quotes, the names it may be compared with."""
    found = []
    whole = text.text[place.start : offset]
    for word in sorted(words(place, offset), key=lambda word: not word.label.startswith(whole)):
        start = place.start + word.skip
        if _matcher(text.text[start:offset].casefold())(_Name(word.label, word.kind)):
            edit = Edit(text.range(start, place.end), word.new)
            found.append(Candidate(word.label, word.kind, word.detail, edit, word.label))
    kind = place.compared_with()
    if kind is not None and declared is not None:
        at, fits = text.range(place.start, place.end), _matcher(place.word.casefold())
        names = [name for name in _known(kind, None, declared) if fits(name) and _is_plain(name.text)]
        found += [Candidate(name.text, kind, name.detail, Edit(at, name.text), name.text) for name in names]
    return Candidates(tuple(found[:MAX_CANDIDATES]), len(found) <= MAX_CANDIDATES)


def _is_plain(name: str) -> bool:
    """Return True if a name can be written in quotes as it is, whatever quotes are around the expression."""
    return not {*name} & {'"', "'", "\\"}


def _matcher(typed: str) -> Callable[[_Name], bool]:
    """Return a test whether a name contains the typed letters in order; editors rank the matches themselves."""
    letters = re.compile("".join(f"[^{re.escape(letter)}]*{re.escape(letter)}" for letter in typed))

    def fits(name: _Name) -> bool:
        shown = f"{name.text} {name.detail}" if name.kind is SymbolKind.PERSON else name.text
        return letters.match(shown.casefold()) is not None

    return fits


def _values(context: CursorContext, schema_node: SchemaNode, declared: Declaration | None) -> Iterator[_Name]:
    kind = schema_node.value_kind()
    if kind is None:
        yield from (_Name(word, "word") for word in schema_node.enum_values())
    elif kind is SymbolKind.CODE:
        yield from (_Name(rule.code, kind, str(rule.severity)) for rule in ALL_RULES)
        own = () if declared is None else declared.project.rules
        yield from (_Name(rule.code, kind, rule.message) for rule in own)
    elif declared is not None and schema_node.pattern != "users/*/previous_emails/-":
        yield from _known(kind, within(schema_node.pattern, context.path, declared), declared)


def _keys(file: str, context: CursorContext, schema_node: SchemaNode, known: View, *, fields: bool) -> Iterator[_Name]:
    declared, kind = known.declaration, schema_node.key_kind()
    if kind is None:
        there = _entries(known, file, context.path) if fields else ()
        for name, meaning in schema_node.fields().items() if fields else ():
            if name not in there or name == context.text:
                yield _Name(name, "key", meaning)
    elif declared is None:
        return
    elif schema_node.pattern in {"users", "lists", "teams"}:
        lists = declared.lists if kind is SymbolKind.LIST else {}  # REF004 also names those in a circle
        yield from (name for name in _undeclared(kind, known.findings) if name.text not in lists)
    elif kind in {SymbolKind.PRODUCT, SymbolKind.SERVICE, SymbolKind.TEAM}:
        yield from _known(kind, within(schema_node.pattern, context.path, declared), declared)


def _known(kind: SymbolKind, scope: str | None, declared: Declaration) -> Iterator[_Name]:
    """Yield the known names of a kind; products of the team or contract `scope` come first."""
    if kind is SymbolKind.PERSON:
        yield from (_Name(user.email, kind, full_name(user)) for user in declared.users.values())
    elif kind is SymbolKind.LIST:
        yield from (_Name(name, kind, _size(named)) for name, named in declared.lists.items())
    elif kind is SymbolKind.TEAM:
        yield from (_Name(name, kind) for name in declared.teams)
    elif kind is SymbolKind.GROUP:
        groups = {name: team.name for team in declared.teams.values() for name in team.groups}
        yield from (_Name(name, kind, f"of team {team}") for name, team in groups.items())
    elif kind is SymbolKind.SUBSCRIPTION:
        yield from (_Name(sub.id, kind, sub.product) for sub in declared.subscriptions.values())
    elif kind is SymbolKind.CONTRACT:
        yield from (_Name(number, kind) for number in declared.contracts)
    elif kind is SymbolKind.SERVICE:
        services = dict.fromkeys(name for contract in declared.contracts.values() for name in contract.services)
        yield from (_Name(name, kind) for name in services)
    else:
        yield from _products(scope, declared)


def _products(scope: str | None, declared: Declaration) -> Iterator[_Name]:
    bought: dict[str, str] = {}
    for own in (True, False):
        for sub in declared.subscriptions.values():
            if sub.product and (sub.team == scope) is own:
                where = "in no team" if sub.team is None else f"of team {sub.team}"
                bought.setdefault(sub.product, f"subscription {sub.id} {where}")
        for contract in declared.contracts.values():
            if (contract.number == scope) is own:
                for product in contract.users:
                    bought.setdefault(product, f"contract {contract.number}")
    yield from (_Name(product, SymbolKind.PRODUCT, where) for product, where in bought.items())


def _size(named: DeclaredList) -> str:
    return number_of(len({user for _, user in named.members.items()}), "person", "people")


def _undeclared(kind: SymbolKind, findings: Iterable[Finding]) -> Iterator[_Name]:
    """Yield the people, lists or teams that are named somewhere, but not declared yet."""
    names = dict.fromkeys(
        name
        for finding in findings
        if finding.code in {"REF001", "REF004"}
        for of, name in finding.things
        if of == {SymbolKind.PERSON: "user"}.get(kind, str(kind))
    )
    yield from (_Name(name, kind, "named, but not declared yet") for name in names)


def _entries(known: View, file: str, path: Path) -> Mapping[str, Node]:
    """Return the known entries of the mapping at a path."""
    if ITEM in path or file not in known.names:
        return {}
    node = known.tree(file)
    for step in path:
        node = node.get(step) if isinstance(node, YamlMap) else None
    return node if isinstance(node, YamlMap) else {}


def full_name(user: DeclaredUser) -> str:
    """Return the declared parts of a person's name."""
    return " ".join(name for name in (user.first_name, user.last_name) if name)
