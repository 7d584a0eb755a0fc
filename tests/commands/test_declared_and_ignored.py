"""A person and a team that are declared and ignored by the policy: both places are reported, nothing is planned."""

from __future__ import annotations

from pathlib import Path

from tests.commands.running import Run, write

HAVE = """\
account: acme
users:
  ana@acme.example: {}
  ben@acme.example: {}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
WANT = HAVE.replace("account: acme\n", "")
WANT = WANT.replace("  ben@acme.example: {}\n", "  ben@acme.example: {}\n  svc-render@acme.example: {}\n")
WANT = WANT.replace("[ben@acme.example]}", "[ben@acme.example], seats: {AutoCAD: [svc-render@acme.example]}}")
WANT = WANT.replace(
    "subscriptions:", "  sandbox: {primary_admin: ana@acme.example, members: [ben@acme.example]}\nsubscriptions:"
)
PROJECT = """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml]
policy: {max_removals: 100%, ignore: {users: ["svc-*@acme.example"], teams: [sandbox]}}
"""
FOUND = """\
want.yaml:4:3: error POLICY004 svc-render@acme.example is declared, but the policy ignores it, so no plan would touch it
    4 |   svc-render@acme.example: {}
      |   ^^^^^^^^^^^^^^^^^^^^^^^
  seatsync.yaml:5:47: ignored by this pattern
  hint: remove it here, or correct 'svc-*@acme.example' in `policy.ignore.users`

want.yaml:7:3: error POLICY004 team sandbox is declared, but the policy ignores it, so no plan would touch it
    7 |   sandbox: {primary_admin: ana@acme.example, members: [ben@acme.example]}
      |   ^^^^^^^
  seatsync.yaml:5:78: ignored by this pattern
  hint: remove it here, or correct 'sandbox' in `policy.ignore.teams`

want.yaml:7:3: warning ROLE003 team sandbox has no secondary admin, so nobody backs up its primary admin
    7 |   sandbox: {primary_admin: ana@acme.example, members: [ben@acme.example]}
      |   ^^^^^^^
  hint: name somebody under `secondary_admins`

2 errors, 1 warning. Run `seatsync explain POLICY004` for the reason and the remedy.
"""


def test_both_places_are_named_and_nothing_is_planned(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": PROJECT, "have.yaml": HAVE, "want.yaml": WANT})
    for command in ("validate", "plan"):
        assert run(command, "--at", "2026-11-28") == 1
        assert run.out == FOUND
