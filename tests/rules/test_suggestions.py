"""Suggestions for unknown names."""

from __future__ import annotations

import pytest

from seatsync.rules import references
from seatsync.rules.references import Suggester, nearest, nearest_person

COLLEAGUES = ["tara.schmidt@acme.example", "tim.schmid@acme.example"]
PEOPLE = ["ana@acme.example", "ben@acme.example", "benjamin@acme.example"]


@pytest.mark.parametrize(
    ("name", "names", "meant"),
    [
        ("bne@acme.example", PEOPLE, "ben@acme.example"),
        ("ben@acme.exmaple", PEOPLE, "ben@acme.example"),
        ("benjmain@acme.example", PEOPLE, "benjamin@acme.example"),
        ("eli@acme.example", PEOPLE, None),
        ("zoe@acme.example", PEOPLE, None),
        ("ann@acme.example", PEOPLE, "ana@acme.example"),
        ("ean@acme.example", PEOPLE, None),
        ("tara.shmidt@acme.example", COLLEAGUES, "tara.schmidt@acme.example"),
        ("tara.schmidt@acme.exmaple", COLLEAGUES, "tara.schmidt@acme.example"),
        ("atra.schmidt@acme.example", COLLEAGUES, "tara.schmidt@acme.example"),
        ("carla.schmidt@acme.example", COLLEAGUES, None),
        ("sara.schmidt@acme.example", COLLEAGUES, None),
        ("t.schmidt@acme.example", COLLEAGUES, None),
        ("cschmidt@acme.example", ["tschmidt@acme.example"], None),
        ("kschmidtke@acme.example", ["tschmidtke@acme.example"], None),
        ("tschmitdke@acme.example", ["tschmidtke@acme.example"], "tschmidtke@acme.example"),
        ("tara2@acme.example", ["tara1@acme.example"], None),
        ("marta@acme.example", ["carla@acme.example", "minna@acme.example"], None),
        ("cristine@acme.example", ["christine@acme.example"], "christine@acme.example"),
        ("autocad", ["Revit", "AutoCAD"], "AutoCAD"),
        ("AutoCDA", ["Revit", "AutoCAD"], "AutoCAD"),
        ("desing", ["design", "build"], "design"),
        ("cad", ["bim"], None),
        ("x", [], None),
        ("", ["a"], "a"),
        ("ab", ["aa", "bb"], "aa"),
    ],
)
def test_the_nearest_name(name: str, names: list[str], meant: str | None) -> None:
    assert nearest(name, names) == meant


def test_a_suggestion_by_distance_alone_would_be_somebody_else() -> None:
    assert references._by_distance("carla.schmidt@acme.example", COLLEAGUES)[0] == COLLEAGUES[0]


def test_the_person_of_a_name() -> None:
    assert nearest_person("bne", ["ana", "ben"]) == "ben"
    assert nearest_person("zea", ["ana", "ben"]) is None


def test_suggestions_are_cached_and_limited() -> None:
    suggester = Suggester([f"name{number:06}" for number in range(1_000_000)])
    assert suggester.nearest("name00000") == "name000000"
    assert suggester.nearest("nam000001") == "name000001"
    assert suggester.nearest("nam000002") is None
    assert suggester.nearest("name00000") == "name000000"
