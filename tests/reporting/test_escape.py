from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.reporting.escape import json_safe, quoted, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ana Silva", "Ana Silva"),
        ("naïve 東京 🎨", "naïve 東京 🎨"),
        ("two\nlines\r\tand a tab", "two\\nlines\\r\\tand a tab"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("\x9b31m", "\\x9b31m"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("", ""),
    ],
)
def test_non_printable_characters_are_escaped(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("AutoCAD", "AutoCAD"),
        ("AutoCAD 2019", "AutoCAD 2019"),
        ("ana@acme.example", "ana@acme.example"),
        ("R&D", '"R&D"'),
        ("", '""'),
        (" padded ", '" padded "'),
        ("a\nb", '"a\\nb"'),
    ],
)
def test_unusual_names_are_quoted(name: str, shown: str) -> None:
    assert quoted(name) == shown


@given(st.text())
def test_nothing_shown_moves_the_cursor(text: str) -> None:
    assert visible(text).isprintable()
    assert quoted(text).isprintable()


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_an_escaped_document_is_equal(text: str) -> None:
    document = json.dumps({"a": text}, indent=1, ensure_ascii=False)
    safe = json_safe(document)
    assert json.loads(safe) == {"a": text}
    assert re.sub("\n", "", safe).isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('?token=a"b', '?token=***"b'),
        ("?token=a\\", "?token=***"),
        ('?token=\\"', '?token=***"'),
        ("?token=a\nb", "?token=***\nb"),
        ('https://joe:pa"ss@host/ https://joe:pass@host/', 'https://joe:pa"ss@host/ https://joe:***@host/'),
    ],
)
def test_a_masked_document_stays_json(text: str, shown: str) -> None:
    assert json.loads(json_safe(json.dumps({"a": text, text: 1}, ensure_ascii=False))) == {"a": shown, shown: 1}
