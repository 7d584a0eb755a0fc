"""Cuts the connection of an apply to PostgreSQL at its round trips, and lets the next apply go on.

    python -m tests.targets.cuts [EVERY [FAULT]]

Each round trip of the apply is cut in four ways (`WAYS`): the server's process ends before it, or the answer is lost;
the apply is killed before it, or instead of getting the answer. Afterwards everything that the apply reported as done
must be saved, and the next apply must do the rest: no step, mail or case is lost or doubled, and the log is valid.
`EVERY`: cut every n-th round trip only, in one of the ways, and every COMMIT in two. `FAULT`, a key of `FAULTS`, breaks
the store beforehand, for the proof to show that it would be seen. Prints the number of cuts and what was wrong as JSON.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import pytest

from seatsync.applying import running
from seatsync.cli import main
from seatsync.errors import SeatsyncError, TargetProblem
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.postgres import PostgresDatabase
from seatsync.targets.sql.store import SqlTarget
from seatsync.targets.target import open_target
from tests.commands.running import DAY, FILES, write
from tests.postgres import server
from tests.targets.conformance import content
from tests.targets.postgres_proxy import Act, Link, Proxy, lose_answer, terminate

WAYS: Final = ("server ends", "answer is lost", "killed before", "killed after")
APPLY: Final = ("apply", "--at", DAY, "--auto-approve")
WISH: Final = {
    "users.yaml": """\
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}
  ben@acme.example: {first_name: Ben, last_name: Ode}
  cho@acme.example: {first_name: Cho}
  dee@acme.example: {}
""",
    "teams/design.yaml": """\
teams:
  design:
    primary_admin: ben@acme.example
    secondary_admins: [ana@acme.example, cho@acme.example]
    groups:
      bim: {members: [dee@acme.example]}
      cad: {members: [ana@acme.example, cho@acme.example]}
    seats:
      AutoCAD: [ben@acme.example, dee@acme.example]
""",
    "subscriptions.yaml": FILES["subscriptions.yaml"].replace("contract_manager: ana", "contract_manager: ben"),
}
"""A change with mails, a case, and steps that need each other."""


# Faults of the store


def _lost(database: PostgresDatabase, _: object) -> None:
    raise TargetProblem(database.url, "the connection was lost at COMMIT", "nothing is saved")


def _fine(database: PostgresDatabase, _: object) -> None:
    database._reconnect()


FAULTS: Final[dict[str, tuple[str, Callable[..., None]]]] = {
    "every statement is a transaction": ("_begin", lambda _: None),
    "a lost COMMIT is taken for a failure": ("_settle", _lost),
    "a lost COMMIT is taken for a success": ("_settle", _fine),
}
"""The method of the database that is replaced, and what by."""


# The proof


@dataclass(frozen=True)
class Run:
    """The exit code of an apply (None: killed) and its output."""

    code: int | None
    out: str

    @property
    def last(self) -> str:
        """The last line of the output."""
        return self.out.splitlines()[-1]

    @property
    def reported(self) -> int:
        """The number of steps that it reported as done or recorded as cases."""
        return sum(line.startswith(("  done ", "  case ")) for line in self.out.splitlines())


@dataclass(frozen=True)
class Project:
    """A project that wants a change. `schema` is that of its account."""

    folder: Path
    schema: str

    @property
    def store(self) -> SqlTarget:
        """The store of the account."""
        found = open_target(server().url(self.schema), self.folder, {})
        assert isinstance(found, SqlTarget)
        return found

    def apply(self, port: int | None = None) -> Run:
        """Apply the change in this process; `port`: through a proxy."""
        out = self.folder / "out.txt"
        with out.open("w", buffering=1) as stream, redirect_stdout(stream), redirect_stderr(stream):
            url = server().url(self.schema)
            os.environ["SEATSYNC_TARGET"] = url if port is None else url.replace(f":{server().port}/", f":{port}/")
            code = main(["-C", str(self.folder), *APPLY])
        return Run(code, out.read_text())

    def apply_in_child(self, port: int, number: Future[int]) -> Run:
        """Apply the change in a child process, whose number is told."""
        child = os.fork()
        if not child:
            try:
                os._exit(self.apply(port).code or 0)
            finally:
                os._exit(1)
        number.set_result(child)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Run(None if code < 0 else code, (self.folder / "out.txt").read_text())

    def saved(self) -> int:
        """Return the number of steps that are in the store, as done or as cases."""
        state = self.store.read()
        return (state.account.serial or 0) - 1 + len(state.cases)

    def result(self) -> dict[str, Any]:
        """Return what an apply leaves in the account."""
        state, store = self.store.read(), self.store
        return {
            "account": content(state.account),
            "cases": [(case.id, case.step) for case in inquiries.cases(store, closed=True).items],
            "mails": [(mail.id, mail.template, mail.to, mail.cause) for mail in inquiries.mails(store).items],
            "steps": [(entry.serial, entry.step) for entry in store.journal()],
            "applied": (state.applied_declaration, state.applied_policy),
            "tracked": dict(state.tracked or {}),
            "problem": inquiries.verify(store).problem,
        }


@contextmanager
def project(folder: Path) -> Iterator[Project]:
    """Make a project that wants a change, and its account."""
    shutil.rmtree(folder, ignore_errors=True)
    write(folder, FILES)
    made = Project(folder, server().new_schema())
    target = ("--target", server().url(made.schema), "--at", DAY)
    with (folder / "made.txt").open("w") as stream, redirect_stdout(stream):
        for line in (("create", "--name", "acme"), ("load", str(folder))):
            assert main(["-C", str(folder), "account", *line, *target]) == 0
    write(folder, WISH)
    yield made
    server().drop(made.schema)


@contextmanager
def small_batches() -> Iterator[pytest.MonkeyPatch]:
    """Let an apply have several transactions, and keep the environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(running, "BATCH", 3)
        patch.setenv("SEATSYNC_TARGET", "")
        yield patch


def undisturbed(folder: Path) -> tuple[list[str], dict[str, Any]]:
    """Return the round trips of an apply, and what it leaves."""
    with project(folder) as made, Proxy() as proxy:
        run = made.apply(proxy.port)
        assert (run.code, run.reported) == (3, made.saved()), run.out
        return list(proxy.trips), made.result()


def cut(folder: Path, number: int, way: str, whole: dict[str, Any]) -> str:
    """Cut an apply at a round trip, and run the next one; return what is wrong."""
    with project(folder) as made:
        with Proxy() as proxy:
            run = _cut_apply(made, proxy, number, way)
            proxy.end_all()
        try:
            return _problem(made, run, whole)
        except SeatsyncError as problem:
            return f"the store cannot be read: {problem}"


def _problem(made: Project, run: Run, whole: dict[str, Any]) -> str:
    saved = made.saved()
    if run.reported > saved:
        return f"reported {run.reported} steps, saved {saved}: {run.last}"
    if run.code is not None and run.reported < saved:
        return f"reported only {run.reported} steps, saved {saved}: {run.last}"
    if "Traceback" in run.out or (run.code == 1 and "seatsync: " not in run.out):
        return f"says {run.last}"
    again = made.apply()
    if again.code != 3:
        return f"the next apply ends with {again.code}: {again.last} (after: {run.last})"
    found = made.result()
    differing = [name for name in whole if found[name] != whole[name]]
    return "; ".join(f"{name}: {found[name]} instead of {whole[name]}" for name in differing)


def _cut_apply(made: Project, proxy: Proxy, number: int, way: str) -> Run:
    child: Future[int] = Future()

    def kill(_: Link) -> None:
        os.kill(child.result(), signal.SIGKILL)

    acts: dict[str, Act] = {
        "server ends": terminate,
        "answer is lost": lose_answer,
        "killed before": kill,
        "killed after": partial(lose_answer, instead=kill),
    }
    proxy.at(number, acts[way])
    return made.apply_in_child(proxy.port, child) if way.startswith("killed") else made.apply(proxy.port)


def cuts(every: int, fault: str = "") -> tuple[int, list[str]]:
    """Cut an apply at every n-th round trip, and at every COMMIT; return the number of cuts, and what was wrong.

    With a fault, the last ones come first, and the search ends with the first that is wrong.
    """
    count, wrong = 0, list[str]()
    with small_batches() as patch, tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve() / "project"
        trips, whole = undisturbed(folder)
        if fault:
            patch.setattr(PostgresDatabase, *FAULTS[fault])
        places = [*enumerate(trips, 1)]
        for number, sql in reversed(places) if fault else places:
            for way in _ways(number, every, sql):
                count += 1
                problem = cut(folder, number, way, whole)
                if problem:
                    wrong.append(f"{way} at {number} of {len(trips)} ({sql[:60]}): {problem}")
            if fault and wrong:
                break
    return count, wrong


def _ways(number: int, every: int, sql: str) -> tuple[str, ...]:
    if every == 1:
        return WAYS
    at_commit = WAYS[:2] if sql == "COMMIT" else ()
    return at_commit if number % every else (*at_commit, WAYS[number // every % len(WAYS)])


if __name__ == "__main__":
    sys.stdout.write(json.dumps(cuts(int((sys.argv[1:] or ["1"])[0]), " ".join(sys.argv[2:]))) + "\n")
