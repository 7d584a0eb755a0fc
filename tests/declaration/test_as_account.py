from __future__ import annotations

from pathlib import Path

from seatsync.account.model import Account, ContractProduct, Group, Sso, Subscription, User
from seatsync.clock import Clock
from seatsync.declaration.states import as_account
from tests.declaration.repositories import loaded, rendered

TEXT = """\
users:
  Ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example:
  cho@acme.example: {seats: {design: [Maya, {product: Revit, from: 2026-07-01}]}}
  dee@acme.example:
  eli@acme.example:
  fay@acme.example:
  nobody@acme.example: {first_name: No, last_name: Body}
teams:
  design:
    secondary_admins: [ben@acme.example, {user: fay@acme.example, until: 2026-06-14}]
    sso_admins: [{user: fay@acme.example, from: 2026-06-15}]
    sso: {domains: [acme.example]}
    groups:
      cad: {members: [dee@acme.example, {user: eli@acme.example, until: 2026-06-15}], products: [AutoCAD]}
      empty:
    seats:
      AutoCAD: [ben@acme.example, {user: nobody@acme.example, until: 2026-06-14}]
      Nobody: [{user: nobody@acme.example, until: 2026-06-14}]
  build: {primary_admin: ben@acme.example, members: [{user: dee@acme.example, from: 2026-06-16}]}
subscriptions:
  s-1: {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2026-12-31}
  s-2: {product: Flex, offering: flex, tokens: 5, channel: reseller,
        contract_manager: nobody@acme.example, starts: 2026-01-01, ends: 2026-12-31}
contracts:
  c-1:
    contract_manager: ana@acme.example
    license_type: maintenance
    channel: store
    deployment: networked
    starts: 2026-01-01
    products: {Maya: {seats: 2, serial: "1", users: [dee@acme.example, {user: ben@acme.example, until: 2026-01-31}]}}
    services: {Rendering: [eli@acme.example], Nobody: }
    support: [fay@acme.example]
    members: [cho@acme.example]
"""


def account_on(day: str, root: Path, text: str = TEXT) -> Account:
    result = loaded(
        root, {"seatsync.yaml": "version: 1\naccount: acme\ntimezone: Asia/Tokyo\ninclude: [a.yaml]\n", "a.yaml": text}
    )
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return as_account(result.declaration, Clock.at(day))


def everyone(*names: str) -> set[str]:
    return {f"{name}@acme.example" for name in names}


def test_the_state_of_a_day(tmp_path: Path) -> None:
    account = account_on("2026-06-15", tmp_path)
    ana, ben, cho, dee, fay = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "fay"))
    assert (account.name, account.lineage, account.serial, account.timezone) == ("acme", None, None, "Asia/Tokyo")
    assert set(account.users) == everyone("ana", "ben", "cho", "dee", "eli", "fay")
    assert account.users[ana] == User("Ana@acme.example", "Ana", "Silva", "active", None)
    assert account.users[ben] == User(ben)
    design = account.teams["design"]
    assert (design.primary, design.sso) == (ana, Sso(("acme.example",)))
    assert design.admins == {ben: "secondary", fay: "sso"}
    assert design.groups == {"cad": Group(everyone("dee", "eli"), {"AutoCAD"}), "empty": Group()}
    assert design.seats == {"AutoCAD": {ben}, "Maya": {cho}}
    assert design.members == everyone("ana", "ben", "cho", "dee", "eli", "fay")
    build = account.teams["build"]
    assert (build.primary, build.sso, build.members) == (ben, None, {ben})
    assert account.subscriptions == {
        "s-1": Subscription("design", "AutoCAD", "single-user", 5, None, "store", ana, "2026-01-01", "2026-12-31"),
        "s-2": Subscription(
            None, "Flex", "flex", None, 5, "reseller", "nobody@acme.example", "2026-01-01", "2026-12-31"
        ),
    }
    contract = account.contracts["c-1"]
    assert (contract.contract_manager, contract.coordinator) == (ana, ana)
    assert (contract.license_type, contract.deployment, contract.starts) == ("maintenance", "networked", "2026-01-01")
    assert contract.products == {"Maya": ContractProduct(2, "1", None)}
    assert (contract.seats, contract.services, contract.support) == (
        {"Maya": {dee}},
        {"Rendering": {"eli@acme.example"}},
        {fay},
    )
    assert contract.members == everyone("ana", "cho", "dee", "eli", "fay")


def test_entries_with_days_come_and_go(tmp_path: Path) -> None:
    before = account_on("2026-06-14", tmp_path / "1")
    assert before.teams["design"].admins == dict.fromkeys(everyone("ben", "fay"), "secondary")
    assert before.teams["design"].seats["Nobody"] == everyone("nobody")
    assert "nobody@acme.example" in before.users
    after = account_on("2026-07-01", tmp_path / "2")
    assert after.teams["design"].groups["cad"].members == everyone("dee")
    assert after.teams["design"].seats["Revit"] == everyone("cho")
    assert after.teams["build"].members == everyone("ben", "dee")


def test_default_primary_admin_has_no_other_role(tmp_path: Path) -> None:
    text = TEXT.replace("secondary_admins: [ben", "secondary_admins: [ana@acme.example, ben")
    assert "ana@acme.example" not in account_on("2026-06-15", tmp_path, text).teams["design"].admins


def test_declaration_with_errors_gives_an_account(tmp_path: Path) -> None:
    text = "teams: {t: }\nsubscriptions: {s: }\ncontracts: {c: {license_type: flex, channel: store, products: {}}}\n"
    result = loaded(tmp_path, text)
    assert result.declaration is not None
    account = as_account(result.declaration, Clock.at("2026-06-15"))
    assert (account.teams["t"].primary, account.teams["t"].members) == ("", set())
    assert account.contracts["c"].members == set()
    assert account.subscriptions["s"].contract_manager == ""
