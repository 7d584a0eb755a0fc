"""A compact set of people: it takes a fifth of the memory of a Python set, for the many sets that are only read."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet


class CompactSet(AbstractSet[str]):
    """An immutable set of names, stored as a sorted tuple. Set operations return plain Python sets."""

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = tuple(sorted(set(names)))

    @classmethod
    def from_sorted(cls, names: tuple[str, ...]) -> CompactSet:
        """Return the set of names that are already sorted and unique."""
        created = cls.__new__(cls)
        created._names = names  # noqa: SLF001 - of this class
        return created

    def __repr__(self) -> str:
        return f"CompactSet({list(self._names)!r})"

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        at = bisect_left(self._names, name)
        return at < len(self._names) and self._names[at] == name

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompactSet):
            return self._names == other._names
        if not isinstance(other, AbstractSet):
            return NotImplemented
        return len(self._names) == len(other) and set(self._names) == other

    __hash__ = None  # type: ignore[assignment]  # like set, which also equals other sets

    def lists(self, names: list[str]) -> bool:
        """Return True if a sorted list contains exactly these names. Faster than making a set of the list."""
        return len(names) == len(self._names) and tuple(names) == self._names

    def including(self, name: str) -> CompactSet:
        """Return the set with a name added."""
        at = bisect_left(self._names, name)
        if self._names[at : at + 1] == (name,):
            return self
        return CompactSet.from_sorted((*self._names[:at], name, *self._names[at:]))

    def without(self, name: str) -> CompactSet:
        """Return the set with a name removed. Raises KeyError if it is missing."""
        at = bisect_left(self._names, name)
        if self._names[at : at + 1] != (name,):
            raise KeyError(name)
        return CompactSet.from_sorted((*self._names[:at], *self._names[at + 1 :]))

    # The base class would compute these name by name.

    def __sub__(self, other: AbstractSet[object]) -> set[str]:
        if isinstance(other, CompactSet):
            return set() if self._names == other._names else set(self._names).difference(other._names)
        return set(self._names).difference(other)

    def __rsub__(self, other: AbstractSet[str]) -> set[str]:
        return set(other).difference(self._names)

    def __and__(self, other: AbstractSet[object]) -> set[str]:
        return set(self._names).intersection(other)

    __rand__ = __and__

    def __or__(self, other: AbstractSet[str]) -> set[str]:  # type: ignore[override]  # names only
        return set(self._names).union(other)

    __ror__ = __or__

    def __le__(self, other: AbstractSet[object]) -> bool:
        return set(self._names).issubset(other)

    def __ge__(self, other: AbstractSet[object]) -> bool:
        return set(self._names).issuperset(other)

    def isdisjoint(self, other: Iterable[object]) -> bool:
        """Return True if no name is in both."""
        return set(self._names).isdisjoint(other)
