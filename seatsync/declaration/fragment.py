"""Sections of a fragment (`users`, `teams`, `subscriptions`, `contracts`), added to the draft of a declaration."""

from __future__ import annotations

import re

from seatsync.account.attributes import (
    BY_COUNT,
    DEPLOYMENTS,
    LICENSE_TYPES,
    OFFERINGS,
    SALES_CHANNELS,
    ContractProduct,
    LicenseType,
    Offering,
    Sso,
)
from seatsync.clock import Days
from seatsync.declaration.declared import (
    OMITTED,
    DeclaredContract,
    DeclaredGroup,
    DeclaredList,
    DeclaredSubscription,
    DeclaredTeam,
    Omitted,
)
from seatsync.declaration.fields import Diagnostics, Fields, UniqueNames, days_of, nfc
from seatsync.declaration.mentions import People
from seatsync.declaration.people import USER, Draft, read_users
from seatsync.declaration.policy_fields import IGNORABLE_IN_SCOPE, PRUNABLE_IN_SCOPE, read_ignore, read_prune
from seatsync.declaration.project_values import PER, Ignore, Price
from seatsync.finding import Location
from seatsync.reading.plain_text import shown
from seatsync.reading.tree import YamlList, YamlMap
from seatsync.secret import has_secret

LIST = frozenset(("members",))
TEAM = frozenset(
    (
        *("primary_admin", "secondary_admins", "sso_admins", "external_users", "sso", "groups", "seats", "members"),
        *("renamed_from", "prune", "ignore"),
    ),
)
GROUP = frozenset(("from", "until", "members", "products", "renamed_from"))
SSO = frozenset(("domains", "metadata_url"))


def read_lists(section: YamlMap, draft: Draft) -> None:
    """Add named lists, whose names are in NFC, to a draft; a duplicate is reported and not read."""
    for name in section:
        if draft.lists.declare(name, section.key_at(name), draft.diagnostics):
            fields = Fields.under(section, name, draft.diagnostics, LIST)
            members = fields.people("members")
            broken = frozenset(fields.broken)
            draft.declaration.lists[name] = DeclaredList(name, section.key_at(name), fields.node, members, broken)


def read_teams(section: YamlMap, draft: Draft) -> None:
    """Add teams, whose names are in NFC, to a draft; a duplicate is reported and not read."""
    for name in section:
        if draft.teams.declare(name, section.key_at(name), draft.diagnostics):
            team = _team(section, name, draft)
            draft.declaration.teams[name] = team


def _team(section: YamlMap, name: str, draft: Draft) -> DeclaredTeam:
    fields = Fields.under(section, name, draft.diagnostics, TEAM)
    prune, ignore = _own_policy(fields)
    return DeclaredTeam(
        name=name,
        at=section.key_at(name),
        primary=fields.person("primary_admin"),
        secondary=fields.people("secondary_admins"),
        sso_admins=fields.people("sso_admins"),
        external=fields.people("external_users") if "external_users" in fields.node else None,
        sso=_sso(fields),
        groups=_groups(fields, draft.diagnostics),
        seats=fields.rosters("seats", "product"),
        members=fields.people("members"),
        by_user={},
        rows=[],
        renamed_from=_old_names(fields, draft.teams),
        prune=prune,
        ignore=ignore,
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _own_policy(fields: Fields) -> tuple[frozenset[str] | None, Ignore]:
    """Return `prune` (None: that of the project) and `ignore` of a team or contract."""
    ignore = read_ignore(fields, IGNORABLE_IN_SCOPE) if "ignore" in fields.node else Ignore()
    return read_prune(fields, PRUNABLE_IN_SCOPE, None), ignore


def _groups(fields: Fields, diagnostics: Diagnostics) -> dict[str, DeclaredGroup]:
    node = fields.mapping("groups", "group")
    unique_names = UniqueNames("group")
    groups = {}
    for name in node:
        unique_names.declare(name, node.key_at(name), diagnostics)
        groups[name] = _group(node, name, unique_names, diagnostics)
    return groups


def _group(node: YamlMap, name: str, unique_names: UniqueNames, diagnostics: Diagnostics) -> DeclaredGroup:
    fields = Fields.under(node, name, diagnostics, GROUP)
    return DeclaredGroup(
        name=name,
        at=node.key_at(name),
        members=fields.people("members"),
        products=fields.products("products"),
        renamed_from=_old_names(fields, unique_names),
        days=days_of(fields),
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _old_names(fields: Fields, unique_names: UniqueNames) -> tuple[str, ...]:
    """Return the old names that a team or group claims (one, or a list of them, newest first)."""
    if not isinstance(fields.node.get("renamed_from"), YamlList):
        old = fields.name("renamed_from")
        claims = [] if old is None else [(old, fields.node.value_at("renamed_from"))]
    else:
        names = fields.names("renamed_from")
        claims = [(name, names.item_at(index)) for index, name in enumerate(names) if isinstance(name, str)]
    return tuple(old for old, at in claims if unique_names.claim(old, at, fields.diagnostics))


def _sso(fields: Fields) -> Sso | Omitted | None:
    if "sso" not in fields.node:
        return OMITTED
    node = fields.mapping("sso")
    if "sso" in fields.broken:
        return OMITTED
    if fields.node["sso"] is None:
        return None
    facts = Fields(node, fields.diagnostics, SSO)
    domains, url = facts.names("domains"), facts.text("metadata_url")
    if url is not None and has_secret(url):
        fields.diagnostics.report_secret(facts.node.value_at("metadata_url"), "`metadata_url`")
    if facts.broken:
        fields.broken.add("sso")
    return Sso(tuple(item for item in domains if isinstance(item, str)), url)


SUBSCRIPTION = frozenset(
    (
        *("team", "product", "offering", "seats", "tokens", "channel", "contract_manager", "starts", "ends"),
        *("auto_renew", "from_renewal", "price"),
        *("serial", "product_key"),  # only valid in contracts: reported as CLASSIC006
    ),
)
CONTRACT = frozenset(
    (
        *("contract_manager", "software_coordinator", "license_type", "channel", "deployment", "starts", "ends"),
        *("products", "services", "support", "members", "prune", "ignore"),
        "groups",  # invalid: reported as CLASSIC002
    ),
)
PRODUCT = frozenset(("seats", "serial", "product_key", "users", "groups"))

_NUMBERS = frozenset(("seats", "tokens"))
_REQUIRED = ("product", "offering", "channel", "starts", "ends")
_PRICE = frozenset(("amount", "currency", "per"))
_LARGEST_AMOUNT = 10**12
_CURRENCY = re.compile(r"[A-Z]{3}")


def read_subscriptions(section: YamlMap, draft: Draft) -> None:
    """Add subscriptions to a draft; a duplicate id is reported and not read."""
    declared = draft.declaration.subscriptions
    for key in section:
        if key in declared:
            second = section[key]
            team = second.get("team") if isinstance(second, YamlMap) else None
            things = (("subscription", key), *((("team", nfc(team)),) if isinstance(team, str) else ()))
            message = f"subscription {shown(key)} is declared twice"
            draft.diagnostics.report_duplicate(section.key_at(key), message, declared[key].at, things=things)
        else:
            declared[key] = _subscription(section, key, draft.diagnostics)


def read_contracts(section: YamlMap, draft: Draft) -> None:
    """Add contracts to a draft; a duplicate number is reported and not read."""
    declared = draft.declaration.contracts
    for key in section:
        if key in declared:
            message = f"contract {shown(key)} is declared twice"
            draft.diagnostics.report_duplicate(
                section.key_at(key), message, declared[key].at, things=(("contract", key),)
            )
        else:
            declared[key] = _contract(section, key, draft.diagnostics)


def _subscription(section: YamlMap, key: str, diagnostics: Diagnostics) -> DeclaredSubscription:
    fields = Fields.under(section, key, diagnostics, SUBSCRIPTION)
    fields.need(*_REQUIRED)
    at, offering = section.key_at(key), fields.choice("offering", OFFERINGS)
    seats, tokens = (None, None) if offering is None else _quantity(fields, offering, at)
    starts, ends = fields.term("starts", "ends")
    auto_renew = fields.flag("auto_renew")
    from_renewal = None if offering is None else _from_renewal(fields, offering, auto_renew=auto_renew)
    price = _price(fields, offering)
    return DeclaredSubscription(
        id=key,
        at=at,
        team=fields.name("team"),
        product=fields.name("product") or "",
        offering=offering or "single-user",
        seats=seats,
        tokens=tokens,
        channel=fields.choice("channel", SALES_CHANNELS) or "store",
        contract_manager=fields.person("contract_manager"),
        starts=starts or "",
        ends=ends or "",
        auto_renew=auto_renew,
        from_renewal=from_renewal,
        price=price,
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _from_renewal(fields: Fields, offering: Offering, *, auto_renew: bool) -> int | None:
    """Return the seats or tokens from the renewal on, None if they stay the same."""
    node = fields.mapping("from_renewal")
    if "from_renewal" not in fields.node or "from_renewal" in fields.broken:
        return None
    numbers = Fields(node, fields.diagnostics, _NUMBERS)
    wanted, other = ("seats", "tokens") if offering in BY_COUNT else ("tokens", "seats")
    count = numbers.number(wanted)
    if other in node and other not in numbers.broken:
        message = f"a {offering} subscription has {wanted}, not {other}"
        fields.diagnostics.report_conflict(node.value_at(other), message, f"write `{wanted}`, or correct the offering")
    elif not auto_renew and "auto_renew" not in fields.broken:
        at = fields.node.key_at("from_renewal")
        fields.diagnostics.report_conflict(
            at, "`from_renewal` has no effect without `auto_renew: true`", "add `auto_renew: true`, or remove it"
        )
    if count is None:
        fields.broken.add("from_renewal")
    return count


def _price(fields: Fields, offering: Offering | None) -> Price | None:
    """Return the price of a seat or token; report one that does not suit the offering (None: unknown)."""
    if "price" not in fields.node:
        return None
    price = Fields(fields.mapping("price"), fields.diagnostics, _PRICE)
    amount, currency = price.amount("amount", _LARGEST_AMOUNT), price.text("currency")
    per = price.choice("per", PER)
    if "price" in fields.broken or amount is None or per is None or not _CURRENCY.fullmatch(currency or ""):
        fields.broken.add("price")
        return None
    if offering is not None and (per == "token") is (offering in BY_COUNT):
        wanted = "per year, month or term" if offering in BY_COUNT else "per token"
        message = f"a {offering} subscription is priced {wanted}, not per {per}"
        hint = f"write `per: {'year' if offering in BY_COUNT else 'token'}`, or correct the offering"
        fields.diagnostics.report_conflict(price.node.value_at("per"), message, hint)
        fields.broken.add("price")
        return None
    return Price(amount, str(currency), per)


def _quantity(fields: Fields, offering: Offering, at: Location) -> tuple[int | None, int | None]:
    """Return seats and tokens: the one of the offering, the other None. Report the other one if present."""
    wanted, other = ("seats", "tokens") if offering in BY_COUNT else ("tokens", "seats")
    if other in fields.node:
        fields.number(other)
        if other not in fields.broken:
            message = f"a {offering} subscription has {wanted}, not {other}"
            fields.diagnostics.report_conflict(
                fields.node.value_at(other), message, f"write `{wanted}`, or correct the offering"
            )
            if wanted not in fields.node and fields.node.keys() >= {*_REQUIRED}:
                fields.diagnostics.withdraw_schema_finding(at)  # the missing key is written under the wrong name
        fields.broken.add(other)
    fields.need(wanted)
    count = fields.number(wanted)
    return (count, None) if wanted == "seats" else (None, count)


def _contract(section: YamlMap, key: str, diagnostics: Diagnostics) -> DeclaredContract:
    fields = Fields.under(section, key, diagnostics, CONTRACT)
    fields.need("license_type", "channel", "products")
    starts, ends = _contract_term(fields)
    products, users = _products(fields, diagnostics)
    prune, ignore = _own_policy(fields)
    return DeclaredContract(
        number=key,
        at=section.key_at(key),
        contract_manager=fields.person("contract_manager"),
        coordinator=fields.person("software_coordinator"),
        license_type=_licence(fields),
        channel=fields.choice("channel", SALES_CHANNELS) or "store",
        deployment=fields.choice("deployment", DEPLOYMENTS),
        starts=starts,
        ends=ends,
        products=products,
        users=users,
        services=fields.rosters("services", "service"),
        support=fields.people("support"),
        members=fields.people("members"),
        prune=prune,
        ignore=ignore,
        node=fields.node,
        broken=frozenset(fields.broken),
    )


def _licence(fields: Fields) -> LicenseType | None:
    """Return the licence type; None also for an offering, which CLASSIC006 reports."""
    if fields.node.get("license_type") in OFFERINGS:
        return None
    return fields.choice("license_type", LICENSE_TYPES)


def _contract_term(fields: Fields) -> Days:
    starts, ends = fields.term("starts", "ends")
    if fields.node.get("license_type") == "perpetual" and (starts or ends):
        at = fields.node.value_at("starts" if starts else "ends")
        fields.diagnostics.report_conflict(at, "a perpetual licence has no term", "remove `starts` and `ends`")
    return starts, ends


def _products(fields: Fields, diagnostics: Diagnostics) -> tuple[dict[str, ContractProduct], dict[str, People]]:
    """Return the products of a contract and their users. A product with unreadable seats is only in the users."""
    node = fields.mapping("products", "product")
    products = {}
    users = {}
    for name in node:
        product = Fields.under(node, name, diagnostics, PRODUCT)
        seats = product.number("seats")
        product.need("seats")
        facts = product.text("serial"), product.text("product_key")
        users[name] = product.people("users")
        if seats is not None:
            products[name] = ContractProduct(seats, *facts)
        if product.broken:
            fields.broken.add("products")
    return products, users


SECTIONS = frozenset(("users", "lists", "teams", "subscriptions", "contracts"))


def read_fragment(
    fragment: YamlMap, draft: Draft, known: frozenset[str] = SECTIONS, of_users: frozenset[str] = USER
) -> None:
    """Add the declarations of one file to a draft.

    `known` are the keys allowed at the top of the file, `of_users` those of a person. A section that is not a mapping,
    or whose key is misspelt, is recorded as unread.
    """
    fields = Fields(fragment, draft.diagnostics, known)
    read_users(fields.mapping("users"), draft, of_users)
    read_lists(fields.mapping("lists", "list"), draft)
    read_teams(fields.mapping("teams", "team"), draft)
    read_subscriptions(fields.mapping("subscriptions"), draft)
    read_contracts(fields.mapping("contracts"), draft)
    draft.diagnostics.unread |= fields.broken & SECTIONS
