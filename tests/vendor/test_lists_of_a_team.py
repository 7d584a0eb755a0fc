"""People, pools and seats of the Team Admin API as values: every documented null, and what nobody has seen."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from seatsync.vendor.http_client import Client, Failed
from seatsync.vendor.team_admin import RemotePerson, RemotePool, RemoteSeat, people, pools, seats
from tests.vendor.servers import answer, serving
from tests.vendor.test_team_admin import asked, page, read

ADA = {"id": "US1", "email": "Ada@acme.example"}
POOL = {
    "productId": "prod_1",
    "teamId": "100001",
    "totalQuantity": 25,
    "assignedQuantity": 18,
    "unlimited": False,
    "startDate": "2026-01-01T00:00:00.000Z",
    "endDate": "2026-12-31T23:59:59.000Z",
    "productName": "Example Product",
}
SEAT = {"userId": "US1", "email": "ada@acme.example", "teamId": "100001", "productId": "prod_1"}
WITHOUT: Any = object()


def document(body: object) -> bytes:
    return json.dumps(body).encode()


def people_of(client: Client) -> object:
    return people(client, "100001")


def pools_of(client: Client) -> object:
    return pools(client, "100001")


def seats_of(client: Client) -> object:
    return seats(client, "100001")


def changed(item: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in {**item, **changes}.items() if value is not WITHOUT}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        ({"firstName": "Ada", "lastName": "L"}, {"first_name": "Ada", "last_name": "L"}),
        ({"first_name": "Ada", "last_name": ""}, {"first_name": "Ada", "last_name": ""}),
        ({"firstName": None, "lastName": 7}, {}),
        ({"role": "PRIMARY_ADMIN"}, {"roles": ("PRIMARY_ADMIN",)}),
        ({"role": ["USER", "Odd word"]}, {"roles": ("USER", "Odd word")}),
        ({"roles": ["USER"]}, {"roles": ("USER",)}),
        ({"roles": []}, {}),
        ({"role": None}, {}),
        ({"role": {"name": "USER"}}, {}),
        ({"role": ["USER", 1]}, {}),
        ({"status": "Pending", "invented": {}}, {"status": "Pending"}),
        ({"status": None}, {}),
        ({"email": WITHOUT}, {"email": None}),
    ],
)
def test_a_person(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    with serving(page(None, changed(ADA, fields))) as server:
        assert read(server, people_of) == (RemotePerson("US1", "Ada@acme.example")._replace(**expected),)


def test_people_on_two_pages() -> None:
    with serving(page("a", ADA), page(None, {"id": "US2"})) as server:
        assert read(server, people_of) == (RemotePerson("US1", "Ada@acme.example"), RemotePerson("US2", None))
    assert asked(server) == ["/100001/users?limit=100", "/100001/users?limit=100&cursor=a"]


def test_somebody_on_two_pages_may_hide_another() -> None:
    eve = {"id": "US2", "email": "eve@acme.example"}
    with serving(page("a", ADA), page(None, ADA), page("b", ADA), page(None, eve)) as server:
        assert read(server, people_of) == (RemotePerson("US1", ADA["email"]), RemotePerson("US2", eve["email"]))
    with (
        serving(page("a", ADA), page(None, ADA), page("b", ADA), page(None, ADA)) as server,
        pytest.raises(Failed, match="people twice, so that others may be missing"),
    ):
        read(server, people_of)


def test_a_person_by_address() -> None:
    others = {"id": "US3", "email": "adam@acme.example"}, {"id": "US4"}
    with serving(page(None, ADA, *others)) as server:
        found = read(server, lambda client: people(client, "10/1", "ada@ACME.example"))
    assert found == (RemotePerson("US1", "Ada@acme.example"), RemotePerson("US4", None))
    assert asked(server) == ["/10%2F1/users?email=ada%40ACME.example&limit=100"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, {}),
        (
            {"unlimited": True, "totalQuantity": None, "assignedQuantity": None},
            {"unlimited": True, "total": None, "assigned": None},
        ),
        (
            {"assignedQuantity": None, "startDate": "2027-01-01T00:00:00.000Z"},
            {"assigned": None, "starts": "2027-01-01"},
        ),
        ({"assignedQuantity": 0, "totalQuantity": 0}, {"assigned": 0, "total": 0}),
        ({"totalQuantity": WITHOUT, "assignedQuantity": WITHOUT}, {"total": None, "assigned": None}),
        ({"startDate": None, "endDate": WITHOUT}, {"starts": None, "ends": None}),
        ({"endDate": "2027-01-01T01:00:00+02:00"}, {"ends": "2026-12-31"}),
    ],
)
def test_a_pool(fields: dict[str, Any], expected: dict[str, Any]) -> None:
    usual = RemotePool("prod_1", "Example Product", 25, 18, unlimited=False, starts="2026-01-01", ends="2026-12-31")
    with serving(page(None, changed(POOL, fields))) as server:
        assert read(server, pools_of) == (usual._replace(**expected),)


def test_a_product_can_have_several_pools() -> None:
    with serving(page(None, POOL, POOL)) as server:
        found = read(server, pools_of)
    assert isinstance(found, tuple)
    assert [each.product_id for each in found] == ["prod_1", "prod_1"]


@pytest.mark.parametrize(
    ("fields", "type_", "is_direct"),
    [
        ({"assignmentType": "DIRECT"}, "DIRECT", True),
        ({"assignmentType": " direct"}, "DIRECT", True),
        ({"assignmentType": "Group"}, "GROUP", False),
        ({"assignmentType": "INVENTED_WORD"}, "INVENTED_WORD", False),
        ({"assignmentType": None}, None, None),
        ({"assignmentType": ""}, None, None),
        ({"assignmentType": ["DIRECT"]}, None, None),
        ({}, None, None),
    ],
)
def test_a_seat(fields: dict[str, Any], type_: str | None, is_direct: bool | None) -> None:  # noqa: FBT001 - a case
    with serving(answer(200, document({"data": [changed(SEAT, fields)]}))) as server:
        found = read(server, seats_of)
    assert found == (RemoteSeat("US1", "ada@acme.example", "prod_1", type_),)
    assert isinstance(found, tuple)
    assert found[0].is_direct is is_direct


def test_two_rows_of_a_seat_have_no_type_unless_they_agree() -> None:
    direct, inherited = ({**SEAT, "assignmentType": word} for word in ("DIRECT", "GROUP"))
    for rows, type_ in (((direct, direct), "DIRECT"), ((direct, inherited), None), ((inherited, direct, direct), None)):
        with serving(answer(200, document({"data": rows}))) as server:
            assert read(server, seats_of) == (RemoteSeat("US1", "ada@acme.example", "prod_1", type_),)


def test_filters_of_seats() -> None:
    other = {**SEAT, "userId": "US2"}
    with serving(answer(200, document({"data": [SEAT, other]}))) as server:
        found = read(server, lambda client: seats(client, "100001", user_id="US1", product_id="prod_1"))
    assert found == (RemoteSeat("US1", "ada@acme.example", "prod_1", None),)
    assert asked(server) == ["/100001/assignments?userId=US1&productId=prod_1"]


@pytest.mark.parametrize(
    ("call", "body", "problem"),
    [
        (people_of, {"email": "ada@acme.example"}, "an item of the list has no id"),
        (people_of, {"id": ""}, "an item of the list has no id"),
        (people_of, {"id": 7}, "an item of the list has no id"),
        (pools_of, changed(POOL, {"productId": WITHOUT}), "an item of the list has no productId"),
        (pools_of, changed(POOL, {"productName": None}), "an item of the list has no productName"),
        (pools_of, changed(POOL, {"unlimited": None}), "a pool does not tell whether it is unlimited"),
        (pools_of, changed(POOL, {"totalQuantity": "25"}), "totalQuantity of a pool is not a number"),
        (pools_of, changed(POOL, {"assignedQuantity": True}), "assignedQuantity of a pool is not a number"),
        (pools_of, changed(POOL, {"assignedQuantity": -1}), "assignedQuantity of a pool is not a number"),
        (pools_of, changed(POOL, {"endDate": "soon"}), "endDate of a pool is not a time"),
        (pools_of, changed(POOL, {"endDate": 2026}), "endDate of a pool is not a time"),
        (seats_of, changed(SEAT, {"userId": WITHOUT}), "an item of the list has no userId"),
        (seats_of, changed(SEAT, {"productId": " "}), "an item of the list has no productId"),
    ],
)
def test_an_item_that_cannot_be_understood(
    call: Callable[[Client], object], body: dict[str, Any], problem: str
) -> None:
    with serving(page(None, body)) as server, pytest.raises(Failed, match=problem):
        read(server, call)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ([], "the answer is not a list of assignments"),
        ({}, "the answer is not a list of assignments"),
        ({"data": ["x"]}, "the answer is not a list of assignments"),
        ({"data": [], "pagination": {"cursor": "a", "hasMore": True}}, "the answer is only a part of the list"),
        ({"data": [], "pagination": {}}, "the answer is only a part of the list"),
    ],
)
def test_an_answer_that_is_no_list_of_seats(body: object, problem: str) -> None:
    with serving(answer(200, document(body))) as server, pytest.raises(Failed, match=problem):
        read(server, seats_of)


def test_a_refused_list() -> None:
    with serving(answer(403, document({"detail": "not yours"}))) as server, pytest.raises(Failed, match="not yours"):
        read(server, seats_of)
