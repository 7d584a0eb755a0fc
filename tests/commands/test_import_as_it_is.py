"""Accounts that break rules: imported with suppressions, and planned without steps."""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings

from seatsync.account.model import Account
from seatsync.commands.shared.new_repository import findings_in, suppressible_errors
from seatsync.declaration.writing.write import repository_files, snapshot_text
from tests.chance import chances
from tests.commands.running import Run, replace_in, write
from tests.planning.states import DAY, PEOPLE, pair

HAVE = """\
account: acme
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}
teams:
  design:
    primary_admin: ana@acme.example
    seats: {AutoCAD: [ben@acme.example, cho@acme.example], Revit: [ben@acme.example]}
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 1, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  "2": {team: design, product: Revit, offering: single-user, seats: 1, channel: store,
        contract_manager: ana@acme.example, starts: 2025-01-01, ends: 2025-12-31}
"""
TOLD = """
The account already breaks these rules; `policy.suppress` in seatsync.yaml suppresses them:
  teams/design.yaml:6:7: SEAT001 team design assigns 2 seats of AutoCAD, but its pool holds 1 on 2026-06-15
  teams/design.yaml:9:7: SEAT003 team design assigns Revit, but no subscription to it is in term on 2026-06-15: \
2 ended on 2025-12-31
"""


@pytest.fixture(name="there")
def _there(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    write(folder, {"have.yaml": HAVE})
    return folder


def test_import_suppresses_and_reports_rule_violations(there: Path, run: Run) -> None:
    assert run("import", "file:have.yaml", "--out", "new") == 0
    assert run.out.endswith(TOLD)
    assert (
        (there / "new/seatsync.yaml")
        .read_text()
        .endswith(
            """\
policy:
  suppress:
    - {code: SEAT001, reason: as imported on 2026-06-15, team: design, product: AutoCAD}
    - {code: SEAT003, reason: as imported on 2026-06-15, team: design, product: Revit}
"""
        )
    )
    assert run("validate", "new") == 0
    assert run("plan", "new", "--detailed-exitcode") == 0, run.said
    assert run("fmt", "--check", "new") == 0
    team = there / "new/teams/design.yaml"
    replace_in(team, "ana@acme.example\n", "ana@acme.example\n    secondary_admins: [ben@acme.example]\n")
    assert run("plan", "new") == 0  # a real change is planned
    assert run.out.endswith("Plan: 1 to add, 0 to change, 0 to remove.\n")


def test_init_reports_it_too(there: Path, run: Run) -> None:
    assert run("init", "new", "--from", "file:have.yaml") == 0
    assert TOLD in run.out


def broken(random: Random, account: Account) -> None:
    """Make an account break rules, as purchases and changes elsewhere may."""
    for key, sub in sorted(account.subscriptions.items()):
        if random.random() < 0.3:
            account.subscriptions[key] = sub._replace(starts="2025-01-01", ends="2025-12-31")
        elif random.random() < 0.3 and sub.seats is not None:
            account.subscriptions[key] = sub._replace(seats=random.randint(0, sub.seats))
    for contract in account.contracts.values():
        if random.random() < 0.5:
            contract.members = set(contract.members) | {user for user in PEOPLE if user in account.users}
            contract.services = {name: set(contract.members) for name in contract.services}
            contract.products = {name: each._replace(seats=0) for name, each in contract.products.items()}


@given(random=chances())
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_imported_account_has_no_planned_change(
    random: Random, tmp_path_factory: pytest.TempPathFactory, run: Run
) -> None:
    account, _ = pair(random)
    broken(random, account)
    folder = tmp_path_factory.mktemp("account")
    (folder / "have.yaml").write_text(snapshot_text(account))
    assert run("import", f"file:{folder}/have.yaml", "--out", str(folder / "new"), "--at", DAY) == 0, run.said
    assert run("plan", str(folder / "new"), "--format", "json", "--at", DAY) == 0, run.said
    plan = json.loads(run.out)
    assert {step["action"] for step in plan["steps"]} <= {"user.resend_invitation"}
    assert plan["findings"] == []
    assert plan["unmanaged"] == []


def test_random_accounts_break_rules() -> None:
    """Check that the test above can fail."""
    codes = set()
    for seed in range(40):
        random = Random(seed)
        account, _ = pair(random)
        broken(random, account)
        codes |= {finding.code for finding in suppressible_errors(findings_in(repository_files(account, None), DAY))}
    assert {"SEAT001", "SEAT003", "CLASSIC003", "CLASSIC004", "CLASSIC005"} <= codes
