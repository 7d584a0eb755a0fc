"""The values an account consists of: people, teams, subscriptions, contracts, sets of people, and their rows.

Every set and key contains people by identity (see `email.py`); `User.email` is the address as first written. Sets of
people are a `CompactSet` until they are changed, then mostly a plain set (`model.py`). Days are ISO text
(`2026-12-31`), compared as text.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from copy import copy
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from seatsync.account.attributes import (
    ContractProduct,
    Deployment,
    LicenseType,
    MenuRole,
    Offering,
    SalesChannel,
    Sso,
)


class CompactSet(AbstractSet[str]):
    """An immutable set of names, stored as a sorted tuple. Set operations return plain Python sets."""

    __slots__ = ("_names",)

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = tuple(sorted(set(names)))

    @classmethod
    def from_sorted(cls, names: tuple[str, ...]) -> "CompactSet":
        """Return the set of names that are already sorted and unique."""
        created = cls.__new__(cls)
        created._names = names  # noqa: SLF001 - of this class
        return created

    def __repr__(self) -> str:
        return f"CompactSet({list(self._names)!r})"

    def __len__(self) -> int:
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __contains__(self, name: object) -> bool:
        if not isinstance(name, str):
            return False
        at = bisect_left(self._names, name)
        return at < len(self._names) and self._names[at] == name

    def __eq__(self, other: object) -> bool:
        if isinstance(other, CompactSet):
            return self._names == other._names
        if not isinstance(other, AbstractSet):
            return NotImplemented
        return len(self._names) == len(other) and set(self._names) == other

    __hash__ = None  # type: ignore[assignment]  # like set, which also equals other sets

    def lists(self, names: list[str]) -> bool:
        """Return True if a sorted list contains exactly these names. Faster than making a set of the list."""
        return len(names) == len(self._names) and tuple(names) == self._names

    def including(self, name: str) -> "CompactSet":
        """Return the set with a name added."""
        at = bisect_left(self._names, name)
        if self._names[at : at + 1] == (name,):
            return self
        return CompactSet.from_sorted((*self._names[:at], name, *self._names[at:]))

    def without(self, name: str) -> "CompactSet":
        """Return the set with a name removed. Raises KeyError if it is missing."""
        at = bisect_left(self._names, name)
        if self._names[at : at + 1] != (name,):
            raise KeyError(name)
        return CompactSet.from_sorted((*self._names[:at], *self._names[at + 1 :]))

    # The base class would compute these name by name.

    def __sub__(self, other: AbstractSet[object]) -> set[str]:
        if isinstance(other, CompactSet):
            return set() if self._names == other._names else set(self._names).difference(other._names)
        return set(self._names).difference(other)

    def __rsub__(self, other: AbstractSet[str]) -> set[str]:
        return set(other).difference(self._names)

    def __and__(self, other: AbstractSet[object]) -> set[str]:
        return set(self._names).intersection(other)

    __rand__ = __and__

    def __or__(self, other: AbstractSet[str]) -> set[str]:  # type: ignore[override]  # names only
        return set(self._names).union(other)

    __ror__ = __or__

    def __le__(self, other: AbstractSet[object]) -> bool:
        return set(self._names).issubset(other)

    def __ge__(self, other: AbstractSet[object]) -> bool:
        return set(self._names).issuperset(other)

    def isdisjoint(self, other: Iterable[object]) -> bool:
        """Return True if no name is in both."""
        return set(self._names).isdisjoint(other)


Value: TypeAlias = str | int | None
"""The value of a column."""

NOBODY: frozenset[str] = frozenset()


class Scope(NamedTuple):
    """A team, a contract, or the whole account (kind "account", no name)."""

    kind: Literal["team", "contract", "account"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


WHOLE_ACCOUNT = Scope("account")


class User(NamedTuple):
    """A person of the account.

    `invited_at` is an instant (`…Z`) or a day, None if unknown; `invitations` is the number of invitations sent to this
    address, including the first.
    """

    email: str
    first_name: str = ""
    last_name: str = ""
    status: Literal["pending", "active"] = "active"
    invited_at: str | None = None
    invitations: int = 1


class Mutable:
    """Base of mutable parts. Two of the same type are equal if all attributes listed in `facts` are."""

    __slots__ = ()
    facts: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.facts)

    __hash__ = None  # type: ignore[assignment]  # mutable

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.facts)})"


class Group(Mutable):
    """A group of a team, whose members get its products."""

    __slots__ = facts = ("members", "products")

    def __init__(self, members: AbstractSet[str] = NOBODY, products: AbstractSet[str] = NOBODY) -> None:
        self.members = members
        self.products = products


class Team(Mutable):
    """A team of the regular view. `seats` are those assigned directly: product to holders (no empty sets).

    `external` are the members who are external users; they have no role.
    `own` lists the sets that are not shared with a copy of the team (None: all). Shared ones are copied on write.
    """

    facts = ("primary", "sso", "admins", "members", "groups", "seats", "external")
    __slots__ = (*facts, "own")

    def __init__(
        self,
        primary: str,
        sso: Sso | None = None,
        admins: dict[str, Literal["secondary", "sso"]] | None = None,
        members: AbstractSet[str] = NOBODY,
        groups: dict[str, Group] | None = None,
        seats: dict[str, AbstractSet[str]] | None = None,
        external: AbstractSet[str] = NOBODY,
    ) -> None:
        self.primary = primary
        self.sso = sso
        self.admins = {} if admins is None else admins
        self.members = members
        self.groups = {} if groups is None else groups
        self.seats = {} if seats is None else seats
        self.external = external
        self.own: set[tuple[str, ...]] | None = None

    def role_of(self, user: str) -> Literal["primary", "secondary", "sso"] | None:
        """Return the role of a person in this team, None if they have none."""
        return "primary" if user == self.primary else self.admins.get(user)

    def menu_roles(self) -> dict[str, MenuRole]:
        """Return the entries of the role menu: admins other than the primary one, and external users."""
        return {**self.admins, **dict.fromkeys(sorted(self.external), "external")} if self.external else {**self.admins}


class Subscription(NamedTuple):
    """A purchase of seats (single-user, multi-user) or tokens (flex, token-flex) of one product, for a team or none.

    With `auto_renew`, it counts as renewed from the day after `ends`, again and again, for terms of the same length.
    """

    team: str | None
    product: str
    offering: Offering
    seats: int | None
    tokens: int | None
    channel: SalesChannel
    contract_manager: str
    starts: str
    ends: str
    auto_renew: bool = False

    def in_term(self, day: str) -> bool:
        """Return True if a day is in the term, which includes its first and last day, or in a later automatic one."""
        return self.starts <= day and (self.auto_renew or day <= self.ends)

    def seats_on(self, _day: str) -> int | None:
        """Return the number of seats, which is the same on every day."""
        return self.seats


class Contract(Mutable):
    """A contract of the classic view. `seats` and `services` are name to holders (no empty sets)."""

    columns = ("contract_manager", "coordinator", "license_type", "channel", "deployment", "starts", "ends")
    """The columns of its own row. Its relations are rows of other tables."""
    __slots__ = facts = (*columns, "members", "products", "seats", "services", "support")

    def __init__(  # noqa: PLR0913, PLR0917 - one for each attribute
        self,
        contract_manager: str,
        coordinator: str,
        license_type: LicenseType,
        channel: SalesChannel,
        deployment: Deployment | None = None,
        starts: str | None = None,
        ends: str | None = None,
        members: AbstractSet[str] = NOBODY,
        products: dict[str, ContractProduct] | None = None,
        seats: dict[str, AbstractSet[str]] | None = None,
        services: dict[str, AbstractSet[str]] | None = None,
        support: AbstractSet[str] = NOBODY,
    ) -> None:
        self.contract_manager = contract_manager
        self.coordinator = coordinator
        self.license_type = license_type
        self.channel = channel
        self.deployment = deployment
        self.starts = starts
        self.ends = ends
        self.members = members
        self.products = {} if products is None else products
        self.seats = {} if seats is None else seats
        self.services = {} if services is None else services
        self.support = support


def copy_team(team: Team) -> Team:
    """Return an independent copy of a team. The sets are shared until a `Change` of either team affects them."""
    groups = {name: Group(group.members, group.products) for name, group in team.groups.items()}
    copied = Team(team.primary, team.sso, dict(team.admins), team.members, groups, dict(team.seats), team.external)
    team.own, copied.own = set(), set()
    return copied


def copy_contract(contract: Contract) -> Contract:
    """Return an independent copy of a contract."""
    copied = copy(contract)
    copied.members = set(contract.members)
    copied.products = dict(contract.products)
    copied.seats = {product: set(holders) for product, holders in contract.seats.items()}
    copied.services = {service: set(holders) for service, holders in contract.services.items()}
    copied.support = set(contract.support)
    return copied


def subscription_values(sub: Subscription) -> tuple[Value, ...]:
    """Return the values of a subscription's row."""
    return (
        sub.team,
        sub.product,
        sub.offering,
        sub.seats,
        sub.tokens,
        sub.channel,
        sub.contract_manager,
        sub.starts,
        sub.ends,
        int(sub.auto_renew),
    )


def contract_values(contract: Contract) -> tuple[Value, ...]:
    """Return the values of a contract's own row."""
    c = contract
    return (c.contract_manager, c.coordinator, c.license_type, c.channel, c.deployment, c.starts, c.ends)


def user_values(user: User) -> tuple[Value, ...]:
    """Return the values of a person's row."""
    return (user.email, user.first_name, user.last_name, user.status, user.invited_at, user.invitations)


def team_values(team: Team) -> tuple[Value, ...]:
    """Return the values of a team's own row."""
    return (team.primary, team.sso.as_text() if team.sso else None)


class Change(NamedTuple):
    """One row of a table that is inserted (`old` is None), deleted (`new` is None) or updated.

    `TABLES` lists the tables with their key and value columns. The values of a pure relation are `()`.
    """

    table: str
    key: tuple[str, ...]
    old: tuple[Value, ...] | None
    new: tuple[Value, ...] | None

    def reversed(self) -> "Change":
        """Return the change that undoes this one."""
        return Change(self.table, self.key, self.new, self.old)


TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "user": (("id",), ("email", "first_name", "last_name", "status", "invited_at", "invitations")),
    "team": (("name",), ("primary_admin", "sso")),
    "team_admin": (("team", "user"), ("role",)),
    "team_member": (("team", "user"), ()),
    "team_seat": (("team", "product", "user"), ()),
    "team_group": (("team", "name"), ()),
    "group_member": (("team", "group_name", "user"), ()),
    "group_seat": (("team", "group_name", "product"), ()),
    "subscription": (
        ("id",),
        (
            *("team", "product", "offering", "seats", "tokens", "channel", "contract_manager", "starts", "ends"),
            "auto_renew",
        ),
    ),
    "contract": (
        ("number",),
        ("contract_manager", "coordinator", "license_type", "channel", "deployment", "starts", "ends"),
    ),
    "contract_member": (("contract", "user"), ()),
    "contract_product": (("contract", "product"), ("seats", "serial", "product_key")),
    "contract_seat": (("contract", "product", "user"), ()),
    "contract_service": (("contract", "service", "user"), ()),
    "contract_support": (("contract", "user"), ()),
}
"""The tables of an account: name to (key columns, value columns), parents before the tables that refer to them."""


def team_rows(name: str, team: Team) -> Iterator[Change]:
    """Yield a team as inserted rows under a name, parents first."""
    yield Change("team", (name,), None, team_values(team))
    for user in sorted(team.members):
        yield Change("team_member", (name, user), None, ())
    for user, role in sorted(team.menu_roles().items()):
        yield Change("team_admin", (name, user), None, (role,))
    for product, holders in sorted(team.seats.items()):
        for user in sorted(holders):
            yield Change("team_seat", (name, product, user), None, ())
    for group_name, group in sorted(team.groups.items()):
        yield Change("team_group", (name, group_name), None, ())
        for user in sorted(group.members):
            yield Change("group_member", (name, group_name, user), None, ())
        for product in sorted(group.products):
            yield Change("group_seat", (name, group_name, product), None, ())


def contract_rows(number: str, contract: Contract) -> Iterator[Change]:
    """Yield a contract as inserted rows under a number, parents first."""
    yield Change("contract", (number,), None, contract_values(contract))
    for user in sorted(contract.members):
        yield Change("contract_member", (number, user), None, ())
    for name, product in sorted(contract.products.items()):
        yield Change("contract_product", (number, name), None, (product.seats, product.serial, product.product_key))
    for kind, relation in (("contract_seat", contract.seats), ("contract_service", contract.services)):
        for name, holders in sorted(relation.items()):
            for user in sorted(holders):
                yield Change(kind, (number, name, user), None, ())
    for user in sorted(contract.support):
        yield Change("contract_support", (number, user), None, ())
