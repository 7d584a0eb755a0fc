"""The runs of a store, by its log: what they changed, applied and opened, and which changes were seatsync's own.

The texts that an apply replaces are archived under their fingerprints, which the audit log contains; an altered text is
therefore not found. Versions before the first archive kept none, so such older declarations are unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final, Literal

from seatsync.account.actions.table import ACTIONS
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.actions.user_actions import ACCEPT_INVITATION
from seatsync.account.history import PORTAL, HistoryEntry, RunSummary, from_plain, runs, same
from seatsync.targets.sql.audit_log import fingerprint, other_entries
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.records import MALFORMED, applied_serial, read_applied, read_cases, read_history
from seatsync.targets.sql.tables import Sums, damaged
from seatsync.targets.target import Case


@dataclass(frozen=True, slots=True)
class Applied:
    """A declaration and a policy that were applied, as canonical JSON.

    `partly`: they were replaced by a run that covered only some teams or contracts.
    """

    declaration: str
    policy: str
    partly: bool


class NotAvailable(Enum):
    """Reason why there is no earlier declaration: nothing was applied before, or its text is unknown."""

    NOTHING = auto()
    UNKNOWN = auto()


NOTHING: Final = NotAvailable.NOTHING
UNKNOWN: Final = NotAvailable.UNKNOWN

_COMMANDS = {
    **{name: "purchase" for name, spec in ACTIONS.items() if spec.channel == "purchase"},
    LOAD_ACCOUNT.name: "load",
    ACCEPT_INVITATION.name: "accept",
}
"""Commands by the action of their first step."""


def applied_before(
    database: Database, sums: Sums, run: int
) -> Applied | Literal[NotAvailable.NOTHING, NotAvailable.UNKNOWN]:
    """Return what was applied last before a run; UNKNOWN unless that run was also the last to apply something."""
    own: dict[str, Any] | None = None
    earlier: dict[str, Any] | None = None
    for facts in _facts(database, "applied"):
        if facts.get("run") == run:
            own = facts
        elif own is None:
            earlier = facts
    now = read_applied(database, sums)
    if own is None or [fingerprint(text) for text in now or ()] != [own["declaration"], own["policy"]]:
        return UNKNOWN
    if earlier is None or earlier["declaration"] is None:
        return NOTHING
    declaration, policy = (_archived(database, earlier[name]) for name in ("declaration", "policy"))
    return UNKNOWN if declaration is None or policy is None else Applied(declaration, policy, bool(own.get("partly")))


def opened_by(database: Database, run: int) -> list[Case]:
    """Return the cases that a run opened, oldest first."""
    names = {facts["case"] for facts in _facts(database, "case-opened") if facts.get("run") == run}
    return [case for case in read_cases(database, closed=True) if case.id in names]


def after_apply(database: Database) -> tuple[int, list[Case]] | None:
    """Return the serial after the last apply and the cases that were open then, None if nothing was applied."""
    serial = applied_serial(database)
    if serial is None:
        return None
    now: set[str] = set()
    then: frozenset[str] = frozenset()
    for facts in _facts(database, "case-opened", "case-closed", "case-reopened", "applied"):
        if facts["kind"] == "applied":
            then = frozenset(now)
        elif facts["kind"] in {"case-opened", "case-reopened"}:
            now.add(facts["case"])
        else:
            now.discard(facts["case"])
    return serial, [case for case in read_cases(database, closed=True) if case.id in then]


def own_changes(database: Database, since: int) -> frozenset[int]:
    """Return the serials after `since` of seatsync's own changes.

    These are the changes by runs that recorded what they cover, those that confirmed cases of such runs, and what a
    later look showed of such cases.
    """
    own: set[int] = set()
    cases: set[str] = set()
    confirmed: set[tuple[int, str]] = set()
    for facts in _facts(database, "covers", "case-opened", "case-closed"):
        run = facts.get("run", 0)
        if facts["kind"] == "covers":
            own.add(run)
        elif facts["kind"] == "case-opened" and run in own:
            cases.add(facts["case"])
        elif facts["kind"] == "case-closed" and facts["case"] in cases:
            confirmed.add((run, same(from_plain(facts["step"]))))
    history = read_history(database, since)
    return frozenset(
        each.serial
        for each in history
        if each.run in own or each.case in cases or (each.run, same(each.step)) in confirmed
    )


def read_runs(database: Database) -> list[RunSummary]:
    """Return every run that changed something or opened a case, in order."""
    kinds: dict[int, str] = {}
    opened: dict[int, list[Case]] = {}
    cases = {case.id: case for case in read_cases(database, closed=True)}
    for facts in _facts(database, "note", "case-opened", "case-closed", "case-reopened"):
        run = facts.get("run", 0)
        if facts["kind"] == "case-opened":
            opened.setdefault(run, []).extend(case for case in (cases.get(facts["case"]),) if case is not None)
        elif facts["kind"] == "case-reopened":
            kinds[run] = "refresh"
        elif facts["kind"] == "case-closed":
            case = cases.get(facts["case"])
            if case is not None and case.route == "api":  # by the run that carried it out, or by a look
                continue
            kinds[run] = "refresh" if facts.get("as") == "seen" else "confirm"
        elif facts["text"].startswith("undo of run "):
            kinds[run] = facts["text"]
    changed = {run.number: run.entries for run in runs(read_history(database))}
    return [
        _summary(number, kinds.get(number), changed.get(number, ()), opened.get(number, []))
        for number in sorted(changed.keys() | opened.keys())
    ]


def _summary(number: int, kind: str | None, entries: tuple[HistoryEntry, ...], opened: list[Case]) -> RunSummary:
    at, actor = (entries[0].at, entries[0].actor) if entries else (opened[0].opened_at, opened[0].opened_by)
    first = entries[0].step.action if entries else ""
    kind = kind or ("refresh" if actor == PORTAL else _COMMANDS.get(first, "apply"))
    shown = (case for case in opened if case.route != "api" or case.closed_at is None)  # others are its entries
    return RunSummary(number, kind, at, actor, entries, tuple(case.id for case in shown))


def _facts(database: Database, *kinds: str) -> list[dict[str, Any]]:
    """Return the parsed entries of some kinds in the audit log, in order."""
    try:
        return [facts for entry in other_entries(database) if (facts := entry.facts)["kind"] in kinds]
    except MALFORMED as error:
        raise damaged(database, "the log cannot be read") from error


def _archived(database: Database, mark: str) -> str | None:
    """Return the archived text with a fingerprint, None if it is missing or was altered."""
    row = database.row("SELECT text FROM replaced WHERE hash = ?", (mark,))
    return row[0] if row is not None and fingerprint(row[0]) == mark else None
