"""The entries of a YAML text with their comments, from its data with positions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from seatsync.declaration.writing.emit import Collection, Document, Entry, LineComment, Scalar, Value, quoted, scalar
from seatsync.declaration.writing.emit import key as plain_key
from seatsync.editing.comments import HEAD_OF_BLOCK, Comment, Comments, column_of
from seatsync.reading.tree import Node, YamlList, YamlMap

_MARKER: Final = re.compile(r"^---(?=[ \t\n]|$)", re.MULTILINE)
_EDITOR_SETTING: Final = re.compile(r"#\s*(?:yaml-language-server:|vim?:|!|-\*-)")
_NAME_KEYS: Final = ("user", "list", "product")
"""The keys that name an item that is a mapping."""


def document_of(text: str, node: YamlMap) -> Document:
    """Return the document of a text whose lines end in LF; `node` is its data."""
    return _DocumentBuilder(text, node).document()


@dataclass(frozen=True, slots=True)
class _Place:
    """The position of a value: from `start` to `end`.

    `before` is the end of its key, or its own start if it has none; `after` is the start of the next content, None at
    the end of the text. `flow` is True inside brackets.
    """

    start: int
    end: int
    before: int
    after: int | None
    flow: bool


class _DocumentBuilder:
    """Builder of the document of one text. Methods take comments in the order of the text."""

    def __init__(self, text: str, node: YamlMap) -> None:
        self.text = text
        self.node = node
        self.comments = Comments(text, node)
        self.bare = self.comments.bare

    def document(self) -> Document:
        """Return the whole document."""
        marks = self.node.marks
        brace = self.bare.find("{", 0, marks[0] if marks else None)
        start = brace if brace >= 0 else self._begin("?", 0, marks[0])
        end = self.bare.rindex("}") + 1 if brace >= 0 else marks[-1]
        header = self._marker(start)
        lead = self.comments.above(start)
        stays = _header_length(lead) if marks else len(lead)
        root = self._collection(self.node, _Place(start, end, start, None, flow=False))
        first, rest = root.entries[:1], root.entries[1:]
        entries = tuple(replace(entry, lead=(*lead[stays:], *entry.lead)) for entry in first) + rest
        foot = (*root.foot, *self.comments.above(len(self.text)))
        return Document((*header, *lead[:stays]), Collection(mapping=True, entries=entries, foot=foot))

    def _marker(self, start: int) -> list[str]:
        """Return the lines up to an initial `---`; the content begins at `start`."""
        marker = _MARKER.search(self.bare, 0, start)
        if marker is None:
            return []
        above = self.comments.above(marker.start())
        beside = self.comments.beside(marker.end(), start)
        return [*above, "---" if beside is None else f"---  {beside.text}"]

    def _collection(self, node: YamlMap | YamlList, place: _Place) -> Collection:
        """Return a mapping or list."""
        flow = place.flow or self._is_flow(place)
        if flow and not self.comments.count(place.start, place.end):
            return self._uncommented(node)
        mapping = isinstance(node, YamlMap)
        indicator = "?" if mapping else "" if flow else "-"
        keys: list[str | None] = [*node] if isinstance(node, YamlMap) else [None] * len(node)
        spans = list(_chunks(node.marks, 4 if mapping else 2))
        ends = [place.start, *(span[-1] for span in spans)]
        begins = [self._begin(indicator, last, span[0]) for last, span in zip(ends, spans, strict=False)]
        afters = [*begins[1:], place.end if flow else place.after] if begins else []
        values = node.values() if isinstance(node, YamlMap) else node
        entries = []
        for key, value, span, begin, after in zip(keys, values, spans, begins, afters, strict=True):
            lead = [line for line in self.comments.above(begin) if line or not flow]
            before = span[1] if key is not None else span[0] if flow else begin + 1
            inner = _Place(span[-2], span[-1], before, after, flow=flow)
            written = None if key is None else self._scalar(key, span[0], span[1], flow=flow).text
            entries.append(self._entry(key, written, value, inner, lead))
        if flow:
            return Collection(mapping, tuple(entries), tuple(filter(None, self.comments.above(place.end))))
        foot = tuple(self.comments.below(column_of(self.text, begins[0]), place.after))
        return Collection(mapping, tuple(entries), foot)

    def _uncommented(self, node: YamlMap | YamlList) -> Collection:
        """Return a mapping or list in brackets without comments: a fast path for most of a large file."""
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
            entries.append(Entry((), written, _sort_key(key, child), value))
            at += 2
        return Collection(mapping, tuple(entries), brackets=True)

    def _is_flow(self, place: _Place) -> bool:
        return self.text[place.start : place.start + 1] in ("{", "[")

    def _begin(self, indicator: str, last: int, start: int) -> int:
        """Return the start of an entry: its dash or question mark, else its key or value."""
        at = self.bare.rfind(indicator, last, start + (start == last)) if indicator else -1
        return start if at < 0 else at

    def _entry(self, key: str | None, written: str | None, node: Node, place: _Place, lead: list[str]) -> Entry:
        """Return an entry; comments between its key and its value are added to the lines above it."""
        value: Value
        if not isinstance(node, YamlMap | YamlList):
            value, line_comment = self._plain_value(node, place, lead)
        elif place.flow or self._is_flow(place):
            value, line_comment = self._flow_value(node, place, lead)
        else:
            value, line_comment = self._block_value(node, place, lead)
            if key is None and line_comment is not None:  # the first line of the item may have its own
                lead.append(line_comment.text)
                line_comment = None
        return Entry(tuple(lead), written, _sort_key(key, node), value, line_comment)

    def _block_value(
        self, node: YamlMap | YamlList, place: _Place, lead: list[str]
    ) -> tuple[Value, LineComment | None]:
        line_comment = self.comments.beside(place.before, place.start)
        colon = self.bare.find(":", place.before, place.start)
        second = self.comments.beside(colon, place.start) if colon >= 0 else None
        if line_comment is not None and second is not None:  # one beside `?`, one beside `:`
            lead.append(second.text)
        return self._collection(node, place), line_comment or second

    def _flow_value(self, node: YamlMap | YamlList, place: _Place, lead: list[str]) -> tuple[Value, LineComment | None]:
        early = self.comments.between(place.start)
        value = self._collection(node, place)
        if not value.entries:
            lead += value.foot
            value = Collection(value.mapping, (), brackets=True)
        return value, self._line_comment(early, place.before, self._after(place.end, place), lead)

    def _plain_value(self, node: Node, place: _Place, lead: list[str]) -> tuple[Value, LineComment | None]:
        early = self.comments.between(place.start)
        head = HEAD_OF_BLOCK.match(self.text, place.start, place.end)
        late = self._after(place.end if head is None else head.end(), place)
        line_comment = self._line_comment(early, place.before, late, lead)
        return self._scalar(node, place.start, place.end, flow=place.flow), line_comment

    def _after(self, end: int, place: _Place) -> LineComment | None:
        """Take the comment beside the end of a value."""
        return self.comments.beside(end, len(self.text) if place.after is None else place.after)

    def _line_comment(
        self, early: list[Comment], before: int, late: LineComment | None, lead: list[str]
    ) -> LineComment | None:
        """Return the comment after a value, else the one after its key."""
        if late is None and early and not early[0].own:
            late = self.comments.line_comment(early.pop(0), before)
        lead += [comment.text for comment in early]
        return late

    def _scalar(self, value: Node, start: int, end: int, *, flow: bool) -> Scalar:
        """Return a scalar in canonical style: plain text unchanged, quoted text in double quotes."""
        raw = self.text[start:end]
        if raw[:1] in ("'", '"') or (flow and "\n" in raw):
            return Scalar(quoted(str(value)))
        if HEAD_OF_BLOCK.match(raw):
            return self._block(raw, str(value), end)
        if "\n" in raw:
            return Scalar(plain_key(str(value)))
        return Scalar("null" if raw == "~" and value is None else raw)

    def _block(self, raw: str, value: str, end: int) -> Scalar:
        """Return a block scalar with its lines unchanged; in quotes if its indentation or chomping is significant."""
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


def _header_length(lead: list[str]) -> int:
    """Return the number of leading lines about the whole file: those before a blank line, and editor settings."""
    stays = max((rank + 1 for rank, line in enumerate(lead) if not line and any(lead[:rank])), default=0)
    while stays < len(lead) and all(map(_EDITOR_SETTING.match, lead[: stays + 1])):
        stays += 1
    return stays


def _sort_key(key: str | None, node: Node) -> str:
    """Return the name that an entry is sorted by."""
    if key is not None or not isinstance(node, YamlMap):
        return key if key is not None else str(node)
    return next((str(node[name]) for name in _NAME_KEYS if name in node), "")


def _chunks(marks: Sequence[int], size: int) -> Iterator[tuple[int, ...]]:
    """Yield the marks of each entry."""
    return (tuple(marks[start : start + size]) for start in range(0, len(marks), size))
