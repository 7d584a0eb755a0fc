"""Normalisation of a declaration and its policy to canonical JSON, with equal text for equal meaning.

The text is independent of comments, layout, order, the split into files, the spelling of addresses and the notation of
seats (by user, by product, in a CSV). It contains everything declared, so that it can be compared with a later one.
Structure of `normalised`, with absent fields omitted:

    {"account": name, "timezone": zone,
     "users": {person: {"first_name", "last_name", "language", "previous_emails": [person]}},
     "teams": {name: {"primary_admin": person, "secondary_admins": entries, "sso_admins": entries,
                      "external_users": entries (also if empty: then declared as such),
                      "sso": null or {"domains": [text], "metadata_url": text}, "members": entries,
                      "seats": {product: entries}, "renamed_from": name, "prune": [kind] (also if empty),
                      "ignore": {"users", "groups", "products": [pattern]},
                      "groups": {name: {"members": entries, "from": day, "until": day,
                                           "products": [name or {"product", "from", "until"}],
                                           "renamed_from": name}}}},
     "subscriptions": {id: {"team", "product", "offering", "seats", "tokens", "channel", "contract_manager",
                            "starts", "ends", "auto_renew" (if true), "from_renewal": {"seats" or "tokens"},
                            "price": {"amount": text, "currency", "per"}}},
     "contracts": {number: {"contract_manager", "software_coordinator", "license_type", "channel", "deployment",
                            "starts", "ends", "services": {name: entries}, "support": entries, "members": entries,
                            "prune" and "ignore" as in a team,
                            "products": {name: {"seats", "serial", "product_key", "users": entries}}}},
     "rates": {product: text}, "rules": {code: {"each", "must", "message", "severity"}}}

A person is an identity. `entries` are sorted: a person, or `[person, from, until]` with null for an open end; an entry
without days replaces all others of its person, and likewise one of a product of a group. `members` of a team or
contract excludes the people who are members at all times through another of its fields.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, TypeAlias, cast

from seatsync.account.attributes import number_text
from seatsync.clock import Days
from seatsync.declaration.declared import (
    ROLE_LISTS,
    Declaration,
    DeclaredContract,
    DeclaredSubscription,
    DeclaredTeam,
    DeclaredUser,
    Omitted,
    Project,
)
from seatsync.declaration.mentions import Mention, People, Products
from seatsync.declaration.project_values import (
    DirectorySync,
    Ignore,
    Policy,
    Portal,
    Price,
    Reclaim,
    TeamAdmin,
    amount_text,
)

_BATCH_SIZE = 1000

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | None"


def normalised(declaration: Declaration) -> str:
    """Return a declaration as canonical JSON (sorted keys, no spaces), structured as described in this module."""
    users: Json = {user: _user(facts) for user, facts in declaration.users.items()}
    return _canonical(
        _without_empty({**_all_but_people(declaration), "users": users, "teams": dict(_teams(declaration))})
    )


def _all_but_people(declaration: Declaration) -> dict[str, Json]:
    return {
        "account": declaration.project.account,
        "timezone": declaration.project.timezone,
        "subscriptions": {key: _subscription(sub) for key, sub in declaration.subscriptions.items()},
        "contracts": {number: _contract(contract) for number, contract in declaration.contracts.items()},
        **_without_empty({"rates": _rates(declaration.project), "rules": _rules(declaration.project)}),
    }


def _rates(project: Project) -> dict[str, Json]:
    return {product: number_text(tokens) for product, tokens in project.rates}


def _rules(project: Project) -> dict[str, Json]:
    """Return the project's own rules without their cases, which judge nothing."""
    return {
        rule.code: {
            "each": rule.each,
            "must": rule.must.strip(),
            "message": rule.message,
            "severity": str(rule.severity),
        }
        for rule in project.rules
    }


def _teams(declaration: Declaration) -> Iterator[tuple[str, Json]]:
    managers: dict[str, set[str]] = {}
    for sub in declaration.subscriptions.values():
        if sub.team is not None and sub.contract_manager is not None:
            managers.setdefault(sub.team, set()).add(sub.contract_manager.user)
    return ((name, _team(team, managers.get(name, set()))) for name, team in declaration.teams.items())


def policy_text(policy: Policy) -> str:
    """Return a policy as canonical JSON with the keys of the project file.

    Defaults are filled in, except for `usage_retention` and `reclaim`, which no plan depends on, and an empty
    `freeze`.
    """
    suppress = sorted(
        (
            _without_empty({"code": entry.code, **dict(entry.things), "reason": entry.reason, "until": entry.until})
            for entry in policy.suppress
        ),
        key=_canonical,
    )
    default, retention = Policy(), policy.usage_retention
    return _canonical(
        {
            **({} if retention == default.usage_retention else {"usage_retention": retention}),
            **({} if policy.reclaim == default.reclaim else {"reclaim": reclaim_facts(policy.reclaim)}),
            **({"freeze": _freezes(policy)} if policy.freeze else {}),
            "max_removals": policy.max_removals,
            "min_secondary_admins": policy.min_secondary_admins,
            "email_domains": _sorted(policy.email_domains),
            "protected": {"users": _sorted(policy.protected_users), "teams": _sorted(policy.protected_teams)},
            "prune": _sorted(policy.prune),
            "ignore": {"users": [], "teams": [], **_ignore(policy.ignore)},
            "suppress": list(suppress),
            "expiry_notice": policy.expiry_notice,
            "max_invitations": policy.max_invitations,
        }
    )


def _freezes(policy: Policy) -> list[Json]:
    return [{"from": each.starts, "until": each.ends, "reason": each.reason} for each in sorted(policy.freeze)]


def reclaim_facts(reclaim: Reclaim) -> dict[str, Json]:
    """Return the policy about reclaim, with defaults filled in, with the keys of the project file."""
    entries = (
        _without_empty({**dict(each.things), "until": each.until, "reason": each.reason}) for each in reclaim.exempt
    )
    return {"days": reclaim.days, "exempt": [*sorted(entries, key=_canonical)]}


def config_digest(declaration: Declaration) -> str:
    """Return the digest of declaration and policy, independent of comments and layout.

    A portal counts by what decides a plan, not by where its exports are and how old they may be. The Team Admin API
    does where it may be written: for the teams with an id.
    """
    rest = sha256(f"{_digest_of_people(declaration.users)}\n".encode())
    rest.update(_canonical(_all_but_people(declaration)).encode())
    rest.update(f"\n{policy_text(declaration.project.policy)}".encode())
    if declaration.project.portal is not None:
        facts = portal_facts(declaration.project.portal)
        deciding: Json = {name: facts[name] for name in facts if _decides_plans(name, facts)}
        rest.update(f"\n{_canonical(deciding)}".encode())
    teams: Json = {name: _hash(_canonical_fast(team)) for name, team in _teams(declaration)}
    return "sha256:" + _hash(_canonical({"rest": rest.hexdigest(), "teams": teams}))


def portal_facts(portal: Portal | None) -> dict[str, Json]:
    """Return a portal, with defaults filled in, with the keys of the project file; only empty lists without one.

    APIs that are not used have no facts.
    """
    if portal is None:
        return {"exports": [], "directory_sync": []}
    return {
        **(_team_admin_facts(portal.team_admin) if portal.team_admin is not None else {}),
        **({"insights": "true"} if portal.insights else {}),
        "exports": _sorted(portal.exports),
        "directory_sync": [each for entry in portal.directory_sync for each in _directory_sync_facts(entry)],
        "import_from": portal.import_from,
        "max_age": f"{portal.max_age}d",
    }


def _decides_plans(name: str, portal: Mapping[str, Json]) -> bool:
    """Return True if the routes of steps depend on a fact of a portal."""
    if name == "team_admin.write" or name.startswith("team_admin.teams."):
        return portal["team_admin.write"] == "true"
    return name in {"directory_sync", "import_from"}


def _directory_sync_facts(entry: DirectorySync) -> list[Json]:
    return [f"{entry.team}: groups {pattern}" for pattern in sorted({*entry.groups})] or [f"{entry.team}: external"]


def _team_admin_facts(used: TeamAdmin) -> dict[str, Json]:
    return {
        "team_admin.client_id": used.client_id,
        "team_admin.write": str(used.write).lower(),
        **{f"team_admin.teams.{team}": number for team, number in used.teams},
        "team_admin.pkce": str(used.pkce).lower(),
        "team_admin.redirect": used.redirect,
    }


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _digest_of_people(users: Mapping[str, DeclaredUser]) -> str:
    """Return the digest of people, hashed in batches: the text of all of them may be as large as their files."""
    digest, names = sha256(), sorted(users)
    written = lru_cache(_BATCH_SIZE)(_canonical)  # many people have the same name
    for start in range(0, len(names), _BATCH_SIZE):
        rows = []
        for name in names[start : start + _BATCH_SIZE]:
            person = users[name]
            row = f'["{name}",{written(person.first_name)},{written(person.last_name)}'
            row += f",[{written(person.language)}]" if person.language else ""
            row += "".join(f',"{old}"' for old in sorted(mention.user for mention in person.previous))
            rows.append(f"{row}]")
        digest.update(f"[{','.join(rows)}]".encode())
    return digest.hexdigest()


def _user(user: DeclaredUser) -> Json:
    names: dict[str, Json] = {"first_name": user.first_name, "last_name": user.last_name, "language": user.language}
    if user.previous:
        names["previous_emails"] = _sorted(mention.user for mention in user.previous)
    return _without_empty(names)


def _team(team: DeclaredTeam, managers: set[str]) -> Json:
    seats = {product: _listed(people, team.by_user.get(product, ())) for product, people in team.seats.items()}
    for product in sorted(team.by_user.keys() - team.seats.keys()):
        seats[product] = _listed(None, team.by_user[product])
    groups = {name: _listed(group.members) for name, group in team.groups.items()}
    roles = {ROLE_LISTS[role]: _listed(people) for role, people in team.role_lists()}
    lasting = (listed for name, listed in groups.items() if team.groups[name].days is None)
    held = _at_all_times(*seats.values(), *lasting, *roles.values()) | managers
    if team.primary is not None:
        held.add(team.primary.user)
    members = _listed(team.members, team.rows)
    facts = _without_empty(
        {
            "primary_admin": _person(team.primary),
            **{key: _entries(listed) for key, listed in roles.items()},
            "members": _entries(members, held),
            "seats": {product: _entries(listed) for product, listed in seats.items() if any(listed)},
            "groups": {
                name: _without_empty(
                    {
                        "members": _entries(groups[name]),
                        "products": _products(group.products),
                        "from": group.days and group.days[0],
                        "until": group.days and group.days[1],
                        "renamed_from": _old_names(group.renamed_from),
                    }
                )
                for name, group in team.groups.items()
            },
            "renamed_from": _old_names(team.renamed_from),
        }
    )
    facts.update(_own_policy(team))
    if team.external is not None:
        facts[ROLE_LISTS["external"]] = _entries(roles[ROLE_LISTS["external"]])
    if not isinstance(team.sso, Omitted):
        sso = team.sso
        facts["sso"] = None if sso is None else {"domains": [*sso.domains], "metadata_url": sso.metadata_url}
    return facts


def _own_policy(entry: DeclaredTeam | DeclaredContract) -> dict[str, Json]:
    """Return `prune` (also an empty one) and `ignore` of a team or contract, if it has them."""
    prune = {} if entry.prune is None else {"prune": _sorted(entry.prune)}
    return {**prune, **_without_empty({"ignore": _ignore(entry.ignore)})}


def _ignore(ignore: Ignore) -> dict[str, Json]:
    return _without_empty({kind: _sorted(patterns) for kind, patterns in zip(ignore._fields, ignore, strict=True)})


def _old_names(names: tuple[str, ...]) -> Json:
    """Return one old name as text, several as a list, newest first."""
    return [*names] if len(names) > 1 else next(iter(names), None)


def _subscription(sub: DeclaredSubscription) -> Json:
    return _without_empty(
        {
            "team": sub.team,
            "product": sub.product,
            "offering": sub.offering,
            "seats": sub.seats,
            "tokens": sub.tokens,
            "channel": sub.channel,
            "contract_manager": _person(sub.contract_manager),
            "starts": sub.starts,
            "ends": sub.ends,
            "auto_renew": sub.auto_renew or None,
            "from_renewal": _from_renewal(sub),
            "price": _price(sub.price),
        }
    )


def _from_renewal(sub: DeclaredSubscription) -> Json:
    unit = "seats" if sub.tokens is None else "tokens"
    return None if sub.from_renewal is None else {unit: sub.from_renewal}


def _price(price: Price | None) -> Json:
    return (
        None if price is None else {"amount": amount_text(price.amount), "currency": price.currency, "per": price.per}
    )


def _contract(contract: DeclaredContract) -> Json:
    users = {product: _listed(people) for product, people in contract.users.items()}
    services = {service: _listed(people) for service, people in contract.services.items()}
    support = _listed(contract.support)
    held = _at_all_times(*users.values(), *services.values(), support)
    held.update(mention.user for mention in (contract.contract_manager, contract.coordinator) if mention is not None)
    products: dict[str, Json] = {
        name: _without_empty(
            {
                "seats": product.seats,
                "serial": product.serial,
                "product_key": product.product_key,
                "users": _entries(users.get(name, _NONE)),
            }
        )
        for name, product in contract.products.items()
    }
    return _without_empty(
        {
            "contract_manager": _person(contract.contract_manager),
            "software_coordinator": _person(contract.coordinator),
            "license_type": contract.license_type,
            "channel": contract.channel,
            "deployment": contract.deployment,
            "starts": contract.starts,
            "ends": contract.ends,
            "products": products,
            "services": {service: _entries(listed) for service, listed in services.items() if any(listed)},
            "support": _entries(support),
            "members": _entries(_listed(contract.members), held),
        }
    ) | _own_policy(contract)


class _Listed(NamedTuple):
    """People in a list: without days (sorted and distinct), and with days."""

    whole: list[str]
    bounded: set[tuple[str, Days]]


_NONE = _Listed([], set())


def _listed(people: People | None, mentions: Iterable[Mention] = ()) -> _Listed:
    """Return the people in a list, if any, and in additional mentions."""
    whole, bounded = dict.fromkeys(people.ids if people is not None else ()), set[tuple[str, Days]]()
    if people is not None and people.days:
        bounded = {(user, people.days[index]) for index, user in people.items() if index in people.days}
        whole = dict.fromkeys(user for index, user in people.items() if index not in people.days)
    whole.pop("", None)
    for mention in mentions:
        if mention.days is None:
            whole[mention.user] = None
        else:
            bounded.add((mention.user, mention.days))
    return _Listed(sorted(whole), bounded)  # mostly sorted already, unlike a set


def _products(products: Products) -> list[Json]:
    """Return the products of a group; those with days only if they have no entry without."""
    whole = {name for index, name in products.items() if index not in products.days}
    bounded = {
        (name, *(day or "" for day in products.days[index])) for index, name in products.items() if name not in whole
    }
    dated: list[Json] = [
        _without_empty({"product": name, "from": starts or None, "until": ends or None})
        for name, starts, ends in sorted(bounded)
    ]
    return _sorted(whole) + dated


def _at_all_times(*lists: _Listed) -> set[str]:
    return set().union(*(listed.whole for listed in lists))


def _entries(listed: _Listed, without: AbstractSet[str] = frozenset()) -> Json:
    """Return sorted entries, except those of `without`; entries with days only for persons without an unbounded one."""
    whole = [user for user in listed.whole if user not in without] if without else listed.whole
    if not listed.bounded:
        return _Identities(whole)
    left_out = without | set(listed.whole)
    bounded = sorted((user, days[0] or "", days[1] or "") for user, days in listed.bounded if user not in left_out)
    return list[Json](whole) + [[user, starts or None, ends or None] for user, starts, ends in bounded]


def _person(mention: Mention | None) -> str | None:
    return None if mention is None else mention.user


def _sorted(texts: Iterable[str]) -> list[Json]:
    return [*sorted(texts)]


def _without_empty(facts: dict[str, Json]) -> dict[str, Json]:
    """Return a mapping without nulls and empty lists and mappings."""
    return {name: value for name, value in facts.items() if value is not None and value not in ([], {})}


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _canonical(facts: Json) -> str:
    return _ENCODER.encode(facts)


class _Identities(list[Json]):
    """A list of identities, which contain no characters that JSON escapes."""


def _canonical_fast(facts: Json) -> str:
    """Return the same as `_canonical`, faster for large lists of identities."""
    if isinstance(facts, dict):
        return "{" + ",".join([f"{_canonical(name)}:{_canonical_fast(facts[name])}" for name in sorted(facts)]) + "}"
    if isinstance(facts, _Identities) and facts:
        return '["' + '","'.join(cast("list[str]", facts)) + '"]'
    return _canonical(facts)
