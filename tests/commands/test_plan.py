from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in, write

HEAD = "Account acme (serial 1) at sqlite:///account.db, on 2026-11-21\n\n"
NOTHING = HEAD + "Nothing to change: the account is as declared.\n"
ONE_SEAT_LESS = HEAD + (
    """\
team design
  1. - take AutoCAD from cho@acme.example

Plan: 0 to add, 0 to change, 1 to remove.
"""
)


@pytest.fixture(name="changed")
def _changed(loaded: Path) -> Path:
    """Return a repository that no longer declares a seat of its account."""
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "]")
    replace_in(loaded / "teams/design.yaml", "seats:", "members: [cho@acme.example]\n    seats:")
    return loaded


def test_nothing_to_change(loaded: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--detailed-exitcode") == 0
    assert run.said == (NOTHING, "")


def test_a_change(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY) == 0
    assert run.said == (ONE_SEAT_LESS, "")
    assert run("plan", "--at", DAY, "--detailed-exitcode") == 2


def test_a_handover(loaded: Path, run: Run) -> None:
    replace_in(loaded / "seatsync.yaml", "50%", "60%")
    replace_in(loaded / "teams/design.yaml", "ana@acme.example", "cho@acme.example")
    replace_in(loaded / "subscriptions.yaml", "ana@acme.example", "ben@acme.example")
    assert run("plan", "--at", DAY) == 0
    assert run.out == HEAD + (
        """\
team design
  1. + make cho@acme.example secondary admin
       added because the account's rules require it (STEP003)
  2. ~ make cho@acme.example primary admin
       ana@acme.example becomes secondary admin
  3. ~ make ben@acme.example contract manager of subscription 574-1
       by form, which ana@acme.example hands in
  4. - take the admin role from ana@acme.example
  5. - remove ana@acme.example
       leaves the account

Waiting for people:
  step 3, team design: make ben@acme.example contract manager of subscription 574-1
    by form, which ana@acme.example hands in

Plan: 1 to add, 2 to change, 2 to remove, 1 to be done by people, 1 waits for that.
"""
    )


def test_more_of_it(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "-v") == 0
    assert run.out == HEAD + (
        """\
team design
  1. - take AutoCAD from cho@acme.example
       because of teams/design.yaml:7:7
       may be done by ana@acme.example or ben@acme.example

Plan: 0 to add, 0 to change, 1 to remove.
"""
    )
    assert [line.partition(":")[0] for line in run.err.splitlines()] == ["read", "rules", "account", "plan", "answer"]


def test_errors_are_the_answer(changed: Path, run: Run) -> None:
    replace_in(changed / "teams/design.yaml", "[ben@acme.example]", "[ben]")
    (changed / "account.db").unlink()
    assert run("plan", "--at", DAY, "--detailed-exitcode") == 1
    assert run.out.startswith("teams/design.yaml:4:24: error SCHEMA001 ")
    assert run.err == ""
    assert run("plan", "--at", DAY, "--format", "json", "--output", "text=findings.txt", "--out", "p.json") == 1
    assert json.loads(run.out)["format"] == "seatsync/findings/1"
    assert (changed / "findings.txt").read_text().startswith("teams/design.yaml:4:24: error SCHEMA001 ")
    assert not (changed / "p.json").exists()


def test_warnings_are_counted_on_standard_error_and_fail_a_strict_run(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "secondary_admins: [ben@acme.example]", "members: [ben@acme.example]")
    assert run("plan", "--at", DAY) == 0
    assert run.out == HEAD + (
        """\
team design
  1. - take the admin role from ben@acme.example

Plan: 0 to add, 0 to change, 1 to remove.
"""
    )
    assert run.err == "1 warning; see `seatsync validate`\n"
    for command in (("apply", "--auto-approve"), ("drift",), ("forecast",)):
        assert run(*command, "--at", DAY) == 0
        assert run.err == "1 warning; see `seatsync validate`\n"
    assert run("plan", "--at", DAY, "-v") == 0
    assert "see `seatsync validate`" not in run.err
    assert (
        """
teams/design.yaml:2:3: warning ROLE003 team design has no secondary admin, so nobody backs up its primary admin
    2 |   design:
      |   ^^^^^^
  hint: name somebody under `secondary_admins`

"""
        in run.err
    )
    assert run("plan", "--at", DAY, "--strict") == 1
    assert "see `seatsync validate`" not in run.err
    assert "warning ROLE003" in run.err
    assert "\nLeft out because of errors:\n  team design (ROLE003)\n" in run.out


def test_information_is_shown_with_v_only(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "AutoCAD: [", "AutoCAD: [ana@acme.example, ")
    assert run("plan", "--at", DAY) == 0
    assert run.err == ""
    assert run("plan", "--at", DAY, "-v") == 0
    assert "info SEAT006" in run.err


def test_a_guard_stops_it(changed: Path, run: Run) -> None:
    replace_in(changed / "seatsync.yaml", "50%", "0")
    assert run("plan", "--at", DAY, "--detailed-exitcode") == 1
    assert run.said == (
        HEAD
        + """\
team design
  1. - take AutoCAD from cho@acme.example

error GUARD001 the plan removes 1 of 2 seats, more than max_removals (0) allows
  hint: pass --allow GUARD001.seats=1 if this is intended

Plan: 0 to add, 0 to change, 1 to remove. It cannot be applied: 1 error.
""",
        "",
    )
    assert run("plan", "--at", DAY, "--allow", "GUARD001.seats=1") == 0


def test_warnings_of_steps_fail_a_strict_run(loaded: Path, run: Run) -> None:
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {}\n  dee@acme.example: {}")
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example]", "[ben@acme.example, dee@acme.example]")
    assert run("plan", "--at", DAY) == 0
    assert "this person has not accepted the invitation yet (STEP006)" in run.out
    assert run("plan", "--at", DAY, "--strict", "--out", "p.json") == 1
    refused = "Plan: 2 to add, 0 to change, 0 to remove. It cannot be applied with --strict: 1 warning (STEP006).\n"
    assert run.out.endswith(f"\n\n{refused}")
    assert run.err == "saved to p.json\n"
    for what in (".", "p.json"):
        assert run("apply", what, "--at", DAY, "--strict", "--auto-approve") == 1
        assert run.out.endswith(f"\n\n{refused}")
    assert run("apply", "p.json", "--at", DAY, "--auto-approve") == 0


def test_as_somebody_and_for_a_team(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--as", "ben@acme.example", "--team", "design") == 0
    assert run.out == ONE_SEAT_LESS.replace(DAY, f"{DAY}, as ben@acme.example")
    assert run("plan", "--team", "desing") == 1
    assert run.said == (
        "",
        "seatsync: --team desing: there is no such team, neither declared nor in the account\n",
    )


@pytest.mark.parametrize("nobody", ["", " "])
def test_as_nobody(changed: Path, run: Run, nobody: str) -> None:
    assert run("plan", "--as", nobody) == 1
    assert run.said == ("", "seatsync: --as needs the e-mail address of a person; leave it out to plan as the owner\n")


def test_saved_and_shown_again(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json", "--output", "p.txt", "--output", "json=again.json") == 0
    assert run.said == ("", "saved to p.json; run `seatsync apply p.json` to apply it\n")
    assert (changed / "p.txt").read_text() == ONE_SEAT_LESS
    assert (changed / "p.json").read_text() == (changed / "again.json").read_text()
    assert run("show", "p.json") == 0
    assert run.said == (ONE_SEAT_LESS, "")
    assert run("show", "p.json", "--format", "json") == 0
    assert run.out == (changed / "p.json").read_text()


def test_message_about_a_saved_plan(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "my plan.json") == 0
    assert run.err == "saved to my plan.json; run `seatsync apply 'my plan.json'` to apply it\n"
    assert run("plan", "--at", DAY, "--target", "file:.", "--out", "p.json") == 0
    assert run.err == "saved to p.json\n"
    replace_in(changed / "seatsync.yaml", "50%", "0")
    assert run("plan", "--at", DAY, "--out", "p.json") == 1
    assert run.err == "saved to p.json\n"


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff", b"[" * 100_000, b'{"format": "seatsync/plan/1"}', None])
def test_an_altered_plan_is_refused(changed: Path, run: Run, damage: bytes | None) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    plan = changed / "p.json"
    plan.write_bytes(plan.read_bytes().replace(b"cho@", b"ben@") if damage is None else damage)
    assert run("show", "p.json") == 1
    assert run.out == ""
    assert run.err.startswith("seatsync: PLAN002: ")
    assert run.err.count("\n") == 1


def test_a_plan_that_is_not_there(folder: Path, run: Run) -> None:
    assert run("show", "p.json") == 1
    assert run.err == (f"seatsync: {folder}/p.json: there is no such plan; `seatsync plan --out FILE` saves one\n")
    assert run("show", ".") == 1
    assert run.err == f"seatsync: {folder}: is a folder, not a plan; `seatsync plan --out FILE` saves one\n"
    assert run("show", "/dev/null") == 1
    assert run.err == "seatsync: /dev/null: is not a regular file; `seatsync plan --out FILE` saves a plan\n"
    assert run("show", "a\0b") == 1
    assert run.err == f"seatsync: {folder}/a\\x00b: cannot be read (not a path)\n"
    assert run("show", "x" * 300) == 1
    assert run.err == f"seatsync: {folder}/{'x' * 300}: cannot be read (file name too long)\n"


def test_a_plan_through_a_pipe(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    os.mkfifo(changed / "pipe")
    if os.fork() == 0:
        (changed / "pipe").write_bytes((changed / "p.json").read_bytes())
        os._exit(0)
    assert run("show", "pipe") == 0
    os.wait()
    assert run.out == ONE_SEAT_LESS


def test_no_target(repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "target: sqlite:///account.db\n", "")
    assert run("plan") == 1
    assert run.said == (
        "",
        "seatsync: no target; add `target:` to seatsync.yaml, set SEATSYNC_TARGET, or pass --target URL\n",
    )


def test_another_target(repository: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    said = f"Account acme at file:., on {DAY}\n\nNothing to change: the account is as declared.\n"
    assert run("plan", "--target", "file:.", "--at", DAY) == 0
    assert run.out == said
    monkeypatch.setenv("SEATSYNC_TARGET", "file:.")
    assert run("plan", "--at", DAY) == 0
    assert run.out == said
    assert run("plan", "--target", "pigeon:x") == 1
    assert run.err.startswith("seatsync: pigeon:…: unknown kind of target; use one of ")
    assert run("plan", "--target", "sqlite:///none.db") == 1
    assert run.err == (
        "seatsync: sqlite:///none.db: there is no account here; create one with `seatsync account create`\n"
    )


def test_a_repository_as_a_state_is_taken_on_the_same_day(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "cho@acme.example]", "{user: cho@acme.example, until: 2026-11-30}]")
    replace_in(repository / "teams/design.yaml", "seats:", "members: [cho@acme.example]\n    seats:")
    for day in ("2026-11-30", "2026-12-01"):
        assert run("plan", "--target", "file:.", "--at", day, "--detailed-exitcode") == 0


FORMATS = "github, gitlab, html, json, junit, markdown, sarif, text"


def test_formats_that_do_not_exist(changed: Path, run: Run) -> None:
    assert run("plan", "--format", "pdf") == 1
    assert run.said == ("", f"seatsync: unknown format 'pdf'; choose one of {FORMATS}\n")
    assert run("plan", "--output", "pdf=p.pdf") == 1
    assert run.said == ("", f"seatsync: unknown format 'pdf'; choose one of {FORMATS}\n")


def test_plan_for_a_future_day(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "{user: cho@acme.example, until: 2026-11-30}]")
    replace_in(loaded / "teams/design.yaml", "seats:", "members: [cho@acme.example]\n    seats:")
    assert run("plan", "--at", "2026-11-30") == 0
    assert run.out == NOTHING.replace(DAY, "2026-11-30")
    assert run("plan", "--at", "2026-12-01") == 0
    assert run.out == ONE_SEAT_LESS.replace(DAY, "2026-12-01")


def test_a_term_that_will_have_ended(loaded: Path, run: Run) -> None:
    replace_in(loaded / "teams/design.yaml", "cho@acme.example]", "{user: cho@acme.example, until: 2027-12-31}]")
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example, {", "[{user: ben@acme.example, until: 2027-12-31}, {")
    replace_in(loaded / "teams/design.yaml", "seats:", "members: [cho@acme.example]\n    seats:")
    replace_in(loaded / "seatsync.yaml", "50%", "100%")
    assert run("plan", "--at", "2028-01-01", "--allow", "GUARD002") == 0
    assert run.out == HEAD.replace(DAY, "2028-01-01") + (
        """\
team design
  1. - take AutoCAD from ben@acme.example
  2. - take AutoCAD from cho@acme.example

Plan: 0 to add, 0 to change, 2 to remove.
"""
    )
    replace_in(loaded / "teams/design.yaml", "{user: ben@acme.example, until: 2027-12-31}", "ben@acme.example")
    assert run("plan", "--at", "2028-01-01") == 1
    assert "\nLeft out because of errors:\n  team design (SEAT003)\n" in run.out
    assert run.err.startswith(
        "teams/design.yaml:7:7: error SEAT003 team design assigns AutoCAD, but no subscription to it is in term on "
        "2028-01-01: 574-1 ended on 2027-12-31\n"
    )


def test_by_person(changed: Path, run: Run) -> None:
    assert run("plan", "--at", DAY, "--by-person", "--out", "p.json", "--output", "json=again.json") == 0
    lists = run.out
    assert (
        lists
        == """\
Account acme (serial 1) at sqlite:///account.db, on 2026-11-21

ana@acme.example, 1 step
    1. team design: take AutoCAD from cho@acme.example

1 person, no hand-over.

Plan: 0 to add, 0 to change, 1 to remove.
"""
    )
    assert run("show", "p.json", "--by-person") == 0
    assert run.out == lists
    assert run("show", "p.json", "--by-person", "--format", "json") == 0
    assert run.out == (changed / "p.json").read_text() == (changed / "again.json").read_text()


def test_a_new_team_in_the_order_in_which_it_is_made(folder: Path, run: Run) -> None:
    have = """\
account: acme
users:
  ana@acme.example: {}
  ben@acme.example: {}
teams:
  design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example]}
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""
    write(
        folder,
        {
            "seatsync.yaml": "version: 1\naccount: acme\ntarget: file:have.yaml\ninclude: [want.yaml]\n"
            "policy: {prune: [seats, admins, groups, members], max_removals: 100%}\n",
            "have.yaml": have,
            "want.yaml": have.removeprefix("account: acme\n").replace(
                "subscriptions:", '  "WG Leads": {primary_admin: ben@acme.example}\nsubscriptions:'
            ),
        },
    )
    assert run("plan", "--at", DAY) == 0
    assert run.out == (
        f"""\
Account acme at file:have.yaml, on {DAY}

team WG Leads
  1. + create the team with ana@acme.example as primary admin
  2. + invite ben@acme.example
  3. + make ben@acme.example secondary admin
       added because the account's rules require it (STEP003)
  4. ~ make ben@acme.example primary admin
       ana@acme.example becomes secondary admin
  5. - take the admin role from ana@acme.example
  6. - remove ana@acme.example

Plan: 3 to add, 1 to change, 2 to remove.
"""
    )


def test_a_changed_sso_configuration_is_shown_field_by_field(loaded: Path, run: Run) -> None:
    sso = "    sso: {domains: [acme.example, acme.test], metadata_url: https://id.example/saml}\n"
    replace_in(loaded / "teams/design.yaml", "    seats:\n", f"{sso}    seats:\n")
    assert run("plan", "--at", DAY, "-v") == 0
    assert "acme.test added" not in run.out  # all of it is new
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    replace_in(loaded / "teams/design.yaml", "acme.test", "acme.invalid")
    assert run("plan", "--at", DAY, "--out", "p.json") == 0
    step = '1. ~ configure SSO: domains acme.example and acme.invalid, metadata_url "https://id.example/saml"'
    plain = ["team design", f"  {step}", "", "Plan: 0 to add, 1 to change, 0 to remove."]
    assert run.out.splitlines()[2:] == plain
    assert run("plan", "--at", DAY, "-v") == 0
    assert run.out.splitlines()[2:5] == [*plain[:2], "       domains: acme.test removed, acme.invalid added"]
    assert run("plan", "--at", DAY, "--format", "html") == 0
    assert "domains: acme.test removed, acme.invalid added" in run.out
    assert run("show", "p.json") == 0
    assert run.out.splitlines()[2:] == plain
    replace_in(loaded / "teams/design.yaml", sso.replace("acme.test", "acme.invalid"), "    sso: null\n")
    assert run("plan", "--at", DAY, "-v") == 0
    assert run.out.splitlines()[3:5] == [
        "  1. ~ remove the SSO configuration",
        '       was domains acme.example and acme.test, metadata url "https://id.example/saml"',
    ]
