"""Approvals of plans of a fleet: each is for the intent of a plan, and what waited for it is applied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from seatsync.commands.shared.console import Console, Outputs
from seatsync.commands.shared.fleet.asking import Asked, key_of
from seatsync.commands.shared.fleet.front import run_chosen
from seatsync.commands.shared.fleet.request import FrontOptions
from seatsync.errors import WrongUsage
from seatsync.fleet.declared_fleet import Fleet
from seatsync.fleet.run_values import Approval, Command, NewRun, RunRecord
from seatsync.fleet.workflows import Engine


class Approving(NamedTuple):
    """The accounts whose plans are approved, by whom (empty: by the operator), and the intent that they must have.

    Each of those that are `named` must have a plan to approve; others, chosen by label or pattern, are passed over
    without one.
    """

    accounts: tuple[str, ...]
    named: frozenset[str]
    person: str
    intent: str | None


def approve(console: Console, fleet: Fleet, approving: Approving, how: FrontOptions, where: Outputs) -> int:
    """Record approvals, and apply what waited for them. Raises `WrongUsage` if there is nothing to approve."""

    def choose(engine: Engine, front: str | None) -> tuple[Asked, Sequence[tuple[str, Approval]]]:
        newest = engine.runs.newest()
        new: list[NewRun] = []
        approvals: list[tuple[str, Approval]] = []
        for name in dict.fromkeys(approving.accounts):
            run = _to_approve(name, newest, approving.intent)
            if run is None and name not in approving.named:
                continue
            if run is None:
                raise WrongUsage(f"account {name} {_NO_PLAN}")
            approvals.append((name, Approval(approving.person, run.intent or "")))
            options = {**run.options, "auto-approve": False} if run.command == "apply" else _apply_as(run.options)
            new.append(NewRun(key_of("apply", name, console), name, "apply", options, front))
        if not new:
            raise WrongUsage(f"no selected account {_NO_PLAN}")
        return Asked(tuple(new), {}, {}), approvals

    return run_chosen(console, fleet, "apply", choose, how, where)


_NO_PLAN: Final = "has no plan that waits for an approval; run `seatsync fleet plan` or `seatsync fleet apply`"


def _to_approve(name: str, newest: Mapping[tuple[str, Command], RunRecord], intent: str | None) -> RunRecord | None:
    """Return the run whose plan is approved: an apply that waits, else a plan with changes, if any."""
    found = [newest.get((name, "apply")), newest.get((name, "plan"))]
    plans = [run for run in found if run is not None and run.intent and run.outcome in {"approval", "changes"}]
    if not plans:
        return None
    run = plans[0]
    last = max(plans, key=lambda each: each.queued_at)
    if last.intent != run.intent:
        problem = f"waits with another plan (intent {run.intent}) than the one that was shown last ({last.intent})"
        raise WrongUsage(f"account {name} {problem}; run `seatsync fleet apply`, and approve what it shows")
    if intent is not None and intent != run.intent:
        raise WrongUsage(f"account {name} has a plan with the intent {run.intent}, not {intent}; look at it again")
    return run


def _apply_as(options: Mapping[str, object]) -> dict[str, object]:
    """Return the options of an apply of what was planned."""
    return {**options, "partial": False, "auto-approve": False, "require": 0, "author": []}
