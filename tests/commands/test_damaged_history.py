"""Commands that show a damaged history of an account warn and exit with 1."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in

DOUBT = "do not rely on the output above; run `seatsync account verify` for details\n"


@pytest.fixture(name="past")
def _past(loaded: Path, run: Run) -> Path:
    """Return an account with an invitation, a case and a mail."""
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {}\n  dee@acme.example: {}")
    replace_in(loaded / "teams/design.yaml", "    seats:", "    members: [dee@acme.example]\n    seats:")
    replace_in(loaded / "subscriptions.yaml", "contract_manager: ana", "contract_manager: ben")
    assert run("apply", "--at", DAY, "--auto-approve", "--as", "ben@acme.example") == 3
    return loaded


def damage(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "account.db")) as database, database:
        database.execute(statement)


@pytest.mark.parametrize(
    "command", ["log", "log --person dee@acme.example", "cases", "cases --all", "mail", "mail 1", "runs"]
)
def test_all_is_well(past: Path, run: Run, command: str) -> None:
    assert run("account", *command.split()) == 0
    assert run.err == ""
    assert "No " not in run.out


@pytest.mark.parametrize(
    ("statement", "problem"),
    [
        ("UPDATE audit SET actor = 'eve@acme.example' WHERE seq = 3", "audit entry 3 was altered"),
        ("UPDATE audit SET what = replace(what, 'dee@', 'eve@') WHERE seq = 3", "audit entry 3 was altered"),
        ("UPDATE audit SET at = '2026-11-20T00:00:00Z' WHERE seq = 1", "audit entry 1 was altered"),
        ("UPDATE audit SET hash = 'x' WHERE seq = 2", "audit entry 2 was altered"),
        ("DELETE FROM audit WHERE seq = 1", "audit entry 1 is missing"),
        ("DELETE FROM audit WHERE seq = 2", "audit entry 2 is missing"),
        ("UPDATE audit SET what = '{}' WHERE seq = 2", "audit entry 2 was altered"),
    ],
)
@pytest.mark.parametrize("command", ["log", "runs", "cases", "mail", "log --person ben@acme.example"])
def test_a_damaged_entry_of_the_log(past: Path, run: Run, statement: str, problem: str, command: str) -> None:
    damage(past, statement)
    assert run("account", *command.split()) == 1
    assert problem in run.err or "the log cannot be read" in run.err
    assert (run.out == "") is ("the log cannot be read" in run.err)
    assert run("account", "verify") == 1


@pytest.mark.parametrize(
    ("command", "statement", "problem"),
    [
        ("mail", "UPDATE outbox SET recipient = 'eve@acme.example'", "the outbox differs from the log"),
        ("mail 1", "UPDATE outbox SET body = 'Pay here.' WHERE id = 1", "the outbox differs from the log"),
        ("cases", "UPDATE cases SET opened_at = '2026-01-01T00:00:00Z'", "the cases differ from the log"),
        ("cases --all", "DELETE FROM cases", "the cases differ from the log"),
    ],
)
def test_records_that_differ_from_the_log(past: Path, run: Run, command: str, statement: str, problem: str) -> None:
    damage(past, statement)
    assert run("account", *command.split()) == 1
    assert run.err == f"sqlite:///account.db: {problem}; {DOUBT}"
    assert run.out != ""


def test_the_entries_are_shown_all_the_same(past: Path, run: Run) -> None:
    damage(past, "UPDATE audit SET actor = 'eve@acme.example' WHERE seq = 2")
    assert run("account", "log") == 1
    assert "eve@acme.example" in run.out.splitlines()[1]
    assert run.err == f"sqlite:///account.db: audit entry 2 was altered; {DOUBT}"
