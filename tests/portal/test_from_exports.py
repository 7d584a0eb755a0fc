"""A repository from exports: where they may be, what is odd in them, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import Run, write
from tests.portal.generations import GENERATIONS
from tests.portal.test_exports import HEAD, put

AT = "2026-07-30"
NOTHING = "Nothing to change: the account is as declared.\n"


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATSYNC_AT", AT)
    monkeypatch.delenv("CI", raising=False)
    return Run(capfd)


@pytest.mark.parametrize(
    "source", ["exports", "exports/", "./exports", "exports:exports", "{}/exports", "exports:{}/exports"]
)
@pytest.mark.parametrize("command", ["init", "import"])
def test_two_commands_to_a_plan_without_steps(command: str, source: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    source = source.format(tmp_path)
    arguments = ("init", "acme", "--from", source) if command == "init" else ("import", source, "--out", "acme")
    assert run(*arguments) == 0
    assert run.out == (
        "Wrote account acme, as its exports show it: 1 team, 6 people, 3 subscriptions.\n"
        "Comments mark 7 facts that no export has and that were assumed.\n"
        "\n"
        "Next:\n"
        "  seatsync plan acme       compare the files with the account; there is nothing to do yet\n"
        "  git -C acme init         keep the files in git, and correct what was assumed\n"
        "  seatsync forecast acme   what ends or runs short in the coming year\n"
    )
    assert run("plan", "acme", "--detailed-exitcode") == 0
    assert run.out.endswith(NOTHING)


def test_into_the_current_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, dict(GENERATIONS["G1"]))
    (tmp_path / "new one").mkdir()
    monkeypatch.chdir(tmp_path / "new one")
    assert run("init", "--from", "../exports") == 0
    assert "\n  seatsync plan       compare" in run.out
    assert run("plan", "--detailed-exitcode") == 0
    monkeypatch.chdir(tmp_path)
    assert run("init", "a b", "--from", "exports") == 0
    assert "\n  git -C 'a b' init " in run.out


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("nowhere", "there is no such folder; name the folder of the exports, or a URL such as sqlite:///account.db"),
        ("users.csv", "is a file; name the folder of the exports, or a URL such as sqlite:///account.db"),
        ("project", "is a repository, not a folder of exports; write file:project"),
    ],
)
def test_what_is_no_folder_of_exports(source: str, problem: str, run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"users.csv": HEAD, "project/seatsync.yaml": "version: 1\n"})
    assert run("init", "new", "--from", source) == 1
    assert run.said == ("", f"seatsync: {source}: {problem}\n")
    assert not (tmp_path / "new").exists()


ODD = {
    "users.csv": HEAD
    + "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n"
    + "Ben,Ode,ben@acme.example,design,Chief,Active,AutoCAD\n",
    "subscriptions.csv": (
        "subscription_id,team_alias,offering_name,start_date,end_date,seat_quantity\n"
        "574-1,design,AutoCAD,2026-01-01,2027-12-31,1\n"
        "574-2,civil,AutoCAD,2026-01-01,2027-12-31,1\n"
    ),
}
SHOWN = """\
exports/subscriptions.csv:3:1: info SOURCE007 subscription '574-2' is in team 'civil', which is in no users export, so \
that nothing about it is planned
    3 | 574-2,civil,AutoCAD,2026-01-01,2027-12-31,1
      | ^^^^^
  hint: add the users export of its team

exports/users.csv:3:33: warning SOURCE006 unknown role 'Chief'; it is left open
    3 | Ben,Ode,ben@acme.example,design,Chief,Active,AutoCAD
      |                                 ^^^^^

exports/users.csv:2:35: warning ROLE003 team design has no secondary admin, so nobody backs up its primary admin
    2 | Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD
      |                                   ^^^^^^^^^^^^^
  acme/teams/design.yaml:3:3: declared here
  hint: name somebody under `secondary_admins`

"""


def test_what_is_odd_is_shown_with_its_row(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(ODD))
    assert run("init", "acme", "--from", "exports") == 0
    assert run.err == SHOWN
    assert (
        "The account already breaks these rules; `policy.suppress` in seatsync.yaml suppresses them:\n"
        "  exports/subscriptions.csv:2:1: SEAT001 team design assigns 2 seats of AutoCAD, but its pool holds 1"
        f" on {AT}\n"
    ) in run.out
    assert run("validate", "acme") == 0
    assert run("plan", "acme", "--detailed-exitcode") == 0


def test_the_place_in_the_new_files_is_right(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(ODD))
    assert run("-v", "init", "acme", "--from", "exports") == 0
    places = [line.strip().split(":")[:2] for line in run.err.splitlines() if line.endswith(": declared here")]
    lines = [(tmp_path / file).read_text().splitlines()[int(number) - 1] for file, number in places]
    assert lines == ["  design:", "        - ana@acme.example"]


def test_bad_exports_leave_no_folder(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {**ODD, "groups.csv": "Email,Group\nana@acme.example,cad\nb"})
    before = sorted(tmp_path.iterdir())
    assert run("init", "acme", "--from", "exports") == 1
    assert run.out == ""
    assert run.err.startswith("seatsync: exports:exports: exports/groups.csv:3:1: SOURCE001 ")
    assert sorted(tmp_path.iterdir()) == before
