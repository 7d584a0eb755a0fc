"""The things an account consists of, as values: people, teams and groups, subscriptions, contracts.

Persons are named by their identity (see `email.py`) in every set and key; `User.email` is the address as first written.
Days are ISO text (`2026-12-31`), compared as text.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.facets import ContractProduct, Sso

Value: TypeAlias = str | int | None
"""What a column of a row holds."""


@dataclass(frozen=True, slots=True, order=True)
class Scope:
    """Where something holds: a team, a contract, or the whole account (kind "account", no name)."""

    kind: Literal["team", "contract", "account"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" if self.name else self.kind


WHOLE_ACCOUNT = Scope("account")


class User(NamedTuple):
    """A person of the account. `invited_at` is an instant (`…Z`) or a day, where the account knows it."""

    email: str
    first_name: str = ""
    last_name: str = ""
    status: Literal["pending", "active"] = "active"
    invited_at: str | None = None


@dataclass(slots=True)
class Group:
    """A group of a team: its members get its products."""

    members: set[str] = field(default_factory=set)
    products: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Team:
    """A team of the regular view. `seats` are the direct ones: product to holders (no empty sets)."""

    primary: str
    sso: Sso | None = None
    admins: dict[str, Literal["secondary", "sso"]] = field(default_factory=dict)
    members: set[str] = field(default_factory=set)
    groups: dict[str, Group] = field(default_factory=dict)
    seats: dict[str, set[str]] = field(default_factory=dict)
    own: set[tuple[str, ...]] | None = field(default=None, repr=False, compare=False)
    """Which of its sets are its own, the others being shared with copies until they change; None: all."""

    def role_of(self, user: str) -> Literal["primary", "secondary", "sso"] | None:
        """The role a person has in this team, if any."""
        return "primary" if user == self.primary else self.admins.get(user)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A purchase of seats (single-user, multi-user) or tokens (flex, token-flex) of one product, for a team or none."""

    team: str | None
    product: str
    offering: Literal["single-user", "multi-user", "flex", "token-flex"]
    seats: int | None
    tokens: int | None
    channel: Literal["store", "reseller"]
    contract_manager: str
    starts: str
    ends: str

    def in_term(self, day: str) -> bool:
        """Whether a day lies in the term; a date lasts through that day."""
        return self.starts <= day <= self.ends


@dataclass(slots=True)
class Contract:
    """A contract of the classic view. `seats`, `services` and `support` name their holders (no empty sets)."""

    contract_manager: str
    coordinator: str
    license_type: Literal["perpetual", "maintenance", "education"]
    channel: Literal["store", "reseller"]
    deployment: Literal["stand-alone", "networked"] | None = None
    starts: str | None = None
    ends: str | None = None
    members: set[str] = field(default_factory=set)
    products: dict[str, ContractProduct] = field(default_factory=dict)
    seats: dict[str, set[str]] = field(default_factory=dict)
    services: dict[str, set[str]] = field(default_factory=dict)
    support: set[str] = field(default_factory=set)


def copy_of_team(team: Team) -> Team:
    """An independent team with the same content. The sets are shared until a `Change` of either team touches them."""
    groups = {name: Group(group.members, group.products) for name, group in team.groups.items()}
    team.own = set()
    return Team(team.primary, team.sso, dict(team.admins), team.members, groups, dict(team.seats), set())


def copy_of_contract(contract: Contract) -> Contract:
    """An independent contract with the same content."""
    return replace(
        contract,
        members=set(contract.members),
        products=dict(contract.products),
        seats={product: set(holders) for product, holders in contract.seats.items()},
        services={service: set(holders) for service, holders in contract.services.items()},
        support=set(contract.support),
    )


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
    return (user.email, user.first_name, user.last_name, user.status, user.invited_at)


def team_values(team: Team) -> tuple[Value, ...]:
    """A team as the values of its row (its relations have rows of their own)."""
    return (team.primary, team.sso.as_text() if team.sso else None)
