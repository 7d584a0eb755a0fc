from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.reporting.escape import code, comment_safe, in_tag, mermaid_label, prose, table_row, visible
from tests.reading.corpora import MARKUP_INJECTION, NAUGHTY_STRINGS, needs
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.rendered import rendered

_HEAD = table_row("a", "b") + table_row("---", "---")
_OURS = {"table", "thead", "tr", "th", "tbody", "td", "code"}


def check(text: str) -> None:
    """Check that a cell shows a text unchanged, as a value and in a sentence."""
    page = rendered(_HEAD + table_row(code(text), prose(f"take {text}")))
    said = visible(text) or '""'
    assert page.cells[0] == said
    # The parser takes the spaces off a cell's ends; a command of ours loses its backticks.
    assert page.cells[1] == re.sub("`(seatsync[a-z -]*)`", r"\1", visible(f"take {text}")).strip()
    assert page.tags <= _OURS
    assert page.found == []


@pytest.mark.parametrize("text", OWN)
def test_cells_show_values_unchanged(text: str) -> None:
    check(text)


@needs(NAUGHTY_STRINGS)
def test_naughty_strings() -> None:
    for text in naughty():
        check(text)


@needs(MARKUP_INJECTION)
def test_markup_injection() -> None:
    for text in markup():
        check(text)


@given(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("`|\\<>@#:*_ \"'[]()&1a.-")))
def test_any_text(text: str) -> None:
    check(text)


@given(st.text(st.sampled_from("`|\\<>@#:*_ \"'[]()&1a.-\n")))
def test_any_text_in_a_list_and_in_a_tag(text: str) -> None:
    page = rendered(f"- step 1: {prose(text)}\n\n<details><summary>{in_tag(text)}</summary>\n\n</details>\n")
    assert page.tags <= {"ul", "li", "code", "details", "summary"}
    assert page.found == []
    assert visible(text) in page.text


def test_plain_words_stay_plain() -> None:
    text = "make ben@acme.example secondary admin (STEP003), then `seatsync account purchase` records it: 25 -> 30."
    shown = "make `ben@acme.example` secondary admin (STEP003), then `seatsync account purchase` records it: 25 -> 30."
    assert prose(text) == shown


def test_a_dash_inside_a_name_stays_plain() -> None:
    for name in (
        "CAD - Munich",
        "AEC Collection – Single User",
        "Süd–West",
        "3ds-Max",
        "2-user pack",
        "R & D / CAD + BIM",
    ):
        assert prose(f"team {name}: delete the team") == f"team {name}: delete the team"
    assert prose("- CAD - Munich") == "`-` CAD - Munich"  # would begin a list
    assert prose("GH-12 and Süd-12") == "`GH-12` and `Süd-12`"  # might be an issue


def test_a_name_in_quotation_marks_is_one_piece() -> None:
    assert prose('create group "a *b*, c", now') == 'create group `"a *b*, c"`, now'


@given(st.text())
def test_values_do_not_end_a_comment(text: str) -> None:
    assert re.fullmatch("(?:[0-9A-Za-z]|%[0-9A-F]{2})*", comment_safe(text))


def test_labels_are_letters_digits_spaces_and_codes() -> None:
    assert mermaid_label('ana "x"; 1. é') == "ana #34;x#34;#59; 1#46; #233;"
