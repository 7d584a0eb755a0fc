"""Reads of the Team Admin API as values: teams, people, pools and seats.

Lists are complete, or Failed is raised: a page that is missing is never taken for the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, TypeAlias
from urllib.parse import quote

from seatsync.account.email import identity
from seatsync.vendor.http_client import Answer, Client, Failed
from seatsync.vendor.settings import PAGE

Item: TypeAlias = Mapping[str, Any]

_MOST_PAGES: Final = 100_000
_BAD_REQUEST, _NOT_FOUND = 400, 404
DIRECT: Final = "DIRECT"
"""The only documented type of a seat. All other words are of seats that a group gives."""


@dataclass(frozen=True, slots=True)
class RemoteTeam:
    """A team that the signed-in person administers, as the vendor knows it."""

    id: str
    name: str


class RemotePerson(NamedTuple):
    """A member of a team. What the API does not say is None; `roles` are words as served."""

    id: str
    email: str | None
    first_name: str | None = None
    last_name: str | None = None
    roles: tuple[str, ...] | None = None
    status: str | None = None


class RemotePool(NamedTuple):
    """A pool of seats of a product, with its first and last day in UTC. What is null or not said is None, never 0."""

    product_id: str
    product: str
    total: int | None
    assigned: int | None
    unlimited: bool
    starts: str | None
    ends: str | None


class RemoteSeat(NamedTuple):
    """A product that a person holds. `type` is the word in capitals for how they hold it, None if it is not said."""

    user_id: str
    email: str | None
    product_id: str
    type: str | None

    @property
    def is_direct(self) -> bool | None:
        """True if it is assigned directly, False if a group gives it (perhaps besides), None if that is not said."""
        return None if self.type is None else self.type == DIRECT


def teams(client: Client) -> tuple[RemoteTeam, ...]:
    """Return the teams that the signed-in person administers now, by id once each. Raises Failed."""
    found: dict[str, RemoteTeam] = {}
    for item in whole_list(client, "/teams"):
        number, name = item.get("id"), item.get("name")
        if not isinstance(number, str) or not number or not isinstance(name, str):
            raise Failed("the list of teams", "has a team without id or name")
        found[number] = RemoteTeam(number, name)
    return tuple(found.values())


def people(client: Client, team_id: str, email: str | None = None) -> tuple[RemotePerson, ...]:
    """Return the members of a team, or those with an address, in whatever case it is written. Raises Failed.

    Somebody who is listed twice has moved from page to page, so that others may be missing: the list is read again.
    """
    path, query = team_path(team_id, "users"), {} if email is None else {"email": email}
    for _ in range(2):
        items = whole_list(client, path, query)
        found = {each.id: each for each in (person_of(path, item) for item in items)}
        if len(found) == len(items):
            wanted = None if email is None else identity(email)
            return tuple(each for each in found.values() if email is None or _is(each.email, wanted))
    raise Failed(path, "the list has people twice, so that others may be missing")


def pools(client: Client, team_id: str) -> tuple[RemotePool, ...]:
    """Return the pools of a team; a product can have several. Raises Failed."""
    path = team_path(team_id, "product-pools")
    return tuple(_pool(path, item) for item in whole_list(client, path))


def seats(
    client: Client, team_id: str, *, user_id: str | None = None, product_id: str | None = None
) -> tuple[RemoteSeat, ...]:
    """Return the seats of a team, or those of a person, of a product, or of both, once each. Raises Failed.

    The list of a whole team may lag behind changes; that of a person and a product does not.
    """
    path = team_path(team_id, "assignments")
    given = {"userId": user_id, "productId": product_id}
    answer = client.get(path, {name: value for name, value in given.items() if value is not None})
    if not answer.ok:
        raise answer.failed()
    document = answer.json()
    items = document.get("data") if isinstance(document, dict) else None
    after = document.get("pagination") if isinstance(document, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise Failed(answer.url, "the answer is not a list of assignments", answer.request_id)
    if after is not None and not (isinstance(after, dict) and after.get("hasMore") is False):
        raise Failed(answer.url, "the answer is only a part of the list", answer.request_id)
    found: dict[tuple[str, str], RemoteSeat] = {}
    for item in items:
        seat = _seat(path, item)
        before = found.setdefault((seat.user_id, seat.product_id), seat)
        if before.type != seat.type:  # one row for each is documented, so nobody knows what two of them mean
            found[seat.user_id, seat.product_id] = seat._replace(type=None)
    return tuple(
        each
        for each in found.values()
        if each.user_id == (user_id or each.user_id) and each.product_id == (product_id or each.product_id)
    )


def person(client: Client, team_id: str, user_id: str) -> RemotePerson | None:
    """Return a member of a team, None if there is no such member. Raises Failed."""
    answer = client.get(team_path(team_id, "users", user_id))
    if answer.status == _NOT_FOUND:
        return None
    if not answer.ok:
        raise answer.failed()
    document = answer.json()
    if not isinstance(document, dict):
        raise Failed(answer.url, "the answer is not a person", answer.request_id)
    return person_of(answer.url, document)


def team_path(team_id: str, *names: str) -> str:
    """Return a path below a team."""
    return "/".join(["/teams", *(quote(name, safe="") for name in (team_id, *names))])


def whole_list(client: Client, path: str, query: Mapping[str, str] | None = None) -> list[Item]:
    """Return the items of all pages of a list. Starts over once if its cursor has ended. Raises Failed."""
    try:
        return _pages(client, path, query or {})
    except _CursorEnded:
        pass
    try:
        return _pages(client, path, query or {})
    except _CursorEnded as error:
        raise error.answer.failed() from None


def person_of(path: str, item: Item) -> RemotePerson:
    """Return the person of a JSON object. Raises Failed, with a path, if it has no id."""
    roles = item.get("role", item.get("roles"))
    words = [roles] if isinstance(roles, str) else roles
    is_known = isinstance(words, list) and bool(words) and all(isinstance(word, str) for word in words)
    return RemotePerson(
        _need(path, item, "id"),
        _text(item, "email"),
        _text(item, "firstName", "first_name"),
        _text(item, "lastName", "last_name"),
        tuple(words or ()) if is_known else None,
        _text(item, "status"),
    )


def _pool(path: str, item: Item) -> RemotePool:
    unlimited = item.get("unlimited")
    if not isinstance(unlimited, bool):
        raise Failed(path, "a pool does not tell whether it is unlimited")
    return RemotePool(
        _need(path, item, "productId"),
        _need(path, item, "productName"),
        _count(path, item, "totalQuantity"),
        _count(path, item, "assignedQuantity"),
        unlimited,
        _day(path, item, "startDate"),
        _day(path, item, "endDate"),
    )


def _seat(path: str, item: Item) -> RemoteSeat:
    word = _text(item, "assignmentType")
    type_ = None if word is None else word.strip().upper() or None
    return RemoteSeat(_need(path, item, "userId"), _text(item, "email"), _need(path, item, "productId"), type_)


def _need(path: str, item: Item, name: str) -> str:
    """Return a text that an item cannot be without. Raises Failed."""
    text = _text(item, name)
    if not text or not text.strip():
        raise Failed(path, f"an item of the list has no {name}")
    return text


def _text(item: Item, *names: str) -> str | None:
    """Return the first text of some names, None if there is none."""
    return next((text for name in names if isinstance(text := item.get(name), str)), None)


def _count(path: str, item: Item, name: str) -> int | None:
    number = item.get(name)
    if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 0):
        raise Failed(path, f"{name} of a pool is not a number")
    return number


def _day(path: str, item: Item, name: str) -> str | None:
    """Return the day in UTC of an instant, None without one."""
    written = item.get(name)
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
        utc = moment if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        raise Failed(path, f"{name} of a pool is not a time") from None
    return utc.date().isoformat()


def _is(email: str | None, user: str | None) -> bool:
    """Return True if an address is that of a person, or is not known."""
    return email is None or identity(email) == user


class _CursorEnded(Exception):
    """A page after the first was refused."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def _pages(client: Client, path: str, query: Mapping[str, str]) -> list[Item]:
    items: list[Item] = []
    seen: set[str] = set()
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        more = {} if cursor is None else {"cursor": cursor}
        answer = client.get(path, {**query, "limit": PAGE, **more})
        if answer.status == _BAD_REQUEST and cursor is not None:
            raise _CursorEnded(answer)
        if not answer.ok:
            raise answer.failed()
        page, cursor = _page(answer)
        items += page
        if cursor is None:
            return items
        if cursor in seen:
            raise Failed(answer.url, "the pages go in a circle", answer.request_id)
        seen.add(cursor)
    raise Failed(path, "the list does not end")


def _page(answer: Answer) -> tuple[list[Item], str | None]:
    """Return the items of a page, and the cursor of the next one; None after the last."""
    document = answer.json()
    data = document.get("data") if isinstance(document, dict) else None
    after = document.get("pagination") if isinstance(document, dict) else None
    if not isinstance(data, list) or not isinstance(after, dict) or not all(isinstance(item, dict) for item in data):
        raise Failed(answer.url, "the answer is not a page of a list", answer.request_id)
    cursor, has_more = after.get("cursor"), after.get("hasMore")
    if has_more is True and isinstance(cursor, str) and cursor:
        return data, cursor
    if has_more is False and not cursor:
        return data, None
    raise Failed(answer.url, "the answer does not tell whether more follows", answer.request_id)
