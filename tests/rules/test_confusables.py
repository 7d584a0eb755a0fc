"""Confusable letters and scripts."""

from __future__ import annotations

from unicodedata import name

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.rules.lookalikes import _LOOK_LIKE, _label, mixed_scripts, skeleton


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("ana", "ana"),
        ("аnа", "ana"),
        ("оса", "oca"),
        ("ａｎａ", "ana"),
        ("𝐚𝐧𝐚", "ana"),
        ("alı", "ali"),
        ("i̇rem", "irem"),
        ("josé", "josé"),
        ("ñandú", "ñandú"),
        ("田中", "田中"),
        ("ӏeӏ", "lel"),
        ("3ана", "3aha"),
        ("rn", "rn"),
    ],
)
def test_skeletons(text: str, looks: str) -> None:
    assert skeleton(text) == looks


@pytest.mark.parametrize(
    ("text", "scripts"),
    [
        ("ana", ()),
        ("", ()),
        ("1+2", ()),
        ("аna", ("Cyrillic", "Latin")),
        ("анна", ()),
        ("анна1", ()),
        ("aλь", ("Cyrillic", "Greek", "Latin")),
        ("ａna", ()),
        ("ｱna", ()),
        ("田中さくらラ", ()),
        ("tanaka田中", ()),
        ("田中а", ("Cjk", "Cyrillic")),
        ("김김a", ()),
        ("김さ", ("Hangul", "Hiragana")),
        ("aʰ", ()),
    ],
)
def test_scripts_of_a_text(text: str, scripts: tuple[str, ...]) -> None:
    assert mixed_scripts(text) == scripts


def test_an_undecodable_label_is_unchanged() -> None:
    assert _label("xn--é") == "xn--é"
    assert _label("xn--n1aeb") == "сор"


def test_the_table_holds_each_letter_once_and_no_ascii() -> None:
    letters = "".join(_LOOK_LIKE.values())
    assert len(letters) == len(set(letters))
    assert not any(map(str.isascii, letters))
    assert all(name(letter) for letter in letters)
    assert letters == letters.casefold()


@given(st.text(max_size=20))
def test_a_skeleton_is_idempotent(text: str) -> None:
    assert skeleton(skeleton(text)) in {skeleton(text), skeleton(text).casefold()}
    mixed_scripts(text)
