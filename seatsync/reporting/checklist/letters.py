"""Texts that are ready to send: forms, requests to the vendor's support and orders.

What seatsync does not know is a marked gap, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple, TypeAlias

from seatsync.account.actions.contract_actions import CHANGE_COORDINATOR, TRANSFER_CONTRACT_MANAGER
from seatsync.account.actions.purchase_actions import (
    PURCHASE_CONTRACT,
    PURCHASE_RENEWAL,
    PURCHASE_SEATS,
    PURCHASE_SUBSCRIPTION,
)
from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.team_actions import DELETE_TEAM
from seatsync.account.actions.user_actions import CHANGE_EMAIL
from seatsync.account.email import identity
from seatsync.account.model import Account, Contract, Subscription
from seatsync.planning.plan import PlannedStep
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.plan.wording import sentence

Row: TypeAlias = tuple[str, str | None]
"""A line of a letter: its title, and the value or None where somebody has to fill it in."""

Contact: TypeAlias = tuple[str, str, str]
"""The contract number of a subscription, and name and address of its reseller; each is empty if unknown."""

_NOBODY: Contact = ("", "", "")
_SUPPORT = "the vendor's support (Get Help > Post-purchase support > User & license management)"
_FORM = "the vendor, with the form “Change contract manager” on the help page “User management admin roles”"
_WIDTH = 26


class Letter(NamedTuple):
    """A text to send, the parts of the name of its file, the number of its gaps, and what to do with it in general."""

    label: tuple[str, ...]
    text: str
    gaps: int
    advice: str = ""


class _Content(NamedTuple):
    """The parts of a letter."""

    label: tuple[str, ...]
    to: str
    subject: str
    request: str
    rows: tuple[Row, ...]
    advice: str = ""


class Known(NamedTuple):
    """What is known for a letter: the account by then, and the contacts of subscriptions by id."""

    account: Account
    contacts: Mapping[str, Contact] = {}


def letter_of(planned: PlannedStep, case: str, known: Known) -> Letter | None:
    """Return the text for a step that somebody else is asked for, None for one that people do themselves."""
    write = WRITERS.get(planned.step.action)
    if write is None:
        return None
    content = write(planned.step, known)
    senders = " or ".join(_named(known.account, person) for person in planned.performers)
    rows = (("Company", None), *content.rows, ("Sent by", senders or None))
    lines = [_line(title, value) for title, value in rows]
    gaps = sum(line.count(_GAP) for line in lines)
    note = f"Before you send this text, fill in {number_of(gaps, 'gap')} marked {_GAP} …], and remove this line.\n\n"
    head = f"To: {content.to}\nSubject: {content.subject} (our reference: {visible(case)})\n"
    return Letter(
        content.label, f"{note if gaps else ''}{head}\n{content.request}\n\n{''.join(lines)}", gaps, content.advice
    )


_GAP = "[FILL IN"


def _gap(what: str) -> str:
    return f"{_GAP}: {what}]"


def _line(title: str, value: str | None) -> str:
    return f"{f'{title}:':<{_WIDTH}} {_gap(title[:1].lower() + title[1:]) if value is None else value}\n"


def _named(account: Account, address: str) -> str:
    """Return a person as `Ana Silva <ana@acme.example>`, with a gap for unknown names."""
    user = account.users.get(identity(address) or "")
    name = " ".join(filter(None, (user.first_name, user.last_name))) if user is not None else ""
    return f"{visible(name) or _gap('name')} <{visible(address if user is None else user.email)}>"


# What is known about purchases


def _bought(step: Step, account: Account) -> Subscription | Contract | None:
    key = step.get("subscription")
    if isinstance(key, str):
        return account.subscriptions.get(key)
    return account.contracts.get(step.scope.name) if step.scope.kind == "contract" else None


def _number(step: Step) -> str:
    """Return the number of the subscription, or else of the contract."""
    key = step.get("subscription")
    return key if isinstance(key, str) else step.scope.name


def _about(step: Step, known: Known) -> Iterator[Row]:
    """Yield what the vendor asks about a subscription or contract."""
    bought = _bought(step, known.account)
    key = step.get("subscription")
    contract, *reseller = known.contacts.get(key, _NOBODY) if isinstance(key, str) else _NOBODY
    if isinstance(key, str):
        yield "Subscription ID", visible(key)
    number = step.scope.name if step.scope.kind == "contract" else contract
    yield "Contract number", visible(number) or None
    if step.scope.kind == "team":
        yield "Team", visible(step.scope.name)
    if isinstance(bought, Subscription):
        count = bought.tokens if bought.seats is None else bought.seats
        unit = "tokens" if bought.seats is None else "seats"
        yield "Product", f"{visible(bought.product)}, {bought.offering}, {count} {unit}"
    if isinstance(bought, Contract):
        yield "Products", ", ".join(visible(product) for product in sorted(bought.products)) or None
    if bought is not None and bought.starts and bought.ends:
        yield "Term", f"{bought.starts} to {bought.ends}"
    yield from _channel(bought.channel if bought is not None else _wanted(step, "channel"), *reseller)


def _channel(channel: str | None, name: str, address: str) -> Iterator[Row]:
    if channel == "store":
        yield "Bought", "in the vendor's store"
    else:
        yield "Bought", "through a reseller" if channel == "reseller" else None
        yield "Reseller", _reseller(name, address) or None
        yield "Our customer number there", None


def _wanted(step: Step, name: str) -> str | None:
    wanted = step.get("wanted")
    value = wanted.get(name) if isinstance(wanted, Facts) else None
    return str(value) if isinstance(value, str | int) else None


# The letters


def _transfer(step: Step, known: Known) -> _Content:
    bought = _bought(step, known.account)
    old = None if bought is None else _named(known.account, bought.contract_manager)
    new = _named(known.account, step.text("user"))
    thing = f"{'subscription' if step.get('subscription') is not None else 'contract'} {visible(_number(step))}"
    rows = (*_about(step, known), ("Current contract manager", old), ("New contract manager", new))
    request = f"Please make the new contract manager responsible for {thing}, in place of the current one."
    return _Content(("contract-manager", _number(step)), _FORM, f"New contract manager of {thing}", request, rows)


def _coordinator(step: Step, known: Known) -> _Content:
    contract = known.account.contracts.get(step.scope.name)
    rows = (
        *_about(step, known),
        ("Contract manager", None if contract is None else _named(known.account, contract.contract_manager)),
        ("Present coordinator", None if contract is None else _named(known.account, contract.coordinator)),
        ("New coordinator", _named(known.account, step.text("user"))),
    )
    number = visible(step.scope.name)
    request = f"Please make the new person software coordinator of contract {number}, in place of the present one."
    return _Content(
        ("coordinator", step.scope.name), _SUPPORT, f"New software coordinator of contract {number}", request, rows
    )


def _delete_team(step: Step, known: Known) -> _Content:
    name = step.scope.name
    team = known.account.teams.get(name)
    left = sorted(key for key, sub in known.account.subscriptions.items() if sub.team == name)
    rows: tuple[Row, ...] = (
        ("Team", visible(name)),
        ("Primary admin", None if team is None else _named(known.account, team.primary)),
        ("Members left", None if team is None else str(len(team.members))),
        ("Subscriptions left", ", ".join(visible(key) for key in left) or "none"),
    )
    moved = "" if left else " Its subscriptions were moved to other teams."
    lost = "We know that its hubs and projects are lost with it, and that everybody's access to them ends."
    request = f"Please delete the team {visible(name)}.{moved} {lost}"
    return _Content(("delete-team", name), _SUPPORT, f"Delete the team {visible(name)}", request, rows)


def _change_email(step: Step, known: Known) -> _Content:
    user = identity(step.text("user")) or ""
    teams = [name for name, team in sorted(known.account.teams.items()) if user in team.members]
    rows: tuple[Row, ...] = (
        ("Person", _named(known.account, step.text("user"))),
        ("Present address", visible(step.text("user"))),
        ("New address", visible(step.text("to"))),
        *((("Teams", ", ".join(visible(name) for name in teams)),) if teams else ()),
    )
    request = (
        "Please change the e-mail address of this person's account. Products, roles, data and membership of teams stay"
        " as they are. The new address has no account of its own."
    )
    return _Content(("change-email", step.text("user")), _SUPPORT, "New e-mail address of a user", request, rows)


_BUY, _SEND = "Bought in the vendor's store: buy it there.", "Bought through a reseller: send them the text."
_ADVICE = {"store": _BUY, "reseller": _SEND}


def _purchase(step: Step, known: Known) -> _Content:
    bought = _bought(step, known.account)
    channel = (bought.channel if bought is not None else _wanted(step, "channel")) or ""
    buyer = bought.contract_manager if bought is not None else _wanted(step, "contract_manager")
    rows = (
        ("Wanted", _order(step)),
        *_about(step, known),
        ("Contract manager", None if buyer is None else _named(known.account, buyer)),
    )
    kind = "Renewal of" if step.action == PURCHASE_RENEWAL.name else "Order for"
    thing = "subscription" if step.get("subscription") is not None else "contract"
    return _Content(
        ("purchase", _number(step)),
        _seller(step, channel, known),
        f"{kind} {thing} {visible(_number(step))}",
        "Please make us an offer for what is wanted below, or tell us what else you need for it.",
        rows,
        _ADVICE.get(channel, f"{_BUY} {_SEND}"),
    )


def _seller(step: Step, channel: str, known: Known) -> str:
    """Return from whom to buy: the store, or the reseller, as far as they are known."""
    if channel == "reseller":
        key = step.get("subscription")
        _, name, address = known.contacts.get(key, _NOBODY) if isinstance(key, str) else _NOBODY
        return _reseller(name, address) or "the reseller"
    return (
        "the vendor's store (you order there yourself)"
        if channel == "store"
        else _gap("reseller or the vendor's store")
    )


def _reseller(name: str, address: str) -> str:
    return " ".join(filter(None, (visible(name), f"<{visible(address)}>" if address else "")))


def _order(step: Step) -> str:
    """Return what is to be bought, in the words of an order: `8 seats instead of 6, which is 2 more`."""
    now, wanted = step.get("now"), step.get("wanted")
    if not isinstance(now, Facts) or not isinstance(wanted, Facts):
        return sentence(step)
    product = step.get("product")
    changes = "; ".join(_changed(name, now.get(name), value) for name, value in wanted.items)
    return f"{visible(product)}: {changes}" if isinstance(product, str) else changes


def _changed(name: str, old: Plain, new: Plain) -> str:
    """Return one fact of an order, as it is to be and as it is."""
    if name == "auto_renew":
        return f"it {'renews' if new else 'no longer renews'} by itself"
    before = "" if old is None else f" instead of {visible(str(old))}"
    if name in {"starts", "ends"}:
        return f"{'from' if name == 'starts' else 'until'} {visible(str(new))}{before}"
    if isinstance(old, int) and isinstance(new, int):
        before += f", which is {abs(new - old)} {'more' if new > old else 'fewer'}"
    return f"{visible(str(new))} {name.replace('_', ' ')}{before}"


WRITERS: Mapping[str, Callable[[Step, Known], _Content]] = {
    TRANSFER_CONTRACT_MANAGER.name: _transfer,
    CHANGE_COORDINATOR.name: _coordinator,
    DELETE_TEAM.name: _delete_team,
    CHANGE_EMAIL.name: _change_email,
    PURCHASE_SEATS.name: _purchase,
    PURCHASE_RENEWAL.name: _purchase,
    PURCHASE_SUBSCRIPTION.name: _purchase,
    PURCHASE_CONTRACT.name: _purchase,
}
"""The letter of every action that is a form, a request to the vendor's support, or a purchase."""
