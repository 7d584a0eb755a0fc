"""What the store of a fleet knows about the work on its accounts: what is queued, running, or waits for approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

WorkState: TypeAlias = Literal["queued", "running", "waiting"]


class Work(NamedTuple):
    """One unfinished run of one account: its verb, key and state, and since when it has that state (UTC).

    `waiting`: a plan waits for an approval of its intent.
    """

    verb: str
    key: str
    state: WorkState
    since: str
    intent: str = ""


class FleetRecords(Protocol):
    """The work that a store keeps. Reading it changes nothing, and creates no store."""

    def work(self) -> Mapping[str, tuple[Work, ...]]:
        """Return the unfinished work by name of the account. Raises `TargetProblem` if the store cannot be read."""
