"""`seatsync account copy` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.running import DAY, Run, replace_in
from tests.commands.test_older_copies import change


@pytest.fixture(name="two")
def _two(loaded: Path) -> Path:
    """Return a project with an account, and a second target, which is new."""
    names = '{old: "sqlite:///account.db", new: "sqlite:///new.db"}'
    replace_in(loaded / "seatsync.yaml", "target: sqlite:///account.db", f"target: {names}")
    return loaded


def test_a_copy_by_names_goes_on_with_the_history(two: Path, run: Run) -> None:
    assert run("account", "verify", "--target", "old") == 0
    verified = run.out.splitlines()
    assert run("account", "copy", "old", "new") == 0
    assert run.said == (
        (
            "Copied account acme (serial 1, 2 log entries) to sqlite:///new.db, and verified the copy. Its head is that"
            f" of the original:\n{verified[-1]}\nChange only one of the two from now on: name the copy as the target,"
            " and keep sqlite:///account.db as a backup.\n"
        ),
        "",
    )
    assert run("account", "verify", "--target", "new") == 0
    assert run.out.splitlines() == verified
    change(two, run, "Park", "--target", "new")


def test_changing_both_is_noticed(two: Path, run: Run) -> None:
    assert run("account", "copy", "old", "new") == 0
    change(two, run, "Park", "--target", "new")
    assert run("plan", "--at", DAY, "--target", "old") == 1
    assert run.err.startswith("seatsync: sqlite:///account.db: the account is at serial 1, but was at 2 when ")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ("old old", "FROM and TO are the same; name a new place as TO"),
        ("old file:there.yaml", "file:there.yaml: account commands need an embedded account; pass --target"),
        ("new old", "sqlite:///new.db: there is no account here; create one with `seatsync account create`"),
        ("old sqlite:///users.yaml", "sqlite:///users.yaml: the file is not an account, or damaged; check the target"),
        ("old sqlite:///a/b/c.db", "sqlite:///a/b/c.db: cannot be created (No such file or directory); check the path"),
    ],
)
def test_what_cannot_be_copied(two: Path, run: Run, names: str, said: str) -> None:
    before = (two / "users.yaml").read_bytes()
    assert run("account", "copy", *names.split()) == 1
    assert run.out == ""
    assert run.err.startswith(f"seatsync: {said}")
    assert run.err.count("\n") == 1
    assert (two / "users.yaml").read_bytes() == before
    assert run("plan", "--at", DAY, "--target", "old") == 0
