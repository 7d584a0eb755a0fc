"""Groups and their products outside their days are as if they were not declared, and as declared within them."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random
from string import Template
from typing import Any

import pytest
from hypothesis import given, settings

from seatsync.clock import Clock, later
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.states import as_account
from seatsync.finding import has_errors
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan
from tests.chance import chances
from tests.planning.situations import Situation, situation
from tests.planning.states import DAY

Facts = dict[str, Any]


def only_today(facts: Facts) -> Facts:
    """Return the content of a fragment without what is declared for other days, and without days."""
    found = deepcopy(facts)
    for team in found["teams"].values():
        team["groups"] = {name: group for name, group in team["groups"].items() if lasts(group)}
        for group in team["groups"].values():
            entries = [item if isinstance(item, dict) else {"product": item} for item in group["products"]]
            group["products"] = [item["product"] for item in entries if lasts(item)]
            group.pop("from", None)
            group.pop("until", None)
    return found


def lasts(facts: Facts) -> bool:
    return bool(facts.get("from", DAY) <= DAY <= facts.get("until", DAY))


def days_change_nothing(random: Random, dated: Callable[[Facts], Facts] = deepcopy) -> bool | None:
    """Assert that a plan is that of the entries of its day. `dated` breaks the files; None: `validate` refuses them."""
    found = situation(random, dated=1)
    found.policy["prune"] = ["seats", "admins", "groups", "members"]
    for scope in (*found.facts["teams"].values(), *found.facts["contracts"].values()):
        scope.pop("prune", None)
    plain = deepcopy(found)
    plain.facts, found.facts = only_today(found.facts), dated(found.facts)
    plans = [planned(each) for each in (plain, found)]
    if plans[0] is None or plans[1] is None:
        return None
    assert plans[1] == plans[0]
    return found.facts != plain.facts


def planned(found: Situation) -> list[tuple[object, ...]] | None:
    declared = found.declaration()
    return None if declared is None else _things(found.plan(declared))


def _things(plan: Plan) -> list[tuple[object, ...]]:
    steps = [(each.step.action, each.step.scope, each.step.args, each.needs) for each in plan.steps]
    return [*steps, tuple(finding.message for finding in plan.findings)]


@given(chances())
@settings(max_examples=60)
def test_a_plan_is_that_of_the_entries_of_its_day(random: Random) -> None:
    days_change_nothing(random)


def without_days_of_groups(facts: Facts) -> Facts:
    found = deepcopy(facts)
    for team in found["teams"].values():
        for group in team["groups"].values():
            group.pop("from", None)
            group.pop("until", None)
    return found


def without_days_of_products(facts: Facts) -> Facts:
    found = deepcopy(facts)
    for team in found["teams"].values():
        for group in team["groups"].values():
            group["products"] = [item if isinstance(item, str) else item["product"] for item in group["products"]]
    return found


@pytest.mark.parametrize("broken", [without_days_of_groups, without_days_of_products])
def test_files_whose_days_are_not_heeded_are_caught(broken: Callable[[Facts], Facts]) -> None:
    caught = 0
    for seed in range(60):
        try:
            days_change_nothing(Random(seed), broken)
        except AssertionError:
            caught += 1
    assert caught


def test_most_situations_have_days() -> None:
    found = [days_change_nothing(Random(seed)) for seed in range(40)]
    assert found.count(True) > found.count(False) + found.count(None)


# Every kind of entry with days

PROJECT = """\
version: 1
account: acme
include: [all.yaml, "*.csv"]
policy: {max_removals: 100%, prune: []}
"""
TEXT = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {$by_user}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example, $secondary]
    sso_admins: [$sso]
    external_users: [$external]
    members: [cho@acme.example, $member]
    groups:
      cad: {members: [cho@acme.example, $in_group], products: [$of_group]}
      lab: {members: [cho@acme.example], $group}
    seats: {AutoCAD: [cho@acme.example, $seat]}
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  s-2: {team: design, product: Revit, offering: single-user, seats: 9, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
contracts:
  "110":
    contract_manager: ana@acme.example
    license_type: perpetual
    channel: store
    members: [cho@acme.example, $in_contract]
    products: {Maya: {seats: 9, serial: "1", users: [cho@acme.example, $contract_user]}}
    services: {Rendering: [cho@acme.example, $service]}
    support: [cho@acme.example, $support]
lists: {core: {members: [dee@acme.example]}}
"""
FIRST, LAST = "2026-06-10", "2026-06-20"
SPAN = f"from: {FIRST}, until: {LAST}"
USER = "dee@acme.example"
PERSON = f"{{user: {USER}, {SPAN}}}"
ENTRIES = {
    **dict.fromkeys(("secondary", "sso", "external", "member", "in_group", "seat"), PERSON),
    **dict.fromkeys(("in_contract", "contract_user", "service", "support"), PERSON),
    "by_user": f"seats: {{design: [{{product: AutoCAD, {SPAN}}}]}}",
    "of_group": f"{{product: Revit, {SPAN}}}",
    "group": SPAN,
}
CASES = [*ENTRIES.items(), ("seat", f"{{list: core, {SPAN}}}"), ("in_group", f"{{list: core, {SPAN}}}")]
ROWS = {
    "product": "product,AutoCAD",
    "place in a group": "group,cad",
    "secondary admin": "role,secondary",
    "SSO admin": "role,sso",
    "external user": "role,external",
}


def declared_with(folder: Path, place: str, entry: str, row: str = "") -> Declaration:
    """Return the declaration with one more entry. Dee is a member of everything, unless that is the entry."""
    usual = dict.fromkeys(ENTRIES, "") | {"member": USER, "in_contract": USER, "group": "until: 2020-01-01"}
    text = Template(TEXT).substitute(usual | {place: entry})
    folder.mkdir()
    (folder / "seatsync.yaml").write_text(PROJECT)
    (folder / "all.yaml").write_text(text if not row else text.replace("  dee@acme.example: {}\n", ""))
    (folder / "people.csv").write_text(row or "email\n")
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings), [finding.message for finding in loaded.findings]
    return loaded.declaration


def removed_or_given(declared: Declaration, held: Declaration, absent: Declaration) -> list[tuple[bool, bool]]:
    """Return for days around the term whether plans take it from who has it, and give it to who lacks it."""
    found = []
    for day in (later(FIRST, -1), FIRST, LAST, later(LAST, 1)):
        clock = Clock.at(day)
        plans = [
            make_plan(declared, Request(as_account(each, clock), "x", clock, lambda _: "account", "sha256:0", "{}"))
            for each in (held, absent)
        ]
        assert not any(has_errors(plan.findings) for plan in plans)
        found.append((bool(plans[0].steps), bool(plans[1].steps)))
    return found


AROUND = [(True, False), (False, True), (False, True), (True, False)]


@pytest.mark.parametrize(("place", "entry"), CASES)
def test_an_entry_counts_from_its_first_through_its_last_day(place: str, entry: str, tmp_path: Path) -> None:
    texts = {
        "declared": entry,
        "held": entry.replace(f", {SPAN}", "").replace(SPAN, ""),
        "absent": "until: 2020-01-01" if place == "group" else "",
    }
    declared, held, absent = (declared_with(tmp_path / name, place, text) for name, text in texts.items())
    assert removed_or_given(declared, held, absent) == AROUND
    assert removed_or_given(held, held, absent) != AROUND  # days that are not heeded are caught


@pytest.mark.parametrize("what", ROWS)
def test_a_row_counts_from_its_first_through_its_last_day(what: str, tmp_path: Path) -> None:
    column, _, value = ROWS[what].partition(",")
    head, row = f"email,team,{column},from,until\n", f"{USER},design,{value}"
    rows = {"declared": f"{row},{FIRST},{LAST}\n", "held": f"{row},,\n", "absent": f"{USER},,,,\n"}
    declared, held, absent = (declared_with(tmp_path / name, "by_user", "", head + text) for name, text in rows.items())
    assert removed_or_given(declared, held, absent) == AROUND
    assert removed_or_given(held, held, absent) != AROUND
