"""`apply --undo` and `plan --undo`, and `apply --rebase`, as command lines."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.clock import Clock
from seatsync.commands.shared import console
from seatsync.reading import schema
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.commands.running import DAY, Run, replace_in

SEATS = "      AutoCAD: [ben@acme.example, cho@acme.example]\n"
BUILD = """\
  build:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
"""
UNDONE = """\
Account acme (serial 3) at sqlite:///account.db, on 2026-11-21: run 2 undone

team design
  1. - remove dee@acme.example
       frees AutoCAD
       leaves the account

1 thing that run 2 did cannot be undone:
  team design: invite dee@acme.example (the invitation was sent)

Plan: 0 to add, 0 to change, 1 to remove.
"""
RUNS = """\
   1  2026-11-21T12:00:00Z  the owner  load   1 step (serial 1)
   2  2026-11-21T12:00:00Z  the owner  apply  2 steps (serials 2 to 3)
"""


def apply(run: Run, *more: str) -> int:
    return run("apply", "--at", DAY, "--auto-approve", *more)


def applied(folder: Path) -> str | None:
    return SqlTarget(SqliteFile("sqlite:///account.db", folder / "account.db")).read().applied_declaration


@pytest.fixture(name="invited")
def _invited(loaded: Path, run: Run) -> Path:
    """Return a repository whose run 2 invited Dee and assigned her a seat."""
    replace_in(loaded / "users.yaml", "users:\n", "users:\n  dee@acme.example: {}\n")
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, dee@acme.example]")
    assert apply(run) == 0
    assert run.out.endswith("Apply: 2 steps done. The account is at serial 3 (run 2).\n")
    return loaded


def test_a_run_is_undone(invited: Path, run: Run) -> None:
    assert run("account", "runs") == 0
    assert run.said == (RUNS, "")
    assert run("plan", "--at", DAY, "--undo", "2") == 0
    assert run.said == (UNDONE, "")
    assert apply(run, "--undo", "2") == 0
    done = (
        "\n  done     team design: remove dee@acme.example\n\nApply: 1 step done. The account is at serial 4 (run 3).\n"
    )
    assert run.said == (UNDONE + done, "")
    assert run("account", "log") == 0
    assert "  undo of run 2\n" in run.out
    assert run("account", "verify") == 0
    assert apply(run, "--undo", "2") == 0
    assert run.out.endswith("Nothing to change: nothing of run 2 is left to undo.\n")


def test_undo_restores_the_last_applied_declaration(invited: Path, run: Run) -> None:
    first = applied(invited)
    assert first is not None
    replace_in(invited / "teams/design.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: []")
    assert apply(run) == 0
    assert run.out.endswith("(run 3).\n")
    assert applied(invited) != first
    assert apply(run, "--undo", "3") == 0
    assert applied(invited) == first
    assert apply(run, "--undo", "2") == 0
    assert applied(invited) is None
    assert run("account", "log") == 0
    assert "  cleared the applied declaration (undo of run 2)\n" in run.out
    assert run("account", "verify") == 0
    assert apply(run) == 0
    assert applied(invited) is not None


def test_a_later_declaration_stays(invited: Path, run: Run) -> None:
    replace_in(invited / "teams/design.yaml", "secondary_admins: [ben@acme.example]", "secondary_admins: []")
    assert apply(run) == 0
    later = applied(invited)
    assert apply(run, "--undo", "2") == 0
    assert applied(invited) == later


def test_later_changes_stay(invited: Path, run: Run) -> None:
    replace_in(
        invited / "teams/design.yaml", "    seats:", "    groups: {cad: {members: [dee@acme.example]}}\n    seats:"
    )
    assert apply(run) == 0
    assert run("plan", "--at", DAY, "--undo", "2") == 0
    assert run.out.endswith(
        """\
team design
  1. - take AutoCAD from dee@acme.example

1 thing that run 2 did cannot be undone:
  team design: invite dee@acme.example (the invitation was sent)

1 thing that run 2 changed stays as it is, because of a later change:
  team design, user dee@acme.example

Plan: 0 to add, 0 to change, 1 to remove.
"""
    )
    before = applied(invited)
    assert apply(run, "--undo", "2") == 0
    assert applied(invited) == before


def test_as_a_document_and_from_a_file(invited: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--undo", "2", "--format", "json", "--out", "undo.json") == 0
    document = json.loads(run.out)
    assert schema.validate_document(document, "plan") == []
    assert document["undo"] == {
        "run": 2,
        "whole": True,
        "lasting": [
            {
                "why": "mail",
                "action": "user.invite",
                "scope": {"team": "design"},
                "args": {"user": "dee@acme.example", "first_name": "", "last_name": ""},
                "case": None,
            }
        ],
        "kept": [],
    }
    assert run("apply", "undo.json", "--at", DAY, "--auto-approve") == 0
    assert run.out.startswith(UNDONE)
    assert applied(invited) is None
    assert run("apply", "undo.json", "--undo", "2", "--auto-approve") == 1
    limits = "--team, --route, --allow and --undo"
    assert run.err == f"seatsync: a saved plan already contains its {limits}; plan again to change them\n"


def test_a_case_that_is_open_is_named(loaded: Path, run: Run) -> None:
    replace_in(loaded / "subscriptions.yaml", "contract_manager: ana@", "contract_manager: ben@")
    assert apply(run, "--as", "ben@acme.example") == 3
    assert run.out.endswith(
        "(run 2).\n`seatsync account cases` lists the open cases; apply again when that is settled.\n"
    )
    assert run("plan", "--at", DAY, "--undo", "2") == 0
    assert run.out.endswith(
        """\
1 thing that run 2 did cannot be undone:
  team design: make ben@acme.example contract manager of subscription 574-1 (CASE-1 stays open)

Nothing to change: nothing of run 2 is left to undo.
"""
    )


@pytest.mark.parametrize("given", ["9", "9" * 30])
def test_a_run_that_is_not_there(invited: Path, run: Run, given: str) -> None:
    assert run("plan", "--at", DAY, f"--undo={given}") == 1
    last = "1 (2026-11-21T12:00:00Z, the owner, 1 step); 2 (2026-11-21T12:00:00Z, the owner, 2 steps)"
    assert run.said == ("", f"seatsync: --undo {given}: there is no such run; the last ones are {last}\n")


def test_a_log_that_was_altered_is_no_ground_to_act_on(invited: Path, run: Run) -> None:
    """A log entry without rows would be missing from the undo and from the drift."""
    with closing(sqlite3.connect(invited / "account.db")) as database, database:
        database.execute("UPDATE audit SET changes = '[]' WHERE serial = 3")
        (entry,) = database.execute("SELECT seq FROM audit WHERE serial = 3").fetchone()
    problem = f"audit entry {entry} was altered; run `seatsync account verify` for details"
    for command in (["plan", "--undo", "2"], ["apply", "--undo", "2", "--auto-approve"], ["drift"]):
        assert run(*command, "--at", DAY) == 1
        assert run.said == ("", f"seatsync: sqlite:///account.db: {problem}\n")


def test_not_a_run_to_undo(loaded: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--undo", "1") == 1
    assert run.err == "seatsync: --undo 1: that run loaded the account from a file, which cannot be undone\n"
    assert run("plan", "--at", DAY, "--undo", "1", "--target", "file:.") == 1
    assert run.err == "seatsync: --undo 1: file:. keeps no journal, so its runs cannot be undone\n"
    assert run("account", "create", "--name", "acme", "--target", "sqlite:///new.db") == 0
    assert run("plan", "--at", DAY, "--undo", "1", "--target", "sqlite:///new.db") == 1
    assert run.err == "seatsync: --undo 1: there is no such run; the account was never changed\n"
    assert run("account", "runs", "--target", "sqlite:///new.db") == 0
    assert run.said == ("No runs.\n", "")


@pytest.mark.parametrize("given", ["run", "-1", "²", ""])
def test_a_run_that_is_no_number(invited: Path, run: Run, given: str) -> None:
    assert run("plan", "--at", DAY, f"--undo={given}") == 1
    assert run.said == (
        "",
        f"seatsync: --undo {given}: not the number of a run; `seatsync account runs` lists them\n",
    )


def test_a_form_stays_on_record_though_it_is_taken_back(loaded: Path, run: Run) -> None:
    replace_in(loaded / "subscriptions.yaml", "manager: ana", "manager: ben")
    assert apply(run, "--hand-in") == 0
    assert run("plan", "--at", DAY, "--undo", "2") == 0
    assert (
        run.out.partition("\n\n")[2]
        == """\
team design
  1. ~ make ana@acme.example contract manager of subscription 574-1
       by form, which ben@acme.example hands in

1 request of run 2 stays on record, even if its effect is undone:
  team design: make ben@acme.example contract manager of subscription 574-1 (the form was handed in)

Waiting for people:
  step 1, team design: make ana@acme.example contract manager of subscription 574-1
    by form, which ben@acme.example hands in

Plan: 0 to add, 1 to change, 0 to remove, 1 to be done by people.
"""
    )


def test_kind_of_command_of_a_run(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(loaded / "subscriptions.yaml", "manager: ana", "manager: ben")
    assert run("apply", "--auto-approve", "--as", "ben@acme.example") == 3
    assert run("account", "confirm", "--all") == 0
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {}\n  dee@acme.example: {}")
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, dee@acme.example]")
    assert run("apply", "--auto-approve") == 0, run.said
    assert run("account", "accept", "--user", "dee@acme.example") == 0
    buy = ["--order", "1", "--company", "Acme", "--manager", "ben@acme.example", "--product", "AutoCAD"]
    buy += ["--channel", "reseller", "--starts", "2026-01-01", "--ends", "2027-12-31", "--subscription", "574-1"]
    assert run("account", "purchase", *buy, "--seats", "4") == 0, run.said
    assert run("apply", "--undo", "4", "--auto-approve") == 0, run.said
    assert run("account", "runs") == 0
    assert (
        run.out
        == """\
   1  2026-11-21T12:00:00Z  the owner         load           1 step (serial 1)
   2  2026-11-21T12:00:00Z  ben@acme.example  apply          1 case opened (CASE-1)
   3  2026-11-21T12:00:00Z  the owner         confirm        1 step (serial 2)
   4  2026-11-21T12:00:00Z  the owner         apply          2 steps (serials 3 to 4)
   5  2026-11-21T12:00:00Z  dee@acme.example  accept         1 step (serial 5)
   6  2026-11-21T12:00:00Z  the owner         purchase       1 step (serial 6)
   7  2026-11-21T12:00:00Z  the owner         undo of run 4  1 step (serial 7)
"""
    )


def test_only_the_last_runs_are_named(invited: Path, run: Run) -> None:
    for number in range(5):
        replace_in(invited / "users.yaml", "first_name: Ana", f"first_name: Ana{number}")
        assert apply(run) == 0
        replace_in(invited / "users.yaml", f"first_name: Ana{number}", "first_name: Ana")
    assert run("plan", "--at", DAY, "--undo", "99") == 1
    assert "the last ones are 3 (" in run.err
    assert run.err.endswith("1 step) (`seatsync account runs` lists the earlier ones)\n")


def test_the_actor_sees_what_they_see(invited: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--undo", "2", "--as", "cho@acme.example") == 0
    assert "1 team or contract is hidden from this person and left out" in run.out
    assert run.out.endswith("Nothing to change: nothing of run 2 is left to undo in what cho@acme.example sees.\n")
    assert run("plan", "--at", DAY, "--undo", "2", "--as", "nobody@acme.example") == 1
    assert "ACCESS002" in run.out


def test_limited_to_a_team_the_rest_of_the_run_is_left(two_teams: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--undo", "2", "--team", "design") == 0
    assert run.out.endswith("Nothing to change: nothing of run 2 is left to undo in the selected teams.\n")


def test_work_lists_of_an_undo_list_what_remains(invited: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--undo", "2", "--by-person") == 0
    assert (
        run.out.partition("\n\n")[2]
        == """\
ana@acme.example, 1 step
    1. team design: remove dee@acme.example

1 thing that run 2 did cannot be undone:
  team design: invite dee@acme.example (the invitation was sent)

1 person, no hand-over.

Plan: 0 to add, 0 to change, 1 to remove.
"""
    )


@pytest.fixture(name="two_teams")
def _two_teams(loaded: Path, run: Run) -> Path:
    """Add a second team, and save a plan that removes Cho's seat in the first."""
    replace_in(loaded / "teams/design.yaml", "teams:\n", f"teams:\n{BUILD}")
    assert apply(run) == 0
    replace_in(
        loaded / "teams/design.yaml", SEATS, "      AutoCAD: [ben@acme.example]\n    members: [cho@acme.example]\n"
    )
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    return loaded


def meanwhile(folder: Path, run: Run, team: str) -> None:
    """Add a group to a team in the portal."""
    path = folder / "teams/design.yaml"
    kept = path.read_text(encoding="utf-8")
    replace_in(path, f"  {team}:\n", f"  {team}:\n    groups: {{cad: {{}}}}\n")
    assert apply(run, "--as", "ben@acme.example", "--team", team) == 0, run.err
    path.write_text(kept, encoding="utf-8")


def test_unrelated_changes_do_not_prevent_an_undo(two_teams: Path, run: Run) -> None:
    meanwhile(two_teams, run, "build")
    assert apply(run, "p.json") == 1
    assert run.said == (
        "",
        """\
1 change since serial 4:
     5  2026-11-21T12:00:00Z  ben@acme.example  team build: create group cad
seatsync: PLAN001: the account has changed since the plan was made (serial 4 then, 5 now), \
but nothing that the plan reads or writes; continue with `seatsync apply PLAN --rebase`, or plan again
""",
    )
    assert apply(run, "p.json", "--rebase") == 0
    assert run.err == (
        "the account has changed since the plan was made (serial 4 then, 5 now), but not what it touches; continuing\n"
    )
    assert run.out.endswith("Apply: 1 step done. The account is at serial 6 (run 4).\n")
    assert run("account", "log") == 0
    assert "  a plan made at serial 4 is applied at serial 5\n" in run.out


def test_changes_during_the_confirmation(two_teams: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    real, store = console.console, SqlTarget(SqliteFile("sqlite:///account.db", two_teams / "account.db"))
    groups = iter("abcdefghijklmnop")

    def ask(_: str) -> str:
        with store.session("ben@acme.example", Clock.at(DAY)) as session:
            steps = [Step.make("group.create", Scope("team", "build"), group=next(groups)) for _ in range(12)]
            session.perform([(step, False) for step in steps])
        return "yes"

    monkeypatch.setattr(console, "console", lambda **options: real(**options)._replace(interactive=True, ask=ask))
    assert run("apply", "p.json", "--at", DAY) == 1
    first, *lines, more, last, _ = run.err.split("\n")
    assert first == "12 changes since serial 4:"
    assert lines[9] == "    14  2026-11-21T12:00:00Z  ben@acme.example  team build: create group j"
    assert (len(lines), more) == (10, "  and 2 more; `seatsync account log` lists them")
    assert last.startswith("seatsync: PLAN001: ")


def test_changes_touching_the_plan_prevent_an_undo(two_teams: Path, run: Run) -> None:
    meanwhile(two_teams, run, "build")
    meanwhile(two_teams, run, "design")
    assert apply(run, "p.json", "--rebase") == 1
    assert run.said == (
        "",
        """\
3 changes since serial 4 (! marks those that touch what the plan reads or writes):
!    6  2026-11-21T12:00:00Z  ben@acme.example  team design: create group cad
!    7  2026-11-21T12:00:00Z  ben@acme.example  team design: take AutoCAD from cho@acme.example
     5  2026-11-21T12:00:00Z  ben@acme.example  team build: create group cad
seatsync: PLAN001: the account has changed since the plan was made (serial 4 then, 7 now), \
including something that the plan reads or writes; plan again
""",
    )
