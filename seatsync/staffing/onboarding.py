"""Onboard people: declare them, and give them what was asked for or a colleague has, as a change of the files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from seatsync.account.actions.spec import Facts
from seatsync.account.email import identity
from seatsync.clock import Days
from seatsync.declaration.declared import Declaration, DeclaredTeam, DeclaredUser
from seatsync.declaration.fields import nfc
from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import listed
from seatsync.staffing.proposal import (
    Proposal,
    address_of,
    declared_person,
    declared_team,
    for_people,
    home_of,
    is_in_team,
    is_named,
    leads,
    list_entry,
    not_declared,
    only_team,
)
from seatsync.staffing.team_entries import Entry, Thing, covers, entries, remove, set_days

_ALWAYS: Days = (None, None)
_ADMINS = ("secondary", "sso")
_NAMES = ("first_name", "last_name")


class Wish(NamedTuple):
    """What new people get in a team: what the colleague `like` has, products and groups, at most `until` a day."""

    team: str | None = None
    like: str | None = None
    products: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    until: str | None = None
    names: tuple[str | None, str | None] = (None, None)


def onboard(declared: Declaration, people: tuple[str, ...], wish: Wish, day: str) -> Proposal:
    """Propose to declare some people who are not declared, and to give them what is wished for.

    Without a team it is the only one, or that of the colleague, from whom seats, groups and the membership are copied
    with their last days, but no roles of admins. What people have already is kept. Names that are not declared block
    it. Raises `ProposalError` for the colleague, team and groups, `WrongUsage` if the team is ambiguous.
    """
    if len({identity(person) for person in people}) > 1 and any(wish.names):
        raise WrongUsage("several people do not have the same name; leave out --first-name and --last-name")
    like = None if wish.like is None else declared_person(declared, wish.like)
    team = _team(declared, wish.team, like)
    written = {identity(person) or person: person for person in reversed(people)}
    onboarding = _Onboarding(declared, team, like, wish, day)

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


def _limited(days: Days | None, until: str | None) -> Days | None:
    """Return days that end on a day at the latest."""
    if until is None:
        return days
    starts, ends = days or _ALWAYS
    return starts, until if ends is None else min(ends, until)


class _Onboarding:
    """What everybody gets in a team, and where it is written."""

    def __init__(self, declared: Declaration, team: DeclaredTeam, like: str | None, wish: Wish, day: str) -> None:
        self.declared, self.team, self.like, self.wish = declared, team, like, wish
        if like is not None and not is_in_team(declared, team, like):
            raise WrongUsage(f"{declared.shown(like)} is not in team {team.name}")
        self.copied = [] if like is None else list(entries(declared, team, like))
        self.wanted = dict(self._wanted(day))
        self.home = declared.users[like].file if like is not None else home_of(declared, team) or team.node.file
        in_rows = {entry.row.at.file for entry in self.copied if entry.row is not None}
        self.in_rows = self.home in (in_rows if like is not None else {mention.at.file for mention in team.in_rows()})

    def _wanted(self, day: str) -> Iterator[tuple[Thing, Days | None]]:
        """Yield what everybody gets, with its days; the membership if there is nothing else."""
        found: dict[Thing, Days | None] = {}
        for entry in self.copied:
            starts, ends = entry.days or _ALWAYS
            if (ends is None or day <= ends) and entry.thing.name not in _ADMINS:
                days = (starts if starts is not None and starts > day else None, ends)
                found[entry.thing] = days if any(days) else None
        for name in self.wish.groups:
            if nfc(name) not in self.team.groups:
                raise not_declared(f"group of team {self.team.name},", name, self.team.groups)
            found[Thing("group", nfc(name))] = None
        for name in self.wish.products:
            found[Thing("seat", nfc(name))] = None
        for thing, limits in (found or {Thing("member"): None}).items():
            yield thing, _limited(limits, self.wish.until)

    def notes(self) -> Iterator[str]:
        """Yield the roles that are not copied from the colleague."""
        if self.like is None:
            return
        roles = [entry.thing for entry in self.copied if entry.thing.name in _ADMINS]
        for role in ("primary admin" if is_named(self.team.primary, self.like) else None, *roles):
            if role is not None:
                who = self.declared.shown(self.like)
                yield f"{who} is {role} of team {self.team.name}, which is not copied; see `seatsync edit promote`"

    def add(self, proposal: Proposal, user: str, email: str) -> None:
        """Add what one person needs. What they have on all of the days is kept, other entries get the new ones."""
        person = self.declared.users.get(user)
        there = [] if person is None else list(entries(self.declared, self.team, user))
        given: list[tuple[Thing, Days | None]] = []
        extended: list[tuple[Entry, Days | None]] = []
        for thing, days in self.wanted.items():
            if thing.kind == "member":
                there_is = [entry.lasting for entry in there] + [None] * leads(self.team, self.declared, user)
            else:
                there_is = [entry.days for entry in there if entry.thing == thing]
            if any(covers(each, days) for each in there_is):
                continue
            old = [entry for entry in there if entry.thing == thing and covers(days, entry.days)]
            extended += [(entry, days) for entry in old[:1]]
            given += [] if old else [(thing, days)]
            for entry in old[1:]:
                remove(proposal, entry)
        set_days(proposal, extended)
        self._declare(proposal, person, email, given)

    def _declare(
        self, proposal: Proposal, person: DeclaredUser | None, email: str, given: list[tuple[Thing, Days | None]]
    ) -> None:
        """Declare a person who is not, with the names, and give them things."""
        file = self.home if person is None else person.file
        email = email if person is None else person.email
        names = {key: name for key, name in zip(_NAMES, self.wish.names, strict=True) if name is not None}
        if file.lower().endswith(".csv"):
            rows = [{**thing.cells, **_cells_of(self.team, days)} for thing, days in given if self.in_rows]
            if person is None:
                rows = [{**names, **row} for row in rows or [{}]]
            elif names:
                proposal.changes.edit_rows({"email": email}, names)
            for row in rows:
                proposal.changes.add_row(file, {"email": email, **row})
            given = [] if self.in_rows else given
        elif person is None:
            proposal.changes.set(None, file, ("users", email), Facts(tuple(names.items())))
        else:
            for key, name in names.items():
                if getattr(person, key) != name:
                    proposal.changes.set(None, file, ("users", email, key), name)
        for thing, days in given:
            path = ("teams", self.team.name, *thing.path)
            proposal.changes.add_item(None, self.team.node.file, path, list_entry(email, days))


def _cells_of(team: DeclaredTeam, days: Days | None) -> dict[str, str]:
    starts, ends = days or _ALWAYS
    return {"team": team.name, "from": starts or "", "until": ends or ""}
