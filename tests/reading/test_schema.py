"""Findings for invalid documents: wording, agreement of both validators, and places."""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import jsonschema
import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.reading import schema, schema_problems
from seatsync.reading.plain_text import plain as plain_words
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.yaml_file import read
from tests.reading.outline import rendered, span
from tests.reading.shape_files import Shape, shapes

SHAPES = shapes()
RIGHT = [shape for shape in SHAPES if not shape.says]
WRONG = [shape for shape in SHAPES if shape.says]
SCHEMAS: dict[str, dict[str, Any]] = {name: json.loads(schema.schema_text(name)) for name in schema.NAMES}
SLOW = {name: jsonschema.Draft202012Validator(SCHEMAS[name]) for name in schema.NAMES}
FAST = {name: jsonschema_rs.Draft202012Validator(SCHEMAS[name], validate_formats=False) for name in schema.NAMES}


def said(node: Node, name: str) -> str:
    findings = schema.check(node, name, "f.yaml")
    assert {finding.code for finding in findings} <= {"SCHEMA001"}
    lines = [f"{span(f.location)} {f.message}" + (f" ({f.hint})" if f.hint else "") for f in findings]
    return "\n".join(lines)


def test_the_corpus_is_large_enough() -> None:
    assert len(WRONG) >= 120
    assert len(RIGHT) >= 20


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_shape(shape: Shape) -> None:
    assert said(shape.node(), shape.schema) == shape.says


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_the_validators_agree(shape: Shape) -> None:
    node = shape.node() or YamlMap()
    assert FAST[shape.schema].is_valid(node) == SLOW[shape.schema].is_valid(node) == (not shape.says)


@pytest.mark.parametrize("shape", [s for s in RIGHT if s.schema == "fragment"], ids=str)
def test_a_fragment_with_an_account_is_a_snapshot(shape: Shape) -> None:
    node, findings = read(f"account: acme\n{shape.text}".encode(), "f.yaml")
    assert findings == []
    assert said(node, "snapshot") == ""


STRANGE: list[Node] = [
    None,
    True,
    0,
    -1,
    7,
    Decimal("1.5"),
    "",
    "text",
    "10%",
    "a\nb",
    "x" * 300,
    10**30,
    YamlList(),
    YamlMap(),
]
KEYS = [
    "",
    "user",
    "users",
    "team",
    "seats",
    "until",
    "products",
    "0",
    "007",
    "+1",
    "18446744073709551616",
    "a/b",
    "~",
    "é",
]


def spots(node: Node) -> Iterator[YamlMap | YamlList]:
    """Yield every mapping and list of a tree."""
    if isinstance(node, (YamlMap, YamlList)):
        yield node
        for child in node.values() if isinstance(node, YamlMap) else node:
            yield from spots(child)


def mutate(node: Node, chance: random.Random) -> None:
    """Change, remove, add or rename something in place."""
    places = [spot for spot in spots(node) if spot]
    if not places:
        return
    spot = chance.choice(places)
    value = copy.deepcopy(chance.choice([*STRANGE, spot]))
    if isinstance(spot, YamlList):
        spot[chance.randrange(len(spot))] = value
        return
    key = chance.choice(list(spot))
    action = chance.randrange(4)
    if action == 0:
        spot[key] = value
    elif action == 1:
        del spot[key]
    elif action == 2:
        spot[chance.choice(KEYS)] = value
    else:
        spot[chance.choice([*KEYS, key[:-1], key.upper()])] = spot.pop(key)


def plain(node: Node) -> object:
    if isinstance(node, YamlMap):
        return {key: plain(value) for key, value in node.items()}
    return [plain(item) for item in node] if isinstance(node, YamlList) else node


@given(st.sampled_from(SHAPES), st.randoms(use_true_random=False))
def test_the_validators_agree_on_mutations(shape: Shape, chance: random.Random) -> None:
    node = shape.node()
    for _ in range(chance.randint(1, 3)):
        mutate(node, chance)
    document, name = plain(YamlMap() if node is None else node), shape.schema
    problems = schema.validate_document(document, name)
    assert FAST[name].is_valid(document) == SLOW[name].is_valid(document) == (problems == [])
    assert not [problem for problem in problems if "is not right" in problem]
    # The same, read from a file: JSON is YAML as long as it escapes nothing beyond the first plane.
    text = json.dumps(document, ensure_ascii=False, indent=1, default=float)
    node, findings = read(text.encode(), "f.yaml")
    if not findings:
        found = schema.check(node, name, "f.yaml")
        assert len(found) == len(set(problems))
        assert all(finding.location is not None for finding in found)


def test_finding_of_an_empty_project_file_is_at_its_top() -> None:
    assert rendered(schema.check(None, "project", "seatsync.yaml")) == (
        "SCHEMA001 1:1-1:1: the file lacks the keys 'version' and 'account'"
    )


def test_findings_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_FINDINGS", 3)
    node, _ = read(b"users: {a: 1, b: 2, c: 3, d: 4, e: 5}", "f.yaml")
    assert len(schema.check(node, "fragment", "f.yaml")) == 3


def test_explanation_of_a_large_file_covers_only_invalid_entries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Check that only invalid entries are explained; explaining all would take minutes."""
    explained: list[object] = []
    explain = schema_problems.problems

    def counted(document: object, shape: dict[str, Any]) -> list[schema_problems.Problem]:
        assert isinstance(document, Mapping)
        explained.extend(document["users"])
        return explain(document, shape)

    monkeypatch.setattr(schema_problems, "problems", counted)
    people = "".join(f"  user{i}@acme.example: {{first_name: F, last_name: L}}\n" for i in range(20_000))
    node, findings = read(f"users:\n{people}  110001: {{firstname: F}}\n  0110: 5\n".encode(), "f.yaml")
    assert findings == []
    assert [f"{span(finding.location)} {finding.message}" for finding in schema.check(node, "fragment", "f.yaml")] == [
        "20002:12-20002:21 unknown key 'firstname' in user 110001; did you mean 'first_name'?",
        "20003:9-20003:10 user 0110 must be a mapping, not the number 5",
    ]
    assert explained == ["110001", "0110"]


@pytest.mark.parametrize(
    "key",
    ["", "0", "007", "+7", "+", "-1", "18446744073709551615", "18446744073709551616", "0" * 5000 + "1", "１", "²"],
)
def test_names_that_look_like_indexes(key: str) -> None:
    assert schema.validate_document({"users": {key: 5, "a": {}}}, "fragment") == [
        f"/users/{key}: user {plain_words(key)} must be a mapping, not the number 5"
    ]


def test_a_name_that_is_empty() -> None:
    assert schema.validate_document({"users": {"": {"first_name": 5}}}, "fragment") == [
        "/users//first_name: first_name must be text, not the number 5"
    ]


def test_a_refusal_that_jsonschema_does_not_share_is_passed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_problems, "problems", lambda _document, _schema: [])
    node, _ = read(b"users: {a: {first_name: 5}}", "f.yaml")
    assert said(node, "fragment") == '1:8-1:28 5 is not of types "null", "string"'


def test_a_keyword_without_words_is_passed_on() -> None:
    found = schema_problems.problems([1, 1], {"uniqueItems": True})
    assert [problem.message for problem in found] == ["the file is invalid: [1, 1] has non-unique elements"]
    nested = schema_problems.problems([[1, "a"]], {"items": {"items": {"const": 1}}})
    assert [(problem.path, problem.message) for problem in nested] == [
        ((0, 1), "an entry of the file must be 1, not 'a'")
    ]


def test_documents_of_our_own() -> None:
    good = {"format": "seatsync/findings/1", "findings": [], "summary": {"error": 0, "warning": 0, "info": 0}}
    assert schema.validate_document(good, "findings") == []
    assert sorted(schema.validate_document(good | {"format": "seatsync/findings/2", "more": 1}, "findings")) == [
        "/format: format must be seatsync/findings/1, not 'seatsync/findings/2'",
        "/more: unknown key 'more' in the file",
    ]
    assert schema.validate_document([], "plan") == ["/: the file must be a mapping, not a list"]


def test_explaining_library_is_imported_for_invalid_documents_only() -> None:
    code = """
import sys
from seatsync.reading import schema, yaml_file
node, _ = yaml_file.read(b"users: {}", "f")
assert schema.check(node, "fragment", "f") == []
assert not {"jsonschema", "rapidfuzz"} & set(sys.modules), "imported too early"
node, _ = yaml_file.read(b"user: {}", "f")
assert len(schema.check(node, "fragment", "f")) == 1
assert {"jsonschema", "rapidfuzz"} <= set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
