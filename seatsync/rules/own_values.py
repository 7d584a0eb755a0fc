"""The values of the variables of the project's own rules: a function for each, of a subject and the facts."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, TypeAlias

from seatsync.clock import Days, renewed_terms
from seatsync.declaration.declared import DeclaredSubscription, Omitted
from seatsync.declaration.prices import yearly_cost
from seatsync.declaration.project_values import Each, Price
from seatsync.rules.own_subjects import Facts

Value: TypeAlias = Callable[[Any, Facts], Any]
"""Return the value of a variable of a subject."""


def values_of(each: Each) -> Mapping[str, Value]:
    """Return the functions of all variables of a kind of thing, by name."""
    return {**_ALWAYS, **_OF[each]}


_ALWAYS: dict[str, Value] = {
    "today": lambda _, facts: facts.day,
    "account": lambda _, facts: facts.declared.project.account,
    "email_domains": lambda _, facts: list(facts.declared.project.policy.email_domains),
}


def _role(role: str) -> Value:
    return lambda it, facts: facts.roles_of.get((it.user, role), [])


_PERSON: dict[str, Value] = {
    "person.email": lambda it, _: it.user,
    "person.domain": lambda it, _: it.user.rpartition("@")[2],
    "person.first_name": lambda it, facts: facts.declared.users[it.user].first_name,
    "person.last_name": lambda it, facts: facts.declared.users[it.user].last_name,
    "person.language": lambda it, facts: facts.declared.users[it.user].language,
    "person.external": lambda it, facts: (it.user, "external") in facts.roles_of,
    "person.protected": lambda it, facts: it.user in facts.declared.project.policy.protected_users,
    "person.teams": lambda it, facts: facts.teams_of.get(it.user, []),
    "person.groups": lambda it, facts: facts.groups_of.get(it.user, []),
    "person.products": lambda it, facts: facts.products_of.get(it.user, []),
    "person.primary_of": _role("primary"),
    "person.secondary_of": _role("secondary"),
    "person.sso_of": _role("sso"),
    "person.external_in": _role("external"),
    "person.manages": _role("manager"),
    "person.coordinates": _role("coordinator"),
}


def _days(it: Any) -> Days:  # noqa: ANN401 - a seat, a role or a group
    days: Days | None = it.days
    return days or (None, None)


_DAYS: dict[str, Value] = {
    "from": lambda it, _: _days(it)[0],
    "until": lambda it, _: _days(it)[1],
    "days_left": lambda it, facts: facts.days_until(_days(it)[1]),
}
_SEAT: dict[str, Value] = {
    **_PERSON,
    "product": lambda it, _: it.product,
    "team": lambda it, _: it.team,
    "contract": lambda it, _: it.contract,
    "group": lambda it, _: it.group,
    "direct": lambda it, _: it.group is None,
    "offerings": lambda it, facts: facts.offerings_of.get((it.team, it.product), []),
    **_DAYS,
}
_ROLE: dict[str, Value] = {
    **_PERSON,
    "role": lambda it, _: it.role,
    "team": lambda it, _: it.team,
    "subscription": lambda it, _: it.subscription,
    "contract": lambda it, _: it.contract,
    **_DAYS,
}
_GROUP: dict[str, Value] = {
    "team": lambda group, _: group.it[0].name,
    "group": lambda group, _: group.it[1].name,
    "members": lambda group, facts: sorted(group.it[1].members_on(facts.day)),
    "products": lambda group, facts: [name for name in group.it[1].products if group.it[1].gives_on(name, facts.day)],
    **_DAYS,
}


def _mention(name: str) -> Value:
    def user(owned: Any, _: Facts) -> str | None:  # noqa: ANN401 - a team, subscription or contract
        mention = getattr(owned.it, name)
        return None if mention is None else str(mention.user)

    return user


def _listed(name: str) -> Value:
    return lambda owned, facts: [] if getattr(owned.it, name) is None else sorted(getattr(owned.it, name).on(facts.day))


_TEAM: dict[str, Value] = {
    "team": lambda team, _: team.it.name,
    "primary_admin": _mention("primary"),
    "secondary_admins": _listed("secondary"),
    "sso_admins": _listed("sso_admins"),
    "external_users": _listed("external"),
    "members": lambda team, facts: facts.members_of(team.it),
    "groups": lambda team, facts: [name for name, group in team.it.groups.items() if facts.on_day(group.days)],
    "products": lambda team, _: team.it.products(),
    "subscriptions": lambda team, facts: [sub.id for sub in facts.subscriptions_of.get(team.it.name, [])],
    "sso": lambda team, _: team.it.sso is not None and not isinstance(team.it.sso, Omitted),
    "protected": lambda team, facts: team.it.name in facts.declared.project.policy.protected_teams,
    "costs": lambda team, facts: _costs(facts.subscriptions_of.get(team.it.name, []), facts),
}


def _costs(subscriptions: list[DeclaredSubscription], facts: Facts) -> dict[str, float]:
    """Return the cost of the subscriptions in term, by currency."""
    found: dict[str, Fraction] = {}
    for sub in subscriptions:
        cost = yearly_cost(sub, facts.day)
        if cost is not None and sub.price is not None:
            found[sub.price.currency] = found.get(sub.price.currency, Fraction()) + cost
    return {currency: float(cost) for currency, cost in found.items()}


def _of_price(value: Callable[[Price], Any]) -> Value:
    return lambda owned, _: None if owned.it.price is None else value(owned.it.price)


def _cost(owned: Any, facts: Facts) -> float | None:  # noqa: ANN401 - a subscription
    cost = yearly_cost(owned.it, facts.day)
    return None if cost is None else float(cost)


def _term(sub: DeclaredSubscription, facts: Facts) -> tuple[str, str]:
    """Return the first and last day of the term; the present one of a subscription that renews itself."""
    if sub.broken or not sub.auto_renew or facts.day <= sub.ends:
        return sub.starts, sub.ends
    return next(renewed_terms(sub.starts, sub.ends, facts.day), (sub.starts, sub.ends))


_SUBSCRIPTION: dict[str, Value] = {
    "subscription": lambda sub, _: sub.it.id,
    "team": lambda sub, _: sub.it.team,
    "product": lambda sub, _: sub.it.product,
    "offering": lambda sub, _: sub.it.offering,
    "seats": lambda sub, facts: sub.it.seats_on(facts.day),
    "tokens": lambda sub, facts: sub.it.tokens_on(facts.day),
    "channel": lambda sub, _: sub.it.channel,
    "contract_manager": _mention("contract_manager"),
    "starts": lambda sub, facts: _term(sub.it, facts)[0],
    "ends": lambda sub, facts: _term(sub.it, facts)[1],
    "days_left": lambda sub, facts: facts.days_until(_term(sub.it, facts)[1]),
    "auto_renew": lambda sub, _: sub.it.auto_renew,
    "price": _of_price(lambda price: float(price.amount)),
    "currency": _of_price(lambda price: price.currency),
    "per": _of_price(lambda price: price.per),
    "cost": _cost,
}
_CONTRACT: dict[str, Value] = {
    "contract": lambda contract, _: contract.it.number,
    "contract_manager": _mention("contract_manager"),
    "software_coordinator": _mention("coordinator"),
    "license_type": lambda contract, _: contract.it.license_type,
    "channel": lambda contract, _: contract.it.channel,
    "deployment": lambda contract, _: contract.it.deployment,
    "starts": lambda contract, _: contract.it.starts,
    "ends": lambda contract, _: contract.it.ends,
    "days_left": lambda contract, facts: facts.days_until(contract.it.ends),
    "products": lambda contract, _: list(contract.it.products),
    "services": lambda contract, _: list(contract.it.services),
    "seats": lambda contract, _: sum(product.seats for product in contract.it.products.values()),
    "support": _listed("support"),
    "members": lambda contract, facts: facts.members_of_contract(contract.it),
}


def _in_term(bought: Any, facts: Facts) -> list[DeclaredSubscription]:  # noqa: ANN401 - a pool
    found: list[DeclaredSubscription] = bought.pool.in_term(facts.day)
    return found


def _capacity(bought: Any, facts: Facts) -> int | None:  # noqa: ANN401 - a pool
    return bought.pool.capacity(facts.day) if _in_term(bought, facts) else 0


def _free(bought: Any, facts: Facts) -> int | None:  # noqa: ANN401 - a pool
    room = _capacity(bought, facts)
    return None if room is None else room - int(bought.pool.holders(facts.declared, facts.day))


def _ends(bought: Any, facts: Facts) -> str | None:  # noqa: ANN401 - a pool
    return max((_term(sub, facts)[1] for sub in _in_term(bought, facts)), default=None)


_POOL: dict[str, Value] = {
    "team": lambda bought, _: bought.pool.team.name,
    "product": lambda bought, _: bought.pool.product,
    "offerings": lambda bought, facts: list(dict.fromkeys(sub.offering for sub in _in_term(bought, facts))),
    "subscriptions": lambda bought, facts: [sub.id for sub in _in_term(bought, facts)],
    "seats": _capacity,
    "held": lambda bought, facts: bought.pool.holders(facts.declared, facts.day),
    "free": _free,
    "ends": _ends,
    "days_left": lambda bought, facts: facts.days_until(_ends(bought, facts)),
    "costs": lambda bought, facts: _costs(_in_term(bought, facts), facts),
}
_OF: Mapping[Each, dict[str, Value]] = {
    "person": _PERSON,
    "seat": _SEAT,
    "role": _ROLE,
    "group": _GROUP,
    "team": _TEAM,
    "subscription": _SUBSCRIPTION,
    "contract": _CONTRACT,
    "pool": _POOL,
}
