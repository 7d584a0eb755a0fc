"""The report of a refresh: what is new, gone or different in the real account, and which cases that settles."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seatsync.account.actions.team_actions import CREATE_TEAM
from seatsync.account.history import to_plain
from seatsync.account.model import Scope
from seatsync.planning.plan import finding_json
from seatsync.portal.refreshing import Refreshed, SourceUse
from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.plan.plan_text import unknowns
from seatsync.reporting.plan.wording import described, place, sentence
from seatsync.reporting.terminal import Paint
from seatsync.reporting.usage_recording import NO_USAGE, UsageReport, usage_json, usage_text
from seatsync.targets.target import Case, Observed

FORMAT = "seatsync/refresh/1"
_MOST = 25
"""Lines for one team, unless all are wanted."""
_NEW = "The mirror is new. If there was one before, put that back: cases, and what was confirmed, are only in it.\n"
_SIGNS = {"add": "+", "change": "~", "remove": "-"}


@dataclass(frozen=True, slots=True)
class RefreshReport:
    """The result of a refresh: `serial` is that of the mirror afterwards, None for a dry run, or if it was stopped.

    `cases` are those that were open or confirmed before. `is_new`: the mirror was just created.
    """

    account: str
    url: str
    found: Refreshed
    serial: int | None
    cases: Mapping[str, Case] = field(default_factory=dict)
    is_new: bool = False
    usage: UsageReport = NO_USAGE

    @property
    def still_open(self) -> list[str]:
        """The ids of the cases that were open and still are."""
        return [name for name, case in self.cases.items() if case.closed_at is None and name not in self.found.closed]


def render_json(report: RefreshReport) -> str:
    """Return the document."""
    found = report.found
    document = {
        "format": FORMAT,
        "account": {"name": report.account, "serial": report.serial},
        "target": report.url,
        "sources": [_source(each) for each in found.sources],
        "changes": [_change(each) for each in found.changes],
        "closed": list(found.closed),
        "reopened": list(found.reopened),
        "seen": list(found.seen),
        "differently": list(found.differently),
        "open": report.still_open,
        "unknown": [each._asdict() for each in found.unknown],
        "not_mentioned": list(found.not_mentioned),
        "usage": usage_json(report.usage),
        "findings": [finding_json(each) for each in found.findings],
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _source(use: SourceUse) -> dict[str, Any]:
    covers = [{"kind": kind, "team": team or None, "used": (kind, team) in use.used} for kind, team in use.covers]
    return {"source": use.source, "at": None if use.moment is None else use.moment.as_text(), "covers": covers}


def _change(each: Observed) -> dict[str, Any]:
    return {**to_plain(each.step), "kind": _kind(each), "origin": each.origin, "case": each.case}


def _kind(each: Observed) -> str:
    """Return whether things are new, gone or different."""
    if all(row.old is None for row in each.rows):
        return "add"
    return "remove" if all(row.new is None for row in each.rows) else "change"


def render_text(report: RefreshReport, paint: Paint, *, verbose: bool = False) -> str:
    """Return the report; `verbose` lists everything."""
    found = report.found
    sources = number_of(len(found.sources), "source")
    newest = max((each.moment.as_text() for each in found.sources if each.moment is not None), default="")
    head = f"Account {paint.bold(visible(report.account))} at {visible(report.url)}, {sources}"
    blocks = [head + (f", the newest of {newest}" if newest else "") + "\n"]
    if found.stopped:
        return blocks[0] + "\nNothing was recorded.\n"
    blocks += _changes([each for each in found.changes if each.case is None], paint, verbose=verbose)
    blocks += _cases(report, paint)
    blocks += unknowns(found.unknown, (), paint, verbose=True)
    if found.not_mentioned:
        names = "".join(f"  {place(Scope('team', name))}\n" for name in found.not_mentioned)
        blocks.append(f"Not in the newest sources; these stay as they are:\n{names}")
    usage = usage_text(report.usage, paint, verbose=verbose)
    blocks += [usage] if usage else []
    blocks += [last] if (last := _last_line(report)) else []
    return "\n".join(blocks)


def _last_line(report: RefreshReport) -> str:
    found = report.found
    changes = number_of(len(found.changes), "change") if found.changes else "what is known about cases"
    anything = found.changes or found.closed or found.reopened or found.seen
    if report.usage.has_news and not anything:
        return _NEW if report.is_new else ""
    if report.serial is None:
        return f"{changes} to record; nothing was recorded (--dry-run).\n" if anything else "Nothing new.\n"
    recorded = f"Recorded {changes}; the mirror is at serial {report.serial}.\n" if anything else "Nothing new.\n"
    return recorded + (_NEW if report.is_new else "")


def _changes(changes: Sequence[Observed], paint: Paint, *, verbose: bool) -> Iterator[str]:
    """Yield a block for each team; of a team that is new, only numbers."""
    scopes: dict[Scope, list[Observed]] = {}
    for each in changes:
        scopes.setdefault(each.step.scope, []).append(each)
    for scope in sorted(scopes, key=lambda scope: (scope.kind != "account", scope.name)):
        lines = [_line(each, paint) for each in scopes[scope]]
        shown = lines if verbose else lines[:_MOST]
        more = f"  and {len(lines) - _MOST} more (listed with -v)\n" if len(lines) > len(shown) else ""
        yield f"{paint.bold(place(scope))}\n{''.join(shown)}{more}"


def _line(each: Observed, paint: Paint) -> str:
    kind = _kind(each)
    color = {"add": paint.green, "change": paint.yellow, "remove": paint.red}[kind]
    text = sentence(each.step)
    if each.step.action == CREATE_TEAM.name:
        text = f"new, with {_contents(each)}"
    return f"  {color(_SIGNS[kind])} {text}  {paint.dim(visible(each.origin))}\n"


def _contents(each: Observed) -> str:
    count = Counter(row.table for row in each.rows)
    nouns = (("team_member", "person", "people"), ("team_group", "group", ""), ("team_seat", "seat", ""))
    return ", ".join(number_of(count[table], *words) for table, *words in nouns)


def _cases(report: RefreshReport, paint: Paint) -> Iterator[str]:
    found = report.found
    for title, names in (
        ("Done, as the sources show:", {**found.closed, **found.seen}),
        ("Confirmed, but not shown by a newer source, so open again:", found.reopened),
        ("Done differently, so still open:", dict.fromkeys(found.differently, "")),
    ):
        lines = "".join(f"  {_case(name, report, paint)}{_in(source, paint)}\n" for name, source in names.items())
        if lines:
            yield f"{title}\n{lines}"
    left = [name for name in report.still_open if name not in found.differently]
    if left:
        yield f"Still open: {', '.join(map(visible, left))}.\n"


def _case(name: str, report: RefreshReport, paint: Paint) -> str:
    case = report.cases.get(name)
    return paint.bold(visible(name)) + ("" if case is None else f"  {described(case.step)}")


def _in(source: str, paint: Paint) -> str:
    return f"  {paint.dim(visible(source))}" if source else ""
