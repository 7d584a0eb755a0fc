"""Reading of YAML in tests with the full reader, compared with `yaml_file.read`, which may use the fast scanner."""

from __future__ import annotations

from seatsync.finding import Finding
from seatsync.reading import yaml_file, yaml_parser
from seatsync.reading.plain_text import decode
from seatsync.reading.tree import Node, collector_paused


def read(raw: bytes, file: str) -> tuple[Node, list[Finding]]:
    """Return the result of the full reader, after checking that `yaml_file.read` gives the same."""
    clean = decode(raw, file)
    if isinstance(clean, Finding):
        assert yaml_file.read(raw, file) == (None, [clean])
        return None, [clean]
    with collector_paused():
        node, findings = yaml_parser.read_in_full(clean, file)
    quick, found = yaml_file.read(raw, file)
    assert (repr(quick), found) == (repr(node), findings)
    return node, findings
