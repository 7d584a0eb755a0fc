"""Mails that actions cause: their recipients, and the facts that their templates show.

Mails are values; a store puts them into its outbox in the transaction of the step. The texts are templates
(`seatsync/notices/templates`), filled when a mail is shown or sent.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import NamedTuple
from urllib.parse import quote

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.email import identity
from seatsync.account.history import canonical
from seatsync.account.model import EXTERNAL, Account, Change, Value
from seatsync.account.orders import Order, products_shown
from seatsync.clock import Clock, later

ACCEPT_WITHIN = 7
"""Days within which an invitation should be accepted."""

# Recipients


class Office(NamedTuple):
    """A position of a person that holds one role at a time: `admin`, `manager` or `coordinator` of a team, …."""

    kind: str
    name: str
    user: str
    position: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person (an identity), from a template. `facts` are what the template shows, as canonical JSON."""

    template: str
    to: str
    facts: str


def mails(account: Account, step: Step, changes: Iterable[Change], clock: Clock) -> list[Mail]:
    """Return the mails of a step. `account` is the state before it, `changes` are the rows that it changes."""
    mail = ACTIONS[step.action].mail
    if mail == "invitation":
        return [_invitation(account, row, clock) for row in changes if row.table == "user" and row.new is not None]
    if mail is None:
        return []
    return [
        _mail("role", account.name, office.user, _name(account, office.user), **role_facts(office, *roles))
        for office, roles in role_changes(changes).items()
    ]


def order_mails(account: Account, order: Order) -> list[Mail]:
    """Return the mails of an order, none to an invalid address. `account` is the state before it.

    They never show a serial number or a product key.
    """
    user = identity(order.manager)
    if user is None:
        return []
    name = _name(account, user) if user in account.users else order.manager
    bought = {key: value for key, value in asdict(order).items() if key in _SHOWN}
    bought["product"] = products_shown(account, order)
    found = [_mail("order", account.name, user, name, order=bought)]
    if user not in account.users:
        facts = {key: bought[key] for key in ("number", "contract")}
        found.append(_mail("welcome", account.name, user, name, order=facts, days=ACCEPT_WITHIN))
    return found


_SHOWN = frozenset(
    (
        *("number", "day", "company", "product", "starts", "ends"),
        *("subscription", "team", "seats", "tokens", "contract"),
    )
)
"""The facts of an order that its mail shows."""


def _invitation(account: Account, row: Change, clock: Clock) -> Mail:
    user = row.key[0]
    email, first, last = (str(value) for value in (row.new or (user, "", ""))[:3])
    return invitation(account.name, user, full_name(email, first, last), clock.day)


def invitation(account: str, user: str, name: str, invited: str, *, link: bool = True) -> Mail:
    """Return the mail to an invited person, the first time or again.

    `link`: with the link of an embedded account; the vendor's own is only in the vendor's mail.
    """
    accept_by, address = later(invited, ACCEPT_WITHIN), invitation_link(account, user) if link else None
    facts = {"invited": invited, "accept_by": accept_by, "days": ACCEPT_WITHIN, "link": address}
    return _mail("invitation", account, user, name, **facts)


def invitation_link(account: str, user: str) -> str:
    """Return the link by which an invited person accepts in an embedded account."""
    return f"seatsync://{quote(account, safe='')}/accept?user={quote(user, safe='@')}"


def _mail(template: str, account: str, user: str, name: str, **facts: object) -> Mail:
    return Mail(template, user, canonical({"account": account, "person": {"address": user, "name": name}, **facts}))


def role_facts(office: Office, lost: str, gained: str) -> dict[str, object]:
    """Return what a template shows about a role lost and gained ("" for none)."""
    return {"where": {"kind": office.kind, "name": office.name}, "lost": lost, "gained": gained}


def role_changes(changes: Iterable[Change]) -> dict[Office, tuple[str, str]]:
    """Return by office the role lost and the role gained ("" for none), if the two differ, sorted by office."""
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
    kind, name = row.table.removesuffix("_admin"), row.key[0]
    if row.table == "team_admin":
        return {} if values == EXTERNAL else {Office(kind, name, row.key[1], "admin"): str(values[0])}
    if row.table == "team":
        return {Office(kind, name, str(values[0]), "admin"): "primary"}
    if row.table == "subscription":
        return {Office(kind, name, str(values[6]), "manager"): "manager"}
    if row.table == "contract":
        return {
            Office(kind, name, str(values[0]), "manager"): "manager",
            Office(kind, name, str(values[1]), "coordinator"): "coordinator",
        }
    return {}


def _name(account: Account, user: str) -> str:
    person = account.users.get(user)
    return full_name(person.email, person.first_name, person.last_name) if person is not None else user


def full_name(email: str, first: str, last: str) -> str:
    """Return the name of a person, or the address if the name is unknown."""
    return " ".join(part for part in (first, last) if part) or email
