"""The result of `diff` as a value."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.declaration.comparing import Difference
from seatsync.finding import Finding


@dataclass(frozen=True, slots=True)
class Diff:
    """A comparison of two revisions of a repository; `head` is None for the working tree.

    `differences` is None if the files of a revision cannot be read; `unreadable` lists such revisions. `findings` are
    those that only the head has.
    """

    account: str
    base: str
    head: str | None
    at: str
    differences: tuple[Difference, ...] | None
    unreadable: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def summary(self) -> dict[str, int]:
        """Number of differences of each kind."""
        counts = {"add": 0, "change": 0, "remove": 0}
        for difference in self.differences or ():
            counts[difference.kind] += 1
        return counts


WORKING_TREE = "the working tree"
"""Name of the uncommitted files in place of a revision."""
