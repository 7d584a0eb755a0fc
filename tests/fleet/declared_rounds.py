"""Many accounts that are changed in rounds, each by a plan of five steps: of them one sends a mail, one needs people.

Every account is a copy of one that is as declared, by turns in a file and in a schema of PostgreSQL. One more goes
through the same rounds alone, by ordinary commands: what its log has, the others must have, too.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from seatsync.clock import Clock
from seatsync.targets.sql.copying import copy_account
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import open_target
from tests.commands.fleets import WAITS, quietly
from tests.commands.running import write
from tests.postgres import server

DAY: Final = "2026-06-15"
ROUNDS: Final = 3
STEPS: Final = 5
"""The steps of the plan of a round."""

_PEOPLE: Final = [f"p{number}@acme.example" for number in range(12)]
_PROJECT: Final = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
include: [users.yaml, teams.yaml]
"""
_TEAMS: Final = """\
teams:
  design:
    primary_admin: p0@acme.example
    secondary_admins: [{admins}]
    groups: {{cad: {{members: [{grouped}]}}}}
    members: [{people}]
    seats: {{AutoCAD: [{holders}]}}
subscriptions:
  "574-1": {{team: design, product: AutoCAD, offering: single-user, seats: 9, channel: reseller,
            contract_manager: p{manager}@acme.example, starts: 2026-01-01, ends: 2027-12-31}}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the fleet: its project folder, and the URL of its store."""

    folder: Path
    url: str

    @property
    def target(self) -> SqlTarget:
        """Its store."""
        target = open_target(self.url, self.folder, {})
        assert isinstance(target, SqlTarget)
        return target

    def declare(self, turn: int) -> None:
        """Write the file of a round: an admin and seats more, another group member; in the first, another manager."""
        admins, holders = (_PEOPLE[1 : 2 + turn], _PEOPLE[2 : 3 + turn + max(0, turn - 1)])
        values = {"admins": ", ".join(admins), "holders": ", ".join(holders), "people": ", ".join(_PEOPLE[1:])}
        text = _TEAMS.format(grouped=_PEOPLE[5 + turn], manager=int(turn > 0), **values)
        (self.folder / "teams.yaml").write_text(text, encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Made:
    """A fleet: the folder of its file, its accounts, and the one that goes through the rounds alone."""

    root: Path
    accounts: tuple[Account, ...]
    alone: Account

    def declare(self, turn: int) -> None:
        """Declare in all accounts what is wanted in a round."""
        for account in self.accounts:
            account.declare(turn)


def make(root: Path, count: int, database: str) -> Made:
    """Make a fleet whose queue and schemas are in a database, and apply the rounds to the one that is alone."""
    alone = Account(root / "alone", "sqlite:///.seatsync/account.db")
    write(
        alone.folder, {"seatsync.yaml": _PROJECT, "users.yaml": "users:\n" + "".join(f"  {p}: {{}}\n" for p in _PEOPLE)}
    )
    alone.declare(0)
    for words in (("account", "create", "--name", "acme"), ("account", "load", "."), ("apply", "--auto-approve")):
        assert quietly("-C", str(alone.folder), *words) == 0
    accounts = tuple(_copied(root, alone, number, database) for number in range(count))
    rows = [f"{each.folder.name},customers/{each.folder.name},{each.url}\n" for each in accounts]
    store = server().url(database=database) if accounts else "sqlite:///fleet.db"
    write(root, {"accounts.csv": "account,folder,target\n" + "".join(rows)})
    write(root, {"fleet.yaml": f"accounts: accounts.csv\nstore: {store}\n"})
    for turn in range(1, ROUNDS + 1):
        alone.declare(turn)
        assert quietly("-C", str(alone.folder), "apply", "--auto-approve") == WAITS
    return Made(root, accounts, alone)


def _copied(root: Path, source: Account, number: int, database: str) -> Account:
    folder = root / f"customers/a{number:04}"
    shutil.copytree(source.folder, folder)
    if number % 2 == 0:
        return Account(folder, source.url)
    found = Account(folder, server().url(f"{folder.name}", database=database))
    copy_account(source.target, found.target, Clock.at(DAY))
    return found
