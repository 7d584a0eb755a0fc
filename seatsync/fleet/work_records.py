"""Unfinished work on the accounts of a fleet: what is queued, running, waits for approval or people, or failed."""

from __future__ import annotations

from typing import Literal, NamedTuple, TypeAlias

WorkState: TypeAlias = Literal["queued", "running", "waiting", "people", "failed"]


class Work(NamedTuple):
    """One unfinished run of one account: its verb, key and state, and since when it has that state (UTC).

    `waiting`: a plan waits for an approval of its intent; `people`: steps of the last apply wait for people.
    """

    verb: str
    key: str
    state: WorkState
    since: str
    intent: str = ""
