"""The sign-in of the made-up portal: authorization codes, tokens, and their refresh and revocation."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from typing import Final, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

from seatsync.account.model import Account
from seatsync.demo.exchange import Reply, Request, Stop
from seatsync.demo.profiles import Profile
from seatsync.demo.served_account import ServedAccount
from seatsync.demo.served_team_admin import Caller

CODE_LIFE, ACCESS_LIFE, REFRESH_LIFE = 5 * 60, 60 * 60, 15 * 24 * 60 * 60
"""How long a code, an access token and a refresh token are valid, in seconds."""
_MOST_SCOPE_TEXT, _MOST_SCOPES = 3000, 50
_LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]", "::1")


class Client(NamedTuple):
    """The registered app. `redirect`: the registered callback, None if any on this machine will do."""

    id: str = "demo-client"
    secret: str = "made-up-secret"  # noqa: S105 - of nothing
    redirect: str | None = None


class Granted(NamedTuple):
    """The rights of one sign-in. `family` is a number that all its tokens share."""

    user: str
    scopes: frozenset[str]
    expires: float
    family: int


class _Code(NamedTuple):
    granted: Granted
    redirect: str
    challenge: str


@dataclass
class ServedSignIn:
    """Codes and tokens, and the requests about them. `auto`: the admin who is signed in without being asked, if any.

    `spent` are the refresh tokens that were used; `refreshes` counts those that were exchanged.
    """

    served: ServedAccount
    profile: Profile
    client: Client = field(default_factory=Client)
    auto: str | None = None
    refreshes: int = 0
    families: int = 0
    codes: dict[str, _Code] = field(default_factory=dict, repr=False)
    access: dict[str, Granted] = field(default_factory=dict, repr=False)
    refresh: dict[str, Granted] = field(default_factory=dict, repr=False)
    spent: dict[str, Granted] = field(default_factory=dict, repr=False)

    def answer(self, request: Request, path: list[str]) -> Reply:
        """Return the reply to a request; `path` is what comes after the version. Raises Stop."""
        work = {
            ("GET", "authorize"): self._authorize,
            ("POST", "token"): self._token,
            ("POST", "revoke"): self._revoke,
        }.get((request.method, "/".join(path)))
        if work is None:
            return self._error(404, "invalid_request", "There is no such page.")
        return work(request)

    def caller(self, request: Request) -> Caller | None:
        """Return who calls by the token of a request, None if it is missing, unknown or has expired."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        granted = self.access.get(token.strip()) if scheme.lower() == "bearer" else None
        if granted is None or granted.expires <= self.served.clock.now():
            return None
        return Caller(granted.user, granted.scopes, self.client.id)

    def issue(self, user: str, scopes: frozenset[str], lifetime: float = ACCESS_LIFE) -> str:
        """Return a new access token without a sign-in."""
        token = token_urlsafe(32)
        self.access[token] = Granted(user, scopes, self.served.clock.now() + lifetime, self._new_family())
        return token

    def _new_family(self) -> int:
        self.families += 1
        return self.families

    # The page

    def _authorize(self, request: Request) -> Reply:
        """Return the page that asks who signs in or, once that is known, the way back with a code."""
        given = {name: values[0] for name, values in request.query.items()}
        wrong = self._wrong(given)
        if wrong:
            return Reply(400, _page("This link does not work", f"<p>{escape(wrong)}</p>"), "text/html; charset=utf-8")
        admins = admins_of(self.served.read())
        chosen = given.get("as", self.auto)
        if chosen not in admins:
            rows = "".join(_button(request.path, given, user) for user in admins)
            about = "<p>This portal is made up and runs on this machine. Nothing here is real.</p>"
            text = f"{about}<p>Choose who signs in:</p>{rows or '<p>The account has no admins.</p>'}"
            return Reply(200, _page("Sign in to the made-up portal", text), "text/html; charset=utf-8")
        code = token_urlsafe(24)
        until = self.served.clock.now() + CODE_LIFE
        granted = Granted(str(chosen), frozenset(given["scope"].split()), until, self._new_family())
        self.codes[code] = _Code(granted, given["redirect_uri"], given.get("code_challenge", ""))
        back = {"code": code} | ({"state": given["state"]} if "state" in given else {})
        joint = "&" if urlsplit(given["redirect_uri"]).query else "?"
        return Reply(302, headers={"Location": f"{given['redirect_uri']}{joint}{urlencode(back)}"})

    def _wrong(self, given: Mapping[str, str]) -> str:
        """Return what is wrong with the parameters of the page, or nothing."""
        redirect, text = given.get("redirect_uri", ""), given.get("scope", "")
        try:
            address = urlsplit(redirect if redirect.isascii() and redirect.isprintable() else "")
        except ValueError:
            address = urlsplit("")
        challenged, method = "code_challenge" in given, given.get("code_challenge_method")
        checks = (
            (given.get("client_id") == self.client.id, "client_id is missing or unknown."),
            (given.get("response_type") == "code", "response_type must be code."),
            (self.client.redirect in {None, redirect}, "redirect_uri is not the registered one."),
            (
                address.scheme == "http" and address.hostname in _LOOPBACK,
                "redirect_uri must be a page of this machine.",
            ),
            (
                0 < len(text.split()) <= _MOST_SCOPES and len(text) <= _MOST_SCOPE_TEXT,
                "scope is missing or too long.",
            ),
            (given.get("response_mode", "query") == "query", "The made-up portal knows no response_mode but query."),
            (not challenged or self.profile.pkce == "accepted", "code_challenge is not accepted from a web app."),
            (not challenged or method == "S256", "code_challenge_method must be S256."),
        )
        return next((words for right, words in checks if not right), "")

    # Tokens

    def _token(self, request: Request) -> Reply:
        form = _form(request)
        self._authenticate(request, form)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return self._exchange(form)
        if kind == "refresh_token":
            return self._refresh(form)
        return self._error(400, "unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")

    def _authenticate(self, request: Request, form: Mapping[str, str]) -> None:
        """Raise Stop unless the request has the credentials of the client, in one place."""
        header = request.headers.get("authorization", "")
        in_body = "client_id" in form or "client_secret" in form
        if header and in_body:
            raise Stop(self._error(400, "invalid_request", "The credentials are given twice."))
        name, secret = _basic(header) if header else (form.get("client_id", ""), form.get("client_secret", ""))
        right = hmac.compare_digest(secret.encode(), self.client.secret.encode())
        if name != self.client.id or not right:
            raise Stop(self._error(401, "invalid_client", "The client is unknown, or its secret is wrong."))

    def _exchange(self, form: Mapping[str, str]) -> Reply:
        """Return the tokens for a code, which is spent by its use."""
        code = self.codes.pop(form.get("code", ""), None)
        if code is None or code.granted.expires <= self.served.clock.now():
            return self._error(400, "invalid_grant", "The code is unknown, spent or has expired.")
        if form.get("redirect_uri") != code.redirect:
            return self._error(400, "invalid_grant", "redirect_uri is not that of the code.")
        verifier = form.get("code_verifier", "")
        digest = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if (digest if verifier else "") != code.challenge:
            return self._error(400, "invalid_grant", "code_verifier does not fit code_challenge.")
        return self._tokens(code.granted.user, code.granted.scopes, code.granted.family)

    def _refresh(self, form: Mapping[str, str]) -> Reply:
        """Return new tokens for a refresh token, which is spent by its use."""
        token = form.get("refresh_token", "")
        granted = self.refresh.get(token)
        if granted is None or granted.expires <= self.served.clock.now():
            return self._error(400, "invalid_grant", "The refresh token is unknown, spent or has expired.")
        scopes = frozenset(form["scope"].split()) if form.get("scope") else granted.scopes
        if not scopes <= granted.scopes:
            return self._error(400, "invalid_scope", "The scopes are more than those of the sign-in.")
        self.spent[token] = self.refresh.pop(token)
        self.refreshes += 1
        return self._tokens(granted.user, scopes, granted.family)

    def _tokens(self, user: str, scopes: frozenset[str], family: int) -> Reply:
        now = self.served.clock.now()
        access, refresh = token_urlsafe(32), token_urlsafe(32)
        self.access[access] = Granted(user, scopes, now + ACCESS_LIFE, family)
        self.refresh[refresh] = Granted(user, scopes, now + REFRESH_LIFE, family)
        found = {"access_token": access, "token_type": "Bearer", "expires_in": ACCESS_LIFE - 1}
        return Reply.of(200, {**found, "refresh_token": refresh}).having(Cache_Control="no-store")

    def _revoke(self, request: Request) -> Reply:
        """Revoke a token and all others of its sign-in. A token that is unknown is revoked already."""
        form = _form(request)
        self._authenticate(request, form)
        if not form.get("token"):
            return self._error(400, "invalid_request", "token is missing.")
        granted = self.refresh.get(form["token"]) or self.access.get(form["token"])
        if granted is not None:
            for tokens in (self.access, self.refresh):
                for token in [each for each, found in tokens.items() if found.family == granted.family]:
                    del tokens[token]
        return Reply(200)

    def _error(self, status: int, name: str, words: str) -> Reply:
        if self.profile.oauth_error == "oauth":
            return Reply.of(status, {"error": name, "error_description": words})
        return Reply.of(status, {"developerMessage": f"{name}: {words}"})


def admins_of(account: Account) -> list[str]:
    """Return the identities of everybody who administers a team, sorted."""
    return sorted({user for team in account.teams.values() for user in (team.primary, *team.admins)})


def _form(request: Request) -> dict[str, str]:
    """Return the fields of a form; the first of a name counts."""
    try:
        fields = parse_qs(request.body.decode(), keep_blank_values=True)
    except UnicodeDecodeError:
        return {}
    return {name: values[0] for name, values in fields.items()}


def _basic(header: str) -> tuple[str, str]:
    """Return name and secret of HTTP's basic authentication, both empty if it is none."""
    scheme, _, text = header.partition(" ")
    try:
        name, _, secret = base64.b64decode(text, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return (name, secret) if scheme.lower() == "basic" else ("", "")


def _button(path: str, given: Mapping[str, str], user: str) -> str:
    link = f"{path}?{urlencode({**given, 'as': user})}"
    return f'<p><a href="{escape(link)}">{escape(user)}</a></p>'


def _page(title: str, text: str) -> bytes:
    head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    return f"{head}<body><h1>{escape(title)}</h1>{text}</body></html>".encode()
