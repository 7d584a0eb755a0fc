"""Made-up people of every kind: those whose seat can be reclaimed, and those whose seat cannot, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from seatsync.account.actions.seat_actions import ASSIGN_SEAT
from seatsync.account.actions.team_actions import LOAD_ACCOUNT
from seatsync.account.history import HistoryEntry
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, Contract, ContractProduct, Scope
from seatsync.account.usage import SeatUse, Usage, UsageMonth, UsageSource
from seatsync.clock import Clock, later
from seatsync.declaration.declared import Declaration
from seatsync.declaration.load import load
from seatsync.declaration.states import as_account
from seatsync.finding import has_errors
from seatsync.insight.reports.inputs import ReportInputs, Sight
from seatsync.targets.target import State

DAY = "2026-06-15"
DAYS = 90
TEAMS = ("build", "design")
BY_DAY, FEW_DAYS = "plot", "yard"
"""Teams without usage reports, but with files of days: one for 200 days, the other for 40."""
ALL_TEAMS = (*TEAMS, BY_DAY, FEW_DAYS)
WAYS = ("by product", "by user", "by row", "by group", "by a group's rows")
CLOCK = Clock.at(DAY)


def ago(days: int) -> str:
    return later(DAY, -days)


@dataclass
class World:
    """The files and the usage of made-up people; `random` draws their team, and the way in which they hold a seat."""

    random: Random
    users: dict[str, str] = field(default_factory=dict)
    rows: list[str] = field(default_factory=list)
    members: dict[str, list[str]] = field(default_factory=lambda: {team: [] for team in ALL_TEAMS})
    seats: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    groups: dict[tuple[str, str], tuple[list[str], list[str]]] = field(default_factory=dict)
    former: dict[str, str] = field(default_factory=dict)
    managers: dict[tuple[str, str], str] = field(default_factory=dict)
    exempt: list[str] = field(default_factory=list)
    protected: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    reports: list[SeatUse] = field(default_factory=list)
    months: list[UsageMonth] = field(default_factory=list)
    log: list[HistoryEntry] = field(default_factory=list)
    changes: list[Callable[[Account], None]] = field(default_factory=list)
    """What the account has besides what the files give."""

    def person(self, kind: str) -> str:
        """Return a new person, named after the kind."""
        return f"{kind.replace(' ', '-').lower()}.{len(self.users) + len(self.rows)}@acme.example"

    def team(self) -> str:
        return self.random.choice(TEAMS)

    def entitle(self, user: str, team: str, product: str, days: str = "", way: str | None = None) -> str:
        """Give a person a seat in the files, in any way or the given one, and return the way; `days` as in YAML."""
        way = way or self.random.choice(WAYS)
        entry = f"{{user: {user}{', ' if days else ''}{days}}}" if days else user
        starts, ends = (_value(days, "from"), _value(days, "until"))
        if way == "by product":
            self.declare(user)
            self.seats.setdefault((team, product), []).append(entry)
        elif way == "by user":
            item = f"{{product: {product}{', ' if days else ''}{days}}}" if days else product
            before = self.users.get(user, "")
            self.users[user] = f"{before}, {item}" if before else f"{team}: [{item}"
        elif way == "by row":
            self.rows.append(f"{user},{team},{product},,{starts},{ends}")
        else:
            name = f"g{len(self.groups)}"
            self.groups[team, name] = ([entry] if way == "by group" else [], [product])
            if way == "by group":
                self.declare(user)
            else:
                self.rows.append(f"{user},{team},,{name},{starts},{ends}")
        return way

    def declare(self, user: str) -> None:
        self.users.setdefault(user, "")

    def report(self, user: str, team: str, product: str, last: str | None, assigned: str | None = ago(400)) -> None:
        """Add a row of a usage report of yesterday."""
        days = 0 if last is None else 12
        held, as_of = True, f"{ago(1)}T06:00:00Z"
        row = SeatUse(team, product, user, held, assigned, None, last, days, None, None, as_of)
        self.reports.append(row)

    def write(self, folder: Path) -> Declaration:
        """Write the files and read them."""
        lines = ["version: 1", "account: acme", 'include: ["*.yaml", "*.csv"]', "policy:", "  max_removals: 100%"]
        lines += [f"  ignore: {{users: [{', '.join(self.ignored)}]}}"] if self.ignored else []
        lines += [f"  protected: {{users: [{', '.join(self.protected)}]}}"] if self.protected else []
        lines += ["  reclaim:", "    exempt:", *(f"      - {each}" for each in self.exempt)] if self.exempt else []
        (folder / "seatsync.yaml").write_text("\n".join(lines) + "\n")
        (folder / "people.csv").write_text("\n".join(("email,team,product,group,from,until", *self.rows)) + "\n")
        (folder / "all.yaml").write_text("\n".join(self._fragment()) + "\n")
        loaded = load(folder)
        assert loaded.declaration is not None
        assert not has_errors(loaded.findings), [each.message for each in loaded.findings]
        return loaded.declaration

    def _fragment(self) -> list[str]:
        lines = ["users:", "  admin@acme.example: {}"]
        for user, held in self.users.items():
            facts = [f"seats: {{{held}]}}"] if held else []
            facts += [f"previous_emails: [{self.former[user]}]"] if user in self.former else []
            lines.append(f"  {user}: {{{', '.join(facts)}}}")
        lines.append("teams:")
        for team in ALL_TEAMS:
            lines += [f"  {team}:", "    primary_admin: admin@acme.example", "    groups:  # made up"]
            for (name, group), (members, products) in self.groups.items():
                if name == team:
                    lines += [f"      {group}:", f"        products: [{', '.join(products)}]"]
                    lines += (
                        ["        members:", *(f"          - {each}  # of {group}" for each in members)]
                        if members
                        else []
                    )
            lines.append("    seats:")
            for (name, product), entries in self.seats.items():
                if name == team:
                    lines += [f"      {product}:  # seats", *(f"        - {each}  # a seat" for each in entries)]
            lines += ["    members:", *(f"      - {each}" for each in ("admin@acme.example", *self.members[team]))]
        lines.append("subscriptions:")
        for team in ALL_TEAMS:
            for product, rest in PRODUCTS.items():
                manager = self.managers.get((team, product), "admin@acme.example")
                lines.append(f'  "{team}-{product}": {{team: {team}, product: {product}, channel: store, {rest},')
                lines.append(f"    contract_manager: {manager}}}")
        return lines

    def inputs(self, declared: Declaration) -> ReportInputs:
        """Return what reports are made from: the account has what the files give on the day, and more."""
        account = as_account(declared, CLOCK)
        account.lineage, account.serial = "x", len(self.log)
        for change in self.changes:
            change(account)
        taken = f"{ago(1)}T06:00:00Z"
        files = tuple(
            UsageSource(f"{team}.csv", team, "usage", taken, first, ago(1), (team,), 9)
            for team, first in ((BY_DAY, ago(200)), (FEW_DAYS, ago(40)))
        )
        usage = Usage(tuple(self.months), tuple(self.reports), files)
        return ReportInputs(State(account), declared, usage, CLOCK, Sight(account), lambda _: self.log)


PRODUCTS = {
    "AutoCAD": "offering: single-user, seats: 900, starts: 2025-01-01, ends: 2027-12-31",
    "Revit": "offering: single-user, seats: 900, starts: 2025-01-01, ends: 2027-12-31",
    "Vault": "offering: single-user, seats: 900, starts: 2025-01-01, ends: 2027-12-31",
    "Forma": "offering: flex, tokens: 900, starts: 2025-01-01, ends: 2027-12-31",
    "Maya": "offering: single-user, seats: 900, starts: 2025-01-01, ends: 2026-03-01",
}
"""What is subscribed: nothing is reported of Vault, Forma is not counted, and the term of Maya is over."""

USED = ("AutoCAD", "Revit")


def _value(days: str, key: str) -> str:
    return days.partition(f"{key}: ")[2][:10]


def unused(world: World, kind: str, **how: str) -> tuple[str, str, str]:
    """Add a person with a seat that was last used long ago, or never, and return team, product and person."""
    user, team, product = world.person(kind), world.team(), world.random.choice(USED)
    world.entitle(user, team, product, **how)
    world.report(
        user, team, product, world.random.choice([None, ago(DAYS + 1), ago(world.random.randint(DAYS + 1, 380))])
    )
    return team, product, user


Seat = tuple[str, str, str]


def _in_use(world: World) -> Seat:
    team, product, user = unused(world, "in use")
    world.reports.pop()
    world.report(user, team, product, ago(world.random.randint(0, DAYS - 1)))
    return team, product, user


def _in_use_by_day(world: World) -> Seat:
    """Somebody whose newest report is older than their last use, which another file shows."""
    team, product, user = unused(world, "in use by day")
    last = ago(world.random.randint(2, DAYS - 1))
    world.months.append(UsageMonth(last[:7], team, product, user, 1, last, None, str(int(last[8:]))))
    return team, product, user


def _in_use_under_a_former_address(world: World) -> Seat:
    user, old, team = world.person("new name"), world.person("old name"), world.team()
    world.entitle(user, team, "AutoCAD", way="by product")
    world.former[user] = old
    world.report(user, team, "AutoCAD", None)
    world.report(old, team, "AutoCAD", ago(5))
    return team, "AutoCAD", user


def _assigned_recently(world: World) -> Seat:
    team, product, user = unused(world, "assigned recently")
    world.reports.pop()
    world.report(user, team, product, None, ago(world.random.randint(0, DAYS - 1)))
    return team, product, user


def _assigned_by_the_log(world: World) -> Seat:
    user, team = world.person("assigned by the log"), world.team()
    world.entitle(user, team, "Revit", way="by product")
    world.report(user, team, "Revit", None, None)
    row, at = (
        Change("team_seat", (team, "Revit", user), None, ()),
        f"{ago(world.random.randint(0, DAYS - 1))}T09:00:00Z",
    )
    step = ASSIGN_SEAT.step(Scope("team", team), product="Revit", user=user)
    world.log.append(HistoryEntry(len(world.log) + 1, 1, at, None, step, (row,)))
    return team, "Revit", user


def _assigned_unknown(world: World) -> Seat:
    team, product, user = unused(world, "assigned unknown")
    world.reports.pop()
    world.report(user, team, product, None, None)
    return team, product, user


def _assigned_after_the_report(world: World) -> Seat:
    team, product, user = unused(world, "assigned after the report")
    world.reports[-1] = world.reports[-1]._replace(held=False, unassigned=ago(120))
    return team, product, user


def _exempt(kind: str) -> Callable[[World], Seat]:
    def add(world: World) -> Seat:
        way = "by group" if kind == "group" else None
        team, product, user = unused(world, f"exempt {kind}", **({"way": way} if way else {}))
        until = world.random.choice(["", f", until: {ago(-world.random.randint(0, 50))}"])
        names = {"user": user, "product": f"{product}, user: {user}", "team": f"{team}, user: {user}"}
        names["group"] = list(world.groups)[-1][1] if world.groups else ""
        world.exempt.append(f"{{{kind}: {names[kind]}{until}, reason: needed}}")
        return team, product, user

    return add


def _on_leave(world: World) -> Seat:
    """Somebody with a gap between two windows of their seat, which they still hold."""
    user, team = world.person("on leave"), world.team()
    world.entitle(user, team, "AutoCAD", f"until: {ago(world.random.randint(1, 300))}", "by product")
    world.entitle(user, team, "AutoCAD", f"from: {ago(-world.random.randint(1, 300))}", "by product")
    return _still_held(world, team, "AutoCAD", user)


def _on_leave_as_member(world: World) -> Seat:
    team, product, user = unused(world, "on leave as member", way="by product")
    world.members[team] += [f"{{user: {user}, until: {ago(100)}}}", f"{{user: {user}, from: {ago(-20)}}}"]
    return team, product, user


def _away(kind: str, back: Callable[[Random], int]) -> Callable[[World], Seat]:
    """Return somebody who was away from a group that gives nothing, until so many days ago."""

    def add(world: World) -> Seat:
        team, product, user = unused(world, kind, way="by product")
        entries = [f"{{user: {user}, until: {ago(300)}}}", f"{{user: {user}, from: {ago(back(world.random))}}}"]
        world.groups[team, f"g{len(world.groups)}"] = (entries, [])
        return team, product, user

    return add


def _not_begun(world: World) -> Seat:
    user, team = world.person("not begun"), world.team()
    world.entitle(user, team, "AutoCAD", f"from: {ago(-world.random.randint(1, 300))}")
    return _still_held(world, team, "AutoCAD", user)


def _over(world: World) -> Seat:
    user, team = world.person("over"), world.team()
    world.entitle(user, team, "AutoCAD", f"until: {ago(world.random.randint(1, 300))}")
    return _still_held(world, team, "AutoCAD", user)


def _back_from_leave(world: World) -> Seat:
    user, team, back = world.person("back from leave"), world.team(), ago(world.random.randint(0, DAYS - 1))
    world.entitle(user, team, "AutoCAD", f"until: {ago(200)}", "by product")
    world.entitle(user, team, "AutoCAD", f"from: {back}", "by product")
    world.report(user, team, "AutoCAD", ago(210))
    return team, "AutoCAD", user


def _begun_recently(world: World) -> Seat:
    user, team = world.person("begun recently"), world.team()
    world.entitle(user, team, "Revit", f"from: {ago(world.random.randint(0, DAYS - 1))}")
    world.report(user, team, "Revit", None)
    return team, "Revit", user


def _removed(world: World) -> Seat:
    user, team = world.person("removed"), world.team()
    world.declare(user)
    world.members[team].append(user)
    return _still_held(world, team, "AutoCAD", user)


def _still_held(world: World, team: str, product: str, user: str) -> Seat:
    world.report(user, team, product, ago(300))

    def hold(account: Account) -> None:
        found = account.teams[team]
        found.seats[product] = set(found.seats.get(product, ())) | {user}
        found.members = set(found.members) | {user}

    world.changes.append(hold)
    return team, product, user


def _pending(world: World) -> Seat:
    team, product, user = unused(world, "pending")

    def invite(account: Account) -> None:
        account.users[user] = account.users[user]._replace(status="pending")

    world.changes.append(invite)
    return team, product, user


def _protected(world: World) -> Seat:
    team, product, user = unused(world, "protected")
    world.protected.append(user)
    return team, product, user


def _ignored(world: World) -> Seat:
    user, team = world.person("ignored"), world.team()
    world.ignored.append(user)
    return _still_held(world, team, "AutoCAD", user)


def _of(product: str) -> Callable[[World], Seat]:
    def add(world: World) -> Seat:
        user, team = world.person(f"of {product}"), world.team()
        world.entitle(user, team, product)
        world.report(user, team, product, ago(200))
        return team, product, user

    return add


def _by_days(team: str, product: str) -> Callable[[World], Seat]:
    """Return somebody of whom no file of days has a row, and whose seat was there when the account was loaded."""

    def add(world: World) -> Seat:
        user = world.person(f"no days in {team}")
        world.entitle(user, team, product, way="by product")
        row, step = (
            Change("team_seat", (team, product, user), None, ()),
            LOAD_ACCOUNT.step(WHOLE_ACCOUNT, account="acme"),
        )
        world.log.append(HistoryEntry(len(world.log) + 1, 1, f"{ago(300)}T09:00:00Z", None, step, (row,)))
        return team, product, user

    return add


def _no_row(world: World) -> Seat:
    """Somebody of whom no usage report has a row, where no file has days (or they do not go back far enough)."""
    team, product, user = unused(world, "no row")
    world.reports.pop()
    return team, product, user


def _old_report(world: World) -> Seat:
    team, product, user = unused(world, "old report")
    world.reports[-1] = world.reports[-1]._replace(as_of=f"{ago(world.random.randint(32, 90))}T08:00:00Z")
    return team, product, user


def _empty_report(world: World) -> Seat:
    team, product, user = unused(world, "empty report")
    world.reports[-1] = world.reports[-1]._replace(last=None, days=None)
    return team, product, user


def _active(world: World) -> Seat:
    """Somebody who is active in a report that does not tell the day."""
    team, product, user = unused(world, "active")
    world.reports[-1] = world.reports[-1]._replace(last=None, days=3, active=True)
    return team, product, user


def _hashed(world: World) -> Seat:
    team, product, user = unused(world, "hashed")
    world.reports[-1] = world.reports[-1]._replace(person=f"hash:{len(world.reports):040x}")
    return team, product, user


def _classic(world: World) -> Seat:
    user, number = world.person("classic"), f"11{len(world.changes):04}"
    world.declare(user)
    world.members["design"].append(user)

    def buy(account: Account) -> None:
        contract = Contract("admin@acme.example", "admin@acme.example", "perpetual", "store")
        contract.products = {"AutoCAD": ContractProduct(5, "1-2", None)}
        contract.members, contract.seats = {user, "admin@acme.example"}, {"AutoCAD": {user}}
        account.contracts[number] = contract

    world.changes.append(buy)
    return number, "AutoCAD", user


INELIGIBLE: dict[str, Callable[[World], Seat]] = {
    "in use": _in_use,
    "in use by day": _in_use_by_day,
    "former address": _in_use_under_a_former_address,
    "assigned recently": _assigned_recently,
    "assigned by the log": _assigned_by_the_log,
    "assigned unknown": _assigned_unknown,
    "assigned after the report": _assigned_after_the_report,
    "exempt user": _exempt("user"),
    "exempt group": _exempt("group"),
    "exempt product": _exempt("product"),
    "exempt team": _exempt("team"),
    "on leave": _on_leave,
    "on leave as member": _on_leave_as_member,
    "away from a group": _away("away from a group", lambda random: -random.randint(1, 99)),
    "back in a group": _away("back in a group", lambda random: random.randint(0, DAYS - 1)),
    "not begun": _not_begun,
    "over": _over,
    "back from leave": _back_from_leave,
    "begun recently": _begun_recently,
    "removed": _removed,
    "pending": _pending,
    "protected": _protected,
    "ignored": _ignored,
    "not reported": _by_days(BY_DAY, "Vault"),
    "few days": _by_days(FEW_DAYS, "AutoCAD"),
    "not counted": _of("Forma"),
    "no subscription": _of("Maya"),
    "no row": _no_row,
    "old report": _old_report,
    "empty report": _empty_report,
    "active": _active,
    "hashed": _hashed,
    "classic": _classic,
}
"""Kinds of people whose seats are not reclaimed."""


def _never_used(world: World) -> Seat:
    team, product, user = unused(world, "never used")
    world.reports.pop()
    world.report(user, team, product, None, ago(DAYS))
    return team, product, user


def _default_seat(world: World) -> Seat:
    team = world.random.choice([each for each in TEAMS if (each, "Revit") not in world.managers] or [""])
    if not team:
        return unused(world, "plain")
    user = world.person("default seat")
    world.entitle(user, team, "Revit", way="by product")
    world.report(user, team, "Revit", None)
    world.managers[team, "Revit"] = user
    return team, "Revit", user


def _beside_a_group(world: World) -> Seat:
    """Somebody who uses a product that they hold directly and through a group."""
    user, team = world.person("beside a group"), world.team()
    world.entitle(user, team, "AutoCAD", way="by product")
    world.entitle(user, team, "AutoCAD", way="by group")
    world.report(user, team, "AutoCAD", ago(3))
    return team, "AutoCAD", user


def _exemption_over(world: World) -> Seat:
    team, product, user = unused(world, "exemption over")
    world.exempt.append(f"{{user: {user}, until: {ago(1)}, reason: was needed}}")
    return team, product, user


def _back_for_long(world: World) -> Seat:
    user, team = world.person("back for long"), world.team()
    world.entitle(user, team, "AutoCAD", f"until: {ago(250)}", "by product")
    world.entitle(user, team, "AutoCAD", f"from: {ago(DAYS)}", "by product")
    world.report(user, team, "AutoCAD", ago(300))
    return team, "AutoCAD", user


ELIGIBLE: dict[str, Callable[[World], Seat]] = {
    "unused": lambda world: unused(world, "unused"),
    "never used": _never_used,
    "no days": _by_days(BY_DAY, "AutoCAD"),
    "default seat": _default_seat,
    "beside a group": _beside_a_group,
    "exemption over": _exemption_over,
    "back for long": _back_for_long,
    "back in a group for long": _away("back in a group for long", lambda _: DAYS),
}
"""Kinds of people whose seats can be reclaimed."""
