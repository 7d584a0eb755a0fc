"""Races of appliers: processes that apply the same plan to one store at the same moment.

    python -m tests.targets.races [RACES [FAULT]]

Whoever comes first does everything; the others are refused, or find nothing to do. `FAULT`, a key of `FAULTS`, breaks
the store beforehand, for the proof to show that it would be seen. Prints the number of races for each kind of store and
what was wrong, as JSON.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, redirect_stdout
from pathlib import Path
from typing import Final

import pytest

from seatsync.errors import SeatsyncError
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.database import Database
from seatsync.targets.sql.lock import Lock, Seconds
from tests.targets.applier import finish, group_names
from tests.targets.stores import STORES, in_postgresql, store

STEPS: Final = 20
CONTENDERS: Final = 3
_REFUSED: Final = ("has been changing this account since", "PLAN001", "another process is writing to it")


def _no_lock(patch: pytest.MonkeyPatch) -> None:
    """Simulate the bug of a lock that everybody gets."""

    def take_lock(database: Database, actor: str | None, now: Seconds, *_: object) -> Lock:
        return Lock(database, 1, now)

    patch.setattr("seatsync.targets.sql.lock.take_lock", take_lock)
    patch.setattr(Lock, "renew", lambda _: None)


FAULTS: Final[dict[str, Callable[[pytest.MonkeyPatch], None]]] = {"no lock": _no_lock}


def race(folder: Path) -> str:
    """Let several processes apply the same plan; return what is wrong."""
    target = store(folder)
    ready, go = os.pipe()
    children = [_contender(folder, number, ready, go) for number in range(CONTENDERS)]
    os.close(ready)
    os.close(go)  # the start: no contender reads any more
    for child in children:
        os.waitpid(child, 0)
    said = [(folder / f"{number}.txt").read_text() for number in range(CONTENDERS)]
    if sorted(each.count(" done\n") for each in said) != [0] * (CONTENDERS - 1) + [STEPS]:
        return f"the work was shared: {said}"
    odd = [each for each in said if each and " done\n" not in each and not any(word in each for word in _REFUSED)]
    if odd:
        return f"somebody ended otherwise: {odd}"
    account = target.read().account
    if (sorted(account.teams["build"].groups), account.serial) != (group_names(STEPS), 1 + STEPS):
        return f"the account is at serial {account.serial} with {sorted(account.teams['build'].groups)}"
    return inquiries.verify(target).problem


def _contender(folder: Path, number: int, ready: int, go: int) -> int:
    """Start a process that applies as soon as the pipe is closed; return its id."""
    child = os.fork()
    if child:
        return child
    try:
        os.close(go)
        os.read(ready, 1)
        with (folder / f"{number}.txt").open("w") as out, redirect_stdout(out):
            try:
                finish(folder, STEPS)
            except SeatsyncError as problem:
                out.write(f"{problem}\n")
    finally:
        os._exit(0)


def races(count: int, kind: str, fault: str = "") -> tuple[int, list[str]]:
    """Race in stores of a kind; return the number of races, and what was wrong."""
    wrong = []
    with pytest.MonkeyPatch.context() as patch:
        if fault:
            FAULTS[fault](patch)
        for _ in range(count):
            with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
                if kind == "postgresql":
                    stack.enter_context(in_postgresql(Path(name)))
                problem = race(Path(name))
            if problem:
                wrong.append(problem)
    return count, wrong


if __name__ == "__main__":
    races_of = int((sys.argv[1:] or ["100"])[0])
    sys.stdout.write(json.dumps({kind: races(races_of, kind, " ".join(sys.argv[2:])) for kind in STORES}) + "\n")
