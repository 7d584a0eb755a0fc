"""Text of a drift: changes in the portal, in git and in both, by team and contract."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from seatsync.declaration.comparing import Kind
from seatsync.drift.facts import Fact, Status
from seatsync.reporting.drift_report import DriftReport
from seatsync.reporting.drift_words import between, phrase, value_text
from seatsync.reporting.escape import quoted, visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.plan_text import unseen
from seatsync.reporting.wording import place

_HEADINGS: tuple[tuple[Status, str], ...] = (
    ("unknown", "Different in the account and in git (nothing was applied yet, so the origin is unknown)"),
    ("portal", "Changed in the portal"),
    ("git", "Changed in git, not applied yet"),
    ("both", "Changed in both, to different values"),
)
_MORE: tuple[tuple[Status, str], ...] = (
    ("agreed", "Changed in both, to the same value"),
    ("waiting", "Applied, waiting for a date, a purchase, a form or support"),
)


_DOUBT = " (or still waiting after an apply: this target does not record completed cases)"


def render(report: DriftReport, paint: Paint, *, verbose: bool) -> str:
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
        sides = (("applied", fact.applied), ("portal", fact.portal), ("git", fact.git))
        values = "; ".join(f"{name}: {value_text(fact, value, shown)}" for name, value in sides)
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
        count = len(drift.facts)
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
