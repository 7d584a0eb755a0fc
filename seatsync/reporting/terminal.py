"""Colours and the progress line of a terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple, TextIO

_RESET = "\x1b[0m"


class Paint(NamedTuple):
    """Colours text if they are enabled; `PLAIN` never does."""

    on: bool

    def bold(self, text: str) -> str:
        """Return text in bold, for headings."""
        return self._sgr("1", text)

    def dim(self, text: str) -> str:
        """Return dimmed text, for secondary details."""
        return self._sgr("2", text)

    def red(self, text: str) -> str:
        """Return red text, for errors and removals."""
        return self._sgr("31", text)

    def green(self, text: str) -> str:
        """Return green text, for additions and success."""
        return self._sgr("32", text)

    def yellow(self, text: str) -> str:
        """Return yellow text, for warnings and changes."""
        return self._sgr("33", text)

    def cyan(self, text: str) -> str:
        """Return cyan text, for information and steps that wait for people."""
        return self._sgr("36", text)

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}{_RESET}" if self.on and text else text


PLAIN = Paint(on=False)


if TYPE_CHECKING:
    from threading import Event

LONG = 1.0
"""Seconds before progress is shown."""

_BAR = 24
_EVERY = 0.1  # seconds between two drawings
_LINE_START = "\r\x1b[K"


class Progress:
    """A progress bar. Nothing is drawn if `width` is None (no terminal). `seconds` is a monotonic clock."""

    def __init__(self, stream: TextIO, width: int | None, total: int, seconds: Callable[[], float]) -> None:
        self.stream = stream
        self.width = width
        self.total = total
        self.seconds = seconds
        self.done = 0
        self._drawn = float("-inf")
        self._visible = False

    def step(self, text: str) -> None:
        """Count one more item as done; `text` describes it and is already escaped."""
        self.done += 1
        now = self.seconds()
        if now - self._drawn >= _EVERY:
            self._drawn = now
            self.show(text)

    def show(self, text: str) -> None:
        """Draw the line now, with a text such as what the next item waits for."""
        if self.width is not None:
            self._visible = True
            self.stream.write(_LINE_START + self._line(text, self.width))
            self.stream.flush()

    def clear(self) -> None:
        """Remove the line, at the end or before other output."""
        if self._visible:
            self._visible = False
            self.stream.write(_LINE_START)
            self.stream.flush()

    def _line(self, text: str, width: int) -> str:
        return _fitting(f"{_bar(self.done, self.total)} {text}", width)


class Task:
    """A running operation and its progress; `total` is 0 if it cannot be counted."""

    def __init__(self, what: str) -> None:
        self.what = what
        self.done = 0
        self.total = 0

    def reached(self, done: int, total: int) -> None:
        """Set the progress."""
        self.done, self.total = done, total

    def show(self, text: str) -> None:
        """Replace what is shown as running."""
        self.what = text

    def line(self, width: int) -> str:
        """Return the line for a terminal of `width` columns."""
        return _fitting(f"{_bar(self.done, self.total)} {self.what}" if self.total else f"{self.what} …", width)


@contextmanager
def show_progress(stream: TextIO, width: int | None, what: str) -> Iterator[Task]:
    """Show the progress of an operation that takes longer than `LONG`; nothing if `width` is None (no terminal).

    Nothing else may write to the terminal in the meantime. The operation never waits for the drawing thread.
    """
    task = Task(what)
    if width is None:
        yield task
        return
    from threading import Event, Thread  # noqa: PLC0415 - only needed on a terminal

    ended = Event()
    drawing = Thread(target=_draw, args=(stream, width, task, ended), daemon=True)
    drawing.start()
    try:
        yield task
    finally:
        ended.set()
        drawing.join()


def _draw(stream: TextIO, width: int, task: Task, ended: "Event") -> None:
    """Draw until the operation ends; errors of a closed terminal are ignored."""
    if ended.wait(LONG):
        return
    with suppress(OSError, ValueError):
        while True:
            stream.write(_LINE_START + task.line(width))
            stream.flush()
            if ended.wait(_EVERY):
                break
        stream.write(_LINE_START)
        stream.flush()


def _bar(done: int, total: int) -> str:
    filled = _BAR * done // total if total else _BAR
    return f"[{'#' * filled}{'.' * (_BAR - filled)}] {done}/{total}"


def _fitting(line: str, width: int) -> str:
    """Return a line without the last column, because some terminals wrap when it is written."""
    return line[: max(0, width - 1)]
