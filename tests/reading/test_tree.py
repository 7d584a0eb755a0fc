from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.finding import Location
from seatsync.reading import tree
from seatsync.reading.tree import Lines, YamlList, YamlMap


def test_nodes_made_by_hand_stand_at_the_top_of_their_file() -> None:
    mapping, sequence = YamlMap("a.yaml"), YamlList("a.yaml")
    mapping["key"] = sequence
    sequence.append("item")
    top = Location("a.yaml", 1, 1, 1, 1)
    assert [mapping.key_at("key"), mapping.value_at("key"), sequence.item_at(0)] == [top, top, top]


def test_a_key_added_later_is_found_too() -> None:
    lines = Lines("a.yaml", "a: b\nc: d\n")
    node = YamlMap("a.yaml", lines)
    node["a"] = "b"
    node.marks.extend((0, 1, 3, 4))
    assert node.value_at("a") == Location("a.yaml", 1, 4, 1, 5)
    node["c"] = "d"
    node.marks.extend((5, 6, 8, 9))
    assert node.key_at("c") == Location("a.yaml", 2, 1, 2, 2)


def test_lines_are_counted_once_even_with_a_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[object] = []

    def counting(lengths: Iterable[int], initial: int) -> Iterable[int]:
        counted.append(lengths)
        return accumulate(lengths, initial=initial)

    monkeypatch.setattr(tree, "accumulate", counting)
    lines = Lines("a.yaml", f"a: b\n# {'x' * 300}\nc: d\n")
    assert [lines.span(at, at).line for at in (0, 5, 308, 309)] == [1, 2, 3, 3]
    assert [type(lengths) for lengths in counted] == [tuple]


def test_an_empty_text_has_one_place() -> None:
    assert Lines("a", "").span(0, 0) == Location("a", 1, 1, 1, 1)


@given(st.text(st.sampled_from("a😀é \n\r"), max_size=30), st.data())
def test_offsets_become_lines_and_columns(text: str, data: st.DataObject) -> None:
    offset = data.draw(st.integers(0, len(text)))
    place = Lines("f", text).span(offset, offset)
    if text[offset - 1 : offset + 1] == "\r\n":
        offset -= 1  # within a line's end: still on that line, one column further
        assert (place.line, place.column) != (1, 1)
        return
    before = re.split(r"\r\n|\r|\n", text[:offset])
    assert (place.line, place.column) == (len(before), len(before[-1]) + 1)
