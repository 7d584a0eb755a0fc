"""The CSV of people: the columns that it may have, and the person of each row.

The header contains at least `email`. Empty cells count as absent. Blanks around the address and the name of a person
are stripped; names of teams, groups and products are exact.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Final, NamedTuple

from seatsync.finding import Finding, Location, has_errors
from seatsync.reading.plain_text import shown, unreadable
from seatsync.reading.tabular import Source, Table, read_table
from seatsync.reading.workbook import is_workbook

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "Email address"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "team": ("team", "team_alias"),
    "product": ("product", "offering_name"),
}
"""The columns, with the names that each may have; the later ones are those of the vendor's portal."""
COLUMNS: Final = tuple(FIELDS)

_PERSON: Final = ("email", "first_name", "last_name")
"""Columns whose cells are stripped."""

_THE_COLUMNS: Final = f"use the columns {', '.join(COLUMNS)}"
_LONGEST: Final = 256
_BREAKS: Final = re.compile(r"[\t\r\n]")


class PersonRow(NamedTuple):
    """One row: a person, optionally with names, a team, and a product in it. Rows of one person are merged later."""

    email: str
    first_name: str | None
    last_name: str | None
    team: str | None
    product: str | None
    start: int
    source: "_Columns"

    def at(self, column: str) -> Location:
        """Return the location of the cell in a column, or in `email` if the file does not have the column."""
        columns = self.source.column_of
        index = columns.get(column, columns["email"])
        stripped = column in _PERSON or column not in columns
        return self.source.text.at(self.start, index, index, stripped=stripped)


class _Columns(NamedTuple):
    """The columns of a file, shared by its rows."""

    column_of: Mapping[str, int]
    text: Source


def read_people(raw: bytes, file: str) -> tuple[list[PersonRow], list[Finding]]:
    """Return the rows of a CSV of people and the findings: SCHEMA001, or YAML005 for what is not a table.

    Rows with a finding are omitted; invalid quoting ends the reading.
    """
    if is_workbook(raw):
        at = Location(file, 1, 1, 1, 1)
        hint = "save it as CSV UTF-8, so that its changes can be reviewed"
        return [], [unreadable("the file is an Excel workbook, not a CSV", at, hint)]
    table = read_table(raw, file, chain.from_iterable(FIELDS.values()))
    if has_errors(table.findings):
        return [], table.findings
    columns = table.columns(FIELDS, ("email",), _THE_COLUMNS)
    if "email" not in columns.column_of:
        return [], table.findings
    for index in columns.unknown:
        table.report(f"unknown column {shown(table.header.cells[index])}", table.header.at(index), _THE_COLUMNS)
    return list(_rows(table, _Columns(columns.column_of, table.header.source))), table.findings


def _rows(table: Table, columns: _Columns) -> Iterator[PersonRow]:
    """Yield the people of the rows that have no problem; report the problems of the others."""
    known: dict[str, str] = {}  # interns texts
    index = columns.column_of
    for row in table.rows():
        texts = [row.cells[index[name]] if name in index else "" for name in COLUMNS]
        texts[: len(_PERSON)] = map(str.strip, texts[: len(_PERSON)])
        email, first_name, last_name, team, product = (known.setdefault(text, text) for text in texts)
        problems = [
            (name, problem) for name, text in zip(COLUMNS, texts, strict=True) if (problem := _cell_problem(text))
        ]
        if not email:
            problems.append(("email", "the e-mail address is missing"))
        elif product and not team:
            problems.append(("product", "a product needs a team"))
        for name, problem in problems:
            table.report(problem, row.at(index[name]))
        if not problems:
            facts = (first_name or None, last_name or None, team or None, product or None)
            yield PersonRow(email, *facts, row.start, columns)


def _cell_problem(cell: str) -> str:
    """Return the problem of a cell's text, or an empty text."""
    if len(cell) > _LONGEST:
        return f"a cell must have at most {_LONGEST} characters, not {len(cell)}"
    return "" if cell.isprintable() or not _BREAKS.search(cell) else "a cell must not contain line breaks or tabs"
