"""Which keys a mapping has in which order, and which lists are sets: as the published schemas have it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias

from seatsync.reading.schema import resolved, schema_text

Kind: TypeAlias = Literal["project", "fragment"]

_IN_ORDER = frozenset({"domains"})
"""Lists of fragments whose order is part of what they say."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a mapping or list.

    `keys` are those of a thing with fields, in order; where there are none, its keys or items are names. These are
    sorted if `free`, as people if they are `people`. `fields` are the shapes below by key, `rest` that of all others.
    """

    keys: tuple[str, ...] = ()
    free: bool = False
    people: bool = False
    fields: Mapping[str, Shape] = field(default_factory=dict)
    rest: Shape | None = None

    def below(self, name: str) -> Shape:
        """The shape of what stands under a key, or of an item."""
        return self.fields.get(name) or self.rest or Shape()


@cache
def shape_of(kind: Kind) -> Shape:
    """The shape of a whole file. The lists of the project file stay in the order in which somebody put them."""
    schema = json.loads(schema_text(kind))
    return _shape(schema, schema, sets=kind == "fragment")


def _shape(node: Mapping[str, Any], schema: Mapping[str, Any], *, sets: bool) -> Shape:
    node = resolved(node, schema)
    properties, items, others = node.get("properties", {}), node.get("items"), node.get("additionalProperties")
    naming = node.get("propertyNames", {}) if items is None else resolved(items, schema)
    rest = items if isinstance(items, dict) else others
    return Shape(
        keys=tuple(properties),
        free=sets and not properties,
        people=naming.get("format") == "email",
        fields={name: _shape(child, schema, sets=sets and name not in _IN_ORDER) for name, child in properties.items()},
        rest=_shape(rest, schema, sets=sets) if isinstance(rest, dict) else None,
    )
