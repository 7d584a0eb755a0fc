"""Problematic strings as YAML keys, YAML values and CSV cells: read back unchanged, or rejected."""

from __future__ import annotations

import json

import pytest

from seatsync.finding import Finding
from seatsync.reading import people_csv, plain_text
from tests.reading.both import read
from tests.reading.corpora import NAUGHTY_STRINGS, needs

STRINGS: list[str] = json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8")) if NAUGHTY_STRINGS.exists() else []

pytestmark = needs(NAUGHTY_STRINGS)


def escaped(text: str) -> str:
    """Return a text in double quotes, with escapes for everything but plain ASCII."""
    return '"' + "".join(c if c.isalnum() and c.isascii() else f"\\U{ord(c):08x}" for c in text) + '"'


@pytest.mark.parametrize("text", STRINGS)
def test_escaped(text: str) -> None:
    node, findings = read(f"- {escaped(text)}\n- ? {escaped(text)}\n  : {escaped(text)}\n".encode(), "f.yaml")
    if plain_text.problem_in_value(text) is None:
        assert (node, findings) == ([text, {text: text}], [])
    else:
        assert [finding.code for finding in findings] == ["YAML005"]


@pytest.mark.parametrize("text", STRINGS)
def test_in_single_quotes(text: str) -> None:
    quoted = "'" + text.replace("'", "''") + "'"
    node, findings = read(f"[{quoted}]".encode(), "f.yaml")
    if isinstance(plain_text.decode(quoted.encode(), "f.yaml"), Finding):
        assert [finding.code for finding in findings] == ["YAML005"]
    else:
        assert (node, findings) == ([text], [])


@pytest.mark.parametrize("text", STRINGS)
def test_plain(text: str) -> None:
    node, findings = read(f"key: {text}\n".encode(), "f.yaml")
    assert findings or isinstance(node, dict)


@pytest.mark.parametrize("text", STRINGS)
def test_in_a_cell(text: str) -> None:
    cell = '"' + text.replace('"', '""') + '"'
    rows, findings = people_csv.read_people(f"email,first_name\n{cell},{cell}\n".encode(), "f.csv")
    if findings:
        assert {finding.code for finding in findings} <= {"SCHEMA001", "YAML005"}
        assert not rows
    else:
        plain = text.strip()  # a row without any text is no row
        assert [(row.email, row.first_name) for row in rows] == [(plain, plain)] * bool(plain)
