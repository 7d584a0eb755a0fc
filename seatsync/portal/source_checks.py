"""Whether sources may be used: how old they are, what happened since, how much is gone, and whether they fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from seatsync.account.actions.table import RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.entitlements import pool as pool_of
from seatsync.account.entitlements import subscribed
from seatsync.account.model import Account, entitled
from seatsync.clock import Clock, days_between
from seatsync.declaration.declared import Declaration
from seatsync.declaration.project_values import Policy, Portal
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Severity
from seatsync.planning.checks.guards import allowed, losses
from seatsync.planning.difference.desired import DesiredState
from seatsync.portal.knowledge import Knowledge, Look
from seatsync.portal.observation import Coverage, Moment, Observation, is_newer
from seatsync.reading.plain_text import first_of, shown
from seatsync.targets.target import State

_CODE: Final = "SOURCE005"
BY_API: Final = "the Team Admin API"
"""Its observations, one for each team, are one source when it comes to whose account it shows."""
_MOST = 3
"""Names in a message."""
_SEVERAL = 2
"""So many people with a product hardly lose it all at once."""
_COUNTED: Final = ("users", "seats", "groups")
"""The types of GUARD001 that SOURCE005 counts."""
TYPES: Final = (*_COUNTED, "subscriptions")
"""The types of SOURCE005."""


class Limits(NamedTuple):
    """The limits of a refresh. `allow` are numbers by type of SOURCE005 that may be gone; `max_age` is in days."""

    clock: Clock
    max_age: int = Portal().max_age
    max_removals: int | str = Policy().max_removals
    stale_ok: bool = False
    allow: tuple[tuple[str, int], ...] = ()


def split_allow(allow: Iterable[str]) -> tuple[tuple[str, ...], tuple[tuple[str, int], ...]]:
    """Return the values of `--allow` for plans, and those for a refresh: `SOURCE005.users=132`.

    Raises WrongUsage for a wrong value of the latter.
    """
    plans: list[str] = []
    numbers: list[tuple[str, int]] = []
    for entry in allow:
        key, _, number = entry.partition("=")
        code, _, kind = key.partition(".")
        if code != _CODE:
            plans.append(entry)
        elif kind in TYPES and number.isascii() and number.isdigit():
            numbers.append((kind, int(number)))
        else:
            known = ", ".join(TYPES)
            raise WrongUsage(f"--allow {entry} is unknown; use {_CODE}.TYPE=NUMBER (TYPE is one of {known})")
    return tuple(plans), tuple(numbers)


# Age


def about_used(
    findings: Iterable[Finding], observations: Iterable[Observation], chosen: Mapping[Coverage, Observation]
) -> list[Finding]:
    """Return findings without warnings about sources that are not used, as newer ones show what they show."""
    used = {each.source for each in chosen.values()}
    unused = {each.source for each in observations if each.facts} - used
    return [
        each
        for each in findings
        if each.severity is Severity.ERROR or each.location is None or each.location.file not in unused
    ]


def in_age(
    chosen: Mapping[Coverage, Observation], knowledge: Knowledge, limits: Limits
) -> tuple[Mapping[Coverage, Observation], list[Finding]]:
    """Return the sources without those that are too old and were read before, and a SOURCE004 for each other old one.

    Downloads stay in the folder when newer ones are added. If nothing is newer than what was read before, nobody has
    downloaded anything, and all are reported.
    """
    if limits.stale_ok:
        return chosen, list(_too_old(chosen.values(), limits))
    old = {about for about, source in chosen.items() if _age(source.moment, limits) > limits.max_age}
    read = {about for about in old if _is_read(chosen[about], knowledge.looks.get(about))}
    left = {about: source for about, source in chosen.items() if about not in read}
    used = left or chosen
    return used, list(_too_old(used.values(), limits))


def _is_read(source: Observation, look: Look | None) -> bool:
    """Return True if a source is what the mirror knows a kind of fact from, or is older than that."""
    if look is None:
        return False
    return (source.source, source.moment) == (look.source, look.moment) or is_before(source.moment, look.moment)


def is_in_age(moment: Moment | None, limits: Limits) -> bool:
    """Return True if a source is not too old to be used; when it was made has to be known."""
    return moment is not None and (limits.stale_ok or _age(moment, limits) <= limits.max_age)


def _age(moment: Moment | None, limits: Limits) -> int:
    """Return the age of a source in days; 0 if it is unknown."""
    return 0 if moment is None else days_between(moment.day, limits.clock.day)


def _too_old(used: Iterable[Observation], limits: Limits) -> Iterator[Finding]:
    """Yield a SOURCE004 for each source that is too old, from the future, or of unknown age."""
    sources = {each.source: each.moment for each in used}
    for source, moment in sorted(sources.items()):
        age = _age(moment, limits)
        if age > limits.max_age and not limits.stale_ok:
            message = f"{shown(source)} is {age} days old, older than `max_age` ({limits.max_age} days)"
            hint = "download the exports again, or use these once with --stale-ok"
            yield Finding("SOURCE004", Severity.ERROR, message, None, hint)
        problem = unusable_moment(source, moment, limits.clock.day)
        if problem is not None:
            yield problem


def unusable_moment(source: str, moment: Moment | None, today: str) -> Finding | None:
    """Return a SOURCE004 for a source that is of the future or of unknown age."""
    if moment is None:
        message = f"when {shown(source)} was exported is unknown: in CI, files have the time of the checkout"
        hint = "write the day into its name, as in users-2026-06-14.csv, or pass --exported DATE"
        return Finding("SOURCE004", Severity.ERROR, message, None, hint)
    if days_between(moment.day, today) < -1:  # a day may have begun elsewhere
        message = f"{shown(source)} is of {moment.day}, which is after today ({today})"
        by_time = "write the day into its name, or check the date of this machine and --at"
        hint = "correct the day in its name" if moment.instant is None else by_time
        return Finding("SOURCE004", Severity.ERROR, message, None, hint)
    return None


def newer_sources(
    chosen: Mapping[Coverage, Observation],
    knowledge: Knowledge,
    acts: Mapping[str, str],
    clock: Clock,
    teams: Collection[str],
) -> tuple[dict[Coverage, Observation], list[Finding]]:
    """Return the sources that are not older than what is known, and newer than the last act in their team.

    The findings (SOURCE004) name the others, but those that were read before, or show a team that is not among the
    known `teams` any more, only if nothing newer was ever read.
    """
    fresh: dict[Coverage, Observation] = {}
    passed_over: dict[str, dict[str, bool]] = {}
    read: dict[str, dict[str, bool]] = {}
    for about, source in chosen.items():
        look, act = knowledge.looks.get(about), acts.get(about[1])
        if look is not None and is_before(source.moment, look.moment):
            continue
        later = None if act is None else is_after(source.moment, act, clock)
        if act is None or later:
            fresh[about] = source
        else:
            if about[1] and about[1] not in teams and any(_shows(each, act) for each in knowledge.looks.values()):
                continue
            known = read if _is_read(source, look) else passed_over
            known.setdefault(source.source, {})[about[1]] = later is None
    is_new = any(not _is_read(source, knowledge.looks.get(about)) for about, source in fresh.items())
    named = passed_over if is_new or passed_over else read
    return fresh, [_passed_over(source, teams, acts) for source, teams in sorted(named.items())]


def _passed_over(source: str, teams: Mapping[str, bool], acts: Mapping[str, str]) -> Finding:
    names = ", ".join(f"team {shown(team)}" if team else "subscriptions in no team" for team in sorted(teams))
    last = max(acts[team] for team in teams)
    things = tuple(("team", team) for team in sorted(teams) if team)
    if not any(teams.values()):
        message = f"{shown(source)} is not newer than the last apply or confirm ({last}), so it is not used for {names}"
        return Finding("SOURCE004", Severity.WARNING, message, None, "download the exports again", things=things)
    message = (
        f"whether {shown(source)} is newer than the last apply or confirm ({last}) is unclear, as only its day is"
        f" known, so it is not used for {names}"
    )
    hint = "pass the time of the download, as in --exported 2026-06-15T14:30, or download the exports again tomorrow"
    return Finding("SOURCE004", Severity.WARNING, message, None, hint, things=things)


def _shows(look: Look, act: str) -> bool:
    """Return True if a look was certainly not before an act."""
    return look.moment is not None and look.moment.as_text() >= act


def not_mentioned(
    observations: Sequence[Observation], teams: Iterable[str], acts: Mapping[str, str], clock: Clock
) -> set[str]:
    """Return the known teams that the newest sources of people do not mention, although they could.

    A source is not among the newest if a newer one has one of its teams. It could mention a team unless it was made
    before the last act there, which may be a rename. The API is only asked about teams whose ids are known.
    """
    by_api = {team for each in observations if each.by_api for team in _teams_with_people(each)}
    by_source = [(each.moment, _teams_with_people(each)) for each in observations if not each.by_api]
    by_source = [(moment, found) for moment, found in by_source if found]
    newest = [
        (moment, found)
        for moment, found in by_source
        if not any(is_newer(other, moment) and found & others for other, others in by_source)
    ]
    mentioned = {team for _, found in newest for team in found} | by_api
    return {
        team
        for team in {*teams} - mentioned
        if (team not in acts and newest) or any(is_after(moment, acts[team], clock) for moment, _ in newest)
    }


def _teams_with_people(observation: Observation) -> set[str]:
    return {team for kind, team in (*observation.facts, *observation.disputed) if kind == "people"}


def is_before(moment: Moment | None, other: Moment | None) -> bool:
    """Return True if a moment is certainly before another."""
    if moment is None or other is None:
        return False
    if moment.instant is not None and other.instant is not None:
        return moment.instant < other.instant
    return moment.day < other.day


def is_after(moment: Moment | None, act: str, clock: Clock) -> bool | None:
    """Return whether a moment is after an act (`…Z`, or a day); None if only the day is known, and it is that day."""
    if moment is None:
        return None
    is_day = len(act) == len("2026-06-14")
    if moment.instant is not None and not is_day:
        return moment.instant > datetime.fromisoformat(act).astimezone(UTC)
    day = act if is_day else clock.day_of(act)
    return None if moment.day == day else moment.day > day


# How much is gone


def other_account(
    source: str, people: Mapping[str, Iterable[str]], state: State, declared: Declaration | None
) -> tuple[int, Finding] | None:
    """Return a SOURCE005 if a source seems to be of another account; `people` are those whom it shows, by team.

    It is if it mentions no known team, and hardly anybody known; also those that a case names are. Before the first
    look, those of the declaration are the known ones. The number of known people is what lets it pass.
    """
    teams, users, whose = set(state.account.teams), set(state.account.users), "known"
    for case in state.cases:
        teams |= {case.step.text("to")} if case.step.action in RENAMES_TEAM else {case.step.scope.name}
        named = (case.step.get("user"), case.step.get("to"))
        users |= {identity(each) or "" for each in named if isinstance(each, str)}
    if not teams and declared is not None:
        whose = "declared"
        teams = {each for name, team in declared.teams.items() for each in (name, *team.renamed_from)}
        users = {
            address
            for user, person in declared.users.items()
            for address in (user, *(each.user for each in person.previous))
        }
    mentioned = {user for members in people.values() for user in members}
    if not teams or not mentioned or teams & people.keys():
        return None
    if len(mentioned & users) * 2 >= min(len(mentioned), len(users)):
        return None
    what = source if source == BY_API else shown(source)
    message = (
        f"{what} mentions none of the {len(teams)} {whose} teams, and {len(mentioned & users)} of the"
        f" {len(users)} {whose} people: it seems to be of another account"
    )
    remedy = "correct the ids in `portal.team_admin.teams`" if source == BY_API else "remove it"
    hint = f"{remedy}, or pass --allow {_CODE}.users={len(users)} if it is of this account"
    return len(users), Finding(_CODE, Severity.ERROR, message, None, hint)


def _sources(kind: str, teams: Collection[str], fresh: Mapping[Coverage, Observation]) -> str:
    """Return the sources in which things of some teams are gone."""
    about = kind if kind in {"groups", "subscriptions"} else "people"
    names = sorted({each.source for (found, team), each in fresh.items() if found == about and team in teams})
    if not names:
        return "the exports"
    return " and ".join(names) if len(names) <= _MOST else f"{names[0]} and {len(names) - 1} other exports"


def _some(lost: Sequence[tuple[str, ...]]) -> str:
    """Return the first of the things that are gone, and the number of the others."""
    return first_of([shown(" of ".join(reversed(thing[1:]))) for thing in lost], _MOST)


def too_many_gone(
    before: Account, after: Account, fresh: Mapping[Coverage, Observation], limits: Limits
) -> Iterator[Finding]:
    """Yield a SOURCE005 for each type of which sources show more gone than `max_removals` allows, in their teams.

    Counted as GUARD001 does, and like there, a number of `--allow` that is wrong or has no effect is reported.
    """
    teams = {team for _, team in fresh} & before.teams.keys()
    if not teams:
        return
    found = losses(before, DesiredState(after, teams))
    held, gone = _subscriptions(before, after, fresh, limits.clock.day)
    counts = [(kind, found.held[kind], found.lost[kind]) for kind in _COUNTED] + [("subscriptions", held, gone)]
    let_pass = dict(limits.allow)
    for kind, most, lost in counts:
        given = let_pass.get(kind)
        is_over = len(lost) > allowed(limits.max_removals, most)
        if given is not None and given != len(lost):
            message = f"--allow {_CODE}.{kind}={given} does not match: {len(lost)} of {most} {kind} are gone"
        elif given is None and is_over:
            places = _sources(kind, _teams_of(lost, before), fresh)
            message = (
                f"{len(lost)} of {most} {kind} are gone in {places} ({_some(lost)}), more than max_removals"
                f" ({limits.max_removals}) allows"
            )
        elif given is not None and not is_over:
            message = f"--allow {_CODE}.{kind}={given} has no effect: so many may be gone without it"
            yield Finding(_CODE, Severity.INFO, message)
            continue
        else:
            continue
        option = f"--allow {_CODE}.{kind}={len(lost)}"
        hint = f"download the exports again, without a filter, or pass {option} if they really are"
        yield Finding(_CODE, Severity.ERROR, message, None, hint if is_over else "remove the option")


def _subscriptions(
    before: Account, after: Account, fresh: Mapping[Coverage, Observation], day: str
) -> tuple[int, list[tuple[str, ...]]]:
    """Return how many subscriptions in term the teams of the sources had, and those that are gone."""
    in_term = {
        name: sub.team or ""
        for name, sub in before.subscriptions.items()
        if ("subscriptions", sub.team or "") in fresh and sub.in_term(day)
    }
    return len(in_term), [("team", team, name) for name, team in in_term.items() if name not in after.subscriptions]


def _teams_of(lost: Iterable[tuple[str, ...]], account: Account) -> set[str]:
    """Return the teams of things that are gone."""
    things = list(lost)
    users = {thing[-1] for thing in things if thing[0] == "account"}
    named = {thing[1] for thing in things if thing[0] == "team"}
    return named | {name for name, team in account.teams.items() if users & team.members}


def emptied_products(
    before: Account, after: Account, fresh: Mapping[Coverage, Observation], limits: Limits
) -> Iterator[Finding]:
    """Yield a warning for each product with seats that several people of a team had, and nobody has any more.

    Perhaps the export was made with a filter, and few enough people are missing in it.
    """
    for name in sorted({team for kind, team in fresh if kind == "seats"} & before.teams.keys() & after.teams.keys()):
        team, source = before.teams[name], fresh["seats", name].source
        groups = {product for group in team.groups.values() for product in group.products}
        for product in sorted({*team.seats, *groups}):
            had = len(entitled(team, product))
            if had < _SEVERAL or entitled(after.teams[name], product):
                continue
            if subscribed(after, name, product, limits.clock.day):
                message = f"nobody in team {shown(name)} has {shown(product)} in {source}, which {had} people had"
                hint = "if the export was made with a filter, download it again without one, and refresh again"
                yield Finding(_CODE, Severity.WARNING, message, None, hint, things=(("team", name),))


def differing_pools(
    after: Account, fresh: Mapping[Coverage, Observation], before: Knowledge, day: str
) -> Iterator[Finding]:
    """Yield a SOURCE009 for each pool that has not as many seats as the subscriptions to its product.

    They are compared in teams whose subscriptions a source has shown, now or `before`.
    """
    bought = {team for kind, team in fresh if kind == "subscriptions"}
    bought |= {team for (kind, team), look in before.looks.items() if kind == "subscriptions" and look.moment}
    for (kind, team), source in fresh.items():
        for product, pool in sorted((source.pools or {}).items()) if kind == "seats" and team in bought else ():
            known = pool_of(after, team, product, day)
            if pool.unlimited or None in {pool.total, known} or pool.total == known or not pool.is_current(day):
                continue
            message = (
                f"the API shows {pool.total} seats of {shown(product)} in team {shown(team)}, but the known"
                f" subscriptions have {known}"
            )
            hint = "download the subscriptions export, and refresh again"
            things = (("team", team), ("product", product))
            yield Finding("SOURCE009", Severity.WARNING, message, None, hint, things=things)
