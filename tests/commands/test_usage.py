"""Recording usage: `refresh` of a mirror and `account usage` of any store, and what is wrong with the files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.account.usage import Usage
from seatsync.targets.sql.store import open_sqlite
from tests.commands.mirrors import USERS, put
from tests.commands.running import Run, write

HEAD = "access_option,day_used,email,hashed_autodesk_id,offering_name,product_name,team_alias,tokens_used,version\n"
OTHER = "first_name,last_name,email,team_alias,role,account_status,offering_name\n"
ACCOUNT = """\
account: acme
users: {ana@acme.example: {first_name: Ana}, cho@acme.example: {first_name: Cho}}
teams: {design: {primary_admin: ana@acme.example, members: [cho@acme.example]}}
"""


def used(day: str, tokens: str = "", person: str = "cho@acme.example", team: str = "design") -> str:
    return f"Subscription,{day},{person},0a,AutoCAD,AutoCAD,{team},{tokens},2026\n"


JUNE = HEAD + used("2026-06-01") + used("2026-06-02", "7") + used("2026-06-10", "0.5")
MAY = HEAD + used("2026-05-04", "3") + used("2026-05-29")
SUMMARY = "  + exports/usage-2026-06-14.csv  usage of 2026-06-01 to 2026-06-10: 3 rows, 1 person\n"


@pytest.fixture
def store(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an embedded account with a project."""
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    monkeypatch.chdir(tmp_path)
    project = "version: 1\naccount: acme\ntarget: sqlite:///account.db\npolicy: {usage_retention: 2}\n"
    write(tmp_path, {"seatsync.yaml": project, "account.yaml": ACCOUNT})
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", "account.yaml") == 0
    return tmp_path


def usage(url: str = "sqlite:///account.db") -> Usage:
    return open_sqlite(url, Path.cwd(), {}).read_usage()


def days(url: str = "sqlite:///account.db") -> dict[str, str]:
    return {f"{each.month} {each.person}": each.by_day for each in usage(url).months}


@pytest.mark.usefixtures("portal")
class TestRefresh:
    MIRROR = "sqlite:///.seatsync/account.db"

    def test_it_records_the_usage_among_the_exports(self, run: Run) -> None:
        put("14", users=USERS, usage=JUNE)
        assert run("refresh", "--dry-run") == 0
        assert f"\n{SUMMARY}1 file of usage to record; nothing was recorded (--dry-run).\n" in run.out
        assert run("refresh") == 0
        assert run.err == ""
        assert f"\n{SUMMARY}Recorded 3 days of use.\n\nRecorded 1 change; the mirror is at serial 1.\n" in run.out
        assert days(self.MIRROR) == {"2026-06 cho@acme.example": "1,2:7,10:0.5"}
        assert run("refresh") == 0
        assert run.out.endswith("\nNothing new.\n")
        assert run("account", "verify") == 0

    def test_a_later_look_with_nothing_but_usage(self, portal: Path, run: Run) -> None:
        put("14", users=USERS)
        assert run("refresh") == 0
        write(portal / "exports", {"usage-2026-06-14.csv": JUNE})
        assert run("refresh") == 0
        assert run.out.endswith(f"\n{SUMMARY}Recorded 3 days of use.\n")
        assert run("plan") == 0

    def test_the_document(self, run: Run) -> None:
        put("14", users=USERS, usage=JUNE)
        assert run("refresh", "--format", "json") == 0
        file = {
            "file": "exports/usage-2026-06-14.csv",
            "kind": "usage",
            "at": "2026-06-14",
            "first": "2026-06-01",
            "last": "2026-06-10",
            "rows": 3,
            "teams": ["design"],
            "new": True,
        }
        assert json.loads(run.out)["usage"] == {"files": [file], "days": 3, "seats": 0, "removed": 0}
        assert run("refresh", "--dry-run", "--format", "json") == 0
        again = {"files": [{**file, "new": False}], "days": None, "seats": None, "removed": None}
        assert json.loads(run.out)["usage"] == again

    def test_a_wrong_number_stops_everything(self, portal: Path, run: Run) -> None:
        put("14", users=USERS, usage=JUNE.replace("0.5", "-0.5"))
        assert run("refresh") == 1
        assert "exports/usage-2026-06-14.csv:4:68: error SOURCE001 '-0.5' is negative\n" in run.err
        assert run.out.endswith("\nNothing was recorded.\n")
        assert not (portal / ".seatsync/account.db").exists()

    def test_usage_of_another_account_stops_everything(self, portal: Path, run: Run) -> None:
        foreign = HEAD + used("2026-06-01", person="ida@globex.example", team="lab")
        put("14", users=USERS, usage=foreign)
        assert run("refresh") == 1
        assert (
            "exports/usage-2026-06-14.csv:2:25: error USAGE002 none of the people and teams in"
            " 'exports/usage-2026-06-14.csv' ('lab') is in the account\n"
        ) in run.err
        assert not (portal / ".seatsync/account.db").exists()

    def test_nobody_is_a_stranger_while_the_people_cannot_be_read(self, run: Run) -> None:
        masked = "*****,*****,*****,design,User,Active,AutoCAD\n"
        put("14", users=USERS + masked, usage=JUNE)
        assert run("refresh") == 1
        assert "error SOURCE003 personal data is masked" in run.err
        assert "USAGE" not in run.err

    def test_people_of_the_same_exports_are_known(self, run: Run) -> None:
        put("14", users=USERS, usage=JUNE + used("2026-06-03", person="zoe@acme.example"))
        assert run("refresh") == 0
        assert (
            "exports/usage-2026-06-14.csv:5:25: warning USAGE001 1 person in it is not in the account:"
            " 'zoe@acme.example'\n"
        ) in run.err
        assert "cho@" not in run.err.splitlines()[0]
        assert run("refresh") == 0
        assert run.err == ""  # a file is judged once
        more = used("2026-06-03", person="zoe@acme.example") + used("2026-06-04", person="yan@acme.example")
        put("15", usage=JUNE + more)
        assert run("refresh") == 0
        assert "USAGE001 1 person in it is not in the account: 'yan@acme.example'" in run.err
        assert "zoe@" not in run.err.splitlines()[0]  # who was named before

    def test_old_months_are_removed_without_new_files(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        put("14", users=USERS, usage=JUNE)
        assert run("refresh") == 0
        put("14", users=USERS)
        monkeypatch.setenv("SEATSYNC_AT", "2027-08-01")
        assert run("refresh", "--stale-ok") == 0
        assert "Recorded 0 days of use; 3 days of older months removed.\n" in run.out
        assert usage(self.MIRROR) == Usage()
        assert run("account", "verify") == 0

    def test_an_export_of_unknown_age(self, portal: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        put("14", users=USERS)
        write(portal / "exports", {"usage.csv": JUNE})
        monkeypatch.setenv("CI", "true")
        assert run("refresh") == 1
        assert "SOURCE004 when 'exports/usage.csv' was exported is unknown" in run.err
        assert run("refresh", "--exported", "2026-06-14") == 0

    def test_the_log_names_files_and_counts_alone(self, run: Run) -> None:
        put("14", users=USERS, usage=JUNE)
        run("refresh")
        assert run("account", "log") == 0
        assert run.out.endswith(
            "portal     recorded usage of exports/usage-2026-06-14.csv: 3 days and 0 rows of reports are new\n"
        )


class TestAccountUsage:
    def test_files_are_recorded_once(self, store: Path, run: Run) -> None:
        write(store, {"a-2026-06-14.csv": JUNE, "b-2026-06-01.csv": MAY})
        assert run("account", "usage", "a-2026-06-14.csv", "--dry-run") == 0
        assert days() == {}
        assert run("account", "usage", "a-2026-06-14.csv", "b-2026-06-01.csv") == 0
        assert run.err == ""
        assert run.out == (
            "  + a-2026-06-14.csv  usage of 2026-06-01 to 2026-06-10: 3 rows, 1 person\n"
            "  + b-2026-06-01.csv  usage of 2026-05-04 to 2026-05-29: 2 rows, 1 person\n"
            "Recorded 5 days of use.\n"
        )
        expected = {"2026-05 cho@acme.example": "4:3,29", "2026-06 cho@acme.example": "1,2:7,10:0.5"}
        assert days() == expected
        assert run("account", "usage", ".", "--exported", "2026-06-14") == 0
        assert run.out == "Nothing new.\n"
        assert days() == expected
        assert run("account", "verify") == 0

    def test_months_before_the_policy_s_are_not_kept(self, store: Path, run: Run) -> None:
        old = HEAD + used("2026-03-31") + used("2026-04-01")
        write(store, {"a-2026-06-14.csv": old})
        assert run("account", "usage", "a-2026-06-14.csv") == 0
        assert days() == {"2026-04 cho@acme.example": "1"}

    def test_nothing_is_removed_outside_of_a_project(self, store: Path, run: Run) -> None:
        write(store, {"a-2026-06-14.csv": HEAD + used("2006-03-31")})
        (store / "seatsync.yaml").unlink()
        assert run("account", "usage", "a-2026-06-14.csv", "--target", "sqlite:///account.db") == 0
        assert days() == {"2006-03 cho@acme.example": "31"}

    def test_other_exports_are_named(self, store: Path, run: Run) -> None:
        users = OTHER + "Ana,Silva,ana@acme.example,design,Primary admin,Active,\n"
        write(store, {"users-2026-06-14.csv": users, "usage-2026-06-14.csv": JUNE})
        assert run("account", "usage", "users-2026-06-14.csv", "usage-2026-06-14.csv") == 0
        assert run.err == "not read, as there is no usage in it: users-2026-06-14.csv\n"
        assert run("account", "usage", "users-2026-06-14.csv") == 1
        assert run.out == "Nothing was recorded.\n"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            (
                HEAD + used("2026-06-15") + used("2026-06-16"),
                "2026-06-16 is after today (2026-06-15)",
            ),
            (HEAD + used("2026-06-01", "1e99"), "'1e99' is not a number"),
            (HEAD + "a,b\n", "this row has 2 cells, the header has 9"),
            ("who,what\na,b\n", "the header is not that of an export of the portal"),
            (HEAD.replace(",offering_name", "") + "x\n", "has no column offering_name"),
            (
                HEAD + used("2026-06-01", person="ida@globex.example", team="lab"),
                "USAGE002 none of the people and teams",
            ),
        ],
    )
    def test_a_file_that_is_wrong_is_not_recorded(self, store: Path, run: Run, text: str, said: str) -> None:
        write(store, {"good-2026-06-14.csv": JUNE, "bad-2026-06-15.csv": text})
        assert run("account", "usage", "good-2026-06-14.csv", "bad-2026-06-15.csv") == 1
        assert said in run.err
        assert run.out == "Nothing was recorded.\n"
        assert usage() == Usage()

    @pytest.mark.usefixtures("store")
    def test_a_missing_file(self, run: Run) -> None:
        assert run("account", "usage", "usage.csv") == 1
        assert "SOURCE001 'usage.csv': there is no such file or folder" in run.err

    def test_files_that_differ_and_months_that_are_missing(self, store: Path, run: Run) -> None:
        changed = HEAD + used("2026-06-02", "9") + used("2026-06-10", "0.5")
        april = HEAD + used("2026-04-02")
        write(store, {"a-2026-06-13.csv": JUNE, "b-2026-06-14.csv": changed, "c-2026-05-01.csv": april})
        assert run("account", "usage", ".") == 0
        assert [line for line in run.err.splitlines() if " USAGE" in line or "hint" in line] == [
            "warning USAGE004 no usage of 2026-05 is known of team 'design', but of months before and after",
            "  hint: download the usage of this month, too",
            (
                "b-2026-06-14.csv:1:1: warning USAGE003 'b-2026-06-14.csv' and 'a-2026-06-13.csv' differ about the"
                " tokens of 1 day, the first 2026-06-02 of 'cho@acme.example' with 'AutoCAD'; those of"
                " 'b-2026-06-14.csv' count"
            ),
            "  hint: nothing to do, unless 'a-2026-06-13.csv' is the right one: then download that time span again",
        ]
        assert days()["2026-06 cho@acme.example"] == "1,2:9,10:0.5"

    def test_an_older_file_that_is_recorded_later_does_not_count(self, store: Path, run: Run) -> None:
        write(store, {"new-2026-06-14.csv": JUNE, "old-2026-06-13.csv": HEAD + used("2026-06-02", "9")})
        assert run("account", "usage", "new-2026-06-14.csv") == 0
        assert run("account", "usage", "old-2026-06-13.csv") == 0
        assert "USAGE003" in run.err
        assert "those of 'new-2026-06-14.csv' count" in run.err
        assert days()["2026-06 cho@acme.example"] == "1,2:7,10:0.5"

    def test_a_day_that_was_not_over_is_no_difference(self, store: Path, run: Run) -> None:
        write(store, {"a-2026-06-02.csv": HEAD + used("2026-06-02", "1"), "b-2026-06-14.csv": JUNE})
        assert run("account", "usage", "a-2026-06-02.csv", "b-2026-06-14.csv") == 0
        assert run.err == ""

    def test_many_strangers_are_counted(self, store: Path, run: Run) -> None:
        rows = "".join(used("2026-06-01", person=f"x{number}@acme.example") for number in range(5))
        write(store, {"a-2026-06-14.csv": JUNE + rows + used("2026-06-03", team="lab")})
        assert run("account", "usage", "a-2026-06-14.csv") == 0
        assert (
            "5 people in it are not in the account: 'x0@acme.example', 'x1@acme.example', 'x2@acme.example' and 2"
            " more\n"
        ) in run.err
        assert "1 team in it is not in the account: 'lab'\n" in run.err
        assert len(usage().months) == 7

    def test_hashed_people_are_not_judged(self, store: Path, run: Run) -> None:
        write(store, {"a-2026-06-14.csv": JUNE.replace("cho@acme.example", "*****")})
        assert run("account", "usage", "a-2026-06-14.csv") == 0
        assert run.err == ""
        assert "3 rows, 1 person, 1 of them by hash alone\n" in run.out
        assert days() == {"2026-06 hash:0a": "1,2:7,10:0.5"}

    def test_a_project_that_is_broken_is_not_guessed(self, store: Path, run: Run) -> None:
        write(store, {"a-2026-06-14.csv": JUNE})
        broken = "version: 1\naccount: acme\ntarget: sqlite:///account.db\npolicy: {usage_retention: x}\n"
        write(store, {"seatsync.yaml": broken})
        assert run("account", "usage", "a-2026-06-14.csv") == 1
        assert "seatsync.yaml:4:27: SCHEMA001" in run.err
        assert usage() == Usage()
