"""The reports of many accounts as one: the same tables, with the account as their first column."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from seatsync.insight.reports.document import Cell, Column, Report, Table
from seatsync.reading.plain_text import first_of
from seatsync.reporting.escape import json_safe, number_of
from seatsync.reporting.reports.cells import plain

FORMAT = "seatsync/fleet-report/1"

_ACCOUNT = Column("account", "Account")
_ERROR = Column("error", "Why unknown")
_SUMMARIES = (_ACCOUNT, Column("day", "Day", "day"), Column("summary", "Summary", "list"), _ERROR)
_MOST_NAMED = 5


class AccountReport(NamedTuple):
    """The report of one account of a fleet; None if it cannot be made, with the reason."""

    account: str
    report: Report | None
    error: str = ""


def merged(name: str, fleet: str, day: str, found: Sequence[AccountReport]) -> Report:
    """Return one report with the rows of all accounts. An account without a report is a row of each table.

    Totals are left out, as those of different accounts do not always add up: one person can be in several. A note of
    several accounts is given once.
    """
    reports = [(each.account, each.report) for each in found if each.report is not None]
    failed = [each for each in found if each.report is None]
    keys = dict.fromkeys(table.key for _, report in reports for table in report.tables)
    tables = [_table(key, reports, failed) for key in keys]
    summaries = [
        (each.account, "", (), each.error)
        if each.report is None
        else (each.account, each.report.day, each.report.summary, "")
        for each in found
    ]
    unreadable = f": {len(failed)} cannot be read" if failed else ""
    return Report(
        name,
        reports[0][1].title if reports else name.capitalize(),
        fleet,
        day,
        None,
        (f"{number_of(len(found), 'account')}{unreadable}.",),
        (*tables, Table("accounts", "Accounts", _SUMMARIES, tuple(summaries), in_text=not tables)),
        notes=tuple(_notes(reports)),
        of="fleet",
    )


def _table(key: str, reports: Iterable[tuple[str, Report]], failed: Iterable[AccountReport]) -> Table:
    """Return the rows of all accounts under the columns of all; a cell that an account does not have is empty."""
    parts = [(account, table) for account, report in reports for table in report.tables if table.key == key]
    columns = tuple({column.key: column for _, table in parts for column in table.columns}.values())
    rows: list[tuple[Cell, ...]] = []
    for account, table in parts:
        places = {column.key: at for at, column in enumerate(table.columns)}
        rows += [
            (account, *(row[places[column.key]] if column.key in places else "" for column in columns), "")
            for row in table.rows
        ]
    rows += [(each.account, *(None for _ in columns), each.error) for each in failed]
    first = parts[0][1]
    in_text = all(table.in_text for _, table in parts)
    return Table(key, first.title, (_ACCOUNT, *columns, _ERROR), tuple(rows), in_text=in_text)


def _notes(reports: Iterable[tuple[str, Report]]) -> Iterator[str]:
    """Yield each note with the accounts that it is about."""
    found: dict[str, list[str]] = {}
    for account, report in reports:
        for note in (*(table.note for table in report.tables if table.note), *report.notes):
            found.setdefault(note, []).append(account)
    for note, accounts in found.items():
        yield f"{first_of(accounts, _MOST_NAMED)}: {note}"


def render_json(report: Report) -> str:
    """Return the document. What is unknown is null; exact decimals and amounts are text."""
    document = {
        "format": FORMAT,
        "report": report.name,
        "fleet": report.account,
        "day": report.day,
        "summary": list(report.summary),
        "tables": {table.key: [_object(table, row) for row in table.rows] for table in report.tables},
        "notes": list(report.notes),
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _object(table: Table, row: tuple[Cell, ...]) -> dict[str, object]:
    return {column.key: plain(cell) for column, cell in zip(table.columns, row, strict=True)}
