"""One changed seat and one finding pass few modules, and their pages name each of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.modules_run import ROOT, modules_run

AROUND = ("cli", "commands", "reporting")
"""Rooms before the YAML is read and after the step is executed."""
MOST = 66


@pytest.fixture
def handover(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository whose account is as declared, except for a new seat of Revit for Cho."""
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    folder = tmp_path / "handover"
    shutil.copytree(ROOT / "examples/handover", folder, ignore=shutil.ignore_patterns(".seatsync"))
    modules_run(folder, "account", "create", "--name", "acme")
    modules_run(folder, "account", "load", "account.yaml")
    team = folder / "teams/design.yaml"
    team.write_text(team.read_text().replace("[dee@acme.example]", "[dee@acme.example, cho@acme.example]"))
    return folder


def named_in(page: str) -> set[str]:
    return set(re.findall(r"`(seatsync/[a-z_/]+\.py)`", (ROOT / "docs" / page).read_text(encoding="utf-8")))


def test_one_changed_seat(handover: Path) -> None:
    passed = modules_run(handover, "apply", "--auto-approve")
    assert "seatsync/account/actions/seat_actions.py" in passed  # the step was executed
    assert [module for module in passed if module not in named_in("one-change.md")] == []
    assert len([module for module in passed if module.split("/")[1] not in AROUND]) <= MOST


def test_one_finding(handover: Path) -> None:
    bought = handover / "subscriptions.yaml"
    bought.write_text(bought.read_text().replace("seats: 10", "seats: 1"))
    passed = modules_run(handover, "validate")
    assert "seatsync/reporting/findings/findings_text.py" in passed  # there was a finding to show
    assert [module for module in passed if module not in named_in("one-finding.md")] == []
