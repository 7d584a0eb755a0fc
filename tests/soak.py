"""The properties of `make test` on many more random states: `make soak`. Results are printed as they arrive.

    python -m tests.soak [PAIRS]

A failure is reported with the seed that reproduces it.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random
from typing import Any

import pytest

from tests.account import test_random_walk
from tests.declaration import test_any_bytes
from tests.drift import test_round_trip
from tests.editing import test_text
from tests.planning import test_acting, test_assignments, test_promises, test_scopes, test_undo, test_whole_way
from tests.planning.hash_seeds import differing
from tests.planning.promises import (
    an_order_is_found_if_there_is_one,
    keep_every_promise_between_some,
    some_bridges_are_fewest,
)
from tests.planning.test_guarantees import keep_every_guarantee
from tests.planning.test_role_route import PEOPLE, routes_are_shortest, tables
from tests.portal.test_looks_by_api import a_mirror_stays
from tests.portal.test_mirror_round_trips import mirror_follows
from tests.portal.test_random_accounts import everything_is_read
from tests.portal.test_random_changes import changes_are_reached
from tests.portal.test_refreshing import first_looks
from tests.portal.test_settled_cases import check_contradicted, check_settled
from tests.postgres import server
from tests.staffing import test_properties as test_staffing
from tests.targets.cuts import cuts
from tests.targets.races import races
from tests.targets.stops import stops
from tests.targets.walks import walk_alike

PAIRS = 100_000
HASHED = 2_000
"""The most plans that are compared under three hash seeds."""
TABLES = list(tables((*PEOPLE, "eli@acme.example")))


def counted(check: Callable[[Random], int], seed: int) -> int:
    """Run a check that takes a `Random` and returns a number."""
    return check(Random(seed))


def seeded(check: Callable[[list[int]], int], seed: int) -> int:
    """Run a check that takes seeds and returns a number."""
    return check([seed])


def tested(number: int, seed: int) -> int:
    """Run a test that takes a `Random`, by its index, since tests cannot be pickled."""
    test: Any = TESTED[number][0]
    test.hypothesis.inner_test(Random(seed))
    return 1


def roles(number: int) -> int:
    """Check that all routes from one role table of five people are shortest, and return their number."""
    return routes_are_shortest(TABLES[number])


COUNTED = [
    ("every promise, pairs of states", keep_every_promise_between_some, 1, "steps"),
    ("fewest bridges, teams with full pools", some_bridges_are_fewest, 4, "bridges"),
    (
        "an order just where there is one, teams with pools too small",
        an_order_is_found_if_there_is_one,
        4,
        "with an order",
    ),
    ("every guarantee, random situations", keep_every_guarantee, 4, "steps"),
    ("everything is read, random accounts as exports", everything_is_read, 20, "files"),
    ("random changes are reached from exports", changes_are_reached, 20, "steps"),
    ("a mirror follows what people do in the portal", mirror_follows, 100, "looks"),
    ("no behaviour of the API changes a mirror", a_mirror_stays, 100, "teams"),
]
SEEDED = [
    ("a first look at random exports", first_looks, 50, "looks"),
    ("random cases that were done in part", check_settled, 50, "closed"),
    ("random cases that were confirmed, but done in part", check_contradicted, 50, "open again"),
]
"""Checks that take seeds instead of a `Random`."""
TESTED = [
    (test_promises.test_no_step_can_be_left_out, 20),
    (test_promises.test_the_shortcuts_of_the_exhaustive_search_lose_nothing, 20),
    (test_scopes.test_teams_prune_and_ignore_by_themselves, 4),
    (test_undo.test_a_plan_and_its_undo_lead_back, 50),
    (test_undo.test_later_changes_stay, 50),
    (test_whole_way.test_a_declared_state_is_reached_and_then_there_is_nothing_to_do, 20),
    (test_whole_way.test_excluded_scopes_stay_unchanged_and_nobody_leaves, 50),
    (test_acting.test_everything_is_the_actors_in_any_order, 100),
    (test_assignments.test_everybody_may_do_their_steps_in_any_order, 50),
    (test_assignments.test_work_goes_to_those_who_stay, 20),
    (test_round_trip.test_portal_changes_are_adopted, 100),
    (test_text.test_edits_are_correct_in_any_layout, 50),
    (test_staffing.test_offboarding_changes_nobody_else, 100),
    (test_staffing.test_with_a_successor_nobody_has_two_roles, 100),
    (test_staffing.test_a_seat_given_and_taken_back, 100),
    (test_staffing.test_a_role_given, 100),
    (test_staffing.test_from_team_to_team, 100),
    (test_random_walk.test_invariants_hold_after_any_steps, 20),
    (test_random_walk.test_rows_have_parents_before_children, 20),
    (test_any_bytes.test_mutated_repositories, 10),
    (test_any_bytes.test_mutated_snapshots, 10),
]
"""Tests, each with the number that the pairs are divided by; larger for slower ones."""


def run(name: str, check: Callable[[int], int], seeds: Iterable[int], unit: str) -> bool:
    """Run a check with every seed on all cores; return True if it always held."""
    begun, seeds = time.monotonic(), list(seeds)
    total, failed = 0, []
    with ProcessPoolExecutor() as pool:
        for seed, (answer, problem) in zip(seeds, pool.map(_Checked(check), seeds, chunksize=20), strict=True):
            total += answer
            if problem:
                failed.append((seed, problem))
    say(f"{name}: {len(seeds):,} checked, {total:,} {unit}, {len(failed)} failed, {time.monotonic() - begun:.0f} s")
    for seed, problem in failed[:5]:
        say(f"  seed {seed}: {problem}")
    return not failed


def same_under_hash_seeds(count: int) -> bool:
    """Compare plans under three hash seeds; return True if all are equal."""
    begun, failed = time.monotonic(), differing(0, count)
    seconds = time.monotonic() - begun
    say(f"the same plan under three hash seeds: {count:,} checked, {len(failed)} failed, {seconds:.0f} s")
    for seed in failed[:5]:
        say(f"  seed {seed}: the plans differ")
    return not failed


def stores_hold(pairs: int) -> bool:
    """Check stores in PostgreSQL, if there is a server; return True if everything held."""
    try:
        server()
    except pytest.skip.Exception as reason:
        say(f"stores in PostgreSQL: not checked, {reason}")
        return True
    held = run("random walks in SQLite and PostgreSQL", walk_alike, range(pairs // 100), "operations")
    checks: tuple[tuple[str, Callable[[], tuple[int, list[str]]]], ...] = (
        ("connections to PostgreSQL that are cut", lambda: cuts(max(1, PAIRS // pairs))),
        ("holders of a lock that are stopped", lambda: stops(max(1, pairs // 500))),
        ("races in SQLite", lambda: races(max(1, pairs // 1000), "sqlite")),
        ("races in PostgreSQL", lambda: races(max(1, pairs // 1000), "postgresql")),
    )
    for name, check in checks:
        begun = time.monotonic()
        count, wrong = check()
        say(f"{name}: {count:,} checked, {len(wrong)} failed, {time.monotonic() - begun:.0f} s")
        for problem in wrong[:5]:
            say(f"  {problem}")
        held = held and not wrong
    return held


class _Checked:
    """A check that returns its failure as text, which can be pickled."""

    def __init__(self, check: Callable[[int], int]) -> None:
        self.check = check

    def __call__(self, seed: int) -> tuple[int, str]:
        try:
            return self.check(seed), ""
        except Exception as problem:  # noqa: BLE001 - every failure is reported with its seed
            return 0, f"{type(problem).__name__}: {problem}"[:500]


def say(line: str) -> None:
    """Write a line and flush it."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    """Run everything; return 0 if nothing failed."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else PAIRS
    held = [run(name, partial(counted, check), range(pairs // share), unit) for name, check, share, unit in COUNTED]
    held += [run(name, partial(seeded, check), range(pairs // share), unit) for name, check, share, unit in SEEDED]
    for number, (test, share) in enumerate(TESTED):
        name = test.__name__.removeprefix("test_").replace("_", " ")
        held.append(run(name, partial(tested, number), range(pairs // share), "held"))
    held.append(same_under_hash_seeds(min(pairs, HASHED)))
    held.append(run("shortest role routes, role tables of five people", roles, range(len(TABLES)), "routes"))
    held.append(stores_hold(pairs))
    return 0 if all(held) else 1


if __name__ == "__main__":
    sys.exit(main())
