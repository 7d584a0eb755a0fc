"""YAML text in its canonical form: keys in order, one style, comments kept."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cache, partial
from itertools import chain
from operator import is_
from typing import Any, Final, Literal, TypeAlias

from seatsync.account.email import identity
from seatsync.declaration.fields import nfc
from seatsync.declaration.files import PROJECT_FILE, is_csv
from seatsync.declaration.writing.emit import Collection, Document, Entry, entry_lines, from_first
from seatsync.editing.canonical_parts import document_of
from seatsync.editing.comments import Comments
from seatsync.finding import Finding, has_errors
from seatsync.reading import schema, yaml_file
from seatsync.reading.plain_text import decode
from seatsync.reading.schema import resolved, schema_text
from seatsync.reading.tree import Node, YamlList, YamlMap, collector_paused

# Order

Kind: TypeAlias = Literal["project", "fragment", "fleet"]

_IN_ORDER = frozenset({"domains"})
"""Lists of fragments whose order has a meaning."""


@dataclass(frozen=True, slots=True)
class SortSpec:
    """The order of a mapping or list.

    A mapping with fields has `keys`, in order. Otherwise its keys or items are names, which are sorted if `is_set`, as
    e-mail addresses if `people`. `fields` are the specs below by key, `rest` that of all other keys and of items.
    """

    keys: tuple[str, ...] = ()
    is_set: bool = False
    people: bool = False
    fields: Mapping[str, SortSpec] = field(default_factory=dict)
    rest: SortSpec | None = None

    def child(self, name: str) -> SortSpec:
        """Return the order below a key, or of an item."""
        return self.fields.get(name) or self.rest or SortSpec()


@cache
def sort_spec(kind: Kind) -> SortSpec:
    """Return the order of a whole file. Lists of the other files are never sorted."""
    schema = json.loads(schema_text(kind))
    return _spec(schema, schema, sets=kind == "fragment")


def _spec(node: Mapping[str, Any], schema: Mapping[str, Any], *, sets: bool) -> SortSpec:
    node = resolved(node, schema)
    properties, items, others = node.get("properties", {}), node.get("items"), node.get("additionalProperties")
    naming = node.get("propertyNames", {}) if items is None else resolved(items, schema)
    rest = items if isinstance(items, dict) else others
    return SortSpec(
        keys=tuple(properties),
        is_set=sets and not properties,
        people=naming.get("format") == "email",
        fields={name: _spec(child, schema, sets=sets and name not in _IN_ORDER) for name, child in properties.items()},
        rest=_spec(rest, schema, sets=sets) if isinstance(rest, dict) else None,
    )


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


# Layout

WIDTH: Final = 120
"""The longest line, in characters, of a mapping or list in brackets; a longer one is split into lines."""


def lines_of(document: Document, *, sections: bool) -> list[str]:
    """Return a document as lines. With `sections`, top-level entries are separated by a blank line."""
    root = document.root
    entries: list[str] = []
    for number, entry in enumerate(root.entries):
        if sections and number:
            entries.append("")
        entries += entry_lines(entry, "", width=WIDTH)
    if not root.entries:
        entries = ["{}"]
    return tidy([*document.header, *from_first(entries), *root.foot])


def tidy(lines: Iterable[str]) -> list[str]:
    """Return lines without blank ones at the beginning and end, and never two in a row.

    Blank lines of block scalars are not among them, and are kept.
    """
    found: list[str] = []
    for line in lines:
        if line or (found and found[-1]):
            found.append(line)
    while found and not found[-1]:
        found.pop()
    return found


# Files

_LINE_END = re.compile(r"\r\n|\n|\r")
_MAX_KEPT: Final = 1 << 20
"""The largest file, in bytes, that is formatted again after an edit: larger ones take seconds."""

Canonical: TypeAlias = "tuple[str | tuple[str, Canonical], ...] | str | int | Decimal | bool | None"


class NotFormatted(Exception):
    """A file in an unsupported layout; `str()` completes a sentence that starts with its name."""


def formatted(raw: bytes, file: str, kind: Kind) -> bytes | list[Finding]:
    """Return a file in canonical form, or the findings if its content is invalid. Raises `NotFormatted`.

    All line endings become that of the first line; a byte order mark is removed.
    """
    with collector_paused():
        return _formatted(raw, file, kind)


def kept_canonical(file: str, old: bytes, new: bytes) -> bytes:
    """Return the new content of a file, in canonical form if the old content is; a CSV is returned unchanged."""
    if len(old) > _MAX_KEPT or is_csv(file):
        return new
    kind: Kind = "project" if file == PROJECT_FILE else "fragment"
    try:
        if formatted(old, file, kind) != old:
            return new
        found = formatted(new, file, kind)
    except NotFormatted:
        return new
    return found if isinstance(found, bytes) else new


def _formatted(raw: bytes, file: str, kind: Kind) -> bytes | list[Finding]:
    node, findings = yaml_file.read(raw, file)
    if not has_errors(findings):
        findings = [*findings, *schema.check(node, kind, file)]
    if has_errors(findings):
        return findings
    text = decode(raw, file)
    if isinstance(text, Finding):
        return [text]
    first = _LINE_END.search(text)
    newline = "\r\n" if first is not None and first[0] == "\r\n" else "\n"
    if "\r" in text:
        text = _LINE_END.sub("\n", text)
        node = _read(text, file)
    new = _as_lines(text, node, kind)
    if new != text and not _same(text, node, new, _read(new, file), sort_spec(kind)):
        raise NotFormatted("has a layout that cannot be formatted without changing its content")
    return new.replace("\n", newline).encode()


def _as_lines(text: str, node: Node, kind: Kind) -> str:
    if isinstance(node, YamlMap):
        lines = lines_of(in_order(document_of(text, node), sort_spec(kind)), sections=kind == "fragment")
    else:  # empty, or comments only
        lines = tidy(line.rstrip() for line in text.split("\n"))
    return "".join(f"{line}\n" for line in lines)


def _read(text: str, file: str) -> Node:
    node, findings = yaml_file.read(text.encode(), file)
    if findings:
        raise NotFormatted("has a layout that cannot be formatted")
    return node


def _same(old: str, before: Node, new: str, after: Node, spec: SortSpec) -> bool:
    """Return True if two texts hold the same data, ignoring the order of mappings and sets, and the same comments."""
    same_comments = Counter(Comments(old, before).texts()) == Counter(Comments(new, after).texts())
    return same_comments and _canonical(before, spec) == _canonical(after, spec)


def _canonical(node: Node, spec: SortSpec) -> Canonical:
    if isinstance(node, YamlMap):
        return tuple((key, _canonical(child, spec.child(key))) for key, child in sorted(node.items(), key=_key))
    if isinstance(node, YamlList):
        items = [_canonical(item, spec.child("")) for item in node]
        return tuple(sorted(items, key=repr) if spec.is_set else items)  # type: ignore[arg-type]
    return node


def _key(entry: tuple[str, Node]) -> str:
    return entry[0]
