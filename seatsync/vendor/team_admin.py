"""Operations of the Team Admin API as values: teams so far.

Lists are complete, or Failed is raised: a page that is missing is never taken for the end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from seatsync.vendor.http_client import Answer, Client, Failed

Item: TypeAlias = Mapping[str, Any]

_LIMIT: Final = 100
"""The largest page that the API allows."""
_MOST_PAGES: Final = 100_000
_BAD_REQUEST: Final = 400


@dataclass(frozen=True, slots=True)
class RemoteTeam:
    """A team that the signed-in person administers, as the vendor knows it."""

    id: str
    name: str


def teams(client: Client) -> tuple[RemoteTeam, ...]:
    """Return the teams that the signed-in person administers now, by id once each. Raises Failed."""
    found: dict[str, RemoteTeam] = {}
    for item in whole_list(client, "/teams"):
        number, name = item.get("id"), item.get("name")
        if not isinstance(number, str) or not number or not isinstance(name, str):
            raise Failed("the list of teams", "has a team without id or name")
        found[number] = RemoteTeam(number, name)
    return tuple(found.values())


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
        answer = client.get(path, {**query, "limit": _LIMIT, **more})
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
