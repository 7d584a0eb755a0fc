"""The exact cost of a subscription in a year, and amounts rounded to two decimals.

A subscription costs its price times its seats: per year, twelve times per month, or per term divided by the years of
its term. A price per token counts the tokens of a term. Nothing is rounded before it is shown.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Protocol, TypeVar

from seatsync.clock import term_length
from seatsync.declaration.declared import Declaration, DeclaredSubscription
from seatsync.declaration.project_values import Price

_CENTS = 100
_Key = TypeVar("_Key")


class Bought(Protocol):
    """The facts of a subscription that its cost depends on, whether it is in the account or declared."""

    @property
    def tokens(self) -> int | None:
        """The number of tokens, None for an offering with seats."""

    @property
    def starts(self) -> str:
        """The first day of the term."""

    @property
    def ends(self) -> str:
        """The last day of the term."""


def prices_of(declared: Declaration | None) -> dict[str, Price]:
    """Return the declared prices, by subscription."""
    found = {} if declared is None else declared.subscriptions
    return {key: sub.price for key, sub in found.items() if sub.price is not None}


def years_of(sub: Bought) -> Fraction:
    """Return the length of a term in years: its months if they are whole, or else its days, of which a year has 365."""
    months, days = term_length(sub.starts, sub.ends)
    return Fraction(months, 12) if months else Fraction(days, 365)


def suits(sub: Bought, price: Price) -> bool:
    """Return True if a price is that of a token and the subscription has tokens, or neither.

    The files refuse any other price, but the account may have another offering than they declare.
    """
    return (price.per == "token") is (sub.tokens is not None)


def cost_of(sub: Bought, price: Price, bought: int) -> Fraction:
    """Return what some seats or tokens of a subscription cost in a year."""
    amount = Fraction(price.amount) * bought
    if price.per == "year":
        return amount
    return 12 * amount if price.per == "month" else amount / years_of(sub)


def yearly_cost(sub: DeclaredSubscription, day: str) -> Fraction | None:
    """Return what a declared subscription costs in a year as of a day; None if it has no price or is not in term."""
    bought = sub.seats_on(day) if sub.seats is not None else sub.tokens_on(day)
    if sub.price is None or bought is None or sub.broken or not sub.in_term(day):
        return None
    return cost_of(sub, sub.price, bought)


def cents(amount: Fraction) -> Decimal:
    """Return an amount rounded to two decimals, halves up."""
    return _money(_rounded(amount))


def allotted(parts: Mapping[_Key, Fraction]) -> dict[_Key, Decimal]:
    """Round amounts to two decimals so that they add up to their rounded sum: the largest remainders are rounded up.

    Of equal remainders, the first. No amount is negative.
    """
    whole = _rounded(sum(parts.values(), Fraction()))
    down = {key: _CENTS * amount.numerator // amount.denominator for key, amount in parts.items()}
    missing = whole - sum(down.values())
    by_remainder = sorted(parts, key=lambda key: down[key] - parts[key] * _CENTS)
    for key in by_remainder[: max(0, missing)]:
        down[key] += 1
    return {key: _money(amount) for key, amount in down.items()}


def _rounded(amount: Fraction) -> int:
    """Return an amount in cents, halves rounded up. In integers, which are much faster than fractions."""
    return (2 * _CENTS * amount.numerator + amount.denominator) // (2 * amount.denominator)


def _money(number: int) -> Decimal:
    return Decimal(number).scaleb(-2)
