"""The objects of the Team Admin API as a profile shows them, and their pages."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from seatsync.account.entitlements import COUNTED
from seatsync.account.model import Account, Subscription, Team
from seatsync.demo.exchange import Reply, Request, Stop, invalid
from seatsync.demo.profiles import Profile
from seatsync.demo.served_account import Ids

USUAL, MOST = 50, 100
"""The rows of a page: usually, and at most."""

_INVENTED_ROLE = "INVENTED_STEWARD"
_ROLE_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "guess": {
        "primary": "PRIMARY_ADMIN",
        "secondary": "SECONDARY_ADMIN",
        "sso": "SSO_ADMIN",
        "external": "EXTERNAL_USER",
        "member": "USER",
    },
    "spelled": {
        "primary": "Primary admin",
        "secondary": "Secondary admin",
        "sso": "SSO admin",
        "external": "External user",
        "member": "User",
    },
    "invented": {
        "primary": _INVENTED_ROLE,
        "secondary": _INVENTED_ROLE,
        "sso": _INVENTED_ROLE,
        "external": "EXTERNAL_USER",
        "member": "USER",
    },
}
_STATUS_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "title": {"pending": "Pending", "active": "Active"},
    "invited": {"pending": "INVITED", "active": "ACTIVE"},
    "lower": {"pending": "pending", "active": "active"},
}


@dataclass(frozen=True)
class Objects:
    """Makes the objects and the pages. `random` shuffles; `refused_cursors` are those that were refused so far."""

    ids: Ids
    profile: Profile
    random: Random
    refused_cursors: list[str]

    def user(self, account: Account, team: str, user: str) -> dict[str, Any]:
        """Return the object of a member."""
        person, profile = account.users[user], self.profile
        shown: dict[str, Any] = {"id": self.ids.person(user)}
        if profile.names != "none":
            first, last = ("firstName", "lastName") if profile.names == "camel" else ("first_name", "last_name")
            shown |= {first: person.first_name, last: person.last_name}
        if profile.shows_email:
            shown["email"] = self._address(person.email)
        if profile.roles != "none":
            words = _ROLE_WORDS["guess" if profile.roles == "list" else profile.roles]
            word = words[role_in(account.teams[team], user)]
            shown |= {"roles": [word]} if profile.roles == "list" else {"role": word}
        if profile.status != "none":
            shown["status"] = _STATUS_WORDS[profile.status][person.status]
        return self.more(shown)

    def _address(self, written: str) -> str:
        if self.profile.email_case == "stored":
            return written
        return self.random.choice((written.upper(), written.lower(), written.title()))

    def more(self, shown: dict[str, Any]) -> dict[str, Any]:
        """Return an object with a field that nobody has seen, if the profile has one."""
        return {**shown, "inventedField": {"of": ["the made-up portal"]}} if self.profile.more_fields else shown

    def bought(self, account: Account, team: str, product: str, day: str) -> list[list[Subscription]]:
        """Return the subscriptions of each pool of a product: those in term, or else those of the future."""
        ours = [bought for bought in account.subscriptions_of(team).values() if bought.product == product]
        now = [bought for bought in ours if bought.in_term(day)]
        following = [bought for bought in ours if bought.starts > day]
        if self.profile.pools == "split":
            return [[bought] for bought in (*now, *following)]
        return [now or following] if now or following else []

    def pool(
        self, account: Account, team: str, product: str, bought: Sequence[Subscription], day: str
    ) -> dict[str, Any]:
        """Return the object of a pool of these subscriptions."""
        unlimited = any(each.offering != COUNTED for each in bought)
        starts = min(each.starts for each in bought)
        taken: int | None = len(account.holders(team, product))
        if starts > day:
            taken = self.profile.future_count
        return self.more(
            {
                "productId": self.ids.product(product),
                "teamId": self.ids.team(team),
                "totalQuantity": None if unlimited else sum(each.seats or 0 for each in bought),
                "assignedQuantity": None if unlimited else taken,
                "unlimited": unlimited,
                "startDate": f"{starts}T00:00:00.000Z",
                "endDate": f"{max(each.ends for each in bought)}T23:59:59.000Z",
                "productName": product,
            }
        )

    def assignment(self, account: Account, team: str, user: str, product: str) -> dict[str, Any]:
        """Return the row of somebody who holds a product: with the effective type, however they hold it."""
        shown = {
            "userId": self.ids.person(user),
            "email": self._address(account.users[user].email),
            "teamId": self.ids.team(team),
            "productId": self.ids.product(product),
        }
        if self.profile.shows_types:
            direct = user in account.teams[team].seats.get(product, ())
            inherited = by_group(account.teams[team], user, product)
            shows_direct = direct and (not inherited or self.profile.effective == "direct")
            shown["assignmentType"] = "DIRECT" if shows_direct else self.profile.inherited
        return self.more(shown)

    def page(
        self, request: Request, rows: Sequence[Any], show: Callable[[Any], dict[str, Any]] = lambda row: row
    ) -> Reply:
        """Return the page of rows that a request asks for. Raises Stop if `limit` or `cursor` is wrong."""
        limit, start = self._limit(request), self._start(request)
        if self.profile.order == "shuffled":
            rows = self.random.sample(rows, len(rows))
        following = start + limit
        if self.profile.cursors == "loop" and start:
            following = start  # the page after the second is the second
        more = following < len(rows)
        data = [show(row) for row in rows[start : start + limit]]
        cursor = base64.urlsafe_b64encode(f"page {following}".encode()).decode() if more else None
        return Reply.of(200, {"data": data, "pagination": {"cursor": cursor, "hasMore": more}})

    def _limit(self, request: Request) -> int:
        text = request.one("limit")
        if text is None:
            return USUAL
        if not re.fullmatch(r"[0-9]{1,9}", text) or not 1 <= int(text) <= MOST:
            raise Stop(invalid("limit", f"limit must be a number from 1 to {MOST}."))
        return int(text)

    def _start(self, request: Request) -> int:
        cursor = request.one("cursor")
        if cursor is None:
            return 0
        try:
            word, _, number = base64.urlsafe_b64decode(cursor).decode().partition(" ")
            start = int(number) if word == "page" else 0
        except (binascii.Error, ValueError):
            start = 0
        if start <= 0:
            raise Stop(invalid("cursor", "This is not a cursor."))
        if len(self.refused_cursors) < self.profile.refused_cursors:
            self.refused_cursors.append(cursor)
            raise Stop(invalid("cursor", "The cursor has expired."))
        return start


def role_in(team: Team, user: str) -> str:
    """Return the entry of the role menu of a member."""
    return "external" if user in team.external else team.role_of(user) or "member"


def products_of(team: Team) -> Iterable[str]:
    """Return the products that somebody in a team may hold, sorted."""
    return sorted({*team.seats, *(product for group in team.groups.values() for product in group.products)})


def by_group(team: Team, user: str, product: str) -> bool:
    """Return True if a member has a product through a group."""
    return any(product in group.products and user in group.members for group in team.groups.values())
