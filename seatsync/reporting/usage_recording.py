"""The result of recording usage: the new files, and how much they add."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from seatsync.account.usage import HASHED, UsageFile, UsageRecorded
from seatsync.portal.usage_checks import UsageLook
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.terminal import Paint

_MOST = 25
"""Files in a report, unless all are wanted."""


@dataclass(frozen=True, slots=True)
class UsageReport:
    """The usage in files, and what was recorded of it: None in a dry run, or if an error stopped it."""

    look: UsageLook
    recorded: UsageRecorded | None = None

    @property
    def has_news(self) -> bool:
        """Return True if anything was recorded or, in a dry run, would be."""
        return bool(self.look.new) or (self.recorded is not None and any(self.recorded))


NO_USAGE = UsageReport(UsageLook())
"""The report of sources without usage."""


def usage_json(report: UsageReport) -> dict[str, Any]:
    """Return the report as part of a document."""
    recorded = report.recorded
    files = [
        {
            "file": each.source.file,
            "kind": each.source.kind,
            "at": each.source.as_of or None,
            "first": each.source.first,
            "last": each.source.last,
            "rows": each.source.rows,
            "teams": list(each.source.teams),
            "new": each.source.file in report.look.new,
        }
        for each in report.look.files
    ]
    counts = {"days": None, "seats": None, "removed": None} if recorded is None else recorded._asdict()
    return {"files": files, **{name: counts[name] for name in ("days", "seats", "removed")}}


def usage_text(report: UsageReport, paint: Paint, *, verbose: bool = False) -> str:
    """Return the new files, and what was recorded of them; empty if there is nothing to say."""
    new = [each for each in report.look.files if each.source.file in report.look.new]
    shown = new if verbose else new[:_MOST]
    lines = [f"  {paint.green('+')} {visible(each.source.file)}  {paint.dim(_contents(each))}\n" for each in shown]
    if len(new) > len(shown):
        lines.append(f"  and {len(new) - len(shown)} more (listed with -v)\n")
    recorded = report.recorded
    if recorded is None:
        if new:
            lines.append(f"{number_of(len(new), 'file')} of usage to record; nothing was recorded (--dry-run).\n")
    elif report.has_news:
        removed = f"; {number_of(recorded.removed, 'day')} of older months removed" if recorded.removed else ""
        lines.append(f"Recorded {_counts(recorded)}{removed}.\n")
    return "".join(lines)


def _contents(file: UsageFile) -> str:
    source = file.source
    people = {key[-1] for key in (*file.days, *file.seats)}
    hashed = sum(each.startswith(HASHED) for each in people)
    who = number_of(len(people), "person", "people") + (f", {hashed} of them by hash alone" if hashed else "")
    span = f" of {source.as_of[:10]}" if source.kind == "usage report" else ""
    if source.first is not None:
        span = f" of {source.first} to {source.last}"
    return f"{source.kind}{span}: {number_of(source.rows, 'row')}, {who}"


def _counts(recorded: UsageRecorded) -> str:
    days = f"{number_of(recorded.days, 'day')} of use"
    seats = f"{number_of(recorded.seats, 'row')} of usage reports"
    if recorded.days and recorded.seats:
        return f"{days} and {seats}"
    return seats if recorded.seats else days
