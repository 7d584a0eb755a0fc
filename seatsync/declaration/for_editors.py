"""Schema files and modelines of a new repository, with which editors validate its YAML.

A modeline is a comment that the YAML language server reads. Its path is relative to the file, so it works in every
clone and without a network.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.declaration.including import PROJECT_FILE
from seatsync.reading.schema import schema_text

FOLDER = "schemas"
SCHEMAS = ("fragment", "project")
"""Names of the schemas for hand-written files."""


def for_editors(files: Mapping[str, str]) -> dict[str, str]:
    """Return the files of a new repository by path: the schemas, then `files` with a modeline in each YAML file."""
    found = {schema_path(name): schema_text(name) for name in SCHEMAS}
    found.update((name, _with_modeline(name, text)) for name, text in files.items())
    return found


def schema_path(name: str) -> str:
    """Return the path of a schema relative to the root of a repository."""
    return f"{FOLDER}/{name}.schema.json"


def modeline(file: str) -> str:
    """Return the first line of a YAML file, given its path relative to the root of the repository."""
    schema = "project" if file == PROJECT_FILE else "fragment"
    return f"# yaml-language-server: $schema={'../' * file.count('/')}{schema_path(schema)}\n"


def _with_modeline(file: str, text: str) -> str:
    return modeline(file) + text if file.endswith(".yaml") else text
