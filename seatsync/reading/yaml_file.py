"""A YAML file read by the quick reader, and where that hands it back by the full one, which is imported only then."""

from __future__ import annotations

from seatsync.finding import Finding
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import Node
from seatsync.reading.utf8 import decode
from seatsync.reading.yaml_lines import MAX_EVENTS, scan


def read(text: bytes, file: str, *, folded: bool = False) -> tuple[Node, list[Finding]]:
    """The value of a YAML file, and what is wrong with it, as `yaml_text.read` has them; sections may be `folded`."""
    clean = decode(text, file)
    if isinstance(clean, Finding):
        return None, [clean]
    with collector_paused():
        node = scan(clean, file, MAX_EVENTS, folded=folded)
        if node is not None:
            return node, []
        # Imported here because most files are written the usual way, and PyYAML is slow to import.
        from seatsync.reading.yaml_text import read_in_full  # noqa: PLC0415

        return read_in_full(clean, file)
