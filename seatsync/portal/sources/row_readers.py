"""The facts in the rows of an export, by its kind."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Final
from unicodedata import normalize

from seatsync.account.attributes import Offering, SalesChannel
from seatsync.account.email import identity
from seatsync.account.group_types import GroupType
from seatsync.finding import Finding, Severity
from seatsync.portal.observation import (
    Contact,
    Coverage,
    Facts,
    Key,
    Kind,
    Person,
    Purchase,
    Value,
    contradiction,
    listing,
)
from seatsync.portal.sources.export_tables import (
    LONGEST,
    Cells,
    Export,
    ExportKind,
    day_of,
    one_line,
    word,
)
from seatsync.portal.sources.usage_tables import UsageRows
from seatsync.reading.plain_text import shown

ROLES: Final[Mapping[str, str]] = {
    "primaryadmin": "primary",
    "secondaryadmin": "secondary",
    "ssoadmin": "sso",
    "user": "member",
    "externaluser": "external",
    "guestuser": "external",
}
"""The words for roles, with letters and digits alone. Any other word is unknown."""

STATUSES: Final[Mapping[str, str]] = {"active": "active", "pending": "pending", "invited": "pending"}
"""The words for the status of people. Any other word is unknown."""

SUBSCRIPTION_STATUSES: Final[Mapping[str, str]] = {
    "active": "active",
    "expired": "over",
    "canceled": "over",
    "cancelled": "over",
    "terminated": "over",
    "inactive": "over",
}
"""The words for the status of subscriptions. Any other word is unknown."""

GROUP_TYPES: Final[Mapping[str, GroupType]] = {
    **dict.fromkeys(("custom", "manual"), "manual"),
    **dict.fromkeys(("synced", "directory", "directorysync", "scim", "azureadscim", "oktascim"), "synced"),
}
"""The words for types of groups, which no public page has: these are assumed. Any other word is unknown."""

_FLEX: Final = re.compile(r"(?i)\bflex\b")
_UNMASK: Final = "let the primary admin allow personal data in exports, and download them again"


@dataclass
class Rows:
    """The facts collected from the rows of one export. `team` is that of rows without a column for it.

    In `typed_teams`, it matters which groups are synced.
    """

    export: Export
    team: str | None = None
    usage: UsageRows | None = None
    typed_teams: Collection[str] = ()
    facts: dict[Coverage, Facts] = field(default_factory=dict)
    disputed: set[Coverage] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)  # of teams, products and groups, by the texts of their cells
    meanings: dict[tuple[str, str], str | None] = field(default_factory=dict)  # of words, by field and text

    @property
    def findings(self) -> list[Finding]:
        """The findings of the export."""
        return self.export.findings

    def cover(self, kind: Kind, team: str) -> Facts:
        """Return the facts of a kind in a team, of which this export is complete."""
        found = self.facts.get((kind, team))
        if found is None:
            found = self.facts[kind, team] = {}
        return found

    def add(self, kind: Kind, team: str, key: Key, value: Value, cells: Cells, named: str) -> None:
        """Add a fact. Reports the first SOURCE002 of its kind and team: an earlier row has another value."""
        facts = self.cover(kind, team)
        before = facts.get(key)
        if before is None:
            facts[key] = cells.fact(value, named)
        elif before.value != value and (kind, team) not in self.disputed:
            self.disputed.add((kind, team))
            difference = f"two rows of one file differ about {listing(key)}"
            self.findings.append(contradiction(kind, team, difference, cells.origin(named), before))

    def person(self, cells: Cells) -> str | None:
        """Return the identity of the person in a row; None, with a finding, if there is none."""
        if cells.is_masked():
            message = "personal data is masked, so people cannot be distinguished"
            self.findings.append(Finding("SOURCE003", Severity.ERROR, message, cells.at("email"), _UNMASK))
            return None
        written = cells.text("email")
        user = identity(written)
        if user is None:
            what = f"{shown(written)} is not an e-mail address" if written else "the e-mail address is missing"
            self.findings.append(cells.problem(what, "email"))
        return user

    def name(self, cells: Cells, named: str, what: str) -> str | None:
        """Return the name of a team, product or group in a row; None, with a finding, if it is missing."""
        written = cells.row.cells[cells.column_of[named]]
        text = self.names.get(written)
        if text is None:
            text = self.names[written] = normalize("NFC", one_line(written))
            self.findings.extend(cells.too_long(named))
        if not text:
            self.findings.append(cells.problem(f"{what} is missing", named))
        return text or None

    def meaning(self, cells: Cells, named: str, words: Mapping[str, str]) -> str | None:
        """Return the meaning of a word of the portal; None for an unknown one, with a SOURCE006 for its first use."""
        written = cells.row.cells[cells.column_of[named]]
        try:
            return self.meanings[named, written]
        except KeyError:
            text = one_line(written)
        found = self.meanings[named, written] = words.get(word(text))
        if found is None and text:
            self.export.report_word(cells, named, "its meaning is assumed, and nothing is planned about it")
        return found


def _users(rows: Rows) -> None:
    """Read members, roles, status and seats: one row for each person and product."""
    columns = rows.export.column_of
    present = [each for each in _ABOUT_PEOPLE if each in columns]
    about, shared = itemgetter(*(columns[each] for each in present)), present.index("team")  # many have the same
    product = columns["product"]
    known: dict[tuple[str, ...], tuple[str, Facts]] = {}  # people, and the seats of their team, by all cells about them
    teams: dict[str, dict[Kind, Facts]] = {}
    kinds: tuple[Kind, ...] = ("people", "roles", "seats", *(("status",) if rows.export.has("status") else ()))
    for cells in rows.export.rows():
        described = about(cells.row.cells)
        found = known.get(described)
        if found is None:
            user, team = rows.person(cells), rows.name(cells, "team", "the team")
            if user is None or team is None:
                continue
            if team not in teams:
                teams[team] = {kind: rows.cover(kind, team) for kind in kinds}
            _person(rows, cells, user, team, teams[team])
            if len(known) == _REMEMBERED:
                known.clear()
            found = (user, teams[team]["seats"])
            known[*described[:shared], *map(sys.intern, described[shared:])] = found
        if cells.row.cells[product].strip():
            user, seats = found
            key = (rows.name(cells, "product", "the product") or "", user)
            if key not in seats:
                seats[key] = cells.fact("", "product")


_REMEMBERED: Final = 1 << 16
"""The most people that are kept to recognise their further rows: reading them again would be slower, but the same."""

_ABOUT_PEOPLE: Final = ("email", "first_name", "last_name", "team", "role", "status")


def _person(rows: Rows, cells: Cells, user: str, team: str, known: Mapping[Kind, Facts]) -> None:
    """Add the facts about a person in a row of the users export to those `known` of the team."""
    key, people, columns = (user,), known["people"], cells.column_of
    before = people.get(key)
    first = cells.text("first_name") if "first_name" in columns else None
    last = cells.text("last_name") if "last_name" in columns else None
    now = Person(cells.text("email"), first, last)
    if before is None or not isinstance(before.value, Person):
        people[key] = cells.fact(now, "email")
        if len(first or "") > LONGEST or len(last or "") > LONGEST:
            rows.findings.extend(each for named in ("first_name", "last_name") for each in cells.too_long(named))
    elif before.value != now:  # of several rows, independent of their order: addresses may differ in case
        people[key] = before._replace(value=before.value.with_known(now))
    for kind, named, words in _WORDS:
        if kind in known:
            value = rows.meaning(cells, named, words)
            fact = known[kind].get(key)
            if fact is None:
                known[kind][key] = cells.fact(value, named)
            elif fact.value != value:
                rows.add(kind, team, key, value, cells, named)


_WORDS: Final[tuple[tuple[Kind, str, Mapping[str, str]], ...]] = (
    ("roles", "role", ROLES),
    ("status", "status", STATUSES),
)
"""The kinds of facts about people that the portal has words for, with their fields."""


def _groups(rows: Rows) -> None:
    """Read groups, their types and their members. Without a column, the team is that of the file."""
    types: dict[tuple[str, str], GroupType] = {}
    for cells in rows.export.rows():
        user, group = rows.person(cells), rows.name(cells, "group", "the name of the group")
        team = rows.name(cells, "team", "the team") if rows.export.has("team") else rows.team
        if team is None and not rows.export.has("team"):
            hint = "name its file or folder after the team, as in exports/design/groups.csv"
            rows.findings.append(cells.problem("it is unclear which team these groups belong to", "group", hint))
            return
        if user is not None and group is not None and team is not None:
            rows.cover("groups", team).setdefault((group, user), cells.fact("", "group"))
            if rows.export.has("group_type"):
                kind = _group_type(rows, cells, team)
                types[team, group] = kind if types.get((team, group), kind) == kind else "unknown"
    for (_, team), facts in rows.facts.items() if types else ():
        facts.update({key: fact._replace(value=types.get((team, key[0]), "")) for key, fact in facts.items()})


def _group_type(rows: Rows, cells: Cells, team: str) -> GroupType:
    """Return the type of the group in a row, with a SOURCE006 for the first use of an unknown word."""
    written = cells.text("group_type")
    found = GROUP_TYPES.get(word(written))
    if found is None and team in rows.typed_teams:
        hint = "the group is taken as synced; name the synced groups in `directory_sync`"
        rows.export.report_word(cells, "group_type", hint)
    return found or "unknown"


def _subscriptions(rows: Rows) -> None:
    """Read subscriptions, and their contract managers where an old export names them."""
    for cells in rows.export.rows():
        team = normalize("NFC", cells.text("team"))  # empty: in no team
        product = rows.name(cells, "product", "the product")
        number = rows.name(cells, "subscription", "the subscription id")
        rows.findings.extend(cells.shortened("subscription", "contract_number"))
        purchase = None if product is None else _purchase(rows, cells, product)
        if number is None or purchase is None:
            continue
        rows.add("subscriptions", team, (number,), purchase, cells, "subscription")
        manager = identity(cells.text("contract_manager"))
        if manager is not None:
            rows.add("contract_managers", team, (number,), manager, cells, "contract_manager")


def _purchase(rows: Rows, cells: Cells, product: str) -> Purchase | None:
    starts, ends = (day_of(cells.text(each)) for each in ("starts", "ends"))
    for named, day in (("starts", starts), ("ends", ends)):
        if day is None:
            rows.findings.append(cells.problem(f"{shown(cells.text(named))} is not a day like 2026-07-29", named))
    quantity = cells.text("quantity").removesuffix(".0")
    if not re.fullmatch(r"[0-9]{1,9}", quantity):
        rows.findings.append(cells.problem(f"{shown(quantity)} is not a number of seats", "quantity"))
        return None
    if starts is None or ends is None:
        return None
    offering: Offering = "flex" if _FLEX.search(product) else "single-user"
    channel: SalesChannel | None = None
    if rows.export.has("reseller"):
        channel = "reseller" if cells.text("reseller") else "store"
    about = (_renews(rows, cells), _active(rows, cells))
    contact = Contact(*(cells.text(each) for each in ("contract_number", "reseller", "reseller_email")))
    return Purchase(product, offering, int(quantity), channel, starts, ends, *about, contact)


def _active(rows: Rows, cells: Cells) -> bool | None:
    """Return False if a subscription expired or was cancelled; None if its status is an unknown word."""
    if not cells.text("subscription_status"):
        return True
    found = rows.meaning(cells, "subscription_status", SUBSCRIPTION_STATUSES)
    return None if found is None else found == "active"


def _renews(rows: Rows, cells: Cells) -> bool | None:
    """Return True if a subscription has a day on which it renews by itself; None if that is unclear."""
    if not rows.export.has("renews"):
        return None
    written = cells.text("renews")
    return None if written and day_of(written) is None else bool(written)


def _usage_report(rows: Rows) -> None:
    """Read how people hold a product, which no other export tells: by which group, or directly.

    Each version of a product has its row. Who has a row with a group may hold the product directly, too.
    """
    has_group, masked = rows.export.has("group"), False
    for cells in rows.export.rows():
        if rows.usage is not None:
            rows.usage.add_seat(cells)
        if not masked and cells.is_masked():
            message = "personal data is masked, so the report is not used for seats"
            rows.findings.append(Finding("SOURCE003", Severity.WARNING, message, cells.at("email"), _UNMASK))
            masked = True
        team, product, group = (normalize("NFC", cells.text(each)) for each in ("team", "product", "group"))
        if masked or not (team and product and has_group):
            continue
        rows.cover("direct_seats", team)
        user = None if group else identity(cells.text("email"))
        if word(cells.text("assignment")) == "assigned":
            if group:
                rows.add("group_products", team, (group, product), "", cells, "group")
            elif user is not None:
                rows.add("direct_seats", team, (product, user), "", cells, "group")
    if masked:
        rows.facts.clear()


def _usage(rows: Rows) -> None:
    """Read usage if it is wanted: it is no fact of the account. The file is checked all the same."""
    if rows.usage is not None:
        rows.usage.read_days()
        return
    for _ in rows.export.rows():
        pass


READERS: Final[Mapping[ExportKind, Callable[[Rows], None]]] = {
    "users": _users,
    "groups": _groups,
    "subscriptions": _subscriptions,
    "usage report": _usage_report,
    "usage": _usage,
}
"""The reader of each export."""
