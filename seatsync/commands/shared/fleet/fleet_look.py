"""A look at one account of a fleet, with what `status`, `drift` and `forecast` show of it."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

from seatsync.account.history import NO_PEOPLE
from seatsync.clock import Clock, later
from seatsync.commands.drift import since_apply
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import open_as_of, project_of, read_state, require_target
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.errors import SeatsyncError
from seatsync.finding import Finding, Severity
from seatsync.fleet.checkout import project_folder
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.seen import AccountSeen
from seatsync.insight.continuations import continued
from seatsync.insight.drift import drift
from seatsync.insight.drift_states import Comparison
from seatsync.insight.forecast import Window, shortages
from seatsync.planning.make import same_account
from seatsync.targets.target import LastApplied, State, Target

FACTS = ("serial", "seen", "applied", "cases", "drift", "short")
"""The fields of `AccountSeen` that a look fills."""

_IN_PORTAL = frozenset({"portal", "both"})
"""The states of facts that were changed in the account outside of seatsync."""


def look(console: Console, fleet: Fleet, account: FleetAccount, day: str | None, days: int) -> AccountSeen:
    """Return what is seen of an account; a failure is its `error`, and the reason why facts are unknown.

    `days` is how far ahead pools are judged. The account is only read.
    """
    quiet = console._replace(err=StringIO(), err_width=None, verbose=False)
    seen = AccountSeen(account)
    try:
        root = project_folder(fleet, account, console.environment)
        loaded = load(root)
        declared = loaded.declaration
        wrong = next((each for each in loaded.findings if each.severity is Severity.ERROR), None)
        project = project_of(quiet, str(root)) if declared is None else declared.project
        usable = declared if wrong is None else None
        target = open_as_of(require_target(account.target, project), root, quiet, day, usable)
        state = read_state(target, quiet, usable, for_plans=False)
        if declared is not None:
            same_account(declared, state.account)
        seen = _seen(account, state)
        if usable is None:
            return _failed(seen, _words(wrong))
        return _compared(seen, usable, target, state, console.clock(day, state.account.timezone), days)
    except (SeatsyncError, OSError) as error:
        return _failed(seen, str(error) if isinstance(error, SeatsyncError) else f"{error.filename}: {error.strerror}")


def _failed(seen: AccountSeen, reason: str) -> AccountSeen:
    """Add the reason why what is not known yet is unknown."""
    unknown = tuple((name, reason) for name in FACTS if getattr(seen, name) is None)
    return replace(seen, unknown=unknown, error=reason)


def _words(wrong: Finding | None) -> str:
    """Return an error of the files in one line."""
    return "its files cannot be read" if wrong is None else f"{wrong.location}: {wrong.code} {wrong.message}"


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
