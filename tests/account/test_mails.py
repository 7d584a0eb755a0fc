from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.engine import Refused, attempt
from seatsync.account.mails import Mail, mails, order_mails
from seatsync.account.model import Account
from seatsync.account.orders import Order
from seatsync.notices.rendering import Rendered, Templates
from tests.account.sample import NOON, acme, contract, everywhere, facts, team
from tests.account.test_engine_states import emptied
from tests.account.test_orders import CONTRACT, SUBSCRIPTION

TEMPLATES = Templates()


@dataclass(frozen=True)
class Text:
    """A mail with its text."""

    template: str
    to: str
    subject: str
    body: str
    html: str


def with_texts(found: list[Mail]) -> list[Text]:
    return [text_of(mail, TEMPLATES.render(mail.template, json.loads(mail.facts))) for mail in found]


def text_of(mail: Mail, rendered: Rendered) -> Text:
    assert rendered.html is not None
    return Text(mail.template, mail.to, rendered.subject, rendered.text, rendered.html)


def sent(step: Step, account: Account | None = None) -> list[Text]:
    account = account if account is not None else acme()
    rows = attempt(account, step, NOON)
    assert not isinstance(rows, Refused)
    return with_texts(mails(account, step, rows, NOON))


def ordered(account: Account, order: Order) -> list[Text]:
    return with_texts(order_mails(account, order))


def subjects(found: list[Text]) -> list[str]:
    return [f"{mail.template} to {mail.to}: {mail.subject}" for mail in found]


def test_invitation() -> None:
    step = team("user.invite", "design", user="Ivy@acme.example", first_name="Ivy", last_name="Moss")
    (mail,) = sent(step)
    assert (mail.template, mail.to, mail.subject) == (
        "invitation",
        "ivy@acme.example",
        "You are invited to the account acme",
    )
    assert (
        mail.body
        == """\
Hello Ivy Moss,

You have been invited to the account acme, so that products and
services can be assigned to you.

Please accept by 2026-06-22, that is within 7 days, by following this link:

    seatsync://acme/accept?user=ivy@acme.example

It leads you through creating a sign-in with your own address and password.
From your account you can then download what is assigned to you and get
support. If you miss the day, ask an admin to send the invitation again.
"""
    )


def test_role_gained() -> None:
    (mail,) = sent(team("admin.assign_secondary", "design", user="dee@acme.example"))
    assert (mail.template, mail.to, mail.subject) == (
        "role",
        "dee@acme.example",
        "You are now secondary admin of team design",
    )
    assert (
        mail.body
        == """\
Hello Dee,

You are now secondary admin of team design in the account acme.

As secondary admin you manage the users of the team and their access to
products, name further secondary admins, can change the primary admin, and
view and export usage reports. You stand in for the primary admin.

Please sign in to your account. Its menu has new entries for you:
User Management, Billing and Orders, and Reports.

Under User Management > By User, you invite people and change their roles. By
Product and By Group are where you assign products and services to them.

To learn more about users, access to products and reports, see the vendor's
help on account management for admins.
"""
    )


def test_role_traded() -> None:
    (mail,) = sent(team("admin.assign_sso", "design", user="ben@acme.example"))
    assert (
        mail.body
        == """\
Hello Ben Okoro,

You are now SSO admin of team design in the account acme.

You are no longer secondary admin there.

As SSO admin you look after the single sign-on of the team, manage its users
and their access to products, name secondary admins, can change the primary
admin, and view and export the usage reports of single-user and Flex.

Please sign in to your account. Its menu has new entries for you:
User Management and Reports.

Under User Management > By User, you invite people and change their roles. By
Product and By Group are where you assign products and services to them.

To learn more about users, access to products and reports, see the vendor's
help on account management for admins.
"""
    )


def test_role_lost() -> None:
    (mail,) = sent(team("admin.revoke", "design", user="ben@acme.example"))
    assert (mail.to, mail.subject) == ("ben@acme.example", "You are no longer secondary admin of team design")
    assert (
        mail.body
        == """\
Hello Ben Okoro,

You are no longer secondary admin of team design in the account acme.

The menu of your account no longer has the entries that came with this role:
User Management, Billing and Orders, and Reports.
Products that are assigned to you are not affected.
"""
    )


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            everywhere("user.resend_invitation", user="eli@acme.example"),
            ["invitation to eli@acme.example: You are invited to the account acme"],
        ),
        (team("user.invite", "design", user="gus@acme.example", first_name=None, last_name=None), []),
        (
            team("admin.change_primary", "design", user="ben@acme.example"),
            [
                "role to ana@acme.example: You are now secondary admin of team design",
                "role to ben@acme.example: You are now primary admin of team design",
            ],
        ),
        (
            team("team.create", "site", primary_admin="gus@acme.example"),
            ["role to gus@acme.example: You are now primary admin of team site"],
        ),
        (
            team("contract_manager.transfer", "design", subscription="S-1", user="dee@acme.example"),
            [
                "role to ana@acme.example: You are no longer contract manager of subscription S-1",
                "role to dee@acme.example: You are now contract manager of subscription S-1",
            ],
        ),
        (
            contract("contract_manager.transfer", "C-1", user="ben@acme.example"),
            [
                "role to ana@acme.example: You are no longer contract manager of contract C-1",
                "role to ben@acme.example: You are now contract manager of contract C-1",
            ],
        ),
        (
            contract("coordinator.assign", "C-2", user="hal@acme.example"),
            [
                "role to gus@acme.example: You are no longer software coordinator of contract C-2",
                "role to hal@acme.example: You are now software coordinator of contract C-2",
            ],
        ),
        (
            contract("coordinator.change", "C-1", user="ana@acme.example"),
            [
                "role to ana@acme.example: You are now software coordinator of contract C-1",
                "role to ben@acme.example: You are no longer software coordinator of contract C-1",
            ],
        ),
        (team("team.rename", "design", to="drafting"), []),
        (everywhere("user.change_email", user="ana@acme.example", to="ana@silva.example"), []),
        (
            everywhere("user.redirect_invitation", user="eli@acme.example", to="eli@roth.example"),
            ["invitation to eli@roth.example: You are invited to the account acme"],
        ),
        (team("sso.configure", "design", sso=None), []),
        (team("user.remove", "design", user="dee@acme.example"), []),
        (team("seat.assign", "design", user="ana@acme.example", product="AutoCAD"), []),
        (team("purchase.seats", "design", subscription="S-1", now=facts(), wanted=facts(seats=9)), []),
    ],
)
def test_recipients_of_mails(step: Step, expected: list[str]) -> None:
    assert subjects(sent(step)) == expected


def test_those_who_lose_their_role_with_the_team_are_notified() -> None:
    assert subjects(sent(team("team.delete", "site"), emptied())) == [
        "role to dee@acme.example: You are no longer primary admin of team site",
        "role to ivy@acme.example: You are no longer secondary admin of team site",
    ]


def test_order_and_welcome() -> None:
    account = acme()
    order = replace(SUBSCRIPTION, manager="Ivy@acme.example", team="site")
    first, second = ordered(account, order)
    assert (first.template, first.to, first.subject) == (
        "order",
        "ivy@acme.example",
        "Your order O-1 has been processed",
    )
    assert (
        first.body
        == """\
Hello Ivy@acme.example,

Thank you for your order. It has been processed.

    Order:        O-1
    Subscription: S-6, for team site
    Date:         2026-06-15
    Company:      Acme Ltd
    Product:      AutoCAD
    Quantity:     4 seats
    Term:         from 2026-06-01 to 2027-05-31

You are the contract manager of this subscription: billing, renewals and the
notices about them come to you. Users and their access to products are managed
by the primary, secondary and SSO admins of the team; in a new team, you are
its primary admin. You can hand that role on and stay contract manager.

Next steps to activate:

  1. Sign in to your account and open User Management.
  2. Invite the people who need the product, and assign it to them.
  3. They download it, start it and sign in. Nothing else is needed.
"""
    )
    assert (second.template, second.to, second.subject) == (
        "welcome",
        "ivy@acme.example",
        "Welcome to the account acme",
    )
    assert (
        second.body
        == """\
Hello Ivy@acme.example,

With your order O-1 you have joined the account acme.
Sign in with this address to begin.

Under User Management you decide who gets what:

  - Invite people. They accept within 7 days and sign in themselves.
  - Assign products to them, and take a seat back when somebody else needs it.
  - Name others who help you manage users.

Billing and Orders shows what was bought, with its term, its start and its end.
"""
    )


def test_an_order_never_tells_a_serial_number() -> None:
    account = acme()
    found = ordered(account, replace(CONTRACT, manager="gus@acme.example", product_key="KEY-77"))
    assert subjects(found) == ["order to gus@acme.example: Your order O-2 has been processed"]
    for text in (found[0].body, found[0].html, order_mails(account, CONTRACT)[0].facts):
        assert "C-3" in text
        assert "123-1" not in text
        assert "KEY-77" not in text
    assert (
        found[0].body
        == """\
Hello Gus Holt,

Thank you for your order. It has been processed.

    Order:        O-2
    Contract:     C-3
    Date:         2026-06-15
    Company:      Acme Ltd
    Product:      AutoCAD 2019
    Quantity:     2 seats
    Term:         from 2026-06-01

You are the contract manager of this contract: billing, renewals and the
notices about them come to you. Users and their access to products are managed
by you and the software coordinator; in a new contract, you are both, and can
name somebody else as coordinator.

Next steps to activate:

  1. Sign in to your account and open Classic User Management.
  2. Add the people who need the product, and assign it to them. Of a new
     product you hold a seat yourself; if you do not use it, free it.
  3. They download it and activate it with the number that your account shows
     them.
"""
    )


@pytest.mark.parametrize(
    ("seats", "tokens", "expected"),
    [
        (1, None, "1 seat"),
        (2, None, "2 seats"),
        (None, 1, "1 token"),
        (None, 50, "50 tokens"),
        (None, None, "as before"),
    ],
)
def test_quantities(seats: int | None, tokens: int | None, expected: str) -> None:
    (mail,) = ordered(acme(), replace(SUBSCRIPTION, seats=seats, tokens=tokens, team=None))
    assert f"    Quantity:     {expected}\n" in mail.body
    assert "    Subscription: S-6\n" in mail.body


def test_an_order_for_the_term_of_a_contract_shows_all_its_products() -> None:
    (mail,) = ordered(acme(), replace(CONTRACT, manager="ana@acme.example", contract="C-1", product="", seats=None))
    assert "    Product:      AutoCAD 2019, Maya 2019\n" in mail.body


def test_no_mail_to_an_invalid_address() -> None:
    assert order_mails(acme(), replace(SUBSCRIPTION, manager="ana")) == []


def test_someone_the_account_does_not_know_is_called_by_their_address() -> None:
    account = acme()
    del account.users["ana@acme.example"]
    step = team("contract_manager.transfer", "design", subscription="S-1", user="dee@acme.example")
    assert [mail.body.splitlines()[0] for mail in sent(step, account)] == ["Hello ana@acme.example,", "Hello Dee,"]
