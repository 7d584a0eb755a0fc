"""The things an account consists of, as values: people, teams and groups, subscriptions, contracts.

Persons are named by their identity (see `email.py`) in every set and key; `User.email` is the address as first written.
Sets of people are `CompactSet` where nothing changes, and Python's own where something did (`model.py`).
Days are ISO text (`2026-12-31`), compared as text.
"""

from collections.abc import Set as AbstractSet
from copy import copy
from typing import ClassVar, Literal, NamedTuple, TypeAlias

from seatsync.account.facets import ContractProduct, Deployment, LicenseType, Offering, SalesChannel, Sso

Value: TypeAlias = str | int | None
"""What a column of a row holds."""

NOBODY: frozenset[str] = frozenset()


class Scope(NamedTuple):
    """Where something holds: a team, a contract, or the whole account (kind "account", no name)."""

    kind: Literal["team", "contract", "account"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


WHOLE_ACCOUNT = Scope("account")


class User(NamedTuple):
    """A person of the account.

    `invited_at` is an instant (`…Z`) or a day, where the account knows it; `invitations` counts those that were sent to
    this address, the first one included.
    """

    email: str
    first_name: str = ""
    last_name: str = ""
    status: Literal["pending", "active"] = "active"
    invited_at: str | None = None
    invitations: int = 1


class Mutable:
    """A thing that changes in place. Two of a kind are equal where their `facts`, by name, are."""

    __slots__ = ()
    facts: ClassVar[tuple[str, ...]] = ()

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(getattr(self, name) == getattr(other, name) for name in self.facts)

    __hash__ = None  # type: ignore[assignment]  # what changes is no key

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={getattr(self, name)!r}' for name in self.facts)})"


class Group(Mutable):
    """A group of a team: its members get its products."""

    __slots__ = facts = ("members", "products")

    def __init__(self, members: AbstractSet[str] = NOBODY, products: AbstractSet[str] = NOBODY) -> None:
        self.members = members
        self.products = products


class Team(Mutable):
    """A team of the regular view. `seats` are the direct ones: product to holders (no empty sets).

    `own` says which of its sets are its own, the others being shared with copies until they change; None: all.
    """

    facts = ("primary", "sso", "admins", "members", "groups", "seats")
    __slots__ = (*facts, "own")

    def __init__(
        self,
        primary: str,
        sso: Sso | None = None,
        admins: dict[str, Literal["secondary", "sso"]] | None = None,
        members: AbstractSet[str] = NOBODY,
        groups: dict[str, Group] | None = None,
        seats: dict[str, AbstractSet[str]] | None = None,
    ) -> None:
        self.primary = primary
        self.sso = sso
        self.admins = {} if admins is None else admins
        self.members = members
        self.groups = {} if groups is None else groups
        self.seats = {} if seats is None else seats
        self.own: set[tuple[str, ...]] | None = None

    def role_of(self, user: str) -> Literal["primary", "secondary", "sso"] | None:
        """The role a person has in this team, if any."""
        return "primary" if user == self.primary else self.admins.get(user)


class Subscription(NamedTuple):
    """A purchase of seats (single-user, multi-user) or tokens (flex, token-flex) of one product, for a team or none."""

    team: str | None
    product: str
    offering: Offering
    seats: int | None
    tokens: int | None
    channel: SalesChannel
    contract_manager: str
    starts: str
    ends: str

    def in_term(self, day: str) -> bool:
        """Whether a day lies in the term; a date lasts through that day."""
        return self.starts <= day <= self.ends


class Contract(Mutable):
    """A contract of the classic view. `seats`, `services` and `support` name their holders (no empty sets)."""

    columns = ("contract_manager", "coordinator", "license_type", "channel", "deployment", "starts", "ends")
    """What its own row holds, its relations having rows of their own."""
    __slots__ = facts = (*columns, "members", "products", "seats", "services", "support")

    def __init__(  # noqa: PLR0913, PLR0917 - a contract has so many facts
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
    """An independent team with the same content. The sets are shared until a `Change` of either team touches them."""
    groups = {name: Group(group.members, group.products) for name, group in team.groups.items()}
    twin = Team(team.primary, team.sso, dict(team.admins), team.members, groups, dict(team.seats))
    team.own, twin.own = set(), set()
    return twin


def copy_contract(contract: Contract) -> Contract:
    """An independent contract with the same content."""
    twin = copy(contract)
    twin.members = set(contract.members)
    twin.products = dict(contract.products)
    twin.seats = {product: set(holders) for product, holders in contract.seats.items()}
    twin.services = {service: set(holders) for service, holders in contract.services.items()}
    twin.support = set(contract.support)
    return twin


def subscription_values(sub: Subscription) -> tuple[Value, ...]:
    """A subscription as the values of its row."""
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
    )


def contract_values(contract: Contract) -> tuple[Value, ...]:
    """A contract as the values of its row (its relations have rows of their own)."""
    c = contract
    return (c.contract_manager, c.coordinator, c.license_type, c.channel, c.deployment, c.starts, c.ends)


def user_values(user: User) -> tuple[Value, ...]:
    """A person as the values of their row."""
    return (user.email, user.first_name, user.last_name, user.status, user.invited_at, user.invitations)


def team_values(team: Team) -> tuple[Value, ...]:
    """A team as the values of its row (its relations have rows of their own)."""
    return (team.primary, team.sso.as_text() if team.sso else None)
