"""Cost of processes: CPU time, elapsed time and peak memory.

CPU time is user and system time of the whole process. On Linux a process inherits the peak memory of its parent, even
over an exec; therefore each is started by a launcher that is smaller than any of them.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DAY = "2026-06-15"

_LAUNCHER = """
import os, sys, time
files = [(os.POSIX_SPAWN_OPEN, n, f, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600) for n, f in ((1, sys.argv[1]), (2, sys.argv[2]))]
since = time.perf_counter()
process = os.posix_spawn(sys.argv[3], sys.argv[3:], os.environ, file_actions=files)
_, status, used = os.wait4(process, 0)
print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, time.perf_counter() - since, used.ru_maxrss)
"""  # noqa: E501 - a program


class Failed(Exception):
    """A measured process ended with an error."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of a process: CPU seconds, elapsed seconds, and peak memory in bytes.

    `own` are the seconds that a probe reports for its measured part.
    """

    cpu: float
    clock: float
    peak: int
    own: float | None = None


@dataclass(frozen=True, slots=True)
class Command:
    """A process to measure. `before` is called ahead of each run and not measured.

    The output of a `probe` is the seconds of its measured part. `code` is the expected exit code. `environment` are
    further variables.
    """

    argv: tuple[str, ...]
    before: Callable[[], None] | None = None
    probe: bool = False
    code: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ratio:
    """The median, the lowest and the highest of one ratio per round, and the number of rounds."""

    median: float
    low: float
    high: float
    rounds: int

    @classmethod
    def of(cls, values: list[float]) -> Ratio:
        """Return the ratio from the values of all rounds."""
        return cls(statistics.median(values), min(values), max(values), len(values))


def run(command: Command, scratch: Path) -> Cost:
    """Run a process to its end, with its output in files in the folder `scratch`. Raises `Failed`."""
    if command.before is not None:
        command.before()
    out, err = scratch / "stdout", scratch / "stderr"
    launcher = [sys.executable, "-S", "-I", "-c", _LAUNCHER, str(out), str(err), *command.argv]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "SEATSYNC_AT": DAY, "LC_ALL": "C.UTF-8"}
    environment |= command.environment
    # An installed program has its bytecode cached; compiling it in each run would dominate the measurement.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    result = subprocess.run(launcher, env=environment, cwd=scratch, capture_output=True, text=True, check=False)
    code, cpu, clock, peak = (result.stdout.split() or ["-1", "0", "0", "0"])[:4]
    if int(code) != command.code:
        message = result.stderr or (err.read_text(encoding="utf-8", errors="replace") if err.exists() else "")
        raise Failed(f"{' '.join(command.argv[:6])} ended with {code}: {message.strip()[-500:]}")
    own = float(out.read_text(encoding="utf-8")) if command.probe else None
    return Cost(float(cpu), float(clock), int(peak) * (1 if sys.platform == "darwin" else 1024), own)


def run_interleaved(
    commands: Mapping[str, Command], rounds: int, scratch: Path, *, warm: bool = False
) -> dict[str, list[Cost]]:
    """Run every command once per round, and return their costs by name.

    Commands are interleaved, so that a machine that slows down slows all of them. Unless `warm`, a first round is
    discarded.
    """
    costs: dict[str, list[Cost]] = {name: [] for name in commands}
    for counted in range(0 if warm else -1, rounds):
        for name, command in commands.items():
            cost = run(command, scratch)
            if counted >= 0:
                costs[name].append(cost)
    return costs


def cpu(cost: Cost) -> float:
    """Return the CPU seconds of the whole process."""
    return cost.cpu


def peak(cost: Cost) -> float:
    """Return the peak memory in bytes."""
    return cost.peak


def own(cost: Cost) -> float:
    """Return the seconds that a probe reports. Raises `Failed` for other processes."""
    if cost.own is None:
        raise Failed("only a probe measures itself")
    return cost.own


Of = Callable[[Cost], float]


def ratio(over: list[Cost], under: list[Cost], of: Of = cpu, of_under: Of | None = None) -> Ratio:
    """Return the ratio of two lists of costs, round by round."""
    return Ratio.of([of(one) / (of_under or of)(other) for one, other in zip(over, under, strict=True)])


def median(costs: list[Cost], of: Of = cpu) -> float:
    """Return the median cost."""
    return statistics.median(map(of, costs))
