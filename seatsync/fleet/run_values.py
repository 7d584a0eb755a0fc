"""Values of the runs of a fleet: what is asked for, one attempt at it, its result, and what is recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, TypeAlias

Command: TypeAlias = Literal["validate", "refresh", "plan", "apply", "drift"]
State: TypeAlias = Literal["queued", "running", "waiting", "done", "failed", "stopped"]
"""`waiting` is for approval; `stopped` was given up before it began."""

OPEN: Final[tuple[State, ...]] = ("queued", "running")
MOST_STARTS: Final = 10
"""Times that a run is begun again after its worker was lost, before it is given up."""


@dataclass(frozen=True, slots=True)
class Result:
    """The result of one attempt at a run.

    `again`: seconds until the next attempt, None if this was the last. `intent` and `plan` are those of a plan that
    waits for approval or was made.
    """

    state: State
    exit_code: int
    outcome: str
    message: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    fingerprint: str | None = None
    intent: str | None = None
    plan: str | None = None
    again: float | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A run that was begun: its fencing number, the number of the attempt, and how often that was begun."""

    key: str
    account: str
    command: Command
    options: Mapping[str, Any]
    number: int
    attempt: int
    starts: int
    plan: str | None

    @property
    def is_repeated(self) -> bool:
        """True if an earlier attempt, or an earlier start of this one, may have done some of the work."""
        return self.starts > 1 or self.attempt > 1


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as recorded. Times are milliseconds since 1970."""

    key: str
    account: str
    command: Command
    options: Mapping[str, Any]
    state: State
    attempt: int
    queued_at: int
    started_at: int | None
    ended_at: int | None
    fingerprint: str | None
    exit_code: int | None
    outcome: str | None
    message: str | None
    facts: Mapping[str, Any]
    intent: str | None
    plan: str | None


class NewRun(NamedTuple):
    """A run to be queued. `front` is the worker id of the command that carries it out itself, None for any worker."""

    key: str
    account: str
    command: Command
    options: Mapping[str, object]
    front: str | None = None


class Approval(NamedTuple):
    """An approval of an intent, by a person (empty: by the operator of the fleet)."""

    person: str
    intent: str


class Worker(NamedTuple):
    """A worker as recorded."""

    id: str
    place: str
    since: int
    until: int
