"""Settings of the vendor's APIs from the environment: addresses and secrets. `portal.team_admin` has the others."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from seatsync.declaration.project_values import TeamAdmin
from seatsync.errors import WrongUsage

TEAM_ADMIN_URL, INSIGHTS_URL, AUTH_URL = "SEATSYNC_TEAM_ADMIN_URL", "SEATSYNC_INSIGHTS_URL", "SEATSYNC_AUTH_URL"
CLIENT_SECRET, ACCESS_TOKEN = "SEATSYNC_CLIENT_SECRET", "SEATSYNC_ACCESS_TOKEN"
RATE_MINUTE: Final = "SEATSYNC_RATE_MINUTE"
CALLS_A_MINUTE: Final = 50
"""Calls that seatsync makes within a minute for one team. The vendor allows 60, for all apps and admins together."""
PAGE: Final = 100
"""Items on a page of a list, the most that the Team Admin API allows."""

_VENDOR: Final = "https://developer.api.autodesk.com"
_BASES: Final[Mapping[str, str]] = {
    TEAM_ADMIN_URL: f"{_VENDOR}/team-admin/v1",
    INSIGHTS_URL: f"{_VENDOR}/insights/v1",
    AUTH_URL: f"{_VENDOR}/authentication/v2",
}
_READ: Final = ("tmadmapi:team:read", "tmadmapi:team-users:read", "tmadmapi:team-products:read")
_WRITE: Final = ("tmadmapi:team:write", "tmadmapi:team-users:write", "tmadmapi:team-products:write")
_INSIGHTS: Final = ("data:read", "data:write")
_SLOWEST_MINUTE: Final = 60.0


@dataclass(frozen=True, slots=True)
class App:
    """An app that is registered with the vendor, the sign-in server, and what is asked for.

    `redirect` is the callback that is registered for it. `secret` is None where none is set.
    """

    client_id: str
    auth_url: str
    redirect: str
    scopes: tuple[str, ...]
    pkce: bool = False
    secret: str | None = field(default=None, repr=False)

    def need_secret(self) -> str:
        """Return the secret of the app. Raises WrongUsage if none is set."""
        if self.secret is None:
            raise WrongUsage(f"{CLIENT_SECRET} is not set; set it to the client secret of the app {self.client_id}")
        return self.secret


def app_of(team_admin: TeamAdmin, environment: Mapping[str, str], *, insights: bool = False) -> App:
    """Return the app of a project. Raises WrongUsage for a setting that cannot be used."""
    scopes = (*_READ, *(_WRITE if team_admin.write else ()), *(_INSIGHTS if insights else ()))
    return App(
        team_admin.client_id,
        base_url(AUTH_URL, environment),
        team_admin.redirect,
        scopes,
        team_admin.pkce,
        secret_from(CLIENT_SECRET, environment),
    )


def base_url(variable: str, environment: Mapping[str, str]) -> str:
    """Return the base URL of an API, without a slash at its end: the vendor's, or that of the environment.

    Raises WrongUsage, which does not repeat the URL, if it is not https (or http on this machine), or contains more
    than a path.
    """
    text = environment.get(variable, "").strip() or _BASES[variable]
    problem = problem_of(text)
    if problem:
        raise WrongUsage(f"{variable} {problem}")
    return text.rstrip("/")


def problem_of(url: str) -> str:
    """Return what is wrong with a base URL, empty if nothing is."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is not a URL"
    if not host or parts.scheme not in {"http", "https"} or not url.isprintable() or " " in url:
        return "is not a URL such as https://api.acme.example/v1"
    if "@" in parts.netloc or parts.query or parts.fragment or "?" in url or "#" in url:
        return "must not contain a user, a query or a fragment"
    if parts.scheme == "http" and not is_loopback(host):
        return "must begin with https:// (http is for this machine only)"
    return ""


def is_loopback(host: str) -> bool:
    """Return True for a host that is this machine: `localhost` or an address such as 127.0.0.1."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def rate_minute(base: str, environment: Mapping[str, str]) -> float:
    """Return the seconds of the minute in which calls are counted: 60, or fewer for a server on this machine.

    Raises WrongUsage for a number that cannot be used.
    """
    text = environment.get(RATE_MINUTE, "").strip()
    if not text or not is_loopback(urlsplit(base).hostname or ""):
        return _SLOWEST_MINUTE
    if not re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{1,6})?", text) or not 0 < float(text) <= _SLOWEST_MINUTE:
        raise WrongUsage(f"{RATE_MINUTE} is not a number of seconds; use more than 0 and at most 60")
    return float(text)


def secret_from(variable: str, environment: Mapping[str, str]) -> str | None:
    """Return a secret of the environment, None if it is not set. Raises WrongUsage, which does not repeat it."""
    text = environment.get(variable, "").strip()
    if not text:
        return None
    if not is_token(text):
        raise WrongUsage(f"{variable} contains blanks or characters that are not ASCII; copy it again")
    return text


def is_token(text: str) -> bool:
    """Return True for a text that can be a secret in a header: visible ASCII, not too long."""
    return re.fullmatch(r"[!-~]{1,16384}", text) is not None
