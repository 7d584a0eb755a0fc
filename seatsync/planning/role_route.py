"""The shortest way between two role tables of one team.

Only a secondary admin can become primary, and the former primary becomes secondary by it; every other change of role
is one step for one person. So the length is: one step a person whose role differs, one more where the new primary
is not secondary yet, one less where the former primary is to be secondary anyway.
"""

from typing import NamedTuple

from seatsync.account.actions.admin_actions import ASSIGN_ROLE, ASSIGN_SECONDARY, CHANGE_PRIMARY, REVOKE
from seatsync.account.actions.spec import ActionSpec
from seatsync.account.model import Team


class RoleStep(NamedTuple):
    """An action on the role of one person; `inserted` where only the rules need it (STEP003)."""

    action: ActionSpec
    user: str
    inserted: bool = False


def role_route(now: Team, wanted: Team) -> list[RoleStep]:
    """The steps from the roles of `now` to those of `wanted`: the swap first, then who gains, then who loses."""
    swap: list[RoleStep] = []
    before = dict(now.admins)
    if now.primary != wanted.primary:
        if before.get(wanted.primary) != "secondary":
            swap.append(RoleStep(ASSIGN_SECONDARY, wanted.primary, inserted=True))
        swap.append(RoleStep(CHANGE_PRIMARY, wanted.primary))
        before.pop(wanted.primary, None)
        before[now.primary] = "secondary"
    gains = [
        RoleStep(ASSIGN_ROLE[role], user) for user, role in sorted(wanted.admins.items()) if before.get(user) != role
    ]
    losses = [RoleStep(REVOKE, user) for user in sorted(before) if user not in wanted.admins]
    return [*swap, *gains, *losses]
