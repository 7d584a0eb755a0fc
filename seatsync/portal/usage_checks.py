"""Findings about usage before it is recorded: unknown people, contradictions, and missing months."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from seatsync.account.usage import (
    HASHED,
    OF_SEATS,
    OF_TOKENS,
    MonthKey,
    Usage,
    UsageFile,
    UsageSource,
    missing_months,
    next_month,
    parsed_days,
)
from seatsync.clock import Clock
from seatsync.finding import Finding, Location, Related, Severity, has_errors, in_order
from seatsync.portal.observation import Moment, Observation, ObservedUsage, Origin
from seatsync.portal.source_checks import unusable_moment
from seatsync.reading.plain_text import first_of, listed, shown

_PLACES: Final = 3
"""Places in a finding."""
_DAILY: Final = frozenset((*OF_SEATS, *OF_TOKENS))
_LEFT: Final = "nothing to do if they left: their usage is kept under the address in the file"
_DELETED: Final = "nothing to do if it was deleted: its usage is kept under the name in the file"


class UsageLook(NamedTuple):
    """The usage in exports: all files, the names of the new ones, and findings about these."""

    files: tuple[UsageFile, ...] = ()
    new: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()


def first_kept_month(clock: Clock, months: int) -> str:
    """Return the first month of which usage is kept: so many before the present one."""
    return next_month(clock.day[:7], -months)


def last_plausible_day(clock: Clock) -> str:
    """Return the last day that usage can be of: today, in the time zone of the account or in UTC."""
    return max(clock.day, clock.stamp[:10])


def first_day_to_fetch(recorded: Iterable[UsageSource], today: str) -> str:
    """Return the first day of which usage is ordered: of the month before that of the last recorded usage, or of today.

    A month is ordered again after its end, because usage can be reported late.
    """
    last = max((each.last for each in recorded if each.kind in OF_TOKENS and each.last is not None), default=today)
    return f"{next_month(min(last, today)[:7], -1)}-01"


def not_usage(observations: Sequence[Observation]) -> list[str]:
    """Return the names of other exports."""
    return [each.source for each in observations if each.usage is None]


def look_at_usage(
    observations: Sequence[Observation], stored: Usage, people: Collection[str], teams: Collection[str], today: str
) -> UsageLook:
    """Return the usage in exports. `people` and `teams` are those of the account.

    An error in the findings stops the recording. Files, people and teams that were recorded before are not judged
    again.
    """
    found = [(each.usage, each.moment) for each in observations if each.usage is not None]
    recorded = {each.digest for each in stored.sources}
    new = {each.file.source.digest: each for each, _ in found if each.file.source.digest not in recorded}
    findings = [*_undated(found, today)]
    known = {(each.person, each.team) for each in stored.months} | {(each.person, each.team) for each in stored.seats}
    reported = {person for person, _ in known}.union(people), {team for _, team in known}.union(teams)
    for each in new.values():
        foreign = _foreign(each, people, teams)
        findings += [foreign] if foreign is not None else _strangers(each, *reported)
    if new and not has_errors(findings):
        files = sorted((each.file for each in new.values()), key=lambda each: (each.source.as_of, each.source.file))
        findings += [*_differences(files, stored), *_gaps(files, stored)]
    names = tuple(each.file.source.file for each in new.values())
    return UsageLook(tuple(each.file for each, _ in found), names, tuple(in_order(findings)))


def _undated(found: Sequence[tuple[ObservedUsage, Moment | None]], today: str) -> Iterator[Finding]:
    for each, moment in found:
        problem = unusable_moment(each.file.source.file, moment, today)
        if problem is not None:
            yield problem


def _foreign(usage: ObservedUsage, people: Collection[str], teams: Collection[str]) -> Finding | None:
    """Return a USAGE002 if nobody and no team in a file is known."""
    if not usage.people or any(each in people for each in usage.people) or any(each in teams for each in usage.teams):
        return None
    named = _listed([team for team in sorted(usage.teams) if team][:_PLACES]) or "no team"
    message = f"none of the people and teams in {shown(usage.file.source.file)} ({named}) is in the account"
    hint = "if it is of another account, remove it; else correct the names of teams, or refresh the account first"
    at = next(iter(usage.people.values())).location
    return Finding("USAGE002", Severity.ERROR, message, at, hint)


def _strangers(usage: ObservedUsage, people: Collection[str], teams: Collection[str]) -> Iterator[Finding]:
    """Yield a USAGE001 about people, and one about teams, that are not in the account."""
    unknown = {name: at for name, at in usage.people.items() if name not in people and not name.startswith(HASHED)}
    foreign = {name: at for name, at in usage.teams.items() if name and name not in teams}
    for names, one, many, hint in ((unknown, "person", "people", _LEFT), (foreign, "team", "teams", _DELETED)):
        if names:
            count = f"1 {one} in it is" if len(names) == 1 else f"{len(names)} {many} in it are"
            message = f"{count} not in the account: {_first(names)}"
            first, *others = [at.location for at in list(names.values())[:_PLACES]]
            related = tuple(Related(at, "another one") for at in others)
            yield Finding("USAGE001", Severity.WARNING, message, first, hint, related=related)


def _first(names: Mapping[str, Origin]) -> str:
    known = list(map(shown, names))
    return listed(known) if len(known) <= _PLACES else first_of(known, _PLACES)


def _differences(files: Sequence[UsageFile], stored: Usage) -> Iterator[Finding]:
    """Yield a USAGE003 for each file that differs from earlier ones about the tokens of a day.

    The day on which the older one was downloaded was not over, so more tokens of it are no difference.
    """
    known = {(each.month, each.team, each.product, each.person): parsed_days(each.by_day) for each in stored.months}
    sources = list(stored.sources)
    for file in files if len(files) > 1 or known else ():
        found: list[tuple[MonthKey, int, UsageSource]] = []
        for key, days in file.days.items():
            before = known.setdefault(key, {})
            for day, tokens in days.items():
                other = before.get(day)
                if tokens is not None and other is not None and tokens != other:
                    found += [(key, day, each) for each in _tellers(sources, file.source, key, day)]
                before[day] = other if tokens is None else tokens
        if found:
            yield _differs(file.source, found)
        sources.append(file.source)


def _tellers(sources: Sequence[UsageSource], file: UsageSource, key: MonthKey, day: int) -> Iterator[UsageSource]:
    """Yield the newest of other files that tells the tokens of a day, if both were downloaded after it."""
    month, team, *_ = key
    of_day = f"{month}-{day:02}"
    telling = [
        each
        for each in sources
        if each.kind in OF_TOKENS and team in each.teams and (each.first or "") <= of_day <= (each.last or "")
    ]
    newest = max(telling, key=lambda each: (each.as_of, each.file), default=None)
    if newest is not None and of_day < min(newest.as_of, file.as_of)[:10]:
        yield newest


def _differs(file: UsageSource, found: Sequence[tuple[MonthKey, int, UsageSource]]) -> Finding:
    (month, _, product, person), day, other = found[0]
    older, newer = sorted((file, other), key=lambda each: (each.as_of, each.file))
    count = "1 day" if len(found) == 1 else f"{len(found)} days"
    message = (
        f"{shown(file.file)} and {shown(other.file)} differ about the tokens of {count}, the first {month}-{day:02} of"
        f" {shown(person)} with {shown(product)}; those of {shown(newer.file)} count"
    )
    hint = f"nothing to do, unless {shown(older.file)} is the right one: then download that time span again"
    return Finding("USAGE003", Severity.WARNING, message, Location(file.file, 1, 1, 1, 1), hint)


def _gaps(files: Sequence[UsageFile], stored: Usage) -> Iterator[Finding]:
    """Yield a USAGE004 for the months between known ones of which nothing is known."""
    sources = {each.digest: each for each in (*stored.sources, *(each.source for each in files))}
    usage = Usage(sources=tuple(sources.values()))
    teams: dict[tuple[str, ...], list[str]] = {}
    for team in sorted({team for each in files for team in each.source.teams if each.source.kind in _DAILY}):
        missing = missing_months(usage, team, _DAILY)
        if missing:
            teams.setdefault(missing, []).append(team)
    for months, named in teams.items():
        of_teams = "the only team" if named == [""] else f"team{'s' if len(named) > 1 else ''} {_listed(named)}"
        message = f"no usage of {listed(months)} is known of {of_teams}, but of months before and after"
        hint = f"download the usage of {'this month' if len(months) == 1 else 'these months'}, too"
        things = tuple(("team", team) for team in named if team)
        yield Finding("USAGE004", Severity.WARNING, message, None, hint, things=things)


def _listed(names: Sequence[str]) -> str:
    return listed([shown(name) for name in names])
