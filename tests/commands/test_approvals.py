"""`--require-approval` of `plan` and `apply`: approvals from files and the environment, bound to what is applied."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in

AUTHOR = ("--author", "ana@acme.example")
LINE = "not an approval; write an address and the intent that the plan shows: `ana@acme.example sha256:…`"


@pytest.fixture(name="changed")
def _changed(loaded: Path) -> Path:
    """Return a repository that differs from its account."""
    replace_in(loaded / "teams" / "design.yaml", "ben@acme.example, cho@", "cho@")
    return loaded


def planned(run: Run, *more: str) -> int:
    return run("plan", "--at", DAY, *more)


def intent(run: Run) -> str:
    assert planned(run, "--format", "json") == 0
    found: str = json.loads(run.out)["intent"]
    return found


def test_without_approvals_a_plan_is_shown_and_ends_with_1(changed: Path, run: Run) -> None:
    bound = intent(run)
    assert (
        planned(run, "--require-approval", *AUTHOR, "--detailed-exitcode", "--format", "json", "--out", "p.json") == 1
    )
    assert json.loads(run.out)["require"] == {"approvals": 1, "authors": ["ana@acme.example"]}
    assert run.err == (
        "saved to p.json; run `seatsync apply p.json` to apply it\n\n"
        f"Approved by 0 of 1, intent {bound}\n1 more is needed, by: ben@acme.example.\n"
    )


def test_from_a_file_and_from_the_environment(changed: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    bound = intent(run)
    (changed / "yes.txt").write_text(f"BEN@acme.example {bound}\n", encoding="utf-8")
    arguments = ("--require-approval", "2", *AUTHOR, "--approvals", "yes.txt", "--detailed-exitcode")
    assert planned(run, *arguments) == 1
    assert "1 more is needed, but nobody else may approve." in run.err
    assert planned(run, "--require-approval", "1", *arguments[2:]) == 2
    assert run.err == f"\nApproved by 1 of 1, intent {bound}\n  + BEN@acme.example (yes.txt:1)\n"
    monkeypatch.setenv("SEATSYNC_APPROVALS", f"ben@acme.example {bound}")
    monkeypatch.setenv("SEATSYNC_AUTHOR", "ana@acme.example cho@acme.example")
    monkeypatch.setenv("SEATSYNC_REQUIRE_APPROVAL", "1")
    assert planned(run, "--detailed-exitcode") == 2
    assert run.err == f"\nApproved by 1 of 1, intent {bound}\n  + ben@acme.example (SEATSYNC_APPROVALS:1)\n"


def test_apply_wants_what_the_saved_plan_wants(changed: Path, run: Run) -> None:
    bound = intent(run)
    assert planned(run, "--require-approval", *AUTHOR, "--out", "p.json") == 1
    before = (changed / "account.db").read_bytes()
    for more in ((), ("--require-approval", "1", "--author", "ben@acme.example")):
        assert run("apply", "p.json", "--auto-approve", "--at", DAY, *more) == 1
        assert run.err.endswith("\nnothing was done\n")
    assert (changed / "account.db").read_bytes() == before
    (changed / "yes.txt").write_text(f"ben@acme.example {bound}\n", encoding="utf-8")
    assert run("apply", "p.json", "--auto-approve", "--at", DAY, "--approvals", "yes.txt") == 0
    assert f"Approved by 1 of 1, intent {bound}\n" in run.err
    assert run("apply", "p.json", "--auto-approve", "--at", DAY, "--approvals", "yes.txt") == 1


def test_saved_plan_shows_required_approvals(changed: Path, run: Run) -> None:
    bound = intent(run)
    assert planned(run, "--require-approval", "2", *AUTHOR, "--out", "p.json") == 1
    assert run("show", "p.json") == 0
    needs = "Needs 2 approvals of its intent, not by ana@acme.example."
    assert run.err == f"{needs} That is {bound}.\n"
    assert run("show", "p.json", "--format", "html") == 0
    assert needs in run.out
    assert run("show", "p.json", "--format", "markdown") == 0
    assert "\nNeeds 2 approvals of its intent, not by `ana@acme.example`.\n\nIntent `" in run.out


def test_the_comment_and_the_page_name_those_who_may_approve(changed: Path, run: Run) -> None:
    assert planned(run, "--require-approval", "1", *AUTHOR, "--format", "markdown") == 1
    may = "Needs 1 approval of its intent, not by `ana@acme.example`. May approve: `ben@acme.example`."
    assert f"\n{may}\n\nIntent `" in run.out
    assert planned(run, "--require-approval", "1", *AUTHOR, "--format", "html") == 1
    assert may.replace("`", "") in run.out


def test_a_new_intent_voids_them(changed: Path, run: Run) -> None:
    old = intent(run)
    (changed / "yes.txt").write_text(f"ben@acme.example {old}\n", encoding="utf-8")
    replace_in(changed / "teams" / "design.yaml", "[cho@acme.example]", "[cho@acme.example, ana@acme.example]")
    arguments = ("--require-approval", "1", *AUTHOR, "--approvals", "yes.txt")
    assert run("apply", "--auto-approve", "--at", DAY, *arguments) == 1
    assert f"  - ben@acme.example (yes.txt:1): approved another intent, {old}\n" in run.err


def test_from_a_folder(changed: Path, run: Run) -> None:
    (changed / "yes.txt").write_text(f"ben@acme.example {intent(run)}\n", encoding="utf-8")
    arguments = ("--require-approval", "1", *AUTHOR, "--approvals", "yes.txt")
    assert run("apply", "--auto-approve", "--at", DAY, *arguments) == 0
    assert run("apply", "--auto-approve", "--at", DAY, *arguments) == 0
    assert run.err == ""  # there is nothing to approve


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("--require-approval",), "--require-approval: nobody may approve their own change; name its author with"),
        (("--approvals", "yes.txt"), "--approvals needs --require-approval, the number of approvals required"),
        (("--require-approval", "1", "--author", "ana"), "--author ana: not an e-mail address"),
        (("--require-approval", "0"), "Invalid value for '--require-approval'"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "no.txt"), "no.txt: there is no such file; --approvals"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "teams"), "teams: is not a regular file"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "bad.txt"), f"bad.txt:1: {LINE}"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "raw.txt"), "raw.txt: is not UTF-8 text"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "large.txt"), "large.txt: is too large for a list"),
        (("--require-approval", "1", *AUTHOR, "--approvals", "a\0b"), "a\\x00b: cannot be read (not a path)"),
    ],
)
@pytest.mark.parametrize("command", ["plan", "apply"])
def test_unsupported_options(changed: Path, run: Run, command: str, arguments: tuple[str, ...], line: str) -> None:
    (changed / "bad.txt").write_text("ben@acme.example yes\n")
    (changed / "raw.txt").write_bytes(b"\xff")
    (changed / "large.txt").write_bytes(b"#" * (1 << 20) + b"#")
    more = ("--auto-approve",) if command == "apply" else ()
    assert run(command, "--at", DAY, *more, *arguments) == 1
    assert run.err.splitlines()[-1].startswith(f"seatsync: {line}")
    assert run.err.count("seatsync: ") == 1


def test_a_pipe_of_approvals(changed: Path, run: Run) -> None:
    bound = intent(run)
    os.mkfifo(changed / "pipe")
    if os.fork() == 0:
        (changed / "pipe").write_text(f"ben@acme.example {bound}\n")
        os._exit(0)
    assert planned(run, "--require-approval", "1", *AUTHOR, "--approvals", "pipe") == 0
    os.wait()
