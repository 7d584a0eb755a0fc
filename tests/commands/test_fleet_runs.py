"""Commands of a fleet that run: outcomes, what is not run again, approvals, and the queue of a file."""

from __future__ import annotations

import json
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest

from seatsync.clock import Clock
from seatsync.commands import validate
from seatsync.commands.shared import console as consoles
from seatsync.commands.shared.fleet import account_work
from seatsync.commands.shared.fleet.apply_work import Recorded
from seatsync.commands.shared.fleet.fleet_run import log_of
from seatsync.commands.shared.fleet.front import reports_of
from seatsync.commands.shared.fleet.inner import Inner
from seatsync.fleet.app_calls import AppCalls, app_calls
from seatsync.fleet.run_values import Attempt, Result
from seatsync.targets.target import open_target
from tests.commands.fleets import small_fleet
from tests.commands.running import Run, replace_in
from tests.documents import checked


@pytest.fixture(name="fleet")
def _fleet(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a fleet of two accounts, of which one has something to change."""
    monkeypatch.setenv("SEATSYNC_AT", "2026-11-21")
    small_fleet(folder)
    replace_in(
        folder / "customers/acme/teams/design.yaml", "[ben@acme.example, cho@acme.example]", "[ben@acme.example]"
    )
    return folder


def test_every_account_is_validated(fleet: Path, run: Run) -> None:
    assert run("fleet", "validate") == 0, run.said
    assert run.out == "acme  valid\nbolt  valid\n\n2 accounts: 2 valid.\n"
    replace_in(fleet / "customers/bolt/teams/design.yaml", "AutoCAD", "AutoCADD")
    assert run("fleet", "validate") == 1
    assert run.out.startswith("acme  valid   unchanged\nbolt  errors  teams/design.yaml:6: SEAT002 ")
    assert run.out.endswith("\n\n2 accounts: 1 with errors, 1 valid, 1 unchanged since the last run.\n")


def test_every_account_is_planned_and_only_what_has_changed_again(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0, run.said
    first = "acme  changes     1 to remove\nbolt  no changes\n\n2 accounts: 1 with changes, 1 without changes.\n"
    assert run.out == first
    assert run("fleet", "plan", "--detailed-exitcode") == 2
    assert run.out == (
        "acme  changes     1 to remove; unchanged\nbolt  no changes  unchanged\n\n"
        "2 accounts: 1 with changes, 1 without changes, 2 unchanged since the last run.\n"
    )
    assert run("fleet", "plan", "--again") == 0
    assert run.out == first
    assert run("fleet", "plan", "--at", "2026-11-22") == 0
    assert run.out == first
    replace_in(fleet / "customers/bolt/users.yaml", "Silva", "Souza")
    assert run("fleet", "plan") == 0
    assert run.out == (
        "acme  changes  1 to remove; unchanged\nbolt  changes  1 to change\n\n"
        "2 accounts: 2 with changes, 1 unchanged since the last run.\n"
    )


def test_a_change_of_the_account_alone_is_planned_again(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0
    assert run("-C", "customers/acme", "apply", "--auto-approve") == 0
    assert run("fleet", "plan") == 0
    assert run.out == (
        "acme  no changes\nbolt  no changes  unchanged\n\n"
        "2 accounts: 2 without changes, 1 unchanged since the last run.\n"
    )


def test_an_account_that_fails_does_not_keep_others_from_their_run(fleet: Path, run: Run) -> None:
    (fleet / "customers/acme/account.db").write_text("no database")
    assert run("fleet", "plan") == 1
    assert run.out == (
        "acme  failed      sqlite:///account.db: the file is not an account, or damaged; check the target, or restore"
        " it from a backup\nbolt  no changes\n\n2 accounts: 1 failed, 1 without changes.\n"
    )


def test_everything_is_applied_at_once_if_that_is_asked_for(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply", "--auto-approve", "--format", "json") == 0, run.said
    document = checked(run.out, "fleet-run")
    assert [(each["account"], each["outcome"], each["message"]) for each in document["accounts"]] == [
        ("acme", "applied", "1 step done"),
        ("bolt", "no-changes", None),
    ]
    assert run("fleet", "plan") == 0
    assert run.out == "acme  no changes\nbolt  no changes\n\n2 accounts: 2 without changes.\n"


def test_drift_and_refresh(fleet: Path, run: Run) -> None:
    assert run("fleet", "drift") == 0, run.said
    assert run.out == "acme  changes     3 in git\nbolt  no changes\n\n2 accounts: 1 with changes, 1 without changes.\n"
    assert run("fleet", "refresh") == 0, run.said
    assert run.out == (
        "acme  no portal  the project has no portal to look at\n"
        "bolt  no portal  the project has no portal to look at\n\n2 accounts: 2 without portal.\n"
    )


def test_only_selected_accounts_are_run(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan", "--select", "region=us") == 0, run.said
    assert run.out == "bolt  no changes\n\n1 account: 1 without changes.\n"


def test_a_target_of_the_environment_is_not_that_of_every_account(
    fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATSYNC_TARGET", "sqlite:///elsewhere.db")
    assert run("fleet", "plan") == 0, run.said


def test_workers_are_processes(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan", "--workers", "2") == 0, run.said
    assert (
        run.out == "acme  changes     1 to remove\nbolt  no changes\n\n2 accounts: 1 with changes, 1 without changes.\n"
    )


def test_changes_wait_for_an_approval_of_their_intent(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3, run.said
    waits = "acme  waits for approval  1 to remove; approve it with `seatsync fleet approve acme`\n"
    assert run.out == f"{waits}bolt  no changes\n\n2 accounts: 1 waiting for approval, 1 without changes.\n"
    assert run("fleet", "apply") == 3
    assert run.out.startswith(waits.replace("acme`", "acme`; unchanged"))
    assert run("fleet", "approve", "bolt") == 1
    assert run.err == (
        "seatsync: account bolt has no plan that waits for an approval; run `seatsync fleet plan` or"
        " `seatsync fleet apply`\n"
    )
    assert run("fleet", "approve", "acme", "--as", "ana@acme.example") == 0
    assert run.out == "acme  applied  1 step done\n\n1 account: 1 applied.\n"
    assert run("fleet", "apply") == 0
    assert run.out.startswith("acme  applied     1 step done; unchanged\nbolt  no changes  unchanged\n\n2 accounts: ")


@pytest.mark.parametrize("words", [["*"], ["--select", "region=eu"], ["--select", "*"], ["acme", "b*"]])
def test_what_a_pattern_or_label_chooses_is_approved_where_it_waits(fleet: Path, run: Run, words: list[str]) -> None:
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve", *words) == 0, run.said
    assert run.out == "acme  applied  1 step done\n\n1 account: 1 applied.\n"
    assert run("fleet", "approve", *words) == 1
    beginning = "account acme" if "acme" in words else "no selected account"
    assert run.err.startswith(f"seatsync: {beginning} has no plan that waits for an approval; ")


def test_nothing_is_approved_that_nobody_names(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve") == 1
    assert run.err == "seatsync: name the accounts whose plans you approve, or choose them with --select\n"


def test_a_plan_with_errors_says_what_it_leaves_out(fleet: Path, run: Run) -> None:
    replace_in(fleet / "customers/acme/teams/design.yaml", "[ben@acme.example]", "[nobody@acme.example]")
    line = "acme  errors      left out: team design (REF001)\n"
    for command in (["plan"], ["apply", "--auto-approve", "--again"], ["apply", "--again"]):
        assert run("fleet", *command) == 1
        assert run.out.startswith(line), command


def test_a_failure_is_an_error_in_the_log(fleet: Path, run: Run) -> None:
    (fleet / "customers/acme/account.db").write_text("no database")
    assert run("fleet", "plan") == 1
    assert run.err == "", "the table of the command has it"
    assert run("fleet", "plan", "--log-format", "json") == 1
    records = [json.loads(line) for line in run.err.splitlines()]
    assert [each["account"] for each in records if each["level"] == "error"] == ["acme"]


def test_a_worker_which_nothing_else_answers_for_logs_failures_in_text() -> None:
    err = StringIO()
    console = consoles.console()._replace(err=err)
    attempt = Attempt("plan-acme-1", "acme", "plan", {}, 1, 1, 1, None)
    for answered in (False, True):
        reports = reports_of(console, log_of(console, "text", answered=answered))
        reports.began(attempt)
        reports.ended(attempt, Result("failed", 1, "errors", "a.yaml:1: REF001 wrong"))
    assert len(err.getvalue().splitlines()) == 1
    assert err.getvalue().endswith("a.yaml:1: REF001 wrong\n")


def test_an_approval_does_not_count_for_another_plan(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3
    replace_in(fleet / "customers/acme/users.yaml", "Silva", "Souza")
    assert run("fleet", "approve", "acme") == 3
    assert run.out.startswith("acme  waits for approval  1 to change, 1 to remove; ")
    assert run("fleet", "approve", "acme", "--intent", "sha256:0") == 1
    assert run("fleet", "approve", "acme") == 0


def test_what_was_shown_last_is_what_is_approved(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3
    replace_in(fleet / "customers/acme/users.yaml", "Silva", "Souza")
    assert run("fleet", "plan") == 0
    assert run("fleet", "approve", "acme") == 1
    assert re.fullmatch(
        r"seatsync: account acme waits with another plan \(intent sha256:\w+\) than the one that was shown last"
        r" \(sha256:\w+\); run `seatsync fleet apply`, and approve what it shows\n",
        run.err,
    )
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve", "acme") == 0


def test_an_approval_counts_once(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve", "acme") == 0
    before = (fleet / "customers/acme/teams/design.yaml").read_text()
    again = before.replace("AutoCAD: [ben@acme.example]", "AutoCAD: [ben@acme.example, cho@acme.example]")
    (fleet / "customers/acme/teams/design.yaml").write_text(again)
    assert run("fleet", "apply", "--auto-approve") == 0
    (fleet / "customers/acme/teams/design.yaml").write_text(before)
    assert run("fleet", "apply") == 3, run.said


def test_a_plan_can_be_approved_and_then_applied(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan", "--out", "plans") == 0
    assert [path.name for path in (fleet / "plans").iterdir()] == ["acme.json"]
    assert run("show", "plans/acme.json") == 0
    assert run("fleet", "approve", "acme") == 0
    assert run.out == "acme  applied  1 step done\n\n1 account: 1 applied.\n"


def test_a_saved_plan_goes_when_its_account_has_none_any_more(fleet: Path, run: Run) -> None:
    """Other files stay, and so do the plans of accounts that are not planned."""
    assert run("fleet", "plan", "--out", "plans") == 0
    (fleet / "plans/gone.json").write_bytes((fleet / "plans/acme.json").read_bytes())
    (fleet / "plans/bolt.json").write_text('{"format": "of somebody else"}')
    assert run("fleet", "apply", "--auto-approve") == 0
    assert run("fleet", "plan", "--out", "plans", "--select", "bolt") == 0
    assert sorted(path.name for path in (fleet / "plans").iterdir()) == ["acme.json", "bolt.json", "gone.json"]
    assert run("fleet", "plan", "--out", "plans") == 0
    assert sorted(path.name for path in (fleet / "plans").iterdir()) == ["bolt.json", "gone.json"]


def test_a_saved_plan_that_cannot_be_read_is_not_taken_for_none(fleet: Path, run: Run) -> None:
    (fleet / "plans").mkdir()
    (fleet / "plans/bolt.json").symlink_to("bolt.json")
    assert run("fleet", "plan", "--out", "plans") == 1
    assert "plans/bolt.json: the plan of an earlier run cannot be deleted (too many" in run.err


def test_as_many_approvals_as_the_project_requires(fleet: Path, run: Run) -> None:
    required = ("--require-approval", "2", "--author", "zoe@acme.example")
    assert run("fleet", "apply", *required) == 3, run.said
    assert run.out.startswith("acme  waits for approval  1 to remove; 0 of 2 approvals; ana@acme.example")
    assert run("fleet", "approve", "acme", "--as", "ana@acme.example") == 3
    assert run.out.startswith("acme  waits for approval  1 to remove; 1 of 2 approvals; ben@acme.example")
    assert run("fleet", "approve", "acme", "--as", "zoe@acme.example") == 3
    assert run("fleet", "approve", "acme", "--as", "ben@acme.example") == 0, run.said
    assert run.out == "acme  applied  1 step done\n\n1 account: 1 applied.\n"


def test_an_approval_counts_also_if_the_run_that_was_to_use_it_was_stopped(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve", "acme", "--workers", "0") == 0, run.said
    assert run.out == "acme  queued\n\n1 account: 1 queued.\n"
    with closing(sqlite3.connect(fleet / ".seatsync/fleet.db")) as store, store:
        store.execute("UPDATE fleet_run SET state = 'stopped' WHERE state = 'queued'")
    assert run("fleet", "apply") == 0, run.said
    assert run.out.startswith("acme  applied     1 step done\n")


def test_the_options_for_help_are_kept_where_a_fleet_ran_the_command(
    fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(validate.run, "_help_option", None)  # as click remembers it from the first use
    assert run("fleet", "validate") == 0, run.said
    assert run("validate", "-h") == 0
    assert "  -h, --help " in run.out


@pytest.mark.parametrize(("number", "code"), [(signal.SIGKILL, -9), (signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_next_run_goes_on_after_one_that_ended(fleet: Path, run: Run, number: signal.Signals, code: int) -> None:
    held = open_target("sqlite:///account.db", fleet / "customers/acme", {})
    shutil.copytree(fleet / "customers/acme", fleet / "customers/last")
    command = [sys.executable, "-m", "seatsync", "-v", "fleet", "apply", "--auto-approve"]
    with held.session(None, Clock.at("2026-11-21")):  # or the run may end before the signal comes
        ended = subprocess.Popen(command, cwd=fleet, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        assert ended.stderr is not None
        finished = 0
        while finished < 2:  # the accounts that are not held
            line = ended.stderr.readline()
            assert line
            finished += "apply finished" in line
        ended.send_signal(number)
        _, said = ended.communicate()
    assert ended.returncode == code, said
    if code > 0:
        assert said.endswith("seatsync: interrupted; 1 account left; the same command goes on\n")
    assert run("fleet", "apply", "--auto-approve") == 0, run.said
    assert [steps(fleet / f"customers/{name}") for name in ("acme", "last", "bolt")] == [1, 1, 0]


def steps(project: Path) -> int:
    """Return the number of steps in the log of an account since it was loaded."""
    with closing(sqlite3.connect(project / "account.db")) as store:
        [[serial]] = store.execute("SELECT serial FROM meta")
    return int(serial) - 1


def test_commands_on_an_account_know_the_store_of_the_fleet(
    fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In which calls of the vendor's apps are counted."""
    seen: list[AppCalls | None] = []

    def validated(inner: Inner, _: Recorded) -> Result:
        seen.append(app_calls(inner.console.environment, "app"))
        return Result("done", 0, "valid", "")

    monkeypatch.setattr(account_work, "_WORK", {"validate": validated})
    assert run("fleet", "validate", "--select", "acme") == 0, run.said
    assert seen == [AppCalls(f"sqlite:///{fleet}/.seatsync/fleet.db", "app")]


def test_an_account_with_another_target_is_planned_again(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0
    shutil.copy(fleet / "customers/bolt/account.db", fleet / "customers/bolt/moved.db")
    (fleet / "fleet.yaml").write_text("accounts: accounts.csv\n")
    (fleet / "accounts.csv").write_text("account,folder,target\nbolt,customers/bolt,sqlite:///moved.db\n")
    assert run("fleet", "plan") == 0
    assert run.out == "bolt  no changes\n\n1 account: 1 without changes.\n"


def test_runs_that_no_worker_is_left_for_are_stopped(fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    assert run("fleet", "plan", "--workers", "2") == 1
    assert run.out == "acme  stopped  stopped\nbolt  stopped  stopped\n\n2 accounts: 2 stopped.\n"


@pytest.mark.usefixtures("fleet")
def test_a_worker_of_a_command_ends_when_that_has_ended() -> None:
    words = ["fleet", "worker", "--of", "0"]  # never the parent of a process
    subprocess.run([sys.executable, "-m", "seatsync", *words], check=True, capture_output=True)


@pytest.mark.parametrize("changed", [True, False])
def test_what_is_left_of_an_approved_plan_is_applied_unless_files_have_changed(
    fleet: Path, run: Run, *, changed: bool
) -> None:
    users = fleet / "customers/acme/users.yaml"
    replace_in(users, "Silva", "Souza")
    assert run("fleet", "apply") == 3
    assert run("fleet", "approve", "acme", "--workers", "0") == 0
    with closing(sqlite3.connect(fleet / ".seatsync/fleet.db")) as store, store:
        store.execute(
            "UPDATE fleet_run SET state = 'running', starts = 1, plan = (SELECT plan FROM fleet_run"
            " WHERE state = 'waiting') WHERE state = 'queued'"
        )
        store.execute("UPDATE fleet_approval SET used_by = (SELECT key FROM fleet_run WHERE state = 'running')")
    if changed:
        replace_in(users, "Souza", "Silva")
    assert run("fleet", "apply") == int(changed), run.said
    assert run.out.startswith(
        "acme  failed      the account or its files changed while its approved plan was carried out; plan and approve"
        if changed
        else "acme  applied     2 steps done\n"
    )


def test_runs_that_ended_long_ago_are_forgotten_except_the_last(fleet: Path, run: Run) -> None:
    """A command forgets them, with their workflows in the queue."""

    def kept() -> tuple[list[str], int]:
        with closing(sqlite3.connect(fleet / ".seatsync/fleet.db")) as database:
            runs = database.execute("SELECT account FROM fleet_run ORDER BY account").fetchall()
            (workflows,) = database.execute("SELECT count(*) FROM workflow_status").fetchone()
            return [account for (account,) in runs], workflows

    assert run("fleet", "plan", "--again") == run("fleet", "plan", "--again") == 0
    assert kept() == (["acme", "acme", "bolt", "bolt"], 4)
    with closing(sqlite3.connect(fleet / ".seatsync/fleet.db")) as database, database:
        database.execute("UPDATE fleet_run SET ended_at = ended_at - 91 * 86400000")
    assert run("fleet", "plan") == 0
    assert run.out.endswith("2 unchanged since the last run.\n")
    assert run("fleet", "plan", "--again", "--select", "acme") == 0
    assert kept() == (["acme", "acme", "bolt"], 3)
