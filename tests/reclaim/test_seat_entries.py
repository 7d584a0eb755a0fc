"""The entries that give a seat, where groups and their products have days."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.clock import Clock
from seatsync.declaration.states import as_account
from seatsync.insight.reports.seat_entries import SeatEntries, Ways
from tests.declaration.repositories import loaded

DAY = "2026-06-15"
TEXT = """\
users: {ana@acme.example: {}, ben@acme.example: {}}
teams:
  design:
    primary_admin: ana@acme.example
    groups: {cad: {MEMBERS, products: [PRODUCT]GROUP}}
    seats: {AutoCAD: [{user: ben@acme.example, until: 2026-12-31}]}
"""


def ways(folder: Path, members: str, product: str, group: str, text: str = TEXT) -> Ways:
    text = text.replace("MEMBERS", members).replace("PRODUCT", product).replace("GROUP", group)
    declared = loaded(folder, text).declaration
    assert declared is not None
    entries = SeatEntries(declared, as_account(declared, Clock.at(DAY)), DAY)
    return entries.ways(declared.teams["design"], "AutoCAD", "ben@acme.example")


BOTH = Ways(direct=True, groups=("cad",), lasting=("cad",))
SHORTER = Ways(direct=True, groups=("cad",))
DIRECT = Ways(direct=True, groups=())
PLAIN, DATED = "members: [ben@acme.example]", "members: [{user: ben@acme.example, until: 2026-11-30}]"


@pytest.mark.parametrize(
    ("members", "product", "group", "expected"),
    [
        (PLAIN, "AutoCAD", "", BOTH),
        (PLAIN, "AutoCAD", ", until: 2026-12-31", BOTH),
        (PLAIN, "AutoCAD", ", until: 2026-12-30", SHORTER),
        (PLAIN, "{product: AutoCAD, until: 2026-12-30}", "", SHORTER),
        (DATED, "AutoCAD", ", until: 2027-12-31", SHORTER),
        (PLAIN, "AutoCAD", ", until: 2026-06-14", DIRECT._replace(ended="2026-06-14")),
        (PLAIN, "{product: AutoCAD, from: 2026-07-01}", ", until: 2026-12-31", DIRECT._replace(later="2026-07-01")),
        (PLAIN, "{product: AutoCAD, from: 2027-01-01}", ", until: 2026-12-31", DIRECT),
        ("members: []", "AutoCAD", ", until: 2026-06-14", DIRECT),
    ],
)
def test_ways_with_days(members: str, product: str, group: str, expected: Ways, tmp_path: Path) -> None:
    found = ways(tmp_path, members, product, group)
    assert found == expected._replace(starts=found.starts)
    assert found.starts is None


def test_the_first_day_of_a_group_is_that_of_the_seat(tmp_path: Path) -> None:
    found = ways(tmp_path, PLAIN, "AutoCAD", ", from: 2026-06-01", TEXT.partition("    seats")[0])
    assert found == Ways(direct=False, groups=("cad",), lasting=("cad",), starts="2026-06-01")
