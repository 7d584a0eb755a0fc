"""What lets an editor check the files of a repository: schemas beside them, and in each a line that names its own.

The line is a comment, which the YAML language server reads. Its path is relative to the file, so it works in every
clone and without a network.
"""

from __future__ import annotations

from collections.abc import Mapping

from seatsync.declaration.including import PROJECT_FILE
from seatsync.reading.schema import schema_text

FOLDER = "schemas"
SCHEMAS = ("fragment", "project")
"""The schemas of what people write."""


def for_editors(files: Mapping[str, str]) -> dict[str, str]:
    """The files of a new repository, by path, with the line in each that is YAML, and the schemas; these come first."""
    found = {schema_path(name): schema_text(name) for name in SCHEMAS}
    found.update((name, _with_modeline(name, text)) for name, text in files.items())
    return found


def schema_path(name: str) -> str:
    """Where a schema lies, relative to the root of a repository."""
    return f"{FOLDER}/{name}.schema.json"


def modeline(file: str) -> str:
    """The line that begins a YAML file of a repository, by the file's path relative to the root."""
    schema = "project" if file == PROJECT_FILE else "fragment"
    return f"# yaml-language-server: $schema={'../' * file.count('/')}{schema_path(schema)}\n"


def _with_modeline(file: str, text: str) -> str:
    return modeline(file) + text if file.endswith(".yaml") else text
