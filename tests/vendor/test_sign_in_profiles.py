"""Sign-in in front of the made-up portal, with each behaviour that is not documented."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from seatsync.demo.double import Double
from seatsync.vendor.http_client import Timing
from seatsync.vendor.settings import App
from seatsync.vendor.sign_in import SignInFailed, attempt, exchange, renewed
from seatsync.vendor.token_store import Tokens, TokenStore
from tests.demo.conversation import ANA, Answer, call, portal

TEXTS = ("a-state-that-nobody-guesses", "a-verifier-of-at-least-43-characters-" + "v" * 20)
SPENT = "invalid_grant: The refresh token is unknown, spent or has expired."
WRONG = "invalid_client: The client is unknown, or its secret is wrong."
OAUTH = (SPENT.partition(": ")[2], WRONG.partition(": ")[2])


def app_of(double: Double) -> App:
    client = double.settings.client
    scopes = ("tmadmapi:team:read",)
    return App(
        client.id,
        f"{double.url}/authentication/v2",
        "http://localhost:8080/oauth/callback/",
        scopes,
        secret=client.secret,
    )


def timing_of(double: Double) -> Timing:
    return Timing(double.clock.moment, double.clock.now, double.clock.advance, lambda: 0.0)


def page_of(app: App) -> Answer:
    """Return what the browser of somebody who agrees gets."""
    return call(attempt(app, iter(TEXTS).__next__).url)


def signed_in(app: App, timing: Timing) -> Tokens:
    code = attempt(app, iter(TEXTS).__next__).code_in(page_of(app).headers["location"])
    assert code is not None
    return exchange(attempt(app, iter(TEXTS).__next__), code, timing)


@pytest.mark.parametrize(
    ("profile", "spent", "wrong"),
    [("guess-A", *OAUTH), ("pkce-refused", *OAUTH), ("oauth-developer", SPENT, WRONG)],
)
def test_a_sign_in(profile: str, spent: str, wrong: str, tmp_path: Path) -> None:
    """From the page to tokens that are renewed once, and what is said about one that is spent, and a wrong secret."""
    with portal(profile, auto=ANA) as visitor:
        app, timing = app_of(visitor.double), timing_of(visitor.double)
        store = TokenStore(tmp_path / "tokens.json")
        first = signed_in(app, timing)
        assert visitor.with_token(first.access_token).at("/team-admin/v1/teams").status == 200
        for message, used in (
            (f"the sign-in has ended or was revoked; sign in with `seatsync login` again (URL: {spent})", app),
            (
                f"URL: the app was refused ({wrong}); check `client_id` in seatsync.yaml and SEATSYNC_CLIENT_SECRET",
                replace(app, secret="another"),
            ),
        ):
            with store.locked():
                store.write(first)
            visitor.double.clock.advance(3600)
            if used is app:
                assert renewed(app, store, timing).refresh_token != first.refresh_token
                with store.locked():
                    store.write(first)
            with pytest.raises(SignInFailed) as caught:
                renewed(used, store, timing)
            assert re.sub(r"http://[^:]*:\d+/\S+?(?=: )", "URL", str(caught.value)) == message


@pytest.mark.parametrize(("profile", "status"), [("guess-A", 302), ("pkce-refused", 400)])
def test_a_challenge_is_only_sent_if_it_is_asked_for(profile: str, status: int) -> None:
    """An app with a secret may not be allowed to send one; its page then tells so, and the browser does not return."""
    with portal(profile, auto=ANA) as visitor:
        app = app_of(visitor.double)
        assert page_of(app).status == 302
        assert page_of(replace(app, pkce=True)).status == status
        if status == 302:
            assert signed_in(replace(app, pkce=True), timing_of(visitor.double)).access_token
