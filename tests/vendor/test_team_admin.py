"""Lists of the Team Admin API: every page, or an error."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic

import pytest

from seatsync.vendor.http_client import Client, Failed, Limits, Timing
from seatsync.vendor.team_admin import RemoteTeam, teams, whole_list
from tests.vendor.servers import Server, Treat, answer, raw, serving, whole

ONE, TWO, THREE = ({"id": str(number), "name": f"Team {number}"} for number in (1, 2, 3))


def page(cursor: str | None, *items: object) -> Treat:
    """Answer with a page as the API documents it; a cursor means that more follows."""
    return answer(200, body_of(cursor, *items))


def body_of(cursor: str | None, *items: object) -> bytes:
    return json.dumps({"data": items, "pagination": {"cursor": cursor, "hasMore": cursor is not None}}).encode()


def read(server: Server, call: Callable[[Client], object] = teams) -> object:
    timing = Timing(seconds=monotonic, sleep=lambda _: None, jitter=lambda: 0.0)
    with Client(server.url, lambda: "token", limits=Limits(attempts=2), timing=timing) as client:
        return call(client)


def asked(server: Server) -> list[str]:
    return [text.split()[1].removeprefix("/v1/teams") for text in server.requests]


def test_all_pages() -> None:
    with serving(page("a&b", ONE), page("c", TWO), page(None, THREE)) as server:
        assert read(server) == tuple(RemoteTeam(str(number), f"Team {number}") for number in (1, 2, 3))
    assert asked(server) == ["?limit=100", "?limit=100&cursor=a%26b", "?limit=100&cursor=c"]


def test_a_team_on_two_pages_counts_once() -> None:
    with serving(page("a", ONE, TWO), page(None, {**TWO, "name": "New"})) as server:
        assert read(server) == (RemoteTeam("1", "Team 1"), RemoteTeam("2", "New"))


def test_an_empty_page_is_not_the_end() -> None:
    with serving(page("a"), page(None, ONE)) as server:
        assert read(server) == (RemoteTeam("1", "Team 1"),)
    with serving(page(None)) as server:
        assert read(server) == ()


def test_filters_are_repeated() -> None:
    with serving(page("a", ONE), page(None)) as server:
        assert read(server, lambda client: whole_list(client, "/teams", {"email": "ana@acme.example"})) == [ONE]
    assert asked(server) == ["?email=ana%40acme.example&limit=100", "?email=ana%40acme.example&limit=100&cursor=a"]


def test_a_cursor_that_ended_starts_over_once() -> None:
    ended = answer(400, b'{"detail": "The cursor has expired."}')
    with serving(page("a", ONE), ended, page("b", ONE), page(None, TWO)) as server:
        assert read(server) == (RemoteTeam("1", "Team 1"), RemoteTeam("2", "Team 2"))
    assert asked(server) == ["?limit=100", "?limit=100&cursor=a", "?limit=100", "?limit=100&cursor=b"]
    with (
        serving(page("a", ONE), ended, page("b", ONE), ended, page(None, TWO)) as server,
        pytest.raises(Failed) as caught,
    ):
        read(server)
    assert caught.value.reason == "answered 400: The cursor has expired."
    assert len(server.requests) == 4


@pytest.mark.parametrize("status", [201, 400, 401, 403, 404, 409, 422])
def test_refusals(status: int) -> None:
    body = b'{"title": "No", "errors": [{"field": "limit", "title": "Invalid value"}]}'
    treats = [page(None, ONE), answer(status, body)] if status == 201 else [answer(status, body)]
    with serving(*treats) as server:
        if status == 201:
            assert read(server) == (RemoteTeam("1", "Team 1"),)
            return
        with pytest.raises(Failed) as caught:
            read(server)
    assert caught.value.reason == f"answered {status}: No; limit: Invalid value"
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [401, 403, 404, 500])
def test_a_refusal_of_a_later_page_loses_all(status: int) -> None:
    with serving(page("a", ONE), answer(status)) as server, pytest.raises(Failed):
        read(server)


def test_pages_in_a_circle() -> None:
    with serving(page("a", ONE), page("b", TWO), page("a", ONE)) as server, pytest.raises(Failed) as caught:
        read(server)
    assert caught.value.reason == "the pages go in a circle"


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"data": [ONE]},
        {"data": [ONE], "pagination": None},
        {"data": [ONE], "pagination": {}},
        {"data": [ONE], "pagination": {"hasMore": True}},
        {"data": [ONE], "pagination": {"hasMore": True, "cursor": None}},
        {"data": [ONE], "pagination": {"hasMore": True, "cursor": ""}},
        {"data": [ONE], "pagination": {"hasMore": True, "cursor": 5}},
        {"data": [ONE], "pagination": {"hasMore": False, "cursor": "a"}},
        {"data": [ONE], "pagination": {"hasMore": "false", "cursor": None}},
        {"data": [ONE], "pagination": {"cursor": None}},
        {"data": {"1": ONE}, "pagination": {"hasMore": False, "cursor": None}},
        {"data": None, "pagination": {"hasMore": False, "cursor": None}},
        {"data": [ONE, None], "pagination": {"hasMore": False, "cursor": None}},
        {"data": [{"id": "1"}], "pagination": {"hasMore": False, "cursor": None}},
        {"data": [{"id": 1, "name": "a"}], "pagination": {"hasMore": False, "cursor": None}},
        {"data": [{"id": "", "name": "a"}], "pagination": {"hasMore": False, "cursor": None}},
    ],
)
def test_what_is_no_page(document: object) -> None:
    with serving(answer(200, json.dumps(document).encode())) as server, pytest.raises(Failed):
        read(server)


@pytest.mark.parametrize("number", [0, 1, 2])
def test_every_page_cut_at_every_byte(number: int) -> None:
    """Nothing is read from an incomplete answer, whether its length was announced or the connection just ended."""
    bodies = [body_of("a", ONE), body_of("b", TWO), body_of(None, THREE)]
    announced = [whole(200, body) for body in bodies]
    unannounced = [b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" + body for body in bodies]
    for answers in (announced, unannounced):
        for size in range(0, len(answers[number]), 7):
            treats = [raw(text[:size] if index == number else text) for index, text in enumerate(answers)]
            with serving(*treats[: number + 1]) as server, pytest.raises(Failed):
                read(server)
