"""Suggestions for unknown names: "did you mean …?"."""

from __future__ import annotations

from collections.abc import Collection

_COMPARISONS = 2_000_000  # per run: about a quarter of a second
_SHORT, _LONG = 4, 8  # names up to these lengths may differ by one and two letters; longer ones by three


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
    """Return the member of `names` nearest to `name`, the first of several; None if none is close enough."""
    folded = name.casefold()
    for other in names:
        if other.casefold() == folded:
            return other
    return _by_distance(name, names)


def _by_distance(name: str, names: Collection[str]) -> str | None:
    # Imported here because most runs have no misspelt names.
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    # Given a mapping, the library would compare its values.
    found = process.extractOne(name, tuple(names), scorer=OSA.distance, score_cutoff=_allowed(name))
    return None if found is None else str(found[0])


def _allowed(name: str) -> int:
    """Return how many letters may differ, by the length of the part before the `@`: the domain is mostly shared."""
    length = len(name.partition("@")[0])
    return 1 if length <= _SHORT else 2 if length <= _LONG else 3
