"""`seatsync account roles` and `account upgrade` on the command line."""

from __future__ import annotations

from pathlib import Path

from tests.commands.running import Run
from tests.targets.stores import at, older

URL = "postgresql://nowhere.invalid/seats?schema=acme"


def test_the_rights_are_printed_without_a_server(folder: Path, run: Run) -> None:
    assert folder.is_dir()
    assert run("account", "roles", "--target", URL, "--reader", "ci") == 0
    assert 'GRANT USAGE ON SCHEMA "acme" TO "ci", "seatsync_writer";' in run.out
    assert "{" not in run.out


def test_a_file_has_none(loaded: Path, run: Run) -> None:
    assert loaded.is_dir()
    assert run("account", "roles") == 1
    said = "seatsync: sqlite:///account.db: has no roles; give rights to the file and its folder\n"
    assert run.said == ("", said)


def test_a_store_is_upgraded_once(loaded: Path, run: Run) -> None:
    older(at(loaded), 9)
    for said in ("is upgraded from version 9 to 10", "is up to date (version 10)"):
        assert run("account", "upgrade") == 0
        assert run.said == (f"The store sqlite:///account.db {said}.\n", "")
