"""Onboard people: declare them, and give them what was asked for or a colleague has, as a change of the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.email import identity
from seatsync.clock import Days
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.staffing.giving import Home, home_in, lacking, write
from seatsync.staffing.proposal import (
    Proposal,
    address_of,
    declared_person,
    declared_team,
    for_people,
    is_in_team,
    is_named,
    not_declared,
    only_team,
)
from seatsync.staffing.team_entries import Thing, covers, entries

_ALWAYS: Days = (None, None)
_ADMINS = (Thing("role", "secondary"), Thing("role", "sso"))
_NAMES = ("first_name", "last_name")


class OnboardOptions(NamedTuple):
    """What new people get in a team: what the colleague `like` has, products and groups, `until` a day."""

    team: str | None = None
    like: str | None = None
    products: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    until: str | None = None
    names: tuple[str | None, str | None] = (None, None)


def onboard(declared: Declaration, people: tuple[str, ...], options: OnboardOptions, day: str) -> Proposal:
    """Propose to declare some people who are not declared, and to give them what the options name.

    Without a team it is the only one, or that of the colleague, from whom seats, groups and the membership are copied
    with their last days, but no roles of admins. What people have already is kept. Names that are not declared block
    it. Raises `ProposalError` for the colleague, team and groups, `WrongUsage` if the team is ambiguous.
    """
    if len({identity(person) for person in people}) > 1 and any(options.names):
        raise WrongUsage("several people do not have the same name; leave out --first-name and --last-name")
    like = None if options.like is None else declared_person(declared, options.like)
    team = _team(declared, options.team, like)
    written = {identity(person) or person: person for person in reversed(people)}
    onboarding = _Onboarding(declared, team, like, options, day)

    def add(proposal: Proposal, user: str) -> None:
        onboarding.add(proposal, user, written[user])

    proposal = for_people(declared, people, add, address_of)
    proposal.notes += onboarding.notes()
    return proposal


def _team(declared: Declaration, name: str | None, like: str | None) -> DeclaredTeam:
    if name is not None:
        return declared_team(declared, name)
    if like is not None:
        return only_team(declared, like)
    if len(declared.teams) == 1:
        return next(iter(declared.teams.values()))
    raise WrongUsage(f"choose one of the teams {listed(sorted(declared.teams))} with --team")


def _ending(days: Days | None, until: str | None) -> Days | None:
    """Return days with another last day, if one is given."""
    return days if until is None else ((days or _ALWAYS)[0], until)


class _Onboarding:
    """What everybody gets in a team, and where it is written."""

    def __init__(
        self, declared: Declaration, team: DeclaredTeam, like: str | None, options: OnboardOptions, day: str
    ) -> None:
        self.declared, self.team, self.like, self.options = declared, team, like, options
        if like is not None and not is_in_team(declared, team, like):
            raise WrongUsage(f"{declared.shown(like)} is not in team {team.name}")
        self.copied = [] if like is None else list(entries(declared, team, like))
        self.wanted = dict(self._wanted(day))
        self.home = self._home()

    def _wanted(self, day: str) -> Iterator[tuple[Thing, Days | None]]:
        """Yield what everybody gets, with its days; the membership if there is nothing else."""
        found: dict[Thing, Days | None] = {}
        for entry in self.copied:
            starts, ends = entry.days or _ALWAYS
            if (ends is not None and ends < day) or entry.thing in _ADMINS:
                continue
            remaining = (starts if starts is not None and starts > day else None, ends)
            days = remaining if any(remaining) else None
            if entry.thing not in found or not covers(found[entry.thing], days):
                found[entry.thing] = days
        for name in self.options.groups:
            if nfc(name) not in self.team.groups:
                raise not_declared("group", name, self.team.groups, f"of team {self.team.name}")
            found[Thing("group", nfc(name))] = None
        for name in self.options.products:
            found[Thing("seat", nfc(name))] = None
        for thing, limits in (found or {Thing("member"): None}).items():
            yield thing, _ending(limits, self.options.until)

    def _home(self) -> Home:
        """Return the file that declares the colleague, or most people of the team, or most people."""
        if self.like is None:
            return home_in(self.declared, self.team)
        file = self.declared.users[self.like].file
        return Home(file, file in {entry.row.at.file for entry in self.copied if entry.row is not None})

    def notes(self) -> Iterator[str]:
        """Yield the roles that are not copied from the colleague."""
        if self.like is None:
            return
        roles = [entry.thing for entry in self.copied if entry.thing in _ADMINS]
        for role in ("primary admin" if is_named(self.team.primary, self.like) else None, *roles):
            if role is not None:
                who = self.declared.shown(self.like)
                yield f"{who} is {role} of team {self.team.name}, which is not copied; see `seatsync edit promote`"

    def add(self, proposal: Proposal, user: str, email: str) -> None:
        """Add what one person needs. What they have on all of the days is kept, other entries get the new ones."""
        there = list(entries(self.declared, self.team, user)) if user in self.declared.users else []
        given = lacking(proposal, self.team, user, there, self.wanted.items())
        names = {key: name for key, name in zip(_NAMES, self.options.names, strict=True) if name is not None}
        write(proposal, self.declared.users.get(user), email, self.home, given, names)
