"""The main job against the plain work: CPU time and peak memory of whole processes, as ratios within one run.

    python benchmarks/bench_main_job.py [--seats N] [--rounds N]

The base is `yaml.load(…, CSafeLoader)` of the same files in a process of its own. Base and tool take turns, so that a
machine that slows down slows both.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.declaration.placing import write_repository
from seatsync.declaration.write import repository_files, snapshot_text

DAY = "2026-06-15"
PEOPLE_A_TEAM, PRODUCTS_A_TEAM, HOLDERS = 200, 8, 75
BASE = "import sys, yaml\nfor name in sys.argv[1:]:\n    yaml.load(open(name, 'rb'), yaml.CSafeLoader)\n"


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process took: CPU seconds and peak memory in MiB."""

    seconds: float
    mebibytes: float


def account_of(seats: int, random: Random) -> Account:
    """An account of as many teams as it takes to hold so many direct seats."""
    account = Account("bench", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    for number in range(max(1, seats // (PRODUCTS_A_TEAM * HOLDERS))):
        name = f"team-{number:04}"
        people = [f"user{number:04}x{i:03}@bench.example" for i in range(PEOPLE_A_TEAM)]
        account.users.update({user: User(user, f"First{i}", f"Last{number}") for i, user in enumerate(people)})
        team = account.teams[name] = Team(people[0], members=set(people))
        team.admins = {people[1]: "secondary", people[2]: "secondary"}
        team.groups = {f"group-{g}": Group(set(random.sample(people, 50))) for g in range(4)}
        for i in range(PRODUCTS_A_TEAM):
            team.seats[f"Product {i:02}"] = set(random.sample(people, HOLDERS))
            sub = (name, f"Product {i:02}", "single-user", 100, None, "reseller", people[0], "2026-01-01", "2027-12-31")
            account.subscriptions[f"{name}-{i}"] = Subscription(*sub)  # type: ignore[arg-type]  # a plain row
    return account


def changed(account: Account, random: Random) -> Account:
    """The same account with one seat in a hundred held by somebody else."""
    other = account.copy()
    for team in other.teams.values():
        for holders in team.seats.values():
            free = sorted(team.members - holders)
            for user in sorted(holders):
                if random.random() < 0.01:
                    holders.remove(user)
                    holders.add(free.pop())
    return other


def cost(command: list[str], folder: Path) -> Cost:
    """Run a command to its end in a folder, its output thrown away."""
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "SEATSYNC_AT": DAY}
    null = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
    process = os.posix_spawn(sys.executable, [sys.executable, *command], environment, file_actions=null)
    _, status, used = os.wait4(process, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        raise SystemExit(f"{' '.join(command[:4])} in {folder} ended with {os.waitstatus_to_exitcode(status)}")
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def jobs(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """What is measured, by name; the first is the base."""
    yield "yaml.load (CSafeLoader)", ["-c", BASE, *map(str, sorted(folder.rglob("*.yaml")))]
    ours = ["-m", "seatsync", "-C", str(folder)]
    yield "validate", [*ours, "validate"]
    yield "plan from SQLite", [*ours, "plan", "--format", "json"]


def main() -> None:
    """Make the data, measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seats", type=int, default=30_000)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    random = Random(1)
    with tempfile.TemporaryDirectory() as temporary:
        folder, snapshot = Path(temporary) / "repository", Path(temporary) / "current.yaml"
        account = account_of(options.seats, random)
        write_repository(folder, repository_files(account, "sqlite:///.seatsync/account.db"))
        snapshot.write_text(snapshot_text(changed(account, random)), encoding="utf-8")
        ours = ["-m", "seatsync", "-C", str(folder), "account"]
        cost([*ours, "create", "--name", "bench"], folder)
        cost([*ours, "load", str(snapshot)], folder)
        todo = list(jobs(folder))
        costs: dict[str, list[Cost]] = {name: [] for name, _ in todo}
        for _ in range(options.rounds):
            for name, command in todo:
                costs[name].append(cost(command, folder))
    base = todo[0][0]
    print(f"{options.seats} direct seats, {len(account.users)} people, {options.rounds} rounds, medians\n")
    print("| what | CPU s | of base | MiB | of base |\n|---|---|---|---|---|")
    for name, found in costs.items():
        seconds = statistics.median(c.seconds for c in found)
        memory = statistics.median(c.mebibytes for c in found)
        by_time = statistics.median(c.seconds / b.seconds for c, b in zip(found, costs[base], strict=True))
        by_memory = statistics.median(c.mebibytes / b.mebibytes for c, b in zip(found, costs[base], strict=True))
        print(f"| {name} | {seconds:.2f} | {by_time:.2f} | {memory:.0f} | {by_memory:.2f} |")


if __name__ == "__main__":
    main()
