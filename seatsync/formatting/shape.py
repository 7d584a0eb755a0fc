"""The order of keys, and the lists that are sets, as derived from the published schemas."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, TypeAlias

from seatsync.reading.schema import resolved, schema_text

Kind: TypeAlias = Literal["project", "fragment"]

_IN_ORDER = frozenset({"domains"})
"""Lists of fragments whose order has a meaning."""


@dataclass(frozen=True, slots=True)
class SortSpec:
    """The order of a mapping or list.

    A mapping with fields has `keys`, in order. Otherwise its keys or items are names, which are sorted if `is_set`, as
    e-mail addresses if `people`. `fields` are the specs below by key, `rest` that of all other keys and of items.
    """

    keys: tuple[str, ...] = ()
    is_set: bool = False
    people: bool = False
    fields: Mapping[str, SortSpec] = field(default_factory=dict)
    rest: SortSpec | None = None

    def child(self, name: str) -> SortSpec:
        """Return the order below a key, or of an item."""
        return self.fields.get(name) or self.rest or SortSpec()


@cache
def sort_spec(kind: Kind) -> SortSpec:
    """Return the order of a whole file. Lists of the project file are never sorted."""
    schema = json.loads(schema_text(kind))
    return _spec(schema, schema, sets=kind == "fragment")


def _spec(node: Mapping[str, Any], schema: Mapping[str, Any], *, sets: bool) -> SortSpec:
    node = resolved(node, schema)
    properties, items, others = node.get("properties", {}), node.get("items"), node.get("additionalProperties")
    naming = node.get("propertyNames", {}) if items is None else resolved(items, schema)
    rest = items if isinstance(items, dict) else others
    return SortSpec(
        keys=tuple(properties),
        is_set=sets and not properties,
        people=naming.get("format") == "email",
        fields={name: _spec(child, schema, sets=sets and name not in _IN_ORDER) for name, child in properties.items()},
        rest=_spec(rest, schema, sets=sets) if isinstance(rest, dict) else None,
    )
