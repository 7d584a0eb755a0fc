from __future__ import annotations

import gc
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in

SILENT = (
    "(two people only): teams/design.yaml:2:3: ROLE003 team design has no secondary admin,"
    " so nobody backs up its primary admin"
)
REMEDY = "create one with `seatsync init`, or name its folder with `-C DIR`"


def test_nothing_wrong(repository: Path, run: Run) -> None:
    assert run("validate", "--at", DAY) == 0
    assert run.said == ("Nothing wrong: 1 team, 3 people, 1 subscription.\n", "")


def test_the_collector_is_left_as_it_was(repository: Path, run: Run) -> None:
    before = (gc.isenabled(), gc.get_freeze_count())  # Python 3.12 has some frozen objects from the start
    assert run("validate", "--at", DAY) == 0
    assert (gc.isenabled(), gc.get_freeze_count()) == before == (True, before[1])


def test_from_a_folder_inside_and_from_outside(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Nothing wrong: 1 team, 3 people, 1 subscription.\n"
    assert run("-C", "teams", "validate", "--at", DAY) == 0
    assert run.said == (said, "")
    monkeypatch.chdir("/")
    assert run("validate", str(repository), "--at", DAY) == 0
    assert run.said == (said, "")
    assert run("validate", str(repository / "teams"), "--at", DAY) == 0
    assert run.said == (said, "")


def test_an_empty_repository_is_nothing_wrong(folder: Path, run: Run) -> None:
    (folder / "seatsync.yaml").write_text("version: 1\naccount: acme\n")
    assert run("validate") == 0
    assert run.said == ("Nothing wrong: nothing declared.\n", "")


def test_everything_wrong_at_once(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "[ben@acme.example]", "[]")
    replace_in(repository / "teams/design.yaml", "cho@acme.example]", "zoe@acme.example]")
    replace_in(repository / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {frist_name: Cho}")
    assert run("validate", "--at", DAY) == 1
    assert run.said == (
        """\
teams/design.yaml:2:3: warning ROLE003 team design has no secondary admin, so nobody backs up its primary admin
    2 |   design:
      |   ^^^^^^
  hint: name somebody under `secondary_admins`

teams/design.yaml:6:35: error REF001 zoe@acme.example is not declared
    6 |       AutoCAD: [ben@acme.example, zoe@acme.example]
      |                                   ^^^^^^^^^^^^^^^^
  hint: declare them under `users`, or correct the address

users.yaml:4:3: info REF005 cho@acme.example is in no team and no contract, so they are never invited
    4 |   cho@acme.example: {frist_name: Cho}
      |   ^^^^^^^^^^^^^^^^
  hint: add them to the `members` of a team, or give them a seat or a role

users.yaml:4:22: error SCHEMA001 unknown key 'frist_name' in user cho@acme.example; did you mean 'first_name'?
    4 |   cho@acme.example: {frist_name: Cho}
      |                      ^^^^^^^^^^
  hint: use one of the keys first_name, last_name, language, previous_emails or seats

2 errors, 1 warning, 1 piece of information. Run `seatsync explain REF001` for the reason and the remedy.
""",
        "",
    )


def test_a_project_file_that_cannot_be_read(folder: Path, run: Run) -> None:
    (folder / "seatsync.yaml").write_text("account: [acme\n")
    assert run("validate") == 1
    assert run.out.startswith("seatsync.yaml:")
    assert "YAML001" in run.out
    assert run.err == ""
    assert run("plan") == 1
    assert "YAML001" in run.out


def test_a_project_file_with_nothing_in_it(folder: Path, run: Run) -> None:
    (folder / "seatsync.yaml").write_text("- a list\n")
    assert run("validate") == 1
    assert run.out.startswith("seatsync.yaml:1:1: error SCHEMA001 ")


def test_warnings_count_where_that_is_asked_for(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "[ben@acme.example]", "[]")
    assert run("validate", "--at", DAY) == 0
    assert "1 warning." in run.out
    assert run("validate", "--at", DAY, "--strict") == 1
    assert "1 warning." in run.out


def test_suppressed_findings_are_listed_with_v(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "[ben@acme.example]", "[]")
    entry = 'suppress: [{code: ROLE003, team: design, reason: "two people only", until: 2027-01-31}]'
    replace_in(repository / "seatsync.yaml", "{max_removals: 50%}", f"{{{entry}}}")
    assert run("validate", "--at", DAY, "--strict") == 0
    assert run.said == ("Nothing wrong: 1 team, 3 people, 1 subscription.\n", "")
    assert run("validate", "--at", DAY, "-v") == 0
    assert run.err.splitlines()[3:] == [
        f"suppressed until 2027-01-31 {SILENT}",
    ]
    replace_in(repository / "seatsync.yaml", ", until: 2027-01-31", "")
    assert run("-v", "validate", "--at", DAY) == 0
    assert "suppressed (two people only): teams" in run.err


def test_the_document(repository: Path, run: Run) -> None:
    assert run("validate", "--format", "json") == 0
    assert run.out == (
        '{\n "format": "seatsync/findings/1",\n "findings": [],\n'
        ' "summary": {\n  "error": 0,\n  "warning": 0,\n  "info": 0\n }\n}\n'
    )


def test_no_line_of_a_file_outside_is_shown(
    repository: Path, run: Run, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret = tmp_path_factory.mktemp("outside") / "secret.yaml"
    secret.write_text("password: hunter2\n")
    (repository / "teams/secret.yaml").symlink_to(secret)
    assert run("validate", "--at", DAY) == 1
    assert "points outside the repository" in run.out
    assert "hunter2" not in run.out


def test_a_format_that_does_not_exist(repository: Path, run: Run) -> None:
    assert run("validate", "--format", "html") == 1
    assert run.said == ("", "seatsync: unknown format 'html'; choose one of github, gitlab, json, junit, sarif, text\n")


def test_no_repository(folder: Path, run: Run) -> None:
    (folder / "nowhere").mkdir()
    assert run("validate", "nowhere") == 1
    assert run.said == (
        "",
        f"seatsync: no seatsync.yaml in {folder}/nowhere or above it; {REMEDY}\n",
    )


@pytest.mark.parametrize(
    "command",
    [
        *("validate", "plan", "refresh", "status", "drift", "forecast", "codeowners", "fmt", "policy test"),
        *("report usage", "report reclaim --propose", "report all --out site"),
    ],
)
def test_a_folder_that_is_not_there_is_not_the_one_above(repository: Path, run: Run, command: str) -> None:
    words = command.split()
    assert run(*words, "nowhere") == 1
    assert run.said == ("", "seatsync: nowhere: there is no such folder\n")
    assert run(*words, "users.yaml") == 1
    assert run.said == ("", "seatsync: users.yaml: is not a folder\n")
    assert run(*words, "x" * 300) == 1
    assert run.err.count("\n") == 1
