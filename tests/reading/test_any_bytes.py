"""Any file gives a value or findings with valid places, never an exception."""

from __future__ import annotations

import gc
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.finding import Finding, Location
from seatsync.reading import people_csv, schema, yaml_parser
from seatsync.reading.plain_text import text_of_table
from seatsync.reading.tree import Lines, Node
from tests.reading.both import read
from tests.reading.outline import scalars

SAMPLE = """\
# a comment
users:
  ana@acme.example: {first_name: Ana, last_name: "Sil\\u00e9va"}   # 'quoted'
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, {user: cho@acme.example, until: 2027-03-31}]
    groups:
      cad:
        members:
          - eli@acme.example
          -   - nested
        note: |
          several
          lines
        fold: >-
          more

          lines
    plain: one
      two
subscriptions:
  "574-1": {seats: 25, share: 1.50, sure: true, nothing: ~, empty: }
  ? explicit
  : key
"""
YAMLISH = st.text(st.sampled_from("ab1.-?:,[]{}#&*!|>'\"%@`~ \t\n\r\\éx\u2028😀<="), max_size=60)


def check_places(text: bytes, findings: list[Finding]) -> None:
    """Check that every finding is located within its file."""
    check_places_in(text.decode("utf-8", "replace").removeprefix("\ufeff"), findings)


def check_places_in(text: str, findings: list[Finding]) -> None:
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for finding in findings:
        place = finding.location
        assert isinstance(place, Location)
        assert 1 <= place.line <= place.end_line <= len(lines)
        assert (place.line, place.column) <= (place.end_line, place.end_column)
        assert 1 <= place.column <= len(lines[place.line - 1]) + 1


def check_values(text: str, node: Node) -> None:
    """Check that the text at the place of a scalar, read alone, is the same scalar."""
    lines = Lines("f", text)
    starts = {lines.span(offset, offset): offset for offset in range(len(text) + 1)}
    for value, place in scalars(node):
        start = starts[Location("f", place.line, place.column, place.line, place.column)]
        end = starts[Location("f", place.end_line, place.end_column, place.end_line, place.end_column)]
        if "\n" not in text[start:end] and text[start : start + 1] not in ("|", ">"):
            alone = text[start:end].encode()
            block, flow = read(b"- " + alone, "f"), read(b"[x, " + alone + b"]", "f")
            assert block == ([value], []) or flow == (["x", value], []), (text, alone)


def read_anything(raw: bytes) -> None:
    node, findings = read(raw, "f.yaml")
    check_places(raw, findings)
    assert gc.isenabled()
    for name in ("fragment", "project", "snapshot"):
        check_places(raw, schema.check(node, name, "f.yaml"))


@given(st.binary(max_size=200))
def test_binary(raw: bytes) -> None:
    read_anything(raw)
    for table in (raw, b"\xff\xfe" + raw, b"\xfe\xff" + raw):
        check_places_in(text_of_table(table), people_csv.read_people(table, "f.csv")[1])


@given(YAMLISH)
def test_almost_yaml(text: str) -> None:
    read_anything(text.encode())


@given(YAMLISH)
def test_almost_yaml_by_the_pure_parser(text: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_parser, "CParser", None)
        read_anything(text.encode())


@given(YAMLISH)
def test_scalars_stand_where_they_say(text: str) -> None:
    node, findings = read(text.encode(), "f")
    if not findings and "\r" not in text:
        check_values(text, node)


def test_the_sample_reads() -> None:
    node, findings = read(SAMPLE.encode(), "f")
    assert findings == []
    check_values(SAMPLE, node)


@given(st.randoms(use_true_random=False))
def test_mutations(chance: random.Random) -> None:
    raw = bytearray(SAMPLE.encode())
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(raw))
        kind = chance.randrange(4)
        if kind == 0:
            del raw[at : at + chance.randint(1, 20)]
        elif kind == 1:
            raw[at:at] = chance.choice(
                [b"\t", b"\x00", b"&a ", b"*", b"!", b"#", b"- ", b": ", b"\n", b'"', b"[", b"}", b"? "]
            )
        elif kind == 2:
            raw[at] = chance.randrange(256)
        else:
            raw[at:at] = raw[chance.randrange(len(raw)) :][: chance.randint(1, 60)]
    read_anything(bytes(raw))


@given(st.text(st.sampled_from('ab@,"\r\n\t;é=😀 '), max_size=60))
def test_almost_csv(text: str) -> None:
    for header in ("", "email,team\n", "email\r\n", "email,first_name,last_name,team,product\r"):
        raw = (header + text).encode()
        rows, findings = people_csv.read_people(raw, "f.csv")
        check_places(raw, findings)
        for row in rows:
            for column in people_csv.COLUMNS:
                check_places(raw, [Finding("X", findings[0].severity, "", row.at(column))] if findings else [])
