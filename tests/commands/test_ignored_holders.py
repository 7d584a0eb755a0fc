"""STEP008: an ignored person holds a role for which somebody else is declared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import Run

PEOPLE = "users: {ana@acme.example: {}, ben@acme.example: {}}\n"
ACCOUNT = """\
teams: {design: {primary_admin: HOLDER, members: [ben@acme.example, ana@acme.example]}}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: HOLDER, starts: 2026-01-01, ends: 2027-12-31}
contracts:
  "110": {contract_manager: HOLDER, software_coordinator: HOLDER, license_type: perpetual, channel: reseller,
          products: {Maya: {seats: 1, serial: 123-45678901}}, members: [ben@acme.example, ana@acme.example]}
"""
ANA = "ignore: {users: ['ana@*']}"
POLICY, TEAM, CONTRACT = "`policy.ignore.users`", "`ignore.users` of team design", "`ignore.users` of contract 110"
OR_NOBODY = ", or declare nobody for the role to leave it unchanged"


@pytest.mark.parametrize(
    ("policy", "own", "of_team", "of_contract"),
    [
        (f"policy: {{{ANA}}}\n", "", POLICY, POLICY),
        ("", f"{ANA}, ", TEAM, CONTRACT),
        (f"policy: {{{ANA}}}\n", f"{ANA}, ", f"{POLICY} or {TEAM}", f"{POLICY} or {CONTRACT}"),
        (f"policy: {{{ANA}}}\n", "prune: [seats], ", POLICY, POLICY),
    ],
)
def test_each_way_out_is_one_that_validate_accepts(
    policy: str, own: str, of_team: str, of_contract: str, tmp_path: Path, run: Run
) -> None:
    project = "version: 1\naccount: acme\ntarget: file:have.yaml\ninclude: [want.yaml]\n"
    (tmp_path / "seatsync.yaml").write_text(project + policy)
    (tmp_path / "have.yaml").write_text("account: acme\n" + PEOPLE + ACCOUNT.replace("HOLDER", "ana@acme.example"))
    wanted = ACCOUNT.replace("HOLDER", "ben@acme.example").replace(", ana@acme.example]", "]")
    wanted = wanted.replace("{primary_admin", f"{{{own}primary_admin").replace('"110": {', f'"110": {{{own}')
    (tmp_path / "want.yaml").write_text(PEOPLE.replace("ana@acme.example: {}, ", "") + wanted)
    assert run("-C", str(tmp_path), "plan", "--format", "json", "--at", "2026-06-15") == 0
    found = {finding["message"]: finding["hint"] for finding in json.loads(run.out)["findings"]}
    roles = (
        ("primary admin", "team design", of_team, OR_NOBODY),
        ("contract manager", "subscription 574-1", of_team, ""),
        ("contract manager", "contract 110", of_contract, ""),
        ("software coordinator", "contract 110", of_contract, OR_NOBODY),
    )
    assert found == {
        f"ben@acme.example cannot become {role} of {where}: its present {role}, ana@acme.example, is ignored": (
            f"correct the pattern in {fields}{otherwise}"
        )
        for role, where, fields, otherwise in roles
    }
