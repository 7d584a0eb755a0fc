"""The words of mails: one function per template, which returns the subject and the body as plain text.

A mail tells its reader what happened, what they can do now, and what to do next, in lines that fit any screen.
"""

from __future__ import annotations

from urllib.parse import quote

from seatsync.account.facets import ROLE_TITLES
from seatsync.account.orders import Order

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


def invitation(account: str, user: str, name: str, accept_by: str) -> tuple[str, str]:
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


def role(account: str, name: str, where: str, lost: str, gained: str) -> tuple[str, str]:
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


def order(name: str, bought: Order) -> tuple[str, str]:
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


def welcome(account: str, name: str, bought: Order) -> tuple[str, str]:
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
