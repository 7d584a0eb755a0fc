"""Notices as text and JSON (`seatsync/notices/1`): what is due, what became of those that were sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from seatsync.account.sent_notices import Notice
from seatsync.notices.due import Due
from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.terminal import Paint

FORMAT = "seatsync/notices/1"

_WORDS = {
    "sending": "sending",
    "sent": "sent",
    "refused": "refused",
    "deferred": "put off",
    "unknown": "unknown",
}


class Listing(NamedTuple):
    """Notices of an account on a day: those that are due, with their subjects, and those of earlier or of this run."""

    account: str
    day: str
    due: tuple[tuple[Due, str], ...] = ()
    notices: tuple[Notice, ...] = ()


AsText: TypeAlias = Callable[[Listing, Paint], str]
"""Writes a listing for people."""


def render_json(found: Listing) -> str:
    """Return the document."""
    document = {
        "format": FORMAT,
        "account": found.account,
        "day": found.day,
        "due": [_due_json(due, subject) for due, subject in found.due],
        "notices": [_notice_json(each) for each in found.notices],
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _due_json(due: Due, subject: str) -> dict[str, object]:
    return {
        "id": due.id,
        "kind": due.kind,
        "to": due.to,
        "language": due.language,
        "subject": subject,
        "causes": [list(cause) for cause in due.causes],
    }


def _notice_json(each: Notice) -> dict[str, object]:
    return {
        "id": each.id,
        "kind": each.kind,
        "to": each.recipient,
        "subject": each.subject,
        "causes": [list(cause) for cause in each.causes],
        "message_id": each.message_id,
        "state": each.state,
        "at": each.at,
        "detail": each.detail,
    }


def render_due(found: Listing, paint: Paint) -> str:
    """Return what is due, one line a mail, and what is not settled from before."""
    count = number_of(len(found.due), "notice is", "notices are") if found.due else "no notice is"
    blocks = [f"Account {paint.bold(visible(found.account))}, {found.day}: {count} due\n"]
    if found.due:
        wide = max(len(due.kind) for due, _ in found.due)
        rows = ((f"{due.kind:<{wide}}", visible(due.to), paint.dim(visible(subject))) for due, subject in found.due)
        blocks.append("".join(f"  {'  '.join(row)}\n" for row in rows))
        blocks.append("`seatsync notify --preview` shows them, `--send` sends them.\n")
    blocks += unsettled(found.notices, paint)
    return "\n".join(blocks)


def unsettled(notices: Iterable[Notice], paint: Paint, shown: Iterable[Notice] = ()) -> Iterator[str]:
    """Yield the notices that are not settled: refused ones, and those whose outcome is unknown.

    `shown` are listed already.
    """
    left = [each for each in notices if each.state != "sent"]
    if left:
        yield f"{paint.bold('not settled')}\n{_lines(left, paint)}"
    if any(each.state in {"unknown", "sending"} for each in (*left, *shown)):
        yield (
            "Nobody knows whether the unknown ones arrived. If one did, say so with `seatsync notify --delivered ID`;\n"
            "if not, send it again with `--resend ID`.\n"
        )


def render_all(found: Listing, paint: Paint) -> str:
    """Return every notice so far, oldest first."""
    if not found.notices:
        return "No notices.\n"
    return _lines(found.notices, paint)


def render_sent(notices: Sequence[Notice], total: int, paint: Paint) -> str:
    """Return what became of the notices of a run, and their number by outcome. `total` is how many were due."""
    counts = {word: sum(_WORDS[each.state] == word for each in notices) for word in _WORDS.values()}
    words = [f"{count} {word}" for word, count in counts.items() if count]
    if len(notices) < total:
        words.append(f"{total - len(notices)} still due")
    lines = _lines(notices, paint)
    gap = "\n" if lines else ""
    return f"{lines}{gap}Notices: {', '.join(words) or 'none is due'}.\n"


def _lines(notices: Sequence[Notice], paint: Paint) -> str:
    wide = max((len(each.kind) for each in notices), default=0)
    return "".join(_line(each, wide, paint) for each in notices)


def _line(each: Notice, wide: int, paint: Paint) -> str:
    word = _WORDS[each.state]
    shown = paint.green(f"{word:<8}") if each.state == "sent" else paint.red(f"{word:<8}")
    detail = f"\n            {paint.dim(visible(each.detail))}" if each.detail and each.state != "sent" else ""
    head = f"  {visible(each.id)}  {shown}  {each.at}  {visible(each.kind):<{wide}}  {visible(each.recipient)}"
    return f"{head}  {paint.dim(visible(each.subject))}{detail}\n"
