"""Differences between two normalised declarations, for reviewers of a change.

Compares the normalised forms (see `normal.py`), independent of layout, order, comments, the split into files and the
notation of seats. Days of entries, policy, portal and target are compared too. A difference of a "member" means that a
person joins or leaves, whether as a member, through a role or through a seat.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeAlias

from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.clock import NEVER, Days, overlap
from seatsync.declaration.declared import ROLE_LISTS, Declaration
from seatsync.declaration.normal import Json, normalised, policy_text, portal_facts, reclaim_facts
from seatsync.declaration.normal_reader import old_names, renamed
from seatsync.declaration.policy_fields import IGNORABLE_IN_SCOPE
from seatsync.document_diff import field_changes
from seatsync.reading.plain_text import listed

_Facts: TypeAlias = dict[str, Any]  # mappings of the normalised form, described in `normal.py`


def _complete_members(facts: _Facts) -> None:
    """Set `members` of every team and contract to all its members, including those with a role or a seat."""
    managers: dict[str, list[str]] = {}
    for sub in facts["subscriptions"].values():
        if "team" in sub and "contract_manager" in sub:
            managers.setdefault(sub["team"], []).append(sub["contract_manager"])
    for name, team in facts["teams"].items():
        team["members"] = _distinct([*_of_team(team), *managers.get(name, ())])
    for contract in facts["contracts"].values():
        contract["members"] = _distinct(_of_contract(contract))


def _of_team(team: _Facts) -> Iterator[Any]:
    if "primary_admin" in team:
        yield team["primary_admin"]
    for field in ("members", *ROLE_LISTS.values()):
        yield from team.get(field, ())
    for entries in team.get("seats", {}).values():
        yield from entries
    for group in team.get("groups", {}).values():
        yield from _within(group.get("members", ()), _days_of(group))


def _within(entries: Iterable[Any], days: Days | None) -> Iterator[Any]:
    """Yield the entries of a group with the days on which they count, given the days of the group."""
    for entry in entries:
        user, *own = [entry] if isinstance(entry, str) else entry
        found = overlap(tuple(own) or None, days)
        if found != NEVER:
            yield user if found is None else [user, *found]


def _days_of(facts: _Facts) -> Days | None:
    days = (facts.get("from"), facts.get("until"))
    return None if days == (None, None) else days


def _of_contract(contract: _Facts) -> Iterator[Any]:
    yield from (contract[field] for field in ("contract_manager", "software_coordinator") if field in contract)
    for field in ("members", "support"):
        yield from contract.get(field, ())
    for product in contract.get("products", {}).values():
        yield from product.get("users", ())
    for entries in contract.get("services", {}).values():
        yield from entries


def _distinct(entries: Iterable[Any]) -> list[Any]:
    """Return distinct entries; those with days only for persons without an unbounded entry."""
    whole: set[str] = set()
    bounded: set[tuple[str, str, str]] = set()
    for entry in entries:
        if isinstance(entry, str):
            whole.add(entry)
        else:
            bounded.add((entry[0], entry[1] or "", entry[2] or ""))
    rows = [[user, starts or None, ends or None] for user, starts, ends in sorted(bounded) if user not in whole]
    return [*sorted(whole), *rows]


Kind: TypeAlias = Literal["add", "change", "remove"]
# a mapping of the normalised form, described in `normal.py`


@dataclass(frozen=True, slots=True)
class Difference:
    """One declared thing that was added, changed or removed.

    `what` is the kind of thing ("seat", "primary admin"), `of` identifies it by pairs such as ("product", "AutoCAD"),
    ("user", "ana@acme.example"). `old` and `new` are its values in base and head, None if absent.
    """

    kind: Kind
    scope: Scope
    what: str
    of: tuple[tuple[str, str], ...] = ()
    old: Json = None
    new: Json = None


ORDER: tuple[str, ...] = (
    *("account", "time zone", "target", "policy", "portal", "rule", "rate"),
    *("person", "name", "language", "address", "previous address"),
    *("team", "contract", "former name", "primary admin", *(ROLE_TITLES[role] for role in ROLE_LISTS)),
    "SSO configuration",
    *("contract manager", "software coordinator", "subscription", "facts", "product", "group", "group member"),
    *("group product", "seat", "service", "support", "member"),
)
"""All kinds of things, in the order in which differences are listed."""


def differences(base: Declaration | None, head: Declaration | None) -> list[Difference]:
    """Return the differences of `head` to `base`, the whole account first. None is an empty declaration."""
    old, new = _facts(base), _facts(head)
    found = [*renamed(old, new)]
    result = [
        Difference("change", _scope(item.kind, item.name), item.what, item.of, item.old, item.new) for item in found
    ]
    result += _project(old, new)
    result += _people(old["users"], new["users"])
    for name, was, now in _pairs(old["teams"], new["teams"]):
        result += _team(Scope("team", name), was, now)
    for key, was, now in _pairs(old["subscriptions"], new["subscriptions"]):
        result += _subscription(key, was, now)
    for number, was, now in _pairs(old["contracts"], new["contracts"]):
        result += _contract(Scope("contract", number), was, now)
    shown = _addresses(base, head)
    return sorted((_as_written(item, shown) for item in result), key=_place)


def only_of(teams: frozenset[str], found: list[Difference]) -> list[Difference]:
    """Return the differences that concern the given teams."""
    return [item for item in found if not _teams(item).isdisjoint(teams)]


def _teams(item: Difference) -> set[str]:
    """Return the team of a difference; both teams of a moved subscription, both names of a renamed team."""
    names = {item.scope.name} if item.scope.kind == "team" else set()
    if item.what == "team" and isinstance(item.old, str):
        names.add(item.old)
    if item.what == "subscription":
        names.update(
            str(facts["team"]) for facts in (item.old, item.new) if isinstance(facts, dict) and facts.get("team")
        )
    return names


def _place(item: Difference) -> tuple[str, str, int, tuple[tuple[str, str], ...], str]:
    return (item.scope.kind, item.scope.name, ORDER.index(item.what), item.of, item.kind)


def _scope(kind: str, name: str) -> Scope:
    return Scope("team", name) if kind == "team" else WHOLE_ACCOUNT


def _facts(declared: Declaration | None) -> _Facts:
    """Return the normalised form as data, with every section, policy and target."""
    facts: _Facts = {"users": {}, "teams": {}, "subscriptions": {}, "contracts": {}, "policy": {}, "portal": {}}
    if declared is not None:
        facts |= json.loads(normalised(declared))
        _complete_members(facts)
        policy = declared.project.policy
        added = {"usage_retention": policy.usage_retention, "reclaim": reclaim_facts(policy.reclaim)}
        facts["policy"] = {"freeze": [], **json.loads(policy_text(policy)), **added}
        facts["policy"]["ignore"] = _NO_PATTERNS | {"teams": []} | facts["policy"]["ignore"]
        facts["portal"] = portal_facts(declared.project.portal)
        project = declared.project
        named = ", ".join(f"{name} {url}" for name, url in sorted(project.targets))
        facts["target"] = named or project.target
    return facts


def _project(old: _Facts, new: _Facts) -> Iterator[Difference]:
    for what, field in (("account", "account"), ("time zone", "timezone"), ("target", "target")):
        yield from _value(WHOLE_ACCOUNT, what, old.get(field), new.get(field))
    if old["policy"] and new["policy"]:  # a policy added with the whole project is not a difference of its own
        yield from _fields(WHOLE_ACCOUNT, "policy", old["policy"], new["policy"])
        yield from _fields(WHOLE_ACCOUNT, "portal", old["portal"], new["portal"])
        for code, was, now in _pairs(old.get("rules"), new.get("rules")):
            if was != now:
                yield _difference(WHOLE_ACCOUNT, "rule", (("rule", code),), *_changed(was, now))
        for product, was, now in _pairs(old.get("rates"), new.get("rates")):
            yield from _value(WHOLE_ACCOUNT, "rate", was, now, (("product", product),))


def _fields(scope: Scope, what: str, old: _Facts, new: _Facts) -> Iterator[Difference]:
    """Yield the changed fields of a section, and the added and removed items of its lists."""
    for each in field_changes(old, new):
        yield Difference(each.kind, scope, what, (("field", ".".join(each.path)),), each.old, each.new)


_NO_PATTERNS: _Facts = {kind: [] for kind in sorted(IGNORABLE_IN_SCOPE)}


def _own_policy(scope: Scope, old: _Facts, new: _Facts) -> Iterator[Difference]:
    """Yield the differences of `prune`, which replaces that of the project as a whole, and of `ignore`."""
    was, now = (listed(facts["prune"]) or "nothing" if "prune" in facts else None for facts in (old, new))
    yield from _value(scope, "policy", was, now, (("field", "prune"),))
    before, after = ({"ignore": {**_NO_PATTERNS, **facts.get("ignore", {})}} for facts in (old, new))
    yield from _fields(scope, "policy", before, after)


def _people(old: _Facts, new: _Facts) -> Iterator[Difference]:
    for user, was, now in _pairs(old, new):
        of = (("user", user),)
        if was is None or now is None:
            yield _difference(WHOLE_ACCOUNT, "person", of, _names(was), _names(now))
            if was is None and now is not None and "language" in now:
                yield _difference(WHOLE_ACCOUNT, "language", of, None, now["language"])
            continue
        if _names(was) != _names(now):
            yield Difference("change", WHOLE_ACCOUNT, "name", of, _names(was), _names(now))
        yield from _value(WHOLE_ACCOUNT, "language", was.get("language"), now.get("language"), of)
        before, after = (set(facts.get("previous_emails", ())) for facts in (was, now))
        yield from (
            Difference("remove", WHOLE_ACCOUNT, "previous address", of, text) for text in sorted(before - after)
        )
        yield from (
            Difference("add", WHOLE_ACCOUNT, "previous address", of, None, text) for text in sorted(after - before)
        )


def _team(scope: Scope, was: _Facts | None, now: _Facts | None) -> Iterator[Difference]:
    if was is None or now is None:
        yield _difference(scope, "team", (), was if was is None else {}, now if now is None else {})
    old, new = was or {}, now or {}
    yield from _former_names(scope, (), old, new)
    yield from _own_policy(scope, old, new)
    yield from _value(scope, "primary admin", old.get("primary_admin"), new.get("primary_admin"))
    for role, key in ROLE_LISTS.items():
        yield from _entries(scope, ROLE_TITLES[role], (), old.get(key), new.get(key))
    yield from _sso(scope, old, new)
    yield from _listed(scope, "seat", "product", old.get("seats"), new.get("seats"))
    yield from _entries(scope, "member", (), old.get("members"), new.get("members"))
    for name, group, grown in _pairs(old.get("groups"), new.get("groups")):
        yield from _group(scope, name, group, grown)


def _former_names(scope: Scope, of: tuple[tuple[str, str], ...], old: _Facts, new: _Facts) -> Iterator[Difference]:
    was, now = old_names(old), old_names(new)
    if len(was) == len(now) == 1 and was != now:
        yield Difference("change", scope, "former name", of, was[0], now[0])
        return
    yield from (Difference("remove", scope, "former name", of, name) for name in was if name not in now)
    yield from (Difference("add", scope, "former name", of, None, name) for name in now if name not in was)


def _sso(scope: Scope, old: _Facts, new: _Facts) -> Iterator[Difference]:
    """Yield the difference of SSO. Absent (not managed) and null (no SSO) are distinct values."""
    was, now = (facts["sso"] or "none" if "sso" in facts else None for facts in (old, new))
    yield from _value(scope, "SSO configuration", was, now)


def _group(scope: Scope, name: str, was: _Facts | None, now: _Facts | None) -> Iterator[Difference]:
    of = (("group", name),)
    days = [None if facts is None else _only(facts, ("from", "until")) for facts in (was, now)]
    if days[0] != days[1]:
        yield _difference(scope, "group", of, *days)
    old, new = was or {}, now or {}
    yield from _former_names(scope, of, old, new)
    yield from _entries(scope, "group member", of, old.get("members"), new.get("members"))
    products = (_by_name(facts.get("products")) for facts in (old, new))
    for product, before, after in _pairs(*products):
        if before != after:
            found = _difference(scope, "group product", (*of, ("product", product)), before, after)
            yield found if found.kind == "change" else replace(found, old=before or None, new=after or None)


def _by_name(products: list[Any] | None) -> dict[str, list[Json]]:
    """Return the days of each product of a group, an empty list for one without days."""
    found: dict[str, list[Json]] = {}
    for entry in products or ():
        if isinstance(entry, str):
            found[entry] = []
        else:
            found.setdefault(entry["product"], []).append({"from": entry.get("from"), "until": entry.get("until")})
    return found


def _subscription(key: str, was: _Facts | None, now: _Facts | None) -> Iterator[Difference]:
    """Yield the difference of a subscription, in the scope of its team in head (in base, if it was removed)."""
    if was == now:
        return
    team = (now or was or {}).get("team")
    scope = WHOLE_ACCOUNT if team is None else Scope("team", team)
    old, new = _changed(was, now)
    yield _difference(scope, "subscription", (("subscription", key),), old, new)


def _contract(scope: Scope, was: _Facts | None, now: _Facts | None) -> Iterator[Difference]:
    old, new = was or {}, now or {}
    fields = ("license_type", "channel", "deployment", "starts", "ends")
    before, after = _only(old, fields), _only(new, fields)
    if was is None or now is None:
        yield _difference(scope, "contract", (), None if was is None else before, None if now is None else after)
    elif before != after:
        yield Difference("change", scope, "facts", (), *_changed(before, after))
    yield from _own_policy(scope, old, new)
    yield from _value(scope, "contract manager", old.get("contract_manager"), new.get("contract_manager"))
    yield from _value(scope, "software coordinator", old.get("software_coordinator"), new.get("software_coordinator"))
    for name, product, other in _pairs(old.get("products"), new.get("products")):
        yield from _contract_product(scope, name, product, other)
    yield from _listed(scope, "service", "service", old.get("services"), new.get("services"))
    yield from _entries(scope, "support", (), old.get("support"), new.get("support"))
    yield from _entries(scope, "member", (), old.get("members"), new.get("members"))


def _contract_product(scope: Scope, name: str, was: _Facts | None, now: _Facts | None) -> Iterator[Difference]:
    of = (("product", name),)
    before, after = (
        None if facts is None else {field: value for field, value in facts.items() if field != "users"}
        for facts in (was, now)
    )
    if before != after:
        yield _difference(scope, "product", of, *_changed(before, after))
    yield from _entries(scope, "seat", of, (was or {}).get("users"), (now or {}).get("users"))


def _listed(scope: Scope, what: str, by: str, old: _Facts | None, new: _Facts | None) -> Iterator[Difference]:
    """Yield the differences of holders by product or service."""
    for name, was, now in _pairs(old, new):
        yield from _entries(scope, what, ((by, name),), was, now)


def _entries(
    scope: Scope, what: str, of: tuple[tuple[str, str], ...], old: list[Any] | None, new: list[Any] | None
) -> Iterator[Difference]:
    """Yield the differences of two lists of persons. The value of an entry is its days."""
    for user, was, now in _pairs(_by_person(old), _by_person(new)):
        if was != now:
            yield _difference(scope, what, (*of, ("user", user)), was, now)


def _by_person(entries: list[Any] | None) -> dict[str, list[Json]]:
    """Return the days of each person, an empty list for an entry without days."""
    found: dict[str, list[Json]] = {}
    for entry in entries or ():
        if isinstance(entry, str):
            found[entry] = []
        else:
            found.setdefault(entry[0], []).append({"from": entry[1], "until": entry[2]})
    return found


def _value(scope: Scope, what: str, was: Json, now: Json, of: tuple[tuple[str, str], ...] = ()) -> Iterator[Difference]:
    if was != now:
        yield _difference(scope, what, of, was, now)


def _difference(scope: Scope, what: str, of: tuple[tuple[str, str], ...], was: Json, now: Json) -> Difference:
    """Return a difference; its kind depends on which of the values are None."""
    kind: Kind = "add" if was is None else "remove" if now is None else "change"
    return Difference(kind, scope, what, of, was, now)


def _changed(was: _Facts | None, now: _Facts | None) -> tuple[_Facts | None, _Facts | None]:
    """Return the fields that differ; all fields if one mapping is None."""
    if was is None or now is None:
        return was, now
    fields = [field for field in sorted({*was, *now}) if was.get(field) != now.get(field)]
    return {field: was.get(field) for field in fields}, {field: now.get(field) for field in fields}


def _names(facts: _Facts | None) -> _Facts | None:
    return None if facts is None else _only(facts, ("first_name", "last_name"))


def _only(facts: _Facts, fields: Iterable[str]) -> _Facts:
    return {name: facts[name] for name in fields if name in facts}


def _pairs(old: _Facts | None, new: _Facts | None) -> Iterator[tuple[str, Any, Any]]:
    """Yield every key of two mappings, sorted, with both values or None."""
    old, new = old or {}, new or {}
    return ((key, old.get(key), new.get(key)) for key in sorted({*old, *new}))


_PERSONS = frozenset({"primary admin", "contract manager", "software coordinator", "address", "previous address"})


def _addresses(base: Declaration | None, head: Declaration | None) -> Callable[[str], str]:
    """Return a function from identity to the address as written in head, else in base."""

    def shown(user: str) -> str:
        for declaration in (head, base):
            if declaration is not None and user in declaration.users:
                return declaration.users[user].email
        return user

    return shown


def _as_written(item: Difference, shown: Callable[[str], str]) -> Difference:
    """Return a difference with identities replaced by addresses as written."""

    def value(fact: Json) -> Json:
        if isinstance(fact, str):
            return shown(fact) if item.what in _PERSONS else fact
        if isinstance(fact, dict) and isinstance(fact.get("contract_manager"), str):
            return {**fact, "contract_manager": shown(str(fact["contract_manager"]))}
        return fact

    of = tuple((kind, shown(name) if kind == "user" else name) for kind, name in item.of)
    return replace(item, of=of, old=value(item.old), new=value(item.new))
