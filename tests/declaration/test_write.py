from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings

from seatsync.account.model import Account, Contract, ContractProduct, Group, Sso, Subscription, Team, User
from seatsync.clock import Clock
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised
from seatsync.declaration.project_values import DirectorySync, Portal, TeamAdmin
from seatsync.declaration.states import as_account, read_snapshot
from seatsync.declaration.writing.write import repository_files, snapshot_text, write_repository
from seatsync.editing.canonical import formatted
from tests.declaration.accounts import NAMES, accounts
from tests.declaration.repositories import rendered

NOON = Clock.at("2026-06-15")


def reread(files: dict[str, str]) -> tuple[Account, str]:
    with TemporaryDirectory() as folder:
        write_repository(Path(folder), files)
        result = load(Path(folder))
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return as_account(result.declaration, NOON), normalised(result.declaration)


def without_status(account: Account) -> Account:
    plain = account.copy()
    plain.lineage = plain.serial = None
    plain.users = {key: user._replace(status="active", invited_at=None) for key, user in account.users.items()}
    return plain


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(accounts())
def test_a_repository_reads_back_as_the_account(account: Account) -> None:
    files = repository_files(account, "sqlite:///.seatsync/account.db")
    again, text = reread(files)
    assert again == without_status(account)
    assert repository_files(again, "sqlite:///.seatsync/account.db") == files
    assert reread(files)[1] == text


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(accounts())
def test_a_snapshot_reads_back_as_the_account(account: Account) -> None:
    text = snapshot_text(account)
    again, findings = read_snapshot(text.encode(), "s.yaml")
    assert rendered(findings) == []
    assert again == account
    assert snapshot_text(again) == text


def test_file_names_are_tame_and_differ() -> None:
    account = Account("acme")
    account.teams = {name: Team("ana@acme.example") for name in NAMES}
    files = [file for file in repository_files(account, None) if file.startswith("teams/")]
    assert len(files) == len({file.lower() for file in files}) == len(NAMES)
    assert [file for file in files if not re.fullmatch(r"teams/[a-z0-9][a-z0-9-]{0,60}\.yaml", file)] == []
    assert {"teams/design.yaml", "teams/design-2.yaml", "teams/team-con.yaml", "teams/team.yaml"} <= set(files)


@pytest.fixture
def acme() -> Account:
    """Return an account with one of everything."""
    account = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 12, "Europe/Lisbon")
    ana, ben, cho, dee, eli = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli"))
    account.users = {
        ana: User("Ana@acme.example", "Ana", "Silva"),
        ben: User(ben, "Ben", "no", "pending", "2026-06-01T09:00:00Z"),
        cho: User(cho),
        dee: User(dee, "Dee", "Kim", "active", "2026-06-01"),
    }
    team = Team(ana, Sso(("acme.example",), "https://idp.acme.example/saml"), {ben: "secondary", cho: "sso"})
    team.groups = {"cad": Group({ben}, {"Revit", "AutoCAD"}), "empty": Group()}
    team.seats = {"AutoCAD": {cho, ana}}
    team.members = {ana, ben, cho, dee}
    account.teams = {"Design & Co": team}
    account.subscriptions = {
        "574-1": Subscription(
            "Design & Co", "AutoCAD", "single-user", 25, None, "reseller", ana, "2026-01-01", "2026-12-31"
        ),
        "574-2": Subscription(None, "Flex", "flex", None, 500, "store", eli, "2026-01-01", "2026-12-31"),
    }
    contract = Contract(ana, ben, "maintenance", "store", "networked", "2026-01-01", "2026-12-31", {ana, ben, dee})
    contract.products = {"AutoCAD 2019": ContractProduct(5, "123-45678901"), "Maya": ContractProduct(1, None, "001K1")}
    contract.seats = {"AutoCAD 2019": {dee}}
    contract.services = {"Rendering": {dee}}
    contract.support = {ben}
    account.contracts = {"110001234567": contract}
    return account


SUBSCRIPTIONS = """\
subscriptions:
  574-1:
    team: Design & Co
    product: AutoCAD
    offering: single-user
    seats: 25
    channel: reseller
    contract_manager: Ana@acme.example
    starts: 2026-01-01
    ends: 2026-12-31
  574-2:
    product: Flex
    offering: flex
    tokens: 500
    channel: store
    contract_manager: eli@acme.example
    starts: 2026-01-01
    ends: 2026-12-31
"""
TEAM = """\
teams:
  Design & Co:
    primary_admin: Ana@acme.example
    secondary_admins:
      - ben@acme.example
    sso_admins:
      - cho@acme.example
    sso:
      domains:
        - acme.example
      metadata_url: https://idp.acme.example/saml
    groups:
      cad:
        members:
          - ben@acme.example
        products:
          - AutoCAD
          - Revit
      empty: {}
    seats:
      AutoCAD:
        - Ana@acme.example
        - cho@acme.example
    members:
      - dee@acme.example
"""
CONTRACT = """\
contracts:
  110001234567:
    contract_manager: Ana@acme.example
    software_coordinator: ben@acme.example
    license_type: maintenance
    channel: store
    deployment: networked
    starts: 2026-01-01
    ends: 2026-12-31
    products:
      AutoCAD 2019:
        seats: 5
        serial: 123-45678901
        users:
          - dee@acme.example
      Maya:
        seats: 1
        product_key: 001K1
    services:
      Rendering:
        - dee@acme.example
    support:
      - ben@acme.example
"""
USERS = """\
users:
  Ana@acme.example:
    first_name: Ana
    last_name: Silva
  ben@acme.example:
    first_name: Ben
    last_name: no
  cho@acme.example: {}
  dee@acme.example:
    first_name: Dee
    last_name: Kim
  eli@acme.example: {}
"""
PROJECT = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
include:
  - users.yaml
  - subscriptions.yaml
  - teams/*.yaml
  - contracts/*.yaml
timezone: Europe/Lisbon
"""


SYNCED = (DirectorySync("design"), DirectorySync("site", ("AD-*",)))


@pytest.mark.parametrize(
    ("portal", "text"),
    [
        (Portal(), "portal: {}\n"),
        (Portal(("exports/",)), "portal:\n  exports: exports/\n"),
        (
            Portal(
                ("a.csv", "b.csv"),
                (DirectorySync("design"), DirectorySync("site", ("AD-*",))),
                import_from=9,
                max_age=30,
            ),
            """\
portal:
  exports:
    - a.csv
    - b.csv
  directory_sync:
    design: external
    site:
      groups:
        - AD-*
  import_from: 9
  max_age: 30d
""",
        ),
        (
            Portal(
                team_admin=TeamAdmin(
                    "Ab12", write=True, teams=(("design", "100001"),), pkce=True, redirect="https://a.example/"
                ),
                insights=True,
            ),
            """\
portal:
  team_admin:
    client_id: Ab12
    write: true
    teams:
      design: "100001"
    pkce: true
    redirect: https://a.example/
  insights: true
""",
        ),
        (Portal(team_admin=TeamAdmin("Ab12")), "portal:\n  team_admin:\n    client_id: Ab12\n"),
    ],
)
def test_a_repository_with_a_portal(acme: Account, portal: Portal, text: str, tmp_path: Path) -> None:
    files = repository_files(acme, "sqlite:///.seatsync/account.db", portal=portal)
    assert files["seatsync.yaml"] == PROJECT + text
    write_repository(tmp_path, files)
    loaded = load(tmp_path)
    assert loaded.declaration is not None
    assert loaded.declaration.project.portal == portal
    assert formatted(files["seatsync.yaml"].encode(), "seatsync.yaml", "project") == files["seatsync.yaml"].encode()


def test_the_files_of_a_repository(acme: Account) -> None:
    files = repository_files(acme, "sqlite:///.seatsync/account.db")
    assert files == {
        "users.yaml": USERS,
        "teams/design-co.yaml": TEAM,
        "subscriptions.yaml": SUBSCRIPTIONS,
        "contracts/110001234567.yaml": CONTRACT,
        "seatsync.yaml": PROJECT,
    }
    assert list(files)[-1] == "seatsync.yaml"
    assert reread(files)[0] == without_status(acme)


def test_a_snapshot(acme: Account) -> None:
    users = USERS.replace(
        "    last_name: no\n", "    last_name: no\n    status: pending\n    invited_at: 2026-06-01T09:00:00Z\n"
    )
    users = users.replace("    last_name: Kim\n", "    last_name: Kim\n    invited_at: 2026-06-01\n")
    head = "account: acme\nlineage: 5f0c6a44-0000-4000-8000-00000000beef\nserial: 12\ntimezone: Europe/Lisbon\n"
    assert snapshot_text(acme) == head + users + TEAM + SUBSCRIPTIONS + CONTRACT


def test_an_account_with_nothing_in_it() -> None:
    files = repository_files(Account("acme"), None)
    assert files == {
        "seatsync.yaml": "version: 1\naccount: acme\ninclude: []\n",
    }
    assert reread(files)[0] == Account("acme")
    assert snapshot_text(Account("acme")) == "account: acme\n"


def test_a_contract_without_products_is_written_all_the_same() -> None:
    account = Account("acme")
    account.contracts = {"1": Contract("a@b.example", "a@b.example", "perpetual", "store")}
    assert "    products: {}\n" in repository_files(account, None)["contracts/1.yaml"]
