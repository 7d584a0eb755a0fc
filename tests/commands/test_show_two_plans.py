"""`seatsync show A B`: two saved plans compared."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.model import WHOLE_ACCOUNT
from seatsync.planning.plan import Lasting, Undo, to_json
from seatsync.planning.plan_file import from_json
from tests.commands.running import DAY, Run, loaded_by, replace_in

DESIGN = "teams/design.yaml"
BOTH = "[ben@acme.example, cho@acme.example]"


@pytest.fixture(name="planned")
def _planned(loaded: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a saved plan, `a.json`, that removes a seat and configures SSO."""
    monkeypatch.setenv("SEATSYNC_AT", DAY)
    replace_in(loaded / "users.yaml", "cho@acme.example: {}", "cho@acme.example: {}\n  dee@acme.example: {}")
    sso = "    sso: {domains: [acme.example, acme.test], metadata_url: https://id.example/saml}\n"
    replace_in(loaded / DESIGN, "    seats:\n", f"{sso}    seats:\n")
    replace_in(loaded / DESIGN, BOTH, "[ben@acme.example]")
    assert run("plan", "--out", "a.json") == 0
    return loaded


def test_equal_plans(planned: Path, run: Run) -> None:
    assert run("show", "a.json", "a.json", "--detailed-exitcode") == 0
    intent = json.loads((planned / "a.json").read_text())["intent"]
    assert run.said == (
        f"""\
Account acme, from a.json to a.json

The plans are equal.
The intent is the same, so approvals of the first plan are valid for the second: {intent}
""",
        "",
    )
    assert run("show", "a.json", "a.json", "--format", "json") == 0
    document = json.loads(run.out)
    assert document["equal"] is document["same_intent"] is True
    assert document["base"] == document["head"]
    assert document["fields"] == []
    assert document["summary"] == {"added": 0, "removed": 0, "changed": 0, "moved": 0}


def test_differences_of_two_plans(planned: Path, run: Run) -> None:
    replace_in(planned / DESIGN, "acme.test", "acme.invalid")
    replace_in(planned / DESIGN, "[ben@acme.example]\n    sso", "[cho@acme.example]\n    sso")
    replace_in(planned / DESIGN, "AutoCAD: [ben@acme.example]", "AutoCAD: [cho@acme.example, dee@acme.example]")
    replace_in(planned / "seatsync.yaml", "max_removals: 50%", "max_removals: 80%, prune: [seats, admins]")
    assert run("plan", "--out", "b.json", "--at", "2026-11-22", "--allow", "GUARD001.admins=1") == 0, run.said
    old, new = (json.loads((planned / name).read_text()) for name in ("a.json", "b.json"))
    assert run("show", "a.json", "b.json", "--detailed-exitcode") == 2
    assert run.said == (
        f"""\
Account acme, from a.json to b.json

Plan
  ~ at: 2026-11-21 -> 2026-11-22
  ~ config.digest: "{old["config"]["digest"]}" -> "{new["config"]["digest"]}"
  ~ policy.max_removals: "50%" -> "80%"
  ~ policy.prune: groups removed, leavers removed
  ~ allow: "GUARD001.admins=1" added
  ~ unmanaged: team design, user ben@acme.example added

Steps removed
  - 2. team design: remove cho@acme.example

Steps added
  + 1. team design: invite dee@acme.example
  + 2. team design: make cho@acme.example secondary admin
  + 4. team design: assign AutoCAD to dee@acme.example
  + 5. team design: take AutoCAD from ben@acme.example
  + 6. team design: take the admin role from ben@acme.example

Steps changed
  ~ 3. team design: configure SSO: domains acme.example and acme.invalid, metadata_url "https://id.example/saml"
      args.sso.domains: acme.test removed, acme.invalid added

Findings added
  + info GUARD001 --allow GUARD001.admins=1 has no effect: the guard does not fire

The plans differ: 5 steps added, 1 removed, 1 changed, 0 moved.
The intent differs, so the second plan needs new approvals: {new["intent"]}
""",
        "",
    )
    assert run("show", "a.json", "b.json", "--format", "json", "--output", "text=diff.txt") == 0
    document = json.loads(run.out)
    assert (document["equal"], document["same_intent"]) == (False, False)
    assert document["head"] == {
        "file": "b.json",
        "serial": 1,
        "at": "2026-11-22",
        "intent": new["intent"],
        "digest": new["digest"],
    }
    assert document["fields"][0] == {"path": ["at"], "kind": "change", "old": "2026-11-21", "new": "2026-11-22"}
    assert document["steps"]["removed"] == [
        {
            "id": 2,
            "action": "user.remove",
            "scope": {"team": "design"},
            "args": {"user": "cho@acme.example"},
            "words": "team design: remove cho@acme.example",
        }
    ]
    (changed,) = document["steps"]["changed"]
    assert (changed["base"], changed["head"], changed["action"]) == (1, 3, "sso.configure")
    assert changed["fields"] == [
        {"path": ["args", "sso", "domains"], "kind": "remove", "old": "acme.test", "new": None},
        {"path": ["args", "sso", "domains"], "kind": "add", "old": None, "new": "acme.invalid"},
    ]
    assert document["steps"]["moved"] == []
    assert [finding["code"] for finding in document["findings"]["added"]] == ["GUARD001"]
    assert document["summary"] == {"added": 5, "removed": 1, "changed": 1, "moved": 0}
    assert (planned / "diff.txt").read_text().startswith("Account acme, from a.json to b.json\n")


def test_a_later_plan_of_the_same_changes(planned: Path, run: Run) -> None:
    """Moved lines are not compared; required approvals are, but are no part of the intent."""
    replace_in(planned / DESIGN, "teams:\n", "# a comment\nteams:\n")
    assert run("account", "accept", "--user", "cho@acme.example") == 1
    assert run("plan", "--out", "b.json", "--require-approval", "--author", "ana@acme.example") == 1
    assert run("show", "a.json", "b.json", "--detailed-exitcode") == 2
    assert run.out.splitlines()[2:7] == [
        "Plan",
        "  ~ require: approvals 1, authors ana@acme.example added",
        "",
        "The plans differ: 0 steps added, 0 removed, 0 changed, 0 moved.",
        f"The intent is the same, so approvals of the first plan are valid for the second: {intent_of(planned)}",
    ]


def intent_of(folder: Path) -> str:
    intent: str = json.loads((folder / "a.json").read_text())["intent"]
    return intent


def test_only_the_order_differs(planned: Path, run: Run) -> None:
    """The intent contains the order of SSO domains and overrides, so a change of it is shown."""
    replace_in(planned / DESIGN, "[acme.example, acme.test]", "[acme.test, acme.example]")
    assert run("plan", "--out", "a.json", "--allow", "GUARD002", "--allow", "GUARD003") == 0
    replace_in(planned / DESIGN, "[acme.test, acme.example]", "[acme.example, acme.test]")
    assert run("plan", "--out", "b.json", "--allow", "GUARD003", "--allow", "GUARD002") == 0
    old, new = (json.loads((planned / name).read_text()) for name in ("a.json", "b.json"))
    assert run("show", "a.json", "b.json", "--detailed-exitcode") == 2
    assert (
        run.out
        == f"""\
Account acme, from a.json to b.json

Plan
  ~ config.digest: "{old["config"]["digest"]}" -> "{new["config"]["digest"]}"
  ~ allow: GUARD002 and GUARD003 -> GUARD003 and GUARD002

Steps changed
  ~ 1. team design: configure SSO: domains acme.example and acme.test, metadata_url "https://id.example/saml"
      args.sso.domains: acme.test and acme.example -> acme.example and acme.test

The plans differ: 0 steps added, 0 removed, 1 changed, 0 moved.
The intent differs, so the second plan needs new approvals: {new["intent"]}
"""
    )


def test_nothing_that_a_plan_holds_breaks_out(planned: Path, run: Run) -> None:
    plan = from_json((planned / "a.json").read_text())
    (planned / "b.json").write_text(to_json(plan._replace(target="postgresql://joe:pa55word@db/\x1b[31m")))
    assert run("show", "a.json", "b.json") == 0
    assert run.out.splitlines()[2:4] == [
        "Plan",
        '  ~ target: "sqlite:///account.db" -> "postgresql://joe:***@db/\\x1b[31m"',
    ]
    assert run("show", "a.json", "b.json", "--format", "json") == 0
    assert "pa55word" not in run.out
    assert "\x1b" not in run.out


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["a.json", "a.json", "--by-person"], "--by-person shows one plan; leave it out, or name a single plan"),
        (
            ["a.json", "--detailed-exitcode"],
            "--detailed-exitcode compares two plans; name a second one, or leave it out",
        ),
        (["a.json", "a.json", "--format", "html"], "unknown format 'html'; choose one of json, text"),
        (["a.json", "c.json"], "the plans are for different accounts, acme and other; compare plans of one"),
    ],
)
def test_unsupported_options(planned: Path, run: Run, arguments: list[str], problem: str) -> None:
    plan = from_json((planned / "a.json").read_text())
    (planned / "c.json").write_text(to_json(plan._replace(account="other")))
    assert run("show", *arguments) == 1
    assert run.said == ("", f"seatsync: {problem}\n")


def test_a_plan_that_was_altered(planned: Path, run: Run) -> None:
    (planned / "b.json").write_text((planned / "a.json").read_text().replace("acme.test", "acme.best"))
    assert run("show", "a.json", "b.json") == 1
    problem = "was altered, or is not a plan; make a new one with `seatsync plan --out`"
    assert run.said == ("", f"seatsync: PLAN002: {planned / 'b.json'} {problem}\n")


def test_a_plan_of_another_version(planned: Path, run: Run) -> None:
    text = (planned / "a.json").read_text()
    (planned / "b.json").write_text(text.replace("seatsync/plan/1", "seatsync/plan/2"))
    problem = (
        "has format seatsync/plan/2, but this version of seatsync reads seatsync/plan/1; make a new one with"
        " `seatsync plan --out`"
    )
    for command in (["show", "b.json"], ["show", "a.json", "b.json"], ["apply", "b.json", "--auto-approve"]):
        assert run(*command) == 1
        assert run.said == ("", f"seatsync: PLAN002: {planned / 'b.json'} {problem}\n")


def test_a_plan_that_undoes_a_run(planned: Path, run: Run) -> None:
    """An empty mapping, such as the scope of a step for the whole account, is shown as none."""
    plan = from_json((planned / "a.json").read_text())
    again = Step.make("user.resend_invitation", WHOLE_ACCOUNT, user="cho@acme.example")
    (planned / "b.json").write_text(to_json(plan._replace(undo=Undo(3, lasting=(Lasting("mail", again),)))))
    assert run("show", "a.json", "b.json") == 0
    lasting = "action user.resend_invitation, args user cho@acme.example, scope none, why mail"
    assert run.out.splitlines()[2:5] == ["Plan", f"  ~ undo: kept none, lasting {lasting}, run 3, whole true added", ""]


@pytest.mark.parametrize("command", [["validate"], ["plan", "--target", "file:account.yaml"]])
def test_only_what_compares_documents_imports_deepdiff(command: list[str]) -> None:
    _, packages = loaded_by("-C", "examples/quickstart", *command, "--at", "2026-06-15")
    assert "deepdiff" not in packages
