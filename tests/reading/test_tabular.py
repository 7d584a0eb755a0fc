"""Tables read back as they were written: in every encoding, with every separator, as a workbook."""

from __future__ import annotations

import io
import random
import sys
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from seatsync.reading import plain_text, workbook
from seatsync.reading.tabular import Row, Table, folded, read_table
from tests.reading.outline import rendered, span

FIELDS = {"email": ("Email", "E-mail"), "team": ("Team", "team_alias"), "product": ("Product", "offering_name")}
NAMES = [name for names in FIELDS.values() for name in names]
AGAIN = "open it in a spreadsheet program and save it as a new XLSX, or as CSV UTF-8"


def read(raw: str | bytes) -> tuple[Table, list[Row]]:
    table = read_table(raw if isinstance(raw, bytes) else raw.encode(), "f", NAMES)
    return table, list(table.rows())


def cells(raw: str | bytes) -> list[tuple[str, ...]]:
    table, rows = read(raw)
    assert [finding for finding in table.findings if finding.severity != "info"] == []
    return [table.header.cells, *(row.cells for row in rows)]


def findings(raw: str | bytes) -> str:
    table, _ = read(raw)
    return rendered(table.findings)


def sheets(of: Mapping[str, Sequence[Sequence[object]]]) -> bytes:
    book = Workbook()
    for name in book.sheetnames:
        del book[name]
    for name, rows in of.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def with_part(raw: bytes, name: str, content: bytes) -> bytes:
    """Return an archive with one part added or replaced."""
    new = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in old.namelist():
            if part != name:
                archive.writestr(part, old.read(part))
        archive.writestr(name, content)
    return new.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def with_rows(rows: str) -> bytes:
    """Return a workbook whose only sheet has the given rows, as XML."""
    return with_part(
        sheets({"A": [["Email"]]}), SHEET, f"<worksheet {MAIN}><sheetData>{rows}</sheetData></worksheet>".encode()
    )


# Random tables

TEXTS = st.text(
    st.characters(codec="windows-1252", exclude_categories=["Cc"], exclude_characters="\xad")
    | st.sampled_from(',;\t"\n= '),
    max_size=8,
)
LETTERS = st.text(st.sampled_from("abcßéĀ😀"), min_size=1, max_size=6)
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "windows-1252")


@st.composite
def tables(draw: st.DrawFn) -> list[list[str]]:
    """Return a table with a header of two known names, perhaps another column, in any order, and no blank row."""
    others = draw(st.lists(LETTERS, max_size=2, unique_by=folded))
    header = draw(
        st.permutations([draw(st.sampled_from(FIELDS["email"])), draw(st.sampled_from(FIELDS["team"])), *others])
    )
    row = st.lists(TEXTS, min_size=len(header), max_size=len(header)).filter(lambda row: any(map(str.strip, row)))
    return [list(header), *draw(st.lists(row, max_size=4))]


def written(table: Sequence[Sequence[str]], separator: str, end: str, chance: random.Random) -> str:
    """Return a CSV, with more quotes, blank lines and trailing empty columns than it needs."""
    more = chance.choice(["", separator, separator * 3])
    lines = [chance.choice(["", f"sep={separator}{end}", end, f"{separator}{separator}{end}"])]
    for row in table:
        texts = [
            '"' + text.replace('"', '""') + '"'
            if chance.random() < 0.2 or any(char in text for char in f'{separator}"\r\n')
            else text
            for text in row
        ]
        lines += [separator.join(texts) + more + end, chance.choice(["", end, separator * 2 + end])]
    return "".join(lines)


@given(
    tables(), st.sampled_from(ENCODINGS), st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n", "\r"]), st.randoms()
)
def test_a_csv_reads_back(
    table: list[list[str]], encoding: str, separator: str, end: str, chance: random.Random
) -> None:
    text = written(table, separator, end, chance)
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        raw = text.encode()
    if encoding == "windows-1252" and (plain_text.encoding_of(raw).name == "utf-8" or plain_text.is_damaged_utf8(raw)):
        raw = text.encode()  # by chance it is UTF-8 as well, or most of it, which comes first
    found, rows = read(raw)
    assert [finding for finding in found.findings if finding.severity != "info"] == []
    assert [list(found.header.cells[: len(table[0])]), *(list(row.cells) for row in rows)] == table
    columns = found.columns(FIELDS).column_of
    assert {field: table[0][column] in FIELDS[field] for field, column in columns.items()} == {
        "email": True,
        "team": True,
    }
    for row in rows:
        for index, cell in enumerate(row.cells):
            assert at(text, row, index) in (cell, '"' + cell.replace('"', '""') + '"')


def at(text: str, row: Row, index: int) -> str:
    """Return the text at the location of a cell."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    place = row.at(index)
    part = lines[place.line - 1 : place.end_line]
    part[-1] = part[-1][: place.end_column - 1]
    part[0] = part[0][place.column - 1 :]
    return "\n".join(part)


def without_blanks(table: Iterable[Sequence[str]]) -> list[list[str]]:
    """Return a table whose blank cells are empty: at the end of a row, a workbook does not keep them."""
    return [[cell if cell.strip() else "" for cell in row] for row in table]


@given(tables(), st.integers(0, 2), st.integers(0, 2), st.booleans())
def test_a_workbook_reads_back(table: list[list[str]], before: int, above: int, last: bool) -> None:  # noqa: FBT001 - drawn
    if any(text.startswith("=") for row in table for text in row):
        return  # a formula
    blank: list[list[str | None]] = [[None]] * above
    data: dict[str, list[list[str | None]]] = {"Data": [*blank, *([text or None for text in row] for row in table)]}
    others: dict[str, list[list[str | None]]] = {
        f"Filter {number}": [["Team", "from"], ["x", "y"]] for number in range(before)
    }
    raw = sheets(data | others if last else others | data)
    found, rows = read(raw)
    assert found.findings == []
    assert without_blanks(row.cells for row in (found.header, *rows)) == without_blanks(table)
    assert [row.at(1).line for row in (found.header, *rows)] == [above + 1 + rank for rank in range(len(table))]
    assert {row.at(1).column for row in rows} <= {2}


@given(tables(), st.randoms())
def test_a_broken_file_never_stops_the_reader(table: list[list[str]], chance: random.Random) -> None:
    raw = sheets({"Data": table}) if chance.random() < 0.5 else written(table, ",", "\n", chance).encode()
    broken = bytearray(raw)
    for _ in range(chance.randint(1, 3)):
        start = int(chance.random() * len(broken))  # the length of a workbook depends on the time in it
        broken[start : start + chance.randint(0, 9)] = bytes(chance.randrange(256) for _ in range(chance.randint(0, 3)))
        broken += b"x"
    found, _ = read(bytes(broken))
    assert all(finding.location is not None for finding in found.findings)


# What real files do


@pytest.mark.parametrize(
    "text",
    [
        "Email;Team\na@b;x\n",
        "Email\tTeam\na@b\tx\n",
        "sep=;\nEmail;Team\na@b;x\n",
        "sep=|\r\nEmail|Team\r\na@b|x\r\n",
        '"sep=,"\nEmail,Team\na@b,x\n',
        "Email,Team,,\na@b,x,,\n,,,\n",
        "\n;;\nEmail;Team;\na@b;x;\n",
        '"Email";"Team"\n"a@b";"x"',
    ],
)
def test_separators_and_empty_columns(text: str) -> None:
    header, *rows = cells(text)
    assert header[:2] == ("Email", "Team")
    assert rows == [("a@b", "x")]


def test_a_separator_within_cells_is_text() -> None:
    assert cells("Email;Team\na@b;x, y\n") == [("Email", "Team"), ("a@b", "x, y")]
    assert cells("Email,Team\na@b,x; y\n") == [("Email", "Team"), ("a@b", "x; y")]


@pytest.mark.parametrize("mark", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
def test_encodings(mark: str) -> None:
    assert cells("Email,Team\na@b,José €\n".encode(mark))[1] == ("a@b", "José €")


def test_names_of_columns_match_by_letters_and_digits() -> None:
    table, _ = read("E_MAIL ,Team alias,x\na,b,c\n")
    assert table.columns(FIELDS) == ({"email": 0, "team": 1}, (2,))
    assert table.findings == []


def test_missing_and_repeated_columns_are_reported() -> None:
    table, _ = read("Team,team_alias,TEAM\na,b,c\n")
    assert table.columns(FIELDS, ("email", "team", "product"), "export it again") == ({"team": 0}, ())
    assert (
        rendered(table.findings)
        == """\
SCHEMA001 1:6-1:16: column team occurs twice, as 'Team' and as 'team_alias' (remove one of the two)
SCHEMA001 1:17-1:21: column team occurs twice (remove one of the two)
SCHEMA001 1:1-1:21: the header has no columns email or product (export it again)"""
    )


def test_a_file_that_ends_within_a_quote_keeps_the_rows_before() -> None:
    table, rows = read('Email,Team\na@b,x\nc@d,"y\ne@f,z\n')
    assert [row.cells for row in rows] == [("a@b", "x")]
    assert rendered(table.findings).startswith("SCHEMA001 3:5-3:6: this quote is never closed")


def test_rows_are_read_one_by_one() -> None:
    table = read_table(b'Email\na\nb\n"', "f", NAMES)
    rows = table.rows()
    assert next(rows).cells == ("a",)
    assert table.findings == []
    assert [row.cells for row in rows] == [("b",)]
    assert len(table.findings) == 1


def test_a_large_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_text, "MAX_BYTES", 8)
    monkeypatch.setattr(workbook, "MAX_BYTES", 8)
    for raw in (b"Email\na@b\n", b"Email\na\xe4b\n", "Email\na@b\n".encode("utf-16"), sheets({"A": [["Email"]]})):
        assert "the file is larger than 0 MiB (split it into several files)" in findings(raw)


# Workbooks


def test_values_of_cells() -> None:
    values = [
        5,
        5.0,
        0.25,
        0,
        True,
        date(2026, 7, 29),
        datetime(2024, 5, 10, 21, 20, 32, tzinfo=UTC).replace(tzinfo=None),
        "a_x000D_\nb",
    ]
    _, row = cells(sheets({"A": [["Email", *"bcdefgh"], values]}))
    assert row == ("5", "5", "0.25", "0", "TRUE", "2026-07-29", "2024-05-10T21:20:32", "a\nb")


def test_stated_dimensions_do_not_cut_a_sheet() -> None:
    rows = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>{text}</t></is></c></row>'
        for row, text in ((2, "Email"), (5, "a@b"))
    )
    raw = with_part(
        with_rows(""),
        SHEET,
        f'<worksheet {MAIN}><dimension ref="A1"/><sheetData>{rows}</sheetData></worksheet>'.encode(),
    )
    table, found = read(raw)
    assert [(row.cells, span(row.at(0))) for row in (table.header, *found)] == [
        (("Email",), "2:1-2:2"),
        (("a@b",), "5:1-5:2"),
    ]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"PK\x03\x04", f"YAML005 1:1-1:1: the workbook is damaged ({AGAIN})"),
        (b"PK\x05\x06" + bytes(18), f"YAML005 1:1-1:1: the workbook is damaged ({AGAIN})"),
        (
            b"\xd0\xcf\x11\xe0",
            (
                "YAML005 1:1-1:1: the workbook has a password or is in the old XLS format"
                " (save it as XLSX without a password, or as CSV UTF-8)"
            ),
        ),
        (
            sheets({"A": [["Email"], ["=1+1"]]}),
            "YAML005 2:1-2:2: this cell has a formula (replace it by its value)",
        ),
        (
            sheets({"A": [["Email"], ["a_x0000_b"]]}),
            "YAML005 2:1-2:2: control character U+0000 is not allowed (remove it)",
        ),
        (
            sheets({"A": [["Email", "Team"], ["a", "b", "c"]]}),
            "SCHEMA001 2:3-2:4: this row has 3 cells, the header has 2 (keep the separator of an empty cell)",
        ),
        (
            sheets({"A": [["Email"]], "B": [["Team"]]}),
            "YAML005 1:1-1:1: the table may be on sheet 'A' or 'B' (remove the other sheets)",
        ),
        (sheets({"A": [[None]]}), "YAML005 1:1-1:1: the workbook has no sheet with text (export it again)"),
        (
            sheets({"A": [["Email"], ["a", *[None] * 120, "b"]]}),
            "YAML005 2:1-2:2: a row may have at most 100 cells (remove the cells on the right)",
        ),
        (
            with_part(sheets({"A": [["Email"]]}), "xl/externalLinks/externalLink1.xml", b"<externalLink/>"),
            f"YAML005 1:1-1:1: the workbook refers to other files ({AGAIN})",
        ),
        (
            with_part(
                sheets({"A": [["Email"]]}),
                "xl/sharedStrings.xml",
                b'<!DOCTYPE x [<!ENTITY a "aaaa">]><sst><si><t>&a;</t></si></sst>',
            ),
            f"YAML005 1:1-1:1: the workbook has a part 'xl/sharedStrings.xml' that is not plain XML ({AGAIN})",
        ),
        (with_rows("<row"), f"YAML005 1:1-1:1: the workbook is damaged ({AGAIN})"),
        (
            with_rows('<row r="3"/><row/>' + 70_000 * "<row>              </row>" + '<row\n r="3"/>'),
            f"YAML005 1:1-1:1: the workbook has rows in the wrong order in 'xl/worksheets/sheet1.xml' ({AGAIN})",
        ),
        (with_rows('<row r="x"></row>'), f"YAML005 1:1-1:2: sheet 'A' is damaged ({AGAIN})"),
    ],
)
def test_workbooks_that_are_refused(raw: bytes, says: str) -> None:
    assert findings(raw) == says


def test_a_zip_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = with_part(sheets({"A": [["Email"]]}), "xl/media/a.bin", bytes(1_000_000))
    monkeypatch.setattr(workbook, "_MAX_UNPACKED", 999_999)
    assert len(raw) < 20_000
    assert findings(raw) == f"YAML005 1:1-1:1: the workbook is larger than 0 MiB when unpacked ({AGAIN})"


@pytest.mark.parametrize(
    "rows", ['<row r="999999999"/>', "".join(f'<row><c r="XFD{row}"/></row>' for row in range(1, 20))]
)
def test_gaps_of_a_sheet_are_limited(rows: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MAX_ROWS", 2000)
    monkeypatch.setattr(workbook, "_MAX_UNUSED", 200_000)
    raw = with_rows(f'<row r="1"><c r="A1" t="inlineStr"><is><t>Email</t></is></c></row>{rows}')
    assert "sheet 'A' is too large (remove the rows and columns without text)" in findings(raw)


def test_without_openpyxl_the_finding_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = sheets({"A": [["Email"]]})
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    assert findings(raw) == (
        "YAML005 1:1-1:1: the file is an Excel workbook, which needs the package openpyxl"
        " (install it (in a clone of seatsync: `pip install '.[xlsx]'`), or save the file as CSV UTF-8)"
    )
