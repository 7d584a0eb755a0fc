"""Shortages and gaps compared with a count day by day; periods continue over days that change nothing."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.model import Account, Team, User
from seatsync.clock import Clock, later
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.mentions import Mention
from seatsync.declaration.project_values import Ignore
from seatsync.insight.forecast import Window, gaps, invitations, scheduled_changes, shortages
from tests.rules.case_files import PEOPLE

DAYS = [f"2026-06-{day:02}" for day in range(1, 21)]
WINDOW = Window("2026-06-05", "2026-06-15")
ALL_DAYS = [later("2026-06-01", number) for number in range(40)]

bounds = st.tuples(st.none() | st.sampled_from(DAYS), st.none() | st.sampled_from(DAYS))
terms = st.tuples(st.sampled_from(DAYS), st.sampled_from(DAYS)).map(sorted)
people = st.lists(st.tuples(st.sampled_from(["ana", "ben", "cho"]), bounds), min_size=1, max_size=4)
subscriptions = st.lists(
    st.tuples(terms, st.integers(0, 2), st.sampled_from(["single-user"] * 3 + ["multi-user"])), min_size=1, max_size=3
)


def item(name: str, days: tuple[str | None, str | None]) -> str:
    first, last = sorted(days, key=lambda day: day or "") if all(days) else days
    text = "".join(f", {key}: {day}" for key, day in (("from", first), ("until", last)) if day)
    return f"{{user: {name}@acme.example{text}}}"


def declared_as(text: str, policy: str = "{}") -> Declaration:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "seatsync.yaml").write_text(f"version: 1\naccount: acme\ninclude: [a.yaml]\npolicy: {policy}\n")
        Path(folder, "a.yaml").write_text(PEOPLE + text)
        loaded = load(Path(folder))
    assert loaded.declaration is not None
    assert loaded.findings == []
    return loaded.declaration


def subscription(number: int, starts: str, ends: str, seats: int, offering: str = "single-user") -> str:
    return (
        f'  "574-{number}": {{team: design, product: AutoCAD, offering: {offering}, seats: {seats}, channel: store,'
        f" contract_manager: dee@acme.example, starts: {starts}, ends: {ends}}}\n"
    )


def team(field: str) -> str:
    return f"teams:\n  design:\n    primary_admin: dee@acme.example\n    {field}\n"


@given(held=people, bought=subscriptions)
def test_shortages_are_the_days_on_which_there_are_too_few(
    held: list[tuple[str, tuple[str | None, str | None]]], bought: list[tuple[list[str], int, str]]
) -> None:
    listed = ", ".join(item(*entry) for entry in held)
    declared = declared_as(
        team(f"seats: {{AutoCAD: [{listed}]}}")
        + "subscriptions:\n"
        + "".join(
            subscription(index, term[0], term[1], seats, kind) for index, (term, seats, kind) in enumerate(bought)
        )
    )
    found = shortages(declared, WINDOW)
    for day in ALL_DAYS:
        here = [short for short in found if short.first <= day and (short.last is None or day <= short.last)]
        holders = declared.teams["design"].holders_on("AutoCAD", day)
        in_term = [(seats, kind) for term, seats, kind in bought if term[0] <= day <= term[1]]
        room = sum(seats for seats, _ in in_term)
        lacking = all(kind == "single-user" for _, kind in in_term) and len(holders) > room
        if WINDOW.at <= day <= WINDOW.until:
            assert len(here) == lacking
        for short in here:
            assert (short.seats, set(short.holders), short.missing) == (room, holders, len(holders) - room)
    for short, after in pairwise(found):
        assert (short.seats, short.holders) != (after.seats, after.holders) or later(short.last or "", 1) < after.first


def test_consecutive_terms_form_one_period() -> None:
    declared = declared_as(
        team("seats: {AutoCAD: [ana@acme.example, {user: ben@acme.example, from: 2026-06-08}]}")
        + "subscriptions:\n"
        + subscription(1, "2026-01-01", "2026-06-10", 1)
        + subscription(2, "2026-06-11", "2026-06-30", 1)
    )
    (first, last) = shortages(declared, Window("2026-06-05", "2026-07-15"))
    assert (first.first, first.last, first.missing, first.ended) == ("2026-06-08", "2026-06-30", 1, ())
    assert (last.first, last.last, last.missing) == ("2026-07-01", None, 2)
    assert [ending.subscription for ending in last.ended] == ["574-1", "574-2"]


def test_gaps_are_told_when_they_begin() -> None:
    declared = declared_as(
        team(
            "secondary_admins: [{user: ana@acme.example, until: 2026-06-10}, {user: ben@acme.example, from: 2026-06-13,"
            " until: 2026-06-13}, {user: cho@acme.example, from: 2026-06-14, until: 2026-06-14}]"
        )
    )
    assert [(gap.first, gap.last, gap.admins, gap.wanted) for gap in gaps(declared, WINDOW)] == [
        ("2026-06-11", "2026-06-12", 0, 1),
        ("2026-06-15", None, 0, 1),
    ]
    assert [gap.first for gap in gaps(declared, Window("2026-06-11", "2026-06-15"))] == ["2026-06-15"]
    assert gaps(declared, Window("2026-06-15", "2026-06-30")) == []
    assert gaps(declared, Window("2026-06-05", "2026-06-15", ("sales",))) == []


def test_gaps_below_what_the_policy_asks_for() -> None:
    declared = declared_as(
        team(
            "secondary_admins: [ana@acme.example, {user: ben@acme.example, until: 2026-06-09},"
            " {user: cho@acme.example, from: 2026-06-12}, {user: eli@acme.example, until: 2026-06-08}]"
        ),
        "{min_secondary_admins: 3}",
    )
    assert [(gap.first, gap.last, gap.admins, gap.wanted) for gap in gaps(declared, WINDOW)] == [
        ("2026-06-09", "2026-06-09", 2, 3),
        ("2026-06-10", "2026-06-11", 1, 3),
        ("2026-06-12", None, 2, 3),
    ]


def test_one_who_follows_another_leaves_no_second_gap() -> None:
    declared = declared_as(
        team(
            "secondary_admins: [ana@acme.example, {user: ben@acme.example, until: 2026-06-09},"
            " {user: cho@acme.example, from: 2026-06-12, until: 2026-06-13}, {user: eli@acme.example,"
            " from: 2026-06-14}]"
        ),
        "{min_secondary_admins: 3}",
    )
    assert [(gap.first, gap.last, gap.admins) for gap in gaps(declared, Window("2026-06-08", "2026-06-30"))] == [
        ("2026-06-10", "2026-06-11", 1),
        ("2026-06-12", None, 2),
    ]


def test_turns_stand_on_the_first_day_that_differs() -> None:
    declared = declared_as(
        team("members: [{user: ana@acme.example, from: 2026-06-05, until: 2026-06-14}, {user: ben@acme.example,"
             " from: 2026-06-06, until: 2026-06-15}, {user: cho@acme.example, until: 2026-06-04}]")
    )  # fmt: skip
    assert [
        (change.day, change.change, change.user, change.last) for change in scheduled_changes(declared, WINDOW)
    ] == [
        ("2026-06-06", "begins", "ben@acme.example", "2026-06-15"),
        ("2026-06-15", "ends", "ana@acme.example", "2026-06-14"),
    ]


def test_invitations_are_those_of_declared_people_in_declared_teams() -> None:
    pending = User("", status="pending", invited_at="2026-06-03T23:30:00Z")
    account = Account("acme", timezone="Europe/Athens")
    account.users = {f"{name}@acme.example": pending._replace(email=name) for name in ("ana", "ben", "cho", "zoe")}
    account.users["dee@acme.example"] = User("dee@acme.example")
    for name, members in (("old", "ana zoe dee"), ("other", "ben"), ("sandbox", "cho")):
        account.teams[name] = Team("dee@acme.example", members={f"{user}@acme.example" for user in members.split()})
    declared = declared_as(
        "teams:\n  design: {primary_admin: dee@acme.example, renamed_from: old}\n"
        "  sandbox: {primary_admin: dee@acme.example}\n",
        "{ignore: {teams: [sandbox]}}",
    )
    clock = Clock.at("2026-06-05", "Europe/Athens")
    found = list(invitations(declared, account, clock, WINDOW))
    assert [(change.day, change.user, change.invited) for change in found] == [
        ("2026-06-11", "ana@acme.example", "2026-06-04")
    ]
    assert list(invitations(declared, account, clock, Window("2026-06-05", "2026-06-10"))) == []
    assert list(invitations(declared, account, clock, Window("2026-06-05", "2026-06-15", ("sandbox",)))) == []
    hal = declared.users["hal@acme.example"]
    moved = (Mention("ana@acme.example", "ana", hal.at),)
    declared.users = {"hal@acme.example": hal._replace(previous=moved)}
    assert [change.user for change in invitations(declared, account, clock, WINDOW)] == ["hal@acme.example"]
    declared.project = declared.project._replace(policy=declared.project.policy._replace(ignore=Ignore(users=("*",))))
    assert list(invitations(declared, account, clock, WINDOW)) == []
