"""The folder of a run on the real account: made before its cases are opened, and all or nothing."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from seatsync.commands.shared.console import Console
from seatsync.declaration.project import find_root, read_project
from seatsync.errors import FileProblem, ProjectNotFound, WrongUsage
from seatsync.planning.plan import Plan

RUNS = "runs"
"""The folder of a project for those of its runs, by number."""

_ANOTHER = "name a new folder with --run-dir"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run's folder goes: into `runs`, under the number of the run, or to `exactly` this path."""

    runs: Path
    exactly: Path | None = None


class Staged(NamedTuple):
    """A temporary folder. `lost`: the folder of an earlier run was not finished, so that its cases may have none."""

    path: Path
    lost: bool


@contextmanager
def staged(place: Place) -> Iterator[Staged]:
    """Make a temporary folder beside the final one, and remove what is left of it in the end.

    So an apply opens no cases if their folder could not be written. Raises `WrongUsage` if the final one is taken,
    `FileProblem` if the temporary one cannot be made.
    """
    parent = place.runs if place.exactly is None else place.exactly.parent
    if place.exactly is not None and is_taken(place.exactly):
        raise WrongUsage(f"--run-dir {place.exactly}: it exists already, and a run never overwrites; {_ANOTHER}")
    made = [folder for folder in (parent, *parent.parents) if not folder.exists()]
    temporary = parent / f".run.{os.getpid()}.{os.urandom(4).hex()}"
    try:
        temporary.mkdir(parents=True)
        lost = [each for each in sorted(parent.glob(".run.*")) if _is_lost(each)]
    except (OSError, ValueError) as error:
        raise FileProblem(
            str(parent), f"the folder of the run cannot be made there ({_reason(error)})", _ANOTHER
        ) from error
    try:
        yield Staged(temporary, bool(lost))
        for folder in lost:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        for folder in made:
            with suppress(OSError):  # not empty: the run's folder is in it
                folder.rmdir()


def _is_lost(folder: Path) -> bool:
    """Return True if a temporary folder could not be written, or the process that made it is gone."""
    if os.name != "posix" and ".lost." not in folder.name:  # where a process cannot be asked for without harm
        return False
    try:
        os.kill(int(folder.name.split(".")[2]), 0)
    except (ProcessLookupError, ValueError, OverflowError):
        return True
    except PermissionError:  # it is somebody else's
        return False
    return False


def write(temporary: Path, place: Place, run: int, files: Mapping[str, bytes]) -> Path:
    """Write the files and give the folder its name; return it. An existing folder of another run is left alone."""
    try:
        for name, content in files.items():
            with (temporary / name).open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        return _named(temporary, place, run)
    except OSError as error:
        with suppress(OSError):  # the folder is gone
            for path in temporary.iterdir():
                path.unlink()
            temporary.replace(temporary.with_name(f".run.lost.{os.urandom(4).hex()}"))
        problem = f"the folder of the run cannot be written ({_reason(error)}), but its cases are open"
        remedy = "`seatsync status` lists them, and the next apply there writes it"
        raise FileProblem(str(place.exactly or place.runs / str(run)), problem, remedy) from error


def _named(temporary: Path, place: Place, run: int) -> Path:
    """Rename the temporary folder to the first name that is free, such as `3` or `3-2`, and return it."""
    if place.exactly is not None:
        if place.exactly.exists():
            place.exactly.rmdir()  # empty, as `staged` checked; a rename replaces it only on some systems
        return temporary.rename(place.exactly)
    rank = 1
    while True:
        folder = place.runs / (str(run) if rank == 1 else f"{run}-{rank}")
        if not is_taken(folder):
            with suppress(FileExistsError):
                return temporary.rename(folder)
        rank += 1


def newest(place: Place) -> Path | None:
    """Return the folder of the last run that wrote a checklist; None if there is none, or it went somewhere else."""
    names = re.compile(r"([0-9]{1,18})(?:-([0-9]{1,18}))?")
    found = []
    with suppress(OSError):
        for folder in () if place.exactly is not None else place.runs.iterdir():
            match = names.fullmatch(folder.name)
            if match is not None and (folder / "CHECKLIST.html").is_file():
                found.append((int(match[1]), int(match[2] or 1), folder))
    return max(found)[2] if found else None


def is_taken(folder: Path) -> bool:
    """Return True if a path exists and is not an empty folder."""
    return os.path.lexists(folder) and not (folder.is_dir() and not any(folder.iterdir()))


def _reason(error: OSError | ValueError) -> str:
    words = error.strerror if isinstance(error, OSError) else None
    return (words or "not a path").lower()


def shown_path(folder: Path, console: Console) -> str:
    """Return a path as it can be typed in the working folder, if it is near."""
    relative = Path(os.path.relpath(folder, console.folder)) if folder.anchor == console.folder.anchor else folder
    return (relative if len(relative.parts) <= len(folder.parts) else folder).as_posix()


def other_target(plan: Plan, root: Path) -> str | None:
    """Return the target of a plan, by name if it has one, for the commands of its checklist.

    None if it is the only one of the project of a folder.
    """
    try:
        project, _ = read_project(find_root(root))
    except ProjectNotFound:
        return plan.target
    if project is not None and project.target == plan.target:
        return None
    named = () if project is None else project.targets
    return next((name for name, url in named if url == plan.target), plan.target)
