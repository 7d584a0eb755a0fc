"""The CSV of people: the columns that it may have, and the person of each row.

The header contains at least `email`. Empty cells count as absent. Blanks around the address and the name of a person
are stripped; names of teams, groups and products are exact. Whether `from` and `until` are dates is checked by the
declaration.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from operator import itemgetter
from typing import Final, Literal, NamedTuple, TypeAlias

from seatsync.finding import Finding, Location, Severity, has_errors
from seatsync.reading.plain_text import listed, shown, unreadable
from seatsync.reading.tabular import Columns, Row, Source, Table, folded, read_table
from seatsync.reading.workbook import is_workbook

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "Email address"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "team": ("team", "team_alias"),
    "product": ("product", "offering_name"),
    "group": ("group",),
    "role": ("role",),
    "from": ("from",),
    "until": ("until",),
    "previous_emails": ("previous_emails",),
    "language": ("language",),
}
"""The columns, with the names that each may have; the later ones are those of the vendor's portal."""
COLUMNS: Final = tuple(FIELDS)

_EXACT: Final = frozenset({"team", "product", "group"})
"""Columns whose cells are not stripped."""

_UNUSED: Final = ("account_status", "Status", "autodesk_id", "hashed_autodesk_id", "Group type")
_FEATURE: Final = ("product_name", "Feature")
"""Columns of the portal's exports that declare nothing. A feature belongs to the product that another column names."""

Role: TypeAlias = Literal["member", "secondary", "sso", "external"]
ROLES: Final[Mapping[Role, tuple[str, ...]]] = {
    "member": ("member", "User"),
    "secondary": ("secondary", "Secondary admin"),
    "sso": ("sso", "SSO admin"),
    "external": ("external", "External user", "Guest user"),
}
"""The words of the column `role`: ours, and those of the portal. They match as names of columns do."""

_ROLE_OF: Final = {folded(word): role for role, words in ROLES.items() for word in words}
_PRIMARY: Final = frozenset({"primary", "primaryadmin"})
_THE_COLUMNS: Final = f"use the columns {', '.join(COLUMNS)}"
_LONGEST: Final = 256
_LONGEST_LIST: Final = 2048
NO_DAYS: Final = (None, None)
_OF_TEAMS: Final = ("product", "group", "role", "from", "until")
TEAM_COLUMNS: Final = ("team", *_OF_TEAMS)
"""The columns that say what a person has in a team."""
_THINGS: Final = _OF_TEAMS[:3]
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_BREAKS: Final = re.compile(r"[\t\r\n]")


class PersonRow(NamedTuple):
    """One row: a person, optionally with names, and what they have in a team. Rows of one person are merged later.

    `days` are the texts of `from` and `until`, which need not be dates.
    """

    email: str
    first_name: str | None
    last_name: str | None
    team: str | None
    product: str | None
    group: str | None
    role: Role | None
    days: tuple[str | None, str | None]
    previous: tuple[str, ...]
    language: str | None
    start: int
    source: "_File"

    def cell(self, column: str) -> "Cell":
        """Return the cell in a column."""
        return Cell(self.source, self.start, column)

    def at(self, column: str) -> Location:
        """Return the location of the cell in a column."""
        return self.cell(column).at


class Cell(NamedTuple):
    """A cell of a row, from which its location is computed when a finding is made."""

    source: "_File"
    start: int
    column: str

    @property
    def at(self) -> Location:
        """The location of the cell, or of the one in `email` if the file does not have the column."""
        columns = self.source.column_of
        index = columns.get(self.column, columns["email"])
        stripped = self.column not in _EXACT or self.column not in columns
        return self.source.text.at(self.start, index, index, stripped=stripped)


def place_of(place: Location | Cell) -> Location:
    """Return the location of a cell, or a location as it is."""
    return place.at if isinstance(place, Cell) else place


class _File(NamedTuple):
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
    table, columns = people_table(raw, file)
    if "email" in columns.column_of:
        _report_unknown(table, columns)
        return list(_rows(table, _File(columns.column_of, table.header.source))), table.findings
    return [], table.findings


def people_table(raw: bytes, file: str) -> tuple[Table, Columns]:
    """Return the table of a CSV of people, and its columns: none if it is not a table."""
    table = read_table(raw, file, chain.from_iterable(FIELDS.values()))
    if has_errors(table.findings):
        return table, Columns({}, ())
    return table, table.columns(FIELDS, ("email",), _THE_COLUMNS)


def role_named(word: str) -> Role | None:
    """Return the role that a word of the column `role` means, None if it means none."""
    return _ROLE_OF.get(folded(word))


def _report_unknown(table: Table, columns: Columns) -> None:
    """Report unknown columns, and as a note those of the portal that declare nothing."""
    unused = {folded(name) for name in (*_UNUSED, *(_FEATURE if "product" in columns.column_of else ()))}
    for index in columns.unknown:
        name, at = table.header.cells[index], table.header.at(index)
        if folded(name) in unused:
            hint = "remove it, or leave it as it is"
            table.report(f"column {shown(name.strip())} declares nothing and is not read", at, hint, Severity.INFO)
        else:
            table.report(f"unknown column {shown(name)}", at, _THE_COLUMNS)


def _rows(table: Table, file: _File) -> Iterator[PersonRow]:
    """Yield the people of the rows that have no problem; report the problems of the others."""
    known: dict[str, str] = {}  # interns texts
    intern = known.setdefault
    column_of = file.column_of
    in_order = itemgetter(*(column_of.get(name, -1) for name in COLUMNS))
    exact = [column_of[name] for name in _EXACT if name in column_of]
    for cells, start, source in table.rows():
        stripped = [*map(str.strip, cells), ""]  # the last is for columns that the file does not have
        for index in exact:
            stripped[index] = cells[index]
        texts = in_order(list(map(intern, stripped, stripped)))
        email, first_name, last_name, team, product, group, role, starts, ends, previous, language = texts
        whole = "".join(cells)
        if role or language or not (team and email and whole.isprintable()) or len(whole) > _LONGEST:
            problems = list(_problems(texts))
            for name, problem, hint in problems:
                table.report(problem, Row(cells, start, source).at(column_of[name]), hint)
            if problems:
                continue
        yield PersonRow(
            email,
            first_name or None,
            last_name or None,
            team or None,
            product or None,
            group or None,
            _ROLE_OF[folded(role)] if role else None,
            (starts or None, ends or None) if starts or ends else NO_DAYS,
            tuple(previous.split()) if previous else (),
            language or None,
            start,
            file,
        )


def _problems(texts: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """Yield the problems of a row: the column, the problem and the remedy."""
    for name, text in zip(COLUMNS, texts, strict=True):
        longest = _LONGEST_LIST if name == "previous_emails" else _LONGEST
        if len(text) > longest:
            yield name, f"a cell must have at most {longest} characters, not {len(text)}", ""
        elif not text.isprintable() and _BREAKS.search(text):
            yield name, "a cell must not contain line breaks or tabs", ""
    email, _, _, team, *held, _, language = texts
    if not email:
        yield "email", "the e-mail address is missing", ""
    elif not team and any(held):
        name = next(name for name, text in zip(_OF_TEAMS, held, strict=True) if text)
        yield name, f"a {name} needs a team" if name in _THINGS else f"`{name}` needs a team", ""
    _, _, role, _, _ = held
    if folded(role) in _PRIMARY:
        hint = "name them in `primary_admin` of the team, and leave this cell empty"
        yield "role", "a CSV does not declare primary admins", hint
    elif role and folded(role) not in _ROLE_OF:
        yield "role", f"unknown role {shown(role)}", f"use {listed([*ROLES], 'or')}"
    if language and not _LANGUAGE.fullmatch(language):
        yield "language", f"{shown(language)} is not the tag of a language", "write it as de or pt-BR"
