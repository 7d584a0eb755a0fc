"""The measured data: a repository of team files, one with its people in a CSV, two snapshots of an account, zones.

The same arguments make the same bytes. A team has 200 people, 600 direct seats (8 of 20 products, 75 each), four groups
of 50, admins, single sign-on and 8 subscriptions, all in one file; 300,000 seats are 500 files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random

SEATS_A_FILE = 600
_CATALOGUE = [f"Product {number:02}" for number in range(20)]
_SUBSCRIPTION = "offering: single-user, seats: 100, channel: reseller, starts: 2026-01-01, ends: 2027-12-31"
_HEAD = "account: bench\nlineage: 5f0c6a44-0000-4000-8000-00000000beef\nserial: 1\n"
_PROJECT = """\
version: 1
account: bench
target: sqlite:///.seatsync/account.db
include: [teams/*.yaml]
policy: {max_removals: 100%}
"""

RULES = """\
rules:
  POLICY101:
    each: seat
    must: "!(person.external && product == 'Product 00') || until != null"
    message: external people hold this product for a time only
  POLICY102:
    each: seat
    must: "direct || person.domain in ['design.example', 'build.example']"
    message: groups are for our own people
  POLICY103:
    each: person
    must: "person.products.size() < 30 && !person.products.exists(product, product == 'Vault')"
    message: less than 30 products and no Vault
  POLICY104:
    each: role
    must: "role != 'primary' || person.primary_of.size() == 1"
    message: nobody is primary admin of two teams
"""
"""Rules of a project that nothing breaks."""

Seats = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class TeamSize:
    """The size of a team: people, products (of 20), holders per product, groups, and members per group."""

    people: int
    products: int
    holders: int
    groups: int
    grouped: int


USUAL = TeamSize(200, 8, 75, 4, 50)
SMALL = TeamSize(20, 3, 8, 1, 5)


@dataclass(frozen=True, slots=True)
class Data:
    """The paths of the files, and the number of seats in them.

    `declared` is a snapshot of the account as the repository declares it. In the snapshot `current` some seats, by
    default 1 %, are held by other people.
    """

    repository: Path
    current: Path
    declared: Path
    files: tuple[Path, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class _Team:
    """A team; `seats` are those of the repository, `now` those of the account."""

    name: str
    people: list[str]
    groups: Seats
    seats: Seats
    now: Seats

    def users(self) -> Iterator[str]:
        for number, person in enumerate(self.people):
            yield f"  {person}: {{first_name: First{number}, last_name: Last of {self.name}}}"

    def team(self, seats: Seats) -> Iterator[str]:
        owner, second, third, fourth = self.people[:4]
        yield f"  {self.name}:"
        yield f"    primary_admin: {owner}"
        yield f"    secondary_admins: [{second}, {third}]"
        yield f"    sso_admins: [{fourth}]"
        yield "    sso: {domains: [design.example], metadata_url: 'https://idp.design.example/saml'}"
        yield "    groups:"
        for group, members in self.groups.items():
            yield f"      {group}:\n        members:"
            yield from (f"          - {person}" for person in members)
        yield "    members:"
        yield from (f"      - {person}" for person in self.people)
        yield "    seats:"
        for product, holders in seats.items():
            yield f"      {product}:"
            yield from (f"        - {person}" for person in holders)

    def subscriptions(self) -> Iterator[str]:
        for number, product in enumerate(self.seats):
            facts = f"team: {self.name}, product: {product}, contract_manager: {self.people[0]}, {_SUBSCRIPTION}"
            yield f"  {self.name}-{number}: {{{facts}}}"


def make(folder: Path, teams: int, change: float = 0.01, size: TeamSize = USUAL) -> Data:
    """Write a repository and snapshots of a number of teams, one file per team."""
    random = Random(1)
    repository = folder / "repository"
    (repository / "teams").mkdir(parents=True)
    (repository / "seatsync.yaml").write_text(_PROJECT, encoding="utf-8")
    made = [_team(number, random, change, size) for number in range(teams)]
    for team in made:
        text = _document([team], current_state=False)
        (repository / "teams" / f"{team.name}.yaml").write_text(text, encoding="utf-8")
    current, declared = folder / "current.yaml", folder / "declared.yaml"
    current.write_text(_HEAD + _document(made, current_state=True), encoding="utf-8")
    declared.write_text(_HEAD + _document(made, current_state=False), encoding="utf-8")
    files = tuple(sorted((repository / "teams").iterdir()))
    return Data(repository, current, declared, files, teams * size.products * size.holders)


def _team(number: int, random: Random, change: float, size: TeamSize) -> _Team:
    name = f"team-{number:05}"
    people = [f"user{number:05}x{i:03}@{'design' if i % 3 else 'build'}.example" for i in range(size.people)]
    chosen = random.sample(_CATALOGUE, size.products)
    seats = {product: sorted(random.sample(people, size.holders)) for product in chosen}
    groups = {f"group-{i}": sorted(random.sample(people, size.grouped)) for i in range(size.groups)}
    now = {product: _changed_holders(holders, people, random, change) for product, holders in seats.items()}
    return _Team(name, people, groups, seats, now)


def _changed_holders(holders: list[str], people: list[str], random: Random, change: float) -> list[str]:
    """Return the holders of a product after some of them passed their seat to somebody else."""
    found = set(holders)
    for holder in holders:
        if random.random() < change:
            found.add(random.choice([person for person in people if person not in found]))
            found.remove(holder)
    return sorted(found)


def _document(teams: list[_Team], *, current_state: bool) -> str:
    lines = ["users:", *(line for team in teams for line in team.users()), "teams:"]
    lines += [line for team in teams for line in team.team(team.now if current_state else team.seats)]
    lines += ["subscriptions:", *(line for team in teams for line in team.subscriptions())]
    return "\n".join(lines) + "\n"


def make_people(folder: Path, teams: int) -> tuple[Path, Path]:
    """Write two repositories with one meaning: in YAML, and in a CSV in random order, those of a person together."""
    random = Random(9)
    made = [_team(number, random, 0, USUAL) for number in range(teams)]
    in_yaml, in_csv = folder / "yaml", folder / "csv"
    for repository, include in ((in_yaml, "teams/*.yaml"), (in_csv, "teams/*.yaml, people.csv")):
        (repository / "teams").mkdir(parents=True)
        project = _PROJECT.replace("teams/*.yaml", include)
        (repository / "seatsync.yaml").write_text(project, encoding="utf-8")
    rows = []
    for team in made:
        lead = [f"  {team.name}:", f"    primary_admin: {team.people[0]}", f"    secondary_admins: [{team.people[1]}]"]
        bought = ["subscriptions:", *team.subscriptions(), ""]
        seats = [line for product, holders in team.seats.items() for line in _listed(f"      {product}:", holders)]
        holders = {person for people in team.seats.values() for person in people}
        members = _listed("    members:", [person for person in team.people if person not in holders])
        text = "\n".join(["users:", *team.users(), "teams:", *lead, *members, "    seats:", *seats, *bought])
        (in_yaml / "teams" / f"{team.name}.yaml").write_text(text, encoding="utf-8")
        (in_csv / "teams" / f"{team.name}.yaml").write_text("\n".join(["teams:", *lead, *bought]), encoding="utf-8")
        for i, person in enumerate(team.people):
            held = [product for product, holders in team.seats.items() if person in holders] or [""]
            about = f"{person},First{i},Last of {team.name},{team.name}"
            rows.append("".join(f"{about},{product}\n" for product in held))
    random.shuffle(rows)
    header = "email,first_name,last_name,team,product\n"
    (in_csv / "people.csv").write_text(header + "".join(rows), encoding="utf-8")
    return in_yaml, in_csv


def _listed(key: str, people: list[str]) -> list[str]:
    return [key, *(f"        - {person}" for person in people)]


def make_export(folder: Path, rows: int) -> Path:
    """Write a users export of the portal in random order: a person has two products, and a team 400 people."""
    random = Random(3)
    lines = []
    for number in range(rows):
        person = number // 2
        role = "Primary admin" if person % 400 == 0 else "Secondary admin" if person % 400 == 1 else "User"
        about = f"Active,ID{person:08},Person.{person:06}@design.example,First{person % 400},Last of {person}"
        product = _CATALOGUE[(person + 7 * number) % len(_CATALOGUE)]
        lines.append(f"{about},{product},{product},{role},team-{person // 400:05}\n")
    random.shuffle(lines)
    folder.mkdir()
    file = folder / "users-2026-06-14.csv"
    file.write_text(_EXPORT_HEADER + "".join(lines), encoding="utf-8")
    return file


_EXPORT_HEADER = "account_status,autodesk_id,email,first_name,last_name,offering_name,product_name,role,team_alias\n"


def make_usage(folder: Path, rows: int) -> Path:
    """Write a project, its account, and a usage export in random order: 1,000 people use two products in 330 days."""
    random = Random(5)
    first, teams = date(2026, 6, 14) - timedelta(days=330), [range(start, start + 100) for start in range(0, 1000, 100)]
    lines = []
    for _ in range(rows):
        person, product = random.randrange(1000), random.randrange(2)
        option, tokens = ("Flex", random.choice(("0.5", "1", "7"))) if product else ("Subscription", "")
        day = first + timedelta(days=random.randrange(330))
        about = f"{_CATALOGUE[product]},{_CATALOGUE[product]},team-{person // 100},{tokens},2026"
        lines.append(f"{option},{day},{_person(person)},{person:040x},{about}\n")
    document = [
        "account: bench",
        "users:",
        *(f"  {_person(person)}: {{}}" for team in teams for person in team),
        "teams:",
    ]
    for number, team in enumerate(teams):
        members = ", ".join(map(_person, team[1:]))
        document.append(f"  team-{number}: {{primary_admin: {_person(team[0])}, members: [{members}]}}")
    folder.mkdir()
    (folder / "seatsync.yaml").write_text(
        "version: 1\naccount: bench\ntarget: sqlite:///account.db\n", encoding="utf-8"
    )
    (folder / "account.yaml").write_text("\n".join(document) + "\n", encoding="utf-8")
    file = folder / "usage-2026-06-14.csv"
    file.write_text(_USAGE_HEADER + "".join(lines), encoding="utf-8")
    return file


def _person(number: int) -> str:
    return f"person.{number:06}@design.example"


_USAGE_HEADER = (
    "access_option,day_used,email,hashed_autodesk_id,offering_name,product_name,team_alias,tokens_used,version\n"
)


def make_zones(folder: Path, records: int, records_per_zone: int = 1000) -> Path:
    """Write octodns zone files for two sides that differ in 1 % of the records; return the configuration."""
    random = Random(7)
    config = ["---", "manager:", "  max_workers: 1", "providers:"]
    for side in ("source", "target"):
        (folder / side).mkdir(parents=True)
        config += [f"  {side}:", "    class: octodns.provider.yaml.YamlProvider", f"    directory: {folder / side}"]
        config += ["    default_ttl: 3600", "    enforce_order: false"]
    config.append("zones:")
    for number in range(max(1, records // records_per_zone)):
        zone = f"zone{number:04}.example."
        config += [f"  {zone}:", "    sources: [source]", "    targets: [target]"]
        goal = [f"10.{number % 250}.{i // 250}.{i % 250 + 1}" for i in range(min(records, records_per_zone))]
        now = ["10.255.0.1" if random.random() < 0.01 else address for address in goal]
        (folder / "source" / f"{zone}yaml").write_text(_zone(goal), encoding="utf-8")
        (folder / "target" / f"{zone}yaml").write_text(_zone(now), encoding="utf-8")
    file = folder / "config.yaml"
    file.write_text("\n".join(config) + "\n", encoding="utf-8")
    return file


def _zone(addresses: list[str]) -> str:
    records = (f"h{i:05}:\n  type: A\n  values:\n  - {address}\n" for i, address in enumerate(addresses))
    return "---\n" + "".join(records)
