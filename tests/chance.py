"""Random values for tests that build large structures: Python's `Random`, with every decision drawn by hypothesis.

Failures therefore shrink: every choice tends to the first, every number to the least, and every event with a
probability to not happening. The same functions accept a plain `Random(seed)`, which is faster; `make soak` uses it.
"""

from __future__ import annotations

from functools import cache
from random import Random

from hypothesis import strategies as st

_BYTES = st.integers(0, 255)


@cache
def _below(limit: int) -> st.SearchStrategy[int]:
    return st.integers(0, limit - 1)


class _Drawn(Random):
    def __init__(self, draw: st.DrawFn) -> None:
        super().__init__(0)
        self._draw = draw

    def random(self) -> float:
        """Return a number below 1; the largest for the simplest draw of hypothesis, so that `random() < p` is false."""
        return (255 - self._draw(_BYTES)) / 256

    def getrandbits(self, bits: int, /) -> int:
        return self._randbelow(1 << bits)

    def _randbelow(self, limit: int) -> int:
        """Return a number below a limit; the source of every choice, shuffle and count of `Random`."""
        return self._draw(_below(limit)) if limit > 1 else 0


@st.composite
def chances(draw: st.DrawFn) -> Random:
    """Return a `Random` that draws as it is used."""
    return _Drawn(draw)
