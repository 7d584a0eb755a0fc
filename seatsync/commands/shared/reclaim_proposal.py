"""The proposal of `report reclaim --propose`: a change of the files that gives back exactly the seats it names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.edit_run import Draft, draft_files, refuse
from seatsync.commands.shared.repository import Repository, excerpts
from seatsync.declaration.changing.transaction import replace_files
from seatsync.declaration.declared import Declaration
from seatsync.declaration.states import as_account
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim import due_for_proposal
from seatsync.insight.reports.reclaim_report import commit_message, not_proposed
from seatsync.insight.reports.reclaimable import Candidate, Reclaimable
from seatsync.insight.reports.seat_entries import SeatEntries
from seatsync.reading.plain_text import listed
from seatsync.reporting.escape import visible
from seatsync.rules import check
from seatsync.staffing.giving_back import GivenBack, give_back


def propose(
    console: Console,
    day: str | None,
    inputs: ReportInputs,
    declared: Declaration,
    found: Reclaimable,
    *,
    without_notice: bool,
) -> int:
    """Write the files without the seats that are due, all or none; print the commit message. Return the exit code."""
    root = declared.project.root
    checked = check(declared, inputs.clock.day, ())
    before = Repository(root, declared, checked.findings, checked.suppressed, excerpts(root, checked.findings))
    if has_errors(before.findings):
        return refuse(console, before, before.findings)
    chosen = due_for_proposal(found, without_notice=without_notice)
    for line in not_proposed(found, chosen):
        console.info(line)
    if not chosen:
        console.info("nothing to propose; nothing was written")
        return 0
    seats = given_back(chosen, SeatEntries(declared, inputs.account, inputs.clock.day))
    draft = draft_files(console, day, before, give_back(declared, seats))
    if has_errors(draft.new):
        return refuse(console, draft.repository, draft.new)
    _check_exact(draft, declared, seats, inputs.clock)
    replace_files(root, draft.contents, "report reclaim")
    console.info(
        f"changed {listed([visible(name) for name in draft.names])}; review and commit it, then `seatsync plan`"
    )
    console.output(commit_message(inputs, found, chosen))
    return 0


def given_back(chosen: Iterable[Candidate], entries: SeatEntries) -> list[GivenBack]:
    """Return the entries to remove, by declared names. Where nothing is taken, groups stay."""
    found = []
    for each in chosen:
        team = entries.team(each.seat.team)
        if team is not None:
            groups = each.entry.groups if each.takes else ()
            user = entries.declared_as(each.seat.person)
            found.append(GivenBack(team.name, each.seat.product, user, each.entry.direct, groups))
    return found


def _check_exact(draft: Draft, declared: Declaration, seats: Sequence[GivenBack], clock: Clock) -> None:
    """Raise SeatsyncError if the changed files declare anything but the same account without the seats."""
    changed = draft.repository.declaration
    wanted = as_account(declared, clock)
    _take(wanted, seats)
    if changed is None or as_account(changed, clock) != wanted:
        problem = "the change would not give back exactly these seats, as they are declared in another way, too"
        raise SeatsyncError(f"{problem}; nothing was written; change the files by hand")


def _take(account: Account, seats: Iterable[GivenBack]) -> None:
    """Take the seats out of a declared account; everybody stays a member."""
    for seat in seats:
        team = account.teams[seat.team]
        if seat.direct:
            left = set(team.seats[seat.product]) - {seat.user}
            team.seats[seat.product] = left
            if not left:
                del team.seats[seat.product]
        for name in seat.groups:
            team.groups[name].members = set(team.groups[name].members) - {seat.user}
