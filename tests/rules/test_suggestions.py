"""Suggestions for unknown names."""

from __future__ import annotations

import pytest

from seatsync.rules.references import Suggester, nearest

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


def test_suggestions_are_cached_and_limited() -> None:
    suggester = Suggester([f"name{number:06}" for number in range(1_000_000)])
    assert suggester.nearest("name00000") == "name000000"
    assert suggester.nearest("nam000001") == "name000001"
    assert suggester.nearest("nam000002") is None
    assert suggester.nearest("name00000") == "name000000"
