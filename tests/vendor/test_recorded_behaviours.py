"""Every documented behaviour of the Team Admin API as an exchange: what we send, what is answered, and what it means.

Behaviours that are not documented are the profiles of the made-up portal, in `tests/commands/test_profiles_by_api.py`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic
from typing import NamedTuple

import pytest

from seatsync.vendor import team_admin
from seatsync.vendor.http_client import Answer, Client, Failed, Timing
from seatsync.vendor.team_admin import (
    RemotePerson,
    RemotePool,
    RemoteSeat,
    RemoteTeam,
    people,
    person,
    pools,
    seats,
    teams,
)
from seatsync.vendor.team_admin_changes import assign, invite, invited, unassign
from tests.vendor.servers import Treat, answer, serving

NOW = datetime(2026, 11, 29, 10, 0, 20, tzinfo=UTC)
PROBLEM = "application/problem+json"
TEAM, USER, PRODUCT = "100001", "US1234567890", "prod_8f3a1c9d7b2e"
ADA = {"id": USER, "firstName": "Ada", "lastName": "Byron", "email": "ada@acme.example", "role": "USER"}
PERSON = RemotePerson(USER, "ada@acme.example", "Ada", "Byron", ("USER",))
EVE = {"id": "US2", "email": "eve@acme.example", "role": "EXTERNAL_USER"}
SEAT = {"userId": USER, "email": "ada@acme.example", "teamId": TEAM, "productId": PRODUCT}
DIRECT = {**SEAT, "assignmentType": "DIRECT"}
POOL = {
    "productId": PRODUCT,
    "teamId": TEAM,
    "totalQuantity": 25,
    "assignedQuantity": 18,
    "unlimited": False,
    "startDate": "2026-01-01T00:00:00.000Z",
    "endDate": "2026-12-31T23:59:59.000Z",
    "productName": "AutoCAD",
}
KNOWN_POOL = RemotePool(PRODUCT, "AutoCAD", 25, 18, unlimited=False, starts="2026-01-01", ends="2026-12-31")
UNLIMITED = {**POOL, "unlimited": True, "totalQuantity": None, "assignedQuantity": None}
FUTURE = {**POOL, "assignedQuantity": None, "startDate": "2027-01-01T00:00:00.000Z", "endDate": None}

USERS, POOLS, SEATS = (f"/teams/{TEAM}/{what}" for what in ("users", "product-pools", "assignments"))
PAIR = f"userId={USER}&productId={PRODUCT}"
POST_SEAT = f'POST {SEATS} {{"userId": "{USER}", "productId": "{PRODUCT}"}}'
POST_USER = f'POST {USERS} {{"email": "ada@acme.example", "firstName": "Ada", "lastName": "Byron"}}'


def said(status: int, document: object = None, kind: str = "application/json", **headers: str) -> Treat:
    """Answer with a document as JSON, or with text of another kind, or without a body."""
    text = "" if document is None else document if isinstance(document, str) else json.dumps(document)
    return answer(status, text.encode(), **{"content_type": kind, **headers})


def page(*items: object, cursor: str | None = None) -> Treat:
    return said(200, {"data": items, "pagination": {"cursor": cursor, "hasMore": cursor is not None}})


def problem(status: int, detail: str, **more: object) -> Treat:
    return said(status, {"title": "A title", "status": status, "detail": detail, **more}, PROBLEM)


def rows(*items: object) -> Treat:
    return said(200, {"data": items})


class Recorded(NamedTuple):
    """An operation, the answers to its requests, these requests, and its result: a value, or the text of an error."""

    call: Callable[[Client], object]
    answers: tuple[Treat, ...]
    sent: tuple[str, ...]
    means: object


def of_team(read: Callable[..., object], **more: str) -> Callable[[Client], object]:
    return lambda client: read(client, TEAM, **more)


def changing(change: Callable[..., Answer], *arguments: str) -> Callable[[Client], object]:
    """Return a change whose result is whether it succeeded, or the vendor's words."""

    def call(client: Client) -> object:
        found = change(client, TEAM, *arguments)
        return found.status if found.ok else f"{found.status}: {found.words()}"

    return call


GET_USER = of_team(person, user_id=USER)
INVITE = changing(invite, "ada@acme.example", "Ada", "Byron")
ASSIGN, UNASSIGN = changing(assign, USER, PRODUCT), changing(unassign, USER, PRODUCT)
LIMIT = [{"field": "limit", "title": "Invalid value", "detail": "must be 1 to 100"}]
AFTER = ("?limit=100", "?limit=100&cursor=a", "?limit=100&cursor=b")

RECORDED: Mapping[str, Recorded] = {
    # List Teams
    "teams: id and name, and fields that nobody has seen": Recorded(
        teams,
        (page({"id": TEAM, "name": "Acme Engineering", "invented": [1]}),),
        ("GET /teams?limit=100",),
        (RemoteTeam(TEAM, "Acme Engineering"),),
    ),
    "teams: none is administered now": Recorded(teams, (page(),), ("GET /teams?limit=100",), ()),
    # Pages
    "pages: no cursor first, then that of the page before, until hasMore is false and cursor null": Recorded(
        of_team(people),
        (page(ADA, cursor="a"), page(cursor="b"), page(EVE)),
        tuple(f"GET {USERS}{query}" for query in AFTER),
        (PERSON, RemotePerson("US2", "eve@acme.example", roles=("EXTERNAL_USER",))),
    ),
    "pages: a limit outside 1..100 is 400": Recorded(
        of_team(pools),
        (problem(400, "The request is invalid.", errors=LIMIT),),
        (f"GET {POOLS}?limit=100",),
        "answered 400: The request is invalid.; limit: must be 1 to 100",
    ),
    "pages: a cursor that is not valid any more is 400": Recorded(
        of_team(pools),
        (page(POOL, cursor="a"), problem(400, "cursor"), page(POOL)),
        (f"GET {POOLS}?limit=100", f"GET {POOLS}?limit=100&cursor=a", f"GET {POOLS}?limit=100"),
        (KNOWN_POOL,),
    ),
    "pages: a cursor that comes again": Recorded(
        of_team(pools),
        (page(POOL, cursor="a"), page(POOL, cursor="a")),
        (f"GET {POOLS}?limit=100", f"GET {POOLS}?limit=100&cursor=a"),
        "the pages go in a circle",
    ),
    # List Team Users, Get Team User
    "people: one by exact address": Recorded(
        of_team(people, email="ada@acme.example"),
        (page(ADA),),
        (f"GET {USERS}?email=ada%40acme.example&limit=100",),
        (PERSON,),
    ),
    "people: nobody has the address": Recorded(
        of_team(people, email="ada@acme.example"), (page(),), (f"GET {USERS}?email=ada%40acme.example&limit=100",), ()
    ),
    "person": Recorded(GET_USER, (said(200, ADA),), (f"GET {USERS}/{USER}",), PERSON),
    "person: 404 for an id that is unknown or of another team": Recorded(
        GET_USER, (problem(404, "no such user"),), (f"GET {USERS}/{USER}",), None
    ),
    "person: ids are opaque": Recorded(
        lambda client: person(client, "1/2", "ä ?"), (said(404),), ("GET /teams/1%2F2/users/%C3%A4%20%3F",), None
    ),
    # Add Team User
    "invite: 201 with the new person": Recorded(INVITE, (said(201, ADA),), (POST_USER,), 201),
    "invite: who is in the team already comes back": Recorded(INVITE, (said(200, ADA),), (POST_USER,), 200),
    "invite: the person in the answer": Recorded(
        lambda client: invited(invite(client, TEAM, "eve@acme.example", "", "")),
        (said(202, EVE),),
        (f'POST {USERS} {{"email": "eve@acme.example"}}',),
        RemotePerson("US2", "eve@acme.example", roles=("EXTERNAL_USER",)),
    ),
    "invite: 400 names the fields": Recorded(
        INVITE,
        (problem(400, "Invalid.", errors=[{"field": "firstName", "title": "Unknown field"}]),),
        (POST_USER,),
        "400: Invalid.; firstName: Unknown field",
    ),
    # List Product Pools
    "pools: counts and days": Recorded(of_team(pools), (page(POOL),), (f"GET {POOLS}?limit=100",), (KNOWN_POOL,)),
    "pools: both counts of an unlimited one are null": Recorded(
        of_team(pools),
        (page(UNLIMITED),),
        (f"GET {POOLS}?limit=100",),
        (KNOWN_POOL._replace(unlimited=True, total=None, assigned=None),),
    ),
    "pools: null assigned before it has started is not 0": Recorded(
        of_team(pools),
        (page(FUTURE),),
        (f"GET {POOLS}?limit=100",),
        (KNOWN_POOL._replace(assigned=None, starts="2027-01-01", ends=None),),
    ),
    # List Assignments
    "seats: of the team, all at once": Recorded(
        of_team(seats), (rows(DIRECT),), (f"GET {SEATS}",), (RemoteSeat(USER, SEAT["email"], PRODUCT, "DIRECT"),)
    ),
    "seats: of a person": Recorded(of_team(seats, user_id=USER), (rows(),), (f"GET {SEATS}?userId={USER}",), ()),
    "seats: of a product, which is not supported": Recorded(
        of_team(seats, product_id=PRODUCT), (rows(),), (f"GET {SEATS}?productId={PRODUCT}",), ()
    ),
    "seats: of a person and a product": Recorded(
        of_team(seats, user_id=USER, product_id=PRODUCT),
        (rows({**SEAT, "assignmentType": "GROUP"}),),
        (f"GET {SEATS}?{PAIR}",),
        (RemoteSeat(USER, SEAT["email"], PRODUCT, "GROUP"),),
    ),
    # Assign Product, Unassign Product
    "assign: 201 with the assignment": Recorded(ASSIGN, (said(201, DIRECT),), (POST_SEAT,), 201),
    "assign: it exists already": Recorded(ASSIGN, (said(200, DIRECT),), (POST_SEAT,), 200),
    "assign: 422 for an unsupported pool": Recorded(
        ASSIGN, (problem(422, "not supported"),), (POST_SEAT,), "422: not supported"
    ),
    "unassign: removed": Recorded(UNASSIGN, (said(204),), (f"DELETE {SEATS}?{PAIR}",), 204),
    "unassign: removed, with a body": Recorded(UNASSIGN, (said(200, {}),), (f"DELETE {SEATS}?{PAIR}",), 200),
    "unassign: 404 for neither direct nor inherited": Recorded(
        UNASSIGN, (problem(404, "not found"),), (f"DELETE {SEATS}?{PAIR}",), "404: not found"
    ),
    "unassign: 422 for only inherited": Recorded(
        UNASSIGN, (problem(422, "inherited"),), (f"DELETE {SEATS}?{PAIR}",), "422: inherited"
    ),
    # Errors in the other form
    "401: the older form of errors": Recorded(
        of_team(seats),
        (said(401, {"developerMessage": "The token has expired.", "moreInfo": "…", "errorCode": "AUTH-006"}),),
        (f"GET {SEATS}",),
        "answered 401: The token has expired.",
    ),
    "403: the same for a team that does not exist and one of others": Recorded(
        of_team(seats), (problem(403, "You cannot do this."),), (f"GET {SEATS}",), "answered 403: You cannot do this."
    ),
    "404: a page of HTML": Recorded(
        of_team(seats),
        (said(404, "<h1>Not &amp; found</h1>", "text/html"),),
        (f"GET {SEATS}",),
        "answered 404: Not & found",
    ),
}


def exchanged(recorded: Recorded) -> tuple[object, tuple[str, ...]]:
    """Return the result of an operation and its requests, whose headers must be as documented."""
    timing = Timing(lambda: NOW, monotonic, lambda _: None, lambda: 0.0)
    with serving(*recorded.answers) as server, Client(server.url, lambda: "token-1", timing=timing) as client:
        try:
            found = recorded.call(client)
        except Failed as failed:
            found = failed.reason
    return found, tuple(map(checked, server.requests))


def checked(request: str) -> str:
    """Return method, path and body of a request."""
    head, _, body = request.partition("\r\n\r\n")
    first, *lines = head.splitlines()
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    assert headers["authorization"] == "Bearer token-1"
    assert re.fullmatch(r"[A-Za-z0-9._-]{1,128}", headers["x-request-id"])
    assert headers.get("content-type") == ("application/json" if body else None)
    method, path, _ = first.split(" ")
    return f"{method} {path.removeprefix('/v1')} {body}".strip()


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_behaviour(name: str) -> None:
    recorded = RECORDED[name]
    assert exchanged(recorded) == (recorded.means, recorded.sent)


READS = (teams, of_team(people), of_team(pools), of_team(seats), GET_USER)
CHANGES = (INVITE, ASSIGN, UNASSIGN)
STATUSES = {
    400: "once",
    401: "once",
    403: "once",
    404: "once",
    409: "once",
    415: "once",
    422: "once",
    429: "again",
    500: "reads again",
    502: "reads again",
    503: "reads again",
    504: "reads again",
}
"""How often an operation is tried that is answered with an error."""


@pytest.mark.parametrize("status", STATUSES)
def test_every_status(status: int) -> None:
    """The vendor's words are told, and nothing is repeated that may have been carried out."""
    timing = Timing(lambda: NOW, monotonic, lambda _: None, lambda: 0.0)
    for call in (*READS, *CHANGES):
        with serving(problem(status, "These words.")) as server, Client(server.url, timing=timing) as client:
            try:
                found = call(client)
            except Failed as failed:
                found = failed.reason
            if call is GET_USER and status == 404:
                assert found is None
            else:
                assert str(found).removeprefix("answered ") == f"{status}: These words."
            again = STATUSES[status] == "again" or (STATUSES[status] == "reads again" and call in READS)
            assert len(server.requests) == (5 if again else 1)


BUSY: Mapping[str, tuple[Mapping[str, str], float]] = {
    "nothing: until the next minute, and 1 to 5 seconds": ({}, 40 + 3),
    "Retry-After in seconds": ({"Retry_After": "7"}, 7.5),
    "Retry-After as a date": ({"Retry_After": format_datetime(NOW + timedelta(seconds=9), usegmt=True)}, 9.5),
    "RateLimit": ({"RateLimit_Limit": "60", "RateLimit_Remaining": "0", "RateLimit_Reset": "11"}, 11.5),
    "X-RateLimit": ({"X_RateLimit_Limit": "60", "X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "12"}, 12.5),
    "Retry-After counts before others": ({"Retry_After": "7", "RateLimit_Reset": "11"}, 7.5),
    "headers that nobody has seen": ({"X_Invented_Allowance": "5"}, 43),
}


@pytest.mark.parametrize("name", BUSY)
def test_too_many_calls(name: str) -> None:
    """Both reads and changes wait as long as the answer asks for; it was not carried out."""
    headers, seconds = BUSY[name]
    slept: list[float] = []
    timing = Timing(lambda: NOW, monotonic, slept.append, lambda: 0.5)
    for call, good in ((of_team(seats), rows()), (ASSIGN, said(201, DIRECT))):
        with serving(said(429, **headers), good) as server, Client(server.url, timing=timing) as client:
            assert call(client) in {(), 201}
    assert slept == [seconds, seconds]


@pytest.mark.parametrize("jitter", [0.0, 1.0])
def test_the_wait_until_the_next_minute_is_spread(jitter: float) -> None:
    slept: list[float] = []
    timing = Timing(lambda: NOW, monotonic, slept.append, lambda: jitter)
    with serving(said(429), rows()) as server, Client(server.url, timing=timing) as client:
        client.get("/a")
    assert slept == [40 + 1 + 4 * jitter]


REQUEST_IDS: Mapping[str, tuple[Treat, str]] = {
    "in the header": (said(422, {"detail": "No."}, X_Request_Id="theirs"), "theirs"),
    "only in the problem": (problem(422, "No.", requestId="4a-theirs"), "4a-theirs"),
    "header and problem": (said(422, {"requestId": "b", "detail": "No."}, PROBLEM, X_Request_Id="a"), "a"),
    "missing: the one that was sent": (said(422, {"detail": "No."}), "ours"),
    "with a type of problem": (
        problem(422, "No.", type="https://a.example/no-seat"),
        "ours, https://a.example/no-seat",
    ),
    "with a code": (said(422, {"developerMessage": "No.", "errorCode": "AUTH-006"}), "ours, AUTH-006"),
    "with a code that is the message": (said(422, {"error": "No."}), "ours"),
}
"""The answers to a request, and what the vendor finds it by."""


@pytest.mark.parametrize("name", REQUEST_IDS)
def test_the_id_of_a_request(name: str) -> None:
    treat, expected = REQUEST_IDS[name]
    timing = Timing(new_id=lambda: "ours")
    with serving(treat) as server, Client(server.url, timing=timing) as client:
        found = assign(client, TEAM, USER, PRODUCT)
    assert found.failed().request_id == expected.partition(",")[0]
    assert str(found.failed()).endswith(f"/assignments: answered 422: No. (request {expected})")


WRONG: Mapping[str, tuple[str, object, set[str]]] = {
    "null is 0": (
        "_count",
        lambda _, item, name: item.get(name) or 0,
        {"pools: both counts of an unlimited one are null", "pools: null assigned before it has started is not 0"},
    ),
    "the usual size of a page": ("PAGE", 50, {name for name in RECORDED if "limit=100" in str(RECORDED[name].sent)}),
    "ids in paths as they are": (
        "team_path",
        lambda *names: "/".join(["/teams", *names]),
        {"person: ids are opaque"},
    ),
    "a missing person is an error": ("_NOT_FOUND", 0, {"person: 404 for an id that is unknown or of another team"}),
}
"""Wrong clients, and the behaviours that show it."""


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_client_is_caught(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    what, wrong, shown = WRONG[name]
    monkeypatch.setattr(team_admin, what, wrong)
    found = set()
    for sentence, recorded in RECORDED.items():
        try:
            right = exchanged(recorded) == (recorded.means, recorded.sent)
        except Exception:  # noqa: BLE001 - wrong in any way
            right = False
        found |= set() if right else {sentence}
    assert found >= shown
