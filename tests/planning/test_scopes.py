"""`prune` and `ignore` of single teams and contracts: what a plan may remove there, and what it must not touch."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings

from seatsync.account.engine import perform
from seatsync.account.model import Account, Team
from seatsync.finding import has_errors
from tests.chance import chances
from tests.planning.situations import CLOCK, Situation, situation


def planned(found: Situation) -> Account | None:
    """Return the account after the plan of a situation; None without a plan, or if it has errors."""
    declared = found.declaration()
    if declared is None or has_errors((plan := found.plan(declared)).findings):
        return None
    after = found.before.copy()
    for each in plan.steps:
        perform(after, each.step, CLOCK)
    return after


def wrong(found: Situation, after: Account) -> Iterator[str]:
    """Yield what a plan removed although it may not, and what it left although it may not."""
    moved = {old: new for new, old in found.former.items()}
    for name, facts in found.facts["teams"].items():
        old = found.former.get(name, name)
        if old in found.before.teams and name in after.teams and found.actor is None and found.teams in {(), (name,)}:
            before = found.before.teams[old]
            yield from wrong_in_team(facts, found.policy, before, after.teams[name], moved)


def wrong_in_team(
    facts: dict[str, Any], policy: dict[str, Any], before: Team, after: Team, moved: dict[str, str]
) -> Iterator[str]:
    ignored = {
        kind: {*policy.get("ignore", {}).get(kind, ()), *facts.get("ignore", {}).get(kind, ())}
        for kind in ("users", "groups", "products")
    }
    prune = facts.get("prune", policy["prune"])

    def holdings(team: Team, new: dict[str, str]) -> set[tuple[str, str, str]]:
        found = {("seats", product, new.get(user, user)) for product, users in team.seats.items() for user in users}
        for group, each in team.groups.items():
            found |= {("groups", group, new.get(user, user)) for user in each.members} | {("groups", group, "")}
            found |= {("seats", product, f"group {group}") for product in each.products}
        return found | {("admins", "", new.get(user, user)) for user in team.admins}

    declared = {("seats", product, user) for product, users in facts["seats"].items() for user in users}
    for group, each in facts["groups"].items():
        declared |= {("groups", group, user) for user in each["members"]} | {("groups", group, "")}
        declared |= {("seats", product, f"group {group}") for product in each["products"]}
    roles = (facts["primary_admin"], *facts["secondary_admins"], *facts["sso_admins"], *facts.get("external_users", ()))
    declared |= {("admins", "", user) for user in roles}
    then, now = holdings(before, moved), holdings(after, {})
    retained = {  # an undeclared group with ignored people or products
        group
        for group, each in before.groups.items()
        if group not in facts["groups"] and (each.members & ignored["users"] or each.products & ignored["products"])
    }
    deleted = {f"group {group}" for group in before.groups.keys() - after.groups.keys()}
    freed = {holding for holding in then if holding[2] in deleted}
    for kind, thing, who in sorted((then | now) - declared):
        holding = (kind, thing, who)
        groups = {thing} if kind == "groups" else {who.removeprefix("group ")}
        kept = groups & (ignored["groups"] | retained) or who in ignored["users"]
        kept = kept or (kind == "seats" and thing in ignored["products"])
        if kept and (holding in then) != (holding in now):
            yield f"{holding} is ignored, but changed"
        elif not kept and kind not in prune and holding in then - freed and holding not in now:
            yield f"{holding} is not pruned, but gone"
        elif not kept and kind in prune and holding in now and not (kind == "seats" and who.startswith("group ")):
            yield f"{holding} is pruned, but there"


@given(chances())
@settings(max_examples=100)
def test_teams_prune_and_ignore_by_themselves(random: Random) -> None:
    found = situation(random, dated=0)
    after = planned(found)
    assert after is None or list(wrong(found, after)) == []


@pytest.mark.parametrize("key", ["prune", "ignore"])
def test_a_plan_by_the_policy_of_the_project_alone_is_caught(key: str) -> None:
    caught = 0
    for seed in range(150):
        found = situation(Random(seed), dated=0)
        without = deepcopy(found)
        for team in without.facts["teams"].values():
            team.pop(key, None)
        after = planned(without)
        caught += after is not None and bool(list(wrong(found, after)))
    assert caught > 0
