"""What a terminal shows while something takes long: one line, drawn again and again, and taken away in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from threading import Event

LONG = 1.0
"""Seconds after which work is long enough to be shown."""

_BAR = 24
_EVERY = 0.1  # seconds between two drawings
_LINE_START = "\r\x1b[K"


class Progress:
    """How much of `total` is done. `width` None: no terminal, nothing is drawn. `seconds` is a clock that measures."""

    def __init__(self, stream: TextIO, width: int | None, total: int, seconds: Callable[[], float]) -> None:
        self.stream = stream
        self.width = width
        self.total = total
        self.seconds = seconds
        self.done = 0
        self._drawn = float("-inf")
        self._visible = False

    def step(self, text: str) -> None:
        """One more is done; `text` says what (already safe for a terminal)."""
        self.done += 1
        now = self.seconds()
        if self.width is not None and now - self._drawn >= _EVERY:
            self._drawn = now
            self._visible = True
            self.stream.write(_LINE_START + self._line(text, self.width))
            self.stream.flush()

    def clear(self) -> None:
        """Take the line away, to write something else or at the end."""
        if self._visible:
            self._visible = False
            self.stream.write(_LINE_START)
            self.stream.flush()

    def _line(self, text: str, width: int) -> str:
        return _fitting(f"{_bar(self.done, self.total)} {text}", width)


class Work:
    """Something under way: what, and how much of it is done, where that can be counted (`total` 0: it cannot)."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.done = 0
        self.total = 0

    def reached(self, done: int, total: int) -> None:
        """So much is done."""
        self.done, self.total = done, total

    def line(self, width: int) -> str:
        """How it stands, for a terminal of so many columns."""
        return _fitting(f"{_bar(self.done, self.total)} {self.what}" if self.total else f"{self.what} …", width)


@contextmanager
def at_work(stream: TextIO, width: int | None, what: str) -> Iterator[Work]:
    """Show work on a terminal once it takes `LONG`. `width` None: no terminal, nothing is shown.

    Meanwhile nobody else may write to the terminal. The work itself only counts, and never waits for the drawing.
    """
    work = Work(what)
    if width is None:
        yield work
        return
    from threading import Event, Thread  # noqa: PLC0415 - where there is no terminal nobody needs it

    ended = Event()
    drawing = Thread(target=_draw, args=(stream, width, work, ended), daemon=True)
    drawing.start()
    try:
        yield work
    finally:
        ended.set()
        drawing.join()


def _draw(stream: TextIO, width: int, work: Work, ended: Event) -> None:
    """Draw until the work has ended. A terminal that is gone is not told."""
    if ended.wait(LONG):
        return
    with suppress(OSError, ValueError):
        while True:
            stream.write(_LINE_START + work.line(width))
            stream.flush()
            if ended.wait(_EVERY):
                break
        stream.write(_LINE_START)
        stream.flush()


def _bar(done: int, total: int) -> str:
    filled = _BAR * done // total if total else _BAR
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}"


def _fitting(line: str, width: int) -> str:
    """A line that leaves the last column free: some terminals begin a new line when it is written."""
    return line[: max(0, width - 1)]
