"""Complete membership of teams and contracts in a normalised declaration, with its days."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, TypeAlias

_Facts: TypeAlias = dict[str, Any]  # mappings of the normalised form, described in `normal.py`


def complete_members(facts: _Facts) -> None:
    """Set `members` of every team and contract to all its members, including those with a role or a seat."""
    managers: dict[str, list[str]] = {}
    for sub in facts["subscriptions"].values():
        if "team" in sub and "contract_manager" in sub:
            managers.setdefault(sub["team"], []).append(sub["contract_manager"])
    for name, team in facts["teams"].items():
        team["members"] = _distinct([*_of_team(team), *managers.get(name, ())])
    for contract in facts["contracts"].values():
        contract["members"] = _distinct(_of_contract(contract))


def _of_team(team: _Facts) -> Iterator[Any]:
    if "primary_admin" in team:
        yield team["primary_admin"]
    for field in ("members", "secondary_admins", "sso_admins"):
        yield from team.get(field, ())
    for entries in team.get("seats", {}).values():
        yield from entries
    for group in team.get("groups", {}).values():
        yield from group.get("members", ())


def _of_contract(contract: _Facts) -> Iterator[Any]:
    yield from (contract[field] for field in ("contract_manager", "software_coordinator") if field in contract)
    for field in ("members", "support"):
        yield from contract.get(field, ())
    for product in contract.get("products", {}).values():
        yield from product.get("users", ())
    for entries in contract.get("services", {}).values():
        yield from entries


def _distinct(entries: Iterable[Any]) -> list[Any]:
    """Return distinct entries; those with days only for persons without an unbounded entry."""
    whole: set[str] = set()
    bounded: set[tuple[str, str, str]] = set()
    for entry in entries:
        if isinstance(entry, str):
            whole.add(entry)
        else:
            bounded.add((entry[0], entry[1] or "", entry[2] or ""))
    rows = [[user, starts or None, ends or None] for user, starts, ends in sorted(bounded) if user not in whole]
    return [*sorted(whole), *rows]
