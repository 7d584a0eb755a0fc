"""The portal's usage exports and usage reports as usage: who used which product on which days, with how many tokens."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar
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
from seatsync.portal.sources.export_tables import MASKED, NOT_USAGE, SHORTENED, Cells, Export, day_of, word
from seatsync.reading.plain_text import shown

_MOST_TOKENS: Final = Decimal(10**9)
_MOST_DAYS: Final = 366
"""Days in the longest time span of a report."""
_MONTH: Final = 31
_FIRST: Final = "2000-01-01"
_NUMBER: Final = re.compile(r"[0-9]{1,15}(?:[.,][0-9]{1,9})?")
_THOUSANDS: Final = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}")
_ACTIVITIES: Final = {"active": True, "inactive": False}
_ASSIGNMENTS: Final = {"assigned": True, "unassigned": False}

_REMEMBERED: Final = 1 << 14
"""The most texts of a column that are remembered with their meanings."""

_T = TypeVar("_T")
_Meaning: TypeAlias = Callable[[Cells, str], Any]
"""Function that returns the meaning of the cell of a field in a row."""

_Months: TypeAlias = dict[str, Days]
"""The days of a person's product, by month."""


class _Subject(NamedTuple):
    """The team, product and person of a row."""

    team: str
    product: str
    person: str


class UsageRows:
    """The usage in the rows of one export, as of its moment. `latest` is the last day that it can tell anything about.

    `team` is that of rows without one; None if it is unclear. Findings are added to those of the export.
    """

    def __init__(self, export: Export, as_of: str, latest: str, team: str | None) -> None:
        self.export, self.as_of, self.latest, self.team = export, as_of, latest, team
        export.not_read = NOT_USAGE
        self.people: dict[str, Origin] = {}
        self.teams: dict[str, Origin] = {}
        self.count = 0
        self._masked: dict[str, None] = {}
        self._months: dict[_Subject, _Months] = {}
        self._seats: dict[tuple[str, str, str, str], SeatUse] = {}
        self._known: dict[str, dict[str, Any]] = {}
        self._cells = [self._column(*each) for each in self._meanings()]

    def _meanings(self) -> tuple[tuple[str, _Meaning], ...]:
        """Return what the cells of a usage report mean: the facts of a seat, and numbers that are only checked."""
        return (
            ("assignment", lambda cells, field: self._word(cells, field, _ASSIGNMENTS)),
            ("last", self._past_day),
            ("days_used", self._count),
            ("tokens", self._tokens),
            ("activity", lambda cells, field: self._word(cells, field, _ACTIVITIES)),
            ("average", lambda cells, field: self._amount(cells, field, Decimal(_MONTH))),
            ("days_inactive", self._tokens),
        )

    def usage(self, file: str, digest: str, span: tuple[str, str] | None = None) -> ObservedUsage:
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
        source = UsageSource(file, digest, kind, self.as_of, first, last, *about)
        return ObservedUsage(UsageFile(source, days, self._reported()), self.people, self.teams)

    def read(self) -> None:
        """Read all rows."""
        if self.export.kind == "usage":
            self.read_days()
            return
        for cells in self.export.rows():
            self.add_seat(cells)

    # Days

    def read_days(self) -> None:
        """Read an export with a row for each day. Several rows of one day add up."""
        columns = self.export.column_of
        named = [each for each in ("email", "hash", "team", "product", "part") if each in columns]
        about = itemgetter(*(columns[each] for each in named))
        day_column, token_column = columns["day"], columns.get("tokens", -1)
        subjects: dict[object, _Months | None] = {}
        known_days, known_tokens = self._memory("day"), self._memory("tokens")
        for cells in self.export.rows():
            self.count += 1
            row = cells.row.cells
            key = about(row)
            if key not in subjects:
                subject = self._subject(cells)
                subjects[key] = None if subject is None else self._months.setdefault(subject, {})
            months = subjects[key]
            day = known_days.get(row[day_column]) or self._read(cells, "day", self._day)
            amount = "" if token_column < 0 else row[token_column]
            tokens = known_tokens[amount] if amount in known_tokens else self._read(cells, "tokens", self._tokens)
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

    def _day(self, cells: Cells, field: str) -> tuple[str, int] | None:
        """Return month and number of the day in a cell; None, with a finding, if it is none."""
        day = self._past_day(cells, field)
        if day is None and not cells.text(field):
            self._report(cells, field, "the day is missing")
        return None if day is None else (day[:7], int(day[8:]))

    # Reports

    def add_seat(self, cells: Cells) -> None:
        """Read a row of a usage report, which has one for each person, product, version and group.

        Rows of several groups repeat the same numbers. Days of several versions may be the same, so the most count.
        """
        self.count += 1
        subject = self._subject(cells)
        if subject is None:
            return
        seat, key = self._seat(cells, subject), (*subject, self._read(cells, "version", Cells.text) or "")
        before = self._seats.get(key)
        self._seats[key] = seat if before is None else merge_seat(before, seat)

    def _seat(self, cells: Cells, subject: _Subject) -> SeatUse:
        row = cells.row.cells
        facts = [
            known[row[column]] if row[column] in known else self._learned(cells, field, meaning)
            for column, known, field, meaning in self._cells
        ]
        held, last, days, tokens, active, *_ = facts
        day = self._past_day(cells, "assigned" if held else "unassigned")
        assigned, unassigned = (day, None) if held else (None, day)
        self._past_day(cells, "unassigned" if held else "assigned")
        return SeatUse(*subject, held, assigned, unassigned, last, days, tokens, active, self.as_of)

    def _reported(self) -> dict[SeatKey, SeatUse]:
        """Return the rows of a report for each person and product: those of all versions together."""
        found: dict[SeatKey, SeatUse] = {}
        while self._seats:  # emptied, as it may be large
            _, seat = self._seats.popitem()
            key = (seat.team, seat.product, seat.person)
            found[key] = _of_versions(found[key], seat) if key in found else seat
        return found

    def _past_day(self, cells: Cells, field: str) -> str | None:
        """Return the day in a cell; None if it is empty or, with a finding, not a day of the past."""
        text = cells.text(field)
        if not text:
            return None
        day = day_of(text)
        if day is None:
            self._report(cells, field, f"{shown(text)} is not a day like 2026-07-29")
        return None if day is None or not self._is_plausible(cells, field, day) else day

    # Cells

    def _subject(self, cells: Cells) -> _Subject | None:
        """Return team, product and person of a row; None, with findings, if one is missing."""
        team = self._read(cells, "team", self._name) or self.team or ""
        product = self._read(cells, "product", self._name) or self._name(cells, "part")
        if not product:
            self._report(cells, "product", "the product is missing")
        if not team and self.team is None and not self.export.has("team"):
            hint = "name its file or folder after the team, as in exports/design/usage.csv"
            self.export.findings.append(
                cells.problem("it is unclear which team this usage belongs to", "product", hint)
            )
            return None
        person = self._read(cells, "email", self._address) or self._hashed(cells)
        if not product or person is None:
            return None
        if person not in self.people:
            self.people[person] = cells.origin("email")
        if team not in self.teams:
            self.teams[team] = cells.origin("team")
        if person.startswith(HASHED):
            self._masked[team] = None
        return _Subject(team, product, person)

    def _name(self, cells: Cells, field: str) -> str:
        self.export.findings.extend(cells.too_long(field))
        return normalize("NFC", cells.text(field))

    def _word(self, cells: Cells, field: str, words: Mapping[str, bool]) -> bool | None:
        """Return the meaning of a word; None for an unknown one, with a SOURCE006 for its first use."""
        text = cells.text(field)
        found = words.get(word(text))
        if found is None and text:
            self.export.report_word(cells, field)
        return found

    def _address(self, cells: Cells, field: str) -> str | None:
        """Return the identity of the person in a row; None if the address is masked, missing or none."""
        written = cells.text(field)
        return None if MASKED in written else identity(written)

    def _hashed(self, cells: Cells) -> str | None:
        """Return the hash of a person whose address is masked or missing; None, with a finding, if there is none."""
        written, hashed = cells.text("email"), cells.text("hash")
        if written and MASKED not in written:
            self._report(cells, "email", f"{shown(written)} is not an e-mail address")
        elif not hashed or MASKED in hashed:
            self._report(cells, "email", "neither an e-mail address nor a hash tells whose row this is")
        else:
            self.export.findings.extend(cells.too_long("hash"))
            return HASHED + hashed.lower()
        return None

    def _is_plausible(self, cells: Cells, field: str, day: str) -> bool:
        if day > self.latest:
            self._report(cells, field, f"{day} is after today ({self.latest})")
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
        return amount

    def _tokens(self, cells: Cells, field: str) -> Decimal | None:
        return self._amount(cells, field, _MOST_TOKENS)

    def _count(self, cells: Cells, field: str) -> int | None:
        days = self._amount(cells, field, Decimal(_MOST_DAYS))
        if days is not None and days != int(days):
            self._report(cells, field, f"{shown(cells.text(field))} is not a number of days")
        return None if days is None else int(days)

    def _memory(self, field: str) -> dict[str, Any]:
        """Return what the cells of a field mean, by their texts: most occur in many rows."""
        return self._known.setdefault(field, {})

    def _read(self, cells: Cells, field: str, meaning: Callable[[Cells, str], _T]) -> _T | None:
        """Return the meaning of a cell; None without such a column."""
        column = cells.column_of.get(field)
        if column is None:
            return None
        known, text = self._memory(field), cells.row.cells[column]
        found: _T | None = known[text] if text in known else self._learned(cells, field, meaning)
        return found

    def _learned(self, cells: Cells, field: str, meaning: Callable[[Cells, str], _T]) -> _T | None:
        """Return the meaning of a cell, and remember it unless something is wrong with it."""
        column = cells.column_of.get(field)
        if column is None:
            return None
        known, before = self._memory(field), len(self.export.findings)
        found = meaning(cells, field)
        if len(known) < _REMEMBERED and len(self.export.findings) == before:
            known[cells.row.cells[column]] = found
        return found

    def _column(self, field: str, meaning: _Meaning) -> tuple[int, dict[str, Any], str, _Meaning]:
        """Return a column for fast lookups: its index, what its texts mean, and how to find that out."""
        return self.export.column_of.get(field, 0), self._memory(field), field, meaning

    def _report(self, cells: Cells, field: str, message: str) -> None:
        self.export.findings.append(cells.problem(message, field))


def _of_versions(one: SeatUse, two: SeatUse) -> SeatUse:
    """Return two versions of a product together."""
    tokens = [each.tokens for each in (one, two) if each.tokens is not None]
    both = merge_seat(one, two)
    unassigned = None if both.held else both.unassigned
    return both._replace(tokens=sum(tokens, Decimal(0)) if tokens else None, unassigned=unassigned)


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
