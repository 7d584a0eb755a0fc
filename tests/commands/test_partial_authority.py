"""AutoCAD by code and Revit by hand in one team: `prune` and `ignore` of a team, in every command that heeds them."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.running import Run, write
from tests.gits import commit

HAVE = """\
account: acme
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example],
           seats: {AutoCAD: [cho@acme.example, dee@acme.example], Revit: [dee@acme.example, cho@acme.example]}}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-2": {team: design, product: Revit, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
WANT = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    seats: {AutoCAD: [cho@acme.example]}
    ignore: {products: [Revit]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
PROJECT = """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml]
policy: {prune: [seats, admins, groups, members], max_removals: 100%}
"""
DAY = ("--at", "2026-11-28")


def steps(run: Run, *options: str) -> list[tuple[str, dict[str, str]]]:
    run("plan", "--format", "json", *DAY, *options)
    return [(step["action"], step["args"]) for step in json.loads(run.out)["steps"]]


def test_one_product_by_code_and_another_by_hand(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": PROJECT, "have.yaml": HAVE, "want.yaml": WANT})
    assert run("validate", *DAY) == 0
    taken = ("seat.unassign", {"product": "AutoCAD", "user": "dee@acme.example"})
    assert steps(run) == [taken]
    assert json.loads(run.out)["unmanaged"] == [{"subscription": "574-2"}]
    by_hand = ("seat.unassign", {"product": "Revit", "user": "cho@acme.example"})
    write(folder, {"want.yaml": WANT.replace("    ignore: {products: [Revit]}\n", "")})
    assert by_hand in steps(run)
    write(folder, {"want.yaml": WANT.replace("ignore: {products: [Revit]}", "prune: []")})
    assert steps(run) == []


def test_drift_does_not_tell_changes_of_ignored_seats(folder: Path, run: Run) -> None:
    have = HAVE.replace("[cho@acme.example, dee@acme.example]", "[cho@acme.example]")
    write(folder, {"seatsync.yaml": PROJECT, "want.yaml": WANT, "have.yaml": have})
    assert run("drift", "--detailed-exitcode", *DAY) == 0
    write(folder, {"want.yaml": WANT.replace("[Revit]}", "[Maya]}")})
    assert run("drift", "--detailed-exitcode", *DAY) == 2


def test_a_mention_of_what_the_team_ignores_is_an_error(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": PROJECT, "have.yaml": HAVE, "want.yaml": WANT.replace("[Revit]}", "[Auto*]}")})
    for command in ("validate", "plan"):
        assert run(command, *DAY) == 1
        assert run.out == FOUND


FOUND = """\
want.yaml:9:13: error POLICY004 AutoCAD in team design is declared, but team design ignores it, so no plan would touch it
    9 |     seats: {AutoCAD: [cho@acme.example]}
      |             ^^^^^^^
  want.yaml:10:25: ignored by this pattern
  hint: remove it here, or correct 'Auto*' in `ignore.products`

1 error. Run `seatsync explain POLICY004` for the reason and the remedy.
"""  # noqa: E501 - as it is printed
CHANGES = """\
Account acme, from old to the working tree, on 2026-11-28

team design
  + policy ignore.groups: "AD-*"
  - policy ignore.products: Revit
  + policy prune: seats

Diff: 2 added, 0 changed, 1 removed.
"""


def test_a_diff_tells_them(folder: Path, run: Run) -> None:
    write(folder, {"seatsync.yaml": PROJECT, "have.yaml": HAVE, "want.yaml": WANT})
    commit(folder, "old")
    write(folder, {"want.yaml": WANT.replace("{products: [Revit]}", '{groups: ["AD-*"]}\n    prune: [seats]')})
    assert run("diff", "old", *DAY) == 0
    assert run.out == CHANGES
    assert run("diff", "old", "--format", "json", *DAY) == 0
