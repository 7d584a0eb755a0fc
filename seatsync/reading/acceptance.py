"""A quick yes for data that a JSON Schema accepts, so that the library is loaded only for data that may be refused.

Whatever stands in the same place of many entries is looked at together: the types of ten thousand names are one set,
their lengths one maximum. Only the keywords that our schemas use are known; with any other nothing is sure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from itertools import chain
from operator import itemgetter
from typing import Any, Final, TypeAlias

from seatsync.reading.tree import Folded, YamlList, YamlMap

Schema: TypeAlias = Mapping[str, Any]
"""A schema, or a part of one: JSON, as `json` reads it."""

_KNOWN: Final = frozenset(
    (
        *("title", "description", "examples", "errorMessage", "format", "$schema", "$id", "$defs"),  # these say nothing
        *("$ref", "allOf", "if", "then", "type", "enum", "minLength", "maxLength", "pattern", "not"),
        *("minimum", "maximum", "items", "properties", "additionalProperties", "propertyNames", "required"),
    )
)
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int,),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (YamlMap, dict, tuple),  # a tuple is a folded mapping
    "array": (YamlList, list),
}
_ALL_TYPES: Final = frozenset(chain.from_iterable(_TYPES.values()))  # a float may be a whole number: nothing is sure
_ENDLESS: Final = 2**63
_ONE_CHARACTER: Final = re.compile(r"\[[^\]^][^\]]*\]")


class _Unsure(Exception):
    """Only the library can say."""


class Acceptance:
    """A schema, made ready to look at many documents."""

    def __init__(self, schema: Schema) -> None:
        definitions: dict[str, _Part] = {}
        self._part: _Part | None = None
        try:
            for name, part in schema.get("$defs", {}).items():
                definitions[name] = _Part(part, definitions)
            self._part = _Part(schema, definitions)
        except _Unsure:
            return

    def accepts_all(self, documents: Collection[object]) -> bool:
        """Whether some documents are certainly right. Where that is not certain they may be right all the same."""
        try:
            return self._part is not None and self._part.accepts_all(documents)
        except _Unsure:
            return False


class _Part:
    """A part of a schema; a definition that it refers to is looked up when it is needed."""

    def __init__(self, schema: Schema, definitions: Mapping[str, _Part]) -> None:
        if not schema.keys() <= _KNOWN:
            raise _Unsure
        types = schema.get("type", tuple(_TYPES))
        self._types = frozenset(
            chain.from_iterable(_types_of(name) for name in ((types,) if isinstance(types, str) else types))
        )
        self.says_nothing = schema.keys() == {"format"}
        self._definitions = definitions
        self._reference = schema["$ref"].removeprefix("#/$defs/") if "$ref" in schema else None
        self._all_of = [_Part(part, definitions) for part in schema.get("allOf", ())]
        self._if, self._then, self._not, self._items, self._names = (
            _Part(schema[name], definitions) if name in schema else None
            for name in ("if", "then", "not", "items", "propertyNames")
        )
        if self._names is not None and self._names.says_nothing:
            self._names = None
        self._enum = frozenset(schema["enum"]) if "enum" in schema else None
        if self._enum and not set(map(type, self._enum)) <= {str, int, type(None)}:
            raise _Unsure
        self._lengths = range(schema.get("minLength", 0), schema.get("maxLength", _ENDLESS) + 1)
        self._pattern = _pattern(schema["pattern"]) if "pattern" in schema else None
        self._refused = None
        if "not" in schema and _is_character(schema["not"]):
            self._not, self._refused = None, _pattern(schema["not"]["pattern"])
        self._any_text = schema.keys().isdisjoint(("minLength", "maxLength", "pattern", "not"))
        self._numbers = range(schema.get("minimum", -_ENDLESS), schema.get("maximum", _ENDLESS) + 1)
        self._required = frozenset(schema.get("required", ()))
        self._properties = {name: _Part(part, definitions) for name, part in schema.get("properties", {}).items()}
        others = schema.get("additionalProperties", True)
        self._others = others if isinstance(others, bool) else _Part(others, definitions)
        self._combined = bool(self._reference or self._all_of or self._if or self._not or self._enum)
        self._refers_only = schema.keys() == {"$ref"}

    def accepts_all(self, values: Collection[Any]) -> bool:
        """Whether all of some values are right."""
        if self._refers_only and self._reference is not None:
            return self._definitions[self._reference].accepts_all(values)
        types = set(map(type, values))
        if not types <= self._types:
            if types <= _ALL_TYPES:
                return False
            raise _Unsure
        if self._combined and not self._accept_combined(values, types):
            return False
        if len(types) == 1:
            return self._accept(types.pop(), values)
        return all(self._accept(kind, [value for value in values if type(value) is kind]) for kind in types)

    def _accept_combined(self, values: Collection[Any], types: set[type]) -> bool:
        """What other parts of the schema have to say."""
        if self._enum is not None and (
            types & {YamlMap, dict, tuple, YamlList, list, bool} or not self._enum.issuperset(values)
        ):
            return False
        if self._reference is not None and not self._definitions[self._reference].accepts_all(values):
            return False
        if self._not is not None and any(self._not.accepts_all([value]) for value in values):
            return False
        then = self._then
        if self._if is not None and then is not None and not then.accepts_all(values):
            concerned = self._if.accepted(values, types)
            if concerned and not then.accepts_all(concerned):
                return False
        return all(part.accepts_all(values) for part in self._all_of)

    def accepted(self, values: Collection[Any], types: set[type]) -> list[Any]:
        """Those of some values that are right: one by one, but for those that lack a word that they must have."""
        if types <= {YamlMap, dict}:
            for name in self._required & self._properties.keys():
                words = self._properties[name]._enum  # noqa: SLF001 - of its own kind
                if words is not None:
                    values = [value for value in values if _may_be_one_of(value.get(name), words)]
        return [value for value in values if self.accepts_all([value])]

    def _accept(self, kind: type, values: Collection[Any]) -> bool:
        """Values of one type."""
        if kind is str:
            return self._accept_texts(values)
        if kind is int:
            if max(map(abs, values)) >= _ENDLESS:
                raise _Unsure
            return all(value in self._numbers for value in values)
        if kind is YamlList or kind is list:
            return self._items is None or self._items.accepts_all(_items(values))
        if kind is YamlMap or kind is dict:
            return self._accept_mappings(values)
        if kind is tuple:
            return self._accept_folded(values)
        return True

    def _accept_texts(self, texts: Collection[str]) -> bool:
        if self._any_text:
            return True
        texts = set(texts)
        if max(map(len, texts)) not in self._lengths or min(map(len, texts)) not in self._lengths:
            return False
        if self._pattern is not None and not all(map(self._pattern.search, texts)):
            return False
        return self._refused is None or self._refused.search("".join(texts)) is None

    def _accept_mappings(self, mappings: Collection[Mapping[str, Any]]) -> bool:
        properties, names = self._properties, set[str]()
        if self._names is not None or self._others is False or properties or self._required:
            shapes = set(map(tuple, mappings))  # mostly few, however many mappings there are
            names.update(*shapes)
            if not all(map(self._required.issubset, shapes)):
                return False
        if self._names is not None and not self._names.accepts_all(names):
            return False
        for name in names & properties.keys():
            if not properties[name].accepts_all(_column(mappings, name)):
                return False
        if isinstance(self._others, bool):
            return self._others or names <= properties.keys()
        if properties:
            raise _Unsure  # none of our schemas has both
        return self._others.accepts_all(list(chain.from_iterable(mapping.values() for mapping in mappings)))

    def _accept_folded(self, mappings: Collection[Folded]) -> bool:
        """Mappings of two texts: where all have the same keys, these are two columns."""
        first, ones, second, others = zip(*mappings, strict=True)
        if len({*first}) == len({*second}) == 1 and {first[0], second[0]} <= self._properties.keys():
            names = {first[0], second[0]}
            return (
                self._required <= names
                and (self._names is None or self._names.accepts_all(names))
                and self._properties[first[0]].accepts_all({*ones})
                and self._properties[second[0]].accepts_all({*others})
            )
        return self._accept_mappings([{one: value, two: other} for one, value, two, other in mappings])


def _items(lists: Collection[Collection[Any]]) -> Collection[Any]:
    """What stands in some lists: texts once each."""
    try:
        items = set().union(*lists)
    except TypeError:  # there are mappings or lists among them
        items = set()
    return items if set(map(type, items)) == {str} else list(chain.from_iterable(lists))


def _may_be_one_of(value: object, words: AbstractSet[object]) -> bool:
    return not isinstance(value, str) or value in words


def _column(mappings: Collection[Mapping[str, Any]], name: str) -> list[Any]:
    """What stands under a name, wherever that is."""
    try:
        return list(map(itemgetter(name), mappings))
    except KeyError:
        return [mapping[name] for mapping in mappings if name in mapping]


def _types_of(name: str) -> tuple[type, ...]:
    if name not in _TYPES:
        raise _Unsure
    return _TYPES[name]


def _is_character(refused: Schema) -> bool:
    """Whether a schema is that of texts with one of some characters in them: many can be looked through as one."""
    return refused.keys() == {"type", "pattern"} and _ONE_CHARACTER.fullmatch(refused["pattern"]) is not None


def _pattern(written: str) -> re.Pattern[str]:
    """A pattern of a schema; Python alone would let an end of line follow the end."""
    return re.compile(f"{written[:-1]}\\Z" if written.endswith("$") else written)
