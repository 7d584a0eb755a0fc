"""`seatsync refresh` with exports of several days in one folder: older ones never undo what is known since."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.targets.sql.store import open_sqlite
from tests.commands.running import Run, replace_in, write

HEAD = "first_name,last_name,email,team_alias,role,account_status,offering_name\n"
DESIGN = (
    "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n"
    "Cho,Park,cho@acme.example,design,User,Active,AutoCAD\n"
)
OPS = "Dan,Roe,dan@acme.example,ops,Primary admin,Active,\nEve,Roe,eve@acme.example,ops,User,Active,\n"
BOUGHT = "team_alias,offering_name,subscription_id,start_date,end_date,seat_quantity,reseller_name,autorenew_date\n"
SEATS = f"{BOUGHT}design,AutoCAD,574-1,2026-01-01,2027-12-31,5,Dealer AG,\n"
PROJECT = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
include: [want.yaml]
portal: {exports: exports/}
policy: {max_removals: 100%, prune: [seats, admins, groups, members, teams]}
"""
WANT = """\
users: {ana@acme.example: {}, cho@acme.example: {}, dan@acme.example: {}, eve@acme.example: {}}
teams:
  design: {primary_admin: ana@acme.example, seats: {AutoCAD: [ana@acme.example, cho@acme.example]}}
  ops: {primary_admin: dan@acme.example, members: [eve@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: multi-user, seats: 5, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
RENAMED = ("  design: {", "  studio: {renamed_from: design, ")


def add(day: str, **files: str) -> None:
    """Add exports of a day to those before."""
    write(Path("exports"), {f"{name}-2026-06-{day}.csv": text for name, text in files.items()})


def renamed(text: str) -> str:
    return text.replace("design,", "studio,")


def teams() -> list[str]:
    return sorted(open_sqlite("sqlite:///.seatsync/account.db", Path.cwd(), {}).read().account.teams)


@pytest.fixture(name="seen")
def _seen(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project with a mirror of two teams."""
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    monkeypatch.delenv("CI", raising=False)
    write(folder, {"seatsync.yaml": PROJECT, "want.yaml": WANT})
    add("14", users=HEAD + DESIGN + OPS, subscriptions=SEATS)
    assert run("refresh") == 0, run.said
    return folder


@pytest.fixture(name="asked")
def _asked(seen: Path, run: Run) -> Path:
    """Return the project after an apply that asks for another name of a team."""
    replace_in(seen / "want.yaml", *RENAMED)
    replace_in(seen / "want.yaml", "team: design", "team: studio")
    assert run("apply", "--auto-approve") == 3, run.said
    return seen


def test_a_renamed_team_does_not_come_back(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    add("16", users=renamed(HEAD + DESIGN + OPS), subscriptions=renamed(SEATS))
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-16")
    assert run("refresh") == 0
    assert "Done, as the sources show:\n  CASE-1  team design: rename the team to studio" in run.out
    for _ in range(2):
        assert run("refresh") == 0
        assert (run.out.splitlines()[-1], run.err) == ("Nothing new.", "")
        assert teams() == ["ops", "studio"]
    assert asked.is_dir()
    add("17", users=HEAD + DESIGN.replace("ana@", "dan@").replace("cho@", "eve@"))  # a new team of the old name
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-17")
    assert run("refresh") == 0
    assert teams() == ["design", "ops", "studio"]


def test_exports_of_before_and_after_a_rename_are_read_at_once(
    asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert asked.is_dir()
    add("16", users=HEAD + DESIGN + OPS, subscriptions=SEATS)
    add("17", users=renamed(HEAD + DESIGN + OPS), subscriptions=renamed(SEATS))
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-17")
    for _ in range(2):
        assert run("refresh") == 0
        assert teams() == ["ops", "studio"]
    assert run.out.endswith("Nothing new.\n")


def test_older_exports_do_not_contradict_a_confirmed_rename(asked: Path, run: Run) -> None:
    assert run("account", "confirm", "CASE-1") == 0
    for _ in range(3):
        assert run("refresh") == 0
        assert run.out.endswith("\nNothing new.\n")
        assert "newest sources" not in run.out, "which are older than the new name"
        assert "users-2026-06-14.csv' is not newer than the last apply or confirm (2026-06-15T12:00:00Z)" in run.err
        assert teams() == ["ops", "studio"]
    assert asked.is_dir()


def test_a_deleted_team_does_not_come_back(seen: Path, run: Run) -> None:
    more = "ops,AutoCAD,574-2,2026-01-01,2027-12-31,5,Dealer AG,\n"
    add("15", subscriptions=SEATS + more)
    assert run("refresh") == 0
    with (seen / "want.yaml").open("a") as file:
        file.write(
            '  "574-2": {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: reseller,'
            " contract_manager: dan@acme.example, starts: 2026-01-01, ends: 2027-12-31}\n"
        )
    replace_in(seen / "want.yaml", "  ops: {primary_admin: dan@acme.example, members: [eve@acme.example]}\n", "")
    assert run("apply", "--auto-approve", "--allow", "GUARD002") == 3, run.said
    assert run("account", "confirm", "--all") == 0
    for _ in range(3):
        assert run("refresh") == 0, run.said
        assert run.out.endswith("\nNothing new.\n")
        assert teams() == ["design"]


def test_clocks_may_be_put_back(seen: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an export does not show was perhaps done after it."""
    replace_in(seen / "want.yaml", "cho@acme.example]}}", "cho@acme.example, eve@acme.example]}}")
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-20")
    assert run("apply", "--auto-approve") == 3
    assert run("account", "confirm", "CASE-1") == 0
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-16")
    assert run("account", "confirm", "CASE-2") == 0
    add("17", users=HEAD + DESIGN + OPS)
    assert run("refresh") == 0
    assert run.out.endswith("\nNothing new.\n")


def test_a_team_that_only_older_exports_have(seen: Path, run: Run) -> None:
    add("15", users=HEAD + OPS)
    for _ in range(2):
        assert run("refresh") == 0
        assert "Not in the newest sources; these stay as they are:\n  team design\n" in run.out
    (seen / "exports/users-2026-06-14.csv").unlink()
    assert run("refresh") == 0
    assert "Not in the newest sources; these stay as they are:\n  team design\n" in run.out


def test_each_team_in_its_own_file(seen: Path, run: Run) -> None:
    (seen / "exports/users-2026-06-14.csv").unlink()
    add("14", design=HEAD + DESIGN, ops=HEAD + OPS)
    add("15", ops=HEAD + OPS)
    assert run("refresh") == 0
    assert "newest sources" not in run.out


def test_a_guessed_contract_manager_stays_when_the_primary_admin_changes(seen: Path, run: Run) -> None:
    replace_in(seen / "want.yaml", "contract_manager: ana", "contract_manager: cho")
    changed = DESIGN.replace("Primary admin", "Secondary admin").replace("design,User", "design,Primary admin")
    add("15", users=HEAD + changed + OPS)
    assert run("refresh") == 0
    assert "\nteam design\n  ~ make cho@acme.example primary admin  exports/users-2026-06-15.csv:3\n\n" in run.out
    assert "Recorded 1 change;" in run.out
    add("16", subscriptions=SEATS.replace("design", ""))
    assert run("refresh", "--exported", "2026-06-15") == 0
    assert "574-1" in run.out
    assert "is gone" not in run.out
    stored = open_sqlite("sqlite:///.seatsync/account.db", seen, {}).read().account.subscriptions["574-1"]
    assert (stored.team, stored.contract_manager) == (None, "ana@acme.example")


def test_a_change_is_where_it_was_seen_last(seen: Path, run: Run) -> None:
    add("15", users=renamed(HEAD + DESIGN + OPS), subscriptions=renamed(SEATS))
    assert seen.is_dir()
    assert run("refresh") == 0
    assert "  ~ move subscription 574-1 here from team design  exports/subscriptions-2026-06-15.csv:2\n" in run.out


def test_an_export_of_another_account_beside_the_own(seen: Path, run: Run) -> None:
    other = "Zed,Poe,zed@else.example,sales,Primary admin,Active,\n"
    add("15", users=HEAD + other)
    assert run("refresh") == 1
    message = "error SOURCE005 'exports/users-2026-06-15.csv' mentions none of the 2 known teams, and 0 of the 4 known"
    assert message in run.err
    assert run.out.endswith("Nothing was recorded.\n")
    assert teams() == ["design", "ops"]
    assert run("refresh", "--allow", "SOURCE005.users=4") == 0
    assert teams() == ["design", "ops", "sales"]
    add(
        "15", users=HEAD + other.replace("zed@else", "dan@acme").replace("sales", "labs")
    )  # a new team of somebody known
    assert run("refresh", "--exported", "2026-06-15") == 0
    assert teams() == ["design", "labs", "ops", "sales"]
    assert seen.is_dir()


@pytest.mark.parametrize("role", ["User", "Hauptadministrator", "Primary admin"])
def test_a_team_without_one_primary_admin_is_one_error(seen: Path, run: Run, role: str) -> None:
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    other = "Primary admin" if role == "Primary admin" else "User"
    design = DESIGN.replace("design,Primary admin", f"design,{role}").replace("design,User", f"design,{other}")
    add("15", users=HEAD + design + OPS)
    is_known = role == "Hauptadministrator"  # ana still is, as far as anybody knows
    assert run("refresh") == (0 if is_known else 1)
    assert run.err.count("error SOURCE") == (0 if is_known else 1)
    assert run.err.count("SOURCE001 team 'design' has") == (0 if is_known else 1)
    assert run("plan") == 0
    assert run.out.endswith("Nothing to change: the account is as declared.\n")
