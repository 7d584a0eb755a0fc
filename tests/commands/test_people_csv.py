"""A list of people as spreadsheets write it: blank rows, duplicate rows, spaces around an address."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import Run, write

TEAMS = """\
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store, \
contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
FILES = {
    "seatsync.yaml": """\
version: 1
account: acme
target: file:have.yaml
include: [want.yaml, people.csv]
policy: {max_removals: 100%}
""",
    "have.yaml": f"account: acme\nusers:\n  ana@acme.example: {{}}\n  ben@acme.example: {{}}\n{TEAMS}",
    "want.yaml": TEAMS,
    "people.csv": """\
email,first_name,last_name,team,product
ana@acme.example,Ana,Silva,,
ben@acme.example,Ben,Ode,,

cho@acme.example,Cho,Park,design,AutoCAD
CHO@acme.example,Cho,Park,design,AutoCAD
 dee@acme.example ,Dee,Kim,design,AutoCAD

,,,,
eli@acme.example,"Roth, Eli",,design,
""",
}


@pytest.fixture(autouse=True)
def _list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", "2026-11-28")
    write(folder, FILES)


def test_duplicate_row_has_one_finding(run: Run) -> None:
    assert run("validate") == 0
    assert (
        run.out
        == """\
people.csv:6:34: warning SEAT005 cho@acme.example gets AutoCAD in team design more than once: by user (2 times)
    6 | CHO@acme.example,Cho,Park,design,AutoCAD
      |                                  ^^^^^^^
  people.csv:5:34: by user
  hint: keep one of the entries; the person uses one seat either way

1 warning. Run `seatsync explain SEAT005` for the reason and the remedy.
"""
    )


def test_every_person_is_in_the_plan_once(run: Run) -> None:
    assert run("plan") == 0
    assert (
        run.out
        == """\
Account acme at file:have.yaml, on 2026-11-28

the whole account
  1. ~ change the name of ana@acme.example to Ana Silva
  2. ~ change the name of ben@acme.example to Ben Ode

team design
  3. + invite cho@acme.example (Cho Park)
  4. + invite dee@acme.example (Dee Kim)
  5. + invite eli@acme.example (Roth, Eli)
  6. + assign AutoCAD to cho@acme.example
  7. + assign AutoCAD to dee@acme.example

Plan: 5 to add, 2 to change, 0 to remove.
"""
    )


def test_somebody_with_blanks_around_their_address_can_be_taken_out(folder: Path, run: Run) -> None:
    assert run("edit", "offboard", "dee@acme.example") == 0
    assert (folder / "people.csv").read_text() == FILES["people.csv"].replace(
        " dee@acme.example ,Dee,Kim,design,AutoCAD\n", ""
    )
