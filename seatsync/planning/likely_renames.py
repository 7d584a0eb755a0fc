"""STEP010: likely renames, where a new team or group resembles one that is no longer declared."""

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.actions.group_actions import CREATE_GROUP
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import Account
from seatsync.declaration.declared import Declaration

Traits: TypeAlias = tuple[AbstractSet[str], ...]
"""Sets by which two teams or groups are compared: members, names of groups, subscriptions."""


def likely_renames(
    declared: Declaration, before: Account, base: Account, goal: Account, steps: Iterable[Step]
) -> Iterator[tuple[Step, str]]:
    """Yield each step that probably creates a team or group instead of renaming one, with the old name.

    `before` is the account as it was read, `base` after renames, purchases and new teams, `goal` the desired state.
    """
    policy = declared.project.policy
    vanished = {
        name: _team(base, name)
        for name in sorted(before.teams.keys() & base.teams.keys() - declared.teams.keys())
        if not policy.ignores_team(name)
    }
    groups: dict[str, dict[str, Traits]] = {}
    made: set[str] = set()
    for step in steps:
        name = step.scope.name
        if step.action == CREATE_GROUP.name:
            gone = groups.setdefault(name, _vanished_groups(declared, base, name))
            old = _most_alike((goal.teams[name].groups[step.text("group")].members,), gone)
        elif step.action in _MAKES_A_TEAM and name in goal.teams and name not in before.teams and name not in made:
            made.add(name)
            old = _most_alike(_team(goal, name), vanished)
        else:
            continue
        if old is not None:
            yield step, old


_MAKES_A_TEAM = frozenset(name for name, spec in ACTIONS.items() if spec.makes_scope and "team" in spec.effects)


def renamed_instead(step: Step, old: str) -> str:
    """Return the note on a step that creates a team or group although `old` was probably renamed."""
    kind = "group" if step.action == CREATE_GROUP.name else "team"
    written = json.dumps(old, ensure_ascii=False)
    return (
        f"takes over most of {kind} {old}, which is no longer declared; if that one is renamed, add"
        f" `renamed_from: {old if old.isascii() and old.isalnum() and not old.isdigit() else written}` (STEP010)"
    )


def _team(account: Account, name: str) -> Traits:
    team = account.teams[name]
    return team.members, team.groups.keys(), account.subscriptions_of(name).keys()


def _vanished_groups(declared: Declaration, base: Account, name: str) -> dict[str, Traits]:
    team, entry = base.teams.get(name), declared.teams.get(name)
    if team is None or entry is None:
        return {}
    return {old: (team.groups[old].members,) for old in sorted(team.groups.keys() - entry.groups.keys())}


def _most_alike(new: Traits, vanished: Mapping[str, Traits]) -> str | None:
    """Return the vanished thing that shares the largest part of one of its traits, if that is more than half."""
    best, most = None, 0.5
    for name, old in vanished.items():
        share = max(len(theirs & ours) / len(theirs) if theirs else 0.0 for theirs, ours in zip(old, new, strict=True))
        if share > most:
            best, most = name, share
    return best
