"""From the data of a text, with its places, to its pieces: every comment comes to what it stands above or beside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from seatsync.declaration.emit import key as plain_key
from seatsync.declaration.emit import quoted, scalar
from seatsync.declaration.pieces import Collection, Document, Entry, Remark, Scalar, Value
from seatsync.formatting.comments import HEAD_OF_BLOCK, Comment, Comments, column_of
from seatsync.reading.tree import Node, YamlList, YamlMap

_MARKER: Final = re.compile(r"^---(?=[ \t\n]|$)", re.MULTILINE)
_SETTING: Final = re.compile(r"#\s*(?:yaml-language-server:|vim?:|!|-\*-)")
_NAMES: Final = ("user", "product")
"""What an item that is a mapping says first."""


def document_of(text: str, node: YamlMap) -> Document:
    """The pieces of a text whose lines end in LF; `node` is what it holds."""
    return _Parts(text, node).document()


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where a value stands: from `start` to `end`, and where its key ends, or it begins itself (`before`).

    `after`: where the next content begins, None at the end of the text; `flow`: whether it stands in brackets.
    """

    start: int
    end: int
    before: int
    after: int | None
    flow: bool


class _Parts:
    """One text under way. Methods are called in the order in which things stand in it."""

    def __init__(self, text: str, node: YamlMap) -> None:
        self.text = text
        self.node = node
        self.comments = Comments(text, node)
        self.bare = self.comments.bare

    def document(self) -> Document:
        """All of it."""
        marks = self.node.marks
        brace = self.bare.find("{", 0, marks[0] if marks else None)
        start = brace if brace >= 0 else self._begin("?", 0, marks[0])
        end = self.bare.rindex("}") + 1 if brace >= 0 else marks[-1]
        header = self._marker(start)
        lead = self.comments.above(start)
        stays = _staying(lead) if marks else len(lead)
        root = self._collection(self.node, _Spot(start, end, start, None, flow=False))
        first, rest = root.entries[:1], root.entries[1:]
        entries = tuple(replace(entry, lead=(*lead[stays:], *entry.lead)) for entry in first) + rest
        foot = (*root.foot, *self.comments.above(len(self.text)))
        return Document((*header, *lead[:stays]), Collection(mapping=True, entries=entries, foot=foot))

    def _marker(self, start: int) -> list[str]:
        """The lines as far as the `---` that a document may begin with; `start`: where its content does."""
        marker = _MARKER.search(self.bare, 0, start)
        if marker is None:
            return []
        above = self.comments.above(marker.start())
        beside = self.comments.beside(marker.end(), start)
        return [*above, "---" if beside is None else f"---  {beside.text}"]

    def _collection(self, node: YamlMap | YamlList, spot: _Spot) -> Collection:
        """A mapping or list."""
        flow = spot.flow or self._is_flow(spot)
        if flow and not self.comments.count(spot.start, spot.end):
            return self._uncommented(node)
        mapping = isinstance(node, YamlMap)
        indicator = "?" if mapping else "" if flow else "-"
        keys: list[str | None] = [*node] if isinstance(node, YamlMap) else [None] * len(node)
        spans = list(_parted(node.marks, 4 if mapping else 2))
        ends = [spot.start, *(span[-1] for span in spans)]
        begins = [self._begin(indicator, last, span[0]) for last, span in zip(ends, spans, strict=False)]
        afters = [*begins[1:], spot.end if flow else spot.after] if begins else []
        values = node.values() if isinstance(node, YamlMap) else node
        entries = []
        for key, value, span, begin, after in zip(keys, values, spans, begins, afters, strict=True):
            lead = [line for line in self.comments.above(begin) if line or not flow]
            before = span[1] if key is not None else span[0] if flow else begin + 1
            inner = _Spot(span[-2], span[-1], before, after, flow=flow)
            written = None if key is None else self._scalar(key, span[0], span[1], flow=flow).text
            entries.append(self._entry(key, written, value, inner, lead))
        if flow:
            return Collection(mapping, tuple(entries), tuple(filter(None, self.comments.above(spot.end))))
        foot = tuple(self.comments.below(column_of(self.text, begins[0]), spot.after))
        return Collection(mapping, tuple(entries), foot)

    def _uncommented(self, node: YamlMap | YamlList) -> Collection:
        """A mapping or list in brackets that no comment stands in: most of what large files hold, so in few steps."""
        mapping, marks = isinstance(node, YamlMap), node.marks
        keys: list[str | None] = [*node] if isinstance(node, YamlMap) else [None] * len(node)
        values = list(node.values()) if isinstance(node, YamlMap) else list(node)
        entries, at = [], 0
        for key, child in zip(keys, values, strict=True):
            written = None
            if key is not None:
                written = self._scalar(key, marks[at], marks[at + 1], flow=True).text
                at += 2
            value: Value
            if isinstance(child, YamlMap | YamlList):
                value = self._uncommented(child)
            else:
                value = self._scalar(child, marks[at], marks[at + 1], flow=True)
            entries.append(Entry((), written, _name(key, child), value))
            at += 2
        return Collection(mapping, tuple(entries), brackets=True)

    def _is_flow(self, spot: _Spot) -> bool:
        return self.text[spot.start : spot.start + 1] in ("{", "[")

    def _begin(self, indicator: str, last: int, start: int) -> int:
        """Where an entry begins: at its dash or question mark, else where its key or value does."""
        at = self.bare.rfind(indicator, last, start + (start == last)) if indicator else -1
        return start if at < 0 else at

    def _entry(self, key: str | None, written: str | None, node: Node, spot: _Spot, lead: list[str]) -> Entry:
        """An entry; what stands between its key and its value is added to the lines above it."""
        value: Value
        if not isinstance(node, YamlMap | YamlList):
            value, remark = self._plain_value(node, spot, lead)
        elif spot.flow or self._is_flow(spot):
            value, remark = self._flow_value(node, spot, lead)
        else:
            value, remark = self._block_value(node, spot, lead)
            if key is None and remark is not None:  # beside its dash, where its first line will have its own
                lead.append(remark.text)
                remark = None
        return Entry(tuple(lead), written, _name(key, node), value, remark)

    def _block_value(self, node: YamlMap | YamlList, spot: _Spot, lead: list[str]) -> tuple[Value, Remark | None]:
        remark = self.comments.beside(spot.before, spot.start)
        colon = self.bare.find(":", spot.before, spot.start)
        second = self.comments.beside(colon, spot.start) if colon >= 0 else None
        if remark is not None and second is not None:  # one beside `?`, one beside `:`
            lead.append(second.text)
        return self._collection(node, spot), remark or second

    def _flow_value(self, node: YamlMap | YamlList, spot: _Spot, lead: list[str]) -> tuple[Value, Remark | None]:
        early = self.comments.between(spot.start)
        value = self._collection(node, spot)
        if not value.entries:
            lead += value.foot
            value = Collection(value.mapping, (), brackets=True)
        return value, self._remark(early, spot.before, self._after(spot.end, spot), lead)

    def _plain_value(self, node: Node, spot: _Spot, lead: list[str]) -> tuple[Value, Remark | None]:
        early = self.comments.between(spot.start)
        head = HEAD_OF_BLOCK.match(self.text, spot.start, spot.end)
        late = self._after(spot.end if head is None else head.end(), spot)
        remark = self._remark(early, spot.before, late, lead)
        return self._scalar(node, spot.start, spot.end, flow=spot.flow), remark

    def _after(self, end: int, spot: _Spot) -> Remark | None:
        """The comment beside the end of a value."""
        return self.comments.beside(end, len(self.text) if spot.after is None else spot.after)

    def _remark(self, early: list[Comment], before: int, late: Remark | None, lead: list[str]) -> Remark | None:
        """The remark on a value: what stands after it, else after its key."""
        if late is None and early and not early[0].own:
            late = self.comments.remark(early.pop(0), before)
        lead += [comment.text for comment in early]
        return late

    def _scalar(self, value: Node, start: int, end: int, *, flow: bool) -> Scalar:
        """A scalar as it is to be written: plain text as it stands, quoted text in double quotes."""
        raw = self.text[start:end]
        if raw[:1] in ("'", '"') or (flow and "\n" in raw):
            return Scalar(quoted(str(value)))
        if HEAD_OF_BLOCK.match(raw):
            return self._block(raw, str(value), end)
        if "\n" in raw:
            return Scalar(plain_key(str(value)))
        return Scalar("null" if raw == "~" and value is None else raw)

    def _block(self, raw: str, value: str, end: int) -> Scalar:
        """A block text with its lines as they are; in quotes where its margin says more than that."""
        first, _, below = raw.partition("\n")
        head = first.partition("#")[0].strip()
        lines = below.split("\n")
        margin = next((len(line) - len(line.lstrip(" ")) for line in lines if line.strip(" ")), 0)
        spaced = self.text[end : end + 1] not in ("\n", "")
        if len(lines) == 1 and head.endswith("-"):
            return Scalar(scalar(value))
        if head != ">-" or spaced:
            return Scalar(quoted(value))
        return Scalar(head, tuple(line[margin:] for line in lines))


def _staying(lead: list[str]) -> int:
    """How many of the first lines are about the file: those before a blank line, and settings of editors."""
    stays = max((rank + 1 for rank, line in enumerate(lead) if not line and any(lead[:rank])), default=0)
    while stays < len(lead) and all(map(_SETTING.match, lead[: stays + 1])):
        stays += 1
    return stays


def _name(key: str | None, node: Node) -> str:
    """By what an entry is sorted."""
    if key is not None or not isinstance(node, YamlMap):
        return key if key is not None else str(node)
    return next((str(node[name]) for name in _NAMES if name in node), "")


def _parted(marks: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Marks, so many an entry."""
    return (tuple(marks[start : start + size]) for start in range(0, len(marks), size))
