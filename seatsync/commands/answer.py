"""Where an answer goes and in which format: `--format`, `--output FILE` and `--output FORMAT=FILE`."""

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
    """The format of the answer, the file it goes to (None: standard output), and further formats with their files."""

    format: str
    file: Path | None = None
    beside: tuple[tuple[str, Path], ...] = ()


def outputs(form: str, wanted: Sequence[str], formats: Collection[str], console: Console) -> Outputs:
    """The options as a value; a format that does not exist is refused with those that do."""
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
                f"--output {text}: the answer already goes to another file; --output FORMAT=FILE writes one more"
            )
        elif not text:
            raise WrongUsage("--output wants a file, or FORMAT=FILE")
        else:
            file = console.path(text)
    where = Outputs(form, file, tuple(beside))
    all_different(files_of(where))
    return where


def files_of(where: Outputs) -> list[Path]:
    """Every file that the answer goes to."""
    return [*([] if where.file is None else [where.file]), *(file for _, file in where.beside)]


def all_different(files: Sequence[Path]) -> None:
    """Refuse a file that is to be written twice, under one name or two; pipes and devices take whatever comes."""
    taken: set[str] = set()
    for file in files:
        try:
            real = "" if _is_special(file) else os.path.realpath(file)
        except (OSError, ValueError):  # which is told when it is written
            continue
        if real and real in taken:
            raise WrongUsage(f"{file.name} would be written twice, each time with something else; name another file")
        taken.add(real)


def deliver(where: Outputs, render: Callable[[str, Paint], str | Iterable[str]], console: Console) -> None:
    """Write the answer in every format that was asked for; `render` makes it from a format's name and colours."""
    with console.phase("answer", "writing the answer"):
        text = render(where.format, console.paint if where.file is None else PLAIN)
    if where.file is None:
        console.answer(text)
    else:
        write_file(where.file, _whole(text))
    for form, file in where.beside:
        with console.phase(f"answer as {form}", f"writing {form}"):
            text = render(form, PLAIN)
        write_file(file, _whole(text))


def _whole(text: str | Iterable[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def write_file(path: Path, text: str) -> None:
    """Write a whole file or nothing: beside it, to the disk, then in its place. Pipes and devices are written to."""
    data = text.encode("utf-8", "backslashreplace")
    try:
        if _is_special(path):
            path.write_bytes(data)
            return
        real = Path(os.path.realpath(path))  # a link stays a link
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
    """Whether a path is there and is no regular file."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except FileNotFoundError:
        return False


def _must_exist(form: str, formats: Collection[str]) -> None:
    if form not in formats:
        raise WrongUsage(f"unknown format {form!r}; choose one of {', '.join(sorted(formats))}")
