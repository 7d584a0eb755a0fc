"""Insights of the made-up portal: contexts, ordered exports in every generation, their quota, and links that die."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Account, Scope
from seatsync.demo.served_insights import READ, WRITE
from seatsync.demo.written_tables import MASK, Table
from seatsync.portal.exports_target import open_exports
from tests.demo.conversation import ANA, BEN, CHO, EVE, Answer, Visitor, account, call, portal
from tests.portal.written_exports import table_file

DATES = {"startDate": "2026-01-01T00:00:00.000Z", "endDate": "2026-07-30T00:00:00.000Z"}
EVERYTHING: dict[str, object] = {
    "outputFormat": "CSV",
    "reports": ["USERS", "SUBSCRIPTIONS", "USAGE", "USAGE_REPORT"],
    "usageReports": ["USAGE_REPORT_BY_PRODUCT"],
    **DATES,
}


@pytest.fixture(name="ana")
def _ana() -> Iterator[Visitor]:
    with portal() as visitor:
        yield visitor


def insights(visitor: Visitor, path: str, method: str = "GET", body: object = None, **query: object) -> Answer:
    return visitor.at(f"/insights/v1/{path}", method, query, body=body)


def order(visitor: Visitor, **changes: object) -> Answer:
    body = {"outputFormat": "CSV", "reports": ["USERS"], "teamId": visitor.double.context_id("design"), **changes}
    return insights(visitor, "exports", "POST", {key: value for key, value in body.items() if value is not None})


def done(visitor: Visitor, **changes: object) -> dict[str, Any]:
    """Return an export that was ordered, after half a minute."""
    answer = order(visitor, **changes)
    assert answer.status == 200, answer
    visitor.double.clock.advance(30)
    found: dict[str, Any] = insights(visitor, f"exports/{answer.json['id']}").json
    return found


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))


def test_contexts_are_an_array_of_the_teams_of_the_caller(ana: Visitor) -> None:
    (design,) = insights(ana, "contexts").json
    assert (design["contextId"], design["alias"]) == (ana.double.context_id("design"), "design")
    assert "ReportingAPIAccess" in design["reportingBenefits"]
    assert design["contextId"] != ana.team


def test_ids_may_be_the_same() -> None:
    with portal("same-ids") as ana:
        assert insights(ana, "contexts").json[0]["contextId"] == ana.team


def test_a_context_without_the_benefit() -> None:
    with portal(without_insights=frozenset({"design"})) as ana:
        (design,) = insights(ana, "contexts").json
        assert design["reportingBenefits"]
        assert "ReportingAPIAccess" not in design["reportingBenefits"]
        assert order(ana).status == order(ana, teamId=None).status == 403


def test_an_export_from_order_to_file(ana: Visitor) -> None:
    first = order(ana)
    assert first.json == {
        "id": first.json["id"],
        "timestamp": "2026-07-30T12:00:05.000Z",
        "teamId": ana.double.context_id("design"),
        "teamName": "design",
        "outputFormat": "CSV",
        "reports": ["USERS"],
        "status": "SUBMITTED",
        "downloads": [],
    }
    ana.double.clock.advance(29.9)
    assert insights(ana, f"exports/{first.json['id']}").json == first.json
    ana.double.clock.advance(0.1)
    export = insights(ana, f"exports/{first.json['id']}").json
    assert (export["status"], [each["type"] for each in export["downloads"]]) == ("COMPLETED", ["USERS"])
    file = call(export["downloads"][0]["downloadURL"])
    assert {row["email"].lower() for row in rows(file.body)} == set(ana.double.account().teams["design"].members)


def test_links_die_and_take_no_token(ana: Visitor) -> None:
    export = done(ana)
    url = export["downloads"][0]["downloadURL"]
    assert call(url, headers={"Authorization": f"Bearer {ana.token}"}).status == 400
    ana.double.clock.advance(299)
    assert call(url).status == 200
    ana.double.clock.advance(1)
    assert call(url).status == 403
    again = insights(ana, f"exports/{export['id']}").json["downloads"][0]["downloadURL"]
    assert (again != url, call(again).status) == (True, 200)
    secret = again.rpartition("/")[2]
    assert secret not in repr(ana.double.calls)


@pytest.mark.parametrize(("name", "end"), [("export-error", "ERROR"), ("export-expired", "EXPIRED")])
def test_exports_that_fail(name: str, end: str) -> None:
    with portal(name) as ana:
        export = done(ana)
    assert (export["status"], export["downloads"]) == (end, [])


def test_a_file_of_filters_comes_first() -> None:
    with portal("filter-sheet", "export-at-once") as ana:
        export = insights(ana, f"exports/{order(ana).json['id']}").json
        contents = [call(each["downloadURL"]).body for each in export["downloads"]]
    assert contents[0] == b"Report,Team\nUsers,all\n"
    assert b"email" in contents[1]


def test_exports_of_older_data() -> None:
    with portal("old-exports", "export-at-once") as ana:
        ana.double.change(Step.make("user.remove", Scope("team", "design"), user=CHO))
        for day, members in ((0, 4), (1, 3)):
            ana.double.clock.advance(86400 * day)
            later = ana.with_token(ana.double.token(ANA))
            file = call(done(later)["downloads"][0]["downloadURL"])
            assert len({row["email"] for row in rows(file.body)}) == members


def test_links_that_hardly_live() -> None:
    with portal("short-links") as ana:
        url = done(ana)["downloads"][0]["downloadURL"]
        ana.double.clock.advance(1)
        assert call(url).status == 403


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"outputFormat": None}, "outputFormat"),
        ({"outputFormat": "PDF"}, "outputFormat"),
        ({"reports": None}, "reports"),
        ({"reports": []}, "reports"),
        ({"reports": "USERS"}, "reports"),
        ({"reports": ["GROUPS"]}, "reports"),
        ({"reports": ["USAGE"]}, "startDate"),
        ({"reports": ["USAGE"], **DATES, "endDate": None}, "endDate"),
        ({"reports": ["USAGE"], **DATES, "endDate": "soon"}, "endDate"),
        ({"reports": ["USAGE"], **DATES, "endDate": "2027-01-02T00:00:00Z"}, "endDate"),
        ({"reports": ["USAGE"], **DATES, "endDate": "2025-12-31T00:00:00Z"}, "endDate"),
        ({"reports": ["USAGE_REPORT"], **DATES}, "usageReports"),
    ],
)
def test_wrong_orders(ana: Visitor, changes: dict[str, object], where: str) -> None:
    answer = order(ana, **changes)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, where)


@pytest.mark.parametrize("end", ["2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"])
def test_usage_of_a_day_or_a_year(ana: Visitor, end: str) -> None:
    assert order(ana, reports=["USAGE"], startDate="2026-01-01T00:00:00Z", endDate=end).status == 200


def test_usage_is_of_the_days_that_were_ordered(ana: Visitor) -> None:
    days = {"startDate": "2026-07-01T00:00:00Z", "endDate": "2026-07-02T00:00:00Z"}
    found = rows(call(done(ana, reports=["USAGE"], **days)["downloads"][0]["downloadURL"]).body)
    assert {row["day_used"] for row in found} == {"2026-07-01", "2026-07-02"}
    assert {row["email"] for row in found} == {ANA, BEN, CHO}


def test_teams_of_others_and_unknown_ones(ana: Visitor) -> None:
    assert order(ana, teamId=ana.double.context_id("works")).status == 403
    assert order(ana, teamId="1").status == 403
    assert order(ana, teamId=ana.team).status == 403  # the id of the other API


def test_an_order_of_all_teams() -> None:
    with portal(who=EVE) as eve:
        export = done(eve, teamId=None)
        assert (export["teamId"], export["teamName"]) == (None, None)
        found = rows(call(export["downloads"][0]["downloadURL"]).body)
        assert {row["team_alias"] for row in found} == {"works"}


def test_ten_orders_a_minute() -> None:
    with portal("export-at-once") as ana:
        assert [order(ana).status for _ in range(11)] == [*[200] * 10, 429]
        assert order(ana.with_token(ana.double.token(BEN))).status == 200  # each person has their own
        ana.double.clock.advance(60)
        assert order(ana).status == 200


def test_ten_orders_that_are_not_done() -> None:
    with portal("export-slow") as ana:
        for _ in range(2):
            assert [order(ana).status for _ in range(5)] == [200] * 5
            ana.double.clock.advance(61)
        assert order(ana).status == 429
        ana.double.clock.advance(600 - 122)
        assert [order(ana).status for _ in range(6)] == [*[200] * 5, 429]  # the first five are done


def test_lists_of_exports(ana: Visitor) -> None:
    ids = [order(ana).json["id"] for _ in range(3)]
    order(ana, teamId=None)
    found = insights(ana, "exports", teamId=ana.double.context_id("design"), limit=2, offset=1).json
    assert found["pagination"] == {"totalResults": 3, "offset": 1, "limit": 2}
    assert [each["id"] for each in found["exports"]] == [ids[1], ids[0]]  # the newest first
    assert insights(ana, "exports").json["pagination"] == {"totalResults": 4, "offset": 0, "limit": 100}
    assert insights(ana, "exports", limit="x").status == 400
    ben = ana.with_token(ana.double.token(BEN))
    assert insights(ben, f"exports/{ids[0]}").status == 404
    assert insights(ben, "exports").json["exports"] == []


def test_scopes(ana: Visitor) -> None:
    reader = ana.with_token(ana.double.token(ANA, frozenset({READ})))
    writer = ana.with_token(ana.double.token(ANA, frozenset({WRITE})))
    assert (insights(reader, "contexts").status, order(reader).status) == (200, 403)
    assert (order(writer).status, insights(writer, "exports").status, insights(writer, "contexts").status) == (
        200,
        403,
        403,
    )
    assert insights(ana.with_token("none"), "contexts").status == 401
    assert insights(ana, "usage-queries", "POST", {}).status == 404  # not in the made-up portal
    assert order(ana, outputFormat="EXCEL").status == 400  # nor these


# The files


@pytest.mark.parametrize("generation", ["G0", "G1", "G2"])
def test_exports_of_every_generation_are_read(generation: str, tmp_path: Path) -> None:
    with portal(*([] if generation == "G2" else [generation])) as ana:
        for each in done(ana, **EVERYTHING)["downloads"]:
            (tmp_path / "exports").mkdir(exist_ok=True)
            (tmp_path / "exports" / f"{each['type'].lower()}.csv").write_bytes(call(each["downloadURL"]).body)
    seen = open_exports("exports:exports", tmp_path, {}).read()
    real = account()
    assert [each.code for each in seen.findings if each.code in {"SOURCE001", "SOURCE002"}] == []
    assert seen.account.teams["design"].members == real.teams["design"].members
    assert seen.account.teams["design"].admins == real.teams["design"].admins
    for product in ("AutoCAD", "Revit", "Old"):
        assert seen.account.holders("design", product) == real.holders("design", product)
    assert seen.account.subscriptions.keys() == real.subscriptions.keys()


def test_masked_exports() -> None:
    with portal("masked") as ana:
        found = rows(call(done(ana)["downloads"][0]["downloadURL"]).body)
    assert {(row["email"], row["first_name"], row["last_name"]) for row in found} == {(MASK,) * 3}


def test_an_export_as_json(ana: Visitor) -> None:
    answer = call(done(ana, outputFormat="JSON")["downloads"][0]["downloadURL"])
    assert {row["email"].lower() for row in answer.json} == set(ana.double.account().teams["design"].members)


def test_random_files_of_the_tests_are_served(tmp_path: Path) -> None:
    chance = Random(7)

    def writer(real: Account, table: Table, teams: tuple[str, ...]) -> bytes:
        return table_file(real, table, teams, chance)

    for number in range(5):
        with portal(writer=writer) as ana:
            folder = tmp_path / f"exports-{number}"
            folder.mkdir()
            for each in done(ana, **{**EVERYTHING, "reports": ["USERS", "SUBSCRIPTIONS"]})["downloads"]:
                content = call(each["downloadURL"]).body
                ending = "xlsx" if content.startswith(b"PK") else "csv"
                (folder / f"{each['type'].lower()}.{ending}").write_bytes(content)
        seen = open_exports(f"exports:{folder.name}", tmp_path, {}).read()
        assert seen.account.teams["design"].members == account().teams["design"].members
        assert seen.account.subscriptions.keys() == account().subscriptions.keys()
