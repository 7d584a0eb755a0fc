"""Leavers by default: people who are no longer declared, but nobody who never was."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write

NEWCOMER = "  eli@acme.example: {}\n"


@pytest.fixture(name="applied")
def _applied(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository applied to an account that contained only a purchase."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(repository / "seatsync.yaml", "50%", "100%")
    assert run("account", "create", "--name", "acme") == 0
    buy = ["--order", "1", "--company", "Acme", "--manager", "ana@acme.example", "--product", "AutoCAD"]
    buy += ["--channel", "reseller", "--starts", "2026-01-01", "--ends", "2027-12-31", "--subscription", "574-1"]
    buy += ["--team", "design", "--offering", "single-user", "--seats", "3"]
    assert run("account", "purchase", *buy) == 0
    assert run("apply", "--auto-approve") == 0, run.said
    return repository


def steps(run: Run, *options: str) -> list[str]:
    """Return the steps of the plan, one per line."""
    assert run("plan", *options) == 0, run.said
    return re.findall(r"^ +\d+\. ([-+~] .*)$", run.out, re.MULTILINE)


def by_hand(run: Run, folder: Path, line: str) -> None:
    """Add a member to team design from another repository."""
    other = folder.parent / "other"
    files = {name: (folder / name).read_text() for name in ("seatsync.yaml", "users.yaml", "subscriptions.yaml")}
    files["seatsync.yaml"] = files["seatsync.yaml"].replace("sqlite:///", f"sqlite:///{folder}/")
    files["users.yaml"] += line
    files["teams/design.yaml"] = (folder / "teams/design.yaml").read_text() + "    members: [eli@acme.example]\n"
    write(other, files)
    assert run("-C", str(other), "plan", "--out", "portal.plan", "--target", f"sqlite:///{folder}/account.db") == 0
    assert run("apply", str(other / "portal.plan"), "--auto-approve") == 0, run.said


def test_a_person_taken_out_of_the_files_leaves(applied: Path, run: Run) -> None:
    replace_in(applied / "teams/design.yaml", ", cho@acme.example]", "]")
    assert steps(run) == ["- remove cho@acme.example"]


def test_a_person_who_was_never_in_the_files_stays_and_is_listed(applied: Path, run: Run) -> None:
    by_hand(run, applied, NEWCOMER)
    assert steps(run, "-v") == []
    assert "1 thing in the account is not managed and stays:\n  team design, user eli@acme.example\n" in run.out


def test_leaver_who_returns_in_the_portal_is_left_alone(applied: Path, run: Run) -> None:
    text = (applied / "teams/design.yaml").read_text()
    replace_in(applied / "users.yaml", "cho@acme.example: {}\n", f"cho@acme.example: {{}}\n{NEWCOMER}")
    write(applied, {"teams/design.yaml": text + "    members: [eli@acme.example]\n"})
    assert run("apply", "--auto-approve") == 0
    write(applied, {"teams/design.yaml": text})
    assert steps(run) == ["- remove eli@acme.example"]
    assert run("apply", "--auto-approve") == 0
    replace_in(applied / "users.yaml", NEWCOMER, "")
    by_hand(run, applied, NEWCOMER)
    assert steps(run) == []


@pytest.mark.parametrize("limit", [("--team", "design"), ("--as", "ana@acme.example")])
def test_an_apply_that_covers_a_part_remembers_who_is_declared_there(
    applied: Path, run: Run, limit: tuple[str, str]
) -> None:
    text = (applied / "teams/design.yaml").read_text()
    by_hand(run, applied, NEWCOMER)
    replace_in(applied / "users.yaml", "cho@acme.example: {}\n", f"cho@acme.example: {{}}\n{NEWCOMER}")
    write(
        applied,
        {
            "teams/design.yaml": text + "    members: [eli@acme.example]\n",
            "teams/build.yaml": "teams: {build: {primary_admin: ben@acme.example, members: [ana@acme.example]}}\n",
        },
    )
    assert run("apply", "--auto-approve", *limit) == 0, run.said
    write(applied, {"teams/design.yaml": text})
    assert steps(run, *limit) == ["- remove eli@acme.example"]


def test_a_limited_apply_remembers_nobody_of_the_teams_that_it_leaves_out(applied: Path, run: Run) -> None:
    by_hand(run, applied, NEWCOMER)
    text = (applied / "teams/design.yaml").read_text()
    replace_in(applied / "users.yaml", "cho@acme.example: {}\n", f"cho@acme.example: {{}}\n{NEWCOMER}")
    write(
        applied,
        {
            "teams/design.yaml": text + "    members: [eli@acme.example]\n",
            "teams/build.yaml": "teams: {build: {primary_admin: ana@acme.example}}\n",
        },
    )
    assert run("apply", "--auto-approve", "--team", "build") == 0, run.said
    write(applied, {"teams/design.yaml": text})
    assert steps(run) == []


def test_an_apply_of_which_a_step_waits_remembers_all_who_are_declared(applied: Path, run: Run) -> None:
    by_hand(run, applied, NEWCOMER)
    text = (applied / "teams/design.yaml").read_text()
    replace_in(applied / "users.yaml", "cho@acme.example: {}\n", f"cho@acme.example: {{}}\n{NEWCOMER}")
    replace_in(applied / "subscriptions.yaml", "seats: 3", "seats: 5")
    write(applied, {"teams/design.yaml": text + "    members: [eli@acme.example]\n"})
    assert run("apply", "--auto-approve") == 3, run.said
    write(applied, {"teams/design.yaml": text})
    assert "- remove eli@acme.example" in steps(run)


def test_a_file_remembers_nobody(applied: Path, run: Run) -> None:
    assert run("import", "sqlite:///account.db", "--out", "copy") == 0
    replace_in(applied / "teams/design.yaml", ", cho@acme.example]", "]")
    assert steps(run, "--target", "file:copy") == ["- take AutoCAD from cho@acme.example"]


def test_a_repository_that_begins_from_an_account_declares_everybody_in_it(applied: Path, run: Run) -> None:
    by_hand(run, applied, NEWCOMER)
    assert run("import", "sqlite:///account.db", "--out", "copy") == 0
    replace_in(applied / "copy/teams/design.yaml", "      - eli@acme.example\n", "")
    replace_in(applied / "copy/teams/design.yaml", "    members:\n", "")
    assert steps(run, "copy") == []
    assert run("init", "new", "--from", "sqlite:///account.db") == 0
    assert steps(run, "copy", "--allow", "GUARD001.users=1") == ["- remove eli@acme.example"]
    assert run("account", "verify") == 0


def test_people_restored_by_an_undo_are_tracked_again(applied: Path, run: Run) -> None:
    replace_in(applied / "teams/design.yaml", ", cho@acme.example]", "]")
    assert run("apply", "--auto-approve") == 0
    last = run.out.rpartition("(run ")[2].partition(")")[0]
    assert run("apply", "--auto-approve", "--undo", last) == 0, run.said
    assert steps(run) == ["- remove cho@acme.example"]


def test_guests_who_joined_by_themselves_stay(folder: Path, run: Run) -> None:
    """From a public report: people who joined through single sign-on or a hub are in no file."""
    users = [f"u{number:03}@acme.example" for number in range(85)]
    guests = [f"guest{number:02}@partner.example" for number in range(15)]
    team = (
        "teams:\n  design:\n    primary_admin: u000@acme.example\n    secondary_admins: [u001@acme.example]\n"
        f"    seats: {{AutoCAD: [{', '.join(users[2:])}]}}\n"
    )
    bought = (
        'subscriptions:\n  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 100, channel: store,'
        " contract_manager: u000@acme.example, starts: 2026-01-01, ends: 2027-12-31}\n"
    )

    def people(of: list[str]) -> str:
        return "users:\n" + "".join(f"  {user}: {{}}\n" for user in of)

    members = f"    members: [{', '.join(guests)}]\n"
    write(
        folder,
        {
            "seatsync.yaml": "version: 1\naccount: acme\ntarget: file:have.yaml\ninclude: [want.yaml]\n",
            "want.yaml": people(users) + team + bought,
            "have.yaml": "account: acme\n" + people([*users, *guests]) + team + members + bought,
        },
    )
    assert run("plan", "--at", "2026-11-28") == 0
    assert run.out == (
        "Account acme at file:have.yaml, on 2026-11-28\n\n"
        "15 things in the account are not managed and stay (listed with -v).\n\n"
        "Nothing to change: the account is as declared.\n"
    )
