"""What surrounds a run: streams, folder, environment, moment and colours, handed to every command."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TextIO

from seatsync.clock import Clock
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.progress import Task, show_progress


class Console(NamedTuple):
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

    @contextmanager
    def phase(self, name: str, doing: str) -> Iterator[Task]:
        """A part of a run: on a terminal it shows what it is `doing` if that takes long; with `-v` it says how long.

        Nothing is written meanwhile. Of a phase that fails nothing is said.
        """
        since = self.seconds()
        with show_progress(self.err, self.err_width, doing) as task:
            yield task
        self.timed(name, since)

    def timed(self, what: str, since: float) -> None:
        """With `-v`, say how long something took."""
        if self.verbose:
            self.say(f"{what}: {self.seconds() - since:.2f} s")
