"""What is seen of the accounts of a fleet. Unknown facts have a reason, and are never zero."""

from __future__ import annotations

from dataclasses import dataclass

from seatsync.account.unknowns import Seen
from seatsync.fleet.declared_fleet import FleetAccount
from seatsync.fleet.work_records import Work


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account of a fleet as it is now. None is unknown, and `unknown` has the reason by name of the field.

    `error` is the reason why the account or its files could not be read; empty if both were. `seen` are the sources of
    a mirror, the newest first; an account that is no mirror has none. `applied` is the instant of the last apply, "" if
    nothing was applied yet. `drift` counts what was changed in the account outside of seatsync, `short` the pools that
    are or become too small. `work` are its unfinished runs.
    """

    account: FleetAccount
    serial: int | None = None
    seen: tuple[Seen, ...] | None = None
    applied: str | None = None
    cases: int | None = None
    drift: int | None = None
    short: int | None = None
    work: tuple[Work, ...] | None = ()
    unknown: tuple[tuple[str, str], ...] = ()
    error: str = ""

    @property
    def waiting(self) -> int | None:
        """The number of plans that wait for an approval."""
        return None if self.work is None else sum(each.state == "waiting" for each in self.work)

    @property
    def last_seen(self) -> str | None:
        """The newest instant at which a source showed the account; "" if it is no mirror or was never seen."""
        return None if self.seen is None else max((each.at or "" for each in self.seen), default="")


@dataclass(frozen=True, slots=True)
class FleetStatus:
    """What is seen of the selected accounts of a fleet on a day; `days` is how far ahead pools are judged."""

    fleet: str
    day: str
    days: int
    accounts: tuple[AccountSeen, ...]

    @property
    def unreadable(self) -> int:
        """The number of accounts with an error."""
        return sum(bool(each.error) for each in self.accounts)
