"""`seatsync refresh`: the mirror of the vendor's account, from its exports to cases that are done."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

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


def test_the_first_look(portal: Path, run: Run) -> None:
    assert run("refresh") == 0
    assert run.err == ""
    assert run.out == (
        "Account acme at sqlite:///.seatsync/account.db, 3 sources, the newest of 2026-06-14\n\n"
        "team design\n"
        "  + new, with 4 people, 1 group, 2 seats  exports/users-2026-06-14.csv:2\n"
        "  + buy subscription 574-1: 5 seats of AutoCAD, single-user, from a reseller, 2026-01-01 to 2027-12-31"
        "  exports/subscriptions-2026-06-14.csv:2\n\n"
        "1 kind of fact is unknown, so nothing about it is planned:\n"
        "  team design: group products (usage report)\n\n"
        "Recorded 2 changes; the mirror is at serial 2.\n"
        "The mirror is new. If there was one before, put that back: cases, and what was confirmed, are only in it.\n"
    )
    assert run("account", "verify") == 0
    before = (portal / ".seatsync/account.db").read_bytes()
    assert run("refresh") == 0
    assert run.out.endswith("\nNothing new.\n")
    assert (portal / ".seatsync/account.db").read_bytes() != before  # the lock alone
    assert mirror().account.serial == 2
    assert steps(run) == []


def test_a_dry_run_records_nothing(portal: Path, run: Run) -> None:
    assert found(run, "--dry-run")["account"] == {"name": "acme", "serial": None}
    assert not (portal / ".seatsync").exists()
    assert run("refresh") == 0
    put("15", users=USERS.replace(DEE, ""))
    assert run("refresh", "--dry-run") == 0
    assert "  - remove dee@acme.example  exports/users-2026-06-15.csv\n" in run.out
    assert run.out.endswith("\n1 change to record; nothing was recorded (--dry-run).\n")
    assert mirror().account.serial == 2


def test_what_is_assumed_changes_with_the_files_until_an_apply(seen: Path, run: Run) -> None:
    """Contract manager, offering, products of groups: no step before the first apply, steps after it."""
    assert steps(run) == []
    want = seen / "want.yaml"
    other = want.read_text().replace("contract_manager: ben", "contract_manager: ana").replace("multi-user", "flex")
    other = other.replace("seats: 5", "tokens: 5").replace(", products: [AutoCAD]", "")
    want.write_text(other.replace("seats: {AutoCAD: [ana@", "seats: {AutoCAD: [cho@acme.example, ana@"))
    assert steps(run) == []
    assert (
        "\n1 guess is corrected in the files, which is no step before the first apply:\n"
        "  subscription 574-1: the offering flex, not single-user\n\n"
    ) in run.out
    assert run("plan", "-v") == 0
    assert "subscription 574-1: the offering flex, not single-user\n" in run.out
    assert "corrected" not in run.out
    want.write_text(WANT)
    assert steps(run) == []
    assert (
        "\n2 guesses are corrected in the files, which is no step before the first apply:\n"
        "  subscription 574-1: the contract manager ben@acme.example, not ana@acme.example\n"
        "  subscription 574-1: the offering multi-user, not single-user\n\n"
    ) in run.out
    assert run("plan", "--out", "saved.json") == 0
    assert json.loads(Path("saved.json").read_text())["assumed"][1:] == [
        {
            "subscription": "574-1",
            "fact": "contract_manager",
            "value": "ben@acme.example",
            "instead_of": "ana@acme.example",
        },
        {"subscription": "574-1", "fact": "offering", "value": "multi-user", "instead_of": "single-user"},
    ]
    assert run("show", "saved.json") == 0
    assert "the contract manager ben@acme.example, not ana@acme.example" in run.out
    assert run("apply", "--auto-approve") == 0
    assert steps(run) == []
    assert "corrected" not in run.out
    assert mirror().account.subscriptions["574-1"].contract_manager == "ben@acme.example"
    assert mirror().account.teams["design"].groups["cad"].products == {"AutoCAD"}
    serial = mirror().account.serial
    assert run("apply", "--auto-approve") == 0
    assert mirror().account.serial == serial
    replace_in(want, "contract_manager: ben", "contract_manager: ana")
    replace_in(want, ", products: [AutoCAD]", "")
    replace_in(want, "seats: {AutoCAD: [ana@", "seats: {AutoCAD: [cho@acme.example, ana@")
    assert steps(run) == [
        "~ make ana@acme.example contract manager of subscription 574-1",
        "+ assign AutoCAD to cho@acme.example (console)",
        "- take AutoCAD from group cad (console)",
    ]
    assert run("account", "verify") == 0
    assert run("account", "show") == 0
    assert "subscription 574-1: the contract manager ben@acme.example\n" in run.out


def test_everything_was_done(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked.is_dir()
    at("17", monkeypatch)
    put("16", users=DONE)
    look = found(run)
    assert (look["closed"], look["open"], look["reopened"]) == ([f"CASE-{n}" for n in range(1, 6)], [], [])
    assert [each["case"] for each in look["changes"]] == look["closed"]
    new = mirror().account.users["new@acme.example"]
    assert (new.email, new.status, new.invited_at) == ("New@acme.example", "pending", None)
    assert run("account", "cases") == 0
    assert run.out == "No open cases.\n"
    assert steps(run) == []
    assert run("drift") == 0
    assert "Drift: 0 changed in the portal, 0 in git, 0 in both." in run.out
    assert run("account", "verify") == 0
    assert "seen in exports/users-2026-06-16.csv" in log(run)
    assert found(run)["changes"] == []


def test_half_was_done_and_something_else(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked.is_dir()
    at("17", monkeypatch)
    half = DONE.replace("New,,New@acme.example,design,User,Invited,\n", "").replace(
        "design,Secondary admin", "design,SSO admin"
    )
    put("16", users=half + "Zoe,Neu,zoe@acme.example,design,User,Active,\n")
    look = found(run)
    assert (look["closed"], look["differently"]) == (["CASE-3", "CASE-4", "CASE-5"], ["CASE-2"])
    assert look["open"] == ["CASE-1", "CASE-2"]
    assert steps(run) == [
        "+ invite new@acme.example (New) (console)",
        "~ make dee@acme.example secondary admin (console)",
    ]
    assert run("plan", "-v") == 0
    assert "team design, user zoe@acme.example" in run.out
    assert run("account", "verify") == 0


def test_a_case_that_builds_on_a_done_one_is_still_open(
    applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dee becomes secondary admin, then primary admin; only the first was done: nothing was done differently."""
    replace_in(applied / "want.yaml", "primary_admin: ana@", "primary_admin: dee@")
    assert run("apply", "--auto-approve") == 3, run.said
    assert [case.step.action for case in mirror().cases][:2] == ["admin.assign_secondary", "admin.change_primary"]
    at("17", monkeypatch)
    put("16", users=USERS.replace(DEE, DEE.replace("User", "Secondary admin")))
    look = found(run)
    assert (look["closed"], look["differently"], look["open"]) == (["CASE-1"], [], ["CASE-2", "CASE-3"])


def test_a_confirmed_case_that_is_not_shown(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked.is_dir()
    assert run("account", "confirm", "--all", "--evidence", "by phone") == 0, run.said
    assert steps(run) == []
    at("17", monkeypatch)
    put("16", users=DONE.replace("User,Active,AutoCAD\nCho", "User,Active,\nCho"))
    assert run("refresh") == 0
    assert (
        "warning SOURCE008 CASE-3 in team 'design' was confirmed 2026-06-15T12:00:00Z, but"
        " exports/users-2026-06-16.csv does not show its effect; the case is open again\n"
    ) in run.err
    assert "Confirmed, but not shown by a newer source, so open again:\n  CASE-3" in run.out
    assert steps(run) == ["+ assign AutoCAD to ben@acme.example (console)"]
    assert "case CASE-3 is open" in run.out
    assert run("drift") == 0
    assert "Drift: 0 changed in the portal, 0 in git, 0 in both." in run.out
    at("18", monkeypatch)
    put("17", users=DONE)
    assert found(run)["closed"] == ["CASE-3"]
    assert run("account", "verify") == 0
    at("19", monkeypatch)
    put("18", users=DONE.replace("User,Active,AutoCAD\nCho", "User,Active,\nCho"))
    assert found(run)["reopened"] == []  # it was seen
    assert run("drift") == 0
    assert "Drift: 1 changed in the portal" in run.out


def test_an_export_of_before_the_apply_is_not_used(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert asked.is_dir()
    assert run("refresh") == 0
    assert "SOURCE004 'exports/users-2026-06-14.csv' is not newer than the last apply or confirm" in run.err
    put("15", users=DONE)
    assert run("refresh") == 0
    assert "whether 'exports/users-2026-06-15.csv' is newer than the last apply" in run.err
    assert mirror().cases != ()
    assert found(run, "--exported", "2026-06-15T11:59")["closed"] == []
    assert len(found(run, "--exported", "2026-06-15T12:01Z")["closed"]) == 5
    monkeypatch.setenv("CI", "1")
    (Path("exports") / "users-2026-06-15.csv").rename("exports/users.csv")
    assert run("refresh") == 1
    assert "SOURCE004 when 'exports/users.csv' was exported is unknown" in run.err
    assert run("refresh", "--exported", "2026-06-15") == 0


STOPPED = {
    "cut off": (
        USERS[:-30],
        "exports/users-2026-06-15.csv:5:1: error SOURCE001 this row has 3 cells, the header",
    ),
    "masked": (USERS.replace("cho@acme.example", "*****"), "exports/users-2026-06-15.csv:4:10: error SOURCE003"),
    "NUL": (USERS.replace("Cho", "C\0o"), "exports/users-2026-06-15.csv:4:2: error SOURCE001"),
    "another header": ("a,b\n1,2\n", "exports/users-2026-06-15.csv:1:1: error SOURCE001 the header is not that"),
    "empty": ("", "exports/users-2026-06-15.csv:1:1: error SOURCE001"),
    "no primary admin": (USERS.replace("Primary", "Secondary"), "team 'design' has no primary admin"),
    "half": (
        HEAD + ANA,
        "error SOURCE005 3 of 4 users are gone in exports/users-2026-06-15.csv ('ben@acme.example', 'cho@",
    ),
    "another account": (
        HEAD + "Zed,Zed,zed@else.example,sales,Primary admin,Active,\n",
        "mentions none of the 1 known teams, and 0 of the 4 known people: it seems to be of another account",
    ),
    "in UTF-16 without a mark": ("".join(f"{letter}\0" for letter in USERS), "error SOURCE001"),
}


@pytest.mark.parametrize("name", STOPPED)
def test_bad_exports_stop_a_refresh(name: str, seen: Path, run: Run) -> None:
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    text, message = STOPPED[name]
    groups = {} if name in {"half", "another account"} else {"groups": GROUPS.replace("cad", "lab")}
    put("15", users=text, **groups)
    before = mirror()
    assert run("refresh") == 1
    assert message in run.err
    assert run.out.endswith("\nNothing was recorded.\n")
    assert found(run, code=1)["account"]["serial"] is None
    assert mirror() == before
    assert run("plan", "--refresh") == 1
    assert (run.out, run.err.splitlines()[-1]) == (
        "",
        "seatsync: the refresh was stopped, so nothing else was done; see the errors above",
    )
    assert run("account", "verify") == 0


@pytest.mark.parametrize("name", sorted(STOPPED.keys() - {"half"}))
def test_bad_exports_create_no_mirror(name: str, portal: Path, run: Run) -> None:
    put("15", users=STOPPED[name][0])
    assert run("refresh") == 1
    assert not (portal / ".seatsync").exists()


def test_what_is_gone_is_allowed_by_its_number(seen: Path, run: Run) -> None:
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    put("15", users=HEAD + ANA)
    assert run("refresh", "--allow", "SOURCE005.users=2") == 1
    assert "SOURCE005 --allow SOURCE005.users=2 does not match: 3 of 4 users are gone" in run.err
    assert run("refresh", "--allow", "SOURCE005.people=2") == 1
    assert run.err.startswith("seatsync: --allow SOURCE005.people=2 is unknown; use SOURCE005.TYPE=NUMBER")
    assert run("plan", "--refresh", "--allow", "SOURCE005.users=3") == 0
    assert mirror().account.users.keys() == {"ana@acme.example"}
    put("16", users=HEAD + "Zed,Zed,zed@else.example,sales,Primary admin,Active,\n")
    assert run("refresh", "--allow", "SOURCE005.users=1") == 0
    assert "Not in the newest sources; these stay as they are:\n  team design\n" in run.out
    assert set(mirror().account.teams) == {"design", "sales"}


def test_subscriptions_that_a_filter_hides_are_not_bought_again(seen: Path, run: Run) -> None:
    """Those whose term is over may go; of the others, only as many as `max_removals` allows."""
    more = (
        "design,Revit,574-2,2026-01-01,2027-12-31,5,Dealer AG,\ndesign,Maya,574-3,2025-01-01,2026-06-01,5,Dealer AG,\n"
    )
    put("15", subscriptions=BOUGHT + more)
    assert run("refresh") == 0
    assert mirror().account.subscriptions.keys() == {"574-1", "574-2", "574-3"}
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    put("15", subscriptions=BOUGHT + more.partition("\n")[0] + "\n")
    assert run("refresh", "--dry-run") == 0
    assert "  - subscription 574-3 is gone" in run.out
    put("15", subscriptions=BOUGHT.partition("\n")[0] + "\n" + more.partition("\n")[2])
    assert run("refresh") == 1
    assert (
        "error SOURCE005 2 of 2 subscriptions are gone in exports/subscriptions-2026-06-15.csv ('574-1 of design',"
        " '574-2 of design'), more than max_removals (20%) allows\n"
        "  hint: download the exports again, without a filter, or pass --allow SOURCE005.subscriptions=2 if they really"
        " are\n"
    ) in run.err
    assert run("refresh", "--allow", "SOURCE005.subscriptions=2") == 0
    assert mirror().account.subscriptions.keys() == {"574-3"}


def test_a_product_that_nobody_has_any_more_may_be_a_filter(seen: Path, run: Run) -> None:
    put("15", users=(USERS + "Eli,Roth,eli@acme.example,design,User,Active,Revit\n").replace("AutoCAD", ""))
    assert run("refresh") == 0
    assert (
        "warning SOURCE005 nobody in team 'design' has 'AutoCAD' in exports/users-2026-06-15.csv, which 2 people had\n"
        "  hint: if the export was made with a filter, download it again without one, and refresh again\n"
    ) in run.err
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    put("16", users=USERS.replace(CHO, "").replace(DEE, ""))
    assert run("refresh") == 1
    assert "warning SOURCE005" not in run.err  # the error says it
    assert "error SOURCE005 3 of 5 users are gone in exports/users-2026-06-16.csv ('cho@acme.example', " in run.err


def test_what_is_gone_is_gone_in_the_export_of_people(seen: Path, run: Run) -> None:
    """Also somebody in a group, which the groups export of another day still has."""
    assert seen.is_dir()
    put("15", groups=GROUPS)
    write(Path("exports"), {"users-2026-06-16.csv": USERS.replace(CHO, "")})
    assert run("refresh") == 0
    assert "  - remove cho@acme.example  exports/users-2026-06-16.csv\n" in run.out


def test_numbers_that_are_let_pass_in_vain(seen: Path, run: Run) -> None:
    replace_in(seen / "seatsync.yaml", "100%", "20%")
    put("15", users=HEAD + ANA + BEN + CHO)
    assert run("refresh", "--dry-run", "--allow", "SOURCE005.users=1", "-v") == 0
    assert "info SOURCE005 --allow SOURCE005.users=1 has no effect: so many may be gone without it\n" in run.err
    assert run("refresh", "--allow", "SOURCE005.users=2") == 1
    assert "error SOURCE005 --allow SOURCE005.users=2 does not match: 1 of 4 users are gone\n" in run.err
    assert "  hint: remove the option\n" in run.err
    assert run("refresh", "--allow", "GUARD001.users=1") == 1
    assert run.err == "seatsync: --allow GUARD001.users=1 is for plans; a refresh takes SOURCE005.TYPE=NUMBER\n"


def test_a_team_that_two_sources_contradict_each_other_about_is_in_a_source(seen: Path, run: Run) -> None:
    put("15", users=USERS, again=HEAD + ANA + BEN + CHO)
    assert seen.is_dir()
    document = found(run, code=1)
    assert [each["code"] for each in document["findings"]] == ["SOURCE002"]
    assert document["not_mentioned"] == []


def test_a_file_of_tomorrow(seen: Path, run: Run) -> None:
    put("20", users=USERS)
    assert run("refresh") == 1
    assert "  hint: correct the day in its name\n" in run.err
    write(seen / "exports", {"users.csv": USERS})
    os.utime(seen / "exports/users.csv", (1_800_000_000, 1_800_000_000))
    assert run("refresh") == 1
    assert "'exports/users.csv' is of 2027-01-15, which is after today (2026-06-15)\n" in run.err
    assert "  hint: write the day into its name, or check the date of this machine and --at\n" in run.err


def test_old_exports_that_were_read_before_may_stay(asked: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at("22", monkeypatch)
    write(asked / "exports", {"users-2026-06-21.csv": DONE})
    assert run("refresh") == 0, run.said
    assert "SOURCE004" not in run.err
    assert "Done, as the sources show:\n  CASE-1" in run.out
    write(asked / "exports", {"groups-2026-06-13.csv": GROUPS, "subscriptions-2026-06-13.csv": BOUGHT})
    assert run("refresh") == 0  # older than what was read
    assert run.out.endswith("\nNothing new.\n")
    at("29", monkeypatch)
    assert run("refresh") == 1  # nobody has downloaded anything
    assert "error SOURCE004 'exports/users-2026-06-21.csv' is 8 days old" in run.err
    write(asked / "exports", {"groups-2026-06-28.csv": GROUPS, "subscriptions-2026-06-20.csv": BOUGHT})
    assert run("refresh") == 1  # these were never read
    assert [line for line in run.err.splitlines() if "error" in line] == [
        "error SOURCE004 'exports/subscriptions-2026-06-20.csv' is 9 days old, older than `max_age` (7 days)"
    ]


def test_exports_that_are_too_old(portal: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    at("25", monkeypatch)
    assert run("refresh") == 1
    assert "error SOURCE004 'exports/users-2026-06-14.csv' is 11 days old, older than `max_age` (7 days)\n" in run.err
    replace_in(portal / "seatsync.yaml", "exports/}", "exports/, max_age: 14d}")
    assert run("refresh") == 0
    at("29", monkeypatch)
    assert run("refresh") == 1
    assert run("refresh", "--stale-ok") == 0
    put("30", users=USERS)
    at("15", monkeypatch)
    assert run("refresh") == 1
    assert "is of 2026-06-30, which is after today (2026-06-15)" in run.err


def test_a_contradiction_withholds_what_it_is_about(seen: Path, run: Run) -> None:
    assert seen.is_dir()
    text = USERS.replace("dee@acme.example,design,User", "dee@acme.example,design,SSO admin") + DEE
    put("15", users=text.replace("Dee,", "Deirdre,"), groups=GROUPS.replace("cad", "lab"))
    assert run("refresh") == 1
    assert "error SOURCE002 two sources contradict each other about the roles of team 'design'" in run.err
    assert mirror().account.users["dee@acme.example"].first_name == "Deirdre"
    assert mirror().account.teams["design"].admins == {"ben@acme.example": "secondary"}
    assert set(mirror().account.teams["design"].groups) == {"lab"}
    assert run("plan", "--refresh") == 1
    assert "Plan:" in run.out


def test_order_does_not_matter(portal: Path, run: Run) -> None:
    def shuffled(text: str) -> str:
        head, *rows = [line.split(",") for line in text.splitlines()]
        return "".join(",".join(reversed(row)) + "\n" for row in (head, *reversed(rows)))

    states = []
    for turned in (str, shuffled):
        put("14", users=turned(USERS), groups=turned(GROUPS), subscriptions=turned(BOUGHT))
        assert run("refresh") == 0
        assert run("apply", "--auto-approve") == 0
        put("16", users=turned(DONE), groups=turned(GROUPS))
        assert run("refresh", "--at", "2026-06-17") == 0
        state = mirror()
        states.append((state.mirror, list(state.account.rows())))
        for path in portal.glob(".seatsync/**/*"):
            if path.is_file():
                path.unlink()
    assert states[0] == states[1]


def test_a_mirror_is_no_embedded_account(portal: Path, run: Run) -> None:
    assert run("plan") == 1
    assert run.err == (
        "seatsync: sqlite:///.seatsync/account.db: there is no mirror here; put it here if it is kept elsewhere, or"
        " create it with `seatsync refresh`\n"
    )
    said = run.err
    closing = (("confirm", "--all"), ("withdraw", "CASE-1", "--why", "x"), ("cases",), ("create", "--name", "acme"))
    for command in (*closing, ("log",), ("verify",), ("runs",)):
        assert run("account", *command) == 1
        assert run.err == said
    assert not (portal / ".seatsync").exists()
    assert run("account", "create", "--name", "trial", "--target", "sqlite:///trial.db") == 0
    assert run("refresh") == 0
    replace_in(portal / "seatsync.yaml", "portal: {exports: exports/}\n", "")
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",)):
        assert run(*command) == 1
        assert run.err == (
            "seatsync: sqlite:///.seatsync/account.db: is a mirror of the real account, but the project has no"
            " `portal:`; add `portal:` to seatsync.yaml, or name another target\n"
        )
    assert run("refresh") == 1
    assert "the project has no `portal:`; add it to seatsync.yaml" in run.err


def test_an_embedded_account_is_no_mirror(portal: Path, run: Run) -> None:
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///.seatsync/account.db") == 0
    for command in (("plan",), ("apply", "--auto-approve"), ("drift",), ("refresh",)):
        assert run(*command) == 1
        assert "is an account that seatsync made itself" in run.err
    assert portal.is_dir()


def test_refresh_before_other_commands(seen: Path, run: Run) -> None:
    put("15", users=USERS.replace(DEE, ""))
    assert run("plan", "--exports", "exports") == 1
    assert run.err == "seatsync: --exports, --exported and --stale-ok need --refresh\n"
    assert run("plan", "--refresh") == 0
    assert "+ invite dee@acme.example (console)" in run.out
    assert "  - remove dee@acme.example  exports/users-2026-06-15.csv\n" in run.err
    put("15", users=USERS)
    assert run("drift", "--refresh") == 0
    assert run("apply", "--refresh", "--auto-approve") == 0
    assert "team design: invite dee@acme.example" in log(run)
    other = seen / "elsewhere"
    write(other, {"users.csv": USERS.replace(DEE, "")})
    assert found(run, "--exports", "elsewhere", "--exported", "2026-06-16")["changes"][0]["action"] == "user.remove"


def test_warnings_about_an_export_end_with_a_newer_one(seen: Path, run: Run) -> None:
    odd = USERS.replace("design,User,", "design,Chief,")
    assert odd != USERS
    write(seen / "exports", {"users-2026-06-13.csv": odd})
    assert run("refresh") == 0
    assert run.err == ""
    assert run("forecast", "--target", "exports:exports") == 0
    assert "SOURCE006" not in run.err
    write(seen / "exports", {"users-2026-06-15.csv": odd})
    assert run("refresh") == 0
    assert "exports/users-2026-06-15.csv:4:34: warning SOURCE006 unknown role 'Chief'" in run.err


def test_what_is_only_remembered_has_no_place(portal: Path, run: Run) -> None:
    bought = BOUGHT.splitlines()[1].replace("design", "civil").replace("574-1", "574-8")
    put("14", users=USERS, subscriptions=f"{BOUGHT}{bought}\n")
    assert portal.is_dir()
    assert run("refresh") == 0
    assert run("plan", "-v") == 0
    assert "\ninfo SOURCE007 subscription '574-8' is in team 'civil', which is in no users export" in run.err


REPORT = (
    "email,team_alias,group,offering_name,seat_assignment\n"
    "cho@acme.example,design,cad,AutoCAD,assigned\n"
    "ana@acme.example,design,,AutoCAD,assigned\n"
)


def test_a_usage_report_settles_who_also_holds_a_seat_directly(
    applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only it shows a direct seat of somebody who has the product through a group, and whether it was taken away."""
    assert applied.is_dir()
    at("16", monkeypatch)
    put("16", users=USERS, groups=GROUPS, report=REPORT + "cho@acme.example,design,,AutoCAD,assigned\n")
    document = found(run)
    assert [(each["action"], each["args"], each["origin"]) for each in document["changes"]] == [
        ("seat.assign", {"product": "AutoCAD", "user": "cho@acme.example"}, "exports/users-2026-06-16.csv:4")
    ]
    assert found(run)["changes"] == []
    assert steps(run) == ["- take AutoCAD from cho@acme.example (console)"]
    assert run("apply", "--auto-approve") == 3
    assert run("account", "confirm", "CASE-1") == 0
    assert steps(run) == []
    at("17", monkeypatch)
    put("17", users=USERS, groups=GROUPS, report=REPORT)
    assert found(run)["reopened"] == []
    assert steps(run) == []
    at("18", monkeypatch)
    put("18", users=USERS, groups=GROUPS, report=REPORT + "cho@acme.example,design,,AutoCAD,assigned\n")
    assert found(run)["reopened"] == ["CASE-1"]
    assert steps(run) == ["- take AutoCAD from cho@acme.example (console)"]


def test_a_direct_seat_that_was_shown_before_the_first_apply(
    seen: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert seen.is_dir()
    at("16", monkeypatch)
    put("16", users=USERS, groups=GROUPS, report=REPORT + "cho@acme.example,design,,AutoCAD,assigned\n")
    assert run("refresh") == 0
    assert steps(run) == ["- take AutoCAD from cho@acme.example (console)"]
    at("17", monkeypatch)
    put("17", users=USERS, groups=GROUPS)
    assert found(run)["changes"] == []
    assert steps(run) == ["- take AutoCAD from cho@acme.example (console)"]
    replace_in(seen / "want.yaml", "AutoCAD: [ana@acme.example]", "AutoCAD: [ana@acme.example, cho@acme.example]")
    assert steps(run) == []
