"""Writing cases, and what a look at the real account showed: the transactions of a session besides its steps.

Log entries of cases: `case-opened`, `case-changed` (route, people or needs), `case-closed`, `case-seen` (a source
showed a confirmed one) and `case-reopened`. `mirror` has the fingerprint of the record of a mirror.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import RECORDED
from seatsync.account.engine import Refused, attempt
from seatsync.account.history import to_plain
from seatsync.account.mails import Mail
from seatsync.account.model import TABLES, Account, Change
from seatsync.clock import Clock
from seatsync.errors import TargetProblem
from seatsync.targets.sql import records
from seatsync.targets.sql.audit_log import fingerprint
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.stored_account import read_account, read_meta
from seatsync.targets.sql.tables import Sums
from seatsync.targets.target import Case, CaseRequest, Observed, Outcome


class Writing(Protocol):
    """The writer of one transaction (`session.py`)."""

    database: Database
    account: Account
    clock: Clock
    actor: str | None
    run: int

    @property
    def sums(self) -> Sums: ...  # noqa: D102 - as in Writer

    def audit(self, kind: str, **facts: object) -> None: ...  # noqa: D102 - as in Writer

    def step(  # noqa: D102 - as in Writer
        self, step: Step, changes: tuple[Change, ...], causes: Sequence[Mail], channel: str, **facts: object
    ) -> int: ...

    def finish(self) -> None: ...  # noqa: D102 - as in Writer


def open_case(writer: Writing, case: Case) -> str:
    """Open a case (`id` and times are set here) unless one for the same step is open; return the id.

    The open one gets route, people and needs of the request.
    """
    facts: dict[str, Any] = {"route": case.route, "people": case.people, "needs": case.needs} if case.route else {}
    before = records.open_case_for(writer.database, case.step)
    if before is None:
        name = records.case_id(records.next_id(writer.database, "cases"))
        opened = case._replace(id=name, opened_at=writer.clock.stamp, opened_by=writer.actor)
        records.write_case(writer.database, opened, writer.sums)
        writer.audit("case-opened", case=name, step=to_plain(case.step), run=writer.run, **facts)
        return name
    changed = before._replace(**facts)
    if changed != before:
        records.write_case(writer.database, changed, writer.sums)
        writer.audit("case-changed", case=before.id, run=writer.run, **facts)
    return before.id


def close_case(
    writer: Writing,
    case: Case,
    how: Literal["confirmed", "seen", "withdrawn"],
    evidence: str | None = None,
    *,
    source: str | None = None,
    done: bool = False,
) -> None:
    """Close a case. `done`: its step was carried out now, rather than having taken effect before, or never."""
    closed = case._replace(
        closed_at=writer.clock.stamp, closed_by=writer.actor, closed_as=how, evidence=evidence, seen_in=source
    )
    records.write_case(writer.database, closed, writer.sums)
    facts: dict[str, object] = {"as": how, "evidence": evidence, "done": done, "run": writer.run}
    facts |= {} if source is None else {"source": source}
    writer.audit("case-closed", case=case.id, step=to_plain(case.step), **facts)


def open_requests(writer: Writing, requests: Sequence[CaseRequest]) -> list[Outcome]:
    """Open a case for each request, on an account on which the earlier ones took effect, up to the first refusal."""
    account = writer.account.copy()
    names: dict[int, tuple[str, ...]] = {}
    outcomes: list[Outcome] = []
    for request in requests:
        rows = attempt(account, request.step, writer.clock)
        if isinstance(rows, Refused):
            outcomes.append(Outcome("refused", f"{rows.code}: {rows.message}", account.serial))
            break
        account.change(rows)
        needs = tuple(dict.fromkeys(name for need in request.needs for name in names[need]))
        if request.waits:
            names[request.id] = needs
            outcomes.append(Outcome("waits", "", account.serial))
            continue
        case = Case("", request.step, "", None, route=request.route, people=request.people, needs=needs)
        name = open_case(writer, case)
        names[request.id] = (name,)
        outcomes.append(Outcome("case", name, account.serial))
    return outcomes


def withdraw(writer: Writing, reasons: Mapping[str, str]) -> None:
    """Close open cases, each with the reason why it was not carried out."""
    known = {case.id: case for case in records.read_cases(writer.database)}
    for name, reason in sorted(reasons.items()):
        if name not in known:
            raise TargetProblem(writer.database.url, f"there is no open case {name}", "please report this as a bug")
        close_case(writer, known[name], "withdrawn", reason)


def observe(
    writer: Writing, changes: Sequence[Observed], mirror: str, seen: Mapping[str, str], contradicted: Mapping[str, str]
) -> int:
    """Write what a look showed: rows, record, and what it means for cases; return the serial."""
    for each in changes:
        _write_rows(writer, each)
    if mirror != records.read_mirror(writer.database, writer.sums):
        record_mirror(writer, mirror)
    known = {case.id: case for case in records.read_cases(writer.database, closed=True)} if seen or contradicted else {}
    for name, source in sorted(seen.items()):
        _see(writer, _known(writer, known, name), source)
    for name, source in sorted(contradicted.items()):
        _reopen(writer, _known(writer, known, name), source)
    if changes:
        writer.finish()
        _require_readable(writer)
    return writer.account.serial or 0


def record_mirror(writer: Writing, mirror: str) -> None:
    """Replace the record of a mirror."""
    records.write_mirror(writer.database, mirror, writer.sums)
    writer.audit("mirror", record=fingerprint(mirror), run=writer.run)


def _write_rows(writer: Writing, each: Observed) -> None:
    facts = {"origin": each.origin} | ({} if each.case is None else {"case": each.case})
    try:
        for row in each.rows:
            _require_shape(row)
        writer.step(each.step, each.rows, (), RECORDED[each.step.action].channel, **facts)
    except (KeyError, TypeError, ValueError) as error:
        problem = f"{each.origin}: {each.step.action} does not fit the recorded account; nothing was recorded"
        raise TargetProblem(writer.database.url, problem, "please report this as a bug") from error


def _require_shape(row: Change) -> None:
    keys, values = TABLES[row.table]
    if len(row.key) != len(keys) or any(len(each) != len(values) for each in (row.old, row.new) if each is not None):
        raise ValueError(row)


def reads_back(writer: Writing) -> bool:
    """Return True if what was written, perhaps without the engine, adds up to the account in memory."""
    try:
        return read_account(writer.database, read_meta(writer.database)) == writer.account
    except TargetProblem:
        return False


def _require_readable(writer: Writing) -> None:
    if not reads_back(writer):
        problem = "what was seen does not fit the recorded account; nothing was recorded"
        raise TargetProblem(writer.database.url, problem, "please report this as a bug")


def _known(writer: Writing, known: Mapping[str, Case], name: str) -> Case:
    case = known.get(name)
    if case is None:
        raise TargetProblem(writer.database.url, f"there is no case {name}", "please report this as a bug")
    return case


def _see(writer: Writing, case: Case, source: str) -> None:
    if case.closed_at is None:
        close_case(writer, case, "seen", source=source)
        return
    _require_confirmed(writer, case)
    records.write_case(writer.database, case._replace(seen_in=source), writer.sums)
    writer.audit("case-seen", case=case.id, source=source, run=writer.run)


def _reopen(writer: Writing, case: Case, source: str) -> None:
    _require_confirmed(writer, case)
    if records.open_case_for(writer.database, case.step) is not None:
        problem = f"{case.id} cannot be opened again: another case for the same step is open"
        raise TargetProblem(writer.database.url, problem, "please report this as a bug")
    opened = case._replace(closed_at=None, closed_by=None, closed_as=None, evidence=None)
    records.write_case(writer.database, opened, writer.sums)
    writer.audit("case-reopened", case=case.id, step=to_plain(case.step), source=source, run=writer.run)


def _require_confirmed(writer: Writing, case: Case) -> None:
    if case.closed_as != "confirmed" or case.seen_in is not None:
        problem = f"{case.id} is neither open nor confirmed without having been seen"
        raise TargetProblem(writer.database.url, problem, "please report this as a bug")
