"""`seatsync demo portal`: what it says, the account that it serves, and how it stops."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import webbrowser
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from html import unescape
from http.client import RemoteDisconnected
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from seatsync.demo.profiles import VARIANTS
from seatsync.demo.served_team_admin import SCOPES
from tests.commands.running import DAY, Run, write
from tests.demo.conversation import call
from tests.demo.test_served_sign_in import BASIC, WANTED

WELCOME = """\
A made-up portal at {url}, in front of the account sqlite:///account.db. Press Ctrl-C to stop it.

In another terminal:
  export SEATSYNC_TEAM_ADMIN_URL={url}/team-admin/v1
  export SEATSYNC_INSIGHTS_URL={url}/insights/v1
  export SEATSYNC_AUTH_URL={url}/authentication/v2
  export SEATSYNC_CLIENT_SECRET=made-up-secret
  export SEATSYNC_RATE_MINUTE=5

In seatsync.yaml:
  portal:
    team_admin: {{client_id: demo-client, write: true}}
    insights: true

"""


PROJECT = """\
version: 1
account: made-up
target: sqlite:///account.db
include: [want.yaml]
portal:
  exports: exports/
  team_admin: {client_id: demo-client, write: true, redirect: "BACK"}
  insights: true
"""
WANT = """\
users: {ada.lovelace@example.com: {}}
teams:
  Example Engineering: {primary_admin: ada.lovelace@example.com}
"""


@contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command on a free port; yield its process and what it says first."""
    command: Sequence[str] = (sys.executable, "-m", "seatsync", "demo", "portal", "--port", "0", *options)
    process = subprocess.Popen(
        command, cwd=folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "CI": "1"}
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        text = ""
        while not text.endswith("insights: true\n\n"):
            line = process.stdout.readline()
            assert line, process.stderr.read()
            text += line
        yield process, text
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
        process.stderr.close()


def url_of(text: str) -> str:
    return text.partition(" at ")[2].partition(", in front")[0]


def token_of(url: str, person: str) -> str:
    """Return an access token of somebody who signs in on the page."""
    back = "http://localhost:8080/oauth/callback/"
    asked = {**WANTED, "scope": " ".join(SCOPES), "as": person}
    answer = call(f"{url}/authentication/v2/authorize?{urlencode(asked)}")
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
    answer = call(f"{url}/authentication/v2/token", "POST", BASIC, urlencode(form).encode())
    token: str = answer.json["access_token"]
    return token


def test_it_serves_a_store_until_it_is_interrupted(loaded: Path) -> None:
    options = ("--account", "sqlite:///account.db", "--minute", "5", "--auto", "ana@acme.example", "--at", DAY)
    with serving(loaded, *options) as (process, text):
        url = url_of(text)
        assert text == WELCOME.format(url=url)
        assert call(f"{url}/authentication/v2/authorize?{urlencode(WANTED)}").status == 302  # without being asked
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    assert (process.returncode, out) == (130, "")
    assert err.splitlines() == ["GET /authentication/v2/authorize 302", "seatsync: interrupted"]


def test_what_is_changed_is_shown_and_stays(loaded: Path, run: Run) -> None:
    with serving(loaded, "--account", "sqlite:///account.db", "--at", DAY) as (process, text):
        url = url_of(text)
        token = token_of(url, "ana@acme.example")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        team = call(f"{url}/team-admin/v1/teams", headers=headers).data[0]["id"]
        address = f"{url}/team-admin/v1/teams/{team}/users"
        body = json.dumps({"email": "fay@acme.example"}).encode()
        assert call(address, "POST", headers, body).json["status"] == "Pending"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert err.splitlines()[-2:] == [
        f"POST /team-admin/v1/teams/{team}/users 201",
        "  effect 1: invite fay@acme.example in design",
    ]
    assert token not in err
    assert run("account", "log", "--person", "fay@acme.example") == 0
    assert f"{DAY}T12:0" in run.out  # the clock began within a minute after noon
    assert "invite fay@acme.example" in run.out


@pytest.mark.parametrize(
    ("profile", "error", "said"),
    [
        ("drop-after", RemoteDisconnected, "201 (the answer is lost)"),
        ("reset-after", ConnectionResetError, "201 (the connection is reset)"),
        ("error-after", None, "503"),
    ],
)
def test_an_answer_that_is_spoilt_is_marked(loaded: Path, profile: str, error: type[OSError] | None, said: str) -> None:
    options = ("--account", "sqlite:///account.db", "--at", DAY, "--profile", profile, "--profile", "every-2")
    with serving(loaded, *options) as (process, text):
        url = url_of(text)  # to get the token takes the first POST
        headers = {"Authorization": f"Bearer {token_of(url, 'ana@acme.example')}", "Content-Type": "application/json"}
        team = call(f"{url}/team-admin/v1/teams", headers=headers).data[0]["id"]
        body = json.dumps({"email": "fay@acme.example"}).encode()
        with nullcontext() if error is None else pytest.raises(error):
            call(f"{url}/team-admin/v1/teams/{team}/users", "POST", headers, body)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert err.splitlines()[-2:] == [
        f"POST /team-admin/v1/teams/{team}/users {said}",
        "  effect 1: invite fay@acme.example in design",
    ]


def test_login_and_logout(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign in as a person does: on the page of the portal, by clicking one of its links."""
    opened: list[str] = []

    def click(url: str) -> bool:
        opened.append(url)
        text = call(url).body.decode()
        link = next(unescape(each) for each in re.findall(r'href="([^"]+)"', text) if "ada.lovelace" in each)
        back = call(f"{url.partition('/authentication')[0]}{link}").headers["location"]
        return call(back).status == 200

    monkeypatch.setattr(webbrowser, "open", click)
    with socket.create_server(("127.0.0.1", 0)) as found:
        back = f"http://localhost:{found.getsockname()[1]}/back"
    project = folder / "project"
    write(project, {"seatsync.yaml": PROJECT.replace("BACK", back), "want.yaml": WANT})
    monkeypatch.chdir(project)
    with serving(folder) as (process, text):
        for name, value in re.findall(r"export (\w+)=(\S+)", text):
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("SEATSYNC_TOKEN_FILE", str(folder / "settings/tokens.json"))
        assert run("login") == 0, run.said
        assert len(opened) == 1
        assert re.search(r'teams: \{Example Engineering: "\d{6,9}"\}', (project / "seatsync.yaml").read_text())
        assert run("logout") == 0, run.said
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
    assert err.splitlines()[2:] == [
        "POST /authentication/v2/token 200",
        "GET /team-admin/v1/teams 200",
        *["POST /authentication/v2/revoke 200"] * 2,
    ]


def test_a_made_up_account_without_any(folder: Path) -> None:
    with serving(folder) as (_, text):
        assert ", in front of a made-up account, which is forgotten when it stops. " in text
        token = token_of(url_of(text), "ada.lovelace@example.com")
        headers = {"Authorization": f"Bearer {token}"}
        teams = call(f"{url_of(text)}/team-admin/v1/teams", headers=headers).data
        assert [team["name"] for team in teams] == ["Example Engineering"]


def test_the_profiles_are_listed(run: Run) -> None:
    assert run("demo", "portal", "--profiles") == 0
    names = [line.partition(": ")[0] for line in run.out.splitlines()]
    assert names == ["guess-A", *VARIANTS]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--profile", "lags"], "there is no profile 'lags'; `seatsync demo portal --profiles` lists them"),
        (["--profile", "G0", "--profile", "G1"], "the profiles G0 and G1 exclude each other; choose one of them"),
        (["--account", "file:account.yaml"], "file:account.yaml: demo portal needs an embedded account"),
        (["--account", "sqlite:///none.db"], "sqlite:///none.db: there is no account here"),
        (["--auto", "nobody"], "--auto nobody: is not the address of an admin"),
        (["--minute", "0"], "Invalid value for '--minute'"),
        (["--port", "70000"], "Invalid value for '--port'"),
    ],
)
def test_what_cannot_be_served(loaded: Path, run: Run, options: list[str], words: str) -> None:
    assert run("demo", "portal", *options) == 1
    assert run.err.startswith(f"seatsync: {words}"), run.err


def test_a_mirror_is_not_served(seen: Path, run: Run) -> None:
    assert run("demo", "portal", "--account", "sqlite:///.seatsync/account.db") == 1
    assert "this is the mirror of a portal, not an account of its own" in run.err


def test_a_port_in_use(loaded: Path, run: Run) -> None:
    with serving(loaded) as (_, text):
        port = url_of(text).rpartition(":")[2]
        assert run("demo", "portal", "--port", port) == 1
    assert run.err == f"seatsync: port {port} of this machine: address already in use; choose another with --port\n"
