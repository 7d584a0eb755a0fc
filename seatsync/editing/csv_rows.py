"""Operations on the rows of a CSV of people, which keep its separator, quotes, encoding and line ends.

Columns are named as in `reading.people_csv.FIELDS`. Cells are compared as the reader does: addresses and roles by what
they mean, names after NFC normalisation. A missing column counts as empty cells, and is added when a cell gets a text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from seatsync.account.email import identity
from seatsync.declaration.fields import nfc
from seatsync.editing.operations import EditRefused
from seatsync.editing.splices import Splice, next_line, spliced
from seatsync.editing.text_style import line_start
from seatsync.finding import Finding, Location, has_errors
from seatsync.reading.people_csv import people_table, role_named
from seatsync.reading.plain_text import decode_table, encoding_of
from seatsync.reading.tabular import Row

Cells: TypeAlias = tuple[tuple[str, str], ...]
"""Texts by column."""


@dataclass(frozen=True, slots=True)
class EditRows:
    """Set `cells` of the rows that have the cells `where`; without cells, remove the rows.

    With `at` only the row there.
    """

    where: Cells
    cells: Cells = ()
    at: Location | None = None


@dataclass(frozen=True, slots=True)
class AddRow:
    """Append a row to a file."""

    file: str
    cells: Cells


RowOperation: TypeAlias = EditRows | AddRow

_LINE_END: Final = re.compile(r"\r\n|\n|\r")

_NORMAL: Final[Mapping[str, Callable[[str], str]]] = {
    "email": lambda text: identity(text.strip()) or text,
    "team": nfc,
    "product": nfc,
    "group": nfc,
    "role": lambda text: role_named(text) or text,
}


def with_rows_edited(raw: bytes, file: str, operations: Sequence[RowOperation]) -> bytes:
    """Return a CSV after operations, one after another. Raises `EditRefused`."""
    sheet = _Sheet.of(raw, file)
    for operation in operations:
        sheet.apply(operation)
    encoding = encoding_of(raw)
    try:
        new = encoding.mark + sheet.written().encode(encoding.name)
    except UnicodeEncodeError as error:
        raise EditRefused(f"cannot hold {error.object[error.start]!r} in {encoding.name}; save it as UTF-8") from error
    if new != raw and list(_Sheet.of(new, file).content()) != list(sheet.content()):
        raise EditRefused("has a layout that cannot be edited without other changes")
    return new


@dataclass(slots=True)
class _Line:
    """A row: its source, None if it is appended, its changed cells by column, and whether it is removed."""

    row: Row | None
    changed: dict[str, str] = field(default_factory=dict)
    gone: bool = False


@dataclass(slots=True)
class _Sheet:
    """The text and rows of a file. `added` are columns that it does not have yet.

    `by_line` and `by_email` are indexes of its rows. Under an address there may be rows that do not have it any more.
    """

    file: str
    text: str
    header: Row
    separator: str
    column_of: Mapping[str, int]
    width: int
    lines: list[_Line]
    added: list[str] = field(default_factory=list)
    by_line: dict[int, _Line] = field(default_factory=dict)
    by_email: dict[str, list[_Line]] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: bytes, file: str) -> _Sheet:
        """Read a file."""
        decoded = decode_table(raw, file)
        table, columns = people_table(raw, file)
        lines = [_Line(row) for row in table.rows()] if columns.column_of else []
        if isinstance(decoded, Finding) or has_errors(table.findings):
            raise EditRefused("cannot be read")
        width = max(number for number, cell in enumerate(table.header.cells, 1) if cell.strip())
        return cls(file, decoded[0], table.header, table.separator, columns.column_of, width, lines)

    def apply(self, operation: RowOperation) -> None:
        """Change the rows."""
        if isinstance(operation, AddRow):
            self._add_columns(operation.cells)
            self.lines.append(_Line(None, dict(operation.cells)))
            if self.by_email:
                self._index(self.lines[-1])
            return
        for line in list(self._matching(operation)):
            line.gone = not operation.cells
            self._add_columns(operation.cells)
            line.changed.update(operation.cells)
            if self.by_email and "email" in dict(operation.cells):
                self._index(line)

    def _matching(self, operation: EditRows) -> Iterator[_Line]:
        where = {column: _normal(column, text) for column, text in operation.where}
        if operation.at is not None:
            lines = self._lines_at(operation.at.line)
        else:
            lines = self._lines_of(where["email"]) if "email" in where else self.lines
        for line in lines:
            found = not line.gone and all(_normal(name, self._cell(line, name)) == text for name, text in where.items())
            if found:
                yield line

    def _lines_of(self, email: str) -> list[_Line]:
        """Return the rows that have a normalised address, and perhaps others."""
        if not self.by_email:
            for line in self.lines:
                self._index(line)
        return self.by_email.get(email, [])

    def _index(self, line: _Line) -> None:
        self.by_email.setdefault(_normal("email", self._cell(line, "email")), []).append(line)

    def _lines_at(self, number: int) -> list[_Line]:
        """Return the row in a line of the file."""
        if not self.by_line:
            self.by_line.update((line.row.at(0).line, line) for line in self.lines if line.row is not None)
        return [self.by_line[number]] if number in self.by_line else []

    def _cell(self, line: _Line, column: str) -> str:
        if column in line.changed or line.row is None:
            return line.changed.get(column, "")
        index = self.column_of.get(column)
        return "" if index is None else line.row.cells[index]

    def _add_columns(self, cells: Cells) -> None:
        self.added += [
            column for column, text in cells if text and column not in self.column_of and column not in self.added
        ]

    def content(self) -> Iterator[tuple[str, ...]]:
        """Yield the cells of header and rows."""
        yield (*self.header.cells[: self.width], *self.added)
        for line in self.lines:
            if not line.gone:
                cells = [""] * self.width if line.row is None else list(line.row.cells)
                for column, text in line.changed.items():
                    if column in self.column_of:
                        cells[self.column_of[column]] = text
                yield (*cells, *(line.changed.get(column, "") for column in self.added))

    def written(self) -> str:
        """Return the new text."""
        starts = [0, *(end.end() for end in _LINE_END.finditer(self.text))]
        splices: list[Splice] = []
        if self.added:
            splices += self._changed_cells(self.header, {}, self.added, starts)
        for line in self.lines:
            if line.row is None:
                continue
            if line.gone:
                start, end = _span(line.row, 0, starts)[0], _span(line.row, self.width - 1, starts)[1]
                splices.append(Splice(line_start(self.text, start), next_line(self.text, end), ""))
            elif line.changed or self.added:
                new = {self.column_of[name]: text for name, text in line.changed.items() if name in self.column_of}
                added = [line.changed.get(column, "") for column in self.added]
                splices += self._changed_cells(line.row, new, added, starts)
        return self._with_new_rows(spliced(self.text, splices))

    def _changed_cells(
        self, row: Row, new: Mapping[int, str], added: Iterable[str], starts: Sequence[int]
    ) -> Iterator[Splice]:
        """Yield the splices for cells of a row, by index, and for further cells after its last one."""
        last = self.width - 1
        for index in sorted({*new, last}):
            start, end = _span(row, index, starts)
            text = old = self.text[start:end]
            if index in new and new[index] != row.cells[index]:
                text = self._as_cell(new[index], quoted=old.startswith('"'))
            if index == last:
                text += "".join(f"{self.separator}{self._as_cell(each)}" for each in added)
            if text != old:
                yield Splice(start, end, text)

    def _with_new_rows(self, text: str) -> str:
        """Return a text with the appended rows, which end like the others."""
        found = _LINE_END.search(self.text)
        newline = "\n" if found is None else found[0]
        columns = {index: column for column, index in self.column_of.items()}
        names = [*(columns.get(index, "") for index in range(self.width)), *self.added]
        rows = [
            self.separator.join(self._as_cell(line.changed.get(name, "")) for name in names)
            for line in self.lines
            if line.row is None and not line.gone
        ]
        if text.endswith(("\r", "\n")):
            return text + "".join(f"{row}{newline}" for row in rows)
        return text + "".join(f"{newline}{row}" for row in rows)

    def _as_cell(self, text: str, *, quoted: bool = False) -> str:
        """Return a text as a cell, in quotes if it needs them, or is not empty and `quoted`."""
        if (quoted and text) or any(char in text for char in (self.separator, '"', "\r", "\n")):
            return '"' + text.replace('"', '""') + '"'
        return text


def _span(row: Row, index: int, starts: Sequence[int]) -> tuple[int, int]:
    """Return the offsets of a cell, with its quotes."""
    at = row.at(index)
    return starts[at.line - 1] + at.column - 1, starts[at.end_line - 1] + at.end_column - 1


def _normal(column: str, text: str) -> str:
    return _NORMAL[column](text) if text and column in _NORMAL else text.strip()
