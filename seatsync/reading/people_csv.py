"""Reader of the CSV of people: strict RFC 4180, with the location of each cell.

The header contains at least `email`, and optionally `first_name`, `last_name`, `team` and `product`, in any order and
regardless of case, spaces and underscores. Empty cells count as absent, and rows without text are skipped. Blanks
around the address and the name of a person are stripped; names of teams and products are exact.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import decode, shown, unreadable
from seatsync.reading.tree import Lines

COLUMNS: Final = ("email", "first_name", "last_name", "team", "product")
MAX_ROWS: Final = 2_000_000
MAX_CELLS: Final = 100
"""The maximum number of cells in a row."""
MAX_FINDINGS: Final = 1000
"""The maximum number of findings reported for a file."""

_PERSON: Final = ("email", "first_name", "last_name")
"""Columns whose cells are stripped."""

_NAMES: Final = {name.replace("_", ""): name for name in COLUMNS}
_THE_COLUMNS: Final = f"use the columns {', '.join(COLUMNS)}, separated by commas"
_QUOTING: Final = "put a cell with a comma or quote in quotes, and double its own quotes"
_LONGEST: Final = 256
_LINE: Final = re.compile(r"[^\r\n]*+")
_CELL: Final = re.compile(r'"[^"]*+(?:""[^"]*+)*+"|[^",\r\n]*+')
_BREAKS: Final = re.compile(r"[\t\r\n]")

_Span: TypeAlias = tuple[int, int]


class _Source:
    """Data shared by the rows of a file: its text, and the index of each column."""

    def __init__(self, text: str, lines: Lines) -> None:
        self.text = text
        self.lines = lines
        self.columns: dict[str, int] = {}


class PersonRow(NamedTuple):
    """One row: a person, optionally with names, a team, and a product in it. Rows of one person are merged later."""

    email: str
    first_name: str | None
    last_name: str | None
    team: str | None
    product: str | None
    start: int
    source: _Source

    def at(self, column: str) -> Location:
        """Return the location of the cell in a column, or in `email` if the file does not have the column."""
        columns = self.source.columns
        index = columns.get(column, columns["email"])
        start, end = _spans(self.source.text, self.start)[index]
        cell = self.source.text[start:end]
        if (column in _PERSON or column not in columns) and cell.strip():
            start, end = start + len(cell) - len(cell.lstrip()), end - len(cell) + len(cell.rstrip())
        return self.source.lines.span(start, end)


class _Broken(Exception):
    """A row whose cells cannot be separated."""

    def __init__(self, problem: str, at: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at


def read_people(text: bytes, file: str) -> tuple[list[PersonRow], list[Finding]]:
    """Return the rows of a CSV of people and the findings: SCHEMA001, or YAML005 for invalid bytes.

    Rows with a finding are omitted; invalid quoting ends the reading.
    """
    clean = decode(text, file)
    if isinstance(clean, Finding):
        return [], [clean]
    table = _Table(file, clean)
    try:
        table.read()
    except _Broken as broken:
        table.report(broken.problem, (broken.at, broken.at + 1), _QUOTING)
    return table.rows, table.findings


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the offset and cells of each record that is not empty. A quoted cell may span several lines."""
    at = 0
    while at < len(text):
        end = _end(_LINE, text, at)
        if text.find('"', at, end) >= 0 or text.count(",", at, end) >= MAX_CELLS:
            spans = _spans(text, at)
            yield at, [_unquoted(text[slice(*span)]) for span in spans]
            end = spans[-1][1]
        elif end > at:
            yield at, text[at:end].split(",")
        at = end + (2 if text.startswith("\r\n", end) else 1)


def _spans(text: str, at: int) -> list[_Span]:
    """Return the spans of the cells of the row at an offset."""
    spans = [_span(text, at)]
    while text.startswith(",", spans[-1][1]):
        spans.append(_span(text, spans[-1][1] + 1))
        if len(spans) > MAX_CELLS:
            raise _Broken(f"a row may have at most {MAX_CELLS} cells", at)
    return spans


def _span(text: str, start: int) -> _Span:
    end = _end(_CELL, text, start)
    if text[end : end + 1] not in ("", ",", "\r", "\n"):
        if end == start:
            raise _Broken("this quote is never closed", start)
        raise _Broken(
            "unexpected text after the closing quote" if text[start] == '"' else "unexpected quote within a cell", end
        )
    return start, end


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    found = pattern.match(text, start)
    return start if found is None else found.end()


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if cell.startswith('"') else cell


def _cell_problem(cell: str) -> str:
    """Return the problem of a cell's text, or an empty text."""
    if len(cell) > _LONGEST:
        return f"a cell must have at most {_LONGEST} characters, not {len(cell)}"
    return "" if cell.isprintable() or not _BREAKS.search(cell) else "a cell must not contain line breaks or tabs"


class _Table:
    """Reader of one file."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.source = _Source(text, Lines(file, text))
        self.rows: list[PersonRow] = []
        self.findings: list[Finding] = []
        self.known: dict[str, str] = {}  # interns texts
        self.width = 0

    def read(self) -> None:
        """Read the header and all rows."""
        records = ((start, cells) for start, cells in _records(self.source.text) if any(map(str.strip, cells)))
        start, header = next(records, (0, []))
        if not self._header(header, start):
            return
        for start, cells in records:
            if len(self.rows) == MAX_ROWS:
                location = self.source.lines.span(start, start)
                self.findings.append(unreadable(f"the file has more than {MAX_ROWS} rows", location, "split it"))
                return
            self._row(cells, start)

    def report(self, problem: str, span: _Span, hint: str = "") -> None:
        """Add a SCHEMA001."""
        if len(self.findings) < MAX_FINDINGS:
            location = self.source.lines.span(*span)
            self.findings.append(Finding("SCHEMA001", Severity.ERROR, problem, location, hint))

    def _header(self, header: list[str], start: int) -> bool:
        """Read the indexes of the columns. Return False if there is no e-mail column."""
        names = [_NAMES.get(cell.casefold().replace(" ", "").replace("_", "")) for cell in header]
        spans = _spans(self.source.text, start)
        if "email" not in names:
            self.report("the header has no column email", (start, spans[-1][1]), _THE_COLUMNS)
            return False
        for index, name in enumerate(names):
            if name is None:
                self.report(f"unknown column {shown(header[index])}", spans[index], _THE_COLUMNS)
            elif self.source.columns.setdefault(name, index) != index:
                self.report(f"column {name} occurs twice", spans[index], "remove one of the two")
        self.width = len(header)
        return True

    def _row(self, cells: list[str], start: int) -> None:
        """Add a row, or report its problems."""
        if len(cells) != self.width:
            spans = _spans(self.source.text, start)
            extra = spans[self.width :] or spans
            problem = f"this row has {len(cells)} cells, the header has {self.width}"
            self.report(problem, (extra[0][0], extra[-1][1]), "keep the comma of an empty cell")
            return
        columns = self.source.columns
        texts = [cells[columns[name]] if name in columns else "" for name in COLUMNS]
        texts[: len(_PERSON)] = map(str.strip, texts[: len(_PERSON)])
        problems = [
            (name, problem) for name, text in zip(COLUMNS, texts, strict=True) if (problem := _cell_problem(text))
        ]
        email, first_name, last_name, team, product = (self.known.setdefault(text, text) for text in texts)
        if not email:
            problems.append(("email", "the e-mail address is missing"))
        elif product and not team:
            problems.append(("product", "a product needs a team"))
        for name, problem in problems:
            self.report(problem, _spans(self.source.text, start)[columns[name]])
        if not problems:
            facts = (first_name or None, last_name or None, team or None, product or None)
            self.rows.append(PersonRow(email, *facts, start, self.source))
