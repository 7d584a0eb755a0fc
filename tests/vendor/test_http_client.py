"""The HTTP client against servers that misbehave: limits, what is repeated, what is followed, and what errors say."""

from __future__ import annotations

import gzip
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from threading import Event
from time import monotonic
from traceback import format_exception

import pytest
import trustme

from seatsync.errors import WrongUsage
from seatsync.vendor.http_client import Client, Failed, Limits, Timing
from tests.vendor.servers import Server, answer, drip, flood, raw, read_request, reset, serving, silent, whole

NOW = datetime(2026, 11, 29, 10, 0, 20, tzinfo=UTC)
CANARY = "canary-token-4711"
USUAL = Limits()
SHORT = Limits(deadline=0.3)
MIB = 1024 * 1024


class Naps:
    """A clock that does not wait. `slept` are the seconds that the client wanted to."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.ids = 0

    def timing(self, jitter: float = 0.0) -> Timing:
        def new_id() -> str:
            self.ids += 1
            return f"own-{self.ids}"

        return Timing(lambda: NOW, monotonic, self.slept.append, lambda: jitter, new_id)


@pytest.fixture
def naps() -> Naps:
    return Naps()


@contextmanager
def client_of(server: Server, naps: Naps, limits: Limits = USUAL, jitter: float = 0.0) -> Iterator[Client]:
    with Client(server.url, lambda: CANARY, limits=limits, timing=naps.timing(jitter)) as client:
        yield client


def failure(call: Callable[[], object]) -> Failed:
    """Return the error of a call, after a look for the token in everything that can be shown of it."""
    with pytest.raises(Failed) as caught:
        call()
    text = "".join(format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
    assert CANARY not in text
    return caught.value


def test_an_answer(naps: Naps) -> None:
    with serving(answer(200, b'{"a": 1}', X_Request_Id="theirs")) as server, client_of(server, naps) as client:
        found = client.get("/teams", {"limit": 100, "cursor": "a&b"})
    assert (found.status, found.json(), found.request_id, found.ok) == (200, {"a": 1}, "theirs", True)
    head, _, _ = server.requests[0].partition("\r\n\r\n")
    assert head.splitlines()[0] == "GET /v1/teams?limit=100&cursor=a%26b HTTP/1.1"
    sent = dict(line.lower().split(": ", 1) for line in head.splitlines()[1:])
    assert sent["authorization"] == f"bearer {CANARY}"
    assert sent["x-request-id"] == "own-1"
    assert sent["user-agent"].startswith("seatsync/")
    assert naps.slept == []


def test_a_change_sends_its_document(naps: Naps) -> None:
    with serving(answer(201)) as server, client_of(server, naps) as client:
        assert client.send("POST", "/teams/1/assignments", document={"userId": "U"}).status == 201
        assert client.send("DELETE", "/teams/1/assignments", {"userId": "U"}).status == 201
    first, second = server.requests
    assert first.startswith("POST /v1/teams/1/assignments HTTP/1.1")
    assert first.endswith('\r\n\r\n{"userId": "U"}')
    assert "content-type: application/json" in first.lower()
    assert second.startswith("DELETE /v1/teams/1/assignments?userId=U HTTP/1.1")
    assert "content-type" not in second.lower()


SLOW = {
    "no answer": silent,
    "a head that never ends": drip(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
    "a first line in drops": drip(b"HTTP/1.1 2", b"0"),
    "a body in drops": drip(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"),
    "chunks in drops": drip(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
    "early hints without end": drip(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
}


@pytest.mark.parametrize("name", SLOW)
def test_the_deadline_counts_for_the_whole_answer(name: str, naps: Naps) -> None:
    with serving(SLOW[name]) as server, client_of(server, naps, replace(SHORT, attempts=1)) as client:
        since = monotonic()
        found = failure(lambda: client.get("/teams"))
        assert monotonic() - since < 2
    assert str(found) == f"{server.url}/teams: no complete answer in time (request own-1)"
    assert (found.sent, found.passing) == (True, True)


LARGE = {
    "many bytes": flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "a length without end": flood(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n", b"x" * 65536),
    "chunks without end": flood(
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"fa0\r\n" + b"x" * 4000 + b"\r\n"
    ),
    "a bomb": answer(200, gzip.compress(bytes(40 * MIB)), content_encoding="gzip"),
}


@pytest.mark.parametrize("name", LARGE)
def test_the_size_is_limited(name: str, naps: Naps) -> None:
    with serving(LARGE[name]) as server, client_of(server, naps, Limits(most_bytes=2 * MIB)) as client:
        found = failure(lambda: client.get("/teams"))
    assert (found.reason, found.passing) == ("the answer is larger than 2 MiB", False)
    assert len(server.requests) == 1  # it would be as large again


def test_a_head_without_end_is_not_kept(naps: Naps) -> None:
    treat = flood(b"HTTP/1.1 200 OK\r\n", b"x-name: " + b"x" * 1000 + b"\r\n")
    with serving(treat) as server, client_of(server, naps, Limits(attempts=1)) as client:
        found = failure(lambda: client.get("/teams"))
    assert found.reason == "the connection ended before the answer was complete"


CUT = {
    "nothing at all": raw(b""),
    "a part of the head": raw(b"HTTP/1.1 200 OK\r\ncontent-le"),
    "a part of the body": raw(whole(200, b'{"data": [1, 2, 3]}')[:-5]),
    "chunks without the last": raw(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n"),
    "a reset": reset,
    "no HTTP": raw(b"220 mail.acme.example ESMTP\r\n"),
}


@pytest.mark.parametrize("name", CUT)
def test_a_read_that_breaks_off_is_repeated(name: str, naps: Naps) -> None:
    with serving(CUT[name], CUT[name], answer(200)) as server, client_of(server, naps) as client:
        assert client.get("/teams").status == 200
    assert len(server.requests) == 3
    assert naps.slept == [0.5, 1.0]


@pytest.mark.parametrize("name", CUT)
def test_a_change_that_breaks_off_is_not_repeated(name: str, naps: Naps) -> None:
    with serving(CUT[name]) as server, client_of(server, naps) as client:
        found = failure(lambda: client.send("POST", "/teams/1/assignments", document={}))
    assert found.sent
    assert found.reason == "the connection ended before the answer was complete"
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", CUT)
def test_reads_end_after_some_attempts(name: str, naps: Naps) -> None:
    with serving(CUT[name]) as server, client_of(server, naps, Limits(attempts=4), jitter=1.0) as client:
        assert failure(lambda: client.get("/teams")).passing
    assert len(server.requests) == 4
    assert naps.slept == [1.0, 2.0, 4.0]


def test_every_cut_of_an_answer_is_noticed(naps: Naps) -> None:
    text = whole(200, b'{"data": []}')
    with (
        serving(*(raw(text[:size]) for size in range(len(text)))) as server,
        client_of(server, naps, Limits(attempts=1)) as client,
    ):
        for size in range(len(text)):
            assert failure(lambda: client.get("/teams")).sent, size
    assert len(server.requests) == len(text)


def test_nobody_listens(naps: Naps) -> None:
    with serving(silent) as server:
        url = server.url
    with Client(url, timing=naps.timing()) as client:
        found = failure(lambda: client.send("POST", "/teams"))
    assert (found.sent, found.passing, found.reason) == (False, True, "cannot be reached (connection refused)")
    assert str(found) == f"{url}/teams: cannot be reached (connection refused)"  # without an id: nobody has seen it
    assert naps.slept == [0.5, 1.0, 2.0, 4.0]  # nothing was sent, so that even a change is tried again


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_errors_of_the_server(status: int, naps: Naps) -> None:
    with serving(answer(status), answer(200)) as server, client_of(server, naps) as client:
        assert client.get("/teams").ok
        assert naps.slept == [0.5]
    with serving(answer(status, b'{"detail": "no"}')) as server, client_of(server, naps) as client:
        found = failure(lambda: client.send("DELETE", "/a"))
    assert (found.sent, found.passing, found.reason) == (True, True, f"answered {status}: no")
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [200, 201, 204, 304, 400, 401, 403, 404, 409, 415, 422])
def test_all_other_answers_are_for_the_caller(status: int, naps: Naps) -> None:
    body = b"" if status in {204, 304} else b'{"title": "T"}'
    with serving(answer(status, body)) as server, client_of(server, naps) as client:
        assert client.get("/a").status == client.send("POST", "/a").status == status
        assert not client.get("/a").failed().passing
    assert len(server.requests) == 3


WAITS: dict[str, tuple[dict[str, str], float]] = {
    "seconds": ({"retry_after": "7"}, 7.5),
    "zero": ({"retry_after": "0"}, 0.5),
    "more than we wait": ({"retry_after": "86400"}, 120.5),
    "a date": ({"retry_after": format_datetime(NOW + timedelta(seconds=30), usegmt=True)}, 30.5),
    "a date long after": ({"retry_after": format_datetime(NOW + timedelta(days=300), usegmt=True)}, 120.5),
    "a date in the past": ({"retry_after": format_datetime(NOW - timedelta(days=1), usegmt=True)}, 0.5),
    "a reset": ({"RateLimit_Reset": "12"}, 12.5),
    "a reset as an instant": ({"X_RateLimit_Reset": str(int(NOW.timestamp()) + 15)}, 15.5),
    "nothing": ({}, 40 + 1 + 1.5 + 0.5),
    "nonsense": ({"retry_after": "soon", "x_ratelimit_reset": "later"}, 43.0),
    "a negative number": ({"retry_after": "-5"}, 43.0),
}


@pytest.mark.parametrize("name", WAITS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_too_many_requests(name: str, method: str, naps: Naps) -> None:
    headers, seconds = WAITS[name]
    with serving(answer(429, b"{}", **headers), answer(200)) as server, client_of(server, naps, jitter=0.5) as client:
        assert (client.get("/a") if method == "GET" else client.send(method, "/a")).ok
    assert naps.slept == [seconds]
    assert len(server.requests) == 2


def test_too_many_requests_for_ever(naps: Naps) -> None:
    with serving(answer(429, b'{"detail": "slow down"}', retry_after="1")) as server, client_of(server, naps) as client:
        found = failure(lambda: client.send("POST", "/a"))
    assert (found.reason, found.sent, found.passing) == ("answered 429: slow down", False, True)
    assert (naps.slept, len(server.requests)) == ([1.0] * 4, 5)


def test_headers_about_an_allowance_that_nobody_has_seen_are_told(naps: Naps) -> None:
    """Without the token, if a server repeats it there."""
    treat = answer(429, b'{"detail": "slow down"}', retry_after="1", X_Team_Quota="60", X_Limit_Of="token-1")
    with serving(treat) as server, Client(server.url, lambda: "token-1", timing=naps.timing()) as client:
        found = failure(lambda: client.get("/a"))
    assert found.reason == "answered 429: slow down; x-limit-of: ***, x-team-quota: 60"


def test_a_shorter_minute(naps: Naps) -> None:
    with serving(answer(429), answer(200)) as server, client_of(server, naps, Limits(minute=3)) as client:
        assert client.get("/a").ok
    assert naps.slept == [3 - NOW.timestamp() % 3 + 1]


def test_the_budget_is_asked_before_every_attempt(naps: Naps) -> None:
    class Counted:
        def __init__(self) -> None:
            self.paths: list[str] = []

        def take(self, path: str) -> None:
            self.paths.append(path)

    budget = Counted()
    with (
        serving(answer(500), answer(429, retry_after="1"), answer(200)) as server,
        Client(server.url, timing=naps.timing(), budget=budget) as client,
    ):
        client.get("/teams/1/users", {"limit": 1})
    assert budget.paths == ["/teams/1/users"] * 3


def test_a_redirect_on_the_same_host(naps: Naps) -> None:
    with serving(answer(302, location="/v1/there?a=b"), answer(200)) as server, client_of(server, naps) as client:
        assert client.get("/here").ok
    assert [text.split()[1] for text in server.requests] == ["/v1/here", "/v1/there?a=b"]
    assert all(CANARY in text for text in server.requests)


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/v1/here",
        "http://localhost:{port}/v1/here",
        "https://127.0.0.1:{port}/v1/here",
        "http://127.0.0.1:{port}@evil.example/",
        "http://ana@127.0.0.1:{port}/",
        "//evil.example/v1",
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "http://[",
        "http://a:port/",
        "http://a\x7fb/",
        "",
    ],
)
def test_other_redirects_are_not_followed(to: str, naps: Naps) -> None:
    server = Server([])
    to = to.replace("{port}", server.url.split(":")[2].removesuffix("/v1"))
    server.treats = [answer(302, location=to)]
    with client_of(server, naps) as client:
        reason = failure(lambda: client.get("/here")).reason
    assert reason.startswith("redirects") or reason == "the answer is not as HTTP has it"
    server.close()
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_change_is_not_redirected(status: int, naps: Naps) -> None:
    with serving(answer(status, location="/v1/there")) as server, client_of(server, naps) as client:
        found = failure(lambda: client.send("POST", "/here", document={}))
    assert (found.reason, found.sent) == ("redirects a change, which is not repeated elsewhere", True)
    assert len(server.requests) == 1


def test_a_circle_of_redirects(naps: Naps) -> None:
    with serving(answer(302, location="/v1/here")) as server, client_of(server, naps) as client:
        assert failure(lambda: client.get("/here")).reason == "redirects in a circle"
    assert len(server.requests) == 6


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"a": ', b"[" * 100_000, b"\xff\xfe", b'{"a": "\\ud800"}', b"1" * 5000]
)
def test_what_is_not_json(body: bytes, naps: Naps) -> None:
    with serving(answer(200, body)) as server, client_of(server, naps) as client:
        found = client.get("/a")
    assert failure(found.json).reason == "the answer is not JSON"


def test_pairs_of_surrogates_are_json(naps: Naps) -> None:
    with serving(answer(200, b'"\\ud83d\\ude00"')) as server, client_of(server, naps) as client:
        assert client.get("/a").json() == "\U0001f600"


def test_an_answer_that_is_compressed(naps: Naps) -> None:
    packed = gzip.compress(b'{"a": 1}')
    with serving(answer(200, packed, content_encoding="gzip")) as server, client_of(server, naps) as client:
        assert client.get("/a").json() == {"a": 1}
    for wrong in (b"no gzip", packed[:12] + b"x" + packed[13:]):
        with serving(answer(200, wrong, content_encoding="gzip")) as server, client_of(server, naps) as client:
            assert failure(lambda: client.send("POST", "/a")).reason == "the answer is compressed in a wrong way"


def test_connections_are_used_again(naps: Naps) -> None:
    def twice(connection: socket.socket, stop: Event) -> None:
        text = whole(200).replace(b"connection: close\r\n", b"")
        connection.sendall(text)
        assert read_request(connection)
        connection.sendall(text)

    with serving(twice) as server, client_of(server, naps) as client:
        assert client.get("/a").ok
        assert client.send("POST", "/b", document={}).ok
    assert len(server.requests) == 1  # of connections


def test_no_cookie_is_sent_back(naps: Naps) -> None:
    with serving(answer(200, set_cookie="session=1; Path=/")) as server, client_of(server, naps) as client:
        client.get("/a")
        client.get("/a")
    assert "cookie" not in server.requests[1].lower()


def test_one_module_imports_the_libraries() -> None:
    package = Path(__file__).parents[2] / "seatsync"
    library = re.compile(r"^\s*(import|from) http(x|core)\b", re.MULTILINE)
    found = [path for path in package.rglob("*.py") if library.search(path.read_text("utf-8"))]
    assert found == [package / "vendor" / "connection.py"]


# Downloads


def test_a_download(naps: Naps) -> None:
    body = bytes(range(256)) * 1000
    with serving(answer(200, body)) as server, client_of(server, naps) as client:
        assert b"".join(client.download(server.url + "/file?Signature=secret")) == body
    assert CANARY not in server.requests[0]
    assert server.requests[0].startswith("GET /v1/file?Signature=secret ")


def test_a_download_is_tried_again_before_its_first_byte(naps: Naps) -> None:
    with serving(reset, answer(503), answer(200, b"abc")) as server, client_of(server, naps) as client:
        assert b"".join(client.download(server.url + "/file")) == b"abc"
    assert naps.slept == [0.5, 1.0]


@pytest.mark.parametrize("status", [204, 400, 403, 404])
def test_a_link_that_has_ended(status: int, naps: Naps) -> None:
    with serving(answer(status, b"")) as server, client_of(server, naps) as client:
        found = failure(lambda: list(client.download(server.url + "/secret-file?Signature=secret")))
    assert (found.reason, found.passing) == (f"answered {status}", False)
    assert "secret" not in str(found)
    assert len(server.requests) == 1


def test_a_download_that_breaks_off(naps: Naps) -> None:
    with serving(raw(whole(200, b"x" * 100)[:-1])) as server, client_of(server, naps) as client:
        link = client.download(server.url + "/secret-file")
        assert next(link) == b"x" * 99
        found = failure(lambda: next(link))
    assert "secret" not in str(found)
    assert len(server.requests) == 1


def test_a_download_elsewhere(naps: Naps) -> None:
    with serving(answer(302, location="http://localhost:1/x")) as server, client_of(server, naps) as client:
        assert "another host" in failure(lambda: list(client.download(server.url + "/a"))).reason
        for url in (
            "http://evil.example/secret",
            "file:///secret",
            "secret",
            "https://ana:secret@evil.example/",
            "//[",
        ):
            assert "secret" not in str(failure(lambda: list(client.download(url))))  # noqa: B023 - called at once
    assert len(server.requests) == 1


# TLS


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*names).configure_cert(context)
    return context


def test_tls(authority: trustme.CA, naps: Naps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(answer(200), tls=certified(authority, "127.0.0.1")) as server, client_of(server, naps) as client:
        assert client.get("/a").ok
    with serving(silent, tls=certified(authority, "127.0.0.1")) as server, client_of(server, naps, SHORT) as client:
        assert failure(lambda: client.send("POST", "/a")).reason == "no complete answer in time"


@pytest.mark.parametrize("why", ["unknown authority", "another name"])
def test_a_certificate_that_is_not_valid(
    why: str, authority: trustme.CA, naps: Naps, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if why == "another name":
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    with serving(answer(200), tls=certified(authority, "evil.example")) as server, client_of(server, naps) as client:
        found = failure(lambda: client.get("/a"))
    assert found.reason.startswith("the certificate of the server is not valid (")
    assert (server.requests, naps.slept, found.sent, found.passing) == ([], [], False, False)


def test_plain_http_where_tls_is_expected(naps: Naps) -> None:
    with serving(answer(200)) as server, Client(server.url.replace("http:", "https:"), timing=naps.timing()) as client:
        assert failure(lambda: client.get("/a")).reason.startswith("no secure connection (")


@pytest.mark.parametrize(
    "base", ["http://api.acme.example/v1", "ftp://127.0.0.1", "https://a:b@c.example", "https://a.example/?q", "x"]
)
def test_other_addresses_are_refused(base: str) -> None:
    with pytest.raises(WrongUsage):
        Client(base)


@pytest.mark.parametrize(
    "body",
    [
        f'{{"detail": "{CANARY} is not valid"}}'.encode(),
        f'{{"detail": "{CANARY[:6]}\\u002d{CANARY[7:]}", "errors": [{{"field": "{CANARY}"}}]}}'.encode(),
        f"<p>{'x ' * 144}{CANARY}</p>".encode(),
    ],
)
def test_a_server_that_repeats_the_token(body: bytes, naps: Naps) -> None:
    with serving(answer(401, body)) as server, client_of(server, naps) as client:
        found = client.get("/a")
        assert CANARY[:11] not in f"{found.words()} {found.failed()} {found!r}"
        assert "***" in found.words()
    with serving(answer(500, body)) as server, client_of(server, naps) as client:
        assert "***" in failure(lambda: client.send("POST", "/a")).reason


@pytest.mark.parametrize("in_header", [True, False])
def test_a_server_that_repeats_a_secret_as_the_id_of_the_request(naps: Naps, *, in_header: bool) -> None:
    body = b"{}" if in_header else f'{{"requestId": "{CANARY}"}}'.encode()
    headers = {"x-request-id": CANARY} if in_header else {}
    with serving(answer(403, body, **headers)) as server, client_of(server, naps) as client:
        found = client.get("/a")
        assert found.request_id == "***"
        assert CANARY not in f"{found.failed()} {found!r}"


def test_a_server_that_repeats_a_form(naps: Naps) -> None:
    secret = "canary+/== &"
    with (
        serving(answer(400, b"not valid: client_secret=canary%2B%2F%3D%3D%20%26 and canary+/== &")) as server,
        client_of(server, naps) as client,
    ):
        found = client.post_form("/token", {"client_secret": secret}, "basic", (secret,))
    assert found.words() == "not valid: client_secret=*** and ***"
