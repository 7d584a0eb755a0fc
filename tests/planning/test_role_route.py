"""Role routes compared with a breadth-first search over the engine; `make soak` checks every pair."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.engine import attempt, perform
from seatsync.account.model import Account, Scope, Team, User
from seatsync.clock import Clock
from seatsync.planning.difference.changes import role_route

PEOPLE = tuple(f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee"))
ACTIONS = ("admin.assign_secondary", "admin.assign_sso", "admin.revoke", "admin.change_primary")
CLOCK = Clock.at("2026-06-15")
SCOPE = Scope("team", "design")


def tables(people: tuple[str, ...] = PEOPLE) -> Iterator[Team]:
    """Yield every role table of a team in which everybody is a member."""
    for primary in people:
        others = [user for user in people if user != primary]
        for roles in product((None, "secondary", "sso"), repeat=len(others)):
            team = Team(primary, members=set(people))
            for user, role in zip(others, roles, strict=True):
                if role is not None:
                    team.admins[user] = "sso" if role == "sso" else "secondary"
            yield team


def account_with(team: Team) -> Account:
    account = Account("acme")
    account.users = {user: User(user) for user in team.members}
    account.teams["design"] = Team(team.primary, admins=dict(team.admins), members=set(team.members))
    return account


def key(team: Team) -> tuple[str, tuple[tuple[str, str], ...]]:
    return team.primary, tuple(sorted(team.admins.items()))


def shortest_from(start: Team) -> dict[tuple[str, tuple[tuple[str, str], ...]], int]:
    """Return the least number of steps to every role table, by a search over the engine."""
    account, people = account_with(start), sorted(start.members)
    lengths = {key(start): 0}
    queue = deque([start])
    while queue:
        now = queue.popleft()
        for action, user in product(ACTIONS, people):
            account.teams["design"] = Team(now.primary, admins=dict(now.admins), members=set(people))
            rows = attempt(account, Step.make(action, SCOPE, user=user), CLOCK)
            if isinstance(rows, Refused):
                continue
            account.change(rows)
            after = account.teams["design"]
            if key(after) not in lengths:
                lengths[key(after)] = lengths[key(now)] + 1
                queue.append(after)
    return lengths


def routes_are_shortest(start: Team) -> int:
    """Assert that the routes from a team to every role table are shortest. Return their number."""
    lengths = shortest_from(start)
    goals = list(tables(tuple(sorted(start.members))))
    for goal in goals:
        assert len(role_route(start, goal)) == lengths[key(goal)], (start, goal)
    return len(goals)


@given(st.sampled_from(list(tables())))
@settings(max_examples=12)
def test_the_route_is_the_shortest_there_is(start: Team) -> None:
    assert routes_are_shortest(start) == 4 * 27


def test_the_route_arrives() -> None:
    for start in tables():
        for goal in tables():
            account = account_with(start)
            for step in role_route(start, goal):
                rows = perform(account, step.action.step(SCOPE, user=step.user), CLOCK)
                assert not isinstance(rows, Refused), (start, goal, step, rows)
            assert key(account.teams["design"]) == key(goal)


def test_only_what_the_rules_need_is_marked_inserted() -> None:
    ana, ben = PEOPLE[:2]
    route = role_route(Team(ana, members=set(PEOPLE)), Team(ben, members=set(PEOPLE)))
    assert [(step.action.name, step.user, step.inserted) for step in route] == [
        ("admin.assign_secondary", ben, True),
        ("admin.change_primary", ben, False),
        ("admin.revoke", ana, False),
    ]
