"""Signals while something is applied: the first one is noted, a second one stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from seatsync.errors import Interrupted

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def noted_signals() -> Iterator[Callable[[], int | None]]:
    """Within it, the signals that end a program are noted; the function says which came, if any.

    A second one raises Interrupted where the program just is: what is under way is undone, and nothing left locked.
    """
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if noted:
            raise Interrupted(number, "stopped at once; what was under way is undone, what was done before is kept")
        noted.append(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: noted[0] if noted else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
