"""What answers say: the words of errors in every form, waiting times and allowances."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from seatsync.vendor.answers import (
    Allowance,
    allowance,
    other_allowance,
    plain_words,
    refusal,
    request_id_of,
    retry_after,
)

NOW = datetime(2026, 11, 29, 10, 0, 20, tzinfo=UTC)
PROBLEM = {
    "type": "https://developer.api.autodesk.com/problems/invalid-request",
    "title": "Invalid request",
    "status": 400,
    "detail": "The limit is not valid.",
    "requestId": "b1b1a5a8-0000-4000-8000-000000000000",
    "errors": [
        {"field": "limit", "title": "Invalid value", "detail": "must be at most 100"},
        {"field": "cursor", "title": "Invalid value"},
        "bad",
        5,
        {},
    ],
}


def test_a_problem_document() -> None:
    found = refusal(400, "application/problem+json", json.dumps(PROBLEM).encode())
    assert str(found) == "The limit is not valid.; limit: must be at most 100; cursor: Invalid value; bad"
    assert found.code == PROBLEM["type"]
    assert request_id_of({"content-type": "application/problem+json"}, json.dumps(PROBLEM).encode()) == (
        "b1b1a5a8-0000-4000-8000-000000000000"
    )


KEYS = ("detail", "developerMessage", "userMessage", "title", "error_description", "error", "message")


@pytest.mark.parametrize("number", range(len(KEYS)))
def test_the_first_text_counts(number: int) -> None:
    body = {key: f"from {key}" for key in reversed(KEYS[number:])}
    assert refusal(403, "application/json", json.dumps(body).encode()).words == f"from {KEYS[number]}"
    nothing: tuple[object, ...] = ("", None, 5, [], {}, " ")
    empty = dict(zip(KEYS[:number], nothing, strict=False))
    assert refusal(403, "", json.dumps({**empty, **body}).encode()).words == f"from {KEYS[number]}"


@pytest.mark.parametrize(
    ("content_type", "body", "words"),
    [
        (
            "text/html",
            b"<html><title>T</title><style>a{}</style><h1>Bad &amp; worse</h1><p>Gateway",
            "Bad & worse Gateway",
        ),
        ("", b" <!-- a --><b>No</b> <script>x<y</script>way", "No way"),
        ("text/html", b"<p>&lt;script&gt;", "<script>"),
        ("text/plain", b"a\x1b[31m\r\nb\xe2\x80\xaec\xff", "a [31m b c\ufffd"),
        ("application/json", b"{", "{"),
        ("application/json", b"", "status 502"),
        ("application/json", b"[1]", "status 502"),
        ("application/json", b"{}", "status 502"),
        ("application/json", b'{"title": "\\u001b]0;x\\u0007 \\u202e"}', "]0;x"),
        ("text/html", b"<" * 100_000, "status 502"),
        ("application/json", b"[" * 100_000, "[" * 299 + "…"),
    ],
)
def test_other_forms(content_type: str, body: bytes, words: str) -> None:
    assert refusal(502, content_type, body).words == words


def test_long_words_are_cut() -> None:
    assert plain_words("ab " * 1000) == ("ab " * 100)[:299] + "…"


@pytest.mark.parametrize(
    ("headers", "body", "found"),
    [
        ({"x-request-id": "a-1"}, b"", "a-1"),
        ({"x-request-id": "a\x1b1" + "x" * 500}, b"", "a 1" + "x" * 296 + "…"),
        ({"content-type": "application/json"}, b'{"requestId": 5}', None),
        ({"content-type": "application/json"}, b"[", None),
        ({"content-type": "application/json"}, b"[]", None),
        ({"content-type": "application/json"}, b'{"requestId": "' + b"x" * 70_000 + b'"}', None),
        ({}, b'{"requestId": "a"}', None),
    ],
)
def test_request_ids(headers: dict[str, str], body: bytes, found: str | None) -> None:
    assert request_id_of(headers, body) == found


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("5", 5.0),
        (" 1.5 ", 1.5),
        ("Sun, 29 Nov 2026 10:01:20 GMT", 60.0),
        ("Sun, 29 Nov 2026 10:01:20", 60.0),
        ("Sun, 29 Nov 2026 12:01:20 +0200", 60.0),
        ("Sunday, 29-Nov-26 10:01:20 GMT", 60.0),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0.0),
        ("", None),
        ("-1", None),
        ("1e9", None),
        ("٣", None),
        ("9" * 400, None),
        ("Sun, 99 Nov 2026 10:01:20 GMT", None),
        ("Sun, 29 Nov 99999999999999999999 10:01:20 GMT", None),
    ],
)
def test_waiting_times(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ({}, Allowance()),
        ({"ratelimit-limit": "60", "ratelimit-remaining": "59", "ratelimit-reset": "40"}, Allowance(60, 59, 40)),
        ({"x-ratelimit-limit": "60, 60;w=60", "x-ratelimit-remaining": "0"}, Allowance(60, 0, None)),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 40)}, Allowance(reset=40.0)),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) - 40)}, Allowance(reset=0.0)),
        ({"ratelimit-remaining": "many", "x-ratelimit-limit": "-1", "ratelimit": "60", "x-limit": "5"}, Allowance()),
    ],
)
def test_allowances(headers: dict[str, str], found: Allowance) -> None:
    assert allowance(headers, NOW) == found


@pytest.mark.parametrize(
    ("headers", "words"),
    [
        (
            {"ratelimit-limit": "60", "x-ratelimit-reset": "4", "retry-after": "7", "access-control-allow-origin": "*"},
            "",
        ),
        (
            {"x-team-quota": "60", "ratelimit": "limit=60", "x-limit": "5\n6"},
            "ratelimit: limit=60, x-limit: 5 6, x-team-quota: 60",
        ),
    ],
)
def test_headers_that_may_tell_an_allowance(headers: dict[str, str], words: str) -> None:
    assert other_allowance(headers) == words
