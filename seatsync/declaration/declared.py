"""What a repository declares, with the place of everything: values that rules and planner read.

Persons are identities (`account.email.identity`), days ISO text. Places are looked up in the kept `YamlMap` and
`YamlList` nodes when something is reported, so that a hundred thousand seats carry no location objects.

Names are NFC, in the values here and as keys of the kept nodes (so `team.node["groups"].key_at(name)` finds its place);
users stand under the address as written.

`broken` names the fields of a thing, as the schema spells them, that were refused (a SCHEMA finding says so) and are
therefore left out or only partly there: a rule that would speak because such a field is missing says nothing. An
unknown key breaks the absent field it resembles most. Nothing else that was refused is in a declaration.
"""

from collections.abc import Container, Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.facets import ContractProduct, Sso
from seatsync.finding import Location
from seatsync.reading.people_csv import PersonRow
from seatsync.reading.tree import YamlList, YamlMap

Days: TypeAlias = tuple[str | None, str | None]
"""From and until, both inclusive; None is open."""


POOL_FIELDS = frozenset({"team", "product", "offering", "seats", "tokens", "starts", "ends"})
"""The fields of a subscription that decide which pool it feeds, and when."""


class Omitted:
    """The type of `OMITTED`: a field that the files leave out, as against one that says null."""

    def __repr__(self) -> str:
        return "OMITTED"


OMITTED = Omitted()


def lasts(days: Days | None, day: str) -> bool:
    """Whether a day lies within the days of an entry (None: always)."""
    if days is None:
        return True
    starts, ends = days
    return (starts is None or starts <= day) and (ends is None or day <= ends)


class Mention(NamedTuple):
    """One person named in one place. `days` None: at all times."""

    user: str
    written: str
    at: Location
    days: Days | None = None


class People:
    """A list of persons as it stands in a file: `ids[i]` is item i of `node`. Unreadable items are left out by `items`.

    `days` has an entry for the items that are bounded in time; `ids[i]` is "" where item i could not be read.
    """

    __slots__ = ("days", "ids", "node")

    def __init__(self, node: YamlList, ids: list[str]) -> None:
        self.node = node
        self.ids = ids
        self.days: dict[int, Days] = {}

    def on(self, day: str) -> set[str]:
        """Who is in the list on a day."""
        if not self.days:
            found = set(self.ids)
        else:
            found = {user for index, user in enumerate(self.ids) if lasts(self.days.get(index), day)}
        found.discard("")
        return found

    def items(self) -> Iterator[tuple[int, str]]:
        """Every readable item: its index and the person."""
        return ((index, user) for index, user in enumerate(self.ids) if user)

    def at(self, index: int) -> Location:
        """Where the person of an item stands (the value of `user` where the item is a mapping)."""
        item = self.node[index]
        return item.value_at("user") if isinstance(item, YamlMap) and "user" in item else self.node.item_at(index)

    def written(self, index: int) -> str:
        """The address of an item as written."""
        item = self.node[index]
        return str(item["user"] if isinstance(item, YamlMap) else item)


class DeclaredUser(NamedTuple):
    """A person, from a section `users` or a row of a CSV (the first one). Names are None where omitted.

    `previous` are addresses that the person had before. Only snapshots have `status`, `invited_at` and `invitations`.
    """

    email: str
    first_name: str | None = None
    last_name: str | None = None
    section: YamlMap | None = None
    row: PersonRow | None = None
    previous: tuple[Mention, ...] = ()
    status: Literal["pending", "active"] = "active"
    invited_at: str | None = None
    invitations: int = 1

    @property
    def file(self) -> str:
        """The name of the file that declares the person first."""
        return self.section.file if self.section is not None else self.at.file

    @property
    def at(self) -> Location:
        """Where the person is declared: the key, or the CSV cell."""
        if self.section is not None:
            return self.section.key_at(self.email)
        if self.row is None:
            raise ValueError("a declared user needs a section or a row")
        return self.row.at("email")


def _former(name: str, old_names: tuple[str, ...], present: Container[str]) -> str | None:
    """Return the newest of the old names that is present, unless the thing has its new name already."""
    if name in present:
        return None
    return next((old for old in old_names if old in present), None)


class DeclaredGroup(NamedTuple):
    """A group of a team. `products` is the list as written (text items only are meant)."""

    name: str
    at: Location
    node: YamlMap
    members: People
    products: YamlList
    renamed_from: tuple[str, ...] = ()
    broken: frozenset[str] = frozenset()

    def former_name(self, present: Container[str]) -> str | None:
        """Return the name that `present` groups still know this one by; None if none does, or the new name exists."""
        return _former(self.name, self.renamed_from, present)


class DeclaredTeam(NamedTuple):
    """A team, with the three ways of writing a seat kept apart: `seats` (by product), `groups` and `by_user`.

    `by_user` also has the CSV's rows; `rows` the persons a CSV makes members (a row with a team and no product).
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

    def former_name(self, present: Container[str]) -> str | None:
        """Return the name that `present` teams still know this one by; None if none does, or the new name exists."""
        return _former(self.name, self.renamed_from, present)

    def direct_on(self, product: str, day: str) -> set[str]:
        """Who holds a direct seat of a product on a day."""
        people = self.seats.get(product)
        found = people.on(day) if people is not None else set()
        if product in self.by_user:
            found |= {mention.user for mention in self.by_user[product] if lasts(mention.days, day)}
        return found

    def holders_on(self, product: str, day: str) -> set[str]:
        """Who is entitled to a product on a day, directly or through a group: each counts once."""
        found = self.direct_on(product, day)
        for group in self.groups.values():
            if product in group.products:
                found |= group.members.on(day)
        return found

    def products(self) -> list[str]:
        """Every product this team assigns: in the order `seats`, groups, by user."""
        names = dict.fromkeys(self.seats)
        for group in self.groups.values():
            names.update(dict.fromkeys(name for name in group.products if isinstance(name, str)))
        names.update(dict.fromkeys(self.by_user))
        return list(names)


class DeclaredSubscription(NamedTuple):
    """A subscription. `contract_manager` is None where the files name none.

    A text in `broken` is "" here, a broken offering or channel the commonest one: look there before using them.
    """

    id: str
    at: Location
    node: YamlMap
    team: str | None
    product: str
    offering: Literal["single-user", "multi-user", "flex", "token-flex"]
    seats: int | None
    tokens: int | None
    channel: Literal["store", "reseller"]
    contract_manager: Mention | None
    starts: str
    ends: str
    broken: frozenset[str] = frozenset()

    def in_term(self, day: str) -> bool:
        """Whether a day lies in the term."""
        return self.starts <= day <= self.ends


class DeclaredContract(NamedTuple):
    """A classic contract. `users` are the holders by product, `services` by service.

    A product whose seats could not be read is in `users` alone, and "products" in `broken`.
    """

    number: str
    at: Location
    node: YamlMap
    contract_manager: Mention | None
    coordinator: Mention | None
    license_type: Literal["perpetual", "maintenance", "education"] | None
    channel: Literal["store", "reseller"]
    deployment: Literal["stand-alone", "networked"] | None
    starts: str | None
    ends: str | None
    products: dict[str, ContractProduct]
    users: dict[str, People]
    services: dict[str, People]
    support: People
    members: People
    broken: frozenset[str] = frozenset()


class Suppress(NamedTuple):
    """A finding that is to be silent: the code, the named things it must be about, why, and until which day."""

    code: str
    things: tuple[tuple[str, str], ...]
    reason: str
    until: str | None


class Policy(NamedTuple):
    """What the project file lays down. `max_removals` is a count, or a percentage with its sign (`20%`).

    `unread` are patterns of files that are not meant to be read; they change no plan.
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

    def ignores_user(self, user: str) -> bool:
        """Whether `ignore` matches a person (an identity)."""
        return any(fnmatchcase(user, pattern) for pattern in self.ignore_users)

    def ignores_team(self, name: str) -> bool:
        """Whether `ignore` matches a team."""
        return any(fnmatchcase(name, pattern) for pattern in self.ignore_teams)


class Project(NamedTuple):
    """The project file. `node` is its mapping, for places; `root` the folder it stands in."""

    root: Path
    node: YamlMap
    account: str
    target: str | None
    include: tuple[str, ...]
    timezone: str | None
    policy: Policy


class StrayTeam(NamedTuple):
    """A team that a person's `seats` or a row of the CSV names and nobody declares. `at`: the name."""

    name: str
    at: Location
    product: str | None = None
    user: str = ""


class Declaration:
    """Everything a repository declares. `complete` is False where a file could not be read to its end or shape.

    A rule that would speak of something missing (REF, ROLE001, SEAT002 and the like) says nothing then.
    `unread` is finer: the sections (`users`, `teams`, `subscriptions`, `contracts`) that lost a whole entry to a
    SCHEMA finding while their files were read to the end; only rules that look into these sections keep quiet.
    An entry whose key can be read is never lost: it is here, with its `broken` fields named. So one misspelt offering
    silences SEAT001 to SEAT004 of its own team and product alone.
    """

    def __init__(self, project: Project) -> None:
        self.project = project
        self.users: dict[str, DeclaredUser] = {}
        self.teams: dict[str, DeclaredTeam] = {}
        self.subscriptions: dict[str, DeclaredSubscription] = {}
        self.contracts: dict[str, DeclaredContract] = {}
        self.complete = True
        self.unread: set[str] = set()
        self.stray_teams: list[StrayTeam] = []

    def whole(self, *sections: str) -> bool:
        """Whether nothing of these sections was lost on the way: only then may a rule say that something lacks."""
        return self.complete and self.unread.isdisjoint(sections)

    def moved(self) -> Iterator[tuple[str, DeclaredUser]]:
        """Those who claim addresses they had before."""
        return ((user, said) for user, said in self.users.items() if said.previous)

    def shown(self, user: str) -> str:
        """A person's address as it is declared (an undeclared one as its identity)."""
        person = self.users.get(user)
        return user if person is None else person.email
