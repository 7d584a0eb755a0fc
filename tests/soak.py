"""The properties of plans on very many random states: `make soak`. Each line is written as soon as it is known.

    python -m tests.soak [PAIRS]

The test run draws a hundredth of it. A failure names the seed that shows it again.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from random import Random

from tests.planning.hash_seeds import differing
from tests.planning.promises import (
    an_order_is_found_if_there_is_one,
    bridges_are_fewest,
    keep_every_promise_by_seed,
)
from tests.planning.seat_search import random_problem
from tests.planning.test_guarantees import keep_every_guarantee
from tests.planning.test_role_route import PEOPLE, routes_are_shortest, tables

PAIRS = 100_000
HASHED = 2_000
"""Plans that are compared under three hash seeds, where so many pairs are asked for; fewer of fewer."""


def bridges(seed: int) -> int:
    """Bridges in a team with full pools."""
    return bridges_are_fewest(random_problem(Random(seed)), Random(seed))


def orders(seed: int) -> int:
    """Whether a team with pools that are too small for it can be reordered."""
    random = Random(seed)
    problem = random_problem(random)
    problem.sizes = [max(0, size - random.choice([0, 0, 1, 2])) for size in problem.sizes]
    return an_order_is_found_if_there_is_one(problem, random)


def roles(number: int) -> int:
    """All routes from one role table of five people."""
    people = (*PEOPLE, "eli@acme.example")
    return routes_are_shortest(list(tables(people))[number])


def run(name: str, check: Callable[[int], int], seeds: Iterable[int], unit: str) -> bool:
    """Run a check on every seed on all cores; whether it held everywhere."""
    begun, seeds = time.monotonic(), list(seeds)
    total, failed = 0, []
    with ProcessPoolExecutor() as pool:
        for seed, (answer, problem) in zip(seeds, pool.map(_Checked(check), seeds, chunksize=50), strict=True):
            total += answer
            if problem:
                failed.append((seed, problem))
    say(f"{name}: {len(seeds):,} checked, {total:,} {unit}, {len(failed)} failed, {time.monotonic() - begun:.0f} s")
    for seed, problem in failed[:5]:
        say(f"  seed {seed}: {problem}")
    return not failed


def same_under_hash_seeds(count: int) -> bool:
    """Compare plans under three hash seeds; whether all are the same."""
    begun, failed = time.monotonic(), differing(0, count)
    seconds = time.monotonic() - begun
    say(f"the same plan under three hash seeds: {count:,} checked, {len(failed)} failed, {seconds:.0f} s")
    for seed in failed[:5]:
        say(f"  seed {seed}: the plans differ")
    return not failed


class _Checked:
    """A check that answers with its failure, as processes can hand it on."""

    def __init__(self, check: Callable[[int], int]) -> None:
        self.check = check

    def __call__(self, seed: int) -> tuple[int, str]:
        try:
            return self.check(seed), ""
        except AssertionError as problem:
            return 0, str(problem)[:500] or "an assertion failed"


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run everything; 0 where nothing failed."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    held = [
        run("every promise, pairs of states", keep_every_promise_by_seed, range(pairs), "steps"),
        run("fewest bridges, teams with full pools", bridges, range(pairs // 4), "bridges"),
        run("an order just where there is one, teams with pools too small", orders, range(pairs // 4), "with an order"),
        run("every guarantee, random situations", keep_every_guarantee, range(pairs // 4), "steps"),
        same_under_hash_seeds(min(pairs, HASHED)),
        run("shortest role routes, role tables of five people", roles, range(5 * 3**4), "routes"),
    ]
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
