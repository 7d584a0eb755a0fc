from __future__ import annotations

import json
from collections.abc import ItemsView
from pathlib import Path

import pytest

from seatsync.account.model import Account, Subscription
from seatsync.declaration.load import load
from seatsync.insight.continuations import continued
from tests.commands.running import DAY, Run, replace_in
from tests.documents import checked

NOTHING = "Account acme, 2026-11-21 to 2026-11-22\n\nForecast: no dated changes, and nothing runs short.\n"
OTHERS = """\
teams:
  drafting:
    primary_admin: ben@acme.example
    secondary_admins: [ana@acme.example, {user: cho@acme.example, from: 2027-02-01, until: 2027-02-28}]
    sso_admins: [{user: cho@acme.example, from: 2027-03-01}]
    sso: {domains: [acme.example], metadata_url: "https://idp.acme.example/saml"}
    members: [{user: cho@acme.example, until: 2027-01-15}]
    groups: {cad: {products: [Revit], members: [{user: ana@acme.example, until: 2027-01-15}]}}
subscriptions:
  "574-2": {team: drafting, product: Revit, offering: flex, tokens: 100, channel: store,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-06-30}
  "574-3": {product: Maya, offering: single-user, seats: 1, channel: store,
            contract_manager: ben@acme.example, starts: 2027-05-01, ends: 2047-04-30}
contracts:
  "110001":
    contract_manager: ana@acme.example
    license_type: maintenance
    channel: store
    starts: 2026-01-01
    ends: 2026-12-31
    products: {AutoCAD 2019: {seats: 1, serial: 123-1, users: [{user: cho@acme.example, until: 2027-01-15}]}}
    services: {Rendering: [{user: cho@acme.example, from: 2027-01-16}]}
    support: [{user: cho@acme.example, until: 2027-01-15}]
    members: [{user: ben@acme.example, from: 2027-01-16}]
"""


@pytest.fixture(name="more")
def _more(repository: Path) -> Path:
    """Return a repository with a second team, a contract, and dates on everything that can have them."""
    (repository / "others.yaml").write_text(OTHERS)
    replace_in(repository / "seatsync.yaml", "subscriptions.yaml]", "subscriptions.yaml, others.yaml]")
    replace_in(repository / "teams/design.yaml", ", cho@acme.example]", "]")
    replace_in(
        repository / "users.yaml",
        "cho@acme.example: {}",
        "cho@acme.example: {seats: {drafting: [{product: Revit, from: 2027-02-01}], design: [AutoCAD]}}",
    )
    return repository


def test_nothing_to_come(repository: Path, run: Run) -> None:
    assert run("forecast", "--at", DAY, "--days", "1", "--detailed-exitcode") == 0
    assert run.said == (NOTHING, "")


def test_everything_that_has_days(more: Path, run: Run) -> None:
    assert run("forecast", "--at", DAY) == 0
    assert run.said == (
        """\
Account acme, 2026-11-21 to 2027-11-21

2027-01-01
  - contract 110001: its term (until 2026-12-31)
2027-01-16
  - team drafting: ana@acme.example in group cad (until 2027-01-15)
  - team drafting: cho@acme.example as member (until 2027-01-15)
  - contract 110001: AutoCAD 2019 for cho@acme.example (until 2027-01-15)
  + contract 110001: service Rendering for cho@acme.example
  - contract 110001: support benefits for cho@acme.example (until 2027-01-15)
  + contract 110001: ben@acme.example as member
2027-02-01
  + team drafting: cho@acme.example as secondary admin (until 2027-02-28)
  + team drafting: Revit for cho@acme.example
2027-03-01
  - team drafting: cho@acme.example as secondary admin (until 2027-02-28)
  + team drafting: cho@acme.example as SSO admin
2027-05-01
  + subscription 574-3, 1 seat of Maya (until 2047-04-30)
2027-07-01
  - team drafting: subscription 574-2, 100 tokens of Revit (until 2027-06-30)

short: team drafting, from 2027-07-01 on: 0 seats of Revit for 1 person, 1 too few
  subscription 574-2 ends on 2027-06-30
  would be without a seat: cho@acme.example

Forecast: 13 changes, 1 shortage of seats.
""",
        "",
    )


def test_a_team_alone(more: Path, run: Run) -> None:
    assert run("forecast", "--at", DAY, "--team", "design", "--days", "400") == 0
    assert run.out == (
        """\
Account acme, 2026-11-21 to 2027-12-26

Forecast: no dated changes, and nothing runs short.
"""
    )
    assert run("forecast", "--at", DAY, "--team", "drafting", "--format", "json") == 0
    document = checked(run.out)
    assert document["teams"] == ["drafting"]
    assert {tuple(change["scope"].items()) for change in document["changes"]} == {(("team", "drafting"),)}
    assert run("forecast", "--team", "desing") == 1
    assert run.said == ("", "seatsync: --team desing: no team with this name is declared\n")


def test_shortages(repository: Path, run: Run) -> None:
    replace_in(repository / "subscriptions.yaml", "seats: 3", "seats: 1")
    replace_in(repository / "teams/design.yaml", "cho@acme.example]", "{user: cho@acme.example, from: 2027-01-01}]")
    replace_in(repository / "teams/design.yaml", "[ben@acme.example]", "[{user: ben@acme.example, until: 2026-12-31}]")
    assert run("forecast", "--at", DAY, "--detailed-exitcode", "-v") == 2
    assert run.out == (
        """\
Account acme, 2026-11-21 to 2027-11-21

2027-01-01
  - team design: ben@acme.example as secondary admin (until 2026-12-31)
      teams/design.yaml:4:31
  + team design: AutoCAD for cho@acme.example
      teams/design.yaml:6:42

short: team design, 2027-01-01 to 2027-12-31: 1 seat of AutoCAD for 2 people, 1 too few
  1 of these 2 would be without a seat: ben@acme.example, cho@acme.example
  teams/design.yaml:6:7

short: team design, from 2027-01-01 on: no secondary admin
  teams/design.yaml:2:3

Forecast: 2 changes, 1 shortage of seats, 1 shortage of admins.
"""
    )
    assert run("forecast", "--at", DAY, "--format", "json", "--output", "f.json", "--output", "text=f.txt") == 0
    document = checked((repository / "f.json").read_text())
    assert document["changes"][1] == {
        "day": "2027-01-01",
        "change": "begins",
        "kind": "seat",
        "scope": {"team": "design"},
        "user": "cho@acme.example",
        "product": "AutoCAD",
        "file": "teams/design.yaml",
        "line": 6,
        "column": 42,
    }
    assert document["shortages"] == [
        {
            "team": "design",
            "product": "AutoCAD",
            "first": "2027-01-01",
            "last": "2027-12-31",
            "seats": 1,
            "assigned": 2,
            "missing": 1,
            "holders": ["ben@acme.example", "cho@acme.example"],
            "ended": [],
            "file": "teams/design.yaml",
            "line": 6,
            "column": 7,
        }
    ]
    assert document["admins"] == [
        {
            "team": "design",
            "first": "2027-01-01",
            "last": None,
            "secondary_admins": 0,
            "wanted": 1,
            "file": "teams/design.yaml",
            "line": 2,
            "column": 3,
        }
    ]
    assert document["summary"] == {"changes": 2, "shortages": 1, "admins": 1}


def test_errors_are_the_answer(repository: Path, run: Run) -> None:
    replace_in(repository / "teams/design.yaml", "[ben@acme.example]", "[ana@acme.example]")
    assert run("forecast", "--at", DAY, "--detailed-exitcode") == 1
    assert run.out.startswith("teams/design.yaml:4:24: error ROLE002 ")
    assert run("forecast", "--at", DAY, "--format", "json") == 1
    assert json.loads(run.out)["format"] == "seatsync/findings/1"


@pytest.mark.parametrize(("invited", "days"), [("2026-11-15", "1"), ("2026-11-16", "2")])
def test_invitations_fall_due_a_week_after(loaded: Path, run: Run, invited: str, days: str) -> None:
    snapshot = (
        "account: acme\nusers:\n"
        f"  cho@acme.example: {{status: pending, invited_at: {invited}}}\n"
        "  dee@acme.example: {status: pending, invited_at: 2026-11-01}\n"
        "  ben@acme.example: {status: pending}\n"
        "  ana@acme.example: {}\n"
        "teams:\n  design:\n    primary_admin: ana@acme.example\n"
        "    members: [ben@acme.example, cho@acme.example, dee@acme.example]\n"
    )
    (loaded / "account.yaml").write_text(snapshot)
    assert run("forecast", "--at", DAY, "--days", days, "--target", "file:account.yaml") == 0
    day = {"1": "2026-11-22", "2": "2026-11-23"}[days]
    assert run.said == (
        f"""\
Account acme, 2026-11-21 to {day}

2026-11-21
  ~ ben@acme.example was invited (date unknown), and needs a new invitation
{day}
  ~ cho@acme.example was invited on {invited}, and needs a new invitation

Forecast: 2 changes, and nothing runs short.
""",
        "",
    )
    assert run("forecast", "--at", DAY, "--days", days, "--target", "file:account.yaml", "--format", "json") == 0
    assert [change.get("invited") for change in checked(run.out)["changes"]] == [None, invited]


LASTS = {
    "574-1": "seats: 3, channel: reseller, contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31",
    "574-2": "seats: 2, channel: store, contract_manager: ana@acme.example, starts: 2028-01-01, ends: 2028-12-31",
}


@pytest.mark.parametrize(
    ("edit", "team", "until"),
    [
        (("574-1", "2027-12-31", "2027-12-31"), "design", "2028-01-01"),  # as declared
        (("574-1", "2027-12-31", "2028-06-30"), "design", "2028-07-01"),
        (("574-1", "2027-12-31", "2027-12-31, auto_renew: true"), "design", None),
        (("574-2", "", ""), "design", "2029-01-01"),
        (("574-2", "2028-12-31", "2028-12-31, auto_renew: true"), "design", None),
        (("574-2", "2028-01-01", "2028-01-15"), "design", "2028-01-01"),  # a gap
        (("574-2", "seats: 2", "seats: 1"), "design", "2028-01-01"),
        (("574-2", "2028-01-01", "2027-12-01"), "design", "2028-01-01"),  # seats of others, perhaps
        (("574-2", "", ""), "sales", "2028-01-01"),
    ],
)
def test_nothing_is_short_that_the_account_continues(
    repository: Path, run: Run, edit: tuple[str, str, str], team: str, until: str | None
) -> None:
    key, old, new = edit
    bought = {"574-1": LASTS["574-1"]} | {key: LASTS[key].replace(old, new) if old else LASTS[key]}
    where = {"574-1": "design", "574-2": team}
    lines = "".join(
        f'  "{each}": {{team: {where[each]}, product: AutoCAD, offering: single-user, {facts}}}\n'
        for each, facts in bought.items()
    )
    teams = "".join(f"  {name}: {{primary_admin: ana@acme.example}}\n" for name in ("design", "sales"))
    (repository / "state.yaml").write_text(
        f"account: acme\nusers: {{ana@acme.example: {{}}}}\nteams:\n{teams}subscriptions:\n{lines}"
    )
    assert run("forecast", "--at", DAY, "--days", "900", "--format", "json") == 0
    assert [short["first"] for short in checked(run.out)["shortages"]] == ["2028-01-01"]
    assert run("forecast", "--at", DAY, "--days", "900", "--target", "file:state.yaml", "--format", "json") == 0
    assert [short["first"] for short in checked(run.out)["shortages"]][:1] == ([] if until is None else [until])


class Scans(dict[str, Subscription]):
    """Subscriptions that count how often all of them are gone through."""

    count = 0

    def items(self) -> ItemsView[str, Subscription]:  # type: ignore[override]
        self.count += 1
        return ItemsView(self)


def test_an_account_is_not_gone_through_for_each_subscription(repository: Path) -> None:
    first = (repository / "subscriptions.yaml").read_text().partition("\n")[2]
    many = "".join(first.replace("574-1", f"574-{number}") for number in range(9))
    (repository / "subscriptions.yaml").write_text(f"subscriptions:\n{many}")
    declared = load(repository).declaration
    assert declared is not None
    ana, day = "ana@acme.example", "2028-01-01"
    account, bought = Account("acme"), Scans()
    bought["574-99"] = Subscription("design", "AutoCAD", "single-user", 2, None, "store", ana, day, "2028-12-31")
    account.subscriptions = bought
    assert continued(declared, account).subscriptions.keys() - declared.subscriptions.keys() == {"574-99"}
    assert bought.count == 1  # for the index


def test_an_account_that_cannot_be_had(loaded: Path, run: Run) -> None:
    assert run("forecast", "--at", DAY, "--days", "1", "--target", "sqlite:///account.db") == 0
    assert run.said == (NOTHING, "")
    assert run("forecast", "--at", DAY, "--days", "1", "--target", "sqlite:///none.db") == 0
    assert run.said == (
        NOTHING,
        (
            "without invitations and cases: sqlite:///none.db: there is no account here; create one with"
            " `seatsync account create`\n"
        ),
    )
    replace_in(loaded / "seatsync.yaml", "account: acme", "account: other")
    assert run("forecast", "--at", DAY, "--days", "1", "--target", "sqlite:///account.db") == 0
    assert run.said == (
        NOTHING.replace("acme", "other"),
        "without invitations and cases: the target is account acme, not other\n",
    )
    assert run("forecast", "--target", "pigeon:x") == 1
    assert run.out == ""
    assert run.err.startswith("seatsync: pigeon:…: unknown kind of target; use one of ")


def test_days_are_counted_from_one(repository: Path, run: Run) -> None:
    assert run("forecast", "--days", "0") == 1
    assert run.err == (
        "seatsync: Invalid value for '--days': 0 is not in the range 1<=x<=36500; see `seatsync forecast --help`\n"
    )
