"""The nearest known name to one that is not known: "did you mean …?"."""

from __future__ import annotations

from collections.abc import Collection

_COMPARISONS = 2_000_000  # what one run may spend on guessing: about a quarter of a second
_SHORT, _LONG = 4, 8  # a name of so many letters may differ by one, by two; a longer one by three


class Suggester:
    """Guesses what was meant, among names that stay the same for a run. Remembers its answers, and tires in the end."""

    def __init__(self, names: Collection[str]) -> None:
        self._names = names
        self._left = max(1, _COMPARISONS // max(1, len(names)))
        self._known: dict[str, str | None] = {}

    def nearest(self, name: str) -> str | None:
        """The nearest name if it is close enough to have been meant."""
        if name not in self._known:
            if self._left == 0:
                return None
            self._left -= 1
            self._known[name] = nearest(name, self._names)
        return self._known[name]


def nearest(name: str, names: Collection[str]) -> str | None:
    """The name out of `names` that is nearest to `name`, or None where none is close. The first of equals wins."""
    folded = name.casefold()
    for other in names:
        if other.casefold() == folded:
            return other
    return _by_distance(name, names)


def _by_distance(name: str, names: Collection[str]) -> str | None:
    # Only what is misspelt needs the library, and most repositories have nothing misspelt.
    from rapidfuzz import process  # noqa: PLC0415
    from rapidfuzz.distance import OSA  # noqa: PLC0415

    # A tuple: of a mapping the library would compare the values.
    found = process.extractOne(name, tuple(names), scorer=OSA.distance, score_cutoff=_allowed(name))
    return None if found is None else str(found[0])


def _allowed(name: str) -> int:
    """How many letters may differ. Of an address the part before the `@` counts: the rest is the same for everybody."""
    length = len(name.partition("@")[0])
    return 1 if length <= _SHORT else 2 if length <= _LONG else 3
