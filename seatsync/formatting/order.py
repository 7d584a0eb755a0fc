"""The canonical order: fields as the schema lists them, names and people sorted, nothing torn from its comment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from operator import is_

from seatsync.account.email import identity
from seatsync.declaration.names import nfc
from seatsync.declaration.pieces import Collection, Document, Entry
from seatsync.formatting.shape import Shape


def in_order(document: Document, shape: Shape) -> Document:
    """A document with everything in its canonical order.

    Fields take the lines above them along. Names are sorted only as far as the next blank line or the next comment on a
    line of its own: that may be a heading or a note, so the entry right below stays there, and the others below it.
    """
    return replace(document, root=_sorted(document.root, shape))


def _sorted(collection: Collection, shape: Shape) -> Collection:
    entries = [_below(entry, shape) for entry in collection.entries]
    if shape.keys and collection.mapping:
        ranks = {key: rank for rank, key in enumerate(shape.keys)}
        entries.sort(key=lambda entry: ranks.get(entry.name, len(ranks)))
    elif shape.free:
        rank_of = partial(_rank, people=shape.people)
        entries = list(chain.from_iterable(_run(run, rank_of) for run in _runs(entries)))
    if all(map(is_, entries, collection.entries)):
        return collection  # as in most places of most files
    return replace(collection, entries=tuple(entries))


def _below(entry: Entry, shape: Shape) -> Entry:
    if not isinstance(entry.value, Collection):
        return entry
    value = _sorted(entry.value, shape.below(entry.name if entry.key is not None else ""))
    return entry if value is entry.value else replace(entry, value=value)


def _runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Entries with nothing between them."""
    run: list[Entry] = []
    for entry in entries:
        if entry.lead and run:
            yield run
            run = []
        run.append(entry)
    yield run


def _run(run: list[Entry], rank: Callable[[Entry], str]) -> list[Entry]:
    lead = run[0].lead if run else ()
    if any(lead):
        return [run[0], *sorted(run[1:], key=rank)]
    found = sorted(run, key=rank)
    if lead and found[0] is not run[0]:  # the blank line stays above
        found = [replace(entry, lead=lead if entry is found[0] else ()) for entry in found]
    return found


def _rank(entry: Entry, *, people: bool) -> str:
    return (identity(entry.name) if people else None) or nfc(entry.name)
