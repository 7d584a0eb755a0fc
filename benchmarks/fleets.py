"""The cost of a fleet's engine: against the bare commands, and of four workers against one.

python -m benchmarks.fleets bare FOLDER             elapsed seconds: `plan` and `apply` of every account, in one process
python -m benchmarks.fleets engine FOLDER           elapsed seconds: `fleet plan` and `fleet apply`
python -m benchmarks.fleets workers FOLDER NUMBER   elapsed seconds: `fleet apply` by workers that have started already

The first two have validated everything before, so that modules are loaded, and the queue has its tables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

import seatsync.commands.apply
import seatsync.commands.plan
import seatsync.commands.shared.fleet.front  # noqa: F401 - all loaded before the clock runs
from benchmarks.data import TeamSize, make
from benchmarks.measure import Command, Failed, median, own, ratio, run_interleaved
from benchmarks.rows import Measured, Results
from seatsync.cli import main

if TYPE_CHECKING:
    from benchmarks.jobs import Bench

ACCOUNTS: Final = 120
SIZE: Final = TeamSize(100, 4, 75, 2, 50)
"""The size of an account: 300 seats."""

_CHANGE: Final = 0.02
_FILE: Final = 'accounts: ["customers/*/"]\n'
_APPLY: Final = ("apply", "--auto-approve")


def fleets(bench: Bench, results: Results) -> None:
    """Measure the engine against bare commands, and workers that share a queue in PostgreSQL."""
    fleet, made = bench.folder / "fleet", bench.folder / "fleet-made"
    seats = _make(made, ACCOUNTS)
    fresh = partial(_fresh, made, fleet)
    commands = {name: _probe(name, fleet, before=fresh) for name in ("bare", "engine")}
    costs = run_interleaved(commands, bench.rounds, bench.folder)
    each = median(costs["bare"], own) / ACCOUNTS
    remark = f"{ACCOUNTS} accounts of {seats} seats; bare: {each * 1000:.0f} ms an account"
    results.measured["fleet"] = Measured(ratio(costs["engine"], costs["bare"], own), remark)
    results.measured["workers"] = _workers(bench, made, fleet)


def _workers(bench: Bench, made: Path, fleet: Path) -> Measured:
    import pytest  # noqa: PLC0415 - as the server, which is that of the tests

    from tests.postgres import server  # noqa: PLC0415 - as above

    try:
        found = server()
    except pytest.skip.Exception as reason:
        return Measured(None, str(reason))

    def fresh() -> None:
        _fresh(made, fleet, found.url(database=found.new_database()))

    commands = {number: _probe("workers", fleet, number, before=fresh) for number in ("1", "4")}
    costs = run_interleaved(commands, bench.slow, bench.folder)
    remark = f"{ACCOUNTS} accounts, {os.cpu_count()} cores; one worker: {median(costs['1'], own):.1f} s"
    return Measured(ratio(costs["1"], costs["4"], own), remark)


def _probe(name: str, *arguments: object, before: Callable[[], None]) -> Command:
    argv = (sys.executable, "-m", "benchmarks.fleets", name, *map(str, arguments))
    return Command(argv, before, probe=True)


def _make(folder: Path, accounts: int) -> int:
    """Write a fleet whose accounts each have something to change; return the seats of one."""
    made = make(folder / "one", 1, _CHANGE, SIZE)
    _run("-C", str(made.repository), "account", "create", "--name", "bench")
    _run("-C", str(made.repository), "account", "load", str(made.current))
    for number in range(accounts):
        shutil.copytree(made.repository, folder / f"customers/a{number:04}")
    shutil.rmtree(folder / "one")
    return made.seats


def _fresh(made: Path, fleet: Path, store: str | None = None) -> None:
    """Put a fleet there as it was made, with a store of its own for the queue."""
    shutil.rmtree(fleet, ignore_errors=True)
    shutil.copytree(made, fleet)
    (fleet / "fleet.yaml").write_text(_FILE + (f"store: {store}\n" if store else ""), encoding="utf-8")


def _run(*words: str) -> None:
    """Run a command in this process. Raises `Failed`."""
    out = StringIO()
    with redirect_stdout(out):
        code = main(words)
    if code:
        raise Failed(f"{' '.join(words)} ended with {code}: {out.getvalue()[-500:]}")


def bare(folder: Path, *commands: tuple[str, ...]) -> None:
    """Run commands on every account."""
    for words in commands:
        for account in sorted((folder / "customers").iterdir()):
            _run("-C", str(account), *words, "--format", "json")


def engine(folder: Path, *commands: tuple[str, ...]) -> None:
    """Run commands on the fleet."""
    for words in commands:
        _run("-C", str(folder), "fleet", *words)


def workers(folder: Path, number: int) -> float:
    """Start workers, and return the seconds of an apply of the fleet by them."""
    command = (sys.executable, "-m", "seatsync", "-C", str(folder), "fleet", "worker")
    with ExitStack() as stack:
        for _ in range(number):
            worker = stack.enter_context(subprocess.Popen((*command, "--log-format", "json"), stderr=subprocess.PIPE))
            stack.callback(worker.kill)
            assert worker.stderr is not None
            worker.stderr.readline()  # it has begun
        return _timed(lambda: _run("-C", str(folder), "fleet", *_APPLY, "--wait", "--workers", "0"))


def _timed(work: Callable[[], None]) -> float:
    since = time.perf_counter()
    work()
    return time.perf_counter() - since


def _main(name: str, folder: str, *number: str) -> None:
    if name == "workers":
        print(workers(Path(folder), int(number[0])))
    else:
        run = partial({"bare": bare, "engine": engine}[name], Path(folder))
        run(("validate",))  # makes the tables of the queue, and loads what all commands need
        print(_timed(lambda: run(("plan",), _APPLY)))


if __name__ == "__main__":
    _main(*sys.argv[1:])
