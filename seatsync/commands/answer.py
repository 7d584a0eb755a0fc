"""Output of a command: `--format`, `--output FILE` and `--output FORMAT=FILE`."""

import os
import re
import stat
from collections.abc import Callable, Collection, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from seatsync.commands.console import Console
from seatsync.errors import FileProblem, WrongUsage
from seatsync.reporting.paint import PLAIN, Paint

_FORMAT_AND_FILE = re.compile(r"([a-z0-9-]+)=(.+)", re.DOTALL)


class Outputs(NamedTuple):
    """The main format with its file (None: standard output), and further formats with their files."""

    format: str
    file: Path | None = None
    beside: tuple[tuple[str, Path], ...] = ()


def outputs(form: str, wanted: Sequence[str], formats: Collection[str], console: Console) -> Outputs:
    """Parse `--format` and `--output`. Raises `WrongUsage` for an unknown format or a file named twice."""
    _must_exist(form, formats)
    file: Path | None = None
    beside: list[tuple[str, Path]] = []
    for text in wanted:
        match = _FORMAT_AND_FILE.fullmatch(text)
        if match:
            _must_exist(match[1], formats)
            beside.append((match[1], console.path(match[2])))
        elif file is not None:
            raise WrongUsage(
                f"--output {text}: the output already goes to another file; use --output FORMAT=FILE for another one"
            )
        elif not text:
            raise WrongUsage("--output needs FILE or FORMAT=FILE")
        else:
            file = console.path(text)
    where = Outputs(form, file, tuple(beside))
    all_different(files_of(where))
    return where


def files_of(where: Outputs) -> list[Path]:
    """Return every file that the output goes to."""
    return [*([] if where.file is None else [where.file]), *(file for _, file in where.beside)]


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
    for form, file in where.beside:
        with console.phase(f"answer as {form}", f"writing {form}"):
            text = render(form, PLAIN)
        write_file(file, _whole(text))


def _whole(text: str | Iterable[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def write_file(path: Path, text: str) -> None:
    """Write a file atomically, through a temporary file in the same folder. Pipes and devices are written directly."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_special(path):
            path.write_bytes(data)
            return
        real = Path(os.path.realpath(path))  # replaces the target of a link, not the link
        beside = real.with_name(f".{real.name[:50]}.{os.urandom(4).hex()}")
        try:
            with beside.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(real)
        finally:
            beside.unlink(missing_ok=True)
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
