"""Seats that can be reclaimed: exactly those of people who are eligible; and the change of the files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from seatsync.account.model import Account
from seatsync.commands.shared.reclaim_proposal import given_back
from seatsync.declaration.declared import Declaration
from seatsync.declaration.files import Folder
from seatsync.declaration.load import load
from seatsync.editing.changeset import Overlay
from seatsync.finding import has_errors
from seatsync.insight.reports.reclaim import due_for_proposal, reclaim
from seatsync.insight.reports.reclaim_judge import Judge
from seatsync.insight.reports.reclaimable import Candidate, Reclaimable
from seatsync.insight.reports.seat_entries import SeatEntries
from seatsync.insight.reports.seat_use import Held, Names, SeatFacts
from seatsync.planning.make import Request, make_plan
from seatsync.staffing.giving_back import give_back
from tests.drift.layouts import comments
from tests.reclaim.made_up import CLOCK, DAY, ELIGIBLE, INELIGIBLE, Seat, World

SEEDS = range(12)
PEOPLE = 50


def fifty(world: World) -> dict[Seat, str]:
    """Add fifty people who are not eligible, of every kind, and return the kind of each seat."""
    kinds = [*INELIGIBLE, *world.random.choices(list(INELIGIBLE), k=PEOPLE - len(INELIGIBLE))]
    return {INELIGIBLE[kind](world): kind for kind in kinds}


def some_eligible(world: World) -> set[Seat]:
    """Add people who are eligible, of every kind, and return their seats."""
    return {ELIGIBLE[kind](world) for kind in (*ELIGIBLE, *world.random.choices(list(ELIGIBLE), k=14))}


def judged(world: World, folder: Path) -> tuple[Declaration, Account, Reclaimable]:
    declared = world.write(folder)
    inputs = world.inputs(declared)
    return declared, inputs.account, reclaim(inputs, declared)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_fifty_ineligible_people_none_is_named_and_all_others_are(seed: int, tmp_path: Path) -> None:
    world = World(Random(seed))
    ineligible, eligible = fifty(world), some_eligible(world)
    assert len(ineligible) == PEOPLE
    _, _, found = judged(world, tmp_path)
    assert {kind for seat, kind in ineligible.items() if seat in keys(found.candidates)} == set()
    assert keys(found.candidates) == eligible


def keys(seats: tuple[Candidate, ...]) -> set[Seat]:
    return {each.key for each in seats}


def _nothing(*_: object) -> None:
    return None


BROKEN: dict[str, tuple[type, str, Callable[..., object]]] = {
    "files": (Judge, "_by_files", _nothing),
    "people": (Judge, "_by_person", _nothing),
    "new seats": (Judge, "_held", lambda *_: Held("2020-01-01", exact=True)),
    "use": (Judge, "_by_use", _nothing),
    "reported": (SeatFacts, "is_reported", lambda *_: True),
    "exemptions": (SeatEntries, "exemption", _nothing),
    "absences": (SeatEntries, "absence", _nothing),
    "former addresses": (Names, "of", lambda _, name: (name,)),
}
"""Variants that leave out a reason."""


@pytest.mark.parametrize("name", BROKEN)
def test_a_judgement_without_one_of_the_reasons_is_noticed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, method, broken = BROKEN[name]
    monkeypatch.setattr(owner, method, broken)
    world = World(Random(1))
    ineligible, _ = fifty(world), some_eligible(world)
    _, _, found = judged(world, tmp_path)
    assert keys(found.candidates) & ineligible.keys()


def test_every_kind_has_a_reason_of_its_own(tmp_path: Path) -> None:
    world = World(Random(2))
    kinds = {INELIGIBLE[kind](world): kind for kind in INELIGIBLE}
    _, _, found = judged(world, tmp_path)
    reasons = {kinds[each.seat.team, each.seat.product, each.seat.person]: each.against for each in found.others}
    assert (found.used, found.ignored) == (3, 1)
    assert reasons == {
        "assigned recently": "assigned recently",
        "assigned by the log": "assigned recently",
        "begun recently": "assigned recently",
        "assigned unknown": "assigned unknown",
        "assigned after the report": "assigned unknown",
        "exempt user": "exempt",
        "exempt group": "exempt",
        "exempt product": "exempt",
        "exempt team": "exempt",
        "on leave": "on leave",
        "on leave as member": "on leave",
        "away from a group": "on leave",
        "back in a group": "back from leave",
        "not begun": "on leave",
        "over": "over",
        "back from leave": "back from leave",
        "removed": "removed",
        "pending": "pending",
        "protected": "protected",
        "not reported": "not reported",
        "classic": "not reported",
        "not counted": "not counted",
        "no subscription": "no subscription",
        "no row": "unknown",
        "few days": "unknown",
        "old report": "unknown",
        "empty report": "unknown",
        "active": "unknown",
        "hashed": "unknown",
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_the_proposal_takes_exactly_the_named_seats(seed: int, tmp_path: Path) -> None:
    world = World(Random(seed))
    some_eligible(world)
    fifty(world)
    declared, account, found = judged(world, tmp_path)
    chosen = due_for_proposal(found, without_notice=True)
    assert keys(chosen) == keys(found.candidates)
    proposal = give_back(declared, given_back(chosen, SeatEntries(declared, account, DAY)))
    assert not proposal.changes.skipped
    contents, _, refused = proposal.changes.contents(Folder(tmp_path))
    assert refused == {}
    for changed in contents.values():
        assert comments(changed.new.decode()) <= comments(changed.old.decode())
    loaded = load(tmp_path, files=Overlay(Folder(tmp_path), {str(path): each.new for path, each in contents.items()}))
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings)
    before, after = (steps(each, account) for each in (declared, loaded.declaration))
    assert before <= after
    assert after - before == promised(chosen)


def steps(declared: Declaration, account: Account) -> set[tuple[str, ...]]:
    """Return the steps of a plan: action, team, and product or group, and person."""
    plan = make_plan(declared, Request(account, "file:x", CLOCK, lambda _: "account", "", "{}"))
    assert {finding.code for finding in plan.findings} <= {"GUARD002"}
    found: set[tuple[str, ...]] = set()
    for planned in plan.steps:
        thing = planned.step.get("product") or planned.step.get("group") or ""
        found.add((planned.step.action, planned.step.scope.name, str(thing), str(planned.step.get("user"))))
    return found


def promised(chosen: tuple[Candidate, ...]) -> set[tuple[str, ...]]:
    found: set[tuple[str, ...]] = set()
    for each in chosen:
        seat = each.seat
        found |= {("seat.unassign", seat.team, seat.product, seat.shown)} if seat.direct else set()
        groups = seat.groups if each.takes else ()
        found |= {("group.remove_member", seat.team, group, seat.shown) for group in groups}
    return found
