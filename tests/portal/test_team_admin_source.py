"""The Team Admin API as a source: what it covers with each behaviour of the made-up portal, and what it refuses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest

from seatsync.account.actions.user_actions import REMOVE_USER
from seatsync.account.model import Account, Scope, Team
from seatsync.demo.double import Double, Settings
from seatsync.demo.exchange import Arrived, Fault, Faults
from seatsync.demo.profiles import VARIANTS
from seatsync.demo.served_account import at_second
from seatsync.finding import Finding
from seatsync.portal.observation import Coverage, Moment, Observation, Person
from seatsync.portal.sources.listed_pools import Pool, added_up
from seatsync.portal.sources.team_admin_source import TeamAdminSource, _Listed
from seatsync.vendor import team_admin
from seatsync.vendor.http_client import Client, Limits, Timing
from seatsync.vendor.team_admin import RemotePerson, RemotePool, RemoteSeat
from tests.demo.conversation import ANA, BEN, CHO, DEE, EVE, NOON, account, portal
from tests.portal.source_conformance import check_source


def source_of(double: Double, token: str, *names: str) -> TeamAdminSource:
    """Return the source of some teams, in the double's own time."""
    timing = Timing(double.clock.moment, double.clock.now, double.clock.advance, lambda: 0.0)
    client = Client(f"{double.url}/team-admin/v1", lambda: token, timing=timing, limits=Limits(attempts=2))
    return TeamAdminSource(client, tuple((name, double.team_id(name)) for name in names), double.clock.moment)


def observed(*profiles: str, **settings: Any) -> tuple[list[Observation], list[Finding]]:  # noqa: ANN401 - passed on
    """Return what the source says about the team design."""
    with portal(*profiles, **settings) as visitor:
        source = source_of(visitor.double, visitor.token, "design")
        with source.client:
            return source.observe()


def values(observation: Observation, about: Coverage) -> dict[tuple[str, ...], object]:
    return {key: fact.value for key, fact in observation.facts[about].items()}


SEATS: Mapping[tuple[str, str], str] = {
    ("AutoCAD", ANA): "direct",
    ("AutoCAD", BEN): "inherited",
    ("AutoCAD", CHO): "inherited",
    ("Revit", ANA): "direct",
}
"""The seats of products that have a pool."""


def test_the_promises_of_a_source() -> None:
    with portal() as visitor:
        token = visitor.double.token(EVE)
        for source in (
            source_of(visitor.double, visitor.token, "design"),
            source_of(visitor.double, token, "works"),
        ):
            with source.client:
                check_source(source)


def test_what_it_says() -> None:
    ((observation,), findings) = observed()
    assert (observation.source, observation.moment and observation.moment.as_text()) == (
        "team-admin:design",
        "2026-07-30T12:00:05Z",
    )
    assert sorted(observation.facts) == [(kind, "design") for kind in ("people", "roles", "seats", "status")]
    assert values(observation, ("people", "design")) == {
        (ANA,): Person(ANA, "Ana", "Tester"),
        (BEN,): Person(BEN, "Ben", "Tester"),
        (CHO,): Person(CHO, "Cho", "Tester"),
        (DEE,): Person("Dee@acme.example", "Dee", "Kim"),
    }
    assert values(observation, ("roles", "design")) == {
        (ANA,): "primary",
        (BEN,): "secondary",
        (CHO,): "member",
        (DEE,): "member",
    }
    assert values(observation, ("status", "design"))[DEE,] == "pending"
    assert values(observation, ("seats", "design")) == SEATS
    pools = dict(observation.pools or {})
    assert {name: (pool.total, pool.assigned, pool.unlimited, pool.starts) for name, pool in pools.items()} == {
        "AutoCAD": (7, 3, False, "2026-01-01"),
        "Maya": (None, None, True, "2026-01-01"),
        "Next": (3, None, False, "2027-01-01"),
        "Revit": (1, 1, False, "2026-01-01"),
    }
    assert [(each.code, each.message) for each in findings] == [
        ("SOURCE007", "seats of 'prod_fc8fd47d9c39' in team 'design' are in no pool, so their product is unknown")
    ]
    place = observation.facts["people", "design"][BEN,].origin.location
    assert f"{place.file}:{place.line}" == "team-admin:/teams/136951400/users:2"


NOT_COVERED: Mapping[str, set[str]] = {
    "no-roles": {"roles"},
    "roles-invented": {"roles"},
    "no-status": {"status"},
}
"""The profiles in which the API does not say something, and what."""
REFUSED = {
    "no-email": "so people cannot be told apart",
    "cursors-dead": "The cursor has expired",
    "cursors-loop": "the pages go in a circle",
}
"""The profiles in which a list cannot be read. The last two show only with more than a page."""
SAME_WITH_ONE_PAGE = {"cursors-dead", "cursors-loop"}


@pytest.mark.parametrize("name", VARIANTS)
def test_every_profile(name: str) -> None:
    observations, findings = observed(name)
    errors = [each.message for each in findings if each.code == "SOURCE001"]
    if name in REFUSED and name not in SAME_WITH_ONE_PAGE:
        assert observations == []
        assert len(errors) > 0
        assert REFUSED[name] in errors[0]
        return
    assert errors == []
    (observation,) = observations
    covered = {kind for kind, _ in observation.facts}
    assert covered == {"people", "roles", "seats", "status"} - NOT_COVERED.get(name, set())
    people = set(values(observation, ("people", "design")))
    assert people == {(ANA,), (BEN,), (CHO,), (DEE,)} - ({(DEE,)} if name == "pending-hidden" else set())
    held = dict(SEATS)
    if name == "no-types":
        held = dict.fromkeys(held, "")
    if name == "direct-wins":
        held["AutoCAD", BEN] = "direct"
    assert values(observation, ("seats", "design")) == held


def test_words_that_nobody_has_seen_are_unknown() -> None:
    _, findings = observed("roles-invented")
    assert [(each.code, each.message) for each in findings if each.code == "SOURCE006"] == [
        ("SOURCE006", "the role 'INVENTED_STEWARD' is unknown, so nothing is planned about it")
    ]


def test_pools_of_one_product_are_added_up() -> None:
    ((observation,), findings) = observed("pools-split")
    assert [(each.severity.value, each.message) for each in findings if each.code == "SOURCE009"] == [
        ("info", "team 'design' has several pools of 'AutoCAD', which are added up")
    ]
    assert observation.pools is not None
    pool = observation.pools["AutoCAD"]
    assert (pool.total, pool.starts, pool.ends) == (7, "2026-01-01", "2027-01-31")
    known = Pool("a", 5, 1, unlimited=False, starts="2026-01-01", ends="2026-12-31", seen="")
    assert added_up([known, known._replace(total=None, starts=None)], "2026-06-15") == known._replace(
        total=None, assigned=2, starts=None
    )


@pytest.mark.parametrize(
    ("days", "total"),
    [
        (("2026-01-01", "2026-12-31"), 7),
        (("2027-01-01", "2027-12-31"), 5),  # has not begun
        (("2025-01-01", "2025-12-31"), 5),  # has ended
    ],
)
def test_pools_of_other_days_are_not_added_to_one_of_today(days: tuple[str, str], total: int) -> None:
    today = Pool("a", 5, 1, unlimited=False, starts="2026-01-01", ends="2026-12-31", seen="")
    other = Pool("a", 2, None, unlimited=False, starts=days[0], ends=days[1], seen="")
    for pools in permutations([today, other, other._replace(starts="2020-01-01", ends="2020-12-31")]):
        assert added_up(pools, "2026-06-15").total == total
        assert not added_up(pools, "2030-01-01").is_current("2030-01-01")


def crowd(people: int) -> Account:
    """Return the account with many more people in its team, every third of them in its group."""
    found = account()
    users = {f"p{number:05}@acme.example" for number in range(people)}
    found.users |= {user: found.users[CHO]._replace(email=user) for user in users}
    team = found.teams["design"]
    team.members = team.members | users
    team.groups["cad"].members = team.groups["cad"].members | {*sorted(users)[::3]}
    return found


def test_the_calls_of_a_team_are_those_of_the_formula() -> None:
    with Double(crowd(246), Settings(clock=at_second(NOON))) as double:
        source = source_of(double, double.token(ANA), "design")
        with source.client:
            ((observation,), _) = source.observe()
    assert len(observation.facts["people", "design"]) == 250
    assert len(observation.facts["seats", "design"]) == 82 + len(SEATS)
    assert len(double.calls) == 3 + 1 + 1


@pytest.mark.parametrize(
    ("known", "twice", "name"),
    [
        ((), False, "studio"),  # nothing is known, so nothing is asked
        (("studio", "works"), False, "studio"),  # a name that a person chose
        (("design", "works"), False, "design"),  # renamed in the files, not yet in the portal
        (("design", "works"), True, "studio"),  # another team is called so, too
    ],
)
def test_the_name_of_a_team_is_that_of_the_vendor_if_it_is_known(
    known: tuple[str, ...], name: str, *, twice: bool
) -> None:
    found = account()
    if twice:
        found.teams["design "] = Team(ANA, members={ANA})
    with Double(found, Settings(clock=at_second(NOON))) as double:
        source = source_of(double, double.token(ANA), "design")
        with source.client:
            renamed = replace(source, teams=(("studio", double.team_id("design")),), known_teams=known)
            ((observation,), _) = renamed.observe()
    assert observation.source == f"team-admin:{name}"
    assert len(double.calls) == (4 if known else 3)


def cut(place: str, page: int, most: int) -> Faults:
    """Return the faults that send only the first bytes of a page of a list, as if there were no more."""
    pages = Counter[str]()

    def choose(arrived: Arrived) -> Fault | None:
        what = arrived.path.rpartition("/")[2]
        pages[what] += 1
        return Fault("cut", most=most, announced=False) if (what, pages[what]) == (place, page) else None

    return choose


PAGES = (("users", 1), ("users", 2), ("users", 3), ("product-pools", 1), ("assignments", 1))


def incomplete(every: int) -> list[tuple[str, int, int]]:
    """Cut every page of every list after every so many bytes; return where something was observed all the same."""
    found = []
    whole = crowd(246)
    for place, page in PAGES:
        for most in range(0, 60_000, every):
            with Double(whole, Settings(clock=at_second(NOON), faults=cut(place, page, most))) as double:
                source = source_of(double, double.token(ANA), "design")
                with source.client:
                    observations, findings = source.observe()
            if not findings or findings[0].code != "SOURCE001":
                assert len(observations[0].facts["people", "design"]) == 250, "the page is shorter than the cut"
                break
            if observations:
                found.append((place, page, most))
    return found


def test_nothing_is_observed_of_a_list_that_is_cut_off() -> None:
    assert incomplete(every=1499) == []


def test_a_source_that_takes_a_failure_for_the_end_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    """The negative control of the test before: pages after the first are left out if they cannot be read."""

    def careless(client: Client, path: str, query: Mapping[str, str] | None = None) -> list[Mapping[str, object]]:
        answer = client.get(path, {**(query or {}), "limit": 100})
        items: list[Mapping[str, object]] = answer.json()["data"]  # type: ignore[index]
        return items

    monkeypatch.setattr(team_admin, "whole_list", careless)
    with pytest.raises(AssertionError, match="the page is shorter than the cut"):
        incomplete(every=10_000)


def test_a_list_that_does_not_stay_is_not_used() -> None:
    """It lacks somebody who was there before, so that it is read again, and somebody leaves each time."""
    leave = [f"p{number:05}@acme.example" for number in range(9)]

    def on_call(*_: object) -> None:
        double.change(REMOVE_USER.step(Scope("team", "design"), user=leave.pop()))

    with Double(crowd(20), Settings(clock=at_second(NOON), on_call=on_call)) as double:
        source = replace(source_of(double, double.token(ANA), "design"), members={"design": {EVE}})
        with source.client:
            observations, (finding,) = source.observe()
    assert observations == []
    assert finding.message.endswith("/users: the list of people changes while it is read")
    assert len(double.calls) == 4


def test_a_status_instead_of_a_list() -> None:
    for status in (401, 403, 404, 500, 503):

        def refuse(arrived: Arrived, status: int = status) -> Fault | None:
            return Fault("status", status=status) if arrived.path.endswith("/assignments") else None

        observations, (finding,) = observed(faults=refuse)
        assert observations == []
        assert (finding.code, f"answered {status}" in finding.message) == ("SOURCE001", True)


def test_a_team_that_cannot_be_read_does_not_hide_another() -> None:
    with portal() as visitor:
        double = visitor.double
        double.served.read().teams["works"].admins = {ANA: "secondary"}
        found = source_of(double, visitor.token, "works", "design")
        found = replace(found, teams=(*found.teams, ("gone", "999")))
        with found.client:
            observations, findings = found.observe()
    assert [each.source for each in observations] == ["team-admin:works", "team-admin:design"]
    assert [each.things for each in findings if each.code == "SOURCE001"] == [(("team", "gone"),)]


def test_somebody_with_a_seat_who_is_not_listed_is_a_member() -> None:
    """The lists are read one after the other, and somebody can join between: their role is unknown, not missing."""
    listed = _Listed("design", "100001", Moment("2026-07-30"))
    listed.add_people([RemotePerson("US1", ANA, "Ana", "T", ("PRIMARY_ADMIN",), "Active")])
    listed.add_pools([RemotePool("prod_1", "AutoCAD", 5, 1, unlimited=False, starts=None, ends=None)])
    listed.add_seats([RemoteSeat("US2", BEN, "prod_1", None), RemoteSeat("US3", None, "prod_1", "DIRECT")])
    observation = listed.observation()
    assert values(observation, ("people", "design")) == {(ANA,): Person(ANA, "Ana", "T"), (BEN,): Person(BEN)}
    assert values(observation, ("roles", "design")) == {(ANA,): "primary", (BEN,): None}
    assert values(observation, ("status", "design")) == {(ANA,): "active", (BEN,): None}
    assert values(observation, ("seats", "design")) == {("AutoCAD", BEN): ""}
    assert [each.message for each in listed.findings] == [
        "team 'design': 'US3' has no e-mail address, so people cannot be told apart"
    ]


def test_items_that_contradict_each_other() -> None:
    listed = _Listed("design", "100001", Moment("2026-07-30"))
    listed.add_people([RemotePerson("US1", ANA), RemotePerson("US2", ANA.upper()), RemotePerson("US3", "ana")])
    listed.add_people([RemotePerson("US4", BEN, "B" * 257)])
    pool = RemotePool("prod_1", "AutoCAD", 5, 1, unlimited=False, starts=None, ends=None)
    listed.add_pools([pool, pool._replace(product_id="prod_2"), pool._replace(product_id="prod_3", product="x" * 257)])
    listed.add_pools([pool, pool._replace(product="AutoCAD LT")])
    assert [each.message for each in listed.findings] == [
        "team 'design': two people have the address 'ANA@ACME.EXAMPLE'",
        "team 'design': 'US3' has the address 'ana', which cannot be read, so people cannot be told apart",
        "team 'design': a name has more than 256 characters",
        "team 'design': two products are called 'AutoCAD'",
        "team 'design': the name of a product has 257 characters",
        "team 'design': a product is called 'AutoCAD' and 'AutoCAD LT'",
    ]


@pytest.mark.parametrize(
    ("words", "role"),
    [
        (("USER",), "member"),
        (("EXTERNAL_USER",), "external"),
        (("external-user",), "external"),
        (("Sso admin",), "sso"),
        (("USER", "SECONDARY_ADMIN"), "secondary"),
        (("PRIMARY_ADMIN", "SECONDARY_ADMIN"), None),
        (("USER", "STEWARD"), None),
        (("STEWARD",), None),
    ],
)
def test_roles(words: tuple[str, ...], role: str | None) -> None:
    listed = _Listed("design", "100001", Moment("2026-07-30"))
    listed.add_people([RemotePerson("US1", ANA, roles=("PRIMARY_ADMIN",)), RemotePerson("US2", BEN, roles=words)])
    assert values(listed.observation(), ("roles", "design"))[BEN,] == role
