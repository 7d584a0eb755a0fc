"""Declared pools: the subscriptions to a product in a team, their capacity, and the people assigned."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import NamedTuple

from seatsync.account.entitlements import capacity
from seatsync.clock import Days, lasts, later, overlap
from seatsync.declaration.declared import POOL_FIELDS, Declaration, DeclaredGroup, DeclaredSubscription, DeclaredTeam
from seatsync.declaration.mentions import People
from seatsync.finding import Location
from seatsync.reading.tree import YamlMap


class Use(NamedTuple):
    """Usage of seats over time: the sorted first days and last days of all spans. Spans of a person do not overlap."""

    firsts: tuple[str, ...]
    lasts: tuple[str, ...]

    def on(self, day: str) -> int:
        """Return the number of seats in use on a day."""
        return bisect_right(self.firsts, day) - bisect_left(self.lasts, day)


class Pool(NamedTuple):
    """A product that a team assigns, with the team's subscriptions to it and the groups that grant it."""

    team: DeclaredTeam
    product: str
    subscriptions: tuple[DeclaredSubscription, ...]
    groups: tuple[DeclaredGroup, ...]

    @property
    def things(self) -> tuple[tuple[str, str], ...]:
        """The subjects of a finding about this pool."""
        return (("team", self.team.name), ("product", self.product))

    @property
    def at(self) -> Location:
        """The location of the product: under `seats`, else in the first group that grants it, else at a user."""
        section = self.team.node.get("seats")
        if isinstance(section, YamlMap) and self.product in section:
            return section.key_at(self.product)
        if self.groups:
            return self.groups[0].products.place_of(self.product)
        return self.team.by_user[self.product][0].at

    def in_term(self, day: str) -> list[DeclaredSubscription]:
        """Return the subscriptions that are in term on a day."""
        return [sub for sub in self.subscriptions if sub.in_term(day)]

    def capacity(self, day: str) -> int | None:
        """Return the number of seats on a day, None if an offering in term is not counted."""
        return capacity(self.subscriptions, day)

    def holders(self, declared: Declaration, day: str) -> int:
        """Return the number of declared persons entitled on a day. REF001 reports undeclared ones."""
        found = self.team.direct_on(self.product, day)
        for group in self.groups:
            if group.gives_on(self.product, day):
                found |= group.members.on(day)
        return len(found & declared.users.keys())

    def entries(self) -> int:
        """Return the number of entries on all days, an upper bound of the holders."""
        listed = sum(len(people.ids) for people in self._lists())
        return listed + len(self.team.by_user.get(self.product, ()))

    def spans(self, declared: Declaration) -> list[tuple[str, str, str]]:
        """Return the entitlements of declared persons (person, first day, last day), in the order of the files.

        An open start or end is a text that sorts before or after every day.
        """
        return [(user, *_span(days)) for user, days in self._entries() if user in declared.users]

    def assigned(self, day: str) -> bool:
        """Return True if the team assigns the product to a person or group on a day."""
        people = self.team.seats.get(self.product)
        return (
            (people is not None and has_entries(people, day))
            or any(group.gives_on(self.product, day) for group in self.groups)
            or any(lasts(mention.days, day) for mention in self.team.by_user.get(self.product, ()))
        )

    def boundaries_within(self, day: str, notice: int) -> list[str]:
        """Return the boundary days (see `boundaries_after`) within `notice` days after a day."""
        last = _later(day, notice)
        return [boundary for boundary in self.boundaries_after(day) if boundary <= last]

    def boundaries_after(self, day: str) -> list[str]:
        """Return the boundary days of terms and entries after a day."""
        return boundaries_after(day, self._bounds())

    def use(self, declared: Declaration) -> Use:
        """Return the usage by declared persons."""
        spans: dict[str, list[tuple[str, str]]] = {}
        for user, first, last in self.spans(declared):
            spans.setdefault(user, []).append((first, last))
        apart = [span for own in spans.values() for span in _merged(own)]
        return Use(tuple(sorted(first for first, _ in apart)), tuple(sorted(last for _, last in apart)))

    def _bounds(self) -> Iterator[Days]:
        yield from (sub.pool_days() for sub in self.subscriptions)
        for people in self._lists():
            yield from people.days.values()
        for group in self.groups:
            yield from (days for name, days in group.given() if name == self.product and days is not None)
        for mention in self.team.by_user.get(self.product, ()):
            if mention.days is not None:
                yield mention.days

    def _entries(self) -> Iterator[tuple[str, Days | None]]:
        people = self.team.seats.get(self.product)
        if people is not None:
            yield from _within(people, None)
        for group in self.groups:
            for name, days in group.given():
                if name == self.product:
                    yield from _within(group.members, days)
        for mention in self.team.by_user.get(self.product, ()):
            yield mention.user, mention.days

    def _lists(self) -> Iterator[People]:
        people = self.team.seats.get(self.product)
        if people is not None:
            yield people
        for group in self.groups:
            yield group.members


def pools(declared: Declaration) -> Iterator[Pool]:
    """Yield the pool of every product that a team assigns, if its subscriptions are certain.

    A partly invalid subscription, or one in an undeclared team, has a finding of its own; pools that it may affect are
    skipped, to avoid consequential findings.
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
    """Return the groups of a team that grant each product, in declared order."""
    found: dict[str, list[DeclaredGroup]] = {}
    for group in team.groups.values():
        for product in group.products:
            found.setdefault(product, []).append(group)
    return found


def _doubts(declared: Declaration) -> Iterator[tuple[str | None, str | None]]:
    """Yield team and product of unreliable subscriptions; None means any team or product."""
    for sub in declared.subscriptions.values():
        uncertain_team = "team" in sub.broken or (sub.team is not None and sub.team not in declared.teams)
        if uncertain_team or (sub.team is not None and sub.broken & POOL_FIELDS):
            yield None if uncertain_team else sub.team, None if "product" in sub.broken else sub.product


def has_entries(people: People, day: str) -> bool:
    """Return True if a list has an entry on a day, valid or not."""
    return count_entries(people, day) > 0


def count_entries(people: People, day: str) -> int:
    """Return the number of entries of a list on a day, valid or not. Named lists count by their people, each once."""
    if people.lists:
        return people.ids.count("") - len(people.lists) + sum(1 for _ in people.distinct(day))
    if not people.days:
        return len(people.ids)
    return sum(lasts(people.days.get(index), day) for index in range(len(people.ids)))


def seats(count: int) -> str:
    """Return a number of seats as text, for example `3 seats`."""
    return "1 seat" if count == 1 else f"{count} seats"


def boundaries_after(day: str, bounds: Iterable[Days]) -> list[str]:
    """Return the days after `day` on which a span begins, and those that follow the end of a span, sorted."""
    boundaries = {boundary for days in set(bounds) for boundary in _boundaries(days)}
    return sorted(boundary for boundary in boundaries if boundary > day)


def _boundaries(days: Days) -> Iterator[str]:
    starts, ends = days
    if starts is not None:
        yield starts
    if ends is not None:
        yield _later(ends, 1)


_later = lru_cache(maxsize=1024)(later)  # most terms end on the same few days


def _within(people: People, days: Days | None) -> Iterator[tuple[str, Days | None]]:
    """Yield the people in a list that counts on some days only, with the days of their entries among these."""
    if days is None:
        return ((user, people.days.get(index)) for index, user in enumerate(people.ids))
    return ((user, overlap(people.days.get(index), days)) for index, user in enumerate(people.ids))


def _span(days: Days | None) -> tuple[str, str]:
    """Return first and last day of an entry; an open end is a text that sorts before or after every day."""
    starts, ends = days or (None, None)
    return starts or "", ends or "~"


def _merged(spans: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Merge the overlapping spans of one person. Spans that end before they begin are dropped."""
    found: list[tuple[str, str]] = []
    for first, last in sorted(spans):
        if first > last:
            continue
        if found and first <= found[-1][1]:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found
