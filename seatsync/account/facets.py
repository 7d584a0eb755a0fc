"""Parts of things that files declare as the account has them: single sign-on, and what was bought under a contract."""

import json
from typing import NamedTuple


class Sso(NamedTuple):
    """A team's single sign-on configuration."""

    domains: tuple[str, ...] = ()
    metadata_url: str | None = None

    def as_text(self) -> str:
        """The configuration as canonical JSON, as a store keeps it."""
        return json.dumps(
            {"domains": list(self.domains), "metadata_url": self.metadata_url}, sort_keys=True, ensure_ascii=False
        )

    @classmethod
    def from_text(cls, text: str) -> "Sso":
        """The reverse of `as_text`."""
        facts = json.loads(text)
        return cls(tuple(facts["domains"]), facts["metadata_url"])


class ContractProduct(NamedTuple):
    """A product bought under a classic contract."""

    seats: int
    serial: str | None = None
    product_key: str | None = None
