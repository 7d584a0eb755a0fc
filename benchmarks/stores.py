"""An account in PostgreSQL against the same account in SQLite: reading, planning, applying."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from psycopg import sql

from benchmarks.measure import Command, Cost, median, own, ratio, run, run_interleaved
from benchmarks.rows import Measured, Results
from seatsync.applying.running import BATCH

if TYPE_CHECKING:
    from benchmarks.jobs import Bench
    from tests.postgres import Server

CHANGED: Final = 0.005
"""The share of changed holders, so that one seat in a hundred is a step."""

ROWS: Final = ("store read", "store plan", "store apply")
_DURABLE: Final = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")
_ORIGINAL, _FRESH = "bench_original", "bench_fresh"


def stores(bench: Bench, results: Results) -> None:
    """Measure the same account in both, the elapsed time with that of the server; the rows are empty without one."""
    import pytest  # noqa: PLC0415 - as the server, which is that of the tests

    from tests.postgres import server  # noqa: PLC0415 - as above

    try:
        found = server()
    except pytest.skip.Exception as none:
        results.measured.update({row: Measured(None, str(none)) for row in ROWS})
        return
    with _durable(found):
        _stores(bench, results, found)


def _stores(bench: Bench, results: Results, server: Server) -> None:
    made = bench.data("stores", bench.seats, CHANGED)
    account, plan, fresh = made.repository / ".seatsync/account.db", bench.folder / "stored.json", bench.folder / "f.db"
    _database(server, _ORIGINAL)
    url = server.url("bench", database=_ORIGINAL)
    run(bench.ours(made.repository, "account", "copy", "sqlite:///.seatsync/account.db", url), bench.folder)
    run(bench.ours(made.repository, "plan", "--out", str(plan)), bench.folder)
    fresh_url = server.url("bench", database=_FRESH)
    costs = run_interleaved(
        {
            "read": _probe("stored", f"sqlite:///{account}"),
            "read, server": _probe("stored", url),
            "plan": bench.ours(made.repository, "plan", "--format", "json"),
            "plan, server": bench.ours(made.repository, "plan", "--format", "json", "--target", url),
            "apply": _probe("apply", f"sqlite:///{fresh}", plan, BATCH, before=lambda: _copied(account, fresh)),
            "apply, server": _probe(
                "apply", fresh_url, plan, BATCH, before=lambda: _database(server, _FRESH, template=_ORIGINAL)
            ),
        },
        bench.slow,
        bench.folder,
    )
    steps = plan.read_text(encoding="utf-8").count('"action"')
    for row, what, of in zip(ROWS, ("read", "plan", "apply"), (own, _elapsed, own), strict=True):
        size = f"{made.seats:,} seats" if what != "apply" else f"{steps:,} steps"
        remark = f"{size}; SQLite: {median(costs[what], of):.2f} s"
        results.measured[row] = Measured(ratio(costs[f"{what}, server"], costs[what], of), remark)
    for name in (_FRESH, _ORIGINAL):
        _database(server, name, drop=True)


@contextmanager
def _durable(server: Server) -> Iterator[None]:
    """Give the server of the tests the durability of a real one."""
    try:
        _alter_system(server, sql.SQL("ALTER SYSTEM SET {} = on"))
        yield
    finally:
        _alter_system(server, sql.SQL("ALTER SYSTEM RESET {}"))


def _alter_system(server: Server, words: sql.SQL) -> None:
    for name in _DURABLE:
        server.run(words.format(sql.Identifier(name)))
    server.run(sql.SQL("SELECT pg_reload_conf()"))


def _database(server: Server, name: str, *, template: str = "template1", drop: bool = False) -> None:
    """Create a database anew from a template, or only drop it."""
    server.run(sql.SQL("DROP DATABASE IF EXISTS {} (FORCE)").format(sql.Identifier(name)))
    if not drop:
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        server.run(words.format(sql.Identifier(name), sql.Identifier(template)))


def _probe(name: str, *arguments: object, before: Callable[[], None] | None = None) -> Command:
    return Command((sys.executable, "-m", "benchmarks.probes", name, *map(str, arguments)), before, probe=True)


def _copied(account: Path, fresh: Path) -> None:
    for file in fresh.parent.glob(f"{fresh.name}*"):
        file.unlink()
    shutil.copyfile(account, fresh)


def _elapsed(cost: Cost) -> float:
    return cost.clock
