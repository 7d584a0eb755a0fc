"""Days of entries: what two of them have in common, and lists of products with days."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.clock import NEVER, Days, lasts, overlap
from seatsync.declaration.declared import DeclaredGroup
from tests.declaration.repositories import loaded, placed, rendered

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
