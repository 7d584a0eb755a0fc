"""The allowance of calls that runs on a store share, against a made-up portal that counts them itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.commands.shared.console import Console, console
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.commands.shared.real_account.call_progress import CallProgress
from seatsync.commands.shared.real_account.signing_in import team_admin_client
from seatsync.demo.double import Double, Settings
from seatsync.demo.served_account import at_second
from tests.commands.running import write
from tests.demo.conversation import ANA, NOON, account

PROJECT = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
portal: {team_admin: {client_id: Ab12Cd34Ef56}}
"""


def at(folder: Path, double: Double) -> Console:
    """Return the console of a run in a folder, with the clock of a made-up portal."""
    environment = {**double.environment(), "SEATSYNC_ACCESS_TOKEN": double.token(ANA, lifetime=36000)}
    clock = double.clock
    return console(folders=[str(folder)])._replace(
        environment=environment, now=clock.moment, seconds=clock.now, sleep=clock.advance
    )


@pytest.mark.parametrize(
    ("target", "file"),
    [
        ("sqlite:///.seatsync/account.db", ".seatsync/account.db-calls"),
        ("sqlite:///elsewhere/mirror.db", "elsewhere/mirror.db-calls"),
        ("file:account.yaml", ".seatsync/account.db-calls"),
    ],
)
def test_clients_on_one_store_share_the_allowance(folder: Path, target: str, file: str) -> None:
    write(folder, {"seatsync.yaml": PROJECT})
    told: list[float] = []
    with Double(account(), Settings(clock=at_second(NOON))) as double:
        run = at(folder, double)
        project = project_of(run, None)
        path = f"/teams/{double.team_id('design')}/product-pools"
        for _ in range(3):
            with team_admin_client(run, project, target, told.append) as client:
                for _ in range(40):
                    assert client.get(path).ok
        counted = double.by_minute("design")
    assert list(counted.values()) == [50, 50, 20]
    assert [seconds for seconds in told if seconds] == [60, 60]
    assert len(told) == 122
    assert [each.relative_to(folder).as_posix() for each in folder.rglob("*calls")] == [file]


def test_a_shorter_minute_is_for_this_machine(folder: Path) -> None:
    write(folder, {"seatsync.yaml": PROJECT})
    told: list[float] = []
    with Double(account(), Settings(clock=at_second(NOON), minute=2)) as double:
        run = at(folder, double)
        run = run._replace(environment={**run.environment, "SEATSYNC_RATE_MINUTE": "2"})
        with team_admin_client(run, project_of(run, None), "sqlite:///account.db", told.append) as client:
            for _ in range(51):
                assert client.get("/teams").ok
    assert [seconds for seconds in told if seconds] == [2]


def test_progress() -> None:
    """Teams have an allowance each; what takes longer than expected has no time left to show."""
    clock, shown = at_second(NOON), list[str]()
    progress = CallProgress(shown.append, [120, 20, 50], clock.now, 60.0)
    progress(0.0)
    clock.advance(15)
    progress(0.0)
    progress(44.1)
    progress(1.5)
    for _ in range(188):
        progress(0.0)
    clock.advance(120)
    progress(60.0)
    progress(0.0)
    assert shown[:4] + shown[-3:] == [
        "1 of about 190 calls, about 2 min left",
        "2 of about 190 calls, about 2 min left",
        "2 of about 190 calls, about 2 min left (waits 45 s for the vendor's allowance)",
        "2 of about 190 calls, about 2 min left",
        "190 of about 190 calls, about 2 min left",
        "190 of about 190 calls (waits 60 s for the vendor's allowance)",
        "191 calls",
    ]


def test_progress_of_nobody_knows_how_much() -> None:
    shown = list[str]()
    progress = CallProgress(shown.append, [], at_second(NOON).now, 60.0)
    for wait in (0.0, 0.0, 30.0):
        progress(wait)
    assert shown == ["1 call", "2 calls", "2 calls (waits 30 s for the vendor's allowance)"]
