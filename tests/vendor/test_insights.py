"""Operations of Insights: what answers mean, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from time import monotonic

import pytest

from seatsync.vendor.http_client import Client, Failed, Limits, Timing
from seatsync.vendor.insights import Context, OrderedExport, Report, contexts, export, order
from tests.vendor.servers import Server, Treat, answer, raw, reset, serving

PENDING = {"id": "a1", "timestamp": "2026-07-30T12:00:05.000Z", "status": "SUBMITTED", "downloads": []}
AT = datetime(2026, 7, 30, 12, 0, 5, tzinfo=UTC)


def gives(document: object, status: int = 200) -> Treat:
    return answer(status, json.dumps(document).encode())


def read(server: Server, call: Callable[[Client], object]) -> object:
    timing = Timing(seconds=monotonic, sleep=lambda _: None, jitter=lambda: 0.0)
    with Client(server.url, lambda: "token", limits=Limits(attempts=2), timing=timing) as client:
        return call(client)


def ordered(client: Client) -> OrderedExport:
    return order(client, "USERS", "2026-07-01", "2026-07-30")


def failure(treat: Treat, call: Callable[[Client], object]) -> str:
    with serving(treat) as server, pytest.raises(Failed) as caught:
        read(server, call)
    return caught.value.reason


def test_contexts() -> None:
    items = [
        {"contextId": "2", "alias": "works", "reportingBenefits": ["ReportingSeatUsage"]},
        {"contextId": "1", "alias": "design", "reportingBenefits": ["ReportingAPIAccess", 7], "more": 1},
        {"contextId": "3"},
    ]
    with serving(gives(items)) as server:
        found = read(server, contexts)
    expected = (
        Context("3", "3", None),
        Context("1", "design", ("ReportingAPIAccess",)),
        Context("2", "works", ("ReportingSeatUsage",)),
    )
    assert found == expected
    assert [each.has_exports for each in expected] == [True, True, False]


@pytest.mark.parametrize("document", [{}, None, ["x"], [{}], [{"contextId": 1}], [{"contextId": ""}]])
def test_strange_contexts(document: object) -> None:
    assert failure(gives(document), contexts) in {
        "the answer is not a list of teams",
        "the answer has a team without an id",
    }


def test_contexts_that_are_refused() -> None:
    body = b'{"developerMessage": "Sign in again.", "moreInfo": "", "errorCode": "AUTH-006"}'
    assert failure(answer(401, body), contexts) == "answered 401: Sign in again."


@pytest.mark.parametrize(
    ("report", "more"),
    [
        ("USERS", {}),
        ("SUBSCRIPTIONS", {}),
        ("USAGE", {"startDate": "2026-07-01T00:00:00.000Z", "endDate": "2026-07-30T23:59:59.999Z"}),
        (
            "USAGE_REPORT",
            {
                "startDate": "2026-07-01T00:00:00.000Z",
                "endDate": "2026-07-30T23:59:59.999Z",
                "usageReports": ["USAGE_REPORT_BY_PRODUCT"],
            },
        ),
    ],
)
def test_orders(report: Report, more: dict[str, object]) -> None:
    with serving(gives(PENDING)) as server:
        found = read(server, lambda client: order(client, report, "2026-07-01", "2026-07-30"))
    assert found == OrderedExport("a1", "SUBMITTED", AT, ())
    head, _, body = server.requests[0].partition("\r\n\r\n")
    assert head.startswith("POST /v1/exports HTTP/1.1\r\n")
    assert json.loads(body) == {"outputFormat": "CSV", "reports": [report], **more}


def test_an_order_is_repeated_when_its_answer_is_lost() -> None:
    for treat in (reset, answer(503), answer(500), answer(429), raw(b"")):
        with serving(treat, gives(PENDING)) as server:
            assert read(server, ordered) == OrderedExport("a1", "SUBMITTED", AT, ())
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_an_order_that_is_refused(status: int) -> None:
    assert failure(answer(status, b'{"detail": "No."}'), ordered) == f"answered {status}: No."


def test_an_export_that_is_ready() -> None:
    downloads = [{"type": "USERS", "downloadURL": "https://files.example/secret"}, {"downloadURL": "https://b.example"}]
    with serving(gives({**PENDING, "status": "completed", "downloads": downloads})) as server:
        found = read(server, lambda client: export(client, "a/1?"))
    assert found == OrderedExport("a1", "COMPLETED", AT, ("https://files.example/secret", "https://b.example"))
    assert isinstance(found, OrderedExport)
    assert (found.is_ready, found.has_failed, "secret" in repr(found)) == (True, False, False)
    assert server.requests[0].startswith("GET /v1/exports/a%2F1%3F ")


@pytest.mark.parametrize(
    ("status", "is_ready", "has_failed"),
    [
        ("SUBMITTED", False, False),
        ("COMPLETED", False, False),
        ("RUNNING", False, False),
        ("ERROR", False, True),
        ("expired", False, True),
    ],
)
def test_states_of_an_export(status: str, is_ready: bool, has_failed: bool) -> None:  # noqa: FBT001 - a table
    with serving(gives({**PENDING, "status": status})) as server:
        found = read(server, lambda client: export(client, "a1"))
    assert isinstance(found, OrderedExport)
    assert (found.is_ready, found.has_failed) == (is_ready, has_failed)


@pytest.mark.parametrize(
    ("text", "at"),
    [("2026-07-30T14:00:05+02:00", AT), ("2026-07-30T12:00:05", AT), ("soon", None), (None, None), (7, None)],
)
def test_times_of_an_export(text: object, at: datetime | None) -> None:
    with serving(gives({**PENDING, "timestamp": text})) as server:
        found = read(server, lambda client: export(client, "a1"))
    assert isinstance(found, OrderedExport)
    assert found.at == at


def test_an_export_that_is_unknown() -> None:
    with serving(answer(404)) as server:
        assert read(server, lambda client: export(client, "a1")) is None


@pytest.mark.parametrize(
    "change",
    [{"id": None}, {"id": ""}, {"status": 1}, {"downloads": None}, {"downloads": ["x"]}, {"downloads": [{"type": 1}]}],
)
def test_strange_exports(change: dict[str, object]) -> None:
    assert failure(gives({**PENDING, **change}), ordered) == "the answer is not an export"
    assert failure(gives([]), ordered) == "the answer is not an export"


def test_a_file_without_a_length_may_be_incomplete() -> None:
    whole = raw(b"HTTP/1.1 200 OK\r\n\r\nemail,role\r\n")
    with serving(whole) as server, pytest.raises(Failed) as caught:
        read(server, lambda client: list(client.download(f"{server.url}/file")))
    assert caught.value.reason == "the answer does not tell its length, so that it may be incomplete"
    chunked = raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")
    with serving(chunked) as server:
        assert read(server, lambda client: list(client.download(f"{server.url}/file"))) == [b"abc"]
    cut = raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n")
    with serving(cut) as server, pytest.raises(Failed):
        read(server, lambda client: list(client.download(f"{server.url}/file")))
