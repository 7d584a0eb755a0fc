"""Terms of subscriptions that renew by themselves."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.clock import later, renewed_terms

TERMS = (
    ("2026-01-01", "2026-12-31", "2028-05-05", ["2028-01-01 2028-12-31", "2029-01-01 2029-12-31"]),
    ("2026-01-01", "2026-12-31", "2020-01-01", ["2026-01-01 2026-12-31", "2027-01-01 2027-12-31"]),
    ("2023-03-01", "2024-02-29", "2024-03-01", ["2024-03-01 2025-02-28", "2025-03-01 2026-02-28"]),
    ("2023-03-01", "2024-02-29", "2027-06-01", ["2027-03-01 2028-02-29", "2028-03-01 2029-02-28"]),
    ("2024-02-29", "2025-02-28", "2027-06-01", ["2027-03-01 2028-02-28", "2028-02-29 2029-02-28"]),
    ("2024-02-29", "2025-02-27", "2027-06-01", ["2027-02-28 2028-02-28", "2028-02-29 2029-02-27"]),
    ("2020-07-01", "2023-06-30", "2030-01-01", ["2029-07-01 2032-06-30", "2032-07-01 2035-06-30"]),
    ("2026-01-31", "2026-02-27", "2026-02-28", ["2026-02-28 2026-03-30", "2026-03-31 2026-04-29"]),
    ("2026-01-31", "2026-02-28", "2026-03-01", ["2026-03-01 2026-03-30", "2026-03-31 2026-04-30"]),
    ("2026-06-15", "2026-06-15", "2026-06-20", ["2026-06-20 2026-06-20", "2026-06-21 2026-06-21"]),
    ("2026-01-01", "2026-01-10", "2026-06-20", ["2026-06-20 2026-06-29", "2026-06-30 2026-07-09"]),
    ("9998-07-01", "9999-06-30", "9999-01-01", ["9998-07-01 9999-06-30", "9999-07-01 9999-12-31"]),
    ("2026-01-01", "9999-12-31", "2030-01-01", ["2026-01-01 9999-12-31"]),
)


@pytest.mark.parametrize(("starts", "ends", "day", "expected"), TERMS)
def test_renewed_terms(starts: str, ends: str, day: str, expected: list[str]) -> None:
    assert [" ".join(term) for term in islice(renewed_terms(starts, ends, day), 2)] == expected


days = st.dates(date(1900, 1, 1), date(2100, 1, 1))


@given(days, st.integers(0, 4000), days)
def test_terms_follow_one_another_and_begin_with_the_day(first: date, length: int, day: date) -> None:
    starts, ends = first.isoformat(), (first + timedelta(days=length)).isoformat()
    terms = list(islice(renewed_terms(starts, ends, day.isoformat()), 5))
    assert (terms[0] == (starts, ends)) == (day.isoformat() <= ends)
    assert day.isoformat() <= terms[0][1]
    assert day.isoformat() < starts or terms[0][0] <= day.isoformat()
    assert all(later(last, 1) == begin <= end for (_, last), (begin, end) in pairwise(terms))


def test_days_stay_within_the_calendar() -> None:
    assert [later("0001-01-02", days) for days in (-30, -1, 1)] == ["0001-01-01", "0001-01-01", "0001-01-03"]
    assert [later("9999-12-30", days) for days in (-1, 1, 30)] == ["9999-12-29", "9999-12-31", "9999-12-31"]
