"""Seats that can be reclaimed, how far their holders were told, and which of them can be proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from seatsync.account.usage import Usage
from seatsync.clock import days_between, later
from seatsync.declaration.declared import Declaration
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim_judge import Judge
from seatsync.insight.reports.reclaimable import Candidate, Reclaimable, Stage
from seatsync.insight.reports.seat_use import SeatFacts

NOTICE, REMINDER = "reclaim", "reclaim-reminder"
"""The kinds of notices about seats, whose causes are those of `Candidate.cause`."""

_Notices: TypeAlias = dict[tuple[str, str, tuple[str, ...]], str]
"""The day of each notice, by kind, person and cause."""

REMINDER_AFTER = 23
PROPOSAL_AFTER = 30
"""Days from the notice until its reminder, a week before the seat may be proposed, and until then."""


def reclaim(inputs: ReportInputs, declared: Declaration, days: int | None = None) -> Reclaimable:
    """Judge every seat that is in sight; `days` without use are those of the policy by default."""
    history = () if inputs.journal is None else inputs.journal(0)
    facts = SeatFacts(inputs.usage or Usage(), declared, history, inputs.clock)
    judge = Judge(inputs, declared, facts, declared.project.policy.reclaim.days if days is None else days)
    for seat in judge.seats():
        judge.judge(seat)
    notices = _sent(inputs)
    candidates = (_with_stage(seat, notices, judge.day) for seat in _with_group_obstacles(judge.candidates))
    others = tuple(judge.others)
    return Reclaimable(
        judge.day, judge.days, tuple(candidates), others, judge.used, judge.ignored, tuple(judge.unknown)
    )


def due_for_notice(found: Reclaimable) -> tuple[Candidate, ...]:
    """Return the seats whose holders have not been told."""
    return _at(found, "notice due")


def due_for_reminder(found: Reclaimable) -> tuple[Candidate, ...]:
    """Return the seats whose holders are to be reminded, a week before the seats may be proposed."""
    return _at(found, "reminder due")


def due_for_proposal(found: Reclaimable, *, without_notice: bool = False) -> tuple[Candidate, ...]:
    """Return the seats that a change of the files can take now; `without_notice`: also those whose holders do not know.

    A group is only left if everything it gives its member is among them.
    """
    ready = [
        each
        for each in found.candidates
        if not each.obstacle and (without_notice or each.stage in {"proposal due", "no notice"})
    ]
    waiting = kept_by_groups(ready)
    return tuple(each for at, each in enumerate(ready) if at not in waiting)


def kept_by_groups(candidates: Sequence[Candidate]) -> dict[int, str]:
    """Return the candidates, by position, that cannot leave a group that gives more, each with what it gives.

    That is any product that is not among the candidates.
    """
    taken = {each.key for each in candidates if each.takes and not each.obstacle}
    found: dict[int, str] = {}
    while True:
        before = len(found)
        for at, each in enumerate(candidates):
            kept = (
                f"{group} gives {product}"
                for group, product in each.also
                if (each.seat.team, product, each.seat.person) not in taken
            )
            if each.key in taken and (text := next(kept, None)) is not None:
                taken.remove(each.key)
                found[at] = text
        if len(found) == before:
            return found


def _with_group_obstacles(candidates: Sequence[Candidate]) -> Iterable[Candidate]:
    """Yield candidates with the obstacle that a group gives more than what its member does not use.

    If there is a direct entry besides, that one can still be removed, which takes nothing.
    """
    kept = kept_by_groups(candidates)
    for at, each in enumerate(candidates):
        if at not in kept:
            yield each
        elif "beside a group" in each.why:
            yield each._replace(takes=False)
        else:
            yield each._replace(obstacle="group", about=kept[at])


def _sent(inputs: ReportInputs) -> _Notices:
    """Return the notices about seats that the mail server took."""
    found: _Notices = {}
    for notice in () if inputs.notices is None else inputs.notices():
        if notice.state == "sent" and notice.kind in {NOTICE, REMINDER}:
            for cause in notice.causes:
                found[notice.kind, notice.recipient, cause] = inputs.clock.day_of(notice.at)
    return found


def _with_stage(found: Candidate, notices: _Notices, day: str) -> Candidate:
    """Return a candidate with what its holder was told. Use must be known for the days after the notice."""
    if not found.takes or found.obstacle:
        return found
    told = notices.get((NOTICE, found.seat.person, found.cause))
    if told is None:
        return found._replace(stage="notice due")
    passed = days_between(told, day)
    stage: Stage = "told"
    if passed >= PROPOSAL_AFTER:
        known = found.known is not None and found.known >= later(told, PROPOSAL_AFTER - 1)
        stage = "proposal due" if known else "usage awaited"
    elif (REMINDER, found.seat.person, found.cause) in notices:
        stage = "reminded"
    elif passed >= REMINDER_AFTER:
        stage = "reminder due"
    return found._replace(stage=stage, told=told)


def _at(found: Reclaimable, stage: Stage) -> tuple[Candidate, ...]:
    return tuple(each for each in found.candidates if each.stage == stage)
