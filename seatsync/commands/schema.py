"""`seatsync schema`: print or write the JSON Schemas of all input and output documents."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

import click

from seatsync.commands.shared import options
from seatsync.commands.shared.console import Console, write_file
from seatsync.declaration.files import is_there
from seatsync.declaration.project import find_root
from seatsync.declaration.writing.write import SCHEMAS, schema_path
from seatsync.errors import FileProblem, FleetNotFound, ProjectNotFound, WrongUsage
from seatsync.fleet.reading import FLEET_FILE, find_fleet
from seatsync.reading.schema import NAMES, schema_text

_FLEET: Final = "fleet"


@options.command
@click.argument("name", metavar="[NAME]", required=False)
@click.option("--write", is_flag=True, help="Write the schemas that editors use to schemas/ of the repository.")
def run(console: Console, *, name: str | None, write: bool) -> int:
    """Print a JSON Schema.

    Prints the schema NAME; without NAME, lists the names. With --write, updates the schemas of the YAML files where
    `init` and `import` put them, and beside a `fleet.yaml` that of fleets.

    Examples:
      seatsync schema fragment
      seatsync schema --write
    """
    if name is not None and name not in NAMES:
        raise WrongUsage(f"there is no schema {name}; choose one of {', '.join(NAMES)}")
    if write:
        _write(console, name)
    elif name is None:
        console.output("".join(f"{each}\n" for each in NAMES))
    else:
        console.output(schema_text(name))
    return 0


def _write(console: Console, only: str | None) -> None:
    """Write schemas, or only one, to the folder of the project or fleet, replacing those of another version."""
    root, found = _place(console.folder)
    for name in found if only is None else (only,):
        path = root / schema_path(name)
        text = schema_text(name)
        if _text_of(path) == text:
            console.output(f"{schema_path(name)} is up to date.\n")
            continue
        _make_folder(path.parent)
        write_file(path, text)
        console.output(f"Wrote {schema_path(name)}.\n")


def _place(folder: Path) -> tuple[Path, tuple[str, ...]]:
    """Return the root of the project or, without one, of the fleet that a folder is in, and the schemas for its files.

    Raises `ProjectNotFound` if there is neither.
    """
    try:
        root = find_root(folder)
    except ProjectNotFound:
        with suppress(FleetNotFound):
            return find_fleet(folder).parent, (_FLEET,)
        raise
    return root, (*SCHEMAS, _FLEET) if is_there(root / FLEET_FILE) else SCHEMAS


def _text_of(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):  # missing or not text: rewritten
        return None


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FileProblem(str(folder), f"cannot be created ({(error.strerror or '').lower()})") from error
