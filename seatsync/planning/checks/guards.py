"""Guards: limits on what one plan may remove, protected people and teams, and the findings that block a plan.

A guard that fires yields a finding unless `--allow` lets it pass: GUARD001 by its exact number, others by their code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import perform
from seatsync.account.model import Account, Contract, Team, entitled
from seatsync.clock import Clock, later
from seatsync.declaration.declared import Declaration
from seatsync.declaration.project_values import Freeze
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, Severity, has_errors
from seatsync.planning.difference.desired import DesiredState
from seatsync.planning.difference.exclusions import Thing
from seatsync.planning.plan import Plan

TYPES = ("users", "admins", "seats", "groups", "memberships", "teams")
_RANKS = {"primary": 4, "secondary": 3, "sso": 2}
_MEMBER, _EXTERNAL = 1, 0
_NOBODY: frozenset[str] = frozenset()
_NO_TEAM = Team("")
_PLAIN = ("GUARD002", "GUARD003", "GUARD004", "GUARD005")


class Losses:
    """Holdings of managed scopes and those that the desired state lacks, per type of GUARD001.

    Each loss is a tuple of names: the scope first, the person who loses something last.
    """

    def __init__(self) -> None:
        self.held = dict.fromkeys(TYPES, 0)
        self.lost: dict[str, list[tuple[str, ...]]] = {name: [] for name in TYPES}

    def count(self, kind: str, scope: tuple[str, ...], before: AbstractSet[str], after: AbstractSet[str]) -> None:
        """Add the things of one type in a `scope`, given by the last part of their names."""
        self.held[kind] += len(before)
        if before is not after:
            self.lost[kind].extend((*scope, thing) for thing in sorted(before - after))


def losses(held: Account, desired: DesiredState) -> Losses:
    """Return everything that managed scopes lose in the desired state, by whichever step.

    `held` is the account before the plan, under the names after the plan's initial steps.
    """
    found = Losses()
    goal = desired.account
    scopes: list[Team | Contract] = []
    for name in sorted(desired.managed_teams & held.teams.keys()):
        now, after = held.teams[name], goal.teams.get(name)
        scopes.append(now)
        found.count("teams", ("team",), {name}, {name} if after is not None else _NOBODY)
        _count_team(found, name, held, goal)
    for number in sorted(desired.managed_contracts & held.contracts.keys()):
        scopes.append(held.contracts[number])
        states = _relations(held.contracts[number]), _relations(goal.contracts[number])
        for before, remaining in zip(*states, strict=True):
            for thing, holders in sorted(before.items()):
                found.count("seats", ("contract", number, thing), holders, remaining.get(thing, _NOBODY))
    _count_people(found, scopes, held, goal)
    return found


def _count_people(found: Losses, scopes: list[Team | Contract], held: Account, goal: Account) -> None:
    """Count the people of managed scopes. If all scopes are managed, these are the users of the account."""
    gone = held.users.keys() - goal.users.keys()
    if len(scopes) == len(held.teams) + len(held.contracts):
        found.held["users"] = len(held.users)
    else:
        people = set().union(*(scope.members for scope in scopes))
        found.held["users"] = len(people)
        gone &= people
    found.lost["users"] = [("account", user) for user in sorted(gone)]


def _count_team(found: Losses, name: str, held: Account, goal: Account) -> None:
    scope, now, after = ("team", name), held.teams[name], goal.teams.get(name, _NO_TEAM)
    if after is now:
        found.held["admins"] += 1 + len(now.admins)
    else:
        found.count("admins", scope, {now.primary, *now.admins}, {after.primary, *after.admins})
    found.count("groups", scope, now.groups.keys(), after.groups.keys())
    for group in sorted(now.groups):
        left = after.groups.get(group)
        members = left.members if left is not None else _NOBODY
        found.count("memberships", (*scope, group), now.groups[group].members, members)
    for product in _products(now):
        found.count("seats", (*scope, product), entitled(now, product), entitled(after, product))


class NewNames:
    """Names given by the plan's initial steps: old to new, for people and teams."""

    def __init__(self, steps: Iterable[Step]) -> None:
        self.users: dict[str, str] = {}
        self.teams: dict[str, str] = {}
        for step in steps:
            if step.action in CHANGES_ADDRESS:
                self.users[identity(step.text("user")) or ""] = identity(step.text("to")) or ""
            elif step.action in RENAMES_TEAM:
                self.teams[step.scope.name] = step.text("to")


def check_guards(
    declared: Declaration,
    held: Account,
    desired: DesiredState,
    new_names: NewNames,
    applied_policy: str | None,
    allow: Iterable[str],
    day: str,
) -> Iterator[Finding]:
    """Yield the findings of all guards but GUARD003 that `--allow` does not let pass, and its unused values."""
    found = losses(held, desired)
    let_pass = parse_allow(allow)
    fired: set[str] = set()
    for kind, limit in _over_limit(found, declared.project.policy.max_removals):
        fired.add(f"GUARD001.{kind}")
        number = let_pass.get(f"GUARD001.{kind}")
        if number != len(found.lost[kind]):
            yield _too_many(found, kind, limit, number)
    freeze = in_freeze(declared.project.policy.freeze, day)
    for finding in (
        *_emptied(declared, held, desired),
        *_protected(_lists(declared, applied_policy), held, desired, new_names, found),
        *((freeze,) if freeze is not None else ()),
    ):
        fired.add(finding.code)
        if finding.code not in let_pass:
            yield finding
    unused = ((key, number) for key, number in let_pass.items() if key not in fired and key != "GUARD003")
    yield from (_unused(key, number, found) for key, number in unused)


def parse_allow(allow: Iterable[str]) -> dict[str, int | None]:
    """Parse `--allow` values: `GUARD001.<type>` maps to its number, other guards to None.

    Raises WrongUsage for anything else.
    """
    parsed: dict[str, int | None] = {}
    for entry in allow:
        key, _, number = entry.partition("=")
        kind = key.removeprefix("GUARD001.")
        if key in _PLAIN and not number:
            parsed[key] = None
        elif kind in TYPES and kind != key and number.isascii() and number.isdigit():
            parsed[key] = int(number)
        else:
            raise WrongUsage(
                f"--allow {entry} is unknown; use GUARD001.TYPE=NUMBER (TYPE is one of {', '.join(TYPES)}),"
                " GUARD002, GUARD003, GUARD004 or GUARD005"
            )
    return parsed


def _over_limit(found: Losses, limit: int | str) -> Iterator[tuple[str, str]]:
    """Yield the types with more losses than the limit, and the limit."""
    for kind in TYPES:
        if len(found.lost[kind]) > allowed(limit, found.held[kind]):
            yield kind, str(limit)


def allowed(limit: int | str, held: int) -> int:
    """Return the number of removals `max_removals` allows: a count, or a percentage rounded down, at least one."""
    if isinstance(limit, int):
        return limit
    percent = int(limit.removesuffix("%"))
    return max(1, percent * held // 100) if percent else 0


def freezes_of(policy: str) -> list[Freeze]:
    """Return the freezes of a policy (its canonical text)."""
    return [Freeze(each["from"], each["until"], each["reason"]) for each in json.loads(policy).get("freeze", ())]


def in_freeze(freezes: Sequence[Freeze], day: str) -> Finding | None:
    """Return GUARD005, a warning, for the first freeze that a day is in: `apply` refuses on it."""
    freeze = next((each for each in freezes if each.starts <= day <= each.ends), None)
    if freeze is None:
        return None
    span = f"from {freeze.starts} until {freeze.ends}: {freeze.reason}"
    message = f"{day} is in a freeze ({span}), on which nothing is applied"
    hint = f"apply after {_last_day(freezes, freeze)}, or plan with --allow GUARD005 if it cannot wait"
    return Finding("GUARD005", Severity.WARNING, message, None, hint)


def _last_day(freezes: Iterable[Freeze], first: Freeze) -> str:
    """Return the last day of a freeze and of those that follow it without a day between."""
    last = first.ends
    for each in sorted(freezes):
        if each.starts <= later(last, 1):
            last = max(last, each.ends)
    return last


def _too_many(found: Losses, kind: str, limit: str, given: int | None) -> Finding:
    """Return GUARD001 for a type over its limit; `given` is the number of its `--allow`, if any."""
    number, held = len(found.lost[kind]), found.held[kind]
    message = f"the plan removes {number} of {held} {kind}, more than max_removals ({limit}) allows"
    if given is not None:
        message = f"--allow GUARD001.{kind}={given} does not match: the plan removes {number} of {held} {kind}"
    hint = f"pass --allow GUARD001.{kind}={number} if this is intended"
    return Finding("GUARD001", Severity.ERROR, message, None, hint)


def _unused(key: str, given: int | None, found: Losses) -> Finding:
    """Return a finding for an `--allow` without effect: an error if its number is wrong, else information."""
    code, _, kind = key.partition(".")
    number = given if given is None else len(found.lost[kind])
    if number != given:
        message = f"--allow {key}={given} does not match: the plan removes {number} of {found.held[kind]} {kind}"
        return Finding(code, Severity.ERROR, message, None, "remove the option: the guard does not fire")
    written = key if given is None else f"{key}={given}"
    return Finding(code, Severity.INFO, f"--allow {written} has no effect: the guard does not fire")


def _emptied(declared: Declaration, held: Account, desired: DesiredState) -> Iterator[Finding]:
    """Yield GUARD002 for an empty configuration, a team reduced to its admins, and a product that all holders lose."""
    hint = "pass --allow GUARD002 if this is intended"
    occupied = held.users or held.teams or held.subscriptions or held.contracts
    if occupied and not (declared.users or declared.teams or declared.subscriptions or declared.contracts):
        yield Finding(
            "GUARD002",
            Severity.ERROR,
            "the configuration is empty: it declares no users, teams, subscriptions or contracts",
            None,
            hint,
        )
    for name in sorted(desired.managed_teams & held.teams.keys()):
        now, after = held.teams[name], desired.account.teams.get(name)
        if after is now:
            continue
        if _has_content(now) and not (after is not None and _keeps_content(now, after)):
            message = f"team {name} would lose all its seats, groups and members except its admins"
            yield Finding("GUARD002", Severity.ERROR, message, None, hint, things=(("team", name),))
            continue
        for product in _products(now):
            holders = entitled(now, product)
            if len(holders) > 1 and not (after is not None and entitled(after, product)):
                message = f"all {len(holders)} holders of {product} in team {name} would lose it"
                things = (("team", name), ("product", product))
                yield Finding("GUARD002", Severity.ERROR, message, None, hint, things=things)


_Lists: TypeAlias = tuple[set[str], set[str]]
"""Protected people and protected teams."""


def listed(policy: str | None) -> _Lists:
    """Return the people and teams that a policy (its canonical text) protects."""
    lists = {} if policy is None else json.loads(policy).get("protected", {})
    return set(lists.get("users", ())), set(lists.get("teams", ()))


def _lists(declared: Declaration, applied_policy: str | None) -> _Lists:
    """Return the people and teams protected by the declared policy or by that of the last apply."""
    users, teams = listed(applied_policy)
    return users | {*declared.project.policy.protected_users}, teams | {*declared.project.policy.protected_teams}


def check_protected(lists: _Lists, steps: Iterable[Step], account: Account, clock: Clock) -> Finding | None:
    """Return the first GUARD004 for the steps of an earlier plan, or None; `lists` are those protected now."""
    held, rest = account.copy(), list(steps)
    # A plan begins with its renames.
    while rest and rest[0].action in RENAMES:
        perform(held, rest.pop(0), clock)
    goal = held.copy()
    for step in rest:
        perform(goal, step, clock)
    desired = DesiredState(goal, held.teams, held.contracts)
    return next(_protected(lists, held, desired, NewNames(steps), losses(held, desired)), None)


def _protected(
    lists: _Lists, held: Account, desired: DesiredState, new_names: NewNames, found: Losses
) -> Iterator[Finding]:
    """Yield GUARD004 for protected people and teams, listed under their names before the plan."""
    users = {new_names.users.get(user, user) for user in lists[0]}
    teams = {new_names.teams.get(team, team) for team in lists[1]}
    hint = "pass --allow GUARD004 if this is intended"
    for what, name, how, scope in sorted(_protected_losses(users, teams, held, desired, found)):
        message = f"{what} {name} is protected and would {how}"
        things = tuple(dict.fromkeys(((what, name), *scope)))
        yield Finding("GUARD004", Severity.ERROR, message, None, hint, things=things)


def _protected_losses(
    users: set[str], teams: set[str], held: Account, desired: DesiredState, found: Losses
) -> set[tuple[str, str, str, Thing]]:
    """Return the losses of protected people and teams: kind, name, the loss in words, and its scope."""
    reasons: set[tuple[str, str, str, Thing]] = set()
    for kind, things in found.lost.items():
        for thing in things:
            if kind in {"users", "admins", "seats", "memberships"} and thing[-1] in users:
                scope = () if kind == "users" else ((thing[0], thing[1]),)
                reasons.add(("user", thing[-1], _loss_words(kind, thing), scope))
            if thing[0] == "team" and thing[1] in teams:
                how = "be deleted" if kind == "teams" else f"lose {kind}"
                reasons.add(("team", thing[1], how, (("team", thing[1]),)))
    for name in sorted(desired.managed_teams & held.teams.keys() & desired.account.teams.keys()):
        now, after = held.teams[name], desired.account.teams[name]
        for user in sorted(users & now.members):
            old, new = (_rank(team, user) for team in (now, after))
            # The loss of an admin role is one of GUARD001, and so is leaving.
            if new < old and (new > _MEMBER or old == _MEMBER):
                reasons.add(("user", user, f"get a lower role in team {name}", (("team", name),)))
    return reasons


def _rank(team: Team, user: str) -> int:
    return _EXTERNAL if user in team.external else _RANKS.get(team.role_of(user) or "", _MEMBER)


def _loss_words(kind: str, thing: tuple[str, ...]) -> str:
    if kind == "users":
        return "leave the account"
    where = f"{thing[0]} {thing[1]}"
    if kind == "admins":
        return f"lose their role in {where}"
    if kind == "seats":
        return f"lose {thing[2]} in {where}"
    return f"leave group {thing[2]} of {where}"


def _products(team: Team) -> list[str]:
    return sorted({*team.seats, *(product for group in team.groups.values() for product in group.products)})


def _has_content(team: Team) -> bool:
    return bool(team.seats or team.groups or _plain_members(team))


def _keeps_content(now: Team, after: Team) -> bool:
    """Return True if a team retains content besides its admins. Members who become admins are no loss."""
    return _has_content(after) or not (now.seats or now.groups or _plain_members(now) - after.members)


def _plain_members(team: Team) -> set[str]:
    return set(team.members).difference({team.primary, *team.admins})


def _relations(contract: Contract) -> tuple[dict[str, AbstractSet[str]], ...]:
    """Return the holders of seats, of services and of support benefits, each by product or service."""
    return contract.seats, contract.services, {"support benefits": contract.support}


_WARNINGS_OF_STEPS = frozenset({"STEP006"})
"""Codes of steps that are warnings; the others are information."""


def warnings_of(plan: Plan) -> list[str]:
    """Return the code of every warning about a plan and its steps."""
    found = [finding.code for finding in plan.findings if finding.severity is Severity.WARNING]
    return found + [code for planned in plan.steps for code in planned.codes if code in _WARNINGS_OF_STEPS]


def is_blocked(plan: Plan, *, strict: bool, partial: bool = False) -> bool:
    """Return True if a plan must not be applied.

    `strict`: warnings block it too. `partial`: scopes left out because of errors do not block it.
    """
    if plan.faulty and not partial:
        return True
    return has_errors(plan.findings) or (strict and bool(warnings_of(plan)))
