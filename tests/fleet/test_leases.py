"""Leases of workers: who is given up by whom."""

from __future__ import annotations

from pathlib import Path

from seatsync.fleet.fleet_store import open_fleet_store
from seatsync.fleet.runs import Workers


def test_a_worker_gives_up_others_whose_lease_is_over_but_never_itself(tmp_path: Path) -> None:
    store = open_fleet_store("sqlite:///fleet.db", tmp_path)
    try:
        workers = Workers(store)
        for worker, lease in (("late", -1.0), ("gone", -1.0), ("alive", 60.0)):
            workers.register(worker, "here/1/", lease)
        workers.remove_expired(but="late")
        assert {worker.id for worker in workers.alive()} == {"alive", "late"}
        assert [workers.renew(worker, 60.0) for worker in ("late", "gone")] == [True, False]
    finally:
        store.close()
