"""A mirror as observations: what it knows, like what sources show."""

from __future__ import annotations

from typing import Final

from seatsync.account.model import Team
from seatsync.finding import Location
from seatsync.portal.knowledge import Look, Mirror
from seatsync.portal.observation import (
    Coverage,
    Fact,
    Facts,
    Key,
    Kind,
    Observation,
    Origin,
    Person,
    Purchase,
    Value,
)


def facts_of(mirror: Mirror) -> dict[Coverage, Observation]:
    """Return what a mirror knows, as one observation for each kind and team, like those of sources.

    What no source shows is not in it: `observed_account.py` takes that from the mirror itself. Seats are known in teams
    that no source has shown yet, because seatsync made them; but not where a source has only shown the people.
    """
    account, knowledge = mirror
    found: dict[Coverage, Facts] = {}
    for name, team in account.teams.items():
        for kind in _ALWAYS:
            found[kind, name] = _FACTS[kind](mirror, name, team)
        for kind in _IF_SHOWN:
            if (kind, name) in knowledge.looks or (kind == "seats" and ("people", name) not in knowledge.looks):
                found[kind, name] = _FACTS[kind](mirror, name, team)
    places = {sub.team or "" for sub in account.subscriptions.values()}
    places |= {team for kind, team in knowledge.looks if kind == "subscriptions"}
    for name in sorted(places):
        found["subscriptions", name] = _subscriptions(mirror, name)
    looks = {about: knowledge.looks.get(about, Look("")) for about in sorted(found)}
    return {
        about: Observation(look.source, look.moment, {about: found[about]}, remembered=True)
        for about, look in looks.items()
    }


class _Record:
    """The place of facts that are only remembered."""

    def at(self, start: int, first: int, last: int, *, stripped: bool = False) -> Location:  # noqa: ARG002 - as in Source
        """Return a place in no file."""
        return Location("", 1, 1, 1, 1)

    def may_be_cut(self, start: int) -> bool:  # noqa: ARG002 - as in Source
        """Return False: a record is whole."""
        return False


_REMEMBERED: Final = Origin(_Record(), 0, 0)


def _known(value: Value) -> Fact:
    return Fact(value, *_REMEMBERED)


def _people(mirror: Mirror, name: str, team: Team) -> Facts:
    users = mirror.account.users
    unknown = None if mirror.knowledge.mark(((("team", name),), "names")) == "open" else ""
    people = ((user, users[user]) for user in sorted(team.members))
    return {
        (user,): _known(Person(each.email, each.first_name or unknown, each.last_name or unknown))
        for user, each in people
    }


def _status(mirror: Mirror, _: str, team: Team) -> Facts:
    users, mark = mirror.account.users, mirror.knowledge.mark
    return {
        (user,): _known(None if mark(((("user", user),), "status")) == "open" else users[user].status)
        for user in sorted(team.members)
    }


def _roles(mirror: Mirror, name: str, team: Team) -> Facts:
    menu, roles = team.menu_roles(), dict[Key, Fact]()
    for user in sorted(team.members):
        is_open = mirror.knowledge.mark(((("team", name), ("user", user)), "role")) == "open"
        role = "primary" if user == team.primary else menu.get(user, "member")
        roles[user,] = _known(None if is_open else role)
    return roles


def _seats(mirror: Mirror, name: str, team: Team) -> Facts:
    products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
    held = {True: _known("direct"), False: _known("inherited"), None: _known("")}
    return {
        (product, user): held[mirror.knowledge.is_direct(name, product, user)]
        for product in sorted(products)
        for user in sorted(mirror.account.holders(name, product))
    }


def _groups(_: Mirror, __: str, team: Team) -> Facts:
    return {
        (group, user): _known("") for group, content in sorted(team.groups.items()) for user in sorted(content.members)
    }


def _subscriptions(mirror: Mirror, name: str) -> Facts:
    known, unplaced = mirror.account.subscriptions_of(name or None), mirror.knowledge.unplaced.items()
    found: dict[Key, Fact] = {(key,): _known(bought) for key, (team, bought) in unplaced if team == name}
    for key, sub in known.items():
        quantity = sub.seats if sub.tokens is None else sub.tokens
        active = None if mirror.knowledge.mark(((("subscription", key),), "active")) == "open" else True
        bought = Purchase(sub.product, sub.offering, quantity or 0, None, sub.starts, sub.ends, active=active)
        found[key,] = _known(bought)
    return dict(sorted(found.items()))


_ALWAYS: Final[tuple[Kind, ...]] = ("people", "roles")
_IF_SHOWN: Final[tuple[Kind, ...]] = ("status", "groups", "group_products", "seats")
_FACTS: Final = {
    "people": _people,
    "status": _status,
    "roles": _roles,
    "seats": _seats,
    "groups": _groups,
    "group_products": lambda *_: {},
}
"""The facts of each kind. Products of groups are taken from the mirror itself."""
