"""The one reader of tables: the bytes of a CSV or an XLSX workbook to a header and rows with locations.

The caller decides which columns it needs and what their cells mean. In a workbook, line and column of a location are
those of the sheet.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, Protocol, TypeAlias
from unicodedata import normalize

from seatsync.finding import Finding, Location, Severity
from seatsync.reading.plain_text import SPLIT, decode_table, listed, shown, unreadable
from seatsync.reading.tree import Lines
from seatsync.reading.workbook import MAX_CELLS, MAX_ROWS, BrokenTable, is_workbook, sheets

MAX_FINDINGS: Final = 1000
"""The maximum number of findings reported for a file."""

_Span: TypeAlias = tuple[int, int]


class Source(Protocol):
    """The file or sheet that rows come from."""

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:
        """Return the location of the cells from `first` to `last` of the row at `start`, without outer blanks."""

    def may_be_cut(self, start: int) -> bool:
        """Return True if the row at `start` is the last, and may end in the middle of its last cell."""


class Row(NamedTuple):
    """A row: the texts of its cells, where it starts, and where it comes from."""

    cells: tuple[str, ...]
    start: int
    source: Source

    def at(self, index: int) -> Location:
        """Return the location of a cell."""
        return self.source.at(self.start, index, index)

    def may_be_cut(self) -> bool:
        """Return True if the file may end in the middle of the last cell."""
        return self.source.may_be_cut(self.start)


class Columns(NamedTuple):
    """The column of each field that has one, and the columns without a field."""

    column_of: Mapping[str, int]
    unknown: tuple[int, ...]


class Table:
    """A table: its header and its rows. A file that is not a table has an empty header.

    `findings` are SCHEMA001, and YAML005 for what is not a table; those of rows are added while `rows` reads them.
    `separator` is that of a CSV.
    """

    def __init__(
        self, header: Row, records: Iterator[Row], findings: Iterable[Finding] = (), separator: str = ","
    ) -> None:
        self.header = header
        self.separator = separator
        self.findings = list(findings)
        self._width = max((index for index, cell in enumerate(header.cells, 1) if cell.strip()), default=0)
        self._records = records

    def rows(self) -> Iterator[Row]:
        """Yield the rows that are not blank, with the cells up to the last named column.

        A row of another length is reported and left out. A broken quote, and whatever else makes the rest of the file
        unreliable, is reported and ends the rows.
        """
        width = self._width
        try:
            for count, row in enumerate(self._records):
                if count == MAX_ROWS:
                    at = row.source.at(row.start, 0, -1)
                    self.findings.append(unreadable(f"the file has more than {MAX_ROWS} rows", at, SPLIT))
                    return
                if len(row.cells) == width:
                    yield row
                elif len(row.cells) > width and not any(map(str.strip, row.cells[width:])):
                    yield row._replace(cells=row.cells[:width])
                else:
                    self._report_width(row)
        except BrokenTable as broken:
            self.findings.append(broken.finding)

    def report(self, problem: str, at: Location, hint: str = "", severity: Severity = Severity.ERROR) -> None:
        """Add a SCHEMA001, unless there are too many."""
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(Finding("SCHEMA001", severity, problem, at, hint))

    def columns(self, fields: Mapping[str, Sequence[str]], needed: Sequence[str] = (), hint: str = "") -> Columns:
        """Return the column of each field. `fields` are the names that columns of a field may have, compared `folded`.

        Reports needed fields without a column, with `hint`, and second columns of a field.
        """
        field_of = {folded(name): field for field, names in fields.items() for name in names}
        header = self.header.cells[: self._width]
        column_of: dict[str, int] = {}
        unknown = []
        for column, name in enumerate(header):
            field = field_of.get(folded(name))
            if field is None:
                unknown.append(column)
            elif (first := column_of.setdefault(field, column)) != column:
                same = folded(header[first]) == folded(name)
                other = "" if same else f", as {shown(header[first].strip())} and as {shown(name.strip())}"
                self.report(f"column {field} occurs twice{other}", self.header.at(column), "remove one of the two")
        missing = [field for field in needed if field not in column_of]
        if missing:
            what = f"column {missing[0]}" if len(missing) == 1 else f"columns {listed(missing, 'or')}"
            at = self.header.source.at(self.header.start, 0, len(self.header.cells) - 1)
            self.report(f"the header has no {what}", at, hint)
        return Columns(column_of, tuple(unknown))

    def _report_width(self, row: Row) -> None:
        cells = len(row.cells)
        at = row.source.at(row.start, self._width if cells > self._width else 0, cells - 1)
        problem = f"this row has {cells} cells, the header has {self._width}"
        self.report(problem, at, "keep the separator of an empty cell")


def folded(name: str) -> str:
    """Return the letters and digits of a column's name, folded: `E-mail` and `e_mail` are one."""
    return "".join(filter(str.isalnum, normalize("NFC", name).casefold()))


def read_table(raw: bytes, file: str, known: Iterable[str]) -> Table:
    """Return the table of a CSV or of a workbook, which is recognised by its content.

    `known` are names that columns may have. A CSV is separated by the comma, semicolon or tab, and a workbook read from
    the sheet, by which its header has most of them. A first line `sep=;` decides, too.
    """
    names = frozenset(map(folded, known))
    try:
        return _sheet_table(raw, file, names) if is_workbook(raw) else _text_table(raw, file, names)
    except BrokenTable as broken:
        return Table(Row((), 0, _Text(file, "", ",")), iter(()), [broken.finding])


# CSV, strict RFC 4180

_SEPARATORS: Final = (",", ";", "\t")
_DECLARED: Final = r'(?i)("?)sep=([^"\r\n])\1(?:\r\n|\r|\n|$)'
_LONG: Final = 10_000
"""The length of a row from which its separators are counted before it is split, which takes memory for each cell."""
_LINE: Final = re.compile(r"[^\r\n]*+")
_QUOTING: Final = "put a cell with a separator or quote in quotes, and double its own quotes"


def _text_table(raw: bytes, file: str, known: Collection[str]) -> Table:
    decoded = decode_table(raw, file)
    if isinstance(decoded, Finding):
        raise BrokenTable(decoded)
    text, note = decoded
    if ">>>>>>>" in text:
        _refuse_conflict(text, file)
    declared = re.match(_DECLARED, text)
    start = 0 if declared is None else declared.end()
    separators = _SEPARATORS if declared is None else (declared[2],)
    source = max((_Text(file, text, each) for each in separators), key=lambda source: source.fit(start, known))
    records = source.records(start)
    header = next(records, None)
    top = Row((), start, source) if header is None else header
    return Table(top, records, [] if note is None else [note], source.separator)


def _refuse_conflict(text: str, file: str) -> None:
    """Raise `BrokenTable` if a text has a merge conflict."""
    from seatsync.reading.slips import conflict_in  # noqa: PLC0415 - few files have one

    conflict = conflict_in(text)
    if conflict is not None:
        at = Lines(file, text).span(conflict.start, conflict.end)
        raise BrokenTable(Finding("SCHEMA001", Severity.ERROR, conflict.problem, at, conflict.hint))


class _Text:
    """The text of a CSV and its separator. A row starts at an offset."""

    def __init__(self, file: str, text: str, separator: str) -> None:
        self.text = text
        self.lines = Lines(file, text)
        self.separator = separator
        end, cell = re.escape(separator), rf'(?:"[^"]*+(?:""[^"]*+)*+"|[^"{re.escape(separator)}\r\n]*+)'
        self._cell = re.compile(cell)
        self._cells = re.compile(rf"({cell})(?:{end}|\Z)")
        self._record = re.compile(rf"{cell}(?:{end}{cell})*+(?=[\r\n]|\Z)")

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:
        """Return the location of the cells from `first` to `last` of a row."""
        spans = self._spans(start)
        begin, end = spans[first][0], spans[max(first, last)][1] if last >= 0 else spans[first][0]
        cell = self.text[begin:end]
        if stripped and cell.strip():
            begin, end = begin + len(cell) - len(cell.lstrip()), end - len(cell) + len(cell.rstrip())
        return self.lines.span(begin, end)

    def may_be_cut(self, start: int) -> bool:
        """Return True if neither a line break nor a quote ends the row and the file, and no other row ends so."""
        text = self.text
        begin, end = self._spans(start)[-1]
        if end < len(text) or text.startswith('"', begin):
            return False
        ended = re.escape(self.separator + text[begin:end]) + r"[\r\n]"
        return re.search(ended, text) is None

    def fit(self, start: int, known: Collection[str]) -> tuple[int, int]:
        """Return how well the separator fits: how many names of the header are known, and how many it has."""
        try:
            return _fit(next(self.records(start), Row((), start, self)), known)
        except BrokenTable:
            return -1, 0

    def records(self, at: int) -> Iterator[Row]:
        """Yield the records from an offset on, except blank ones. A quoted cell may span several lines."""
        text, separator = self.text, self.separator
        while at < len(text):
            found = _LINE.match(text, at)
            end = at if found is None else found.end()
            if end - at > _LONG and text.count(separator, at, end) >= MAX_CELLS:
                raise self._broken(f"a row may have at most {MAX_CELLS} cells", at)
            line = text[at:end]
            if '"' not in line:
                cells = line.split(separator)
            else:
                cells, end = self._quoted(at)
            if len(cells) > MAX_CELLS:
                raise self._broken(f"a row may have at most {MAX_CELLS} cells", at)
            if cells[0].strip() or any(map(str.strip, cells)):
                yield Row(tuple(cells), at, self)
            at = end + (2 if text.startswith("\r\n", end) else 1)

    def _quoted(self, at: int) -> tuple[list[str], int]:
        """Return the cells of a record with quotes, and its end."""
        found = self._record.match(self.text, at)
        end = self._spans(at)[-1][1] if found is None else found.end()  # raises: the record is broken
        cells = self._cells.findall(self.text, at, end)
        if self.text[end - 1] != self.separator:
            cells.pop()  # the empty match after the last cell
        return [cell[1:-1].replace('""', '"') if cell.startswith('"') else cell for cell in cells], end

    def _spans(self, at: int) -> list[_Span]:
        """Return the spans of the cells of the row at an offset. Raises `BrokenTable` for a broken quote."""
        spans = [self._span(at)]
        while self.text.startswith(self.separator, spans[-1][1]):
            spans.append(self._span(spans[-1][1] + 1))
        return spans

    def _span(self, start: int) -> _Span:
        found = self._cell.match(self.text, start)
        end = start if found is None else found.end()
        if self.text[end : end + 1] not in ("", self.separator, "\r", "\n"):
            if end == start:
                raise self._broken("this quote is never closed", start)
            quoted = self.text[start] == '"'
            problem = "unexpected text after the closing quote" if quoted else "unexpected quote within a cell"
            raise self._broken(problem, end)
        return start, end

    def _broken(self, problem: str, at: int) -> BrokenTable:
        return BrokenTable(Finding("SCHEMA001", Severity.ERROR, problem, self.lines.span(at, at + 1), _QUOTING))


def _fit(header: Row, known: Collection[str]) -> tuple[int, int]:
    return sum(folded(cell) in known for cell in header.cells), len(header.cells)


# XLSX


def _sheet_table(raw: bytes, file: str, known: Collection[str]) -> Table:
    """Return the table of the sheet whose header has most known names."""
    headers = []
    for sheet in sheets(raw, file):
        first = next(sheet.records(), None)
        if first is not None:
            header = Row(first[1], first[0], sheet)
            headers.append((_fit(header, known)[0], header, sheet))
    best = max((fit for fit, _, _ in headers), default=0)
    found = [(header, sheet) for fit, header, sheet in headers if fit == best]
    top = Location(file, 1, 1, 1, 1)
    if not found:
        raise BrokenTable(unreadable("the workbook has no sheet with text", top, "export it again"))
    if len(found) > 1:
        names = listed([shown(sheet.name) for _, sheet in found], "or")
        raise BrokenTable(unreadable(f"the table may be on sheet {names}", top, "remove the other sheets"))
    header, sheet = found[0]
    records = (Row(cells, number, sheet) for number, cells in sheet.records())
    next(records)
    return Table(header, records)
