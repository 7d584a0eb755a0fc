"""Commands of a fleet as processes of their own, which can be killed, stopped and started again.

They are forked from this process, in which everything is imported already: a start then takes no time. This process
must have no threads, and no connection may be used in both.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Self

import pytest

import seatsync.commands.shared.fleet.front
import seatsync.commands.shared.fleet.working  # noqa: F401 - for the processes
from seatsync.cli import main

Break = Callable[[pytest.MonkeyPatch], None]
"""Breaks something before a process begins, for a proof to show that it would be seen."""


def sound(_: pytest.MonkeyPatch) -> None:
    """Break nothing."""


def start(words: Sequence[str], log: Path, fault: Break = sound) -> int:
    """Start a command line in a process of its own, with its output in a file; return its id."""
    child = os.fork()
    if child:
        return child
    code = 99
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
        with log.open("ab", buffering=0) as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
        fault(pytest.MonkeyPatch())
        code = main(list(words))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def ended(process: int) -> int | None:
    """Return the exit code of a process, negative for a signal; None while it runs."""
    found, status = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


@dataclass
class Crew:
    """Workers of a fleet. Whatever ends is started again, except for one that is given up."""

    file: Path
    logs: Path
    lease: float
    size: int
    random: Random
    fault: Break = sound
    workers: dict[int, int] = field(default_factory=dict)
    """The processes by place; one that was given up has none."""
    killed: int = 0
    left: int = 0
    """Workers that ended by themselves: they had paused for longer than their lease."""

    def __enter__(self) -> Self:
        """Start all workers."""
        for place in range(self.size):
            self._start(place)
        return self

    def __exit__(self, *_: object) -> None:
        """Kill all workers."""
        for process in self.workers.values():
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)

    def _start(self, place: int) -> None:
        words = ["fleet", "worker", "--file", str(self.file), "--lease", str(self.lease), "--log-format", "json"]
        self.workers[place] = start(words, self.logs / f"worker-{place}.txt", self.fault)

    def restart(self) -> None:
        """Start the workers again that have ended by themselves."""
        for place, process in list(self.workers.items()):
            if ended(process) is not None:
                self.left += 1
                self._start(place)

    def kill(self, *, for_good: bool = False) -> None:
        """Kill a worker at random, and start another one in its place unless it is `for_good`."""
        place = self.random.choice(sorted(self.workers))
        process = self.workers.pop(place)
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        self.killed += 1
        if not for_good:
            self._start(place)
