"""The people of an account read from their table: many at a time, and of most no more kept than is known of them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import repeat
from operator import attrgetter
from typing import Any, Literal, TypeAlias
from zlib import crc32

from seatsync.account.directory import Directory, Known
from seatsync.account.things import User
from seatsync.targets.sql_schema import PEOPLE, UNUSUAL_PEOPLE, USUAL_PEOPLE
from seatsync.targets.sql_sums import NOTHING, SEPARATOR, sum_of
from seatsync.targets.sqlite import Database

STATUSES: dict[str, Literal["pending", "active"]] = {"pending": "pending", "active": "active"}
_SAID = attrgetter("email", "first_name", "last_name")
_EMAIL = attrgetter("email")

Rows: TypeAlias = Iterator[tuple[Any, ...]]
"""Rows as the driver gives them; Any, because only the file says what is in it. What is taken over is looked at."""


class Tally:
    """Rows counted and summed as they pass."""

    __slots__ = ("count", "total")

    def __init__(self) -> None:
        self.count = 0
        self.total = 0

    def following(self, rows: Rows) -> Rows:
        """Rows, one after the other."""
        for row in rows:
            self.count += 1
            self.total += sum_of(row)
            yield row

    def texts(self, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Rows of nothing but text, many at a time."""
        self.count += len(rows)
        self.total += sum(map(crc32, map(str.encode, map(SEPARATOR.join, rows))))
        return rows


class Everybody:
    """Everybody of an account being read: to the one text object that stands for them everywhere.

    For most of those who are just as they are `known`, that is the address that they are known by: so no table of
    them is needed. Whoever is not in the account is a KeyError.
    """

    __slots__ = ("directory", "others")

    def __init__(self, known: Mapping[str, Known]) -> None:
        self.directory = Directory(known, set(), {})
        self.others: dict[str, str] = {}

    def __getitem__(self, user: str) -> str:
        other = self.others.get(user)
        if other is not None:
            return other
        if user in self.directory.apart:
            raise KeyError(user)
        email = self.directory.known[user].email
        return email if email == user else user

    def get(self, user: str) -> str | None:
        """The text object of somebody, if they are in the account."""
        return self[user] if user in self.directory else None

    def all_of(self, names: list[str]) -> tuple[str, ...]:
        """The text objects of several, in their order."""
        known, apart = self.directory.known, self.directory.apart
        if not known:
            return tuple(map(self.others.__getitem__, names))
        try:
            found = list(map(_EMAIL, map(known.__getitem__, names)))
        except KeyError:  # somebody who is not known
            found = []
        if found == names and apart.isdisjoint(names):
            return tuple(found)
        return tuple(map(self.__getitem__, names))

    def read(self, database: Database) -> Tally:
        """Fill it: a step of Python for each column of each would cost most of the time."""
        tally, shared, directory = Tally(), dict[str, str](), self.directory
        if directory.known:
            names, start = sorted(directory.known), 0
            for some in database.batches(USUAL_PEOPLE):
                rows = tally.texts(_in_full(some))
                keys = [row[0] for row in rows]
                end = bisect_right(names, keys[-1], start)
                directory.apart.update(set(names[start:end]).difference(keys))
                start = end
                if not _as_known(some, keys, directory):
                    self._take_over(rows, shared)
            directory.apart.update(names[start:])
        for rows in database.batches(UNUSUAL_PEOPLE if directory.known else PEOPLE):
            self._take_over(tally.texts(rows), shared)
        if directory.known:
            in_order = sorted(directory.own.items())
            directory.own.clear()
            directory.own.update(in_order)
        return tally

    def _take_over(self, rows: list[tuple[Any, ...]], shared: dict[str, str]) -> None:
        """Take over people one by one; equal names are one text object, which is `shared`."""
        known, apart, own = self.directory.known, self.directory.apart, self.directory.own
        for key, email, first, last, status, instant in rows:
            said = known.get(key)
            if said is not None:
                if (*_SAID(said), "active", NOTHING) == (email, first, last, status, instant):
                    apart.discard(key)
                    continue
                apart.add(key)
            user = self.others[key] = key
            invited = None if instant == NOTHING else instant
            written = user if email == user else email
            names = shared.setdefault(first, first), shared.setdefault(last, last)
            own[user] = User(written, *names, STATUSES[status], invited)


def _in_full(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Rows of USUAL_PEOPLE as those of PEOPLE."""
    keys, firsts, lasts = zip(*rows, strict=True)
    return list(zip(keys, keys, firsts, lasts, repeat("active"), repeat(NOTHING), strict=False))


def _as_known(rows: list[tuple[Any, ...]], keys: list[str], directory: Directory) -> bool:
    """Whether some of the usual people are known, and all just so."""
    known = directory.known
    return all(map(known.__contains__, keys)) and list(map(_SAID, map(known.__getitem__, keys))) == rows
