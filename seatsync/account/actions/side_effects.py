"""The side effects of steps in words for people: what is freed, who loses a role, who gets a seat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from seatsync.account.actions.effects import shown
from seatsync.account.actions.spec import Step
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.account.model import Account, Change


def former_primary(now: Account, step: Step, _: Iterable[Change]) -> Iterator[str]:
    """Yield the demotion that a change of primary admin brings."""
    yield f"{shown(now, now.teams[step.scope.name].primary)} becomes secondary admin"


def former_role(now: Account, step: Step, _: Iterable[Change]) -> Iterator[str]:
    """Yield the role that a new one replaces."""
    user = identity(step.text("user")) or ""
    role = now.teams[step.scope.name].menu_roles().get(user)
    if role:
        article = "an " if role == "external" else ""
        yield f"{shown(now, user)} is no longer {article}{ROLE_TITLES[role]}"


def seat_of_manager(now: Account, _: Step, rows: Iterable[Change]) -> Iterator[str]:
    """Yield the seat that comes with a new product of a contract."""
    yield from (f"{shown(now, row.key[2])} gets a seat" for row in rows if row.table == "contract_seat")


def freed_by_departure(now: Account, _: Step, rows: Iterable[Change]) -> Iterator[str]:
    """Yield the losses of a person who leaves a scope."""
    return _freed(rows, lambda row: _departure(now, row))


def freed_by_group(now: Account, _: Step, rows: Iterable[Change]) -> Iterator[str]:
    """Yield the losses of its members when a group is deleted."""
    return _freed(rows, lambda row: _end_of_group(now, row))


def freed_by_team(now: Account, _: Step, rows: Iterable[Change]) -> Iterator[str]:
    """Yield the losses of its members when a team is deleted."""
    return _freed(rows, lambda row: _end_of_team(now, row))


def _freed(rows: Iterable[Change], words: Callable[[Change], str | None]) -> Iterator[str]:
    for row in rows:
        text = _entitlement(row) or words(row) if row.new is None else None
        if text is not None:
            yield text


def _entitlement(row: Change) -> str | None:
    if row.table in {"team_seat", "contract_seat", "contract_service"}:
        return f"frees {row.key[1]}"
    if row.table == "group_seat":
        return f"group {row.key[1]} loses {row.key[2]}"
    return "frees a support benefit" if row.table == "contract_support" else None


def _departure(_: Account, row: Change) -> str | None:
    if row.table == "group_member":
        return f"leaves group {row.key[1]}"
    return "leaves the account" if row.table == "user" else None


def _end_of_group(now: Account, row: Change) -> str | None:
    return f"{shown(now, row.key[2])} leaves group {row.key[1]}" if row.table == "group_member" else None


def _end_of_team(now: Account, row: Change) -> str | None:
    if row.table == "team_member":
        return f"{shown(now, row.key[1])} leaves the team"
    if row.table == "user":
        return f"{shown(now, row.key[0])} leaves the account"
    return _end_of_group(now, row)
