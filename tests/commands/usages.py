"""A project with two teams whose usage is recorded: half a year by day, with tokens of a Flex offering."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from seatsync.account.usage import Days, MonthKey, SeatUse, UsageFile, UsageSource
from seatsync.clock import Clock
from seatsync.targets.sql.sqlite import SqliteFile
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import RecordsUsage
from tests.commands.running import DAY, Run, write

ANA, BEN, CHO, DEE, ELI = (f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli"))

PROJECT = {
    "seatsync.yaml": """\
version: 1
account: acme
target: sqlite:///account.db
include: [teams.yaml]
""",
    "teams.yaml": """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {first_name: Cho, last_name: Abe}
  dee@acme.example: {first_name: Dee, last_name: Kim}
  eli@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    sso_admins: [cho@acme.example]
    groups:
      cad: {members: [dee@acme.example, eli@acme.example], products: [AutoCAD]}
    seats:
      AutoCAD: [ben@acme.example, dee@acme.example]
      Flex: [cho@acme.example]
      Vault: [ben@acme.example]
  sales:
    primary_admin: eli@acme.example
    secondary_admins: [ana@acme.example]
    members: [dee@acme.example]
    seats:
      AutoCAD: [eli@acme.example]
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: single-user, seats: 5, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-2": {team: design, product: Flex, offering: token-flex, tokens: 500, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-3": {team: sales, product: AutoCAD, offering: single-user, seats: 2, channel: store,
            contract_manager: dee@acme.example, starts: 2026-01-01, ends: 2027-12-31}
  "574-4": {team: design, product: Vault, offering: multi-user, seats: 2, channel: store,
            contract_manager: ana@acme.example, starts: 2026-01-01, ends: 2027-12-31}
""",
}
CLOCK = Clock.at(DAY)


def by_day(file: str, first: str, last: str, days: dict[MonthKey, Days]) -> UsageFile:
    """Return a file with the usage by day between two days."""
    teams = tuple(sorted({team for _, team, _, _ in days}))
    return UsageFile(UsageSource(file, f"digest of {file}", "usage", DAY, first, last, teams, len(days)), days, {})


def of_report(file: str, *seats: SeatUse) -> UsageFile:
    """Return a usage report."""
    teams = tuple(sorted({seat.team for seat in seats}))
    source = UsageSource(file, f"digest of {file}", "usage report", DAY, None, None, teams, len(seats))
    return UsageFile(source, {}, {seat[:3]: seat for seat in seats})


DESIGN = by_day(
    "usage-2026-11-20.csv",
    "2026-09-01",
    "2026-11-20",
    {
        ("2026-09", "design", "AutoCAD", BEN): {1: None, 2: None},
        ("2026-10", "design", "AutoCAD", BEN): {5: None},
        ("2026-10", "design", "AutoCAD", DEE): {5: None, 6: None},
        ("2026-11", "design", "AutoCAD", "zoe@acme.example"): {3: None},
        ("2026-11", "design", "Flex", CHO): {3: Decimal(7), 20: Decimal("0.5")},
    },
)
SALES = of_report(
    "usage-report-2026-11-21.csv",
    SeatUse(
        *("sales", "AutoCAD", ELI), held=True, assigned="2026-02-01", unassigned=None, last="2026-11-19",
        days=9, tokens=None, active=True, as_of=DAY,
    ),
)  # fmt: skip


def record(folder: Path, *files: UsageFile) -> None:
    """Record usage in the account of a project."""
    store = SqlTarget(SqliteFile("sqlite:///account.db", folder / "account.db"))
    with store.session(None, CLOCK) as session:
        assert isinstance(session, RecordsUsage)
        session.record_usage(files, "2025-11")


def project(folder: Path, run: Run, *files: UsageFile, day: str = DAY) -> None:
    """Write the project, create its account, and record usage."""
    write(folder, PROJECT)
    assert run("account", "create", "--name", "acme", "--at", day) == 0
    assert run("account", "load", ".", "--at", day) == 0
    if files:
        record(folder, *files)
