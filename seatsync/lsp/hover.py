"""Hover texts as Markdown: what a person holds, how many seats of a product are assigned, and the like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.model import Scope
from seatsync.declaration.declared import (
    Declaration,
    DeclaredContract,
    DeclaredList,
    DeclaredSubscription,
    DeclaredTeam,
)
from seatsync.declaration.pools import Pool, pools, seats
from seatsync.editing.occurrences import Symbol
from seatsync.editing.schema_nodes import SymbolKind
from seatsync.finding import Location
from seatsync.insight.why_answer import Answer, Entitlement, Entry, Holding
from seatsync.insight.why_ties import Sources, explain
from seatsync.lsp.symbols import person
from seatsync.reporting.escape import code, number_of, prose
from seatsync.reporting.why_report import window
from seatsync.rules.manual import page

MAX_LINES = 20
"""The most items shown in a list."""


def hover(symbol: Symbol, declared: Declaration, day: str) -> str | None:
    """Return the hover text of a symbol on a day; None if nothing is known of it."""
    if symbol.kind is SymbolKind.PERSON:
        return _person(symbol.name, declared, day)
    if symbol.kind is SymbolKind.LIST and symbol.name in declared.lists:
        return _text(_list(declared.lists[symbol.name], declared, day))
    if symbol.kind is SymbolKind.TEAM and symbol.name in declared.teams:
        return _text(_team(declared.teams[symbol.name], declared, day))
    if symbol.kind is SymbolKind.GROUP:
        return _text(_groups(symbol, declared, day))
    if symbol.kind is SymbolKind.PRODUCT:
        return _text(_product(symbol, declared, day))
    if symbol.kind is SymbolKind.SUBSCRIPTION:
        return _text(_subscription(symbol.name, declared))
    if symbol.kind is SymbolKind.CONTRACT and symbol.name in declared.contracts:
        return _text(_contract(declared.contracts[symbol.name]))
    return _rule(symbol.name, declared) if symbol.kind is SymbolKind.CODE else None


def _text(lines: Iterable[str]) -> str | None:
    """Return the first line as a heading and the others as a list; None if there are none."""
    heading, *items = [*lines] or [""]
    return "\n".join([heading, "", *(f"- {item}" for item in items)]).rstrip() or None


def _rule(asked: str, declared: Declaration) -> str | None:
    """Return the title of a rule, or the message of one of the project's own."""
    found = page(asked)
    if found is not None:
        return f"{code(found.code)} {prose(found.title)}"
    own = (rule for rule in declared.project.rules if rule.code == asked)
    return next((f"{code(rule.code)} {prose(rule.message)}" for rule in own), None)


# People


def _person(asked: str, declared: Declaration, day: str) -> str | None:
    user = person(asked, declared)
    answer = explain(Sources(declared, None, "", day), user, None)
    return None if answer is None else _text(_about(answer))


def _about(answer: Answer) -> Iterator[str]:
    name = f" {prose(answer.full_name)}" if answer.full_name else ""
    where = "declared nowhere" if answer.declared_at is None else f"declared in {_at(answer.declared_at)}"
    yield f"{code(answer.person)}{name}, {where}"
    lines = [line for each in answer.entitlements for line in _entitlement(each, answer.day)]
    lines = [*(line for each in answer.others for line in _other(each, answer.day)), *lines]
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"and {len(lines) - MAX_LINES} more: {code(f'seatsync why {answer.person}')}"
    if not lines:
        yield "has no seats, roles or memberships"


def _other(holding: Holding, day: str) -> Iterator[str]:
    """Yield a line for each entry of a role or membership."""
    assignment = holding.assignment
    role = "member" if assignment.kind == "member" else ROLE_TITLES[assignment.name]
    if assignment.group is not None:
        role = f"{role} of group {code(assignment.group)} in"
    elif assignment.subscription is not None:
        role = f"{role} of subscription {code(assignment.subscription)},"
    else:
        role = f"{role} of"
    yield from (f"{role} {_scope(assignment.scope)}{_entry(entry, day)}" for entry in holding.entries)


def _entitlement(entitlement: Entitlement, day: str) -> Iterator[str]:
    """Yield a line for each way in which a person holds a product, service or benefit."""
    unpaid = "" if entitlement.paid else ", but no subscription to it is in term"
    for holding in entitlement.holdings:
        group = holding.assignment.group
        through = "" if group is None else f" through group {code(group)}"
        for entry in holding.entries:
            yield f"{code(entitlement.name)} in {_scope(entitlement.scope)}{through}{_entry(entry, day)}{unpaid}"


def _entry(entry: Entry, day: str) -> str:
    by_default = ", by default" if entry.way == "default" else ""
    through = "" if entry.through is None else f", through list {code(entry.through[0])}"
    return f"{by_default}{through}{window(entry.days, day)} ({_at(entry.at)})"


def _list(named: DeclaredList, declared: Declaration, day: str) -> Iterator[str]:
    there = sorted(named.members.on(day))
    yield f"list {code(named.name)}, declared in {_at(named.at)}"
    yield f"{number_of(len(there), 'person', 'people')}{': ' if there else ''}{_names(there, declared)}"
    for mention in named.members.lists:
        yield f"with list {code(mention.name)}{window(mention.days, day)}"


def _names(users: list[str], declared: Declaration) -> str:
    """Return some people, and how many more there are."""
    shown = ", ".join(code(declared.shown(user)) for user in users[:MAX_LINES])
    return shown + (f" and {len(users) - MAX_LINES} more" if len(users) > MAX_LINES else "")


# Teams, groups, purchases


def _team(team: DeclaredTeam, declared: Declaration, day: str) -> Iterator[str]:
    yield f"team {code(team.name)}, declared in {_at(team.at)}"
    if team.primary is not None:
        yield f"primary admin: {code(declared.shown(team.primary.user))}"
    for role, people in team.role_lists():
        there = sorted(people.on(day))
        if there:
            yield f"{ROLE_TITLES[role]}s: {_names(there, declared)}"
    if team.groups:
        yield f"groups: {', '.join(code(name) for name in list(team.groups)[:MAX_LINES])}"
    for pool in pools(declared):
        if pool.team.name == team.name:
            yield f"{code(pool.product)}: {_use(pool, declared, day)}"


def _use(pool: Pool, declared: Declaration, day: str) -> str:
    """Return the number of assigned seats and of those bought, as text."""
    held, room = pool.holders(declared, day), pool.capacity(day)
    if not pool.in_term(day):
        return f"{number_of(held, 'person', 'people')} assigned, no subscription in term"
    return f"{number_of(held, 'person', 'people')} assigned" if room is None else f"{held} of {seats(room)} assigned"


def _groups(symbol: Symbol, declared: Declaration, day: str) -> Iterator[str]:
    for team in declared.teams.values():
        group = team.groups.get(symbol.name)
        if group is None or symbol.within not in {None, team.name}:
            continue
        days = window(group.days, day)
        yield f"group {code(group.name)} of team {code(team.name)}, declared in {_at(group.at)}{days}"
        yield number_of(len(group.members_on(day)), "member")
        products = [f"{code(product)}{window(given, day)}" for product, given in group.given()]
        yield f"products: {', '.join(products)}" if products else "no products"
        return


def _product(symbol: Symbol, declared: Declaration, day: str) -> Iterator[str]:
    if symbol.within in declared.contracts:
        yield from _of_contract(symbol.name, declared.contracts[symbol.within])
        return
    team = None if symbol.within is None else declared.teams.get(symbol.within)
    subscriptions = [
        sub
        for sub in declared.subscriptions.values()
        if sub.product == symbol.name and (team is None or sub.team == team.name)
    ]
    if team is None:
        yield code(symbol.name)
    else:
        pool = next((pool for pool in pools(declared) if (pool.team, pool.product) == (team, symbol.name)), None)
        use = "nobody assigned" if pool is None else _use(pool, declared, day)
        yield f"{code(symbol.name)} in team {code(team.name)}: {use}"
    for sub in subscriptions[:MAX_LINES]:
        yield " ".join(_subscription(sub.id, declared))


def _of_contract(product: str, contract: DeclaredContract) -> Iterator[str]:
    bought, holders = contract.products.get(product), contract.users.get(product)
    held = 0 if holders is None else len(set(holders.ids))
    room = "" if bought is None else f" of {seats(bought.seats)}"
    yield f"{code(product)} in contract {code(contract.number)}: {held}{room} assigned"


def _subscription(key: str, declared: Declaration) -> Iterator[str]:
    sub = declared.subscriptions.get(key)
    if sub is None:
        return
    amount = number_of(sub.tokens, "token") if sub.tokens is not None else seats(sub.seats or 0)
    team = "in no team" if sub.team is None else f"in team {code(sub.team)}"
    product = code(sub.product) if sub.product else "an unknown product"
    yield (
        f"subscription {code(sub.id)}, {team}: {amount} of {product} ({sub.offering}, {sub.channel}),"
        f" from {sub.starts or 'an unknown day'} until {sub.ends or 'an unknown day'}{_renewal(sub)}"
    )


def _renewal(sub: DeclaredSubscription) -> str:
    if not sub.auto_renew:
        return ""
    number = "" if sub.from_renewal is None else f", then with {sub.from_renewal}"
    return f", renews by itself{number}"


def _contract(contract: DeclaredContract) -> Iterator[str]:
    yield f"contract {code(contract.number)}, declared in {_at(contract.at)}"
    for title, mention in (("contract manager", contract.contract_manager), ("coordinator", contract.coordinator)):
        if mention is not None:
            yield f"{title}: {code(mention.written)}"
    for product in list(contract.users)[:MAX_LINES]:
        yield from _of_contract(product, contract)


def _scope(scope: Scope) -> str:
    return "no team" if scope.kind == "account" else f"{scope.kind} {code(scope.name)}"


def _at(place: Location) -> str:
    return code(f"{place.file}:{place.line}")
