"""Changes by the Team Admin API: what is sent, and once."""

from __future__ import annotations

import json
from collections.abc import Callable
from time import monotonic

import pytest

from seatsync.vendor.http_client import Answer, Client, Failed, Limits, Timing
from seatsync.vendor.team_admin import RemotePerson, person
from seatsync.vendor.team_admin_changes import assign, invite, invited, unassign
from tests.vendor.servers import Server, Treat, answer, raw, serving

TEAM, USER, PRODUCT = "100/1", "US 1", "prod_1"


def call(server: Server, change: Callable[[Client], Answer]) -> Answer:
    timing = Timing(seconds=monotonic, sleep=lambda _: None, jitter=lambda: 0.0)
    with Client(server.url, lambda: "token", limits=Limits(attempts=3), timing=timing) as client:
        return change(client)


def sent(server: Server) -> list[tuple[str, str]]:
    """Return method and path, and the body, of each request."""
    return [(" ".join(text.split(" ")[:2]), text.partition("\r\n\r\n")[2]) for text in server.requests]


def test_an_invitation() -> None:
    body = json.dumps({"id": "US2", "email": "Dee@acme.example", "role": "EXTERNAL_USER"}).encode()
    with serving(answer(201, body)) as server:
        found = call(server, lambda client: invite(client, TEAM, "dee@acme.example", "Dée", ""))
    assert sent(server) == [("POST /v1/teams/100%2F1/users", '{"email": "dee@acme.example", "firstName": "D\\u00e9e"}')]
    assert invited(found) == RemotePerson("US2", "Dee@acme.example", roles=("EXTERNAL_USER",))


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"id": 7}', b'{"id": ""}', b"<html>"])
def test_an_answer_without_a_person(body: bytes) -> None:
    with serving(answer(200, body)) as server:
        assert invited(call(server, lambda client: invite(client, TEAM, "dee@acme.example", "", ""))) is None


def test_seats() -> None:
    with serving(answer(201), answer(204, b"")) as server:
        assert call(server, lambda client: assign(client, TEAM, USER, PRODUCT)).ok
        assert call(server, lambda client: unassign(client, TEAM, USER, PRODUCT)).ok
    path = "/v1/teams/100%2F1/assignments"
    body = '{"userId": "US 1", "productId": "prod_1"}'
    assert sent(server) == [(f"POST {path}", body), (f"DELETE {path}?userId=US+1&productId=prod_1", "")]


@pytest.mark.parametrize("change", [assign, unassign])
@pytest.mark.parametrize("treat", [answer(500), answer(503, b"", retry_after="1"), raw(b"HTTP/1.1 2"), raw(b"")])
def test_an_unclear_answer_is_not_followed_by_another_call(
    change: Callable[[Client, str, str, str], Answer], treat: Treat
) -> None:
    with serving(treat) as server, pytest.raises(Failed) as caught:
        call(server, lambda client: change(client, TEAM, USER, PRODUCT))
    assert caught.value.sent
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_returned(status: int) -> None:
    with serving(answer(status, b'{"detail": "No."}')) as server:
        found = call(server, lambda client: assign(client, TEAM, USER, PRODUCT))
    assert (found.status, found.words(), len(server.requests)) == (status, "No.", 1)


def test_too_many_calls_were_not_carried_out() -> None:
    with serving(answer(429, b"", retry_after="1"), answer(201)) as server:
        assert call(server, lambda client: assign(client, TEAM, USER, PRODUCT)).status == 201
    with serving(answer(429)) as server, pytest.raises(Failed) as caught:
        call(server, lambda client: assign(client, TEAM, USER, PRODUCT))
    assert not caught.value.sent


class TestPerson:
    def read(self, *treats: Treat) -> RemotePerson | None:
        timing = Timing(seconds=monotonic, sleep=lambda _: None, jitter=lambda: 0.0)
        with (
            serving(*treats) as server,
            Client(server.url, lambda: "token", limits=Limits(attempts=2), timing=timing) as client,
        ):
            found = person(client, TEAM, USER)
        assert server.requests[0].split(" ")[1] == "/v1/teams/100%2F1/users/US%201"
        return found

    def test_one(self) -> None:
        assert self.read(answer(200, b'{"id": "US1", "status": "Pending"}')) == RemotePerson(
            "US1", None, status="Pending"
        )

    def test_none(self) -> None:
        assert self.read(answer(404)) is None

    @pytest.mark.parametrize("treat", [answer(403), answer(500), answer(200, b"[]"), answer(200, b"{}"), raw(b"")])
    def test_unknown(self, treat: Treat) -> None:
        with pytest.raises(Failed):
            self.read(treat)
