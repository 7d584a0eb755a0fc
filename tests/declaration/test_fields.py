"""Fields without schema findings: validation stops at a thousand, and later violations are dropped as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.fields import Diagnostics, Fields, is_day, is_instant
from seatsync.declaration.people import Draft, read_users
from seatsync.declaration.project_values import Policy
from seatsync.finding import Location
from seatsync.reading import yaml_file
from seatsync.reading.tree import YamlMap
from tests.declaration.repositories import rendered

TEXT = """\
text: x
none: null
number: 5
whole: 5.0
almost: 5.0000000000000000000001
part: 5.5
flag: true
list: [x, 5]
map: {a: [x], b: 5}
"""


def fields_of(text: str = TEXT) -> Fields:
    node, findings = yaml_file.read(text.encode(), "a.yaml")
    assert isinstance(node, YamlMap)
    assert findings == []
    return Fields(node, Diagnostics(), node.keys())


@pytest.mark.parametrize("key", ["number", "part", "flag", "list", "map"])
def test_a_text_is_text(key: str) -> None:
    fields = fields_of()
    assert (fields.text("text"), fields.name("none"), fields.text("absent")) == ("x", None, None)
    assert fields.broken == set()
    assert (fields.text(key), fields.broken) == (None, {key})


@pytest.mark.parametrize("key", ["text", "almost", "part", "flag", "list", "map"])
def test_a_number_is_whole(key: str) -> None:
    fields = fields_of()
    assert [fields.number(name) for name in ("number", "whole", "none", "absent")] == [5, 5, None, None]
    assert fields.broken == set()
    assert (fields.number(key), fields.broken) == (None, {key})


def test_a_choice_is_one_of_some_words() -> None:
    fields = fields_of()
    assert (fields.choice("text", ("y", "x")), fields.choice("none", ("y",)), fields.broken) == ("x", None, set())
    assert (fields.choice("text", ("y", "z")), fields.broken) == (None, {"text"})


def test_a_day_is_a_day() -> None:
    fields = fields_of()
    assert (fields.day("text"), fields.day("number"), fields.moment("text")) == (None, None, None)
    assert fields.broken == {"text", "number"}
    assert [line.partition(" (")[0] for line in rendered(fields.diagnostics.findings)] == [
        "a.yaml:1:7 SCHEMA001 'x' is not a date",
        "a.yaml:1:7 SCHEMA001 'x' is neither a UTC time nor a date",
    ]


def test_collections() -> None:
    fields = fields_of()
    assert (fields.listing("list"), fields.names("list"), fields.listing("none")) == (["x", 5], ["x", 5], [])
    assert fields.broken == {"list"}
    assert (fields.mapping("none"), fields.mapping("list"), fields.listing("map")) == ({}, {}, [])
    assert fields.broken == {"list", "map"}


def test_rosters() -> None:
    fields = fields_of()
    rosters = fields.rosters("map", "product")
    assert {name: people.ids for name, people in rosters.items()} == {"a": [""], "b": []}
    assert fields.broken == {"map"}


def test_names_of_a_person() -> None:
    section = fields_of("ana@acme.example: {first_name: 5, last_name: Silva}\n").node
    draft = Draft(Declaration(Project(Path(), section, "acme", None, (), None, Policy())), Diagnostics())
    read_users(section, draft)
    ana = draft.finish().users["ana@acme.example"]
    assert (ana.first_name, ana.last_name) == (None, "Silva")


def test_unknown_keys_break_similar_fields() -> None:
    node = fields_of("secondary_admin: [x]\ncolour: red\n").node
    known = frozenset(("primary_admin", "secondary_admins", "sso", "members"))
    assert Fields(node, Diagnostics(), known).broken == {"secondary_admins"}


def test_one_finding_per_location() -> None:
    diagnostics, here, there = Diagnostics(), Location("a.yaml", 1, 1, 1, 2), Location("a.yaml", 2, 1, 2, 2)
    diagnostics.report_shape(here, "wrong")
    diagnostics.add_schema_findings(diagnostics.findings[:])
    diagnostics.report_shape(here, "wrong as well")
    diagnostics.withdraw_schema_finding(there)
    assert rendered(diagnostics.findings) == ["a.yaml:1:1 SCHEMA001 wrong"] * 2
    diagnostics.withdraw_schema_finding(here)
    diagnostics.report_shape(here, "something else")
    assert rendered(diagnostics.findings) == ["a.yaml:1:1 SCHEMA001 something else"]


@pytest.mark.parametrize("text", ["2026-02-28", "2024-02-29", "0001-01-01", "9999-12-31"])
def test_days(text: str) -> None:
    assert is_day(text)


@pytest.mark.parametrize(
    "text", ["", "2026-2-8", "2026-02-29", "20260228", "2026-W01-1", "2026-02-28 ", "２０２６-02-28", "2026-02-28\n"]
)
def test_no_days(text: str) -> None:
    assert not is_day(text)


def test_instants() -> None:
    assert is_instant("2026-11-22T09:00:00Z")
    assert is_instant("2026-11-22T09:00:00.123Z")
    for text in (
        "2026-11-22T09:00:00",
        "2026-11-22T09:00:00+01:00",
        "2026-11-31T09:00:00Z",
        "2026-11-22T25:00:00Z",
        "",
    ):
        assert not is_instant(text)
