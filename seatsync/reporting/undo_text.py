"""Text about the limits of an undo."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.planning.plan import Lasting, Undo
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import described, thing

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
