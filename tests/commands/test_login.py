"""`seatsync login` and `logout` with a made-up vendor, and that no command shows a token or secret, whatever fails."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import webbrowser
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

import pytest

from seatsync.commands.shared import console as consoles
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.commands.shared.real_account.signing_in import project_access
from seatsync.commands.shared.real_account.team_ids import matching
from seatsync.vendor.http_client import Timing
from seatsync.vendor.sign_in import SignInFailed
from seatsync.vendor.team_admin import RemoteTeam
from tests.commands.running import DAY, Run, replace_in, write
from tests.commands.test_every_format import ARGUMENTS, formats_of
from tests.gits import commit
from tests.vendor.fake_vendor import CLIENT, SECRET, FakeVendor, fake_vendor

PROJECT = """\
version: 1
account: acme
target: sqlite:///account.db
include: [account.yaml]
portal:
  # the app of our company
  team_admin: {client_id: Ab12Cd34Ef56, redirect: "http://localhost:PORT/oauth/callback/"}  # with a secret elsewhere
"""
ACCOUNT = """\
users: {ana@acme.example: {}, ben@acme.example: {}}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
  Build  &  Co: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
  field: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
"""


@pytest.fixture(name="vendor")
def _vendor(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeVendor]:
    with fake_vendor() as vendor:
        for name, value in vendor.environment().items():
            monkeypatch.setenv(name, value)
        yield vendor


@pytest.fixture(name="project")
def _project(folder: Path, vendor: FakeVendor, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with an app, whose tokens are kept in a folder for settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "settings"))
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    project = folder / "project"
    write(project, {"seatsync.yaml": PROJECT.replace("PORT", str(port)), "account.yaml": ACCOUNT})
    monkeypatch.chdir(project)
    return project


@pytest.fixture(name="browser")
def _browser(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Sign in as a person does, in a browser that follows redirects."""
    visited: list[str] = []

    def visit(url: str) -> bool:
        visited.append(url)
        with urlopen(url) as answer:  # noqa: S310 - of this test
            assert b"continues in the terminal" in answer.read()
        return True

    monkeypatch.setattr(webbrowser, "open", visit)
    return visited


def tokens_in(folder: Path) -> dict[str, str]:
    """Return the content of the only file of tokens."""
    (path,) = folder.parent.glob("settings/seatsync/*.json")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found: dict[str, str] = json.loads(path.read_text())
    return found


def answers(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Type lines on a terminal."""
    typed = iter(lines)
    made = consoles.console

    def on_terminal(**options: object) -> consoles.Console:
        return made(**options)._replace(interactive=True, ask=lambda _: next(typed))  # type: ignore[arg-type]

    monkeypatch.setattr(consoles, "console", on_terminal)


def test_sign_in_and_out(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    assert run("login") == 0
    assert len(browser) == 1
    kept = tokens_in(project)
    path = next(project.parent.glob("settings/seatsync/*.json"))
    assert run.out.splitlines() == [
        f"Signed in. The tokens are in {path}.",
        'Wrote to seatsync.yaml: "Build  &  Co" is 100002 and design is 100001.',
        "Next: seatsync refresh",
    ]
    assert run.err == (
        "Sign in with the vendor in your browser. If it does not open, use this address:\n"
        f"\n  {browser[0]}\n\nwithout an id: field; you may not administer them\n"
    )
    text = (project / "seatsync.yaml").read_text()
    assert "# the app of our company" in text
    assert "# with a secret elsewhere" in text
    assert '"Build  &  Co": "100002"' in text.replace("'", '"')
    assert run("validate") == 0
    assert vendor.log == ["authorize", "code", "teams"]
    assert kept["refresh_token"] in vendor.refresh

    assert run("logout") == 0
    assert run.said == ("Signed out. The tokens are revoked and deleted.\n", "")
    assert (vendor.refresh, vendor.access) == (set(), set())
    assert list(project.parent.glob("settings/seatsync/*.json*")) == list(
        project.parent.glob("settings/seatsync/*.lock")
    )
    assert run("logout") == 0
    assert run.said == ("Nobody is signed in.\n", "")


def test_twice(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    assert run("login") == 0
    first, text = tokens_in(project), (project / "seatsync.yaml").read_text()
    assert run("login") == 0
    assert tokens_in(project)["refresh_token"] != first["refresh_token"]
    assert (project / "seatsync.yaml").read_text() == text
    assert "Wrote" not in run.out


def test_without_a_browser(vendor: FakeVendor, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(question: str) -> str:
        assert question == "Address: "
        url = run._capfd.readouterr().err.split("\n")[2].strip()
        return vendor.authorize(dict(parse_qsl(urlsplit(url).query)))

    made = consoles.console
    monkeypatch.setattr(consoles, "console", lambda **options: made(**options)._replace(ask=ask))
    assert run("login", "--no-browser") == 0
    assert run.out.startswith("Signed in. The tokens are in ")
    assert tokens_in(project)["refresh_token"] in vendor.refresh


@pytest.mark.parametrize("line", ["", "canary-code-1", "http://localhost/?code=canary-code-1&state=other", "http://["])
def test_another_address(
    vendor: FakeVendor, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    answers(monkeypatch, line)
    assert run("login", "--no-browser") == 1
    assert run.err.splitlines()[-1] == (
        "seatsync: this is not the answer to this sign-in; start again, and copy the whole address"
    )
    assert vendor.log == []
    assert "canary" not in run.out + run.err


# Teams


def test_names_of_teams() -> None:
    remote = [RemoteTeam("1", "Design"), RemoteTeam("2", "Twin"), RemoteTeam("3", "twin"), RemoteTeam("4", "e\u0301 b")]
    found = matching(["design", "twin", "É  B", "none"], remote, frozenset())
    assert found.found == (("design", remote[0]), ("É  B", remote[3]))
    assert found.open == ("twin", "none")
    assert matching(["design"], remote, frozenset({"1"})).open == ("design",)
    assert matching(["DESIGN", "design"], remote, frozenset()).found == ()
    assert matching(["twin"], remote, frozenset({"2"})).found == (("twin", remote[2]),)


def test_a_person_chooses(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor.teams = [{"id": str(number), "name": "Design"} for number in (7, 8)] + [{"id": "9", "name": "F\x1b[31m"}]
    answers(monkeypatch, "", "0", "x", "9" * 30, "2", "3", "2")
    assert run("login") == 0
    assert "Wrote to seatsync.yaml: design is 8 and field is 9.\n" in run.out
    assert run.err.splitlines()[4:] == [
        'Which of your teams is "Build  &  Co"?',
        "  1. Design (7)",
        "  2. Design (8)",
        '  3. "F\\x1b[31m" (9)',
        "Which of your teams is design?",
        "  1. Design (7)",
        "  2. Design (8)",
        '  3. "F\\x1b[31m" (9)',
        "Which of your teams is field?",
        "  1. Design (7)",
        '  2. "F\\x1b[31m" (9)',
        'without an id: "Build  &  Co"; you may not administer them',
    ]


def test_nothing_is_guessed_without_a_terminal(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    vendor.teams = [{"id": str(number), "name": "Design"} for number in (7, 8)]
    before = (project / "seatsync.yaml").read_bytes()
    assert run("login") == 0
    assert (project / "seatsync.yaml").read_bytes() == before
    assert 'without an id: "Build  &  Co", design and field' in run.err


def test_an_id_that_is_written_stays(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    replace_in(project / "seatsync.yaml", CLIENT, f'{CLIENT}, teams: {{field: "100001", design: "5"}}')
    assert run("login") == 0
    assert "team design has the id 5, which is none of your teams\n" in run.err
    assert 'Wrote to seatsync.yaml: "Build  &  Co" is 100002.\n' in run.out
    text = (project / "seatsync.yaml").read_text()
    assert 'field: "100001"' in text
    assert 'design: "5"' in text


def test_all_teams_before_any_is_declared(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    """Someone who has only seatsync.yaml gets what `refresh` needs; teams of one name are theirs to tell apart."""
    (project / "account.yaml").unlink()
    replace_in(project / "seatsync.yaml", "include: [account.yaml]\n", "")
    vendor.teams += [{"id": "7", "name": "Field"}, {"id": "8", "name": "FIELD"}, {"id": "9", "name": "field "}]
    replace_in(project / "seatsync.yaml", CLIENT, f'{CLIENT}, teams: {{ours: "100001"}}')
    assert run("login") == 0
    assert run.out.splitlines()[1:] == ['Wrote to seatsync.yaml: "Build & Co" is 100002.', "Next: seatsync refresh"]
    more = "is left out; add it to `portal.team_admin.teams` under another name"
    assert run.err.splitlines()[4:] == [
        f"another team is also named Field, so 7 {more}",
        f"another team is also named FIELD, so 8 {more}",
        f'another team is also named "field ", so 9 {more}',
    ]
    text = (project / "seatsync.yaml").read_text()
    assert "# the app of our company" in text
    assert '"Build & Co": "100002"' in text
    assert run("validate") == 0
    assert run("login") == 0
    assert (project / "seatsync.yaml").read_text() == text


def test_somebody_without_teams(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    (project / "account.yaml").unlink()
    replace_in(project / "seatsync.yaml", "include: [account.yaml]\n", "")
    vendor.teams = []
    assert run("login") == 0
    assert len(run.out.splitlines()) == 1
    assert run.err.splitlines()[-1] == "you administer no team, so that its API shows you none"


def test_files_that_cannot_be_read(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    (project / "account.yaml").write_text("teams: [")
    assert run("login") == 0
    assert tokens_in(project)["refresh_token"] in vendor.refresh
    assert "Wrote" not in run.out
    remedy = "see `seatsync validate`, and sign in again to match them"
    assert run.err.endswith(f"the files have errors, so that the teams in them may not be known; {remedy}\n")


@pytest.mark.parametrize("answer", [{}, {"data": [{"id": 5}]}, [], {"data": [], "pagination": {}}])
def test_a_list_of_teams_that_cannot_be_understood(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], answer: object
) -> None:
    vendor.answers["/teams"] = (200, answer)
    assert run("login") == 1
    assert run.err.splitlines()[-1].startswith("seatsync: ")
    assert tokens_in(project)["refresh_token"] in vendor.refresh


def test_an_id_that_cannot_be_written(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    vendor.teams = [{"id": "1 2", "name": "design"}]
    before = (project / "seatsync.yaml").read_bytes()
    assert run("login") == 1
    assert run.err.splitlines()[-1] == (
        'seatsync: seatsync.yaml would have an error; add to `portal.team_admin.teams` by hand: design: "1 2"'
    )
    assert (project / "seatsync.yaml").read_bytes() == before


@pytest.mark.parametrize("layout", ["flow", "block", "with teams", "anchor"])
def test_every_layout_of_the_project_file(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], layout: str
) -> None:
    text = (project / "seatsync.yaml").read_text()
    section, port = text.partition("team_admin:")[2], text.partition("localhost:")[2].partition("/")[0]
    block = f"\n    client_id: {CLIENT}  # its id\n    redirect: http://localhost:{port}/oauth/callback/\n"
    new = {
        "flow": section,
        "block": block,
        "with teams": f"{block}    teams:  # ids\n      field: '3'  # the third\n",
        "anchor": f" &app {{client_id: {CLIENT}, redirect: 'http://localhost:{port}/oauth/callback/'}}\n",
    }[layout]
    (project / "seatsync.yaml").write_text(text.replace(section, new))
    code = run("login")
    after = (project / "seatsync.yaml").read_text()
    if layout == "anchor":  # anchors are refused everywhere
        assert code == 1
        assert after == text.replace(section, new)
        return
    assert code == 0
    assert 'design: "100001"' in after
    assert all(comment in after for comment in ("# the app", *(["# its id"] if layout != "flow" else [])))
    assert ("field: '3'  # the third" in after) == (layout == "with teams")
    assert run("validate") == 0


# Refusals


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("portal:", "policy: {}\nx-portal:"), "unknown key"),
        (("team_admin:", "exports: exports/ #"), "the project names no app for the vendor's APIs; add `team_admin: {"),
        (
            ("client_id: Ab12Cd34Ef56", "client_id: 'a:b'"),
            "seatsync.yaml:7:27: SCHEMA001 client_id must be a client id",
        ),
        (("http://localhost", "http://evil.example"), "SCHEMA001 redirect must be a URL with https, or with http on"),
        (("client_id: Ab12Cd34Ef56", "client_secret: canary-x"), "client_id"),
    ],
)
def test_projects_without_a_usable_app(
    vendor: FakeVendor, project: Path, run: Run, change: tuple[str, str], said: str
) -> None:
    replace_in(project / "seatsync.yaml", *change)
    for command in ("login", "logout"):
        assert run(command) == 1
        assert said in run.err
        assert run.err.count("\n") == 1
        assert "canary" not in run.err
    assert vendor.log == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        (
            "SEATSYNC_CLIENT_SECRET",
            "",
            "SEATSYNC_CLIENT_SECRET is not set; set it to the client secret of the app Ab12",
        ),
        (
            "SEATSYNC_CLIENT_SECRET",
            "canary a",
            "SEATSYNC_CLIENT_SECRET contains blanks or characters that are not ASCII",
        ),
        ("SEATSYNC_ACCESS_TOKEN", "canary", "SEATSYNC_ACCESS_TOKEN is set, and is used instead of a sign-in; unset it"),
        (
            "SEATSYNC_AUTH_URL",
            "http://evil.example",
            "SEATSYNC_AUTH_URL must begin with https:// (http is for this machin",
        ),
        (
            "SEATSYNC_TOKEN_FILE",
            "tokens.json",
            "is in the project folder, where tokens could be committed; name another",
        ),
        (
            "SEATSYNC_TOKEN_FILE",
            "/dev/null/x",
            "cannot be written (file exists); check it, or set SEATSYNC_TOKEN_FILE",
        ),
    ],
)
def test_environments_that_cannot_be_used(
    vendor: FakeVendor, project: Path, run: Run, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(name, value)
    assert run("login") == 1
    assert said in run.err
    assert run.err.count("\n") == 1
    assert "canary" not in run.err
    assert vendor.log == []


def test_tokens_that_cannot_be_revoked_are_kept(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seatsync.commands.shared.real_account.signing_in.Timing", _hasty)
    assert run("login") == 0
    vendor.answers["/revoke"] = (503, {"detail": "later"})
    assert run("logout") == 1
    assert run.err.startswith(f"seatsync: {vendor.url}/authentication/v2/revoke: answered 503: later (request ")
    assert run.err.endswith("); the tokens are kept, so that you can try again\n")
    assert tokens_in(project)["refresh_token"] in vendor.refresh
    vendor.answers["/revoke"] = (400, {"error_description": "unknown token"})
    assert run("logout") == 0
    assert run.err == "the vendor did not know the sign-in any more: unknown token\n"
    assert list(project.parent.glob("settings/seatsync/*.json")) == []


def test_tokens_of_another_app_are_not_revoked(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATSYNC_TOKEN_FILE", "../mine.json")
    assert run("login") == 0
    replace_in(project / "seatsync.yaml", CLIENT, "another")
    assert run("logout") == 1
    path = project.parent.resolve() / "mine.json"
    assert run.err == f"seatsync: {path} has the sign-in of another app or server; it is kept\n"
    assert path.exists()
    assert [line for line in vendor.log if line.startswith("revoke")] == []


def test_the_library_is_an_extra(project: Path) -> None:
    code = """
import sys
sys.modules["httpx"] = None
from seatsync.cli import main
sys.exit(main())
"""
    how = "install it (in a clone of seatsync: `pip install '.[api]'`)"
    done = subprocess.run([sys.executable, "-c", code, "login"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, f"seatsync: the vendor's APIs need the package httpx; {how}\n")
    done = subprocess.run([sys.executable, "-c", code, "login", "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


# No secret is shown

FAULTS: dict[str, object] = {
    "nothing": None,
    "a lost answer to the code": ("drop", "/token"),
    "lost answers to the list": ("drop", *["/teams"] * 5),
    "a server that repeats what it got": ("/token", 400, "canary-code-1 SECRET BASIC"),
    "a server that repeats it in an error of its own": ("/token", 500, "canary-code-1 SECRET BASIC"),
    "a refused app": ("/token", 401, "SECRET"),
    "a token that is refused and repeated": ("/teams", 401, "canary-access-2"),
    "a list that repeats the token": ("/teams", 500, "canary-access-2"),
    "tokens that are no tokens": ("/token", 200, {"access_token": "canary a", "refresh_token": "canary\nb"}),
    "tokens that are no document": ("/token", 200, "canary-access-2"),
}


def shown(folder: Path, run: Run) -> str:
    """Return everything that the last run wrote: to streams, and to files that are not the tokens themselves."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.match("settings/seatsync/tokens-*.json")]
    assert all(b"canary" not in path.read_bytes() for path in files), files
    return run.out + run.err.replace("canary-state", "")


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_shows_a_secret(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seatsync.commands.shared.real_account.signing_in.Timing", _hasty)
    what = FAULTS[fault]
    if isinstance(what, tuple) and what[0] == "drop":
        vendor.drop += what[1:]
    elif isinstance(what, tuple):
        path, status, said = what
        if isinstance(said, str):
            said = {"detail": said.replace("SECRET", SECRET).replace("BASIC", vendor.basic), "errors": [said]}
        vendor.answers[path] = (status, said)
    assert run("--debug", "login") == (1 if what else 0)
    text = shown(project.parent, run)
    assert "internal error" not in text
    assert "canary" not in text
    vendor.answers.clear()
    vendor.drop.clear()
    run("--debug", "logout")
    assert "canary" not in shown(project.parent, run)


def _hasty(**given: object) -> Timing:
    return Timing(**given)._replace(sleep=lambda _: None, jitter=lambda: 0.0)  # type: ignore[arg-type]


def test_no_command_shows_a_secret(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    """A person is signed in, and the secrets are in the environment: no command in no format knows them."""
    assert run("login") == 0
    run("account", "create", "--name", "acme", "--at", DAY)
    run("account", "load", "account.yaml", "--at", DAY)
    commit(project, "before")
    run("plan", "--at", DAY, "--out", "plan.json")
    for command, arguments in ARGUMENTS.items():
        beside = [f"--output={form}=out-{form}" for form in formats_of(command, run) if form != "text"]
        run("--debug", *command.split(), *arguments, *beside)
        text = shown(project.parent, run)
        assert "internal error" not in text
        assert "canary" not in text, command
    for line in (["ci", "--out", "job"], ["fmt", "--check"], ["account", "log"], ["login"], ["logout"]):
        run("--debug", *line)
        assert "canary" not in shown(project.parent, run), line


def test_an_error_nobody_foresaw_shows_no_secret(
    vendor: FakeVendor, project: Path, run: Run, browser: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(f"Illegal header value {SECRET} {os.environ['SEATSYNC_CLIENT_SECRET']}")

    monkeypatch.setattr("seatsync.commands.shared.real_account.signing_in.exchange", broken)
    assert run("--debug", "login") == 1
    assert "Illegal header value [SEATSYNC_CLIENT_SECRET] [SEATSYNC_CLIENT_SECRET]" in run.err
    assert "canary" not in run.err


def test_no_secret_is_in_the_list_of_processes(vendor: FakeVendor, project: Path, tmp_path: Path) -> None:
    """A process of its own, with a browser of its own, while a third one looks at every command line."""
    browser = tmp_path / "browser.py"
    seen = tmp_path / "seen"
    browser.write_text(f"""\
import glob, sys
from urllib.request import urlopen
lines = [open(path, "rb").read() for path in glob.glob("/proc/[0-9]*/cmdline")]
open({str(seen)!r}, "wb").write(b"\\n".join(lines))
urlopen(sys.argv[1]).read()
""")
    environment = {**os.environ, "BROWSER": f"{sys.executable} {browser} %s"}
    done = subprocess.run(
        [sys.executable, "-m", "seatsync", "login"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert b"browser.py" in seen.read_bytes()
    assert not any(text in seen.read_bytes() for text in (SECRET.encode(), vendor.basic.encode(), b"canary-code-"))
    assert "canary" not in done.stdout + done.stderr


# Access for other commands


def test_a_token_of_the_environment_is_used_as_it_is(
    vendor: FakeVendor, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console = consoles.console()
    monkeypatch.setenv("SEATSYNC_ACCESS_TOKEN", "canary-of-ci")
    monkeypatch.delenv("SEATSYNC_CLIENT_SECRET")
    assert project_access(console, project_of(console, None))() == "canary-of-ci"
    assert not (project.parent / "settings").exists()


def test_access_after_a_sign_in(vendor: FakeVendor, project: Path, run: Run, browser: list[str]) -> None:
    console = consoles.console()
    with pytest.raises(SignInFailed, match="nobody is signed in; sign in with `seatsync login`"):
        project_access(console, project_of(console, None))()
    assert run("login") == 0
    assert project_access(console, project_of(console, None))() in vendor.access
    replace_in(project / "seatsync.yaml", "    teams:", "    write: true\n    teams:")
    with pytest.raises(SignInFailed, match="does not allow all that seatsync"):
        project_access(console, project_of(console, None))()
