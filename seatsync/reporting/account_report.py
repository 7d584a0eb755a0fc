"""Reports on an embedded account as text: cases, mails, log, verification, runs and undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from seatsync.account.history import HistoryEntry, Run, RunSummary, from_plain
from seatsync.planning.checks.staleness import StalePlan
from seatsync.planning.plan import Lasting, Undo
from seatsync.reporting.escape import number_of, quoted, visible
from seatsync.reporting.plan.wording import described, thing
from seatsync.reporting.terminal import Paint
from seatsync.targets.sql.administration import Confirmed
from seatsync.targets.sql.audit_log import Entry
from seatsync.targets.sql.inquiries import Verification
from seatsync.targets.sql.records import MALFORMED, StoredMail
from seatsync.targets.target import Case

_OWNER = "the owner"
_MOST = 10


def run_line(run: Run) -> str:
    """Return a run for use in a sentence: `2 (2026-06-15T12:00:00Z, the owner, 3 steps)`."""
    first = run.entries[0]
    return f"{run.number} ({visible(first.at)}, {visible(first.actor or _OWNER)}, {_steps(run)})"


def runs(found: Sequence[RunSummary], paint: Paint) -> str:
    """Return one line per run: number, time, actor, command, number of steps with their serials, and cases."""
    if not found:
        return "No runs.\n"
    who = [visible(run.actor or _OWNER) for run in found]
    wide, kinds = max(map(len, who)), max(len(visible(run.kind)) for run in found)
    lines = []
    for run, name in zip(found, who, strict=True):
        by, kind = paint.dim(f"{name:<{wide}}"), f"{visible(run.kind):<{kinds}}"
        lines.append(f"{run.number:>4}  {visible(run.at)}  {by}  {kind}  {_summary(run)}\n")
    return "".join(lines)


def _summary(run: RunSummary) -> str:
    parts = [f"{_steps(run)} ({_serials(run)})"] if run.entries else []
    if run.cases:
        parts.append(f"{number_of(len(run.cases), 'case')} opened ({visible(', '.join(run.cases))})")
    return ", ".join(parts)


def changes_since(stale: StalePlan, serial: int | None) -> list[str]:
    """Return lines with the changes since a plan's serial, those that touch the plan first and marked."""
    if not stale.changes:
        return []
    ordered = sorted(stale.changes, key=lambda entry: (entry.serial not in stale.in_the_way, entry.serial))
    shown = ordered[:_MOST]
    wide = max(len(visible(entry.actor or _OWNER)) for entry in shown)
    marked = " (! marks those that touch what the plan reads or writes)" if stale.in_the_way else ""
    lines = [f"{number_of(len(stale.changes), 'change')} since serial {serial}{marked}:"]
    lines += [_change(entry, wide, marked=entry.serial in stale.in_the_way) for entry in shown]
    more = len(ordered) - len(shown)
    return lines + ([f"  and {more} more; `seatsync account log` lists them"] if more else [])


def _change(entry: HistoryEntry, wide: int, *, marked: bool) -> str:
    who = f"{visible(entry.actor or _OWNER):<{wide}}"
    return f"{'!' if marked else ' '} {entry.serial:>4}  {visible(entry.at)}  {who}  {described(entry.step)}"


def _steps(run: Run | RunSummary) -> str:
    return number_of(len(run.entries), "step")


def _serials(run: RunSummary) -> str:
    first, last = run.entries[0].serial, run.entries[-1].serial
    return f"serial {first}" if first == last else f"serials {first} to {last}"


_WHY = {
    "mail": "the invitation was sent",
    "form": "the form was handed in",
    "support": "the vendor's support was asked",
    "purchase": "purchases cannot be undone",
    "vendor": "only the vendor can undo this",
    "accept": "the new invitation has to be accepted",
}

_ON_RECORD = frozenset({"form", "support"})
"""Requests whose effect a plan can undo, but not the request itself."""


def asides(undo: Undo, paint: Paint) -> Iterator[str]:
    """Yield paragraphs about things that cannot be undone, requests on record, and things changed later."""
    records = [each for each in undo.lasting if each.why in _ON_RECORD]
    lasting = [each for each in undo.lasting if each.why not in _ON_RECORD]
    if lasting:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in lasting)
        yield f"{number_of(len(lasting), 'thing')} that run {undo.run} did cannot be undone:\n{lines}"
    if records:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in records)
        counted = number_of(
            len(records),
            "request of run {} stays on record, even if its effect is undone",
            "requests of run {} stay on record, even if their effect is undone",
        )
        yield f"{counted.format(undo.run)}:\n{lines}"
    if undo.kept:
        lines = "".join(f"  {paint.dim(thing(each.thing) + _since(each.serial))}\n" for each in undo.kept)
        counted = number_of(
            len(undo.kept),
            "thing that run {} changed stays as it is, because of a later change",
            "things that run {} changed stay as they are, because of later changes",
        )
        yield f"{counted.format(undo.run)}:\n{lines}"


def _lasting(each: Lasting) -> str:
    if each.why == "case":
        return f"{described(each.step)} ({visible(each.case or '')} stays open)"
    return f"{described(each.step)} ({_WHY[each.why]})"


def _since(serial: int | None) -> str:
    return "" if serial is None else f" (serial {serial})"


def cases(found: Sequence[Case], paint: Paint, *, closed: bool = False) -> str:
    """Return the cases with their steps and history; `closed` if closed cases were requested too."""
    if not found:
        return "No cases.\n" if closed else "No open cases.\n"
    return "".join(_case(case, paint) for case in found)


def _case(case: Case, paint: Paint) -> str:
    history = f"opened {visible(case.opened_at)} by {visible(case.opened_by or _OWNER)}"
    if case.closed_at is not None:
        history += f", closed {visible(case.closed_at)}"
    if case.evidence is not None:
        history += f": {visible(case.evidence)}"
    return f"{paint.bold(visible(case.id))}  {described(case.step)}\n  {paint.dim(history)}\n"


def confirmed(found: Sequence[Confirmed], paint: Paint) -> str:
    """Return the result for each case."""
    words: dict[str, str] = {
        "done": paint.green("done"),
        "in effect": "closed, already in effect",
        "closed before": "already closed",
        "refused": paint.red("refused, still open"),
    }
    lines = []
    for each in found:
        detail = f" ({visible(each.detail)})" if each.detail else ""
        lines.append(f"{visible(each.case.id)} {words[each.status]}: {described(each.case.step)}{detail}\n")
    return "".join(lines) or "No open cases.\n"


def mails(sent: Sequence[StoredMail], paint: Paint) -> str:
    """Return one line per mail: number, time, template, recipient, subject."""
    if not sent:
        return "No mails.\n"
    wide = max(len(mail.template) for mail in sent)
    lines = (
        f"{mail.id:>4}  {visible(mail.at)}  {mail.template:<{wide}}  {visible(mail.to)}"
        f"  {paint.dim(visible(mail.subject))}\n"
        for mail in sent
    )
    return "".join(lines)


def mail(sent: StoredMail, paint: Paint) -> str:
    """Return a whole mail with its cause."""
    head = (("To", sent.to), ("Subject", sent.subject), ("Sent", sent.at), ("Because of", sent.cause))
    lines = "".join(f"{paint.bold(name + ':')} {visible(value)}\n" for name, value in head)
    body = "".join(f"{visible(line)}\n" for line in sent.body.rstrip("\n").split("\n"))
    return f"{lines}\n{body}"


def log(entries: Sequence[Entry], paint: Paint) -> str:
    """Return one line per entry: number, time, actor, event."""
    if not entries:
        return "No entries.\n"
    who = [visible(entry.actor or _OWNER) for entry in entries]
    wide = max(map(len, who))
    return "".join(
        f"{entry.seq:>4}  {visible(str(entry.at))}  {paint.dim(f'{name:<{wide}}')}  {_event(entry)}\n"
        for entry, name in zip(entries, who, strict=True)
    )


def verification(found: Verification, paint: Paint) -> str:
    """Return the result of a verification with the head of the log.

    A truncated log is still consistent; only a head stored elsewhere reveals it.
    """
    if not found.ok:
        return paint.red("Not valid") + f": {visible(found.problem)}.\n"
    return (
        paint.green("Valid")
        + f": {number_of(found.entries, 'entry', 'entries')} of the log, which lead to the account's state."
        f" Store the head elsewhere to detect a truncated log:\n{found.head}\n"
    )


def _event(entry: Entry) -> str:
    """Describe an entry; an entry of unknown shape is shown as its raw text."""
    try:
        facts = entry.facts
        return _EVENTS[facts["kind"]](facts)
    except MALFORMED:
        return visible(entry.what)


def _step(facts: dict[str, Any]) -> str:
    people = facts.get("handed_in_for")
    handed_in = f", handed in by the owner for {visible(' or '.join(people))}" if people else ""
    return f"{described(from_plain(facts['step']))} (serial {facts['serial']}{handed_in})"


def _closed(facts: dict[str, Any]) -> str:
    evidence = f": {visible(facts['evidence'])}" if facts["evidence"] else ""
    return f"{visible(facts['case'])} closed, {'done' if facts['done'] else 'already in effect'}{evidence}"


def _applied(facts: dict[str, Any]) -> str:
    if facts.get("declaration", "") is None:
        return f"cleared the applied declaration ({visible(facts['note'])})"
    if facts["note"].startswith("undo of run "):
        return f"restored the previously applied declaration ({visible(facts['note'])})"
    note = f", allowing {visible(facts['note'])}" if facts["note"] else ""
    return f"applied a declaration{note}"


def _covers(facts: dict[str, Any]) -> str:
    count = sum(len(people) for scopes in facts["people"].values() for people in scopes.values())
    new = f"{number_of(count, 'person', 'people')} added" if count else "nobody added"
    return f"recorded the declared people: {new}"


_EVENTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "created": lambda facts: f"created account {quoted(facts['name'])} ({visible(facts['timezone'])})",
    "step": _step,
    "case-opened": lambda facts: f"{visible(facts['case'])} opened: {described(from_plain(facts['step']))}",
    "case-closed": _closed,
    "order": lambda facts: f"order {quoted(facts['number'])}",
    "note": lambda facts: visible(facts["text"]),
    "applied": _applied,
    "covers": _covers,
}
