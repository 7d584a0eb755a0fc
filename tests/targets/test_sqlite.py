"""The embedded account passes the conformance suite."""

from __future__ import annotations

from pathlib import Path

from seatsync.account.model import Account
from seatsync.targets.sql import administration
from seatsync.targets.sql.store import open_sqlite
from seatsync.targets.target import Target
from tests.targets.conformance import OPTIONAL, TargetConformance
from tests.targets.sample import CLOCK, sample


class TestSqlite(TargetConformance):
    capabilities = OPTIONAL

    def make(self, account: Account, folder: Path) -> Target:
        target = open_sqlite("sqlite:///account.db", folder, {})
        administration.create(target, account.name, account.timezone, CLOCK)
        administration.load_state(target, account, CLOCK)
        return target

    def test_reading_leaves_every_byte_as_it_is(self, tmp_path: Path) -> None:
        target = self.make(sample(), tmp_path)
        before = (tmp_path / "account.db").read_bytes()
        target.read()
        assert (tmp_path / "account.db").read_bytes() == before
