"""The report on contracts and billing: terms and what becomes of them, seats, managers, prices, and orders."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from seatsync.account.actions.effects import counted
from seatsync.account.attributes import BY_COUNT
from seatsync.account.entitlements import pool
from seatsync.account.model import Account, Contract, Subscription
from seatsync.account.orders import Order, products_shown
from seatsync.clock import days_between, later, renewed_terms, term_length
from seatsync.declaration.declared import DeclaredSubscription
from seatsync.declaration.prices import cents, cost_of, suits
from seatsync.declaration.project_values import amount_text
from seatsync.insight.reports.document import Cell, Column, Money, Plot, Report, Table
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.targets.target import State

_TERMS = (
    Column("number", "Number"),
    Column("team", "Team"),
    Column("product", "Product"),
    Column("seats", "Seats", "count"),
    Column("tokens", "Tokens", "count"),
    Column("held", "Held", "count"),
    Column("free", "Free", "count"),
    Column("starts", "Starts", "day"),
    Column("ends", "Ends", "day"),
    Column("days_left", "Days left", "count"),
    Column("renewal", "Renewal", "day"),
    Column("becomes", "What becomes of it"),
)
_BILLING = (
    Column("number", "Number"),
    Column("offering", "Offering"),
    Column("contract_manager", "Contract manager"),
    Column("coordinator", "Coordinator"),
    Column("channel", "Channel"),
    Column("auto_renew", "Renews itself"),
    Column("price", "Price", "money"),
    Column("per", "Per"),
    Column("per_year", "Per year", "money"),
    Column("assumed", "Assumed", "list"),
)
_LINES = (
    Column("term", "Term"),
    Column("starts", "Starts", "day"),
    Column("ends", "Ends", "day"),
    Column("becomes", "What becomes of it"),
)
_ORDERS = (
    Column("order", "Order"),
    Column("day", "Day", "day"),
    Column("company", "Company"),
    Column("number", "Number"),
    Column("team", "Team"),
    Column("product", "Product"),
    Column("seats", "Seats", "count"),
    Column("tokens", "Tokens", "count"),
    Column("channel", "Channel"),
    Column("contract_manager", "Contract manager"),
    Column("starts", "Starts", "day"),
    Column("ends", "Ends", "day"),
)
_POOLED = "Seats are pooled: held and free are those of all subscriptions of a team to a product together."
_PLOT = "For each subscription and contract, the present term, from its first to its last day."
_COUNTED_BY = frozenset({"people", "seats"})
"""Kinds of facts without which it is not known who holds a seat."""


class Term(NamedTuple):
    """The term of a purchase that a day is in, or the next or last one, and what becomes of it.

    Without a term, both days are empty. `left` is the number of days after the day, negative if it is over.
    """

    starts: str
    ends: str
    left: int | None
    renewal: str
    becomes: str

    @property
    def is_over(self) -> bool:
        """True after the last day."""
        return self.left is not None and self.left < 0


class _Row(NamedTuple):
    """A row of the terms and that of the billing of a purchase, and its name in the plot."""

    name: str
    term: Term
    cells: tuple[Cell, ...]
    billing: tuple[Cell, ...]


def contracts_report(inputs: ReportInputs) -> Report:
    """Return the report on the subscriptions, contracts and orders that a person sees."""
    rows = sorted((*_subscriptions(inputs), *_contracts(inputs)), key=_soonest)
    billing = tuple(dict.fromkeys(row.billing for row in rows))
    lines = tuple((row.name, row.term.starts, row.term.ends, row.term.becomes) for row in rows if row.term.ends)
    tables = [
        Table("contracts", "Subscriptions and contracts", _TERMS, tuple(row.cells for row in rows), note=_POOLED),
        Table("billing", "Billing", _BILLING, billing),
        Table("terms", "Terms", _LINES, lines, in_text=False),
    ]
    orders = tuple(_orders(inputs))
    if orders:
        tables.append(Table("orders", "Orders", _ORDERS, orders))
    return Report(
        "contracts",
        "Contracts and billing",
        inputs.account.name,
        inputs.clock.day,
        inputs.sight.shown,
        tuple(_summary(rows)),
        tuple(tables),
        (Plot("timeline", "Terms and their ends", _PLOT, "terms", "term", ("starts", "ends")),),
        tuple(_notes(inputs, rows)),
    )


def _soonest(row: _Row) -> tuple[bool, str, tuple[str, ...]]:
    """Sort what is over to the end, and everything else by its last day."""
    return row.term.is_over, row.term.ends or "9999", tuple(str(cell) for cell in row.cells[:3])


# Subscriptions


def _subscriptions(inputs: ReportInputs) -> Iterator[_Row]:
    account, day = inputs.account, inputs.clock.day
    entries = {} if inputs.declared is None else inputs.declared.subscriptions
    for key, sub in account.subscriptions.items():
        if inputs.sight.subscription(key):
            entry, term = entries.get(key), term_of(sub, entries.get(key), day)
            held, free = _holding(inputs, sub)
            seats: Cell = "" if sub.seats is None else sub.seats
            tokens: Cell = "" if sub.tokens is None else sub.tokens
            team = sub.team or ""
            where = (key, team, sub.product, seats, tokens, held, free)
            left: Cell = "" if term.left is None or term.is_over else term.left
            cells = (*where, term.starts, term.ends, left, term.renewal, term.becomes)
            yield _Row(f"{sub.product}, {team or 'no team'} ({key})", term, cells, _billing(inputs, key, sub, entry))


def term_of(sub: Subscription, entry: DeclaredSubscription | None, day: str) -> Term:
    """Return the term of a subscription on a day, and what becomes of it; `entry` is how the files declare it."""
    starts, ends = next(terms_of(sub, day))
    left = days_between(day, ends)
    return Term(starts, ends, left, later(ends, 1) if left >= 0 else "", _becomes(sub, entry, starts, left, day))


def terms_of(sub: Subscription, day: str) -> Iterator[tuple[str, str]]:
    """Yield the term that a day is in, or the only or first one, and then those that follow by renewal."""
    return renewed_terms(sub.starts, sub.ends, day) if sub.auto_renew else iter([(sub.starts, sub.ends)])


def from_renewal(sub: Subscription, entry: DeclaredSubscription | None, day: str) -> int | None:
    """Return the number of seats or tokens from the next renewal on; None without renewal, or if it stays the same."""
    if entry is None or not (sub.auto_renew and entry.auto_renew) or entry.number_changed(day):
        return None
    now = sub.seats if sub.tokens is None else sub.tokens
    return None if entry.from_renewal == now else entry.from_renewal


def _becomes(sub: Subscription, entry: DeclaredSubscription | None, starts: str, left: int, day: str) -> str:
    """Return what becomes of a subscription after the term that a day is in."""
    if sub.auto_renew:
        number = from_renewal(sub, entry, day)
        unit = "seat" if sub.tokens is None else "token"
        change = "" if number is None else f" with {counted(number, unit)}"
        return f"renews for {_length(sub.starts, sub.ends)}{change}"
    if left < 0:
        return "has ended"
    if entry is not None and entry.ends > sub.ends:
        return f"to be renewed until {entry.ends}"
    if entry is not None and entry.auto_renew:
        return "ends; the files say that it renews"
    return f"begins on {starts}, then ends" if day < starts else "ends"


def _length(starts: str, ends: str) -> str:
    """Return the length of a term in words: `1 year`, `3 months`, `45 days`."""
    months, days = term_length(starts, ends)
    if not months:
        return counted(days, "day")
    return counted(months, "month") if months % 12 else counted(months // 12, "year")


def _holding(inputs: ReportInputs, sub: Subscription) -> tuple[Cell, Cell]:
    """Return the seats of a subscription's pool that are held and free. Seats that are not counted are never free."""
    if sub.team is None or sub.offering not in BY_COUNT:
        return "", ""
    if is_unknown(inputs.state, sub.team):
        return None, None
    held = len(inputs.account.holders(sub.team, sub.product))
    seats = pool(inputs.account, sub.team, sub.product, inputs.clock.day)
    return held, "" if seats is None else seats - held


def is_unknown(state: State, team: str) -> bool:
    """Return True if no source shows who holds the seats of a team."""
    return any(each.team == team and each.fact in _COUNTED_BY for each in state.unknown)


def _billing(inputs: ReportInputs, key: str, sub: Subscription, entry: DeclaredSubscription | None) -> tuple[Cell, ...]:
    price = None if entry is None else entry.price
    paid: tuple[Cell, ...] = ("", "", "")
    if price is not None and suits(sub, price):
        bought = sub.seats if sub.tokens is None else sub.tokens
        year: Cell = Money(cents(cost_of(sub, price, bought or 0)), price.currency)
        paid = (
            Money(Decimal(amount_text(price.amount)), price.currency),
            price.per,
            year if sub.in_term(inputs.clock.day) else "",
        )
    assumed = tuple(
        each.fact if each.fact != "subscription" else "everything"
        for each in inputs.state.assumed
        if each.things == (("subscription", key),)
    )
    manager = _address(inputs.account, sub.contract_manager)
    return (key, sub.offering, manager, "", sub.channel, "yes" if sub.auto_renew else "no", *paid, assumed)


def _address(account: Account, user: str) -> str:
    return account.users[user].email if user in account.users else user


# Contracts


def _contracts(inputs: ReportInputs) -> Iterator[_Row]:
    """Yield a row for each product of each contract."""
    for number, contract in inputs.account.contracts.items():
        if not inputs.sight.contract(number):
            continue
        term = _term_of_contract(contract, inputs.clock.day)
        left: Cell = "" if term.left is None or term.is_over else term.left
        billing = (
            *(number, contract.license_type, _address(inputs.account, contract.contract_manager)),
            *(_address(inputs.account, contract.coordinator), contract.channel, "no", "", "", "", ()),
        )
        for product, counts in _products(contract):
            where = (number, "", product, *counts)
            cells = (*where, term.starts, term.ends, left, term.renewal, term.becomes)
            yield _Row(f"{product or 'contract'} ({number})", term, cells, billing)


def _products(contract: Contract) -> Iterator[tuple[str, tuple[Cell, ...]]]:
    """Yield each product of a contract with its seats, held and free; one nameless line if there is none."""
    for name, product in sorted(contract.products.items()):
        held = len(contract.seats.get(name, ()))
        yield name, (product.seats, "", held, product.seats - held)
    if not contract.products:
        yield "", ("", "", "", "")


def _term_of_contract(contract: Contract, day: str) -> Term:
    if contract.ends is None:
        return Term(contract.starts or "", "", None, "", "has no end")
    left = days_between(day, contract.ends)
    becomes = (later(contract.ends, 1), "ends") if left >= 0 else ("", "has ended")
    return Term(contract.starts or "", contract.ends, left, *becomes)


# Orders, and sentences


def _orders(inputs: ReportInputs) -> Iterator[tuple[Cell, ...]]:
    """Yield the orders of what is shown, the newest first."""
    orders = () if inputs.orders is None else inputs.orders()
    for order in sorted(orders, key=lambda each: (each.day, each.number), reverse=True):
        if _is_shown(order, inputs):
            what = order.subscription if order.subscription is not None else order.contract
            known = inputs.account.subscriptions.get(order.subscription or "")
            team = order.team if known is None else known.team
            seats: Cell = "" if order.seats is None else order.seats
            tokens: Cell = "" if order.tokens is None else order.tokens
            product = products_shown(inputs.account, order)
            bought = (team or "", product, seats, tokens, order.channel, order.manager)
            yield (order.number, order.day, order.company, what or "", *bought, order.starts, order.ends or "")


def _is_shown(order: Order, inputs: ReportInputs) -> bool:
    if order.subscription is not None:
        return inputs.sight.subscription(order.subscription)
    return inputs.sight.contract(order.contract or "")


def _summary(rows: list[_Row]) -> Iterator[str]:
    if not rows:
        yield "No subscription and no contract is shown."
        return
    present = [row for row in rows if not row.term.is_over]
    ending = [row for row in present if row.term.becomes.startswith(("ends", "begins")) and row.term.left is not None]
    over = len(rows) - len(present)
    are = "subscription or contract is" if len(present) == 1 else "subscriptions and contracts are"
    yield f"{len(present)} {are} in term or to come{f', {over} over' if over else ''}."
    if ending:
        first = ending[0]
        left = counted(first.term.left or 0, "day")
        yield f"The next to end is {first.name}, on {first.term.ends} ({left} left)."


def _notes(inputs: ReportInputs, rows: list[_Row]) -> Iterator[str]:
    teams = sorted({str(row.cells[1]) for row in rows} - {""})
    unknown = [team for team in teams if is_unknown(inputs.state, team)]
    if unknown:
        yield f"No source shows who holds the seats of {', '.join(unknown)}."
    if any(row.billing[-1] for row in rows):
        yield "No source shows what is assumed: it is as the files declare it, or a guess."
    if rows:
        yield "Billing and renewals are up to the contract manager alone, who gets the notices about them."
    yield from inputs.sight.notes()
