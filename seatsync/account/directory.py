"""The people of an account, kept as what sets them apart from people who are known already.

An account is mostly read to be compared with a declaration, and nearly everybody is the same in both: of them nothing
needs to be kept a second time.
"""

from __future__ import annotations

from collections.abc import ItemsView, Iterable, Iterator, Mapping, MutableMapping
from types import MappingProxyType
from typing import Protocol

from seatsync.account.things import User


class Known(Protocol):
    """A person as somebody else knows them."""

    @property
    def email(self) -> str:
        """The address as first written."""

    @property
    def first_name(self) -> str | None:
        """The first name, if that is known."""

    @property
    def last_name(self) -> str | None:
        """The last name, if that is known."""


NOBODY_KNOWN: Mapping[str, Known] = MappingProxyType({})


class Directory(MutableMapping[str, User]):
    """People by identity. Of the `known`, all but the `apart` are here, active and just so; `own` has the others."""

    __slots__ = ("apart", "known", "own")

    def __init__(self, known: Mapping[str, Known], apart: set[str], own: dict[str, User]) -> None:
        self.known = known
        self.apart = apart
        self.own = own

    def __getitem__(self, user: str) -> User:
        found = self.own.get(user)
        if found is None:
            if user in self.apart:
                raise KeyError(user)
            found = as_user(self.known[user])
        return found

    def __contains__(self, user: object) -> bool:
        return user in self.own or (user in self.known and user not in self.apart)

    def __iter__(self) -> Iterator[str]:
        yield from (user for user in self.known if user not in self.apart)
        yield from self.own

    def __len__(self) -> int:
        return len(self.known) - len(self.apart) + len(self.own)

    def __setitem__(self, user: str, person: User) -> None:
        if user in self.known:
            self.apart.add(user)
        self.own[user] = person

    def __delitem__(self, user: str) -> None:
        if user not in self:
            raise KeyError(user)
        if user in self.known:
            self.apart.add(user)
        self.own.pop(user, None)

    def __copy__(self) -> Directory:
        return Directory(self.known, set(self.apart), dict(self.own))

    def items(self) -> ItemsView[str, User]:
        """Everybody with their identity."""
        return _Items(self)


class _Items(ItemsView[str, User]):
    __slots__ = ()
    _mapping: Directory

    def __iter__(self) -> Iterator[tuple[str, User]]:
        people = self._mapping
        yield from ((user, as_user(said)) for user, said in people.known.items() if user not in people.apart)
        yield from people.own.items()


def as_user(known: Known) -> User:
    """A known person as the account has them."""
    return User(known.email, known.first_name or "", known.last_name or "")


def not_as_known(people: Mapping[str, User], known: Mapping[str, Known]) -> Iterable[tuple[str, User]]:
    """Everybody, but for those who are certainly just as they are `known`."""
    return (people.own if isinstance(people, Directory) and people.known is known else people).items()


def differing(people: Mapping[str, User], others: Mapping[str, User]) -> Iterator[tuple[str, User]]:
    """Who of some people is not the same among others, or not there; in no particular order."""
    for user, person in _set_apart(people, others):
        if others.get(user) != person:
            yield user, person


def missing(people: Mapping[str, User], others: Mapping[str, User]) -> set[str]:
    """Who of some people is not among others."""
    return {user for user, _ in _set_apart(people, others) if user not in others}


def pending(people: Mapping[str, User]) -> Iterator[tuple[str, User]]:
    """Those who have not accepted their invitation yet."""
    some = people.own if isinstance(people, Directory) else people
    return ((user, person) for user, person in some.items() if person.status == "pending")


def _set_apart(people: Mapping[str, User], others: Mapping[str, User]) -> Iterator[tuple[str, User]]:
    """Everybody, but for some who are certainly the same among the others."""
    if people is others:
        return
    if isinstance(people, Directory) and isinstance(others, Directory) and people.known is others.known:
        yield from people.own.items()
        yield from ((user, people[user]) for user in others.apart - people.apart)
    elif isinstance(people, Directory):
        yield from people.items()
    else:
        yield from ((user, person) for user, person in people.items() if others.get(user) is not person)
