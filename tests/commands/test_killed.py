"""Commands killed at any point change all files or none, or report an unfinished change."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatsync.declaration.changing.transaction import finish_change
from tests.commands.killing import COMMANDS, FAULTS, files, made, quiet, quietly

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no kill -9")

STRACE = shutil.which("strace")
CALLS = ("rename", "unlink", "mkdir", "rmdir")
"""System calls that change the names in a folder."""


def proof(command: str, fault: str = "") -> tuple[int, list[str]]:
    line = [sys.executable, "-m", "tests.commands.killing", command, fault]
    count, wrong = json.loads(subprocess.run(line, check=True, capture_output=True, timeout=600).stdout)
    return count, wrong


@pytest.mark.parametrize("command", COMMANDS)
def test_killed_at_every_step(command: str) -> None:
    count, wrong = proof(command)
    assert wrong == []
    assert count > (20 if command == "one file" else 60)


@pytest.mark.parametrize("fault", FAULTS)
def test_proof_detects_bugs(fault: str) -> None:
    assert proof("edit", fault)[1] != []


def left_by_kernel(call: str, base: Path, work: Path) -> Iterator[int]:
    """Kill `edit` at each system call of that name; yield with the remaining files in the folder `work`."""
    command = [sys.executable, "-m", "seatsync", *COMMANDS["edit"]]
    for number in range(1, 100):
        shutil.rmtree(work, ignore_errors=True)
        shutil.copytree(base, work)
        inject = ["-e", f"trace={call}", "-e", f"inject={call}:signal=SIGKILL:when={number}"]
        line = ["strace", "-f", "-qq", "-o", os.devnull, *inject, *command]
        run = subprocess.run(line, check=False, capture_output=True, cwd=work, timeout=60, env=without_bytecode())
        if run.returncode not in (-9, 137):
            return
        yield number


def without_bytecode() -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path(__file__).parents[2])}


@pytest.mark.skipif(STRACE is None, reason="strace is not here")
def test_killed_by_the_kernel_at_every_call_that_writes(tmp_path: Path) -> None:
    probe = ["strace", "-f", "-qq", "-o", os.devnull, "-e", "inject=write:signal=SIGKILL:when=1", "echo"]
    if subprocess.run(probe, check=False, capture_output=True).returncode not in (-9, 137):
        pytest.skip("strace may not trace here")
    base = made(tmp_path, "edit")
    whole = shutil.copytree(base, base.with_name("whole"))
    assert quiet(whole, *COMMANDS["edit"])[0] == 0
    old, new, work = files(base), files(whole), base.with_name("work")
    unfinished, killed = 0, dict.fromkeys(CALLS, 0)
    for call in CALLS:
        for number in left_by_kernel(call, base, work):
            killed[call] = number
            now, (code, said) = files(work), quiet(work, "validate")
            assert now in (old, new) or (code == 1 and "was interrupted" in said), (call, number)
            unfinished += "was interrupted" in said
            finish_change(work, quietly)
            assert files(work) in (old, new), (call, number)
            assert quiet(work, "validate")[0] == 0, (call, number)
    assert unfinished > 1
    assert all(killed.values()), killed
