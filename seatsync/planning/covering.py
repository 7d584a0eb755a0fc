"""The part of a declaration that a run covers, and the text that is stored as applied after it."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from seatsync.account.email import identity
from seatsync.account.memory import TrackedPeople, members_by_scope
from seatsync.account.model import Account
from seatsync.account.step_text import canonical
from seatsync.clock import Clock
from seatsync.declaration.as_account import as_account
from seatsync.declaration.comparing_renames import renamed
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import normalised
from seatsync.declaration.remembered import Facts, facts_of
from seatsync.planning.acting import authority_of
from seatsync.planning.authority import Authority
from seatsync.planning.plan import Excluded

_THINGS = ("teams", "subscriptions", "contracts")


@dataclass(frozen=True, slots=True)
class Covered:
    """The declaration to store as applied after a run (`text`) and the people declared in the covered scopes.

    `partly`: the run leaves something out, for which `text` repeats the declaration that was applied before.
    """

    text: str
    people: TrackedPeople
    partly: bool


def covered(
    declared: Declaration,
    account: Account,
    clock: Clock,
    actor: str | None,
    teams: tuple[str, ...],
    before: str | None,
    left_out: tuple[Excluded, ...] = (),
) -> Covered:
    """Return the part of a declaration that a run covers, as the actor and limited to `teams` (empty: all).

    `before` is the declaration applied until now. Scopes that are `left_out` because of errors are not covered.

    Raises `InvalidDeclaration` if `before` is not a normalised declaration.
    """
    user = None if actor is None else identity(actor) or ""
    authority, unseen = authority_of(declared, account, user, teams, left_out=left_out)
    people = {
        scope: users
        for scope, users in members_by_scope(as_account(declared, clock)).items()
        if authority.covers(scope)
    }
    text = normalised(declared)
    partly = bool(teams or unseen or left_out)
    return Covered(_merged(before, text, account, authority) if partly else text, people, partly)


def _merged(before: str | None, text: str, account: Account, authority: Authority) -> str:
    """Return a normalised declaration that takes the covered scopes from `text` and the rest from `before`."""
    now, old = facts_of(text), facts_of(before or "{}")
    part: Facts = {name: dict(_covered(now, name, account, authority)) for name in _THINGS}
    named = set(_texts(part))
    part["users"] = {user: facts for user, facts in now["users"].items() if user in named}
    renamed(old, deepcopy(part))
    merged: Facts = {name: now[name] for name in ("account", "timezone") if name in now}
    for name in _THINGS:
        gone = dict(_covered(old, name, account, authority))
        merged[name] = {key: facts for key, facts in old[name].items() if key not in gone} | part[name]
    merged["users"] = old["users"] | part["users"]
    return canonical({name: facts for name, facts in merged.items() if facts})


def _covered(facts: Facts, section: str, account: Account, authority: Authority) -> Iterator[tuple[str, Any]]:
    for key, entry in facts[section].items():
        if section == "teams":
            covers = authority.covers_team(key)
        elif section == "contracts":
            covers = authority.covers_contract(key)
        else:
            covers = authority.covers_subscription(key, entry.get("team"), account.subscriptions.get(key))
        if covers:
            yield key, entry


def _texts(facts: Any) -> Iterator[str]:  # noqa: ANN401 - any part of the normalised form
    """Yield every text that is a value; people are recognised among them by their identity."""
    if isinstance(facts, str):
        yield facts
    elif isinstance(facts, dict):
        yield from (text for value in facts.values() for text in _texts(value))
    elif isinstance(facts, list):
        yield from (text for value in facts for text in _texts(value))
