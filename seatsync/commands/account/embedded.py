"""The embedded account that an `account` command is about."""

from __future__ import annotations

from seatsync.account.refusal import Refused
from seatsync.clock import Clock
from seatsync.commands.console import Console
from seatsync.commands.place import base_folder, target_or_project
from seatsync.errors import SeatsyncError, WrongUsage
from seatsync.targets.sql import SqliteTarget
from seatsync.targets.sql_state import read_meta
from seatsync.targets.sql_upgrade import open_current
from seatsync.targets.target import open_target


def embedded(console: Console, target: str | None) -> SqliteTarget:
    """The account in a file, by the target of the command line or of the project."""
    found = open_target(target_or_project(console, target), base_folder(console), console.environment)
    if not isinstance(found, SqliteTarget):
        raise WrongUsage(f"{found.url}: account commands are for the embedded account, sqlite:///FILE")
    return found


def clock_of(console: Console, account: SqliteTarget, day: str | None) -> Clock:
    """The clock of a run, in the account's time zone."""
    database = open_current(account.url, account.path)
    try:
        return console.clock(day, read_meta(database).timezone)
    finally:
        database.close()


def accepted(answer: int | Refused) -> int:
    """The serial after a change; a refusal by the account stops the run."""
    if isinstance(answer, Refused):
        raise SeatsyncError(f"{answer.code}: {answer.message}")
    return answer


def trusted(console: Console, account: SqliteTarget, problem: str | None) -> int:
    """Say what is wrong with what was shown of an account's past, if anything; the exit code."""
    if problem is None:
        return 0
    console.say(f"{account.url}: {problem}; do not trust what stands above, `seatsync account verify` tells more")
    return 1
