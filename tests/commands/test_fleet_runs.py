"""Commands of a fleet that run: outcomes, what is not run again, approvals, and the queue of a file."""

from __future__ import annotations

from pathlib import Path

import pytest

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
    assert run.out.endswith("\n\n2 accounts: 1 errors, 1 valid, 1 unchanged since the last run.\n")


def test_every_account_is_planned_and_only_what_has_changed_again(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0, run.said
    first = "acme  changes     1 to remove\nbolt  no changes\n\n2 accounts: 1 changes, 1 no changes.\n"
    assert run.out == first
    assert run("fleet", "plan", "--detailed-exitcode") == 2
    assert run.out == (
        "acme  changes     1 to remove; unchanged\nbolt  no changes  unchanged\n\n"
        "2 accounts: 1 changes, 1 no changes, 2 unchanged since the last run.\n"
    )
    assert run("fleet", "plan", "--again") == 0
    assert run.out == first
    assert run("fleet", "plan", "--at", "2026-11-22") == 0
    assert run.out == first
    replace_in(fleet / "customers/bolt/users.yaml", "Silva", "Souza")
    assert run("fleet", "plan") == 0
    assert run.out == (
        "acme  changes  1 to remove; unchanged\nbolt  changes  1 to change\n\n"
        "2 accounts: 2 changes, 1 unchanged since the last run.\n"
    )


def test_a_change_of_the_account_alone_is_planned_again(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan") == 0
    assert run("-C", "customers/acme", "apply", "--auto-approve") == 0
    assert run("fleet", "plan") == 0
    assert run.out == (
        "acme  no changes\nbolt  no changes  unchanged\n\n2 accounts: 2 no changes, 1 unchanged since the last run.\n"
    )


def test_an_account_that_fails_does_not_keep_others_from_their_run(fleet: Path, run: Run) -> None:
    (fleet / "customers/acme/account.db").write_text("no database")
    assert run("fleet", "plan") == 1
    assert run.out == (
        "acme  failed      sqlite:///account.db: the file is not an account, or damaged; check the target, or restore"
        " it from a backup\nbolt  no changes\n\n2 accounts: 1 failed, 1 no changes.\n"
    )


def test_everything_is_applied_at_once_if_that_is_asked_for(fleet: Path, run: Run) -> None:
    assert run("fleet", "apply", "--auto-approve", "--format", "json") == 0, run.said
    document = checked(run.out, "fleet-run")
    assert [(each["account"], each["outcome"], each["message"]) for each in document["accounts"]] == [
        ("acme", "applied", "1 step done"),
        ("bolt", "no-changes", None),
    ]
    assert run("fleet", "plan") == 0
    assert run.out == "acme  no changes\nbolt  no changes\n\n2 accounts: 2 no changes.\n"


def test_drift_and_refresh(fleet: Path, run: Run) -> None:
    assert run("fleet", "drift") == 0, run.said
    assert run.out == "acme  changes     3 in git\nbolt  no changes\n\n2 accounts: 1 changes, 1 no changes.\n"
    assert run("fleet", "refresh") == 0, run.said
    assert run.out == (
        "acme  no portal  the project has no portal to look at\n"
        "bolt  no portal  the project has no portal to look at\n\n2 accounts: 2 no portal.\n"
    )


def test_only_selected_accounts_are_run(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan", "--select", "region=us") == 0, run.said
    assert run.out == "bolt  no changes\n\n1 account: 1 no changes.\n"


def test_a_target_of_the_environment_is_not_that_of_every_account(
    fleet: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEATSYNC_TARGET", "sqlite:///elsewhere.db")
    assert run("fleet", "plan") == 0, run.said


def test_workers_are_processes(fleet: Path, run: Run) -> None:
    assert run("fleet", "plan", "--workers", "2") == 0, run.said
    assert run.out == "acme  changes     1 to remove\nbolt  no changes\n\n2 accounts: 1 changes, 1 no changes.\n"
