"""Pools as subscriptions, and seats that groups give, for a new repository of what only the Team Admin API showed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.model import Account, Subscription
from seatsync.account.unknowns import Assumed
from seatsync.portal.knowledge import Knowledge, knowledge_of
from seatsync.portal.sources.listed_pools import Pool
from seatsync.targets.target import Journal, State, Target


def with_listed_subscriptions(state: State, mirror: Target) -> State:
    """Return the state of a mirror, in which teams without known subscriptions have one for each of their pools.

    With them, rules and plans can count free seats. The next apply takes them over, as all that is declared and that
    no source shows; an export of subscriptions replaces them. What the repository cannot say truly is assumed.
    """
    if not isinstance(mirror, Journal):
        return state
    knowledge = knowledge_of(state, mirror.journal, mirror.url)
    unknown = {each.team for each in state.unknown if each.fact == "subscriptions"}
    account = state.account.copy()
    found = _as_subscriptions(account, knowledge.pools, unknown & account.teams.keys())
    account.subscriptions.update(found)
    assumed = [*state.assumed, *_given_by_groups(account, knowledge)]
    for key, each in found.items():
        manager = account.users[each.contract_manager].email
        facts = (("pool", None), ("offering", each.offering), ("channel", each.channel), ("contract_manager", manager))
        assumed += [Assumed((("subscription", key),), fact, value) for fact, value in facts]
    return state._replace(account=account, assumed=tuple(assumed))


def _as_subscriptions(
    account: Account, pools: Mapping[tuple[str, str], Pool], teams: AbstractSet[str]
) -> dict[str, Subscription]:
    """Return subscriptions of some teams with the seats and days of their pools, by ids that are only for these files.

    A pool that is unlimited, or whose number or days are unknown, says too little. The API tells neither how many
    subscriptions a pool has, nor their ids, offering, channel or contract manager, which is the team's primary admin.
    """
    found: dict[str, Subscription] = {}
    for (team, product), pool in sorted(pools.items()):
        if team not in teams or pool.unlimited or not pool.total or pool.starts is None or pool.ends is None:
            continue
        if pool.starts <= pool.ends:
            manager, days = account.teams[team].primary, (pool.starts, pool.ends)
            key = f"pool-{len(found) + 1}"
            found[key] = Subscription(team, product, "single-user", pool.total, None, "store", manager, *days)
    return found


def _given_by_groups(account: Account, knowledge: Knowledge) -> Iterator[Assumed]:
    """Yield for each team the people whose seats are declared as direct, but come from groups that no source shows."""
    for name, team in sorted(account.teams.items()):
        people = [
            user
            for user in sorted(team.members)
            if any(
                user in team.seats[product] and knowledge.is_direct(name, product, user) is False
                for product in team.seats
            )
        ]
        if people:
            yield Assumed((("team", name),), "inherited", tuple(account.users[user].email for user in people))
