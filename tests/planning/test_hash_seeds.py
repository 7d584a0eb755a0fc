"""Plans of random situations under three hash seeds; `make soak` compares 2,000."""

from __future__ import annotations

from tests.planning.hash_seeds import SPOILED, differing


def test_a_plan_is_the_same_under_every_hash_seed() -> None:
    assert differing(0, 60) == []


def test_an_order_that_comes_from_a_set_is_found() -> None:
    assert len(differing(0, 5, SPOILED)) > 2
