"""The sign-in: what is asked, which answers count, renewal by several processes, and what becomes of lost answers."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from threading import Thread
from time import monotonic
from traceback import format_exception
from urllib.parse import parse_qs, parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from seatsync.errors import SeatsyncError
from seatsync.vendor.callback import listening
from seatsync.vendor.http_client import Failed, Timing
from seatsync.vendor.settings import App
from seatsync.vendor.sign_in import Attempt, SignInFailed, access, attempt, exchange, renewed, revoke
from seatsync.vendor.token_store import Tokens, TokenStore
from tests.vendor.fake_vendor import CLIENT, SECRET, FakeVendor, fake_vendor

NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
REDIRECT = "http://localhost:8080/oauth/callback/"


def timing(later: float = 0) -> Timing:
    """Return the time some minutes later; it does not wait."""
    return Timing(lambda: NOW + timedelta(minutes=later), monotonic, lambda _: None, lambda: 0.0)


@pytest.fixture
def vendor() -> Iterator[FakeVendor]:
    with fake_vendor() as vendor:
        yield vendor


@pytest.fixture
def app(vendor: FakeVendor) -> App:
    return App(CLIENT, f"{vendor.url}/authentication/v2", REDIRECT, ("a:read", "b:read"), secret=SECRET)


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "tokens.json")


def begun(app: App) -> Attempt:
    return attempt(app, iter(("canary-state", "canary-verifier-" + "v" * 40)).__next__)


def signed_in(vendor: FakeVendor, app: App, store: TokenStore) -> Tokens:
    started = begun(app)
    code = started.code_in(vendor.authorize(dict(parse_qsl(urlsplit(started.url).query))))
    assert code is not None
    tokens = exchange(started, code, timing())
    with store.locked():
        store.write(tokens)
    vendor.log.clear()
    return tokens


def refused(call: Callable[[], object]) -> str:
    """Return the error of a call, after a look for secrets in everything that can be shown of it."""
    with pytest.raises(SeatsyncError) as caught:
        call()
    text = "".join(format_exception(caught.value)) + repr(caught.value) + repr(vars(caught.value))
    assert "canary" not in text
    return str(caught.value)


def test_the_address(app: App) -> None:
    url = urlsplit(begun(app).url)
    assert url.path == "/authentication/v2/authorize"
    assert parse_qs(url.query) == {
        "client_id": [CLIENT],
        "response_type": ["code"],
        "redirect_uri": [REDIRECT],
        "scope": ["a:read b:read"],
        "state": ["canary-state"],
    }
    assert "+" not in url.query
    assert SECRET not in begun(app).url
    assert "canary" not in repr(begun(app))


def test_pkce(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    proved = replace(app, pkce=True)
    asked = parse_qs(urlsplit(begun(proved).url).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert signed_in(vendor, proved, store).access_token  # the made-up vendor checks the verifier


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("code=c1&state=canary-state", "c1"),
        ("state=canary-state&code=c1&more=x", "c1"),
        ("code=c1", None),
        ("code=c1&state=", None),
        ("code=c1&state=other", None),
        ("code=c1&state=other&state=canary-state", None),
        ("code=c1&code=c2&state=canary-state", None),
        ("state=canary-state", None),
        ("code=&state=canary-state", None),
        ("code=c%0A1&state=canary-state", None),
        ("error=access_denied", None),
        ("error=access_denied&state=other", None),
        ("", None),
    ],
)
def test_which_answers_count(app: App, query: str, code: str | None) -> None:
    assert begun(app).code_in(f"{REDIRECT}?{query}") == code
    assert begun(app).code_in(f" /oauth/callback/?{query}\n") == code


def test_an_answer_that_refuses(app: App) -> None:
    query = "error=access_denied&error_description=The+person%0Adeclined.&state=canary-state"
    assert refused(lambda: begun(app).code_in(f"{REDIRECT}?{query}")) == "the sign-in was refused: The person declined."
    assert begun(app).code_in("http://[") is None


def test_tokens(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    tokens = signed_in(vendor, app, store)
    assert (tokens.since, tokens.until) == ("2026-11-29T10:00:00Z", "2026-11-29T10:59:59Z")
    assert store.read() == tokens
    assert (tokens.scopes, tokens.signed_in) == ("a:read,b:read", "2026-11-29T10:00:00Z")


LIVES = [
    (3599, 3599),
    ("120", 120),
    (0, 1),
    (-5, 1),
    (10**9, 86400),
    (None, 600),
    ("soon", 600),
    (float("nan"), 600),
    (True, 600),
]


@pytest.mark.parametrize(("said", "seconds"), LIVES)
def test_the_life_of_a_token(vendor: FakeVendor, app: App, store: TokenStore, said: object, seconds: int) -> None:
    vendor.expires_in = said
    tokens = signed_in(vendor, app, store)
    assert datetime.fromisoformat(tokens.until) - NOW == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"access_token": "a"},
        {"access_token": "a b", "refresh_token": "c"},
        {"access_token": "a", "refresh_token": "c\n"},
        {"access_token": 5, "refresh_token": "c"},
        {"access_token": "a", "refresh_token": "c", "token_type": "mac"},
        {"access_token": "a", "refresh_token": "c", "token_type": 5},
    ],
)
def test_answers_without_usable_tokens(vendor: FakeVendor, app: App, body: object) -> None:
    vendor.answers["/token"] = (200, body)
    assert refused(lambda: exchange(begun(app), "c1", timing())) == (
        f"{app.auth_url}: the answer has no tokens that can be used; sign in with `seatsync login` again"
    )


def test_an_access_token_is_used_until_it_ends(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    first = signed_in(vendor, app, store)
    assert [access(app, store, timing(minutes))() for minutes in (0, 30, 58)] == [first.access_token] * 3
    assert vendor.log == []
    token = access(app, store, timing(59.5))()
    assert token != first.access_token
    assert token in vendor.access
    kept = store.read()
    assert kept is not None
    assert (kept.access_token, kept.signed_in, kept.scopes) == (token, first.signed_in, first.scopes)
    assert kept.refresh_token in vendor.refresh
    assert vendor.log == ["refresh"]


def test_one_run_renews_when_it_lasts(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    signed_in(vendor, app, store)
    passed = [0.0]
    token = access(app, store, Timing(lambda: NOW + timedelta(minutes=passed[0]), monotonic, lambda _: None))

    def used_after(minutes: float) -> str:
        passed[0] = minutes
        return token()

    found = [used_after(minutes) for minutes in (0, 10, 60, 61, 119)]
    assert [found.index(each) for each in found] == [0, 0, 2, 2, 4]
    assert vendor.log == ["refresh", "refresh"]


def test_an_answer_without_a_new_refresh_token_keeps_the_old(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    first = signed_in(vendor, app, store)
    vendor.answers["/token"] = (200, {"access_token": "canary-access-9", "expires_in": 60})
    found = renewed(app, store, timing(60))
    assert (found.access_token, found.refresh_token) == ("canary-access-9", first.refresh_token)


def test_the_new_token_is_on_the_disk_before_the_access_token_is_used(
    vendor: FakeVendor, app: App, store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed_in(vendor, app, store)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    said = refused(access(app, store, timing(60)))
    assert said == f"{store.path}: cannot be written (no space left on device); check it, or set SEATSYNC_TOKEN_FILE"


# Refusals


def test_nobody_is_signed_in(app: App, store: TokenStore) -> None:
    assert refused(access(app, store, timing())) == "nobody is signed in; sign in with `seatsync login`"


def test_a_spent_token(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    signed_in(vendor, app, store)
    vendor.refresh.clear()
    meaning = "the sign-in has ended or was revoked; sign in with `seatsync login` again"
    said = refused(lambda: renewed(app, store, timing(60)))
    assert said == f"{meaning} ({app.auth_url}: The refresh token is invalid or expired.)"


def test_a_wrong_secret(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    signed_in(vendor, app, store)
    wrong = replace(app, secret="canary-wrong")
    assert refused(lambda: renewed(wrong, store, timing(60))) == (
        f"{app.auth_url}: the app was refused (The client_id specified does not have access.); check `client_id` in"
        " seatsync.yaml and SEATSYNC_CLIENT_SECRET"
    )
    assert "SEATSYNC_CLIENT_SECRET is not set" in refused(lambda: renewed(replace(app, secret=None), store, timing(60)))
    assert renewed(app, store, timing(60)).access_token in vendor.access  # nothing was lost


@pytest.mark.parametrize("status", [403, 404, 418])
def test_other_refusals(vendor: FakeVendor, app: App, store: TokenStore, status: int) -> None:
    signed_in(vendor, app, store)
    vendor.answers["/token"] = (status, {"developerMessage": f"no {SECRET} for canary-refresh-2"})
    said = refused(lambda: renewed(app, store, timing(60)))
    assert said.startswith(f"{app.auth_url}/token: answered {status}: no *** for *** (request ")


@pytest.mark.parametrize("what", ["client_id", "auth_url"])
def test_tokens_never_go_to_another_app_or_server(vendor: FakeVendor, app: App, store: TokenStore, what: str) -> None:
    tokens = signed_in(vendor, app, store)
    with store.locked():
        store.write(replace(tokens, **{what: "https://evil.example"}))
    said = refused(lambda: renewed(app, store, timing(60)))
    assert said == f"{store.path} has the sign-in of another app or server; sign in with `seatsync login` again"
    assert vendor.log == []


def test_more_is_asked_than_was_consented_to(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    signed_in(vendor, app, store)
    more = replace(app, scopes=(*app.scopes, "a:write"))
    assert refused(lambda: renewed(more, store, timing())) == (
        "the sign-in does not allow all that seatsync.yaml asks for; sign in with `seatsync login` again"
    )
    assert renewed(replace(app, scopes=("a:read",)), store, timing()).access_token in vendor.access


def test_a_lost_answer(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    """With the answer the new tokens are lost: nothing is left to lose by asking again."""
    tokens = signed_in(vendor, app, store)
    vendor.drop.append("/token")
    assert "sign in with `seatsync login` again" in refused(lambda: renewed(app, store, timing(60)))
    assert vendor.log == ["refresh", "spent"]
    assert store.read() == tokens


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_answer_that_comes_later(vendor: FakeVendor, app: App, store: TokenStore, status: int) -> None:
    signed_in(vendor, app, store)
    vendor.answers["/token"] = (status, {})
    naps: list[float] = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        if len(naps) == 2:
            vendor.answers.clear()

    found = renewed(app, store, timing(60)._replace(sleep=nap))
    assert (len(naps), vendor.log) == (2, ["refresh"])
    assert found.access_token in vendor.access


def test_a_server_that_stays_broken(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    tokens = signed_in(vendor, app, store)
    vendor.answers["/token"] = (503, {"detail": f"no {tokens.refresh_token} today"})
    said = refused(lambda: renewed(app, store, timing(60)))
    assert said.startswith(f"{app.auth_url}/token: answered 503: no *** today (request ")
    assert store.read() == tokens
    vendor.answers.clear()
    assert renewed(app, store, timing(60)).access_token in vendor.access


# Several processes


def _renew(app: App, path: Path, later: float, start: object, found: object) -> None:
    """Renew in a process of its own, all at one time."""
    start.wait()  # type: ignore[attr-defined]
    found.put(renewed(app, TokenStore(path), timing(later)).access_token)  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [2, 6])
def test_several_processes_renew_once(vendor: FakeVendor, app: App, store: TokenStore, count: int) -> None:
    signed_in(vendor, app, store)
    context = get_context("fork")
    start, found = context.Barrier(count), context.Queue()
    processes = [context.Process(target=_renew, args=(app, store.path, 60, start, found)) for _ in range(count)]
    for process in processes:
        process.start()
    tokens = {found.get(timeout=20) for _ in processes}
    for process in processes:
        process.join()
    assert tokens <= vendor.access
    assert len(tokens) == 1
    assert vendor.log == ["refresh"]


def killed_after(calls: int, app: App, path: Path) -> bool:
    """Renew in a process that is killed at a call that changes files, after the answer; return True if it was."""
    child = os.fork()
    if not child:
        count = 0

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **more: object) -> object:
                nonlocal count
                if count == calls:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return real(*arguments, **more)

            return call

        for name in ("write", "delete"):
            setattr(TokenStore, name, counted(getattr(TokenStore, name)))
        for owner, name in ((os, "open"), (os, "fsync"), (Path, "replace"), (Path, "unlink")):
            setattr(owner, name, counted(getattr(owner, name)))
        try:
            renewed(app, TokenStore(path), timing(60))
        finally:
            os._exit(0)  # never back into the tests
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL


def test_killed_between_the_answer_and_the_disk(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    """The next run has valid tokens, or says that one must sign in again; the file is never torn."""
    outcomes = []
    for calls in range(20):
        signed_in(vendor, app, store)
        if not killed_after(calls, app, store.path):
            break
        assert store.read() is not None
        try:
            token = renewed(app, store, timing(60)).access_token
        except SignInFailed as problem:
            outcomes.append("sign in" if "sign in with `seatsync login` again" in str(problem) else str(problem))
            assert vendor.log == ["refresh", "spent"]
        else:
            assert token in vendor.access
            outcomes.append("goes on")
            assert vendor.log == ["refresh"]
        assert sorted(path.name for path in store.path.parent.iterdir()) == ["tokens.json", "tokens.json.lock"]
    # before the lock is taken; before the new file has its content; then complete
    assert outcomes == ["goes on", "sign in", "sign in", "sign in", "goes on", "goes on", "goes on", "goes on"]


# Revocation


def test_revocation(vendor: FakeVendor, app: App, store: TokenStore) -> None:
    tokens = signed_in(vendor, app, store)
    assert revoke(app, tokens, timing()) == ""
    assert (vendor.refresh, vendor.access) == (set(), set())
    assert vendor.log == ["revoke refresh_token", "revoke access_token"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ((200, None), ""),
        ((204, None), ""),
        ((400, {"error": "invalid_request", "error_description": "unknown token"}), "unknown token"),
        ((401, {"error": "invalid_client"}), SignInFailed),
        ((400, {"error": "invalid_client"}), SignInFailed),
        ((403, {"detail": "no"}), Failed),
        ((500, {"detail": "no"}), Failed),
        ((429, {"detail": "no"}), Failed),
    ],
)
def test_answers_to_a_revocation(
    vendor: FakeVendor, app: App, store: TokenStore, answer: tuple[int, object], outcome: str | type[Exception]
) -> None:
    tokens = signed_in(vendor, app, store)
    vendor.answers["/revoke"] = answer
    if isinstance(outcome, str):
        assert revoke(app, tokens, timing()) == outcome
    else:
        with pytest.raises(outcome):
            revoke(app, tokens, timing())


# The local address


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


@pytest.fixture
def here(app: App) -> App:
    return replace(app, redirect=f"http://localhost:{free_port()}/oauth/callback/")


def visited(*urls: str) -> tuple[Thread, list[tuple[int, Mapping[str, str], str]]]:
    """Visit addresses one after another, as a browser does, in a thread."""
    pages: list[tuple[int, Mapping[str, str], str]] = []

    def visit() -> None:
        for url in urls:
            try:
                with urlopen(url) as answer:  # noqa: S310 - of this test
                    pages.append((answer.status, dict(answer.headers), answer.read().decode()))
            except OSError as error:
                pages.append((getattr(error, "code", 0), {}, ""))

    thread = Thread(target=visit)
    thread.start()
    return thread, pages


def test_a_browser_returns(here: App) -> None:
    base = here.redirect
    with listening(begun(here)) as callback:
        thread, pages = visited(
            base.replace("oauth/callback/", "favicon.ico"),
            f"{base}?code=evil&state=other",
            f"{base}?error=access_denied",
            f"{base}?code=c1&state=canary-state",
        )
        assert callback.wait(20, monotonic) == "c1"
    thread.join()
    assert callback.strangers == 2
    assert [status for status, _, _ in pages] == [404, 400, 400, 200]
    _, headers, text = pages[-1]
    assert "seatsync continues in the terminal" in text
    assert (headers["Cache-Control"], headers["Referrer-Policy"]) == ("no-store", "no-referrer")
    assert "canary" not in text


def test_a_browser_that_refuses(here: App) -> None:
    with listening(begun(here)) as callback:
        thread, pages = visited(f"{here.redirect}?error=access_denied&state=canary-state")
        assert refused(lambda: callback.wait(20, monotonic)) == "the sign-in was refused: access_denied"
    thread.join()
    assert "was refused" in pages[0][2]


def test_connections_without_a_request(here: App) -> None:
    port = urlsplit(here.redirect).port or 0
    with listening(begun(here)) as callback:
        with socket.create_connection(("127.0.0.1", port)):
            pass
        with socket.create_connection(("127.0.0.1", port)) as other:
            other.sendall(b"\x16\x03\x01 not HTTP\r\n\r\n")
        silent, slow = (socket.create_connection(("127.0.0.1", port)) for _ in range(2))
        slow.sendall(b"GET /oauth/callback/?code=")
        thread, _ = visited(f"{here.redirect}?code=c1&state=canary-state")
        assert callback.wait(20, monotonic) == "c1"  # while two others say nothing more
        silent.close()
        slow.close()
    thread.join()


def test_nobody_returns(here: App) -> None:
    times = iter(range(0, 10_000, 200))
    with listening(begun(here)) as callback:
        callback._server.timeout = 0
        assert refused(lambda: callback.wait(300, times.__next__)) == (
            "nobody signed in within 5 minutes; try again, with --no-browser if the browser is on another machine"
        )


def test_only_this_machine_can_answer(here: App) -> None:
    with listening(begun(here)) as callback:
        assert callback._server.socket.getsockname()[0] == "127.0.0.1"
    six = replace(here, redirect=f"http://[::1]:{free_port()}/")
    if socket.has_ipv6:
        with listening(begun(six)) as callback:
            assert callback._server.socket.getsockname()[0] == "::1"


def test_a_port_in_use(here: App) -> None:
    port = urlsplit(here.redirect).port
    with socket.create_server(("127.0.0.1", port or 0)):
        said = refused(lambda: listening(begun(here)).__enter__())
    assert said == (
        f"port {port}, to which the browser returns after the sign-in, is in use; end the other program, or use"
        " --no-browser"
    )


@pytest.mark.parametrize("redirect", ["https://tool.acme.example/callback", "https://localhost:8080/"])
def test_a_callback_elsewhere(app: App, redirect: str) -> None:
    said = refused(lambda: listening(begun(replace(app, redirect=redirect))).__enter__())
    assert said == f"the callback {redirect} is not on this machine; use --no-browser"
