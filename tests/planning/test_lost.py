"""What is lost when people leave a team of the real account: hubs and projects, which the model has not."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.planning.plan import LOST, to_json
from seatsync.planning.plan_file import from_json
from seatsync.reporting.formats import PLANS, RenderOptions
from seatsync.reporting.terminal import PLAIN
from tests.planning.words import plan_of

USERS = "users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}\n"
NOW = """\
users: {ana@acme.example: {}, ben@acme.example: {}, cho@acme.example: {}}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example], members: [cho@acme.example]}
  old: {primary_admin: ana@acme.example}
contracts:
  "110": {contract_manager: ana@acme.example, license_type: perpetual, channel: store, members: [cho@acme.example],
          products: {AutoCAD 2019: {seats: 1, serial: 123-45678901}}}
"""
WANTED = """\
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
contracts:
  "110": {contract_manager: ana@acme.example, license_type: perpetual, channel: store,
          products: {AutoCAD 2019: {seats: 1, serial: 123-45678901}}}
"""
POLICY = "max_removals: 100%, prune: [teams, members, seats, admins, groups]"


def test_departures_from_teams_have_a_warning(tmp_path: Path) -> None:
    real = plan_of(tmp_path, NOW, WANTED, users=USERS, policy=POLICY, portal="portal: {}\n")
    notes = {(each.step.action, each.step.scope.kind): each.notes for each in real.steps}
    assert notes == {
        ("team.delete", "team"): (LOST["everybody"],),
        ("user.remove", "team"): (LOST["person"],),
        ("user.remove", "contract"): (),
    }
    assert from_json(to_json(real)).steps == real.steps
    embedded = plan_of(tmp_path, NOW, WANTED, users=USERS, policy=POLICY)
    assert [each.notes for each in embedded.steps] == [()] * 3
    assert embedded.intent() == real.intent()  # approvals stay valid


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
def test_every_format_shows_it(form: str, tmp_path: Path) -> None:
    plan = plan_of(tmp_path, NOW, WANTED, users=USERS, policy=POLICY, portal="portal: {}\n")
    text = "".join(PLANS[form](plan, RenderOptions(lambda _: None, PLAIN)))
    assert "hubs and projects" in text
    by_person = PLANS["text"](plan, RenderOptions(lambda _: None, PLAIN, by_person=True))
    assert LOST["person"] in by_person
