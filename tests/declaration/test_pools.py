"""Seats in use on a day, counted in two ways."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.pools import Pool, pools
from tests.rules.case_files import case_of, write

Entries = list[tuple[str, str | None, str | None]]
Bounds = tuple[str | None, str | None]

DAYS = [f"2026-06-{day:02}" for day in range(1, 31)]
FIRST, *_, LAST = DAYS

entries = st.builds(
    lambda name, *bounds: (name, *sorted(bounds, key=lambda bound: bound or "")),
    st.sampled_from(["ana", "ben", "cho", "zoe"]),
    st.none() | st.sampled_from(DAYS),
    st.none() | st.sampled_from(DAYS),
)
lists = st.lists(entries, max_size=6)
bounds = st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS)).map(
    lambda days: sorted(days, key=lambda day: day or "") if all(days) else days
)
spans = st.lists(bounds.map(tuple), min_size=1, max_size=3)


def item(name: str, starts: str | None, ends: str | None) -> str:
    return f"{{user: {name}@acme.example{days_of(starts, ends)}}}"


def days_of(starts: str | None, ends: str | None) -> str:
    return "".join(f", {key}: {day}" for key, day in (("from", starts), ("until", ends)) if day)


def pool_of(
    direct: Entries, grouped: Entries, group: Bounds = (None, None), given: Sequence[Bounds] = ((None, None),)
) -> Pool:
    products = ", ".join(f"{{product: AutoCAD{days_of(*each)}}}" for each in given)
    text = (
        "teams:\n  design:\n    primary_admin: dee@acme.example\n"
        f"    seats: {{AutoCAD: [{', '.join(item(*entry) for entry in direct)}]}}\n"
        f"    groups: {{cad: {{products: [{products}],"
        f" members: [{', '.join(item(*entry) for entry in grouped)}]{days_of(*group)}}}}}\n"
    )
    (pool,) = pools(declared_as(text))
    return pool


def declared_as(text: str) -> Declaration:
    with tempfile.TemporaryDirectory() as folder:
        loaded = load(write(case_of("pool", text), Path(folder)))
    assert loaded.declaration is not None
    assert loaded.findings == []
    return loaded.declaration


@given(direct=lists, grouped=lists, group=bounds, gives=spans)
def test_use_by_spans_is_use_by_sets(direct: Entries, grouped: Entries, group: Bounds, gives: list[Bounds]) -> None:
    pool = pool_of(direct, grouped, group, gives)
    declared = declared_as("{}")
    use = pool.use(declared)
    assert [use.on(day) for day in DAYS] == [pool.holders(declared, day) for day in DAYS]


@given(direct=lists, grouped=lists, group=bounds, gives=spans)
def test_nothing_changes_between_boundaries(
    direct: Entries, grouped: Entries, group: Bounds, gives: list[Bounds]
) -> None:
    pool = pool_of(direct, grouped, group, gives)
    declared = declared_as("{}")
    boundaries = pool.boundaries_within(FIRST, 30)
    changing = [day for before, day in pairwise(DAYS) if pool.holders(declared, before) != pool.holders(declared, day)]
    assert set(changing) <= set(boundaries)
    assert all(FIRST < boundary <= "2026-07-01" for boundary in boundaries)
