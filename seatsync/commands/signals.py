"""Signal handling during apply: the first signal is deferred, a second one stops at once."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from seatsync.errors import Interrupted

_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


@contextmanager
def deferred_signals() -> Iterator[Callable[[], int | None]]:
    """Defer the terminating signals; yield a function that returns the one received, or None.

    A second signal raises `Interrupted` immediately; the step in progress is rolled back and locks are released.
    """
    noted: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        if noted:
            raise Interrupted(number, "stopped at once; the step in progress was rolled back, earlier steps are kept")
        noted.append(number)

    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: noted[0] if noted else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
