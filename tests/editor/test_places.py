from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.finding import Location
from seatsync.lsp.positions import UNITS, Edit, Position, Range, Text, Units, applied, edits_between

TEXTS = st.text(st.sampled_from("ab \né😀\r\u2028\x85\ufeff"), max_size=30)


def test_units() -> None:
    text = "a\r\n😀é: x\ny"
    found = {units: Text(text, units).position(text.index("x")) for units in UNITS}
    assert found == {"utf-8": Position(1, 8), "utf-16": Position(1, 5), "utf-32": Position(1, 4)}


def test_places_of_findings() -> None:
    text = Text("a: b\n😀: ana\n", "utf-16")
    assert text.range_of(Location("f", 2, 4, 2, 7)) == Range(Position(1, 4), Position(1, 7))
    assert text.range_of(Location("f", 9, 1, 9, 9)) == Range(Position(2, 0), Position(2, 0))
    assert Text("\ufeffa: b", "utf-16").range_of(Location("f", 1, 4, 1, 5)) == Range(Position(0, 4), Position(0, 5))


@pytest.mark.parametrize(
    ("position", "offset"), [((0, 99), 1), ((7, 0), 8), ((1, 1), 2), ((1, 2), 3), ((-1, -1), 0), ((2, 1), 8)]
)
def test_positions_beyond_all_bounds(position: tuple[int, int], offset: int) -> None:
    """A position between the two halves of a surrogate pair is valid too."""
    assert Text("a\n😀bcd\n", "utf-16").offset(Position(*position)) == min(offset, 7)


@given(TEXTS, st.sampled_from(UNITS))
def test_there_and_back(text: str, units: Units) -> None:
    places = Text(text, units)
    for offset in range(len(text) + 1):
        if text[offset - 1 : offset + 1] != "\r\n" or not offset:
            assert places.offset(places.position(offset)) == offset


@given(TEXTS, TEXTS, st.sampled_from(UNITS))
def test_the_difference_of_two_texts(old: str, new: str, units: Units) -> None:
    before = Text(old, units)
    edits = edits_between(before, new)
    assert applied(before, edits) == new
    assert [edit.at.start for edit in edits] == sorted(edit.at.start for edit in edits)


def test_only_what_changes_is_touched() -> None:
    old = Text("teams:\n  design: # one\n    members: [a, b]\n", "utf-16")
    assert edits_between(old, old.text) == []
    assert edits_between(old, "teams:\n  studio: # one\n    members: [a, b]\n    renamed_from: design\n") == [
        Edit(Range(Position(1, 2), Position(1, 8)), "studio"),
        Edit(Range(Position(3, 0), Position(3, 0)), "    renamed_from: design\n"),
    ]
    many = "same\n" * 250
    assert edits_between(Text(f"{many}one\n", "utf-16"), f"{many}two\n") == [
        Edit(Range(Position(250, 0), Position(250, 3)), "two")
    ]
    assert edits_between(Text("a\r\nb\r\n", "utf-16"), "a\nb\r\n") == [
        Edit(Range(Position(0, 0), Position(1, 0)), "a\n"),
    ]
