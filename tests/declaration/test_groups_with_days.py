"""Days of groups and of their products: read, normalised, read back and compared."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.model import Account
from seatsync.clock import NEVER, Clock, Days, lasts, overlap
from seatsync.declaration.comparing import differences
from seatsync.declaration.declared import Declaration, DeclaredGroup
from seatsync.declaration.normal import normalised
from seatsync.declaration.normal_reader import Entry, declaration_of, facts_of, has_days
from seatsync.declaration.states import as_account
from tests.declaration.repositories import loaded, placed, rendered

Facts = dict[str, Any]
Drawn = tuple[Facts, list[Facts]]
DAYS = [f"2026-06-{day:02}" for day in range(1, 10)]
bounds = st.none() | st.sampled_from(DAYS)
spans = st.none() | st.tuples(bounds, bounds)


@given(spans, spans)
def test_days_in_common_are_those_of_both(one: Days | None, other: Days | None) -> None:
    assert [lasts(overlap(one, other), day) for day in DAYS] == [lasts(one, day) and lasts(other, day) for day in DAYS]


@given(spans)
def test_all_days_have_the_days_of_the_other_in_common(days: Days | None) -> None:
    assert overlap(None, days) == overlap(days, None) == days


def test_days_that_share_none_never_last() -> None:
    assert overlap((None, "2026-06-14"), ("2026-06-15", None)) is NEVER
    assert overlap((None, "2026-06-15"), ("2026-06-15", None)) == ("2026-06-15", "2026-06-15")
    assert overlap(NEVER, None) == overlap(NEVER, ("2026-06-15", None)) == NEVER


def group(folder: Path, text: str) -> DeclaredGroup:
    result = loaded(folder, f"teams: {{t: {{groups: {{cad: {{{text}}}}}}}}}\n")
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return result.declaration.teams["t"].groups["cad"]


def test_products_of_a_group_on_their_days(tmp_path: Path) -> None:
    listed = "A, {product: B, until: 2026-06-14}, {product: B, from: 2026-06-16}, {product: C, from: 2026-06-15}"
    cad = group(tmp_path, f"products: [{listed}], members: [ana@acme.example]")
    days = ("2026-06-14", "2026-06-15", "2026-06-16")
    assert [sorted(cad.products_on(day)) for day in days] == [["A", "B"], ["A", "C"], ["A", "B", "C"]]
    assert [[product for product in "ABC" if cad.gives_on(product, day)] for day in days] == [
        ["A", "B"],
        ["A", "C"],
        ["A", "B", "C"],
    ]
    assert list(cad.products) == ["A", "B", "C"]
    assert ("B" in cad.products, "D" in cad.products, "" in cad.products) == (True, False, False)
    assert list(cad.given()) == [
        ("A", None),
        ("B", (None, "2026-06-14")),
        ("B", ("2026-06-16", None)),
        ("C", ("2026-06-15", None)),
    ]


def test_a_group_gives_nothing_outside_its_days(tmp_path: Path) -> None:
    text = "from: 2026-06-02, until: 2026-06-03, products: [A, {product: B, until: 2026-06-02}, {product: C, "
    cad = group(tmp_path, text + "from: 2026-07-01}], members: [ana@acme.example]")
    days = ("2026-06-01", "2026-06-02", "2026-06-03", "2026-06-04")
    assert [sorted(cad.products_on(day)) for day in days] == [[], ["A", "B"], ["A"], []]
    assert [len(cad.members_on(day)) for day in days] == [0, 1, 1, 0]
    assert list(cad.given()) == [
        ("A", ("2026-06-02", "2026-06-03")),
        ("B", ("2026-06-02", "2026-06-02")),
        ("C", NEVER),
    ]


@pytest.mark.parametrize(
    ("text", "wrong", "code"),
    [
        ("from: 2026-06-02, until: 2026-05-01", "2026-05-01", "SCHEMA002"),
        ("until: 31.12.2026", "31.12", "SCHEMA001"),
        ("until: 5", "5", "SCHEMA001"),
        ("untill: 2026-06-01", "untill", "SCHEMA001"),
        ("products: [{product: A, from: 2026-06-02, until: 2026-05-01}]", "2026-05-01", "SCHEMA002"),
        ("products: [{product: A, until: soon}]", "soon", "SCHEMA001"),
        ("products: [{until: 2026-06-01}]", "{until", "SCHEMA001"),
    ],
)
def test_what_cannot_be_read_is_reported_at_its_place(text: str, wrong: str, code: str, tmp_path: Path) -> None:
    before = "teams: {t: {groups: {cad: {"
    result = loaded(tmp_path, f"{before}{text}}}}}}}}}\n")
    assert placed(result.findings) == [f"a.yaml:1:{len(before) + text.index(wrong) + 1} {code}"]
    assert result.declaration is not None
    cad = result.declaration.teams["t"].groups["cad"]
    assert cad.broken
    assert cad.products_on("2026-06-01") == set()


def test_a_product_in_two_spellings_of_the_same_characters(tmp_path: Path) -> None:
    cad = group(tmp_path, 'products: ["e\\u0301", {product: "e\\u0301", until: 2026-06-14}]')
    assert list(cad.products) == ["é"]
    assert cad.products.place_of("é").column == cad.products.at(0).column < cad.products.at(1).column


# Normal form

ANA, BEN, CHO = "ana@acme.example", "ben@acme.example", "cho@acme.example"


def in_order(pair: tuple[str | None, str | None]) -> Facts:
    first, last = sorted(pair, key=lambda day: day or "") if all(pair) else pair
    return {key: day for key, day in (("from", first), ("until", last)) if day}


def entries(key: str, *names: str) -> st.SearchStrategy[list[Facts]]:
    entry = st.tuples(st.sampled_from(names), days).map(lambda each: {key: each[0], **each[1]})
    return st.lists(entry, max_size=3)


days = st.tuples(bounds, bounds).map(in_order)
people, products = entries("user", ANA, BEN), entries("product", "products", "B")
groups = st.tuples(days, people, products).map(lambda each: {**each[0], "members": each[1], "products": each[2]})
teams = st.tuples(st.dictionaries(st.sampled_from(["groups", "from", "until"]), groups, max_size=2), people)


def declared_as(drawn: Drawn) -> Declaration:
    """Return the declaration of a team with these groups and members, which has an unchanging seat of each product."""
    facts = {"primary_admin": CHO, "groups": drawn[0], "members": drawn[1], "seats": {"products": [CHO], "B": [CHO]}}
    text = json.dumps({"users": {ANA: {}, BEN: {}, CHO: {}}, "teams": {"from": facts}})
    with tempfile.TemporaryDirectory() as folder:
        result = loaded(Path(folder), text)
    assert rendered(result.findings) == []
    assert result.declaration is not None
    return result.declaration


def on_all_days(declared: Declaration) -> list[Account]:
    return [as_account(declared, Clock.at(day)) for day in DAYS]


def again(declared: Declaration, entry: Entry = lambda *_: None) -> Declaration:
    """Return the declaration that is read back from the normal form."""
    facts = facts_of(normalised(declared))
    return declaration_of(facts, declared.project, declared.project.policy, entry)


@given(teams)
def test_the_normal_form_has_all_days(drawn: Drawn) -> None:
    declared = declared_as(drawn)
    assert on_all_days(again(declared)) == on_all_days(declared)
    assert normalised(again(declared)) == normalised(declared)
    if not has_days(facts_of(normalised(declared))["teams"]):
        first, *others = on_all_days(declared)
        assert all(account == first for account in others)


TERM: Drawn = ({"cad": {"until": "2026-06-04", "members": [{"user": ANA}], "products": [{"product": "B"}]}}, [])
COURSE: Drawn = ({"cad": {"members": [{"user": ANA}], "products": [{"product": "B", "from": "2026-06-04"}]}}, [])


@pytest.mark.parametrize("drawn", [TERM, COURSE])
def test_entries_without_their_days_are_caught(drawn: Drawn) -> None:
    declared = declared_as(drawn)
    permanent, dropped = again(declared, lambda *_: True), again(declared, lambda *_: False)
    assert [has_days(facts_of(normalised(each))["teams"]) for each in (declared, permanent, dropped)] == [
        True,
        False,
        False,
    ]
    with_days = on_all_days(declared)
    assert on_all_days(permanent) != with_days != on_all_days(dropped)
    assert with_days[4:5] == on_all_days(permanent if drawn is COURSE else dropped)[4:5]


@given(teams, teams)
def test_declarations_without_a_difference_are_the_same_on_all_days(one: Drawn, other: Drawn) -> None:
    old, new = declared_as(one), declared_as(other)
    found = differences(old, new)
    assert not found or normalised(old) != normalised(new)
    assert found or on_all_days(old) == on_all_days(new)


@pytest.mark.parametrize("drawn", [TERM, COURSE])
def test_days_alone_are_a_difference(drawn: Drawn) -> None:
    declared = declared_as(drawn)
    permanent = again(declared, lambda *_: True)
    assert on_all_days(declared) != on_all_days(permanent)
    assert {item.what for item in differences(declared, permanent)} == (
        {"group product"} if drawn is COURSE else {"group", "member"}
    )
