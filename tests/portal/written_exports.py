"""A writer of accounts as the portal's exports: random generations, files, columns, orders, formats and encodings.

What an account cannot show in exports is not written, as in the portal: see `Written.covers`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from importlib.util import find_spec
from io import BytesIO, StringIO
from os import utime
from pathlib import Path
from random import Random
from typing import Final, Literal

from seatsync.account.model import Account, Team
from seatsync.demo.written_tables import Generation, Record, Spelling, Table, Tables, columns_of, groups_with
from tests.portal.random_accounts import DAY, TEAMS, user_of

HAS_XLSX = find_spec("openpyxl") is not None

_OTHERWISE: Final = {"email": ("E-mail", "Email address", "EMAIL"), "group_type": ("Group_type",)}
NOON: Final = f"{DAY}T12:00:00+00:00"
_ENCODINGS: Final = ("utf-8", "utf-8-sig", "utf-16", "cp1252")


@dataclass
class Written:
    """Exports by name of file, and the teams that each kind of table covers (of `status`: users exports of G2)."""

    generations: tuple[Generation, ...]
    tables: set[Table]
    files: dict[str, bytes] = field(default_factory=dict)
    covers: dict[str, set[str]] = field(default_factory=dict)
    old: set[str] = field(default_factory=set)
    """The files that are older than the others."""

    def put(self, folder: Path, at: str = NOON) -> None:
        """Write the files into a folder, as downloaded at a time, in a random order."""
        moment = datetime.fromisoformat(at).timestamp()
        for number, (name, raw) in enumerate(self.files.items()):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(raw)
            then = moment - 10 * 86_400 if name in self.old else moment + number
            utime(path, (then, then))


def exports_of(
    account: Account, chance: Random, like: Written | None = None, *, dated: bool = True, order: Random | None = None
) -> Written:
    """Return an account as exports. `like`: the same tables and generation as these; by default random ones.

    `dated`: some names of files have the day. `order` decides the order of rows and columns alone, instead of `chance`.
    """
    wanted: list[Table] = ["groups", "subscriptions", "usage report", "usage", "token usage"]
    generations: tuple[Generation, ...] = chance.choice((("G0",), ("G1",), ("G2",), ("G2",), ("G0", "G1", "G2")))
    tables = {table for table in wanted if chance.random() < (0.8 if table in wanted[:2] else 0.4)}
    written = Written(generations, tables) if like is None else Written(like.generations, like.tables)
    usual = Random(chance.random())
    people = _Portal(account, chance, dated, order or usual)
    for table in ("users", *(table for table in wanted if table in written.tables)):
        for teams in _parts(account, table, chance):
            _add_file(written, people, table, teams, chance)
    return written


def _parts(account: Account, table: Table, chance: Random) -> list[list[str | None]]:
    """Return the teams of each file of a table: all in one file, one file for each team, or anything between."""
    teams: list[str | None] = [*account.teams, *([None] if table == "subscriptions" else [])]
    files = 1 if chance.random() < 0.6 else chance.randint(1, len(teams))
    parts: list[list[str | None]] = [[] for _ in range(files)]
    for number, team in enumerate(chance.sample(teams, len(teams))):
        parts[number if number < files else chance.randrange(files)].append(team)
    return parts


def _add_file(written: Written, portal: _Portal, table: Table, teams: list[str | None], chance: Random) -> None:
    columns = columns_of(table, chance.choice(written.generations))
    rows = [{**row, "team_alias": team or ""} for team in teams for row in portal.rows(table, team)]
    if not rows:
        return
    name = f"{table}-{len(written.files)}"
    if table == "groups":
        place = _named_after(teams, portal.account)
        if place and chance.random() < 0.7:
            name = chance.choice((f"{place}/{name}", f"groups-{place} (1)"))
            known = portal.account.teams if portal.dated else (*portal.account.teams, *TEAMS)
            others = [team.casefold() for team in known if team != place]
            if any(place.casefold() in other or other in place.casefold() for other in others):
                name = f"{place}/{table}"  # only a folder of exactly its name tells which of them it is
        elif len(portal.account.teams) > 1 or not portal.dated or chance.random() < 0.5:
            columns = {**columns, "team_alias": "Team"}
    shown = {each["team_alias"] for each in rows}
    written.covers.setdefault(table, set()).update(shown)
    if "account_status" in columns:
        written.covers.setdefault("status", set()).update(shown)
    if chance.random() < 0.2 and portal.dated:
        name += f" {DAY}"
    raw, ending = _file(rows, columns, chance, portal.order)
    written.files[name + ending] = raw
    if chance.random() < 0.1:
        raw, ending = _file(rows, columns, chance, portal.order)
        written.files[f"{name} (2){ending}"] = raw  # the same once more
    if chance.random() < 0.1:
        other = {**rows[0], "email": "former@acme.example", "subscription_id": "574-9", "first_name": "Former"}
        raw, ending = _file([*rows[: chance.randint(0, len(rows))], other], columns, chance, portal.order)
        name = name.replace(DAY, "2026-07-20")
        written.files[f"{name} (3){ending}"] = raw
        written.old.add(f"{name} (3){ending}")


def table_file(account: Account, table: Table, teams: Iterable[str | None], chance: Random) -> bytes:
    """Return a table about teams as a file of a random generation, format and order."""
    portal = _Portal(account, chance, dated=False, order=chance)
    rows = [{**row, "team_alias": team or ""} for team in teams for row in portal.rows(table, team)]
    return _file(rows, columns_of(table, chance.choice(("G0", "G1", "G2"))), chance, chance)[0]


def _named_after(teams: list[str | None], account: Account) -> str:
    """Return the team that a file can be named after, if it has groups of only one."""
    (name, *others) = [team for team in teams if team is not None and account.teams[team].groups]
    return "" if others or "/" in name else name


@dataclass
class _Portal:
    """The rows of tables about an account."""

    account: Account
    chance: Random
    dated: bool
    order: Random

    def rows(self, table: Table, team: str | None) -> list[Record]:
        """Return the rows of a table about a team (None: what is in no team)."""
        if table in {"usage", "token usage"} and team is not None:
            rows = self._usage(team)
        else:
            rows = Tables(self.account, "2026-07-29", self._spelling()).rows(table, team)
        if table == "usage report" and team is not None:
            rows = [row for row in rows if self._tells(row, team)] + self._unassigned(team)
        return (
            rows if team is None else rows + self.chance.sample(rows, min(len(rows), self.chance.choice((0, 0, 0, 1))))
        )

    def _spelling(self) -> Spelling:
        chance = self.chance

        def address(written: str) -> str:
            in_case = chance.choice((str, str, str.lower, str.upper, str.title))
            return in_case(written)

        return Spelling(address, chance.choice, lambda day: chance.choice((day, f"{day}T00:00:00Z")))

    def _person(self, user: str) -> Record:
        return Tables(self.account, DAY, self._spelling()).person(user)

    def _tells(self, row: Record, team: str) -> bool:
        """Return False for some rows of a direct seat beside that of a group: not all reports may say so."""
        user, product = user_of(row["email"]), row["offering_name"]
        beside = row["group"] == "" and groups_with(self.account.teams[team], user, product)
        return not beside or (len(user) + len(product)) % 3 != 0

    def _unassigned(self, name: str) -> list[Record]:
        seat = {"offering_name": "Maya", "seat_assignment": "unassigned", "unassigned_date": "2024-05-10T21:20:32Z"}
        people = some_of(self.chance, self.account.teams[name].members)
        return [{**self._person(user), **seat, **_USED, "group": "cad"} for user in people]

    def _usage(self, name: str) -> list[Record]:
        used = {"day_used": "2026-07-29", "offering_name": "Maya", "tokens_used": "3", "access_option": "Subscription"}
        return [{**self._person(user), **used} for user in some_of(self.chance, self.account.teams[name].members)]


_USED: Final = {"user_activity": "active", "days_used": "0", "monthly_average": "16,2", "last_accessed": "2026-07-29"}


def some_of(chance: Random, people: Iterable[str]) -> list[str]:
    """Return up to three people."""
    return chance.sample(sorted(people), min(len(set(people)), chance.randint(0, 3)))


def holders(team: Team, product: str) -> set[str]:
    """Return the people entitled to a product, directly or by group."""
    by_group = (group.members for group in team.groups.values() if product in group.products)
    return set(team.seats.get(product, ())).union(*by_group)


# Files


def _file(rows: list[Record], columns: Mapping[str, str], chance: Random, order: Random) -> tuple[bytes, str]:
    """Return rows as a file in any format and order of rows and columns, and its ending."""
    names = order.sample(sorted(columns), len(columns))
    spelled = {name: _spelled(columns[name], name, chance) for name in sorted(columns)}
    header = [spelled[name] for name in names]
    lines = [header, *([row.get(name, "") for name in names] for row in order.sample(rows, len(rows)))]
    if chance.random() < 0.2:
        at = order.randint(0, len(names))
        lines = [
            [*line[:at], "Cost center" if number == 0 else "4711", *line[at:]] for number, line in enumerate(lines)
        ]
    if chance.random() < 0.2:
        lines = [[*line, "", ""] for line in lines]
    if HAS_XLSX and chance.random() < 0.1:
        return _workbook(lines), ".xlsx"
    return _text(lines, chance), chance.choice((".csv", ".CSV", ".txt", ".tsv"))


def _spelled(shown: str, name: str, chance: Random) -> str:
    others = _OTHERWISE.get(name, ())
    return chance.choice(others) if others and chance.random() < 0.2 else shown


def _text(lines: list[list[str]], chance: Random) -> bytes:
    separator = chance.choice((",", ",", ";", "\t"))
    end = chance.choice(("\n", "\r\n"))
    stream = StringIO(newline="")
    if chance.random() < 0.2:
        separator = chance.choice((";", ",", "\t", "|"))
        stream.write(f"sep={separator}{end}")
    quoting: Literal[0, 1] = chance.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.writer(stream, delimiter=separator, lineterminator=end, quoting=quoting)
    blank = chance.random() < 0.2
    for line in lines:
        writer.writerow(line)
        if blank and chance.random() < 0.3:
            stream.write(chance.choice((end, separator * (len(line) - 1) + end)))
    return _encoded(stream.getvalue(), chance.choice(_ENCODINGS))


def _encoded(text: str, encoding: str) -> bytes:
    try:
        raw = text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode()
    return raw


def _workbook(lines: list[list[str]]) -> bytes:
    """Return a workbook with the table on its second sheet."""
    book = import_module("openpyxl").Workbook()
    book.active.title = "Filters"
    book.active.append(["Report", "Users"])
    sheet = book.create_sheet("Data")
    for number, line in enumerate(lines, 1):
        for column, text in enumerate(line, 1):
            if text:
                sheet.cell(number, column, text).data_type = "s"  # text also where it starts like a formula
    stream = BytesIO()
    book.save(stream)
    return stream.getvalue()
