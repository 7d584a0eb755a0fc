"""The portal's usage exports and usage reports as usage: who used which product on which days, with how many tokens."""

import re
from collections.abc import Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Final, NamedTuple, TypeAlias
from unicodedata import normalize

from seatsync.account.email import identity
from seatsync.account.usage import (
    HASHED,
    Days,
    MonthKey,
    SeatKey,
    SeatUse,
    SourceKind,
    UsageFile,
    UsageSource,
    merge_seat,
)
from seatsync.portal.observation import ObservedUsage, Origin
from seatsync.portal.sources.export_tables import SHORTENED, Cells, Export, day_of, one_line, word
from seatsync.reading.plain_text import shown

_MOST_TOKENS: Final = Decimal(10**9)
_MOST_DAYS: Final = 366
"""Days in the longest time span of a report."""
_MONTH: Final = 31
_FIRST: Final = "2000-01-01"
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,9})?")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_NO_PERSON: Final = "***"
_ACTIVITIES: Final = {"active": True, "inactive": False}
_ASSIGNMENTS: Final = {"assigned": True, "unassigned": False}

_Months: TypeAlias = dict[str, Days]
"""The days of a person's product, by month."""


class _Subject(NamedTuple):
    """What a row is about."""

    team: str
    product: str
    person: str


class UsageRows:
    """The usage in the rows of one export. `latest` is the last day that it can tell anything about.

    `team` is that of rows without one; None if it is unclear. Findings are added to those of the export.
    """

    def __init__(self, export: Export, latest: str, team: str | None) -> None:
        self.export, self.latest, self.team = export, latest, team
        self.people: dict[str, Origin] = {}
        self.teams: dict[str, Origin] = {}
        self.count = 0
        self._masked: dict[str, None] = {}
        self._months: dict[_Subject, _Months] = {}
        self._seats: dict[tuple[_Subject, str], SeatUse] = {}
        self._days: dict[str, tuple[str, int]] = {}
        self._amounts: dict[str, Decimal | None] = {"": None}

    def usage(self, file: str, digest: str, as_of: str, span: tuple[str, str] | None = None) -> ObservedUsage:
        """Return what was read. `span`: the first and last day that the name of the file tells, if all rows fit."""
        days: dict[MonthKey, Days] = {
            (month, *subject): each for subject, months in self._months.items() for month, each in months.items()
        }
        first, last = _ends(days)
        kind = _kind_of(self.export)
        if (
            span is not None
            and kind != "usage report"
            and span[0] <= (first or span[0]) <= (last or span[1]) <= span[1]
        ):
            first, last = span
        about = (tuple(sorted(self.teams)), self.count, tuple(sorted(self._masked)))
        source = UsageSource(file, digest, kind, as_of, first, last, *about)
        return ObservedUsage(UsageFile(source, days, self._reported(as_of)), self.people, self.teams)

    # Days

    def read_days(self) -> None:
        """Read an export with a row for each day. Several rows of one day add up."""
        columns = self.export.column_of
        named = [each for each in ("email", "hash", "team", "product", "part") if each in columns]
        about = itemgetter(*(columns[each] for each in named))
        day_column, token_column = columns["day"], columns.get("tokens", -1)
        subjects: dict[object, _Months | None] = {}
        known_days, known_amounts = self._days, self._amounts
        count = 0
        for cells in self.export.rows():
            count += 1
            row = cells.row.cells
            key = about(row)
            if key not in subjects:
                subject = self._subject(cells)
                subjects[key] = None if subject is None else self._months.setdefault(subject, {})
            months = subjects[key]
            written = row[day_column]
            day = known_days.get(written) or self._day(cells, written)
            amount = "" if token_column < 0 else row[token_column]
            tokens = known_amounts[amount] if amount in known_amounts else self._amount(cells, "tokens", _MOST_TOKENS)
            if months is None or day is None:
                continue
            month, number = day
            days = months.get(month)
            if days is None:
                months[month] = {number: tokens}
            elif number not in days:
                days[number] = tokens
            elif tokens is not None:
                before = days[number]
                days[number] = tokens if before is None else before + tokens
        self.count = count

    def _day(self, cells: Cells, written: str) -> tuple[str, int] | None:
        """Return month and number of the day in a row; None, with a finding, if it is none."""
        text = one_line(written)
        day = day_of(text)
        if day is None:
            self._report(
                cells, "day", "the day is missing" if not text else f"{shown(text)} is not a day like 2026-07-29"
            )
        elif not self._is_plausible(cells, "day", day):
            return None
        else:
            self._days[written] = found = (day[:7], int(day[8:]))
            return found
        return None

    # Reports

    def add_seat(self, cells: Cells) -> None:
        """Read a row of a usage report, which has one for each person, product, version and group.

        Rows of several groups repeat the same numbers. Days of several versions may be the same, so the most count.
        """
        self.count += 1
        subject = self._subject(cells)
        if subject is not None:
            seat = self._seat(cells, subject)
            key = (subject, cells.text("version"))
            before = self._seats.get(key)
            self._seats[key] = seat if before is None else merge_seat(before, seat)

    def _seat(self, cells: Cells, subject: _Subject) -> SeatUse:
        held = _ASSIGNMENTS.get(word(cells.text("assignment")))
        assigned, unassigned, last = (self._past_day(cells, each) for each in ("assigned", "unassigned", "last"))
        self._amount(cells, "average", Decimal(_MONTH))
        self._amount(cells, "days_inactive", _MOST_TOKENS)
        days = self._amount(cells, "days_used", Decimal(_MOST_DAYS))
        if days is not None and days != int(days):
            self._report(cells, "days_used", f"{shown(cells.text('days_used'))} is not a number of days")
        return SeatUse(
            *subject,
            held=held,
            assigned=assigned if held else None,
            unassigned=None if held else unassigned,
            last=last,
            days=None if days is None else int(days),
            tokens=self._amount(cells, "tokens", _MOST_TOKENS),
            active=_ACTIVITIES.get(word(cells.text("activity"))),
            as_of="",
        )

    def _reported(self, as_of: str) -> dict[SeatKey, SeatUse]:
        """Return the rows of a report for each person and product: those of all versions together."""
        found: dict[SeatKey, SeatUse] = {}
        for (subject, _), seat in self._seats.items():
            dated, before = seat._replace(as_of=as_of), found.get(subject)
            if before is None:
                found[subject] = dated
                continue
            tokens = [each.tokens for each in (before, dated) if each.tokens is not None]
            both = merge_seat(before, dated)
            found[subject] = both._replace(
                tokens=sum(tokens, Decimal(0)) if tokens else None, unassigned=None if both.held else both.unassigned
            )
        return found

    def _past_day(self, cells: Cells, field: str) -> str | None:
        """Return the day in a cell; None if it is empty or, with a finding, not a day of the past."""
        text = cells.text(field)
        day = day_of(text)
        if text and day is None:
            self._report(cells, field, f"{shown(text)} is not a day like 2026-07-29")
        return None if day is None or not self._is_plausible(cells, field, day) else day

    # Cells

    def _subject(self, cells: Cells) -> _Subject | None:
        """Return team, product and person of a row; None, with findings, if one is missing."""
        team, product = (normalize("NFC", cells.text(each)) for each in ("team", "product"))
        if not product:
            product = normalize("NFC", cells.text("part"))
        if not team:
            team = self.team or ""
        self.export.findings.extend(each for field in ("team", "product") for each in cells.too_long(field))
        if not product:
            self._report(cells, "product", "the product is missing")
        if not team and self.team is None and not self.export.has("team"):
            hint = "name its file or folder after the team, as in exports/design/usage.csv"
            self.export.findings.append(
                cells.problem("it is unclear which team this usage belongs to", "product", hint)
            )
            return None
        person = self._person(cells)
        if not product or person is None:
            return None
        self.people.setdefault(person, cells.origin("email"))
        self.teams.setdefault(team, cells.origin("team"))
        if person.startswith(HASHED):
            self._masked[team] = None
        return _Subject(team, product, person)

    def _person(self, cells: Cells) -> str | None:
        """Return the identity of the person in a row, or the hash if the address is masked or missing."""
        written = cells.text("email")
        masked = not written or _NO_PERSON in written
        person = None if masked else identity(written)
        hashed = cells.text("hash") if masked else ""
        if person is None and hashed and _NO_PERSON not in hashed:
            self.export.findings.extend(cells.too_long("hash"))
            return HASHED + hashed.lower()
        if person is None and masked:
            self._report(cells, "email", "neither an e-mail address nor a hash tells whose row this is")
        elif person is None:
            self._report(cells, "email", f"{shown(written)} is not an e-mail address")
        return person

    def _is_plausible(self, cells: Cells, field: str, day: str) -> bool:
        if day > self.latest:
            what = "after today, or after the day of this file"
            self._report(cells, field, f"{day} is {what} ({self.latest} at the latest)", _DATED)
        elif day < _FIRST:
            self._report(cells, field, f"{day} is not a plausible day")
        else:
            return True
        return False

    def _amount(self, cells: Cells, field: str, most: Decimal) -> Decimal | None:
        """Return the number in a cell; None if it is empty or, with a finding, none from 0 to `most`."""
        number = cells.text(field)
        if not number:
            return None
        problem = _problem(number)
        amount = None if problem else Decimal(number.replace(",", "."))
        if amount is not None and amount > most:
            problem = f"is more than {most:,}"
        if problem:
            self._report(cells, field, f"{shown(number)} {problem}")
            return None
        if field == "tokens":
            self._amounts[cells.row.cells[cells.column_of[field]]] = amount
        return amount

    def _report(self, cells: Cells, field: str, message: str, hint: str | None = None) -> None:
        self.export.findings.append(
            cells.problem(message, field) if hint is None else cells.problem(message, field, hint)
        )


_DATED: Final = "write the day of the download into the file's name, or download the export again"


def _problem(number: str) -> str:
    """Return what is wrong with a number, empty if nothing is. A comma is a decimal one."""
    if SHORTENED.fullmatch(number):
        return "is a number that a spreadsheet has shortened"
    if _THOUSANDS.fullmatch(number):
        return f"may be {number.replace(',', '.')} or {number.replace(',', '')}"
    if _NUMBER.fullmatch(number):
        return ""
    return "is negative" if _NUMBER.fullmatch(number.removeprefix("-")) else "is not a number"


def _ends(days: Mapping[MonthKey, Days]) -> tuple[str | None, str | None]:
    """Return the first and the last day, None without any."""
    if not days:
        return None, None
    months = {key[0] for key in days}
    first, last = min(months), max(months)
    start = min(min(each) for key, each in days.items() if key[0] == first)
    return f"{first}-{start:02}", f"{last}-{max(max(each) for key, each in days.items() if key[0] == last):02}"


def _kind_of(export: Export) -> SourceKind:
    """Return which of the usage exports this is: the others have no access option, seat usage has no tokens."""
    if export.kind == "usage report":
        return "usage report"
    if export.has("access_option"):
        return "usage"
    return "token usage" if export.has("tokens") or export.has("feature") else "seat usage"
