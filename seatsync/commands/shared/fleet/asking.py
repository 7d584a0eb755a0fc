"""What a command of a fleet asks for: runs of accounts to be queued, joined or left out because nothing has changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import sha256
from secrets import token_hex
from typing import Final

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.fingerprint import configuration_of, fingerprint, position_of
from seatsync.commands.shared.fleet.request import Request
from seatsync.errors import SeatsyncError
from seatsync.fleet.checkout import project_folder
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.run_values import OPEN, Command, NewRun, RunRecord

_LONGEST_NAME: Final = 60
_NOT_IN_KEYS: Final = re.compile(r"[^A-Za-z0-9._-]+")
_ALWAYS: Final[frozenset[Command]] = frozenset(("refresh",))
"""Commands that look at what no fingerprint covers."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Runs by account: new ones, those of other commands that are waited for, and those that stand as they are."""

    new: tuple[NewRun, ...]
    joined: Mapping[str, str]
    unchanged: Mapping[str, str]

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the runs to wait for."""
        return (*(run.key for run in self.new), *self.joined.values())


def asked(
    console: Console,
    fleet: Fleet,
    request: Request,
    latest: Mapping[str, RunRecord],
    approved: AbstractSet[tuple[str, str]],
    front: str | None,
) -> Asked:
    """Decide which runs a request needs.

    `latest` are the last runs of its command with its options, by account; `approved` the accounts and intents whose
    approvals no run has used yet.
    """
    new: list[NewRun] = []
    joined: dict[str, str] = {}
    unchanged: dict[str, str] = {}
    for account in fleet.accounts:
        last = latest.get(account.name)
        if last is not None and last.state in OPEN:
            joined[account.name] = last.key
        elif (
            last is not None
            and not request.again
            and (account.name, last.intent or "") not in approved
            and _stands(console, fleet, account, last)
        ):
            unchanged[account.name] = last.key
        else:
            key = key_of(request.command, account.name, console)
            new.append(NewRun(key, account.name, request.command, request.options, front))
    return Asked(tuple(new), joined, unchanged)


def key_of(command: Command, account: str, console: Console) -> str:
    """Return a new key: the command, the name of the account as far as it fits, the time, and chance."""
    name = _NOT_IN_KEYS.sub("-", account)[:_LONGEST_NAME]
    if name != account:
        name += f"-{sha256(account.encode()).hexdigest()[:8]}"
    return f"{command}-{name}-{console.now():%Y%m%dT%H%M%S}-{token_hex(3)}"


def _stands(console: Console, fleet: Fleet, account: FleetAccount, last: RunRecord) -> bool:
    """Return True if a run would only repeat the last one: same configuration, serial and day."""
    if last.fingerprint is None or last.command in _ALWAYS or last.state not in {"done", "waiting"}:
        return False
    day = last.options.get("day")
    try:
        folder = project_folder(fleet, account, console.environment)
        serial, zone = None, "UTC"
        if last.command != "validate":
            serial, zone = position_of(console._replace(folder=folder), account.target)
        today = console.clock(day, zone).day
        return fingerprint(configuration_of(folder), account.target, serial, today) == last.fingerprint
    except (SeatsyncError, OSError):
        return False  # the run itself reports it
