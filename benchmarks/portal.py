"""A made-up portal in a process of its own, for one team whose people hold two seats each.

`python -m benchmarks.portal REPOSITORY EXPORTS PEOPLE` writes a repository that declares the team, and the exports of
users and subscriptions, into two folders. It prints the environment for commands, a line each, and serves until its
input ends. Then it prints the number of calls.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.measure import DAY, ROOT
from seatsync.account.model import Account, Subscription, Team, User
from seatsync.commands.shared.new_repository import new_repository
from seatsync.declaration.project_values import Portal, TeamAdmin
from seatsync.demo.double import Double, Settings
from seatsync.demo.written_tables import Table, csv_bytes, table_lines

PRODUCTS, SEATS_EACH = 20, 2
_PAGE = 100
_TEAM, _TERM = "design", ("2026-01-01", "2027-12-31")
_TABLES: dict[Table, list[str | None]] = {"users": [_TEAM], "subscriptions": [_TEAM, None]}
_ENDLESS = 1_000_000
"""The allowance of calls and the life of the token: waiting is not measured."""


def fewest_calls(people: int) -> int:
    """Return the calls of a look at the team: the pages of people and of products, and all seats at once."""
    return -(-people // _PAGE) + -(-PRODUCTS // _PAGE) + 1


@contextmanager
def serving(repository: Path, exports: Path, people: int) -> Iterator[tuple[dict[str, str], Callable[[], int]]]:
    """Serve in another process; yield the environment for commands, and a function that returns the number of calls.

    The function ends the serving.
    """
    argv = (sys.executable, "-m", "benchmarks.portal", str(repository), str(exports), str(people))
    with subprocess.Popen(argv, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        told = iter(process.stdout or ())
        lines = iter(lambda: next(told).strip(), "")
        yield dict(line.split("=", 1) for line in lines), lambda: int(process.communicate()[0])


def account(size: int) -> Account:
    """Return the account behind the portal."""
    found = Account("bench", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    people = [f"person.{number:05}@design.example" for number in range(size)]
    seats: dict[str, set[str]] = {f"Product {number:02}": set() for number in range(PRODUCTS)}
    for number, user in enumerate(people):
        found.users[user] = User(user, f"First{number % 400}", f"Last of {number}")
        for each in range(SEATS_EACH):
            seats[f"Product {(number + 7 * each) % PRODUCTS:02}"].add(user)
    found.teams[_TEAM] = Team(people[0], admins={people[1]: "secondary"}, members=set(people), seats={**seats})
    for number, (product, holders) in enumerate(seats.items()):
        found.subscriptions[f"574-{number:08}"] = Subscription(
            _TEAM, product, "single-user", len(holders), None, "reseller", people[0], *_TERM
        )
    return found


def serve(repository: Path, exports: Path, people: int) -> None:
    """Serve until the input ends."""
    made = account(people)
    with Double(made, Settings(allowed=_ENDLESS)) as double:
        used = TeamAdmin("demo-client", teams=((_TEAM, double.team_id(_TEAM)),))
        new = new_repository(made, "sqlite:///.seatsync/account.db", DAY, portal=Portal(team_admin=used))
        for name, text in new.files.items():
            path = repository / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        exports.mkdir()
        for table, teams in _TABLES.items():
            lines = table_lines(made, table, teams, "G2", (DAY, DAY), masked=False)
            (exports / f"{table}-{DAY}.csv").write_bytes(csv_bytes(lines))
        token = double.token(made.teams[_TEAM].primary or "", lifetime=_ENDLESS)
        environment = {**double.environment(), "SEATSYNC_ACCESS_TOKEN": token, "SEATSYNC_RATE_MINUTE": "0.001"}
        print("".join(f"{name}={value}\n" for name, value in environment.items()), flush=True)
        sys.stdin.read()
        print(len(double.calls))


if __name__ == "__main__":
    serve(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
