"""Whole plans, from YAML to plain lines (`plans/*.txt`); each is also replayed by the checker."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from seatsync.account.history import TrackedPeople
from seatsync.account.model import Account, Scope
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.states import as_account
from seatsync.planning.difference import initial_steps
from seatsync.planning.plan import Plan
from tests.planning.case_files import FOLDER, Case, all_cases, cases_in, rewritten
from tests.planning.words import DAY, USERS, lines, plan_of


def plan_for(case: Case, folder: Path) -> Plan:
    options = case.options
    users = (
        USERS
        if "users" not in options
        else "users:\n" + "".join(f"  {name}@acme.example: {{}}\n" for name in options["users"].split())
    )
    return plan_of(
        folder,
        case.parts["current"],
        case.parts["declared"],
        users="" if "\nusers:" in "\n" + case.parts["declared"] else users,
        policy=options.get("policy", "max_removals: 100%"),
        day=options.get("day", DAY),
        actor=options.get("actor"),
        teams=tuple(options.get("teams", "").split()),
        allow=tuple(options.get("allow", "").split()),
        applied_policy=options.get("applied"),
        tracked=tracked_of(options.get("once declared", "")),
    )


def tracked_of(text: str) -> TrackedPeople:
    """Return the people declared in each scope before, from `design: cho dee; contract 110: eli`."""
    tracked: dict[Scope, frozenset[str]] = {}
    for entry in filter(None, text.split(";")):
        name, _, people = entry.partition(":")
        words = name.split()
        scope = Scope("contract", words[1]) if words[0] == "contract" else Scope("team", words[0])
        tracked[scope] = frozenset(f"{person}@acme.example" for person in people.split())
    return tracked


@pytest.mark.skipif("UPDATE_PLANS" in os.environ, reason="the plans are being written anew")
@pytest.mark.parametrize("case", list(all_cases()), ids=str)
def test_the_plan_is_as_written(case: Case, tmp_path: Path) -> None:
    assert lines(plan_for(case, tmp_path)) == case.parts["plan"].strip("\n")


@pytest.mark.skipif("UPDATE_PLANS" not in os.environ, reason="only when the plans are to be written anew")
def test_write_the_plans_again(tmp_path: Path) -> None:
    for file in sorted(FOLDER.glob("*.txt")):
        plans = {case.title: lines(plan_for(case, tmp_path)) for case in cases_in(file)}
        file.write_text(rewritten(file, plans), encoding="utf-8")


@pytest.mark.parametrize(
    ("policy", "expected"), [("max_removals: 100%", 1), ("ignore: {users: ['*@acme.example']}", 0)]
)
def test_declared_members_are_found_once_for_all_new_addresses_outside_a_run(
    policy: str, expected: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[str] = []

    def counted(declared: Declaration, clock: Clock) -> Account:
        times.append(clock.day)
        return as_account(declared, clock)

    monkeypatch.setattr(initial_steps, "as_account", counted)
    design = "{primary_admin: ana@acme.example, secondary_admins: [PEOPLE]}"
    teams = f"teams:\n  design: {design}\n  build: {{primary_admin: ana@acme.example}}\n"
    old, new = (", ".join(f"{name}@{domain}.example" for name in ("ben", "cho", "dee")) for domain in ("old", "acme"))
    known = ", ".join(f"{user}: {{}}" for user in ("ana@acme.example", *old.split(", ")))
    plan = plan_of(
        tmp_path,
        f"users: {{{known}}}\n{teams.replace('PEOPLE', old)}",
        teams.replace("PEOPLE", new),
        users=re.sub(r"(ben|cho|dee)@acme.example: {", r"\g<0>previous_emails: [\1@old.example], ", USERS),
        policy=policy,
        teams=("build",),
    )
    assert {planned.step.action for planned in plan.steps} <= {"user.update"}
    assert len(times) == expected
