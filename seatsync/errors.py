"""The exceptions that stop a run. Each builds its one-line message and has an exit code.

Problems of the input are not exceptions but a `Finding`, which is returned.
"""

from __future__ import annotations


def how_to_install(extra: str) -> str:
    """Return the remedy for a package that is not installed."""
    return f"install it (in a clone of seatsync: `pip install '.[{extra}]'`)"


class SeatsyncError(Exception):
    """Base of all errors that stop a run. `str()` is one line: the subject, the problem and the remedy.

    `passing`: the same may succeed later, because something was only busy or away.
    """

    exit_code = 1
    passing = False

    def __init__(self, message: str, *, passing: bool = False) -> None:
        super().__init__(message)
        if passing:
            self.passing = True


class WrongUsage(SeatsyncError):
    """A command line with an unknown value, or with options that cannot be combined."""


class NoTarget(WrongUsage):
    """A command about an account, and no target."""

    def __init__(self) -> None:
        super().__init__("no target; add `target:` to seatsync.yaml, set SEATSYNC_TARGET, or pass --target URL")


class ProjectNotFound(SeatsyncError):
    """No `seatsync.yaml` in a folder or its parents."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"no seatsync.yaml in {directory} or above it; create one with `seatsync init`, or name its folder with"
            " `-C DIR`"
        )


class FleetNotFound(SeatsyncError):
    """No `fleet.yaml` in a folder or its parents."""

    def __init__(self, directory: str) -> None:
        super().__init__(
            f"no fleet.yaml in {directory} or above it; create one with `accounts: [customers/*/]`, or name it with"
            " `--file FILE`"
        )


class FileProblem(SeatsyncError):
    """A file that cannot be read or written."""

    def __init__(self, path: str, problem: str, remedy: str = "") -> None:
        super().__init__(f"{path}: {problem}" + (f"; {remedy}" if remedy else ""))


class TargetProblem(SeatsyncError):
    """A target that cannot be opened, read or written."""

    def __init__(self, url: str, problem: str, remedy: str = "", *, passing: bool = False) -> None:
        super().__init__(f"{url}: {problem}" + (f"; {remedy}" if remedy else ""), passing=passing)


class TargetBusy(TargetProblem):
    """A target that cannot be used now, but may be later: another run changes it, or its server is away."""

    passing = True


class Overtaken(TargetProblem):
    """A run whose lock another one has taken over. It must not go on."""


class NoAccount(TargetProblem):
    """A target without an account."""

    @classmethod
    def mirror(cls, url: str) -> NoAccount:
        """Return the problem of a project with a portal whose mirror is not there."""
        remedy = "put it here if it is kept elsewhere, or create it with `seatsync refresh`"
        return cls(url, "there is no mirror here", remedy)


class PlanRefused(SeatsyncError):
    """A plan that must not be applied. `code` is PLAN001, PLAN002, PLAN003, or that of a finding."""

    def __init__(self, code: str, problem: str, remedy: str) -> None:
        super().__init__(f"{code}: {problem}; {remedy}")
        self.code = code


class Interrupted(SeatsyncError):
    """A run that was stopped by a signal, after the current batch was completed or rolled back."""

    def __init__(self, signal_number: int, done: str) -> None:
        super().__init__(f"interrupted; {done}")
        self.exit_code = 128 + signal_number
