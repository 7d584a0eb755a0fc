"""Model of a declaration with source locations, for rules and planner.

Persons are identities (`account.email.identity`), days ISO text. Locations are looked up in the `YamlMap` and
`YamlList` nodes when a finding is made, so that a hundred thousand seats need no location objects.

Names are in NFC, both in values and as keys of nodes, so `team.node["groups"].key_at(name)` is the location of a group;
users are keys under the address as written.

`broken` are the names of fields that are absent or incomplete because they were invalid (reported as SCHEMA findings).
Rules must not report a field in `broken` as missing. An unknown key marks the absent field that it resembles most as
broken. Other invalid content is not part of a declaration.
"""

from collections.abc import Container, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Literal, NamedTuple

from seatsync.account.attributes import (
    ContractProduct,
    Deployment,
    LicenseType,
    MenuRole,
    Offering,
    SalesChannel,
    Sso,
)
from seatsync.clock import Days, lasts, overlap
from seatsync.declaration.mentions import Mention, People, Products
from seatsync.declaration.project_values import Ignore, OwnRule, Policy, Portal, Price
from seatsync.finding import Location
from seatsync.reading.people_csv import PersonRow
from seatsync.reading.tree import YamlMap

POOL_FIELDS = frozenset(
    {"team", "product", "offering", "seats", "tokens", "starts", "ends", "auto_renew", "from_renewal"}
)
"""Fields of a subscription that determine the pool it belongs to, its capacity and its term."""


ROLE_LISTS: dict[MenuRole, str] = {
    "secondary": "secondary_admins",
    "sso": "sso_admins",
    "external": "external_users",
}
"""The lists of a team that give an entry of the role menu, with their keys, in the order of ROLE002."""


class Omitted:
    """Type of `OMITTED`, the value of an absent field, as opposed to null."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED = Omitted()


class DeclaredList(NamedTuple):
    """A named list of people."""

    name: str
    at: Location
    node: YamlMap
    members: People
    broken: frozenset[str] = frozenset()


class DeclaredUser(NamedTuple):
    """A person, from a section `users` or the first row of a CSV. Names are None if omitted.

    `previous` are former addresses, `language` is that of notices. Only snapshots have `status` and `invited`: the
    moment of the last invitation, and their number. One field more would take another 16 bytes for each person.
    """

    email: str
    first_name: str | None = None
    last_name: str | None = None
    section: YamlMap | None = None
    row: PersonRow | None = None
    previous: tuple[Mention, ...] = ()
    status: Literal["pending", "active"] = "active"
    invited: tuple[str | None, int] = (None, 1)
    language: str | None = None

    @property
    def file(self) -> str:
        """The name of the file that declares the person first."""
        return self.section.file if self.section is not None else self.at.file

    @property
    def at(self) -> Location:
        """The location of the declaration: the key, or the CSV cell."""
        if self.section is not None:
            return self.section.key_at(self.email)
        if self.row is None:
            raise ValueError("a declared user needs a section or a row")
        return self.row.at("email")


def _former(name: str, old_names: tuple[str, ...], present: Container[str]) -> str | None:
    """Return the newest old name that is present, None if the new name is present."""
    if name in present:
        return None
    return next((old for old in old_names if old in present), None)


class DeclaredGroup(NamedTuple):
    """A group of a team. Outside its `days` it counts as absent, with its members and products."""

    name: str
    at: Location
    node: YamlMap
    members: People
    products: Products
    renamed_from: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()
    days: Days | None = None

    def members_on(self, day: str) -> set[str]:
        """Return the members on a day."""
        return self.members.on(day) if lasts(self.days, day) else set()

    def products_on(self, day: str) -> set[str]:
        """Return the products that the group gives on a day."""
        return self.products.on(day) if lasts(self.days, day) else set()

    def gives_on(self, product: str, day: str) -> bool:
        """Return True if the group gives a product on a day."""
        return lasts(self.days, day) and any(lasts(days, day) for days in self.products.days_of(product))

    def given(self) -> dict[tuple[str, Days | None], None]:
        """Return the products that the group gives, each with the days of one of its entries."""
        items = self.products.items()
        return dict.fromkeys((name, overlap(self.products.days.get(index), self.days)) for index, name in items)

    def former_name(self, present: Container[str]) -> str | None:
        """Return the former name of this group that is in `present`; None if there is none, or it has the new name."""
        return _former(self.name, self.renamed_from, present)


class DeclaredTeam(NamedTuple):
    """A team, with separate fields for the three notations of seats: `seats` (by product), `groups` and `by_user`.

    `by_user` includes CSV rows with a product; `rows` are members from CSV rows with a team and no product. If
    `primary` is None and not broken, the contract manager of the team's subscriptions is its primary admin.
    `external` are the external users; None if the team does not declare the key, so that they stay as they are.
    `prune` replaces that of the policy, unless it is None; `ignore` adds to it.
    """

    name: str
    at: Location
    node: YamlMap
    primary: Mention | None
    secondary: People
    sso_admins: People
    sso: Sso | Omitted | None
    groups: dict[str, DeclaredGroup]
    seats: dict[str, People]
    members: People
    by_user: dict[str, list[Mention]]
    rows: list[Mention]
    renamed_from: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()
    external: People | None = None
    prune: frozenset[str] | None = None
    ignore: Ignore = Ignore()

    def role_lists(self) -> Iterator[tuple[MenuRole, People]]:
        """Yield the people by entry of the role menu, in the order of ROLE002; undeclared external users are absent."""
        yield "secondary", self.secondary
        yield "sso", self.sso_admins
        if self.external is not None:
            yield "external", self.external

    def lists(self) -> Iterator[People]:
        """Yield every list of people of this team: roles, groups, seats and members."""
        yield from (people for _, people in self.role_lists())
        yield from (group.members for group in self.groups.values())
        yield from (*self.seats.values(), self.members)

    def named_on(self, day: str) -> set[str]:
        """Return everybody whom the team names on a day, aside from contract managers of its subscriptions."""
        lists = (*(people for _, people in self.role_lists()), *self.seats.values())
        found = self.members_on(day).union(*(people.on(day) for people in lists))
        found.update(*(group.members_on(day) for group in self.groups.values()))
        found.update(each.user for held in self.by_user.values() for each in held if lasts(each.days, day))
        return found if self.primary is None else found | {self.primary.user}

    def in_rows(self) -> Iterator[Mention]:
        """Yield the mentions in entries and CSV rows of people: memberships, seats, roles and places in groups."""
        yield from self.rows
        for mentions in self.by_user.values():
            yield from mentions
        for people in self.lists():
            yield from people.rows

    def former_name(self, present: Container[str]) -> str | None:
        """Return the former name of this team that is in `present`; None if there is none, or it has the new name."""
        return _former(self.name, self.renamed_from, present)

    def members_on(self, day: str) -> set[str]:
        """Return the people listed as members on a day, in the team or in a CSV."""
        return self.members.on(day) | {mention.user for mention in self.rows if lasts(mention.days, day)}

    def direct_on(self, product: str, day: str) -> set[str]:
        """Return the people with a direct seat of a product on a day."""
        people = self.seats.get(product)
        found = people.on(day) if people is not None else set()
        if product in self.by_user:
            found |= {mention.user for mention in self.by_user[product] if lasts(mention.days, day)}
        return found

    def holders_on(self, product: str, day: str) -> set[str]:
        """Return the people entitled to a product on a day, directly or through a group."""
        found = self.direct_on(product, day)
        for group in self.groups.values():
            if group.gives_on(product, day):
                found |= group.members.on(day)
        return found

    def products(self) -> list[str]:
        """Return the products that this team assigns, in the order `seats`, groups, by user."""
        names = dict.fromkeys(self.seats)
        for group in self.groups.values():
            names.update(dict.fromkeys(group.products))
        names.update(dict.fromkeys(self.by_user))
        return list(names)


class DeclaredSubscription(NamedTuple):
    """A subscription. `contract_manager` is None if not declared.

    Check `broken` before using a field: a broken text is "", a broken offering or channel has the most common value.
    With `auto_renew`, it counts as renewed from the day after `ends`; `from_renewal` is the number of seats or tokens
    from then on, None if it stays. The `price` is not a fact of the account.
    """

    id: str
    at: Location
    node: YamlMap
    team: str | None
    product: str
    offering: Offering
    seats: int | None
    tokens: int | None
    channel: SalesChannel
    contract_manager: Mention | None
    starts: str
    ends: str
    auto_renew: bool = False
    from_renewal: int | None = None
    broken: frozenset[str] = frozenset()
    price: Price | None = None

    def in_term(self, day: str) -> bool:
        """Return True if a day is within the term or, with `auto_renew`, after it."""
        return self.starts <= day and (self.auto_renew or day <= self.ends)

    def seats_on(self, day: str) -> int | None:
        """Return the number of seats on a day; None for an offering with tokens."""
        return self.from_renewal if self.seats is not None and self.number_changed(day) else self.seats

    def tokens_on(self, day: str) -> int | None:
        """Return the number of tokens on a day; None for an offering with seats."""
        return self.from_renewal if self.tokens is not None and self.number_changed(day) else self.tokens

    def pool_days(self) -> Days:
        """Return the days between which its share of a pool is the same: open if it renews with the same number."""
        return self.starts, None if self.auto_renew and self.from_renewal is None else self.ends

    def number_changed(self, day: str) -> bool:
        """Return True if the number of seats or tokens on a day is that of `from_renewal`."""
        return self.auto_renew and self.from_renewal is not None and day > self.ends


class DeclaredContract(NamedTuple):
    """A classic contract. `users` are the holders by product, `services` by service.

    A product with unreadable seats is only in `users`, and `broken` contains "products". `prune` and `ignore` are as in
    a team.
    """

    number: str
    at: Location
    node: YamlMap
    contract_manager: Mention | None
    coordinator: Mention | None
    license_type: LicenseType | None
    channel: SalesChannel
    deployment: Deployment | None
    starts: str | None
    ends: str | None
    products: dict[str, ContractProduct]
    users: dict[str, People]
    services: dict[str, People]
    support: People
    members: People
    broken: frozenset[str] = frozenset()
    prune: frozenset[str] | None = None
    ignore: Ignore = Ignore()

    def lists(self) -> Iterator[People]:
        """Yield every list of people of this contract."""
        yield from (*self.users.values(), *self.services.values(), self.support, self.members)


class Project(NamedTuple):
    """A project file. `node` is its mapping, for locations; `root` the folder that contains it.

    `portal` is None if the store is the account itself. `rates` are the tokens of one day of a product, by product, in
    the order of the file; `rules` are the project's own rules, by code. `targets` are URLs by name, if targets have
    names; `target` is the only one, None if there are several.
    """

    root: Path
    node: YamlMap
    account: str
    target: str | None
    include: tuple[str, ...]
    timezone: str | None
    policy: Policy
    portal: Portal | None = None
    rates: tuple[tuple[str, Decimal], ...] = ()
    rules: tuple[OwnRule, ...] = ()
    targets: tuple[tuple[str, str], ...] = ()


class UndeclaredTeam(NamedTuple):
    """An undeclared team, named by a person's `seats` or a CSV row. `at` is the location of the name."""

    name: str
    at: Location
    product: str | None = None
    user: str = ""


class UndeclaredGroup(NamedTuple):
    """An undeclared group of a declared team, named by a CSV row. `at` is the location of the name."""

    name: str
    team: str
    at: Location
    user: str


class Declaration:
    """The content of a repository. `complete` is False if a file is missing, or was not read to its end.

    Rules that report missing things (such as REF, ROLE001 and SEAT002) must not run on an incomplete declaration.
    `unread` is finer: the sections (`users`, `lists`, `teams`, `subscriptions`, `contracts`) that lost an entry to a
    SCHEMA finding; only rules that depend on these sections must not run. An entry with a readable key is never lost:
    it is present, with the names of its invalid fields in `broken`. So a misspelt offering disables SEAT001 to SEAT004
    only for its own team and product.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.users: dict[str, DeclaredUser] = {}
        self.lists: dict[str, DeclaredList] = {}
        self.teams: dict[str, DeclaredTeam] = {}
        self.subscriptions: dict[str, DeclaredSubscription] = {}
        self.contracts: dict[str, DeclaredContract] = {}
        self.complete = True
        self.unread: set[str] = set()
        self.undeclared_teams: list[UndeclaredTeam] = []
        self.undeclared_groups: list[UndeclaredGroup] = []

    def whole(self, *sections: str) -> bool:
        """Return True if these sections are complete, so that rules may report missing things."""
        return self.complete and self.unread.isdisjoint(sections)

    def people(self) -> Iterator[People]:
        """Yield every list of people of the teams and contracts."""
        for team in self.teams.values():
            yield from team.lists()
        for contract in self.contracts.values():
            yield from contract.lists()

    def policy_of(self, entry: DeclaredTeam | DeclaredContract | None) -> Policy:
        """Return the policy as it holds in a team or contract; that of the project for an undeclared one."""
        policy = self.project.policy
        if entry is None or (entry.prune is None and entry.ignore == Ignore()):
            return policy
        prune = policy.prune if entry.prune is None else entry.prune
        return policy._replace(prune=prune, ignore=policy.ignore.also(entry.ignore))

    def moved(self) -> Iterator[tuple[str, DeclaredUser]]:
        """Yield the people that declare former addresses."""
        return ((user, person) for user, person in self.users.items() if person.previous)

    def shown(self, user: str) -> str:
        """Return the address of a person as declared, or the identity if undeclared."""
        person = self.users.get(user)
        return user if person is None else person.email
