"""Random changes of what a repository declares about an account: people, roles, seats, groups, teams, purchases."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from seatsync.account.model import Account, Group, Sso, Team, User
from seatsync.commands.shared.new_repository import findings_in, suppressible_errors
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.revision import InMemory
from seatsync.finding import has_errors
from seatsync.portal.sources.export_tables import one_line
from seatsync.rules import check
from tests.planning.situations import facts_of
from tests.portal.random_accounts import DAY, PRODUCTS, room, some, subscribe, user_of
from tests.portal.written_exports import holders

NEW_PEOPLE = tuple(f"new{number}@acme.example" for number in range(12))
_ALL = ["seats", "admins", "groups", "members"]


@dataclass
class Goal:
    """What is declared: a state, former names of teams, people and groups, and the policy."""

    account: Account
    former: dict[str, str] = field(default_factory=dict)
    groups: dict[tuple[str, str], str] = field(default_factory=dict)
    """Former names of groups, by the declared names of team and group."""
    policy: dict[str, Any] = field(default_factory=dict)
    days: dict[str, dict[str, str]] = field(default_factory=dict)
    """People who are members for some days: `from` or `until`."""
    project: dict[str, Any] = field(default_factory=dict)
    """More keys of the project file."""

    def files(self) -> dict[str, str]:
        """Return the files of a repository that declares this."""
        facts = facts_of(self.account, self.former)
        for (name, group), old in self.groups.items():
            facts["teams"][name]["groups"][group]["renamed_from"] = old
        for team in facts["teams"].values():
            team["members"] = [
                {"user": user, **self.days[user]} if user in self.days else user for user in team["members"]
            ]
        project = {"version": 1, "account": "acme", "include": ["all.yaml"], "policy": self.policy, **self.project}
        return {"seatsync.yaml": json.dumps(project, indent=1), "all.yaml": json.dumps(facts, indent=1)}

    def declaration(self) -> Declaration | None:
        """Return the declaration; None if `validate` would refuse it."""
        loaded = load(Path(), files=InMemory(self.files()))
        if loaded.declaration is None or has_errors(check(loaded.declaration, DAY, loaded.findings).findings):
            return None
        return loaded.declaration


def as_it_is(account: Account) -> Goal:
    """Return the declaration of an account as it is. The rules that it breaks are suppressed, as by an import."""
    goal = Goal(deepcopy(account), policy={"max_removals": "100%", "prune": _ALL})
    for user, person in goal.account.users.items():
        goal.account.users[user] = person._replace(
            first_name=one_line(person.first_name), last_name=one_line(person.last_name)
        )
    errors = suppressible_errors(findings_in(goal.files(), DAY))
    goal.policy["suppress"] = [{"code": each.code, "reason": "as imported", **dict(each.things)} for each in errors]
    return goal


def changed(chance: Random, account: Account) -> tuple[Goal, Declaration] | None:
    """Return a random change of an account as a valid declaration; None if that fails."""
    for _ in range(5):
        goal = as_it_is(account)
        goal.policy["prune"] = _ALL if chance.random() < 0.8 else some(chance, _ALL, 0, 4)
        for wish in chance.choices(WISHES, k=chance.randint(1, 12)):
            wish(chance, goal)
        _forget_the_left(goal)
        declared = goal.declaration()
        if declared is not None:
            return goal, declared
    return None


def _forget_the_left(goal: Goal) -> None:
    account = goal.account
    members = set().union(*(team.members for team in account.teams.values()))
    account.users = {user: person for user, person in account.users.items() if user in members}


def _any_team(chance: Random, goal: Goal) -> tuple[str, Team]:
    return chance.choice(sorted(goal.account.teams.items()))


def _managers(goal: Goal, name: str | None) -> set[str]:
    return {each.contract_manager for each in goal.account.subscriptions.values() if each.team == name}


def _drop(team: Team, user: str) -> None:
    """Remove a person and all they have from a team."""
    team.members = set(team.members) - {user}
    team.admins.pop(user, None)
    team.external = frozenset(team.external - {user})
    team.seats = {product: left for product, people in team.seats.items() if (left := set(people) - {user})}
    for group in team.groups.values():
        group.members = set(group.members) - {user}


def _hire(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    new = [*NEW_PEOPLE, *sorted(goal.account.users)]
    for user in chance.sample(new, chance.choice((1, 1, 6))):
        goal.account.users.setdefault(user, User(user, "New", chance.choice(("", "=X", "O'Neil"))))
        team.members = {*team.members, user}


def _leave(chance: Random, goal: Goal) -> None:
    name, team = _any_team(chance, goal)
    needed = {team.primary} | _managers(goal, name) | _managers(goal, None)
    for user in some(chance, set(team.members) - needed, 1, chance.choice((1, 1, 6))):
        _drop(team, user)


def _role(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    people = team.external if chance.random() < 0.3 else set(team.members) - {team.primary}
    for user in some(chance, people, 0, 1):
        team.admins.pop(user, None)
        team.external = frozenset(team.external - {user})
        role = chance.choice(("secondary", "sso", "member", "external"))
        if role == "external":
            team.external = frozenset({*team.external, user})
        elif role != "member":
            team.admins[user] = "sso" if role == "sso" else "secondary"


def _succeed(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    for user in some(chance, set(team.members) - {team.primary}, 0, 1):
        former, team.primary = team.primary, user
        team.admins.pop(user, None)
        team.external = frozenset(team.external - {user})
        if chance.random() < 0.6:
            team.admins[former] = "secondary"


def _seats(chance: Random, goal: Goal) -> None:
    name, team = _any_team(chance, goal)
    product = chance.choice(PRODUCTS)
    for user in some(chance, team.members, 1, chance.choice((1, 3, 8))):
        if len(holders(team, product) | {user}) <= room(goal.account, name, product):
            team.seats[product] = {*team.seats.get(product, ()), user}


def _no_seats(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    for product in some(chance, team.seats, 0, 1):
        team.seats[product] = set(some(chance, team.seats[product], 0, 3))
        if not team.seats[product]:
            del team.seats[product]


def _group(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    name = chance.choice((*team.groups, "fresh", "Neu, 2"))
    group = team.groups.setdefault(name, Group())
    group.members = set(some(chance, team.members, 0, 9))


def _group_products(chance: Random, goal: Goal) -> None:
    name, team = _any_team(chance, goal)
    for each in some(chance, team.groups, 0, 1):
        group = team.groups[each]
        group.products = {
            product
            for product in some(chance, PRODUCTS, 0, 2)
            if len(holders(team, product) | set(group.members)) <= room(goal.account, name, product)
        }


def _no_group(chance: Random, goal: Goal) -> None:
    name, team = _any_team(chance, goal)
    for group in some(chance, team.groups, 0, 1):
        del team.groups[group]
        goal.groups.pop((name, group), None)


def _rename_group(chance: Random, goal: Goal) -> None:
    name, team = _any_team(chance, goal)
    known = {group for where, group in goal.groups if where == name}
    for old in some(chance, team.groups.keys() - known - {"fresh", "Neu, 2"}, 0, 1):
        team.groups["renamed"] = team.groups.pop(old)
        goal.groups = {key: value for key, value in goal.groups.items() if key != (name, "renamed")}
        goal.groups[name, "renamed"] = old


def _rename_team(chance: Random, goal: Goal) -> None:
    old, team = _any_team(chance, goal)
    if old in goal.former or "Renamed" in goal.account.teams or old == "New team":
        return
    goal.former["Renamed"] = old
    del goal.account.teams[old]
    goal.account.teams["Renamed"] = team
    goal.groups = {("Renamed" if name == old else name, group): was for (name, group), was in goal.groups.items()}
    for key, bought in goal.account.subscriptions.items():
        if bought.team == old:
            goal.account.subscriptions[key] = bought._replace(team="Renamed")


def _other_address(chance: Random, goal: Goal) -> None:
    account = goal.account
    old = chance.choice(sorted(account.users))
    if old in goal.former or old in NEW_PEOPLE:
        return
    new = user_of(f"changed.{old}")
    goal.former[new] = account.users[old].email
    account.users[new] = account.users.pop(old)._replace(email=new)
    for team in account.teams.values():
        team.primary = new if team.primary == old else team.primary
        team.admins = {new if user == old else user: role for user, role in team.admins.items()}
        team.external = frozenset(new if user == old else user for user in team.external)
        team.members = {new if user == old else user for user in team.members}
        team.seats = {name: {new if user == old else user for user in people} for name, people in team.seats.items()}
        for group in team.groups.values():
            group.members = {new if user == old else user for user in group.members}
    for key, bought in account.subscriptions.items():
        if bought.contract_manager == old:
            account.subscriptions[key] = bought._replace(contract_manager=new)


def _other_name(chance: Random, goal: Goal) -> None:
    user = chance.choice(sorted(goal.account.users))
    goal.account.users[user] = goal.account.users[user]._replace(last_name=chance.choice(("Novak", "-Ode", "Li")))


def _transfer(chance: Random, goal: Goal) -> None:
    for key in some(chance, goal.account.subscriptions, 0, 1):
        bought = goal.account.subscriptions[key]
        if bought.channel == "reseller":
            people = goal.account.users if bought.team is None else goal.account.teams[bought.team].members
            goal.account.subscriptions[key] = bought._replace(contract_manager=chance.choice(sorted(people)))


def _move(chance: Random, goal: Goal) -> None:
    """Move a subscription, or put it into its first team; its manager has to be in both."""
    for key in chance.sample(sorted(goal.account.subscriptions), min(5, len(goal.account.subscriptions))):
        bought = goal.account.subscriptions[key]
        name, team = _any_team(chance, goal)
        if bought.contract_manager in team.members and bought.team != name:
            goal.account.subscriptions[key] = bought._replace(team=name)
            return


def _buy(chance: Random, goal: Goal) -> None:
    for key in some(chance, goal.account.subscriptions, 0, 2):
        bought = goal.account.subscriptions[key]
        if bought.seats is not None:
            goal.account.subscriptions[key] = bought._replace(seats=max(0, bought.seats + chance.choice((-1, 1, 9))))
    if chance.random() < 0.2:
        subscribe(chance, goal.account, _any_team(chance, goal)[0], chance.choice(PRODUCTS), None)


def _sso(chance: Random, goal: Goal) -> None:
    _, team = _any_team(chance, goal)
    team.sso = chance.choice((None, Sso(("other.example",), None)))


def _new_team(chance: Random, goal: Goal) -> None:
    user = chance.choice(sorted(goal.account.users))
    goal.account.teams["New team"] = Team(user, members={user})


def _no_team(chance: Random, goal: Goal) -> None:
    name, _ = _any_team(chance, goal)
    if len(goal.account.teams) > 1 and all(each.team != name for each in goal.account.subscriptions.values()):
        del goal.account.teams[name]
        goal.former.pop(name, None)
        goal.groups = {key: old for key, old in goal.groups.items() if key[0] != name}
        goal.policy["prune"] = [*goal.policy["prune"], "teams"]


def _contractor(chance: Random, goal: Goal) -> None:
    """Let somebody be a member until a day, or no longer."""
    _, team = _any_team(chance, goal)
    user = chance.choice(NEW_PEOPLE)
    goal.account.users.setdefault(user, User(user))
    team.members = {*team.members, user}
    goal.days[user] = {"until": "2026-07-29" if chance.random() < 0.3 else "2026-12-31"}


WISHES: tuple[Callable[[Random, Goal], None], ...] = (
    *(_hire, _leave, _role, _succeed, _seats, _no_seats, _group, _group_products, _no_group, _rename_group),
    *(_rename_team, _other_address, _other_name, _transfer, _move, _buy, _sso, _new_team, _no_team, _contractor),
    *(_hire, _seats, _group),
)
