"""The accounts of a fleet that a worker finds, and what is recorded of its work."""

from __future__ import annotations

from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Final

import pytest

from seatsync.commands.shared.console import console
from seatsync.commands.shared.fleet.account_work import AccountWork
from seatsync.commands.shared.fleet.apply_work import Recorded
from seatsync.commands.shared.fleet.fleet_run import Accounts
from seatsync.errors import ProjectNotFound, SeatsyncError, TargetBusy, TargetProblem
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, select
from seatsync.fleet.fleet_store import FleetStoreProblem, open_fleet_store
from seatsync.fleet.reading import read_fleet
from seatsync.fleet.run_values import Attempt, NewRun, Result
from seatsync.fleet.runs import Runs, Workers
from tests.commands.fleets import customer
from tests.commands.running import write

CANARY: Final = "hunter2-canary"


@pytest.fixture(name="fleet")
def _fleet(tmp_path: Path) -> Fleet:
    for name in ("acme", "bolt"):
        customer(tmp_path, name)
    table = "account,folder,target\nbolt,customers/bolt,sqlite:///bolt.db\n"
    write(tmp_path, {"fleet.yaml": "accounts: [customers/a*/, accounts.csv]\n", "accounts.csv": table})
    fleet, _ = read_fleet(tmp_path / "fleet.yaml")
    assert fleet is not None
    return fleet


def target_of(accounts: Accounts, name: str) -> str | None:
    found = accounts.find(name)
    assert found is not None
    return found[1].target


def test_an_account_that_is_not_selected_is_found(fleet: Fleet) -> None:
    assert Accounts(select(fleet, ["bolt"])).find("acme") is not None


def test_a_new_folder_and_a_changed_table_are_noticed(fleet: Fleet) -> None:
    accounts = Accounts(fleet)
    assert accounts.find("aqua") is None
    customer(fleet.root, "aqua")
    assert accounts.find("aqua") is not None
    assert target_of(accounts, "bolt") == "sqlite:///bolt.db"
    (fleet.root / "accounts.csv").write_text("account,folder,target\nbolt,customers/bolt,sqlite:///moved.db\n")
    assert target_of(accounts, "bolt") == "sqlite:///moved.db"
    (fleet.root / "fleet.yaml").write_text("accounts: [customers/*/]\n")
    assert target_of(accounts, "bolt") is None


def test_the_worker_of_others_goes_on_when_a_command_is_stopped(tmp_path: Path) -> None:
    with closing(open_fleet_store("sqlite:///fleet.db", tmp_path)) as store:
        runs = Runs(store)
        for worker in ("front", "other"):
            Workers(store).register(worker, "", 30)
        with store.writing() as connection:
            for key in ("a", "b", "c", "d"):
                runs.add(connection, NewRun(key, key, "plan", {}, None if key == "d" else "front"))
        begun = runs.begin("a", 1, "other")
        runs.begin("b", 1, "front")
        runs.stop("front")
        assert runs.open_keys() == {"a", "d"}
        assert begun is not None
        with store.writing() as connection:
            assert runs.end(connection, begun, Result("failed", 1, "failed", "file \udcff\0"))
        assert runs.of(["a"])["a"].message == "file \\udcff\\0"


def attempted(error: Exception, attempt: int = 1) -> Result:
    """Return the result of an attempt that an error stopped."""

    def find(_: str) -> tuple[Fleet, FleetAccount] | None:
        raise error

    work = AccountWork(console(), find, Recorded(lambda *_: (), lambda *_: None))
    return work(Attempt("key", "acme", "apply", {}, 1, attempt, 1, None))


@pytest.mark.parametrize(
    ("error", "again"),
    [
        (TargetBusy("postgresql://host/db", "the server cannot be reached"), True),
        (SeatsyncError("the connection was lost; 1 of 2 steps are done and saved", passing=True), True),
        (FleetStoreProblem("postgresql://host/fleet", "away", passing=True), True),
        (FleetStoreProblem("postgresql://host/fleet", "there is no such table"), False),
        (TargetProblem("postgresql://host/db", "user or password is wrong"), False),
        (ProjectNotFound("customers/acme"), False),
        (OSError("no disk"), False),
    ],
)
def test_only_what_may_pass_is_tried_again(error: Exception, *, again: bool) -> None:
    found = attempted(error)
    assert (found.state, found.again) == ("failed", 2.0 if again else None)


@pytest.mark.parametrize("debug", [True, False])
def test_the_traceback_of_an_internal_error(monkeypatch: pytest.MonkeyPatch, *, debug: bool) -> None:
    def find(_: str) -> tuple[Fleet, FleetAccount] | None:
        raise KeyError(CANARY)

    monkeypatch.setenv("PGPASSWORD", CANARY)
    err = StringIO()
    work = AccountWork(console(debug=debug)._replace(err=err), find, Recorded(lambda *_: (), lambda *_: None))
    found = work(Attempt("key", "acme", "apply", {}, 1, 1, 1, None))
    assert found.message == "internal error (KeyError); `seatsync apply --debug` there shows more"
    lines = err.getvalue().splitlines()
    assert lines[:1] + lines[-1:] == (
        ["Traceback (most recent call last):", "KeyError: '[PGPASSWORD]'"] if debug else []
    )
    assert CANARY not in err.getvalue()


def test_each_attempt_waits_for_longer_until_the_last_one() -> None:
    busy = TargetBusy("sqlite:///account.db", "another process is writing to it")
    assert [attempted(busy, number).again for number in range(1, 6)] == [2.0, 10.0, 30.0, 60.0, None]
