"""Sign-in of a person with the vendor by an authorization code, renewal of its tokens, and their revocation."""

from __future__ import annotations

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from seatsync.errors import SeatsyncError
from seatsync.vendor.answers import plain_words
from seatsync.vendor.http_client import Answer, Client, Limits, Timing
from seatsync.vendor.settings import CLIENT_SECRET, App, is_token
from seatsync.vendor.token_store import Tokens, TokenStore

_LIMITS: Final = Limits(deadline=30, most_bytes=1024 * 1024, attempts=3, longest_wait=30)
_BAD_REQUEST, _UNAUTHORIZED = 400, 401
_SHORTEST, _LONGEST, _UNSAID = 1, 24 * 60 * 60, 600
"""Bounds of the life of an access token in seconds, and what is assumed if the answer does not tell."""
_SECRETS: Final = ("code", "code_verifier", "refresh_token", "token")
_SIGN_IN: Final = "sign in with `seatsync login`"


class SignInFailed(SeatsyncError):
    """A sign-in that was refused, or tokens that cannot be used any more."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in that has begun: the secrets that prove that an answer belongs to it."""

    app: App
    state: str = field(repr=False)
    verifier: str = field(repr=False)

    @property
    def url(self) -> str:
        """The address at which the person signs in and consents."""
        asked = {
            "client_id": self.app.client_id,
            "response_type": "code",
            "redirect_uri": self.app.redirect,
            "scope": " ".join(self.app.scopes),
            "state": self.state,
        }
        if self.app.pkce:
            digest = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
            asked |= {"code_challenge": digest, "code_challenge_method": "S256"}
        return f"{self.app.auth_url}/authorize?{urlencode(asked, quote_via=quote)}"

    def code_in(self, address: str) -> str | None:
        """Return the code in the address that the person was sent back to; None if it is of another sign-in.

        Raises SignInFailed if the vendor refused.
        """
        query = parse_qsl(_query_of(address))
        answer = dict(query)
        if len(answer) < len(query) or answer.get("state") != self.state:
            return None
        if "error" in answer:
            words = plain_words(answer.get("error_description") or answer["error"])
            raise SignInFailed(f"the sign-in was refused: {words}")
        code = answer.get("code", "")
        return code if is_token(code) else None


def attempt(app: App, random_text: Callable[[], str]) -> Attempt:
    """Begin a sign-in. `random_text` returns at least 43 random characters that need no quoting in a URL."""
    return Attempt(app, random_text(), random_text())


def exchange(started: Attempt, code: str, timing: Timing) -> Tokens:
    """Return the tokens for a code. Raises SignInFailed or Failed."""
    asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": started.app.redirect}
    if started.app.pkce:
        asked["code_verifier"] = started.verifier
    answer = _post(started.app, "/token", asked, timing)
    if not answer.ok:
        raise _refused(started.app, answer, f"the sign-in was refused; {_SIGN_IN} again")
    return _tokens(started.app, answer, timing.now(), None)


def access(app: App, store: TokenStore, timing: Timing) -> Callable[[], str]:
    """Return the function that returns a valid access token, which a client takes as its `auth`.

    It renews the tokens in the store when the access token is about to end. Raises SignInFailed without a sign-in, or
    after its end.
    """
    kept: list[Tokens] = []

    def token() -> str:
        if not kept or not kept[0].are_fresh(timing.now()):
            kept[:] = [renewed(app, store, timing)]
        return kept[0].access_token

    return token


def renewed(app: App, store: TokenStore, timing: Timing) -> Tokens:
    """Return fresh tokens; where those of the store are not, renew them once, whoever else wants to."""
    with store.locked():
        tokens = store.read()
        if tokens is None:
            raise SignInFailed(f"nobody is signed in; {_SIGN_IN}")
        if not tokens.are_of(app):
            raise SignInFailed(f"{store.path} has the sign-in of another app or server; {_SIGN_IN} again")
        if not tokens.allow(app.scopes):
            raise SignInFailed(f"the sign-in does not allow all that seatsync.yaml asks for; {_SIGN_IN} again")
        if tokens.are_fresh(timing.now()):
            return tokens
        asked = {"grant_type": "refresh_token", "refresh_token": tokens.refresh_token}
        answer = _post(app, "/token", asked, timing)
        if not answer.ok:
            raise _refused(app, answer, f"the sign-in has ended or was revoked; {_SIGN_IN} again")
        fresh = _tokens(app, answer, timing.now(), tokens)
        store.write(fresh)
        return fresh


def revoke(app: App, tokens: Tokens, timing: Timing) -> str:
    """Revoke the tokens of a sign-in. Return the vendor's words if it did not know them any more, else nothing.

    Raises SignInFailed or Failed if they may still be valid.
    """
    said = ""
    for kind, token in (("refresh_token", tokens.refresh_token), ("access_token", tokens.access_token)):
        answer = _post(app, "/revoke", {"token": token, "token_type_hint": kind}, timing)
        if answer.status == _UNAUTHORIZED or _code_of(answer) == "invalid_client":
            raise _refused(app, answer, "")
        if not answer.ok and kind == "refresh_token":
            if answer.status != _BAD_REQUEST:
                raise answer.failed()
            said = answer.words()
    return said


def _post(app: App, path: str, asked: Mapping[str, str], timing: Timing) -> Answer:
    """Send a request to the sign-in server. If the answer is lost, so are its tokens, and to repeat it does no harm."""
    secret = app.need_secret()
    basic = b64encode(f"{app.client_id}:{secret}".encode()).decode()
    secrets = (secret, basic, *(text for name, text in asked.items() if name in _SECRETS))
    with Client(app.auth_url, limits=_LIMITS, timing=timing) as client:
        return client.post_form(path, asked, basic, secrets)


def _refused(app: App, answer: Answer, meaning: str) -> SignInFailed:
    """Return the error of an answer that refuses a code or token, or the app itself."""
    code = _code_of(answer)
    if code == "invalid_client" or (answer.status == _UNAUTHORIZED and code != "invalid_grant"):
        remedy = f"check `client_id` in seatsync.yaml and {CLIENT_SECRET}"
        return SignInFailed(f"{app.auth_url}: the app was refused ({answer.words()}); {remedy}")
    if answer.status == _BAD_REQUEST or code == "invalid_grant":
        return SignInFailed(f"{meaning} ({app.auth_url}: {answer.words()})")
    return SignInFailed(str(answer.failed()))


def _code_of(answer: Answer) -> str:
    return answer.refusal().code


def _tokens(app: App, answer: Answer, now: datetime, before: Tokens | None) -> Tokens:
    """Return the tokens in an answer. An answer without a new refresh token keeps the former one."""
    document = answer.json()
    found: Mapping[str, object] = document if isinstance(document, dict) else {}
    token, refresh = found.get("access_token"), found.get("refresh_token", before and before.refresh_token)
    kind = found.get("token_type", "bearer")
    usable = isinstance(token, str) and is_token(token) and isinstance(refresh, str) and is_token(refresh)
    if not usable or not isinstance(kind, str) or kind.casefold() != "bearer":
        raise SignInFailed(f"{app.auth_url}: the answer has no tokens that can be used; {_SIGN_IN} again")
    since = _stamp(now)
    until = _stamp(now + timedelta(seconds=_life(found.get("expires_in"))))
    scopes = ",".join(app.scopes) if before is None else before.scopes
    signed_in = since if before is None else before.signed_in
    return Tokens(app.auth_url, app.client_id, scopes, signed_in, since, until, str(token), str(refresh))


def _life(value: object) -> float:
    """Return the seconds for which an access token is valid."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,9}", value):
        value = int(value)
    known = isinstance(value, int | float) and not isinstance(value, bool) and value == value  # noqa: PLR0124 - not NaN
    return min(max(float(value), _SHORTEST), _LONGEST) if known and isinstance(value, int | float) else _UNSAID


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _query_of(address: str) -> str:
    try:
        return urlsplit(address.strip()).query
    except ValueError:
        return ""
