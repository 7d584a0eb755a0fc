"""Corpus of documents in `shapes/`: valid ones, and invalid ones with their findings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from seatsync.reading.tree import Node, YamlMap
from tests.reading.both import read


@dataclass(frozen=True, slots=True)
class Shape:
    """A document for one schema; `says` are its findings, empty if it is valid."""

    schema: str
    name: str
    text: str
    says: str

    def __str__(self) -> str:
        return f"{self.schema}: {self.name}"

    def node(self) -> Node:
        """Read the document."""
        node, findings = read(self.text.encode(), "f.yaml")
        assert findings == []
        return node


def shapes() -> list[Shape]:
    """Return the whole corpus."""
    found: list[Shape] = []
    for path in sorted((Path(__file__).parent / "shapes").glob("*.yaml")):
        node, findings = read(path.read_bytes(), str(path))
        assert findings == []
        assert isinstance(node, YamlMap)
        valid, invalid = node["valid"], node["invalid"]
        assert isinstance(valid, YamlMap)
        assert isinstance(invalid, YamlMap)
        found += [Shape(path.stem, name, str(text), "") for name, text in valid.items()]
        for name, case in invalid.items():
            assert isinstance(case, YamlMap)
            found.append(Shape(path.stem, name, str(case["text"]), str(case["says"]).rstrip("\n")))
    return found
