"""Workers that are killed, stopped and woken at random; and what would be seen if a protection were missing."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.declared_rounds import DAY, ROUNDS, STEPS, Made, make
from tests.fleet.evidence import Attempt, disorder, effects, problems
from tests.postgres import server

ROOT = Path(__file__).parents[2]


def proven(proof: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON
    """Run a proof in a process of its own, which has no threads that its children could miss."""
    server()
    words = [sys.executable, "-m", f"tests.fleet.{proof}", *map(str, arguments)]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(proof, *arguments, done.stdout)  # noqa: T201 - the figures
    return json.loads(done.stdout)


@pytest.mark.slow
def test_killed_workers_lose_and_double_nothing() -> None:
    found = proven("chaos", 100, 8, 2)
    assert (found["accounts"], found["kills"], found["stuck"], found["wrong"]) == (100, 8, 0, {})
    assert found["attempts"] >= 300


def test_without_take_over_runs_of_dead_workers_stay_open() -> None:
    assert proven("chaos", 20, 12, 1, "no take-over")["stuck"] > 0


@pytest.fixture(name="made", scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Made]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEATSYNC_AT", DAY)
        yield make(tmp_path_factory.mktemp("fleet"), 0, "")


def test_an_effect_that_is_lost_or_doubled_is_noticed(made: Made) -> None:
    target = made.alone.target
    found = effects(target)
    assert len(found) == 1 + ROUNDS * STEPS
    assert list(problems(target, found)) == []
    assert list(problems(target, found[:-1])) == ["doubled: 1"]
    assert list(problems(target, [*found, "one more"])) == ["lost: ['one more']"]
    assert list(problems(target, found[::-1])) == ["in another order"]


_WHOLE = ("covers", "step", "applied")


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ([Attempt(1, "a", _WHOLE), Attempt(2, "b", ("covers",)), Attempt(3, "b", _WHOLE)], None),
        ([Attempt(1, "a", ("covers",)), Attempt(2, "b", _WHOLE), Attempt(1, "a", ("step", "applied"))], "runs are"),
        ([Attempt(1, "a", ("covers",)), Attempt(2, "b", _WHOLE), Attempt(3, "a", _WHOLE)], "attempts at different"),
        ([Attempt(1, "a", ("covers",)), Attempt(2, "a", ("step", "applied"))], "an attempt goes on"),
        ([Attempt(1, "a", ("covers", "step"))], "the last run is not finished"),
    ],
)
def test_attempts_that_get_in_the_way_of_each_other_are_noticed(made: list[Attempt], problem: str | None) -> None:
    found = list(disorder(made))
    assert found == [] if problem is None else found[0].startswith(problem)


def test_a_worker_that_wakes_up_after_its_lease_writes_nothing() -> None:
    assert proven("sleepers", 4) == [4, []]


def test_without_a_fence_it_writes() -> None:
    tries, wrong = proven("sleepers", 2, "no fence")
    assert tries == 2
    assert sum("it wrote" in each for each in wrong) == 2, wrong
