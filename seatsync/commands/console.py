"""What surrounds a run: streams, folder, environment, moment and colours, handed to every command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from seatsync.clock import Clock
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint


@dataclass(frozen=True, slots=True)
class Console:
    """The world as a command sees it. `out` carries the answer, `err` what concerns the run.

    `seconds` is a clock that only measures; `ask` shows a question and returns the line that is typed.
    """

    out: TextIO
    err: TextIO
    folder: Path
    environment: Mapping[str, str]
    now: Callable[[], datetime]
    seconds: Callable[[], float]
    ask: Callable[[str], str]
    interactive: bool
    paint: Paint
    err_paint: Paint
    verbose: bool = False
    err_width: int | None = None
    cache: bool = False

    def answer(self, text: str | Iterable[str]) -> None:
        """Write to standard output, as it is; a text of many pieces one by one."""
        self.out.writelines([text] if isinstance(text, str) else text)

    def say(self, text: str) -> None:
        """Write one line to standard error."""
        self.err.write(f"{visible(text)}\n")

    def clock(self, day: str | None, zone: str) -> Clock:
        """The clock of a run: the day that `--at` gives, or now."""
        return Clock.of(self.now(), zone) if day is None else Clock.at(day, zone)

    def path(self, name: str) -> Path:
        """A path of the command line, relative to the folder of the run."""
        return self.folder / name

    def timed(self, what: str, since: float) -> float:
        """With `-v`, say how long something took; returns the time now."""
        now = self.seconds()
        if self.verbose:
            self.say(f"{what}: {now - since:.2f} s")
        return now
