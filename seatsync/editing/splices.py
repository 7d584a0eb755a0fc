"""Replaced parts of a YAML text, in the style of the text around them.

Positions come from the reader. An unsupported layout is refused, never guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from seatsync.declaration.writing.emit import Data, Several, entries_of, entry_lines, flow, flow_key, quoted, scalar
from seatsync.editing.operations import (
    AddItem,
    EditRefused,
    Operation,
    Path,
    RemoveItem,
    SetItem,
    SetKey,
    matching_key,
    plain_data,
)
from seatsync.editing.text_style import Style, column, line_start
from seatsync.reading.tree import Node, YamlList, YamlMap

_SINGLE_QUOTED = re.compile(r"[^'\r\n]*")


def next_line(text: str, at: int) -> int:
    """Return the start of the next line after an offset, or the end of the text."""
    found = re.compile(r"\r\n|\n|\r").search(text, at)
    return len(text) if found is None else found.end()


def entry(name: str, value: Data, margin: str, style: Style, *, blocks: bool) -> list[str]:
    """Return a key with its value as lines of a block mapping.

    With `blocks`, a mapping is written in block style, and so are nested mappings that contain collections.
    """

    def opens(several: Several) -> bool:
        if isinstance(several, Mapping):
            return blocks if several is value else not _names_only(several)
        return style.block_lists

    (written,) = entries_of({name: value}, opens)
    return entry_lines(written, margin, dash=style.dash)


def _names_only(value: Mapping[str, Data]) -> bool:
    """Return True if a mapping holds scalars only, such as the names of a person."""
    return not any(isinstance(child, Mapping | list | tuple) for child in value.values())


def written_like(old: str, value: Data) -> str:
    """Return a scalar in the quoting style of the one it replaces."""
    if isinstance(value, str) and old.startswith('"'):
        return quoted(value)
    if isinstance(value, str) and old.startswith("'") and value.isprintable() and _SINGLE_QUOTED.fullmatch(value):
        return f"'{value}'"
    return flow(value)


_COLON = re.compile(r"[ \t]*:")
_REST = re.compile(r"[ \t]*(?:#[^\r\n]*)?(?=[\r\n]|\Z)")
_COMMA = re.compile(r"[ \t]*,")
_BETWEEN = re.compile(r"\s*,\s*")
_BREAK = re.compile(r"[\r\n]")


@dataclass(frozen=True, slots=True, order=True)
class Splice:
    """A replacement of the text from `start` to `end`."""

    start: int
    end: int
    new: str


def spliced(text: str, splices: list[Splice]) -> str:
    """Return the text after splices. Raises `EditRefused` if any overlap."""
    parts, at = [], 0
    for splice in sorted(splices):
        if splice.start < at:
            raise EditRefused("has a layout that cannot be edited without other changes")
        parts += [text[at : splice.start], splice.new]
        at = splice.end
    return "".join([*parts, text[at:]])


@dataclass(slots=True)
class _ListChange:
    """The changes of one list: indexes of removed items, replaced items by index, and new items."""

    gone: set[int] = field(default_factory=set)
    changed: dict[int, Data] = field(default_factory=dict)
    new: list[Data] = field(default_factory=list)


class Splicer:
    """Translator of operations on one text, with its data, to splices."""

    def __init__(self, text: str, document: Node, style: Style) -> None:
        self.text, self.document, self.style = text, document, style

    def splices(self, operations: Sequence[Operation]) -> list[Splice]:
        """Return the splices of operations on disjoint parts of the text."""
        found: list[Splice] = []
        lists: dict[Path, _ListChange] = {}
        for operation in operations:
            if isinstance(operation, RemoveItem):
                lists.setdefault(operation.path, _ListChange()).gone.add(operation.index)
            elif isinstance(operation, AddItem):
                lists.setdefault(operation.path, _ListChange()).new.append(plain_data(operation.item))
            elif isinstance(operation, SetItem):
                changed = lists.setdefault(operation.path, _ListChange()).changed
                changed[operation.index] = plain_data(operation.item)
            elif isinstance(operation, SetKey):
                found += self._set(operation.path, plain_data(operation.value))
            else:
                found += self._remove_key(operation.path)
        for path, change in lists.items():
            found += self._change_list(path, change)
        return found

    # Lists

    def _change_list(self, path: Path, change: _ListChange) -> list[Splice]:
        parent, rest = self._deepest(path)
        gone, new = sorted(change.gone), change.new
        if rest:
            return self._set(path, new)
        key, node = path[-1], parent[matching_key(parent, path[-1]) or ""]
        if not isinstance(node, YamlList):
            raise EditRefused(f"has no list at {' / '.join(path)}")
        if not node:
            return self._replace(parent, key, new)
        marks = node.marks
        spans = [(marks[2 * index], marks[2 * index + 1]) for index in range(len(node))]
        start, end = self._value_span(parent, key)
        found = [
            splice
            for index, item in change.changed.items()
            for splice in self._in_place(spans[index], node[index], item)
        ]
        if self.text[start] == "[":
            if len(gone) == len(node):
                return [Splice(start, end, flow(new))]
            return found + self._in_flow(spans, gone, [flow(item) for item in new])
        found += [self._without_entry(self._dash(item), item[1]) for item in (spans[index] for index in gone)]
        if len(gone) == len(node) and not new:
            return [*found, self._after_colon(parent, key, " []")]
        dash = self._dash(spans[-1])
        margin = self.text[line_start(self.text, dash) : dash]
        return [
            *found,
            *self._lines_after(
                spans[-1][1], [f"{margin}- {scalar(item) if isinstance(item, str) else flow(item)}" for item in new]
            ),
        ]

    def _in_place(self, span: tuple[int, int], old: Node, new: Data) -> list[Splice]:
        """Return splices that replace an item; of a mapping only what differs, unless it loses keys."""
        text = self.text[slice(*span)]
        if not isinstance(old, YamlMap) or not isinstance(new, Mapping) or not old.keys() <= new.keys():
            if isinstance(old, YamlMap | YamlList) and text[0] not in "[{" and ("#" in text or _BREAK.search(text)):
                raise EditRefused("has a list in an unsupported layout")
            return [Splice(*span, flow(new) if isinstance(new, Mapping) else written_like(text, new))]
        more = [f"{flow_key(key)}: {flow(value)}" for key, value in new.items() if key not in old]
        if more and text[0] == "{" and "#" not in text:
            return [Splice(*span, flow(new))]  # with its keys in order
        found = []
        for rank, key in enumerate(old):
            start, end = old.marks[4 * rank + 2 : 4 * rank + 4]
            if old[key] != new[key]:
                found.append(Splice(start, end, written_like(self.text[start:end], new[key])))
        last = old.marks[-1]
        if text[0] == "{":
            return [*found, *([Splice(last, last, "".join(f", {each}" for each in more))] if more else [])]
        margin = " " * column(self.text, old.marks[0])
        return [*found, *self._lines_after(last, [f"{margin}{each}" for each in more])]

    def _dash(self, span: tuple[int, int]) -> int:
        """Return the offset of an item's dash. Raises `EditRefused` if it is not the first character of its line."""
        at = self.text.rfind("-", 0, span[0] + (span[0] == span[1]))
        between = self.text[at + 1 : span[0]]
        if at < 0 or between.strip() or self.text[line_start(self.text, at) : at].strip():
            raise EditRefused("has a list in an unsupported layout")
        return at

    def _in_flow(self, spans: list[tuple[int, int]], gone: list[int], new: list[str]) -> list[Splice]:
        """Return splices that remove entries in brackets, of which one stays, and append others.

        Whole lines change, with the comments on them, where the entries stand on lines of their own.
        """
        kept = max(index for index in range(len(spans)) if index not in gone)
        ends = {index: self._end_of_own_lines(spans, index) for index in [*gone, *([kept] if new else [])]}
        if None in ends.values():
            return self._without_in_flow(spans, gone) + self._after_last(spans, new)
        found = [self._without_entry(spans[index][0], ends[index] or 0) for index in gone]
        if new:
            (start, end), after = spans[kept], ends[kept] or 0
            margin, closing = self.text[line_start(self.text, start) : start], "," if after > end else ""
            lines = [f"{margin}{item}," for item in new]
            lines[-1] = lines[-1].removesuffix(",") + closing
            found += [*([] if closing else [Splice(end, end, ",")]), *self._lines_after(after, lines)]
        return found

    def _end_of_own_lines(self, spans: list[tuple[int, int]], index: int) -> int | None:
        """Return the offset after an entry in brackets and its comma; None if other entries are on its lines."""
        start, end = spans[index]
        comma = _COMMA.match(self.text, end)
        after = end if comma is None else comma.end()
        alone = not self.text[line_start(self.text, start) : start].strip() and _REST.match(self.text, after)
        return after if alone and (comma or index == len(spans) - 1) else None

    def _after_last(self, spans: list[tuple[int, int]], new: list[str]) -> list[Splice]:
        """Return splices that append entries in brackets; each on its own line if all the others are."""
        if not new:
            return []
        gaps = [self.text[a[1] : b[0]] for a, b in pairwise(spans)]
        own_lines = gaps and all(_BETWEEN.fullmatch(gap) and _BREAK.search(gap) for gap in gaps)
        between = gaps[-1] if own_lines else ", "
        at = spans[-1][1]
        return [Splice(at, at, "".join(f"{between}{item}" for item in new))]

    def _without_in_flow(self, spans: list[tuple[int, int]], gone: list[int]) -> list[Splice]:
        """Return splices that remove entries in brackets, with one comma each."""
        first = next(index for index in range(len(spans)) if index not in gone)
        cuts = [(spans[index - 1][1], spans[index][1]) for index in gone if index > first]
        if first:
            cuts.append((spans[0][0], spans[first][0]))
        for start, end in cuts:
            if "#" in self.text[start:end]:
                raise EditRefused("has a comment next to a value to be removed")
        return [Splice(start, end, "") for start, end in cuts]

    # Mappings

    def _set(self, path: Path, value: Data) -> list[Splice]:
        parent, rest = self._deepest(path)
        if not rest:
            return self._replace(parent, path[-1], value)
        for name in reversed(rest[1:]):
            value = {name: value}
        key = matching_key(parent, rest[0])
        if key is not None:
            return self._replace(parent, key, value)
        return self._add(path[: len(path) - len(rest)], parent, rest[0], value)

    def _deepest(self, path: Path) -> tuple[YamlMap, Path]:
        """Return the deepest existing mapping on a path, and the missing keys; none if the last key is present."""
        here = self.document
        if here is None:
            here = YamlMap()
        for depth, name in enumerate(path):
            if not isinstance(here, YamlMap):
                raise EditRefused(f"has no mapping at {' / '.join(path[:depth])}")
            key = matching_key(here, name)
            if depth == len(path) - 1:
                return here, () if key is not None and here[key] is not None else path[depth:]
            if key is None or here[key] is None:
                return here, path[depth:]
            here = here[key]
        raise EditRefused("has no mapping at its top")

    def _replace(self, parent: YamlMap, key: str, value: Data) -> list[Splice]:
        start, end = self._value_span(parent, key)
        old = self.text[start:end]
        node = parent[matching_key(parent, key) or ""]
        if start == end:
            return [self._after_colon(parent, key, f" {flow(value)}")]
        if isinstance(node, YamlMap | YamlList) and old[0] not in "[{":
            at = self._colon(parent, key)
            return [Splice(at, end, f" {flow(value)}")]
        return [Splice(start, end, written_like(old, value))]

    def _add(self, path: Path, parent: YamlMap, key: str, value: Data) -> list[Splice]:
        """Return splices that add an entry to an existing mapping."""
        if not parent:
            if path:
                above, _ = self._deepest(path)
                return self._replace(above, path[-1], {key: value})
            if self.document is None:
                return self._lines_after(len(self.text), entry(key, value, "", self.style, blocks=True))
            raise EditRefused("has an empty mapping at its top, which cannot be extended")
        spans = [(parent.marks[4 * rank], parent.marks[4 * rank + 3]) for rank in range(len(parent))]
        if self._is_flow(path):
            return self._in_flow(spans, [], [f"{flow_key(key)}: {flow(value)}"])
        margin = self.text[line_start(self.text, spans[-1][0]) : spans[-1][0]]
        if margin.strip():
            raise EditRefused("has a mapping in an unsupported layout")
        return self._lines_after(spans[-1][1], entry(key, value, margin, self.style, blocks=self._blocks(parent)))

    def _blocks(self, parent: YamlMap) -> bool:
        """Return True unless the last mapping in a mapping is in flow style."""
        for rank, child in reversed(list(enumerate(parent.values()))):
            if isinstance(child, YamlMap):
                start = parent.marks[4 * rank + 2]
                return self.text[start : start + 1] != "{"
        return True

    def _remove_key(self, path: Path) -> list[Splice]:
        parent, rest = self._deepest(path)
        if rest and (len(rest) > 1 or matching_key(parent, path[-1]) is None):
            return []
        names = list(parent)
        rank = names.index(matching_key(parent, path[-1]) or "")
        spans = [(parent.marks[4 * index], parent.marks[4 * index + 3]) for index in range(len(names))]
        if self._is_flow(path[:-1]):
            if len(names) > 1:
                return self._in_flow(spans, [rank], [])
            if len(path) == 1:
                raise EditRefused("would be left empty")
            above, _ = self._deepest(path[:-1])
            return self._replace(above, path[-2], {})
        remove = self._without_entry if len(path) > 1 else self._without_line
        found = [remove(*spans[rank])]
        if len(names) == 1 and len(path) > 1:
            above, _ = self._deepest(path[:-1])
            found.append(self._after_colon(above, path[-2], " {}"))
        return found

    def _is_flow(self, path: Path) -> bool:
        """Return True if the mapping at a path is in braces."""
        if not path:
            first = self.document.marks[0] if isinstance(self.document, YamlMap) and self.document else 0
            return self.text[:first].rstrip().endswith("{") and self.text.rstrip().endswith("}")
        above, _ = self._deepest(path)
        start, _ = self._value_span(above, path[-1])
        return self.text[start] == "{"

    # Places

    def _value_span(self, parent: YamlMap, key: str) -> tuple[int, int]:
        rank = list(parent).index(matching_key(parent, key) or "")
        return parent.marks[4 * rank + 2], parent.marks[4 * rank + 3]

    def _colon(self, parent: YamlMap, key: str) -> int:
        """Return the offset after the colon of a key."""
        rank = list(parent).index(matching_key(parent, key) or "")
        found = _COLON.match(self.text, parent.marks[4 * rank + 1])
        if found is None:
            raise EditRefused("has a key in an unsupported layout")
        return found.end()

    def _after_colon(self, parent: YamlMap, key: str, new: str) -> Splice:
        at = self._colon(parent, key)
        return Splice(at, at, new)

    def _without_entry(self, start: int, end: int) -> Splice:
        """Return a splice that removes the lines of an entry, with the comments directly above it in its column."""
        splice = self._without_line(start, end)
        begin, margin = splice.start, self.text[splice.start : start]
        while begin:
            above = line_start(self.text, begin - (2 if self.text.startswith("\r\n", begin - 2) else 1))
            if not self.text.startswith(f"{margin}#", above):
                break
            begin = above
        return replace(splice, start=begin)

    def _without_line(self, start: int, end: int) -> Splice:
        """Return a splice that removes whole lines. Raises `EditRefused` if they hold more than this and a comment."""
        begin = line_start(self.text, start)
        if self.text[begin:start].strip() or not _REST.match(self.text, end):
            raise EditRefused("has a value to be removed on one line with others")
        return Splice(begin, next_line(self.text, end), "")

    def _lines_after(self, end: int, lines: list[str]) -> list[Splice]:
        """Return a splice that inserts lines after the one that contains an offset."""
        if not lines:
            return []
        if not _REST.match(self.text, end):
            raise EditRefused("has other content where a line is to be inserted")
        at = next_line(self.text, end)
        newline = self.style.newline
        if at == len(self.text) and self.text and self.text[-1] not in "\r\n":
            return [Splice(at, at, "".join(f"{newline}{line}" for line in lines))]
        return [Splice(at, at, "".join(f"{line}{newline}" for line in lines))]
