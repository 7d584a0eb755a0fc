"""Kills an apply with steps by API before each operation on files, the store or sockets, and lets the next one go on.

    python -m tests.commands.killing_applies [PLACES [STORE [FAULT]]]

Prints how often it was killed, and what was wrong, as JSON. `PLACES` is the number of places, spread over the run (0:
all); `STORE` is where the mirror is (`sqlite` or `postgresql`); `FAULT`, a key of `FAULTS`, breaks the apply first, for
the proof to show that it would be seen. The portal and its log of effects are those of `seatsync demo portal`, which
runs on in this process.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from seatsync.account.engine import Refused, attempt
from seatsync.account.model import NOBODY
from seatsync.applying import in_mirror
from seatsync.applying.outcomes import StepOutcome
from seatsync.clock import Clock
from seatsync.demo.double import Double
from seatsync.targets.machine import Carried
from seatsync.targets.sql.copying import copy_account
from seatsync.targets.sql.inquiries import verify
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import CaseRequest, open_target
from tests.commands.killing import Disk, forked, quiet
from tests.commands.portals import portal_project
from tests.commands.test_apply_by_api import change, effects
from tests.postgres import server

APPLY: Final = ("apply", "--auto-approve")
STEPS: Final = ["invite fay", "assign fay AutoCAD", "assign cho Maya", "unassign ana Revit", "assign ben Revit"]
_OF_SOCKETS: Final = ("connect", "sendall", "recv", "recv_into", "close")


def instrument(disk: Disk) -> None:
    """Count every call of a socket and every statement of a database as a step, besides those of files."""
    for name in _OF_SOCKETS:
        setattr(socket.socket, name, counted(getattr(socket.socket, name), disk))
    connect = sqlite3.connect

    def connected(*arguments: Any, **named: Any) -> sqlite3.Connection:  # noqa: ANN401 - passed on
        connection: sqlite3.Connection = connect(*arguments, **named)
        connection.set_trace_callback(lambda _: disk._step())
        return connection

    sqlite3.connect = connected  # type: ignore[assignment]
    for name in ("execute", "executemany"):
        setattr(psycopg.RawCursor, name, counted(getattr(psycopg.RawCursor, name), disk))


def counted(call: Callable[..., Any], disk: Disk) -> Callable[..., Any]:
    def step(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401 - passed on
        disk._step()
        return call(*arguments, **named)

    return step


# Faults of the apply


def _done_too_early(hands: Any, request: CaseRequest, *, asked: bool) -> Any:  # noqa: ANN401 - as in the class
    """Simulate the bug of recording a step as done before it is carried out."""
    case, rows = hands.session.begin(request).detail, attempt(hands.account, request.step, hands.clock)
    assert not isinstance(rows, Refused)
    before = hands.account.copy()
    hands._settle(case, Carried("done", changes=((request.step, rows),), origin="x", at=hands.clock.stamp))
    return StepOutcome(request.id, "done"), hands.machine.carry_out(request.step, before, hands.clock, asked=asked)


def _not_on_record(hands: Any, request: CaseRequest, *, asked: bool) -> Any:  # noqa: ANN401 - as in the class
    """Simulate the bug of recording a step only after it was carried out."""
    carried = hands.machine.carry_out(request.step, hands.account, hands.clock, asked=asked)
    hands._settle(hands.session.begin(request).detail, carried)
    return StepOutcome(request.id, "done"), carried


FAULTS: Final[dict[str, tuple[type, str, Callable[..., Any]]]] = {
    "done too early": (in_mirror._Hands, "carry_out", _done_too_early),
    "not on record": (in_mirror._Hands, "carry_out", _not_on_record),
}


# The project


@dataclass(frozen=True)
class Result:
    """What an apply leaves: its exit code, the rows of the mirror, steps of open cases, and effects in the portal."""

    code: int
    rows: list[str]
    cases: list[str]
    effects: list[str]


@contextmanager
def portal(scratch: Path) -> Iterator[Double]:
    """Serve the account of the tests, on a clock that is also that of the commands."""
    with pytest.MonkeyPatch.context() as patch, portal_project(patch, scratch, write=True) as double:
        yield double


def made(folder: Path) -> Path:
    """Return a project whose mirror is up to date, and whose files want five steps by API and two by people."""
    with portal(folder):
        for line in (("refresh",), APPLY):
            code, said = quiet(folder, *line)
            assert code == 0, said
    change(folder)
    return folder


def store_of(folder: Path) -> SqlTarget:
    """Return the store of a project, or the one that the environment names."""
    store = open_target(os.environ.get("SEATSYNC_TARGET") or "sqlite:///.seatsync/account.db", folder, {})
    assert isinstance(store, SqlTarget)
    return store


def result_of(code: int, folder: Path, double: Double) -> Result:
    state = store_of(folder).read()
    cases = sorted(f"{case.route} {case.step}" for case in state.cases)
    return Result(code, sorted(map(str, state.account.rows())), cases, effects(double))


def unrecorded(folder: Path, double: Double) -> list[str]:
    """Return the effects in the portal that are neither in the mirror nor on record as begun."""
    state, found = store_of(folder).read(), []
    team = state.account.teams["design"]
    open_steps = [case.step for case in state.cases if case.route == "api"]
    begun = {(step.action.partition(".")[2], step.text("user")) for step in open_steps}
    for each in double.effects:
        held = team.members if each.kind == "invite" else team.seats.get(each.product, NOBODY)
        if (each.user in held) is (each.kind == "unassign") and (each.kind, each.user) not in begun:
            found.append(f"{each.kind} {each.user} {each.product}")
    return found


# The proof


def killed(places: int, store: str, fault: str) -> tuple[int, list[str]]:
    """Kill an apply at places spread over it (0: at all); return the number of kills, and what was wrong."""
    disk = Disk()
    instrument(disk)
    with tempfile.TemporaryDirectory() as name:
        place = Place(Path(name).resolve(), disk, store)
        made(place.base)
        if fault:
            setattr(*FAULTS[fault])
        total, whole = place.undisturbed()
        wrong = [] if fault or (whole.code, whole.effects) == (3, STEPS) else [f"not killed: {whole}"]
        count = 0
        for kill_at in range(1, total + 1, max(1, total // places) if places else 1):
            was_killed, problems = place.killed(kill_at, whole)
            count += was_killed
            wrong += (f"killed at {kill_at} of {total}: {problem}" for problem in problems)
            if wrong:
                break
        return count, wrong


@dataclass(frozen=True)
class Place:
    """A folder for projects: `base` is copied to `work` for each run."""

    folder: Path
    disk: Disk
    store: str

    @property
    def base(self) -> Path:
        """The project before the apply."""
        return self.folder / "base"

    @property
    def work(self) -> Path:
        """The project that is applied."""
        return self.folder / "work"

    @contextmanager
    def fresh(self) -> Iterator[Double]:
        """Copy the project, and serve the account as it was then."""
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.base, self.work)
        with portal(self.folder / "scratch") as double, self._mirror(double):
            yield double

    @contextmanager
    def _mirror(self, double: Double) -> Iterator[None]:
        """Let the mirror be in the store that is asked for: a copy, whose name is in the environment."""
        if self.store == "sqlite":
            yield
            return
        origin, schema = store_of(self.work), server().new_schema()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SEATSYNC_TARGET", server().url(schema))
            copy_account(origin, store_of(self.work), Clock.of(double.clock.moment()))
            yield
        server().drop(schema)

    def undisturbed(self) -> tuple[int, Result]:
        """Return the number of operations of an apply, and its result."""
        told = self.folder / "told"
        with self.fresh() as double:

            def run() -> None:
                code, _ = quiet(self.work, *APPLY)
                told.write_text(json.dumps([code, self.disk.count]))

            assert not forked(run, self.disk, self.work, -1)
            code, total = json.loads(told.read_text())
            return total, result_of(code, self.work, double)

    def killed(self, kill_at: int, whole: Result) -> tuple[bool, list[str]]:
        """Kill an apply at an operation, and run the next one; return what is wrong.

        An answer can come in fewer pieces than before, so that the run ends before that operation.
        """
        with self.fresh() as double:
            was_killed = forked(lambda: quiet(self.work, *APPLY), self.disk, self.work, kill_at)
            return was_killed, list(self._problems(double, whole)) if was_killed else []

    def _problems(self, double: Double, whole: Result) -> Iterator[str]:
        if lost := unrecorded(self.work, double):
            yield f"{lost} neither in the mirror nor on record"
        code, said = quiet(self.work, *APPLY)
        found = result_of(code, self.work, double)
        if found != whole:
            yield f"{code}: {found.effects} {found.cases} {said}"
        if not verify(store_of(self.work)).ok:
            yield "the log is damaged"
        if not list((self.work / "runs").glob("*/CHECKLIST.html")):
            yield "there is no checklist"


if __name__ == "__main__":
    places, store, fault = (*sys.argv[1:], *("0", "sqlite", "")[len(sys.argv) - 1 :])
    sys.stdout.write(json.dumps(killed(int(places), store, fault)))
