"""Reports on a stored account as text: cases, mails, log and verification."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from seatsync.account.history import from_plain
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import number_of, quoted, visible
from seatsync.reporting.outcome_report import OWNER
from seatsync.reporting.plan.wording import described
from seatsync.reporting.terminal import Paint
from seatsync.targets.sql.administration import Closing
from seatsync.targets.sql.audit_log import Entry
from seatsync.targets.sql.inquiries import Verification
from seatsync.targets.sql.notice_records import EVENTS
from seatsync.targets.sql.records import MALFORMED, StoredMail
from seatsync.targets.target import Case


def cases(found: Sequence[Case], paint: Paint, *, closed: bool = False) -> str:
    """Return the cases with their steps and history; `closed` if closed cases were requested too."""
    if not found:
        return "No cases.\n" if closed else "No open cases.\n"
    return "".join(_case(case, paint) for case in found)


def _case(case: Case, paint: Paint) -> str:
    work = f", {_asked(case.route, case.people, case.needs)}" if case.route else ""
    history = f"opened {visible(case.opened_at)} by {visible(case.opened_by or OWNER)}{work}"
    if case.closed_at is not None:
        history += f"; {_how(case)}"
    return f"{paint.bold(visible(case.id))}  {described(case.step)}\n  {paint.dim(history)}\n"


def _how(case: Case) -> str:
    """Return how a case was closed: when, by whom or in which source, and the evidence."""
    how = f"{case.closed_as} {visible(case.closed_at or '')}"
    if case.closed_as == "seen":
        return f"{how} in {visible(case.seen_in or '')}"
    evidence = "" if case.evidence is None else f": {visible(case.evidence)}"
    seen = "" if case.seen_in is None else f"; seen in {visible(case.seen_in)}"
    return f"{how} by {visible(case.closed_by or OWNER)}{evidence}{seen}"


def _asked(route: str, people: Sequence[str], needs: Sequence[str]) -> str:
    """Return how a case is carried out, by whom and after what: `console, ana@acme.example, after CASE-2`."""
    who = [visible(" or ".join(people))] if people else []
    after = [f"after {visible(listed(needs))}"] if needs else []
    return ", ".join([visible(route), *who, *after])


def closings(found: Sequence[Closing], paint: Paint) -> str:
    """Return the result for each case."""
    words: dict[str, str] = {
        "done": paint.green("done"),
        "in effect": "closed, already in effect",
        "withdrawn": "withdrawn",
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
    who = [visible(entry.actor or OWNER) for entry in entries]
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
        key = f" ({visible(facts['key'])})" if "key" in facts else ""
        return _EVENTS[facts["kind"]](facts) + key
    except MALFORMED:
        return visible(entry.what)


def _step(facts: dict[str, Any]) -> str:
    people = facts.get("handed_in_for")
    handed_in = f", handed in by the owner for {visible(' or '.join(people))}" if people else ""
    origin = f", {visible(facts['origin'])}" if "origin" in facts else ""
    return f"{described(from_plain(facts['step']))} (serial {facts['serial']}{handed_in}{origin})"


def _opened(facts: dict[str, Any]) -> str:
    work = f" ({_asked(facts['route'], facts['people'], facts['needs'])})" if "route" in facts else ""
    return f"{visible(facts['case'])} opened: {described(from_plain(facts['step']))}{work}"


def _changed(facts: dict[str, Any]) -> str:
    return f"{visible(facts['case'])} changed: {_asked(facts['route'], facts['people'], facts['needs'])}"


def _closed(facts: dict[str, Any]) -> str:
    evidence = f": {visible(facts['evidence'])}" if facts["evidence"] else ""
    how = facts.get("as", "confirmed")
    if how == "withdrawn":
        return f"{visible(facts['case'])} withdrawn{evidence}"
    if how == "seen":
        return f"{visible(facts['case'])} closed, seen in {visible(facts['source'])}"
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


def _usage(facts: dict[str, Any]) -> str:
    files = listed([visible(name) for name, *_ in facts["files"]])
    days = f"{number_of(facts['days'], 'day')} and {number_of(facts['seats'], 'row')} of reports are new"
    removed = f", {number_of(facts['removed'], 'day')} before {facts['keep_from']} removed" if facts["removed"] else ""
    return f"recorded usage{' of ' if files else ''}{files}: {days}{removed}"


def _notice(facts: dict[str, Any]) -> str:
    state = str(facts["kind"]).removeprefix("notice-")
    detail = f": {visible(facts['detail'])}" if facts["detail"] else ""
    return (
        f"{state} notice {visible(facts['notice'])}, {visible(facts['about'])} to {visible(facts['recipient'])}{detail}"
    )


_EVENTS: dict[str, Callable[[dict[str, Any]], str]] = {
    "created": lambda facts: f"created account {quoted(facts['name'])} ({visible(facts['timezone'])})",
    "step": _step,
    "case-opened": _opened,
    "case-changed": _changed,
    "case-closed": _closed,
    "case-seen": lambda facts: f"{visible(facts['case'])} seen in {visible(facts['source'])}",
    "case-reopened": lambda facts: f"{visible(facts['case'])} reopened: {visible(facts['source'])} does not show it",
    "mirror": lambda _: "recorded what is known about the real account",
    "order": lambda facts: f"order {quoted(facts['number'])}",
    "note": lambda facts: visible(facts["text"]),
    "applied": _applied,
    "covers": _covers,
    **dict.fromkeys(EVENTS.values(), _notice),
    "usage-recorded": _usage,
    "usage-renamed": lambda facts: f"the usage of {quoted(facts['old'])} is now that of {quoted(facts['new'])}",
}
