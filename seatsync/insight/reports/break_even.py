"""Flex or a named seat: from how many days in a year on a seat is cheaper, and for whom which of them is."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import NamedTuple

from seatsync.account.actions.effects import shown
from seatsync.account.attributes import BY_TOKEN
from seatsync.account.entitlements import COUNTED
from seatsync.declaration.prices import cents
from seatsync.insight.reports.document import Cell, Column, Money, Table
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.measured import Measured
from seatsync.planning.costs import Purchase

_RATES = (
    Column("team", "Team"),
    Column("product", "Product"),
    Column("seat", "Seat per year", "money"),
    Column("token", "Token", "money"),
    Column("rate", "Tokens per day", "number"),
    Column("day", "Flex per day", "money"),
    Column("break_even", "Days a year", "number"),
)
_PEOPLE = (
    Column("person", "Person"),
    Column("team", "Team"),
    Column("product", "Product"),
    Column("days", "Days", "count"),
    Column("months", "In months", "count"),
    Column("days_per_year", "Days a year", "number"),
    Column("break_even", "Break-even", "number"),
    Column("flex", "Flex per year", "money"),
    Column("seat", "Seat per year", "money"),
    Column("cheaper", "Cheaper"),
    Column("saves", "Saves per year", "money"),
)
_DAYS = next(place for place, column in enumerate(_PEOPLE) if column.key == "days")
_FROM = "From so many days of use in a year on, a seat is cheaper than tokens of Flex."
_YEAR = "Days are those measured in the known months, in proportion for a year."


class Rate(NamedTuple):
    """The cost of a seat and of a token of a product in a team, in one currency: exact amounts, per year."""

    team: str
    product: str
    currency: str
    seat: Fraction
    token: Fraction
    rate: Decimal

    @property
    def day(self) -> Fraction:
        """The cost of a day of use in tokens."""
        return self.token * Fraction(self.rate)


def break_even_tables(
    inputs: ReportInputs, bought: list[Purchase], measured: Measured, *, by_person: bool
) -> Iterator[Table]:
    """Yield the break-even of products, and the cheaper way for people; nothing if no product has all prices.

    The table of people is in text only if that is `by_person`.
    """
    rates = list(rates_of(inputs, bought, measured))
    if rates:
        yield Table("break_even", "Flex or a named seat", _RATES, tuple(map(_rate_row, rates)), note=_FROM)
        if not by_person and not inputs.in_detail:
            return
        people = tuple(row for rate in rates for row in _people(inputs, rate, measured))
        if any(row[_DAYS] is not None for row in people):
            yield Table("people", "Flex or a named seat, by person", _PEOPLE, people, note=_YEAR, in_text=by_person)


def rates_of(inputs: ReportInputs, bought: list[Purchase], measured: Measured) -> Iterator[Rate]:
    """Yield each team with a product that it has or uses, if there is a rate, a seat price and a token price for it.

    The prices are those of the team, or if it has none, those of all teams that are shown.
    """
    rates = {} if inputs.declared is None else dict(inputs.declared.project.rates)
    seats = [each for each in bought if each.offering == COUNTED and each.product in rates]
    tokens = [each for each in bought if each.offering in BY_TOKEN]
    for team in sorted(name for name in inputs.account.teams if inputs.sight.team(name)):
        used = {product for product, _ in measured.days.get(team, ())}
        for product, rate in sorted(rates.items()):
            if product not in used and not inputs.account.subscription_ids(team, product):
                continue
            of_seats = _prices([each for each in seats if each.product == product], team)
            of_tokens = _prices(tokens, team)
            for currency in sorted(of_seats.keys() & of_tokens.keys()):
                if rate and of_tokens[currency]:
                    yield Rate(team, product, currency, of_seats[currency], of_tokens[currency], rate)


def _prices(bought: list[Purchase], team: str) -> dict[str, Fraction]:
    """Return by currency what one seat or token costs a team in a year, on average of those with a price in it."""
    found = [each for each in bought if each.team == team] or bought
    amounts: dict[str, tuple[Fraction, Fraction]] = {}
    for each in found:
        for currency, amount in each.amounts.items():
            whole, number = amounts.get(currency, (Fraction(), Fraction()))
            amounts[currency] = whole + amount, number + each.priced[currency]
    return {currency: whole / number for currency, (whole, number) in amounts.items() if number}


def _rate_row(rate: Rate) -> tuple[Cell, ...]:
    return (
        *(rate.team, rate.product, _money(rate.seat, rate)),
        *(_money(rate.token, rate), rate.rate, _money(rate.day, rate), _tenths(rate.seat / rate.day)),
    )


def _people(inputs: ReportInputs, rate: Rate, measured: Measured) -> Iterator[tuple[Cell, ...]]:
    """Yield whoever holds a product, or used it, and what that costs either way; the largest saving first."""
    if not inputs.sight.usage(rate.team, rate.product, with_tokens=True):
        return
    used = [person for product, person in measured.days.get(rate.team, ()) if product == rate.product]
    months, by_days = len(measured.day_months.get(rate.team, ())), dict[int | None, _Comparison]()
    rows = []
    for person in sorted({*used, *inputs.account.holders(rate.team, rate.product)}):
        days = measured.days_of(rate.team, rate.product, person)
        if days not in by_days:  # the same for everybody with as many days
            by_days[days] = _compared(rate, days, months)
        where = (shown(inputs.account, person), rate.team, rate.product)
        rows.append((by_days[days].saves, (*where, *by_days[days].cells)))
    yield from (row for _, row in sorted(rows, key=lambda each: (-each[0], each[1][0])))


class _Comparison(NamedTuple):
    """The amount that the cheaper way saves (-1: unknown), and the cells of a row from `days` on."""

    saves: Fraction
    cells: tuple[Cell, ...]


def _compared(rate: Rate, days: int | None, months: int) -> _Comparison:
    even, seat = _tenths(rate.seat / rate.day), _money(rate.seat, rate)
    if days is None or not months:
        return _Comparison(Fraction(-1), (None, months, None, even, None, seat, "", None))
    a_year = Fraction(days * 12, months)
    flex = a_year * rate.day
    cheaper = "" if flex == rate.seat else "Flex" if flex < rate.seat else "seat"
    saves = abs(flex - rate.seat)
    amounts = (_money(flex, rate), seat, cheaper, _money(saves, rate))
    return _Comparison(saves, (days, months, _tenths(a_year), even, *amounts))


def _money(amount: Fraction, rate: Rate) -> Money:
    return Money(cents(amount), rate.currency)


def _tenths(number: Fraction) -> Decimal:
    """Return a number with one decimal, rounded half up."""
    exact = Decimal(number.numerator) / Decimal(number.denominator)
    return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)
