"""`seatsync schema`: the JSON Schemas of everything that is read and written."""

from __future__ import annotations

from pathlib import Path

import click

from seatsync.commands import options
from seatsync.commands.answer import write_file
from seatsync.commands.console import Console
from seatsync.declaration.for_editors import SCHEMAS, schema_path
from seatsync.declaration.project import find_root
from seatsync.errors import FileProblem, WrongUsage
from seatsync.reading.schema import NAMES, schema_text


@options.command
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--write", is_flag=True, help="Write into schemas/ of the repository what editors check its files by.")
def run(console: Console, *, name: str | None, write: bool) -> int:
    """Print a JSON Schema.

    Prints the schema of that name; without NAME, the names there are. With --write, those of the files that people
    write go where `init` and `import` put them, over those of an earlier version.
    """
    if name is not None and name not in NAMES:
        raise WrongUsage(f"there is no schema {name}; there are {', '.join(NAMES)}")
    if write:
        _write(console, (name,) if name is not None else SCHEMAS)
    elif name is None:
        console.answer("".join(f"{each}\n" for each in NAMES))
    else:
        console.answer(schema_text(name))
    return 0


def _write(console: Console, names: tuple[str, ...]) -> None:
    """Write schemas below the project file, over those of an earlier version."""
    root = find_root(console.folder)
    for name in names:
        place = root / schema_path(name)
        text = schema_text(name)
        if _text_of(place) == text:
            console.answer(f"{schema_path(name)} is up to date.\n")
            continue
        _make_folder(place.parent)
        write_file(place, text)
        console.answer(f"Wrote {schema_path(name)}.\n")


def _text_of(place: Path) -> str | None:
    try:
        return place.read_text(encoding="utf-8")
    except (OSError, ValueError):  # not there, or no text: it is written anew
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FileProblem(str(folder), f"cannot be created ({(error.strerror or '').lower()})") from error
