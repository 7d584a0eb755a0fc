"""Trees and findings rendered as text for comparison."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.finding import Finding, Location
from seatsync.reading.tree import Node, YamlList, YamlMap


def outline(node: Node) -> str:
    """Return every key and value with its place, one per line."""
    return "\n".join(_lines(node, ""))


def rendered(findings: list[Finding]) -> str:
    """Return findings as `CODE place: message (hint) <- related`, one per line."""
    return "\n".join(_rendered(finding) for finding in findings)


def span(place: Location | None) -> str:
    if place is None:
        return "nowhere"
    return f"{place.line}:{place.column}-{place.end_line}:{place.end_column}"


def scalars(node: Node, place: Location | None = None) -> Iterator[tuple[Node, Location]]:
    """Yield every scalar value of a tree with its place."""
    if isinstance(node, YamlMap):
        for key, value in node.items():
            yield from scalars(value, node.value_at(key))
    elif isinstance(node, YamlList):
        for index, value in enumerate(node):
            yield from scalars(value, node.item_at(index))
    elif place is not None:
        yield node, place


def _lines(node: Node, path: str) -> Iterator[str]:
    if isinstance(node, YamlMap):
        for key, value in node.items():
            yield f"{path}/{key} {span(node.key_at(key))} {_shape(value)} {span(node.value_at(key))}"
            yield from _lines(value, f"{path}/{key}")
    elif isinstance(node, YamlList):
        for index, value in enumerate(node):
            yield f"{path}/{index} {_shape(value)} {span(node.item_at(index))}"
            yield from _lines(value, f"{path}/{index}")


def _shape(value: Node) -> str:
    if isinstance(value, YamlMap):
        return "{}"
    return "[]" if isinstance(value, YamlList) else repr(value)


def _rendered(finding: Finding) -> str:
    hint = f" ({finding.hint})" if finding.hint else ""
    related = "".join(f" <- {span(other.location)} {other.message}" for other in finding.related)
    return f"{finding.code} {span(finding.location)}: {finding.message}{hint}{related}"
