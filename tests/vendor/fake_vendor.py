"""A made-up vendor on this machine for tests of the sign-in: authorization, tokens that rotate, revocation, teams."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

SECRET = "canary-secret-4711"
CLIENT = "Ab12Cd34Ef56"
CODE = "canary-code-"


class FakeVendor:
    """What the vendor knows and did. Every token contains `canary`.

    `drop` are paths whose next answers are lost after the work. `answers` replace the answers of a path.
    """

    def __init__(self) -> None:
        self.lock = Lock()
        self.counter = 0
        self.codes: dict[str, dict[str, str]] = {}
        self.refresh: set[str] = set()
        self.access: set[str] = set()
        self.log: list[str] = []
        self.drop: list[str] = []
        self.answers: dict[str, tuple[int, object]] = {}
        self.expires_in: object = 3599
        self.teams = [{"id": "100001", "name": "Design"}, {"id": "100002", "name": "Build & Co"}]
        self.url = ""
        self.basic = b64encode(f"{CLIENT}:{SECRET}".encode()).decode()

    def authorize(self, query: dict[str, str]) -> str:
        """Return the address to which the browser is sent."""
        assert query["response_type"] == "code"
        assert query["client_id"] == CLIENT
        self.counter += 1
        code = f"{CODE}{self.counter}"
        self.codes[code] = query
        self.log.append("authorize")
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], basic: str) -> tuple[int, object]:
        if basic != f"{CLIENT}:{SECRET}":
            self.log.append("wrong secret")
            return 401, {"developerMessage": "The client_id specified does not have access.", "errorCode": "AUTH-001"}
        if form["grant_type"] == "authorization_code":
            asked = self.codes.pop(form["code"], None)
            if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
                return 400, {"error": "invalid_grant", "error_description": "The code is not valid."}
            if "code_challenge" in asked:
                digest = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
                assert digest == asked["code_challenge"]
            self.log.append("code")
        else:
            if form["refresh_token"] not in self.refresh:
                self.log.append("spent")
                return 400, {"error": "invalid_grant", "error_description": "The refresh token is invalid or expired."}
            self.refresh.discard(form["refresh_token"])
            self.log.append("refresh")
        self.counter += 1
        tokens = {"access_token": f"canary-access-{self.counter}", "refresh_token": f"canary-refresh-{self.counter}"}
        self.access.add(tokens["access_token"])
        self.refresh.add(tokens["refresh_token"])
        return 200, {**tokens, "token_type": "Bearer", "expires_in": self.expires_in}

    def revoke(self, form: dict[str, str], basic: str) -> tuple[int, object]:
        if basic != f"{CLIENT}:{SECRET}":
            return 401, {"error": "invalid_client"}
        self.log.append(f"revoke {form['token_type_hint']}")
        self.refresh.discard(form["token"])
        self.access.discard(form["token"])
        return 200, None

    def list_teams(self, token: str) -> tuple[int, object]:
        self.log.append("teams")
        if token not in self.access:
            return 401, {"developerMessage": "Token is not active."}
        return 200, {"data": self.teams, "pagination": {"cursor": None, "hasMore": False}}

    def environment(self) -> dict[str, str]:
        """Return the variables with which seatsync uses this vendor."""
        return {
            "SEATSYNC_AUTH_URL": f"{self.url}/authentication/v2",
            "SEATSYNC_TEAM_ADMIN_URL": f"{self.url}/team-admin/v1",
            "SEATSYNC_CLIENT_SECRET": SECRET,
        }


@contextmanager
def fake_vendor() -> Iterator[FakeVendor]:
    """Run a made-up vendor."""
    vendor = FakeVendor()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self, path: str, found: tuple[int, object]) -> None:
            if path in vendor.drop:
                vendor.drop.remove(path)
                return
            body = b"" if found[1] is None else json.dumps(found[1]).encode()
            self.send_response(found[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            with vendor.lock:
                if url.path == "/authentication/v2/authorize":
                    self.send_response(302)
                    self.send_header("Location", vendor.authorize(dict(parse_qsl(url.query))))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                assert url.path == "/team-admin/v1/teams"
                assert parse_qs(url.query)["limit"] == ["100"]
                token = self.headers["Authorization"].removeprefix("Bearer ")
                self._answer("/teams", vendor.answers.get("/teams") or vendor.list_teams(token))

        def do_POST(self) -> None:
            form = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            basic = b64decode(self.headers["Authorization"].removeprefix("Basic ")).decode()
            path = self.path.removeprefix("/authentication/v2")
            with vendor.lock:
                work: Any = {"/token": vendor.token, "/revoke": vendor.revoke}[path]
                self._answer(path, vendor.answers.get(path) or work(form, basic))

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    vendor.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
