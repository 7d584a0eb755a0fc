"""Lists as written: people and products, where each of them is mentioned, and on which days.

Persons are identities (`account.email.identity`), days ISO text. Locations are computed when a finding is made.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

from seatsync.clock import Days, lasts
from seatsync.finding import Location, Related
from seatsync.reading.people_csv import Cell, place_of
from seatsync.reading.tree import YamlList, YamlMap


class Mention(NamedTuple):
    """One person named at one location. `days` is None for an entry without days.

    `place` is its location, or its cell in a CSV; `last` is that of the last day of a person's own entry or row.
    """

    user: str
    written: str
    place: Location | Cell
    days: Days | None = None
    last: Location | Cell | None = None

    @property
    def at(self) -> Location:
        """The location of the mention."""
        return place_of(self.place)

    @property
    def until(self) -> Location | None:
        """The location of the last day of a person's own entry or row, None if there is none."""
        return None if self.last is None else place_of(self.last)


class ListMention(NamedTuple):
    """A mention of the named list `name` by item `item` of a list of people.

    It stands for `people`, whose indexes in the list of people begin with `first`; their `at` is their place in the
    named list, or in one that it mentions. It is `broken` if some of its people are unknown.
    """

    name: str
    item: int
    at: Location
    days: Days | None
    first: int = 0
    people: tuple[Mention, ...] = ()
    broken: bool = False

    def person(self, index: int) -> Mention:
        """Return the person of an index in the list of people."""
        return self.people[index - self.first]


class People:
    """A list of persons in a file. `ids[i]` is the identity of item i of `node`, "" if the item is unreadable.

    `days` maps the index of an item to its days, for items that have any. An item that mentions a named list has the
    identity "", and no days; `lists` are these mentions. The people for whom they stand, and then `rows`, further
    persons from a CSV, have indexes that follow those of `node`.
    """

    __slots__ = ("days", "ids", "lists", "node", "rows")

    def __init__(self, node: YamlList, ids: list[str]) -> None:
        self.node = node
        self.ids = ids
        self.days: dict[int, Days] = {}
        self.lists: Sequence[ListMention] = ()
        self.rows: tuple[Mention, ...] = ()

    def with_rows(self, rows: Sequence[Mention]) -> "People":
        """Return this list with further persons from a CSV."""
        people = People(self.node, [*self.ids, *(mention.user for mention in rows)])
        people.lists = self.lists
        people.rows = (*self.rows, *rows)
        people.days = dict(self.days)
        people.days.update({i: each.days for i, each in enumerate(rows, len(self.ids)) if each.days is not None})
        return people

    def on(self, day: str) -> set[str]:
        """Return the people in the list on a day."""
        if not self.days:
            found = set(self.ids)
        else:
            found = {user for index, user in enumerate(self.ids) if lasts(self.days.get(index), day)}
        found.discard("")
        return found

    def items(self) -> Iterator[tuple[int, str]]:
        """Yield index and person of every readable item."""
        return ((index, user) for index, user in enumerate(self.ids) if user)

    def distinct(self, day: str | None = None) -> Iterator[tuple[int, str]]:
        """Yield index and person of every readable entry, or of those on a day.

        Named lists overlap: of two entries of a person, one of them in a named list, only the first is yielded;
        without a day, of two with the same days.
        """
        listed: dict[tuple[str, Days | None], bool] = {}
        for index, user in self.items():
            days = self.days.get(index)
            if day is not None and not lasts(days, day):
                continue
            if self.lists:
                key, is_listed = (user, days if day is None else None), self.through(index) is not None
                if key in listed and (is_listed or listed[key]):
                    continue
                listed.setdefault(key, is_listed)
            yield index, user

    def at(self, index: int) -> Location:
        """Return the location of the person of an item: the value of `user` or `list` if the item is a mapping."""
        if index >= len(self.node):
            through = self.through(index)
            return self._row(index).at if through is None else through.at
        item = self.node[index]
        named = next((key for key in ("user", "list") if key in item), None) if isinstance(item, YamlMap) else None
        return item.value_at(named) if isinstance(item, YamlMap) and named else self.node.item_at(index)

    def related(self, index: int) -> tuple[Related, ...]:
        """Return the location of a person in a named list, as related to `at`; nothing for all others."""
        through = self.through(index)
        return () if through is None else (Related(through.person(index).at, "listed here"),)

    def through(self, index: int) -> ListMention | None:
        """Return the mention that stands for the person of an index; None if an item or a row names the person."""
        if index < len(self.node) or not self.lists:
            return None
        mention = self.lists[bisect_right(self.lists, index, key=attrgetter("first")) - 1]
        return mention if index < mention.first + len(mention.people) else None

    def written(self, index: int) -> str:
        """Return the address of an item as written."""
        if index >= len(self.node):
            through = self.through(index)
            return (self._row(index) if through is None else through.person(index)).written
        item = self.node[index]
        return str(item["user"] if isinstance(item, YamlMap) else item)

    def until(self, index: int) -> Location | None:
        """Return the location of the last day of an item, None if it has none or is in a named list."""
        if index >= len(self.node):
            return None if self.through(index) is not None else self._row(index).until
        item = self.node[index]
        return item.value_at("until") if isinstance(item, YamlMap) and "until" in item else None

    def _row(self, index: int) -> Mention:
        return self.rows[index - len(self.ids) + len(self.rows)]


class Products:
    """A list of products in a file. `names[i]` is the product of item i of `node`, in NFC, "" if it is unreadable.

    `days` maps the index of an item to its days, for items that have any. Iteration yields each product once.
    """

    __slots__ = ("days", "names", "node")

    def __init__(self, node: YamlList, names: list[str], days: dict[int, Days]) -> None:
        self.node = node
        self.names = names
        self.days = days

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(filter(None, self.names)))

    def __contains__(self, product: str) -> bool:
        return bool(product) and product in self.names

    def __bool__(self) -> bool:
        return any(self.names)

    def items(self) -> Iterator[tuple[int, str]]:
        """Yield index and product of every readable item."""
        return ((index, name) for index, name in enumerate(self.names) if name)

    def on(self, day: str) -> set[str]:
        """Return the products in the list on a day."""
        return {name for index, name in self.items() if lasts(self.days.get(index), day)}

    def days_of(self, product: str) -> list[Days | None]:
        """Return the days of each item of a product."""
        return [self.days.get(index) for index, name in enumerate(self.names) if name == product]

    def at(self, index: int) -> Location:
        """Return the location of the product of an item (the value of `product` if the item is a mapping)."""
        item = self.node[index]
        return item.value_at("product") if isinstance(item, YamlMap) else self.node.item_at(index)

    def place_of(self, product: str) -> Location:
        """Return the location of a product that is in the list; of several, the first."""
        return self.at(self.names.index(product))

    def until(self, index: int) -> Location | None:
        """Return the location of the last day of an item, None if it has none."""
        item = self.node[index]
        return item.value_at("until") if isinstance(item, YamlMap) and "until" in item else None
