"""Each rule of `examples/policy`, broken in the files of the example by one edit: the finding is where it should be."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from seatsync.expressions.cel import is_available
from tests.commands.running import Run, replace_in
from tests.console_blocks import ROOT

DAY = "2026-06-15"
EDITS = [
    (
        "POLICY101",
        "teams/structures.yaml",
        "primary_admin: ida@",
        "primary_admin: ana@",
        "people.yaml ana@acme.example",
    ),
    (
        "POLICY102",
        "teams/structures.yaml",
        "[mia@partner.example, ned@partner.example]",
        "[mia@partner.example]\n    sso_admins: [ned@partner.example]",
        "people.yaml ned@partner.example",
    ),
    (
        "POLICY103",
        "teams/structures.yaml",
        ", ned@partner.example]",
        "]\n    sso_admins: [ned@partner.example]",
        "teams/structures.yaml ned@partner.example",
    ),
    (
        "POLICY104",
        "teams/structures.yaml",
        "[jon@",
        "[kim@acme.example, jon@",
        "teams/structures.yaml kim@acme.example",
    ),
    (
        "POLICY105",
        "teams/structures.yaml",
        "{user: mia@partner.example, until: 2026-09-30}",
        "mia@partner.example",
        "teams/structures.yaml mia@partner.example",
    ),
    ("POLICY106", "teams/structures.yaml", "2026-09-30", "2027-09-30", "teams/structures.yaml mia@partner.example"),
    (
        "POLICY107",
        "teams/architecture.yaml",
        "    members: [hal",
        "    seats: {Vault: [gus@acme.example]}\n    members: [hal",
        "teams/architecture.yaml gus@acme.example",
    ),
    (
        "POLICY108",
        "teams/structures.yaml",
        "- ida@acme.example",
        "- cho@acme.example",
        "teams/structures.yaml cho@acme.example",
    ),
    (
        "POLICY109",
        "contracts/training.yaml",
        "users: [ola@",
        "users: [lea@acme.example, ola@",
        "contracts/training.yaml lea@acme.example",
    ),
    ("POLICY110", "teams/architecture.yaml", "bim:", "BIM:", "teams/architecture.yaml BIM"),
    (
        "POLICY111",
        "teams/architecture.yaml",
        "[ben@acme.example, cho@acme.example]\n    sso:",
        "[ben@acme.example]\n    sso_admins: [jon@acme.example, ida@acme.example]\n    sso:",
        "teams/architecture.yaml architecture",
    ),
    (
        "POLICY112",
        "subscriptions.yaml",
        "2026-12-31\n    price: {amount: 1935",
        "2026-08-14\n    price: {amount: 1935",
        'subscriptions.yaml "574-20000003"',
    ),
    (
        "POLICY113",
        "subscriptions.yaml",
        "    price: {amount: 3.00, currency: EUR, per: token}\n",
        "",
        'subscriptions.yaml "574-20000004"',
    ),
    (
        "POLICY114",
        "subscriptions.yaml",
        "tokens: 500\n    channel: reseller",
        "tokens: 500\n    channel: store",
        'subscriptions.yaml "574-20000004"',
    ),
    (
        "POLICY115",
        "contracts/training.yaml",
        "coordinator: lea@",
        "coordinator: kim@",
        'contracts/training.yaml "110004455667"',
    ),
    (
        "POLICY116",
        "subscriptions.yaml",
        "AutoCAD\n    offering: single-user\n    seats: 4",
        "AutoCAD\n    offering: single-user\n    seats: 7",
        "teams/structures.yaml AutoCAD",
    ),
    (
        "POLICY117",
        "teams/structures.yaml",
        "        - jon@acme.example\n",
        "",
        "teams/structures.yaml members",
    ),
    (
        "POLICY118",
        "subscriptions.yaml",
        "seats: 6\n    channel: reseller\n    contract_manager: kim@",
        "seats: 6\n    channel: reseller\n    contract_manager: lea@",
        "subscriptions.yaml lea@acme.example",
    ),
    (
        "POLICY119",
        "teams/architecture.yaml",
        "dee@acme.example, eli@acme.example, fay@acme.example, gus@acme.example]",
        "hal@acme.example]",
        "seatsync.yaml POLICY119",
    ),
    (
        "POLICY120",
        "subscriptions.yaml",
        "AutoCAD\n    offering: single-user\n    seats: 4",
        "AutoCAD\n    offering: single-user\n    seats: 10",
        "seatsync.yaml POLICY120",
    ),
]

BESIDES = {
    "POLICY117": [("secondary_admins: [jon@acme.example]", "secondary_admins: []")],
    "POLICY119": [
        ("dee@acme.example, eli@acme.example]\n", "hal@acme.example]\n"),
        ("hal@acme.example, lea@acme.example", ""),
        ("[ben@acme.example, cho@acme.example]\n    sso", "[cho@acme.example]\n    sso"),
    ],
}
"""Further edits of the same file, where one is not enough."""

pytestmark = pytest.mark.skipif(not is_available(), reason="cel-expr-python, of the extra `policy`, is not installed")


@pytest.fixture(name="company")
def _company(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "policy"
    shutil.copytree(ROOT / "examples" / "policy", folder, ignore=shutil.ignore_patterns(".seatsync"))
    monkeypatch.chdir(folder)
    return folder


def found(run: Run, *command: str) -> list[dict[str, Any]]:
    run(*command, "--format", "json", "--at", DAY)
    findings: list[dict[str, Any]] = json.loads(run.out)["findings"]
    return findings


@pytest.mark.parametrize(("code", "file", "old", "new", "there"), EDITS, ids=[edit[0] for edit in EDITS])
def test_a_rule_is_broken(run: Run, company: Path, code: str, file: str, old: str, new: str, there: str) -> None:
    assert found(run, "validate") == []
    command = "validate"
    if code >= "POLICY117":
        command = "plan"
        assert run("account", "create", "--name", "acme", "--at", DAY) == 0
        assert run("account", "load", "account.yaml", "--at", DAY) == 0
        assert found(run, command) == []
    for before, after in (*BESIDES.get(code, ()), (old, new)):
        replace_in(company / file, before, after)
    places = []
    for each in found(run, command):
        if each["code"] == code:
            line = (company / each["file"]).read_text(encoding="utf-8").splitlines()[each["line"] - 1]
            places.append(f"{each['file']} {line[each['column'] - 1 : each['end_column'] - 1]}")
    assert places == [there]


def test_every_rule_is_broken_once(run: Run, company: Path) -> None:
    run("policy", "test", "--format", "json")
    assert [rule["code"] for rule in json.loads(run.out)["rules"]] == [edit[0] for edit in EDITS]
