"""The portal's exports as tables: which export a file is, which generation, and its cells by field.

An export is recognised by its header. Columns have been renamed from snake case to title case and back, so they are
compared by letters and digits alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Final, Literal, NamedTuple, TypeAlias

from seatsync.finding import Finding, Location, Severity, has_errors
from seatsync.portal.observation import Fact, Origin, Value
from seatsync.reading.plain_text import REMOVE, SPLIT, listed, shown
from seatsync.reading.tabular import MAX_FINDINGS, Row, Table, folded, read_table

ExportKind: TypeAlias = Literal["users", "groups", "subscriptions", "usage report", "usage"]

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "email": ("email", "E-mail", "Email address"),
    "first_name": ("first_name",),
    "last_name": ("last_name",),
    "id": ("autodesk_id",),
    "hash": ("hashed_autodesk_id", "hashed_user_id"),
    "team": ("team_alias", "team", "team_name"),
    "product": ("offering_name", "product"),
    "part": ("product_name",),
    "role": ("role",),
    "status": ("account_status", "status"),
    "group": ("group", "group_name"),
    "group_type": ("group_type",),
    "feature": ("feature",),
    "version": ("version",),
    "subscription": ("subscription_id",),
    "contract_number": ("contract_number",),
    "quantity": ("seat_quantity",),
    "starts": ("start_date",),
    "ends": ("end_date",),
    "renews": ("autorenew_date",),
    "term": ("term",),
    "subscription_status": ("subscription_status",),
    "reseller": ("reseller_name",),
    "reseller_email": ("reseller_email",),
    "contract_manager": ("contract_manager_email",),
    "assignment": ("seat_assignment",),
    "assigned": ("assigned_date",),
    "unassigned": ("unassigned_date",),
    "activity": ("user_activity",),
    "days_inactive": ("days_inactive",),
    "days_used": ("days_used",),
    "average": ("monthly_average",),
    "last": ("last_accessed",),
    "day": ("day_used",),
    "tokens": ("tokens_used",),
    "access_option": ("access_option", "access_method"),
    "plan": ("plan",),
    "usage_type": ("usage_type",),
}
"""The fields of all exports, with the names of their columns in every generation."""

_NOT_READ: Final = frozenset(
    (
        *("id", "hash", "part", "feature", "version", "contract_number", "term", "reseller_email"),
        *("assigned", "unassigned", "activity", "days_inactive", "days_used", "average", "last", "day", "tokens"),
        *("access_option", "plan", "usage_type"),
    )
)
"""The fields that say nothing about the account."""
NOT_USAGE: Final = _NOT_READ - {
    *("hash", "part", "assigned", "unassigned", "activity", "days_used", "last", "day", "tokens"),
}
"""The fields that say nothing about usage either."""

_SIGNATURES: Final[tuple[tuple[ExportKind, tuple[str, ...], tuple[str, ...]], ...]] = (
    ("subscriptions", ("subscription",), ("subscription", "team", "product", "quantity", "starts", "ends")),
    ("usage report", ("assignment",), ("team", "product", "assignment")),
    ("usage", ("day",), ("day", "product")),
    ("groups", ("email", "group"), ("email", "group")),
    ("users", ("email", "role"), ("email", "team", "product", "role")),
    ("users", ("email", "status"), ("email", "team", "product", "role")),
)
"""The fields by which an export is recognised, first match first, and the fields that it needs."""

LONGEST: Final = 256
"""The maximum number of characters of a name in a repository."""
_EXPORT_AGAIN: Final = "download the export again, unchanged; to leave this file out, move it elsewhere"
_FEWER: Final = "export its teams one by one: rows of one team in two files would contradict each other"
_IF_WHOLE: Final = "download the export again; if it is complete, add a line break at its end"
MASKED: Final = "***"
"""The text that the cell of an address or name has if personal data is not exported."""
SHORTENED: Final = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{1,3}")
"""A number of which a spreadsheet left digits out, such as 1,10009E+11."""
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]+")
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:?\d{2})?)?")


class Export:
    """An export: its kind, the fields that it has, and its rows. `findings` grow while the rows are read.

    `not_read` are the fields that do not matter.
    """

    not_read = _NOT_READ

    def __init__(self, kind: ExportKind, table: Table, column_of: Mapping[str, int], findings: list[Finding]) -> None:
        self.kind = kind
        self.column_of = column_of
        self.findings = findings
        self._table = table

    def rows(self) -> Iterator[Cells]:
        """Yield the rows. After the last, `findings` also has what was wrong with the file."""
        known, last = len(self._table.findings), None
        for row in self._table.rows():
            if len(self.findings) >= MAX_FINDINGS:
                message = f"the file has more than {MAX_FINDINGS} problems, and is not read any further"
                self.findings.append(unreadable_source(message, row.at(0)))
                return
            last = Cells(row, self.column_of)
            yield last
        self.findings += map(_as_source, self._table.findings[known:])
        if last is not None:
            self._report_cut(last)

    def _report_cut(self, last: Cells) -> None:
        """Report the last row if nothing shows that its last cell is whole, and it matters."""
        field = max(self.column_of, key=self.column_of.__getitem__)
        is_last = self.column_of[field] == len(last.row.cells) - 1
        if is_last and field not in self.not_read and day_of(last.text(field)) is None and last.row.may_be_cut():
            written = shown(last.row.cells[-1])
            message = f"the file ends without a line break in a cell {written}, which may be only half of it"
            self.findings.append(last.problem(message, field, _IF_WHOLE))

    def report_word(self, cells: Cells, field: str, hint: str = "") -> None:
        """Add a SOURCE006 about a word whose meaning is unknown, for its first use."""
        message = f"unknown {field.replace('_', ' ')} {shown(cells.text(field))}; it is left open"
        if all(each.message != message for each in self.findings):
            self.findings.append(Finding("SOURCE006", Severity.WARNING, message, cells.at(field), hint))

    def has(self, field: str) -> bool:
        """Return True if the export has the column of a field."""
        return field in self.column_of


class Cells(NamedTuple):
    """A row of an export, by field. A named tuple, as there is one for each row."""

    row: Row
    column_of: Mapping[str, int]

    def text(self, field: str) -> str:
        """Return the text of a cell, see `one_line`; empty without such a column."""
        index = self.column_of.get(field)
        return "" if index is None else one_line(self.row.cells[index])

    def at(self, field: str) -> Location:
        """Return the location of a cell, or of the first cell of the row without such a column."""
        return self.origin(field).location

    def origin(self, field: str) -> Origin:
        """Return a cell as the origin of a fact; without such a column, the first cell of the row."""
        return Origin(self.row.source, self.row.start, self.column_of.get(field, 0))

    def fact(self, value: Value, field: str) -> Fact:
        """Return a fact that a cell shows."""
        return Fact(value, self.row.source, self.row.start, self.column_of.get(field, 0))

    def is_masked(self) -> bool:
        """Return True if the person in the row is masked."""
        if MASKED not in "\n".join(self.row.cells):
            return False
        return any(MASKED in self.text(field) for field in ("email", "first_name", "last_name"))

    def too_long(self, field: str) -> Iterator[Finding]:
        """Yield a SOURCE001 if a cell has more characters than a name in a repository may have."""
        length, most = len(self.text(field)), 128 if field == "subscription" else LONGEST
        if length > most:
            named = _FIELDS[field][0]
            message = f"{named} has {length} characters, and seatsync takes at most {most}"
            yield self.problem(message, field, "shorten it in the portal, and download the export again")

    def shortened(self, *named: str) -> Iterator[Finding]:
        """Yield a SOURCE001 for each cell with a number like 1,10009E+11, of which a spreadsheet left digits out."""
        for each in named:
            if SHORTENED.fullmatch(self.text(each)):
                yield self.problem(f"{shown(self.text(each))} is a number that a spreadsheet has shortened", each)

    def problem(self, message: str, field: str, hint: str = _EXPORT_AGAIN) -> Finding:
        """Return a SOURCE001 at a cell."""
        return unreadable_source(message, self.at(field), hint)


def read_export(raw: bytes, file: str) -> Export | list[Finding]:
    """Return the export in a file, or the findings that tell why it is none."""
    table = read_table(raw, file, [name for names in _FIELDS.values() for name in names])
    found = list(map(_as_source, table.findings))
    if has_errors(found):
        return found
    present = table.columns(_FIELDS)
    found += map(_as_source, table.findings[len(found) :])
    if has_errors(found):
        return found
    fitting = [(kind, needed) for kind, signs, needed in _SIGNATURES if present.column_of.keys() >= set(signs)]
    if not fitting and not present.column_of and file.lower().endswith(".txt"):
        message, hint = "this text is no export of the portal, so it is not read", "move it elsewhere"
        return [Finding("SOURCE006", Severity.WARNING, message, _start(table, file), hint)]
    if not fitting:
        hint = "download the users, groups, subscriptions and usage exports of the portal, and only these"
        return [
            *found,
            unreadable_source("the header is not that of an export of the portal", _start(table, file), hint),
        ]
    kind, needed = fitting[0]
    missing = [_FIELDS[field][0] for field in needed if field not in present.column_of]
    if missing:
        columns = f"column{'s' if len(missing) > 1 else ''} {listed(missing, 'or')}"
        message = f"this {kind} export, with {_generation(table.header.cells)}, has no {columns}"
        return [*found, unreadable_source(message, _start(table, file))]
    for index in present.unknown:
        name = table.header.cells[index].strip()
        if name:
            message = f"unknown column {shown(name)} in the {kind} export; it is not read"
            found.append(Finding("SOURCE006", Severity.WARNING, message, table.header.at(index)))
    return Export(kind, table, present.column_of, found)


def _start(table: Table, file: str) -> Location:
    """Return the location of the first name of the header, or of the file's first line if it has none."""
    return table.header.at(0) if table.header.cells else Location(file, 1, 1, 1, 1)


def _generation(header: Sequence[str]) -> str:
    """Return the style of a header's names, which tells the generation of the export."""
    snake = sum("_" in name for name in header)
    title = sum(name[:1].isupper() for name in header)
    return "column names in title case (as since 2025)" if title > snake else "column names in snake case"


def unreadable_source(
    message: str, at: Location | None, hint: str = _EXPORT_AGAIN, *, passing: bool = False
) -> Finding:
    """Return a SOURCE001."""
    return Finding("SOURCE001", Severity.ERROR, message, at, hint, passing=passing)


def _as_source(finding: Finding) -> Finding:
    """Return a finding of the reader of tables as one about a source; notes stay as they are."""
    if finding.severity is not Severity.ERROR:
        return finding
    is_cut = finding.code == "SCHEMA001" or finding.hint == REMOVE
    hint = _EXPORT_AGAIN if is_cut else _FEWER if finding.hint == SPLIT else finding.hint
    return finding._replace(code="SOURCE001", hint=hint)


def day_of(text: str) -> str | None:
    """Return the day of a cell with a day or a time, None if it is neither."""
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    try:
        return date.fromisoformat(found[1]).isoformat()
    except ValueError:
        return None


def one_line(text: str) -> str:
    """Return a text without outer blanks and line breaks: a name in a file must not contain control characters."""
    text = text.strip()
    return text if text.isprintable() else _CONTROLS.sub(" ", text)


def word(text: str) -> str:
    """Return the letters and digits of a word of the portal, folded: `Primary admin` and `PRIMARY_ADMIN` are one."""
    return folded(text)
