"""`seatsync report cost`: text as a whole, who sees what, what is not allocated, Flex or a seat, other formats."""

from __future__ import annotations

import csv
import json
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest

from seatsync.account.usage import Days, MonthKey, SourceKind, UsageFile, UsageSource
from seatsync.insight.reports.measured import Measured
from seatsync.reading.schema import validate_document
from tests.commands.running import DAY, Run, replace_in, write
from tests.commands.usages import BEN, CHO, DEE, ELI, PROJECT, by_day, project

COST = ("report", "cost", "--at", DAY)
PRICES = {
    '"574-1": {': '"574-1": {price: {amount: 1935.00, currency: EUR, per: year}, ',
    '"574-2": {': '"574-2": {price: {amount: 6.00, currency: EUR, per: token}, ',
    '"574-4": {': '"574-4": {price: {amount: 100.05, currency: USD, per: month}, ',
}
MONTHS = [f"2025-{month:02}" for month in (11, 12)] + [f"2026-{month:02}" for month in range(1, 11)]
YEAR = by_day(
    "usage-2026-11-20.csv",
    "2025-11-01",
    "2026-10-31",
    {
        **{(month, "design", "AutoCAD", BEN): {1: None, 2: None} for month in MONTHS},
        **{(month, "design", "Civil 3D", CHO): {3: Decimal(7)} for month in MONTHS},
    },
)


@pytest.fixture(name="priced")
def _priced(folder: Path, run: Run) -> Path:
    """Return the project with prices of three of four subscriptions, and a year of usage of one of two teams."""
    project(folder, run, YEAR)
    for old, new in PRICES.items():
        replace_in(folder / "teams.yaml", old, new)
    replace_in(folder / "seatsync.yaml", "include:", "rates: {AutoCAD: 7, Vault: 3}\ninclude:")
    return folder


def table(text: str, title: str) -> list[str]:
    """Return the lines of a table of the text, without its headings."""
    return text.partition(f"\n{title}\n")[2].partition("\n\n")[0].split("\n")[1:]


TOTAL = """\

Total
Currency      Assigned  Not assigned  Not allocated       Per year
EUR       6,309.00 EUR  4,866.00 EUR       0.00 EUR  11,175.00 EUR
USD           0.00 USD      0.00 USD   2,401.20 USD   2,401.20 USD
"""
EVEN = """\

Flex or a named seat
Team    Product  Seat per year     Token  Tokens per day  Flex per day  Days a year
design  AutoCAD   1,935.00 EUR  6.00 EUR               7     42.00 EUR         46.1
sales   AutoCAD   1,935.00 EUR  6.00 EUR               7     42.00 EUR         46.1
From so many days of use in a year on, a seat is cheaper than tokens of Flex.
"""
PEOPLE = """\

Flex or a named seat, by person
Person            Team    Product  Days  In months  Days a year  Break-even  Flex per year  Seat per year  Cheaper  Saves per year
dee@acme.example  design  AutoCAD     0         12          0.0        46.1       0.00 EUR   1,935.00 EUR  Flex       1,935.00 EUR
eli@acme.example  design  AutoCAD     0         12          0.0        46.1       0.00 EUR   1,935.00 EUR  Flex       1,935.00 EUR
ben@acme.example  design  AutoCAD    24         12         24.0        46.1   1,008.00 EUR   1,935.00 EUR  Flex         927.00 EUR
eli@acme.example  sales   AutoCAD     ?          0            ?        46.1              ?   1,935.00 EUR                        ?
Days are those measured in the known months, in proportion for a year.
"""  # noqa: E501 - as it is printed


def test_by_team(priced: Path, run: Run) -> None:
    assert run(*COST) == 0
    assert run.out == (
        "Cost per year: account acme, 2026-11-21\n"
        "11,175.00 EUR per year: 6,309.00 assigned, 4,866.00 not assigned.\n"
        "2,401.20 USD per year: 0.00 assigned, 0.00 not assigned, 2,401.20 not allocated.\n"
        "\n"
        "Cost per year by team\n"
        "Team        Assigned  Not assigned  Not allocated       Per year\n"
        "design  6,309.00 EUR  4,866.00 EUR       0.00 EUR  11,175.00 EUR\n"
        "design      0.00 USD      0.00 USD   2,401.20 USD   2,401.20 USD\n"
        f"{TOTAL}{EVEN}"
        "\n"
        "note: Without a price, and so without a cost: 574-3.\n"
        "note: Multi-user seats are shared, so that nobody's part is known.\n"
    )
    assert run.err == ""


def test_by_product_group_and_person(priced: Path, run: Run) -> None:
    assert run(*COST, "--by", "product") == 0
    assert table(run.out, "Cost per year by product") == [
        "AutoCAD   5,805.00 EUR  3,870.00 EUR       0.00 EUR  9,675.00 EUR",
        "Civil 3D    504.00 EUR      0.00 EUR       0.00 EUR    504.00 EUR",
        "Flex          0.00 EUR    996.00 EUR       0.00 EUR    996.00 EUR",
        "Vault         0.00 USD      0.00 USD   2,401.20 USD  2,401.20 USD",
    ]
    assert run(*COST, "--by", "group") == 0
    assert table(run.out, "Cost per year by group") == [
        "design  (directly)       2,439.00 EUR",  # Ben's seat, Cho's tokens; Dee's own seat is that of her group
        "design  cad              3,870.00 EUR",
        "design  (not allocated)  2,401.20 USD",
        "design  (not assigned)   4,866.00 EUR",
    ]
    assert run(*COST, "--by", "person") == 0
    assert table(run.out, "Cost per year by person") == [
        "ben@acme.example  AutoCAD        1,935.00 EUR",
        "cho@acme.example  Civil 3D         504.00 EUR",
        "dee@acme.example  AutoCAD        1,935.00 EUR",
        "eli@acme.example  AutoCAD        1,935.00 EUR",
        "(not allocated)   Vault          2,401.20 USD",
        "(not assigned)    AutoCAD, Flex  4,866.00 EUR",
    ]
    assert f"{TOTAL}{EVEN}{PEOPLE}" in run.out


def test_a_person_in_several_groups_is_split_among_them(priced: Path, run: Run) -> None:
    replace_in(
        priced / "teams.yaml",
        "    groups:\n",
        "    groups:\n      more: {members: [eli@acme.example], products: [AutoCAD]}\n",
    )
    assert run("apply", "--auto-approve", "--at", DAY) == 0
    assert run(*COST, "--by", "group") == 0
    assert table(run.out, "Cost per year by group")[:3] == [
        "design  (directly)       2,439.00 EUR",
        "design  cad              2,902.50 EUR",
        "design  more               967.50 EUR",
    ]


def test_who_sees_what(priced: Path, run: Run) -> None:
    """Cho is SSO admin and does not see who used tokens of Token Flex, also not in sums."""
    assert run(*COST, "--as", CHO) == 0
    assert table(run.out, "Cost per year by team")[0] == (
        "design  5,805.00 EUR  3,870.00 EUR   1,500.00 EUR  11,175.00 EUR"
    )
    assert run(*COST, "--as", CHO, "--by", "person") == 0
    assert table(run.out, "Cost per year by person") == [
        "ben@acme.example  AutoCAD   1,935.00 EUR",
        "dee@acme.example  AutoCAD   1,935.00 EUR",
        "eli@acme.example  AutoCAD   1,935.00 EUR",
        "(not allocated)   Vault     2,401.20 USD",
        "(not assigned)    AutoCAD   3,870.00 EUR",
        "(not shown)       Flex      1,500.00 EUR",
    ]
    assert "Not shown to cho@acme.example: team sales." in run.out
    replace_in(priced / "teams.yaml", '"574-3": {', '"574-3": {price: {amount: 2000, currency: EUR, per: year}, ')
    assert run(*COST, "--as", DEE, "--by", "person") == 0  # contract manager, without a role in the team
    assert run.out.startswith(
        "Cost per year: account acme, 2026-11-21, as dee@acme.example sees it\n"
        "4,000.00 EUR per year: 2,000.00 assigned, 2,000.00 not assigned.\n"
    )
    assert ELI not in run.out
    assert run(*COST, "--as", "eve@acme.example") == 1
    assert "ACCESS002" in run.err
    assert run(*COST, "--team", "sales") == 0
    assert table(run.out, "Flex or a named seat") == []


def test_tokens_whose_use_is_not_known(folder: Path, run: Run) -> None:
    project(folder, run)
    replace_in(folder / "teams.yaml", *next((old, new) for old, new in PRICES.items() if "token" in new))
    assert run(*COST) == 0
    assert run.out == (
        "Cost per year: account acme, 2026-11-21\n"
        "1,500.00 EUR per year: 0.00 assigned, 0.00 not assigned, 1,500.00 not allocated.\n"
        "\n"
        "Team    Assigned  Not assigned  Not allocated      Per year\n"
        "design  0.00 EUR      0.00 EUR   1,500.00 EUR  1,500.00 EUR\n"
        "\n"
        "note: Without a price, and so without a cost: 574-1, 574-3, 574-4.\n"
        "note: It is not known who used the tokens of design.\n"
    )


def test_more_tokens_than_were_bought_in_a_few_months(folder: Path, run: Run) -> None:
    month: dict[MonthKey, Days] = {("2026-10", "design", "Civil 3D", CHO): {1: Decimal("300.5"), 31: Decimal(1)}}
    project(folder, run, by_day("usage-2026-11-20.csv", "2026-10-01", "2026-10-31", month))
    replace_in(folder / "teams.yaml", *next((old, new) for old, new in PRICES.items() if "token" in new))
    assert run(*COST, "--by", "person") == 0
    assert "1,809.00 EUR per year: 1,809.00 assigned, 0.00 not assigned.\n" in run.out
    assert run.out.endswith(
        "note: The tokens of design are measured in 1 of 12 months only (2026-10).\n"
        "note: design used more tokens than are bought for a year; its cost is that of the tokens used.\n"
    )


def test_without_prices(folder: Path, run: Run) -> None:
    project(folder, run)
    assert run(*COST) == 0
    remedy = "no subscription in term has a price; write it into the files as `price`"
    assert f"Nothing to allocate: {remedy}.\n\nNothing to show.\n" in run.out
    assert run(*COST, "--format", "json") == 0
    assert json.loads(run.out)["cost"] == []


def test_nothing_that_is_shown_has_a_price(priced: Path, run: Run) -> None:
    """Eli is a member, and sees neither subscriptions nor what they cost; that there are none is not said."""
    assert run(*COST, "--as", ELI) == 0
    assert "Nothing to allocate: no subscription in term that is shown has a price.\n" in run.out
    assert "EUR" not in run.out


def test_other_formats(priced: Path, run: Run) -> None:
    assert run(*COST, "--format", "json", "--by", "person") == 0
    document = json.loads(run.out)
    assert document["cost"][0] == {
        "person": BEN,
        "products": ["AutoCAD"],
        "per_year": {"amount": "1935.00", "currency": "EUR"},
    }
    assert document["people"][-1]["days"] is None
    assert run(*COST, "--format", "csv", "--by", "product") == 0
    assert list(csv.reader(StringIO(run.out)))[:2] == [
        [
            "product",
            "assigned",
            "assigned_currency",
            "unassigned",
            "unassigned_currency",
            "open",
            "open_currency",
            "per_year",
            "per_year_currency",
        ],
        ["AutoCAD", "5805.00", "EUR", "3870.00", "EUR", "0.00", "EUR", "9675.00", "EUR"],
    ]
    assert run(*COST, "--format", "html") == 0
    assert "<h1>Cost per year</h1>" in run.out


def exports_of(kind: SourceKind, days: dict[MonthKey, Days]) -> UsageFile:
    """Return an export of one kind with the months of its days, downloaded long after them."""
    first, last = min(key[0] for key in days), max(key[0] for key in days)
    source = UsageSource(f"{kind}.csv", f"digest of {kind}", kind, DAY, f"{first}-01", f"{last}-31", ("design",), 1)
    return UsageFile(source, days, {})


def even(run: Run) -> dict[str, tuple[object, object]]:
    """Return the days and the cheaper way of people with AutoCAD."""
    assert run(*COST, "--by", "person", "--format", "json") == 0
    return {each["person"]: (each["days"], each["cheaper"]) for each in json.loads(run.out)["people"]}


TOKENS = exports_of("token usage", {(month, "design", "AutoCAD", CHO): {1: Decimal(7)} for month in MONTHS})
SEATS = exports_of("seat usage", {("2026-10", "design", "AutoCAD", BEN): dict.fromkeys(range(1, 31))})


@pytest.mark.parametrize(
    ("files", "of_ben"),
    [
        ((SEATS,), (30, "seat")),
        ((SEATS, TOKENS), (30, "seat")),  # not 30 days in twelve months
        ((TOKENS,), (None, "")),
    ],
)
def test_days_of_seats_are_those_of_the_months_in_which_seats_are_known(
    folder: Path, run: Run, files: tuple[UsageFile, ...], of_ben: tuple[object, object]
) -> None:
    project(folder, run, *files)
    for old, new in PRICES.items():
        replace_in(folder / "teams.yaml", old, new)
    replace_in(folder / "seatsync.yaml", "include:", "rates: {AutoCAD: 7}\ninclude:")
    assert even(run)[BEN] == of_ben


@pytest.mark.parametrize("price", ["", "price: {amount: 1, currency: USD, per: year}, "])
def test_a_seat_costs_what_the_seats_with_a_price_in_its_currency_cost(folder: Path, run: Run, price: str) -> None:
    teams = PROJECT["teams.yaml"].replace('"574-3": {team: sales', f'"574-3": {{{price}team: design')
    write(folder, {**PROJECT, "teams.yaml": teams})
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    for old, new in PRICES.items():
        replace_in(folder / "teams.yaml", old, new)
    replace_in(folder / "seatsync.yaml", "include:", "rates: {AutoCAD: 7}\ninclude:")
    assert run(*COST) == 0
    assert "design  AutoCAD   1,935.00 EUR  6.00 EUR               7     42.00 EUR         46.1\n" in run.out


def test_a_note_about_several_teams_names_them_together() -> None:
    october = ("2026-10",)
    measured = Measured({"design": october, "sales": october}, {}, {}, {})
    assert list(measured.notes(["design", "legal", "sales"])) == [
        "The tokens of design, sales are measured in 1 of 12 months only (2026-10).",
        "It is not known who used the tokens of legal.",
    ]


@pytest.mark.parametrize("by", ["team", "product", "group", "person"])
def test_documents_with_a_total_are_valid(folder: Path, run: Run, by: str) -> None:
    project(folder, run)
    replace_in(folder / "teams.yaml", *next(iter(PRICES.items())))  # in one currency
    assert run(*COST, "--by", by, "--format", "json") == 0
    document = json.loads(run.out)
    assert document.get("totals", {}).get("cost", {}).get("per_year", {}).get("amount") == (
        None if by in {"team", "product"} else "9675.00"
    )
    assert validate_document(document, "report-cost") == []
