"""Appliers that are killed or run at the same time: nothing is lost or repeated, and the next apply finishes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from seatsync.applying.running import BATCH
from seatsync.targets.sql import inquiries
from seatsync.targets.sql.store import SqlTarget
from tests.targets.applier import finish, group_names
from tests.targets.stores import store

STEPS = 2 * BATCH + 50
HERE = Path(__file__).parents[2]


def start(folder: Path, *more: int) -> subprocess.Popen[str]:
    arguments = [sys.executable, "-m", "tests.targets.applier", str(folder), str(STEPS), *map(str, more)]
    return subprocess.Popen(arguments, cwd=HERE, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def reported_before_the_end(process: subprocess.Popen[str]) -> int:
    """Return the steps that a process reported as done until its end."""
    out, err = process.communicate()
    assert err == ""
    return out.count(" done\n")


def made(target: SqlTarget) -> list[str]:
    return sorted(target.read().account.teams["build"].groups)


def is_intact_with(target: SqlTarget, count: int) -> None:
    result = inquiries.verify(target)
    assert result.problem == ""
    assert made(target) == group_names(count)
    assert target.read().account.serial == 1 + count


@pytest.mark.parametrize(
    ("serial", "kept"),
    [(2, 0), (3, 0), (BATCH + 1, 0), (BATCH + 2, BATCH), (BATCH + 50, BATCH), (STEPS + 1, 2 * BATCH)],
)
def test_killed_in_the_middle_of_a_step(
    folder: Path, serial: int, kept: int, capsys: pytest.CaptureFixture[str]
) -> None:
    target = store(folder)
    process = start(folder, serial)
    assert reported_before_the_end(process) == kept
    assert process.returncode == -signal.SIGKILL
    is_intact_with(target, kept)
    assert finish(folder, STEPS).exit_code == 0
    is_intact_with(target, STEPS)
    assert capsys.readouterr().out.count("done") == STEPS - kept


@pytest.mark.parametrize("lines", [1, BATCH + 20, 2 * BATCH + 1])
def test_killed_from_outside(folder: Path, lines: int) -> None:
    target = store(folder)
    process = start(folder)
    assert process.stdout is not None
    for _ in range(lines):
        assert process.stdout.readline().endswith(" done\n")
    os.kill(process.pid, signal.SIGKILL)
    reported = lines + reported_before_the_end(process)
    kept = len(made(target))
    assert kept >= reported
    is_intact_with(target, kept)
    assert finish(folder, STEPS).exit_code == 0
    is_intact_with(target, STEPS)


def test_two_at_once(folder: Path) -> None:
    """One process does everything and the other one is refused, unless it starts after the first has finished."""
    target = store(folder)
    two = [start(folder), start(folder)]
    ends = [process.communicate() for process in two]
    done = [out.count(" done\n") for out, _ in ends]
    assert sorted(done) == [0, STEPS]
    loser = ends[done.index(0)][1].strip().splitlines()[-1:]
    assert not loser or "has been changing this account since" in loser[0] or "PLAN001" in loser[0]
    is_intact_with(target, STEPS)
