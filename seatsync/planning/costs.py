"""The cost of an account in a year: by pool, of its holders, and before and after a plan.

Nobody's seat is tied to a subscription, so a seat costs what its pool costs divided by the seats. Amounts are exact, by
currency, and never added up across currencies.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from fractions import Fraction
from typing import NamedTuple, TypeAlias

from seatsync.account.entitlements import COUNTED
from seatsync.account.model import NOBODY, Account, Subscription
from seatsync.declaration.prices import cents, cost_of, suits, years_of
from seatsync.declaration.project_values import Price
from seatsync.planning.plan import CostChange

Prices: TypeAlias = Mapping[str, Price]
"""The prices of subscriptions, by id."""

Amounts: TypeAlias = dict[str, Fraction]
"""Exact amounts by currency."""


class Purchase(NamedTuple):
    """All subscriptions of a team (None: of no team) to a product in term that are bought alike: a pool, or tokens.

    `quantity` is the number of seats, or of tokens in a year; `amounts` what they cost in a year, and `priced` how many
    of them cost that, both by currency. `unpriced` are the subscriptions of which the price is not declared. Only a
    pool of counted seats has `holders`.
    """

    team: str | None
    product: str
    offering: str
    quantity: Fraction
    amounts: Amounts
    holders: AbstractSet[str]
    unpriced: tuple[str, ...]
    priced: Mapping[str, Fraction]

    def of_holder(self, currency: str) -> Fraction:
        """Return what the seat of one holder costs: of all together at most what the pool costs, if it is too small."""
        seats = max(self.quantity, Fraction(len(self.holders)))
        return self.amounts[currency] / seats if self.holders else Fraction()

    def held(self, currency: str) -> Fraction:
        """Return what the seats of all holders cost."""
        return self.of_holder(currency) * len(self.holders)


def purchases(
    account: Account,
    prices: Prices,
    day: str,
    shown: Callable[[str], bool] = lambda _: True,
    renewed: Collection[str] = (),
    replaced: Collection[str] = (),
) -> Iterator[Purchase]:
    """Yield what is in term on a day and has a price, sorted by team and product.

    Of subscriptions that are not `shown`, only the seats count. Those in `renewed` count although their term only
    begins later, and those in `replaced` do not.
    """
    prices = {key: price for key, price in prices.items() if _suits(account.subscriptions.get(key), price)}
    alike: dict[tuple[str, str, str], list[str]] = {}
    for key, sub in sorted(account.subscriptions.items()):
        if key not in replaced and (sub.in_term(day) or (key in renewed and day < sub.starts)):
            alike.setdefault((sub.team or "", sub.product, sub.offering), []).append(key)
    for (team, product, offering), keys in sorted(alike.items()):
        if any(key in prices and shown(key) for key in keys):
            holders = account.holders(team, product) if team and offering == COUNTED else NOBODY
            quantity, amounts, priced = _bought(account, prices, keys, shown)
            unpriced = tuple(key for key in keys if key not in prices and shown(key))
            yield Purchase(team or None, product, offering, quantity, amounts, holders, unpriced, priced)


def _suits(sub: Subscription | None, price: Price) -> bool:
    return sub is not None and suits(sub, price)


def _bought(
    account: Account, prices: Prices, keys: Iterable[str], shown: Callable[[str], bool]
) -> tuple[Fraction, Amounts, dict[str, Fraction]]:
    quantity, amounts, priced = Fraction(), Amounts(), dict[str, Fraction]()
    for key in keys:
        sub = account.subscriptions[key]
        bought = sub.seats if sub.tokens is None else sub.tokens
        number = Fraction(bought or 0) if sub.tokens is None else sub.tokens / years_of(sub)
        quantity += number
        if key in prices and shown(key):
            price = prices[key]
            priced[price.currency] = priced.get(price.currency, Fraction()) + number
            amounts[price.currency] = amounts.get(price.currency, Fraction()) + cost_of(sub, price, bought or 0)
    return quantity, amounts, priced


def cost_changes(
    before: Account, after: Account, prices: Prices, day: str, shown: Callable[[str], bool]
) -> tuple[CostChange, ...]:
    """Return the cost before and after a plan, by currency; nothing if nothing in term has a price.

    What the plan buys for later counts, in place of what it follows: purchases of the kind that end before.
    What follows without a price leaves the cost as it is.
    """
    if not prices:
        return ()
    in_term = {key: sub for key, sub in before.subscriptions.items() if sub.in_term(day)}
    bought_now = {key: sub for key, sub in after.subscriptions.items() if key not in before.subscriptions}
    priced = [sub for key, sub in bought_now.items() if key in prices and suits(sub, prices[key])]
    replaced = {key for key, sub in in_term.items() if any(_follows(each, sub) for each in priced)}
    then = purchases(after, prices, day, shown, in_term.keys() | bought_now.keys(), replaced)
    old, new = totals(purchases(before, prices, day, shown)), totals(then)
    nothing = (Fraction(), Fraction())
    found = []
    for currency in sorted({*old, *new}):
        (bought, held), (bought_then, held_then) = old.get(currency, nothing), new.get(currency, nothing)
        found.append(CostChange(currency, (cents(bought), cents(bought_then)), (cents(held), cents(held_then))))
    return tuple(found)


def _follows(sub: Subscription, before: Subscription) -> bool:
    """Return True if a subscription begins after another of the same kind has ended."""
    kinds = ((each.team, each.product, each.offering) for each in (sub, before))
    return len(set(kinds)) == 1 and not before.auto_renew and before.ends < sub.starts


def totals(bought: Iterable[Purchase]) -> dict[str, tuple[Fraction, Fraction]]:
    """Return by currency what everything costs, and what of it people hold as counted seats."""
    found: dict[str, tuple[Fraction, Fraction]] = {}
    for each in bought:
        for currency, amount in each.amounts.items():
            whole, held = found.get(currency, (Fraction(), Fraction()))
            found[currency] = (whole + amount, held + each.held(currency))
    return found
