"""The report on cost: what is paid in a year, allocated to teams, products, groups or people."""

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Final, Literal, NamedTuple, TypeAlias

from seatsync.account.actions.effects import shown
from seatsync.account.attributes import BY_TOKEN
from seatsync.account.entitlements import COUNTED
from seatsync.account.usage import HASHED
from seatsync.declaration.prices import allotted, prices_of, suits
from seatsync.insight.reports.break_even import break_even_tables
from seatsync.insight.reports.contracts import is_unknown
from seatsync.insight.reports.document import Cell, Column, Money, Plot, Report, Table
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.measured import Measured
from seatsync.planning.costs import Purchase, purchases
from seatsync.reading.plain_text import first_of

By: TypeAlias = Literal["team", "product", "group", "person"]
Share: TypeAlias = Literal["assigned", "unassigned", "open"]
"""Held as a seat, or used as tokens; bought, but neither; bought without a count of who has it, or not known."""

_SHARES: Final[tuple[Share, ...]] = ("assigned", "unassigned", "open")
_AMOUNTS = (
    Column("assigned", "Assigned", "money"),
    Column("unassigned", "Not assigned", "money"),
    Column("open", "Not allocated", "money"),
    Column("per_year", "Per year", "money"),
)
_TEAM = Column("team", "Team")
_KEYS: dict[By, tuple[Column, ...]] = {
    "team": (_TEAM,),
    "product": (Column("product", "Product"),),
    "group": (_TEAM, Column("group", "Group")),
    "person": (Column("person", "Person"), Column("products", "Products", "list")),
}
_IN_PARTS: Final[frozenset[By]] = frozenset({"team", "product"})
"""Reports with columns for assigned and not assigned; in the others, these are lines of their own."""
_CURRENCIES = (Column("currency", "Currency"), *_AMOUNTS)

NOBODY: Final = "(not assigned)"
OPEN: Final = "(not allocated)"
HIDDEN: Final = "(not shown)"
NO_TEAM: Final = "(no team)"
DIRECT: Final = "(directly)"
_LAST: Final = (NOBODY, OPEN, HIDDEN)


class Part(NamedTuple):
    """A part of what something costs in a year: of a team and product, of a person or one of the rest."""

    team: str
    product: str
    holder: str
    share: Share
    currency: str
    amount: Fraction


def cost_report(inputs: ReportInputs, by: By = "team") -> Report:
    """Return the report on what is paid in a year, allocated exactly."""
    bought = list(purchases(inputs.account, prices_of(inputs.declared), inputs.clock.day, inputs.sight.subscription))
    measured = Measured.of(inputs)
    rows = _rows(inputs, by, list(_parts(inputs, bought, measured, by)))
    table, currencies = _table(by, rows), _currencies(rows)
    names = [str(row[0]) for row in currencies.rows] if by in _IN_PARTS else []
    plots = [
        Plot("bars", f"{table.title}, {name}", _PLOT, "cost", by, _paid(rows, name), currency=name) for name in names
    ]
    return Report(
        "cost",
        "Cost per year",
        inputs.account.name,
        inputs.clock.day,
        inputs.sight.shown,
        tuple(_summary(inputs, currencies)),
        (table, currencies, *break_even_tables(inputs, bought, measured, by_person=by == "person")),
        tuple(plots),
        (*(_unknown_groups(inputs) if by == "group" else ()), *_notes(inputs, bought, measured)),
    )


_PLOT = "What is paid in a year: for what is assigned, for what is not, and for what cannot be allocated."


# Allocation


def _parts(inputs: ReportInputs, bought: list[Purchase], measured: Measured, by: By) -> Iterator[Part]:
    """Yield all parts; those of a currency add up to what is paid in it, or to the tokens used if those are more."""
    tokens: dict[str, list[Purchase]] = {}
    for each in bought:
        if each.offering == COUNTED:
            yield from _seats(inputs, each, by)
        elif each.offering not in BY_TOKEN:
            for currency, amount in each.amounts.items():
                yield Part(each.team or NO_TEAM, each.product, OPEN, "open", currency, amount)
        else:
            tokens.setdefault(each.team or NO_TEAM, []).append(each)
    for team, pools in tokens.items():
        yield from _tokens(inputs, team, pools, measured)


def _seats(inputs: ReportInputs, bought: Purchase, by: By) -> Iterator[Part]:
    """Yield the parts of a pool: one for each holder if that matters, and one for the seats that nobody holds."""
    team = bought.team or NO_TEAM
    for currency, amount in bought.amounts.items():
        if bought.team is not None and is_unknown(inputs.state, bought.team):
            yield Part(team, bought.product, OPEN, "open", currency, amount)
            continue
        each, held = bought.of_holder(currency), bought.held(currency)
        if by not in _IN_PARTS and bought.team is not None and inputs.sight.team(bought.team):
            for user in sorted(bought.holders):
                yield Part(team, bought.product, user, "assigned", currency, each)
        elif held:
            yield Part(team, bought.product, HIDDEN, "assigned", currency, held)
        if amount > held:
            yield Part(team, bought.product, NOBODY, "unassigned", currency, amount - held)


def _tokens(inputs: ReportInputs, team: str, pools: list[Purchase], measured: Measured) -> Iterator[Part]:
    """Yield the parts of a team's tokens: those used by each person, by product, and those that nobody used."""
    quantity = sum((each.quantity for each in pools), Fraction())
    amounts: dict[str, Fraction] = {}
    for each in pools:
        for currency, amount in each.amounts.items():
            amounts[currency] = amounts.get(currency, Fraction()) + amount
    product = ", ".join(each.product for each in pools)
    used = measured.tokens.get(team)
    shown = {name: inputs.sight.usage(team, name, with_tokens=True) for name, _ in used or ()}
    for currency, amount in amounts.items():
        if used is None or not quantity:
            yield Part(team, product, OPEN, "open", currency, amount)
            continue
        left = amount
        for (name, person), tokens in used.items():
            if shown[name]:
                cost = amount / quantity * Fraction(tokens)
                left -= cost
                yield Part(team, name, person, "assigned", currency, cost)
        if left > 0 and all(shown.values()):
            yield Part(team, product, NOBODY, "unassigned", currency, left)
        elif left > 0:  # also what others used, which this person does not see
            yield Part(team, product, HIDDEN, "open", currency, left)


# Tables


class _Cell(NamedTuple):
    """A place in the table: the key of its row, the currency, and the column."""

    key: tuple[str, ...]
    currency: str
    share: Share


class _Row(NamedTuple):
    """A row: its first cells, and the amounts by share in one currency."""

    named: tuple[Cell, ...]
    currency: str
    amounts: tuple[Decimal, ...]

    def money(self) -> tuple[Money, ...]:
        """Return the amounts, and their sum."""
        return tuple(Money(amount, self.currency) for amount in (*self.amounts, sum(self.amounts, Decimal(0))))


def _rows(inputs: ReportInputs, by: By, parts: list[Part]) -> list[_Row]:
    """Return the rows, which add up to what is paid in each currency."""
    amounts: dict[_Cell, Fraction] = {}
    products: dict[tuple[str, str], dict[str, None]] = {}
    for part in parts:
        for key, amount in _keys(inputs, by, part):
            cell = _Cell(key, part.currency, part.share)
            amounts[cell] = amounts.get(cell, Fraction()) + amount
            products.setdefault((key[0], part.currency), {})[part.product] = None
    order = sorted(amounts, key=_place)
    rounded: dict[_Cell, Decimal] = {}
    for currency in sorted({cell.currency for cell in order}):
        rounded.update(allotted({cell: amounts[cell] for cell in order if cell.currency == currency}))
    rows = []
    for key, currency in dict.fromkeys((cell.key, cell.currency) for cell in order):
        cells = tuple(rounded.get(_Cell(key, currency, share), Decimal("0.00")) for share in _SHARES)
        named: tuple[Cell, ...] = key
        if by == "person":
            named = (shown(inputs.account, key[0]), tuple(sorted(products[key[0], currency])))
        rows.append(_Row(named, currency, cells))
    return rows


def _place(cell: _Cell) -> tuple[bool, tuple[str, ...], str, int]:
    """Sort by name, and what belongs to nobody to the end."""
    return cell.key[-1] in _LAST, cell.key, cell.currency, _SHARES.index(cell.share)


def _table(by: By, rows: list[_Row]) -> Table:
    """Return the rows as a table, with a total if all are in one currency."""
    first = -4 if by in _IN_PARTS else -1
    columns = (*_KEYS[by], *_AMOUNTS[first:])
    cells: tuple[tuple[Cell, ...], ...] = tuple((*row.named, *row.money()[first:]) for row in rows)
    totals: tuple[Cell, ...] | None = None
    if len(rows) > 1 and len({row.currency for row in rows}) == 1:
        blank: list[Cell] = [() if column.kind == "list" else "" for column in _KEYS[by][1:]]
        totals = ("Total", *blank, *_sum(rows).money()[first:])
    return Table("cost", f"Cost per year by {by}", columns, cells, totals)


def _currencies(rows: list[_Row]) -> Table:
    """Return the sums of each currency: amounts in different ones are never added up."""
    by_currency: dict[str, list[_Row]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    sums: Iterator[tuple[Cell, ...]] = ((name, *_sum(same).money()) for name, same in sorted(by_currency.items()))
    return Table("currencies", "Total", _CURRENCIES, tuple(sums), in_text=len(by_currency) > 1)


def _paid(rows: list[_Row], currency: str) -> tuple[Share, ...]:
    """Return the columns with any amount in a currency."""
    totals = _sum([row for row in rows if row.currency == currency]).amounts
    return tuple(share for share, amount in zip(_SHARES, totals, strict=True) if amount)


def _sum(rows: list[_Row]) -> _Row:
    """Return the sum of some rows in one currency."""
    amounts = tuple(sum(each, Decimal(0)) for each in zip(*(row.amounts for row in rows), strict=True))
    return _Row((), rows[0].currency, amounts)


def _keys(inputs: ReportInputs, by: By, part: Part) -> Iterator[tuple[tuple[str, ...], Fraction]]:
    """Yield the rows that a part belongs to, with its amount there: that of a person in several groups is split."""
    if by == "team":
        yield (part.team,), part.amount
    elif by == "product":
        yield (part.product,), part.amount
    elif by == "person":
        yield (part.holder,), part.amount
    elif part.holder in _LAST:
        yield (part.team, part.holder), part.amount
    else:
        groups = _groups(inputs, part)
        for name in groups:
            yield (part.team, name), part.amount / len(groups)


def _groups(inputs: ReportInputs, part: Part) -> list[str]:
    """Return the groups that bring somebody a product, or that they hold it directly."""
    team = inputs.account.teams.get(part.team)
    groups = {} if team is None else team.groups
    found = [
        name for name, each in sorted(groups.items()) if part.product in each.products and part.holder in each.members
    ]
    return found or [DIRECT]


# Sentences


def _summary(inputs: ReportInputs, currencies: Table) -> Iterator[str]:
    for row in currencies.rows:
        assigned, unassigned, left_open, whole = (cell.amount for cell in row[1:] if isinstance(cell, Money))
        rest = f", {left_open:,f} not allocated" if left_open else ""
        yield f"{whole:,f} {row[0]} per year: {assigned:,f} assigned, {unassigned:,f} not assigned{rest}."
    if not currencies.rows:
        none = "no subscription in term has a price; write it into the files as `price`"
        if inputs.sight.actor is not None:
            none = "no subscription in term that is shown has a price"
        what = none if inputs.declared is not None else "prices come from the files"
        yield f"Nothing to allocate: {what}."


def _notes(inputs: ReportInputs, bought: list[Purchase], measured: Measured) -> Iterator[str]:
    """Yield what does not count, or counts in a way that one might not expect."""
    prices = prices_of(inputs.declared)
    unpriced = sorted(
        key
        for key, sub in inputs.account.subscriptions.items()
        if sub.in_term(inputs.clock.day)
        and not (key in prices and suits(sub, prices[key]))
        and inputs.sight.subscription(key)
    )
    if unpriced:
        yield f"Without a price, and so without a cost: {first_of(unpriced)}."
    if any(inputs.sight.contract(number) for number in inputs.account.contracts):
        yield "Contracts of the classic view have no price."
    if any(each.offering == "multi-user" for each in bought):
        yield "Multi-user seats are shared, so that nobody's part is known."
    unknown = sorted({each.team for each in bought if each.team is not None and is_unknown(inputs.state, each.team)})
    if unknown:
        yield f"No source shows who holds the seats of {first_of(unknown)}."
    teams = sorted({each.team or NO_TEAM for each in bought if each.offering in BY_TOKEN})
    yield from measured.notes(teams)
    yield from _too_few_tokens(bought, measured, teams)
    if any(person.startswith(HASHED) for used in measured.tokens.values() for _, person in used):
        yield "Where personal data is not exported, people are shown by their hashes."
    yield from inputs.sight.notes(usage=bool(teams))


def _unknown_groups(inputs: ReportInputs) -> Iterator[str]:
    """Yield the teams of which no source shows the groups."""
    teams = sorted(
        {each.team for each in inputs.state.unknown if each.fact == "groups" and inputs.sight.team(each.team)}
    )
    if teams:
        yield f"No source shows the groups of {first_of(teams)}."


def _too_few_tokens(bought: list[Purchase], measured: Measured, teams: list[str]) -> Iterator[str]:
    """Yield the teams that used more tokens than they buy in a year: their cost is that of the tokens used."""
    over = []
    for team in teams:
        number = sum((each.quantity for each in bought if each.team == team and each.offering in BY_TOKEN), Fraction())
        used = sum(measured.tokens.get(team, {}).values(), Decimal(0))
        if Fraction(used) > number:
            over.append(team)
    if over:
        its = "its cost is" if len(over) == 1 else "their cost is"
        yield f"{first_of(over)} used more tokens than are bought for a year; {its} that of the tokens used."
