from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.clock import lasts
from seatsync.declaration.declared import OMITTED, DeclaredUser
from tests.declaration.repositories import loaded


def test_days_last_through_both_ends() -> None:
    days = ("2026-01-01", "2026-12-31")
    assert [lasts(days, day) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")] == [
        False,
        True,
        True,
        False,
    ]
    assert lasts(None, "2026-01-01")
    assert lasts((None, None), "2026-01-01")


def test_a_subscription_is_in_term_through_its_last_day(tmp_path: Path) -> None:
    facts = "product: A, offering: flex, tokens: 1, channel: store, starts: 2026-01-01, ends: 2026-12-31"
    declaration = loaded(tmp_path, f"subscriptions: {{s: {{{facts}}}}}").declaration
    assert declaration is not None
    sub = declaration.subscriptions["s"]
    assert [sub.in_term(day) for day in ("2025-12-31", "2026-01-01", "2026-12-31", "2027-01-01")] == [
        False,
        True,
        True,
        False,
    ]


def test_holders_of_a_product(tmp_path: Path) -> None:
    text = """\
users: {ana@acme.example: {seats: {t: [C]}}}
teams:
  t:
    groups: {a: {members: [ben@acme.example], products: [B, A]}, b: {members: [cho@acme.example], products: [B]}}
    seats: {A: [dee@acme.example]}
"""
    declaration = loaded(tmp_path, text).declaration
    assert declaration is not None
    team = declaration.teams["t"]
    assert team.products() == ["A", "B", "C"]
    holders = {product: sorted(user[:3] for user in team.holders_on(product, "2026-06-15")) for product in "ABC"}
    assert holders == {"A": ["ben", "dee"], "B": ["ben", "cho"], "C": ["ana"]}


def test_people_are_shown_as_they_are_declared(tmp_path: Path) -> None:
    declaration = loaded(tmp_path, "users: {Ana@ACME.example: }\n").declaration
    assert declaration is not None
    assert [declaration.shown(user) for user in ("ana@acme.example", "ben@acme.example")] == [
        "Ana@ACME.example",
        "ben@acme.example",
    ]


def test_omitted_has_a_readable_repr() -> None:
    assert repr(OMITTED) == "OMITTED"


def test_user_has_a_location() -> None:
    with pytest.raises(ValueError, match="needs a section or a row"):
        _ = DeclaredUser("ana@acme.example").at
