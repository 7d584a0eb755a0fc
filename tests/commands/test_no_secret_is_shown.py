"""No command repeats a misplaced password, in any format, or with `--debug`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write
from tests.commands.test_every_format import ARGUMENTS, formats_of
from tests.gits import commit

CANARY = "hunter2-canary"
URL = f"postgresql://ana:{CANARY}@db.acme.example/seats"

PLACES = {
    "the target": ("target: sqlite:///account.db", f"target: {URL}"),
    "the target, with characters that a URL does not have": (
        "target: sqlite:///account.db",
        f"target: 'postgresql://ana:a/b?{CANARY}#c@d@db/seats'",
    ),
    "the target, as a parameter": (
        "target: sqlite:///account.db",
        f'target: "postgresql://db/seats?user=ana&password={CANARY}"',
    ),
    "the target, written with escapes": (
        "target: sqlite:///account.db",
        f'target: "postgresql:\\x2f\\x2fana:{CANARY}\\x40db/seats"',
    ),
    "the target, over several lines": ("target: sqlite:///account.db", f"target: >-\n  {URL}"),
    "a target of the wrong type": ("target: sqlite:///account.db", f"target: [{URL}]"),
    "a target by name": ("target: sqlite:///account.db", f"target: {{live: '{URL}'}}"),
    "a second target": ("target: sqlite:///account.db", f"target: sqlite:///account.db\ntarget: {URL}"),
    "beside something that is no YAML": ("target: sqlite:///account.db", f"target: {URL} : ]"),
    "another key": ("version: 1", f"version: {URL}"),
    "an unknown key": ("policy:", f"portal: {{user: ana, password: {CANARY}}}\npolicy:"),
    "an unknown key of its own": ("policy:", f"api_key: {CANARY}\npolicy:"),
    "what is included": ("include: [", f"include: ['{URL}', "),
    "the time zone": ("policy:", f"timezone: {URL}\npolicy:"),
}


def shown(folder: Path, run: Run) -> str:
    """Return everything that the last run wrote to streams and files."""
    files = [file for file in folder.glob("out.*") if file.is_file()]
    text = run.out + run.err + "".join(file.read_text("utf-8") for file in files)
    for file in files:
        file.unlink()
    return text


@pytest.mark.parametrize("place", PLACES)
def test_in_the_project_file(loaded: Path, run: Run, place: str) -> None:
    write(loaded, {"fleet.yaml": "accounts: .\n"})
    commit(loaded, "before")
    assert run("plan", "--at", DAY, "--out", "plan.json") == 0
    replace_in(loaded / "seatsync.yaml", *PLACES[place])
    assert run("validate") == 1
    for command, arguments in ARGUMENTS.items():
        formats = formats_of(command, run)
        beside = [f"--output={form}=out.{form}" for form in formats if form != "text"]
        run("--debug", command, *arguments, *beside)
        text = shown(loaded, run)
        assert "internal error" not in text
        assert CANARY not in text


@pytest.mark.parametrize("place", PLACES)
def test_in_the_project_file_for_commands_without_formats(loaded: Path, run: Run, place: str) -> None:
    replace_in(loaded / "seatsync.yaml", *PLACES[place])
    for line in (
        ["fmt", "--check"],
        ["fmt", "--diff"],
        ["edit", "offboard", "ben@acme.example", "--dry-run"],
        ["codeowners"],
        ["ci", "--out", "job"],
        ["account", "verify"],
        ["account", "log"],
        ["import", "file:."],
        ["init", "new", "--from", "file:."],
    ):
        run("--debug", *line)
        assert CANARY not in shown(loaded, run)
    assert [file.name for file in loaded.rglob("*") if file.is_file() and CANARY in _text(file)] == ["seatsync.yaml"]


def _text(file: Path) -> str:
    return file.read_text("utf-8", errors="replace")


def test_in_a_team(loaded: Path, run: Run) -> None:
    replace_in(
        loaded / "teams/design.yaml",
        "    primary_admin:",
        f"    sso: {{metadata_url: 'https://ana:{CANARY}@idp/saml'}}\n    primary_admin:",
    )
    assert run("validate") == 1
    assert run.out == (
        """\
teams/design.yaml:3:25: error SCHEMA001 `metadata_url` contains a password
    3 |     sso: {metadata_url: *************************************}
      |                         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: remove it: secrets come from the environment (SEATSYNC_TOKEN, PGPASSWORD) or a file, never from YAML

1 error. Run `seatsync explain SCHEMA001` for the reason and the remedy.
"""
    )


OF_FLEETS = {
    "the store": {"fleet.yaml": f"accounts: .\nstore: '{URL}'\n"},
    "the default target": {"fleet.yaml": f"accounts: .\ndefaults: {{target: '{URL}'}}\n"},
    "a label": {"fleet.yaml": f"accounts: .\nlabels: {{'*': {{at: '{URL}'}}}}\n"},
    "accounts": {"fleet.yaml": f"accounts: '{URL}'\n"},
    "an unknown key": {"fleet.yaml": f"accounts: .\npassword: {CANARY}\n"},
    "the target of a row": {"fleet.yaml": "accounts: a.csv\n", "a.csv": f"account,folder,target\nx,.,{URL}\n"},
    "the folder of a row": {"fleet.yaml": "accounts: a.csv\n", "a.csv": f"account,folder\nx,{URL}\n"},
    "a git repository": {
        "fleet.yaml": "accounts: a.csv\n",
        "a.csv": f"account,git,revision,target\nx,https://ana:{CANARY}@git.example/r.git,main,sqlite:////tmp/x\n",
    },
}


@pytest.mark.parametrize("place", OF_FLEETS)
def test_in_the_file_of_a_fleet(loaded: Path, run: Run, place: str) -> None:
    write(loaded, OF_FLEETS[place])
    for line in (["status"], ["report", "contracts"], ["status", "--log-format", "json"]):
        for form in formats_of("fleet status", run):
            run("--debug", "fleet", *line, "--format", form)
            assert "internal error" not in run.err
            assert CANARY not in shown(loaded, run)


LINES = [
    ["fleet", "status", "--file", URL],
    ["fleet", "status", "--select", URL],
    ["fleet", "report", URL],
    ["plan", "--target", URL],
    ["plan", "--out", "out.plan", f"--target={URL}"],
    ["apply", "--auto-approve", "--target", URL],
    ["drift", "--target", URL],
    ["forecast", "--target", URL],
    ["why", "ana@acme.example", "--target", URL],
    ["import", URL],
    ["init", "new", "--from", URL],
    ["account", "create", "--name", "acme", "--target", URL],
    ["account", "load", URL],
    ["account", "log", "--target", URL],
    ["plan", "--target", f"//ana:{CANARY}@db/seats"],
    ["plan", URL],
    ["plan", f"--tarrget={URL}"],
    ["show", URL],
    ["plan", "--team", URL],
    ["plan", "--as", URL],
    ["plan", "--allow", URL],
    ["why", URL],
    ["why", "ana@acme.example", URL],
    ["explain", URL],
    [URL],
]


@pytest.mark.parametrize("line", LINES, ids=lambda line: " ".join(line).replace(URL, "URL"))
def test_on_the_command_line(loaded: Path, run: Run, line: list[str]) -> None:
    run("--debug", *line)
    text = shown(loaded, run)
    assert CANARY not in text
    assert "internal error" not in text
    assert not (loaded / "new").exists()


@pytest.mark.parametrize("command", [*ARGUMENTS, "ci"])
def test_in_the_environment(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    commit(loaded, "before")
    assert run("plan", "--at", DAY, "--out", "plan.json") == 0
    monkeypatch.setenv("SEATSYNC_TARGET", URL)
    monkeypatch.setenv("SEATSYNC_TOKEN", f"{CANARY}-token")
    run("--debug", command, *ARGUMENTS.get(command, []))
    assert CANARY not in shown(loaded, run)


def test_a_target_with_a_password_is_refused(loaded: Path, run: Run) -> None:
    assert run("plan", "--target", URL) == 1
    assert run.said == (
        "",
        (
            "seatsync: postgresql://ana:***@db.acme.example/seats: the URL of the target contains a password; "
            "remove it: secrets come from the environment (SEATSYNC_TOKEN, PGPASSWORD) or a file\n"
        ),
    )
    write(loaded, {"seatsync.yaml": f"version: 1\naccount: acme\ntarget: {URL}\n"})
    assert run("account", "verify") == 1
    assert run.err.startswith(
        "seatsync: postgresql://ana:***@db.acme.example/seats: the URL of the target contains a password;"
    )
