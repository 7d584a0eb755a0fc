"""Operations on the rows of a CSV, each with the resulting text."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings

from seatsync.editing import csv_rows
from seatsync.editing.csv_rows import AddRow, EditRows, RowOperation, with_rows_edited
from seatsync.editing.operations import EditRefused
from seatsync.finding import Location
from seatsync.reading.people_csv import people_table
from tests.chance import chances

TEXT = """\
email,team,product,role,from
Ana@acme.example,design,AutoCAD,,
ben@acme.example,"design","Maya, 3D",Secondary admin,2026-01-01
ana@acme.example,plant,,sso,
"""
ANA = ("email", "ana@acme.example")


def edited(text: str, *operations: RowOperation) -> list[str]:
    return with_rows_edited(text.encode(), "p.csv", operations).decode().splitlines()


def test_cells_of_matching_rows_are_set() -> None:
    head, ana, ben, other = TEXT.splitlines()
    assert edited(TEXT, EditRows((ANA,), (("email", "ada@acme.example"),))) == [
        head,
        "ada@acme.example,design,AutoCAD,,",
        ben,
        "ada@acme.example,plant,,sso,",
    ]
    assert edited(TEXT, EditRows((("role", "secondary"),), (("role", ""), ("team", 'the "lab"')))) == [
        head,
        ana,
        'ben@acme.example,"the ""lab""","Maya, 3D",,2026-01-01',
        other,
    ]
    assert edited(TEXT, EditRows((ANA, ("team", "nowhere")), (("product", ""),))) == TEXT.splitlines()
    place = Location("p.csv", 4, 20, 4, 22)
    assert edited(TEXT, EditRows((), (("product", "Revit"),), place))[1:] == [
        ana,
        ben,
        "ana@acme.example,plant,Revit,sso,",
    ]


def test_rows_are_removed() -> None:
    head, ana, ben, other = TEXT.splitlines()
    assert edited(TEXT, EditRows((ANA,))) == [head, ben]
    assert edited(TEXT, EditRows((ANA, ("product", "")))) == [head, ana, ben]
    assert edited(TEXT, EditRows((("group", ""), ("role", "sso")))) == [head, ana, ben]
    assert with_rows_edited(TEXT.rstrip().encode(), "p.csv", [EditRows((("team", "plant"),))]).decode() == (
        TEXT.removesuffix(f"{other}\n")
    )


def test_operations_follow_each_other() -> None:
    head, ana, ben, _ = TEXT.splitlines()
    away = (EditRows((ANA, ("role", "sso")), (("role", ""),)), EditRows((ANA, ("team", "plant")), (("team", "lab"),)))
    assert edited(TEXT, *away) == [head, ana, ben, "ana@acme.example,lab,,,"]
    assert edited(TEXT, AddRow("p.csv", (("email", "x@y.example"),)), EditRows((("email", "X@y.example"),))) == (
        TEXT.splitlines()
    )


def test_columns_are_added() -> None:
    operations = (
        EditRows((ANA, ("team", "plant")), (("until", "2027-01-31"), ("from", "2026-02-01"))),
        AddRow("p.csv", (("email", "cho@acme.example"), ("team", "design"), ("group", "a,b"))),
    )
    assert edited(TEXT, *operations) == [
        "email,team,product,role,from,until,group",
        "Ana@acme.example,design,AutoCAD,,,,",
        'ben@acme.example,"design","Maya, 3D",Secondary admin,2026-01-01,,',
        "ana@acme.example,plant,,sso,2026-02-01,2027-01-31,",
        'cho@acme.example,design,,,,,"a,b"',
    ]
    assert edited(TEXT, EditRows((ANA,), (("group", ""),))) == TEXT.splitlines()


KEPT = [
    (
        b"\xef\xbb\xbfemail;team\r\na@x.example;d",
        b"\xef\xbb\xbfemail;team;until\r\na@x.example;e;2027-01-01\r\nb@x.example;;",
    ),
    (
        "email\tteam\na@x.example\td\n".encode("utf-16"),
        "email\tteam\tuntil\na@x.example\te\t2027-01-01\nb@x.example\t\t\n".encode("utf-16"),
    ),
    (
        "first_name,email,team\nJosé,a@x.example,d\n".encode("cp1252"),
        "first_name,email,team,until\nJosé,a@x.example,e,2027-01-01\n,b@x.example,,\n".encode("cp1252"),
    ),
    (
        b'sep=;\nE-mail;Team\n\n"a@x.example";"d";\n',
        b'sep=;\nE-mail;Team;until\n\n"a@x.example";"e";2027-01-01;\nb@x.example;;\n',
    ),
    (
        b"email,team,,\r a@x.example ,d,,\r",
        b"email,team,until,,\r a@x.example ,e,2027-01-01,,\rb@x.example,,\r",
    ),
]


@pytest.mark.parametrize(("raw", "expected"), KEPT)
def test_everything_else_is_kept(raw: bytes, expected: bytes) -> None:
    """Byte order mark, encoding, separator, line ends, quotes, blank rows and cells without a column."""
    operations = (
        EditRows((("email", "a@x.example"),), (("team", "e"), ("until", "2027-01-01"))),
        AddRow("p.csv", (("email", "b@x.example"),)),
    )
    assert with_rows_edited(raw, "p.csv", operations) == expected


UNREADABLE = [b'email\n"a@x.example\n', b"name\na\n", b"", b"email,team\na@x.example\n"]


@pytest.mark.parametrize("raw", UNREADABLE)
def test_what_cannot_be_read_is_refused(raw: bytes) -> None:
    with pytest.raises(EditRefused, match="cannot be read"):
        with_rows_edited(raw, "p.csv", [EditRows((ANA,))])


def test_what_the_encoding_does_not_have_is_refused() -> None:
    raw = b"email,first_name\na@x.example,Jos\xe9\n"
    with pytest.raises(EditRefused) as refused:
        with_rows_edited(raw, "p.csv", [AddRow("p.csv", (("email", "b@x.example"), ("first_name", "Ł")))])
    assert str(refused.value) == "cannot hold 'Ł' in windows-1252; save it as UTF-8"


def test_a_result_that_reads_otherwise_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "next_line", lambda text, _: len(text))  # removes too much
    with pytest.raises(EditRefused, match="without other changes"):
        edited(TEXT, EditRows((("email", "ben@acme.example"),)))


COLUMNS = ("email", "first_name", "last_name", "team", "product", "group", "until")
WORDS = ("", "design", 'the "lab"', "a, b; c", " x", "Zoë", "2027-01-31")


def sheet(random: Random) -> tuple[bytes, list[dict[str, str]]]:
    """Return a CSV in a random layout, and its rows."""
    columns = ["email", *random.sample(COLUMNS[1:], random.randint(0, 6))]
    random.shuffle(columns)
    separator, newline = random.choice(",;\t"), random.choice(["\n", "\r\n", "\r"])
    rows = []
    for _ in range(random.randint(0, 6)):
        row = {column: random.choice(WORDS) for column in columns}
        rows.append({**row, "email": random.choice(["a@x.example", "A@x.example", "b@x.example"])})
    lines = [separator.join(columns)]
    for row in rows:
        cells = []
        for text in row.values():
            plain = not any(char in text for char in f'{separator}"') and random.random() < 0.7
            cells.append(text if plain else '"' + text.replace('"', '""') + '"')
        lines += [separator.join(cells), *([""] if random.random() < 0.2 else [])]
    text = newline.join(lines) + random.choice(["", newline])
    return text.encode(random.choice(["utf-8", "utf-8-sig", "utf-16"])), rows


def operation(random: Random) -> RowOperation:
    cells = {column: random.choice(WORDS) for column in random.sample(COLUMNS[1:], random.randint(0, 2))}
    if random.random() < 0.3:
        return AddRow("p.csv", (("email", "c@x.example"), *cells.items()))
    if random.random() < 0.3:
        cells["email"] = random.choice(["b@x.example", "C@x.example"])
    where = {"email": random.choice(["a@x.example", "B@x.example", "c@x.example"])}
    if random.random() < 0.5:
        where[random.choice(COLUMNS[3:])] = random.choice(WORDS)
    return EditRows(tuple(where.items()), tuple(cells.items()))


def same(column: str, one: str, other: str) -> bool:
    return one.casefold() == other.casefold() if column == "email" else one.strip() == other.strip()


def after(rows: list[dict[str, str]], operations: list[RowOperation]) -> list[dict[str, str]]:
    """Return the rows after operations, computed in the plain way."""
    rows = [dict(row) for row in rows]
    for each in operations:
        if isinstance(each, AddRow):
            rows.append(dict(each.cells))
            continue
        where = dict(each.where)
        found = [row for row in rows if all(same(name, row.get(name, ""), text) for name, text in where.items())]
        for row in found:
            row.update(each.cells)
        if not each.cells:
            rows = [row for row in rows if row not in found]
    return rows


def plain(row: dict[str, str]) -> tuple[str, ...]:
    return tuple(row.get(column, "").strip() for column in COLUMNS)


def read(raw: bytes) -> list[tuple[str, ...]]:
    table, columns = people_table(raw, "p.csv")
    rows = [plain({name: row.cells[index] for name, index in columns.column_of.items()}) for row in table.rows()]
    assert not table.findings
    return rows


@given(chances())
@settings(max_examples=60)
def test_rows_change_as_asked_in_any_layout(random: Random) -> None:
    raw, rows = sheet(random)
    operations = [operation(random) for _ in range(random.randint(1, 4))]
    new = with_rows_edited(raw, "p.csv", operations)
    assert read(new) == [plain(row) for row in after(rows, operations)]
    assert new[:3] == raw[:3] or not raw.startswith((b"\xef", b"\xff"))


def test_the_property_notices_a_wrong_row(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_rows, "_normal", lambda _, text: text)  # addresses are compared as written
    with pytest.raises(AssertionError):
        test_rows_change_as_asked_in_any_layout()


@pytest.mark.parametrize("outdated", [lambda line: line.row is None, lambda line: bool(line.changed)])
def test_the_property_notices_an_outdated_index(
    outdated: Callable[[object], bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    index = csv_rows._Sheet._index

    def without(sheet: csv_rows._Sheet, line: csv_rows._Line) -> None:
        if not outdated(line):
            index(sheet, line)

    monkeypatch.setattr(csv_rows._Sheet, "_index", without)
    with pytest.raises(AssertionError):
        test_rows_change_as_asked_in_any_layout()


def test_the_addresses_of_a_large_file_are_normalised_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operation looks only at the rows of its person."""
    people, texts = 300, list[str]()
    normal = csv_rows._normal

    def counted(column: str, text: str) -> str:
        texts.append(text)
        return normal(column, text)

    monkeypatch.setattr(csv_rows, "_normal", counted)
    raw = "".join(["email,team\n", *(f"p{number}@x.example,design\n" for number in range(people))])
    operations = [EditRows((("email", f"p{number}@x.example"),), (("team", "lab"),)) for number in range(people)]
    assert edited(raw, *operations)[1:] == [f"p{number}@x.example,lab" for number in range(people)]
    assert len(texts) == 3 * people  # of each operation, for the index, and of the row found
