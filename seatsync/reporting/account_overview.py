"""The report of `account show`: what an account contains, when it was seen last, and what is only assumed of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from seatsync.account.model import Account, Team
from seatsync.planning.plan import assumed_json
from seatsync.reporting.escape import json_safe, number_of, quoted, visible
from seatsync.reporting.plan.plan_text import unknowns
from seatsync.reporting.terminal import Paint
from seatsync.targets.target import State

FORMAT = "seatsync/account/1"


class Overview(NamedTuple):
    """The state of the target with this URL, for a report."""

    url: str
    state: State

    def totals(self) -> dict[str, int]:
        """Return the number of things of each kind in the whole account."""
        account = self.state.account
        contracts = account.contracts.values()
        return {
            "teams": len(account.teams),
            "people": len(account.users),
            "pending": sum(person.status == "pending" for person in account.users.values()),
            "groups": sum(len(team.groups) for team in account.teams.values()),
            "seats": sum(_seats(account, name) for name in account.teams)
            + sum(len(holders) for contract in contracts for holders in contract.seats.values()),
            "subscriptions": len(account.subscriptions),
            "contracts": len(account.contracts),
            "open_cases": len(self.state.cases),
        }

    def teams(self) -> list[dict[str, Any]]:
        """Return the number of things in each team, by the names of teams."""
        account = self.state.account
        return [{"team": name, **_counts(account, name, team)} for name, team in sorted(account.teams.items())]


def _seats(account: Account, name: str) -> int:
    """Return the number of seats in use in a team: the holders of each product, each counted once."""
    team = account.teams[name]
    products = team.seats.keys() | {product for group in team.groups.values() for product in group.products}
    return sum(len(account.holders(name, product)) for product in sorted(products))


def _counts(account: Account, name: str, team: Team) -> dict[str, int]:
    return {
        "people": len(team.members),
        "external_users": len(team.external),
        "groups": len(team.groups),
        "seats": _seats(account, name),
        "subscriptions": len(account.subscriptions_of(name)),
    }


def render_json(overview: Overview) -> str:
    """Return the document."""
    state = overview.state
    account = state.account
    identity = {"name": account.name, "lineage": account.lineage, "serial": account.serial, "head": state.head}
    document = {
        "format": FORMAT,
        "account": {**identity, "timezone": account.timezone},
        "target": overview.url,
        "seen": [each._asdict() for each in state.seen],
        "totals": overview.totals(),
        "teams": overview.teams(),
        "unknown": [each._asdict() for each in state.unknown],
        "assumed": [assumed_json(each) for each in state.assumed],
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def render_text(overview: Overview, paint: Paint, *, verbose: bool = False) -> str:
    """Return the report; `verbose` also lists all sources."""
    state = overview.state
    serial = "" if state.account.serial is None else f" (serial {state.account.serial})"
    name = paint.bold(visible(state.account.name or "without a name"))
    head = f"Account {name}{serial} at {visible(overview.url)}, time zone {visible(state.account.timezone)}\n"
    lines = "".join(_line(team) for team in overview.teams())
    blocks = [head + "".join(_seen(state, verbose=verbose)) + _total(overview.totals()), lines]
    blocks += unknowns(state.unknown, state.assumed, paint, verbose=True)
    return "\n".join(block for block in blocks if block)


def _seen(state: State, *, verbose: bool) -> Iterator[str]:
    """Yield the newest source, and the number of the others; all of them if `verbose`."""
    more = len(state.seen) - 1
    for each in state.seen if verbose else state.seen[:1]:
        others = f", and in {number_of(more, 'other source')} (listed with -v)" if more and not verbose else ""
        yield f"Last seen {visible(each.at or 'at an unknown time')} in {visible(each.source)}{others}\n"


def _total(total: dict[str, int]) -> str:
    pending = f" ({total['pending']} pending)" if total["pending"] else ""
    people = number_of(total["people"], "person", "people") + pending
    nouns = ("group", "seat", "subscription", "contract", "open case")
    others = (number_of(total[f"{noun.replace(' ', '_')}s"], noun) for noun in nouns)
    return ", ".join([number_of(total["teams"], "team"), people, *others]) + "\n"


def _line(team: dict[str, Any]) -> str:
    people = number_of(team["people"], "person", "people")
    external = f" ({team['external_users']} external)" if team["external_users"] else ""
    others = ", ".join(number_of(team[f"{noun}s"], noun) for noun in ("group", "seat", "subscription"))
    return f"team {quoted(team['team'])}: {people}{external}, {others}\n"
