"""The canonical form of one file. The result is read again, and must hold the same data and comments."""

from __future__ import annotations

import re
from collections import Counter
from typing import Final, TypeAlias

from seatsync.finding import Finding, has_errors
from seatsync.formatting.comments import Comments
from seatsync.formatting.order import in_order
from seatsync.formatting.parts import document_of
from seatsync.formatting.shape import Kind, SortSpec, sort_spec
from seatsync.formatting.writing import lines_of, tidy
from seatsync.reading import schema, yaml_file
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.utf8 import decode

_LINE_END = re.compile(r"\r\n|\n|\r")
_MAX_KEPT: Final = 1 << 20
"""The largest file, in bytes, that is formatted again after an edit: larger ones take seconds."""

Canonical: TypeAlias = "tuple[str | tuple[str, Canonical], ...] | str | float | bool | None"


class NotFormatted(Exception):
    """A file in an unsupported layout; `str()` completes a sentence that starts with its name."""


def formatted(raw: bytes, file: str, kind: Kind) -> bytes | list[Finding]:
    """Return a file in canonical form, or the findings if its content is invalid. Raises `NotFormatted`.

    All line endings become that of the first line; a byte order mark is removed.
    """
    with collector_paused():
        return _formatted(raw, file, kind)


def kept_canonical(file: str, old: bytes, new: bytes) -> bytes:
    """Return the new content of a fragment, in canonical form if the old content is; a CSV is returned unchanged."""
    if len(old) > _MAX_KEPT or file.lower().endswith(".csv"):
        return new
    try:
        if formatted(old, file, "fragment") != old:
            return new
        found = formatted(new, file, "fragment")
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
