"""Samples of the proofs about stores, each with faults that it must find. `make soak` runs them in full."""

from __future__ import annotations

from pathlib import Path

import pytest
from psycopg.pq import TransactionStatus

from seatsync.targets.sql.postgres import PostgresDatabase
from tests.targets import cuts, races, stops, walks
from tests.targets.stores import STORES


def test_no_cut_connection_loses_or_doubles_anything() -> None:
    count, wrong = cuts.cuts(25)
    assert wrong == []
    assert count > 20


@pytest.mark.parametrize("fault", cuts.FAULTS)
def test_faults_at_a_cut_are_found(fault: str) -> None:
    assert cuts.cuts(9, fault)[1] != []


def test_a_holder_that_was_overtaken_writes_nothing() -> None:
    assert stops.stops(6) == (6, [])


@pytest.mark.parametrize("fault", stops.FAULTS)
def test_faults_of_the_token_are_found(fault: str) -> None:
    assert stops.stops(40, fault)[1] != []


@pytest.mark.parametrize("kind", STORES)
def test_of_several_appliers_one_does_everything(kind: str) -> None:
    assert races.races(3, kind) == (3, [])


@pytest.mark.parametrize("fault", races.FAULTS)
@pytest.mark.parametrize("kind", STORES)
def test_faults_of_the_lock_are_found(kind: str, fault: str) -> None:
    assert races.races(3, kind, fault)[1] != []


def test_stores_of_both_kinds_walk_alike() -> None:
    for seed in range(4):
        walks.walk_alike(seed)


def _commit(database: PostgresDatabase) -> None:
    if database._connection.info.transaction_status == TransactionStatus.INTRANS:
        database._connection.execute("COMMIT")


def test_a_store_that_walks_otherwise_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If transactions that fail were committed, too, the changes of stopped runs would stay."""
    monkeypatch.setattr(PostgresDatabase, "_roll_back", _commit)
    found = []
    for seed in range(3):
        (tmp_path / str(seed)).mkdir()
        found.append(walks.walk(seed, tmp_path / str(seed)))
    assert any(found)
