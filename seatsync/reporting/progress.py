"""A progress bar for a terminal: one line that is drawn again and again, and taken away in the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

_BAR = 24
_EVERY = 0.1  # seconds between two drawings
_LINE_START = "\r\x1b[K"


@dataclass(slots=True)
class Progress:
    """How much of `total` is done. `width` None: no terminal, nothing is drawn. `seconds` is a clock that measures."""

    stream: TextIO
    width: int | None
    total: int
    seconds: Callable[[], float]
    done: int = 0
    _drawn: float = float("-inf")
    _visible: bool = False

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
        filled = _BAR * self.done // self.total if self.total else _BAR
        line = f"[{'#' * filled}{'.' * (_BAR - filled)}] {self.done}/{self.total} {text}"
        # The last column stays free: some terminals begin a new line when it is written.
        return line[: max(0, width - 1)]
