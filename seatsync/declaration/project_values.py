"""Values of the project file and of what only reports and rules of a project use: policy, portal, prices, own rules.

None of these are facts of an account: no step follows from them.
"""

from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple, TypeAlias, get_args

from seatsync.account.attributes import number_text
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.reading.scalar_places import places_in
from seatsync.reading.tree import YamlMap

Per: TypeAlias = Literal["year", "month", "term", "token"]
"""The unit of a price: a seat for a year, a month or the whole term, or a token."""

PER: tuple[Per, ...] = get_args(Per)

Each: TypeAlias = Literal["person", "seat", "role", "group", "team", "subscription", "contract", "pool", "step", "plan"]
"""The kinds of things that a project's own rules judge."""
EACH: tuple[Each, ...] = get_args(Each)


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
    that of its code. `written` is the expression as it stands in the file, with quotes and line ends.
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
    written: str = ""

    @property
    def on_plan(self) -> bool:
        """True if the rule is judged when a plan is made, not on the files."""
        return self.each in {"step", "plan"}

    def finding(
        self, at: Location | None, things: tuple[tuple[str, str], ...], failed: str, remedy: str, unknown: str
    ) -> Finding:
        """Return the finding about a thing of which the rule is not true.

        `failed` is the reason if it could not be judged, `remedy` what helps, `unknown` the variable whose value nobody
        knows.
        """
        message, severity, hint = self.message, self.severity, ""
        if failed:
            message = f"{self.message} (not judged: {failed})"
            hint = f"make the expression true or false for every {self.each}: {remedy}"
        elif unknown:
            message = f"{self.message} (not judged: {unknown} is unknown)"
            severity = Severity.WARNING if self.severity is Severity.ERROR else self.severity
        related = (Related(self.at, f"must: {' '.join(self.must.split())}"),)
        return Finding(self.code, severity, message, at, hint, related=related, things=things)

    def too_slow(self, done: int, of: int) -> Finding:
        """Return the finding that the rule was only judged on some of the things."""
        message = f"{self.code} takes too long: {done:,} of {of:,} were judged, and the rest was not"
        hint = "use a cheaper expression, such as endsWith instead of matches"
        return Finding("SCHEMA003", Severity.ERROR, message, self.node.value_at("must"), hint)

    def place(self, start: int, end: int) -> Location:
        """Return the location of a part of the expression, from its offsets in the text `must`."""
        places = places_in(self.written, self.must)
        first, _ = self.node.span_of("must")
        if self.node.lines is None or not self.written:
            return self.node.value_at("must")
        last = places[end - 1] + 1 if end > start else places[start]
        return self.node.lines.span(first + places[start], first + max(last, places[start]))


class Suppress(NamedTuple):
    """A suppression of findings: their code, the things they must concern, the reason, and the last day."""

    code: str
    things: tuple[tuple[str, str], ...]
    reason: str
    until: str | None

    def covers(self, finding: Finding, day: str) -> bool:
        """Return True if a finding on a day has this code, and concerns all the things."""
        in_time = self.until is None or day <= self.until
        return in_time and self.code == finding.code and set(self.things).issubset(finding.things)


class Exempt(NamedTuple):
    """Seats that are never reclaimed: those that all the `things` concern, until the last day (None: no end).

    `things` are pairs of a kind (`user`, `group`, `product`, `team`) and a name; people are identities.
    """

    things: tuple[tuple[str, str], ...]
    until: str | None
    reason: str


class Freeze(NamedTuple):
    """Days, both inclusive, on which nothing is applied, and why."""

    starts: str
    ends: str
    reason: str


class Reclaim(NamedTuple):
    """The policy of reclaiming: the days without use after which a seat can be reclaimed, and exemptions."""

    days: int = 90
    exempt: tuple[Exempt, ...] = ()


class Ignore(NamedTuple):
    """Patterns of what stays unchanged: people (in the normal form of identities), teams, groups, and products.

    Patterns of products also match the cloud services of contracts.
    """

    users: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    products: tuple[str, ...] = ()

    def also(self, other: "Ignore") -> "Ignore":
        """Return these patterns and others."""
        return Ignore(*(mine + more for mine, more in zip(self, other, strict=True)))

    def user(self, user: str) -> bool:
        """Return True if a person (an identity) is ignored."""
        return _matches(user, self.users)

    def team(self, name: str) -> bool:
        """Return True if a team is ignored."""
        return _matches(name, self.teams)

    def group(self, name: str) -> bool:
        """Return True if a group is ignored."""
        return _matches(name, self.groups)

    def product(self, name: str) -> bool:
        """Return True if the seats of a product, or the people of a cloud service, are ignored."""
        return _matches(name, self.products)


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


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
    ignore: Ignore = Ignore()
    suppress: tuple[Suppress, ...] = ()
    expiry_notice: int = 30
    unread: tuple[str, ...] = ()
    max_invitations: int = 3
    usage_retention: int = 13
    reclaim: Reclaim = Reclaim()
    freeze: tuple[Freeze, ...] = ()


REDIRECT = "http://localhost:8080/oauth/callback/"
"""The callback of the sign-in, unless the project names another one. The vendor's tutorials use it."""


class TeamAdmin(NamedTuple):
    """Use of the vendor's Team Admin API: the app that signs in, and the ids of declared teams by name, sorted.

    With `write`, plans are carried out by the API where it can. `redirect` is the callback registered for the app.
    """

    client_id: str
    write: bool = False
    teams: tuple[tuple[str, str], ...] = ()
    pkce: bool = False
    redirect: str = REDIRECT


class DirectorySync(NamedTuple):
    """A team whose synced groups, and the people in them, an identity provider keeps.

    `groups` are patterns of the names of synced groups. Without any, the exports tell which groups are synced, or all
    are.
    """

    team: str
    groups: tuple[str, ...] = ()


class Portal(NamedTuple):
    """The vendor's portal of a project whose store is a mirror of the real account.

    `exports` are a folder, files or patterns, relative to the project folder. `directory_sync` is sorted by team. From
    `import_from` alike steps in a team on, they become an import file. `max_age` is the age in days up to which exports
    are used. `team_admin` is None without the Team Admin API; `insights`: `refresh` fetches the exports itself.
    """

    exports: tuple[str, ...] = ()
    directory_sync: tuple[DirectorySync, ...] = ()
    import_from: int = 5
    max_age: int = 7
    team_admin: TeamAdmin | None = None
    insights: bool = False
