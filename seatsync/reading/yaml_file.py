"""Entry point for reading YAML files, with the fast scanner or, for unusual files, the full parser."""

from __future__ import annotations

from seatsync.finding import Finding
from seatsync.reading.collector import collector_paused
from seatsync.reading.tree import Node
from seatsync.reading.utf8 import decode
from seatsync.reading.yaml_lines import scan


def read(raw: bytes, file: str) -> tuple[Node, list[Finding]]:
    """Return the value of a YAML file and the findings.

    The findings are YAML001 to YAML005, and SCHEMA001 for a key that is not text. The value is None if the file is
    empty, or if reading ended early; the last finding is then the reason.
    """
    clean = decode(raw, file)
    if isinstance(clean, Finding):
        return None, [clean]
    with collector_paused():
        node = scan(clean, file)
        if node is not None:
            return node, []
        # Imported here because few files need it, and PyYAML is slow to import.
        from seatsync.reading.yaml_text import read_in_full  # noqa: PLC0415

        return read_in_full(clean, file)
