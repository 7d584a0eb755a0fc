"""What is known of the use of a seat from any files: no day without use that was one with use."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings

from seatsync.account.usage import SeatUse, Usage, UsageMonth, UsageSource, known_spans, usage_month
from seatsync.clock import Clock, days_between, later
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.project_values import Policy
from seatsync.insight.reports.seat_use import KnownUse, SeatFacts
from seatsync.reading.tree import YamlMap
from tests.chance import chances
from tests.reclaim.made_up import CLOCK, DAY, ago

PERSON, OTHER = "ben@acme.example", "cho@acme.example"
SEAT = ("design", "AutoCAD", PERSON)
HASH = f"hash:{1:040x}"
LONG = 400  # days


def months_of(days: list[str], person: str) -> list[UsageMonth]:
    """Return the days on which somebody used the product, as they are recorded."""
    months = sorted({day[:7] for day in days})
    return [
        usage_month(month, "design", "AutoCAD", person, {int(day[8:]): None for day in days if day[:7] == month})
        for month in months
    ]


def recorded(random: Random, used: list[str]) -> Usage:
    """Return what is recorded of somebody's use: some exports of days, some of them masked, and perhaps a report."""
    shown: dict[str, list[str]] = {PERSON: [], OTHER: [], HASH: []}
    sources = []
    for number in range(random.randint(0, 4)):
        first = f"{ago(random.randint(60, LONG))[:7]}-01"  # the portal exports full months, up to today or before
        last = later(f"{ago(random.randint(0, days_between(first, DAY)))[:7]}-01", -1)
        last = min(last, ago(1)) if last > first else ago(1)
        masked = random.random() < 0.3
        inside = [day for day in used if first <= day <= last]
        shown[HASH if masked else PERSON] += inside
        shown[OTHER] += [first, last]  # so that the file has rows of its first and last day
        name, taken = f"{number}.csv", f"{later(last, 1)}T09:00:00Z"
        hidden = ("design",) if masked else ()
        sources.append(UsageSource(name, name, "usage", taken, first, last, ("design",), 9, hidden))
    reports = []
    if random.random() < 0.5:
        as_of = ago(random.randint(0, 60))
        last_used = max((day for day in used if day <= as_of), default=None)
        reports.append(SeatUse(*SEAT, None, None, None, last_used, 0 if last_used is None else 3, None, None, as_of))
    months = [month for person, days in shown.items() for month in months_of(sorted(set(days)), person)]
    return Usage(tuple(months), tuple(reports), tuple(sources))


def known(usage: Usage) -> KnownUse:
    declared = Declaration(Project(Path(), YamlMap(), "acme", None, (), None, Policy()))
    return SeatFacts(usage, declared, (), CLOCK).use(*SEAT)


def contradictions(random: Random) -> list[str]:
    """Return the days with use that are taken for days without, for somebody with random days and files."""
    used = sorted({ago(random.randint(0, LONG)) for _ in range(random.randint(0, 5))})
    use = known(recorded(random, used))
    assert use.last is None or use.last in used
    idle = use.idle(DAY)
    spans = [*use.spans, *([] if idle is None else [(idle.first, idle.through)])]
    return [day for day in used for first, last in spans if first <= day <= last and day > (use.last or "")]


@given(chances())
@settings(max_examples=300)
def test_a_day_on_which_a_seat_was_used_is_never_idle(random: Random) -> None:
    assert contradictions(random) == []


def test_taking_masked_files_for_complete_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SeatFacts, "_with_people", lambda facts, team: known_spans(facts._usage, team))
    assert any(contradictions(Random(seed)) for seed in range(50))


def test_masked_files_tell_of_nobody() -> None:
    source = UsageSource("a.csv", "a", "usage", ago(0), ago(200), ago(1), ("design",), 9, ("design",))
    assert known(Usage(sources=(source,))).idle(DAY) is None
    assert known(Usage(sources=(source._replace(masked=()),))).idle(DAY) is not None
    assert known(Usage(sources=(source._replace(masked=(), kind="token usage"),))).idle(DAY) is None


@pytest.mark.parametrize(
    ("spans", "last", "idle"),
    [
        ((), None, None),
        (((ago(200), ago(1)),), None, (ago(200), ago(1), 200)),
        (((ago(200), ago(1)),), ago(100), (ago(99), ago(1), 99)),
        (((ago(200), ago(20)), (ago(10), ago(1))), None, (ago(200), ago(20), 181)),  # the days between are unknown
        (((ago(200), ago(40)), (ago(10), ago(1))), None, (ago(10), ago(1), 10)),
        (((ago(200), ago(40)),), None, (ago(200), ago(40), 161)),  # too old, which is for the judge
        (((ago(200), later(DAY, 9)),), None, (ago(200), DAY, 201)),
    ],
)
def test_the_stretch_without_use(
    spans: tuple[tuple[str, str], ...], last: str | None, idle: tuple[str, str, int] | None
) -> None:
    found = KnownUse(last, spans).idle(DAY)
    assert (None if found is None else (found.first, found.through, found.days)) == idle


def test_days_are_those_of_the_time_zone_of_the_account() -> None:
    late = Clock.at(DAY, "Australia/Sydney")
    row = SeatUse(*SEAT, None, f"{ago(91)}T20:00:00Z", None, ago(200), 1, None, None, f"{ago(1)}T20:00:00Z")
    declared = Declaration(Project(Path(), YamlMap(), "acme", None, (), None, Policy()))
    use = SeatFacts(Usage(seats=(row,)), declared, (), late).use(*SEAT)
    assert (use.assigned, use.spans) == (ago(90), ((ago(200), DAY),))
