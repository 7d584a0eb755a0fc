"""Comparison of plans under several PYTHONHASHSEEDs. As a script it prints a checksum for each plan.

PYTHONHASHSEED=1 python -m tests.planning.hash_seeds FIRST COUNT
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path
from random import Random

from seatsync.planning.plan import Plan, to_json
from tests.planning.situations import situation

SEEDS = ("1", "2", "3")
SPOILED = "spoiled"
"""Last argument of the negative control, whose checksum depends on the order of a set."""


def differing(first: int, count: int, *more: str) -> list[int]:
    """Return the situations whose plans differ in bytes under three hash seeds."""
    runs = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.planning.hash_seeds", str(first), str(count), *more],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PYTHONHASHSEED": seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in SEEDS
    ]
    sums = [run.communicate()[0].split() for run in runs]
    assert all(run.returncode == 0 and len(found) == count for run, found in zip(runs, sums, strict=True)), runs
    return [first + number for number, found in enumerate(zip(*sums, strict=True)) if len({*found}) > 1]


def sums(first: int, count: int, *, spoiled: bool = False) -> Iterable[str]:
    """Yield a checksum for the plan of each situation, "-" if there is no plan."""
    for seed in range(first, first + count):
        found = situation(Random(seed))
        declared = found.declaration()
        if declared is None:
            yield "-"
            continue
        plan = found.plan(declared)
        yield sha256((_by_set(plan) if spoiled else to_json(plan)).encode()).hexdigest()


def _by_set(plan: Plan) -> str:
    return " ".join({who for planned in plan.steps for who in planned.performers})


if __name__ == "__main__":
    for line in sums(int(sys.argv[1]), int(sys.argv[2]), spoiled=SPOILED in sys.argv):
        sys.stdout.write(f"{line}\n")
