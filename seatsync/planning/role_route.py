"""Shortest sequence of steps between two role tables of one team.

Only a secondary admin can become primary admin, and the former primary admin becomes secondary. Every other change of
role is one step for one person. So the length is one step per person whose role differs, one more if the new primary
admin is not secondary yet, one less if the former primary admin should be secondary anyway.
"""

from typing import NamedTuple

from seatsync.account.actions.admin_actions import ASSIGN_ROLE, ASSIGN_SECONDARY, CHANGE_PRIMARY, REVOKE
from seatsync.account.actions.spec import ActionSpec
from seatsync.account.model import Team


class RoleStep(NamedTuple):
    """An action on the role of one person; `inserted` if only the vendor's rules need it (STEP003)."""

    action: ActionSpec
    user: str
    inserted: bool = False


def role_route(now: Team, wanted: Team) -> list[RoleStep]:
    """Return the steps from the roles of `now` to those of `wanted`: change of primary admin, gains, then losses."""
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
