"""The stored account of an `account` command: an embedded one, or a mirror."""

from __future__ import annotations

from typing import TypeVar

from seatsync.account.actions.effects import Refused
from seatsync.account.email import identity
from seatsync.clock import Clock
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.plan_inputs import base_folder, has_portal, open_as_of, resolve_target
from seatsync.errors import NoAccount, SeatsyncError, WrongUsage
from seatsync.targets.sql.store import STORES, SqlTarget, open_current
from seatsync.targets.sql.stored_account import read_meta
from seatsync.targets.target import open_target

_Answer = TypeVar("_Answer")


def embedded(console: Console, target: str | None, *, may_be_new: bool = False) -> SqlTarget:
    """Return the account in a file that the command line or the project file names.

    Raises NoAccount in a project with a portal whose mirror is not there, unless the account `may_be_new`.
    """
    url, root = resolve_target(console, target), base_folder(console)
    # Opened as it is, also where the project uses it as a mirror.
    in_store = url.lower().startswith(STORES)
    found = open_target(url, root, console.environment) if in_store else open_as_of(url, root, console, None)
    if not isinstance(found, SqlTarget):
        raise WrongUsage(f"{found.url}: account commands need an embedded account; pass --target sqlite:///FILE")
    if not may_be_new and has_portal(root) and not found.place.exists():
        raise NoAccount.mirror(found.url)
    return found


def known_person(actor: str | None) -> str | None:
    """Return who closes a case, None for the owner. Raises `WrongUsage` for anything but an address."""
    if actor is not None and identity(actor) is None:
        raise WrongUsage("--as needs the e-mail address of a person; leave it out to act as the owner")
    return actor


def clock_of(console: Console, account: SqlTarget, day: str | None) -> Clock:
    """Return the clock of the run, in the account's time zone."""
    database = open_current(account.place)
    try:
        return console.clock(day, read_meta(database).timezone)
    finally:
        database.close()


def accepted(answer: _Answer | Refused) -> _Answer:
    """Return the result of a change, such as the serial after it. Raises `SeatsyncError` if the account refused it."""
    if isinstance(answer, Refused):
        raise SeatsyncError(f"{answer.code}: {answer.message}")
    return answer


def integrity_exit_code(console: Console, account: SqlTarget, problem: str | None) -> int:
    """Warn if the displayed history of an account failed its checks; return the exit code."""
    if problem is None:
        return 0
    console.info(
        f"{account.url}: {problem}; do not rely on the output above; run `seatsync account verify` for details"
    )
    return 1
