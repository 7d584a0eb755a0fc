"""The fields of one mapping, read one by one: sound values come out, what was refused is remembered by name."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar, cast

from seatsync.declaration.declared import Days, Mention, People
from seatsync.declaration.names import name_items, name_keys, nfc, resembled
from seatsync.declaration.notes import Notes
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.words import shown

NEVER: Days = ("9999-12-31", "0001-01-01")
"""The days of an entry whose own could not be read: it counts nowhere, and nothing follows from it."""

_ENTRY = frozenset({"user", "from", "until"})
_NONE: frozenset[str] = frozenset()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_Choice = TypeVar("_Choice", bound=str)


class Fields:
    """A mapping under reading. `broken` are the names of the known fields that cannot be used as they stand."""

    __slots__ = ("broken", "node", "notes")

    def __init__(self, node: YamlMap, notes: Notes, known: AbstractSet[str], broken: AbstractSet[str] = _NONE) -> None:
        self.node = node
        self.notes = notes
        self.broken = set(broken)
        if not node.keys() <= known:
            absent = sorted(known - node.keys())
            meant = (resembled(name, absent) for name in node if name not in known)
            self.broken.update(name for name in meant if name)
        if notes.doubled:
            self.broken.update(name for name in node if node.key_at(name) in notes.doubled)

    @classmethod
    def under(cls, parent: YamlMap, key: str, notes: Notes, known: AbstractSet[str]) -> Fields:
        """The fields of the mapping under a key: all of them broken where there is none."""
        node = parent[key]
        if isinstance(node, YamlMap):
            twice = bool(notes.doubled) and parent.key_at(key) in notes.doubled
            return cls(node, notes, known, known if twice else _NONE)
        lost = node is not None or (bool(notes.spoken) and parent.value_at(key) in notes.spoken)
        return cls(YamlMap(parent.file), notes, known, known if lost else frozenset())

    def need(self, *keys: str) -> None:
        """Take fields that are absent for broken: the schema wants them."""
        self.broken.update(key for key in keys if key not in self.node)

    def text(self, key: str) -> str | None:
        """A text."""
        value = self._sound(key)
        if value is None or isinstance(value, str):
            return value
        self.broken.add(key)
        return None

    def name(self, key: str) -> str | None:
        """A name, in NFC."""
        value = self.text(key)
        return None if value is None else nfc(value)

    def choice(self, key: str, among: tuple[_Choice, ...]) -> _Choice | None:
        """One of some words."""
        value = self.text(key)
        for word in among:
            if value == word:
                return word
        if value is not None:
            self.broken.add(key)
        return None

    def number(self, key: str) -> int | None:
        """A whole number."""
        value = self._sound(key)
        if isinstance(value, float) and value.is_integer():
            return int(value)  # 5.0000000000000000000001 is 5.0, and that is a whole number to JSON Schema
        if value is None or type(value) is int:
            return value
        self.broken.add(key)
        return None

    def day(self, key: str) -> str | None:
        """A calendar day; a text that is none is reported."""
        value = self.text(key)
        if value is None or is_day(value):
            return value
        self.broken.add(key)
        self.notes.shape(self.node.value_at(key), f"{shown(value)} is not a date", "a date is written 2026-12-31")
        return None

    def moment(self, key: str) -> str | None:
        """An instant in UTC or a calendar day; a text that is neither is reported."""
        value = self.text(key)
        if value is None or is_day(value) or is_instant(value):
            return value
        self.broken.add(key)
        hint = "written 2026-11-22T09:00:00Z or 2026-11-22"
        self.notes.shape(self.node.value_at(key), f"{shown(value)} is neither an instant nor a date", hint)
        return None

    def term(self, starts: str, ends: str) -> Days:
        """Two days; where the second is before the first, that is reported."""
        days = (self.day(starts), self.day(ends))
        if days[0] and days[1] and days[1] < days[0]:
            self.broken |= {starts, ends}
            message = f"`{ends}` ({days[1]}) is before `{starts}` ({days[0]})"
            self.notes.sense(self.node.value_at(ends), message)
        return days

    def person(self, key: str) -> Mention | None:
        """One person; a text that is no address is reported."""
        written = self.text(key)
        if written is None:
            return None
        user = self.notes.identity(written)
        if user is None:
            self.broken.add(key)
            self.notes.no_address(written, self.node.value_at(key))
            return None
        return Mention(user, written, self.node.value_at(key))

    def mapping(self, key: str, what: str = "") -> YamlMap:
        """A mapping, an empty one where there is none. With `what`, its keys are names of such things, made NFC."""
        value = self._sound(key)
        if isinstance(value, YamlMap):
            return name_keys(self.node, key, value, what, self.notes) if what else value
        if value is not None:
            self.broken.add(key)
        return YamlMap(self.node.file)

    def listing(self, key: str) -> YamlList:
        """A list, an empty one where there is none."""
        value = self._sound(key)
        if isinstance(value, YamlList):
            return value
        if value is not None:
            self.broken.add(key)
        return YamlList(self.node.file)

    def names(self, key: str) -> YamlList:
        """A list of names, in NFC."""
        node = name_items(self.listing(key))
        if not all(isinstance(item, str) for item in node):
            self.broken.add(key)
        return node

    def people(self, key: str) -> People:
        """A list of persons."""
        people, sound = people_of(self.listing(key), self.notes)
        if not sound:
            self.broken.add(key)
        return people

    def rosters(self, key: str, what: str) -> dict[str, People]:
        """A mapping of names to lists of persons."""
        node = self.mapping(key, what)
        within = Fields(node, self.notes, node.keys())
        rosters = {name: within.people(name) for name in node}
        if within.broken:
            self.broken.add(key)
        return rosters

    def _sound(self, key: str) -> Node:
        """The value of a key: None where it is absent or the schema refused it."""
        value = self.node.get(key)
        notes = self.notes
        if notes.spoken and key in self.node and self.node.value_at(key) in notes.spoken:
            self.broken.add(key)
            return value if isinstance(value, YamlMap | YamlList) else None
        return value


def people_of(node: YamlList, notes: Notes) -> tuple[People, bool]:
    """A list of persons, and whether all of it could be read."""
    try:
        # Nearly every list is plain addresses of people met before.
        ids = list(map(notes.people.__getitem__, node))  # type: ignore[arg-type]  # what is no text raises
    except (KeyError, TypeError):  # someone new; an item that is no text
        return _one_by_one(node, notes)
    # Nearly everybody is written as they are known: then one list serves as both.
    return People(node, cast("list[str]", node) if ids == node else ids), True


def _one_by_one(node: YamlList, notes: Notes) -> tuple[People, bool]:
    people = People(node, [])
    sound = True
    for index, item in enumerate(node):
        if isinstance(item, str):
            user = notes.identity(item)
            if user is None:
                notes.no_address(item, node.item_at(index))
        elif isinstance(item, YamlMap):
            entry = Fields(item, notes, _ENTRY)
            mention = entry.person("user")
            user = mention.user if mention else None
            days = days_of(entry)
            if days is not None:
                people.days[index] = days
            sound = sound and not entry.broken
        else:
            user = None
        people.ids.append(user or "")
        sound = sound and user is not None
    return people, sound


def days_of(entry: Fields) -> Days | None:
    """The days of an entry: None where it has none, never where they could not be read."""
    days = entry.term("from", "until")
    if entry.broken & {"from", "until"}:
        return NEVER
    return None if days == (None, None) else days


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """Whether a text is a calendar day, written 2026-12-31."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_instant(text: str) -> bool:
    """Whether a text is an instant in UTC, written 2026-11-22T09:00:00Z."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
