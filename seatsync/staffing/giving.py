"""Give people what they lack in a team, and declare them, as a change of the files; nothing is taken from anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from seatsync.account.actions.spec import Facts
from seatsync.clock import Days
from seatsync.declaration.declared import Declaration, DeclaredTeam, DeclaredUser
from seatsync.declaration.files import is_csv
from seatsync.errors import WrongUsage
from seatsync.staffing.proposal import Proposal, home_of, leads, list_entry
from seatsync.staffing.team_entries import Entry, Thing, covers, is_covered, remove, set_days


class Home(NamedTuple):
    """The file that declares a person; `in_rows` if they get rows there for what they have in teams."""

    file: str
    in_rows: bool


class Given(NamedTuple):
    """Something that a person gets in a team."""

    team: DeclaredTeam
    thing: Thing
    days: Days | None


def home_in(declared: Declaration, team: DeclaredTeam | None) -> Home:
    """Return the file for new people, of a team or of none. Raises `WrongUsage` if there is none."""
    file = home_of(declared, team) or (None if team is None else team.node.file)
    if file is None:
        raise WrongUsage("no file declares people yet; declare one under `users` first")
    return Home(file, team is not None and any(mention.at.file == file for mention in team.in_rows()))


def lacking(
    proposal: Proposal,
    team: DeclaredTeam,
    user: str,
    there: Sequence[Entry],
    wanted: Iterable[tuple[Thing, Days | None]],
) -> list[Given]:
    """Return what a person with some entries does not have yet; an entry for fewer days than wanted gets these."""
    given: list[Given] = []
    extended: list[tuple[Entry, Days | None]] = []
    for thing, days in wanted:
        if thing.kind == "member":
            has = [entry.lasting for entry in there] + [None] * leads(team, proposal.declared, user)
        else:
            has = [entry.days for entry in there if entry.thing == thing]
        if is_covered(days, has):
            continue
        old = [entry for entry in there if entry.thing == thing and covers(days, entry.days)]
        extended += [(entry, days) for entry in old[:1]]
        given += [] if old else [Given(team, thing, days)]
        for entry in old[1:]:
            remove(proposal, entry)
    set_days(proposal, extended)
    return given


def write(
    proposal: Proposal,
    person: DeclaredUser | None,
    email: str,
    home: Home,
    given: Sequence[Given],
    names: Mapping[str, str],
) -> None:
    """Declare a person who is not, with names, and give them things. Names of a declared person are set."""
    file = home.file if person is None else person.file
    email = email if person is None else person.email
    if person is not None:
        names = {key: name for key, name in names.items() if getattr(person, key, None) != name}
    if is_csv(file):
        rows = [_row(each) for each in given if home.in_rows]
        if person is None:
            rows = rows or [{}]
            rows[0].update(names)
        elif names:
            proposal.changes.edit_rows({"email": email}, names)
        for row in rows:
            proposal.changes.add_row(file, {"email": email, **row})
        given = [] if home.in_rows else given
    elif person is None:
        proposal.changes.set(None, file, ("users", email), Facts(tuple(names.items())))
    else:
        for key, name in names.items():
            proposal.changes.set(None, file, ("users", email, key), name)
    for team, thing, days in given:
        path = ("teams", team.name, *thing.path)
        proposal.changes.add_item(None, team.node.file, path, list_entry(email, days))


def _row(given: Given) -> dict[str, str]:
    starts, ends = given.days or (None, None)
    return {"team": given.team.name, **given.thing.cells, "from": starts or "", "until": ends or ""}
