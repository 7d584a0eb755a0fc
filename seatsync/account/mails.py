"""Mails that actions cause: their recipients, subjects and texts.

Mails are values; a store puts them into its outbox in the transaction of the step. Each states what happened, what its
reader can do now, and what to do next, in short lines.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.email import identity
from seatsync.account.model import EXTERNAL, Account, Change, Value
from seatsync.account.orders import Order
from seatsync.clock import Clock, later

# Texts

ACCEPT_WITHIN = 7
"""Days within which an invitation should be accepted."""

_DUTIES = {
    "primary": """\
As primary admin you manage the users of the team and their access to
products, name secondary admins and SSO admins, set up single sign-on, and are
the team's main contact. You can hand the role on to a secondary admin.""",
    "secondary": """\
As secondary admin you manage the users of the team and their access to
products, name further secondary admins, can change the primary admin, and
view and export usage reports. You stand in for the primary admin.""",
    "sso": """\
As SSO admin you look after the single sign-on of the team, manage its users
and their access to products, name secondary admins, can change the primary
admin, and view usage reports.""",
    "manager": """\
As contract manager you look after billing and renewals and receive the
notices about them, and you decide which team a subscription belongs to.""",
    "coordinator": """\
As software coordinator you manage the users of the contract and their access
to its products, services and support benefits, and you are told about new
releases and updates.""",
}

_MENUS = {
    "primary": "User Management, Billing and Orders, and Reports",
    "secondary": "User Management, Billing and Orders, and Reports",
    "sso": "User Management and Reports",
    "manager": "Billing and Orders",
    "coordinator": "Classic User Management",
}


def _invitation_text(account: str, user: str, name: str, accept_by: str) -> tuple[str, str]:
    """Return the mail to an invited person, the first time or again: a link, and seven days to accept."""
    return (
        f"You are invited to the account {account}",
        f"""\
Hello {name},

you have been invited to the account {account}, so that products and
services can be assigned to you.

Please accept by {accept_by}, that is within {ACCEPT_WITHIN} days, by following this link:

    seatsync://{quote(account, safe="")}/accept?user={quote(user, safe="@")}

It leads you through creating a sign-in with your own address and password.
From your account you can then download what is assigned to you and get
support. If you miss the day, ask an admin to send the invitation again.
""",
    )


def _role_text(account: str, name: str, where: str, lost: str, gained: str) -> tuple[str, str]:
    """Return the mail about a role gained, lost or exchanged: its rights, and the menus that come with it."""
    if not gained:
        return _role_lost(account, name, where, lost)
    instead = f"\nYou are no longer {ROLE_TITLES[lost]} there.\n" if lost else ""
    return (
        f"You are now {ROLE_TITLES[gained]} of {where}",
        f"""\
Hello {name},

you are now {ROLE_TITLES[gained]} of {where} in the account {account}.
{instead}
{_DUTIES[gained]}

Please sign in to your account. Its menu has new entries for you:
{_MENUS[gained]}.
""",
    )


def _role_lost(account: str, name: str, where: str, lost: str) -> tuple[str, str]:
    return (
        f"You are no longer {ROLE_TITLES[lost]} of {where}",
        f"""\
Hello {name},

you are no longer {ROLE_TITLES[lost]} of {where} in the account {account}.

The menu of your account no longer has the entries that came with this role:
{_MENUS[lost]}.
Products that are assigned to you are not affected.
""",
    )


def _order_text(name: str, bought: Order) -> tuple[str, str]:
    """Return the mail about an order: the lines bought, the roles, the next steps. It never has a serial number."""
    return (
        f"Your order {bought.number} has been processed",
        f"""\
Hello {name},

thank you for your order. It has been processed.

    Order:        {bought.number}
    {_number(bought)}
    Date:         {bought.day}
    Company:      {bought.company}
    Product:      {bought.product}
    Quantity:     {_quantity(bought)}
    Term:         {_term(bought)}

{_CLASSIC_ROLES if bought.contract is not None else _ROLES}

Next steps to activate:

{_CLASSIC_STEPS if bought.contract is not None else _STEPS}
""",
    )


def _welcome_text(account: str, name: str, bought: Order) -> tuple[str, str]:
    """Return the mail to a purchaser new to the account: how to use it and its user management."""
    return (
        f"Welcome to the account {account}",
        f"""\
Hello {name},

with your order {bought.number} you have joined the account {account}.
Sign in with this address to begin.

Under {"Classic User Management" if bought.contract is not None else "User Management"} you decide who gets what:

  - Invite people. They accept within {ACCEPT_WITHIN} days and sign in themselves.
  - Assign products to them, and take a seat back when somebody else needs it.
  - Name others who help you manage users.

Billing and Orders shows what was bought, with its term, its start and its end.
""",
    )


_ROLES = """\
You are the contract manager of this subscription: billing, renewals and the
notices about them come to you. Users and their access to products are managed
by the primary, secondary and SSO admins of the team; in a new team, you are
its primary admin. You can hand that role on and stay contract manager."""

_CLASSIC_ROLES = """\
You are the contract manager of this contract: billing, renewals and the
notices about them come to you. Users and their access to products are managed
by you and the software coordinator; in a new contract, you are both, and can
name somebody else as coordinator."""

_STEPS = """\
  1. Sign in to your account and open User Management.
  2. Invite the people who need the product, and assign it to them.
  3. They download it, start it and sign in. Nothing else is needed."""

_CLASSIC_STEPS = """\
  1. Sign in to your account and open Classic User Management.
  2. Add the people who need the product, and assign it to them. Of a new
     product you hold a seat yourself; if you do not use it, free it.
  3. They download it and activate it with the number that your account shows
     them."""


def _number(bought: Order) -> str:
    if bought.contract is not None:
        return f"Contract:     {bought.contract}"
    return f"Subscription: {bought.subscription}" + (f", for team {bought.team}" if bought.team is not None else "")


def _quantity(bought: Order) -> str:
    number, word = (bought.seats, "seat") if bought.tokens is None else (bought.tokens, "token")
    if number is None:
        return "as before"
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _term(bought: Order) -> str:
    return f"from {bought.starts}" + (f" to {bought.ends}" if bought.ends is not None else "")


# Recipients

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
        Mail("role", user, *_role_text(account.name, _name(account, user), where, *roles))
        for (where, user, _), roles in _role_changes(changes).items()
    ]


def order_mails(account: Account, order: Order) -> list[Mail]:
    """Return the mails of an order, none to an invalid address. `account` is the state before it."""
    user = identity(order.manager)
    if user is None:
        return []
    name = _name(account, user) if user in account.users else order.manager
    found = [Mail("order", user, *_order_text(name, order))]
    if user not in account.users:
        found.append(Mail("welcome", user, *_welcome_text(account.name, name, order)))
    return found


def _invitation(account: Account, row: Change, clock: Clock) -> Mail:
    user = row.key[0]
    email, first, last = (str(value) for value in (row.new or (user, "", ""))[:3])
    accept_by = later(clock.day, ACCEPT_WITHIN)
    return Mail("invitation", user, *_invitation_text(account.name, user, _full(email, first, last), accept_by))


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
        if values == EXTERNAL:
            return {}
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
