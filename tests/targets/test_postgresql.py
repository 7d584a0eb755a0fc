"""Accounts in PostgreSQL pass the conformance suite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from seatsync.account.model import Account
from seatsync.errors import TargetProblem
from seatsync.targets.sql import administration
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import Target, open_target
from tests.postgres import server
from tests.targets.conformance import OPTIONAL, TargetConformance
from tests.targets.sample import CLOCK
from tests.targets.stores import at, in_postgresql


class TestPostgresql(TargetConformance):
    capabilities = OPTIONAL

    @pytest.fixture(autouse=True)
    def _in_postgresql(self, tmp_path: Path) -> Iterator[None]:
        with in_postgresql(tmp_path):
            yield

    def make(self, account: Account, folder: Path) -> Target:
        target = at(folder)
        administration.create(target, account.name, account.timezone, CLOCK)
        administration.load_state(target, account, CLOCK)
        return target


def test_an_encrypted_connection_to_the_server_that_is_meant(postgres_schema: str, tmp_path: Path) -> None:
    plain = server().url(postgres_schema)
    administration.create(stored(plain, tmp_path), "acme", "UTC", CLOCK)
    encrypted = f"{plain}&sslmode=verify-full&sslrootcert="
    assert stored(f"{encrypted}{server().authority}", tmp_path).read().account.name == "acme"
    other = tmp_path / "other.pem"
    trustme.CA().cert_pem.write_to_path(other)
    with pytest.raises(TargetProblem, match="the encrypted connection failed") as caught:
        stored(f"{encrypted}{other}", tmp_path).read()
    assert "certificate verify failed" in str(caught.value)


def stored(url: str, folder: Path) -> SqlTarget:
    """Return the store that a URL names."""
    found = open_target(url, folder, {})
    assert isinstance(found, SqlTarget)
    return found
