"""Adoption of changes made by hand: the written and the remaining facts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from seatsync.account.model import WHOLE_ACCOUNT, Account, Contract, ContractProduct, Group, User
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised, policy_text
from seatsync.declaration.states import as_account
from seatsync.editing.canonical import formatted
from seatsync.errors import SeatsyncError
from seatsync.insight.adopt import Adopted, adopt
from seatsync.insight.drift import Drift, drift
from seatsync.insight.drift_facts import Fact
from seatsync.insight.drift_states import Comparison, SinceApply
from seatsync.targets.target import State
from tests.commands.running import DAY, write
from tests.drift.histories import in_portal

CLOCK = Clock.at(DAY)
PROJECT = "version: 1\naccount: acme\ninclude: [all.yaml]\npolicy: {prune: [seats, admins, groups, members]}\n"
TEXT = """\
users:
  ana@acme.example: {first_name: Ana}
  ben@acme.example:
    seats:
      design: [AutoCAD, {product: Revit, until: 2027-01-31}, {product: Revit, from: 2027-03-01}]
  cho@acme.example: {seats: {design: [AutoCAD]}}
teams:
  design: {primary_admin: ana@acme.example, groups: {cad: {products: [Revit, AutoCAD]}}}
  build: {primary_admin: ana@acme.example}
subscriptions:
  "1": {team: design, product: AutoCAD, offering: single-user, seats: 3, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "2": {team: design, product: Revit, offering: flex, tokens: 3, channel: store,
        contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
contracts:
  "110":
    contract_manager: ana@acme.example
    license_type: maintenance
    channel: store
    starts: 2026-01-01
    ends: 2027-12-31
    products: {Maya: {seats: 2, serial: "1-2", users: [ben@acme.example]}}
"""


def declared(folder: Path, text: str = TEXT) -> Declaration:
    write(folder, {"seatsync.yaml": PROJECT, "all.yaml": text})
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not loaded.findings
    return loaded.declaration


def told(
    folder: Path,
    change: Callable[[Account], object],
    text: str = TEXT,
    day: str = DAY,
    since: SinceApply | Literal["portal"] | None = "portal",
    applied: str = TEXT,
) -> tuple[Drift, Adopted, str]:
    """Return the drift after a change of the account (and of the file), the adopted facts, and the new text."""
    before = declared(folder, applied)
    state = State(as_account(before, CLOCK), (), normalised(before), policy_text(before.project.policy))
    rows = list(state.account.rows())
    change(state.account)
    said = declared(folder, text)
    run = Comparison(state.account, Clock.at(day), since=in_portal(rows, state.account) if since == "portal" else since)
    found = drift(said, state, run, "x")
    adopted = adopt(said, found, day, lambda later: drift(later, state, run, "x"))
    new = next((changed.new.decode() for changed in adopted.contents.values()), text)
    return found, adopted, new


def left(adopted: Adopted) -> list[tuple[str, str]]:
    return [(" ".join((each.subject.what, *(name for _, name in each.subject.of))), each.why) for each in adopted.left]


def test_seats_by_user_are_taken_out_of_the_persons_entry(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].seats["Revit"] = set()
        account.teams["design"].seats["AutoCAD"] -= {"cho@acme.example"}

    _, adopted, text = told(tmp_path, change)
    assert left(adopted) == []
    assert "design: [AutoCAD, {product: Revit, from: 2027-03-01}]\n  cho@acme.example: {seats: {}}\n" in text
    assert "{products: [Revit, AutoCAD]}}, members: [cho@acme.example]}\n" in text


def test_a_file_in_canonical_form_stays_in_it(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].seats["AutoCAD"] |= {"ana@acme.example"}

    canonical = formatted(TEXT.encode(), "all.yaml", "fragment")
    assert isinstance(canonical, bytes)
    _, adopted, text = told(tmp_path, change, canonical.decode())
    assert left(adopted) == []
    assert text != canonical.decode()
    assert formatted(text.encode(), "all.yaml", "fragment") == text.encode()


def test_products_of_groups_and_names(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].groups["cad"].products = {"AutoCAD", "Maya"}
        account.users["ana@acme.example"] = User("ana@acme.example", "", "Silva")

    _, adopted, text = told(tmp_path, change)
    assert left(adopted) == []
    assert "ana@acme.example: {}\n" in text
    assert "{products: [AutoCAD, Maya]}" in text


def test_people_of_named_lists_are_left(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].admins = {}

    text = TEXT.replace("teams:\n", "lists: {core: {members: [cho@acme.example]}}\nteams:\n")
    text = text.replace("design: {primary", "design: {secondary_admins: [{list: core}], primary")
    _, adopted, new = told(tmp_path, change, text, applied=text)
    assert left(adopted) == [("role cho@acme.example", "is declared through list core (all.yaml:7)")]
    assert new == text


OWN = TEXT.replace("design: {primary", "design: {ignore: {products: [Revit]}, prune: [seats], primary")
OWN = OWN.replace("[AutoCAD, {product: Revit, until: 2027-01-31}, {product: Revit, from: 2027-03-01}]", "[AutoCAD]")
OWN = OWN.replace("{products: [Revit, AutoCAD]}", "{products: [AutoCAD]}")


def test_what_a_team_ignores_and_members_that_it_does_not_prune_are_not_declared(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        for team in account.teams.values():
            team.members = {*team.members, "zoe@acme.example"}
        account.users["zoe@acme.example"] = User("zoe@acme.example")
        account.teams["design"].seats["Revit"] = {"ana@acme.example"}

    _, adopted, text = told(tmp_path, change, OWN, applied=OWN)
    assert left(adopted) == []
    assert text.count("Revit") == OWN.count("Revit")
    assert "  build: {primary_admin: ana@acme.example, members: [zoe@acme.example]}\n" in text
    assert text.count("members: [") == 1


DATED = TEXT.replace(
    "groups: {cad: {products: [Revit, AutoCAD]}}",
    "groups: {cad: {until: 2026-11-30, products: [Revit, {product: AutoCAD, until: 2027-12-31},"
    " {product: Maya, from: 2027-01-01}]}, new: {from: 2027-01-01, members: [ben@acme.example]}}",
)


def with_days(folder: Path, change: Callable[[Account], object], day: str = DAY) -> tuple[Drift, Adopted, str]:
    """Return what `told` does for files with days, applied before the change."""
    before = declared(folder, DATED)
    state = State(as_account(before, CLOCK), (), normalised(before), policy_text(before.project.policy))
    rows = list(state.account.rows())
    change(state.account)
    run = Comparison(state.account, Clock.at(day), since=in_portal(rows, state.account))
    found = drift(before, state, run, "x")
    adopted = adopt(before, found, day, lambda later: drift(later, state, run, "x"))
    return found, adopted, next((changed.new.decode() for changed in adopted.contents.values()), DATED)


@pytest.mark.parametrize(("day", "what"), [("2026-11-30", []), ("2026-12-01", ["group", "group product"])])
def test_a_group_that_is_over_waits_and_is_no_change_in_the_portal(day: str, what: list[str], tmp_path: Path) -> None:
    found, adopted, text = with_days(tmp_path, lambda _: None, day)
    assert ({fact.what for fact in found.facts}, text, left(adopted)) == ({*what}, DATED, [])
    assert {fact.status for fact in found.facts} <= {"waiting"}


def test_products_with_days_go_and_come(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].groups["cad"].products = {"Revit", "Maya"}

    _, adopted, text = with_days(tmp_path, change)
    assert left(adopted) == []
    assert "products: [Revit, {product: Maya, from: 2027-01-01}, Maya]}, new:" in text


def test_a_group_that_is_declared_for_other_days_is_left(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].groups["new"] = Group({"ben@acme.example"}, {"Revit"})

    found, adopted, text = with_days(tmp_path, change)
    assert {fact.status for fact in found.facts} == {"portal"}
    assert (text, left(adopted)[:1]) == (
        DATED,
        [("group new", "it is declared for other days; change its `from` and `until` by hand")],
    )


def test_teams_and_purchases_that_go_or_move_are_left(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        del account.teams["build"]
        account.teams["other"] = account.teams["design"]
        account.subscriptions["1"] = account.subscriptions["1"]._replace(team="other")
        account.subscriptions["2"] = account.subscriptions["2"]._replace(team=None)

    found, adopted, text = told(tmp_path, change)
    assert text == TEXT
    assert left(adopted) == [
        ("team", "remove a deleted team by hand, with everything that names it"),
        ("subscription 1 team", "team other is not declared"),
        ("subscription 2 team", "it is in no team now"),
        ("primary admin", "depends on something that was left or changed in git"),
        ("member ana@acme.example", "depends on something that was left or changed in git"),
    ]
    assert {fact.status for fact in found.facts} == {"portal"}


def test_facts_of_contracts(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        contract = account.contracts["110"]
        contract.products["Maya"] = ContractProduct(5, "1-3")
        contract.ends = "2028-12-31"
        contract.coordinator = "ben@acme.example"
        contract.deployment = "networked"
        contract.license_type = "education"
        contract.seats = {"Maya": {"ana@acme.example"}, "Max": {"ana@acme.example"}}
        contract.products["Max"] = ContractProduct(1, "4")
        contract.services = {"Drive": {"ben@acme.example"}}
        contract.support = {"cho@acme.example"}
        contract.members |= {"cho@acme.example"}

    _, adopted, text = told(tmp_path, change)
    assert left(adopted) == [("seat Max ana@acme.example", "product Max is not declared for the contract")]
    assert (
        text.partition('"110":\n')[2]
        == """\
    contract_manager: ana@acme.example
    license_type: education
    channel: store
    starts: 2026-01-01
    ends: 2028-12-31
    products: {Maya: {seats: 5, serial: "1-3", users: [ana@acme.example]}}
    services: {Drive: [ben@acme.example]}
    support: [cho@acme.example]
"""
    )


def test_changes_in_git_alone_are_not_adopted(tmp_path: Path) -> None:
    text = TEXT.replace("teams:\n", "teams:\n  new: {primary_admin: ben@acme.example}\n  omitted: {}\n")
    text = text.replace(
        '  "2":',
        '  "3": {team: omitted, product: Maya, offering: flex, tokens: 1, channel: store,\n'
        '        contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}\n  "2":',
    )
    text += '  "111": {contract_manager: ben@acme.example, license_type: perpetual, channel: store, products: {}}\n'
    found, adopted, after = told(tmp_path, lambda _: None, text)
    assert after == text
    assert adopted.written == ()
    assert {fact.status for fact in found.facts} == {"git"}
    assert [(fact.scope.name, fact.what) for fact in found.facts if not fact.of] == [
        ("new", "team"),
        ("new", "primary admin"),
        ("omitted", "team"),
        ("omitted", "primary admin"),
        ("111", "contract"),
        ("111", "contract manager"),
        ("111", "software coordinator"),
    ]


@pytest.mark.parametrize("since", [None, SinceApply()])
def test_a_contract_that_is_missing_waits_for_its_purchase(tmp_path: Path, since: SinceApply | None) -> None:
    found, adopted, _ = told(tmp_path, lambda account: account.contracts.clear(), since=since)
    assert {fact.status for fact in found.facts if fact.scope.kind == "contract"} == {"waiting"}
    assert adopted.written == ()


def test_unknown_history_removes_nothing_declared(tmp_path: Path) -> None:
    def change(account: Account) -> None:
        account.teams["design"].seats["AutoCAD"] = {"ana@acme.example"}
        account.contracts["110"].ends = "2027-06-30"

    found, adopted, text = told(tmp_path, change, since=None)
    assert not found.certain
    assert [(fact.what, fact.status) for fact in found.facts] == [
        ("seat", "portal"),
        ("seat", "portal"),
        ("seat", "portal"),
        ("contract", "waiting"),
    ]
    assert text.count("ana@acme.example") == TEXT.count("ana@acme.example") + 1
    assert "cho@acme.example: {seats: {design: [AutoCAD]}}" in text
    why = "it may be waiting since an apply; this target keeps no record of that"
    assert left(adopted) == [("seat AutoCAD ben@acme.example", why), ("seat AutoCAD cho@acme.example", why)]


def test_a_contract_of_others_is_not_looked_at(tmp_path: Path) -> None:
    contract = Contract("ana@acme.example", "ana@acme.example", "perpetual", "store", members={"ana@acme.example"})
    found, _, _ = told(tmp_path, lambda account: account.contracts.update({"9": contract}))
    assert found.facts == ()


def test_files_that_would_say_something_else_are_not_written(tmp_path: Path) -> None:
    said = declared(tmp_path)
    account = as_account(said, CLOCK)
    rows = list(account.rows())
    account.teams["design"].groups["lab"] = account.teams["design"].groups["cad"]
    state = State(account, (), normalised(said), policy_text(said.project.policy))
    found = drift(said, state, Comparison(account, CLOCK, since=in_portal(rows, account)), "x")
    more = Fact(WHOLE_ACCOUNT, "person", (("user", "x"),), None, None, 1, "git")
    with pytest.raises(SeatsyncError) as problem:
        adopt(said, found, DAY, lambda _: replace(found, facts=(more,)))
    assert str(problem.value) == "nothing was written; the change would also affect person x; change the files by hand"
    write(tmp_path, {"seatsync.yaml": PROJECT.replace("]", ", gone.yaml]")})
    with pytest.raises(SeatsyncError) as problem:
        adopt(said, found, DAY, lambda _: found)
    assert str(problem.value) == (
        "nothing was written; the files would have errors (included file 'gone.yaml' does not exist);"
        " change them by hand"
    )
    (tmp_path / "all.yaml").unlink()
    assert left(adopt(said, found, DAY, lambda _: found))[0][1] == "all.yaml does not exist"
