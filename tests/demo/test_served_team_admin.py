"""The Team Admin API of the made-up portal answers as its documentation says: every status, null and bound."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.demo.exchange import INVALID_REQUEST
from seatsync.demo.served_team_admin import READ_PRODUCTS, READ_TEAMS, READ_USERS, SCOPES, WRITE_PRODUCTS, Policy
from tests.demo.conversation import ANA, BEN, CHO, DEE, EVE, Visitor, portal


@pytest.fixture(name="ana")
def _ana() -> Iterator[Visitor]:
    with portal() as visitor:
        yield visitor


def change(visitor: Visitor, action: str, **args: str) -> None:
    names = {"first_name": "", "last_name": ""} if action == "user.invite" else {}
    visitor.double.change(Step.make(action, Scope("team", "design"), **args, **names))


# Teams


def test_teams_are_those_that_the_caller_administers_now(ana: Visitor) -> None:
    answer = ana.at("/team-admin/v1/teams")
    assert answer.json == {
        "data": [{"id": ana.team, "name": "design"}],
        "pagination": {"cursor": None, "hasMore": False},
    }
    ben = ana.with_token(ana.double.token(BEN))
    assert len(ben.at("/team-admin/v1/teams").data) == 1
    change(ana, "admin.revoke", user=BEN)
    assert ben.at("/team-admin/v1/teams").data == []
    assert ben.ask("users").status == 403  # the token is still valid


def test_a_filter_of_teams(ana: Visitor) -> None:
    assert len(ana.at("/team-admin/v1/teams", query={"teamId": ana.team}).data) == 1
    assert ana.at("/team-admin/v1/teams", query={"teamId": ana.double.team_id("works")}).status == 403


def test_an_unknown_team_and_one_of_others_look_the_same(ana: Visitor) -> None:
    answers = [
        ana.with_team(team).ask("users", headers={"X-Request-Id": "one"})
        for team in ("100001", ana.double.team_id("works"))
    ]
    assert [answer.status for answer in answers] == [403, 403]
    first, second = ({**answer.json, "instance": ""} for answer in answers)
    assert first == second


def test_a_renamed_team_keeps_its_id(ana: Visitor) -> None:
    change(ana, "team.rename", to="Design")
    assert ana.at("/team-admin/v1/teams").data == [{"id": ana.team, "name": "Design"}]


# Pages


@pytest.mark.parametrize("limit", ["0", "101", "-1", "", "ten", "1.5", "²"])
@pytest.mark.parametrize("what", ["users", "product-pools"])
def test_limits_outside_of_1_to_100(ana: Visitor, what: str, limit: str) -> None:
    answer = ana.ask(what, "GET", {"limit": limit})
    assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
    document = answer.json
    assert document["type"] == INVALID_REQUEST
    assert (document["title"], document["status"]) == ("Invalid request", 400)
    assert [(error["field"], error["title"]) for error in document["errors"]] == [("limit", "Invalid value")]
    assert document["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_pages_until_the_last(ana: Visitor, limit: int) -> None:
    seen, cursor, pages = [], None, 0
    while True:
        answer = ana.ask("users", "GET", {"limit": limit} | ({"cursor": cursor} if cursor else {}))
        pages += 1
        seen += [row["id"] for row in answer.data]
        pagination = answer.json["pagination"]
        if not pagination["hasMore"]:
            break
        cursor = pagination["cursor"]
    assert pagination["cursor"] is None
    assert pages == -(-4 // limit)
    assert sorted(seen) == sorted(map(ana.double.user_id, (ANA, BEN, CHO, DEE)))


def test_a_page_has_50_rows_by_default(ana: Visitor) -> None:
    for number in range(60):
        change(ana, "user.invite", user=f"p{number}@acme.example")
    assert len(ana.ask("users").data) == 50
    assert len(ana.ask("users", "GET", {"limit": 100}).data) == 64


@pytest.mark.parametrize("cursor", ["x", "", "cGFnZSAw", "cGFnZSAtNQ==", "YW55IDU=", "é"])
def test_a_wrong_cursor(ana: Visitor, cursor: str) -> None:
    answer = ana.ask("users", "GET", {"cursor": cursor})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "cursor")


def test_the_example_cursor_is_right_otherwise(ana: Visitor) -> None:
    assert ana.ask("users", "GET", {"cursor": "cGFnZSAx"}).status == 200


# People


def test_a_person(ana: Visitor) -> None:
    dee = {
        "id": ana.double.user_id(DEE),
        "firstName": "Dee",
        "lastName": "Kim",
        "email": "Dee@acme.example",
        "role": "USER",
        "status": "Pending",
    }
    assert ana.ask(f"users/{dee['id']}").json == dee
    assert dee in ana.ask("users").data
    assert ana.ask("users", "GET", {"email": "dee@ACME.example", "limit": 50}).data == [dee]
    assert ana.ask("users", "GET", {"email": "nobody@acme.example"}).data == []


@pytest.mark.parametrize("user", ["US0000000000", EVE])
def test_somebody_who_is_unknown_or_in_another_team(ana: Visitor, user: str) -> None:
    answer = ana.ask(f"users/{ana.double.user_id(user) if '@' in user else user}")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_roles_of_everybody(ana: Visitor) -> None:
    change(ana, "admin.assign_sso", user=CHO)
    change(ana, "member.make_external", user=DEE)
    roles = {row["email"].lower(): row["role"] for row in ana.ask("users").data}
    assert roles == {ANA: "PRIMARY_ADMIN", BEN: "SECONDARY_ADMIN", CHO: "SSO_ADMIN", DEE: "EXTERNAL_USER"}


# Invitations


def test_somebody_new_is_invited_once(ana: Visitor) -> None:
    first = ana.invite(email="Fay@acme.example", firstName="Fay", lastName="Moe")
    assert (first.status, first.json["status"], first.json["role"]) == (201, "Pending", "USER")
    again = ana.invite(email="fay@acme.example", firstName="Other", lastName="Name")
    assert (again.status, again.json) == (200, first.json)
    assert [(each.kind, each.user) for each in ana.double.effects] == [("invite", "fay@acme.example")]


def test_somebody_of_another_team_keeps_their_names(ana: Visitor) -> None:
    assert ana.invite(email=EVE, firstName="Other").json["firstName"] == "Eve"


def test_the_team_decides_who_is_external() -> None:
    with portal(policy=Policy(approved_domains=("acme.example",))) as ana:
        roles = [ana.invite(email=address).json["role"] for address in ("f@acme.example", "g@partner.example")]
        assert roles == ["USER", "EXTERNAL_USER"]
        assert ana.double.account().teams["design"].external == {"g@partner.example"}
        assert len(ana.double.effects) == 2


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, ["email"]),
        ({"email": "nobody"}, ["email"]),
        ({"email": 5}, ["email"]),
        ({"email": "f@acme.example", "firstName": 1}, ["firstName"]),
        ({"email": "f@acme.example", "first_name": "F", "role": "USER"}, ["first_name", "role"]),
    ],
)
def test_a_wrong_invitation(ana: Visitor, body: dict[str, object], fields: list[str]) -> None:
    answer = ana.invite(**body)
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (400, fields)
    assert ana.double.effects == ()


def test_bodies_that_are_no_json(ana: Visitor) -> None:
    assert ana.ask("users", "POST").status == 415
    assert ana.ask("users", "POST", body=["a list"]).status == 400
    assert ana.ask("users", "POST", headers={"Content-Type": "application/json; charset=utf-8"}).status == 400


# Pools


def test_pools_of_every_kind(ana: Visitor) -> None:
    pools = {row["productName"]: row for row in ana.ask("product-pools").data}
    assert list(pools) == ["AutoCAD", "Maya", "Next", "Revit"]  # the pool of Old has ended
    assert pools["AutoCAD"] == {
        "productId": ana.double.product_id("AutoCAD"),
        "teamId": ana.team,
        "totalQuantity": 7,
        "assignedQuantity": 3,  # Ben holds it both ways
        "unlimited": False,
        "startDate": "2026-01-01T00:00:00.000Z",
        "endDate": "2027-01-31T23:59:59.000Z",
        "productName": "AutoCAD",
    }
    counts = {name: (row["totalQuantity"], row["assignedQuantity"], row["unlimited"]) for name, row in pools.items()}
    assert counts["Maya"] == (None, None, True)
    assert counts["Next"] == (3, None, False)
    assert counts["Revit"] == (1, 1, False)


def test_a_pool_begins_when_its_time_comes(ana: Visitor) -> None:
    ana.double.clock.advance(200 * 86_400)
    ana = ana.with_token(ana.double.token(ANA))
    pools = {row["productName"]: row["assignedQuantity"] for row in ana.ask("product-pools").data}
    assert pools == {"Next": 0}


# Assignments


def test_assignments_have_their_effective_type_and_no_pages(ana: Visitor) -> None:
    answer = ana.ask("assignments")
    assert answer.json.keys() == {"data"}
    found = {(row["email"], row["productId"]): row["assignmentType"] for row in answer.data}
    cad, revit, old = map(ana.double.product_id, ("AutoCAD", "Revit", "Old"))
    assert found == {
        (ANA, cad): "DIRECT",
        (BEN, cad): "GROUP",  # directly, too
        (CHO, cad): "GROUP",
        (ANA, revit): "DIRECT",
        (ANA, old): "DIRECT",
    }
    assert list(answer.data[0]) == ["userId", "email", "teamId", "productId", "assignmentType"]


@pytest.mark.parametrize("name", ["limit", "cursor"])
def test_assignments_take_no_pages(ana: Visitor, name: str) -> None:
    answer = ana.ask("assignments", "GET", {name: "5"})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, name)


def test_filters_of_assignments(ana: Visitor) -> None:
    ids = ana.pair(ANA, "AutoCAD")
    assert len(ana.ask("assignments", "GET", {"userId": ids["userId"]}).data) == 3
    assert len(ana.ask("assignments", "GET", {"productId": ids["productId"]}).data) == 3
    assert len(ana.ask("assignments", "GET", ids).data) == 1
    assert ana.ask("assignments", "GET", {"userId": "US1", "productId": ids["productId"]}).data == []
    assert ana.ask("assignments", "GET", {"productId": "prod_unknown"}).data == []


def test_a_new_assignment_and_the_same_again(ana: Visitor) -> None:
    first = ana.assign(DEE, "AutoCAD", assignmentType="DIRECT")
    assert (first.status, first.json["assignmentType"]) == (201, "DIRECT")
    again = ana.assign(DEE, "AutoCAD")
    assert (again.status, again.json) == (200, first.json)
    assert [each.kind for each in ana.double.effects] == ["assign"]


def test_somebody_of_a_group_gets_a_direct_seat_that_nobody_sees(ana: Visitor) -> None:
    answer = ana.assign(CHO, "AutoCAD")
    assert (answer.status, answer.json["assignmentType"]) == (201, "GROUP")
    assert ana.ask("product-pools").data[0]["assignedQuantity"] == 3
    assert ana.unassign(CHO, "AutoCAD").status == 204
    assert len(ana.rows(CHO, "AutoCAD")) == 1


def test_a_full_pool_one_without_end_and_one_that_has_not_begun(ana: Visitor) -> None:
    assert ana.assign(CHO, "Revit").status == 422
    assert ana.assign(CHO, "Maya").status == 201
    assert ana.assign(CHO, "Next").status == 422
    assert [each.product for each in ana.double.effects] == ["Maya"]


@pytest.mark.parametrize("kind", ["GROUP", "direct", "", None])
def test_only_direct_assignments_are_made(ana: Visitor, kind: str | None) -> None:
    answer = ana.ask("assignments", "POST", body={**ana.pair(DEE, "AutoCAD"), "assignmentType": kind})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "assignmentType")


@pytest.mark.parametrize("missing", ["userId", "productId"])
@pytest.mark.parametrize("value", [None, "", 5])
def test_both_ids_are_needed(ana: Visitor, missing: str, value: object) -> None:
    ids: dict[str, object] = {**ana.pair(DEE, "AutoCAD"), missing: value}
    answers = [ana.ask("assignments", "POST", body=ids)]
    del ids[missing]
    answers += [ana.ask("assignments", "POST", body=ids), ana.ask("assignments", "DELETE", ids)]
    assert [(answer.status, answer.json["errors"][0]["field"]) for answer in answers] == [(400, missing)] * 3


def test_people_and_products_that_are_not_there(ana: Visitor) -> None:
    assert ana.assign(EVE, "AutoCAD").status == 404
    assert ana.assign(DEE, "Nothing").status == 404
    assert ana.unassign(EVE, "AutoCAD").status == 404


def test_unassign_by_the_state_before(ana: Visitor) -> None:
    answers = [ana.unassign(user, "AutoCAD") for user in (ANA, ANA, BEN, BEN, CHO, DEE)]
    # Ana's was direct; Ben's was beside that of a group, which remains; Cho's is inherited only; Dee has none.
    assert [answer.status for answer in answers] == [204, 404, 204, 422, 422, 404]
    assert answers[0].body == b""
    assert [(each.kind, each.user) for each in ana.double.effects] == [("unassign", ANA), ("unassign", BEN)]


def test_unsupported_products() -> None:
    with portal(policy=Policy(unsupported=frozenset({"AutoCAD", "Classic"}))) as ana:
        names = [row["productName"] for row in ana.ask("product-pools").data]
        assert names == ["Maya", "Next", "Revit"]
        assert ana.ask("assignments", "GET", {"productId": ana.double.product_id("AutoCAD")}).data == []
        assert len(ana.ask("assignments").data) == 2
        statuses = [
            work(ANA, product).status for work in (ana.assign, ana.unassign) for product in ("AutoCAD", "Classic")
        ]
        assert statuses == [422] * 4
        assert ana.double.effects == ()


# Tokens and scopes


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", "Basic YTpi", "wrong"])
def test_tokens_that_are_none(ana: Visitor, header: str) -> None:
    answer = ana.ask("users", headers={"Authorization": header})
    assert (answer.status, answer.headers["content-type"]) == (401, "application/json")
    assert "developerMessage" in answer.json


def test_a_token_expires(ana: Visitor) -> None:
    ana.double.clock.advance(3599)
    assert ana.ask("users").status == 200
    ana.double.clock.advance(1)
    assert ana.ask("users").status == 401


NEEDS = {
    ("GET", "users"): {READ_USERS, READ_TEAMS},
    ("GET", "users/US1"): {READ_USERS, READ_TEAMS},
    ("POST", "users"): {"tmadmapi:team-users:write", "tmadmapi:team:write"},
    ("GET", "product-pools"): {READ_PRODUCTS, READ_TEAMS},
    ("GET", "assignments"): {READ_PRODUCTS, READ_TEAMS},
    ("POST", "assignments"): {WRITE_PRODUCTS},
    ("DELETE", "assignments"): {WRITE_PRODUCTS},
}


@pytest.mark.parametrize(("method", "what"), NEEDS)
def test_each_operation_needs_its_scopes(ana: Visitor, method: str, what: str) -> None:
    needed = NEEDS[method, what]
    enough = ana.with_token(ana.double.token(ANA, frozenset(needed)))
    assert enough.ask(what, method).status not in {401, 403}
    for scope in sorted(needed):
        lacking = ana.with_token(ana.double.token(ANA, frozenset(SCOPES) - {scope}))
        answer = lacking.ask(what, method)
        assert (answer.status, scope in answer.json["developerMessage"]) == (403, True)


def test_the_list_of_teams_needs_its_scope(ana: Visitor) -> None:
    lacking = ana.with_token(ana.double.token(ANA, frozenset(SCOPES) - {READ_TEAMS}))
    assert lacking.at("/team-admin/v1/teams").status == 403


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/teams"),
        ("DELETE", "/teams/1/users"),
        ("GET", "/teams/1"),
        ("GET", "/groups"),
        ("PATCH", "/teams/1/users/2"),
    ],
)
def test_what_there_is_not(ana: Visitor, method: str, path: str) -> None:
    assert ana.at(f"/team-admin/v1{path}", method).status == 404


# Ids of requests


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("a", True),
        ("A.b_c-9", True),
        ("  padded  ", True),
        ("x" * 128, True),
        ("x" * 129, False),
        ("", False),
        ("a b", False),
        ("a/b", False),
    ],
)
def test_a_valid_id_of_a_request_comes_back(ana: Visitor, sent: str, *, kept: bool) -> None:
    found = ana.ask("users", headers={"X-Request-Id": sent}).headers["x-request-id"]
    assert (found == sent.strip()) is kept
    assert found


# The allowance


def test_sixty_calls_of_a_team_in_a_minute(ana: Visitor) -> None:
    ben = ana.with_token(ana.double.token(BEN))
    statuses = [visitor.ask("product-pools").status for _ in range(30) for visitor in (ana, ben)]
    assert statuses == [200] * 60
    late = ben.ask("assignments", "POST", body={})
    assert (late.status, late.headers["content-type"]) == (429, "application/problem+json")
    assert ana.with_team("1").ask("users").status == 403  # not counted for any team
    assert ana.at("/team-admin/v1/teams").status == 200  # counted for the client
    ana.double.clock.advance(54)
    assert ana.ask("users").status == 429
    ana.double.clock.advance(1)  # the next minute of the clock
    assert ana.ask("users").status == 200
    assert list(ana.double.by_minute("design").values()) == [62, 1]


def test_sixty_lists_of_teams_of_a_client(ana: Visitor) -> None:
    statuses = [ana.at("/team-admin/v1/teams", query={"teamId": ana.team}).status for _ in range(61)]
    assert statuses == [*[200] * 60, 429]
    assert ana.ask("users").status == 200


def test_refused_changes_have_no_effect(ana: Visitor) -> None:
    for _ in range(60):
        ana.ask("product-pools")
    assert ana.assign(DEE, "AutoCAD").status == 429
    assert ana.double.effects == ()
    assert DEE not in ana.double.account().teams["design"].seats["AutoCAD"]
