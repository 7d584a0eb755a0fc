"""A look at one account of a fleet, with what `status`, `drift` and `forecast` show of it."""

from __future__ import annotations

from dataclasses import replace

from seatsync.account.history import NO_PEOPLE
from seatsync.clock import Clock, later
from seatsync.commands.drift import since_apply
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.account_files import files_of, reason_of
from seatsync.commands.shared.plan_inputs import open_as_of, read_state
from seatsync.commands.shared.report_inputs import must_be_of
from seatsync.declaration.declared import Declaration
from seatsync.errors import SeatsyncError
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.seen import AccountSeen
from seatsync.insight.continuations import continued
from seatsync.insight.drift import drift
from seatsync.insight.drift_states import Comparison
from seatsync.insight.forecast import Window, shortages
from seatsync.targets.target import LastApplied, State, Target

FACTS = ("serial", "seen", "applied", "cases", "drift", "short")
"""The fields of `AccountSeen` that a look fills."""

_IN_PORTAL = frozenset({"portal", "both"})
"""The states of facts that were changed in the account outside of seatsync."""


def look(console: Console, fleet: Fleet, account: FleetAccount, day: str | None, days: int) -> AccountSeen:
    """Return what is seen of an account; a failure is its `error`, and the reason why facts are unknown.

    `days` is how far ahead pools are judged. The account is only read.
    """
    seen = AccountSeen(account)
    try:
        files = files_of(console, fleet, account)
        target = open_as_of(files.url, files.root, files.console, day, files.declared)
        state = read_state(target, files.console, files.declared, for_plans=False)
        must_be_of(files.project, state.account)
        seen = _seen(account, state)
        if files.declared is None:
            return _failed(seen, files.wrong)
        return _compared(seen, files.declared, target, state, console.clock(day, state.account.timezone), days)
    except (SeatsyncError, OSError) as error:
        return _failed(seen, reason_of(error))


def _failed(seen: AccountSeen, reason: str) -> AccountSeen:
    """Add the reason why what is not known yet is unknown."""
    unknown = tuple((name, reason) for name in FACTS if getattr(seen, name) is None)
    return replace(seen, unknown=unknown, error=reason)


def _seen(account: FleetAccount, state: State) -> AccountSeen:
    applied = state.applied_at or ""
    return AccountSeen(account, state.account.serial, state.seen, applied, len(state.cases))


def _compared(
    seen: AccountSeen, declared: Declaration, target: Target, state: State, clock: Clock, days: int
) -> AccountSeen:
    """Add what the files and the account say together: drift, and pools that are or become too small."""
    window = Window(clock.day, later(clock.day, days))
    short = {(each.team, each.product) for each in shortages(continued(declared, state.account), window)}
    seen = replace(seen, short=len(short))
    if not isinstance(target, LastApplied):
        return replace(seen, unknown=(("drift", "this target does not remember the last apply"),))
    if state.applied_declaration is None:
        return replace(seen, unknown=(("drift", "nothing has been applied yet"),))
    cases = tuple(case for case in state.cases if case.closed_at is None)
    since, tracked = since_apply(target, state), state.tracked or NO_PEOPLE
    about = Comparison(state.account, clock, None, (), cases, since, tracked, state.group_types, state.assumed)
    facts = drift(declared, state, about, target.url).facts
    return replace(seen, drift=sum(fact.status in _IN_PORTAL for fact in facts))
