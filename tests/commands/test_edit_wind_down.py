"""`edit wind-down`: what a team has is freed, and the team goes last."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, write

PROJECT = """\
version: 1
account: acme
target: sqlite:///account.db
include: [people.yaml, more.csv, teams.yaml, subscriptions.yaml]
policy: {max_removals: 100%, prune: [seats, admins, groups, leavers, teams]}
portal: {directory_sync: {old: external}}   # for now
"""
FILES = {
    "seatsync.yaml": PROJECT,
    "people.yaml": """\
users:
  ana@acme.example:
  ben@acme.example:
  dee@acme.example: {seats: {old: [Revit], new: [Maya]}}
  eli@acme.example: {first_name: Eli, seats: {old: [Revit]}}
""",
    "more.csv": "email,team,product,first_name\nfay@acme.example,old,AutoCAD,Fay\nfay@acme.example,new,,\n"
    "gus@acme.example,new,,\ngus@acme.example,old,,\n",
    "teams.yaml": """\
teams:
  new:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
  # closes in summer
  old:   # on the second floor
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    external_users: [dee@acme.example]
    # who is here
    members: [ben@acme.example]
    groups:
      cad: {members: [eli@acme.example], products: [AutoCAD]}
    seats:
      AutoCAD: [dee@acme.example]
""",
    "subscriptions.yaml": """\
subscriptions:
  "1": {team: old, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "2": {team: old, product: Revit, offering: flex, tokens: 9, channel: store, auto_renew: true,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-06-30}
  "3": {team: new, product: Maya, offering: flex, tokens: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}
LEAVERS = (
    "people who are in no other team leave the account; take them out of the files with `seatsync edit offboard`\n"
)


@pytest.fixture(name="files")
def _files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, FILES)
    return folder


def changes(run: Run, *arguments: str) -> list[str]:
    """Return the changed lines of `edit wind-down`."""
    assert run("edit", "wind-down", *arguments, "--dry-run") == 0, run.said
    return [line for line in run.out.splitlines() if line[:1] in {"+", "-"} and line[:3] not in {"+++", "---"}]


def contents(folder: Path) -> dict[str, str]:
    return {name: (folder / name).read_text(encoding="utf-8") for name in FILES}


PEOPLE = [
    "-fay@acme.example,old,AutoCAD,Fay",
    "+fay@acme.example,,,Fay",
    "-gus@acme.example,old,,",
    "-  dee@acme.example: {seats: {old: [Revit], new: [Maya]}}",
    "-  eli@acme.example: {first_name: Eli, seats: {old: [Revit]}}",
    "+  dee@acme.example: {seats: {new: [Maya]}}",
    "+  eli@acme.example: {first_name: Eli}",
]


def test_the_team_goes_with_all_that_it_has(files: Path, run: Run) -> None:
    assert changes(run, "old", "--to", "new") == [
        *PEOPLE,
        "-portal: {directory_sync: {old: external}}   # for now",
        "+portal: {directory_sync: {}}   # for now",
        '-  "1": {team: old, product: AutoCAD, offering: single-user, seats: 9, channel: store,',
        '+  "1": {team: new, product: AutoCAD, offering: single-user, seats: 9, channel: store,',
        '-  "2": {team: old, product: Revit, offering: flex, tokens: 9, channel: store, auto_renew: true,',
        '+  "2": {team: new, product: Revit, offering: flex, tokens: 9, channel: store, auto_renew: true,',
        *(f"-{line}" for line in FILES["teams.yaml"].splitlines()[4:]),
    ]
    assert run.err == LEAVERS
    assert contents(files) == FILES


EMPTIED = [
    "-    external_users: [dee@acme.example]",
    "-    # who is here",
    "-    members: [ben@acme.example]",
    "-    groups:",
    "-      cad: {members: [eli@acme.example], products: [AutoCAD]}",
    "-    seats:",
    "-      AutoCAD: [dee@acme.example]",
    "+    external_users: []",
]
STAYS = "team old stays with its admins"


def test_a_team_with_subscriptions_stays(files: Path, run: Run) -> None:
    assert changes(run, "old") == [*PEOPLE, *EMPTIED]
    waits = (
        f"{STAYS}, as it has subscriptions: 1 (AutoCAD, through 2027-12-31) and 2 (Revit, through 2027-06-30, renewed"
        " automatically)\n"
        "move them with `seatsync edit wind-down old --to OTHER`, or let them end, and then remove them from the"
        " files\n"
    )
    assert run.err == waits + LEAVERS
    write(files, {"seatsync.yaml": PROJECT.replace(", teams]", "]")})
    assert run("edit", "wind-down", "old") == 0
    assert run.err.startswith(f"{waits}to have team old deleted then, add `teams` to `policy.prune`\n{LEAVERS}")
    after = contents(files)
    assert run("edit", "wind-down", "old") == 0
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert contents(files) == after


def test_a_policy_that_does_not_prune_teams_keeps_it(files: Path, run: Run) -> None:
    write(files, {"seatsync.yaml": PROJECT.replace(", teams]", "]")})
    assert changes(run, "old", "--to", "new")[-8:] == EMPTIED
    then = "to have it deleted, add `teams` to `policy.prune`, and run `seatsync edit wind-down old` again"
    assert run.err == f"{STAYS}: {then}\n{LEAVERS}"
    write(
        files, {"seatsync.yaml": PROJECT.replace("prune: [seats, admins, groups, leavers, teams]", "prune: [groups]")}
    )
    changes(run, "old", "--to", "new")
    stay = "`prune` lacks seats and members, so those of team old stay in the account\n"
    assert run.err == f"{STAYS}: {then}\n{stay}{LEAVERS}"


def test_with_its_people_it_is_merged_into_another(files: Path, run: Run) -> None:
    more = FILES["people.yaml"] + "  hal@acme.example:\n"
    text = FILES["teams.yaml"].replace(
        "admins: [ben@acme.example]\n    external", "admins: [hal@acme.example]\n    external"
    )
    write(files, {"people.yaml": more, "teams.yaml": text})
    assert run("edit", "wind-down", "old", "--to", "new", "--with-people") == 0
    assert run.err.splitlines()[:3] == [
        "team new declares no external users, so dee@acme.example becomes a regular member of it",
        "team new has no group cad, so eli@acme.example is not added to it",
        "hal@acme.example is no longer secondary admin of team old",
    ]
    after = contents(files)
    assert (
        after["teams.yaml"]
        == """\
teams:
  new:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats:
      AutoCAD: [dee@acme.example]
      Revit: [dee@acme.example, eli@acme.example]
    members: [hal@acme.example]
"""
    )
    assert after["more.csv"] == FILES["more.csv"].replace("old", "new")
    assert run("validate") == 0
    assert run("edit", "wind-down", "new", "--with-people") == 1
    assert run.err == "seatsync: name the team that the people go to with --to\n"


FREED = """\
Changed more.csv, people.yaml, subscriptions.yaml and teams.yaml.

Account acme (serial 1) at sqlite:///account.db, on 2026-11-21

team old
  1. - take AutoCAD from dee@acme.example
  2. - take AutoCAD from fay@acme.example
  3. - take Revit from dee@acme.example
  4. - take Revit from eli@acme.example
  5. - delete group cad
       eli@acme.example leaves group cad
       group cad loses AutoCAD

team new
  6. ~ move subscription 1 here from team old
  7. ~ move subscription 2 here from team old

team old
  8. - delete the team
       gus@acme.example leaves the team
       fay@acme.example leaves the team
       eli@acme.example leaves the team
       dee@acme.example leaves the team
       ben@acme.example leaves the team
       ana@acme.example leaves the team
       eli@acme.example leaves the account
       by the vendor's support, whom ana@acme.example asks

Waiting for people:
  step 8, team old: delete the team
    by the vendor's support, whom ana@acme.example asks

error GUARD002 team old would lose all its seats, groups and members except its admins
  hint: pass --allow GUARD002 if this is intended

Plan: 0 to add, 2 to change, 6 to remove, 1 to be done by people. It cannot be applied: 1 error.
"""


def test_the_plan_frees_all_and_deletes_the_team_last(files: Path, run: Run) -> None:
    write(files, {"seatsync.yaml": PROJECT.partition("portal")[0]})
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", ".") == 0
    assert run("edit", "wind-down", "old", "--to", "new") == 0
    assert run.out == FREED
    assert run("apply", "--auto-approve", "--allow", "GUARD002", "--hand-in") == 3
    assert run("account", "confirm", "--all") == 0
    assert run("plan", "--detailed-exitcode") == 0


@pytest.mark.parametrize(
    ("arguments", "output"),
    [
        (("odl",), "error REF001 team odl is not declared\n  hint: did you mean old?\n"),
        (("old", "--to", "nwe"), "error REF001 team nwe is not declared\n  hint: did you mean new?\n"),
        (("new",), "seatsync.yaml:5:30: error GUARD004 team new is protected\n"),
    ],
)
def test_names_that_do_not_fit(arguments: tuple[str, ...], output: str, files: Path, run: Run) -> None:
    protected = PROJECT.replace("policy: {", "policy: {protected: {teams: [new]}, ")
    write(files, {"seatsync.yaml": protected})
    assert run("edit", "wind-down", *arguments) == 1
    assert run.out.startswith(output)
    assert contents(files) == {**FILES, "seatsync.yaml": protected}


def test_a_team_that_is_gone(files: Path, run: Run) -> None:
    assert run("edit", "wind-down", "nowhere") == 0
    assert run.err == "team nowhere is not declared\n"
    assert run.out == "Nothing to change; the files already declare this.\n"
    assert contents(files) == FILES


def test_subscriptions_go_to_another_team(files: Path, run: Run) -> None:
    assert run("edit", "wind-down", "old", "--to", "old") == 1
    assert run.err == "seatsync: the subscriptions of old cannot go to old; name another team with --to\n"
    assert contents(files) == FILES
