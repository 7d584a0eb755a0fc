"""A project with `portal:`, its exports, and what tests ask a mirror; the fixtures are in `conftest.py`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from seatsync.targets.sql.store import open_sqlite
from seatsync.targets.target import State
from tests.commands.running import Run, write

HEAD = "first_name,last_name,email,team_alias,role,account_status,offering_name\n"
ANA = "Ana,Silva,ana@acme.example,design,Primary admin,Active,AutoCAD\n"
BEN = "Ben,Ode,ben@acme.example,design,Secondary admin,Active,\n"
CHO = "Cho,Park,cho@acme.example,design,User,Active,AutoCAD\n"
DEE = "Dee,Kim,dee@acme.example,design,User,Active,\n"
USERS = HEAD + ANA + BEN + CHO + DEE
GROUPS = "Email,Group,Group type,Role\ncho@acme.example,cad,Custom,User\n"
BOUGHT = (
    "team_alias,offering_name,subscription_id,start_date,end_date,seat_quantity,reseller_name,autorenew_date\n"
    "design,AutoCAD,574-1,2026-01-01,2027-12-31,5,Dealer AG,\n"
)
PROJECT = """\
version: 1
account: acme
target: sqlite:///.seatsync/account.db
include: [want.yaml]
portal: {exports: exports/}
policy: {max_removals: 100%}
"""
WANT = """\
users:
  ana@acme.example: {}
  ben@acme.example: {}
  cho@acme.example: {}
  dee@acme.example: {}
teams:
  design:
    primary_admin: ana@acme.example
    secondary_admins: [ben@acme.example]
    groups: {cad: {members: [cho@acme.example], products: [AutoCAD]}}
    seats: {AutoCAD: [ana@acme.example]}
    members: [dee@acme.example]
subscriptions:
  "574-1": {team: design, product: AutoCAD, offering: multi-user, seats: 5, channel: reseller,
            contract_manager: ben@acme.example, starts: 2026-01-01, ends: 2027-12-31}
"""


def put(day: str, **files: str) -> None:
    """Write exports of a day, in place of those before."""
    for path in Path("exports").glob("*"):
        path.unlink()
    write(Path("exports"), {f"{name}-2026-06-{day}.csv": text for name, text in files.items()})


def mirror() -> State:
    """Return what the store has, without assumptions."""
    return open_sqlite("sqlite:///.seatsync/account.db", Path.cwd(), {}).read()


CHANGED = (
    ("secondary_admins: [ben@acme.example]", "secondary_admins: [dee@acme.example]"),
    ("seats: {AutoCAD: [ana@acme.example]}", "seats: {AutoCAD: [ben@acme.example]}"),
    ("    members: [dee@acme.example]\n", "    members: [new@acme.example]\n"),
    ("users:\n", "users:\n  new@acme.example: {first_name: New}\n"),
)

DONE = (
    HEAD
    + ANA.replace("AutoCAD", "")
    + BEN.replace("Secondary admin,Active,", "User,Active,AutoCAD")
    + CHO
    + DEE.replace("User", "Secondary admin")
    + "New,,New@acme.example,design,User,Invited,\n"
)


def at(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEATSYNC_AT", f"2026-06-{day}")


def steps(run: Run) -> list[str]:
    """Return the steps of a plan in words."""
    assert run("plan") == 0, run.said
    return [line.partition(". ")[2] for line in run.out.splitlines() if line[:4].strip().rstrip(".").isdigit()]


def found(run: Run, *options: str, code: int = 0) -> dict[str, Any]:
    """Return the document of a refresh."""
    assert run("refresh", "--format", "json", *options) == code, run.said
    document: dict[str, Any] = json.loads(run.out)
    return document


def log(run: Run) -> str:
    assert run("account", "log") == 0
    return run.out
