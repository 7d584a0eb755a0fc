"""A plain client of the made-up portal, which shares nothing with seatsync's own, and the account behind the tests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPResponse
from typing import Any
from urllib.parse import urlencode, urlsplit

from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.demo.double import Double, Settings
from seatsync.demo.profiles import profile_of
from seatsync.demo.served_account import at_second

ANA, BEN, CHO, DEE, EVE = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eve"))
TERM = ("2026-01-01", "2026-12-31")
NOON = datetime(2026, 7, 30, 12, 0, 5, tzinfo=UTC)


def account() -> Account:
    """Return teams with direct, inherited and double seats, and pools of every kind. Dee is pending."""
    found = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    for user in (ANA, BEN, CHO, EVE):
        found.users[user] = User(user, user[:3].title(), "Tester")
    found.users[DEE] = User("Dee@acme.example", "Dee", "Kim", "pending", "2026-07-28")
    found.teams["design"] = Team(
        ANA,
        admins={BEN: "secondary"},
        members={ANA, BEN, CHO, DEE},
        groups={"cad": Group({BEN, CHO}, {"AutoCAD"})},
        seats={"AutoCAD": {ANA, BEN}, "Revit": {ANA}, "Old": {ANA}},
    )
    found.teams["works"] = Team(EVE, members={EVE, ANA})
    bought = (
        ("AutoCAD", "single-user", 5, TERM),
        ("AutoCAD", "single-user", 2, ("2026-02-01", "2027-01-31")),
        ("Revit", "single-user", 1, TERM),
        ("Maya", "multi-user", 10, TERM),
        ("Next", "single-user", 3, ("2027-01-01", "2027-12-31")),
        ("Old", "single-user", 3, ("2025-01-01", "2025-12-31")),
    )
    for number, (product, offering, seats, term) in enumerate(bought, 1):
        found.subscriptions[f"574-{number}"] = Subscription(
            "design",
            product,
            "multi-user" if offering == "multi-user" else "single-user",
            seats,
            None,
            "store",
            ANA,
            *term,
        )
    return found


@dataclass(frozen=True)
class Answer:
    """An answer; names of headers are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - a document
        return json.loads(self.body)

    @property
    def data(self) -> list[dict[str, Any]]:
        assert self.status == 200, self
        data: list[dict[str, Any]] = self.json["data"]
        return data


def call(url: str, method: str = "GET", headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Answer:
    """Return the answer to one request, on a connection of its own. Follows no redirects."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target, body, dict(headers or {}))
        response: HTTPResponse = connection.getresponse()
        return Answer(response.status, {key.lower(): value for key, value in response.getheaders()}, response.read())
    finally:
        connection.close()


@dataclass(frozen=True)
class Visitor:
    """Somebody who calls the Team Admin API of a made-up portal about its team `design`."""

    double: Double
    token: str
    team: str

    def ask(
        self,
        what: str,
        method: str = "GET",
        query: Mapping[str, object] | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to a request about the team, such as for its `users`."""
        return self.at(f"/team-admin/v1/teams/{self.team}/{what}", method, query, body=body, headers=headers)

    def at(
        self,
        path: str,
        method: str = "GET",
        query: Mapping[str, object] | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Return the answer to any request. A body is sent as JSON."""
        given = {"Authorization": f"Bearer {self.token}"}
        if body is not None:
            given["Content-Type"] = "application/json"
        text = None if body is None else json.dumps(body).encode()
        url = f"{self.double.url}{path}{f'?{urlencode(query)}' if query else ''}"
        return call(url, method, {**given, **(headers or {})}, text)

    def pair(self, user: str, product: str) -> dict[str, str]:
        return {"userId": self.double.user_id(user), "productId": self.double.product_id(product)}

    def assign(self, user: str, product: str, **more: str) -> Answer:
        return self.ask("assignments", "POST", body={**self.pair(user, product), **more})

    def unassign(self, user: str, product: str) -> Answer:
        return self.ask("assignments", "DELETE", self.pair(user, product))

    def invite(self, **body: object) -> Answer:
        return self.ask("users", "POST", body=body)

    def rows(self, user: str, product: str) -> list[dict[str, Any]]:
        return self.ask("assignments", "GET", self.pair(user, product)).data

    def with_token(self, token: str) -> Visitor:
        return replace(self, token=token)

    def with_team(self, team: str) -> Visitor:
        return replace(self, team=team)


@contextmanager
def portal(*profiles: str, who: str = ANA, **settings: Any) -> Iterator[Visitor]:  # noqa: ANN401 - passed on
    """Serve a made-up portal with these profiles, whose clock stands; yield somebody who calls it."""
    given = Settings(profile=profile_of(profiles), clock=settings.pop("clock", None) or at_second(NOON), **settings)
    with Double(account(), given) as double:
        yield Visitor(double, double.token(who), double.team_id("design"))
