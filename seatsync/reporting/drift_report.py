"""The report of `drift`: a value, and its renderings as text and JSON (`seatsync/drift/1`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from seatsync.account.actions.spec import Facts
from seatsync.account.model import Scope
from seatsync.declaration.comparing import Difference, Kind
from seatsync.declaration.normal import Json
from seatsync.insight.adopt import Adopted
from seatsync.insight.drift import Drift
from seatsync.insight.drift_facts import Fact, Status, Value
from seatsync.reporting.diff_report import words
from seatsync.reporting.escape import json_safe, quoted, visible
from seatsync.reporting.plan.plan_text import unseen
from seatsync.reporting.plan.wording import place
from seatsync.reporting.terminal import Paint


@dataclass(frozen=True, slots=True)
class DriftReport:
    """The drift of an account, and the changes adopted into the files (None if not requested)."""

    account: str
    lineage: str | None
    serial: int | None
    target: str
    actor: str | None
    teams: tuple[str, ...]
    at: str
    drift: Drift
    adopted: Adopted | None = None

    @property
    def changes(self) -> int:
        """Number of facts that count as drift; agreed and waiting facts and notes do not."""
        return sum(fact.status not in {"agreed", "waiting", "note"} for fact in self.drift.facts)


_PERSONS = frozenset({"primary admin", "contract manager", "contract_manager", "software coordinator", "address"})


def phrase(fact: Fact, shown: Mapping[str, str]) -> tuple[Kind, str]:
    """Return kind and phrase of a change since the last apply, in the portal or (status `git`, `waiting`) in git."""
    now = fact.git if fact.status in {"git", "waiting"} else fact.portal
    before = fact.portal if fact.status == "waiting" else fact.applied
    return between(fact, before, now, shown)


def between(fact: Fact, before: Value, now: Value, shown: Mapping[str, str]) -> tuple[Kind, str]:
    """Return kind and phrase of the difference between two values of a fact."""
    difference = _difference(fact, before, now, shown)
    return difference.kind, words(difference)


def value_text(fact: Fact, value: Value, shown: Mapping[str, str]) -> str:
    """Describe one value of a fact."""
    if value is None:
        return "none"
    if value is True or fact.what == "role":
        return "there" if value is True else str(value)
    kind, text = between(fact, None, value, shown)
    return text if kind == "add" else text.rpartition(" -> ")[2]


def plain(fact: Fact, value: Value, shown: Mapping[str, str]) -> Json | bool:
    """Return one value of a fact for a document, with addresses as written."""
    if isinstance(value, Facts):
        facts: dict[str, Json] = {name: _listed(text) for name, text in value.items}
        if isinstance(facts.get("contract_manager"), str):
            facts["contract_manager"] = shown.get(str(facts["contract_manager"]), facts["contract_manager"])
        return facts
    if isinstance(value, str) and dict(fact.of).get("fact", fact.what) in _PERSONS:
        return shown.get(value, value)
    return value


def _listed(value: str | int | tuple[str, ...] | None) -> Json:
    return list(value) if isinstance(value, tuple) else value


def of(fact: Fact, shown: Mapping[str, str]) -> dict[str, str]:
    """Return the things that a fact belongs to, with addresses as written."""
    return {kind: shown.get(name, name) if kind == "user" else name for kind, name in fact.of}


def _difference(fact: Fact, before: Value, now: Value, shown: Mapping[str, str]) -> Difference:
    names = of(fact, shown)
    what, field = fact.what, names.pop("fact", None)
    old, new = plain(fact, before, shown), plain(fact, now, shown)
    kind: Kind = "add" if old is None else "remove" if new is None else "change"
    if field is not None:
        what = "facts" if what == "contract" else what
        return Difference("change", fact.scope, what, tuple(names.items()), {field: old}, {field: new})
    if what == "role" and kind != "change":
        what, old, new = str(new or old), None if old is None else True, None if new is None else True
    if what == "person" and kind == "change":
        what = "name"
    return Difference(kind, fact.scope, what, tuple(names.items()), _json(old), _json(new))


def _json(value: Json | bool) -> Json:  # noqa: FBT001 - a fact without a value
    """Return a value as `diff` has it: an empty mapping for something that exists."""
    return {} if value is True else None if value is False else value


FORMAT = "seatsync/drift/1"

_Json: TypeAlias = dict[str, object]


def render_json(report: DriftReport) -> str:
    """Return the document."""
    drift = report.drift
    document: _Json = {
        "format": FORMAT,
        "account": {"name": report.account, "lineage": report.lineage, "serial": report.serial},
        "target": report.target,
        "actor": report.actor,
        "teams": list(report.teams),
        "at": report.at,
        "applied": drift.applied,
        "changes": [_change(fact, report) for fact in drift.facts],
        "unseen": [dict(thing) for thing in drift.unseen],
        "adopted": None if report.adopted is None else _adopted_json(report.adopted, report),
        "summary": {
            status: len(drift.of(status))
            for status in ("portal", "git", "both", "agreed", "waiting", "unknown", "note")
            if status != "note" or drift.of(status)
        },
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _change(fact: Fact, report: DriftReport) -> _Json:
    shown = report.drift.shown
    states = (fact.applied, fact.portal, fact.git) if report.drift.applied else (None, fact.portal, fact.git)
    return {
        "changed": fact.status,
        "scope": _scope(fact.scope),
        "what": fact.what,
        "of": of(fact, shown),
        **{name: plain(fact, value, shown) for name, value in zip(("applied", "portal", "git"), states, strict=True)},
        "words": _words(fact, report),
    }


def _words(fact: Fact, report: DriftReport) -> str:
    if fact.status == "unknown":
        return between(fact, fact.portal, fact.git, report.drift.shown)[1]
    return phrase(fact, report.drift.shown)[1]


def _adopted_json(adopted: Adopted, report: DriftReport) -> _Json:
    return {
        "files": [
            {
                "file": written.file,
                "changes": [{"scope": _scope(fact.scope), "words": _words(fact, report)} for fact in written.facts],
                "declared": list(written.people),
                "members": list(written.members),
            }
            for written in adopted.written
        ],
        "left": [
            {"scope": _scope(left.subject.scope), "words": _words(left.subject, report), "why": left.why}
            for left in adopted.left
        ],
    }


def _scope(scope: Scope) -> dict[str, str]:
    return {} if scope.kind == "account" else {scope.kind: scope.name}


_HEADINGS: tuple[tuple[Status, str], ...] = (
    ("unknown", "Different in the account and in git (nothing was applied yet, so the origin is unknown)"),
    ("portal", "Changed in the portal"),
    ("git", "Changed in git, not applied yet"),
    ("both", "Changed in both, to different values"),
    ("note", "Renewed in the portal: no difference, but `drift --adopt` writes it down"),
)
_MORE: tuple[tuple[Status, str], ...] = (
    ("agreed", "Changed in both, to the same value"),
    ("waiting", "Applied, waiting for a date, a purchase, a form or support"),
)


_DOUBT = " (or still waiting after an apply: this target does not record completed cases)"


def render_text(report: DriftReport, paint: Paint, *, verbose: bool) -> str:
    """Return the whole report; `verbose` adds agreed and waiting changes."""
    serial = "" if report.serial is None else f" (serial {report.serial})"
    actor = "" if report.actor is None else f", as {visible(report.actor)}"
    account = paint.bold(visible(report.account))
    blocks = [f"Account {account}{serial} at {visible(report.target)}, on {report.at}{actor}\n"]
    for status, heading in (*_HEADINGS, *(_MORE if verbose else ())):
        facts = report.drift.of(status)
        if facts:
            doubt = _DOUBT if status in {"portal", "both"} and not report.drift.certain else ""
            blocks.append(f"{paint.bold(heading)}{doubt}\n")
            blocks += _by_scope(facts, report, paint)
    blocks += unseen(report.drift.unseen, paint, verbose=verbose)
    blocks.append(paint.bold(_last_line(report)) + "\n")
    blocks += _adopted(report, paint)
    return "\n".join(blocks)


def _by_scope(facts: list[Fact], report: DriftReport, paint: Paint) -> Iterator[str]:
    for scope, group in groupby(sorted(facts, key=lambda fact: fact.scope), key=lambda fact: fact.scope):
        lines = [paint.bold(place(scope)), *(f"  {_line(fact, report, paint)}" for fact in group)]
        yield "".join(f"{line}\n" for line in lines)


def _line(fact: Fact, report: DriftReport, paint: Paint) -> str:
    shown = report.drift.shown
    if fact.status == "both":
        subject = _subject(fact, report)
        states = (("applied", fact.applied), ("portal", fact.portal), ("git", fact.git))
        values = "; ".join(f"{name}: {value_text(fact, value, shown)}" for name, value in states)
        return f"{paint.red('!')} {subject} ({values})"
    if fact.status == "unknown":
        kind, text = between(fact, fact.portal, fact.git, shown)
    else:
        kind, text = phrase(fact, shown)
    return f"{_painted(kind, paint)} {text}"


def _painted(kind: Kind, paint: Paint) -> str:
    return paint.green("+") if kind == "add" else paint.red("-") if kind == "remove" else paint.yellow("~")


def _subject(fact: Fact, report: DriftReport) -> str:
    """Return the subject of a fact without its values."""
    if fact.what == "role":
        user = fact.name("user")
        return f"role of {visible(report.drift.shown.get(user, user))}"
    there = next(value for value in (fact.portal, fact.git, fact.applied) if value is not None)
    if there is True:
        return between(fact, None, there, report.drift.shown)[1]
    text = between(fact, fact.portal, fact.git, report.drift.shown)[1]
    return text.partition(":")[0] if ":" in text else text.rpartition(" ")[0]


def _last_line(report: DriftReport) -> str:
    drift = report.drift
    if not drift.applied:
        count = report.changes
        return (
            "No drift: nothing was applied yet, and the account is as declared."
            if not count
            else f"Drift: {count} different."
        )
    counts = [len(drift.of(status)) for status in ("portal", "git", "both")]
    line = f"Drift: {counts[0]} changed in the portal, {counts[1]} in git, {counts[2]} in both."
    if not any(counts) and drift.unseen:
        return f"No drift in what {visible(report.actor or 'the owner')} sees.\n{line}"
    if not any(counts):
        return f"No drift: the account and the files are unchanged since the last apply.\n{line}"
    return line


def _adopted(report: DriftReport, paint: Paint) -> Iterator[str]:
    adopted = report.adopted
    if adopted is None:
        return
    shown = report.drift.shown
    if not adopted.written:
        yield f"{paint.bold('Nothing to write back.')}\n"
    for written in adopted.written:
        phrases = ((fact, *phrase(fact, shown)) for fact in written.facts)
        lines = [f"  {_painted(kind, paint)} {place(fact.scope)}: {words}" for fact, kind, words in phrases]
        lines += [f"  {paint.green('+')} {quoted(email)} is declared" for email in written.people]
        lines += [f"  {paint.green('+')} {quoted(email)} is listed, to stay a member" for email in written.members]
        yield "".join(f"{line}\n" for line in (f"{paint.bold('Written')} {visible(written.file)}", *lines))
    if adopted.left:
        lines = [
            f"  {place(left.subject.scope)}: {_left(left.subject, report)} ({visible(left.why)})"
            for left in adopted.left
        ]
        yield "".join(f"{line}\n" for line in (paint.bold("Left for you"), *lines))


def _left(fact: Fact, report: DriftReport) -> str:
    return _subject(fact, report) if fact.status == "both" else phrase(fact, report.drift.shown)[1]
