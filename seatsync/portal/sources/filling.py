"""Completes what the Team Admin API lists with what it cannot list, from newer exports or from the mirror.

It may leave out invited people, lists no seats of products without a pool, and may not show yet what was just written.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Final

from seatsync.account.model import Account
from seatsync.portal.knowledge import Knowledge, Look, Mirror, TeamSeat, is_just_written
from seatsync.portal.observation import Coverage, Fact, Facts, Kind, Observation, Person
from seatsync.portal.source_checks import Limits, is_after, is_before, is_in_age
from seatsync.portal.sources.fetched_files import PLACE
from seatsync.portal.sources.listed_pools import PREFIX

_OF_PEOPLE: tuple[Kind, ...] = ("people", "roles", "status")

_NOBODY: Final[Mapping[str, str]] = {}


def completed(
    observations: Sequence[Observation],
    mirror: Mirror,
    known: Mapping[Coverage, Observation],
    acts: Mapping[str, str],
    limits: Limits,
    moving: Mapping[str, str] = _NOBODY,
) -> list[Observation]:
    """Return the observations of one refresh with what those of the API leave open; `known` is what the mirror has.

    `moving` are people (identities) of whom a case is open to change their address, with the new one.

    Others of the same team count only if they are not older than the last act there, nor than what the mirror has. What
    the API covers is not taken from Insights, whose exports may be of older data than their orders.
    """
    found = list(_superseding(observations, acts, limits))
    others = [each for each in found if not each.by_api and is_in_age(each.moment, limits)]
    filling = _Filling(others, mirror, known, moving)
    by_api = {about for each in found if each.by_api for about in each.facts}
    whole = [_without(each, by_api) if _is_fetched(each) else each for each in found]
    whole = [filling.whole(each) if each.by_api else each for each in whole]
    return [filling.as_written(each) for each in whole] if mirror.knowledge.written else whole


def _superseding(observations: Sequence[Observation], acts: Mapping[str, str], limits: Limits) -> Iterator[Observation]:
    """Yield observations without what the API shows of teams in which something was done since they were made."""
    by_api = {about: each for each in observations if each.by_api for about in each.facts}
    for each in observations:
        over = {
            about
            for about in (*each.facts, *each.disputed)
            if not each.by_api
            and about in by_api
            and about[1] in acts
            and is_after(each.moment, acts[about[1]], limits.clock) is not True
            and is_after(by_api[about].moment, acts[about[1]], limits.clock)
        }
        yield _without(each, over) if over else each


def _is_fetched(observation: Observation) -> bool:
    """Return True for an export that Insights yielded."""
    return observation.source.startswith(f"{PLACE}/")


def _without(observation: Observation, over: Collection[Coverage]) -> Observation:
    facts = {about: facts for about, facts in observation.facts.items() if about not in over}
    return replace(observation, facts=facts, disputed=tuple(each for each in observation.disputed if each not in over))


@dataclass(frozen=True)
class _Filling:
    """What there is to complete observations of the API with: the `others` of this refresh, and the mirror."""

    others: Sequence[Observation]
    mirror: Mirror
    known: Mapping[Coverage, Observation]
    moving: Mapping[str, str]

    def whole(self, listed: Observation) -> Observation:
        """Return an observation of the API with invited people and seats that it cannot list, and names it lacks."""
        ((_, team),) = [about for about in listed.facts if about[0] == "people"]
        facts = {about: dict(found) for about, found in listed.facts.items()}
        people: Observation | None = self._base("people", team)
        if people is not None:
            self._add_people(facts, people, team)
        seats = self._base("seats", team)
        if seats is not None:
            for key, fact in seats.facts["seats", team].items():
                if key[0] not in (listed.pools or ()) and key[1:] in facts["people", team]:
                    facts["seats", team].setdefault(key, fact)
        bases: dict[Coverage, Observation | None] = {("people", team): people, ("seats", team): seats}
        rest = {about: base for about, base in bases.items() if base is not None and not base.remembered}
        return replace(listed, facts=_sorted(facts), rest=rest)

    def _base(self, kind: Kind, team: str) -> Observation | None:
        """Return the newest other observation of a kind in a team, or what the mirror has; None if nobody knows.

        An export that the mirror's knowledge is newer than is no help.
        """
        knowledge, about = self.mirror.knowledge, (kind, team)
        look = knowledge.rest.get(about) or knowledge.looks.get(about)
        since = None if look is None or look.source.startswith(PREFIX) else look.moment
        found = [each for each in self.others if about in each.facts and not is_before(each.moment, since)]
        found = [each for each in found if not any(is_before(each.moment, other.moment) for other in found)]
        return found[0] if found else self.known.get(about)

    def _add_people(self, facts: dict[Coverage, Facts], base: Observation, team: str) -> None:
        """Add people who are pending and not listed, what is known of those who only have a seat, and lacking names."""
        members = facts["people", team]
        for key, fact in base.facts["people", team].items():
            here = members.get(key)
            if here is None:
                has_moved = (self.moving.get(key[0], ""),) in members
                if not has_moved and self._is_pending(key[0], base, team):
                    self._take(facts, base, team, key[0])
            elif _is_only_in_seats(here):
                self._take(facts, base, team, key[0])
            elif isinstance(here.value, Person) and isinstance(fact.value, Person):
                first, last = here.value.first_name, here.value.last_name
                if first is None or last is None:
                    first = fact.value.first_name if first is None else first
                    last = fact.value.last_name if last is None else last
                    members[key] = here._replace(value=here.value._replace(first_name=first, last_name=last))

    def _is_pending(self, user: str, base: Observation, team: str) -> bool:
        status = base.facts.get(("status", team), {}).get((user,))
        if status is not None and status.value is not None:
            return status.value == "pending"
        person = self.mirror.account.users.get(user)
        return person is not None and person.status == "pending"

    def _take(self, facts: dict[Coverage, Facts], base: Observation, team: str, user: str) -> None:
        """Take over what is known about somebody who is not listed, for the kinds that the observation covers."""
        for kind in _OF_PEOPLE:
            about = (kind, team)
            if about in facts:
                shown = base if about in base.facts else self.known.get(about)
                fact = None if shown is None else shown.facts[about].get((user,))
                if fact is not None:
                    facts[about][user,] = fact

    # What was just written

    def as_written(self, observation: Observation) -> Observation:
        """Return an observation in which what was written through the API shortly before is as the mirror has it."""
        moment = observation.moment
        if moment is None or moment.instant is None:
            return observation
        facts = dict(observation.facts)
        for key, at in self.mirror.knowledge.written.items():
            if is_just_written(at, moment.as_text()):
                self._keep(facts, key)
        return replace(observation, facts=facts)

    def _keep(self, facts: dict[Coverage, Facts], key: tuple[str, ...]) -> None:
        team, *names = key
        about: Coverage = ("seats" if len(names) > 1 else "people", team)
        mirrored, found = self.known.get(about), facts.get(about)
        if mirrored is None or found is None:
            return
        before = mirrored.facts[about].get(tuple(names))
        if (before is None) == (tuple(names) not in found):
            return
        changed = {**facts, about: dict(found)}
        if before is None:
            del changed[about][tuple(names)]
        elif about[0] == "people":
            changed = {each: dict(shown) for each, shown in facts.items()}
            self._take(changed, mirrored, team, names[0])
        else:
            changed[about][tuple(names)] = before
        facts.update(_sorted(changed))


def _is_only_in_seats(member: Fact) -> bool:
    """Return True for a member who has a seat, but is not in the list of people."""
    return member.origin.location.file.endswith("/assignments")


def _sorted(facts: Mapping[Coverage, Mapping[tuple[str, ...], Fact]]) -> dict[Coverage, Facts]:
    return {about: dict(sorted(found.items(), key=itemgetter(0))) for about, found in facts.items()}


# What is remembered


def with_api(before: Knowledge, account: Account, fresh: Mapping[Coverage, Observation], now: str) -> Knowledge:
    """Return the knowledge with what the API showed in a refresh; `account` is the one after it, `now` its instant."""
    pools = {about: pool for about, pool in before.pools.items() if about[0] in account.teams}
    rest = {about: look for about, look in before.rest.items() if about[1] in account.teams}
    ids = {team: number for team, number in before.team_ids.items() if team in account.teams}
    direct = before.direct
    for about, source in fresh.items():
        kind, team = about
        if not source.by_api:
            rest.pop(about, None)
        elif kind in {"people", "seats"}:
            other, look = source.rest.get(about), before.looks.get(about)
            if other is not None:
                rest[about] = Look(other.source, other.moment)
            elif look is not None and not look.source.startswith(PREFIX):
                rest[about] = look
        if source.team_id is not None:
            ids = {other: number for other, number in ids.items() if number != source.team_id}  # its former names
            ids[team] = source.team_id
        if kind == "seats" and source.pools is not None:
            pools = {each: pool for each, pool in pools.items() if each[0] != team}
            pools |= {(team, product): pool for product, pool in source.pools.items()}
            direct = {seat: each for seat, each in direct.items() if seat[0] != team}
            said = {(key[0], key[1]): fact.value for key, fact in source.facts[about].items() if fact.value}
            direct |= {(team, *seat): value == "direct" for seat, value in said.items()}
    return replace(
        before,
        pools=pools,
        direct={seat: each for seat, each in direct.items() if _is_held(seat, account)},
        written={key: at for key, at in before.written.items() if is_just_written(at, now)},
        rest=rest,
        team_ids=ids,
    )


def _is_held(seat: TeamSeat, account: Account) -> bool:
    team, product, user = seat
    return team in account.teams and user in account.holders(team, product)
