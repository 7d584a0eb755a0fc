"""Things that have to do with each other, gathered into groups."""

from __future__ import annotations

from collections.abc import Iterable


class Graph:
    """Nodes by number, the first `count` of which are there from the start, and links between them."""

    def __init__(self, count: int) -> None:
        self._above = list(range(count))

    def node(self) -> int:
        """One more node."""
        self._above.append(len(self._above))
        return self._above[-1]

    def root(self, node: int) -> int:
        """The node that stands for all that a node is linked with."""
        above = self._above
        while above[node] != node:
            above[node] = node = above[above[node]]
        return node

    def link(self, nodes: Iterable[int]) -> None:
        """Link some nodes with each other."""
        roots = {self.root(node) for node in nodes}
        if len(roots) > 1:
            first = min(roots)
            for root in roots:
                self._above[root] = first
