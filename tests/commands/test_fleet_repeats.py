"""Attempts of a fleet at an account whose vendor does not answer: what may pass is tried again, what does not fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.commands.shared import console as consoles
from seatsync.commands.shared.fleet.account_work import AccountWork
from seatsync.commands.shared.fleet.apply_work import Recorded
from seatsync.demo.exchange import Arrived, Fault, Faults
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.run_values import Attempt, Command, Result
from seatsync.vendor.http_client import Unavailable
from tests.commands.portals import portal_project
from tests.commands.running import Run, replace_in


def attempted(folder: Path, command: Command, **options: object) -> Result:
    """Return the result of the first attempt of a fleet at the account in a folder."""
    account = FleetAccount("acme", "acme", folder)
    fleet = Fleet(folder.parent, "fleet.yaml", (account,), "sqlite:///fleet.db")
    work = AccountWork(consoles.console(), lambda _: (fleet, account), Recorded(lambda *_: (), lambda *_: None))
    return work(Attempt("key", "acme", command, options, 1, 1, 1, None))


def answering(status: int, methods: str = "GET POST DELETE") -> Faults:
    """Return faults with which every request by some methods is answered, and nothing is done."""
    return lambda arrived: Fault("status", after=False, status=status) if arrived.method in methods else None


def lost(_: Arrived) -> Fault:
    return Fault("drop", after=False)


@pytest.mark.parametrize(
    ("faults", "again", "message"),
    [
        (answering(503), 2.0, "SOURCE001 the teams cannot be read: "),
        (answering(429), 2.0, "SOURCE001 the teams cannot be read: "),
        (lost, 2.0, "SOURCE001 the teams cannot be read: "),
        (answering(403), None, "SOURCE001 the teams cannot be read: "),
        (answering(404), None, "SOURCE001 the teams cannot be read: "),
    ],
)
def test_a_refresh(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, faults: Faults, again: float | None, message: str
) -> None:
    switched: list[Faults] = []
    with portal_project(monkeypatch, folder, faults=lambda arrived: switched[0](arrived) if switched else None):
        assert run("refresh") == 0, run.said
        switched.append(faults)
        found = attempted(folder, "refresh")
    assert (found.state, found.outcome, found.again) == ("failed", "errors", again)
    assert found.message.startswith(message)


def test_a_refresh_that_no_fault_disturbs(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    with portal_project(monkeypatch, folder):
        assert run("refresh") == 0, run.said
        found = attempted(folder, "refresh")
    assert (found.state, found.exit_code, found.outcome, found.again) == ("done", 0, "refreshed", None)


def applied(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, faults: Faults) -> Result:
    """Return the result of an attempt to take a seat, with faults from its beginning."""
    switched: list[Faults] = []
    made = portal_project(
        monkeypatch, folder, write=True, faults=lambda arrived: switched[0](arrived) if switched else None
    )
    with made:
        for words in (["refresh"], ["apply", "--auto-approve"]):
            assert run(*words) == 0, run.said
        replace_in(folder / "teams/design.yaml", "      Revit:\n        - ana@acme.example\n", "")
        switched.append(faults)
        return attempted(folder, "apply", **{"auto-approve": True})


@pytest.mark.parametrize(
    ("faults", "again"),
    [
        (answering(503), 2.0),
        (answering(503, "DELETE"), 2.0),
        (answering(429, "DELETE"), 2.0),
        (lost, 2.0),
        (answering(403, "DELETE"), None),
        (answering(401, "DELETE"), None),
        (answering(422, "DELETE"), None),
    ],
)
def test_an_apply(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch, faults: Faults, again: float | None) -> None:
    found = applied(folder, run, monkeypatch, faults)
    assert (found.state, found.outcome, found.again, found.message) == ("failed", "failed", again, "1 failed")


def test_where_no_error_is_known_to_pass_nothing_is_tried_again(
    folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Negative control."""
    monkeypatch.setattr(Unavailable, "passing", False)
    assert applied(folder, run, monkeypatch, answering(503)).again is None
