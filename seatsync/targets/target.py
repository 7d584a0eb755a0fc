"""Where an account lives. A target is a few functions; every kind comes through the entry points `seatsync.targets`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from seatsync.account.actions.step import Step
from seatsync.account.memory import TrackedPeople
from seatsync.account.model import Account
from seatsync.account.past import HistoryEntry
from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.secret import has_secret, masked


class Case(NamedTuple):
    """A form or support request under way: what it asks for, since when, and who must see to it."""

    id: str
    step: Step
    opened_at: str
    opened_by: str | None
    closed_at: str | None = None
    evidence: str | None = None


class State(NamedTuple):
    """What a target says of its account: the account itself, open cases, and the declaration and policy last applied.

    `applied_declaration` and `applied_policy` are canonical JSON text, None where nothing was applied yet; `tracked` is
    None where the target remembers nobody. `head` is the hash that the log ends with, None where the target keeps none.
    """

    account: Account
    cases: tuple[Case, ...] = ()
    applied_declaration: str | None = None
    applied_policy: str | None = None
    tracked: TrackedPeople | None = None
    head: str | None = None


class Outcome(NamedTuple):
    """What became of one step: `done`, `case` (recorded, waits), `refused` (by the account). `serial` after it.

    `detail` is the id of a case, and code and sentence of a refusal.
    """

    status: Literal["done", "case", "refused"]
    detail: str = ""
    serial: int | None = None


class Session(Protocol):
    """An open, locked target. Leaving it gives the lock back; what was performed stays."""

    def state(self) -> State:
        """The state under the lock."""

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        """Carry out a batch, atomic as a whole: each step with whether it is only to be recorded as a case.

        Stops at the first refusal: the list of outcomes is then shorter than the batch, and ends with it.
        """

    def note(self, text: str) -> None:
        """Put a remark into the audit log: the guards that are let pass, before the first step."""

    def applied(self, declaration: str, policy: str, note: str) -> None:
        """Remember what was applied (canonical JSON) and the guards that were let pass (`note`)."""


@runtime_checkable
class TracksPeople(Protocol):
    """A session of a target that remembers who was declared where (`State.tracked`), and which changes are its own."""

    def covers(self, declared: TrackedPeople, since: int | None = None) -> None:
        """Take this session for a run of seatsync's own, and remember everybody who is declared in what it covers.

        `since`: the serial of its plan, where others changed the account after that and the run passes it over.
        """

    def applied_partly(self, declaration: str, policy: str, note: str) -> None:
        """Remember what was applied, of which the run covered some teams or contracts: see `LastApplied`."""


@runtime_checkable
class OwnChanges(Protocol):
    """A target that tells changes made by seatsync from all others."""

    def own_changes(self, since: int) -> frozenset[int]:
        """Return the serials after `since` that runs led to which said what they cover, and cases that they opened."""


@runtime_checkable
class Journal(Protocol):
    """What a target that remembers its past has beside all else, and its sessions have too. Others go without."""

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Every change after a serial, in order, without gaps."""


@runtime_checkable
class OutsideChanges(Journal, Protocol):
    """A target whose journal has changes that were made outside of seatsync and seen later (actor `PORTAL`)."""

    def outside(self) -> list[HistoryEntry]:
        """These changes alone, in order."""


@runtime_checkable
class Chained(Protocol):
    """What a target has beside all else, and its sessions too, whose log is a chain of hashes."""

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ended with a hash at some time, while the account was at a serial."""


@runtime_checkable
class Undoable(Journal, Protocol):
    """A session whose changes can be told from all others, and taken back by a later one."""

    @property
    def run(self) -> int:
        """The number of this session, under which the journal keeps its changes."""

    def undone(self, run: int) -> None:
        """A run was taken back: remember as applied last what was applied before it.

        Where that is not known, or what is remembered now is not what the run applied, it stays as it is.
        """


@runtime_checkable
class RunCases(Protocol):
    """A target that knows which cases a run opened."""

    def opened(self, run: int) -> list[Case]:
        """The cases that a run opened, also those that are closed since, oldest first."""


@runtime_checkable
class LastApplied(Journal, Protocol):
    """A target that knows what happened since the last apply."""

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """The serial that the last whole apply led to, and the cases that were open after the last apply of any kind.

        The serial of its plan instead, where the apply passed over what was changed since.

        None where nothing was applied.
        """


class Target(Protocol):
    """A place where an account lives."""

    @property
    def url(self) -> str:
        """Where it is, for messages. It holds no secret."""

    def read(self) -> State:
        """The whole state, counted and complete, or an error."""

    def route(self, step: Step) -> str:
        """How this target carries a step out: account, api, csv, scim, console, form, support or purchase."""

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:
        """Lock the target for changes by an actor (None: the owner)."""


Opener: TypeAlias = Callable[[str, Path, Mapping[str, str], Clock | None], Target]
"""What an entry point names: a target from URL, project folder, environment, and clock (None: the machine's).

It opens nothing yet. The clock is for a state that depends on the day it is looked at.
"""

BUILT_IN: dict[str, str] = {
    "file": "seatsync.targets.snapshot:open_file",
    "sqlite": "seatsync.targets.sql:open_sqlite",
}
"""Our own entry points, as `pyproject.toml` has them.

Looked at first: finding entry points means reading the metadata of every installed package, and that of a checkout can
be stale. A test holds the two lists together. Nobody can take over one of these schemes.
"""

GROUP = "seatsync.targets"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def open_target(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> Target:
    """The target that a URL names; relative paths start at `root`.

    Raises TargetProblem where there is no such kind, and for a URL with a password: plans and messages name the target.
    """
    if has_secret(url):
        remedy = "take it out: secrets come from the environment (SEATSYNC_TOKEN) or a file"
        raise TargetProblem(masked(url), "the target has a password in it", remedy)
    match = _SCHEME.match(url)
    if match is None:
        raise TargetProblem(url or "no target", "a target is written SCHEME:PLACE", "such as sqlite:///account.db")
    scheme = match[1].lower()
    if scheme in BUILT_IN:
        module, _, function = BUILT_IN[scheme].partition(":")
        opener: Opener = getattr(importlib.import_module(module), function)
        return opener(url, root, environ, clock)
    # Loaded on this path only: importlib.metadata takes longer than a small plan.
    plug_ins = importlib.import_module("seatsync.targets.plug_ins")
    found: Target = plug_ins.open_foreign(scheme, url, root, environ, clock)
    return found
