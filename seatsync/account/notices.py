"""The mails that an action causes: from which template, to whom.

Mails are values; a store puts them into its outbox in the transaction of the step. How they read stands in
`mail_texts.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.account import mail_texts
from seatsync.account.actions import Step
from seatsync.account.email import identity
from seatsync.account.model import Account, Change, Value
from seatsync.account.orders import Order
from seatsync.clock import Clock, later

_INVITES = frozenset({"user.invite", "user.resend_invitation", "user.redirect_invitation"})
_CHANGES_ROLES = frozenset(
    {
        "admin.assign_secondary",
        "admin.assign_sso",
        "admin.revoke",
        "admin.change_primary",
        "team.create",
        "team.delete",
        "contract_manager.transfer",
        "coordinator.assign",
        "coordinator.change",
    }
)

Office: TypeAlias = tuple[str, str, str]
"""What a person can be in a place, one role at a time: place, person, and `admin`, `manager` or `coordinator`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person (an identity), from a template."""

    template: str
    to: str
    subject: str
    body: str


def mails(account: Account, step: Step, changes: Iterable[Change], clock: Clock) -> list[Mail]:
    """The mails a step causes. `account` is as it was before; `changes` are the rows the engine gave."""
    if step.action in _INVITES:
        return [_invitation(account, row, clock) for row in changes if row.table == "user" and row.new is not None]
    if step.action not in _CHANGES_ROLES:
        return []
    return [
        Mail("role", user, *mail_texts.role(account.name, _name(account, user), where, *roles))
        for (where, user, _), roles in _role_changes(changes).items()
    ]


def order_mails(account: Account, order: Order) -> list[Mail]:
    """The mails an order causes. `account` is as it was before; nobody gets one whose address is none."""
    user = identity(order.manager)
    if user is None:
        return []
    name = _name(account, user) if user in account.users else order.manager
    found = [Mail("order", user, *mail_texts.order(name, order))]
    if user not in account.users:
        found.append(Mail("welcome", user, *mail_texts.welcome(account.name, name, order)))
    return found


def _invitation(account: Account, row: Change, clock: Clock) -> Mail:
    user = row.key[0]
    email, first, last = (str(value) for value in (row.new or (user, "", ""))[:3])
    accept_by = later(clock.day, mail_texts.ACCEPT_WITHIN)
    return Mail("invitation", user, *mail_texts.invitation(account.name, user, _full(email, first, last), accept_by))


def _role_changes(changes: Iterable[Change]) -> dict[Office, tuple[str, str]]:
    """What rows do to roles: office to (role lost, role gained), "" for none; only where the two differ."""
    lost: dict[Office, str] = {}
    gained: dict[Office, str] = {}
    for row in changes:
        lost.update(_roles(row, row.old))
        gained.update(_roles(row, row.new))
    both = {office: (lost.get(office, ""), gained.get(office, "")) for office in sorted({*lost, *gained})}
    return {office: roles for office, roles in both.items() if roles[0] != roles[1]}


def _roles(row: Change, values: tuple[Value, ...] | None) -> dict[Office, str]:
    """The roles that a row says people have."""
    if values is None:
        return {}
    where = f"{row.table.removesuffix('_admin')} {row.key[0]}"
    if row.table == "team_admin":
        return {(where, row.key[1], "admin"): str(values[0])}
    if row.table == "team":
        return {(where, str(values[0]), "admin"): "primary"}
    if row.table == "subscription":
        return {(where, str(values[6]), "manager"): "manager"}
    if row.table == "contract":
        return {
            (where, str(values[0]), "manager"): "manager",
            (where, str(values[1]), "coordinator"): "coordinator",
        }
    return {}


def _name(account: Account, user: str) -> str:
    person = account.users.get(user)
    return _full(person.email, person.first_name, person.last_name) if person is not None else user


def _full(email: str, first: str, last: str) -> str:
    """How a person is addressed: by name where it is known, by address otherwise."""
    return " ".join(part for part in (first, last) if part) or email
