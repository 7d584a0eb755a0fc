"""The quick look says yes to what the library accepts, and never to anything else."""

from __future__ import annotations

import copy
import json
import random
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.reading import schema
from seatsync.reading.acceptance import Acceptance
from seatsync.reading.tree import YamlMap
from tests.reading.shape_files import Shape, shapes
from tests.reading.test_schema import mutate

FILES = ("fragment", "project", "snapshot")
RIGHT = [shape for shape in shapes() if shape.schema in FILES and not shape.says]
SCHEMAS: dict[str, dict[str, Any]] = {name: json.loads(schema.schema_text(name)) for name in FILES}
QUICK = {name: Acceptance(SCHEMAS[name]) for name in FILES}
LIBRARY = {name: jsonschema_rs.Draft202012Validator(SCHEMAS[name], validate_formats=False) for name in FILES}


@pytest.mark.parametrize("shape", RIGHT, ids=str)
def test_what_is_right_is_accepted_at_a_glance(shape: Shape) -> None:
    node = shape.node()
    assert QUICK[shape.schema].accepts_all([YamlMap() if node is None else node])


def test_many_are_accepted_at_once_if_all_are_right() -> None:
    nodes = [shape.node() or YamlMap() for shape in RIGHT if shape.schema == "fragment"]
    assert QUICK["fragment"].accepts_all(nodes)
    assert not QUICK["fragment"].accepts_all([*nodes, YamlMap(), "no mapping"])


@given(st.sampled_from(RIGHT), st.integers(0, 2**32 - 1))
def test_nothing_else_is_accepted(shape: Shape, seed: int) -> None:
    chance = random.Random(seed)
    node = copy.deepcopy(shape.node())
    for _ in range(chance.randint(1, 3)):
        mutate(node, chance)
    document = YamlMap() if node is None else node
    if QUICK[shape.schema].accepts_all([document]):
        assert LIBRARY[shape.schema].is_valid(document)


WITH_A_WORD = {"if": {"properties": {"a": {"enum": ["x", "y", 5]}}, "required": ["a"]}, "then": {"required": ["b"]}}
SURE = [
    ({"type": "string", "pattern": "^[a-z]+$"}, "ab", True),
    ({"type": "string", "pattern": "^[a-z]+$"}, "ab\n", False),
    ({"type": "string", "not": {"type": "string", "pattern": "[\\n]"}}, "a\n", False),
    ({"not": {"required": ["a"]}}, {"a": 1}, False),
    ({"not": {"required": ["a"]}}, {"b": 1}, True),
    ({"type": "integer", "minimum": 0, "maximum": 5}, 5, True),
    ({"type": "integer", "minimum": 0, "maximum": 5}, 6, False),
    ({"enum": [1]}, 1, True),
    ({"enum": ["a", None]}, None, True),
    ({"type": ["array", "null"], "items": {"type": "string", "minLength": 1}}, ["a", ""], False),
    ({"propertyNames": {"maxLength": 2}}, {"abc": 1}, False),
    ({"additionalProperties": {"$ref": "#/$defs/x"}, "$defs": {"x": {"type": "string"}}}, {"a": "b"}, True),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"a": 1}, False),
    ({"if": {"required": ["a"]}, "then": {"required": ["b"]}}, {"c": 1}, True),
    ({"allOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": 1}, False),
    ({"items": {"maxLength": 1}}, ["a", {}, "b", "a"], True),
    ({"items": {"maxLength": 1}}, [["a"], "bb"], False),
    ({"items": {"type": "string"}}, ["a", True, 1], False),
    ({"propertyNames": {"format": "email"}}, {"a": 1}, True),
    (WITH_A_WORD, {"a": "x", "b": 1}, True),
    (WITH_A_WORD, {"a": "x"}, False),
    (WITH_A_WORD, {"a": 5}, False),
    (WITH_A_WORD, {"a": "z"}, True),
    (WITH_A_WORD, {"c": 1}, True),
    (WITH_A_WORD, "x", True),
]
FOLDED = [
    ({"type": "object"}, True),
    ({"type": "array"}, False),
    ({"properties": {"a": {"type": "string"}, "c": {"maxLength": 1}}, "additionalProperties": False}, True),
    ({"properties": {"a": {"type": "string"}, "c": {"maxLength": 0}}}, False),
    ({"properties": {"a": {"type": "integer"}, "c": {}}}, False),
    ({"properties": {"a": {}}, "additionalProperties": False}, False),
    ({"properties": {"a": {}, "c": {}}, "required": ["a", "d"]}, False),
    ({"properties": {"a": {}, "c": {}}, "propertyNames": {"pattern": "^a$"}}, False),
    ({"additionalProperties": {"enum": ["b", "d"]}}, True),
    ({"enum": ["a"]}, False),
]


@pytest.mark.parametrize(("rules", "right"), FOLDED)
def test_mappings_that_are_folded(rules: dict[str, Any], *, right: bool) -> None:
    folded = ("a", "b", "c", "d")
    assert jsonschema_rs.Draft202012Validator(rules).is_valid({"a": "b", "c": "d"}) == right
    assert Acceptance(rules).accepts_all([folded, folded]) == right
    assert Acceptance(rules).accepts_all([folded, ("c", "d", "a", "b")]) == right
    assert Acceptance(rules).accepts_all([folded, {"a": "b", "c": "d"}]) == right


UNSURE = [
    ({"enum": [1]}, True),  # to Python the two are one
    ({"type": "integer"}, 5.0),
    ({"not": {"type": "integer"}}, 10**30),
    ({"type": "number"}, 5),
    ({"oneOf": [{"type": "string"}]}, "a"),
    ({"properties": {"a": {}}, "additionalProperties": {}}, {"b": 1}),
    ({"enum": [1.5]}, 1),
]


@pytest.mark.parametrize(("rules", "document", "right"), SURE)
def test_keywords(rules: dict[str, Any], document: object, *, right: bool) -> None:
    assert jsonschema_rs.Draft202012Validator(rules).is_valid(document) == right
    assert Acceptance(rules).accepts_all([document, document]) == right


@pytest.mark.parametrize(("rules", "document"), UNSURE)
def test_what_is_not_sure_is_left_to_the_library(rules: dict[str, Any], document: object) -> None:
    assert not Acceptance(rules).accepts_all([document])
