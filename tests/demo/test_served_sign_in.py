"""The sign-in of the made-up portal: codes, tokens that are spent by their use, and every refusal."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from html import unescape
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from seatsync.demo.double import Double
from seatsync.demo.served_sign_in import Client
from tests.demo.conversation import ANA, BEN, EVE, Answer, Visitor, call, portal

BACK = "http://localhost:8080/oauth/callback/"
CLIENT = Client()
BASIC = {"Authorization": f"Basic {base64.b64encode(f'{CLIENT.id}:{CLIENT.secret}'.encode()).decode()}"}
WANTED = {
    "client_id": CLIENT.id,
    "response_type": "code",
    "redirect_uri": BACK,
    "scope": "tmadmapi:team:read data:read",
    "state": "a&b=c d",
}


@pytest.fixture(name="double")
def _double() -> Iterator[Double]:
    with portal(auto=BEN) as visitor:
        yield visitor.double


def authorize(double: Double, **changes: str | None) -> Answer:
    query = {key: value for key, value in {**WANTED, **changes}.items() if value is not None}
    return call(f"{double.url}/authentication/v2/authorize?{urlencode(query)}")


def code_of(answer: Answer) -> str:
    assert answer.status == 302
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


def post(double: Double, page: str, form: Mapping[str, str], headers: Mapping[str, str] = BASIC) -> Answer:
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return call(f"{double.url}/authentication/v2/{page}", "POST", {**kind, **headers}, urlencode(form).encode())


def exchange(double: Double, code: str, **more: str) -> Answer:
    return post(double, "token", {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **more})


def refresh(double: Double, token: str, **more: str) -> Answer:
    return post(double, "token", {"grant_type": "refresh_token", "refresh_token": token, **more})


def tokens(double: Double) -> dict[str, str]:
    answer = exchange(double, code_of(authorize(double)))
    assert answer.status == 200
    found: dict[str, str] = answer.json
    return found


def teams(double: Double, token: str) -> int:
    return Visitor(double, token, "").at("/team-admin/v1/teams").status


def test_a_sign_in_from_the_page_to_a_call(double: Double) -> None:
    back = authorize(double)
    address = urlsplit(back.headers["location"])
    assert address._replace(query="").geturl() == BACK
    assert parse_qs(address.query)["state"] == ["a&b=c d"]
    found = exchange(double, code_of(back)).json
    assert found.keys() == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert (found["token_type"], found["expires_in"]) == ("Bearer", 3599)
    assert teams(double, found["access_token"]) == 200


def test_the_page_asks_who_signs_in() -> None:
    with portal() as visitor:
        page = authorize(visitor.double)
        text = page.body.decode()
        assert (page.status, "made up" in text, "<h1>Sign in to the made-up portal</h1>" in text) == (200, True, True)
        links = dict(
            zip(re.findall(r'">([^<]+)</a>', text), map(unescape, re.findall(r'href="([^"]+)"', text)), strict=True)
        )
        assert list(links) == [ANA, BEN, EVE]
        code = code_of(call(visitor.double.url + links[EVE]))
        token = exchange(visitor.double, code).json["access_token"]
        assert Visitor(visitor.double, token, "").at("/team-admin/v1/teams").data[0]["name"] == "works"
        assert authorize(visitor.double, **{"as": "nobody@acme.example"}).status == 200  # asked again


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"client_id": "other"}, "client_id"),
        ({"client_id": None}, "client_id"),
        ({"response_type": "token"}, "response_type"),
        ({"redirect_uri": None}, "redirect_uri"),
        ({"redirect_uri": "https://evil.example/"}, "redirect_uri"),
        ({"redirect_uri": "http://localhost.evil.example/"}, "redirect_uri"),
        ({"scope": ""}, "scope"),
        ({"scope": "x " * 51}, "scope"),
        ({"scope": "x" * 3001}, "scope"),
        ({"response_mode": "fragment"}, "response_mode"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "code_challenge_method"),
    ],
)
def test_a_wrong_link_leads_nowhere(double: Double, changes: dict[str, str | None], words: str) -> None:
    answer = authorize(double, **changes)
    assert (answer.status, words in answer.body.decode()) == (400, True)


def test_the_longest_scopes_are_fine(double: Double) -> None:
    assert authorize(double, scope=" ".join(["x" * 59] * 50)).status == 302


def test_a_registered_callback_is_the_only_one() -> None:
    with portal(auto=ANA, client=CLIENT._replace(redirect=BACK)) as visitor:
        assert authorize(visitor.double).status == 302
        assert authorize(visitor.double, redirect_uri=BACK.rstrip("/")).status == 400


def test_a_code_is_for_one_use_within_five_minutes(double: Double) -> None:
    code = code_of(authorize(double))
    assert [exchange(double, code).status for _ in range(2)] == [200, 400]
    late = code_of(authorize(double))
    double.clock.advance(300)
    assert exchange(double, late).json["error"] == "invalid_grant"


@pytest.mark.parametrize("more", [{"redirect_uri": "http://localhost:8080/"}, {"code_verifier": "unasked"}])
def test_a_code_is_exchanged_as_it_was_asked_for(double: Double, more: dict[str, str]) -> None:
    assert exchange(double, code_of(authorize(double)), **more).json["error"] == "invalid_grant"


def test_a_challenge_needs_its_verifier(double: Double) -> None:
    verifier = "v" * 43
    challenge = base64.urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"code_challenge": challenge, "code_challenge_method": "S256"}
    found = [
        exchange(double, code_of(authorize(double, **asked)), **more).status
        for more in ({"code_verifier": verifier}, {"code_verifier": "w" * 43}, {})
    ]
    assert found == [200, 400, 400]


def test_a_challenge_may_be_refused() -> None:
    with portal("pkce-refused", auto=ANA) as visitor:
        assert authorize(visitor.double, code_challenge="x", code_challenge_method="S256").status == 400
        assert authorize(visitor.double).status == 302


def test_credentials_stand_in_one_place(double: Double) -> None:
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    in_body = {"client_id": CLIENT.id, "client_secret": CLIENT.secret}
    assert post(double, "token", {**form, **in_body}, {}).json["error"] == "invalid_grant"  # the client is known
    twice = post(double, "token", {**form, **in_body})
    assert (twice.status, twice.json["error"]) == (400, "invalid_request")
    wrong = [
        post(double, "token", form, {}),
        post(double, "token", {**form, **in_body, "client_secret": "é"}, {}),
        post(double, "token", form, {"Authorization": "Basic !"}),
        post(double, "token", form, {"Authorization": "Bearer x"}),
        post(double, "revoke", {"token": "x"}, {}),
    ]
    assert [(answer.status, answer.json["error"]) for answer in wrong] == [(401, "invalid_client")] * 5


def test_a_refresh_token_is_spent_by_its_use(double: Double) -> None:
    first = tokens(double)
    second = refresh(double, first["refresh_token"]).json
    assert second["refresh_token"] != first["refresh_token"]
    again = refresh(double, first["refresh_token"])
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert refresh(double, second["refresh_token"]).status == 200
    assert (double.sign_in.refreshes, len(double.sign_in.spent)) == (2, 2)
    assert teams(double, first["access_token"]) == 200  # as long as it lasts


def test_lifetimes(double: Double) -> None:
    found = tokens(double)
    double.clock.advance(60 * 60)
    assert teams(double, found["access_token"]) == 401
    double.clock.advance(15 * 24 * 60 * 60 - 60 * 60 - 1)
    found = refresh(double, found["refresh_token"]).json
    double.clock.advance(15 * 24 * 60 * 60)
    assert refresh(double, found["refresh_token"]).json["error"] == "invalid_grant"


def test_fewer_scopes_and_never_more(double: Double) -> None:
    fewer = refresh(double, tokens(double)["refresh_token"], scope="data:read").json
    assert teams(double, fewer["access_token"]) == 403
    more = refresh(double, fewer["refresh_token"], scope="data:read data:write")
    assert (more.status, more.json["error"]) == (400, "invalid_scope")
    assert refresh(double, fewer["refresh_token"]).status == 200  # not spent by the refusal


@pytest.mark.parametrize("kind", ["access_token", "refresh_token"])
def test_revoking_ends_a_sign_in(double: Double, kind: str) -> None:
    found, other = tokens(double), tokens(double)
    for _ in range(2):
        answer = post(double, "revoke", {"token": found[kind], "token_type_hint": kind})
        assert (answer.status, answer.body) == (200, b"")
    assert teams(double, found["access_token"]) == 401
    assert refresh(double, found["refresh_token"]).status == 400
    assert teams(double, other["access_token"]) == 200


def test_forms_that_are_wrong(double: Double) -> None:
    assert post(double, "token", {"grant_type": "password"}).json["error"] == "unsupported_grant_type"
    assert post(double, "token", {}).status == 400
    assert post(double, "revoke", {}).status == 400
    assert exchange(double, "").status == refresh(double, "").status == 400
    assert call(f"{double.url}/authentication/v2/token", "POST", BASIC, b"\xff").status == 400
    assert call(f"{double.url}/authentication/v2/token").status == 404


def test_errors_in_the_other_form() -> None:
    with portal("oauth-developer") as visitor:
        answer = refresh(visitor.double, "x")
    assert (answer.status, list(answer.json)) == (400, ["developerMessage"])


def test_no_token_is_shown(double: Double) -> None:
    found = tokens(double)
    shown = repr(double.sign_in) + repr(double.calls)
    assert not any(found[kind] in shown for kind in ("access_token", "refresh_token"))
