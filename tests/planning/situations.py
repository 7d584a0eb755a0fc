"""Random realistic situations: an account, a declaration with its policy, and the options of a plan.

Two random states are made different in the ways that `states.pair` leaves out: renamed, missing or undeclared things,
changed addresses, and an actor.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from seatsync.account.model import Account, Group, Subscription, Team
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import config_digest, policy_text
from seatsync.finding import has_errors
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan
from seatsync.rules import check
from tests.planning.states import DAY, GROUPS, PRODUCTS, pair, some

CLOCK = Clock.at(DAY)
Twist = Callable[[Random, Account, Account, "Situation"], None]


@dataclass
class Situation:
    """An account (`before`) and a declaration: the content of one fragment and a policy."""

    before: Account
    facts: dict[str, Any] = field(default_factory=dict)
    policy: dict[str, Any] = field(default_factory=dict)
    actor: str | None = None
    teams: tuple[str, ...] = ()
    former: dict[str, str] = field(default_factory=dict)
    """New names of teams and people to those they have in the account."""

    def declaration(self) -> Declaration | None:
        """Return the declaration; None if `validate` would refuse it."""
        with tempfile.TemporaryDirectory() as folder:
            project = {"version": 1, "account": "acme", "include": ["all.yaml"], "policy": self.policy}
            for name, facts in (("seatsync.yaml", project), ("all.yaml", self.facts)):
                (Path(folder) / name).write_text(json.dumps(facts), encoding="utf-8")
            loaded = load(Path(folder))
        if loaded.declaration is None or has_errors(check(loaded.declaration, DAY, loaded.findings).findings):
            return None
        return loaded.declaration

    def plan(self, declared: Declaration, now: Account | None = None) -> Plan:
        """Return the plan from the account, or from another state of it."""
        request = Request(
            account=now or self.before,
            target="file:current.yaml",
            clock=CLOCK,
            route=lambda _: "account",
            config_digest=config_digest(declared),
            policy=policy_text(declared.project.policy),
            actor=self.actor,
            teams=self.teams,
        )
        return make_plan(declared, request)


def situation(random: Random, dated: float = 0.4) -> Situation:
    """Return a random situation; its declaration may have errors. `dated` is the share of those with days."""
    before, after = pair(random, classic=random.random() < 0.6)
    found = Situation(before)
    prune = PRUNED if random.random() < 0.6 else random.sample(PRUNED, random.randint(0, 4))
    found.policy = {"max_removals": "100%", "prune": prune}
    for twist in TWISTS:
        if random.random() < 0.25:
            twist(random, before, after, found)
    _only_members(before)
    found.facts = facts_of(after, found.former)
    _from_renewal(random, found.facts["subscriptions"])
    if random.random() < dated:
        _with_days(random, found)
    fewest = min((len(team["secondary_admins"]) for team in found.facts["teams"].values()), default=0)
    found.policy["min_secondary_admins"] = random.randint(0, fewest)
    if random.random() < 0.15:
        _undeclare(random, found)
    for team in found.facts["teams"].values():
        if random.random() < 0.2:
            del team["external_users"]
    undeclared = sorted(before.users.keys() - found.facts["users"].keys() - set(found.former.values()))
    if undeclared and random.random() < 0.2:
        found.policy["ignore"] = {"users": [random.choice(undeclared)]}
    _own_policies(random, found, undeclared)
    if random.random() < 0.3:
        found.actor = random.choice(sorted(before.users))
    elif random.random() < 0.15:
        found.teams = (random.choice(sorted(after.teams)),)
    return found


def _other_totals(random: Random, before: Account, after: Account, found: Situation) -> None:
    for key, sub in before.subscriptions.items():
        if sub.seats is not None and random.random() < 0.4:
            before.subscriptions[key] = sub._replace(seats=max(0, sub.seats + random.choice([-1, -1, 1])))


def _uncounted(random: Random, before: Account, after: Account, found: Situation) -> None:
    key = random.choice(sorted(before.subscriptions))
    for side in (before, after):
        side.subscriptions[key] = side.subscriptions[key]._replace(offering="flex", seats=None, tokens=10)


def _renewed(random: Random, before: Account, after: Account, found: Situation) -> None:
    """Let the account have a later term of what renews by itself, which is no difference."""
    for key, sub in before.subscriptions.items():
        if key in after.subscriptions and after.subscriptions[key].auto_renew and random.random() < 0.7:
            renews = random.random() < 0.7
            before.subscriptions[key] = sub._replace(starts="2026-04-01", ends="2027-03-31", auto_renew=renews)


def _not_bought(random: Random, before: Account, after: Account, found: Situation) -> None:
    del before.subscriptions[random.choice(sorted(before.subscriptions))]


def _in_no_team(random: Random, before: Account, after: Account, found: Situation) -> None:
    key = random.choice(sorted(before.subscriptions))
    sub = before.subscriptions[key] = before.subscriptions[key]._replace(team=None)
    if not any(sub.contract_manager in team.members for team in before.teams.values()):
        next(iter(before.teams.values())).members |= {sub.contract_manager}


def _new_team(random: Random, before: Account, after: Account, found: Situation) -> None:
    name, other = random.sample(sorted(before.teams), 2)
    del before.teams[name]
    for key, sub in sorted(before.subscriptions.items()):
        if sub.team == name:
            _elsewhere(random.choice(["none", "other", "not bought"]), key, sub, before, other)
    _only_members(before)


def _elsewhere(where: str, key: str, sub: Subscription, before: Account, other: str) -> None:
    if where == "not bought":
        del before.subscriptions[key]
        return
    before.subscriptions[key] = sub._replace(team=other if where == "other" else None)
    before.teams[other].members |= {sub.contract_manager}


def _new_contract(random: Random, before: Account, after: Account, found: Situation) -> None:
    if len(before.teams) + len(before.contracts) > 1:
        before.contracts.clear()
        _only_members(before)


def _new_product(random: Random, before: Account, after: Account, found: Situation) -> None:
    for contract in before.contracts.values():
        product = random.choice(sorted(contract.products))
        del contract.products[product]
        contract.seats.pop(product, None)
        contract.support = set(sorted(contract.support)[: 6 * sum(each.seats for each in contract.products.values())])


def _renamed_team(random: Random, before: Account, after: Account, found: Situation) -> None:
    old = random.choice(sorted(before.teams))
    if old not in after.teams:
        return
    after.teams["films"] = after.teams.pop(old)
    found.former["films"] = old
    for key, sub in after.subscriptions.items():
        if sub.team == old:
            after.subscriptions[key] = sub._replace(team="films")


def _other_address(random: Random, before: Account, after: Account, found: Situation) -> None:
    both = sorted(before.users.keys() & after.users.keys())
    if not both:
        return
    old = random.choice(both)
    new = f"new.{old}"
    found.former[new] = old
    for key, sub in after.subscriptions.items():
        if sub.contract_manager == old:
            after.subscriptions[key] = sub._replace(contract_manager=new)
    after.users[new] = after.users.pop(old)._replace(email=new)
    for team in after.teams.values():
        _called(team, old, new)
    for contract in after.contracts.values():
        for name in ("contract_manager", "coordinator"):
            if getattr(contract, name) == old:
                setattr(contract, name, new)
        contract.members, contract.support = _swap(contract.members, old, new), _swap(contract.support, old, new)
        for holders in (contract.seats, contract.services):
            holders.update({thing: _swap(people, old, new) for thing, people in holders.items()})


def _called(team: Team, old: str, new: str) -> None:
    team.primary = new if team.primary == old else team.primary
    team.admins = {new if user == old else user: role for user, role in team.admins.items()}
    team.members = _swap(team.members, old, new)
    team.external = frozenset(_swap(team.external, old, new))
    team.seats = {product: _swap(people, old, new) for product, people in team.seats.items()}
    for group in team.groups.values():
        group.members = _swap(group.members, old, new)


def _swap(people: Iterable[str], old: str, new: str) -> set[str]:
    return {new if user == old else user for user in people}


def _waiting_long(random: Random, before: Account, after: Account, found: Situation) -> None:
    for user, person in before.users.items():
        if random.random() < 0.3:
            before.users[user] = person._replace(status="pending", invited_at="2026-05-01")


def _from_renewal(random: Random, subscriptions: dict[str, dict[str, Any]]) -> None:
    """Declare some numbers as those from the renewal on, which is over by now or not."""
    for sub in subscriptions.values():
        if sub["auto_renew"] and random.random() < 0.5:
            unit = "seats" if "seats" in sub else "tokens"
            other = random.randint(0, 4)
            over = sub["ends"] < DAY
            sub["from_renewal"] = {unit: sub[unit] if over else other}
            sub[unit] = other if over else sub[unit]


PRUNED = ["seats", "admins", "groups", "members"]


def _own_policies(random: Random, found: Situation, undeclared: list[str]) -> None:
    """Let some teams and contracts prune other kinds of things, and ignore some; sometimes the whole project does."""
    scopes = [*found.facts["teams"].values(), *found.facts["contracts"].values()]
    if random.random() < 0.1:
        kind, names = random.choice([("products", [random.choice(PRODUCTS)]), ("groups", [random.choice(GROUPS)])])
        found.policy.setdefault("ignore", {})[kind] = names
        for facts in scopes:
            _leave_out(facts, {kind: names})
    for facts in scopes:
        if random.random() < 0.25:
            facts["prune"] = random.sample(PRUNED, random.randint(0, 4))
        if random.random() < 0.25:
            names = [*PRODUCTS, "Maya 2019", "Rendering"]
            facts["ignore"] = {"products": some(random, names, 2), "groups": some(random, GROUPS, 2)}
            if undeclared and random.random() < 0.5:
                facts["ignore"]["users"] = [random.choice(undeclared)]
            _leave_out(facts, facts["ignore"])


def _leave_out(facts: dict[str, Any], ignore: dict[str, list[str]]) -> None:
    """Remove the declarations of ignored groups and seats from a team or contract."""
    for name in ignore.get("groups", ()):
        facts.get("groups", {}).pop(name, None)
    for name in ignore.get("products", ()):
        for section in ("seats", "services"):
            facts.get(section, {}).pop(name, None)
        facts.get("products", {}).get(name, {}).pop("users", None)
        for group in facts.get("groups", {}).values():
            group["products"] = [each for each in group["products"] if name not in (each, *_values(each))]


def _values(entry: str | dict[str, str]) -> Iterable[str]:
    return entry.values() if isinstance(entry, dict) else ()


def _undeclare(random: Random, found: Situation) -> None:
    section = random.choice(["teams", "subscriptions", "contracts"])
    if found.facts[section]:
        name = random.choice(sorted(found.facts[section]))
        del found.facts[section][name]
        if section == "teams":
            for sub in found.facts["subscriptions"].values():
                if sub.get("team") == name:
                    del sub["team"]


def _with_days(random: Random, found: Situation) -> None:
    """Give days to groups and their products, and declare some of those that are to go for other days."""
    gone = set(found.former.values())
    for name, team in found.facts["teams"].items():
        bought = {sub["product"] for sub in found.facts["subscriptions"].values() if sub.get("team") == name}
        before = found.before.teams.get(found.former.get(name, name), Team(""))
        for group, facts in team["groups"].items():
            known = (before.groups.get(group, Group()).products & bought) - set(facts["products"])
            listed = [_dated(random, {"product": product}) for product in facts["products"]]
            listed += [{"product": each, **_other_days(random)} for each in sorted(known) if random.random() < 0.5]
            facts["products"] = listed
            facts.update(_dated(random, {}) if random.random() < 0.3 else {})
        for group, left in sorted(before.groups.items()):
            if group not in team["groups"] and left.members.isdisjoint(gone) and random.random() < 0.5:
                team["groups"][group] = {
                    **_other_days(random),
                    "members": sorted(left.members),
                    "products": sorted(left.products & bought),
                }
                for user in sorted(left.members):
                    found.facts["users"].setdefault(user, {})


def _dated(random: Random, facts: dict[str, str]) -> dict[str, str]:
    """Return an entry with days that include the day of plans."""
    days = {"from": random.choice(["2026-01-01", DAY]), "until": random.choice([DAY, "2027-12-31"])}
    return facts | {key: day for key, day in days.items() if random.random() < 0.5}


def _other_days(random: Random) -> dict[str, str]:
    """Return days before or after the day of plans."""
    return random.choice([{"until": "2026-06-14"}, {"from": "2026-06-16"}])


TWISTS: tuple[Twist, ...] = (
    _other_totals,
    _uncounted,
    _renewed,
    _not_bought,
    _in_no_team,
    _new_product,
    _new_team,
    _new_contract,
    _renamed_team,
    _other_address,
    _waiting_long,
)


def _only_members(account: Account) -> None:
    """Remove the people who are in no scope from an account."""
    members = set().union(*(team.members for team in account.teams.values()))
    members.update(*(contract.members for contract in account.contracts.values()))
    account.users = {user: person for user, person in account.users.items() if user in members}


def facts_of(account: Account, former: dict[str, str]) -> dict[str, Any]:
    """Return a state as the content of one fragment, with former names of teams and people."""
    users = {
        user: {"first_name": person.first_name, "last_name": person.last_name}
        | ({"previous_emails": [former[user]]} if user in former else {})
        for user, person in sorted(account.users.items())
    }
    for sub in account.subscriptions.values():
        users.setdefault(sub.contract_manager, {})
    return {
        "users": users,
        "teams": {
            name: _team_facts(team) | ({"renamed_from": former[name]} if name in former else {})
            for name, team in sorted(account.teams.items())
        },
        "subscriptions": {
            key: {name: value for name, value in sub._asdict().items() if value is not None}
            for key, sub in sorted(account.subscriptions.items())
        },
        "contracts": {
            number: {
                "contract_manager": contract.contract_manager,
                "software_coordinator": contract.coordinator,
                "license_type": contract.license_type,
                "channel": contract.channel,
                "members": sorted(contract.members),
                "support": sorted(contract.support),
                "services": {service: sorted(people) for service, people in contract.services.items()},
                "products": {
                    product: {"seats": each.seats, "serial": each.serial}
                    | {"users": sorted(contract.seats.get(product, ()))}
                    for product, each in contract.products.items()
                },
            }
            for number, contract in account.contracts.items()
        },
    }


def _team_facts(team: Team) -> dict[str, Any]:
    roles = {
        name: sorted(user for user, role in team.admins.items() if role == kind)
        for name, kind in (("secondary_admins", "secondary"), ("sso_admins", "sso"))
    }
    sso = {"domains": list(team.sso.domains)} if team.sso is not None else None
    return {
        "primary_admin": team.primary,
        **roles,
        "external_users": sorted(team.external),
        "sso": sso,
        "members": sorted(team.members),
        "seats": {product: sorted(people) for product, people in sorted(team.seats.items())},
        "groups": {
            name: {"members": sorted(group.members), "products": sorted(group.products)}
            for name, group in sorted(team.groups.items())
        },
    }
