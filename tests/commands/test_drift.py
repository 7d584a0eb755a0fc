from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import Scope
from seatsync.clock import Clock
from seatsync.reading.schema import schema_text
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import open_target
from tests.commands.running import DAY, Run, replace_in, write

DESIGN = Scope("team", "design")
HEAD = "Account acme (serial {}) at sqlite:///account.db, on 2026-11-21\n"
ZERO = "Drift: 0 changed in the portal, 0 in git, 0 in both.\n"
NONE = f"No drift: the account and the files are unchanged since the last apply.\n{ZERO}"


def in_portal(*steps: Step, folder: Path | None = None) -> None:
    """Perform steps in the portal."""
    target = open_target("sqlite:///account.db", folder or Path.cwd(), {})
    with target.session(None, Clock.at(DAY)) as session:
        outcomes = session.perform([(step, False) for step in steps])
    assert [outcome.status for outcome in outcomes] == ["done"] * len(steps), outcomes


def step(action: str, **args: str) -> Step:
    return Step.make(action, DESIGN, **args)


@pytest.fixture(name="applied")
def _applied(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an applied repository; the date is fixed."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    assert run("apply", "--auto-approve") == 0
    return loaded


def test_nothing_was_applied_yet(loaded: Path, run: Run) -> None:
    assert run("drift", "--at", DAY) == 0
    assert run.out == HEAD.format(1) + "\nNo drift: nothing was applied yet, and the account is as declared.\n"
    replace_in(loaded / "teams/design.yaml", "[ben@acme.example, cho@acme.example]", "[ben@acme.example]")
    assert run("drift", "--at", DAY, "--detailed-exitcode") == 2
    assert (
        run.out
        == HEAD.format(1)
        + """
Different in the account and in git (nothing was applied yet, so the origin is unknown)

the whole account
  - person cho@acme.example

team design
  - AutoCAD for cho@acme.example
  - member cho@acme.example

Drift: 3 different.
"""
    )
    assert run("drift", "--at", DAY, "--format", "json") == 0
    document = validated(run.out)
    assert document["applied"] is False
    assert document["changes"][1] == {
        "changed": "unknown",
        "scope": {"team": "design"},
        "what": "seat",
        "of": {"product": "AutoCAD", "user": "cho@acme.example"},
        "applied": None,
        "portal": True,
        "git": None,
        "words": "AutoCAD for cho@acme.example",
    }
    assert run("drift", "--at", DAY, "--adopt") == 1
    assert run.err == (
        "seatsync: nothing has been applied yet, so changes in the portal are unknown;"
        " write a repository of the account with `seatsync import`\n"
    )


def validated(document: str) -> Any:  # noqa: ANN401 - JSON
    found = json.loads(document)
    jsonschema.Draft202012Validator(json.loads(schema_text("drift"))).validate(found)
    return found


def test_no_drift(applied: Path, run: Run) -> None:
    assert run("drift", "--detailed-exitcode") == 0
    assert run.said == (HEAD.format(1) + "\n" + NONE, "")
    assert run("drift", "--adopt", "-v") == 0
    assert run.out == HEAD.format(1) + "\n" + NONE + "\nNothing to write back.\n"


def test_changes_are_distinguished(applied: Path, run: Run) -> None:
    in_portal(
        step("user.invite", user="Zoe@acme.example", first_name="Zoe", last_name="Doe"),
        step("seat.assign", product="AutoCAD", user="zoe@acme.example"),
        step("admin.revoke", user="ben@acme.example"),
        step("seat.unassign", product="AutoCAD", user="cho@acme.example"),
        Step.make("user.update", Scope("account"), user="ana@acme.example", first_name="Anna", last_name="Silva"),
    )
    write(
        applied,
        {
            "teams/design.yaml": """\
teams:
  design:
    primary_admin: ana@acme.example
    sso_admins: [ben@acme.example]
    members: [cho@acme.example]
    groups: {cad: {members: [ben@acme.example], products: [AutoCAD]}}
    seats:
      AutoCAD: [ben@acme.example]
"""
        },
    )
    assert run("drift", "--detailed-exitcode", "-v", "--output", "json=drift.json") == 2
    assert (
        run.out
        == HEAD.format(6)
        + """
Changed in the portal

the whole account
  ~ name of ana@acme.example: Ana Silva -> Anna Silva

team design
  + AutoCAD for Zoe@acme.example

Changed in git, not applied yet

team design
  + group cad
  + ben@acme.example in group cad
  + AutoCAD for group cad

Changed in both, to different values

team design
  ! role of ben@acme.example (applied: secondary admin; portal: none; git: SSO admin)

Changed in both, to the same value

team design
  - AutoCAD for cho@acme.example

Drift: 2 changed in the portal, 3 in git, 1 in both.
"""
    )
    document = validated((applied / "drift.json").read_text())
    assert document["summary"] == {"portal": 2, "git": 3, "both": 1, "agreed": 1, "waiting": 0, "unknown": 0}
    assert document["account"]["serial"] == 6
    before = (applied / "teams/design.yaml").read_text()
    assert run("drift", "--adopt", "--output", "drift.txt", "--output", "json=drift.json") == 0
    adopted = """
Written users.yaml
  ~ the whole account: name of ana@acme.example: Ana Silva -> Anna Silva
  + Zoe@acme.example is declared

Written teams/design.yaml
  + team design: AutoCAD for Zoe@acme.example

Left for you
  team design: role of ben@acme.example (was changed in git too, otherwise)
"""
    assert (applied / "drift.txt").read_text().endswith(adopted)
    assert validated((applied / "drift.json").read_text())["adopted"]["left"] == [
        {
            "scope": {"team": "design"},
            "words": "secondary admin ben@acme.example",
            "why": "was changed in git too, otherwise",
        }
    ]
    assert (applied / "teams/design.yaml").read_text() == before.replace(
        "AutoCAD: [ben@acme.example]", "AutoCAD: [ben@acme.example, Zoe@acme.example]"
    )
    assert (
        (applied / "users.yaml").read_text()
        == """\
users:
  ana@acme.example: {first_name: Anna, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {}
  Zoe@acme.example: {first_name: Zoe, last_name: Doe}
"""
    )
    assert run("drift") == 0
    assert run.out.endswith("Drift: 0 changed in the portal, 3 in git, 1 in both.\n")


def test_a_purchase_in_the_portal_is_drift_and_one_still_to_be_made_is_not(applied: Path, run: Run) -> None:
    replace_in(applied / "subscriptions.yaml", "seats: 3", "seats: 5")
    assert run("apply", "--auto-approve") == 3
    assert run("drift", "--detailed-exitcode") == 0
    assert run.out == HEAD.format(1) + "\n" + NONE
    assert run("drift", "-v") == 0
    assert "purchase, a form or support\n\nteam design\n  ~ subscription 574-1: seats 3 -> 5\n" in run.out
    buy = ["--order", "1", "--company", "Acme", "--manager", "ana@acme.example", "--product", "AutoCAD"]
    buy += ["--channel", "reseller", "--starts", "2026-01-01", "--ends", "2028-06-30", "--subscription", "574-1"]
    assert run("account", "purchase", *buy, "--seats", "7") == 0
    assert run("drift", "--adopt") == 0, run.said
    assert (
        run.out
        == HEAD.format(3)
        + """
Changed in the portal

team design
  ~ subscription 574-1: seats 5 -> 7
  ~ subscription 574-1: ends 2027-12-31 -> 2028-06-30

Drift: 2 changed in the portal, 0 in git, 0 in both.

Written subscriptions.yaml
  ~ team design: subscription 574-1: seats 5 -> 7
  ~ team design: subscription 574-1: ends 2027-12-31 -> 2028-06-30
"""
    )
    assert run("plan", "--detailed-exitcode") == 0


def test_an_open_form_waits_with_all_that_needs_it(applied: Path, run: Run) -> None:
    replace_in(applied / "subscriptions.yaml", "manager: ana", "manager: ben")
    assert run("apply", "--auto-approve", "--as", "ben@acme.example") == 3
    assert run("account", "cases") == 0
    assert "contract manager" in run.out
    assert run("drift", "-v") == 0
    assert (
        run.out
        == HEAD.format(1)
        + """
Applied, waiting for a date, a purchase, a form or support

team design
  ~ subscription 574-1: contract manager ana@acme.example -> ben@acme.example

"""
        + NONE
    )


def test_dated_changes_wait(applied: Path, run: Run) -> None:
    replace_in(
        applied / "teams/design.yaml",
        "[ben@acme.example, cho@acme.example]",
        "[ben@acme.example, {user: cho@acme.example, until: 2026-11-30}]\n"
        "    members: [cho@acme.example, {user: ben@acme.example, from: 2026-12-01}]\n"
        "    sso_admins: [{user: cho@acme.example, from: 2026-12-01}]",
    )
    assert run("apply", "--auto-approve") == 0
    assert run("drift", "-v", "--at", "2026-12-02") == 0
    assert (
        run.out
        == HEAD.format(1).replace("11-21", "12-02")
        + """
Applied, waiting for a date, a purchase, a form or support

team design
  + SSO admin cho@acme.example
  - AutoCAD for cho@acme.example

"""
        + NONE
    )


def test_renames_in_git_are_no_change_of_the_portal(applied: Path, run: Run) -> None:
    replace_in(applied / "teams/design.yaml", "  design:\n", "  studio:\n    renamed_from: design\n")
    replace_in(applied / "subscriptions.yaml", "team: design", "team: studio")
    replace_in(applied / "users.yaml", "cho@acme.example: {}", "cho@new.example: {previous_emails: [cho@acme.example]}")
    replace_in(applied / "teams/design.yaml", "cho@acme.example", "cho@new.example")
    in_portal(step("group.create", group="lab"))
    assert run("drift", "--team", "design") == 0
    assert (
        run.out
        == HEAD.format(2)
        + """
Changed in the portal

team studio
  + group lab

Changed in git, not applied yet

the whole account
  ~ address: cho@acme.example -> cho@new.example

team studio
  ~ the team: design -> studio

Drift: 1 changed in the portal, 2 in git, 0 in both.
"""
    )
    assert run("drift", "--team", "studio", "--adopt") == 0
    assert "    groups:\n      lab: {}\n" in (applied / "teams/design.yaml").read_text()
    assert run("drift", "--team", "other") == 1
    assert run.err == "seatsync: --team other: there is no such team, neither declared nor in the account\n"


def test_removal_against_a_change_is_a_conflict(applied: Path, run: Run) -> None:
    with_group = "    groups: {cad: {members: [ben@acme.example]}}\n    seats:\n"
    replace_in(applied / "teams/design.yaml", "    seats:\n", with_group)
    assert run("apply", "--auto-approve") == 0
    in_portal(step("group.delete", group="cad"))
    replace_in(applied / "teams/design.yaml", "{members: [ben@", "{members: [cho@acme.example, ben@")
    assert run("drift") == 0
    assert (
        run.out
        == HEAD.format(4)
        + """
Changed in both, to different values

team design
  ! group cad (applied: there; portal: none; git: there)
  ! ben@acme.example in group cad (applied: there; portal: none; git: there)
  ! cho@acme.example in group cad (applied: none; portal: none; git: there)

Drift: 0 changed in the portal, 0 in git, 3 in both.
"""
    )
    assert run("drift", "--adopt") == 0, run.said
    assert "Nothing to write back.\n\nLeft for you\n  team design: group cad (was changed in git too" in run.out


def test_entries_in_a_csv_are_not_adopted(applied: Path, run: Run) -> None:
    replace_in(applied / "seatsync.yaml", "include: [", "include: [p.csv, ")
    rows = "eli@acme.example,Eli,Roth,design,AutoCAD\nfay@acme.example,Fay,Poe,design,\n"
    (applied / "p.csv").write_text("email,first_name,last_name,team,product\n" + rows)
    assert run("apply", "--auto-approve") == 0
    in_portal(
        Step.make("user.update", Scope("account"), user="eli@acme.example", first_name="Eliah", last_name="Roth"),
        step("seat.unassign", product="AutoCAD", user="eli@acme.example"),
        step("user.remove", user="fay@acme.example"),
    )
    assert run("drift", "--adopt") == 0, run.said
    assert (
        run.out.partition("in both.\n")[2]
        == """
Written teams/design.yaml
  + eli@acme.example is listed, to stay a member

Left for you
  the whole account: name of eli@acme.example: Eli Roth -> Eliah Roth (is declared in p.csv, and a CSV is not edited)
  team design: AutoCAD for eli@acme.example (is declared in p.csv, and a CSV is not edited)
  team design: member fay@acme.example (is declared in p.csv, and a CSV is not edited)
  the whole account: person fay@acme.example (Fay Poe) (depends on something that was left or changed in git)
"""
    )


def test_a_file_that_cannot_take_a_change_is_left_as_it_is(applied: Path, run: Run) -> None:
    text = "{teams: {design: {primary_admin: ana@acme.example, secondary_admins: [ben@acme.example, # he\n"
    text += "  ], seats: {AutoCAD: [ben@acme.example # he\n, cho@acme.example]}}}}\n"
    (applied / "teams/design.yaml").write_text(text)
    assert run("drift") == 0
    in_portal(step("seat.unassign", product="AutoCAD", user="cho@acme.example"))
    assert run("drift", "--adopt") == 0, run.said
    assert "(teams/design.yaml has a comment next to a value to be removed)\n" in run.out
    assert (applied / "teams/design.yaml").read_text() == text


def test_adopted_rule_violation_is_reported(applied: Path, run: Run) -> None:
    replace_in(applied / "seatsync.yaml", "50%}", "50%, email_domains: [acme.example], prune: [members]}")
    assert run("apply", "--auto-approve") == 0
    in_portal(step("user.invite", user="zoe@other.example", first_name="", last_name=""))
    assert run("drift", "--adopt") == 0, run.said
    assert run.err == (
        "users.yaml:5:3: POLICY001 zoe@other.example is outside the e-mail domains of the policy: acme.example\n"
    )


def test_errors_in_the_files_are_the_answer(applied: Path, run: Run) -> None:
    replace_in(applied / "teams/design.yaml", "primary_admin: ana", "primary_admin: eva")
    assert run("drift") == 1
    assert "REF001" in run.out


def test_as_somebody(applied: Path, run: Run) -> None:
    in_portal(step("group.create", group="lab"))
    assert run("drift", "--as", "Ana@acme.example") == 0
    assert "team design\n  + group lab\n" in run.out
    assert run("drift", "--as", "cho@acme.example", "--format", "json") == 0
    document = validated(run.out)
    assert document["unseen"] == [{"team": "design"}]
    assert document["changes"] == []
    assert run("drift", "--as", "cho@acme.example") == 0
    assert (
        run.out
        == """\
Account acme (serial 2) at sqlite:///account.db, on 2026-11-21, as cho@acme.example

1 team or contract is hidden from this person and left out (listed with -v).

No drift in what cho@acme.example sees.
Drift: 0 changed in the portal, 0 in git, 0 in both.
"""
    )
    assert run("drift", "--as", "cho@acme.example", "-v") == 0
    assert "\n1 team or contract is hidden from this person and left out:\n  team design\n" in run.out
    assert run("drift", "--as", "eva@acme.example") == 1
    assert run.err == "seatsync: --as eva@acme.example: there is no person with this address in the account\n"


def test_limited_apply_is_no_change_in_the_portal(applied: Path, run: Run) -> None:
    replace_in(applied / "teams/design.yaml", "    secondary_admins: [ben@acme.example]\n", "")
    replace_in(applied / "teams/design.yaml", "    seats:\n", "    groups: {lab: {}}\n    seats:\n")
    assert run("apply", "--auto-approve", "--team", "design") == 0
    assert run("drift", "-v", "--adopt") == 0
    assert run.out.endswith(f"\n\n{NONE}\nNothing to write back.\n")
    replace_in(applied / "teams/design.yaml", "    groups: {lab: {}}\n", "")
    assert run("drift") == 0
    assert run.out.endswith(
        "\n\nChanged in git, not applied yet\n\nteam design\n  - group lab\n\n"
        "Drift: 0 changed in the portal, 1 in git, 0 in both.\n"
    )


def test_without_a_target(repository: Path, run: Run) -> None:
    replace_in(repository / "seatsync.yaml", "target: sqlite:///account.db\n", "")
    assert run("drift") == 1
    assert run.err.startswith("seatsync: no target; ")


def a_seat_for_eli(folder: Path) -> None:
    """Declare one more seat than was bought, and its holder."""
    replace_in(folder / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {}\n  eli@acme.example: {}")
    replace_in(folder / "teams/design.yaml", "cho@acme.example]", "cho@acme.example, eli@acme.example]")
    replace_in(folder / "subscriptions.yaml", "seats: 3", "seats: 4")
    replace_in(folder / "teams/design.yaml", "[ben@acme.example, cho", "[ana@acme.example, ben@acme.example, cho")


def bought(run: Run, *changes: str) -> None:
    buy = ["--order", "1", "--company", "Acme", "--manager", "ana@acme.example", "--product", "AutoCAD"]
    buy += ["--channel", "reseller", "--starts", "2026-01-01", "--ends", "2027-12-31", "--subscription", "574-1"]
    assert run("account", "purchase", *buy, *changes) == 0


WAITING = "Applied, waiting for a date, a purchase, a form or support"
SEAT_OF_ELI = "team design\n  {} AutoCAD for eli@acme.example\n"


def test_dependents_of_a_recorded_purchase_still_wait(applied: Path, run: Run) -> None:
    a_seat_for_eli(applied)
    assert run("apply", "--auto-approve") == 3
    bought(run, "--seats", "4")
    before = (applied / "teams/design.yaml").read_text()
    assert run("drift", "-v", "--adopt", "--detailed-exitcode") == 0
    assert run.out.partition("\n\n")[2] == f"{WAITING}\n\n{SEAT_OF_ELI.format('+')}\n{NONE}\nNothing to write back.\n"
    assert (applied / "teams/design.yaml").read_text() == before
    assert run("apply", "--auto-approve") == 0
    in_portal(step("seat.unassign", product="AutoCAD", user="eli@acme.example"))
    assert run("drift", "--detailed-exitcode") == 2
    assert f"Changed in the portal\n\n{SEAT_OF_ELI.format('-')}" in run.out


def test_a_part_that_was_bought_waits_for_the_rest(applied: Path, run: Run) -> None:
    a_seat_for_eli(applied)
    replace_in(applied / "subscriptions.yaml", "seats: 4", "seats: 6")
    assert run("apply", "--auto-approve") == 3
    bought(run, "--seats", "4")
    assert run("drift", "-v", "--detailed-exitcode") == 0
    told = "team design\n  + AutoCAD for eli@acme.example\n  ~ subscription 574-1: seats 4 -> 6\n"
    assert run.out.partition("\n\n")[2] == f"{WAITING}\n\n{told}\n{NONE}"


def test_portal_changes_of_waiting_facts_are_drift(applied: Path, run: Run) -> None:
    a_seat_for_eli(applied)
    assert run("apply", "--auto-approve") == 3
    bought(run, "--seats", "4")
    in_portal(step("seat.assign", product="AutoCAD", user="eli@acme.example"))
    assert run("drift", "-v") == 0
    assert run.out.endswith(f"\n\n{NONE}")
    in_portal(step("seat.unassign", product="AutoCAD", user="eli@acme.example"))
    assert run("drift", "--adopt") == 0, run.said
    assert f"Changed in the portal\n\n{SEAT_OF_ELI.format('-')}" in run.out
    assert (
        "AutoCAD: [ana@acme.example, ben@acme.example, cho@acme.example]" in (applied / "teams/design.yaml").read_text()
    )


def test_changes_accepted_by_rebase_stay_drift(applied: Path, run: Run) -> None:
    write(
        applied,
        {"teams/build.yaml": "teams:\n  build: {primary_admin: ana@acme.example, members: [cho@acme.example]}\n"},
    )
    replace_in(
        applied / "subscriptions.yaml",
        "subscriptions:\n",
        """subscriptions:
  "574-2": {team: build, product: Revit, offering: single-user, seats: 1, channel: reseller,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
    )
    buy = ["--order", "0", "--company", "Acme", "--manager", "ana@acme.example", "--product", "Revit"]
    buy += [
        "--channel",
        "reseller",
        "--starts",
        "2026-01-01",
        "--ends",
        "2027-12-31",
        "--subscription",
        "574-2",
        "--offering",
        "single-user",
    ]
    assert run("account", "purchase", *buy, "--seats", "1", "--team", "build") == 0, run.err
    assert run("apply", "--auto-approve") == 0, run.said
    a_seat_for_eli(applied)
    assert run("plan", "--out", "a.plan") == 0
    in_portal(Step.make("group.create", Scope("team", "build"), group="lab"))
    assert run("apply", "a.plan", "--auto-approve", "--rebase") == 3, run.said
    bought(run, "--seats", "4")
    assert run("drift", "-v") == 0
    told = "team build\n  + group lab\n"
    told = f"Changed in the portal\n\n{told}\n{WAITING}\n\n{SEAT_OF_ELI.format('+')}\n"
    assert run.out.partition("\n\n")[2] == told + "Drift: 1 changed in the portal, 0 in git, 0 in both.\n"


def test_dependents_of_a_confirmed_form_still_wait(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    examples = Path(__file__).parents[2] / "examples/classic"
    shutil.copytree(examples, folder, dirs_exist_ok=True)
    shutil.rmtree(folder / ".seatsync", ignore_errors=True)
    assert run("account", "create", "--name", "acme") == 0
    assert run("account", "load", "account.yaml") == 0
    assert run("apply", "--auto-approve") == 3
    assert run("account", "confirm", "--all") == 0
    assert run("drift", "-v", "--adopt", "--detailed-exitcode") == 0
    assert (
        run.out.partition("\n\n")[2]
        == f"""{WAITING}

contract 110001234567
  ~ product AutoCAD 2019: seats 2 -> 3
  + AutoCAD 2019 for eli@acme.example

contract 110007654321
  - member cho@acme.example

{NONE}
Nothing to write back.
"""
    )


def test_a_target_that_does_not_tell_its_past(applied: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    in_portal(step("seat.unassign", product="AutoCAD", user="cho@acme.example"), step("group.create", group="lab"))
    monkeypatch.setattr(SqlTarget, "after_apply", lambda _: None)
    assert run("drift", "--adopt") == 0
    assert (
        run.out.partition("\n\n")[2]
        == """\
Changed in the portal (or still waiting after an apply: this target does not record completed cases)

team design
  + group lab
  - AutoCAD for cho@acme.example

Drift: 2 changed in the portal, 0 in git, 0 in both.

Written teams/design.yaml
  + team design: group lab
  + cho@acme.example is listed, to stay a member

Left for you
  team design: AutoCAD for cho@acme.example (it may be waiting since an apply; this target keeps no record of that)
"""
    )


def test_an_address_that_does_not_read_as_a_name_is_quoted(applied: Path, run: Run) -> None:
    in_portal(
        step("user.invite", user="o'neil@acme.example", first_name="", last_name=""),
        step("seat.assign", product="AutoCAD", user="o'neil@acme.example"),
    )
    assert run("drift", "--adopt") == 0
    assert '  + "o\'neil@acme.example" is declared\n' in run.out


def test_a_changed_sso_configuration_is_shown_field_by_field(loaded: Path, run: Run) -> None:
    sso = "    sso: {domains: [acme.example, acme.test], metadata_url: https://id.example/saml}\n"
    replace_in(loaded / "teams/design.yaml", "    seats:\n", f"{sso}    seats:\n")
    assert run("apply", "--at", DAY, "--auto-approve") == 0
    facts = Facts((("domains", ("acme.example", "acme.invalid")), ("metadata_url", "https://id.example/saml")))
    in_portal(Step.make("sso.configure", DESIGN, sso=facts))
    assert run("drift", "--at", DAY) == 0
    assert run.out == HEAD.format(3) + (
        """
Changed in the portal

team design
  ~ SSO configuration: domains: acme.test removed, acme.invalid added

Drift: 1 changed in the portal, 0 in git, 0 in both.
"""
    )
