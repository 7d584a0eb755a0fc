"""Named lists: which mentions close a circle, and the people for whom mentions stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from seatsync.clock import NEVER, Days, overlap
from seatsync.declaration.declared import ROLE_LISTS, Declaration, DeclaredList
from seatsync.declaration.fields import Diagnostics
from seatsync.declaration.mentions import ListMention, Mention, People

MOST_PEOPLE = 2_000_000
"""Limit on the people added by all mentions of lists; nested lists could multiply without end."""


def circles(lists: Mapping[str, DeclaredList]) -> list[tuple[str, ListMention]]:
    """Return the mentions that close a circle of lists, each with the name of the list that it is in."""
    return _in_depth(lists)[1]


def _in_depth(lists: Mapping[str, DeclaredList]) -> tuple[list[str], list[tuple[str, ListMention]]]:
    """Return the names of the lists, each after those that it mentions, and the mentions that close a circle."""
    order: list[str] = []
    closing: list[tuple[str, ListMention]] = []
    entered: set[str] = set()
    for start in lists:
        path = [] if start in entered else [(start, iter(lists[start].members.lists))]
        entered.add(start)
        above = {start}
        while path:
            name, mentions = path[-1]
            mention = next(mentions, None)
            if mention is None:
                path.pop()
                above.discard(name)
                order.append(name)
            elif mention.name in above:
                closing.append((name, mention))
            elif mention.name in lists and mention.name not in entered:
                entered.add(mention.name)
                above.add(mention.name)
                path.append((mention.name, iter(lists[mention.name].members.lists)))
    return order, closing


def expand_mentions(mentioning: Sequence[People], declaration: Declaration, diagnostics: Diagnostics) -> None:
    """Add the people for whom mentions stand to the lists, and to all lists of people that mention one.

    A field that mentions a list of which some people are unknown becomes `broken`.
    """
    order, closing = _in_depth(declaration.lists)
    expansion = _Expansion(diagnostics, frozenset(mention.at for _, mention in closing))
    for name in order:
        declared = declaration.lists[name]
        expansion.expand(declared.members)
        if _is_broken(declared.members):
            declared = declaration.lists[name] = declared._replace(broken=declared.broken | {"members"})
        expansion.known[name] = declared, tuple(_distinct(declared.members))
    for people in mentioning:
        expansion.expand(people)
    if any(map(_is_broken, mentioning)):
        _mark_broken(declaration)


class _Expansion:
    """The lists whose people are known, and how many people may be added yet."""

    def __init__(self, diagnostics: Diagnostics, closing: frozenset[object]) -> None:
        self.diagnostics = diagnostics
        self.closing = closing
        self.known: dict[str, tuple[DeclaredList, tuple[Mention, ...]]] = {}
        self.left = MOST_PEOPLE

    def expand(self, people: People) -> None:
        """Add the people for whom the mentions in a list of people stand."""
        lists = []
        for mention in people.lists:
            first, known = len(people.ids), self.known.get(mention.name)
            if known is None or mention.at in self.closing or not self._has_room(known[1], mention):
                lists.append(mention._replace(first=first, broken=True))
                continue
            named, members = known
            found = tuple(_on_days(members, mention.days))
            people.ids.extend(each.user for each in found)
            people.days.update({index: each.days for index, each in enumerate(found, first) if each.days is not None})
            lists.append(mention._replace(first=first, people=found, broken=bool(named.broken)))
        people.lists = lists

    def _has_room(self, members: tuple[Mention, ...], mention: ListMention) -> bool:
        """Return True if the people of a mention may be added. The first mention that has no room is reported."""
        if 0 <= self.left < len(members):
            message = f"mentions of named lists expand to more than {MOST_PEOPLE:,} people"
            self.diagnostics.report_shape(mention.at, message, "mention large lists in fewer places")
            self.left = -1
        elif self.left >= 0:
            self.left -= len(members)
        return self.left >= 0


def _distinct(people: People) -> Iterable[Mention]:
    """Return the people of a list, each once: an entry without days replaces all others of its person."""
    found: dict[tuple[str, Days | None], Mention] = {}
    for index, user in people.items():
        days, through = people.days.get(index), people.through(index)
        at = people.at(index) if through is None else through.person(index).at
        found.setdefault((user, days), Mention(user, people.written(index), at, days))
    whole = {user for user, days in found if days is None}
    return (each for (user, days), each in found.items() if days is None or user not in whole)


def _on_days(members: tuple[Mention, ...], days: Days | None) -> Iterator[Mention]:
    """Yield people with their days limited to those of a mention, without entries that are left with no day."""
    for each in members:
        both = overlap(days, each.days)
        if both != NEVER:
            yield each if both == each.days else each._replace(days=both)


def _is_broken(people: People) -> bool:
    return any(mention.broken for mention in people.lists)


def _mark_broken(declaration: Declaration) -> None:
    """Add the fields whose mentions are broken to `broken` of their teams, groups and contracts."""
    for name, team in declaration.teams.items():
        for group in team.groups.values():
            if _is_broken(group.members):
                team.groups[group.name] = group._replace(broken=group.broken | {"members"})
        roles = {ROLE_LISTS[role]: (people,) for role, people in team.role_lists()}
        broken = _broken_fields({**roles, "members": (team.members,), "seats": team.seats.values()})
        declaration.teams[name] = team._replace(broken=team.broken | broken)
    for number, contract in declaration.contracts.items():
        named = {"products": contract.users.values(), "services": contract.services.values()}
        broken = _broken_fields({**named, "support": (contract.support,), "members": (contract.members,)})
        declaration.contracts[number] = contract._replace(broken=contract.broken | broken)


def _broken_fields(fields: Mapping[str, Iterable[People]]) -> frozenset[str]:
    return frozenset(key for key, lists in fields.items() if any(map(_is_broken, lists)))
