"""Fields of one mapping: read each, collect findings, compare names and check claims on them."""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeVar, cast
from unicodedata import normalize

from seatsync.account.email import identity, is_plain, problem
from seatsync.clock import NEVER, Days
from seatsync.declaration.mentions import ListMention, Mention, People, Products
from seatsync.finding import Cause, Finding, Location, Related, Severity
from seatsync.reading.plain_text import most_similar, plain, shown
from seatsync.reading.tree import Node, YamlList, YamlMap


class Diagnostics:
    """Findings of one load. A location with a schema finding gets no further shape finding: one cause, one finding.

    `duplicate_keys` are the locations of keys with a dropped duplicate (YAML002), whose value is unreliable.
    `people` caches the identity of every address. `complete` becomes False if an unknown amount of content was lost;
    `unread` contains the sections that lost an entry.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.schema_locations: set[Location] = set()
        self.duplicate_keys: set[Location] = set()
        self.people: dict[str, str] = {}
        self.complete = True
        self.unread: set[str] = set()

    def add_schema_findings(self, findings: list[Finding]) -> None:
        """Add the findings of schema validation."""
        self.findings += findings
        self.schema_locations.update(finding.location for finding in findings if finding.location is not None)

    def withdraw_schema_finding(self, at: Location) -> None:
        """Remove the schema finding at a location whose cause is reported by another finding."""
        if at in self.schema_locations:
            self.findings = [finding for finding in self.findings if finding.location != at]
            self.schema_locations.discard(at)

    def report_shape(
        self, at: Location, message: str, hint: str = "", replacement: str = "", cause: Cause | None = None
    ) -> None:
        """Report a value of the wrong shape (SCHEMA001), unless schema validation did."""
        if at not in self.schema_locations:
            finding = Finding("SCHEMA001", Severity.ERROR, message, at, hint, replacement=replacement, cause=cause)
            self.findings.append(finding)

    def report_secret(self, at: Location, what: str) -> None:
        """Report a password or token in a file (SCHEMA001), where every reader of the repository sees it."""
        hint = "remove it: secrets come from the environment (SEATSYNC_TOKEN, PGPASSWORD) or a file, never from YAML"
        message = f"{what} contains a password"
        self.findings.append(Finding("SCHEMA001", Severity.ERROR, message, at, hint, secret=True))

    def report_conflict(self, at: Location, message: str, hint: str = "") -> None:
        """Report values that contradict each other (SCHEMA002)."""
        self.findings.append(Finding("SCHEMA002", Severity.ERROR, message, at, hint))

    def report_duplicate(
        self,
        at: Location,
        message: str,
        first: Location,
        related_message: str = "first declared here",
        things: tuple[tuple[str, str], ...] = (),
        hint: str = "remove one of the two",
    ) -> None:
        """Report an identity that is declared or claimed a second time (REF002)."""
        related = (Related(first, related_message),)
        self.findings.append(Finding("REF002", Severity.ERROR, message, at, hint, related=related, things=things))

    def identity(self, text: str) -> str | None:
        """Return the identity of an address, None if the text is not an address."""
        known = self.people.get(text)
        if known is None:
            known = text if is_plain(text) else identity(text)
            if known is not None:
                self.people[text] = known
        return known

    def report_address(self, text: str, at: Location, key: str = "") -> None:
        """Report a text that is not an e-mail address; `key` is that of a field for one person."""
        from seatsync.reading.slips import not_an_address  # noqa: PLC0415 - few files have a mistake

        what, hint, instead = not_an_address(text, key) or ("is not an e-mail address", problem(text), "")
        self.report_shape(at, f"{shown(text)} {what}", hint, instead, Cause("", " texts are not e-mail addresses"))

    def report_day(self, text: str, at: Location) -> None:
        """Report a text that is not a date."""
        from seatsync.reading.slips import dates_in, how_to_write  # noqa: PLC0415 - few files have a mistake

        days, cause = dates_in(text), Cause("", " dates are not written like 2026-12-31")
        self.report_shape(
            at, f"{shown(text)} is not a date", how_to_write(text), days[0] if len(days) == 1 else "", cause
        )


def nfc(text: str) -> str:
    """Return a name in NFC."""
    return text if text.isascii() else normalize("NFC", text)


def normalise_keys(parent: YamlMap, key: str, node: YamlMap, what: str, diagnostics: Diagnostics) -> YamlMap:
    """Replace the mapping `node` under `key` of `parent` by one with keys in NFC, and return it.

    A key that equals an earlier one in NFC is reported as declared twice and dropped. `what` names the kind of thing.
    """
    if all(map(str.isascii, node)):
        return node
    fresh = YamlMap(node.file, node.lines)
    first: dict[str, str] = {}
    for rank, (written, value) in enumerate(node.items()):
        name = nfc(written)
        if name in first:
            message = f"{what} {shown(name)} is declared twice, in two spellings of the same characters"
            diagnostics.report_duplicate(
                node.key_at(written), message, node.key_at(first[name]), things=((what, name),)
            )
            continue
        first[name] = written
        fresh[name] = value
        fresh.marks.extend(node.marks[4 * rank : 4 * rank + 4])
    parent[key] = fresh
    return fresh


def normalise_items(node: YamlList) -> YamlList:
    """Convert the text items of a list to NFC in place, and return it."""
    for index, item in enumerate(node):
        if isinstance(item, str) and not item.isascii():
            node[index] = nfc(item)
    return node


class UniqueNames:
    """Names of one kind of thing (`what`) within one mapping. Second uses are reported as REF002."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.declared: dict[str, Location] = {}
        self.claimed: dict[str, Location] = {}

    def declare(self, name: str, at: Location, diagnostics: Diagnostics) -> bool:
        """Register a declared name. Return False if it is declared already."""
        if name in self.declared:
            message = f"{self.what} {shown(name)} is declared twice"
            diagnostics.report_duplicate(at, message, self.declared[name], things=((self.what, name),))
            return False
        if name in self.claimed:
            message = f"{self.what} {shown(name)} is both declared and listed in `renamed_from`"
            diagnostics.report_duplicate(at, message, self.claimed[name], "listed here")
        self.declared[name] = at
        return True

    def claim(self, old: str, at: Location, diagnostics: Diagnostics) -> bool:
        """Register the old name of a declared thing. Return False if it is declared or claimed already."""
        if old in self.declared:
            message = f"{self.what} {shown(old)} is both declared and listed in `renamed_from`"
            diagnostics.report_duplicate(at, message, self.declared[old], "declared here")
            return False
        if old in self.claimed:
            message = f"{self.what} {shown(old)} is listed in `renamed_from` twice"
            diagnostics.report_duplicate(at, message, self.claimed[old], "listed here")
            return False
        self.claimed[old] = at
        return True


_ENTRY = frozenset({"user", "from", "until"})
_LIST_ENTRY = frozenset({"list", "from", "until"})
_DATED_PRODUCT = frozenset({"product", "from", "until"})
_NONE: frozenset[str] = frozenset()
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,6})?Z")
_AMOUNT = re.compile(r"[0-9]{1,13}(?:\.[0-9]{1,4})?")
_DECIMALS = 4
_Choice = TypeVar("_Choice", bound=str)


class Fields:
    """Reader of one mapping. `broken` are the names of known fields whose value is invalid or incomplete."""

    __slots__ = ("broken", "diagnostics", "node")

    def __init__(
        self, node: YamlMap, diagnostics: Diagnostics, known: AbstractSet[str], broken: AbstractSet[str] = _NONE
    ) -> None:
        self.node = node
        self.diagnostics = diagnostics
        self.broken = set(broken)
        if not node.keys() <= known:
            absent = sorted(known - node.keys())
            resembling = (most_similar(name, absent) for name in node if name not in known)
            self.broken.update(name for name in resembling if name)
        if diagnostics.duplicate_keys:
            self.broken.update(name for name in node if node.key_at(name) in diagnostics.duplicate_keys)

    @classmethod
    def under(cls, parent: YamlMap, key: str, diagnostics: Diagnostics, known: AbstractSet[str]) -> Fields:
        """Return the fields of the mapping under a key. All are broken if the value is not a mapping."""
        node = parent[key]
        if isinstance(node, YamlMap):
            twice = bool(diagnostics.duplicate_keys) and parent.key_at(key) in diagnostics.duplicate_keys
            return cls(node, diagnostics, known, known if twice else _NONE)
        lost = node is not None or (
            bool(diagnostics.schema_locations) and parent.value_at(key) in diagnostics.schema_locations
        )
        return cls(YamlMap(parent.file), diagnostics, known, known if lost else frozenset())

    def need(self, *keys: str) -> None:
        """Mark absent fields as broken, because the schema requires them."""
        self.broken.update(key for key in keys if key not in self.node)

    def text(self, key: str) -> str | None:
        """Return a text."""
        value = self._valid(key)
        if value is None or isinstance(value, str):
            return value
        self.broken.add(key)
        return None

    def name(self, key: str) -> str | None:
        """Return a name in NFC."""
        value = self.text(key)
        return None if value is None else nfc(value)

    def choice(self, key: str, among: tuple[_Choice, ...]) -> _Choice | None:
        """Return one of the given words."""
        value = self.text(key)
        for word in among:
            if value == word:
                return word
        if value is not None:
            self.broken.add(key)
        return None

    def number(self, key: str) -> int | None:
        """Return an integer."""
        value = self._valid(key)
        if value is None or type(value) is int:
            return value
        self.broken.add(key)
        return None

    def amount(self, key: str, most: int) -> Decimal | None:
        """Return a number of at most four decimals exactly as written, also as text; report one that is no such."""
        value = self._valid(key)
        if isinstance(value, str) and _AMOUNT.fullmatch(value):
            value = Decimal(value)
        if value is None or isinstance(value, YamlMap | YamlList | str | bool):
            if value is not None:
                self.broken.add(key)
            return None
        amount = Decimal(value)
        problem = "must not be negative" if amount < 0 else f"must be at most {most}" if amount > most else ""
        if not problem and amount != round(amount, _DECIMALS):
            problem = f"must have at most {_DECIMALS} decimals"
        if not problem:
            return amount
        self.broken.add(key)
        self.diagnostics.report_shape(self.node.value_at(key), f"{plain(key)} {problem}, not {plain(str(value))}")
        return None

    def flag(self, key: str) -> bool:
        """Return true or false; an absent one is false."""
        value = self._valid(key)
        if value is None or isinstance(value, bool):
            return value is True
        self.broken.add(key)
        return False

    def day(self, key: str) -> str | None:
        """Return a calendar day; report any other text."""
        value = self.text(key)
        if value is None or is_day(value):
            return value
        self.broken.add(key)
        self.diagnostics.report_day(value, self.node.value_at(key))
        return None

    def moment(self, key: str) -> str | None:
        """Return an instant in UTC or a calendar day; report any other text."""
        value = self.text(key)
        if value is None or is_day(value) or is_instant(value):
            return value
        self.broken.add(key)
        hint = "write it as 2026-11-22T09:00:00Z or 2026-11-22"
        self.diagnostics.report_shape(self.node.value_at(key), f"{shown(value)} is neither a UTC time nor a date", hint)
        return None

    def term(self, starts: str, ends: str) -> Days:
        """Return the first and last day of a term; report a last day before the first."""
        days = (self.day(starts), self.day(ends))
        if days[0] and days[1] and days[1] < days[0]:
            self.broken |= {starts, ends}
            message = f"`{ends}` ({days[1]}) is before `{starts}` ({days[0]})"
            self.diagnostics.report_conflict(self.node.value_at(ends), message, "correct one of the two days")
        return days

    def person(self, key: str) -> Mention | None:
        """Return a person; report a text that is not an address."""
        written = self.text(key)
        if written is None:
            return None
        user = self.diagnostics.identity(written)
        if user is None:
            self.broken.add(key)
            self.diagnostics.report_address(written, self.node.value_at(key), key)
            return None
        return Mention(user, written, self.node.value_at(key))

    def mapping(self, key: str, what: str = "") -> YamlMap:
        """Return a mapping, empty if absent. With `what`, a kind of thing, its keys are names and converted to NFC."""
        value = self._valid(key)
        if isinstance(value, YamlMap):
            return normalise_keys(self.node, key, value, what, self.diagnostics) if what else value
        if value is not None:
            self.broken.add(key)
        return YamlMap(self.node.file)

    def listing(self, key: str) -> YamlList:
        """Return a list, empty if absent."""
        value = self._valid(key)
        if isinstance(value, YamlList):
            return value
        if value is not None:
            self.broken.add(key)
        return YamlList(self.node.file)

    def names(self, key: str) -> YamlList:
        """Return a list of names in NFC."""
        node = normalise_items(self.listing(key))
        if not all(isinstance(item, str) for item in node):
            self.broken.add(key)
        return node

    def products(self, key: str) -> Products:
        """Return a list of products, each of which may have days."""
        node = self.listing(key)
        names: list[str] = []
        days: dict[int, Days] = {}
        for index, item in enumerate(node):
            name = nfc(item) if isinstance(item, str) else None
            if isinstance(item, YamlMap):
                entry = Fields(item, self.diagnostics, _DATED_PRODUCT)
                name, bounds = entry.name("product"), days_of(entry)
                if bounds is not None:
                    days[index] = bounds
                if entry.broken:
                    self.broken.add(key)
            if not name:
                self.broken.add(key)
            names.append(name or "")
        return Products(node, names, days)

    def people(self, key: str) -> People:
        """Return a list of persons."""
        people, valid = people_of(self.listing(key), self.diagnostics)
        if not valid:
            self.broken.add(key)
        return people

    def rosters(self, key: str, what: str) -> dict[str, People]:
        """Return a mapping of names to lists of persons."""
        node = self.mapping(key, what)
        within = Fields(node, self.diagnostics, node.keys())
        rosters = {name: within.people(name) for name in node}
        if within.broken:
            self.broken.add(key)
        return rosters

    def _valid(self, key: str) -> Node:
        """Return the value of a key, None if it is absent or failed schema validation."""
        value = self.node.get(key)
        diagnostics = self.diagnostics
        if (
            diagnostics.schema_locations
            and key in self.node
            and self.node.value_at(key) in diagnostics.schema_locations
        ):
            self.broken.add(key)
            return value if isinstance(value, YamlMap | YamlList) else None
        return value


def people_of(node: YamlList, diagnostics: Diagnostics) -> tuple[People, bool]:
    """Return a list of persons, and True if all its items are valid."""
    try:
        # Fast path: most lists contain only addresses that occurred before.
        ids = list(map(diagnostics.people.__getitem__, node))  # type: ignore[arg-type]  # other types raise
    except (KeyError, TypeError):  # a new address, or an item of another type
        return _one_by_one(node, diagnostics)
    # Most addresses are written as their identity: share the list, to save memory.
    return People(node, cast("list[str]", node) if ids == node else ids), True


def _one_by_one(node: YamlList, diagnostics: Diagnostics) -> tuple[People, bool]:
    people = People(node, [])
    lists: list[ListMention] = []
    valid = True
    for index, item in enumerate(node):
        if isinstance(item, str):
            user = diagnostics.identity(item)
            if user is None:
                diagnostics.report_address(item, node.item_at(index))
        elif isinstance(item, YamlMap) and "list" in item:
            entry = Fields(item, diagnostics, _LIST_ENTRY)
            name, days, user = entry.name("list"), days_of(entry), ""
            if name is not None and "user" not in item:
                lists.append(ListMention(name, index, item.value_at("list"), days))
            valid = valid and not entry.broken and "user" not in item
        elif isinstance(item, YamlMap):
            entry = Fields(item, diagnostics, _ENTRY)
            mention = entry.person("user")
            user = mention.user if mention else None
            days = days_of(entry)
            if days is not None:
                people.days[index] = days
            valid = valid and not entry.broken
        else:
            user = None
        people.ids.append(user or "")
        valid = valid and user is not None
    people.lists = lists
    return people, valid


def days_of(entry: Fields) -> Days | None:
    """Return the days of an entry, None if it has none. Invalid days are `NEVER`."""
    days = entry.term("from", "until")
    if entry.broken & {"from", "until"}:
        return NEVER
    return None if days == (None, None) else days


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """Return True if a text is a calendar day such as 2026-12-31."""
    if not _DAY.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_instant(text: str) -> bool:
    """Return True if a text is an instant in UTC such as 2026-11-22T09:00:00Z."""
    if not _INSTANT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
