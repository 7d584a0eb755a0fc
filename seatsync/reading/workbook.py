"""XLSX workbooks to sheets of plain text, by openpyxl, which only this module imports.

Formulas, links to other files and oversized sheets are refused. `tabular` picks the sheet and its columns.
"""

import re
import warnings
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime, time
from io import BytesIO
from typing import IO, Final, Protocol, cast

from seatsync.errors import how_to_install
from seatsync.finding import Finding, Location
from seatsync.reading.plain_text import MAX_BYTES, SPLIT, problem_in_value, shown, unreadable

MAX_ROWS: Final = 2_000_000
MAX_CELLS: Final = 100
"""The maximum number of cells in a row."""

_ZIP: Final = b"PK"
_OLE: Final = b"\xd0\xcf\x11\xe0"
_MAX_PARTS: Final = 10_000
_MAX_UNPACKED: Final = 256 * 1024 * 1024  # 100,000 rows of 25 columns have 90 MB
_MAX_UNUSED: Final = 20_000_000  # cells without text, to the right of a table
# Compiled on first use, as most runs read no workbook.
_PROLOG: Final = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^<>]*\?>)?\s*<[A-Za-z]"
_ROW: Final = rb"<(?:\w+:)?row(?=[\s/>])[^<>]*>"
_ROW_NUMBER: Final = rb"""\sr=["'](\d{1,9})["']"""
_CHUNK: Final = 1 << 20
_ESCAPED: Final = r"_x([0-9A-Fa-f]{4})_"
_AS_CSV: Final = "open it in a spreadsheet program and save it as a new XLSX, or as CSV UTF-8"


class BrokenTable(Exception):
    """The reason why the rest of a file cannot be read."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def is_workbook(raw: bytes) -> bool:
    """Return True for the content of an Excel workbook, also of one that cannot be read."""
    return raw.startswith((_ZIP + b"\x03\x04", _ZIP + b"\x05\x06", _OLE))


def sheets(raw: bytes, file: str) -> list["Sheet"]:
    """Return the sheets. Raises `BrokenTable` for a workbook that is too large, protected, or refers to other files."""
    top = Location(file, 1, 1, 1, 1)
    if len(raw) > MAX_BYTES:
        too_large = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        raise BrokenTable(unreadable(too_large, top, SPLIT))
    if raw.startswith(_OLE):
        problem = "the workbook has a password or is in the old XLS format"
        raise BrokenTable(unreadable(problem, top, "save it as XLSX without a password, or as CSV UTF-8"))
    try:
        from openpyxl import load_workbook  # noqa: PLC0415 - an extra, and slow to import
    except ModuleNotFoundError as error:
        problem = "the file is an Excel workbook, which needs the package openpyxl"
        hint = f"{how_to_install('xlsx')}, or save the file as CSV UTF-8"
        raise BrokenTable(unreadable(problem, top, hint)) from error
    problem = _problem_of_archive(raw)
    if problem:
        raise BrokenTable(unreadable(f"the workbook {problem}", top, _AS_CSV))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles and extensions, which are not read
            opened = load_workbook(BytesIO(raw), read_only=True, keep_links=False).worksheets
    except MemoryError:
        raise
    except Exception as error:  # openpyxl raises errors of many kinds for damaged files
        raise BrokenTable(unreadable("the workbook is damaged", top, _AS_CSV)) from error
    return [Sheet(file, sheet) for sheet in cast("list[_Worksheet]", opened)]


def _problem_of_archive(raw: bytes) -> str:
    """Return why an archive must not be unpacked, or an empty text. A part is never unpacked beyond its stated size."""
    import zipfile  # noqa: PLC0415 - slow to import

    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
                return f"is larger than {_MAX_UNPACKED // 1024 // 1024} MiB when unpacked"
            for part in parts:
                if part.filename.lower().startswith("xl/externallinks/"):
                    return "refers to other files"
                if part.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(part) as text:
                        if not re.match(_PROLOG, text.read(4096)):
                            return f"has a part {shown(part.filename)} that is not plain XML"
                    with archive.open(part) as text:
                        if not _rows_in_order(text):
                            return f"has rows in the wrong order in {shown(part.filename)}"
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError, zlib.error):
        return "is damaged"
    return ""


def _rows_in_order(part: IO[bytes]) -> bool:
    """Return True if the numbers of rows increase; openpyxl leaves out other rows without a word."""
    last, text = 0, b""
    while chunk := part.read(_CHUNK):
        text += chunk
        end = text.rfind(b"<")  # where a tag may be incomplete
        for row in re.finditer(_ROW, text[: max(end, 0)]):
            number = re.search(_ROW_NUMBER, row[0])
            before, last = last, last + 1 if number is None else int(number[1])
            if last <= before:
                return False
        text = text[max(end, 0) :]
        if len(text) > _CHUNK:
            return False  # no tag is so long, nor a text in a cell
    return True


class _Cell(Protocol):
    """A cell of openpyxl."""

    value: object
    data_type: str


class _Worksheet(Protocol):
    """A sheet of openpyxl, opened for reading only."""

    title: str

    def reset_dimensions(self) -> None:
        """Forget the stated size."""

    def iter_rows(self) -> Iterator[Sequence[_Cell]]:
        """Yield the cells of each row."""


class Sheet:
    """One sheet of a workbook. A row starts at its number."""

    def __init__(self, file: str, sheet: _Worksheet) -> None:
        self.file = file
        self.name = sheet.title
        self._sheet = sheet

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:  # noqa: ARG002 - of a Source
        """Return the location of the cells from `first` to `last` of a row."""
        return Location(self.file, start, first + 1, start, max(first, last + 1) + 1)

    def may_be_cut(self, start: int) -> bool:  # noqa: ARG002 - of a Source
        """Return False: half a workbook cannot be opened."""
        return False

    def records(self) -> Iterator[tuple[int, tuple[str, ...]]]:
        """Yield number and texts of the rows that are not blank, from the first column on.

        The first has the cells up to its last text, the others at least as many.
        """
        width = 0
        for number, cells in self._cells():
            texts = [self._text(cell, number, index) for index, cell in enumerate(cells)]
            while texts and not texts[-1].strip():
                texts.pop()
            if texts:
                width = width or len(texts)
                yield number, (*texts, *[""] * (width - len(texts)))

    def _cells(self) -> Iterator[tuple[int, Sequence[_Cell]]]:
        """Yield number and cells of every row. Raises `BrokenTable` if the sheet is damaged or too large."""
        self._sheet.reset_dimensions()  # the stated ones may be wrong, and would cut the sheet
        unused = 0
        for number, cells in enumerate(self._rows(), 1):
            unused += max(0, len(cells) - MAX_CELLS)
            if number > MAX_ROWS or unused > _MAX_UNUSED:
                hint = "remove the rows and columns without text"
                raise self._broken(f"sheet {shown(self.name)} is too large", number, 0, hint)
            if any(cell.value is not None for cell in cells[MAX_CELLS:]):
                problem = f"a row may have at most {MAX_CELLS} cells"
                raise self._broken(problem, number, 0, "remove the cells on the right")
            yield number, cells[:MAX_CELLS]

    def _rows(self) -> Iterator[Sequence[_Cell]]:
        try:
            yield from self._sheet.iter_rows()
        except MemoryError:
            raise
        except Exception as error:
            raise self._broken(f"sheet {shown(self.name)} is damaged", 1, 0, _AS_CSV) from error

    def _text(self, cell: _Cell, number: int, index: int) -> str:
        """Return the text of a cell. Raises `BrokenTable` for a formula and for an invalid character."""
        value = cell.value
        if value is None:
            return ""
        if cell.data_type == "f":
            raise self._broken("this cell has a formula", number, index, "replace it by its value")
        text = re.sub(_ESCAPED, _character, value) if isinstance(value, str) else _plain(value)
        text = text.replace("\r\n", "\n")
        problem = problem_in_value(text)
        if problem is not None:
            raise self._broken(problem, number, index, "remove it")
        return text

    def _broken(self, problem: str, number: int, index: int, hint: str) -> BrokenTable:
        return BrokenTable(unreadable(problem, self.at(number, index, index), hint))


def _character(escaped: re.Match[str]) -> str:
    return chr(int(escaped[1], 16))


def _plain(value: object) -> str:
    """Return a number, truth value or time as Excel writes it to a CSV, but days and times as in ISO 8601."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat()
    return str(value)
