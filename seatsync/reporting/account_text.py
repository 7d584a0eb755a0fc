"""Cases, mails, log and verdict of an embedded account, as text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from seatsync.account.step_text import from_plain
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import quoted, visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import described
from seatsync.targets.audit import Entry
from seatsync.targets.sql_admin import Confirmed
from seatsync.targets.sql_books import MALFORMED, StoredMail
from seatsync.targets.sql_reports import Verification
from seatsync.targets.target import Case

_OWNER = "the owner"


def cases(found: Sequence[Case], paint: Paint, *, closed: bool = False) -> str:
    """Each case with what it asks for, since when and by whom, and how it ended. `closed`: these were asked for too."""
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
    """What became of each case."""
    words: dict[str, str] = {
        "done": paint.green("done"),
        "in effect": "closed, was in effect already",
        "closed before": "was closed before",
        "refused": paint.red("refused, stays open"),
    }
    lines = []
    for each in found:
        detail = f" ({visible(each.detail)})" if each.detail else ""
        lines.append(f"{visible(each.case.id)} {words[each.status]}: {described(each.case.step)}{detail}\n")
    return "".join(lines) or "No open cases.\n"


def mails(sent: Sequence[StoredMail], paint: Paint) -> str:
    """One line a mail: number, when, template, to whom, subject."""
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
    """A whole mail, with what caused it."""
    head = (("To", sent.to), ("Subject", sent.subject), ("Sent", sent.at), ("Because of", sent.cause))
    lines = "".join(f"{paint.bold(name + ':')} {visible(value)}\n" for name, value in head)
    body = "".join(f"{visible(line)}\n" for line in sent.body.rstrip("\n").split("\n"))
    return f"{lines}\n{body}"


def log(entries: Sequence[Entry], paint: Paint) -> str:
    """One line an entry: number, when, who, what."""
    if not entries:
        return "No entries.\n"
    who = [visible(entry.actor or _OWNER) for entry in entries]
    wide = max(map(len, who))
    return "".join(
        f"{entry.seq:>4}  {visible(str(entry.at))}  {paint.dim(f'{name:<{wide}}')}  {_happened(entry)}\n"
        for entry, name in zip(entries, who, strict=True)
    )


def verdict(found: Verification, paint: Paint) -> str:
    """Whether all holds; with the head of the log, to be kept elsewhere: a log that was cut short still holds."""
    if not found.ok:
        return paint.red("Does not hold") + f": {visible(found.problem)}.\n"
    return (
        paint.green("Holds")
        + f": {number_of(found.entries, 'entry', 'entries')} of the log, and the account they lead to."
        f" Keep the head elsewhere, to notice a log that was cut short:\n{found.head}\n"
    )


def _happened(entry: Entry) -> str:
    """An entry in words; its bare text where it has a shape that is not ours."""
    try:
        facts = entry.facts
        return _HAPPENED[facts["kind"]](facts)
    except MALFORMED:
        return visible(entry.what)


def _step(facts: dict[str, Any]) -> str:
    people = facts.get("handed_in_for")
    handed_in = f", handed in by the owner for {visible(' or '.join(people))}" if people else ""
    return f"{described(from_plain(facts['step']))} (serial {facts['serial']}{handed_in})"


def _closed(facts: dict[str, Any]) -> str:
    evidence = f": {visible(facts['evidence'])}" if facts["evidence"] else ""
    return f"{visible(facts['case'])} closed, {'done' if facts['done'] else 'was in effect already'}{evidence}"


def _applied(facts: dict[str, Any]) -> str:
    if facts.get("declaration", "") is None:
        return f"forgot what was applied ({visible(facts['note'])})"
    if facts["note"].startswith("undo of run "):
        return f"remembers what was applied before ({visible(facts['note'])})"
    note = f", letting pass {visible(facts['note'])}" if facts["note"] else ""
    return f"applied a declaration{note}"


def _covers(facts: dict[str, Any]) -> str:
    count = sum(len(people) for scopes in facts["people"].values() for people in scopes.values())
    new = f"{number_of(count, 'person', 'people')} added" if count else "nobody new"
    return f"recorded who is declared where: {new}"


_HAPPENED: dict[str, Callable[[dict[str, Any]], str]] = {
    "created": lambda facts: f"made account {quoted(facts['name'])} ({visible(facts['timezone'])})",
    "step": _step,
    "case-opened": lambda facts: f"{visible(facts['case'])} opened: {described(from_plain(facts['step']))}",
    "case-closed": _closed,
    "order": lambda facts: f"order {quoted(facts['number'])}",
    "note": lambda facts: visible(facts["text"]),
    "applied": _applied,
    "covers": _covers,
}
