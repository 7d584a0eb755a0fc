"""Probes: processes that run one part of the work, and print the seconds of that part only.

python -m benchmarks.probes read FILE …                   CPU seconds: text to tree, with places and findings
python -m benchmarks.probes schema FILE …                 CPU seconds: trees against the schema
python -m benchmarks.probes difference NOW GOAL           CPU seconds: two states (snapshots) to candidate steps
python -m benchmarks.probes stored URL                    elapsed seconds: the whole state of an account
python -m benchmarks.probes apply URL PLAN BATCH          elapsed seconds: apply of a plan, BATCH steps per transaction
python -m benchmarks.probes growth URL PLAN               the same in batches: memory after all steps, relative to after a tenth
python -m benchmarks.probes insert APPLIED SCRATCH        elapsed seconds: bare inserts of the rows that an apply wrote
python -m benchmarks.probes export FOLDER                 CPU seconds: the portal's exports in a folder to facts
python -m benchmarks.probes usage FOLDER                  CPU seconds: `account usage` of the export in a project, in a new account
python -m benchmarks.probes csv FILE                      CPU seconds: the rows of a CSV by `csv.reader`
python -m benchmarks.probes rules REPOSITORY              CPU seconds of one evaluation: the rules of the project, as read
python -m benchmarks.probes load REPOSITORY SNAPSHOT      CPU seconds: `account load` without size limits
"""  # noqa: E501 - a table

from __future__ import annotations

import csv
import json
import os
import resource
import sqlite3
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

from seatsync.account.model import Account
from seatsync.applying import outcomes, running
from seatsync.cli import main
from seatsync.clock import Clock
from seatsync.commands.account import record_usage  # noqa: F401 - loaded before the clock runs
from seatsync.declaration import files
from seatsync.declaration.load import load as load_repository
from seatsync.declaration.states import load_snapshot
from seatsync.planning.difference.changes import people_changes, subscription_changes, team_changes
from seatsync.planning.plan import Plan
from seatsync.planning.plan_file import from_json
from seatsync.portal.observation import combined
from seatsync.portal.sources.exports import Exports
from seatsync.reading import plain_text, schema, yaml_file
from seatsync.reading.tree import collector_paused
from seatsync.rules.own_rules import own_findings
from seatsync.rules.own_subjects import Facts
from seatsync.targets.sql import session  # noqa: F401 - loaded before the clock runs
from seatsync.targets.target import open_target

LOG_TABLES = ("audit", "outbox")


def read(*names: str) -> float:
    """Read every file as commands do, and discard its tree."""
    texts = [Path(name).read_bytes() for name in names]
    since = time.process_time()
    with collector_paused():
        for name, text in zip(names, texts, strict=True):
            yaml_file.read(text, name)
    return time.process_time() - since


def check(*names: str) -> float:
    """Check every tree against the schema; reading them is not counted."""
    with collector_paused():
        trees = [(name, yaml_file.read(Path(name).read_bytes(), name)[0]) for name in names]
        since = time.process_time()
        for name, tree in trees:
            if schema.check(tree, "fragment", name):
                raise SystemExit(f"{name} does not match the schema")
        return time.process_time() - since


def difference(now: str, goal: str) -> float:
    """Compute every candidate step between two states; reading them is not counted."""
    base, wanted = _account(now), _account(goal)
    with collector_paused():  # as in every command
        since = time.process_time()
        subscriptions = subscription_changes(base, wanted)
        found = list(people_changes(base, wanted, subscriptions, ()))
        for name in sorted(base.teams.keys() & wanted.teams.keys()):
            found += team_changes(name, base, wanted, subscriptions)
        seconds = time.process_time() - since
    if not found:
        raise SystemExit("the states do not differ")
    return seconds


def _account(snapshot: str) -> Account:
    account, findings = load_snapshot(Path(snapshot))
    if account is None:
        raise SystemExit(f"{snapshot}: {findings[0].message}")
    return account


def stored(url: str) -> float:
    """Read the whole state of an account; connecting is counted."""
    target = open_target(url, Path(), os.environ)
    with collector_paused():  # as in every command
        since = time.perf_counter()
        target.read()
        return time.perf_counter() - since


def apply(url: str, plan: str, batch: str) -> float:
    """Apply a plan with `batch` steps per transaction: with lock, mails and audit log, all durable."""
    todo = from_json(Path(plan).read_text(encoding="utf-8"))
    running.BATCH = int(batch)
    with collector_paused():  # as in every command
        since = time.perf_counter()
        _carry_out(todo, url, lambda _: None)
        return time.perf_counter() - since


def growth(url: str, plan: str) -> float:
    """Apply a plan, and return the memory of the process at the end, relative to that after a tenth of the steps."""
    todo = from_json(Path(plan).read_text(encoding="utf-8"))
    memory: list[int] = []

    def count(outcome: outcomes.StepOutcome) -> None:
        number = outcome.id
        if number in {len(todo.steps) // 10, len(todo.steps)}:
            memory.append(_resident())

    _carry_out(todo, url, count)
    return memory[1] / memory[0]


def _carry_out(todo: Plan, url: str, progress: outcomes.Progress) -> None:
    target = open_target(url, Path(), os.environ)
    applied = running.apply_plan(todo, target, Clock.at(todo.at), None, progress, lambda: None)
    if applied.count("done") != len(todo.steps):
        raise SystemExit(f"only {applied.count('done')} of {len(todo.steps)} steps were done")


def _resident() -> int:
    """Return the resident memory of the process in pages, or its peak on systems without /proc."""
    try:
        return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except FileNotFoundError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def insert(applied: str, scratch: str) -> float:
    """Insert the rows that an apply wrote into the same tables of an empty database, in one transaction."""
    with sqlite3.connect(applied) as source:
        tables = [sql for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
        rows = _written(source)
    Path(scratch).unlink(missing_ok=True)
    database = sqlite3.connect(scratch, isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = FULL")
    for statement in tables:
        database.execute(statement)
    since = time.perf_counter()
    database.execute("BEGIN IMMEDIATE")
    for table, some in rows.items():
        marks = ", ".join("?" * len(some[0]))
        database.executemany(f'INSERT OR REPLACE INTO "{table}" VALUES ({marks})', some)  # noqa: S608 - our own names
    database.execute("COMMIT")
    return time.perf_counter() - since


def _written(database: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    """Return the rows that the steps wrote, by table (for deleted rows: the old one), and those of the log tables."""
    rows: dict[str, list[tuple[object, ...]]] = defaultdict(list)
    for (changes,) in database.execute("SELECT changes FROM audit WHERE changes IS NOT NULL"):
        for table, key, old, new in json.loads(changes):
            rows[table].append((*key, *((new if new is not None else old) or ())))
    for book in LOG_TABLES:
        rows[book] = database.execute(f"SELECT * FROM {book}").fetchall()  # noqa: S608 - our own names
    return {table: some for table, some in rows.items() if some}


def load(repository: str, snapshot: str) -> float:
    """Run `account load` without the readers' limits, which a snapshot of a million seats exceeds."""
    for module, name in ((files, "MAX_BYTES"), (plain_text, "MAX_BYTES"), (plain_text, "MAX_EVENTS")):
        setattr(module, name, 1 << 30)  # in this process alone
    since = time.process_time()
    with redirect_stdout(StringIO()):
        code = main(["-C", repository, "account", "load", snapshot])
    if code != 0:
        raise SystemExit(code)
    return time.process_time() - since


def export(folder: str) -> float:
    """Read exports as facts with their places, with all checks of one file and of several."""
    with collector_paused():  # as in every command
        since = time.process_time()
        observations, findings = Exports(Path(folder), "exports").observe()
        chosen, contradictions = combined(observations)
        seconds = time.process_time() - since
    if not chosen or findings or contradictions:
        raise SystemExit("the exports have findings")
    return seconds


def usage(folder: str) -> float:
    """Record the usage export of a project in a new account."""
    root = Path(folder)
    for left in (*root.glob("account.db*"), *root.glob(".seatsync/heads/*.json")):
        left.unlink()
    with redirect_stdout(StringIO()) as told:
        for command in (("create", "--name", "bench"), ("load", "account.yaml")):
            if main(["-C", folder, "account", *command]) != 0:
                raise SystemExit(told.getvalue())
        since = time.process_time()
        code = main(["-C", folder, "account", "usage", "usage-2026-06-14.csv", "--at", "2026-06-15"])
        seconds = time.process_time() - since
    if code != 0:
        raise SystemExit(told.getvalue())
    return seconds


def plain_csv(file: str) -> float:
    """Read the rows of a CSV, and discard them."""
    since = time.process_time()
    with Path(file).open(encoding="utf-8", newline="") as text:
        for _ in csv.reader(text):
            pass
    return time.process_time() - since


def rules(repository: str) -> float:
    """Judge the rules of a project; return the seconds for each person, seat and role, on average."""
    declared = load_repository(Path(repository)).declaration
    if declared is None:
        raise SystemExit("the repository cannot be read")
    with collector_paused():  # as in every command
        since = time.process_time()
        findings = list(own_findings(declared, "2026-06-15"))
        seconds = time.process_time() - since
    if findings:
        raise SystemExit("the rules have findings")
    facts = Facts(declared, "2026-06-15")
    return seconds / sum(len(list(facts.subjects(rule.each))) for rule in declared.project.rules)


PROBES: dict[str, Callable[..., float]] = {
    "read": read,
    "schema": check,
    "difference": difference,
    "apply": apply,
    "stored": stored,
    "growth": growth,
    "insert": insert,
    "export": export,
    "usage": usage,
    "rules": rules,
    "csv": plain_csv,
    "load": load,
}

if __name__ == "__main__":
    print(PROBES[sys.argv[1]](*sys.argv[2:]))
