"""Usual slips are recognised, named and mended."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.declaration.load import load
from seatsync.finding import Finding
from seatsync.reading.slips import (
    addresses_in,
    conflict_in,
    dates_in,
    how_to_write,
    indented_by_blanks,
    not_an_address,
    odd_character,
    slip_before,
)
from seatsync.reading.tree import Node
from seatsync.reading.yaml_file import read

PROJECT = "version: 1\naccount: acme\ntarget: file:have.yaml\ninclude: [a.yaml, p.csv]\n"
NBSP = "\u00a0"
COMMAS = "separate the entries in brackets with commas"
TEAM = "teams:\n  design:\n"
OURS = (
    "<<<<<<< HEAD\n    primary_admin: ana@acme.example\n=======\n    primary_admin: ben@acme.example\n>>>>>>> theirs\n"
)
KEEP = "resolve the conflict, then delete the lines that begin with <<<<<<<, ======= and >>>>>>>"


def found_in(folder: Path, text: str, table: str = "email\n") -> list[str]:
    """Return the findings of the reading of a fragment."""
    (folder / "seatsync.yaml").write_text(PROJECT)
    (folder / "a.yaml").write_text(text)
    (folder / "p.csv").write_text(table)
    return [said(finding) for finding in load(folder).findings]


def said(finding: Finding) -> str:
    return f"{finding.location} {finding.code} {finding.message} | {finding.hint}"


@pytest.mark.parametrize(
    ("text", "finding", "hint"),
    [
        (f"{TEAM}{OURS}", "a.yaml:3:1 YAML001 this is a merge conflict that is not resolved", KEEP),
        (
            f"{TEAM}{NBSP * 4}primary_admin: ana@acme.example\n",
            "a.yaml:3:1 YAML001 there is a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    groups: {{}}\n{NBSP * 4}members:\n" + "      - a@b.example\n" * 9 + "    seats: {}\n",
            "a.yaml:4:1 YAML001 there is a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    seats: {{{NBSP}Maya: []}}\n",
            "a.yaml:3:13 YAML001 there is a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    primary_admin:{NBSP}ana@acme.example\n    members: []\n",
            "a.yaml:3:19 YAML001 there is a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    primary_admin:{NBSP}ana@b.example\n",
            r"a.yaml:3:5 SCHEMA001 team design must be a mapping, not the text 'primary_admin:\u00a0ana@b.example'",
            "there is a no-break space (U+00A0) in it: type a space instead, or remove it",
        ),
        (
            f"{TEAM}    members: [ana@b.example]{NBSP}\n",
            "a.yaml:3:29 YAML001 there is a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    primary_admin: ana@b.example{NBSP}\n",
            r"a.yaml:3:20 SCHEMA001 'ana@b.example\u00a0' is not an e-mail address: it has a no-break space (U+00A0)",
            "type a space instead, or remove it",
        ),
        (
            f"{TEAM}    {NBSP}members: []\n".replace(NBSP, "\u2007"),
            r"a.yaml:3:5 SCHEMA001 unknown key '\u2007members' in team design; did you mean 'members'?",
            "there is a figure space (U+2007) in it: type a space instead, or remove it",
        ),
        (
            "users:\n  ana@acme.example: {last_name: 'O'Brien'}\n",
            "a.yaml:2:35 YAML001 this apostrophe ends the text",
            """write "O'Brien\"""",
        ),
        (
            "users:\n  ana@acme.example:\n    last_name: 'O'Brien'\n    first_name: Ana\n",
            "a.yaml:3:18 YAML001 this apostrophe ends the text",
            """write "O'Brien\"""",
        ),
        (
            'users:\n  ana@acme.example: {first_name: "Ana "Annie" B"}\n',
            "a.yaml:2:39 YAML001 this quote ends the text",
            "write 'Ana \"Annie\" B'",
        ),
        (
            "users:\n  ana@acme.example: {first_name: 'Ana}\n",
            "a.yaml:2:34 YAML001 this quote is never closed",
            "add the quote that closes it, or remove this one",
        ),
        (
            f"{TEAM}    members: [ana@acme.example\n    seats: {{}}\n",
            "a.yaml:3:14 YAML001 this [ is never closed",
            "add the bracket that closes it",
        ),
        *(
            (f"{TEAM}    {text}\n", f"a.yaml:{place} YAML001 a comma is missing before this", COMMAS)
            for text, place in [
                ("members: [\n      ana@acme.example   # boss\n      # next\n      ben@acme.example\n    ]", "6:7"),
                ("members: [\n      {user: ana@acme.example}\n      {user: ben@acme.example}]", "5:7"),
                ("members: ['ana@acme.example',\n      'ben@acme.example'\n\n      'cho@acme.example'\n      ]", "6:7"),
                ("groups: {\n      cad: {products: [Revit]}\n      bim: {products: [Maya]}\n    }", "5:7"),
            ]
        ),
        (
            f"{TEAM}    members: [\n      'ana@acme.example'\n      'ben@acme.example'\n    seats: {{Maya: []}}\n",
            "a.yaml:3:14 YAML001 this [ is never closed",
            "add the bracket that closes it",
        ),
        (
            f"{TEAM}    members: [\n      'ana@acme.example',\n      'O'Brien@acme.example'\n    ]\n",
            "a.yaml:5:9 YAML001 this apostrophe ends the text",
            'write "O\'Brien@acme.example"',
        ),
        (f"{TEAM}\tmembers: []\n", "a.yaml:3:1 YAML001 this line is indented with a tab", "indent with spaces"),
        (
            f"{TEAM}    primary_admin:ana@acme.example\n    members: []\n",
            "a.yaml:3:18 YAML001 a colon after a key needs a space",
            "write `primary_admin: …`",
        ),
        (
            f"{TEAM}    primary_admin:ana@acme.example\n",
            "a.yaml:3:5 SCHEMA001 team design must be a mapping, not the text 'primary_admin:ana@acme.example'",
            "a colon after a key needs a space",
        ),
        (
            f"{TEAM}    members:\n      -ana@acme.example\n      -ben@acme.example\n",
            "a.yaml:4:7 SCHEMA001 members must be a list, not the text '-ana@acme.example -ben@acme.example'",
            "write it as a list: [ana@acme.example, ben@acme.example]",
        ),
        (
            f"{TEAM}    members:\n      -ana@acme.example\n      - ben@acme.example: 1\n",
            "a.yaml:4:7 YAML001 the dash of an item needs a space",
            "write `- …`",
        ),
        (
            f"{TEAM}    members: [ana@acme.example ben@acme.example]\n",
            "a.yaml:3:15 SCHEMA001 'ana@acme.example ben@acme.example' is 2 addresses",
            "put a comma between them, or each in a line of its own",
        ),
        (
            f"{TEAM}    members:\n    - ana@acme.example; ben@acme.example\n",
            "a.yaml:4:7 SCHEMA001 'ana@acme.example; ben@acme.example' is 2 addresses",
            "put a comma between them, or each in a line of its own",
        ),
        (
            f"{TEAM}    members: [Ana Silva <ana@acme.example>]\n",
            "a.yaml:3:15 SCHEMA001 'Ana Silva <ana@acme.example>' is more than an e-mail address",
            "write ana@acme.example alone",
        ),
        (
            f"{TEAM}    primary_admin: [ana@acme.example, ben@acme.example]\n",
            "a.yaml:3:20 SCHEMA001 primary_admin must be an e-mail address, not a list",
            "name one of them, and the others under `secondary_admins`",
        ),
        (
            f"{TEAM}    primary_admin: ana@acme.example, ben@acme.example\n",
            "a.yaml:3:20 SCHEMA001 'ana@acme.example, ben@acme.example' is 2 addresses",
            "name one of them, and the others under `secondary_admins`",
        ),
        (
            f"{TEAM}    members: [{{user: ana@acme.example, until: 31.01.2027}}]\n",
            "a.yaml:3:47 SCHEMA001 '31.01.2027' is not a date",
            "write it as 2027-01-31",
        ),
        (
            f"{TEAM}    members: [{{user: ana@acme.example, until: 01/02/2027}}]\n",
            "a.yaml:3:47 SCHEMA001 '01/02/2027' is not a date",
            "write it as 2027-02-01 or 2027-01-02, depending on which day you mean",
        ),
        (
            f"{TEAM}    members: [{{user: ana@acme.example, until: 20270131}}]\n",
            "a.yaml:3:47 SCHEMA001 until must be a date such as 2027-03-31, not the number 20270131",
            "write it as 2027-01-31",
        ),
    ],
)
def test_one_cause_is_one_finding_that_mends_it(text: str, finding: str, hint: str, tmp_path: Path) -> None:
    assert found_in(tmp_path, text) == [f"{finding} | {hint}"]


def test_a_conflict_in_a_table(tmp_path: Path) -> None:
    table = "email,team\n<<<<<<< HEAD\nana@acme.example,design\n=======\n>>>>>>> theirs\n"
    conflict = f"p.csv:2:1 SCHEMA001 this is a merge conflict that is not resolved | {KEEP}"
    assert found_in(tmp_path, "teams: {}\n", table) == [conflict]


def test_days_of_a_table(tmp_path: Path) -> None:
    table = "email,team,until\nana@acme.example,design,31.12.2027\nben@acme.example,design,46053\n"
    assert found_in(tmp_path, "teams: {}\n", table) == [
        "p.csv:2:25 SCHEMA001 '31.12.2027' is not a date | write it as 2027-12-31",
        "p.csv:3:25 SCHEMA001 '46053' is not a date | write it as 2026-01-31",
    ]


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("31.01.2027", ["2027-01-31"]),
        ("1.2.27", ["2027-02-01"]),
        ("01/31/2027", ["2027-01-31"]),
        ("31/01/2027", ["2027-01-31"]),
        ("01/02/2027", ["2027-02-01", "2027-01-02"]),
        ("02-02-2027", ["2027-02-02"]),
        ("2027/1/31", ["2027-01-31"]),
        ("2027-1-5", ["2027-01-05"]),
        ("2027-01-31 00:00:00", ["2027-01-31"]),
        ("2027-01-31T10:00:00Z", ["2027-01-31"]),
        ("20270131", ["2027-01-31"]),
        ("31 Jan 2027", ["2027-01-31"]),
        ("January 31, 2027", ["2027-01-31"]),
        ("46053", ["2026-01-31"]),
        ("31 Foo 2027", []),
        ("January 2027", []),
        ("2027-02-30", []),
        ("32/13/2027", []),
        ("soon", []),
        ("", []),
    ],
)
def test_days_in_other_notations(text: str, days: list[str]) -> None:
    assert dates_in(text) == days


def test_long_texts_are_searched_once() -> None:
    """A search that begins anew at each character would take minutes."""
    assert not_an_address("1" * 200_000, "") is None
    assert not_an_address("<" + "a@" * 100_000, "") is None
    assert addresses_in("@a a@ a@b, <c@d> 'e@f'") == ["a@b", "c@d", "e@f"]
    assert slip_before("a: [" + "'a'b " * 20_000, 10) is None


def test_how_to_write_a_day() -> None:
    assert how_to_write("2027-02-30") == "there is no such day in the calendar"
    assert how_to_write("31.06.2027") == "there is no such day in the calendar"
    assert how_to_write("soon") == "write it as 2026-12-31"


@pytest.mark.parametrize(
    "text",
    [
        "# <<<<<<< is how a conflict begins, and >>>>>>> how it ends\nusers: {}\n",
        'a: \'it\'\'s\'\nb: "O\'Brien"\nc: "say \\"x\\""\n',
        f"a: text with{NBSP}a blank\n# {NBSP}key: x\n",
        "a: https://acme.example/x\nb: 12:30\nc:\n- -1\n",
    ],
)
def test_text_without_a_slip(text: str) -> None:
    assert conflict_in(text) is None
    assert indented_by_blanks(text) is None
    assert all(slip_before(text, at) is None for at in range(len(text)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a: |\n  to write:\n  {NBSP}{NBSP}key: value\n", {"a": f"to write:\n{NBSP}{NBSP}key: value\n"}),
        (f"a: >-\n  text\n  {NBSP}b: c\nd: 1\n", {"a": f"text {NBSP}b: c", "d": 1}),
        (f"a: 'text\n  {NBSP}b: c'\n", {"a": f"text {NBSP}b: c"}),
        (f"# next\n# {NBSP}a: b\na:\n  - b{NBSP}: c\n", {"a": [{f"b{NBSP}": "c"}]}),
    ],
)
def test_no_break_spaces_within_text_are_valid(text: str, expected: Node) -> None:
    assert read(text.encode(), "a.yaml") == (expected, [])


def test_an_unresolved_conflict_would_be_noticed_there() -> None:
    assert conflict_in("# a comment\n<<<<<<< HEAD\n=======\n>>>>>>> theirs") is not None


PIECES = ("<<<<<<<", ">>>>>>>", "=======", "\n", "'", '"', " ", "\t", NBSP, ":", "-", "[", "{", "a", "@", "1")
ANY = st.lists(st.sampled_from(PIECES)).map("".join)


@given(ANY, st.data())
def test_a_slip_is_within_the_text(text: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(text)))
    began = data.draw(st.none() | st.integers(0, max(0, at - 1))) if text else None
    for slip in (slip_before(text, at, began), conflict_in(text), odd_character(text), indented_by_blanks(text)):
        if slip is not None:
            assert 0 <= slip.start < slip.end <= len(text)
            assert slip.problem
            assert slip.hint


@given(st.text())
def test_any_text_may_be_meant_as_a_day_or_an_address(text: str) -> None:
    assert all(len(day) == len("2027-01-31") for day in dates_in(text))
    assert len(addresses_in(text)) <= text.count("@")
    assert not_an_address(text, "primary_admin") != ("", "", "")
