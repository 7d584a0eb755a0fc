"""The results as a page (Markdown), as data (JSON) and as a plot."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import yaml

from benchmarks.measure import Failed, Ratio
from benchmarks.plot import svg
from benchmarks.rows import PROMISES, Measured, Point, Promise, Results

PAGE, DATA, PLOT = "benchmarks.md", "benchmarks.json", "benchmarks.svg"

_INTRODUCTION = """\
# Benchmarks

`make bench` wrote this page on {day}, on
{machine}.

{seats:,} direct seats, {people:,} people and {people:,} memberships in {files:,} files; in the account, one seat in a
hundred is held by somebody else. The promises are for 300,000 seats (`make bench SEATS=300000`, an hour). With fewer
seats, start-up time, which the base does not have, weighs more.

Every figure is a ratio of two processes that ran interleaved: the median of the ratios of all rounds, with the lowest
and the highest. There are {rounds} rounds after a discarded one, and {slow} for sizes and other tools. CPU time is user
and system time of the whole process. The base is `yaml.load(…, CSafeLoader)` of the same files in a separate process
that retains the documents, with the garbage collector on.

"""

_NOTES = """
- *Reading* and *schema* alone, and the *difference*, are the CPU time of that part in a separate process.
- The *difference* is that of two snapshots of the account. DeepDiff compares the documents of the same two files, with
  lists in order, its cheapest mode. Reading them is not counted.
- The *users export* has 100,000 rows in random order, two for each person. It is read to facts with the places of their
  cells, with all checks; both sides are the CPU time of that part in a separate process.
- The *CSV of people* has one row for each seat, and for each person without one, with names, team and product; people
  in random order, and the rows of a person together. In YAML, the same declaration has one file for each team.
- The *usage export* has 100,000 rows in random order, of 1,000 people who use two products in eleven months, one with
  tokens. `account usage` checks it, merges it by day and month, and records it in a new account.
- *By the Team Admin API* is a look at the made-up portal of `demo portal`, in another process and without an allowance.
  The fewest possible calls are one for each 100 people and each 100 products, and one for all seats.
- *Apply* is measured in elapsed time, since it waits for the disk: the audit log and mails are inside each transaction,
  with `synchronous = FULL`. One transaction per step is the same code with batches of one and SQLite's default rollback
  journal, with which a transaction waits for the disk several times. Batches use the write-ahead log
  (`journal_mode = WAL`), with which it waits once; the row below uses it for single steps too. The remaining gain
  depends on the disk: an `fsync` takes some milliseconds without a battery-backed cache, and often a tenth of that in
  the cloud, where computing dominates and batches save less. The `fsync` time from which batches would be 20 × as fast
  is calculated from both medians: a slower disk adds the same time to every transaction.
  The bare inserts are those of all rows that the apply wrote (account, audit log, mails), by `executemany`.
- *Fleet* is the elapsed time of all accounts, without start-up: the bare commands one after the other in one process,
  the engine with its default store, a file. *Four workers* are processes that have started, with their queue in
  PostgreSQL on the same machine, and the accounts in files.
- *Memory* of an apply is the resident memory of the process, not its peak, which is reached while reading the plan.
- The console script is the one written by a current pip.
- *Ten times the size* compares a command on a repository that grows in one dimension with the same on a tenth of it;
  Python's start-up is in both. Every file has one long line, which used to make looking up positions slower.
- Other tools: octodns 1.22.0 with its YAML provider on both sides, check-jsonschema 0.39.0, DeepDiff 9.1.0.

## Removed optimisations

Every plan reads all files, checks every rule, reads the whole account and plans everything. Five faster paths paid off
only on very large repositories, and were removed:

- a cache of the last plan without steps, after which only changed files were read: 900 lines that had to know which
  rules look across files, and skipped a rule that they did not know;
- people with only names left as text by the reader, and added in bulk;
- an account read as its difference from the declaration, which every target had to support;
- a fast schema check of our own before the library's;
- common command lines parsed without click, which takes 2 to 3 times as long to import as Python to start:
  `--version` took 1.6 times the CPU of a bare Python, now 4.2; `--help` 5.3, now 4.8.

Before and after, in one run: `plan` from cold 0.47 and 0.69 × base, its peak memory 0.62 and 1.05, `validate` 0.20 and
0.38. A plan after a change in one of 500 files took 0.02 × base, and now takes as long as any other. `validate` was 61
times as fast as check-jsonschema, and is now just short of the promised 30 times. In exchange, a rule, a target and a
reader are written once, and `plan` refuses whatever `validate` refuses.

## Cost against size

![CPU time and peak memory against seats](benchmarks.svg)

"""


def machine() -> str:
    """Return the machine of the run: processor, cores, system, Python and libyaml."""
    name = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        models = [
            line.partition(":")[2].strip() for line in cpuinfo.read_text("utf-8").splitlines() if "model name" in line
        ]
        name = models[0] if models else name
    kind = "with libyaml" if yaml.__with_libyaml__ else "without libyaml"
    python = f"Python {platform.python_version()}, PyYAML {yaml.__version__} {kind}"
    return f"{name} ({os.cpu_count()} cores), {platform.system()}, {python}"


def page(results: Results, rounds: tuple[int, int], on: str, day: str) -> str:
    """Return the page. `rounds` are those of most rows and of the slow ones, `on` is the machine."""
    files = max(1, results.seats // 600)
    head = _INTRODUCTION.format(
        machine=on, day=day, seats=files * 600, people=files * 200, files=files, rounds=rounds[0], slow=rounds[1]
    )
    return head + table(results) + _NOTES + _sizes(results)


def table(results: Results) -> str:
    """Return the table of promises and measurements."""
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
    remark = "; ".join(filter(None, (measured.remark, measured.day and f"measured on {measured.day}")))
    return f"{start} **{number(found.median)}** | {spread} | {met[0]} | {met[1]} | {remark} |"


def _met(promise: Promise, value: float, bound: float | None) -> str:
    if bound is None:
        return "–"
    return "yes" if promise.is_met(value, bound) else "**no**"


def number(value: float) -> str:
    """Return a ratio with its significant digits."""
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
    """Return the results as JSON."""
    promises = {promise.key: asdict(promise) for promise in PROMISES}
    rows = [
        {
            **promises[key],
            "remark": found.remark,
            "ratio": asdict(found.ratio) if found.ratio else None,
            "day": found.day or day,
        }
        for key, found in results.measured.items()
    ]
    points = [asdict(point) for point in results.points]
    body = {"machine": on, "day": day, "seats": results.seats, "rounds": rounds, "rows": rows, "points": points}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def keep(results: Results, folder: Path) -> None:
    """Add to the results of some groups the rows and points that the data in a folder has besides.

    Raises Failed for data of another machine, or for another number of seats.
    """
    data = json.loads((folder / DATA).read_text(encoding="utf-8"))
    if (data["machine"], data["seats"]) != (machine(), results.seats):
        raise Failed(f"{DATA} is about {data['seats']} seats on {data['machine']}; measure all groups")
    known, today = {promise.key for promise in PROMISES}, _today()
    for row in data["rows"]:
        if row["key"] in known - results.measured.keys():
            ratio = Ratio(**row["ratio"]) if row["ratio"] else None
            day = row.get("day", data["day"])
            results.measured[row["key"]] = Measured(ratio, row["remark"], day if day != today else "")
    results.points = results.points or [Point(**point) for point in data["points"]]


def write(results: Results, rounds: tuple[int, int], folder: Path) -> None:
    """Write the page, the data and the plot to a folder."""
    on, day = machine(), _today()
    folder.mkdir(parents=True, exist_ok=True)
    (folder / PAGE).write_text(page(results, rounds, on, day), encoding="utf-8")
    (folder / DATA).write_text(document(results, rounds, on, day), encoding="utf-8")
    (folder / PLOT).write_text(svg(results.points), encoding="utf-8")


def _today() -> str:
    return datetime.now(UTC).date().isoformat()
