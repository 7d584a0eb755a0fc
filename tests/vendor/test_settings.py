"""Settings of the vendor's APIs: addresses, secrets, and what is asked for."""

from __future__ import annotations

import pytest

from seatsync.declaration.project_values import TeamAdmin
from seatsync.errors import WrongUsage
from seatsync.vendor import settings
from seatsync.vendor.settings import app_of, base_url, is_loopback, rate_minute, secret_from

CANARY = "canary-secret-4711"


def test_the_addresses_of_the_vendor() -> None:
    assert base_url("SEATSYNC_TEAM_ADMIN_URL", {}) == "https://developer.api.autodesk.com/team-admin/v1"
    assert base_url("SEATSYNC_INSIGHTS_URL", {}) == "https://developer.api.autodesk.com/insights/v1"
    assert base_url("SEATSYNC_AUTH_URL", {"SEATSYNC_AUTH_URL": " "}) == (
        "https://developer.api.autodesk.com/authentication/v2"
    )


@pytest.mark.parametrize(
    "url",
    [
        "https://proxy.acme.example/aps/v1",
        "http://localhost:8080/v1",
        "http://127.0.0.1",
        "http://[::1]:9/v1",
        "HTTPS://a.b",
    ],
)
def test_other_addresses(url: str) -> None:
    assert base_url("SEATSYNC_AUTH_URL", {"SEATSYNC_AUTH_URL": f" {url}/ "}) == url


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("http://api.acme.example/v1", "must begin with https:// (http is for this machine only)"),
        ("http://127.0.0.1.evil.example/", "must begin with https:// (http is for this machine only)"),
        ("http://10.0.0.1/", "must begin with https:// (http is for this machine only)"),
        (f"https://ana:{CANARY}@api.acme.example", "must not contain a user, a query or a fragment"),
        (f"https://api.acme.example/?token={CANARY}", "must not contain a user, a query or a fragment"),
        ("https://api.acme.example/v1?", "must not contain a user, a query or a fragment"),
        (f"https://api.acme.example#{CANARY}", "must not contain a user, a query or a fragment"),
        ("https://", "is not a URL such as https://api.acme.example/v1"),
        ("api.acme.example", "is not a URL such as https://api.acme.example/v1"),
        ("https://a b/", "is not a URL such as https://api.acme.example/v1"),
        ("https://a\x1b/", "is not a URL such as https://api.acme.example/v1"),
        ("https://a.example:port/", "is not a URL"),
        ("https://[", "is not a URL"),
    ],
)
def test_addresses_that_are_refused(url: str, problem: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        base_url("SEATSYNC_AUTH_URL", {"SEATSYNC_AUTH_URL": url})
    assert str(caught.value) == f"SEATSYNC_AUTH_URL {problem}"


def test_this_machine() -> None:
    assert all(map(is_loopback, ("localhost", "LocalHost.", "127.9.9.9", "::1")))
    assert not any(map(is_loopback, ("", "local", "10.0.0.1", "::", "localhost.evil.example")))


def test_what_is_asked_for() -> None:
    read, write = settings._READ, settings._WRITE
    env = {"SEATSYNC_CLIENT_SECRET": f"{CANARY}\n"}
    app = app_of(TeamAdmin("app"), env)
    assert (app.client_id, app.scopes, app.secret) == ("app", read, CANARY)
    assert CANARY not in repr(app)
    assert app_of(TeamAdmin("app", write=True), env).scopes == (*read, *write)
    assert app_of(TeamAdmin("app"), env, insights=True).scopes == (*read, "data:read", "data:write")
    with pytest.raises(WrongUsage, match="SEATSYNC_CLIENT_SECRET is not set; set it to the client secret of the app"):
        app_of(TeamAdmin("app"), {}).need_secret()


@pytest.mark.parametrize("text", [f"{CANARY} b", f"{CANARY}\nb", f"{CANARY}é", CANARY + "x" * 20_000])
def test_secrets_that_cannot_be_sent(text: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        secret_from("SEATSYNC_ACCESS_TOKEN", {"SEATSYNC_ACCESS_TOKEN": text})
    assert CANARY not in str(caught.value)


def test_the_minute() -> None:
    here, vendor = "http://127.0.0.1:8080/v1", "https://api.acme.example/v1"
    assert rate_minute(here, {}) == rate_minute(vendor, {"SEATSYNC_RATE_MINUTE": "1"}) == 60.0
    assert rate_minute(here, {"SEATSYNC_RATE_MINUTE": " 0.25 "}) == 0.25
    for text in ("0", "61", "-1", "a", "1e1", "0.0000001", "nan"):
        with pytest.raises(WrongUsage, match="SEATSYNC_RATE_MINUTE is not a number of seconds"):
            rate_minute(here, {"SEATSYNC_RATE_MINUTE": text})
