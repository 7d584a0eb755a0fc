"""The one way to read a YAML file: by the fast scanner, or in full where the scanner leaves the file to the parser."""

from __future__ import annotations

from seatsync.finding import Finding
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import Node
from seatsync.reading.utf8 import decode
from seatsync.reading.yaml_lines import scan


def read(raw: bytes, file: str) -> tuple[Node, list[Finding]]:
    """Return the value of a YAML file, and what is wrong with it.

    The findings are YAML001 to YAML005, and SCHEMA001 for a key that is no text. The value is None where the file is
    empty, and where its reading had to end early: the last finding then says why.
    """
    clean = decode(raw, file)
    if isinstance(clean, Finding):
        return None, [clean]
    with collector_paused():
        node = scan(clean, file)
        if node is not None:
            return node, []
        # Imported here because most files are written the usual way, and PyYAML is slow to import.
        from seatsync.reading.yaml_text import read_in_full  # noqa: PLC0415

        return read_in_full(clean, file)
