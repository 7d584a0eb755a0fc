from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from seatsync.commands.init import starter_files
from seatsync.commands.shared.ci_context import FOLDER
from seatsync.commands.shared.new_repository import MADE
from seatsync.commands.shared.plan_inputs import relocated_url
from seatsync.commands.shared.real_account.run_folders import RUNS
from seatsync.declaration.files import OWN_FOLDER
from tests.commands.running import DAY, Run, replace_in, write


def files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_new_repository(folder: Path, run: Run) -> None:
    assert run("init", "new") == 0
    assert run.said == (
        """\
Wrote
  .gitignore
  people.yaml
  schemas/fragment.schema.json
  schemas/project.schema.json
  seatsync.yaml
  subscriptions.yaml
  teams/design.yaml

Next:
  seatsync validate                       check the files; needs no account
  seatsync account create --name acme     create an account to try it on, in .seatsync/account.db
  seatsync plan                           show the steps for the account
""",
        "",
    )
    assert files(folder / "new") == sorted([".gitignore", *starter_files(2026), *EDITORS])
    assert run("-C", "new", "validate", "--strict") == 0
    assert run.said == ("Nothing wrong: 1 team, 4 people, 1 subscription.\n", "")


@pytest.mark.parametrize("year", ["0001", "2026", "2040", "9999"])
def test_it_is_valid_in_any_year(folder: Path, run: Run, year: str) -> None:
    assert run("init", "--at", f"{year}-06-15") == 0
    for day in (f"{year}-01-01", f"{year}-12-01"):
        assert run("validate", "--strict", "--at", day) == 0


def test_nothing_is_overwritten(folder: Path, run: Run) -> None:
    (folder / "people.yaml").write_text("mine\n")
    assert run("init") == 1
    assert run.err == (
        f"seatsync: {folder}/people.yaml: already exists; nothing was written; move it, or choose an empty folder\n"
    )
    assert files(folder) == ["people.yaml"]
    assert run("init", "people.yaml") == 1
    assert run.err == f"seatsync: {folder}/people.yaml: is not a folder\n"
    (folder / "people.yaml").unlink()
    (folder / "people.yaml").symlink_to("nowhere")
    assert run("init") == 1


def test_ones_own_gitignore_stays(folder: Path, run: Run) -> None:
    (folder / ".gitignore").write_text("mine\n")
    assert run("init") == 0
    assert run.err == f"{folder}/.gitignore already exists; add .seatsync/, runs/ and seatsync-ci/ to it\n"
    assert (folder / ".gitignore").read_text() == "mine\n"
    assert run("init") == 1
    assert f"seatsync: {folder}/seatsync.yaml: already exists; nothing was written" in run.err


def test_git_keeps_nothing_that_seatsync_makes(loaded: Path, run: Run) -> None:
    folders = {OWN_FOLDER, RUNS, FOLDER}
    assert set(MADE) == {f"{name}/" for name in folders}
    commands = {"a": "init a", "b": "init b --from sqlite:///account.db", "c": "import file:. --out c"}
    for folder, command in commands.items():
        assert run(*command.split()) == 0
        text = (loaded / folder / ".gitignore").read_text()
        assert text == "".join(f"# {why}\n{name}\n" for name, why in MADE.items())


def test_git_does_not_keep_the_account_beside_the_files(loaded: Path, run: Run) -> None:
    (loaded / "new/has [it]").mkdir(parents=True)
    (loaded / "account.db").rename(loaded / "new/has [it]/a.db")
    assert run("import", "sqlite:///new/has [it]/a.db", "--out", "new") == 0
    assert (loaded / "new/.gitignore").read_text().splitlines()[-2:] == [
        "# the account, and what belongs to it",
        r"/has\ \[it\]/a.db*",
    ]
    (loaded / "new/has [it]/a.db-calls").touch()
    subprocess.run(["git", "-C", "new", "init", "-q"], check=True)
    done = subprocess.run(
        ["git", "-C", "new", "status", "--porcelain", "-uall"], check=True, capture_output=True, text=True
    )
    assert "a.db" not in done.stdout
    assert "seatsync.yaml" in done.stdout


def test_a_folder_that_cannot_be_made(folder: Path, run: Run) -> None:
    (folder / "file").write_text("")
    assert run("init", "file/new") == 1
    assert run.err == f"seatsync: {folder}/file/new: cannot be written (Not a directory); nothing was written\n"
    (folder / "teams").write_text("")
    assert run("init") == 1
    assert run.err == f"seatsync: {folder}/teams: cannot be written (Not a directory); nothing was written\n"
    assert files(folder) == ["file", "teams"]


BESIDE = "Editors use schemas/ to check and explain the files while you type.\n"
EDITORS = ["schemas/fragment.schema.json", "schemas/project.schema.json"]
IMPORTED = [
    ".gitignore",
    *EDITORS,
    "seatsync.yaml",
    "subscriptions.yaml",
    "teams/design.yaml",
    "users.yaml",
]


@pytest.mark.parametrize("source", ["sqlite:///account.db", "sqlite:///{}/account.db", "file:.", "file:{}"])
def test_an_imported_repository_plans_no_change(loaded: Path, run: Run, source: str) -> None:
    assert run("import", source.format(loaded), "--out", "copy/of/it") == 0
    assert run.said == (f"Wrote account acme to 4 files: 1 team, 3 people, 1 subscription.\n{BESIDE}", "")
    assert files(loaded / "copy/of/it") == IMPORTED
    assert run("plan", "copy/of/it", "--at", DAY, "--detailed-exitcode") == 0
    assert run.out.endswith("Nothing to change: the account is as declared.\n")


@pytest.mark.parametrize(
    ("url", "seen"),
    [
        ("sqlite:///a.db", "sqlite:///../../a.db"),
        ("sqlite:////a.db", "sqlite:////a.db"),
        ("file:state.yaml", "file:../../state.yaml"),
        ("file:", "file:"),
        ("https://account.example", "https://account.example"),
    ],
)
def test_a_target_seen_from_another_folder(url: str, seen: str) -> None:
    assert relocated_url(url, Path("/base"), Path("/base/new/folder")) == seen


def test_into_the_folder_of_the_run(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    (loaded / "below").mkdir()
    monkeypatch.chdir(loaded / "below")
    assert run("import", "sqlite:///account.db") == 0
    assert "target: sqlite:///../account.db" in (loaded / "below/seatsync.yaml").read_text()
    assert run("import", "sqlite:///../account.db") == 1
    assert "already exists" in run.err


def test_init_from_an_account(loaded: Path, run: Run) -> None:
    assert run("init", "copy", "--from", "sqlite:///account.db") == 0
    assert run.said == (
        """\
Wrote
  .gitignore
  schemas/fragment.schema.json
  schemas/project.schema.json
  seatsync.yaml
  subscriptions.yaml
  teams/design.yaml
  users.yaml

They declare account acme as it is: 1 team, 3 people, 1 subscription.

Next: seatsync plan
""",
        "",
    )


def test_an_empty_account(folder: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///a.db") == 0
    assert run("import", "sqlite:///a.db", "--out", "copy") == 0
    assert run.out == f"Wrote account acme to 1 file: nothing.\n{BESIDE}"


def test_a_repository_is_imported_as_it_is_on_a_day(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "cho@acme.example]", "{user: cho@acme.example, until: 2026-11-30}]")
    for day, held in (("2026-11-30", True), ("2026-12-01", False)):
        assert run("import", "file:.", "--out", day, "--at", day) == 0
        assert run("init", f"{day}-too", "--from", "file:.", "--at", day) == 0
        for folder in (day, f"{day}-too"):
            team = (repository / folder / "teams/design.yaml").read_text()
            assert ("AutoCAD" in team, "cho@acme.example" in team) == (True, held)


def test_a_target_that_is_not_there(folder: Path, run: Run) -> None:
    assert run("import", "file:none.yaml") == 1
    assert run.err == f"seatsync: {folder}/none.yaml: does not exist\n"
    assert run("import", "") == 1
    assert (
        run.err == "seatsync: the target: not a URL of the form SCHEME:PLACE; write for example sqlite:///account.db\n"
    )


MODELINES = {
    "people.yaml": "# yaml-language-server: $schema=schemas/fragment.schema.json",
    "seatsync.yaml": "# yaml-language-server: $schema=schemas/project.schema.json",
    "subscriptions.yaml": "# yaml-language-server: $schema=schemas/fragment.schema.json",
    "teams/design.yaml": "# yaml-language-server: $schema=../schemas/fragment.schema.json",
}


def test_every_file_names_its_schema_which_is_there(folder: Path, run: Run) -> None:
    assert run("init") == 0
    assert {
        name: (folder / name).read_text().splitlines()[0] for name in files(folder) if name.endswith(".yaml")
    } == MODELINES
    for name, line in MODELINES.items():
        schema = (folder / name).parent / line.partition("=")[2]
        assert run("schema", schema.name.partition(".")[0]) == 0
        assert schema.read_text() == run.out


def test_an_imported_file_names_its_schema_first(loaded: Path, run: Run) -> None:
    assert run("import", "sqlite:///account.db", "--out", "copy") == 0
    first = MODELINES["teams/design.yaml"]
    assert (loaded / "copy/teams/design.yaml").read_text().startswith(f"{first}\nteams:\n")


IGNORING = """\
version: 1
account: acme
target: sqlite:///acme.db
policy:
  ignore: {users: ["svc-*"], teams: [sandbox], groups: ["AD-*"], products: [Revit, Rendering]}
"""
HAVE = """\
users:
  {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}, svc-1@acme.example: {}, svc-2@acme.example: {}}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, svc-1@acme.example]
    seats: {AutoCAD: [cho@acme.example, svc-1@acme.example], Revit: [cho@acme.example]}
    groups:
      AD-all: {members: [cho@acme.example], products: [AutoCAD]}
      cad: {members: [ben@acme.example, svc-2@acme.example], products: [AutoCAD, Revit]}
  sandbox: {primary_admin: ana@acme.example, seats: {AutoCAD: [svc-2@acme.example]}}
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  s-2: {team: design, product: Revit, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  s-3: {team: sandbox, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
contracts:
  "110": {contract_manager: svc-1@acme.example, license_type: perpetual, channel: store,
          products: {Maya: {seats: 1, serial: 123-4, users: [ben@acme.example]}},
          services: {Rendering: [ben@acme.example]}, support: [svc-2@acme.example]}
"""


def test_a_project_declares_nothing_that_it_ignores(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    write(folder, {"seatsync.yaml": IGNORING, "have.yaml": "account: acme\n" + HAVE})
    assert run("account", "create") == 0
    assert run("account", "load", "have.yaml") == 0
    (folder / "have.yaml").unlink()
    assert run("import", "sqlite:///acme.db") == 0, run.said
    written = "".join(path.read_text() for path in sorted(folder.rglob("*.yaml")) if path.name != "seatsync.yaml")
    assert [name for name in ("Revit", "Rendering", "AD-", "sandbox", "svc-2", "s-3") if name in written] == ["Revit"]
    assert written.count("Revit") == 1  # the subscription
    assert written.count("svc-1@acme.example") == 3  # declared, manager and coordinator of a contract
    assert (folder / "seatsync.yaml").read_text().count("code: POLICY004") == 1  # about that person
    assert run("validate") == 0
    assert run("plan", "--format", "json") == 0
    assert json.loads(run.out)["steps"] == []
