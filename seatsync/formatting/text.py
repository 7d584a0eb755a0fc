"""One file in its canonical form. The result is read again: it must hold the same, and every comment."""

from __future__ import annotations

import re
from collections import Counter
from typing import TypeAlias

from seatsync.finding import Finding, has_errors
from seatsync.formatting.comments import Comments
from seatsync.formatting.order import in_order
from seatsync.formatting.parts import document_of
from seatsync.formatting.shape import Kind, Shape, shape_of
from seatsync.formatting.writing import lines_of, tidy
from seatsync.reading import schema, yaml_file
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.utf8 import decode

_LINE_END = re.compile(r"\r\n|\n|\r")

Canonical: TypeAlias = "tuple[str | tuple[str, Canonical], ...] | str | float | bool | None"


class NotFormatted(Exception):
    """A file that is laid out in a way that is not understood. `str()` says so, in words that follow its name."""


def formatted(raw: bytes, file: str, kind: Kind) -> bytes | list[Finding]:
    """A file in its canonical form, or what is wrong with its content or shape. Raises `NotFormatted`.

    The ends of its lines stay as the first one is; a byte order mark goes.
    """
    with collector_paused():
        return _formatted(raw, file, kind)


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
    if new != text and not _same(text, node, new, _read(new, file), shape_of(kind)):
        raise NotFormatted("is laid out in a way that cannot be formatted without changing what it says")
    return new.replace("\n", newline).encode()


def _as_lines(text: str, node: Node, kind: Kind) -> str:
    if isinstance(node, YamlMap):
        lines = lines_of(in_order(document_of(text, node), shape_of(kind)), sections=kind == "fragment")
    else:  # nothing but comments, perhaps
        lines = tidy(line.rstrip() for line in text.split("\n"))
    return "".join(f"{line}\n" for line in lines)


def _read(text: str, file: str) -> Node:
    node, findings = yaml_file.read(text.encode(), file)
    if findings:
        raise NotFormatted("is laid out in a way that cannot be formatted")
    return node


def _same(old: str, before: Node, new: str, after: Node, shape: Shape) -> bool:
    """Whether two texts hold the same, the order of mappings and of sets aside, and the same comments."""
    same_comments = Counter(Comments(old, before).texts()) == Counter(Comments(new, after).texts())
    return same_comments and _canonical(before, shape) == _canonical(after, shape)


def _canonical(node: Node, shape: Shape) -> Canonical:
    if isinstance(node, YamlMap):
        return tuple((key, _canonical(child, shape.below(key))) for key, child in sorted(node.items(), key=_key))
    if isinstance(node, YamlList):
        items = [_canonical(item, shape.below("")) for item in node]
        return tuple(sorted(items, key=repr) if shape.free else items)  # type: ignore[arg-type]
    return node


def _key(entry: tuple[str, Node]) -> str:
    return entry[0]
