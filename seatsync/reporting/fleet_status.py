"""The status of a fleet: a table of its accounts for people, and JSON (`seatsync/fleet-status/1`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from seatsync.fleet.seen import AccountSeen, FleetStatus
from seatsync.fleet.work_records import WorkState
from seatsync.insight.reports.document import Cell, Column, Report, Table
from seatsync.reporting.escape import json_safe, number_of
from seatsync.reporting.reports import report_data, report_html, report_text
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/fleet-status/1"

_COLUMNS = (
    Column("account", "Account"),
    Column("serial", "Serial", "count"),
    Column("last_seen", "Last seen"),
    Column("last_applied", "Last applied"),
    Column("open_cases", "Open cases", "count"),
    Column("drift", "Drift", "count"),
    Column("pools_short", "Short pools", "count"),
    Column("waiting", "Waiting", "count"),
    Column("work", "Work", "list"),
    Column("reasons", "Why unknown", "list"),
)


def render_json(status: FleetStatus) -> str:
    """Return the document."""
    document = {
        "format": FORMAT,
        "fleet": status.fleet,
        "day": status.day,
        "days": status.days,
        "accounts": [_object(each) for each in status.accounts],
        "summary": {
            "accounts": len(status.accounts),
            "unreadable": status.unreadable,
            "open_cases": sum(each.cases or 0 for each in status.accounts),
            "drift": sum(bool(each.drift) for each in status.accounts),
            "pools_short": sum(bool(each.short) for each in status.accounts),
            "waiting": sum(bool(each.waiting) for each in status.accounts),
            "people": _with_run(status.accounts, "people"),
            "failed": _with_run(status.accounts, "failed"),
        },
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _object(each: AccountSeen) -> dict[str, object]:
    """Return an account as JSON data."""
    return {
        "account": each.account.name,
        "labels": dict(each.account.labels),
        "source": each.account.source,
        "serial": each.serial,
        "last_seen": each.last_seen,
        "last_applied": each.applied,
        "open_cases": each.cases,
        "drift": each.drift,
        "pools_short": each.short,
        "waiting": each.waiting,
        "work": None if each.work is None else [run._asdict() for run in each.work],
        "unknown": [{"field": _FIELDS[name], "reason": reason} for name, reason in each.unknown],
        "error": each.error or None,
    }


_FIELDS = {
    "serial": "serial",
    "seen": "last_seen",
    "applied": "last_applied",
    "cases": "open_cases",
    "drift": "drift",
    "short": "pools_short",
    "work": "work",
}


def render_text(status: FleetStatus, paint: Paint) -> str:
    """Return the table."""
    return report_text.render_text(_report(status), paint)


def render_csv(status: FleetStatus) -> str:
    """Return the table for spreadsheets."""
    return report_data.render_csv(_report(status), None)


def render_html(status: FleetStatus) -> str:
    """Return the table as a page that loads nothing."""
    return report_html.render_html(_report(status))


def _report(status: FleetStatus) -> Report:
    rows = tuple(tuple(_cells(each)) for each in status.accounts)
    note = "? means unknown." if any(None in row for row in rows) else ""
    table = Table("accounts", "Accounts", _COLUMNS, rows, note=note)
    return Report(
        "fleet-status", "Status", status.fleet, status.day, None, tuple(_summary(status)), (table,), of="fleet"
    )


def _cells(each: AccountSeen) -> Iterator[Cell]:
    applied = "never" if each.applied == "" else _moment(each.applied)
    yield from (each.account.name, each.serial, _moment(each.last_seen), applied)
    yield from (each.cases, each.drift, each.short, each.waiting)
    yield None if each.work is None else tuple(f"{run.verb} {_STATES.get(run.state, run.state)}" for run in each.work)
    yield tuple(dict.fromkeys(reason for _, reason in each.unknown))


_STATES = {"people": "waits for people"}


def _moment(text: str | None) -> str | None:
    """Return an instant to the minute, or a day."""
    return text and text[:16].replace("T", " ")


def _summary(status: FleetStatus) -> Iterator[str]:
    """Yield the number of accounts, and of those that somebody should look at."""
    accounts = status.accounts
    parts = {
        "cannot be read": status.unreadable,
        "with open cases": sum(bool(each.cases) for each in accounts),
        "changed outside of seatsync": sum(bool(each.drift) for each in accounts),
        f"with pools that are short within {number_of(status.days, 'day')}": sum(bool(each.short) for each in accounts),
        "waiting for approval": sum(bool(each.waiting) for each in accounts),
        "waiting for people": _with_run(accounts, "people"),
        "whose last run failed": _with_run(accounts, "failed"),
    }
    noted = [f"{count} {what}" for what, count in parts.items() if count]
    yield f"{number_of(len(accounts), 'account')}{': ' if noted else ''}{', '.join(noted)}."


def _with_run(accounts: Sequence[AccountSeen], state: WorkState) -> int:
    """Return the number of accounts with a run in a state."""
    return sum(any(run.state == state for run in each.work or ()) for each in accounts)
