"""What may stand where in the files: which places name people, teams and so on, and what the schemas say of others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias

from seatsync.declaration.including import PROJECT_FILE
from seatsync.editor.outline import ITEM, Path
from seatsync.reading.schema import resolved, schema_text

Schema: TypeAlias = Mapping[str, Any]


class Kind(StrEnum):
    """What a name is the name of."""

    PERSON = "person"
    TEAM = "team"
    GROUP = "group"
    PRODUCT = "product"
    SERVICE = "service"
    SUBSCRIPTION = "subscription"
    CONTRACT = "contract"
    CODE = "code"


_LISTS_OF_PEOPLE: Final = (
    "teams/*/secondary_admins",
    "teams/*/sso_admins",
    "teams/*/members",
    "teams/*/groups/*/members",
    "teams/*/seats/*",
    "contracts/*/products/*/users",
    "contracts/*/services/*",
    "contracts/*/support",
    "contracts/*/members",
)
_VALUES: Final[dict[str, Kind]] = {
    **{f"{place}/-{user}": Kind.PERSON for place in _LISTS_OF_PEOPLE for user in ("", "/user")},
    "users/*/previous_emails/-": Kind.PERSON,
    "users/*/seats/*/-": Kind.PRODUCT,
    "users/*/seats/*/-/product": Kind.PRODUCT,
    "teams/*/primary_admin": Kind.PERSON,
    "teams/*/groups/*/products/-": Kind.PRODUCT,
    "subscriptions/*/team": Kind.TEAM,
    "subscriptions/*/product": Kind.PRODUCT,
    "subscriptions/*/contract_manager": Kind.PERSON,
    "contracts/*/contract_manager": Kind.PERSON,
    "contracts/*/software_coordinator": Kind.PERSON,
    "policy/protected/users/-": Kind.PERSON,
    "policy/protected/teams/-": Kind.TEAM,
    "policy/suppress/-/code": Kind.CODE,
    "policy/suppress/-/user": Kind.PERSON,
    "policy/suppress/-/team": Kind.TEAM,
    "policy/suppress/-/group": Kind.GROUP,
    "policy/suppress/-/product": Kind.PRODUCT,
    "policy/suppress/-/subscription": Kind.SUBSCRIPTION,
    "policy/suppress/-/contract": Kind.CONTRACT,
}
"""What a value is the name of, by its pattern: `*` stands for any name, `-` for an item of a list."""

_KEYS: Final[dict[str, Kind]] = {
    "users": Kind.PERSON,
    "users/*/seats": Kind.TEAM,
    "teams": Kind.TEAM,
    "teams/*/groups": Kind.GROUP,
    "teams/*/seats": Kind.PRODUCT,
    "subscriptions": Kind.SUBSCRIPTION,
    "contracts": Kind.CONTRACT,
    "contracts/*/products": Kind.PRODUCT,
    "contracts/*/services": Kind.SERVICE,
}
"""What the keys of a mapping are the names of, by the mapping's pattern."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What may stand at a path: its pattern, and what the schema says of it (nothing, of what it does not know)."""

    pattern: str
    schema: Schema
    whole: Schema

    def step(self, name: str) -> Shape:
        """What may stand below: under a key, or as an item of a list."""
        schema = self.schema
        items, known, others = schema.get("items"), schema.get("properties", {}), schema.get("additionalProperties")
        if name == ITEM and isinstance(items, dict):
            return self._below(ITEM, items)
        if name in known:
            return self._below(name, known[name])
        return self._below("*", others if isinstance(others, dict) else {})

    def value(self) -> Kind | None:
        """What a text here is the name of."""
        return _VALUES.get(self.pattern)

    def keys(self) -> Kind | None:
        """What the keys of a mapping here are the names of."""
        return _KEYS.get(self.pattern)

    def fields(self) -> dict[str, str]:
        """The keys that a mapping here may have, where the schema lists them, each with what it means."""
        known: Mapping[str, Schema] = self.schema.get("properties", {})
        return {name: str(resolved(part, self.whole).get("description", "")) for name, part in known.items()}

    def words(self) -> list[str]:
        """The words that may stand here, where there are only some."""
        return [word for word in self.schema.get("enum", ()) if isinstance(word, str)]

    def _below(self, step: str, schema: Schema) -> Shape:
        pattern = f"{self.pattern}/{step}" if self.pattern else step
        return Shape(pattern, resolved(schema, self.whole), self.whole)


@cache
def shape_of(file: str) -> Shape:
    """What may stand in a YAML file of a repository, by its path relative to the root."""
    whole: Schema = json.loads(schema_text("project" if file == PROJECT_FILE else "fragment"))
    return Shape("", whole, whole)


def shape_at(file: str, path: Path) -> Shape:
    """What may stand at a path in a file."""
    shape = shape_of(PROJECT_FILE if file == PROJECT_FILE else "")
    for name in path:
        shape = shape.step(name)
    return shape
