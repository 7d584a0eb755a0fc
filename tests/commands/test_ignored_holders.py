"""STEP008: an ignored person holds a role for which somebody else is declared."""

from __future__ import annotations

import json
from pathlib import Path

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
STOP_IGNORING = "remove ana@acme.example from `ignore.users`"
OR_NOBODY = ", or declare nobody for the role to leave it unchanged"


def test_each_way_out_is_one_that_validate_accepts(tmp_path: Path, run: Run) -> None:
    project = "version: 1\naccount: acme\ntarget: file:have.yaml\ninclude: [want.yaml]\n"
    (tmp_path / "seatsync.yaml").write_text(f"{project}policy: {{ignore: {{users: ['ana@*']}}}}\n")
    (tmp_path / "have.yaml").write_text("account: acme\n" + PEOPLE + ACCOUNT.replace("HOLDER", "ana@acme.example"))
    wanted = ACCOUNT.replace("HOLDER", "ben@acme.example").replace(", ana@acme.example]", "]")
    (tmp_path / "want.yaml").write_text(PEOPLE.replace("ana@acme.example: {}, ", "") + wanted)
    assert run("-C", str(tmp_path), "plan", "--format", "json", "--at", "2026-06-15") == 0
    found = {finding["message"].split(": ")[0]: finding["hint"] for finding in json.loads(run.out)["findings"]}
    start = "ben@acme.example cannot become"
    assert found == {
        f"{start} primary admin of team design": STOP_IGNORING + OR_NOBODY,
        f"{start} contract manager of subscription 574-1": STOP_IGNORING,
        f"{start} contract manager of contract 110": STOP_IGNORING,
        f"{start} software coordinator of contract 110": STOP_IGNORING + OR_NOBODY,
    }
