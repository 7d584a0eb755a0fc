"""Values of the project file and of what only reports and rules of a project use: policy, portal, prices, own rules.

None of these are facts of an account: no step follows from them.
"""

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.usage import number_text
from seatsync.finding import Location, Severity
from seatsync.reading.tree import YamlMap

Per: TypeAlias = Literal["year", "month", "term", "token"]
"""What a price pays for: a seat for a year, a month or the whole term, or a token."""

Each: TypeAlias = Literal["person", "seat", "role", "group", "team", "subscription", "contract", "pool", "step", "plan"]
"""The kinds of things that a project's own rules judge."""


class Price(NamedTuple):
    """The price of one seat or token of a subscription, exactly as written. `currency` is a code of ISO 4217."""

    amount: Decimal
    currency: str
    per: Per


def amount_text(amount: Decimal) -> str:
    """Return an amount of money with two decimals, or with up to four if it has more."""
    return f"{amount:.2f}" if amount == round(amount, 2) else number_text(amount)


class OwnRule(NamedTuple):
    """A rule of the project itself: a CEL expression that must be true of each thing of a kind.

    `passes` and `fails` are its cases: the values of variables, by name. `node` has the locations of its fields, `at`
    that of its code.
    """

    code: str
    each: Each
    must: str
    message: str
    severity: Severity
    passes: tuple[YamlMap, ...]
    fails: tuple[YamlMap, ...]
    node: YamlMap
    at: Location


class Suppress(NamedTuple):
    """A suppression of findings: their code, the things they must concern, the reason, and the last day."""

    code: str
    things: tuple[tuple[str, str], ...]
    reason: str
    until: str | None


class Exempt(NamedTuple):
    """Seats that are never reclaimed: those that all the `things` concern, until the last day (None: no end).

    `things` are pairs of a kind (`user`, `group`, `product`, `team`) and a name; people are identities.
    """

    things: tuple[tuple[str, str], ...]
    until: str | None
    reason: str


class Reclaim(NamedTuple):
    """What is looked for to be reclaimed: seats without use for a number of days, and what is exempt."""

    days: int = 90
    exempt: tuple[Exempt, ...] = ()


class Policy(NamedTuple):
    """Policy of a project. `max_removals` is a count, or a percentage with its sign (`20%`).

    `unread` are patterns of files that are deliberately not included; they do not affect plans. `usage_retention` is
    the number of months for which the store keeps usage.
    """

    max_removals: int | str = "20%"
    min_secondary_admins: int = 0
    email_domains: tuple[str, ...] = ()
    protected_users: tuple[str, ...] = ()
    protected_teams: tuple[str, ...] = ()
    prune: frozenset[str] = frozenset({"seats", "admins", "groups", "leavers"})
    ignore_users: tuple[str, ...] = ()
    ignore_teams: tuple[str, ...] = ()
    suppress: tuple[Suppress, ...] = ()
    expiry_notice: int = 30
    unread: tuple[str, ...] = ()
    max_invitations: int = 3
    usage_retention: int = 13
    reclaim: Reclaim = Reclaim()

    def ignores_user(self, user: str) -> bool:
        """Return True if `ignore` matches a person (an identity)."""
        return any(fnmatchcase(user, pattern) for pattern in self.ignore_users)

    def ignores_team(self, name: str) -> bool:
        """Return True if `ignore` matches a team."""
        return any(fnmatchcase(name, pattern) for pattern in self.ignore_teams)


class Portal(NamedTuple):
    """The vendor's portal of a project whose store is a mirror of the real account.

    `exports` are a folder, files or patterns, relative to the project folder. `directory_sync` are the teams whose
    groups and people a directory keeps, each with who runs it (`external`: the identity provider), sorted. From
    `import_from` alike steps in a team on, they become an import file. `max_age` is the age in days up to which exports
    are used.
    """

    exports: tuple[str, ...] = ()
    directory_sync: tuple[tuple[str, str], ...] = ()
    import_from: int = 5
    max_age: int = 7
