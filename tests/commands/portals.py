"""A project in front of a made-up portal, whose clock is also that of the commands: waiting takes no time.

```python
def test_something(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder, "lag", write=True) as double:
        assert run("refresh") == 0, run.said
        double.clock.advance(60)
```
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from seatsync.account.model import Account
from seatsync.commands.shared import console as consoles
from seatsync.commands.shared.new_repository import new_repository
from seatsync.declaration.project_values import Portal, TeamAdmin
from seatsync.demo.double import Double, Settings
from seatsync.demo.profiles import profile_of
from seatsync.demo.served_account import OwnClock, at_second
from seatsync.demo.written_tables import Table, csv_bytes, table_lines
from tests.commands.running import write
from tests.demo.conversation import ANA, NOON
from tests.demo.conversation import account as made_up

_LONG = 1e9
"""Seconds for which the token of the environment is valid."""
_TABLES: tuple[Table, ...] = ("users", "groups", "subscriptions")


@contextmanager
def portal_project(
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    *profiles: str,
    account: Account | None = None,
    who: str = ANA,
    teams: Sequence[str] | None = None,
    write: bool = False,
    exports: bool = True,
    insights: bool = False,
    **settings: Any,  # noqa: ANN401 - passed on to `Settings`
) -> Iterator[Double]:
    """Serve an account, and write a repository that declares it as it is into a folder; yield the portal.

    The default account is that of `tests/demo/conversation.py`. `who` is signed in by a token of the environment.
    `teams` have their ids in the project file; by default all that `who` administers. `exports`: the portal's exports
    are in the folder `exports`. Nothing was refreshed yet.
    """
    found = account or made_up()
    clock = settings.pop("clock", None) or at_second(NOON)
    use_clock(monkeypatch, clock)
    with Double(found, Settings(profile=profile_of(profiles), clock=clock, **settings)) as double:
        for name, value in {**double.environment(), "SEATSYNC_ACCESS_TOKEN": double.token(who, lifetime=_LONG)}.items():
            monkeypatch.setenv(name, value)
        mine = [name for name, team in sorted(found.teams.items()) if team.role_of(who) is not None]
        ids = tuple((name, double.team_id(name)) for name in sorted(mine if teams is None else teams))
        api = TeamAdmin("demo-client", write=write, teams=ids)
        declare(double, folder, Portal(("exports",) if exports else (), team_admin=api, insights=insights))
        if exports:
            download(double, folder / "exports")
        yield double


def use_clock(monkeypatch: pytest.MonkeyPatch, clock: OwnClock) -> None:
    """Let commands that run in this process use a clock, which goes on when they wait."""
    monkeypatch.delenv("SEATSYNC_AT", raising=False)
    monkeypatch.delenv("CI", raising=False)
    made = consoles.console

    def timed(**options: Any) -> consoles.Console:  # noqa: ANN401 - passed on
        return made(**options)._replace(now=clock.moment, seconds=clock.now, sleep=clock.advance)

    monkeypatch.setattr(consoles, "console", timed)


def declare(double: Double, folder: Path, portal: Portal) -> None:
    """Write a repository that declares the account as it is now."""
    account, day = double.account(), double.clock.moment().date().isoformat()
    write(folder, new_repository(account, "sqlite:///.seatsync/account.db", day, portal=portal).files)


def download(double: Double, folder: Path, *tables: Table) -> None:
    """Write exports of the account as it is now, downloaded now; by default users, groups and subscriptions."""
    account, moment = double.account(), double.clock.now()
    day = double.clock.moment().date().isoformat()
    folder.mkdir(exist_ok=True)
    for table in tables or _TABLES:
        teams = [*sorted(account.teams), *([None] if table == "subscriptions" else [])]
        path = folder / f"{table.replace(' ', '-')}.csv"
        if table == "groups":  # it has no column for the team
            for team in sorted(account.teams):
                _put(folder / f"groups-{team}.csv", account, table, [team], day, moment)
        else:
            _put(path, account, table, teams, day, moment)


def _put(path: Path, account: Account, table: Table, teams: Sequence[str | None], day: str, moment: float) -> None:
    path.write_bytes(csv_bytes(table_lines(account, table, teams, "G2", (day, day), masked=False)))
    os.utime(path, (moment, moment))
