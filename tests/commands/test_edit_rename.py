"""`edit rename`: every mention of a team or group gets the new name, and the old one is kept in `renamed_from`."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.declaration.load import load
from seatsync.editing.occurrences import source_files
from tests.commands.running import DAY, Run, write

FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
include: [people.yaml, more.csv, design.yaml]
policy:
  protected: {teams: ["design"]}   # never
  suppress:
    - {code: ROLE003, team: design, reason: two people}
    - {code: SEAT005, team: design, group: cad, reason: on purpose}
portal: {exports: exports/, directory_sync: {design: external}}
rules:
  POLICY101: {each: team, must: 'team != "design" || size(secondary_admins) < 9', message: too many}
""",
    "people.yaml": """\
users:
  ana@acme.example: {seats: {design: [AutoCAD]}}   # of design
  ben@acme.example:
""",
    "more.csv": 'email;team;group\ncho@acme.example;design;cad\ndee@acme.example;"plant";cad\n',
    "design.yaml": """\
teams:
  # who draws
  design:
    primary_admin: ana@acme.example
    groups:
      'cad':   # the group
        members: [ben@acme.example]
        products: [AutoCAD]
  plant:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    groups: {cad: {}, lab: {renamed_from: [bench, desk]}}
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}
NOTHING = "Nothing to change; the files already declare this.\n"


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


def test_mentions_are_looked_for_in_yaml_only(files: Path) -> None:
    """Rows of a CSV are changed by their columns."""
    declared = load(files).declaration
    assert declared is not None
    assert [*source_files(declared).names] == ["seatsync.yaml", "people.yaml", "design.yaml"]


def changes(run: Run, *arguments: str) -> list[str]:
    """Return the changed lines of `edit rename`."""
    assert run("edit", "rename", *arguments, "--dry-run") == 0, run.said
    return [line for line in run.out.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def contents(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


def test_every_mention_of_a_team_gets_the_new_name(files: Path, run: Run) -> None:
    assert changes(run, "team", "design", "the studio: 2") == [
        "-  design:",
        '+  "the studio: 2":',
        "+    renamed_from: design",
        '-  "1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,',
        '+  "1": {team: "the studio: 2", product: AutoCAD, offering: single-user, seats: 9, channel: store,',
        "-cho@acme.example;design;cad",
        "+cho@acme.example;the studio: 2;cad",
        "-  ana@acme.example: {seats: {design: [AutoCAD]}}   # of design",
        '+  ana@acme.example: {seats: {"the studio: 2": [AutoCAD]}}   # of design',
        '-  protected: {teams: ["design"]}   # never',
        '+  protected: {teams: ["the studio: 2"]}   # never',
        "-    - {code: ROLE003, team: design, reason: two people}",
        "-    - {code: SEAT005, team: design, group: cad, reason: on purpose}",
        "-portal: {exports: exports/, directory_sync: {design: external}}",
        '+    - {code: ROLE003, team: "the studio: 2", reason: two people}',
        '+    - {code: SEAT005, team: "the studio: 2", group: cad, reason: on purpose}',
        '+portal: {exports: exports/, directory_sync: {"the studio: 2": external}}',
    ]
    assert run.err == "rule POLICY101 names team design: change it if it means this one\n"
    assert contents(files) == FILES


def test_only_the_group_of_its_team_gets_the_new_name(files: Path, run: Run) -> None:
    assert changes(run, "group", "cad", "drafting", "--team", "design") == [
        "-      'cad':   # the group",
        "+      'drafting':   # the group",
        "+        renamed_from: cad",
        "-cho@acme.example;design;cad",
        "+cho@acme.example;design;drafting",
        "-    - {code: SEAT005, team: design, group: cad, reason: on purpose}",
        "+    - {code: SEAT005, team: design, group: drafting, reason: on purpose}",
    ]
    assert run.err == ""


def test_older_names_are_kept(files: Path, run: Run) -> None:
    assert changes(run, "group", "lab", "desk")[-1] == ("+    groups: {cad: {}, desk: {renamed_from: [lab, bench]}}")


def test_a_rename_can_be_repeated(files: Path, run: Run) -> None:
    for arguments in (("team", "design", "studio"), ("group", "lab", "shop"), ("group", "cad", "a", "--team", "plant")):
        assert run("edit", "rename", *arguments) == 0, run.said
        after = contents(files)
        assert after != FILES
        assert run("edit", "rename", *arguments) == 0
        assert run.said == (NOTHING, "")
        assert contents(files) == after
    assert run("edit", "rename", "team", "studio", "studio") == 0
    assert run.said == (NOTHING, "")
    assert run("validate") == 0


def test_the_way_back_leaves_the_younger_name(files: Path, run: Run) -> None:
    assert run("edit", "rename", "team", "plant", "works") == 0
    assert run("edit", "rename", "team", "works", "plant") == 0
    assert contents(files) == {
        **FILES,
        "design.yaml": FILES["design.yaml"].replace("[bench, desk]}}\n", "[bench, desk]}}\n    renamed_from: works\n"),
    }


@pytest.mark.parametrize(
    ("arguments", "findings"),
    [
        ("team desing studio", "error REF001 team desing is not declared\n  hint: did you mean design?\n\n"),
        ("team design plant", "design.yaml:9:3: error REF002 team plant is declared already\n"),
        ("group cad lab --team plant", "design.yaml:12:23: error REF002 group lab of team plant is declared already\n"),
        ("group cda x", "error REF001 group cda is not declared\n  hint: did you mean cad?\n\n"),
        ("group lab x --team design", "error REF001 group lab of team design is not declared\n"),
    ],
)
def test_names_that_are_not_free_or_not_declared(arguments: str, findings: str, files: Path, run: Run) -> None:
    assert run("edit", "rename", *arguments.split()) == 1
    assert run.out.startswith(findings)
    assert contents(files) == FILES


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("group", "cad", "x"), "teams design and plant have group cad; choose one with --team"),
        (("team", "design", " "), "a name must not be empty; choose another one"),
        (
            ("team", "design", "a\nb"),
            "a name must not contain line breaks, tabs or other control characters; choose another one",
        ),
        (("team", "design", "x" * 257), "a name must have at most 256 characters, not 257; choose another one"),
        (
            ("team", "design", "x", "--team", "design"),
            "--team names the team of a group; leave it out to rename a team",
        ),
    ],
)
def test_wrong_usage(arguments: tuple[str, ...], problem: str, files: Path, run: Run) -> None:
    assert run("edit", "rename", *arguments) == 1
    assert run.said == ("", f"seatsync: {problem}\n")
    assert contents(files) == FILES


def test_the_plan_renames_the_team(loaded: Path, run: Run) -> None:
    assert run("edit", "rename", "team", "design", "studio", "--at", DAY) == 0
    assert run.out == (
        "Changed subscriptions.yaml and teams/design.yaml.\n\n"
        "Account acme (serial 1) at sqlite:///account.db, on 2026-11-21\n\n"
        "team design\n"
        "  1. ~ rename the team to studio\n\n"
        "Plan: 0 to add, 1 to change, 0 to remove.\n"
    )
    assert (loaded / "teams/design.yaml").is_file()
