"""The console of a run: streams, folder, environment, clock, colours, signals, and files for reports."""

import os
import re
import signal
import stat
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep
from types import FrameType
from typing import NamedTuple, TextIO

from seatsync.clock import Clock
from seatsync.errors import FileProblem, Interrupted, WrongUsage
from seatsync.reporting.escape import visible
from seatsync.reporting.terminal import PLAIN, Paint, Task, show_progress


class Console(NamedTuple):
    """The environment of a command. Output goes to `out`, progress and messages about the run to `err`.

    `seconds` is a monotonic clock, and `sleep` waits for some seconds; `ask` prompts and returns the typed line.
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
    sleep: Callable[[float], None] = sleep
    debug: bool = False

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

    def directory(self, name: str | None) -> Path:
        """Resolve the folder that a command works on; None is the working folder. Raises `WrongUsage` if it is none."""
        folder = self.folder if name is None else self.path(name)
        if not folder.is_dir():
            raise WrongUsage(f"{name}: {'is not a folder' if folder.exists() else 'there is no such folder'}")
        return folder

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


_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")


class _Noting:
    """A handler that notes the first signal, and raises `Interrupted` for a second one."""

    def __init__(self, at_once: str) -> None:
        self.at_once = at_once
        self.number: int | None = None

    def __call__(self, number: int, _: FrameType | None) -> None:
        if self.number is not None:
            raise Interrupted(number, f"stopped at once; {self.at_once}")
        self.number = number


@contextmanager
def deferred_signals(
    at_once: str = "the step in progress was rolled back, earlier steps are kept",
) -> Iterator[Callable[[], int | None]]:
    """Defer the terminating signals; yield a function that returns the one received, or None.

    A second signal raises `Interrupted` immediately, with what that means; locks are released. Where signals are
    deferred already, by what runs this as a part of it, the outer function returns the signal afterwards, too.
    """
    note = _Noting(at_once)
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    before = {number: signal.signal(number, note) for number in numbers}
    try:
        yield lambda: note.number
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        outer = None if note.number is None else before[signal.Signals(note.number)]
        if isinstance(outer, _Noting) and outer.number is None:
            outer.number = note.number


_USUAL_WIDTH = 80


def console(
    *,
    folders: Sequence[str] = (),
    verbose: bool = False,
    debug: bool = False,
    color: bool | None = None,
) -> Console:
    """Return the console for the global options. Raises `WrongUsage` if `-C` names no folder."""
    folder = Path.cwd().joinpath(*folders)
    if not folder.is_dir():
        raise WrongUsage(f"-C {os.path.join(*folders)}: there is no such folder")  # noqa: PTH118 - as it was written
    terminal = all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr))
    return Console(
        out=sys.stdout,
        err=sys.stderr,
        folder=folder,
        environment=os.environ,
        now=lambda: datetime.now(UTC),
        seconds=monotonic,
        ask=_ask,
        interactive=terminal,
        paint=paint(sys.stdout, color=color),
        err_paint=paint(sys.stderr, color=color),
        verbose=verbose or debug,
        debug=debug,
        err_width=_width(sys.stderr) if _draws(sys.stderr) else None,
    )


def paint(stream: TextIO, *, color: bool | None) -> Paint:
    """Return colours as requested; by default on a terminal, unless the environment disables them."""
    if color is not None:
        return Paint(on=color)
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Paint(on=stream.isatty() and not plain)


def _draws(stream: TextIO) -> bool:
    """Return True if lines can be redrawn on a stream: an interactive terminal outside of CI."""
    return stream.isatty() and os.environ.get("TERM") != "dumb" and not os.environ.get("CI")


def _width(stream: TextIO) -> int:
    """Return the columns of a terminal, with a default for those that report none."""
    return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH


def _ask(question: str) -> str:
    """Prompt on standard error, and return the typed line; end the line on the screen also without input."""
    line = ""
    try:
        sys.stderr.write(question)
        sys.stderr.flush()
        line = sys.stdin.readline()
    finally:
        if not line.endswith("\n"):
            sys.stderr.write("\n")
    return line.strip()


_FORMAT_AND_FILE = re.compile(r"([a-z0-9-]+)=(.+)", re.DOTALL)


class Outputs(NamedTuple):
    """The main format with its file (None: standard output), and further formats with their files."""

    format: str
    file: Path | None = None
    further: tuple[tuple[str, Path], ...] = ()


def outputs(form: str, wanted: Sequence[str], formats: Collection[str], console: Console) -> Outputs:
    """Parse `--format` and `--output`. Raises `WrongUsage` for an unknown format or a file named twice."""
    _must_exist(form, formats)
    file: Path | None = None
    further: list[tuple[str, Path]] = []
    for text in wanted:
        match = _FORMAT_AND_FILE.fullmatch(text)
        if match:
            _must_exist(match[1], formats)
            further.append((match[1], console.path(match[2])))
        elif file is not None:
            raise WrongUsage(
                f"--output {text}: the output already goes to another file; use --output FORMAT=FILE for another one"
            )
        elif not text:
            raise WrongUsage("--output needs FILE or FORMAT=FILE")
        else:
            file = console.path(text)
    where = Outputs(form, file, tuple(further))
    all_different(files_of(where))
    return where


def files_of(where: Outputs) -> list[Path]:
    """Return every file that the output goes to."""
    return [*([] if where.file is None else [where.file]), *(file for _, file in where.further)]


def all_different(files: Sequence[Path]) -> None:
    """Raise `WrongUsage` if a file is named twice, also by another path; pipes and devices may be."""
    taken: set[str] = set()
    for file in files:
        try:
            real = "" if _is_special(file) else os.path.realpath(file)
        except (OSError, ValueError):  # reported when it is written
            continue
        if real and real in taken:
            raise WrongUsage(f"{file.name} is named for two different outputs; choose another file for one of them")
        taken.add(real)


def deliver(where: Outputs, render: Callable[[str, Paint], str | Iterable[str]], console: Console) -> None:
    """Write the output in every requested format; `render` takes the name of a format and the colours."""
    with console.phase("answer", "writing the answer"):
        text = render(where.format, console.paint if where.file is None else PLAIN)
    if where.file is None:
        console.output(text)
    else:
        write_file(where.file, _whole(text))
    for form, file in where.further:
        with console.phase(f"answer as {form}", f"writing {form}"):
            text = render(form, PLAIN)
        write_file(file, _whole(text))


def _whole(text: str | Iterable[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def read_limited(path: Path, name: str, most: int, remedy: str) -> bytes:
    """Return the content of a file. Raises `FileProblem`, with its `name`, if it is unreadable or over `most` bytes."""
    try:
        with path.open("rb") as file:
            found = file.read(most + 1)
    except OSError as error:
        problem = f"cannot be read ({(error.strerror or 'unknown reason').lower()})"
        raise FileProblem(name, problem, remedy) from error
    if len(found) > most:
        raise FileProblem(name, f"is larger than {most >> 20} MB", remedy)
    return found


def write_file(path: Path, text: str) -> None:
    """Write a file atomically, through a temporary file in the same folder. Pipes and devices are written directly."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_special(path):
            path.write_bytes(data)
            return
        real = Path(os.path.realpath(path))  # replaces the target of a link, not the link
        temporary = real.with_name(f".{real.name[:50]}.{os.urandom(4).hex()}")
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(real)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be written ({(words or 'not a path').lower()})") from error


def _is_special(path: Path) -> bool:
    """Return True if a path exists and is not a regular file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _must_exist(form: str, formats: Collection[str]) -> None:
    if form not in formats:
        raise WrongUsage(f"unknown format {form!r}; choose one of {', '.join(sorted(formats))}")
