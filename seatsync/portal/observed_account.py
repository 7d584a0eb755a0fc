"""The real account as observed: known facts, and assumptions about all others.

Assumptions follow the declaration where it has a value, so that a plan has no step about an unknown fact.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import NamedTuple

from seatsync.account.history import members_by_scope
from seatsync.account.model import User
from seatsync.account.unknowns import Unknown
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.states import as_account
from seatsync.finding import Finding, Severity
from seatsync.portal.gathering import Gathering
from seatsync.portal.knowledge import ASSUMED_AS_DECLARED, FactName, Mark, Mirror
from seatsync.portal.observation import SOURCES, Coverage, Observation, Person, Purchase, Value, is_newer
from seatsync.portal.observed_subscriptions import ObservedSubscriptions
from seatsync.portal.observed_team import ObservedTeam
from seatsync.targets.target import State


class Reading(NamedTuple):
    """A state put together from observations.

    `marks` are those of the facts that no observation shows; `stated` are the open ones of which the declaration has
    the value, which is therefore assumed. `unplaced` are observed subscriptions that the account cannot have, by id,
    with their teams. The findings of the state may be errors.
    """

    state: State
    marks: Mapping[FactName, Mark]
    stated: AbstractSet[FactName]
    unplaced: Mapping[str, tuple[str, Purchase]]


def observed_state(chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str) -> State:
    """Return the state that the newest observations of each kind and team add up to. Its findings may be errors."""
    return read_observations(chosen, declared, day).state


def read_observations(
    chosen: Mapping[Coverage, Observation], declared: Declaration | None, day: str, mirror: Mirror | None = None
) -> Reading:
    """Return what observations add up to, and a mirror where they leave facts open.

    What neither of them knows is assumed to be as declared.
    """
    gathering = Gathering(chosen, declared, day, mirror)
    _add_people(gathering)
    for name in gathering.teams():
        team = ObservedTeam(gathering, name).team()
        if team is not None:
            gathering.account.teams[name] = team
    _drop_others(gathering)
    _settle_status(gathering)
    ObservedSubscriptions(gathering).add()
    _leave_out_unknown(gathering)
    if gathering.undated:
        number = len(gathering.undated)
        message = f"no source says when pending people were invited ({number}), so none is invited again"
        hint = "invite them again in the portal after seven days"
        gathering.findings.append(Finding("SOURCE007", Severity.INFO, message, hint=hint))
    state = State(
        gathering.account,
        unknown=tuple(_unknown(gathering)),
        assumed=tuple(gathering.assumed),
        left_out=tuple(gathering.left_out),
        undated=frozenset(gathering.undated),
        findings=tuple(gathering.findings),
        group_types=gathering.group_types,
    )
    return Reading(state, gathering.marks, gathering.stated, gathering.unplaced)


def _add_people(gathering: Gathering) -> None:
    """Add the people of all teams, merged from what the newest observations say, with unknown names as declared."""
    said: dict[str, list[tuple[Observation, Person]]] = {}
    for team in gathering.teams():
        observation = gathering.chosen["people", team]
        people = [(key, fact.value) for key, fact in observation.facts["people", team].items()]
        for (user,), person in people:
            if isinstance(person, Person):
                said.setdefault(user, []).append((observation, person))
        if any(isinstance(person, Person) and None in {person.first_name, person.last_name} for _, person in people):
            gathering.leave_open(((("team", team),), "names"), stated=False)
    known = {} if gathering.mirror is None else gathering.mirror.account.users
    present = {old: user for user, addresses in gathering.former.items() for old in addresses}
    for user, all_said in said.items():
        person, before = _latest(all_said), known.get(user, User(""))
        email = before.email or person.email  # as first written
        first, last = _names(gathering, person, user, present.get(user))
        gathering.account.users[user] = User(email, first, last, "active", before.invited_at, before.invitations)


def _latest(said: list[tuple[Observation, Person]]) -> Person:
    """Return what the newest observations say about somebody, and others where these leave a name open."""
    if len(said) == 1:
        return said[0][1]
    latest = [one for one in said if not any(_overrides(other[0], one[0]) for other in said)]
    found, every = (reduce(Person.with_known, [person for _, person in each]) for each in (latest, said))
    first, last = _first(found.first_name, every.first_name), _first(found.last_name, every.last_name)
    return Person(found.email, first, last)


def _first(name: str | None, other: str | None) -> str | None:
    return other if name is None else name


def _names(gathering: Gathering, person: Person, user: str, declared_as: str | None) -> tuple[str, str]:
    """Return the names of a person; unknown ones are as declared."""
    if person.first_name is not None and person.last_name is not None:
        return person.first_name, person.last_name
    declared = {} if gathering.declared is None else gathering.declared.users
    entry = declared.get(user) or declared.get(declared_as or "")
    names = (None, None) if entry is None else (entry.first_name, entry.last_name)
    known = (person.first_name, person.last_name)
    first, last = (_first(one, name) or "" for one, name in zip(known, names, strict=True))
    return first, last


def _overrides(one: Observation, other: Observation) -> bool:
    return is_newer(one.moment, other.moment) if one.remembered is other.remembered else other.remembered


def _drop_others(gathering: Gathering) -> None:
    """Drop the people who are only in teams that are left out."""
    account = gathering.account
    members = set[str]().union(*(contract.members for contract in account.contracts.values()))
    members.update(*(team.members for team in account.teams.values()))
    account.users = {user: person for user, person in account.users.items() if user in members}


def _settle_status(gathering: Gathering) -> None:
    """Set who is pending. Somebody who is active in one team is so everywhere.

    If that is unknown, somebody who was pending still is, and all others are taken as active.
    """
    before = {} if gathering.mirror is None else gathering.mirror.account.users
    waited = {user for user, person in before.items() if person.status == "pending"}
    users = gathering.account.users
    known: dict[str, set[Value]] = {user: set() for user in users}
    for team in gathering.teams():
        for (user,), fact in (gathering.facts("status", team) or {}).items():
            if user in known:
                known[user].add(fact.value)
    former = {each for addresses in gathering.former.values() for each in addresses}
    for user, statuses in known.items():
        said = statuses - {None}
        if said == {"pending"} or (not said and user in waited):
            again = users[user]._replace(status="pending")
            users[user] = again if user in waited else again._replace(invited_at=None, invitations=1)
            if users[user].invited_at is None:
                gathering.undated.add(user)
        elif not said:
            if statuses:
                gathering.leave_open(((("user", user),), "status"), stated=False)
                gathering.assume("status", "active", ("user", user))
            if user in former:
                _leave_out_address(gathering, user)


def _leave_out_address(gathering: Gathering, user: str) -> None:
    """Leave out the teams of somebody whose address changes: by which step depends on their unknown status.

    They are those that have the former address, or are declared with the new one.
    """
    hint = "add a users export with the column account_status"
    joining = set[str]()
    if gathering.declared is not None:
        new = {name for name, addresses in gathering.former.items() if user in addresses}
        declared = members_by_scope(as_account(gathering.declared, Clock.at(gathering.day)))
        joining = {scope.name for scope, people in declared.items() if scope.kind == "team" and new & people}
    for name, team in gathering.account.teams.items():
        if user in team.members:
            gathering.leave_team_out(name, f"has {user}, whose status is unknown", hint)
        elif name in gathering.entries and gathering.entries[name].name in joining:
            gathering.leave_team_out(name, f"is declared with {user}, whose status is unknown", hint)


def _leave_out_unknown(gathering: Gathering) -> None:
    """Leave out the declared teams and contracts that no source shows."""
    known = gathering.teams()
    for name in gathering.entries:
        if name not in known:
            hint = "add an export by somebody who sees the team; a new team can be planned once it is in one"
            gathering.leave_team_out(name, "is in no users export", hint)
    for number in () if gathering.declared is None else gathering.declared.contracts:
        gathering.leave_out("contract", number, "is in no export", "the portal exports no classic contracts")


def _unknown(gathering: Gathering) -> Iterator[Unknown]:
    """Yield the kinds of facts that no source covers; of a team without members or roles only the first."""
    teams = gathering.account.teams
    for name in sorted({*teams, *gathering.teams(), *gathering.entries}):
        team = teams.get(name)
        for kind, source in SOURCES.items():
            found = gathering.chosen.get((kind, name))
            shown_by = "" if found is None else found.source
            if (found is None or shown_by == ASSUMED_AS_DECLARED) and (
                kind != "group_products" or (team is not None and team.groups)
            ):
                yield Unknown(name, kind, source)
                if team is None:
                    break
        people = (fact.value for fact in (gathering.facts("people", name) or {}).values())
        if any(isinstance(each, Person) and None in {each.first_name, each.last_name} for each in people):
            yield Unknown(name, "names", SOURCES["people"])
