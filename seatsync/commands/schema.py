"""`seatsync schema`: the JSON Schemas of everything that is read and written."""

from __future__ import annotations

from seatsync.commands.console import Console
from seatsync.errors import WrongUsage
from seatsync.reading.schema import NAMES, schema_text


def run(console: Console, *, name: str | None) -> int:
    """Print a schema; without a name, the names, one a line."""
    if name is None:
        console.answer("".join(f"{each}\n" for each in NAMES))
        return 0
    if name not in NAMES:
        raise WrongUsage(f"there is no schema {name}; there are {', '.join(NAMES)}")
    console.answer(schema_text(name))
    return 0
