"""Random usage, written as overlapping exports, against an independent calculation from the rows."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date, timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from seatsync.account.usage import Usage
from seatsync.clock import Clock
from seatsync.portal.observation import stopping
from seatsync.portal.sources.exports import Exports
from seatsync.targets.sql import administration, inquiries
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import RecordsUsage
from tests.targets.stores import at

CLOCK = Clock.at("2026-06-15")
FIRST, DAYS = date(2026, 3, 1), 105
PEOPLE = ("ana@acme.example", "ben@acme.example", "cho@acme.example", "dee@acme.example")
PRODUCTS = ("AutoCAD", "Maya", "Civil 3D")
TEAMS = ("design", "civil")
HEADERS = (
    (
        "access_option",
        "day_used",
        "email",
        "hashed_autodesk_id",
        "offering_name",
        "team_alias",
        "tokens_used",
        "version",
    ),
    ("Access option", "Day used", "Email", "hashed_autodesk_id", "Product", "Team", "Tokens used", "Version"),
)


class Row(NamedTuple):
    """One use, as the vendor knows it: tokens in tenths, None without any."""

    day: date
    person: str
    product: str
    team: str
    tokens: int | None
    version: str


class Portal:
    """What was really used. The tokens of a day can be corrected later."""

    def __init__(self, seed: int) -> None:
        self.chance = Random(seed)
        self.rows = [self._row() for _ in range(self.chance.randint(40, 120))]

    def _row(self) -> Row:
        tokens = self.chance.choice((None, self.chance.randint(0, 90)))
        about = (self.chance.choice(PEOPLE), self.chance.choice(PRODUCTS), self.chance.choice(TEAMS))
        return Row(FIRST + timedelta(days=self.chance.randrange(DAYS)), *about, tokens, str(self.chance.randrange(2)))

    def correct(self) -> None:
        """Correct the tokens of some uses."""
        self.rows = [
            row._replace(tokens=self.chance.randint(0, 90))
            if row.tokens is not None and self.chance.random() < 0.1
            else row
            for row in self.rows
        ]

    def export(self, start: date, end: date) -> tuple[bytes, list[Row]]:
        """Return an export of a span of days, in any generation, order and number format, and its rows."""
        rows = [row for row in self.rows if start <= row.day <= end]
        self.chance.shuffle(rows)
        header, comma, separator = self.chance.choice(HEADERS), self.chance.random() < 0.5, self.chance.choice(",;\t")
        out = StringIO()
        writer = csv.writer(out, delimiter=separator)
        writer.writerow(header)
        for row in rows:
            person = row.person.title() if self.chance.random() < 0.2 else row.person
            tokens = "" if row.tokens is None else f"{row.tokens / 10:g}".replace(".", "," if comma else ".")
            hashed = f"{PEOPLE.index(row.person):040x}"
            writer.writerow(("Flex", row.day.isoformat(), person, hashed, row.product, row.team, tokens, row.version))
        return out.getvalue().encode(self.chance.choice(("utf-8", "utf-8-sig", "utf-16"))), rows


def expected(exports: list[tuple[int, list[Row]]]) -> dict[tuple[str, ...], dict[int, Fraction | None]]:
    """Return days and tokens by month, team, product and person: on each day those of the newest file that has any."""
    found: dict[tuple[str, ...], dict[int, Fraction | None]] = defaultdict(dict)
    for _, rows in sorted(exports, key=lambda each: each[0]):
        of_file: dict[tuple[tuple[str, ...], int], list[int]] = defaultdict(list)
        for row in rows:
            about = (f"{row.day:%Y-%m}", row.team, row.product, row.person)
            of_file[about, row.day.day] += [] if row.tokens is None else [row.tokens]
        for (key, day), tokens in of_file.items():
            now = Fraction(sum(tokens), 10) if tokens else None
            found[key][day] = found[key].get(day) if now is None else now
    return found


def told(usage: Usage) -> dict[tuple[str, ...], dict[int, Fraction | None]]:
    found: dict[tuple[str, ...], dict[int, Fraction | None]] = {}
    for month in usage.months:
        days: dict[int, Fraction | None] = {}
        for each in month.by_day.split(","):
            day, _, tokens = each.partition(":")
            days[int(day)] = Fraction(tokens) if tokens else None
        found[month[:4]] = days
        known = [each for each in days.values() if each is not None]
        assert (month.days, month.last) == (len(days), f"{month.month}-{max(days):02}")
        assert (None if month.tokens is None else Fraction(month.tokens)) == (sum(known) if known else None)
    return found


def files_of(portal: Portal) -> tuple[dict[str, bytes], list[tuple[int, list[Row]]]]:
    """Return overlapping exports of several days by name, and their rows with a number in the order of downloads."""
    files, exports = {}, []
    for number in range(portal.chance.randint(2, 6)):
        portal.correct()
        start = FIRST + timedelta(days=portal.chance.randrange(DAYS))
        end = start + timedelta(days=portal.chance.randrange(60))
        raw, rows = portal.export(start, end)
        files[f"usage-2026-06-14-{number}.csv"] = raw
        exports.append((number, rows))
    return files, exports


def recorded(folder: Path, batches: list[list[str]], files: dict[str, bytes]) -> SqlTarget:
    """Record files in batches, as downloaded an hour after each other."""
    folder.mkdir()
    target = at(folder)
    administration.create(target, "acme", "UTC", CLOCK)
    for batch in batches:
        for name in batch:
            (folder / name).write_bytes(files[name])
        found = []
        for name in batch:
            hour = int(name.rpartition("-")[2].removesuffix(".csv"))
            (observation,), findings = Exports(folder, "", places=(name,), usage_until="2026-06-15").observe()
            assert stopping(findings) == []
            assert observation.usage is not None
            source = observation.usage.file.source._replace(as_of=f"2026-06-14T{hour:02}:00:00Z")
            found.append(observation.usage.file._replace(source=source))
        with target.session(None, CLOCK) as session:
            assert isinstance(session, RecordsUsage)
            session.record_usage(found, "2025-05")
    assert inquiries.verify(target).problem == ""
    return target


@pytest.mark.parametrize("seed", range(15))
def test_overlapping_exports_in_any_order_are_the_same_usage(tmp_path: Path, seed: int) -> None:
    portal = Portal(seed)
    files, exports = files_of(portal)
    names = list(files)
    in_order = recorded(tmp_path / "a", [names], files).read_usage()
    assert told(in_order) == expected(exports)
    for attempt in range(2):
        shuffled = portal.chance.sample(names, len(names))
        cut = portal.chance.randint(0, len(names))
        again = [shuffled[:cut], shuffled[cut:], portal.chance.sample(names, 1), shuffled]
        assert recorded(tmp_path / f"b{attempt}", again, files).read_usage() == in_order


def test_the_calculation_notices_a_lost_row_and_a_wrong_order(tmp_path: Path) -> None:
    """Negative control: the comparison above can fail."""
    noticed = 0
    for seed in range(25):
        files, exports = files_of(Portal(seed))
        usage = told(recorded(tmp_path / str(seed), [list(files)], files).read_usage())
        backwards = [(-number, rows) for number, rows in exports]
        longest = max(exports, key=lambda each: len(each[1]))
        noticed += usage != expected(backwards)
        assert usage != expected([*exports, (9, [longest[1][0]._replace(day=date(2025, 12, 31))])])
    assert noticed > 5
