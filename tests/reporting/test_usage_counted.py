"""The counts of the report on usage, against a count of single days that knows nothing of months and texts."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from random import Random
from typing import NamedTuple

from hypothesis import given

from seatsync.account.attributes import Offering
from seatsync.account.model import Account, Group, Subscription, Team
from seatsync.account.usage import Usage, UsageSource, usage_month
from seatsync.clock import Clock
from seatsync.insight.reports.document import Cell, Report
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.insight.reports.usage_report import usage_report
from seatsync.targets.target import State
from tests.chance import chances

TEAMS, PRODUCTS, PEOPLE = ("a", "b"), ("p", "q"), ("u", "v", "w", "x")
MONTHS = ("2026-04", "2026-05", "2026-06")
CLOCK = Clock.at("2026-06-30")
OFFERINGS: tuple[Offering, ...] = ("single-user", "multi-user", "flex", "token-flex")


class Day(NamedTuple):
    """A day on which a person used a product."""

    team: str
    product: str
    person: str
    day: str
    tokens: Decimal | None


def account(random: Random) -> Account:
    """Return an account in which everybody is a member, and some hold products directly, in a group, or both."""
    found = Account("acme", "x", 1)
    for name in TEAMS:
        seats = {product: {user for user in PEOPLE if random.random() < 0.4} for product in PRODUCTS}
        group = Group({user for user in PEOPLE if random.random() < 0.4}, {random.choice(PRODUCTS)})
        found.teams[name] = Team(
            "u",
            None,
            {"v": "secondary", "w": "sso"},
            set(PEOPLE),
            {"g": group},
            {key: who for key, who in seats.items() if who},
        )
    for number, (team, product) in enumerate((team, product) for team in TEAMS for product in PRODUCTS):
        offering = random.choice(OFFERINGS)
        bought, tokens = (None, 100) if "flex" in offering else (9, None)
        found.subscriptions[f"s-{number}"] = Subscription(
            team, product, offering, bought, tokens, "store", "u", "2026-01-01", "2026-12-31"
        )
    return found


def used_days(random: Random, within: Account) -> list[Day]:
    """Return some days; those of products with tokens have tokens."""
    with_tokens = {(sub.team, sub.product) for sub in within.subscriptions.values() if sub.tokens is not None}
    found = []
    for team in TEAMS:
        for product in PRODUCTS:
            for person in (*PEOPLE, "gone"):
                for month in MONTHS:
                    for day in random.sample(range(1, 29), random.choice((0, 0, 1, 3))):
                        tokens = Decimal(random.randrange(1, 30)) / 4 if (team, product) in with_tokens else None
                        found.append(Day(team, product, person, f"{month}-{day:02}", tokens))
    return found


def usage_of(days: list[Day]) -> Usage:
    """Return days as a store keeps them, covered by one file."""
    months: dict[tuple[str, str, str, str], dict[int, Decimal | None]] = {}
    for each in days:
        key = (each.day[:7], each.team, each.product, each.person)
        months.setdefault(key, {})[int(each.day[8:])] = each.tokens
    source = UsageSource("a.csv", "d", "usage", "2026-06-30", "2026-04-01", "2026-06-30", TEAMS, len(days))
    return Usage(tuple(usage_month(*key, found) for key, found in sorted(months.items())), (), (source,))


def seen_by(actor: str | None, within: Account, team: str, product: str) -> bool:
    """Return True if somebody sees the usage of a product, by the words of the domain."""
    role = "owner" if actor is None else within.teams[team].role_of(actor)
    (offering,) = [s.offering for s in within.subscriptions.values() if (s.team, s.product) == (team, product)]
    return role in {"owner", "primary", "secondary"} or (role == "sso" and offering in {"single-user", "flex"})


def counted(days: list[Day], within: Account, actor: str | None, first: str) -> Iterator[tuple[Cell, ...]]:
    """Yield what the table by product has to show: seats held and used, people, days, and tokens."""
    for product in PRODUCTS:
        pairs = [(team, product) for team in TEAMS if seen_by(actor, within, team, product)]
        holders = {(team, user) for team, _ in pairs for user in PEOPLE if holds(within, team, product, user)}
        mine = [each for each in days if (each.team, each.product) in pairs]
        now = [each for each in mine if each.day >= first]
        used = {(each.team, each.person) for each in now} & holders
        if holders or mine:
            reported = any(each.product == product for each in mine)
            people = len({each.person for each in now})
            yield (
                product,
                len(holders),
                len(used) if reported else 0,
                people if reported else None,
                len(now) if reported else None,
            )


def holds(within: Account, team: str, product: str, user: str) -> bool:
    found = within.teams[team]
    group = found.groups["g"]
    return user in found.seats.get(product, ()) or (product in group.products and user in group.members)


@given(chances())
def test_the_report_counts_what_single_days_say(random: Random) -> None:
    within = account(random)
    days = used_days(random, within)
    actor, months = random.choice((None, "u", "v", "w", "x")), random.choice((1, 2, 3))
    inputs = ReportInputs(State(within), None, usage_of(days), CLOCK, Sight(within, actor, actor))
    report = usage_report(inputs, "product", months)
    first = f"{MONTHS[-months]}-01"
    table = report.table("usage")
    keys = [table.column(key) for key in ("product", "held", "used", "people", "days")]
    assert [tuple(row[at] for at in keys) for row in table.rows] == list(counted(days, within, actor, first))
    shown = [each for each in days if seen_by(actor, within, each.team, each.product) and each.day >= first]
    tokens = sum((each.tokens or 0 for each in shown), Decimal(0))
    assert total(report, "usage", "tokens") == tokens
    assert total(report, "months", "days") == len(shown)
    if "days" in {table.key for table in report.tables}:
        assert total(report, "days", "tokens") == tokens


def total(report: Report, table: str, key: str) -> Decimal:
    """Return the sum of the numbers in a column."""
    found = report.table(table)
    cells = [row[found.column(key)] for row in found.rows]
    return sum((Decimal(cell) for cell in cells if isinstance(cell, int | Decimal)), Decimal(0))


@given(chances())
def test_groups_and_people_together_are_all_seats(random: Random) -> None:
    within = account(random)
    inputs = ReportInputs(State(within), None, usage_of(used_days(random, within)), CLOCK, Sight(within))
    by_group, by_team = usage_report(inputs, "group"), usage_report(inputs, "team")
    for key in ("held", "used", "unused", "unknown"):
        assert total(by_group, "usage", key) == total(by_team, "usage", key)
    people = usage_report(inputs, "person").table("usage")
    assert sum(1 for row in people.rows if row[people.column("through")]) == total(by_team, "usage", "held")
