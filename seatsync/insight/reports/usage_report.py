"""The report on usage: who uses what they hold, by product, team, group or person, with the last months and days."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias

from seatsync.account.actions.effects import shown
from seatsync.account.attributes import number_text
from seatsync.account.usage import HASHED, OF_TOKENS, Span, Usage, added_days, reported_products
from seatsync.insight.reports.document import Cell, Column, Plot, Report, Table
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.usage_counts import (
    Pair,
    Use,
    hashed_teams,
    held_by_month,
    months_until,
    pairs_of,
    spans_by_team,
    used_by_month,
    uses_of,
    visible_usage,
)
from seatsync.reading.plain_text import first_of

By: TypeAlias = Literal["product", "team", "group", "person"]

_COUNTS = (
    Column("held", "Held", "count"),
    Column("used", "Used", "count"),
    Column("unused", "Unused", "count"),
    Column("unknown", "Not known", "count"),
    Column("people", "People", "count"),
    Column("days", "Days", "count"),
    Column("last", "Last used", "day"),
    Column("tokens", "Tokens", "number"),
)
_TEAM, _PRODUCT = Column("team", "Team"), Column("product", "Product")
COLUMNS: dict[By, tuple[Column, ...]] = {
    "product": (_PRODUCT, *_COUNTS),
    "team": (_TEAM, *_COUNTS),
    "group": (_TEAM, Column("group", "Group"), *_COUNTS),
    "person": (
        *(Column("person", "Person"), Column("name", "Name"), _TEAM, _PRODUCT, Column("through", "Holds it")),
        *(Column("days", "Days", "count"), Column("last", "Last used", "day"), Column("tokens", "Tokens", "number")),
    ),
}
_MONTHS = (
    Column("month", "Month", "month"),
    Column("held", "Seats held", "count"),
    Column("used", "Seats used", "count"),
    Column("people", "People", "count"),
    Column("days", "Days", "count"),
    Column("tokens", "Tokens", "number"),
)
_DAYS = (Column("day", "Day", "day"), _PRODUCT, Column("tokens", "Tokens", "number"))
_LINES = 5
"""Products with a line of their own in the plot of tokens."""


def usage_report(inputs: ReportInputs, by: By = "product", months: int = 12) -> Report:
    """Return the report on the usage of some months up to today, the last of which may not be over."""
    asked = months_until(inputs.clock.day, months)
    usage = visible_usage(inputs.usage or Usage(), inputs.sight)
    counts = _Counts(inputs, usage, asked)
    rows = tuple(counts.people() if by == "person" else counts.rows(by))
    totals = None if by == "person" or len(rows) < 2 else counts.total(len(COLUMNS[by]))  # noqa: PLR2004
    tables = [Table("usage", f"Usage by {by}", COLUMNS[by], rows, totals), _months(inputs, counts)]
    plots = [
        Plot("bars", "Seats held and used by month", _HELD_AND_USED, "months", "month", ("held", "used")),
    ]
    days = _days(counts) if inputs.in_detail else None
    if days is not None:
        tables.append(days)
        plots.append(Plot("lines", "Tokens by day", _TOKENS_BY_DAY, "days", "day", ("tokens",), "product"))
    return Report(
        "usage",
        "Usage",
        inputs.account.name,
        inputs.clock.day,
        inputs.sight.shown,
        tuple(_summary(inputs, counts)),
        tuple(tables),
        tuple(plots),
        tuple(_notes(inputs, counts, by)),
    )


_HELD_AND_USED = (
    "For each month, the number of seats held at its end, and of products that people used on at least one of its days."
)
_TOKENS_BY_DAY = "The tokens used on each day, by product."


class _Counts:
    """Everything that the tables are made from."""

    def __init__(self, inputs: ReportInputs, usage: Usage, months: tuple[str, ...]) -> None:
        self.account, self.usage, self.months = inputs.account, usage, months
        sight = inputs.sight
        self.uses = uses_of(usage, months)
        self.spans, self.of_tokens = spans_by_team(usage, months), spans_by_team(usage, months, OF_TOKENS)
        reports = {each.team for each in usage.seats if each.as_of[:7] >= months[0]}
        self.of_seats = frozenset(reports.union(self.spans))
        self.known = self.of_seats.union(self.of_tokens)
        self.hashed, self.reported = hashed_teams(usage), reported_products(inputs.usage or usage)
        self.teams = sorted(name for name in self.account.teams if sight.team(name))
        held = (
            pair for pair in pairs_of(self.account, self.teams) if sight.usage(*pair) and self.account.holders(*pair)
        )
        self.pairs: list[Pair] = sorted({*held, *self.uses})

    def knows(self, pair: Pair) -> bool:
        """Return True if the usage of a product in a team is known in some of the months."""
        return pair[0] in self.known and pair[1] in self.reported

    def knows_days(self, pair: Pair) -> bool:
        """Return True if the days of use of a product in a team are known: of a seat, or of tokens."""
        if pair[0] in self.spans:
            return True
        return pair[0] in self.of_tokens and any(use.tokens is not None for use in self.uses.get(pair, {}).values())

    def knows_unused(self, pair: Pair) -> bool:
        """Return True if whoever has no use of a product in a team did not use it: files of tokens tell no seats."""
        bought = [self.account.subscriptions[key] for key in self.account.subscription_ids(*pair)]
        by_tokens = bool(bought) and all(sub.tokens is not None for sub in bought)
        return self.knows(pair) and (pair[0] in self.of_seats or by_tokens)

    def holders(self, pair: Pair) -> Collection[str]:
        """Return who holds a product in a team."""
        return self.account.holders(*pair)

    def without_seat(self) -> bool:
        """Return True if somebody used a product that they do not hold now."""
        return any(
            use.recent and user not in self.holders(pair) for pair in self.uses for user, use in self.uses[pair].items()
        )

    def rows(self, by: By) -> Iterator[tuple[Cell, ...]]:
        """Yield the rows of a table that is not by person."""
        parts: dict[tuple[str, ...], list[tuple[Pair, Collection[str], Mapping[str, Use]]]] = {}
        for pair in self.pairs:
            uses = self.uses.get(pair, {})
            if by == "group":
                for group, holders, theirs in self._groups(pair, uses):
                    parts.setdefault((pair[0], group), []).append((pair, holders, theirs))
            else:
                name = pair[1] if by == "product" else pair[0]
                parts.setdefault((name,), []).append((pair, self.holders(pair), uses))
        for key in sorted(parts):
            yield (*key, *self._tally(parts[key]))

    def tally(self) -> tuple[Cell, ...]:
        """Return the cells of `_COUNTS` for everything in sight, in which nobody counts twice."""
        return self._tally([(pair, self.holders(pair), self.uses.get(pair, {})) for pair in self.pairs])

    def total(self, width: int) -> tuple[Cell, ...]:
        """Return the row of totals."""
        found = self.tally()
        return ("Total", *("" for _ in range(width - len(found) - 1)), *found)

    def _groups(self, pair: Pair, uses: Mapping[str, Use]) -> Iterator[tuple[str, Collection[str], Mapping[str, Use]]]:
        """Yield each group that brings a product, with its members and their use; last, who holds it otherwise."""
        team = self.account.teams.get(pair[0])
        groups = {} if team is None else team.groups
        bring = {name: group for name, group in sorted(groups.items()) if pair[1] in group.products}
        for name, group in bring.items():
            yield name, group.members, {user: use for user, use in uses.items() if user in group.members}
        grouped = {user for group in bring.values() for user in group.members}
        others = [user for user in self.holders(pair) if user not in grouped]
        theirs = {user: use for user, use in uses.items() if user not in grouped}
        if others or theirs:
            yield "", others, theirs

    def _tally(self, parts: Sequence[tuple[Pair, Collection[str], Mapping[str, Use]]]) -> tuple[Cell, ...]:
        """Return the cells of `_COUNTS` for some products of teams, each with holders and uses."""
        held = sum(len(holders) for _, holders, _ in parts)
        known = [(pair, holders, uses) for pair, holders, uses in parts if self.knows(pair)]
        last = max((use.last for _, _, uses in parts for use in uses.values()), default="")
        matched = [each for each in known if each[0][0] not in self.hashed]
        counts = [
            (pair, len(holders), sum(use.recent and user in holders for user, use in uses.items()))
            for pair, holders, uses in matched
        ]
        used = sum(users for _, _, users in counts)
        unused = sum(number - users for pair, number, users in counts if self.knows_unused(pair))
        seats = (held, used, unused, held - used - unused)
        if not known:
            return (*seats, None, None, last or None, None)
        people = {user for _, _, uses in known for user, use in uses.items() if use.recent}
        by_day = [uses for pair, _, uses in known if self.knows_days(pair)]
        days = sum(use.days for uses in by_day for use in uses.values()) if by_day else None
        tokens = self._tokens([(pair, uses) for pair, _, uses in known])
        return (*seats, len(people), days, last, tokens)

    def _tokens(self, parts: Sequence[tuple[Pair, Mapping[str, Use]]]) -> Cell:
        """Return the tokens of some uses: nothing if it is known that there are none."""
        known = [uses for pair, uses in parts if pair[0] in self.of_tokens]
        if not known:
            return None
        tokens = [use.tokens for uses in known for use in uses.values() if use.tokens is not None]
        return _plain(sum(tokens, Decimal(0))) if tokens else ""

    def people(self) -> Iterator[tuple[Cell, ...]]:
        """Yield a row for each person and product that they hold or used, by person."""
        for user, pair in sorted({(user, each) for each in self.pairs for user in self._people_of(each)}):
            person = self.account.users.get(user)
            name = "" if person is None else f"{person.first_name} {person.last_name}".strip()
            use = self.uses.get(pair, {}).get(user)
            days: Cell = None
            last: Cell = (use.last if use is not None else "") or None
            tokens: Cell = None
            if self.knows(pair) and not self._is_unmatched(user, pair):
                if use is not None or self.knows_unused(pair):
                    days = (0 if use is None else use.days) if self.knows_days(pair) else None
                    last = last or ""
                tokens = self._tokens([(pair, {user: use or Use()})])
            through = self._through(user, pair)
            yield (shown(self.account, user), name, *pair, through, days, last, tokens)

    def _people_of(self, pair: Pair) -> Iterator[str]:
        yield from self.holders(pair)
        yield from (user for user, use in self.uses.get(pair, {}).items() if use.last)

    def _is_unmatched(self, user: str, pair: Pair) -> bool:
        """Return True for a holder in a team whose people are hashed: nobody knows which of them they are."""
        return pair[0] in self.hashed and not user.startswith(HASHED)

    def _through(self, user: str, pair: Pair) -> str:
        """Return how a person holds a product: `directly`, `group cad`, both; nothing if they do not."""
        team = self.account.teams.get(pair[0])
        if team is None:
            return ""
        ways = ["directly"] if user in team.seats.get(pair[1], ()) else []
        ways += [
            f"group {name}"
            for name, group in sorted(team.groups.items())
            if pair[1] in group.products and user in group.members
        ]
        return ", ".join(ways)


def _months(inputs: ReportInputs, counts: _Counts) -> Table:
    if not counts.teams and not counts.uses:
        return Table("months", "Usage by month", _MONTHS, ())
    known = [span for spans in (counts.spans, counts.of_tokens) for each in spans.values() for span in each]
    of_seats = [span for spans in counts.spans.values() for span in spans]
    used = used_by_month(counts.usage, known, counts.months)
    held = held_by_month(inputs, counts.months)
    rows: list[tuple[Cell, ...]] = []
    for month, seats in zip(counts.months, held, strict=True):
        count = used.get(month)
        if count is None:
            rows.append((month, seats, None, None, None, None))
        else:
            tokens: Cell = "" if count.tokens is None else _plain(count.tokens)
            used_seats = count.seats if _is_any_day_of(month, of_seats) else None
            rows.append((month, seats, used_seats, len(count.people), count.days, tokens))
    known_from = next((at for at, row in enumerate(rows) if set(row[1:]) != {None}), 0)
    notes = [f"Nothing is known of the months before {counts.months[known_from]}."] if known_from else []
    if counts.without_seat() and any(row[2] is not None for row in rows):
        notes.append("Seats used include products that were used without a seat, as with Flex.")
    return Table("months", "Usage by month", _MONTHS, tuple(rows[known_from:]), note=" ".join(notes))


def _is_any_day_of(month: str, spans: Sequence[Span]) -> bool:
    return any(first[:7] <= month <= last[:7] for first, last in spans)


def _plain(number: Decimal) -> Decimal:
    """Return a number without trailing zeros, as files differ in how many they write."""
    return Decimal(number_text(number))


def _days(counts: _Counts) -> Table | None:
    """Return the tokens of each known day by product; None if no tokens are known."""
    texts: dict[tuple[str, str], list[str]] = {}
    for row in counts.usage.months:
        if row.tokens is not None and counts.months[0] <= row.month <= counts.months[-1]:
            texts.setdefault((row.product, row.month), []).append(row.by_day)
    found: dict[str, dict[str, Decimal]] = {}
    for (product, month), days in texts.items():
        tokens = {f"{month}-{day:02}": used for day, used in added_days(days).items()}
        found.setdefault(product, {}).update(tokens)
    if not found:
        return None
    lines = _largest(found)
    known = _days_in([span for spans in counts.of_tokens.values() for span in spans])
    rows = tuple(
        (day, product, _plain(days.get(day, Decimal(0))) if day in known else None)
        for day in _days_in([(min(known), max(known))])
        for product, days in lines.items()
    )
    return Table("days", "Tokens by day", _DAYS, rows, in_text=False)


def _largest(found: Mapping[str, dict[str, Decimal]]) -> dict[str, dict[str, Decimal]]:
    """Return the tokens by day of the products with the most, and of all others together."""
    order = sorted(found, key=lambda product: (-sum(found[product].values()), product))
    lines = {product: found[product] for product in order[:_LINES]}
    if order[_LINES:]:
        others: dict[str, Decimal] = {}
        for product in order[_LINES:]:
            for day, tokens in found[product].items():
                others[day] = others.get(day, Decimal(0)) + tokens
        lines[f"{len(order) - _LINES} others"] = others
    return lines


def _days_in(spans: Sequence[Span]) -> dict[str, None]:
    """Return every day of some spans once."""
    found: dict[str, None] = {}
    for first, last in spans:
        day = date.fromisoformat(first)
        while (text := day.isoformat()) <= last:
            found[text] = None
            day += timedelta(days=1)
    return found


def _summary(inputs: ReportInputs, counts: _Counts) -> Iterator[str]:
    first, last = counts.months[0], counts.months[-1]
    yield f"Usage in {first}." if first == last else f"Usage from {first} to {last}."
    if inputs.usage is None or inputs.lack_of_usage:
        yield inputs.lack_of_usage
    else:
        held, used, unused, unknown, *_ = counts.tally()
        if held:
            rest = f", {unknown} not known" if unknown else ""
            yield f"{held} {'seat is' if held == 1 else 'seats are'} held now: {used} used, {unused} unused{rest}."
        newest = max(source.as_of for source in inputs.usage.sources)
        yield f"The newest file with usage is of {newest[:10]}."


def _notes(inputs: ReportInputs, counts: _Counts, by: By) -> Iterator[str]:
    """Yield what is not known, or counted in a way that one might not expect, and what is not shown."""
    if inputs.usage is not None and inputs.usage.sources:
        teams = sorted({pair[0] for pair in counts.pairs if pair[0]})
        unknown = [name for name in teams if name not in counts.known]
        if unknown:
            yield f"Usage is not known of {_named('team', unknown)}."
        yield from _partly(counts, teams)
        products = sorted({pair[1] for pair in counts.pairs} - counts.reported)
        if products:
            yield f"No usage was ever reported of {_named('product', products)}, which may not be measured at all."
        hashed = sorted(counts.hashed & set(teams))
        if hashed:
            yield f"People are hashed in the usage of {_named('team', hashed)}: nobody knows which holders they are."
    if by == "group":
        yield "Whoever gets a product from several groups is counted in each; the total counts nobody twice."
    yield from inputs.sight.notes(contracts=False, usage=True)


def _partly(counts: _Counts, teams: Sequence[str]) -> Iterator[str]:
    """Yield the days of which usage is known where that is not the whole time; teams with the same days together."""
    same: dict[tuple[Span, ...], list[str]] = {}
    for name in teams:
        spans = counts.spans.get(name)
        if spans is not None and (len(spans) > 1 or spans[0][0] > f"{counts.months[0]}-01"):
            same.setdefault(spans, []).append(name)
    without = [name for name in teams if name in counts.known.difference(counts.spans, counts.of_tokens)]
    if without:
        yield f"Only usage reports are known of {_named('team', without)}, without days and tokens of these months."
    for spans, names in same.items():
        days = ", ".join(f"{first} to {last}" for first, last in spans)
        yield f"Usage by day is known of {_named('team', names)} for {days} only."


def _named(noun: str, names: Sequence[str]) -> str:
    return f"{noun}{'s' if len(names) > 1 else ''} {first_of(names)}"
