"""The results as a page (Markdown), as data (JSON) and as a plot."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import yaml

from benchmarks.plot import svg
from benchmarks.rows import PROMISES, Measured, Promise, Results

PAGE, DATA, PLOT = "benchmarks.md", "benchmarks.json", "benchmarks.svg"

_INTRODUCTION = """\
# Benchmarks

`make bench` wrote this page on {day}, on
{machine}.

{seats:,} direct seats, {people:,} people and {people:,} memberships in {files:,} files; in the account, one seat in a
hundred is held by somebody else. The promises are about 300,000 seats (`make bench SEATS=300000`, an hour); with fewer,
the start of the program, which the base does not have, weighs more.

Every figure is a ratio of two things that took turns in one run: the median of the ratios of all rounds, with the
lowest and the highest: {rounds} rounds after one that does not count, {slow} of sizes and other tools. CPU time is user
and system time of the whole process. The base is `yaml.load(…, CSafeLoader)` of the same files in a process of its own,
which keeps the documents, with the collector on.

"""

_NOTES = """
- *Reading* and *schema* alone, and the *difference*, are the CPU time of that part within a process of its own.
- The *difference* is that of two snapshots of the account; DeepDiff compares the documents of the same two files, their
  lists in order, which is the least work for it. Reading them is not counted.
- *Apply* is measured by the clock, since it waits for the disk: with the audit log and mails inside each transaction,
  `synchronous = FULL`. One transaction a step is the same code with batches of one, and SQLite as it is where nobody
  asks for anything: with a rollback journal, for which a transaction waits several times. Batches go into a log
  (`journal_mode = WAL`), for which one waits once; the row below gives that to single steps too. What is left to gain
  then depends on the disk: an `fsync` takes some milliseconds where the cache has no battery, and on a machine in a
  cloud often a tenth of that; then it is computing that counts, of which batches save less. From which time on that
  would be 20 × as well is reckoned from both medians: of a slower disk, every transaction has the same more.
  The bare inserts are those of all rows that the apply wrote (account, audit log, mails), by `executemany`.
- *Memory* of an apply is what the process holds, not its peak, which is that of reading the plan.
- The console script is the one that a current pip writes.
- *Ten times the size* compares the command on one thing that grows with the same on a tenth of it; Python's start is in
  both. Every file has one long line, with which places took longer to look up before.
- Other tools: octodns 1.22.0 with its YAML provider on both sides, check-jsonschema 0.39.0, DeepDiff 9.1.0.

## What was given up

There is one way to a plan: all files are read and checked by every rule, the whole account is read, everything is
planned. Five second, faster ways paid only on very large repositories, and are gone:

- a cache of the last plan without steps, after which a plan looked at changed files alone: 900 lines that had to know
  which rules look across files, and a rule that they did not know was skipped;
- people of whom only names are said left as text by the reader, and taken up many at a time;
- an account read as what differs from the declaration: every target had to know of it;
- our own quick judgement of documents before the library's;
- usual command lines understood without click, which takes 2 to 3 times as long to import as Python to start:
  `--version` took 1.6 times a bare Python's CPU, now 4.2; `--help` 5.3, now 4.8.

Before and after, in one run: `plan` from cold 0.47 and 0.69 × base, its peak memory 0.62 and 1.05, `validate` 0.20 and
0.38. A plan after a change in one of 500 files took 0.02 × base, and takes as long as any other now. `validate`
was 61 times as fast as check-jsonschema, and is just short of the 30 times that were promised. In exchange a rule, a
target and a reader are written once, and what `validate` refuses, `plan` refuses.

## Cost against size

![CPU time and peak memory against seats](benchmarks.svg)

"""


def machine() -> str:
    """What was measured on: processor, cores, system, Python, libyaml."""
    name = platform.processor() or platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        models = [
            line.partition(":")[2].strip() for line in told.read_text("utf-8").splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    kind = "with libyaml" if yaml.__with_libyaml__ else "without libyaml"
    python = f"Python {platform.python_version()}, PyYAML {yaml.__version__} {kind}"
    return f"{name} ({os.cpu_count()} cores), {platform.system()}, {python}"


def page(results: Results, rounds: tuple[int, int], on: str, day: str) -> str:
    """The page. `rounds`: of most rows, and of the slow ones; `on`: the machine."""
    files = max(1, results.seats // 600)
    head = _INTRODUCTION.format(
        machine=on, day=day, seats=files * 600, people=files * 200, files=files, rounds=rounds[0], slow=rounds[1]
    )
    return head + table(results) + _NOTES + _sizes(results)


def table(results: Results) -> str:
    """Every row: what is promised, what was measured, whether that is enough."""
    lines = [
        "| what | must | goal | measured | lowest–highest | must met | goal met | |",
        "|---|---|---|---|---|---|---|---|",
    ]
    lines += [_row(promise, results.measured[promise.key]) for promise in PROMISES if promise.key in results.measured]
    return "\n".join(lines) + "\n"


def _row(promise: Promise, measured: Measured) -> str:
    sign = "≤" if promise.bound == "at most" else "≥"
    must = "–" if promise.must is None else f"{sign} {promise.must:g} {promise.unit}"
    goal = "–" if promise.goal is None else f"{sign} {promise.goal:g}"
    start = f"| {promise.what} | {must} | {goal} |"
    found = measured.ratio
    if found is None:
        return f"{start} – | – | – | – | {measured.remark} |"
    met = [_met(promise, found.median, bound) for bound in (promise.must, promise.goal)]
    spread = f"{number(found.low)}–{number(found.high)}"
    return f"{start} **{number(found.median)}** | {spread} | {met[0]} | {met[1]} | {measured.remark} |"


def _met(promise: Promise, value: float, bound: float | None) -> str:
    if bound is None:
        return "–"
    return "yes" if promise.kept(value, bound) else "**no**"


def number(value: float) -> str:
    """A ratio with as many digits as say something."""
    digits = next((digits for digits, least in enumerate((100, 10, 0.1)) if value >= least), 3)
    return f"{value:.{digits}f}"


def _sizes(results: Results) -> str:
    lines = ["| seats | yaml.load | plan | validate | yaml.load | plan | validate |", "|---|---|---|---|---|---|---|"]
    for point in results.points:
        cells = [f"{point.cpu[name]:.2f} s" for name in ("yaml.load", "plan", "validate")]
        cells += [f"{point.peak[name] / 2**20:.0f} MiB" for name in ("yaml.load", "plan", "validate")]
        lines.append(f"| {point.seats:,} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def document(results: Results, rounds: tuple[int, int], on: str, day: str) -> str:
    """The same as JSON."""
    promises = {promise.key: asdict(promise) for promise in PROMISES}
    rows = [
        {**promises[key], "remark": found.remark, "ratio": asdict(found.ratio) if found.ratio else None}
        for key, found in results.measured.items()
    ]
    points = [asdict(point) for point in results.points]
    body = {"machine": on, "day": day, "seats": results.seats, "rounds": rounds, "rows": rows, "points": points}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def write(results: Results, rounds: tuple[int, int], folder: Path) -> None:
    """Page, data and plot into a folder."""
    on, day = machine(), datetime.now(UTC).date().isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page(results, rounds, on, day), encoding="utf-8")
    (folder / DATA).write_text(document(results, rounds, on, day), encoding="utf-8")
    (folder / PLOT).write_text(svg(results.points), encoding="utf-8")
