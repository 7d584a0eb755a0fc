"""A repository from exports: where they may be, what is odd in them, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import Run, write
from tests.gits import commit, git
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


WROTE = """\
Wrote
  .gitignore
  schemas/fragment.schema.json
  schemas/project.schema.json
  seatsync.yaml
  subscriptions.yaml
  teams/design.yaml
  users.yaml

They declare account acme as its exports show it: 1 team, 6 people, 3 subscriptions.
Comments mark 6 facts that no export has and that were assumed.

Next:
  seatsync plan acme    compare the files with the account; there is nothing to do yet
  git -C acme init      keep the files in git, and correct what was assumed
  seatsync apply acme   after a change of the files: write the checklist for people
"""


PROJECT = """\
# yaml-language-server: $schema=schemas/project.schema.json
version: 1
account: acme  # no export has a name; `init --name` chooses another
target: sqlite:///.seatsync/account.db  # the mirror: what is known about the vendor's account
include:
  - users.yaml
  - subscriptions.yaml
  - teams/*.yaml
portal:
  exports: ../exports/  # where you put new exports; `seatsync refresh` reads them
"""


@pytest.mark.parametrize(
    "source", ["exports", "exports/", "./exports", "exports:exports", "{}/exports", "exports:{}/exports"]
)
@pytest.mark.parametrize("command", ["init", "import"])
def test_two_commands_to_a_plan_without_steps(command: str, source: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    source = source.format(tmp_path)
    arguments = ("init", "acme", "--from", source) if command == "init" else ("import", source, "--out", "acme")
    assert run(*arguments) == 0
    assert run.out == WROTE
    assert run("plan", "acme", "--detailed-exitcode") == 0
    assert run.out.endswith(NOTHING)
    assert (tmp_path / "acme/seatsync.yaml").read_text() == PROJECT
    assert run("refresh", "acme") == 0
    assert run.out.endswith("\nNothing new.\n")


def test_into_the_current_folder(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, dict(GENERATIONS["G1"]))
    (tmp_path / "new one").mkdir()
    monkeypatch.chdir(tmp_path / "new one")
    assert run("init", "--from", "../exports") == 0
    assert "\n  seatsync plan    compare" in run.out
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
  hint: its meaning is assumed, and nothing is planned about it

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


MADE = """\
# what seatsync keeps: the account or its mirror, unfinished changes, tokens
.seatsync/
# what people have to do
runs/
# what `seatsync ci` writes
seatsync-ci/
"""


@pytest.mark.parametrize(
    ("exports", "ignored"),
    [
        ("exports", "/exports/"),
        ("from the portal", r"/from\ the\ portal/"),
    ],
)
def test_exports_in_the_repository_stay_out_of_git(exports: str, ignored: str, run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    (tmp_path / "exports").rename(tmp_path / exports)
    assert run("init", "--from", exports) == 0
    expected = f"{MADE}# exports have personal data, such as usage\n{ignored}\n"
    assert (tmp_path / ".gitignore").read_text() == expected
    commit(tmp_path, "start")
    assert git(tmp_path, "ls-files", exports, ".seatsync") == ""
    assert run("validate") == 0
    assert "FILE001" not in run.out
    assert run("plan", "--detailed-exitcode") == 0


def test_exports_elsewhere_are_not_ignored(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    assert run("init", "acme", "--from", "exports") == 0
    assert (tmp_path / "acme/.gitignore").read_text() == MADE


def test_ones_own_gitignore_stays(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    write(tmp_path, {".gitignore": "mine\n"})
    assert run("init", "--from", "exports") == 0
    assert run.err.startswith(
        f"{tmp_path}/.gitignore already exists; add .seatsync/, runs/, seatsync-ci/ and /exports/ to it\n"
    )
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_a_gitignore_that_cannot_be_read_is_not_taken_for_empty(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    (tmp_path / ".gitignore").mkdir()
    assert run("init", "--from", "exports") == 0
    first, _, _ = run.err.partition("\n")
    ignored = ".seatsync/, runs/, seatsync-ci/ and /exports/"
    assert first == f"{tmp_path}/.gitignore cannot be read (Is a directory); git must not keep {ignored}"


def test_a_repository_among_its_exports_is_refused(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    monkeypatch.chdir(tmp_path / "exports")
    assert run("init", "--from", ".") == 1
    assert run.err == (
        f"seatsync: {tmp_path}/exports: has the exports in it; move them to a folder of their own, such as exports/\n"
    )


def test_who_is_deleted_before_the_first_apply_is_removed(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {"users.csv": HEAD + "".join(ROWS)})
    assert run("init", "acme", "--from", "exports") == 0
    assert run("-C", "acme", "edit", "offboard", "cho@acme.example") == 0, run.said
    assert run("plan", "acme") == 0, run.said
    assert "  1. - remove cho@acme.example" in run.out


ROWS = (
    "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n",
    "Ben,Ode,ben@acme.example,design,Secondary admin,Active,AutoCAD\n",
    "Cho,Park,cho@acme.example,design,User,Active,AutoCAD\n",
)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


@pytest.mark.parametrize("there", [{}, {"acme/mine.txt": "", "acme/.seatsync/cache": ""}])
def test_old_exports_leave_no_folder(there: dict[str, str], run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]), "2026-07-01")
    write(tmp_path, there)
    before = names(tmp_path)
    assert run("init", "acme", "--from", "exports") == 1
    assert run.out == ""
    assert "SOURCE004 exports/" in run.err.replace("'", "")
    assert "download them again, or pass --stale-ok\n" in run.err
    assert names(tmp_path) == before
    assert run("init", "acme", "--from", "exports", "--stale-ok") == 0
    assert "warning SOURCE004" in run.err
    assert run("plan", "acme", "--detailed-exitcode") == 0


def test_in_ci_the_names_of_exports_need_a_day(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"users.csv": HEAD + "".join(ROWS)})
    monkeypatch.setenv("CI", "1")
    before = names(tmp_path)
    assert run("init", "acme", "--from", "exports") == 1
    assert "SOURCE004 when '../exports/users.csv' was exported is unknown" in run.err
    assert names(tmp_path) == before
    assert run("init", "given", "--from", "exports", "--exported", "2026-07-30") == 0
    assert run("import", "exports", "--out", "again", "--exported", "2026-07-30T09:00") == 0
    (tmp_path / "exports/users.csv").rename(tmp_path / "exports/users-2026-07-30.csv")
    assert run("init", "acme", "--from", "exports") == 0


def test_in_a_project_the_name_is_that_of_its_account(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {"users.csv": HEAD + "".join(ROWS)})
    assert run("init", "--from", "exports", "--name", "acme") == 0
    assert run("import", "exports:exports", "--out", "again") == 0
    assert "account: acme  #" in (tmp_path / "again/seatsync.yaml").read_text()


def test_a_mirror_that_cannot_be_made_leaves_no_folder(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    write(tmp_path, {"acme/.seatsync": "a file"})
    before = names(tmp_path)
    assert run("init", "acme", "--from", "exports") == 1
    assert run.out == ""
    assert run.err.startswith("seatsync: sqlite:///.seatsync/account.db: ")
    assert names(tmp_path) == before


def test_a_mirror_is_not_replaced(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    write(tmp_path, {"acme/.seatsync/account.db": "mine"})
    assert run("init", "acme", "--from", "exports") == 1
    assert run.err.endswith(
        "acme/.seatsync/account.db: already exists; nothing was written; move it, or choose an empty folder\n"
    )
    assert names(tmp_path / "acme") == [".seatsync", ".seatsync/account.db"]


@pytest.mark.parametrize(
    ("option", "named"),
    [(("--stale-ok",), "--stale-ok"), (("--name", "acme"), "--name"), (("--exported", "2026-07-30"), "--exported")],
)
def test_options_for_exports_alone(option: tuple[str, ...], named: str, run: Run, tmp_path: Path) -> None:
    write(tmp_path, {"have.yaml": "account: acme\n"})
    for command in (("init",), ("init", "a", "--from", "file:have.yaml"), ("import", "file:have.yaml")):
        assert run(*command, *option) == 1
        assert run.err == f"seatsync: {named} is only for exports; leave it out\n"


def test_the_name_of_the_account(run: Run, tmp_path: Path) -> None:
    put(tmp_path, dict(GENERATIONS["G2"]))
    assert run("init", "here", "--from", "exports", "--name", "Acme Ltd") == 0
    assert "account: Acme Ltd  #" in (tmp_path / "here/seatsync.yaml").read_text()
    assert run("plan", "here", "--detailed-exitcode") == 0
    assert run.out.startswith("Account Acme Ltd (serial ")
    before = names(tmp_path)
    assert run("init", "there", "--from", "exports", "--name", "a\tb") == 1
    assert "SCHEMA001" in run.err
    assert names(tmp_path) == before


def test_bad_exports_leave_no_folder(run: Run, tmp_path: Path) -> None:
    put(tmp_path, {**ODD, "groups.csv": "Email,Group\nana@acme.example,cad\nb"})
    before = names(tmp_path)
    assert run("init", "acme", "--from", "exports") == 1
    assert run.out == ""
    assert run.err.startswith("seatsync: exports:exports: exports/groups.csv:3:1: SOURCE001 ")
    assert names(tmp_path) == before
