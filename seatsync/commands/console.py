"""The environment of a run, passed to every command: streams, folder, variables, clock and colours."""

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
    """The environment of a command. Output goes to `out`, progress and messages about the run to `err`.

    `seconds` is a monotonic clock; `ask` prompts and returns the typed line.
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

    def output(self, text: str | Iterable[str]) -> None:
        """Write text, or its pieces, to standard output unchanged."""
        self.out.writelines([text] if isinstance(text, str) else text)

    def info(self, text: str) -> None:
        """Write one escaped line to standard error."""
        self.err.write(f"{visible(text)}\n")

    def clock(self, day: str | None, zone: str) -> Clock:
        """Return the clock of the run: the date of `--at`, or now."""
        return Clock.of(self.now(), zone) if day is None else Clock.at(day, zone)

    def path(self, name: str) -> Path:
        """Resolve a path of the command line against the working folder."""
        return self.folder / name

    @contextmanager
    def phase(self, name: str, doing: str) -> Iterator[Task]:
        """Run a phase: show its progress on a terminal if it takes long, and its duration with `-v` if it succeeds.

        Nothing else may be written during a phase.
        """
        since = self.seconds()
        with show_progress(self.err, self.err_width, doing) as task:
            yield task
        self.timed(name, since)

    def timed(self, what: str, since: float) -> None:
        """With `-v`, write the duration of something to standard error."""
        if self.verbose:
            self.info(f"{what}: {self.seconds() - since:.2f} s")
