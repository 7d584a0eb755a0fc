"""Compact sets behave as Python's own sets."""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.things import CompactSet

NAMES = st.frozensets(st.sampled_from("abcdefgh"))


@given(NAMES, NAMES, st.sampled_from([CompactSet, frozenset]))
def test_a_roster_is_a_set(
    one: frozenset[str], two: frozenset[str], kind: Callable[[frozenset[str]], AbstractSet[str]]
) -> None:
    roster = CompactSet(one)
    other = kind(two)
    assert list(roster) == sorted(one)
    assert len(roster) == len(one)
    assert bool(roster) == bool(one)
    assert [name in roster for name in "abcdefghi"] == [name in one for name in "abcdefghi"]
    strange: object = 5
    assert strange not in roster
    assert (roster == other) == (other == roster) == (one == two)
    assert roster - other == one - two
    assert other - roster == two - one
    assert roster & other == other & roster == one & two
    assert roster | other == other | roster == one | two
    assert (roster <= other, roster >= other) == (one <= two, one >= two)
    assert (roster < other, roster > other) == (one < two, one > two)
    assert roster.isdisjoint(other) == one.isdisjoint(two)
    assert set(one).union(other, roster) == one | two


@given(NAMES, st.sampled_from("abcdefgh"))
def test_one_more_and_one_less(names: frozenset[str], name: str) -> None:
    roster = CompactSet(names)
    more = roster.including(name)
    assert list(more) == sorted(names | {name})
    assert list(more.without(name)) == sorted(names - {name})
    assert list(roster) == sorted(names)
    if name not in names:
        with pytest.raises(KeyError, match=name):
            roster.without(name)


def test_a_roster_is_no_list_and_no_key() -> None:
    roster = CompactSet.from_sorted(("ana", "ben"))
    assert roster == {"ben", "ana"}
    assert roster != ["ana", "ben"]
    assert repr(roster) == "CompactSet(['ana', 'ben'])"
    with pytest.raises(TypeError):
        hash(roster)
