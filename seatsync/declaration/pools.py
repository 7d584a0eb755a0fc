"""Pools as declared: which subscriptions cover a product of a team, how much they hold, and who is assigned."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from seatsync.account.entitlements import capacity
from seatsync.clock import later
from seatsync.declaration.declared import (
    POOL_FIELDS,
    Days,
    Declaration,
    DeclaredGroup,
    DeclaredSubscription,
    DeclaredTeam,
    People,
    lasts,
)
from seatsync.finding import Location
from seatsync.reading.tree import YamlMap


class Use(NamedTuple):
    """When seats are in use: the first days, and the last days, of all spans. Nobody has two spans on one day."""

    firsts: tuple[str, ...]
    lasts: tuple[str, ...]

    def on(self, day: str) -> int:
        """How many are in use on a day."""
        return bisect_right(self.firsts, day) - bisect_left(self.lasts, day)


class Pool(NamedTuple):
    """A product that a team assigns, with the team's subscriptions to it and the groups that bring it."""

    team: DeclaredTeam
    product: str
    subscriptions: tuple[DeclaredSubscription, ...]
    groups: tuple[DeclaredGroup, ...]

    @property
    def things(self) -> tuple[tuple[str, str], ...]:
        """What a finding about this pool is about."""
        return (("team", self.team.name), ("product", self.product))

    @property
    def at(self) -> Location:
        """Where the team has the product: under `seats`, else in the first group that brings it, else by user."""
        section = self.team.node.get("seats")
        if isinstance(section, YamlMap) and self.product in section:
            return section.key_at(self.product)
        if self.groups:
            products = self.groups[0].products
            return products.item_at(products.index(self.product))
        return self.team.by_user[self.product][0].at

    def in_term(self, day: str) -> list[DeclaredSubscription]:
        """The subscriptions whose term a day lies in."""
        return [sub for sub in self.subscriptions if sub.in_term(day)]

    def capacity(self, day: str) -> int | None:
        """How many seats there are on a day; None where an offering in term is not counted."""
        return capacity(self.subscriptions, day)

    def holders(self, declared: Declaration, day: str) -> int:
        """How many declared persons are entitled on a day (the others are REF001's business)."""
        found = self.team.direct_on(self.product, day)
        for group in self.groups:
            found |= group.members.on(day)
        return len(found & declared.users.keys())

    def entries(self) -> int:
        """How many entries there are, on whatever day: there are never more holders."""
        listed = sum(len(people.ids) for people in self._lists())
        return listed + len(self.team.by_user.get(self.product, ()))

    def spans(self, declared: Declaration) -> list[tuple[str, str, str]]:
        """Who of the declared persons is entitled from when to when, in the order of the files.

        What sorts before and after every day stands for an open side.
        """
        return [(user, *_span(days)) for user, days in self._entries() if user in declared.users]

    def assigned(self, day: str) -> bool:
        """Whether the team gives the product to anybody or to any group on a day."""
        people = self.team.seats.get(self.product)
        return (
            (people is not None and anyone(people, day))
            or bool(self.groups)
            or any(lasts(mention.days, day) for mention in self.team.by_user.get(self.product, ()))
        )

    def turning_days(self, day: str, notice: int) -> list[str]:
        """The days from tomorrow to the end of the notice on which a term or an entry begins, or has just ended."""
        last = _later(day, notice)
        return [turn for turn in self.turns_after(day) if turn <= last]

    def turns_after(self, day: str) -> list[str]:
        """All days after a day on which a term or an entry begins, or has just ended."""
        return turns_after(day, self._bounds())

    def use(self, declared: Declaration) -> Use:
        """How many declared persons are entitled, for any day."""
        spans: dict[str, list[tuple[str, str]]] = {}
        for user, first, last in self.spans(declared):
            spans.setdefault(user, []).append((first, last))
        apart = [span for own in spans.values() for span in _merged(own)]
        return Use(tuple(sorted(first for first, _ in apart)), tuple(sorted(last for _, last in apart)))

    def _bounds(self) -> Iterator[Days]:
        yield from ((sub.starts, sub.ends) for sub in self.subscriptions)
        for people in self._lists():
            yield from people.days.values()
        for mention in self.team.by_user.get(self.product, ()):
            if mention.days is not None:
                yield mention.days

    def _entries(self) -> Iterator[tuple[str, Days | None]]:
        for people in self._lists():
            for index, user in enumerate(people.ids):
                yield user, people.days.get(index)
        for mention in self.team.by_user.get(self.product, ()):
            yield mention.user, mention.days

    def _lists(self) -> Iterator[People]:
        people = self.team.seats.get(self.product)
        if people is not None:
            yield people
        for group in self.groups:
            yield group.members


def pools(declared: Declaration) -> Iterator[Pool]:
    """Every product that a team assigns, where the files leave no doubt which subscriptions it has.

    A subscription that was refused in part, or names an undeclared team, has a finding of its own; what could follow
    from that is passed over.
    """
    if not declared.whole("subscriptions"):
        return
    bought: dict[tuple[str, str], list[DeclaredSubscription]] = {}
    for sub in declared.subscriptions.values():
        if sub.team is not None:
            bought.setdefault((sub.team, sub.product), []).append(sub)
    doubts = set(_doubts(declared))
    for team in declared.teams.values():
        groups = groups_by_product(team)
        for product in team.products():
            key = (team.name, product)
            if not doubts or doubts.isdisjoint((key, (None, product), (team.name, None), (None, None))):
                yield Pool(team, product, tuple(bought.get(key, ())), tuple(groups.get(product, ())))


def groups_by_product(team: DeclaredTeam) -> dict[str, list[DeclaredGroup]]:
    """The groups of a team that bring each product, in their order."""
    found: dict[str, list[DeclaredGroup]] = {}
    for group in team.groups.values():
        for product in dict.fromkeys(name for name in group.products if isinstance(name, str)):
            found.setdefault(product, []).append(group)
    return found


def _doubts(declared: Declaration) -> Iterator[tuple[str | None, str | None]]:
    """Team and product of the subscriptions that are not to be relied on; None where it may be any."""
    for sub in declared.subscriptions.values():
        astray = "team" in sub.broken or (sub.team is not None and sub.team not in declared.teams)
        if astray or (sub.team is not None and sub.broken & POOL_FIELDS):
            yield None if astray else sub.team, None if "product" in sub.broken else sub.product


def anyone(people: People, day: str) -> bool:
    """Whether a list has an entry on a day, be it readable and declared or not."""
    return entries(people, day) > 0


def entries(people: People, day: str) -> int:
    """How many entries a list has on a day, be they readable and declared or not."""
    if not people.days:
        return len(people.ids)
    return sum(lasts(people.days.get(index), day) for index in range(len(people.ids)))


def seats(count: int) -> str:
    """A number of seats in words."""
    return "1 seat" if count == 1 else f"{count} seats"


def turns_after(day: str, bounds: Iterable[Days]) -> list[str]:
    """The days after a day on which one of some spans begins, or has just ended."""
    turns = {turn for days in set(bounds) for turn in _turns(days)}
    return sorted(turn for turn in turns if turn > day)


def _turns(days: Days) -> Iterator[str]:
    starts, ends = days
    if starts is not None:
        yield starts
    if ends is not None:
        yield _later(ends, 1)


_later = lru_cache(maxsize=1024)(later)  # most terms end on the same few days


def _span(days: Days | None) -> tuple[str, str]:
    """The days of an entry; what sorts before and after every day stands for an open side."""
    starts, ends = days or (None, None)
    return starts or "", ends or "~"


def _merged(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The spans of one person, those that meet made one. One that ends before it begins is none."""
    found: list[tuple[str, str]] = []
    for first, last in sorted(spans):
        if first > last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
