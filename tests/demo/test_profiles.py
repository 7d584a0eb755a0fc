"""Each profile of the made-up portal differs from `guess-A` in one way that nobody has seen documented."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import fields
from email.utils import parsedate_to_datetime
from functools import partial
from http.client import HTTPException
from typing import get_args, get_type_hints

import pytest

from seatsync.demo.exchange import INVENTED, Arrived, Fault
from seatsync.demo.profiles import VARIANTS, Profile, profile_of
from seatsync.errors import WrongUsage
from tests.demo.conversation import ANA, BEN, CHO, DEE, NOON, Answer, Visitor, portal


@pytest.fixture(name="visitor")
def _visitor(request: pytest.FixtureRequest) -> Iterator[Visitor]:
    """Return a visitor of a portal with the profiles that the test names."""
    names: tuple[str, ...] = request.param
    with portal(*names) as visitor:
        yield visitor


def with_profile(*names: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("visitor", [names], indirect=True, ids=["+".join(names)])


def ben(visitor: Visitor) -> dict[str, object]:
    found: dict[str, object] = visitor.ask(f"users/{visitor.double.user_id(BEN)}").json
    return found


# The table


def test_every_variant_changes_its_field_and_nothing_else() -> None:
    for name, variant in VARIANTS.items():
        changed = profile_of([name])
        different = [
            each.name for each in fields(Profile) if getattr(changed, each.name) != getattr(Profile(), each.name)
        ]
        assert different == [variant.field], name


def test_every_field_has_all_its_values() -> None:
    hints = get_type_hints(Profile)
    for each in fields(Profile):
        values = [variant.value for variant in VARIANTS.values() if variant.field == each.name]
        assert values, f"no profile changes {each.name}"
        words = get_args(hints[each.name])
        if words and isinstance(words[0], str):
            assert sorted([*values, each.default]) == sorted(words), each.name


def test_profiles_are_combined_unless_they_exclude_each_other() -> None:
    assert profile_of(["guess-A", "lag", "add-200", "lag"]) == Profile(lag=60.0, add_status=200)
    with pytest.raises(WrongUsage, match="the profiles add-snake and add-address exclude each other"):
        profile_of(["add-snake", "add-address"])
    with pytest.raises(WrongUsage, match="there is no profile 'add-snak'"):
        profile_of(["add-snak"])


UNSEEN = {
    "fields of people after the id": "snake-names no-names no-email more-fields",
    "words of roles, one or a list": "roles-spelled roles-invented roles-list no-roles",
    "status of people": "status-invited status-lower no-status",
    "pending people": "pending-hidden pending-without-seats",
    "fields of an invitation": "add-snake add-address",
    "status of an invitation": "add-200",
    "assigning what exists, and from a full pool": "exists-409 exists-422 full-409 full-400",
    "success of unassigning": "unassign-200",
    "words of inherited types": "inherited-team inherited-invented direct-wins",
    "assignmentType missing": "no-types",
    "pools": "pools-split future-zero",
    "headers of the allowance, Retry-After": "retry-seconds retry-date ratelimit x-ratelimit",
    "body of errors of the gateway": (
        "error-detail error-userMessage error-title error-error_description error-error error-message"
        " error-html error-empty oauth-developer"
    ),
    "types of problems": "no-problem-types",
    "ids of requests on errors": "no-request-id",
    "ids in Insights": "same-ids",
    "errors of cursors": "cursors-expire cursors-dead cursors-loop",
    "order, duplicates or gaps while paging": "shuffled insert-between",
    "case of addresses": "mixed-case email-exact",
    "lag": "lag",
    "timeouts, 5xx": "drop-after reset-after error-after error-before busy on-reads every-2",
    "PKCE": "pkce-refused",
    "exports": "G0 G1 masked export-error export-expired export-at-once export-slow short-links filter-sheet",
    "age of the data of exports": "old-exports",
}
"""The behaviour that no documentation shows, with the profiles for what else it may be."""


def test_there_are_profiles_for_everything_unseen() -> None:
    names = " ".join(UNSEEN.values()).split()
    assert sorted(names) == sorted(VARIANTS)


# People

SHOWN: dict[str, dict[str, object]] = {
    "guess-A": {"firstName": "Ben", "lastName": "Tester", "email": BEN, "role": "SECONDARY_ADMIN", "status": "Active"},
    "snake-names": {"first_name": "Ben", "last_name": "Tester", "firstName": None},
    "no-names": {"firstName": None, "first_name": None, "lastName": None},
    "no-email": {"email": None},
    "roles-spelled": {"role": "Secondary admin"},
    "roles-invented": {"role": "INVENTED_STEWARD"},
    "roles-list": {"role": None, "roles": ["SECONDARY_ADMIN"]},
    "no-roles": {"role": None, "roles": None},
    "status-invited": {"status": "ACTIVE"},
    "status-lower": {"status": "active"},
    "no-status": {"status": None},
    "more-fields": {"inventedField": {"of": ["the made-up portal"]}},
}


@pytest.mark.parametrize("visitor", [(name,) for name in SHOWN], indirect=True, ids=list(SHOWN))
def test_a_person(visitor: Visitor, request: pytest.FixtureRequest) -> None:
    shown = ben(visitor)
    expected = SHOWN[request.node.callspec.id]
    assert {key: shown.get(key) for key in expected} == expected
    assert shown["id"] == visitor.double.user_id(BEN)


@pytest.mark.parametrize(
    ("visitor", "word"), [(("status-invited",), "INVITED"), (("status-lower",), "pending")], indirect=["visitor"]
)
def test_a_pending_person(visitor: Visitor, word: str) -> None:
    assert visitor.ask(f"users/{visitor.double.user_id(DEE)}").json["status"] == word


@with_profile("pending-hidden")
def test_pending_people_are_not_listed(visitor: Visitor) -> None:
    assert len(visitor.ask("users").data) == 3
    assert visitor.ask("users", "GET", {"email": DEE}).data == []


@with_profile("pending-without-seats")
def test_pending_people_get_no_seats(visitor: Visitor) -> None:
    assert visitor.assign(DEE, "AutoCAD").status == 422
    assert visitor.assign(CHO, "AutoCAD").status == 201


@with_profile("email-exact")
def test_people_are_found_only_by_the_exact_address(visitor: Visitor) -> None:
    found = [len(visitor.ask("users", "GET", {"email": email}).data) for email in ("Dee@acme.example", DEE)]
    assert found == [1, 0]


@with_profile("mixed-case")
def test_addresses_are_in_any_case(visitor: Visitor) -> None:
    shown = {row["email"] for _ in range(10) for row in visitor.ask("users").data}
    assert {address.lower() for address in shown} == {ANA, BEN, CHO, DEE}
    assert len(shown) > 4
    assert {row["email"] for _ in range(9) for row in visitor.rows(ANA, "Revit")} > {ANA}


@pytest.mark.parametrize(
    ("visitor", "keys"),
    [
        (("add-snake",), ("email", "first_name", "last_name")),
        (("add-address",), ("emailAddress", "givenName", "familyName")),
    ],
    indirect=["visitor"],
)
def test_other_fields_of_an_invitation(visitor: Visitor, keys: tuple[str, str, str]) -> None:
    wrong = visitor.invite(email="f@acme.example", firstName="F")
    assert (wrong.status, wrong.json["errors"][0]["title"]) == (400, "Unknown field")
    right = visitor.invite(**dict(zip(keys, ("f@acme.example", "Fay", "Moe"), strict=True)))
    assert (right.status, right.json["lastName"]) == (201, "Moe")


@with_profile("add-200")
def test_an_invitation_is_answered_with_200(visitor: Visitor) -> None:
    assert visitor.invite(email="f@acme.example").status == 200
    assert len(visitor.double.effects) == 1


# Products


@pytest.mark.parametrize(("visitor", "status"), [(("exists-409",), 409), (("exists-422",), 422)], indirect=["visitor"])
def test_an_assignment_that_exists(visitor: Visitor, status: int) -> None:
    assert visitor.assign(ANA, "AutoCAD").status == status


@pytest.mark.parametrize(("visitor", "status"), [(("full-409",), 409), (("full-400",), 400)], indirect=["visitor"])
def test_a_full_pool(visitor: Visitor, status: int) -> None:
    answer = visitor.assign(CHO, "Revit")
    assert (answer.status, answer.json["type"]) == (status, f"{INVENTED}no-seat-available")


@with_profile("unassign-200")
def test_an_assignment_is_removed_with_a_body(visitor: Visitor) -> None:
    answer = visitor.unassign(ANA, "AutoCAD")
    assert (answer.status, answer.json) == (200, {"removed": True})


@pytest.mark.parametrize(
    ("visitor", "types"),
    [
        (("guess-A",), ["DIRECT", "GROUP", "GROUP"]),
        (("inherited-team",), ["DIRECT", "TEAM", "TEAM"]),
        (("inherited-invented",), ["DIRECT", "INVENTED_WORD", "INVENTED_WORD"]),
        (("no-types",), [None, None, None]),
        (("direct-wins",), ["DIRECT", "DIRECT", "GROUP"]),
    ],
    indirect=["visitor"],
)
def test_types_of_assignments(visitor: Visitor, types: list[str | None]) -> None:
    rows = visitor.ask("assignments", "GET", {"productId": visitor.double.product_id("AutoCAD")}).data
    assert [row.get("assignmentType") for row in rows] == types


@with_profile("pools-split")
def test_a_pool_for_each_subscription(visitor: Visitor) -> None:
    pools = [row for row in visitor.ask("product-pools").data if row["productName"] == "AutoCAD"]
    assert sorted(row["totalQuantity"] for row in pools) == [2, 5]
    assert len({row["productId"] for row in pools}) == 1


@with_profile("future-zero")
def test_a_pool_in_the_future_has_none_assigned(visitor: Visitor) -> None:
    (pool,) = [row for row in visitor.ask("product-pools").data if row["productName"] == "Next"]
    assert pool["assignedQuantity"] == 0


# The allowance


def spent(visitor: Visitor) -> Answer:
    """Return the answer to a call for which nothing is left."""
    for _ in range(60):
        visitor.ask("product-pools")
    return visitor.ask("product-pools")


def allowance(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if "ratelimit" in name or name == "retry-after"}


@with_profile("guess-A")
def test_no_headers_about_the_allowance(visitor: Visitor) -> None:
    assert allowance(visitor.ask("users")) == allowance(spent(visitor)) == {}


@with_profile("retry-seconds")
def test_retry_after_in_seconds(visitor: Visitor) -> None:
    assert allowance(visitor.ask("users")) == {}
    assert allowance(spent(visitor)) == {"retry-after": "56"}


@with_profile("retry-date")
def test_retry_after_as_a_date(visitor: Visitor) -> None:
    until = parsedate_to_datetime(allowance(spent(visitor))["retry-after"])
    assert (until - NOON).total_seconds() == 55


@pytest.mark.parametrize(("visitor", "start"), [(("ratelimit",), ""), (("x-ratelimit",), "x-")], indirect=["visitor"])
def test_headers_about_the_allowance(visitor: Visitor, start: str) -> None:
    names = [f"{start}ratelimit-{name}" for name in ("limit", "remaining", "reset")]
    assert allowance(visitor.ask("users")) == dict(zip(names, ("60", "59", "56"), strict=True))
    assert allowance(spent(visitor))[f"{start}ratelimit-remaining"] == "0"
    assert allowance(visitor.with_token("none").ask("users")) == {}  # answered before the allowance was asked


# Errors


@pytest.mark.parametrize("key", ["detail", "userMessage", "title", "error_description", "error", "message"])
def test_words_of_the_gateway(key: str) -> None:
    with portal(f"error-{key}") as visitor:
        answer = visitor.with_token("none").ask("users")
    assert (answer.status, answer.json[key]) == (401, "The token is missing, unknown or has expired.")
    assert answer.json.keys() == {key, "moreInfo", "errorCode"}


@with_profile("error-html")
def test_pages_of_the_gateway(visitor: Visitor) -> None:
    answer = visitor.with_token("none").ask("users")
    assert (answer.status, answer.headers["content-type"]) == (401, "text/html")
    assert b"<h1>The token is missing" in answer.body


@with_profile("error-empty")
def test_errors_without_a_body(visitor: Visitor) -> None:
    answer = visitor.with_token("none").ask("users")
    assert (answer.status, answer.body) == (401, b"")


@with_profile("no-problem-types")
def test_problems_without_a_type(visitor: Visitor) -> None:
    assert "type" not in visitor.ask("users", "GET", {"limit": "0"}).json


@with_profile("no-request-id")
def test_errors_without_an_id(visitor: Visitor) -> None:
    answer = visitor.ask("users", "GET", {"limit": "0"})
    assert "x-request-id" not in answer.headers
    assert "requestId" not in answer.json
    assert "x-request-id" in visitor.ask("users").headers


# Pages


@with_profile("cursors-expire")
def test_the_first_cursor_has_expired(visitor: Visitor) -> None:
    cursor = visitor.ask("users", "GET", {"limit": 2}).json["pagination"]["cursor"]
    statuses = [visitor.ask("users", "GET", {"limit": 2, "cursor": cursor}).status for _ in range(3)]
    assert statuses == [400, 200, 200]


@with_profile("cursors-dead")
def test_every_cursor_has_expired(visitor: Visitor) -> None:
    for _ in range(5):
        cursor = visitor.ask("users", "GET", {"limit": 2}).json["pagination"]["cursor"]
        assert visitor.ask("users", "GET", {"limit": 2, "cursor": cursor}).status == 400


@with_profile("cursors-loop")
def test_a_page_that_is_followed_by_itself(visitor: Visitor) -> None:
    first = visitor.ask("users", "GET", {"limit": 1}).json["pagination"]["cursor"]
    second = visitor.ask("users", "GET", {"limit": 1, "cursor": first}).json["pagination"]
    assert second == {"cursor": first, "hasMore": True}


@with_profile("shuffled")
def test_pages_in_any_order(visitor: Visitor) -> None:
    def listed() -> list[str]:
        pages = [visitor.ask("users", "GET", {"limit": "2"} | more).json for more in ({}, {"cursor": "cGFnZSAy"})]
        return [row["id"] for page in pages for row in page["data"]]

    lists = [listed() for _ in range(20)]
    assert {len(rows) for rows in lists} == {4}
    assert {len(set(rows)) for rows in lists} > {4}  # some rows twice, others not at all


@with_profile("insert-between")
def test_somebody_joins_after_the_first_page(visitor: Visitor) -> None:
    first = visitor.ask("users", "GET", {"limit": 2}).json
    second = visitor.ask("users", "GET", {"limit": 2, "cursor": first["pagination"]["cursor"]}).json
    ids = [row["id"] for page in (first, second) for row in page["data"]]
    assert len(set(ids)) == 3  # the last row of the first page is the first of the second
    assert second["pagination"]["hasMore"]
    assert [each.kind for each in visitor.double.effects] == ["join"]


# Lag


@with_profile("lag")
def test_lists_lag_behind_and_pairs_do_not(visitor: Visitor) -> None:
    double = visitor.double
    assert (visitor.assign(DEE, "AutoCAD").status, visitor.unassign(ANA, "Revit").status) == (201, 204)
    visitor.invite(email="f@acme.example")
    assert (len(visitor.rows(DEE, "AutoCAD")), len(visitor.rows(ANA, "Revit"))) == (1, 0)

    def seen() -> tuple[int, int]:
        return len(visitor.ask("assignments").data), len(visitor.ask("users").data)

    before = seen()
    assert before == (5, 4)
    double.clock.advance(30)
    visitor.assign(CHO, "Maya")
    assert seen() == before
    double.clock.advance(30)
    assert seen() == (5, 5)  # one more and one less
    double.clock.advance(30)
    assert seen() == (6, 5)


# Faults


def lost(work: Callable[[], Answer]) -> Answer | None:
    """Return an answer, None if its connection ended."""
    with suppress(ConnectionError, HTTPException):
        return work()
    return None


@pytest.mark.parametrize(
    ("visitor", "third", "done"),
    [
        (("drop-after",), None, 3),
        (("reset-after",), None, 3),
        (("error-after",), 503, 3),
        (("error-before",), 503, 2),
        (("busy",), 429, 2),
        (("drop-after", "every-2"), 201, 3),
    ],
    indirect=["visitor"],
)
def test_every_third_change_goes_wrong(visitor: Visitor, third: int | None, done: int) -> None:
    answers = [lost(partial(visitor.invite, email=f"{name}@acme.example")) for name in "fgh"]
    last = answers[2]
    assert (None if last is None else last.status) == third
    assert len(visitor.double.effects) == done
    if third == 429:
        assert last is not None
        assert last.headers["retry-after"] == "1"
    assert visitor.ask("users").status == 200


@with_profile("error-before", "on-reads")
def test_every_third_read_goes_wrong(visitor: Visitor) -> None:
    assert [visitor.ask("users").status for _ in range(6)] == [200, 200, 503, 200, 200, 503]
    assert {visitor.invite(email=f"{name}@acme.example").status for name in "fghi"} == {201}


@pytest.mark.parametrize("announced", [True, False])
@pytest.mark.parametrize("most", [0, 1, 40])
def test_answers_are_cut(most: int, *, announced: bool) -> None:
    def faults(arrived: Arrived) -> Fault | None:
        return Fault("cut", most=most, announced=announced) if arrived.path.endswith("/users") else None

    with portal(faults=faults) as visitor:
        answer = lost(lambda: visitor.ask("users"))
        if announced:
            assert answer is None
        else:
            assert answer is not None
            assert len(answer.body) == most
            with pytest.raises(json.JSONDecodeError):
                assert answer.json
        assert visitor.ask("product-pools").status == 200
