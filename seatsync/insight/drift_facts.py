"""Compares three states of an account fact by fact: last applied, in the portal, and in git."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Any, Literal, TypeAlias, TypeVar

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import ROLE_TITLES
from seatsync.account.model import WHOLE_ACCOUNT, Account, Contract, Group, Scope, Subscription, Team

Status: TypeAlias = Literal["portal", "git", "both", "agreed", "waiting", "unknown", "note"]
"""`portal`: only the account differs from the applied state; `git`: only git differs; `both`: each differs, and they
differ from each other; `agreed`: both have the same change; `waiting`: applied, but pending until a date, a purchase, a
form or support; `unknown`: nothing was applied yet; `note`: no difference, but the files can adopt it."""

Value: TypeAlias = Facts | str | int | bool | None
"""A fact in one state: None if absent, True if present without a value."""

Of: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact that differs between the three states.

    `scope`, `what` and `of` are those of `declaration.comparing.Difference`; a fact of a purchase has its name as the
    last pair of `of`, such as ("fact", "seats").
    """

    scope: Scope
    what: str
    of: Of
    applied: Value
    portal: Value
    git: Value
    status: Status

    @property
    def key(self) -> tuple[Scope, str, Of]:
        """The identity of the fact, without its values."""
        return self.scope, self.what, self.of

    def as_(self, status: Status) -> Fact:
        """Return the fact with another status."""
        return replace(self, status=status)

    def name(self, kind: str) -> str:
        """Return the name of a kind in `of`; empty if there is none."""
        return dict(self.of).get(kind, "")


_Thing = TypeVar("_Thing")
_States: TypeAlias = tuple[_Thing, _Thing, _Thing]


Key: TypeAlias = tuple[Scope, str, Of]
"""The identity of a fact."""


@dataclass(slots=True)
class Changed:
    """Changes by author: `left` has the values that seatsync wrote, `touched` the facts that others changed.

    For any change of a purchase, `touched` contains the whole purchase.
    """

    left: dict[Key, Value] = field(default_factory=dict)
    touched: set[Key] = field(default_factory=set)

    def now(self, item: Fact) -> Iterator[Fact]:
        """Yield a fact with its status corrected by these changes; nothing if the states then agree."""
        states = (self.left.get(item.key, item.applied), item.portal, item.git)
        for each in fact(*item.key, states):
            by_others = self.touched & {each.key, thing_of(each.key)}
            yield each if by_others or each.status not in UNTOUCHED else each.as_(UNTOUCHED[each.status])


UNTOUCHED: dict[Status, Status] = {"portal": "waiting", "both": "git"}
"""Corrected status of facts that were not changed in the portal."""


def thing_of(key: Key) -> Key:
    """Return the key of the purchase that a fact belongs to."""
    scope, what, of = key
    return scope, what, tuple(pair for pair in of if pair[0] != "fact")


def compared(applied: Account, portal: Account, git: Account, changed: Changed | None = None) -> list[Fact]:
    """Return the facts that differ between the three states, in listing order.

    `changed`: the changes since the `applied` state; None if unknown.
    """
    accounts = (applied, portal, git)
    found = list(_people(accounts))
    for name, teams in _each(tuple(account.teams for account in accounts)):
        found += _team(Scope("team", name), teams)
    for key, subs in _each(tuple(account.subscriptions for account in accounts)):
        found += _subscription(key, subs)
    for number, contracts in _each(tuple(account.contracts for account in accounts)):
        found += _contract(Scope("contract", number), contracts)
    if changed is not None:
        found = [now for each in found for now in changed.now(each)]
    return _with_conflicts(found)


def fact(scope: Scope, what: str, of: Of, states: Iterable[Value]) -> Iterator[Fact]:
    """Yield the fact, unless all three values are equal."""
    applied, portal, git = states
    if not applied == portal == git:
        changed: Status = "agreed" if portal == git else "both"
        status: Status = "git" if portal == applied else "portal" if git == applied else changed
        yield Fact(scope, what, of, applied, portal, git, status)


def _with_conflicts(facts: list[Fact]) -> list[Fact]:
    """Mark conflicts as `both`: a container removed in one state and changed inside in the other."""
    over: set[tuple[Scope, str]] = set()
    for taken in facts:
        if taken.what not in {"team", "contract", "group"} or taken.status not in {"portal", "git"}:
            continue
        other = "git" if taken.status == "portal" else "portal"
        gone = taken.portal is None if taken.status == "portal" else taken.git is None
        group = taken.name("group")
        if gone and any(_inside(each, taken.scope, group) and each.status == other for each in facts):
            over.add((taken.scope, group))
    if not over:
        return facts
    return [each.as_("both") if any(_inside(each, *container) for container in over) else each for each in facts]


def _inside(item: Fact, scope: Scope, group: str) -> bool:
    return item.scope == scope and (not group or item.name("group") == group) and item.status != "agreed"


def _each(states: tuple[Mapping[str, Any], ...]) -> Iterator[tuple[str, Any]]:
    """Yield the things that differ between the three states, by name, each with its three values."""
    for name in sorted(set().union(*states)):
        things = tuple(state.get(name) for state in states)
        if not things[0] == things[1] == things[2]:
            yield name, things


def _people(accounts: _States[Account]) -> Iterator[Fact]:
    for user, people in _each(tuple(account.users for account in accounts)):
        names = [None if person is None else _facts_named(person, ("first_name", "last_name")) for person in people]
        yield from fact(WHOLE_ACCOUNT, "person", (("user", user),), names)


def _team(scope: Scope, states: _States[Team | None]) -> Iterator[Fact]:
    yield from fact(scope, "team", (), _presence(states))
    yield from fact(scope, "primary admin", (), _of(states, lambda team: team.primary))
    roles = [team.menu_roles() if team is not None else {} for team in states]
    for user in sorted(set().union(*roles)):
        role = [ROLE_TITLES.get(has.get(user, "")) for has in roles]
        yield from fact(scope, "role", (("user", user),), role)
    yield from fact(scope, "SSO configuration", (), _of(states, _sso))
    groups = _of(states, lambda team: team.groups, {})
    for name in sorted(set().union(*groups)):
        yield from _group(scope, name, tuple(state.get(name) for state in groups))
    yield from _holders(scope, "seat", "product", _of(states, lambda team: team.seats, {}))
    yield from _listed(scope, "member", (), "user", _of(states, lambda team: team.members, set()))


def _sso(team: Team) -> Facts | None:
    return None if team.sso is None else _facts_named(team.sso, ("domains", "metadata_url"))


def _group(scope: Scope, name: str, states: tuple[Group | None, ...]) -> Iterator[Fact]:
    of = (("group", name),)
    yield from fact(scope, "group", of, _presence(states))
    yield from _listed(scope, "group member", of, "user", _of(states, lambda group: group.members, set()))
    yield from _listed(scope, "group product", of, "product", _of(states, lambda group: group.products, set()))


def _subscription(key: str, states: _States[Subscription | None]) -> Iterator[Fact]:
    known = next(sub for sub in (states[1], states[2], states[0]) if sub is not None)
    scope = WHOLE_ACCOUNT if known.team is None else Scope("team", known.team)
    yield from _purchase(scope, "subscription", (("subscription", key),), states, _SUBSCRIPTION)


def _contract(scope: Scope, states: _States[Contract | None]) -> Iterator[Fact]:
    yield from _purchase(scope, "contract", (), states, _CONTRACT)
    yield from fact(scope, "contract manager", (), _of(states, lambda contract: contract.contract_manager))
    yield from fact(scope, "software coordinator", (), _of(states, lambda contract: contract.coordinator))
    products = _of(states, lambda contract: contract.products, {})
    for name in sorted(set().union(*products)):
        things = tuple(state.get(name) for state in products)
        yield from _purchase(scope, "product", (("product", name),), things, _PRODUCT)
    yield from _holders(scope, "seat", "product", _of(states, lambda contract: contract.seats, {}))
    yield from _holders(scope, "service", "service", _of(states, lambda contract: contract.services, {}))
    yield from _listed(scope, "support", (), "user", _of(states, lambda contract: contract.support, set()))
    yield from _listed(scope, "member", (), "user", _of(states, lambda contract: contract.members, set()))


_SUBSCRIPTION = (
    *("team", "product", "offering", "seats", "tokens", "channel", "contract_manager", "starts", "ends"),
    "auto_renew",
)
_CONTRACT = ("license_type", "channel", "deployment", "starts", "ends")
_PRODUCT = ("seats", "serial", "product_key")


def _purchase(scope: Scope, what: str, of: Of, states: tuple[Any, ...], names: tuple[str, ...]) -> Iterator[Fact]:
    """Yield a purchase fact by fact if all states have it, else as a whole."""
    if any(state is None for state in states):
        whole = [None if state is None else _facts_named(state, names) for state in states]
        yield from fact(scope, what, of, whole)
        return
    for name in names:
        yield from fact(scope, what, (*of, ("fact", name)), [getattr(state, name) for state in states])


def _facts_named(thing: object, names: tuple[str, ...]) -> Facts:
    facts = ((name, getattr(thing, name)) for name in names)
    return Facts(tuple((name, value) for name, value in facts if value is not None and value is not False))


def _holders(scope: Scope, what: str, by: str, states: tuple[dict[str, AbstractSet[str]], ...]) -> Iterator[Fact]:
    for name in sorted(set().union(*states)):
        yield from _listed(scope, what, ((by, name),), "user", tuple(state.get(name, set()) for state in states))


def _listed(scope: Scope, what: str, of: Of, kind: str, states: tuple[AbstractSet[str], ...]) -> Iterator[Fact]:
    everywhere = states[0] & states[1] & states[2]
    for name in sorted((states[0] | states[1] | states[2]) - everywhere):
        yield from fact(scope, what, (*of, (kind, name)), [True if name in state else None for state in states])


def _presence(states: Iterable[object | None]) -> list[bool | None]:
    return [None if state is None else True for state in states]


def _of(states: Iterable[Any], get: Callable[[Any], Any], otherwise: object = None) -> tuple[Any, ...]:
    """Return an attribute of each state; `otherwise` if the thing is absent there."""
    return tuple(otherwise if state is None else get(state) for state in states)
