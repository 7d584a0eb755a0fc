"""Usage in a store: merged by day and person when files are recorded, renamed with people and teams.

Log entries: `usage-recorded` has the files and counts, `usage-renamed` a change of an address or the name of a team;
both have the fingerprint of all that is recorded afterwards. Usage has no serial, so that plans stay valid.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.attributes import number_text
from seatsync.account.email import identity
from seatsync.account.history import canonical
from seatsync.account.model import Value
from seatsync.account.usage import (
    Days,
    MarkedDays,
    MonthKey,
    SeatKey,
    SeatUse,
    Usage,
    UsageFile,
    UsageMonth,
    UsageRecorded,
    UsageSource,
    count_changed,
    counted_once,
    days_text,
    merge_days,
    merge_seat,
    merge_source,
    month_of_text,
    parsed_days,
)
from seatsync.reading.tree import collector_paused
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.records import MALFORMED
from seatsync.targets.sql.tables import Sums, checksum, damaged

if TYPE_CHECKING:
    from seatsync.targets.sql.case_writing import Writing

_COLUMNS: Final = {
    "usage_month": "month, team, product, person, as_of, by_day",
    "usage_seat": "team, product, person, held, assigned, unassigned, last, days, tokens, active, as_of",
    "usage_source": "digest, file, kind, as_of, first, last, teams, count, masked",
}
_KEYS: Final = {
    "usage_month": ("month", "team", "product", "person", "as_of"),
    "usage_seat": ("team", "product", "person"),
    "usage_source": ("digest",),
}
_ORDER: Final = {**{table: ", ".join(names) for table, names in _KEYS.items()}, "usage_source": "file, digest"}
_QUERIES: Final = {table: f"SELECT {each} FROM {table} ORDER BY {_ORDER[table]}" for table, each in _COLUMNS.items()}  # noqa: S608 - constant names
_INSERTS: Final = {
    table: f"INSERT INTO {table} ({each}) VALUES ({', '.join('?' * (each.count(',') + 1))})"  # noqa: S608 - constant names
    for table, each in _COLUMNS.items()
}
_CELLS: Final = {
    table: " || '\x1f' || ".join(f"coalesce(CAST({name} AS TEXT), '')" for name in each.split(", "))
    for table, each in _COLUMNS.items()
}
_GROUPS: Final = {
    "usage_month": ("month, team", "product, person, as_of"),
    "usage_seat": ("team, product", "person"),
    "usage_source": ("file, digest", "digest"),
}
"""By what rows are grouped to one text each, and by what they are sorted within it."""
NOTHING_RECORDED: Final = sha256(b"\n" * len(_GROUPS)).hexdigest()
"""The fingerprint of empty tables."""

_Row: TypeAlias = tuple[Value, ...]
_Stored: TypeAlias = tuple[Any, ...]
"""A row as the driver returns it. Any, because the file may contain anything: only rows that add up are used."""


def read_usage(database: Database, sums: Sums) -> Usage:
    """Return what is recorded about usage, verified against the sums."""
    with _readable(database):
        months = tuple(_months(_rows(database, "usage_month", sums)))
        seats = tuple(map(_seat, _rows(database, "usage_seat", sums)))
        sources = tuple(map(_source, _rows(database, "usage_source", sums)))
        return counted_once(Usage(months, seats, sources))


def usage_fingerprint(database: Database) -> str:
    """Return the SHA-256 of all that is recorded about usage, as 64 hexadecimal digits."""
    found = sha256()
    for table, (group, order) in _GROUPS.items():
        rows = database.joined(_CELLS[table], "\x1e", order)
        for (text,) in database.rows(f"SELECT {rows} FROM {table} GROUP BY {group} ORDER BY {group}"):  # noqa: S608 - constant names
            found.update(f"{text}\n".encode("utf-8", "surrogatepass"))
        found.update(b"\n")
    return found.hexdigest()


def record(writer: Writing, files: Sequence[UsageFile], keep_from: str) -> UsageRecorded:
    """Merge files into what is recorded, and remove what is older than the month `keep_from`; log it if it changes."""
    if not files and not _has_older(writer.database, keep_from):
        return UsageRecorded(0, 0, 0, 0)
    with collector_paused():
        return _record(writer, files, keep_from)


def _record(writer: Writing, files: Sequence[UsageFile], keep_from: str) -> UsageRecorded:
    edit = _Edit(writer.database, writer.sums)
    with _readable(writer.database):
        known = {each.digest: each for each in map(_source, _rows(writer.database, "usage_source", writer.sums))}
        oldest: dict[str, UsageFile] = {}  # of copies
        for each in sorted(files, key=_moment):
            oldest.setdefault(each.source.digest, each)
        files = [each for key, each in oldest.items() if not _is_recorded(each.source, known.get(key), keep_from)]
        dated = [(each, known.get(each.source.digest, each.source).as_of) for each in files]
        days, removed = _record_months(edit, dated, keep_from)
        seats = _record_seats(edit, dated, keep_from)
        new = _record_sources(edit, known, files, keep_from)
    if edit.write():
        counts = {"days": days, "seats": seats, "removed": removed}
        names = [[each.source.file, each.source.digest, each.source.rows] for each in files]
        _log(writer, "usage-recorded", files=names, keep_from=keep_from, **counts)
    return UsageRecorded(days, seats, new, removed)


def _moment(file: UsageFile) -> tuple[str, str]:
    return file.source.as_of, file.source.file


def _has_older(database: Database, keep_from: str) -> bool:
    """Return True if anything older than a month is recorded."""
    before = (
        "SELECT 1 FROM usage_month WHERE month < ?",
        "SELECT 1 FROM usage_seat WHERE as_of < ?",
        "SELECT 1 FROM usage_source WHERE coalesce(first, as_of) < ?",
    )
    return any(database.row(query, (keep_from,)) is not None for query in before)


def _is_recorded(source: UsageSource, known: UsageSource | None, keep_from: str) -> bool:
    """Return True if a file was recorded, with all days that are kept: whom it names may have another address now."""
    if known is None:
        return False
    return source.first is None or known.first is None or known.first <= max(source.first, f"{keep_from}-01")


def follow(writer: Writing, step: Step) -> None:
    """Give the usage of a person or team to the new address or name that a step gives them."""
    if all(writer.sums.tables[table] == (0, 0) for table in _QUERIES):
        return
    is_team = step.action in RENAMES_TEAM
    old, new = (step.scope.name, step.text("to")) if is_team else map(_identity, (step.text("user"), step.text("to")))
    edit = _Edit(writer.database, writer.sums)
    what = "team" if is_team else "person"
    with _readable(writer.database):
        _rename_months(edit, what, old, new)
        _rename_seats(edit, what, old, new)
        if is_team:
            _rename_sources(edit, old, new)
    if edit.write():
        _log(writer, "usage-renamed", what=what, old=old, new=new)


def _identity(address: str) -> str:
    return identity(address) or address


def _log(writer: Writing, kind: str, **facts: object) -> None:
    writer.audit(kind, run=writer.run, usage=usage_fingerprint(writer.database), **facts)


class _Edit:
    """Rows to delete and rows to insert."""

    def __init__(self, database: Database, sums: Sums) -> None:
        self.database, self.sums = database, sums
        self._old: dict[str, list[_Row]] = {table: [] for table in _QUERIES}
        self._new: dict[str, list[_Row]] = {table: [] for table in _QUERIES}

    def replace(self, table: str, old: Iterable[_Row], new: Iterable[_Row]) -> None:
        """Replace rows by others, unless they are the same."""
        before, after = list(old), list(new)
        self._old[table] += [row for row in before if row not in after]
        self._new[table] += [row for row in after if row not in before] if before else after

    def write(self) -> bool:
        """Write the changes; return True if there are any."""
        for table, names in _KEYS.items():
            where = " AND ".join(f"{name} = ?" for name in names)
            old, new = self._old[table], sorted(self._new[table])
            delete = f"DELETE FROM {table} WHERE {where}"  # noqa: S608 - constant names
            if self.database.run_many(delete, [row[: len(names)] for row in old]) != len(old):
                raise damaged(self.database, f"a row of table {table} is missing")
            self.database.run_many(_INSERTS[table], new)
            self.sums.add(table, sum(map(checksum, new)) - sum(map(checksum, old)), len(new) - len(old))
        return any(self._old.values()) or any(self._new.values())


# Months


def _record_months(edit: _Edit, files: Sequence[tuple[UsageFile, str]], keep_from: str) -> tuple[int, int]:
    """Merge the days of files; return how many are new or changed, and how many were removed."""
    wanted = {key[0] for each, _ in files for key in each.days}
    stored: dict[MonthKey, dict[str, str]] = {}
    removed = 0
    for row in _rows(edit.database, "usage_month", edit.sums):
        month, team, product, person, as_of, by_day = row
        if month < keep_from:
            removed += len(parsed_days(by_day))
            edit.replace("usage_month", [row], ())
        elif month in wanted:
            stored.setdefault((month, team, product, person), {})[as_of] = by_day
    merged: dict[MonthKey, MarkedDays] = {}
    for each, as_of in files:
        for key, days in each.days.items():
            if key[0] >= keep_from:
                marked = merged.get(key)
                if marked is None:
                    marked = merged[key] = _marked(stored.get(key, {}))
                merge_days(marked, days, as_of)
    changed = 0
    for key, marked in merged.items():
        before = stored.get(key, {})
        changed += count_changed(_marked(before), marked)
        edit.replace("usage_month", _as_stored(key, before), _month_rows(key, marked))
    return changed, removed


def _rename_months(edit: _Edit, what: str, old: str, new: str) -> None:
    """Give the days of a person or team to another, who may have some already."""
    column = _KEYS["usage_month"].index(what)
    found: dict[MonthKey, dict[str, str]] = {}
    for month, team, product, person, as_of, by_day in _rows(edit.database, "usage_month", edit.sums):
        if (month, team, product, person)[column] in (old, new):
            found.setdefault((month, team, product, person), {})[as_of] = by_day
    for key in [each for each in found if each[column] == old]:
        renamed = (key[0], new, key[2], key[3]) if what == "team" else (key[0], key[1], key[2], new)
        marked = _marked(found.get(renamed, {}))
        for as_of, by_day in found[key].items():
            merge_days(marked, parsed_days(by_day), as_of)
        edit.replace("usage_month", _as_stored(key, found[key]), ())
        edit.replace("usage_month", _as_stored(renamed, found.get(renamed, {})), _month_rows(renamed, marked))


def _as_stored(key: MonthKey, texts: Mapping[str, str]) -> list[_Row]:
    return [(*key, as_of, by_day) for as_of, by_day in texts.items()]


def _month_rows(key: MonthKey, marked: MarkedDays) -> list[_Row]:
    """Return a row for each moment."""
    found: dict[str, Days] = {}
    for day, (as_of, tokens) in marked.items():
        found.setdefault(as_of, {})[day] = tokens
    return [(*key, as_of, days_text(days)) for as_of, days in found.items()]


def _marked(texts: Mapping[str, str]) -> MarkedDays:
    return {day: (as_of, tokens) for as_of, text in texts.items() for day, tokens in parsed_days(text).items()}


def _months(rows: Iterable[_Stored]) -> Iterator[UsageMonth]:
    """Yield the months in rows, which are sorted by key."""
    for (month, team, product, person), group in groupby(rows, key=itemgetter(0, 1, 2, 3)):
        texts = {row[4]: row[5] for row in group}
        by_day = next(iter(texts.values())) if len(texts) == 1 else _merged_text(texts)
        yield month_of_text(month, team, product, person, by_day)


def _merged_text(texts: Mapping[str, str]) -> str:
    return days_text({day: tokens for day, (_, tokens) in _marked(texts).items()})


# Rows of reports


def _record_seats(edit: _Edit, files: Sequence[tuple[UsageFile, str]], keep_from: str) -> int:
    """Merge the rows of reports, and remove old ones; return how many are new or changed."""
    stored = {each[:3]: each for each in map(_seat, _rows(edit.database, "usage_seat", edit.sums))}
    merged: dict[SeatKey, SeatUse] = {}
    for each, as_of in files:
        for key, seat in each.seats.items():
            dated = seat if seat.as_of == as_of else seat._replace(as_of=as_of)
            before = merged.get(key) or stored.get(key)
            merged[key] = dated if before is None else merge_seat(before, dated)
    changed = 0
    for key, seat in {**stored, **merged}.items():
        known, kept = stored.get(key), seat if seat.as_of[:7] >= keep_from else None
        if kept != known:
            changed += kept is not None
            edit.replace("usage_seat", _seat_rows(known), _seat_rows(kept))
    return changed


def _rename_seats(edit: _Edit, what: str, old: str, new: str) -> None:
    column = _KEYS["usage_seat"].index(what)
    found = {each[:3]: each for each in map(_seat, _rows(edit.database, "usage_seat", edit.sums))}
    for key, seat in found.items():
        if key[column] == old:
            renamed = seat._replace(team=new) if what == "team" else seat._replace(person=new)
            other = found.get(renamed[:3])
            after = renamed if other is None else merge_seat(renamed, other)
            edit.replace("usage_seat", [*_seat_rows(seat), *_seat_rows(other)], _seat_rows(after))


def _seat(row: _Stored) -> SeatUse:
    team, product, person, held, assigned, unassigned, last, days, tokens, active, as_of = row
    dates = (assigned or None, unassigned or None, last or None)
    counts = (int(days) if days else None, Decimal(tokens) if tokens else None)
    return SeatUse(team, product, person, _TRUTH[held], *dates, *counts, _TRUTH[active], as_of)


_TRUTH: Final[Mapping[str, bool | None]] = {"yes": True, "no": False, "": None}
_WORDS: Final[Mapping[bool | None, str]] = {value: word for word, value in _TRUTH.items()}


def _seat_rows(seat: SeatUse | None) -> list[_Row]:
    if seat is None:
        return []
    dates = (seat.assigned or "", seat.unassigned or "", seat.last or "")
    days = "" if seat.days is None else str(seat.days)
    tokens = "" if seat.tokens is None else number_text(seat.tokens)
    return [(*seat[:3], _WORDS[seat.held], *dates, days, tokens, _WORDS[seat.active], seat.as_of)]


# Files


def _record_sources(edit: _Edit, stored: Mapping[str, UsageSource], files: Sequence[UsageFile], keep_from: str) -> int:
    """Record files, and remove those without days that are kept; return how many are new."""
    merged = dict(stored)
    for each in files:
        before = merged.get(each.source.digest)
        merged[each.source.digest] = each.source if before is None else merge_source(before, each.source)
    kept = [clipped for each in merged.values() if (clipped := _kept(each, keep_from)) is not None]
    edit.replace("usage_source", map(_source_row, stored.values()), map(_source_row, kept))
    return sum(each.digest not in stored for each in kept)


def _kept(source: UsageSource, keep_from: str) -> UsageSource | None:
    """Return a file with the days that are kept, None if there are none."""
    if (source.last or source.as_of)[:7] < keep_from:
        return None
    return source if source.first is None else source._replace(first=max(source.first, f"{keep_from}-01"))


def _rename_sources(edit: _Edit, old: str, new: str) -> None:
    for source in map(_source, _rows(edit.database, "usage_source", edit.sums)):
        if old in source.teams:
            teams, masked = (
                tuple(sorted({new if team == old else team for team in each})) for each in (source.teams, source.masked)
            )
            edit.replace(
                "usage_source", [_source_row(source)], [_source_row(source._replace(teams=teams, masked=masked))]
            )


def _source(row: _Stored) -> UsageSource:
    digest, file, kind, as_of, first, last, teams, count, masked = row
    lists = (tuple(json.loads(teams)), tuple(json.loads(masked)))
    return UsageSource(file, digest, kind, as_of, first, last, lists[0], count, lists[1])


def _source_row(source: UsageSource) -> _Row:
    file, digest, kind, as_of, first, last, teams, rows, masked = source
    return (digest, file, kind, as_of, first, last, canonical(teams), rows, canonical(masked))


@contextmanager
def _readable(database: Database) -> Iterator[None]:
    """Raise TargetProblem if rows that are read are malformed."""
    try:
        yield
    except (*MALFORMED, ArithmeticError) as error:
        raise damaged(database, "the recorded usage cannot be read") from error


def _rows(database: Database, table: str, sums: Sums) -> Iterator[_Stored]:
    """Yield the rows of a table, sorted. Raises TargetProblem at the end if they are not those that were written."""
    count = total = 0
    for row in database.rows(_QUERIES[table]):
        count += 1
        total += checksum(row)
        yield row
    sums.check(database, table, count, total)
