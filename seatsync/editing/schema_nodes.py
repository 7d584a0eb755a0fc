"""The schema at a path of a file: the kinds of names that keys and values hold, and the allowed keys and values."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias

from seatsync.declaration.declared import ROLE_LISTS
from seatsync.declaration.files import PROJECT_FILE
from seatsync.editing.operations import Path
from seatsync.reading.schema import resolved, schema_text

Schema: TypeAlias = Mapping[str, Any]

ITEM: Final = "-"
"""The path step into a list."""


class SymbolKind(StrEnum):
    """The kind of object that a name refers to."""

    PERSON = "person"
    LIST = "list"
    TEAM = "team"
    GROUP = "group"
    PRODUCT = "product"
    SERVICE = "service"
    SUBSCRIPTION = "subscription"
    CONTRACT = "contract"
    CODE = "code"


_LISTS_OF_PEOPLE: Final = (
    "lists/*/members",
    *(f"teams/*/{key}" for key in ROLE_LISTS.values()),
    "teams/*/members",
    "teams/*/groups/*/members",
    "teams/*/seats/*",
    "contracts/*/products/*/users",
    "contracts/*/services/*",
    "contracts/*/support",
    "contracts/*/members",
)
_VALUES: Final[dict[str, SymbolKind]] = {
    **{f"{place}/-{user}": SymbolKind.PERSON for place in _LISTS_OF_PEOPLE for user in ("", "/user")},
    **{f"{place}/-/list": SymbolKind.LIST for place in _LISTS_OF_PEOPLE},
    "users/*/previous_emails/-": SymbolKind.PERSON,
    "users/*/seats/*/-": SymbolKind.PRODUCT,
    "users/*/seats/*/-/product": SymbolKind.PRODUCT,
    "teams/*/primary_admin": SymbolKind.PERSON,
    "teams/*/groups/*/products/-": SymbolKind.PRODUCT,
    "subscriptions/*/team": SymbolKind.TEAM,
    "subscriptions/*/product": SymbolKind.PRODUCT,
    "subscriptions/*/contract_manager": SymbolKind.PERSON,
    "contracts/*/contract_manager": SymbolKind.PERSON,
    "contracts/*/software_coordinator": SymbolKind.PERSON,
    "policy/protected/users/-": SymbolKind.PERSON,
    "policy/protected/teams/-": SymbolKind.TEAM,
    "policy/reclaim/exempt/-/user": SymbolKind.PERSON,
    "policy/reclaim/exempt/-/team": SymbolKind.TEAM,
    "policy/reclaim/exempt/-/group": SymbolKind.GROUP,
    "policy/reclaim/exempt/-/product": SymbolKind.PRODUCT,
    "policy/suppress/-/code": SymbolKind.CODE,
    "policy/suppress/-/user": SymbolKind.PERSON,
    "policy/suppress/-/team": SymbolKind.TEAM,
    "policy/suppress/-/group": SymbolKind.GROUP,
    "policy/suppress/-/product": SymbolKind.PRODUCT,
    "policy/suppress/-/subscription": SymbolKind.SUBSCRIPTION,
    "policy/suppress/-/contract": SymbolKind.CONTRACT,
}
"""The kind of name that a value holds, by the pattern of its path: `*` is any name, `-` an item of a list."""

_KEYS: Final[dict[str, SymbolKind]] = {
    "users": SymbolKind.PERSON,
    "users/*/seats": SymbolKind.TEAM,
    "lists": SymbolKind.LIST,
    "teams": SymbolKind.TEAM,
    "teams/*/groups": SymbolKind.GROUP,
    "teams/*/seats": SymbolKind.PRODUCT,
    "subscriptions": SymbolKind.SUBSCRIPTION,
    "contracts": SymbolKind.CONTRACT,
    "contracts/*/products": SymbolKind.PRODUCT,
    "contracts/*/services": SymbolKind.SERVICE,
    "portal/directory_sync": SymbolKind.TEAM,
    "portal/team_admin/teams": SymbolKind.TEAM,
    "rules": SymbolKind.CODE,
    "rates": SymbolKind.PRODUCT,
}
"""The kind of name that the keys of a mapping are, by the pattern of its path."""


_ONE_WORD: Final = re.compile(r"\^([a-z]+)\$")
"""The pattern of a text that may be a mapping instead, so that it has no `enum`."""


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """A place in the schema: the pattern of its path, and the subschema, which is empty for unknown keys."""

    pattern: str
    schema: Schema
    whole: Schema

    def child(self, name: str) -> SchemaNode:
        """Return the node below a key or, for `ITEM`, of the items of a list."""
        schema = self.schema
        items, known, others = schema.get("items"), schema.get("properties", {}), schema.get("additionalProperties")
        if name == ITEM and isinstance(items, dict):
            return self._below(ITEM, items)
        if name in known:
            return self._below(name, known[name])
        return self._below("*", others if isinstance(others, dict) else {})

    def value_kind(self) -> SymbolKind | None:
        """Return the kind of name that a value here is; None if it is no name."""
        return _VALUES.get(self.pattern)

    def key_kind(self) -> SymbolKind | None:
        """Return the kind of name that the keys of a mapping here are; None if they are fields."""
        return _KEYS.get(self.pattern)

    def fields(self) -> dict[str, str]:
        """Return the keys that the schema lists for a mapping here, each with its description."""
        known: Mapping[str, Schema] = self.schema.get("properties", {})
        return {name: str(resolved(part, self.whole).get("description", "")) for name, part in known.items()}

    def enum_values(self) -> list[str]:
        """Return the texts that the schema allows here, if it lists them."""
        only = _ONE_WORD.fullmatch(self.schema.get("pattern", ""))
        return [word for word in (self.schema.get("enum", ()) if only is None else (only[1],)) if isinstance(word, str)]

    def _below(self, step: str, schema: Schema) -> SchemaNode:
        pattern = f"{self.pattern}/{step}" if self.pattern else step
        return SchemaNode(pattern, resolved(schema, self.whole), self.whole)


@cache
def schema_of(file: str) -> SchemaNode:
    """Return the schema of a YAML file, by its path relative to the root."""
    whole: Schema = json.loads(schema_text("project" if file == PROJECT_FILE else "fragment"))
    return SchemaNode("", whole, whole)


def fleet_schema_at(path: Path) -> SchemaNode:
    """Return the schema at a path in the file of a fleet."""
    whole: Schema = json.loads(schema_text("fleet"))
    schema_node = SchemaNode("fleet", whole, whole)
    for name in path:
        schema_node = schema_node.child(name)
    return schema_node


def schema_at(file: str, path: Path) -> SchemaNode:
    """Return the schema at a path in a file."""
    schema_node = schema_of(PROJECT_FILE if file == PROJECT_FILE else "")
    for name in path:
        schema_node = schema_node.child(name)
    return schema_node
