"""What may be written at a place: people, teams, products and groups that are known, keys, words of the schema."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from seatsync.declaration.declared import Declaration, DeclaredUser
from seatsync.declaration.emit import flow, flow_key, quoted
from seatsync.editor.outline import ITEM, Path, Spot, spot_at
from seatsync.editor.places import Edit, Text
from seatsync.editor.shapes import Kind, Shape, shape_at
from seatsync.editor.things import is_csv, within
from seatsync.editor.view import View
from seatsync.finding import Finding
from seatsync.reading.tree import Node, YamlMap
from seatsync.rules import ALL_RULES

MOST: Final = 1000
"""How many are offered at once; where there are more, typing narrows them down."""

Sort: TypeAlias = Kind | Literal["key", "word"]


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be written. `looked_for`: what the editor compares with what is typed."""

    label: str
    sort: Sort
    detail: str
    edit: Edit
    looked_for: str


@dataclass(frozen=True, slots=True)
class Offers:
    """What may be written; `all_of_them` False where more typing brings others."""

    offers: tuple[Offer, ...]
    all_of_them: bool = True


@dataclass(frozen=True, slots=True)
class _Name:
    text: str
    sort: Sort
    detail: str = ""


NOTHING: Final = Offers(())


def completions(file: str, text: Text, offset: int, known: View, *, keys: bool = True) -> Offers:
    """What may be written at an offset of a YAML file; `known` is where names come from. Without `keys`, only names."""
    spot = None if is_csv(file) else spot_at(text.text, offset)
    if spot is None:
        return NOTHING
    shape = shape_at(file, spot.path)
    names = _keys(file, spot, shape, known, fields=keys) if spot.key else _values(spot, shape, known.declaration)
    typed = text.text[spot.start : offset].lstrip("\"'").casefold()
    fitting = [name for name in names if _fits(name, typed)]
    place = text.range(spot.start, spot.end)
    colon = spot.key and not text.text[spot.end :].lstrip(" \t").startswith(":")
    mark = spot.written[:1] if spot.written[:1] in {'"', "'"} else ""
    offers = []
    for name in fitting[:MOST]:
        written = (flow_key(name.text) + (":" if colon else "")) if spot.key else flow(name.text)
        if mark and not written.startswith('"'):
            written = quoted(name.text) + (":" if colon else "")
        looked_for = f"{mark}{name.text} {name.detail}" if name.sort is Kind.PERSON else f"{mark}{name.text}"
        offers.append(Offer(name.text, name.sort, name.detail, Edit(place, written), looked_for))
    return Offers(tuple(offers), len(fitting) <= MOST)


def _fits(name: _Name, typed: str) -> bool:
    """Whether the letters typed stand in a name, in their order: editors sort by how well they do."""
    letters = iter(f"{name.text} {name.detail if name.sort is Kind.PERSON else ''}".casefold())
    return all(letter in letters for letter in typed)


def _values(spot: Spot, shape: Shape, declared: Declaration | None) -> Iterator[_Name]:
    kind = shape.value()
    if kind is None:
        yield from (_Name(word, "word") for word in shape.words())
    elif kind is Kind.CODE:
        yield from (_Name(rule.code, kind, str(rule.severity)) for rule in ALL_RULES)
    elif declared is not None and shape.pattern != "users/*/previous_emails/-":
        yield from _known(kind, within(shape.pattern, spot.path, declared), declared)


def _keys(file: str, spot: Spot, shape: Shape, known: View, *, fields: bool) -> Iterator[_Name]:
    declared, kind = known.declaration, shape.keys()
    if kind is None:
        there = _entries(known, file, spot.path) if fields else ()
        for name, meaning in shape.fields().items() if fields else ():
            if name not in there or name == spot.text:
                yield _Name(name, "key", meaning)
    elif declared is None:
        return
    elif shape.pattern in {"users", "teams"}:
        yield from _undeclared(kind, known.findings)
    elif kind in {Kind.PRODUCT, Kind.SERVICE, Kind.TEAM}:
        yield from _known(kind, within(shape.pattern, spot.path, declared), declared)


def _known(kind: Kind, scope: str | None, declared: Declaration) -> Iterator[_Name]:
    """The known names of a kind; of products those that the team or contract has bought come first."""
    if kind is Kind.PERSON:
        yield from (_Name(user.email, kind, full_name(user)) for user in declared.users.values())
    elif kind is Kind.TEAM:
        yield from (_Name(name, kind) for name in declared.teams)
    elif kind is Kind.GROUP:
        groups = {name: team.name for team in declared.teams.values() for name in team.groups}
        yield from (_Name(name, kind, f"of team {team}") for name, team in groups.items())
    elif kind is Kind.SUBSCRIPTION:
        yield from (_Name(sub.id, kind, sub.product) for sub in declared.subscriptions.values())
    elif kind is Kind.CONTRACT:
        yield from (_Name(number, kind) for number in declared.contracts)
    elif kind is Kind.SERVICE:
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
    yield from (_Name(product, Kind.PRODUCT, where) for product, where in bought.items())


def _undeclared(kind: Kind, findings: Iterable[Finding]) -> Iterator[_Name]:
    """People and teams that are named somewhere and not declared yet."""
    names = dict.fromkeys(
        name
        for finding in findings
        if finding.code == "REF001"
        for of, name in finding.things
        if of == {Kind.PERSON: "user"}.get(kind, str(kind))
    )
    yield from (_Name(name, kind, "named, but not declared yet") for name in names)


def _entries(known: View, file: str, path: Path) -> Mapping[str, Node]:
    """The entries of the mapping at a path, as far as they are known."""
    if ITEM in path or file not in known.names:
        return {}
    node = known.tree(file)
    for step in path:
        node = node.get(step) if isinstance(node, YamlMap) else None
    return node if isinstance(node, YamlMap) else {}


def full_name(user: DeclaredUser) -> str:
    """First and last name, as far as they are declared."""
    return " ".join(name for name in (user.first_name, user.last_name) if name)
