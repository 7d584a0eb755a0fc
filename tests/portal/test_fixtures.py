"""The accounts of all other tests, examples and reported cases, written as exports: an import of them plans nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random
from textwrap import dedent

import pytest

from seatsync.account.model import Account
from seatsync.declaration.states import load_snapshot, read_snapshot
from seatsync.portal.exports_target import open_exports
from tests.account.sample import acme
from tests.commands.running import Run
from tests.planning.case_files import all_cases
from tests.portal.portal_model import plan_from
from tests.portal.random_accounts import DAY
from tests.portal.random_changes import as_it_is
from tests.portal.test_random_accounts import check_read
from tests.portal.written_exports import exports_of

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases"
HEAD = "account: acme\nlineage: l-1\nserial: 7\n"


def accounts() -> Iterator[tuple[str, Account | None]]:
    """Yield the accounts of the tests of plans, of the engine, of the rules and of the examples."""
    yield "sample", acme()
    for path in (ROOT / "tests/rules/whole/account.yaml", *sorted(ROOT.glob("examples/*/account.yaml"))):
        yield path.parent.name, load_snapshot(path)[0]
    for case in all_cases():
        if "current" in case.own:
            yield str(case), read_snapshot((HEAD + dedent(case.parts["current"])).encode(), "current.yaml")[0]


def reported() -> Iterator[tuple[str, Account | None]]:
    """Yield the accounts of reported cases, which are beside the repository."""
    for path in sorted((*SHARED.glob("*/*/have.yaml"), *SHARED.glob("*/*/current.yaml"))):
        yield path.parent.name, load_snapshot(path)[0]


def in_portal(account: Account) -> Account:
    """Return the part of an account that the portal exports: no classic contracts."""
    members = {user for team in account.teams.values() for user in team.members}
    account.contracts.clear()
    account.users = {user: person for user, person in account.users.items() if user in members}
    account.name, account.timezone = "acme", "UTC"
    return account


def check_round_trips(found: Iterator[tuple[str, Account | None]], folder: Path, run: Run) -> int:
    """Check that accounts are read from their exports, and that their import plans nothing. Return their number.

    The commands, which do the same from end to end, run for every third.
    """
    count = 0
    for count, (name, account) in enumerate(((name, each) for name, each in found if each and each.teams), 1):
        exports = exports_of(in_portal(account), Random(name))
        exports.put(folder / f"{count}")
        check_read(account, exports, open_exports(f"exports:{count}", folder, {}).read())
        declared = as_it_is(account).declaration()
        assert declared is not None, name
        assert plan_from(folder / f"{count}", declared).steps == (), name
        if count % 3:
            continue
        assert run("init", "--from", f"{count}", f"r{count}", "--at", DAY) == 0
        assert run("validate", f"r{count}", "--at", DAY) == 0
        assert run("-C", f"r{count}", "plan", "--detailed-exitcode", "--at", DAY) == 0
    return count


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    return Run(capfd)


def test_accounts_of_other_tests_and_examples(tmp_path: Path, run: Run) -> None:
    assert check_round_trips(accounts(), tmp_path, run) > 50


@pytest.mark.beside(SHARED, "../shared/cases is not here")
def test_accounts_of_reported_cases(tmp_path: Path, run: Run) -> None:
    assert check_round_trips(reported(), tmp_path, run) > 10
