"""Full YAML reader: text to plain data with locations, by a narrow core schema.

Only plain scalars are resolved: decimal integers without leading zeros, decimal fractions, `true`, `false`, `null`, `~`
and empty values. Everything else is text, including all keys. Tags, directives, anchors, aliases and merge keys are
rejected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain, islice
from typing import Any, Final, NoReturn, TypeAlias

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser, ParserError
from yaml.reader import Reader
from yaml.scanner import Scanner

from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading import plain_text
from seatsync.reading.plain_text import NUMBER_BEGINS, WORDS, kind_of, problem_in_value, resolved, shown, unreadable
from seatsync.reading.slips import NO_BREAK_SPACE, Slip, conflict_in, indented_by_blanks, odd_character, slip_before
from seatsync.reading.tree import Lines, Node, YamlList, YamlMap
from seatsync.reading.yaml_strict import IllFormed, checked, refuse_invalid_block, refuse_outdented

try:
    from yaml._yaml import CParser
except ImportError:  # PyYAML built without libyaml: the same events, slower
    CParser = None  # type: ignore[assignment, misc]

MAX_DEPTH: Final = 40
MAX_FINDINGS: Final = 1000
"""The maximum number of invalid keys reported for a file."""

_LONGEST_KEY: Final = 1024  # in characters; the parser looks ahead as far as this
_UNKNOWN: Final[Any] = object()
_DROPPED: Final = "\x00"  # a pending key whose value is read, checked and dropped (no key contains NUL)
_INDICATOR: Final = re.compile(r"(?:\s|#[^\r\n]*+)*+[:?-]")
_PROPERTY: Final = re.compile(r"[!&*][^\s,\[\]{}]*")
_PROPERTIES: Final = {
    "!": ("YAML003", "tags are", "remove it; put a number in quotes to make it text, and text that begins with !"),
    "&": ("YAML004", "anchors are", "write the value out wherever it is needed, or name people once under `lists`"),
    "*": ("YAML004", "aliases are", "write the value out, or put text that begins with * in quotes"),
}
_DIRECTIVE: Final = re.compile(r"(?:^|(?<=\r))%[^\r\n]*", re.MULTILINE)
_ADVICE: Final = {
    "\t": "indent with spaces, not with tabs",
    ":": "put text that holds a colon and a space in quotes; indent the keys of one mapping alike",
    "@": "put text that begins with @ in quotes",
    "`": "put text that begins with ` in quotes",
    "%": "put text that begins with % in quotes",
}

_Event: TypeAlias = Any
"""An event with its two marks, which PyYAML types as optional."""

_Waiting: TypeAlias = tuple[YamlList | None, YamlMap, str | None, int, Callable[[int], None]]
"""A container whose child is being read: items or entries, pending key, start of the child, `marks.append`."""


class _Stop(Exception):
    """A finding that ends the reading of a file."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


class _PurePythonParser(Reader, Scanner, Parser):
    """PyYAML's pure Python parser, used without libyaml."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)


def read_in_full(clean: str, file: str) -> tuple[Node, list[Finding]]:
    """Return the value of a YAML text and the findings, as `yaml_file.read` does."""
    builder = _Builder(file, clean)
    try:
        node = builder.build(_events(clean, builder.lines))
    except _Stop as stop:
        return None, [*builder.findings, stop.finding]
    except IllFormed as error:
        slip = builder.slipped(conflict_in(clean) or indented_by_blanks(clean[: error.at]))
        return None, [*builder.findings, slip or builder.not_yaml(error.at, error.problem)]
    except YAMLError as error:
        return None, [*builder.findings, _too_deep(clean, error, builder.lines) or builder.ill_formed(error)]
    except (ValueError, OverflowError):  # the pure parser, for an out-of-range escape or version
        return None, [*builder.findings, builder.ill_formed(YAMLError())]
    blank = builder.slipped(_blank_before_key(node, clean))
    return (node, builder.findings) if blank is None else (None, [*builder.findings, blank])


def _events(text: str, lines: Lines) -> Iterator[_Event]:
    parser = _PurePythonParser(text) if CParser is None else CParser(text)
    events = checked(iter(parser.get_event, None), text)
    return chain(islice(events, plain_text.MAX_EVENTS), map(partial(_too_many_events, lines), events))


def _blank_before_key(node: Node, text: str) -> Slip | None:
    """Return the first no-break space that was typed to indent a key, and thus is a part of it."""
    found, waiting = [], [node] if NO_BREAK_SPACE in text else []
    while waiting:
        each = waiting.pop()
        if isinstance(each, YamlMap):
            found += [start for start in each.marks[::4] if text[start] == NO_BREAK_SPACE]
        if isinstance(each, (YamlMap, YamlList)):
            waiting += each.values() if isinstance(each, YamlMap) else each
    return odd_character(text, min(found)) if found else None


def _too_deep(text: str, error: YAMLError, lines: Lines) -> Finding | None:
    """Return YAML005 if the nesting is too deep before an error that the parser met while looking ahead.

    The parser looks ahead to determine whether a bracket begins a key, and raises an error found there before it emits
    the events of the preceding text. libyaml as of PyYAML 6.0.4 raises such an error for a thousand open brackets.
    """
    marks = (error.context_mark, error.problem_mark) if isinstance(error, MarkedYAMLError) else ()
    at = min((mark.index for mark in marks if mark is not None), default=0)
    ahead = text[max(0, at - _LONGEST_KEY) : at]
    if ahead.count("[") + ahead.count("{") <= MAX_DEPTH:
        return None
    depth = 0
    try:
        for event in _events(text[:at], lines):
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > MAX_DEPTH:
                return _nested_too_deep(lines.span(event.start_mark.index, event.end_mark.index))
    except (YAMLError, IllFormed, _Stop):
        return None  # an error of its own before the first one
    return None


def _too_many_events(lines: Lines, event: _Event) -> NoReturn:
    location = lines.span(event.start_mark.index, event.end_mark.index)
    raise _Stop(unreadable("the file contains too many values", location, "split it into several files"))


def _starts(stack: list[_Waiting]) -> list[int]:
    """Return the starts of the mappings and lists that are still open."""
    return [waiting[3] for waiting in stack]


class _Builder:
    """Builder of the tree of one file from its events."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.lines = Lines(file, text)
        self.findings: list[Finding] = []
        self.known = WORDS.copy()  # values of plain scalars; also interns texts
        self.texts: dict[str, str] = {}  # interned texts that are text only because they are quoted, or keys
        self.outside: int | None = 0  # start of the text before a document; None within a document

    def build(self, events: Iterator[_Event]) -> Node:  # noqa: C901, PLR0912 - one flat loop, for speed
        """Return the value of the document. Hot path of every command: avoid calls."""
        known, file, lines, last = self.known, self.file, self.lines, 0
        document = YamlList(file, lines)  # a list of one
        items: YamlList | None = document
        entries, mark = YamlMap(), document.marks.append
        value: Any  # a node, distinguished by `__class__`, which mypy does not narrow
        key: str | None = None
        stack: list[_Waiting] = []
        for event in events:
            kind = event.__class__
            if kind is ScalarEvent:
                start, end, text = event.start_mark.index, event.end_mark.index, event.value
                if end - start != len(text):
                    end, value = self._quoted(event, stack)
                elif (value := known.get(text, _UNKNOWN)) is _UNKNOWN:
                    start, end, value = self._new(text, start, end, last)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                value = entries if items is None else items
                end = event.end_mark.index
                if end == event.start_mark.index:
                    end = last  # a block ends with its last content
                elif self.text.find("\n", start := stack[-1][3], end) > 0:
                    refuse_outdented(self.text, start, end, _starts(stack[:-1]))
                items, entries, key, start, mark = stack.pop()
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                stack.append((items, entries, key, event.start_mark.index, mark))
                last, key = self._opened(event, len(stack)), None
                items = None if kind is MappingStartEvent else YamlList(file, lines)
                entries = YamlMap(file, lines) if items is None else entries
                mark = (entries if items is None else items).marks.append
                continue
            else:
                self._between(event)
                continue
            last = end
            if items is not None:
                items.append(value)
            elif key is None:
                if value.__class__ is str and value not in entries and value != "<<":
                    key = value
                elif (key := self._unusual_key(entries, value, start, end)) is _DROPPED:
                    continue
            elif key is _DROPPED:
                key = None
                continue
            else:
                entries[key] = value
                key = None
            mark(start)
            mark(end)
        return document[0] if document else None

    def _quoted(self, event: _Event, stack: list[_Waiting]) -> tuple[int, Node]:
        """Return end and value of a scalar that is quoted, a block, on several lines, or has a tag or anchor."""
        text, start, end = event.value, event.start_mark.index, event.end_mark.index
        self._refuse_property(start)
        if event.style in ("|", ">"):
            refuse_invalid_block(self.text, start, end, _starts(stack))
            end = start + len(self.text[start:end].rstrip())  # the parsers include trailing blank lines
            return end, self._shared(text)
        problem = problem_in_value(text) if event.style == '"' else None
        if problem is not None:
            raise _Stop(unreadable(problem, self._span(start, end)))
        refuse_outdented(self.text, start, end, _starts(stack))
        return end, self._shared(text)

    def _new(self, text: str, start: int, end: int, last: int) -> tuple[int, int, Node]:
        """Return start, end and value of an empty value, or a plain scalar that did not occur before."""
        value: Node = text
        if start == end:
            start = end = self._after_indicator(start, last)
            return start, end, None
        if text == "-":  # not cached: it is text only before a colon
            if self.text[end : end + 1] == ":":
                return start, end, text
            raise IllFormed(start, "a single - is not text; put it in quotes")
        if text[0] in NUMBER_BEGINS:
            value = resolved(text)
        self.known[text] = value
        return start, end, value

    def _shared(self, text: str) -> str:
        """Return an interned text without resolving it."""
        if text and text[0] not in NUMBER_BEGINS and text not in WORDS:
            return str(self.known.setdefault(text, text))
        value = self.known.get(text)
        return value if isinstance(value, str) else self.texts.setdefault(text, text)

    def _after_indicator(self, start: int, last: int) -> int:
        """Return the offset of an empty value: right after its `:`, `-` or `?`. The parsers may report a later one."""
        found = _INDICATOR.match(self.text, last, start)
        return last if found is None else found.end()

    def _unusual_key(self, entries: YamlMap, value: Node, start: int, end: int) -> str:
        """Return a key that looks like another value, or `_DROPPED`, with a finding, for a duplicate or invalid key."""
        if isinstance(value, (YamlMap, YamlList)):
            self._report("SCHEMA001", f"a key must be text, not {kind_of(value)}", self._span(start, end))
            return _DROPPED
        key = value if isinstance(value, str) else self._shared(self.text[start:end])
        if key not in entries and (key != "<<" or self.text[start] != "<"):
            return key
        location = self._span(start, end)
        if key == "<<" and self.text[start] == "<":
            raise _Stop(_problem("YAML004", "merge keys are not supported", location, "write the keys out"))
        first = Related(entries.key_at(key), "first occurrence, which is used")
        self._report(
            "YAML002", f"key {shown(key)} occurs twice in this mapping", location, "remove one of the two", first
        )
        return _DROPPED

    def _report(self, code: str, message: str, location: Location, hint: str = "", *related: Related) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(_problem(code, message, location, hint, related))

    def _opened(self, event: _Event, depth: int) -> int:
        """Return the start of the content of a mapping or list; stop if it is nested too deep, tagged or anchored."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor is not None or event.tag is not None:
            self._refuse_property(start)
        if depth > MAX_DEPTH:
            raise _Stop(_nested_too_deep(self._span(start, end)))
        return int(end)

    def _between(self, event: _Event) -> None:
        """Handle an event other than content: document bounds and aliases."""
        start, end = event.start_mark.index, event.end_mark.index
        if event.__class__ is AliasEvent:
            self._refuse_property(start)
        elif event.__class__ is DocumentEndEvent:
            self.outside = end
        elif event.__class__ is DocumentStartEvent:
            if self.outside:
                raise _Stop(_second_document(self._span(start, end)))
            self._refuse_directive(end)
            self.outside = None

    def _refuse_directive(self, before: int) -> None:
        """Stop at a directive between the last document and an offset."""
        found = None if self.outside is None else _DIRECTIVE.search(self.text, self.outside, before)
        if found is not None:
            raise _Stop(_problem("YAML003", "directives are not supported", self._span(*found.span()), "remove it"))

    def _refuse_property(self, start: int) -> None:
        """Stop if there is a tag, an anchor or an alias at an offset."""
        found = _PROPERTY.match(self.text, start)
        if found is not None:
            code, what, hint = _PROPERTIES[found[0][0]]
            raise _Stop(_problem(code, f"{what} not supported", self._span(*found.span()), hint))

    def ill_formed(self, error: YAMLError) -> Finding:
        """Return the finding for a parser error: YAML001, or the tag, anchor or directive that caused it."""
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        if not isinstance(error, MarkedYAMLError) or mark is None:
            return _problem("YAML001", "not well-formed YAML", self._span(0, 0))
        at, context = min(mark.index, len(self.text)), error.context_mark
        try:
            self._refuse_directive(self.text.find("\n", at) + 1 or len(self.text))
            if isinstance(error, ParserError):  # located at the start of a token
                self._refuse_property(at)
            elif context is not None:
                self._refuse_property(context.index)
        except _Stop as stop:
            return stop.finding
        if self.outside and self.text.endswith("...", 0, self.outside):
            return _second_document(self._character(at))  # unlike YAML, libyaml requires --- after ...
        problem = ", ".join(part for part in (error.context, error.problem) if part)
        began = None if context is None or context.index >= at else context.index
        slip = slip_before(self.text, at, began) or indented_by_blanks(self.text[:at])
        return self.slipped(slip) or self.not_yaml(at, problem, began)

    def slipped(self, slip: Slip | None) -> Finding | None:
        """Return the YAML001 for a slip."""
        if slip is None:
            return None
        return _problem("YAML001", slip.problem, self._span(slip.start, slip.end), slip.hint)

    def not_yaml(self, at: int, problem: str, began: int | None = None) -> Finding:
        """Return a YAML001 at an offset; the parser began to read at `began`."""
        hint = _ADVICE.get(self.text[at : at + 1], "")
        related = () if began is None else (Related(self._character(began), "it began here"),)
        return _problem("YAML001", f"not well-formed YAML: {problem}", self._character(at), hint, related)

    def _character(self, at: int) -> Location:
        """Return the location of one character, empty at the end of a line."""
        return self._span(at, at + 1 if self.text[at : at + 1].strip("\r\n") else at)

    def _span(self, start: int, end: int) -> Location:
        return self.lines.span(start, end)


def _nested_too_deep(location: Location) -> Finding:
    return unreadable(f"nesting is deeper than {MAX_DEPTH} levels", location)


def _second_document(location: Location) -> Finding:
    return unreadable("the file contains a second document", location, "move it to a file of its own")


def _problem(code: str, message: str, location: Location, hint: str = "", related: tuple[Related, ...] = ()) -> Finding:
    return Finding(code, Severity.ERROR, message, location, hint, related=related)
