"""Attributes shared by files and accounts: offerings, channels, roles, routes, SSO, products of contracts, numbers."""

import json
from decimal import Decimal
from typing import Literal, NamedTuple, TypeAlias, get_args

ByCount: TypeAlias = Literal["single-user", "multi-user"]
ByToken: TypeAlias = Literal["flex", "token-flex"]
Offering: TypeAlias = Literal[ByCount, ByToken]
LicenseType: TypeAlias = Literal["perpetual", "maintenance", "education"]
SalesChannel: TypeAlias = Literal["store", "reseller"]
Deployment: TypeAlias = Literal["stand-alone", "networked"]

BY_COUNT: tuple[ByCount, ...] = get_args(ByCount)
"""The offerings bought as a number of seats."""
BY_TOKEN: tuple[ByToken, ...] = get_args(ByToken)
"""The offerings bought as a number of tokens."""
OFFERINGS: tuple[Offering, ...] = (*BY_COUNT, *BY_TOKEN)
LICENSE_TYPES: tuple[LicenseType, ...] = get_args(LicenseType)
SALES_CHANNELS: tuple[SalesChannel, ...] = get_args(SalesChannel)
DEPLOYMENTS: tuple[Deployment, ...] = get_args(Deployment)


RouteName: TypeAlias = Literal["account", "api", "scim", "csv", "console", "form", "support", "purchase"]
ROUTES: tuple[RouteName, ...] = get_args(RouteName)
"""The ways to carry out a step: by the account itself, by a machine, and by people."""
AUTOMATIC_ROUTES = frozenset[str](("account", "api", "scim"))
"""The ways that need no people."""

Role: TypeAlias = Literal["primary", "secondary", "sso", "manager", "coordinator"]
MenuRole: TypeAlias = Literal["secondary", "sso", "external"]
"""An entry of a team's role menu that any number of members can have. External users have no rights by it."""
ROLE_TITLES: dict[str, str] = {
    "primary": "primary admin",
    "secondary": "secondary admin",
    "sso": "SSO admin",
    "external": "external user",
    "manager": "contract manager",
    "coordinator": "software coordinator",
}
"""The roles of teams, subscriptions and contracts as people read them, and external users."""

MENU_ROLES: tuple[MenuRole, ...] = get_args(MenuRole)


class Sso(NamedTuple):
    """A team's single sign-on configuration."""

    domains: tuple[str, ...] = ()
    metadata_url: str | None = None

    def as_text(self) -> str:
        """Return the configuration as canonical JSON, the form in which it is stored."""
        return json.dumps(
            {"domains": list(self.domains), "metadata_url": self.metadata_url}, sort_keys=True, ensure_ascii=False
        )

    @classmethod
    def from_text(cls, text: str) -> "Sso":
        """Parse the text of `as_text`."""
        facts = json.loads(text)
        return cls(tuple(facts["domains"]), facts["metadata_url"])


class ContractProduct(NamedTuple):
    """A product bought under a classic contract."""

    seats: int
    serial: str | None = None
    product_key: str | None = None


def number_text(number: Decimal) -> str:
    """Return a number without exponent and trailing zeros, so that equal numbers are equal texts."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
