"""The record of a mirror: what the Team Admin API said is kept as canonical text, and follows new names."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from seatsync.account.actions.group_actions import RENAME_GROUP
from seatsync.account.actions.team_actions import RENAME_TEAM
from seatsync.account.actions.user_actions import CHANGE_EMAIL
from seatsync.account.model import Scope
from seatsync.portal.knowledge import NOTHING_YET, Knowledge, Look, renamed
from seatsync.portal.observation import Moment
from seatsync.portal.sources.listed_pools import Pool

ANA, BEN, CHO = (f"{name}@acme.example" for name in ("ana", "ben", "cho"))
NOON = "2026-06-15T12:00:00Z"
POOL = Pool("prod_1", 5, 3, unlimited=False, starts="2026-01-01", ends="2026-12-31", seen=NOON)
KNOWN = Knowledge(
    looks={("seats", "design"): Look("team-admin:design", Moment("2026-06-15", datetime(2026, 6, 15, 12, tzinfo=UTC)))},
    pools={("design", "AutoCAD"): POOL, ("works", "Maya"): POOL._replace(id="prod_2", total=None, unlimited=True)},
    direct={("design", "AutoCAD", ANA): True, ("design", "AutoCAD", BEN): False, ("works", "Maya", ANA): True},
    written={("design", ANA): NOON, ("design", "AutoCAD", ANA): NOON},
    rest={("seats", "design"): Look("users.csv", Moment("2026-06-14"))},
    team_ids={"design": "100001", "works": "100002"},
)


def test_the_record_is_read_as_it_was_written() -> None:
    text = KNOWN.as_text()
    assert Knowledge.from_text(text) == KNOWN
    assert Knowledge.from_text(text).as_text() == text
    backwards = Knowledge(
        KNOWN.looks,
        pools=dict(reversed([*KNOWN.pools.items()])),
        direct=dict(reversed([*KNOWN.direct.items()])),
        written=dict(reversed([*KNOWN.written.items()])),
        rest=KNOWN.rest,
        team_ids=dict(reversed([*KNOWN.team_ids.items()])),
    )
    assert backwards.as_text() == text


def test_a_record_without_the_api_is_as_before() -> None:
    assert sorted(json.loads(NOTHING_YET.as_text())) == [
        *("acts", "contacts", "format", "looks", "marks", "serial", "unplaced")
    ]
    assert Knowledge.from_text(NOTHING_YET.as_text()) == NOTHING_YET


def test_how_a_seat_is_held() -> None:
    assert [KNOWN.is_direct("design", "AutoCAD", user) for user in (ANA, BEN, CHO)] == [True, False, None]


@pytest.mark.parametrize(
    ("now", "kept"),
    [
        (NOON, True),
        ("2026-06-15T12:09:59Z", True),
        ("2026-06-15T12:10:00Z", False),
        ("2026-06-15T11:50:01Z", True),  # the clock was put back
        ("2026-06-14T12:00:00Z", False),
    ],
)
def test_what_was_written_is_forgotten_after_ten_minutes(now: str, kept: bool) -> None:  # noqa: FBT001 - a case
    found = KNOWN.after_writing([("design", CHO)], now)
    assert dict(found.written) == {**(dict(KNOWN.written) if kept else {}), ("design", CHO): now}
    assert found.direct == KNOWN.direct


def test_a_write_tells_how_seats_are_held() -> None:
    seats: dict[tuple[str, str, str], bool | None] = {
        ("design", "AutoCAD", ANA): None,
        ("design", "AutoCAD", CHO): True,
    }
    assert dict(KNOWN.after_writing(seats, NOON, seats).direct) == {
        ("design", "AutoCAD", BEN): False,
        ("works", "Maya", ANA): True,
        ("design", "AutoCAD", CHO): True,
    }


@pytest.mark.parametrize(
    ("declared", "agreed"),
    [
        ({"design": "100001", "works": "100002"}, {"design": "100001", "works": "100002"}),
        ({"works": "100002", "third": "100003"}, {"works": "100002"}),
        ({"design": "100002", "works": "100001"}, {}),
        ({"design": "100002"}, {}),
        ({"design": "100003", "works": "100002"}, {"works": "100002"}),
        ({"studio": "100001"}, {"design": "100001"}),  # renamed in the files, not yet in the portal
        ({}, {}),
    ],
)
def test_ids_on_which_mirror_and_project_agree(declared: dict[str, str], agreed: dict[str, str]) -> None:
    assert KNOWN.agreed_ids(declared.items()) == agreed


def test_new_names() -> None:
    to_studio = RENAME_TEAM.step(Scope("team", "design"), to="studio")
    found = renamed(KNOWN, to_studio)
    assert {key[0] for key in (*found.pools, *found.direct, *found.written)} == {"studio", "works"}
    assert list(found.rest) == list(found.looks) == [("seats", "studio")]
    assert found.team_ids == {"studio": "100001", "works": "100002"}
    moved = renamed(KNOWN, CHANGE_EMAIL.step(Scope("account", ""), user=ANA, to="Anna@acme.example"))
    assert {key[-1] for key in (*moved.direct, *moved.written)} == {"anna@acme.example", BEN}
    assert moved.pools == KNOWN.pools
    group = RENAME_GROUP.step(Scope("team", "design"), group="cad", to="draw")
    assert renamed(KNOWN, group) == KNOWN


def test_types_of_groups_follow_new_names() -> None:
    known = Knowledge(
        group_types={("design", "cad"): "manual", ("design", "AD"): "unknown", ("works", "cad"): "synced"}
    )
    assert Knowledge.from_text(known.as_text()) == known
    named = renamed(known, RENAME_GROUP.step(Scope("team", "design"), group="cad", to="draw"))
    moved = renamed(named, RENAME_TEAM.step(Scope("team", "design"), to="studio"))
    assert moved.group_types == {("studio", "draw"): "manual", ("studio", "AD"): "unknown", ("works", "cad"): "synced"}
    with pytest.raises(ValueError, match="made-up"):
        Knowledge.from_text(known.as_text().replace("unknown", "made-up"))
