"""External users in every command that lists people or roles."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, FILES, Run, replace_in, write
from tests.commands.test_drift import in_portal, step
from tests.gits import commit

DESIGN = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    external_users: [dee@partner.example]
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example, dee@partner.example]
    members: [eli@acme.example]
"""
CHANGED = """\
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    external_users:
      - {user: cho@acme.example, until: 2027-01-15}
      - eli@acme.example
    seats:
      AutoCAD: [ben@acme.example, cho@acme.example, dee@partner.example]
"""
NOTHING = "\nNothing to change: the account is as declared.\n"


@pytest.fixture(name="external")
def _external(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with an external user and its account; the date is fixed."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    people = FILES["users.yaml"] + "  dee@partner.example: {}\n  eli@acme.example: {}\n"
    write(folder, {**FILES, "users.yaml": people, "teams/design.yaml": DESIGN})
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", ".") == 0
    return folder


def design(folder: Path) -> str:
    return (folder / "teams/design.yaml").read_text(encoding="utf-8")


def test_a_plan_is_applied_and_undone(external: Path, run: Run) -> None:
    assert run("plan") == 0
    assert run.out.endswith(NOTHING)
    write(external, {"teams/design.yaml": CHANGED})
    assert run("plan") == 0
    assert run.out == (
        """\
Account acme (serial 1) at sqlite:///account.db, on 2026-11-21

team design
  1. ~ make dee@partner.example a regular member
  2. ~ make cho@acme.example an external user
  3. ~ make eli@acme.example an external user

Plan: 0 to add, 3 to change, 0 to remove.
"""
    )
    assert run("apply", "--auto-approve") == 0
    assert run("plan") == 0
    assert run.out.endswith(NOTHING)
    assert run("apply", "--undo", "2", "--auto-approve") == 0
    assert "3. ~ make dee@partner.example an external user" in run.out
    write(external, {"teams/design.yaml": DESIGN})
    assert run("plan") == 0
    assert run.out.endswith(NOTHING)
    assert run("account", "verify") == 0


def test_an_imported_account_plans_nothing(external: Path, run: Run) -> None:
    assert run("import", "sqlite:///account.db", "--out", "imported") == 0
    assert (external / "imported/teams/design.yaml").read_text(encoding="utf-8") == (
        """\
# yaml-language-server: $schema=../schemas/fragment.schema.json
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins:
      - ben@acme.example
    external_users:
      - dee@partner.example
    seats:
      AutoCAD:
        - ben@acme.example
        - cho@acme.example
        - dee@partner.example
    members:
      - eli@acme.example
"""
    )
    assert run("-C", "imported", "plan", "--target", "sqlite:///../account.db") == 0
    assert run.out.endswith(NOTHING)


def test_fmt_puts_the_key_below_the_admins(external: Path, run: Run) -> None:
    key = "    external_users: [dee@partner.example]\n"
    write(external, {"teams/design.yaml": DESIGN.replace(key, "") + key})
    assert run("fmt") == 0
    assert design(external) == DESIGN


def test_diff_and_forecast(external: Path, run: Run) -> None:
    commit(external, "before")
    write(external, {"teams/design.yaml": CHANGED})
    assert run("diff", "HEAD") == 0
    assert run.out == (
        """\
Account acme, from HEAD to the working tree, on 2026-11-21

team design
  + external user cho@acme.example (until 2027-01-15)
  - external user dee@partner.example
  + external user eli@acme.example

Diff: 2 added, 0 changed, 1 removed.
"""
    )
    assert run("diff", "HEAD", "--format", "json") == 0
    assert run("forecast") == 0
    assert "2027-01-16\n  - team design: cho@acme.example as external user (until 2027-01-15)\n" in run.out
    assert run("forecast", "--format", "json") == 0
    assert '"kind":"external_user"' in run.out.replace(" ", "")


def test_why(external: Path, run: Run) -> None:
    assert run("why", "dee@partner.example") == 0
    assert run.out == (
        """\
dee@partner.example, on 2026-11-21
  declared: users.yaml:5:3
  in account acme (serial 1): active

AutoCAD in team design: entitled
  direct: in the account
    by product: teams/design.yaml:7:53

External user of team design: in the account
  no permissions in the team; can hold seats and be in groups
  teams/design.yaml:5:22

The history was not read: the folder is in no git repository.
"""
    )
    assert run("why", "dee@partner.example", "--format", "json") == 0


def test_changes_in_the_portal_are_adopted(external: Path, run: Run) -> None:
    assert run("apply", "--auto-approve") == 0
    replace_in(external / "seatsync.yaml", "max_removals: 50%", "prune: [seats, admins, groups, members]")
    in_portal(
        step("member.make_internal", user="dee@partner.example"),
        step("member.make_external", user="eli@acme.example"),
        step("member.make_external", user="cho@acme.example"),
        step("admin.assign_secondary", user="cho@acme.example"),
    )
    assert run("drift") == 0
    assert run.out == (
        """\
Account acme (serial 5) at sqlite:///account.db, on 2026-11-21

Changed in the portal

team design
  + secondary admin cho@acme.example
  - external user dee@partner.example
  + external user eli@acme.example

Drift: 3 changed in the portal, 0 in git, 0 in both.
"""
    )
    assert run("drift", "--adopt") == 0
    assert "external_users: [eli@acme.example]" in design(external)
    assert run("plan") == 0
    assert run.out.endswith(NOTHING)


def test_a_team_that_gets_the_key_lists_all_of_them(external: Path, run: Run) -> None:
    replace_in(external / "teams/design.yaml", "    external_users: [dee@partner.example]\n", "")
    assert run("apply", "--auto-approve") == 0
    in_portal(step("admin.revoke", user="ben@acme.example"), step("member.make_external", user="ben@acme.example"))
    assert run("drift", "--adopt") == 0
    assert "    external_users: [ben@acme.example, dee@partner.example]\n" in design(external)
    assert run("plan") == 0
    assert run.out.endswith(NOTHING)


def test_edit(external: Path, run: Run) -> None:
    assert run("edit", "promote", "dee@partner.example", "secondary") == 0
    assert design(external) == DESIGN.replace("[ben@acme.example]", "[ben@acme.example, dee@partner.example]").replace(
        "external_users: [dee@partner.example]", "external_users: []"
    )
    write(external, {"teams/design.yaml": DESIGN})
    assert run("edit", "offboard", "dee@partner.example") == 0
    assert design(external) == DESIGN.replace(", dee@partner.example]", "]").replace("[dee@partner.example]", "[]")


def test_a_person_is_moved_to_another_team(external: Path, run: Run) -> None:
    films = "  films:\n    primary_admin: ana@acme.example\n"
    write(external, {"teams/design.yaml": DESIGN.replace(", dee@partner.example]", "]") + films})
    assert run("edit", "move", "dee@partner.example", "design", "films") == 0
    assert "team films declares no external users, so dee@partner.example becomes a regular member of it" in (
        run.out + run.err
    )
    assert design(external).endswith(films + "    members: [dee@partner.example]\n")
    films += "    external_users: []\n"
    write(external, {"teams/design.yaml": DESIGN.replace(", dee@partner.example]", "]") + films})
    assert run("edit", "move", "dee@partner.example", "design", "films") == 0
    assert design(external).endswith(films.replace("[]", "[dee@partner.example]"))
