"""The mails that a step or an order causes, by template and recipient; `mail_texts.py` has their words.

Mails are values; a store puts them into its outbox in the transaction of the step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.account import mail_texts
from seatsync.account.actions.step import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.model import Account, Change, Value
from seatsync.account.orders import Order
from seatsync.clock import Clock, later

Office: TypeAlias = tuple[str, str, str]
"""A position that holds one role at a time: place, person, and `admin`, `manager` or `coordinator`."""


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person (an identity), from a template."""

    template: str
    to: str
    subject: str
    body: str


def mails(account: Account, step: Step, changes: Iterable[Change], clock: Clock) -> list[Mail]:
    """Return the mails of a step. `account` is the state before it, `changes` are the rows that it changes."""
    mail = ACTIONS[step.action].mail
    if mail == "invitation":
        return [_invitation(account, row, clock) for row in changes if row.table == "user" and row.new is not None]
    if mail is None:
        return []
    return [
        Mail("role", user, *mail_texts.role(account.name, _name(account, user), where, *roles))
        for (where, user, _), roles in _role_changes(changes).items()
    ]


def order_mails(account: Account, order: Order) -> list[Mail]:
    """Return the mails of an order, none to an invalid address. `account` is the state before it."""
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
    """Return by office the role lost and the role gained ("" for none), if the two differ."""
    lost: dict[Office, str] = {}
    gained: dict[Office, str] = {}
    for row in changes:
        lost.update(_roles(row, row.old))
        gained.update(_roles(row, row.new))
    both = {office: (lost.get(office, ""), gained.get(office, "")) for office in sorted({*lost, *gained})}
    return {office: roles for office, roles in both.items() if roles[0] != roles[1]}


def _roles(row: Change, values: tuple[Value, ...] | None) -> dict[Office, str]:
    """Return the roles that people have according to a row."""
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
    """Return the name of a person, or the address if the name is unknown."""
    return " ".join(part for part in (first, last) if part) or email
