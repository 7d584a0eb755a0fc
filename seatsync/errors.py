"""What stops a run: one base, a few kinds. Each builds its own one-line message and knows its exit code.

What is merely wrong with the input is a `Finding`, which is returned, never raised.
"""

from __future__ import annotations


class SeatsyncError(Exception):
    """A run that cannot go on. `str()` is one line: what, where, and how to mend it."""

    exit_code = 1


class WrongUsage(SeatsyncError):
    """The command line asks for something that does not exist or does not fit together."""


class ProjectNotFound(SeatsyncError):
    """No `seatsync.yaml` where one was looked for."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"no seatsync.yaml in {directory} or above it; `seatsync init` writes one, `-C DIR` looks elsewhere"
        )


class FileProblem(SeatsyncError):
    """A file that cannot be read or written."""

    def __init__(self, path: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {problem}" + (f"; {remedy}" if remedy else ""))


class TargetProblem(SeatsyncError):
    """A target that cannot be opened, read or written."""

    def __init__(self, url: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{url}: {problem}" + (f"; {remedy}" if remedy else ""))


class NoAccount(TargetProblem):
    """A target where no account is yet."""


class PlanRefused(SeatsyncError):
    """A plan that must not be carried out (`code` is PLAN001, PLAN002 or PLAN003)."""

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(f"{code}: {problem}; {remedy}")
        self.code = code


class Interrupted(SeatsyncError):
    """Ended by a signal, after the step under way was finished or undone."""

    def __init__(self, signal_number: int, done: str) -> None:
        super().__init__(f"interrupted; {done}")
        self.exit_code = 128 + signal_number
