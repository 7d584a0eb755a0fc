from __future__ import annotations

import pytest

from seatsync.reading import people_csv, tabular
from seatsync.reading.people_csv import PersonRow, read_people
from tests.reading.outline import rendered, span

COLUMNS = f"use the columns {', '.join(people_csv.COLUMNS)}"
QUOTING = "put a cell with a separator or quote in quotes, and double its own quotes"
COMMAS = "keep the separator of an empty cell"


def rows(text: str | bytes) -> list[PersonRow]:
    found, findings = read_people(text if isinstance(text, bytes) else text.encode(), "people.csv")
    assert findings == []
    return found


def facts(row: PersonRow) -> tuple[str | None, ...]:
    return (row.email, row.first_name, row.last_name, row.team, row.product)


def test_rows_with_their_places() -> None:
    text = (
        "\ufeffE_Mail, First Name,LAST_NAME,Team,Product\r\n"
        'ana@acme.example,"Ana ""A"", Ä😀",Silva,design,AutoCAD\r\n'
        "\r\n"
        "ben@acme.example,,,,\r\n"
    )
    ana, ben = rows(text)
    assert facts(ana) == ("ana@acme.example", 'Ana "A", Ä😀', "Silva", "design", "AutoCAD")
    assert [span(ana.at(name)) for name in people_csv.COLUMNS[:5]] == [
        *("2:1-2:17", "2:18-2:33", "2:34-2:39", "2:40-2:46", "2:47-2:54")
    ]
    assert facts(ben) == ("ben@acme.example", None, None, None, None)
    assert [span(ben.at(name)) for name in people_csv.COLUMNS[:5]] == [
        *("4:1-4:17", "4:18-4:18", "4:19-4:19", "4:20-4:20", "4:21-4:21")
    ]


def test_columns_in_any_order_or_missing() -> None:
    (row,) = rows("team,email\ndesign,ana@acme.example\n")
    assert facts(row) == ("ana@acme.example", None, None, "design", None)
    assert span(row.at("team")) == "2:1-2:7"
    assert span(row.at("first_name")) == span(row.at("email")) == "2:8-2:24"


def test_blanks_around_a_person_do_not_count_and_names_of_teams_and_products_are_exact() -> None:
    ana, ben = rows(
        "email,first_name,last_name,team,product\n"
        " ana@acme.example ,\u00a0Ana ,  ,design ,AutoCAD\n"
        '" ben@acme.example ",,,,\n'
    )
    assert facts(ana) == ("ana@acme.example", "Ana", None, "design ", "AutoCAD")
    assert [span(ana.at(name)) for name in people_csv.COLUMNS[:5]] == [
        *("2:2-2:18", "2:21-2:24", "2:26-2:28", "2:29-2:36", "2:37-2:44")
    ]
    assert facts(ben) == ("ben@acme.example", None, None, None, None)
    assert span(ben.at("email")) == "3:1-3:21"


def test_rows_without_any_text_are_passed_over() -> None:
    found = rows(',,\n\nemail,team\n,\n  \n , \n"",""\n,,,,\na@b,design\n\n')
    assert [(row.email, span(row.at("email"))) for row in found] == [("a@b", "9:1-9:4")]


def test_a_row_with_some_text_wants_an_address() -> None:
    assert (
        rendered(read_people(b"email,team\n ,design\n", "f")[1]) == "SCHEMA001 2:1-2:2: the e-mail address is missing"
    )


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends(line_end: str) -> None:
    found = rows(line_end.join(["email", "a@b", '"c@d"', "e@f"]))
    assert [(row.email, str(row.at("email"))) for row in found] == [
        ("a@b", "people.csv:2:1"),
        ("c@d", "people.csv:3:1"),
        ("e@f", "people.csv:4:1"),
    ]


def test_equal_texts_are_one_object() -> None:
    first, second = rows('email,team\na@b,design\n"a@b",design\n')
    assert first.email is second.email
    assert first.team is second.team


def test_rows_are_values() -> None:
    first, second = rows("email\na@b\na@b\n")
    assert first[:-1] == rows("email\na@b\n")[0][:-1], "all but the file that it stands in"
    assert first != second, "they stand in different places"
    with pytest.raises(AttributeError):
        first.email = "c@d"  # type: ignore[misc]  # that is the point


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", f"SCHEMA001 1:1-1:1: the header has no column email ({COLUMNS})"),
        ("\n\n", f"SCHEMA001 1:1-1:1: the header has no column email ({COLUMNS})"),
        ("email|team\na|b", f"SCHEMA001 1:1-1:11: the header has no column email ({COLUMNS})"),
        ("\nname,team\nx,y", f"SCHEMA001 2:1-2:10: the header has no column email ({COLUMNS})"),
        (
            "email,foo,E Mail,\n",
            f"""\
SCHEMA001 1:11-1:17: column email occurs twice (remove one of the two)
SCHEMA001 1:7-1:10: unknown column 'foo' ({COLUMNS})""",
        ),
        (
            "email,Email address,,team\n",
            f"""\
SCHEMA001 1:7-1:20: column email occurs twice, as 'email' and as 'Email address' (remove one of the two)
SCHEMA001 1:21-1:21: unknown column '' ({COLUMNS})""",
        ),
        (
            "email,team\na\nb,c,d,e\n",
            f"""\
SCHEMA001 2:1-2:2: this row has 1 cells, the header has 2 ({COMMAS})
SCHEMA001 3:5-3:8: this row has 4 cells, the header has 2 ({COMMAS})""",
        ),
        ('email,team\n"a\nb",c\n', "SCHEMA001 2:1-3:3: a cell must not contain line breaks or tabs"),
        ("email,team\na,b\tc\n", "SCHEMA001 2:3-2:6: a cell must not contain line breaks or tabs"),
        (f"email\n{'a' * 257}\n", "SCHEMA001 2:1-2:258: a cell must have at most 256 characters, not 257"),
        ("email,product\na,P\n", "SCHEMA001 2:3-2:4: a product needs a team"),
        ("email,team\n,x\n", "SCHEMA001 2:1-2:1: the e-mail address is missing"),
        ('email\n"a"b\n', f"SCHEMA001 2:4-2:5: unexpected text after the closing quote ({QUOTING})"),
        ('email\na"b\nc"d', f"SCHEMA001 2:2-2:3: unexpected quote within a cell ({QUOTING})"),
        ('email,team\na,"b\nc,d\n', f"SCHEMA001 2:3-2:4: this quote is never closed ({QUOTING})"),
        ('email\n"', f"SCHEMA001 2:1-2:2: this quote is never closed ({QUOTING})"),
        ("email\n" + "," * 100, f"SCHEMA001 2:1-2:2: a row may have at most 100 cells ({QUOTING})"),
        ("email\na\x00b", "YAML005 2:2-2:3: control character U+0000 is not allowed (remove it)"),
    ],
)
def test_findings_have_locations(text: str, says: str) -> None:
    found, findings = read_people(text.encode(), "people.csv")
    assert rendered(findings) == says
    assert found == []


def test_other_rows_are_read_all_the_same() -> None:
    found, findings = read_people(b"email,team\na,b\nc\nd,e\n", "people.csv")
    assert [row.email for row in found] == ["a", "d"]
    assert len(findings) == 1


def test_bytes_that_are_not_utf8_are_windows_1252_with_a_note() -> None:
    found, findings = read_people(b"email,first_name\na@b,\xc4\x80\n", "people.csv")
    assert [row.first_name for row in found] == ["\u0100"], "UTF-8"
    assert findings == []
    found, findings = read_people(b"email,first_name\na@b,Jos\xe9\n", "people.csv")
    assert [row.first_name for row in found] == ["Jos\u00e9"]
    assert [finding.severity for finding in findings] == ["info"]
    assert rendered(findings) == (
        "YAML005 2:8-2:9: the file is not UTF-8 and is read as Windows-1252, in which this is '\u00e9'"
        " (check that this is right, and save the file as UTF-8)"
    )


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (b"email\nx\x81@b\n", "YAML005 2:2-2:3: the file is neither UTF-8 nor Windows-1252 (save it as UTF-8)"),
        (
            b"email\n\xc3\xb6\xe9@b\n",
            "YAML005 2:2-2:3: the file is in UTF-8, but not from here on (save all of it as UTF-8)",
        ),
        (
            b"\xe6\x97\xa5\xe6\x9c",
            "YAML005 1:2-1:3: the file is in UTF-8, but not from here on (save all of it as UTF-8)",
        ),
        ("email\na\u2028@b\n".encode(), "YAML005 2:2-2:3: line separator U+2028 is not allowed (remove it)"),
        (b"\xff\xfea\x00\n\x00\x00\xd8", "YAML005 2:1-2:2: the file is not valid UTF-16 (save it as UTF-8)"),
        (b"a\x00b\x00", "YAML005 1:2-1:3: control character U+0000 is not allowed (remove it)"),
        (
            b"PK\x03\x04",
            (
                "YAML005 1:1-1:1: the file is an Excel workbook, not a CSV"
                " (save it as CSV UTF-8, so that its changes can be reviewed)"
            ),
        ),
    ],
)
def test_bytes_that_are_no_text(raw: bytes, says: str) -> None:
    found, findings = read_people(raw, "people.csv")
    assert rendered(findings) == says
    assert found == []


def test_rows_and_findings_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tabular, "MAX_ROWS", 2)
    monkeypatch.setattr(tabular, "MAX_FINDINGS", 1)
    found, findings = read_people(b"email,x,y\na,,\nb,,\nc,,\n", "people.csv")
    assert [row.email for row in found] == ["a", "b"]
    assert (
        rendered(findings)
        == f"""\
SCHEMA001 1:7-1:8: unknown column 'x' ({COLUMNS})
YAML005 4:1-4:1: the file has more than 2 rows (split it into several files)"""
    )
