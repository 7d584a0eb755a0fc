"""What the API cannot list is completed: invited people, seats without a pool, names, and what was just written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from seatsync.account.model import Account, Team, User
from seatsync.clock import Clock
from seatsync.portal.knowledge import NOTHING_YET, Knowledge, Look, Mirror
from seatsync.portal.observation import Coverage, Facts, Kind, Moment, Observation, Person, Value, combined
from seatsync.portal.remembered import facts_of
from seatsync.portal.source_checks import Limits
from seatsync.portal.sources.filling import completed, with_api
from seatsync.portal.sources.listed_pools import Pool
from seatsync.portal.sources.team_admin_source import _fact, _List

ANA, BEN, CHO = (f"{name}@acme.example" for name in ("ana", "ben", "cho"))
NOON = datetime.fromisoformat("2026-06-15T12:00:00+00:00")
POOL = Pool("prod_1", 5, 1, unlimited=False, starts=None, ends=None, seen="2026-06-15T12:00:00Z")
LIMITS = Limits(Clock.of(NOON))
HERE = _List("exports/users.csv")

Shown = dict[Kind, dict[tuple[str, ...], Value]]


def moment(hours: float) -> Moment:
    """Return a moment some hours after noon."""
    return Moment.of((NOON + timedelta(hours=hours)).timestamp())


def shows(source: str, hours: float, shown: Shown, pools: dict[str, Pool] | None = None) -> Observation:
    facts: dict[Coverage, Facts] = {
        (kind, "design"): {key: _fact(value, HERE, 1) for key, value in sorted(found.items())}
        for kind, found in shown.items()
    }
    return Observation(source, moment(hours), facts, pools=pools)


def people(*users: str) -> dict[tuple[str, ...], Value]:
    return {(user,): Person(user, user[:3].title(), "T") for user in users}


def mirror(knowledge: Knowledge = NOTHING_YET) -> Mirror:
    """Return a mirror with Ana, and Ben, who is pending; both hold Old, and Ana holds AutoCAD."""
    account = Account("acme", "5f0c", 5)
    account.users = {ANA: User(ANA, "Ana", "T"), BEN: User(BEN, "Ben", "T", "pending")}
    account.teams["design"] = Team(ANA, members={ANA, BEN}, seats={"AutoCAD": {ANA}, "Old": {ANA, BEN}})
    looks: dict[Coverage, Look] = {
        about: Look("users.csv", moment(-24)) for about in (("people", "design"), ("seats", "design"))
    }
    return Mirror(account, replace(knowledge, looks={**looks, **knowledge.looks}))


API: Shown = {"people": people(ANA), "roles": {(ANA,): "primary"}, "seats": {("AutoCAD", ANA): "direct"}}


def whole(
    *others: Observation, api: Shown = API, known: Mirror | None = None, acts: dict[str, str] | None = None
) -> dict[str, dict[tuple[str, ...], Value]]:
    """Return what the observation of the API is completed to, by kind."""
    known = known or mirror()
    listed = shows("team-admin:design", 0, api, {"AutoCAD": POOL})
    found = completed([*others, listed], known, facts_of(known), acts or {}, LIMITS)
    (observation,) = [each for each in found if each.pools is not None]
    return {kind: {key: fact.value for key, fact in facts.items()} for (kind, _), facts in observation.facts.items()}


def test_from_the_mirror() -> None:
    """Ben is pending and may just not be listed; nobody can tell who holds what has no pool."""
    found = whole()
    assert found["people"] == people(ANA, BEN)
    assert found["roles"] == {(ANA,): "primary", (BEN,): "member"}
    assert found["seats"] == {("AutoCAD", ANA): "direct", ("Old", ANA): "", ("Old", BEN): ""}


def test_somebody_with_a_seat_who_is_not_listed_is_as_before() -> None:
    """The API says nothing of the role and the status of Ben, and does not list him."""
    listed = shows("team-admin:design", 0, {**API, "status": {(ANA,): "active"}}, {"AutoCAD": POOL})
    facts = {about: dict(found) for about, found in listed.facts.items()}
    seats = _List("team-admin:/teams/100001/assignments")
    unlisted: tuple[tuple[Kind, Value], ...] = (("people", Person(BEN)), ("roles", None), ("status", None))
    for kind, value in unlisted:
        facts[kind, "design"][BEN,] = _fact(value, seats, 1)
    export = shows("new.csv", -2, {"people": people(ANA, BEN), "status": {(BEN,): "pending"}})
    for known, others in (
        (mirror(Knowledge(looks={("status", "design"): Look("users.csv", moment(-24))})), []),
        (mirror(), [export]),
    ):
        *_, found = completed([*others, replace(listed, facts=facts)], known, facts_of(known), {}, LIMITS)
        assert found.facts["people", "design"][BEN,].value == Person(BEN, "Ben", "T")
        assert found.facts["roles", "design"][BEN,].value == "member"
        assert found.facts["status", "design"][BEN,].value == "pending"


def test_somebody_who_had_accepted_is_gone() -> None:
    known = mirror()
    known.account.users[BEN] = User(BEN, "Ben", "T")
    found = whole(known=known)
    assert found["people"] == people(ANA)
    assert found["seats"] == {("AutoCAD", ANA): "direct", ("Old", ANA): ""}


def test_from_a_newer_export() -> None:
    export = shows(
        "new.csv", -2, {"people": people(ANA, CHO), "status": {(CHO,): "pending"}, "seats": {("Old", CHO): ""}}
    )
    found = whole(export)
    assert found["people"] == people(ANA, CHO)
    assert found["seats"] == {("AutoCAD", ANA): "direct", ("Old", CHO): ""}


@pytest.mark.parametrize(
    ("hours", "acts", "reason"),
    [
        (-25, {}, "older than what the mirror knows"),
        (-8 * 24, {}, "too old"),
        (-2, {"design": "2026-06-15T11:00:00Z"}, "older than the last apply"),
    ],
)
def test_an_export_that_says_nothing_any_more(hours: float, acts: dict[str, str], reason: str) -> None:
    export = shows("old.csv", hours, {"people": people(ANA, CHO), "status": {(CHO,): "pending"}, "seats": {}})
    found = whole(export, acts=acts)
    assert found["people"] == people(ANA, BEN), reason
    assert ("Old", BEN) in found["seats"], reason


def test_an_export_may_be_older_than_a_look_at_the_api_alone() -> None:
    """That look showed nothing of the rest, so that the export is the first one to do so."""
    looks: dict[Coverage, Look] = {
        (kind, "design"): Look("team-admin:design", moment(-1)) for kind in ("people", "seats")
    }
    export = shows("users.csv", -2, {"people": people(ANA), "seats": {("Old", ANA): ""}})
    assert whole(export, known=mirror(Knowledge(looks)))["seats"] == {("AutoCAD", ANA): "direct", ("Old", ANA): ""}


def test_names_that_the_api_does_not_say() -> None:
    api: Shown = {**API, "people": {(ANA,): Person("Ana@acme.example", None, "Silva")}}
    assert whole(api=api)["people"][ANA,] == Person("Ana@acme.example", "Ana", "Silva")


@pytest.mark.parametrize(("minutes", "kept"), [(0, True), (9, True), (10, False), (60, False)])
def test_what_was_just_written_is_as_the_mirror_has_it(minutes: int, kept: bool) -> None:  # noqa: FBT001 - a case
    """The list lags: Ben's invitation and Ana's seat are missing, and Ana's other seat is still there."""
    at = (NOON - timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
    keys = [("design", BEN), ("design", "AutoCAD", ANA), ("design", "Revit", ANA)]
    known = mirror(NOTHING_YET.after_writing(keys, at, {("design", "AutoCAD", ANA): True}))
    known.account.users[BEN] = User(BEN, "Ben", "T")
    listed: Shown = {"people": people(ANA), "seats": {("Revit", ANA): "direct"}}
    api = shows("team-admin:design", 0, listed, {"AutoCAD": POOL, "Revit": POOL._replace(id="prod_2")})
    (found,) = completed([api], known, facts_of(known), {}, LIMITS)
    seats = {key: fact.value for key, fact in found.facts["seats", "design"].items()}
    assert ((BEN,) in found.facts["people", "design"]) is kept
    assert seats == ({("AutoCAD", ANA): "direct"} if kept else {("Revit", ANA): "direct"}) | {("Old", ANA): ""}


def test_an_export_from_before_the_last_apply_contradicts_nothing() -> None:
    export = shows("users.csv", -0.5, {"people": people(ANA, CHO), "seats": {}})
    api = shows("team-admin:design", 0, API, {"AutoCAD": POOL})
    acts = {"design": "2026-06-15T11:45:00Z"}
    for done, is_disputed in ((acts, False), ({}, True)):
        known = mirror()
        chosen, findings = combined(completed([export, api], known, facts_of(known), done, LIMITS), ["design"])
        assert {each.code for each in findings} == ({"SOURCE002"} if is_disputed else set())
        assert (("people", "design") in chosen) is not is_disputed


def test_what_is_remembered() -> None:
    known = mirror()
    export = shows("new.csv", -2, {"people": people(ANA), "seats": {("Old", ANA): ""}})
    api = shows("team-admin:design", 0, API, {"AutoCAD": POOL})
    found = completed([export, api], known, facts_of(known), {}, LIMITS)
    fresh, _ = combined(found)
    now = with_api(known.knowledge, known.account, fresh, LIMITS.clock.stamp)
    assert dict(now.pools) == {("design", "AutoCAD"): POOL}
    assert dict(now.direct) == {("design", "AutoCAD", ANA): True}
    new = Look("new.csv", moment(-2))
    assert dict(now.rest) == {("people", "design"): new, ("seats", "design"): new}
    by_export, _ = combined([export])
    assert dict(with_api(now, known.account, by_export, LIMITS.clock.stamp).rest) == {}
    alone, _ = combined(completed([api], known, facts_of(known), {}, LIMITS))
    look = Look("users.csv", moment(-24))
    assert dict(with_api(known.knowledge, known.account, alone, LIMITS.clock.stamp).rest) == {
        ("people", "design"): look,
        ("seats", "design"): look,
    }


def test_an_id_has_one_team() -> None:
    """A team that was renamed in the portal may stay under its old name, through which nothing is changed any more."""
    account = Account("acme", "lineage", 1)
    account.teams = {name: Team(ANA, members={ANA}) for name in ("design", "studio", "works")}
    shown = Observation("team-admin:studio", None, {("people", "studio"): {}}, pools={}, team_id="100001")
    before = Knowledge(team_ids={"design": "100001", "works": "100002", "gone": "100003"})
    found = with_api(before, account, {("people", "studio"): shown}, "2026-06-15T12:00:00Z")
    assert found.team_ids == {"studio": "100001", "works": "100002"}
