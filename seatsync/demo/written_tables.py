"""Tables as the vendor's portal exports them, in every known generation of their columns."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha1
from io import StringIO
from typing import Final, Literal, NamedTuple, TypeAlias

from seatsync.account.model import Account, Team
from seatsync.clock import later
from seatsync.demo.shown_objects import by_group, products_of, role_in

Generation: TypeAlias = Literal["G0", "G1", "G2"]
Table: TypeAlias = Literal["users", "groups", "subscriptions", "usage report", "usage", "token usage"]
Record: TypeAlias = dict[str, str]
"""A row, by the names of its columns in snake case."""

REPORTS: Final[Mapping[str, Table]] = {
    "SUBSCRIPTIONS": "subscriptions",
    "USERS": "users",
    "USAGE": "usage",
    "USAGE_REPORT": "usage report",
}
"""The tables that can be ordered, by the words of an order."""

_SNAKE: Final[Mapping[Table, tuple[str, ...]]] = {
    "users": ("autodesk_id", "email", "first_name", "last_name", "offering_name", "product_name", "role", "team_alias"),
    "groups": ("email", "group", "group_type", "role"),
    "subscriptions": (
        *("autorenew_date", "contract_number", "end_date", "offering_name", "reseller_email", "reseller_name"),
        *("seat_quantity", "start_date", "subscription_id", "subscription_status", "team_alias", "term"),
    ),
    "usage report": (
        *("hashed_autodesk_id", "first_name", "last_name", "email", "autodesk_id", "team_alias", "group"),
        *("offering_name", "version", "seat_assignment", "assigned_date", "unassigned_date", "user_activity"),
        *("days_inactive", "access_option", "days_used", "monthly_average", "tokens_used", "last_accessed"),
    ),
    "usage": (
        *("access_option", "autodesk_id", "day_used", "email", "hashed_autodesk_id", "offering_name", "product_name"),
        "team_alias",
    ),
    "token usage": ("day_used", "email", "feature", "first_name", "offering_name", "team_alias", "tokens_used"),
}
"""The columns of each export, by their names in snake case."""
_TITLES: Final = {
    "team_alias": "Team",
    "offering_name": "Product",
    "autodesk_id": "Autodesk ID",
    "hashed_autodesk_id": "hashed_autodesk_id",
}
_PERSONAL: Final = ("email", "first_name", "last_name", "autodesk_id")
MASK: Final = "*****"

ROLES: Final = {
    "primary": ("Primary admin", "primary_admin"),
    "secondary": ("Secondary admin", "SECONDARY ADMIN"),
    "sso": ("SSO admin", "SSO Admin"),
    "external": ("External user", "Guest user"),
    "member": ("User", "user"),
}
STATUSES: Final = {"active": ("Active", "ACTIVE"), "pending": ("Pending", "Invited")}
"""The words of roles and states: as the portal has them, and as others have written them."""


def title(name: str) -> str:
    """Return the name of a column in title case."""
    return _TITLES.get(name, name.replace("_", " ").capitalize())


def columns_of(table: Table, generation: Generation) -> dict[str, str]:
    """Return the columns of an export and their names in its header."""
    names = _SNAKE[table]
    if table == "users":
        names = (*names, *({"G0": (), "G1": ("feature",), "G2": ("account_status",)}[generation]))
    in_title = generation == "G1" or table in {"groups", "token usage"}
    shown = {name: title(name) if in_title else name for name in names}
    if table == "subscriptions" and generation == "G1":
        shown = {name: name for name in names} | {"team_alias": "Team"}
    return shown


def _first(words: tuple[str, str]) -> str:
    return words[0]


class Spelling(NamedTuple):
    """How values are written that can be written in several ways: addresses, words, days."""

    address: Callable[[str], str] = str
    word: Callable[[tuple[str, str]], str] = _first
    day: Callable[[str], str] = str


AS_IN_THE_PORTAL: Final = Spelling()


@dataclass(frozen=True)
class Tables:
    """The rows of tables about an account. `day` is the last that usage is known of."""

    account: Account
    day: str
    spelling: Spelling = AS_IN_THE_PORTAL

    def rows(self, table: Table, team: str | None) -> list[Record]:
        """Return the rows of a table about a team (None: what is in no team)."""
        if table == "subscriptions":
            return list(self._subscriptions(team))
        if team is None:
            return []
        work = {"users": self._users, "groups": self._groups, "usage report": self._report}
        return list(work.get(table, self._usage)(team))

    def person(self, user: str) -> Record:
        """Return the columns about a person."""
        person = self.account.users[user]
        number = sha1(user.encode(), usedforsecurity=False).hexdigest()
        return {
            "email": self.spelling.address(person.email),
            "first_name": person.first_name,
            "last_name": person.last_name,
            "autodesk_id": f"ID{number[:12]}",
            "hashed_autodesk_id": number,
        }

    def _users(self, name: str) -> Iterator[Record]:
        team = self.account.teams[name]
        for user in sorted(team.members):
            about = {
                "role": self.spelling.word(ROLES[role_in(team, user)]),
                "account_status": self.spelling.word(STATUSES[self.account.users[user].status]),
            }
            held = [product for product in products_of(team) if user in self.account.holders(name, product)]
            for offering, part in [(product, part) for product in held for part in parts(product)] or [("", "")]:
                yield {**self.person(user), **about, "offering_name": offering, "product_name": part}

    def _groups(self, name: str) -> Iterator[Record]:
        groups = self.account.teams[name].groups
        for group in sorted(groups):
            for user in sorted(groups[group].members):
                yield {"email": self.person(user)["email"], "group": group, "group_type": "Custom", "role": "User"}

    def _subscriptions(self, name: str | None) -> Iterator[Record]:
        for key, bought in sorted(self.account.subscriptions.items()):
            if bought.team == name:
                by_reseller = bought.channel == "reseller"
                yield {
                    "subscription_id": key,
                    "offering_name": bought.product,
                    "seat_quantity": str(bought.seats if bought.tokens is None else bought.tokens),
                    "start_date": self.spelling.day(bought.starts),
                    "end_date": self.spelling.day(bought.ends),
                    "autorenew_date": bought.ends if bought.auto_renew else "",
                    "reseller_name": "Händler AG" if by_reseller else "",
                    "reseller_email": "sales@dealer.example" if by_reseller else "",
                    "subscription_status": "Active",
                    "contract_number": "110",
                    "term": "Annual",
                }

    def _report(self, name: str) -> Iterator[Record]:
        team = self.account.teams[name]
        for product in products_of(team):
            for user in sorted(self.account.holders(name, product)):
                seat = {
                    **self.person(user),
                    "offering_name": product,
                    "seat_assignment": "assigned",
                    "assigned_date": "2024-05-10T21:20:32Z",
                    "user_activity": "active",
                    "days_used": "0",
                    "monthly_average": "16,2",
                    "last_accessed": self.day,
                }
                groups = groups_with(team, user, product)
                yield from ({**seat, "group": group} for group in groups or [""])
                if groups and user in team.seats.get(product, ()):
                    yield {**seat, "group": ""}  # directly, too

    def _usage(self, name: str) -> Iterator[Record]:
        """Yield made-up days of use: each holder used a product on some of the last days, always the same ones."""
        for product in products_of(self.account.teams[name]):
            for user in sorted(self.account.holders(name, product)):
                number = sum(f"{user} {product}".encode())
                for ago in range(1 + number % 7):
                    used = {"offering_name": product, "product_name": product, "access_option": "Subscription"}
                    yield {**self.person(user), **used, "day_used": later(self.day, -ago), "tokens_used": "0"}


def parts(product: str) -> list[str]:
    """Return the products in an offering: several for a collection, which has a row for each."""
    return ["Maya", "3ds Max"] if "Collection" in product else [product]


def groups_with(team: Team, user: str, product: str) -> list[str]:
    """Return the groups through which a member has a product, sorted."""
    if not by_group(team, user, product):
        return []
    return [key for key, group in sorted(team.groups.items()) if product in group.products and user in group.members]


def table_lines(
    account: Account,
    table: Table,
    teams: Iterable[str | None],
    generation: Generation,
    days: tuple[str, str],
    *,
    masked: bool,
) -> list[list[str]]:
    """Return a table about teams: its header, and its rows. `days` are the first and the last that usage is of."""
    columns, tables = columns_of(table, generation), Tables(account, days[1])
    lines = [list(columns.values())]
    for team in teams:
        for row in tables.rows(table, team):
            if row.get("day_used", days[0]) < days[0]:
                continue
            whole = row | {"team_alias": team or ""} | (dict.fromkeys(_PERSONAL, MASK) if masked else {})
            lines.append([whole.get(name, "") for name in columns])
    return lines


def csv_bytes(lines: Iterable[Iterable[str]]) -> bytes:
    """Return lines as a file of comma-separated values."""
    stream = StringIO(newline="")
    csv.writer(stream).writerows(lines)
    return stream.getvalue().encode("utf-8-sig")
