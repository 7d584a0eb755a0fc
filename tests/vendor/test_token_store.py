"""The file of tokens: private, whole, under a lock, and never lost by a process that is killed."""

from __future__ import annotations

import json
import os
import signal
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread

import pytest

from seatsync.errors import FileProblem, WrongUsage
from seatsync.vendor.settings import App
from seatsync.vendor.token_store import Tokens, TokenStore, token_file

APP = App("app", "https://auth.acme.example", "http://localhost:8080/", ("a", "b"))
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)
OLD = Tokens(
    APP.auth_url,
    APP.client_id,
    "a,b",
    "2026-11-20T10:00:00Z",
    "2026-11-29T09:30:00Z",
    "2026-11-29T10:30:00Z",
    "canary-access-1",
    "canary-refresh-1",
)
NEW = replace(OLD, access_token="canary-access-2", refresh_token="canary-refresh-2")


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "private" / "tokens.json")


def kept(store: TokenStore, tokens: Tokens = OLD) -> TokenStore:
    with store.locked():
        store.write(tokens)
    return store


def test_only_its_owner_can_read_it(store: TokenStore) -> None:
    mask = os.umask(0)
    try:
        kept(store)
    finally:
        os.umask(mask)
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in store.path.parent.iterdir()} == {
        "tokens.json": 0o600,
        "tokens.json.lock": 0o600,
    }
    assert store.read() == OLD
    assert "canary" not in repr(OLD)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o622])
def test_a_file_that_others_can_read_is_refused(store: TokenStore, mode: int) -> None:
    kept(store).path.chmod(mode)
    with pytest.raises(FileProblem) as caught:
        store.read()
    assert str(caught.value) == (
        f"{store.path}: can be read or changed by others, and contains secrets; run `chmod 600` on it, or sign in again"
        " with `seatsync login`"
    )


def test_without_a_file(store: TokenStore) -> None:
    assert store.read() is None
    with store.locked():
        store.delete()
        assert store.read() is None


DAMAGES: dict[str, Callable[[dict[str, object]], object]] = {
    "another format": lambda document: {**document, "format": "seatsync/tokens/2"},
    "a field less": lambda document: {name: value for name, value in document.items() if name != "since"},
    "a number": lambda document: {**document, "access_token": 5},
    "a header in a token": lambda document: {**document, "access_token": "a\r\nX-Evil: b"},
    "no time": lambda document: {**document, "until": "tomorrow"},
    "a time without a zone": lambda document: {**document, "until": "2026-11-29T10:30:00"},
    "a list": lambda document: [document],
    "too much": lambda document: {**document, "more": "x" * 300_000},
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_file(store: TokenStore, name: str) -> None:
    kept(store).path.write_text(json.dumps(DAMAGES[name](json.loads(store.path.read_text()))))
    with pytest.raises(FileProblem) as caught:
        store.read()
    assert str(caught.value) == (
        f"{store.path}: is not a file of tokens, or is damaged; delete it and sign in again with `seatsync login`"
    )


def test_every_cut_of_a_file_is_noticed(store: TokenStore) -> None:
    whole = kept(store).path.read_bytes()
    for size in range(len(whole) - 1):  # the last byte is the end of the line
        store.path.write_bytes(whole[:size])
        with pytest.raises(FileProblem, match="damaged"):
            store.read()


@pytest.mark.parametrize("place", ["a folder", "below a file", "a lock that is a link"])
def test_places_that_cannot_be_written(tmp_path: Path, place: str) -> None:
    if place == "a folder":
        path = tmp_path / "tokens.json"
        path.mkdir()
    elif place == "below a file":
        (tmp_path / "file").write_text("")
        path = tmp_path / "file" / "tokens.json"
    else:
        path = tmp_path / "tokens.json"
        (tmp_path / "victim").write_text("")
        (tmp_path / "tokens.json.lock").symlink_to(tmp_path / "victim")
    with pytest.raises(FileProblem, match=r"; check it, or set SEATSYNC_TOKEN_FILE$") as caught:
        kept(TokenStore(path))
    assert "canary" not in str(caught.value)
    assert list(tmp_path.glob("*.new")) == []


def test_a_link_to_the_file_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "tokens.json").symlink_to(tmp_path / "real" / "tokens.json")
    kept(TokenStore(tmp_path / "tokens.json"))
    assert (tmp_path / "tokens.json").is_symlink()
    assert (tmp_path / "real" / "tokens.json").is_file()


def test_the_place(tmp_path: Path) -> None:
    named = token_file(APP, {"XDG_CONFIG_HOME": "/etc/x"}, tmp_path)
    assert named.parent == Path("/etc/x/seatsync")
    assert token_file(APP, {"XDG_CONFIG_HOME": "relative", "HOME": "/home/ana"}, tmp_path).parent == (
        Path("/home/ana/.config/seatsync")
    )
    assert token_file(replace(APP, client_id="other"), {"XDG_CONFIG_HOME": "/etc/x"}, tmp_path) != named
    assert token_file(replace(APP, auth_url="https://b.example"), {"XDG_CONFIG_HOME": "/etc/x"}, tmp_path) != named
    assert token_file(APP, {"SEATSYNC_TOKEN_FILE": "mine.json"}, tmp_path) == tmp_path / "mine.json"


def test_without_a_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    with pytest.raises(WrongUsage, match="there is no home folder for the tokens; set SEATSYNC_TOKEN_FILE to a file"):
        token_file(APP, {}, tmp_path)


@pytest.mark.parametrize(
    ("since", "until", "fresh"),
    [(-30, 30, True), (-58, 2, True), (-59, 1, False), (-60, 0, False), (0, 1, True), (4, 60, True), (6, 60, False)],
)
def test_how_long_tokens_are_fresh(since: int, until: int, *, fresh: bool) -> None:
    moments = [(NOW + timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (since, until)]
    assert replace(OLD, since=moments[0], until=moments[1]).are_fresh(NOW) is fresh


def test_one_after_the_other(store: TokenStore) -> None:
    order: list[str] = []
    kept(store)

    def other() -> None:
        with store.locked():
            order.append("second")

    with store.locked():
        thread = Thread(target=other)
        thread.start()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


CALLS = ("unlink", "open", "fsync", "replace", "open of the folder", "fsync of the folder")


@pytest.mark.parametrize("number", range(len(CALLS) + 1))
def test_killed_while_writing(store: TokenStore, number: int) -> None:
    """A process is killed before one of the calls of a write; what it leaves are the old or the new tokens."""
    kept(store)
    child = os.fork()
    if not child:
        count = 0

        def counted(real: Callable[..., object]) -> Callable[..., object]:
            def call(*arguments: object, **more: object) -> object:
                nonlocal count
                if count == number:
                    os.kill(os.getpid(), signal.SIGKILL)
                count += 1
                return real(*arguments, **more)

            return call

        try:
            with store.locked():
                for owner, name in ((Path, "unlink"), (os, "open"), (os, "fsync"), (Path, "replace")):
                    setattr(owner, name, counted(getattr(owner, name)))
                store.write(NEW)
        finally:
            os._exit(0)  # never back into the tests
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) is (number < len(CALLS))
    assert store.read() == (OLD if number <= CALLS.index("replace") else NEW)
    with store.locked():
        assert store.read() == (OLD if number <= CALLS.index("open") else NEW)  # NEW was complete
    assert sorted(path.name for path in store.path.parent.iterdir()) == ["tokens.json", "tokens.json.lock"]


@pytest.mark.parametrize("how", ["a link", "public", "of somebody else"])
def test_a_successor_that_somebody_put_there_is_dropped(
    store: TokenStore, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = kept(TokenStore(store.path.parent / "other.json"), NEW).path
    kept(store)
    new = store.path.with_name("tokens.json.new")
    if how == "a link":
        new.symlink_to(other)
    else:
        other.rename(new)
    if how == "public":
        new.chmod(0o644)
    if how == "of somebody else":
        monkeypatch.setattr(os, "geteuid", lambda: -1)
    with store.locked():
        assert store.read() == OLD
    assert not os.path.lexists(new)


def test_a_torn_successor_is_dropped(store: TokenStore) -> None:
    kept(store)
    new = store.path.with_name("tokens.json.new")
    new.write_bytes(store.path.read_bytes()[:-20])
    with store.locked():
        assert store.read() == OLD
    assert not new.exists()
