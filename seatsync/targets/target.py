"""The protocols of targets, with their optional capabilities, and the lookup of a target by its URL."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias, runtime_checkable

from seatsync.account.actions.spec import Step
from seatsync.account.group_types import NO_TYPES, GroupTypes
from seatsync.account.history import HistoryEntry, TrackedPeople
from seatsync.account.model import Account, Change
from seatsync.account.unknowns import Assumed, Seen, Unknown
from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.finding import Finding
from seatsync.secret import has_secret, masked

if TYPE_CHECKING:
    from seatsync.account.orders import Order
    from seatsync.account.sent_notices import Notice
    from seatsync.account.usage import Usage, UsageFile, UsageRecorded
    from seatsync.declaration.declared import Declaration


class Case(NamedTuple):
    """A step that people carry out, such as a form: when and by whom it was requested and, if so, closed.

    `id` is any text that is unique in the target; `opened_by` and `closed_by` are the actors of the sessions.
    `evidence` is that of a confirmed case, and the reason of a withdrawn one.

    In a mirror, `route` is how people carry it out (console, form, …; empty elsewhere), `people` are the addresses of
    those who may, sorted, and `needs` the ids of cases that come first. `seen_in` is the source that showed its effect.
    A confirmed case has none until a newer source shows it; until then a source can contradict it, which reopens it.
    """

    id: str
    step: Step
    opened_at: str
    opened_by: str | None
    closed_at: str | None = None
    evidence: str | None = None
    route: str = ""
    people: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    closed_as: Literal["confirmed", "seen", "withdrawn"] | None = None
    closed_by: str | None = None
    seen_in: str | None = None


def needed_first(cases: Iterable[Case]) -> list[Case]:
    """Return cases in their order, except that each comes after those of them that it needs."""
    known = {case.id: case for case in cases}
    found: dict[str, Case] = {}
    begun: set[str] = set()
    for case in known.values():
        stack = [(case, False)]
        while stack:
            each, ready = stack.pop()
            if ready:
                found[each.id] = each
            elif each.id not in begun:
                begun.add(each.id)
                stack.append((each, True))
                stack += [(known[need], False) for need in reversed(each.needs) if need in known]
    return list(found.values())


class CaseRequest(NamedTuple):
    """A step of a plan that a mirror is to record as a case. `id` and `needs` are those of the plan.

    `waits`: a machine carries it out later, after the cases that it needs, so it does not become a case.
    """

    id: int
    step: Step
    route: str
    people: tuple[str, ...] = ()
    needs: tuple[int, ...] = ()
    waits: bool = False


class Observed(NamedTuple):
    """A change that a look at the real account showed: the natural step for it, the rows, and where it was seen.

    `case` is the id of the case that was carried out thereby, or of the confirmed one that is contradicted: such a
    change is not one made outside of seatsync.
    """

    step: Step
    rows: tuple[Change, ...]
    origin: str
    case: str | None = None


class State(NamedTuple):
    """The state of a target: the account, open cases (oldest first), and the declaration and policy applied last.

    The account of a target with sessions has a `serial`, which the target increments with every step; `lineage` is an
    id that no other account has, None if unknown.
    `applied_declaration` and `applied_policy` are canonical JSON text, and `applied_at` is the instant of that apply;
    None if nothing was applied yet. `tracked` is None if the target does not track people. `head` is the hash at the
    end of the log, None if the target has no log.

    `mirror` is the record of a mirror of the real account, None if the target is the account itself. `confirmed` are
    the closed cases of a mirror that a source can still contradict. `takes_over`: an apply, also of an empty plan,
    would record facts as they are declared that are only assumed so far (`TakesOver`); `filled` are the rows by which
    the account therefore differs from the one that the journal leads to.

    A target that is not the account itself was `seen` in sources, the newest first. One that does not know everything
    has kinds of facts that are `unknown`; facts that are `assumed`; scopes of
    which too little is known for any step (`left_out`, by kind and name); people of whom it does not know when they
    were invited (`undated`); `group_types`, as far as they were shown; and `findings` about all that.
    """

    account: Account
    cases: tuple[Case, ...] = ()
    applied_declaration: str | None = None
    applied_policy: str | None = None
    tracked: TrackedPeople | None = None
    head: str | None = None
    unknown: tuple[Unknown, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    undated: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()
    seen: tuple[Seen, ...] = ()
    mirror: str | None = None
    confirmed: tuple[Case, ...] = ()
    takes_over: bool = False
    filled: tuple[Change, ...] = ()
    group_types: GroupTypes = NO_TYPES
    applied_at: str | None = None


class Outcome(NamedTuple):
    """The result of one step: `done`, `case` (recorded as a case), `waits` (a machine's) or `refused` (by the account).

    `detail` is the id of the case, or code and sentence of the refusal (`STEP001: There is no team x.`), or empty.
    `serial` is that of the account after the step.
    """

    status: Literal["done", "case", "waits", "refused"]
    detail: str = ""
    serial: int | None = None


@runtime_checkable
class Assumes(Protocol):
    """Optional capability of targets with unknown facts: they assume the declared values."""

    def read_with(self, declared: Declaration | None) -> State:
        """Return the whole state, with unknown facts as declared. Raises TargetProblem as `read` does."""


class Session(Protocol):
    """An open, locked target. Leaving it releases the lock; the steps that were performed remain."""

    def state(self) -> State:
        """Return the state under the lock. Later steps do not change it."""

    def perform(self, steps: Sequence[tuple[Step, bool]]) -> list[Outcome]:
        """Carry out steps in order, up to the first refusal, which is then the last of the returned outcomes.

        The steps before a refusal are saved, all in one transaction. Each is first passed to `attempt`
        (`seatsync/account/engine.py`), which returns its changed rows or a refusal, and then to `refusal`
        (`seatsync/account/access.py`), which checks that the actor may carry it out.

        A step paired with True is only recorded as a case, by anybody and unless `attempt` refuses it; the account
        stays unchanged. If an open case requests the same (`same` of `seatsync/account/history.py`), its id is
        returned instead.
        """

    def note(self, text: str) -> None:
        """Keep a note for people, such as the allowed guards before the first step. It is never read back."""

    def applied(self, declaration: str, policy: str, note: str) -> None:
        """Save what was applied, for `State`, with a note like that of `note` (the guards that were allowed)."""


@runtime_checkable
class MirrorSession(Protocol):
    """Optional capability of sessions: a store that is a mirror of the real account (`State.mirror`).

    Only these methods write to a mirror: a session on one refuses `perform`.
    """

    def open_cases(self, requests: Sequence[CaseRequest]) -> list[Outcome]:
        """Record all steps of a plan as cases, in order and in one transaction.

        A step with an open case is returned with its id; route, people and needs of that case become those requested.
        Each step is attempted on a copy of the account on which all earlier ones took effect, also those that wait for
        a machine: a case that needs such a step needs the cases behind it. The first refusal is the last of the
        outcomes; the cases before it are saved.
        """

    def observe(
        self, changes: Sequence[Observed], mirror: str, seen: Mapping[str, str], contradicted: Mapping[str, str]
    ) -> int:
        """Record what a look showed, in one transaction, and return the serial.

        The rows are written as they are, as changes by the actor of the session. `mirror` replaces the record. `seen`
        are cases with the source that shows their effect: open ones are closed, confirmed ones can no longer be
        contradicted. `contradicted` are confirmed cases with a newer source that does not show it: they are reopened.
        Nothing is written if nothing changes. Raises TargetProblem if the rows do not fit the account.
        """

    def keep(self) -> None:
        """Keep the lock, which another session could take after a pause."""

    def withdraw(self, reasons: Mapping[str, str]) -> None:
        """Close open cases that were not carried out and are not to be, by id with the reason, in one transaction."""


@runtime_checkable
class TakesOver(Protocol):
    """Optional capability of sessions of a mirror with facts that are only assumed so far (`State.takes_over`)."""

    def take_over(self, teams: Collection[str] | None) -> int:
        """Record the assumed facts of these teams (None: everything) as they are declared; return the serial.

        An apply calls it once, before it opens cases.
        """


@runtime_checkable
class TracksPeople(Protocol):
    """Optional capability of sessions: tracks who was declared where (`State.tracked`), and seatsync's own changes."""

    def covers(self, declared: TrackedPeople, since: int | None = None) -> None:
        """Mark this session as a run of seatsync itself, and track everybody who is declared in what it covers.

        `since`: the serial of its plan if the run is rebased on later changes by others, else None.
        """

    def applied_partly(self, declaration: str, policy: str, note: str) -> None:
        """Record what was applied by a run that covered only some teams or contracts (see `LastApplied`)."""


@runtime_checkable
class OwnChanges(Protocol):
    """Optional capability: distinguishes changes made by seatsync from all others."""

    def own_changes(self, since: int) -> frozenset[int]:
        """Return the serials after `since` of changes by runs that called `covers`, and by confirming their cases."""


@runtime_checkable
class KnowsFirstChange(Protocol):
    """Optional capability of targets with a journal, whose first entry may be the whole account that was loaded."""

    def first_change(self) -> str | None:
        """Return the instant of the first entry of the journal, None without any."""


@runtime_checkable
class KnowsPosition(Protocol):
    """Optional capability of targets that know the account's serial without reading the account."""

    def position(self) -> tuple[int, str]:
        """Return the serial and the time zone of the account."""


@runtime_checkable
class KeepsUsage(Protocol):
    """Optional capability of targets: what is recorded about usage. Of any other target the usage is unknown."""

    def read_usage(self) -> Usage:
        """Return what is recorded. Raises TargetProblem as `read` does."""


@runtime_checkable
class KeepsOrders(Protocol):
    """Optional capability of targets: the orders by which something was bought."""

    def read_orders(self) -> list[Order]:
        """Return the recorded orders, by number. Raises TargetProblem as `read` does."""


@runtime_checkable
class RecordsUsage(Protocol):
    """Optional capability of sessions of such a target."""

    def record_usage(self, files: Sequence[UsageFile], keep_from: str) -> UsageRecorded:
        """Merge what files say about usage into what is recorded, in one transaction, and remove older months.

        `keep_from` is the first month to keep. The order of files does not matter, and the same file again changes
        nothing. The serial of the account stays the same.
        """


@runtime_checkable
class Journal(Protocol):
    """Optional capability of targets and their sessions: the history of the account."""

    def journal(self, since: int = 0) -> list[HistoryEntry]:
        """Return every step that was carried out after a serial, in order and without gaps. Each session is a run."""


@runtime_checkable
class OutsideChanges(Journal, Protocol):
    """Optional capability: records changes made outside of seatsync and noticed later (actor `PORTAL`)."""

    def outside(self) -> list[HistoryEntry]:
        """Return only these changes, in order."""


@runtime_checkable
class Chained(Protocol):
    """Optional capability of targets and their sessions: a log that is a chain of hashes."""

    def had_head(self, serial: int, head: str) -> bool:
        """Return True if the log ever ended with a hash while the account was at a serial."""


@runtime_checkable
class Undoable(Journal, Protocol):
    """Optional capability of sessions: numbered runs that a later run can undo."""

    @property
    def run(self) -> int:
        """The number of this run in the journal."""

    def undone(self, run: int) -> None:
        """Record as applied last what was applied before a run that is now undone.

        Changes nothing if that is unknown, or if the run was not the last to apply something.
        """


@runtime_checkable
class RunCases(Protocol):
    """Optional capability: the cases of each run."""

    def opened(self, run: int) -> list[Case]:
        """Return the cases that a run opened, including those closed since, oldest first."""


@runtime_checkable
class LastApplied(Journal, Protocol):
    """Optional capability: the history since the last apply."""

    def after_apply(self) -> tuple[int, list[Case]] | None:
        """Return the serial after the last complete apply, and the cases open after the last apply of any kind.

        For a rebased apply, the serial is that of its plan. Returns None if nothing was applied.
        """


@runtime_checkable
class KeepsNotices(Protocol):
    """Optional capability of targets: they record the notices that were sent."""

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""


@runtime_checkable
class RecordsNotices(Protocol):
    """Optional capability of sessions: they record notices, so that none is sent twice."""

    def read_notices(self) -> tuple[Notice, ...]:
        """Return every notice, sorted by time and id."""

    def record_notices(self, notices: Sequence[Notice]) -> None:
        """Record notices in their new states, with a log entry each, in one transaction."""


class Target(Protocol):
    """A place where an account is stored."""

    @property
    def url(self) -> str:
        """The URL for messages. It contains no secret."""

    def read(self) -> State:
        """Return the whole state. Raises TargetProblem if it cannot be read completely."""

    def route(self, step: Step) -> str:
        """Return how this target carries out a step: account, api, csv, scim, console, form, support or purchase."""

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:
        """Lock the target for changes by an actor: an address, `PORTAL` of `seatsync/account/history.py`, or None.

        None is the owner of the account. Raises TargetProblem if another session holds the lock, naming its actor.
        """


Opener: TypeAlias = Callable[[str, Path, Mapping[str, str], Clock | None], Target]
"""The function of an entry point: URL, project folder, environment and clock (None: the machine's) to a target.

It must not open the target yet. The clock is for a state that depends on the day.
"""

BUILT_IN: dict[str, str] = {
    "file": "seatsync.targets.snapshot:open_file",
    "postgresql": "seatsync.targets.sql.store:open_postgres",
    "sqlite": "seatsync.targets.sql.store:open_sqlite",
}
"""The built-in entry points, as in `pyproject.toml` (a test compares the two).

They are looked up first, because finding entry points means reading the metadata of every installed package, which can
be stale in a checkout; and so that no other package can take over one of these schemes.
"""

GROUP = "seatsync.targets"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")


def open_target(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> Target:
    """Return the target that a URL names. Relative paths start at `root`.

    Raises TargetProblem for an unknown scheme, and for a URL with a password, since plans and messages show the URL.
    """
    if has_secret(url):
        remedy = "remove it: secrets come from the environment (SEATSYNC_TOKEN, PGPASSWORD) or a file"
        raise TargetProblem(masked(url), "the URL of the target contains a password", remedy)
    match = _SCHEME.match(url)
    if match is None:
        raise TargetProblem(
            url or "the target", "not a URL of the form SCHEME:PLACE", "write for example sqlite:///account.db"
        )
    scheme = match[1].lower()
    if scheme in BUILT_IN:
        module, _, function = BUILT_IN[scheme].partition(":")
        opener: Opener = getattr(importlib.import_module(module), function)
        return opener(url, root, environ, clock)
    # Imported late because importlib.metadata takes longer to load than a small plan takes to make.
    plug_ins = importlib.import_module("seatsync.targets.plug_ins")
    found: Target = plug_ins.open_foreign(scheme, url, root, environ, clock)
    return found
