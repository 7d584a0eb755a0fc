"""Suggestions for names that are not declared: the nearest declared name, never another person."""

import re
from collections.abc import Collection

_COMPARISONS = 2_000_000  # per run: about a quarter of a second
_SHORT, _LONG = 4, 8  # names up to these lengths may differ by one and two letters; longer ones by three
_CANDIDATES = 10  # nearest people of whom the first who is not somebody else is suggested
_NOT_LETTERS = re.compile(r"[\W\d_]+")
_DIGITS = re.compile(r"\d+")
_TWICE = re.compile(r"(.)\1+")


class Suggester:
    """Suggestions from a fixed collection of names, cached, with a limited number of comparisons in total."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._left = max(1, _COMPARISONS // max(1, len(names)))
        self._known: dict[str, str | None] = {}

    def nearest(self, name: str) -> str | None:
        """Return the nearest name if it is close enough, or None, also if no comparisons are left."""
        if name not in self._known:
            if self._left == 0:
                return None
            self._left -= 1
            self._known[name] = nearest(name, self._names)
        return self._known[name]


def nearest(name: str, names: Collection[str]) -> str | None:
    """Return the member of `names` nearest to `name`, the first of several; None if none is close enough.

    Of addresses, only those that may belong to the same person are considered.
    """
    folded = name.casefold()
    for other in names:
        if other.casefold() == folded:
            return other
    return next((other for other in _by_distance(name, names) if "@" not in name or may_be_same(name, other)), None)


def nearest_person(local: str, names: Collection[str]) -> str | None:
    """Return the local part of an address that is nearest to a text, None if none may be the same person."""
    found = nearest(f"{local}@", [f"{name}@" for name in names])
    return None if found is None else found[:-1]


def _by_distance(name: str, names: Collection[str]) -> list[str]:
    # Imported here because most runs have no misspelt names.
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    # Given a mapping, the library would compare its values.
    most = _CANDIDATES if "@" in name else 1
    found = process.extract(name, tuple(names), scorer=OSA.distance, score_cutoff=_allowed(name), limit=most)
    return [str(other) for other, *_ in found]


def _allowed(name: str) -> int:
    """Return how many letters may differ, by the length of the part before the `@`: the domain is mostly shared."""
    length = len(name.partition("@")[0])
    return 1 if length <= _SHORT else 2 if length <= _LONG else 3


def may_be_same(address: str, known: str) -> bool:
    """Return True if two similar addresses may be one person's: their first names and their numbers are the same.

    A first name may have swapped letters, or one of them twice (`bne`, `marrta`): that is a slip of the keys. An
    address of one word may differ in one letter after the first, and a long one as far as all names may.
    """
    mine, theirs = (each.rpartition("@")[0].casefold() for each in (address, known))
    if _DIGITS.findall(mine) != _DIGITS.findall(theirs):
        return False
    words, others = ([word for word in _NOT_LETTERS.split(local) if word] for local in (mine, theirs))
    if not words or len(words) != len(others):
        return mine == theirs
    one, other = words[0], others[0]
    if len(words) == 1 and one[0] == other[0] and (len(one) > _LONG or _distance(one, other) <= 1):
        return True
    return _is_slip(one, other)


def _distance(one: str, other: str) -> int:
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    return int(OSA.distance(one, other))


def _is_slip(one: str, other: str) -> bool:
    """Return True if two words are equal but for two swapped neighbours or doubled letters."""
    if _TWICE.sub(r"\1", one) == _TWICE.sub(r"\1", other):
        return True
    apart = [index for index, pair in enumerate(zip(one, other, strict=False)) if pair[0] != pair[1]]
    return len(one) == len(other) and len(apart) == 2 and one[apart[0]] == other[apart[1]]  # noqa: PLR2004 - a pair
