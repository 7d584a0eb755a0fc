"""The rows of the table: promised bounds and measured ratios."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from benchmarks.growth import GROWTHS
from benchmarks.measure import Ratio


@dataclass(frozen=True, slots=True)
class Promise:
    """A row of the table: its title, and the bounds of its ratio, if any."""

    key: str
    what: str
    must: float | None
    goal: float | None
    bound: Literal["at most", "at least"]
    unit: str = ""

    def is_met(self, value: float, bound: float) -> bool:
        """Return True if a value is within a bound."""
        return value <= bound if self.bound == "at most" else value >= bound


@dataclass(frozen=True, slots=True)
class Measured:
    """The measured ratio of a row, or None; `remark` holds sizes, or the reason why there is no ratio.

    `day` is that of an earlier run whose row was kept, "" in a row of this run.
    """

    ratio: Ratio | None
    remark: str = ""
    day: str = ""


@dataclass(frozen=True, slots=True)
class Point:
    """Median CPU seconds and peak bytes at a size, by command."""

    seats: int
    cpu: dict[str, float]
    peak: dict[str, float]


@dataclass(slots=True)
class Results:
    """The results of a run: its size, the measured rows, and the points of the plot."""

    seats: int
    measured: dict[str, Measured] = field(default_factory=dict)
    points: list[Point] = field(default_factory=list)


_BARE = "against bare `python -c pass`"

PROMISES: tuple[Promise, ...] = (
    Promise("plan", "`plan` from cold, whole process, CPU", 0.95, 0.60, "at most", "× base"),
    Promise("plan memory", "`plan` from cold, peak memory", 1.1, 0.95, "at most", "× base"),
    Promise("validate", "`validate` from cold, CPU", 0.55, 0.30, "at most", "× base"),
    Promise("read", "reading alone (positions, duplicates, limits)", 0.40, 0.25, "at most", "× base"),
    Promise("schema", "schema check alone", 0.03, 0.02, "at most", "× base"),
    Promise("difference", "difference of two states alone: DeepDiff of the same", 100, 200, "at least", "×"),
    Promise("a seat", "CPU per seat of `plan`, ten times the seats against one time", 1.20, 1.05, "at most", "×"),
    Promise("apply", "durable apply, elapsed time: one transaction per step", 20, 40, "at least", "×"),
    Promise("apply, log", "the same, with the write-ahead log that batches use", None, None, "at least", "×"),
    Promise("apply memory", "memory after all steps of an apply, against a tenth of them", 1.1, 1.05, "at most", "×"),
    Promise("inserts", "apply, steps per second against bare inserts of the same rows", 0.10, 0.25, "at least", "×"),
    Promise("store read", "an account in PostgreSQL, read: against SQLite, elapsed time", 2.5, 1.5, "at most", "×"),
    Promise("store plan", "the same, `plan` from cold, whole process", 2.5, 1.5, "at most", "×"),
    Promise("store apply", "the same, apply", 2.5, 1.5, "at most", "×"),
    Promise(
        "fleet",
        "`fleet plan` and `fleet apply`: `plan` and `apply` of each account in one process",
        1.5,
        1.25,
        "at most",
        "×",
    ),
    Promise(
        "workers", "`fleet apply` by four workers that share a PostgreSQL: as fast as by one", 1.4, 1.6, "at least", "×"
    ),
    Promise("--version", f"`--version` {_BARE}", 8, 5, "at most", "×"),
    Promise("--help", f"`--help` {_BARE}", 8, 5, "at most", "×"),
    Promise("validate of 5", f"`validate` of 5 files {_BARE}", 10, 8, "at most", "×"),
    Promise("plan of 3,000", f"`plan` of 3,000 seats {_BARE}", 16, 12, "at most", "×"),
    Promise("export", "a users export of the portal, CPU against `csv.reader`", 15, 12, "at most", "×"),
    Promise("export memory", "the same, peak memory of the process", 150, 120, "at most", "MiB"),
    Promise("people", "`validate` of a CSV of people, CPU against the same in YAML", 2, 1.5, "at most", "×"),
    Promise("usage", "a usage export recorded, CPU against `csv.reader`", 15, 12, "at most", "×"),
    Promise("usage memory", "the same, peak memory of the process", 150, 120, "at most", "MiB"),
    Promise("report usage", f"`report usage` after it {_BARE}", 40, 30, "at most", "×"),
    Promise(
        "api calls", "first `refresh` by the Team Admin API: calls against the fewest possible", 1, 1, "at most", "×"
    ),
    Promise("api", "the same, CPU against `refresh` from exports of the same", 2, 1.5, "at most", "×"),
    Promise("api memory", "the same, peak memory of the process", 200, 150, "at most", "MiB"),
    Promise("own rules", "own rules for each person, seat and role, CPU an evaluation", 30, 10, "at most", "µs"),
    *(Promise(growth.key, f"ten times the size: {growth.title}", 11, 10, "at most", "×") for growth in GROWTHS),
    Promise("octodns", "octodns dry run, CPU per record: `plan`, CPU per seat", 30, 60, "at least", "×"),
    Promise("check-jsonschema", "check-jsonschema of the same files: `validate`", 30, 80, "at least", "×"),
)
"""Every row, in the order of the table. The base is `yaml.load(…, CSafeLoader)` of the same files."""
