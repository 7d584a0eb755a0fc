from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.commands.running import FILES, Run, write

TEAM = """\
teams:
  design:
    seats:
      AutoCAD: [cho@acme.example,   ben@acme.example]   # all we have
    # She knows everybody.
    primary_admin: 'ana@acme.example'
    secondary_admins: [ben@acme.example]
"""
FORMATTED = """\
teams:
  design:
    # She knows everybody.
    primary_admin: "ana@acme.example"
    secondary_admins: [ben@acme.example]
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example]     # all we have
"""
DIFF = """\
--- a/teams/design.yaml
+++ b/teams/design.yaml
@@ -1,7 +1,7 @@
 teams:
   design:
+    # She knows everybody.
+    primary_admin: "ana@acme.example"
+    secondary_admins: [ben@acme.example]
     seats:
-      AutoCAD: [cho@acme.example,   ben@acme.example]   # all we have
-    # She knows everybody.
-    primary_admin: 'ana@acme.example'
-    secondary_admins: [ben@acme.example]
+      AutoCAD: [ben@acme.example, cho@acme.example]     # all we have
"""


ERRORS = """\
subscriptions.yaml:1:16: error SCHEMA001 subscriptions must be a mapping, not a list
    1 | subscriptions: []
      |                ^^

users.yaml:3:21: error YAML004 anchors are not supported
    3 |   ben@acme.example: &x {}
      |                     ^^
  hint: write the value out wherever it is needed, or name people once under `lists`

2 errors. Run `seatsync explain SCHEMA001` for the reason and the remedy.
"""


@pytest.fixture(name="untidy")
def _untidy(repository: Path) -> Path:
    """Return a repository with one file that is not in canonical form."""
    write(repository, {"teams/design.yaml": TEAM, "subscriptions.yaml": "", "seatsync.yaml": PROJECT})
    return repository


PROJECT = """\
version: 1
account: acme
include: [users.yaml, teams/*.yaml, subscriptions.yaml, people.csv]
"""


@pytest.fixture(autouse=True)
def _people(repository: Path) -> None:
    write(repository, {"people.csv": "email\neli@acme.example\n"})


def text(folder: Path, name: str = "teams/design.yaml") -> str:
    return (folder / name).read_bytes().decode()


def test_files_are_written_in_canonical_form(untidy: Path, run: Run) -> None:
    (untidy / "teams/design.yaml").chmod(0o640)
    assert run("fmt") == 0
    assert run.said == ("formatted teams/design.yaml\n1 file formatted, 3 left as they were.\n", "")
    assert text(untidy) == FORMATTED
    assert (untidy / "teams/design.yaml").stat().st_mode & 0o7777 == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
def test_the_owner_stays(untidy: Path, run: Run) -> None:
    place = untidy / "teams/design.yaml"
    os.chown(place, 1234, 2345)
    assert run("fmt") == 0
    assert (place.stat().st_uid, place.stat().st_gid) == (1234, 2345)
    assert text(untidy, "people.csv") == "email\neli@acme.example\n"
    assert run("fmt", str(untidy / "teams")) == 0
    assert run.said == ("4 files in canonical form; nothing to do.\n", "")


def test_check_lists_the_files_and_writes_nothing(repository: Path, run: Run) -> None:
    write(repository, {"teams/design.yaml": TEAM})
    assert run("fmt", "--check") == 1
    assert run.said == (
        "teams/design.yaml\nsubscriptions.yaml\n",
        "2 files are not in canonical form; run `seatsync fmt` to format them\n",
    )
    assert text(repository) == TEAM
    assert run("fmt") == 0
    assert run("fmt", "--check") == 0
    assert run.said == ("4 files in canonical form; nothing to do.\n", "")


def test_diff_shows_what_would_change(untidy: Path, run: Run) -> None:
    assert run("fmt", "--diff") == 0
    assert run.said == (DIFF, "")
    assert text(untidy) == TEAM
    assert run("fmt", "--diff", "--check") == 1
    assert run.said == (DIFF, "1 file is not in canonical form; run `seatsync fmt` to format it\n")
    assert run("fmt") == 0
    assert run("fmt", "--diff") == 0
    assert run.said == ("", "")


def test_diff_shows_invisible_characters(untidy: Path, run: Run) -> None:
    (untidy / "teams/design.yaml").write_bytes("\ufeffteams: {a: {primary_admin: ana@acme.example}}".encode())
    assert run("fmt", "--diff") == 0
    assert run.out == (
        "--- a/teams/design.yaml\n+++ b/teams/design.yaml\n@@ -1 +1 @@\n"
        "-\\ufeffteams: {a: {primary_admin: ana@acme.example}}\n\\ No newline at end of file\n"
        "+teams: {a: {primary_admin: ana@acme.example}}\n"
    )


def test_errors_are_shown_and_no_file_is_touched(untidy: Path, run: Run) -> None:
    write(untidy, {"users.yaml": "users:\n  ana@acme.example: {first_nam: Ana}\n  ben@acme.example: &x {}\n"})
    write(untidy, {"subscriptions.yaml": "subscriptions: []\n"})
    for options in ((), ("--check",), ("--diff",)):
        assert run("fmt", *options) == 1
        assert run.out == ERRORS
    assert text(untidy) == TEAM


def test_errors_of_the_project_file_come_with_the_others(untidy: Path, run: Run) -> None:
    write(untidy, {"seatsync.yaml": PROJECT + "polic: {}\n", "users.yaml": "users: []\n"})
    assert run("fmt") == 1
    assert [line.split(" ")[0] for line in run.out.splitlines() if ": error " in line] == [
        "seatsync.yaml:4:1:",
        "users.yaml:1:8:",
    ]
    write(untidy, {"seatsync.yaml": "[\n"})
    assert run("fmt") == 1
    assert "YAML001" in run.out


def test_rules_are_none_of_its_business(untidy: Path, run: Run) -> None:
    write(untidy, {"users.yaml": "users: {}\n"})
    assert run("fmt") == 0


def test_a_missing_file_is_an_error(untidy: Path, run: Run) -> None:
    (untidy / "users.yaml").unlink()
    assert run("fmt") == 1
    assert "included file 'users.yaml' does not exist" in run.out
    assert text(untidy) == TEAM


def test_a_link_stays_a_link(untidy: Path, run: Run) -> None:
    (untidy / "teams/design.yaml").rename(untidy / "real.txt")
    (untidy / "teams/design.yaml").symlink_to("../real.txt")
    assert run("fmt") == 0
    assert (untidy / "teams/design.yaml").is_symlink()
    assert text(untidy, "real.txt") == FORMATTED


def test_all_files_are_written_or_none(untidy: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(untidy, {"users.yaml": FILES["users.yaml"].replace(": {", ":   {")})
    before = {path: path.read_bytes() for path in untidy.rglob("*.yaml")}
    done: list[Path] = []
    replace = Path.replace

    def failing(self: Path, to: Path) -> Path:
        if self.suffix == ".new" and to.suffix == ".yaml":
            done.append(to)
            if len(done) == 2:
                raise OSError(28, "No space left on device")
        return replace(self, to)

    monkeypatch.setattr(Path, "replace", failing)
    assert run("fmt") == 1
    assert run.err.endswith("cannot be written (no space left on device); nothing was written\n")
    assert {path: path.read_bytes() for path in untidy.rglob("*.yaml")} == before
    assert list(untidy.rglob(".*")) == []


def test_init_writes_canonical_files(folder: Path, run: Run) -> None:
    assert run("init", str(folder / "new")) == 0
    assert run("fmt", str(folder / "new"), "--check") == 0


def test_not_a_folder(untidy: Path, run: Run) -> None:
    assert run("fmt", "nowhere") == 1
    assert run.err == "seatsync: nowhere: there is no such folder\n"
    assert run("fmt", "users.yaml") == 1
    assert run.err == "seatsync: users.yaml: is not a folder\n"
    assert run("fmt", os.sep) == 1
    assert run.err.startswith("seatsync: no seatsync.yaml in /")
    assert text(untidy) == TEAM


def test_the_file_of_a_fleet(repository: Path, run: Run) -> None:
    (repository / "customers").mkdir()
    for name in FILES:
        (repository / name).rename(repository / "customers" / Path(name).name)
    write(repository, {"fleet.yaml": "labels: {'b*': {tier:   gold}}\naccounts: [z/, customers]  # all\n"})
    assert run("fmt", "--check") == 1
    assert run.said == ("fleet.yaml\n", "1 file is not in canonical form; run `seatsync fmt` to format it\n")
    assert run("fmt") == 0
    assert run.out == "formatted fleet.yaml\n1 file formatted.\n"
    text = (repository / "fleet.yaml").read_text(encoding="utf-8")
    assert text == 'accounts: [z/, customers]  # all\nlabels: {"b*": {tier: gold}}\n'
    assert run("fmt") == 0
    assert run.out == "1 file in canonical form; nothing to do.\n"
    write(repository, {"fleet.yaml": "acounts: []\n"})
    assert run("fmt") == 1
    assert "unknown key 'acounts'" in run.out
