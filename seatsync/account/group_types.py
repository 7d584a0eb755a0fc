"""Types of groups: who keeps a group of the vendor's real account, as far as an export told."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias, get_args

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import RENAMES_TEAM

GroupType: TypeAlias = Literal["manual", "synced", "unknown"]
"""`manual`: admins of the team keep the group. `synced`: a directory does. `unknown`: an export has another word."""

GroupTypes: TypeAlias = Mapping[tuple[str, str], GroupType]
"""Types by team and group. A group without one was in no export with types."""

NO_TYPES: Final[GroupTypes] = {}
"""The types of an account that no export shows."""


def group_type(text: str) -> GroupType:
    """Return the type that a text names. Raises ValueError for any other text."""
    if text not in get_args(GroupType):
        raise ValueError(text)
    return text  # type: ignore[return-value]  # checked above


def types_after(types: GroupTypes, steps: Iterable[Step]) -> GroupTypes:
    """Return types with the renames of teams and groups by some steps."""
    for step in steps if types else ():
        if step.action in RENAMES_TEAM:
            old, new = step.scope.name, step.text("to")
            types = {(new if team == old else team, group): kind for (team, group), kind in types.items()}
        elif step.action == RENAME_GROUP.name:
            before, after = (step.scope.name, step.text("group")), (step.scope.name, step.text("to"))
            types = {after if about == before else about: kind for about, kind in types.items()}
    return types
