"""Facts that steps read and establish; steps depend on each other through them.

A fact is a tuple of words: ("scope", kind, name) exists; ("member", kind, scope, person); ("group", team, name);
("role", team, person) as last changed; ("address", person) as it is now; ("known", person) in the account, by an
invitation; ("bought", subscription); ("subscription", id) as last moved or transferred; ("contract roles", number)
likewise; ("contract product", number, name).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from seatsync.account.actions.spec import ActionSpec
from seatsync.account.actions.step import Facts, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.model import Account, Change

Fact: TypeAlias = tuple[str, ...]

_WHEN_NEW: dict[str, Fact] = {
    "team": ("scope", "team"),
    "contract": ("scope", "contract"),
    "team_member": ("member", "team"),
    "contract_member": ("member", "contract"),
    "team_group": ("group",),
    "subscription": ("bought",),
    "contract_product": ("contract product",),
}
"""The fact that a new row of a table establishes, without the row's key."""


def reads(step: Step, now: Account) -> Iterator[Fact]:
    """Yield the facts that the precondition of a step reads."""
    scope, spec = step.scope, ACTIONS[step.action]
    yield ("scope", scope.kind, scope.name)
    yield from _of_person(step, spec)
    group, product = step.get("group"), step.get("product")
    if isinstance(group, str):
        yield ("group", scope.name, group)
    if isinstance(product, str) and scope.kind == "contract":
        yield ("contract product", scope.name, product)
    if scope.kind == "contract" and "contract roles" in spec.reads:
        yield ("contract roles", scope.name)
    key = step.get("subscription")
    if isinstance(key, str):
        yield ("bought", key)
        yield from _of_subscription(step, spec, key, now)
    buyer = _buyer(step)
    if buyer is not None:
        yield from (("address", buyer), ("known", buyer))


def makes(step: Step, rows: tuple[Change, ...]) -> Iterator[Fact]:
    """Yield the facts that a step establishes, for later steps to need."""
    spec = ACTIONS[step.action]
    for row in rows:
        if row.table in _WHEN_NEW and row.old is None:
            yield (*_WHEN_NEW[row.table], *row.key)
        elif row.table == "user" and row.old is None:
            yield ("known" if "known" in spec.makes else "address", row.key[0])
        elif row.table == "team_admin":
            yield ("role", *row.key)
        elif row.table == "subscription" and changes_hands(row):
            yield ("subscription", row.key[0])
    if spec.renames == "person":
        yield ("address", identity(step.text("to")) or "")
    if step.scope.kind == "contract" and "contract roles" in spec.makes:
        yield ("contract roles", step.scope.name)


def changes_hands(row: Change) -> bool:
    """Return True if the row of a subscription gets another team or contract manager."""
    return row.old is not None and row.new is not None and (row.old[0], row.old[6]) != (row.new[0], row.new[6])


def _of_person(step: Step, spec: ActionSpec) -> Iterator[Fact]:
    written = step.get(spec.person)
    if not isinstance(written, str):
        return
    user = identity(written) or ""
    yield ("address", user)
    if step.scope.kind == "account":
        yield ("known", user)
    if "member" in spec.reads:
        yield ("member", step.scope.kind, step.scope.name, user)
    if "role" in spec.reads:
        yield ("role", step.scope.name, user)


def _of_subscription(step: Step, spec: ActionSpec, key: str, now: Account) -> Iterator[Fact]:
    yield ("subscription", key)
    if spec.joins and key in now.subscriptions:
        manager = now.subscriptions[key].contract_manager
        yield ("member", step.scope.kind, step.scope.name, manager)
        yield ("member", "team", str(step.get("from")), manager)


def _buyer(step: Step) -> str | None:
    """Return the contract manager named by the purchase of something new."""
    wanted = step.get("wanted")
    manager = wanted.get("contract_manager") if isinstance(wanted, Facts) else None
    return identity(manager) if isinstance(manager, str) else None
