"""The measured use of each team in the last known months: tokens, and days, by product and person."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from seatsync.account.usage import HASHED, OF_SEATS, OF_TOKENS, Usage, known_months, reported_products
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.reading.plain_text import first_of

MONTHS: Final = 12
"""The number of months that count, if so many are known."""

Tokens: TypeAlias = dict[tuple[str, str], Decimal]
"""The tokens used, by product and person."""


class Measured(NamedTuple):
    """The known use of each team: the months of which tokens or days are known, and the use in these.

    Teams of which no whole month is known are in none of them: their use is unknown. Where some files have the days of
    seats and others those of tokens, days count in the months that both have. In `masked` teams nobody knows which of
    the holders used what; of products that are not `reported`, nobody knows whether they were used. In teams that are
    `by_tokens` only the use of tokens is known, so that whoever has none may have used a seat.
    """

    months: dict[str, tuple[str, ...]]
    tokens: dict[str, Tokens]
    day_months: dict[str, tuple[str, ...]]
    days: dict[str, dict[tuple[str, str], int]]
    masked: frozenset[str] = frozenset()
    reported: frozenset[str] = frozenset()
    by_tokens: frozenset[str] = frozenset()

    @classmethod
    def of(cls, inputs: ReportInputs) -> "Measured":
        """Return what is measured of all teams that files of usage name."""
        usage = inputs.usage or Usage()
        masked = frozenset(team for source in usage.sources for team in source.masked)
        teams = sorted({name for source in usage.sources for name in source.teams})
        by_tokens = frozenset(team for team in teams if not known_months(usage, team, OF_SEATS))
        found = cls({}, {}, {}, {}, masked, reported_products(usage), by_tokens)
        for team in teams:
            of_tokens, of_seats = known_months(usage, team, OF_TOKENS), known_months(usage, team, OF_SEATS)
            if of_tokens:
                found.months[team], found.tokens[team] = of_tokens[-MONTHS:], {}
            of_days = tuple(month for month in of_seats if month in of_tokens) if of_seats and of_tokens else of_seats
            of_days = (of_days if of_seats else of_tokens)[-MONTHS:]
            if of_days:
                found.day_months[team], found.days[team] = of_days, {}
        for row in usage.months:
            key = (row.product, row.person)
            if row.tokens is not None and row.month in found.months.get(row.team, ()):
                tokens = found.tokens[row.team]
                tokens[key] = tokens.get(key, Decimal(0)) + row.tokens
            if row.month in found.day_months.get(row.team, ()):
                days = found.days[row.team]
                days[key] = days.get(key, 0) + row.days
        return found

    def days_of(self, team: str, product: str, person: str) -> int | None:
        """Return the days on which somebody used a product in the known months; None if that is unknown."""
        if team not in self.days or product not in self.reported:
            return None
        if team in self.masked and not person.startswith(HASHED):
            return None
        return self.days[team].get((product, person), None if team in self.by_tokens else 0)

    def notes(self, teams: Iterable[str]) -> Iterator[str]:
        """Yield from which months the tokens of teams are known."""
        same: dict[tuple[str, ...], list[str]] = {}
        for team in teams:
            same.setdefault(self.months.get(team, ()), []).append(team)
        for months, names in same.items():
            if not months:
                yield f"It is not known who used the tokens of {first_of(names)}."
            elif len(months) < MONTHS:
                which = months[0] if len(months) == 1 else f"{months[0]} to {months[-1]}"
                yield f"The tokens of {first_of(names)} are measured in {len(months)} of 12 months only ({which})."
