"""What `diff` has to tell, as a value."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.declaration.comparing import Difference
from seatsync.finding import Finding


@dataclass(frozen=True, slots=True)
class Diff:
    """Two states of a repository's files. `head` None: the files as they stand in the folder.

    `differences` is None where the files of a side cannot be read as they stand: `unreadable` names these sides.
    `findings` are those that only the head has.
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
        """How many differences there are of each kind."""
        counts = {"add": 0, "change": 0, "remove": 0}
        for difference in self.differences or ():
            counts[difference.kind] += 1
        return counts


WORKING_TREE = "the working tree"
"""How the files as they stand are called, where a revision could be named."""
