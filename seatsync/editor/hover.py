"""What is known of the thing under the pointer, as Markdown: what a person holds, how full a pool is, and so on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.account.model import Scope
from seatsync.declaration.declared import Days, Declaration, DeclaredContract, DeclaredTeam, lasts
from seatsync.declaration.pools import Pool, pools, seats
from seatsync.editor.definitions import person
from seatsync.editor.shapes import Kind
from seatsync.editor.things import Thing
from seatsync.finding import Location
from seatsync.reporting.counting import number_of
from seatsync.reporting.markdown_text import code, prose
from seatsync.rules.manual import page
from seatsync.why.answer import Answer, Entitlement, Entry, Holding
from seatsync.why.asking import Sources, ask

MOST = 20
"""How many lines are shown of what one person holds."""

_ROLES = {
    "primary": "primary admin",
    "secondary": "secondary admin",
    "sso": "SSO admin",
    "manager": "contract manager",
    "coordinator": "software coordinator",
}


def hover(thing: Thing, declared: Declaration, day: str) -> str | None:
    """What is known of a thing; None where there is nothing to say."""
    if thing.kind is Kind.PERSON:
        return _person(thing.name, declared, day)
    if thing.kind is Kind.TEAM and thing.name in declared.teams:
        return _text(_team(declared.teams[thing.name], declared, day))
    if thing.kind is Kind.GROUP:
        return _text(_groups(thing, declared, day))
    if thing.kind is Kind.PRODUCT:
        return _text(_product(thing, declared, day))
    if thing.kind is Kind.SUBSCRIPTION:
        return _text(_subscription(thing.name, declared))
    if thing.kind is Kind.CONTRACT and thing.name in declared.contracts:
        return _text(_contract(declared.contracts[thing.name]))
    if thing.kind is Kind.CODE:
        found = page(thing.name)
        return None if found is None else f"{code(found.code)} {prose(found.title)}"
    return None


def _text(lines: Iterable[str]) -> str | None:
    """The first line as a heading, the others as a list."""
    heading, *items = [*lines] or [""]
    return "\n".join([heading, "", *(f"- {item}" for item in items)]).rstrip() or None


# People


def _person(asked: str, declared: Declaration, day: str) -> str | None:
    user = person(asked, declared)
    answer = ask(Sources(declared, None, "", day), user, None)
    return None if answer is None else _text(_about(answer))


def _about(answer: Answer) -> Iterator[str]:
    name = f" {prose(answer.full_name)}" if answer.full_name else ""
    where = "declared nowhere" if answer.declared_at is None else f"declared in {_at(answer.declared_at)}"
    yield f"{code(answer.person)}{name}, {where}"
    lines = [line for each in answer.entitlements for line in _entitlement(each, answer.day)]
    lines = [*(line for each in answer.others for line in _other(each, answer.day)), *lines]
    yield from lines[:MOST]
    if len(lines) > MOST:
        yield f"and {len(lines) - MOST} more: {code(f'seatsync why {answer.person}')}"
    if not lines:
        yield "holds nothing, has no role and is a member of nothing"


def _other(holding: Holding, day: str) -> Iterator[str]:
    """A role or a membership."""
    tie = holding.tie
    what = "member" if tie.kind == "member" else _ROLES[tie.name]
    if tie.group is not None:
        what = f"{what} of group {code(tie.group)} in"
    elif tie.subscription is not None:
        what = f"{what} of subscription {code(tie.subscription)},"
    else:
        what = f"{what} of"
    yield from (f"{what} {_scope(tie.scope)}{_entry(entry, day)}" for entry in holding.entries)


def _entitlement(said: Entitlement, day: str) -> Iterator[str]:
    """A product, service or benefit, by each way the person holds it."""
    unpaid = "" if said.paid else ", which has no subscription to it in term"
    for holding in said.holdings:
        group = holding.tie.group
        through = "" if group is None else f" through group {code(group)}"
        for entry in holding.entries:
            yield f"{code(said.name)} in {_scope(said.scope)}{through}{_entry(entry, day)}{unpaid}"


def _entry(entry: Entry, day: str) -> str:
    by_default = ", by default" if entry.way == "default" else ""
    return f"{by_default}{_days(entry.days, day)} ({_at(entry.at)})"


def _days(days: Days | None, day: str) -> str:
    if days is None:
        return ""
    words = [f"{word} {limit}" for word, limit in zip(("from", "until"), days, strict=True) if limit is not None]
    return f", {' '.join(words)}" + ("" if lasts(days, day) else " (not today)")


# Teams, groups, purchases


def _team(team: DeclaredTeam, declared: Declaration, day: str) -> Iterator[str]:
    yield f"team {code(team.name)}, declared in {_at(team.at)}"
    if team.primary is not None:
        yield f"primary admin: {code(declared.shown(team.primary.user))}"
    for title, people in (("secondary admins", team.secondary), ("SSO admins", team.sso_admins)):
        there = sorted(people.on(day))
        if there:
            shown = ", ".join(code(declared.shown(user)) for user in there[:MOST])
            yield f"{title}: {shown}" + (f" and {len(there) - MOST} more" if len(there) > MOST else "")
    if team.groups:
        yield f"groups: {', '.join(code(name) for name in list(team.groups)[:MOST])}"
    for pool in pools(declared):
        if pool.team.name == team.name:
            yield f"{code(pool.product)}: {_use(pool, declared, day)}"


def _use(pool: Pool, declared: Declaration, day: str) -> str:
    """How many seats are taken, of how many."""
    held, room = pool.holders(declared, day), pool.capacity(day)
    if not pool.in_term(day):
        return f"{number_of(held, 'person', 'people')} assigned, no subscription in term"
    return f"{number_of(held, 'person', 'people')} assigned" if room is None else f"{held} of {seats(room)} assigned"


def _groups(thing: Thing, declared: Declaration, day: str) -> Iterator[str]:
    for team in declared.teams.values():
        group = team.groups.get(thing.name)
        if group is None or thing.within not in {None, team.name}:
            continue
        yield f"group {code(group.name)} of team {code(team.name)}, declared in {_at(group.at)}"
        yield number_of(len(group.members.on(day)), "member")
        products = [code(product) for product in group.products if isinstance(product, str)]
        yield f"products: {', '.join(products)}" if products else "no products"
        return


def _product(thing: Thing, declared: Declaration, day: str) -> Iterator[str]:
    if thing.within in declared.contracts:
        yield from _of_contract(thing.name, declared.contracts[thing.within])
        return
    team = None if thing.within is None else declared.teams.get(thing.within)
    subscriptions = [
        sub
        for sub in declared.subscriptions.values()
        if sub.product == thing.name and (team is None or sub.team == team.name)
    ]
    if team is None:
        yield code(thing.name)
    else:
        pool = next((pool for pool in pools(declared) if (pool.team, pool.product) == (team, thing.name)), None)
        use = "nobody assigned" if pool is None else _use(pool, declared, day)
        yield f"{code(thing.name)} in team {code(team.name)}: {use}"
    for sub in subscriptions[:MOST]:
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
        f" from {sub.starts or 'an unknown day'} until {sub.ends or 'an unknown day'}"
    )


def _contract(contract: DeclaredContract) -> Iterator[str]:
    yield f"contract {code(contract.number)}, declared in {_at(contract.at)}"
    for title, mention in (("contract manager", contract.contract_manager), ("coordinator", contract.coordinator)):
        if mention is not None:
            yield f"{title}: {code(mention.written)}"
    for product in list(contract.users)[:MOST]:
        yield from _of_contract(product, contract)


def _scope(scope: Scope) -> str:
    return "no team" if scope.kind == "account" else f"{scope.kind} {code(scope.name)}"


def _at(place: Location) -> str:
    return code(f"{place.file}:{place.line}")
