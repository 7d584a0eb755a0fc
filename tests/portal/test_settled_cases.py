"""Cases that a look settles, on random accounts whose exports show everything that exports can show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from seatsync.account.actions.effects import Refused
from seatsync.account.engine import attempt, perform
from seatsync.account.history import HistoryEntry
from seatsync.account.model import TABLES, Account, Change
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration
from seatsync.declaration.normal import policy_text
from seatsync.planning.make import Request, make_plan
from seatsync.planning.plan import Plan
from seatsync.portal.knowledge import ASSUMED_AS_DECLARED, Knowledge, Look, Mark, Mirror
from seatsync.portal.natural_steps import natural_steps
from seatsync.portal.observation import Coverage, Kind, Moment, Observation
from seatsync.portal.refreshing import Refreshed, look
from seatsync.portal.remembered import facts_of
from seatsync.portal.source_checks import Limits
from seatsync.reporting.plan.wording import described
from seatsync.targets.target import Case, State
from tests.portal.random_accounts import DAY, random_account
from tests.portal.random_changes import changed

CLOCK = Clock.at(DAY)
OPENED = "2026-07-30T12:00:00Z"
LATER = Moment("2026-07-30", datetime(2026, 7, 30, 12, 0, tzinfo=UTC) + timedelta(minutes=1))
KINDS: tuple[Kind, ...] = ("people", "status", "roles", "seats", "groups", "subscriptions")


def settled(account: Account) -> Knowledge:
    """Return the knowledge of an account of which everything was shown or taken over."""
    marks: dict[tuple[tuple[tuple[str, str], ...], str], Mark] = {}
    looks: dict[Coverage, Look] = {("subscriptions", ""): Look(ASSUMED_AS_DECLARED)}
    for name, team in account.teams.items():
        looks |= {(kind, name): Look(ASSUMED_AS_DECLARED) for kind in KINDS}
        marks |= {((("team", name),), fact): "assumed" for fact in ("sso", "groups", "seats")}
        marks |= {((("team", name), ("group", group)), "products"): "assumed" for group in team.groups}
    for key in account.subscriptions:
        marks |= {((("subscription", key),), fact): "assumed" for fact in ("contract_manager", "offering")}
    return Knowledge(looks, marks)


def shown(account: Account) -> list[Observation]:
    """Return what exports of an account show: one source for each kind of fact and team."""
    facts = facts_of(Mirror(account, settled(account)))
    return [
        Observation(f"{kind} of {team}", LATER, {(kind, team): each.facts[kind, team]})
        for (kind, team), each in facts.items()
        if kind in KINDS and (team or each.facts[kind, team])
    ]


def planned(account: Account, declared: Declaration) -> Plan:
    state = account.copy()
    request = Request(state, "", CLOCK, lambda _: "console", "sha256:0", policy_text(declared.project.policy))
    return make_plan(declared, request._replace(allow=("GUARD002",)))


def looked(state: State, now: Account, entries: Sequence[HistoryEntry] = ()) -> Refreshed:
    knowledge, limits = settled(state.account), Limits(CLOCK, max_removals="100%")
    return look(state._replace(mirror=knowledge.as_text()), knowledge, lambda _: entries, shown(now), [], limits)


def after(account: Account, found: Refreshed) -> Account:
    now = account.copy()
    for each in found.changes:
        now.change(each.rows)
    return now


HIDDEN = {"sso", "invited_at", "invitations", "offering", "channel", "auto_renew", "contract_manager"}
"""The columns that these exports do not show."""


def by_group(account: Account, team: str, product: str, user: str) -> bool:
    groups = account.teams[team].groups.values() if team in account.teams else ()
    return any(user in group.members and product in group.products for group in groups)


def is_hidden(row: Change, before: Account, now: Account) -> bool:
    """Return True if exports do not show whether a row changed."""
    table, key = row.table, row.key
    if table == "team_seat":  # how somebody holds a product who has it through a group, too
        return any(by_group(account, *key) for account in (before, now))
    if table == "team_group":
        had, has = (
            teams[key[0]].groups.get(key[1]) if key[0] in teams else None for teams in (before.teams, now.teams)
        )
        return not has.members if has is not None else had is not None and not had.members
    if table == "group_seat":
        return True
    if row.old is None or row.new is None:
        return table == "team" and row.new is None
    columns = zip(TABLES[table][1], row.old, row.new, strict=True)
    return {name for name, old, new in columns if old != new} <= HIDDEN


def situation(chance: Random) -> tuple[Account, Plan, Account, set[int]] | None:
    """Return an account, a plan for it, and the account after some of its steps, with their numbers."""
    account = random_account(chance)
    found = changed(chance, account)
    if found is None:
        return None
    plan, done, now = planned(account, found[1]), set[int](), account.copy()
    for each in plan.steps:
        if done.issuperset(each.needs) and chance.random() < 0.6:
            assert not isinstance(perform(now, each.step, CLOCK), Refused)
            done.add(each.id)
    return account, plan, now, done


def check_reached(seed: int, before: Account, found: Refreshed, now: Account) -> None:
    """Check that a mirror is as the account is, in everything that exports show."""
    reached = after(before, found)
    for step, rows in natural_steps(reached, now):
        hidden = [is_hidden(row, reached, now) for row in rows]
        assert all(hidden) or step.scope.name not in now.teams, (seed, described(step))


def check_settled(seeds: Iterable[int]) -> int:
    number = 0
    for seed in seeds:
        found = situation(Random(seed))
        if found is None:
            continue
        account, plan, now, done = found
        cases = tuple(Case(f"CASE-{each.id}", each.step, OPENED, None, route="console") for each in plan.steps)
        result = looked(State(account, cases), now)
        assert not result.has_errors, (seed, result.findings)
        closed = {int(name.removeprefix("CASE-")) for name in result.closed}
        assert closed <= done, (seed, closed - done)
        for each in plan.steps:
            rows = attempt(account, each.step, CLOCK)
            if each.id in done - closed and not isinstance(rows, Refused) and each.step.scope.name in ("", *now.teams):
                assert any(is_hidden(row, account, now) for row in rows), (seed, described(each.step))
        check_reached(seed, account, result, now)
        number += len(closed)
    return number


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_random_cases_that_were_done_in_part(first: int) -> None:
    assert check_settled(range(first, first + 20)) > 0


def check_contradicted(seeds: Iterable[int]) -> int:
    number = 0
    for seed in seeds:
        found = situation(Random(seed))
        if found is None:
            continue
        account, plan, now, done = found
        mirror, entries, cases = account.copy(), list[HistoryEntry](), list[Case]()
        for each in plan.steps:
            rows = perform(mirror, each.step, CLOCK)
            assert not isinstance(rows, Refused)
            entries.append(HistoryEntry(each.id, each.id, OPENED, None, each.step, rows))
            case = Case(f"CASE-{each.id}", each.step, OPENED, None, OPENED, route="console", closed_as="confirmed")
            cases.append(case)
        result = looked(State(mirror, confirmed=tuple(cases)), now, entries)
        assert not result.has_errors, (seed, result.findings)
        assert [each.code for each in result.findings if each.code == "SOURCE008"] == ["SOURCE008"] * len(
            result.reopened
        )
        reopened, seen = ({int(name.removeprefix("CASE-")) for name in each} for each in (result.reopened, result.seen))
        assert seen.isdisjoint(reopened)
        assert reopened.isdisjoint(done), (seed, reopened & done)
        check_reached(seed, mirror, result, now)
        number += len(reopened)
    return number


@pytest.mark.parametrize("first", range(0, 100, 20))
def test_random_cases_that_were_confirmed_but_done_in_part(first: int) -> None:
    assert check_contradicted(range(first, first + 20)) > 0
