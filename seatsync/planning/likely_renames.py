"""STEP010: a team or group appears while a similar one is declared no more, so a rename may have been meant."""

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.actions import Step
from seatsync.account.model import Account
from seatsync.declaration.declared import Declaration

Facts: TypeAlias = tuple[AbstractSet[str], ...]
"""What two things may share: sets of members, of names of groups, of subscriptions."""


def likely_renames(
    declared: Declaration, before: Account, base: Account, goal: Account, steps: Iterable[Step]
) -> Iterator[tuple[Step, str]]:
    """Return each step that creates a team or group, with the vanished name that was probably meant.

    `before` is the account as it was read, `base` after its renames, purchases and new teams, `goal` as wanted.
    """
    policy = declared.project.policy
    vanished = {
        name: _team(base, name)
        for name in sorted(before.teams.keys() & base.teams.keys() - declared.teams.keys())
        if not policy.ignores_team(name)
    }
    groups: dict[str, dict[str, Facts]] = {}
    made: set[str] = set()
    for step in steps:
        name = step.scope.name
        if step.action == "group.create":
            gone = groups.setdefault(name, _vanished_groups(declared, base, name))
            old = _most_alike((goal.teams[name].groups[step.text("group")].members,), gone)
        elif step.action in _MAKES_A_TEAM and name in goal.teams and name not in before.teams and name not in made:
            made.add(name)
            old = _most_alike(_team(goal, name), vanished)
        else:
            continue
        if old is not None:
            yield step, old


_MAKES_A_TEAM = frozenset({"team.create", "purchase.subscription"})


def renamed_instead(step: Step, old: str) -> str:
    """Return the note on a step that creates a team or group, given the name that vanishes."""
    kind = "group" if step.action == "group.create" else "team"
    written = json.dumps(old, ensure_ascii=False)
    return (
        f"{kind} {old} is no longer declared and shares most of what this one has; did you mean"
        f" `renamed_from: {old if old.isascii() and old.isalnum() and not old.isdigit() else written}`? (STEP010)"
    )


def _team(account: Account, name: str) -> Facts:
    team = account.teams[name]
    return team.members, team.groups.keys(), account.subscriptions_of(name).keys()


def _vanished_groups(declared: Declaration, base: Account, name: str) -> dict[str, Facts]:
    team, said = base.teams.get(name), declared.teams.get(name)
    if team is None or said is None:
        return {}
    return {old: (team.groups[old].members,) for old in sorted(team.groups.keys() - said.groups.keys())}


def _most_alike(new: Facts, vanished: Mapping[str, Facts]) -> str | None:
    """Return the vanished thing that shares the greatest part of one of its facts, if that is more than half."""
    best, most = None, 0.5
    for name, old in vanished.items():
        share = max(len(theirs & ours) / len(theirs) if theirs else 0.0 for theirs, ours in zip(old, new, strict=True))
        if share > most:
            best, most = name, share
    return best
