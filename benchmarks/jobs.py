"""The measurements: the processes that run interleaved, and the rows computed from their costs."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median as median_of
from time import perf_counter

from benchmarks import portal, tools
from benchmarks.data import RULES, SEATS_A_FILE, SMALL, Data, make, make_export, make_people, make_usage, make_zones
from benchmarks.fleets import fleets
from benchmarks.growth import GROWTHS
from benchmarks.measure import ROOT, Command, Cost, Ratio, cpu, median, own, peak, ratio, run, run_interleaved
from benchmarks.rows import PROMISES, Measured, Point, Results
from benchmarks.stores import stores
from seatsync.applying.running import BATCH

BASE = "import sys, yaml\ndocuments = [yaml.load(open(name, 'rb'), yaml.CSafeLoader) for name in sys.argv[1:]]\n"
"""The base: every file parsed by PyYAML's fastest loader, with the documents retained and the collector on."""

SCRIPT = "import sys\nfrom seatsync.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
"""The console script as written by a current pip (older versions import `re`)."""

SIZES = (1 / 10, 1 / 3, 1, 10 / 3)
"""The sizes of the plot, relative to the size of the run; cost per seat is compared between the second and the last."""

EXPORT_ROWS = 100_000
"""The rows of the measured export, at every size."""

MOST_PEOPLE = 10_000
"""The most people of the team that is read by API."""

RULED_SEATS = 100_000
"""The seats of the repository with rules of its own, at every size."""

STEPS_A_SEAT = 1 / 3
"""The share of seats that the measured apply changes: many steps on few seats, so that reading weighs little."""


@dataclass(frozen=True, slots=True)
class Bench:
    """A run: its folder, its size and its rounds; `slow` are the rounds of measurements that take minutes."""

    folder: Path
    seats: int
    rounds: int
    slow: int
    with_tools: bool

    @property
    def script(self) -> Path:
        """The console script."""
        return self.folder / "seatsync"

    def ours(self, repository: Path, *arguments: str) -> Command:
        """Return a run of seatsync in a repository."""
        return Command((sys.executable, str(self.script), "-C", str(repository), *arguments))

    def data(self, name: str, seats: float, change: float = 0.01) -> Data:
        """Make a repository of about this many seats, and its account, loaded with the current state."""
        made = make(self.folder / name, max(1, round(seats) // SEATS_A_FILE), change)
        self.load(made, made.current)
        return made

    def load(self, made: Data, snapshot: Path) -> None:
        """Create the account of a repository from a snapshot."""
        run(self.ours(made.repository, "account", "create", "--name", "bench"), self.folder)
        run(probe("load", made.repository, snapshot), self.folder)


BARE = Command((sys.executable, "-c", "pass"))


def base(made: Data) -> Command:
    """Return the base for the files of a repository."""
    return Command((sys.executable, "-c", BASE, *map(str, made.files)))


def probe(name: str, *arguments: object) -> Command:
    """Return a process that measures one part of the work; see `benchmarks.probes`."""
    return Command((sys.executable, "-m", "benchmarks.probes", name, *map(str, arguments)), probe=True)


def main_job(bench: Bench, results: Results) -> None:
    """Measure `plan`, `validate` and their parts against the base."""
    made = bench.data("main", bench.seats)
    commands = {
        "base": base(made),
        "plan": bench.ours(made.repository, "plan", "--format", "json"),
        "validate": bench.ours(made.repository, "validate"),
        "read": probe("read", *made.files),
        "schema": probe("schema", *made.files),
    }
    costs = run_interleaved(commands, bench.rounds, bench.folder)
    rows = results.measured
    rows["plan"] = Measured(ratio(costs["plan"], costs["base"]), f"base: {median(costs['base']):.2f} s CPU")
    remark = f"base: {median(costs['base'], peak) / 2**20:.0f} MiB"
    rows["plan memory"] = Measured(ratio(costs["plan"], costs["base"], peak), remark)
    rows["validate"] = Measured(ratio(costs["validate"], costs["base"]))
    rows["read"] = Measured(ratio(costs["read"], costs["base"], own, cpu))
    rows["schema"] = Measured(ratio(costs["schema"], costs["base"], own, cpu))


def startup(bench: Bench, results: Results) -> None:
    """Measure short runs against a bare interpreter."""
    small = make(bench.folder / "small", 5, size=SMALL)
    usual = bench.data("usual", 3000)
    commands = {
        "bare": BARE,
        "--version": Command((sys.executable, str(bench.script), "--version")),
        "--help": Command((sys.executable, str(bench.script), "--help")),
        "validate of 5": bench.ours(small.repository, "validate"),
        "plan of 3,000": bench.ours(usual.repository, "plan", "--format", "json"),
    }
    costs = run_interleaved(commands, 2 * bench.rounds, bench.folder)
    remark = f"bare: {_ms(median(costs['bare']))}"
    for name in list(commands)[1:]:
        results.measured[name] = Measured(ratio(costs[name], costs["bare"]), remark)
    seats = f"{small.seats // len(small.files)} seats per file"
    results.measured["validate of 5"] = Measured(ratio(costs["validate of 5"], costs["bare"]), seats)


def exports(bench: Bench, results: Results) -> None:
    """Measure the reading of a users export against `csv.reader`, both without start-up."""
    file = make_export(bench.folder / "exports", EXPORT_ROWS)
    costs = run_interleaved(
        {"export": probe("export", file.parent), "csv": probe("csv", file)}, bench.rounds, bench.folder
    )
    remark = f"{EXPORT_ROWS:,} rows; `csv.reader`: {_ms(median(costs['csv'], own))}"
    results.measured["export"] = Measured(ratio(costs["export"], costs["csv"], own), remark)
    results.measured["export memory"] = Measured(Ratio.of([peak(cost) / 2**20 for cost in costs["export"]]))


def people_in_csv(bench: Bench, results: Results) -> None:
    """Measure `validate` of a CSV of people against the same in YAML."""
    in_yaml, in_csv = make_people(bench.folder / "people", max(1, bench.seats // SEATS_A_FILE))
    commands = {"yaml": bench.ours(in_yaml, "validate"), "csv": bench.ours(in_csv, "validate")}
    costs = run_interleaved(commands, bench.rounds, bench.folder)
    remark = f"{bench.seats:,} seats; in YAML: {_ms(median(costs['yaml']))}"
    results.measured["people"] = Measured(ratio(costs["csv"], costs["yaml"]), remark)


def by_api(bench: Bench, results: Results) -> None:
    """Measure a first `refresh` by the Team Admin API of a made-up portal, against one from exports of the same."""
    people, runs = min(MOST_PEOPLE, bench.seats // portal.SEATS_EACH), 0
    folder, exports = bench.folder / "api", bench.folder / "api-exports"

    def fresh() -> None:
        shutil.rmtree(folder / ".seatsync", ignore_errors=True)

    def fresh_and_counted() -> None:
        nonlocal runs
        runs += 1
        fresh()

    with portal.serving(folder, exports, people) as (environment, calls):
        from_exports = bench.ours(folder, "refresh", "--exports", str(exports))
        commands = {
            "api": replace(bench.ours(folder, "refresh"), before=fresh_and_counted, environment=environment),
            "exports": replace(from_exports, before=fresh, environment=environment),
        }
        costs = run_interleaved(commands, bench.rounds, bench.folder)
        made = calls() / runs
    remark = f"{people:,} people, {people * portal.SEATS_EACH:,} seats: {made:g} calls"
    rows = results.measured
    rows["api calls"] = Measured(Ratio.of([made / portal.fewest_calls(people)]), remark)
    rows["api"] = Measured(ratio(costs["api"], costs["exports"]), f"exports: {median(costs['exports']):.1f} s")
    rows["api memory"] = Measured(Ratio.of([peak(cost) / 2**20 for cost in costs["api"]]))


def own_rules(bench: Bench, results: Results) -> None:
    """Measure the rules of a project in a repository that is read already, with everything that they are told."""
    made = make(bench.folder / "ruled", RULED_SEATS // SEATS_A_FILE)
    with (made.repository / "seatsync.yaml").open("a", encoding="utf-8") as project:
        project.write(RULES)
    costs = run_interleaved({"rules": probe("rules", made.repository)}, bench.rounds, bench.folder)
    found = Ratio.of([own(cost) * 1e6 for cost in costs["rules"]])
    results.measured["own rules"] = Measured(found, f"{made.seats:,} seats, {RULES.count('must')} rules")


def usages(bench: Bench, results: Results) -> None:
    """Measure the recording of a usage export against `csv.reader`, both without start-up, and the report after it."""
    file = make_usage(bench.folder / "usage", EXPORT_ROWS)
    costs = run_interleaved(
        {"usage": probe("usage", file.parent), "csv": probe("csv", file)}, bench.rounds, bench.folder
    )
    remark = f"{EXPORT_ROWS:,} rows; `csv.reader`: {_ms(median(costs['csv'], own))}"
    results.measured["usage"] = Measured(ratio(costs["usage"], costs["csv"], own), remark)
    results.measured["usage memory"] = Measured(Ratio.of([peak(cost) / 2**20 for cost in costs["usage"]]))
    report = bench.ours(file.parent, "report", "usage", "--at", "2026-06-15", "--format", "json")
    costs = run_interleaved({"bare": BARE, "report": report}, bench.rounds, bench.folder)
    results.measured["report usage"] = Measured(ratio(costs["report"], costs["bare"]), f"{EXPORT_ROWS:,} rows recorded")


def applying(bench: Bench, results: Results) -> None:
    """Measure an apply in batches and one step at a time, and bare inserts of the same rows.

    Single steps are measured twice: with SQLite's default rollback journal, and with the write-ahead log that batches
    use.
    """
    made = bench.data("apply", bench.seats / 10, STEPS_A_SEAT / 2)
    account, plan = made.repository / ".seatsync" / "account.db", bench.folder / "plan.json"
    run(bench.ours(made.repository, "plan", "--out", str(plan)), bench.folder)
    fresh, applied = bench.folder / "fresh.db", bench.folder / "applied.db"
    shutil.copyfile(account, applied)
    run(probe("apply", f"sqlite:///{applied}", plan, 100), bench.folder)

    def again(mode: str = "WAL") -> None:
        for file in bench.folder.glob("fresh.db*"):
            file.unlink()
        shutil.copyfile(account, fresh)
        with closing(sqlite3.connect(fresh)) as database:
            database.execute(f"PRAGMA journal_mode = {mode}")

    commands = {
        "batches": Command(probe("apply", f"sqlite:///{fresh}", plan, BATCH).argv, again, probe=True),
        "one": Command(probe("apply", f"sqlite:///{fresh}", plan, 1).argv, again, probe=True),
        "plain": Command(probe("apply", f"sqlite:///{fresh}", plan, 1).argv, partial(again, "DELETE"), probe=True),
        "insert": probe("insert", applied, bench.folder / "inserted.db"),
        "growth": Command(probe("growth", f"sqlite:///{fresh}", plan).argv, again, probe=True),
    }
    costs = run_interleaved(commands, bench.rounds, bench.folder)
    steps = plan.read_text(encoding="utf-8").count('"action"')
    rows, batches = results.measured, median(costs["batches"], own)
    rows["apply"] = Measured(ratio(costs["plain"], costs["batches"], own), f"{steps} steps, {BATCH} per batch")
    remark = _of_disk(costs, steps, _fsync(bench.folder))
    rows["apply, log"] = Measured(ratio(costs["one"], costs["batches"], own), remark)
    rows["inserts"] = Measured(ratio(costs["insert"], costs["batches"], own), f"{steps / batches:.0f} steps per second")
    rows["apply memory"] = Measured(Ratio.of([own(cost) for cost in costs["growth"]]), f"{steps} steps")


def _of_disk(costs: dict[str, list[Cost]], steps: int, fsync: float) -> str:
    """Return the time of an fsync, and the one from which batches meet the promise with the log on both sides.

    With the log, a transaction waits for the disk once, so a slower disk adds the same time to every transaction.
    """
    least = next(promise.must or 0 for promise in PROMISES if promise.key == "apply")
    one, batches = median(costs["one"], own), median(costs["batches"], own)
    more = max(0.0, (least * batches - one) / (steps - least * steps / BATCH))
    return f"an fsync here takes {_ms(fsync)}; {least:g} × from {_ms(fsync + more)} on (calculated)"


def sizes(bench: Bench, results: Results) -> None:
    """Measure cost against size, and the cost per seat at the largest size against a tenth of it."""
    found: list[tuple[int, list[float]]] = []
    for number, factor in enumerate(SIZES):
        made = bench.data(f"size-{number}", bench.seats * factor)
        commands = {
            "yaml.load": base(made),
            "plan": bench.ours(made.repository, "plan", "--format", "json"),
            "validate": bench.ours(made.repository, "validate"),
        }
        costs = run_interleaved(commands, bench.slow, bench.folder, warm=True)
        peaks = {name: median(some, peak) for name, some in costs.items()}
        results.points.append(Point(made.seats, {name: median(some) for name, some in costs.items()}, peaks))
        found.append((made.seats, [cost.cpu / made.seats for cost in costs["plan"]]))
    (few, cheap), (many, dear) = found[1], found[-1]
    values = Ratio.of([one / other for one, other in zip(dear, cheap, strict=True)])
    results.measured["a seat"] = Measured(values, f"{many:,} seats, and {few:,}")


def growing(bench: Bench, results: Results) -> None:
    """Measure repositories that grow in one dimension against a tenth of their size."""
    for growth in GROWTHS:
        commands = {}
        for name, size in (("tenth", growth.size // 10), ("whole", growth.size)):
            folder = bench.folder / f"{growth.key}-{name}"
            growth.write(folder, size)
            argv = bench.ours(folder / "repository", growth.command).argv
            commands[name] = Command(argv, code=1 if growth.fails else 0)
        costs = run_interleaved(commands, bench.slow, bench.folder, warm=True)
        remark = f"{growth.size:,}: {median(costs['whole']):.1f} s"
        results.measured[growth.key] = Measured(ratio(costs["whole"], costs["tenth"]), remark)


def other_tools(bench: Bench, results: Results) -> None:
    """Measure rows against other tools; the rows stay empty if these cannot be installed."""
    found = tools.install(bench.folder / "others") if bench.with_tools else None
    if found is None:
        why = "not installed" if bench.with_tools else "left out"
        rows = ("difference", "octodns", "check-jsonschema")
        results.measured.update({row: Measured(None, f"the other tool was {why}") for row in rows})
        return
    _difference(bench, results, found)
    _octodns(bench, results, found)
    _check_jsonschema(bench, results, found)


def _difference(bench: Bench, results: Results, found: Path) -> None:
    made = make(bench.folder / "difference", max(1, bench.seats // 3 // SEATS_A_FILE))
    snapshots = str(made.current), str(made.declared)
    commands = {
        "ours": probe("difference", *snapshots),
        "deepdiff": Command((str(found / "python"), "-c", tools.DEEPDIFF, *snapshots), probe=True),
    }
    costs = run_interleaved(commands, bench.slow, bench.folder, warm=True)
    remark = f"{made.seats:,} seats; ours takes {_ms(median(costs['ours'], own))}"
    results.measured["difference"] = Measured(ratio(costs["deepdiff"], costs["ours"], own), remark)


def _octodns(bench: Bench, results: Results, found: Path) -> None:
    made = bench.data("octodns-seats", bench.seats / 3)
    records = max(100, bench.seats // 3)
    config = make_zones(bench.folder / "zones", records)
    octodns = (str(found / "octodns-sync"), "--config-file", str(config), "--force")
    commands = {"ours": bench.ours(made.repository, "plan", "--format", "json"), "octodns": Command(octodns)}
    costs = run_interleaved(commands, bench.slow, bench.folder, warm=True)
    values = [
        (theirs.cpu / records) / (ours.cpu / made.seats)
        for theirs, ours in zip(costs["octodns"], costs["ours"], strict=True)
    ]
    results.measured["octodns"] = Measured(Ratio.of(values), f"{records:,} records, {made.seats:,} seats")


def _check_jsonschema(bench: Bench, results: Results, found: Path) -> None:
    made = make(bench.folder / "fragments", max(1, bench.seats // 3000))
    schema = str(ROOT / "schemas" / "fragment.schema.json")
    theirs = (str(found / "check-jsonschema"), "--schemafile", schema, *map(str, made.files))
    commands = {"ours": bench.ours(made.repository, "validate"), "theirs": Command(theirs)}
    costs = run_interleaved(commands, bench.slow, bench.folder, warm=True)
    remark = f"{len(made.files)} files of {SEATS_A_FILE} seats"
    results.measured["check-jsonschema"] = Measured(ratio(costs["theirs"], costs["ours"]), remark)


JOBS = {
    "main job": main_job,
    "startup": startup,
    "exports": exports,
    "people": people_in_csv,
    "usage": usages,
    "api": by_api,
    "own rules": own_rules,
    "apply": applying,
    "stores": stores,
    "fleets": fleets,
    "sizes": sizes,
    "growth": growing,
    "other tools": other_tools,
}
"""Every group of measurements, by name."""


def measure(bench: Bench, names: Iterable[str], results: Results) -> Iterator[str]:
    """Run the named groups; yield the name of each before it starts."""
    bench.script.write_text(SCRIPT, encoding="utf-8")
    for name in names:
        yield name
        JOBS[name](bench, results)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.2g} ms" if seconds < 0.01 else f"{seconds * 1000:.0f} ms"


def _fsync(folder: Path) -> float:
    """Return the median seconds to sync a page to the disk."""
    times = []
    with (folder / "page").open("wb") as file:
        for _ in range(200):
            file.write(b"\0" * 4096)
            file.flush()
            since = perf_counter()
            os.fsync(file.fileno())
            times.append(perf_counter() - since)
    return median_of(times)
