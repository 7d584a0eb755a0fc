"""What an undo does not take back, as text."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.planning.plan import Lasting, Undo
from seatsync.reporting.counting import number_of
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.wording import described, thing

_WHY = {
    "mail": "the invitation was sent",
    "form": "the form that was handed in",
    "support": "what the vendor's support was asked",
    "purchase": "what was bought stays bought",
    "vendor": "only the vendor could take that back",
    "accept": "they are invited anew, and have to accept that",
}

_ON_RECORD = frozenset({"form", "support"})
"""A plan may well take back what was asked for, but not that it was."""


def asides(undo: Undo, paint: Paint) -> Iterator[str]:
    """What cannot be undone, what stays on record, and what stays because of later changes; a paragraph each."""
    records = [each for each in undo.lasting if each.why in _ON_RECORD]
    lasting = [each for each in undo.lasting if each.why not in _ON_RECORD]
    if lasting:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in lasting)
        yield f"{number_of(len(lasting), 'thing')} that run {undo.run} did cannot be undone:\n{lines}"
    if records:
        lines = "".join(f"  {paint.dim(_lasting(each))}\n" for each in records)
        counted = number_of(
            len(records),
            "request of run {} stays on record, also where its effect is taken back",
            "requests of run {} stay on record, also where their effect is taken back",
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
