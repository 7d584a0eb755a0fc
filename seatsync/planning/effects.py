"""Side effects of steps, as text for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.actions import Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Change

_ROLES = {"secondary": "secondary admin", "sso": "SSO admin"}


def effects_of(now: Account, step: Step, rows: Iterable[Change]) -> tuple[str, ...]:
    """Return the side effects of a step on the account `now`, given the rows it changes."""
    action = step.action
    if action == "admin.change_primary":
        return (f"{_shown(now, now.teams[step.scope.name].primary)} becomes secondary admin",)
    if action in {"admin.assign_secondary", "admin.assign_sso"}:
        user = identity(step.text("user")) or ""
        role = now.teams[step.scope.name].admins.get(user)
        return (f"{_shown(now, user)} is no longer {_ROLES[role]}",) if role else ()
    if action in {"user.remove", "group.delete", "team.delete"}:
        return tuple(_freed(now, action, rows))
    if action == "purchase.seats":
        return tuple(f"{_shown(now, row.key[2])} gets a seat" for row in rows if row.table == "contract_seat")
    return ()


def _freed(now: Account, action: str, rows: Iterable[Change]) -> Iterator[str]:
    """Yield the losses that follow from a departure, or from the deletion of a group or team."""
    for row in rows:
        if row.new is not None:
            continue
        if row.table in {"team_seat", "contract_seat", "contract_service"}:
            yield f"frees {row.key[1]}"
        elif row.table == "contract_support":
            yield "frees a support benefit"
        elif row.table == "group_seat":
            yield f"group {row.key[1]} loses {row.key[2]}"
        elif row.table == "group_member" and action == "user.remove":
            yield f"leaves group {row.key[1]}"
        elif row.table == "group_member":
            yield f"{_shown(now, row.key[2])} leaves group {row.key[1]}"
        elif row.table == "team_member" and action == "team.delete":
            yield f"{_shown(now, row.key[1])} leaves the team"
        elif row.table == "user":
            yield "leaves the account" if action == "user.remove" else f"{_shown(now, row.key[0])} leaves the account"


def _shown(now: Account, user: str) -> str:
    known = now.users.get(user)
    return known.email if known is not None else user
