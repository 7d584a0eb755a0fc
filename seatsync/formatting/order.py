"""The canonical order: fields as in the schema, names and people sorted, comments kept with their entries."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from operator import is_

from seatsync.account.email import identity
from seatsync.declaration.names import nfc
from seatsync.declaration.pieces import Collection, Document, Entry
from seatsync.formatting.shape import SortSpec


def in_order(document: Document, spec: SortSpec) -> Document:
    """Return a document in canonical order.

    Fields move with the comment lines above them. Names are sorted between blank lines and comments on lines of their
    own: such a comment may be a heading or a note, so the entry below it stays first.
    """
    return replace(document, root=_sorted(document.root, spec))


def _sorted(collection: Collection, spec: SortSpec) -> Collection:
    entries = [_below(entry, spec) for entry in collection.entries]
    if spec.keys and collection.mapping:
        ranks = {key: rank for rank, key in enumerate(spec.keys)}
        entries.sort(key=lambda entry: ranks.get(entry.name, len(ranks)))
    elif spec.is_set:
        rank_of = partial(_rank, people=spec.people)
        entries = list(chain.from_iterable(_run(run, rank_of) for run in _runs(entries)))
    if all(map(is_, entries, collection.entries)):
        return collection  # the common case
    return replace(collection, entries=tuple(entries))


def _below(entry: Entry, spec: SortSpec) -> Entry:
    if not isinstance(entry.value, Collection):
        return entry
    value = _sorted(entry.value, spec.child(entry.name if entry.key is not None else ""))
    return entry if value is entry.value else replace(entry, value=value)


def _runs(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    """Yield runs of entries without blank lines or comments between them."""
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
