"""Other commands on a mirror: saved plans, undo, log, drift, why, forecast, crashes, and where the exports are."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from seatsync.targets.sql import case_writing
from tests.commands.mirrors import (
    ANA,
    BEN,
    BOUGHT,
    CHO,
    DEE,
    DONE,
    GROUPS,
    HEAD,
    USERS,
    WANT,
    at,
    found,
    log,
    mirror,
    put,
    steps,
)
from tests.commands.running import Run, replace_in, write

CASE_46 = Path(__file__).parents[1] / "portal" / "cases" / "46-left-by-themselves"
"""Somebody leaves by themselves in the portal, and is still declared."""

ROLES = (("secondary_admins: [ben@acme.example]", "secondary_admins: [dee@acme.example]"),)


def declare(*pairs: tuple[str, str]) -> None:
    for old, new in pairs:
        replace_in(Path("want.yaml"), old, new)


# Crashes


@pytest.mark.parametrize("number", range(1, 9))
def test_a_crash_leaves_the_old_mirror(number: int, asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """At every write of the transaction: the account, the record and the cases stay as they were."""
    assert run("account", "confirm", "CASE-3", "--evidence", "by phone") == 0
    at("17", monkeypatch)
    text = DONE.replace("User,Active,AutoCAD\nCho", "User,Active,\nCho").replace("Dee,", "Deirdre,")
    put("16", users=text)
    before, known = mirror(), log(run)
    calls = 0
    with monkeypatch.context() as crashing:
        for name in ("_write_rows", "record_mirror", "_see", "_reopen", "_require_readable"):
            original = getattr(case_writing, name)

            def stop(*arguments: object, original: object = original) -> None:
                nonlocal calls
                calls += 1
                if calls == number:
                    raise KeyboardInterrupt
                original(*arguments)  # type: ignore[operator]

            crashing.setattr(case_writing, name, stop)
        assert run("refresh") == 130
    assert calls == number
    assert (mirror(), log(run)) == (before, known)
    assert run("account", "verify") == 0
    look = found(run)
    assert (look["closed"], look["reopened"]) == (["CASE-1", "CASE-2", "CASE-4", "CASE-5"], ["CASE-3"])


# Saved plans


def test_a_look_after_a_plan_was_saved(applied: Path, run: Run) -> None:
    declare(*ROLES)
    assert run("plan", "--out", "p.json") == 0
    put("15", users=USERS.replace("Cho,Park", "Chou,Park"))
    assert run("refresh") == 0
    assert run("apply", "p.json", "--auto-approve") == 1
    assert "PLAN001: the account has changed since the plan was made (serial 6 then, 7 now), but nothing" in run.err
    assert run("apply", "p.json", "--auto-approve", "--rebase") == 3, run.said
    assert {case.step.action for case in mirror().cases} == {"admin.assign_secondary", "admin.revoke"}
    assert applied.is_dir()


def test_a_look_that_changes_what_a_saved_plan_is_about(applied: Path, run: Run) -> None:
    declare(*ROLES)
    assert run("plan", "--out", "p.json") == 0
    put("15", users=USERS.replace("dee@acme.example,design,User", "dee@acme.example,design,Secondary admin"))
    assert run("refresh") == 0
    for options in ((), ("--rebase",)):
        assert run("apply", "p.json", "--auto-approve", *options) == 1
        assert "including something that the plan reads or writes; plan again\n" in run.err
    assert mirror().cases == ()
    assert steps(run) == ["- take the admin role from ben@acme.example (console)"]
    assert applied.is_dir()


# Undo, log, drift, why, forecast


def test_runs_are_undone(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that opened cases, the one that confirmed some of them, and the look that saw somebody's own change."""
    assert asked.is_dir()
    assert run("account", "confirm", "CASE-3", "CASE-4", "--evidence", "x") == 0
    at("17", monkeypatch)
    moved = ANA.replace("AutoCAD", "") + BEN.replace("Active,", "Active,AutoCAD")
    put("16", users=HEAD + moved + CHO.replace("Park", "Bark") + DEE)
    assert run("refresh") == 0
    assert run("account", "runs") == 0
    _, applied, asking, confirming, looking = (line.split()[0] for line in run.out.splitlines())
    assert "5 cases opened" in run.out
    assert run.out.splitlines()[1].endswith("  apply    4 assumptions (serials 3 to 6)")
    assert run("apply", "--undo", asking, "--auto-approve") == 0
    assert run.out.endswith(
        f"Nothing to change: nothing of run {asking} is left to undo."
        " 2 cases that it opened were done in a later run, which can be undone.\n"
    )
    assert run("plan", "--undo", applied) == 0
    assert "Nothing to change" in run.out
    assert run("plan", "--undo", looking) == 0
    assert "~ change the name of cho@acme.example to Cho Park (console)" in run.out
    assert run("apply", "--undo", confirming, "--auto-approve") == 3
    assert [case.step.action for case in mirror().cases[-2:]] == ["seat.assign", "seat.unassign"]


def test_what_others_did_is_drift(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at("17", monkeypatch)
    put("16", users=USERS.replace(DEE, "") + "Zoe,Neu,zoe@acme.example,design,SSO admin,Active,AutoCAD\n")
    assert run("refresh") == 0
    recorded = [line.partition("portal     team design: ")[2] for line in log(run).splitlines()[-5:-1]]
    assert recorded == [
        "invite zoe@acme.example (Zoe Neu) (serial 7, exports/users-2026-06-16.csv:5)",
        "make zoe@acme.example SSO admin (serial 8, exports/users-2026-06-16.csv:5)",
        "assign AutoCAD to zoe@acme.example (serial 9, exports/users-2026-06-16.csv:5)",
        "remove dee@acme.example (serial 10, exports/users-2026-06-16.csv)",
    ]
    assert run("drift") == 0
    assert "  + AutoCAD for zoe@acme.example\n" in run.out
    assert "  - member dee@acme.example\n" in run.out
    assert "Drift: 4 changed in the portal, 0 in git, 0 in both." in run.out
    assert run("account", "log", "--person", "dee@acme.example") == 0
    assert "team design: remove dee@acme.example (serial" in run.out
    assert run("why", "dee@acme.example") == 0
    assert "not a user" in run.out
    assert run("why", "zoe@acme.example", "AutoCAD") == 0
    assert "AutoCAD in team design" in run.out
    assert run("forecast") == 0
    assert run("account", "verify") == 0
    assert applied.is_dir()


def test_somebody_left_by_themselves(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reported case 46, on a mirror: the plan says that it restores what was removed in the portal."""
    shutil.copytree(CASE_46, folder, dirs_exist_ok=True)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv("SEATSYNC_AT", "2026-11-28")
    assert run("refresh") == 0
    assert run("apply", "--auto-approve") == 0
    shutil.rmtree("exports")
    (folder / "later").rename("exports")
    assert run("refresh", "--at", "2026-11-29") == 0
    assert run("plan", "--at", "2026-11-29") == 0
    note = "       restores what was removed outside of seatsync, as seen on 2026-11-29 (STEP009)\n"
    assert run.out.partition("team design\n")[2].startswith(
        f"  1. + invite mia@acme.example (console)\n{note}  2. + assign AutoCAD to mia@acme.example (console)\n{note}"
    )
    assert run("drift", "--at", "2026-11-29") == 0
    assert "Drift: 3 changed in the portal, 0 in git, 0 in both." in run.out


def test_own_changes_that_were_seen_restore_nothing(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a case took away, and what a contradiction takes back, was not done by somebody else."""
    assert run("account", "confirm", "CASE-3", "--evidence", "x") == 0
    at("17", monkeypatch)
    put("16", users=DONE.replace("User,Active,AutoCAD\nCho", "User,Active,\nCho"))
    assert run("refresh") == 0
    (asked / "want.yaml").write_text(
        WANT.replace("members: [dee@acme.example]", "members: [dee@acme.example, new@acme.example]").replace(
            "users:\n", "users:\n  new@acme.example: {}\n"
        )
    )
    assert run("plan", "--format", "json") == 0
    planned = json.loads(run.out)["steps"]
    assert {step["action"] for step in planned} == {"admin.assign_secondary", "admin.revoke", "seat.assign"}
    assert not any("STEP009" in step["codes"] for step in planned)


# Exports of another account, and in other places


OTHER = HEAD + "".join(
    f"{name},X,{name}@else.example,{team},{role},Active,\n"
    for team in ("sales", "legal")
    for name, role in (("uma" + team, "Primary admin"), ("vic" + team, "User"))
)


def test_a_first_look_at_exports_of_another_account(portal: Path, run: Run) -> None:
    put("14", users=OTHER)
    assert run("refresh") == 1
    assert (
        "error SOURCE005 'exports/users-2026-06-14.csv' mentions none of the 1 declared teams, and 0 of the 4 declared"
    ) in run.err
    assert not (portal / ".seatsync").exists()
    assert run("refresh", "--allow", "SOURCE005.users=3") == 1
    assert run("refresh", "--allow", "SOURCE005.users=4") == 0
    assert set(mirror().account.teams) == {"legal", "sales"}


def test_a_team_that_no_source_mentions(portal: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    put("14", users=USERS + "Kim,L,kim@acme.example,civil,Primary admin,Active,\n")
    assert run("refresh") == 0
    at("17", monkeypatch)
    put("16", users=USERS)
    look = found(run)
    assert (look["not_mentioned"], look["changes"]) == (["civil"], [])
    assert mirror().account.teams["civil"].members == {"kim@acme.example"}
    assert portal.is_dir()


def test_where_the_exports_are(portal: Path, run: Run) -> None:
    def refresh_from(places: str, *options: str) -> int:
        (portal / "seatsync.yaml").write_text(project.replace("exports: exports/", places))
        return run("refresh", "--dry-run", *options)

    project = (portal / "seatsync.yaml").read_text()
    shutil.copytree("exports", "more")
    (portal / "exports/users-2026-06-14.csv").unlink()
    assert refresh_from("exports: [exports, more/users-*.csv]") == 0
    assert ", 3 sources," in run.out
    assert refresh_from("exports: [more/*.csv]") == 0
    assert refresh_from("exports: [exports, gone/*.csv]") == 1
    assert "gone/*.csv" in run.err
    assert refresh_from("exports: more/nothing.csv") == 1
    assert "more/nothing.csv" in run.err
    assert refresh_from("max_age: 7d") == 1
    assert "--exports" in run.err
    assert refresh_from("max_age: 7d", "--exports", "more") == 0
    assert refresh_from("exports: exports", "--exports", "nowhere") == 1
    assert "nowhere" in run.err


# What no source shows


def test_a_subscription_in_no_team_is_taken_over(portal: Path, run: Run) -> None:
    """Also where an apply leaves something out."""
    put(
        "14",
        users=USERS,
        groups=GROUPS,
        subscriptions=BOUGHT + BOUGHT.splitlines()[1].replace("design", "civil").replace("574-1", "574-8") + "\n",
    )
    assert run("refresh") == 0
    more = (
        '  "574-8": {product: AutoCAD, offering: multi-user, seats: 7, channel: reseller,\n'
        "            contract_manager: dee@acme.example, starts: 2026-01-01, ends: 2027-12-31}\n"
    )
    (portal / "want.yaml").write_text(WANT + more)
    assert run("apply", "--auto-approve") in {0, 3}, run.said
    assert run("account", "verify") == 0


def test_new_seats_are_taken_as_declared(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A seat that an open case of a group explains is held through the group: no step takes it away."""
    put("14", users=USERS)  # no groups export any more
    declare(
        ("members: [cho@acme.example], products", "members: [cho@acme.example, dee@acme.example], products"),
        ("    members: [dee@acme.example]\n", ""),
    )
    assert run("apply", "--auto-approve") == 3
    assert [case.step.action for case in mirror().cases] == ["group.add_member"]
    at("17", monkeypatch)
    put(
        "16", users=USERS.replace("dee@acme.example,design,User,Active,", "dee@acme.example,design,User,Active,AutoCAD")
    )
    assert found(run)["open"] == ["CASE-1"]
    assert steps(run) == []
    assert run("account", "confirm", "CASE-1", "--evidence", "by phone") == 0
    assert steps(run) == []
    assert applied.is_dir()


def test_known_seats_win_over_assumed_groups(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A group of which a member lacks a product does not give it any more; the last one."""
    at("17", monkeypatch)
    put(
        "16", users=USERS.replace("cho@acme.example,design,User,Active,AutoCAD", "cho@acme.example,design,User,Active,")
    )
    assert run("refresh") == 0
    assert steps(run) == ["+ assign AutoCAD to group cad (console)"]
    assert run("account", "verify") == 0
    assert applied.is_dir()


def test_the_only_team_is_renamed(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    text = WANT.replace("  design:\n", "  studio:\n    renamed_from: design\n").replace("team: design", "team: studio")
    (applied / "want.yaml").write_text(text)
    assert run("apply", "--auto-approve") == 3
    at("17", monkeypatch)
    new = "".join(f"N{n},X,n{n}@acme.example,studio,User,Active,\n" for n in range(9))
    put("16", users=USERS.replace(",design,", ",studio,") + new)
    assert found(run)["closed"] == ["CASE-1"]
    assert set(mirror().account.teams) == {"studio"}


def test_addresses_stay_as_first_written(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at("17", monkeypatch)
    put("16", users=USERS.replace("ben@acme.example", "Ben@ACME.example"))
    assert found(run)["changes"] == []
    assert mirror().account.users["ben@acme.example"].email == "ben@acme.example"
    assert applied.is_dir()


# Sources that do not go together


def test_roles_are_withheld_while_the_primary_admin_is_gone(seen: Path, run: Run) -> None:
    put("15", users=HEAD + BEN + CHO + DEE)
    before = mirror()
    assert run("refresh") == 1
    assert "team 'design' has no primary admin" in run.err
    assert mirror() == before
    assert seen.is_dir()


def test_a_group_with_somebody_whom_the_older_users_do_not_know(
    applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    at("17", monkeypatch)
    write(applied / "exports", {"groups-2026-06-16.csv": GROUPS + "zoe@acme.example,cad,Custom,User\n"})
    before = mirror().account.rows()
    assert run("refresh") == 1
    assert "exports/groups-2026-06-16.csv:3:18: error SOURCE002 two sources contradict each other" in run.err
    assert [*mirror().account.rows()] == [*before]
    assert run("account", "verify") == 0
