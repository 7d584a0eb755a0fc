"""`seatsync report contracts`: terms and renewals, billing, orders, who sees what, and what a mirror only assumes."""

from __future__ import annotations

import csv
import json
from io import StringIO
from pathlib import Path

import pytest

from seatsync.account.unknowns import Unknown
from seatsync.clock import Clock
from seatsync.insight.reports.contracts import contracts_report
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from tests.commands.mirrors import BOUGHT, GROUPS, USERS, put
from tests.commands.running import Run, replace_in, write

DAY = "2026-06-15"
CONTRACTS = ("report", "contracts", "--at", DAY)
FILES = {
    "seatsync.yaml": "version: 1\naccount: acme\ntarget: sqlite:///account.db\ninclude: [all.yaml]\n",
    "all.yaml": """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design:
    primary_admin: ben@acme.example
    seats: {AutoCAD: [cho@acme.example], Vault: [cho@acme.example]}
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 2, channel: store, auto_renew: true,
        contract_manager: ana@acme.example, starts: 2025-07-01, ends: 2026-06-30, from_renewal: {seats: 1},
        price: {amount: 1935.00, currency: EUR, per: year}}
  s-2: {team: design, product: Flex, offering: flex, tokens: 500, channel: reseller,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2028-12-31,
        price: {amount: 3.0125, currency: EUR, per: token}}
  s-3: {product: Revit, offering: single-user, seats: 1, channel: store,
        contract_manager: cho@acme.example, starts: 2025-06-01, ends: 2026-05-31}
  s-4: {team: design, product: Vault, offering: multi-user, seats: 3, channel: store, auto_renew: true,
        contract_manager: ana@acme.example, starts: 2026-03-17, ends: 2026-04-30,
        price: {amount: 10, currency: USD, per: month}}
contracts:
  "110001234567":
    contract_manager: dee@acme.example
    software_coordinator: cho@acme.example
    license_type: maintenance
    channel: reseller
    starts: 2026-01-01
    ends: 2026-12-31
    products:
      AutoCAD 2019: {seats: 5, serial: 123-45678901, users: [cho@acme.example, dee@acme.example]}
      Revit 2019: {seats: 1, serial: 123-45678902}
  "110007654321":
    contract_manager: dee@acme.example
    license_type: perpetual
    channel: store
    products: {Maya 2016: {seats: 1, serial: 123-45678903, users: [dee@acme.example]}}
""",
}
ORDER = (
    *("account", "purchase", "--at", DAY, "--company", "Acme Ltd", "--manager", "ana@acme.example"),
    *("--product", "Flex", "--channel", "reseller", "--starts", "2026-01-01"),
)
BY_MANAGER = "note: Billing and renewals are up to the contract manager alone, who gets the notices about them.\n"


TERMS = """\
Contracts and billing: account acme, 2026-06-15
6 subscriptions and contracts are in term or to come, 1 over.
The next to end is AutoCAD 2019 (110001234567), on 2026-12-31 (199 days left).

Subscriptions and contracts
Number        Team    Product       Seats  Tokens  Held  Free  Starts      Ends        Days left  Renewal     What becomes of it
s-1           design  AutoCAD           2             1     1  2025-07-01  2026-06-30         15  2026-07-01  renews for 1 year with 1 seat
s-4           design  Vault             3             1        2026-06-15  2026-07-29         44  2026-07-30  renews for 45 days
110001234567          AutoCAD 2019      5             2     3  2026-01-01  2026-12-31        199  2027-01-01  ends
110001234567          Revit 2019        1             0     1  2026-01-01  2026-12-31        199  2027-01-01  ends
s-2           design  Flex                    500              2026-01-01  2028-12-31        930  2029-01-01  ends
110007654321          Maya 2016         1             1     0                                                 has no end
s-3                   Revit             1                      2025-06-01  2026-05-31                         has ended
Seats are pooled: held and free are those of all subscriptions of a team to a product together.

Billing
Number        Offering     Contract manager  Coordinator       Channel   Renews itself         Price  Per        Per year
s-1           single-user  ana@acme.example                    store     yes            1,935.00 EUR  year   3,870.00 EUR
s-4           multi-user   ana@acme.example                    store     yes               10.00 USD  month    360.00 USD
110001234567  maintenance  dee@acme.example  cho@acme.example  reseller  no
s-2           flex         ana@acme.example                    reseller  no               3.0125 EUR  token    502.08 EUR
110007654321  perpetual    dee@acme.example  dee@acme.example  store     no
s-3           single-user  cho@acme.example                    store     no

"""  # noqa: E501 - as it is printed


@pytest.fixture(name="bought")
def _bought(folder: Path, run: Run) -> Path:
    write(folder, FILES)
    assert run("account", "create", "--name", "acme", "--at", DAY) == 0
    assert run("account", "load", ".", "--at", DAY) == 0
    return folder


def test_terms_seats_and_billing(bought: Path, run: Run) -> None:
    assert run(*CONTRACTS) == 0
    assert run.out == f"{TERMS}{BY_MANAGER}"
    assert run.err == ""


def test_orders(bought: Path, run: Run) -> None:
    order = (*ORDER, "--subscription", "s-2", "--tokens", "900", "--ends", "2028-12-31")
    assert run(*order, "--order", "450-1") == 0
    more = (*ORDER, "--subscription", "s-2", "--tokens", "950", "--ends", "2028-12-31", "--at", "2026-06-16")
    assert run(*more, "--order", "450-2") == 0
    assert run(*CONTRACTS) == 0
    lines = run.out.partition("\nOrders\n")[2].partition("\n\n")[0].split("\n")
    assert [" ".join(line.split()) for line in lines[1:]] == [
        "450-2 2026-06-16 Acme Ltd s-2 design Flex 950 reseller ana@acme.example 2026-01-01 2028-12-31",
        "450-1 2026-06-15 Acme Ltd s-2 design Flex 900 reseller ana@acme.example 2026-01-01 2028-12-31",
    ]
    for person, sees in (("ana", True), ("ben", True), ("dee", False)):
        assert run(*CONTRACTS, "--as", f"{person}@acme.example") == 0
        assert ("450-1" in run.out) is sees


@pytest.mark.parametrize(
    ("person", "numbers"),
    [
        ("ana", ["s-1", "s-4", "s-2"]),
        ("ben", ["s-1", "s-4", "s-2"]),
        ("cho", ["110001234567", "s-3"]),
        ("dee", ["110001234567", "110007654321"]),
    ],
)
def test_who_sees_what(bought: Path, run: Run, person: str, numbers: list[str]) -> None:
    """Managers see what is theirs, coordinators their contracts, and admins the subscriptions of their team."""
    assert run(*CONTRACTS, "--as", f"{person}@acme.example", "--format", "json") == 0
    assert [row["number"] for row in json.loads(run.out)["billing"]] == numbers
    assert run(*CONTRACTS, "--team", "design", "--format", "json") == 0
    assert [row["number"] for row in json.loads(run.out)["billing"]] == ["s-1", "s-4", "s-2"]


def test_after_a_renewal_the_number_no_longer_changes(bought: Path, run: Run) -> None:
    assert run(*CONTRACTS, "--at", "2026-07-01", "--format", "json") == 0
    row = next(row for row in json.loads(run.out)["contracts"] if row["number"] == "s-1")
    assert (row["starts"], row["ends"], row["becomes"]) == ("2026-07-01", "2027-06-30", "renews for 1 year")


def test_what_the_files_say_about_a_term(bought: Path, run: Run) -> None:
    replace_in(bought / "all.yaml", "2026-01-01, ends: 2028-12-31", "2026-01-01, ends: 2029-12-31")
    replace_in(
        bought / "all.yaml",
        "auto_renew: true,\n        contract_manager: ana@acme.example, starts: 2025",
        "\n        contract_manager: ana@acme.example, starts: 2025",
    )
    replace_in(bought / "all.yaml", " from_renewal: {seats: 1},", "")
    replace_in(bought / "all.yaml", "s-3: {", "s-3: {auto_renew: true, ")
    assert run(*CONTRACTS, "--format", "json") == 0
    rows = {row["number"]: row for row in json.loads(run.out)["contracts"]}
    assert rows["s-2"]["becomes"] == "to be renewed until 2029-12-31"
    assert rows["s-1"]["becomes"] == "renews for 1 year"  # the account says so, whatever the files do
    assert (rows["s-3"]["becomes"], rows["s-3"]["renewal"], rows["s-3"]["days_left"]) == ("has ended", "", "")


def test_other_formats(bought: Path, run: Run) -> None:
    assert run(*CONTRACTS, "--format", "json") == 0
    document = json.loads(run.out)
    assert document["contracts"][0]["tokens"] == ""
    assert next(row for row in document["billing"] if row["number"] == "s-2") == {
        "number": "s-2",
        "offering": "flex",
        "contract_manager": "ana@acme.example",
        "coordinator": "",
        "channel": "reseller",
        "auto_renew": "no",
        "price": {"amount": "3.0125", "currency": "EUR"},
        "per": "token",
        "per_year": {"amount": "502.08", "currency": "EUR"},
        "assumed": [],
    }
    assert run(*CONTRACTS, "--format", "csv", "--table", "billing") == 0
    rows = list(csv.reader(StringIO(run.out)))
    assert rows[0][6:11] == ["price", "price_currency", "per", "per_year", "per_year_currency"]
    assert rows[1][6:11] == ["1935.00", "EUR", "year", "3870.00", "EUR"]
    assert run(*CONTRACTS, "--format", "html") == 0
    assert "Subscriptions and contracts" in run.out


def test_a_mirror_does_not_know_the_contract_manager(portal: Path, run: Run) -> None:
    put("14", users=USERS, groups=GROUPS, subscriptions=BOUGHT)
    assert run("refresh", "--at", DAY) == 0
    assert run(*CONTRACTS, "--format", "json") == 0
    (billing,) = json.loads(run.out)["billing"]
    assert (billing["contract_manager"], billing["assumed"]) == ("ben@acme.example", ["contract_manager", "offering"])
    assert "No source shows what is assumed: it is as the files declare it, or a guess" in run.out
    assert run(*CONTRACTS) == 0
    assert "574-1   multi-user  ben@acme.example  reseller  no" in run.out
    assert "contract_manager, offering" in run.out


def test_groups_that_no_source_shows(portal: Path, run: Run) -> None:
    put("14", users=USERS, subscriptions=BOUGHT)
    assert run("refresh", "--at", DAY) == 0
    assert run("report", "cost", "--by", "group", "--at", DAY) == 0
    assert "note: No source shows the groups of design.\n" in run.out
    assert run("report", "cost", "--at", DAY) == 0
    assert "the groups of" not in run.out


def test_seats_that_no_source_shows(bought: Path) -> None:
    """A target may know a team without knowing who holds its seats."""
    state = SqlTarget(SqliteFile("sqlite:///account.db", bought / "account.db")).read()
    state = state._replace(unknown=(Unknown("design", "seats", "users export"),))
    inputs = ReportInputs(state, None, None, Clock.at(DAY), Sight(state.account))
    report = contracts_report(inputs)
    held, free = (report.table("contracts").column(key) for key in ("held", "free"))
    assert [(row[held], row[free]) for row in report.table("contracts").rows if row[0] == "s-1"] == [(None, None)]
    assert report.notes[0] == "No source shows who holds the seats of design."
