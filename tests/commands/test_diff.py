from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from seatsync.reading import git_objects
from seatsync.reading.schema import validate_document
from tests.commands.running import DAY, FILES, Run, replace_in, write
from tests.gits import commit, git

DESIGN = "teams/design.yaml"
NOTHING = f"Account acme, from old to the working tree, on {DAY}\n\nNothing changes.\n"


@pytest.fixture(name="old")
def _old(repository: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a committed repository with the tag `old`."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    commit(repository, "old")
    return repository


def test_nothing_changes(old: Path, run: Run) -> None:
    assert run("diff", "old", "--detailed-exitcode") == 0
    assert run.said == (NOTHING, "")


def test_layout_is_no_change(old: Path, run: Run) -> None:
    text = (old / DESIGN).read_text() + (old / "users.yaml").read_text()
    (old / "users.yaml").unlink()
    (old / DESIGN).write_text(text.replace("[ben@acme.example, cho@acme.example]", "[Cho@ACME.example]  # by product"))
    replace_in(old / DESIGN, "ben@acme.example: {first_name: Ben,", "ben@acme.example: {seats: {design: [AutoCAD]},")
    replace_in(old / DESIGN, "last_name: Ode", "'last_name': Ode, first_name: Ben")
    replace_in(old / "seatsync.yaml", "include: [users.yaml, ", "include: [")
    assert run("diff", "old", "--detailed-exitcode") == 0
    assert run.said == (NOTHING, "")


def test_a_portal_and_its_fields(old: Path, run: Run) -> None:
    portal = "portal: {exports: exports/, directory_sync: {design: external}}\n"
    with (old / "seatsync.yaml").open("a") as project:
        project.write(portal)
    commit(old, "new")
    synced = 'directory_sync: {design: {groups: ["AD-*", EX]}}'
    replace_in(old / "seatsync.yaml", portal, f"portal: {{exports: [exports/, more/], max_age: 30d, {synced}}}\n")
    assert run("diff", "old", "new") == 0
    added = run.said[0]
    assert run("diff", "new", "--format", "json") == 0
    assert validate_document(json.loads(run.said[0]), "diff") == []
    assert run("diff", "new") == 0
    assert [line for text in (added, run.said[0]) for line in text.splitlines() if "portal" in line] == [
        '  + portal directory_sync: "design: external"',
        "  + portal exports: exports/",
        "  + portal import_from: 5",
        "  + portal max_age: 7d",
        '  + portal directory_sync: "design: groups AD-*"',
        '  + portal directory_sync: "design: groups EX"',
        '  - portal directory_sync: "design: external"',
        "  + portal exports: more/",
        "  ~ portal max_age: 7d -> 30d",
    ]


def test_the_apis_of_a_portal(old: Path, run: Run) -> None:
    portal = 'portal: {team_admin: {client_id: Ab12, teams: {design: "100001"}}}\n'
    with (old / "seatsync.yaml").open("a") as project:
        project.write(portal)
    commit(old, "new")
    more = 'portal: {team_admin: {client_id: Ab12, write: true, teams: {design: "100002"}}, insights: true}\n'
    replace_in(old / "seatsync.yaml", portal, more)
    texts = []
    for revisions in (("old", "new"), ("new",)):
        assert run("diff", *revisions, "--format", "json") == 0
        assert validate_document(json.loads(run.said[0]), "diff") == []
        assert run("diff", *revisions) == 0
        texts.append([line for line in run.said[0].splitlines() if "team_admin" in line or "insights" in line])
    assert texts == [
        [
            "  + portal team_admin.client_id: Ab12",
            "  + portal team_admin.pkce: false",
            '  + portal team_admin.redirect: "http://localhost:8080/oauth/callback/"',
            "  + portal team_admin.teams.design: 100001",
            "  + portal team_admin.write: false",
        ],
        [
            "  + portal insights: true",
            "  ~ portal team_admin.teams.design: 100001 -> 100002",
            "  ~ portal team_admin.write: false -> true",
        ],
    ]


def test_changes_and_new_findings(old: Path, run: Run) -> None:
    replace_in(old / DESIGN, "primary_admin: ana", "primary_admin: cho")
    replace_in(old / DESIGN, "[ben@acme.example, cho@acme.example]", "[{user: cho@acme.example, until: 2027-03-31}]")
    replace_in(old / DESIGN, "secondary_admins: [ben@acme.example]", "sso_admins: [zoe@acme.example]")
    replace_in(old / "subscriptions.yaml", "seats: 3", "seats: 5")
    replace_in(old / "seatsync.yaml", "max_removals: 50%", "max_removals: 80%, prune: [seats, teams]")
    commit(old, "new")
    said = f"""\
Account acme, from old to new, on {DAY}

the whole account
  ~ policy max_removals: "50%" -> "80%"
  + policy prune: teams
  - policy prune: admins
  - policy prune: groups
  - policy prune: leavers

team design
  ~ primary admin: ana@acme.example -> cho@acme.example
  - secondary admin ben@acme.example
  + SSO admin zoe@acme.example
  ~ subscription 574-1: seats 3 -> 5
  - AutoCAD for ben@acme.example
  ~ AutoCAD for cho@acme.example: at all times -> until 2027-03-31
  - member ben@acme.example
  + member zoe@acme.example

Diff: 3 added, 4 changed, 6 removed.

New findings

teams/design.yaml:2:3: warning ROLE003 team design has no secondary admin, so nobody backs up its primary admin
    2 |   design:
      |   ^^^^^^
  hint: name somebody under `secondary_admins`

teams/design.yaml:4:17: warning ROLE005 team design has SSO admins, but no SSO configuration
    4 |     sso_admins: [zoe@acme.example]
      |                 ^^^^^^^^^^^^^^^^^^
  hint: add `sso:` with its domains and metadata_url, or make them secondary admins

teams/design.yaml:4:18: error REF001 zoe@acme.example is not declared
    4 |     sso_admins: [zoe@acme.example]
      |                  ^^^^^^^^^^^^^^^^
  hint: declare them under `users`, or correct the address

users.yaml:3:3: info REF005 ben@acme.example is in no team and no contract, so they are never invited
    3 |   ben@acme.example: {{first_name: Ben, last_name: Ode}}
      |   ^^^^^^^^^^^^^^^^
  hint: add them to the `members` of a team, or give them a seat or a role

1 error, 2 warnings, 1 piece of information. Run `seatsync explain REF001` for the reason and the remedy.
"""
    assert run("diff", "old", "new") == 1
    assert run.out.splitlines() == said.splitlines()
    assert run.said == (said, "")
    assert run("diff", "new", "new~0", "--detailed-exitcode") == 0  # what was wrong before is not new
    assert run("diff", "old", "new", "--team", "elsewhere") == 1
    assert run.said == ("", "seatsync: --team elsewhere: there is no such team at old or new\n")


def test_the_exit_code_tells_of_changes_and_strictness(old: Path, run: Run) -> None:
    replace_in(old / DESIGN, "[ben@acme.example]", "[]")
    assert run("diff", "old") == 0
    assert run("diff", "old", "--detailed-exitcode") == 2
    assert run("diff", "old", "--detailed-exitcode", "--strict") == 1


def test_only_some_teams(old: Path, run: Run) -> None:
    replace_in(old / DESIGN, "  design:", "  build: {primary_admin: ana@acme.example}\n  design:")
    replace_in(old / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {first_name: Cho}")
    replace_in(old / "subscriptions.yaml", "team: design", "team: build")
    assert run("diff", "old", "--team", "design") == 1
    assert run.out.startswith(
        f"""\
Account acme, from old to the working tree, on {DAY}

team build
  ~ subscription 574-1: team design -> build

Diff: 0 added, 1 changed, 0 removed.

New findings

"""
    )
    assert "error SEAT002" in run.out


def test_the_document(old: Path, run: Run) -> None:
    replace_in(
        old / "users.yaml", "  cho@acme.example: {}", "  cho@acme.example: {}\n  Dee@acme.example: {last_name: Kim}"
    )
    replace_in(old / DESIGN, "cho@acme.example]", "cho@acme.example, cho@acme.example]")
    replace_in(old / DESIGN, "    seats:", "    members: [dee@acme.example]\n    seats:")
    assert run("diff", "old", "--format", "json", "--output", "text=diff.txt") == 0
    document = json.loads(run.out)
    assert document == {
        "format": "seatsync/diff/1",
        "account": "acme",
        "base": "old",
        "head": None,
        "at": DAY,
        "changes": [
            {
                "kind": "add",
                "scope": {},
                "what": "person",
                "of": {"user": "Dee@acme.example"},
                "old": None,
                "new": {"last_name": "Kim"},
                "words": "person Dee@acme.example (Kim)",
            },
            {
                "kind": "add",
                "scope": {"team": "design"},
                "what": "member",
                "of": {"user": "Dee@acme.example"},
                "old": None,
                "new": [],
                "words": "member Dee@acme.example",
            },
        ],
        "unreadable": [],
        "findings": document["findings"],
        "summary": {"add": 2, "change": 0, "remove": 0},
    }
    assert [finding["code"] for finding in document["findings"]] == ["SEAT005"]
    assert (old / "diff.txt").read_text().endswith("for the reason and the remedy.\n")


def test_files_that_cannot_be_read(old: Path, run: Run) -> None:
    (old / "users.yaml").write_text("users: [\n")
    commit(old, "broken")
    assert run("diff", "old", "broken") == 1
    assert run.out.startswith(
        f"""\
Account acme, from old to broken, on {DAY}

No diff: the files at broken cannot be read.

New findings

users.yaml:"""
    )
    assert run("diff", "broken", "old", "--detailed-exitcode", "--team", "elsewhere") == 2
    assert "the files at broken cannot" in run.out
    assert run("diff", "broken", "--format", "json") == 1  # nothing is new, but nothing could be compared either
    assert json.loads(run.out)["changes"] is None
    assert json.loads(run.out)["unreadable"] == ["broken", "the working tree"]
    (old / "seatsync.yaml").write_text("- a list\n")
    assert run("diff", "old") == 1
    assert "error SCHEMA001" in run.out


def test_a_project_that_is_new_and_one_that_goes(old: Path, run: Run) -> None:
    git(old, "rm", "--quiet", "--cached", "seatsync.yaml")
    git(old, "commit", "--quiet", "--message=without")
    assert run("diff", "main", "--detailed-exitcode") == 2
    assert run.said == (
        f"""\
Account acme, from main to the working tree, on {DAY}

the whole account
  + account acme
  + target "sqlite:///account.db"
  + person ana@acme.example (Ana Silva)
  + person ben@acme.example (Ben Ode)
  + person cho@acme.example

team design
  + the team
  + primary admin ana@acme.example
  + secondary admin ben@acme.example
  + subscription 574-1: team design, product AutoCAD, offering single-user, seats 3, channel reseller, \
contract manager ana@acme.example, starts 2026-01-01, ends 2027-12-31
  + AutoCAD for ben@acme.example
  + AutoCAD for cho@acme.example
  + member ana@acme.example
  + member ben@acme.example
  + member cho@acme.example

Diff: 14 added, 0 changed, 0 removed.
""",
        "main has no seatsync.yaml in this folder and declares nothing\n",
    )
    (old / "seatsync.yaml").unlink()
    assert run("-C", "teams", "diff", "old") == 0
    assert "Diff: 0 added, 0 changed, 14 removed.\n" in run.out
    assert run.err == "the working tree has no seatsync.yaml in this folder and declares nothing\n"
    assert run("diff", "main") == 1
    assert run.err.startswith("seatsync: no seatsync.yaml in ")


def test_a_project_in_a_folder_of_the_repository(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder / "config/acme", FILES)
    write(folder / "config/acme2", FILES)
    commit(folder, "old")
    replace_in(folder / "config/acme2/users.yaml", "Ana", "Anna")
    commit(folder, "other")
    replace_in(folder / "config/acme/users.yaml", "Ana", "Anna")
    commit(folder, "new")
    monkeypatch.chdir(folder / "config/acme/teams")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"):
        monkeypatch.setenv(name, "/nowhere")  # as in a hook of another repository
    assert run("diff", "old", "other", "--at", DAY) == 0
    assert run.out.endswith("\nNothing changes.\n")
    assert run("diff", "old", "new", "--at", DAY) == 0
    assert "  ~ name of ana@acme.example: Ana Silva -> Anna Silva\n" in run.out
    monkeypatch.chdir(folder)
    git(folder, "clone", "--quiet", "--bare", ".", "bare.git")
    monkeypatch.chdir(folder / "bare.git")
    assert run("diff", "old", "new") == 1
    assert run.err.startswith("seatsync: no seatsync.yaml in ")


@pytest.mark.parametrize(
    ("revision", "said"),
    [
        ("nowhere", "nowhere: no such git revision"),
        ("old:users.yaml", "old:users.yaml: no such git revision"),
        ("--output=x", "'--output=x' is not a git revision"),
        ("^old", "'^old' is not a git revision"),
        ("old\nold", "'old\\nold' is not a git revision"),
        ("", "'' is not a git revision"),
        ("old old", "old old: no such git revision"),
    ],
)
def test_not_a_revision(old: Path, run: Run, revision: str, said: str) -> None:
    for arguments in ([revision], ["old", revision]):
        assert run("diff", "--", *arguments) == 1
        assert run.out == ""
        assert run.err.startswith(f"seatsync: {said}")
    assert sorted(path.name for path in old.iterdir()) == sorted([".git", *{name.split("/")[0] for name in FILES}])


def test_nothing_is_executed_and_nothing_written(old: Path, run: Run) -> None:
    trap = old / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch '{old}/sprung'\ncat\n")
    trap.chmod(0o755)
    for name in ("post-checkout", "post-index-change", "pre-commit", "reference-transaction"):
        (old / ".git/hooks" / name).write_bytes(trap.read_bytes())
        (old / ".git/hooks" / name).chmod(0o755)
    for key in (
        "core.fsmonitor",
        "core.pager",
        "pager.rev-parse",
        "filter.x.smudge",
        "filter.x.process",
        "diff.x.textconv",
    ):
        git(old, "config", key, str(trap))
    (old / ".git/info/attributes").write_text("*.yaml filter=x diff=x\n")
    before = {path: path.stat().st_mtime_ns for path in old.rglob("*")}
    assert run("diff", "old", "main") == 0
    assert {path: path.stat().st_mtime_ns for path in old.rglob("*")} == before


def test_missing_git(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("diff", "main") == 1
    assert "not in a git repository (not a git repository" in run.err
    monkeypatch.setenv("PATH", str(repository))
    assert run("diff", "main") == 1
    assert run.err == "seatsync: git was not found; install it to read revisions\n"


def test_contents_that_git_lacks(old: Path, run: Run) -> None:
    ident = git(old, "rev-parse", "old:users.yaml").strip()
    (old / ".git/objects" / ident[:2] / ident[2:]).unlink()
    assert run("diff", "old") == 0
    assert run.out.endswith("\nNo diff: the files at old cannot be read.\n")
    tree = git(old, "rev-parse", "old:teams").strip()
    (old / ".git/objects" / tree[:2] / tree[2:]).unlink()
    assert run("diff", "old") == 1
    assert run.err.startswith("seatsync: git cannot list tree ")


def test_a_project_file_that_is_no_file(old: Path, run: Run) -> None:
    (old / "seatsync.yaml").unlink()
    (old / "seatsync.yaml").symlink_to("/etc/passwd")
    commit(old, "link")
    assert run("diff", "link", "old") == 1
    assert "points outside the repository through a symbolic link" in run.err


def test_a_large_file_is_not_read_to_its_end(old: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_objects, "MAX_BYTES", 100)
    (old / "people.csv").write_text("email\n" + "x" * 300)
    git(old, "add", ".")
    git(old, "commit", "--quiet", "--message=large")
    with git_objects.Git(old, os.environ).contents() as contents:
        assert contents.of(git(old, "rev-parse", "main:people.csv").strip()) == b"email\n" + b"x" * 95
        small = contents.of(git(old, "rev-parse", "main:teams/design.yaml").strip())
        assert small is not None
        assert small.startswith(b"teams:\n")
        assert contents.of("0" * 40) is None


def test_a_changed_sso_configuration_is_shown_field_by_field(old: Path, run: Run) -> None:
    sso = "    sso: {domains: [acme.example, acme.test], metadata_url: https://id.example/saml}\n"
    replace_in(old / DESIGN, "    seats:\n", f"{sso}    seats:\n")
    commit(old, "sso")
    replace_in(old / DESIGN, "acme.test", "acme.invalid")
    replace_in(old / DESIGN, "id.example", "login.example")
    assert run("diff", "sso") == 0
    change = (
        "SSO configuration: domains: acme.test removed, acme.invalid added;"
        ' metadata url: "https://id.example/saml" -> "https://login.example/saml"'
    )
    assert run.out.splitlines()[2:4] == ["team design", f"  ~ {change}"]
    assert run("diff", "sso", "--format", "markdown") == 0
    assert f"\n! {change}\n" in run.out
    assert run("diff", "sso", "--format", "json") == 0
    assert json.loads(run.out)["changes"][0]["words"] == change


def test_a_removed_sso_url_is_shown_as_removed(old: Path, run: Run) -> None:
    sso = "    sso: {domains: [acme.example], metadata_url: https://id.example/saml}\n"
    replace_in(old / DESIGN, "    seats:\n", f"{sso}    seats:\n")
    commit(old, "sso")
    replace_in(old / DESIGN, ", metadata_url: https://id.example/saml", "")
    assert run("diff", "sso") == 0
    change = '  ~ SSO configuration: metadata url: "https://id.example/saml" removed'
    assert run.out.splitlines()[2:4] == ["team design", change]


def test_a_changed_order_of_sso_domains_is_shown(old: Path, run: Run) -> None:
    replace_in(old / DESIGN, "    seats:\n", "    sso: {domains: [acme.example, acme.test]}\n    seats:\n")
    commit(old, "sso")
    replace_in(old / DESIGN, "[acme.example, acme.test]", "[acme.test, acme.example]")
    assert run("diff", "sso") == 0
    change = "SSO configuration: domains: acme.example and acme.test -> acme.test and acme.example"
    assert run.out.splitlines()[2:4] == ["team design", f"  ~ {change}"]
