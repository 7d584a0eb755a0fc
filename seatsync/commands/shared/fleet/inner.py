"""Ordinary commands on one account of a fleet, for one attempt at a run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.fingerprint import configuration_of, fingerprint, position_of
from seatsync.commands.shared.fleet.inner_run import inner_run
from seatsync.commands.shared.options import Command
from seatsync.commands.shared.plan_inputs import resolve_target
from seatsync.fleet.run_values import Attempt, Result
from seatsync.reading.plain_text import first_of
from seatsync.reporting.escape import number_of
from seatsync.targets.target import open_target

RUN: Final = "SEATSYNC_RUN"
"""The variable with the key of a run and its fencing number, which stores check."""

_LONGEST: Final = 500  # characters of a message
_RETRIES: Final = (2.0, 10.0, 30.0, 60.0)
"""Seconds before each further attempt at what failed and may pass."""

Document = Mapping[str, Any]


class Answer(NamedTuple):
    """The answer of a command: its exit code, its document, and the text of that."""

    code: int
    document: Document
    text: str


@dataclass(frozen=True, slots=True)
class Inner:
    """Ordinary commands on one account: in its folder, with its target, and with the options of the run."""

    console: Console
    folder: Path
    target: str | None
    attempt: Attempt
    configuration: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "configuration", configuration_of(self.folder))

    @property
    def on_target(self) -> list[str]:
        """The words that name the target."""
        return [] if self.target is None else ["--target", self.target]

    @property
    def day(self) -> str | None:
        """The date of `--at`."""
        day: str | None = self.attempt.options.get("day")
        return day

    def flags(self, *names: str) -> list[str]:
        """Return those of some flags that the run was asked for."""
        return [f"--{name}" for name in names if self.attempt.options.get(name)]

    def run(self, command: Command, *words: str) -> Answer:
        """Run a command in JSON; return its answer. Raises the error that stopped it."""
        day = [] if self.day is None else ["--at", self.day]
        ran = inner_run(command, ["--format", "json", *day, *words], self.console, self.folder, self._run)
        if ran.error is not None:
            raise ran.error
        return Answer(ran.code, json.loads(ran.out), ran.out)

    def today(self) -> str:
        """Return the day of the account. Raises `TargetProblem` if it cannot be read."""
        zone = position_of(self.console._replace(folder=self.folder), self.target)[1]
        return self.console.clock(self.day, zone).day

    def announce(self) -> None:
        """Tell the store of the account the number of this attempt: from then on, earlier ones can write nothing."""
        console = self.console._replace(folder=self.folder, environment={**self.console.environment, **self._run})
        target = open_target(resolve_target(console, self.target), self.folder, console.environment)
        with target.session(None, console.clock(self.day, "UTC")):
            pass

    @property
    def _run(self) -> dict[str, str]:
        return {RUN: f"{self.attempt.key}:{self.attempt.number}"}

    def fingerprint(self, serial: int | None, day: str) -> str:
        """Return the fingerprint of what a command has read."""
        return fingerprint(self.configuration, self.target, serial, day)


def failed(message: str, attempt: Attempt, *, passing: bool = False) -> Result:
    """Return the result of an attempt that failed; it is tried again later if the reason may pass."""
    return Result("failed", 1, "failed", message[:_LONGEST], again=again_after(attempt) if passing else None)


def again_after(attempt: Attempt) -> float | None:
    """Return the seconds until what failed and may pass is tried again, None if this was the last attempt."""
    return _RETRIES[attempt.attempt - 1] if attempt.attempt <= len(_RETRIES) else None


def with_errors(code: int, document: Document, attempt: Attempt) -> Result:
    """Return the result of a command that a document of findings answers; it is tried again if all errors may pass."""
    errors = _worst(document["findings"])
    facts = {f"{name}s": number for name, number in document["summary"].items() if name != "info"}
    again = again_after(attempt) if errors and all("passing" in each for each in errors) else None
    return Result("failed", code, "errors", _problem(errors), facts, again=again)


def _worst(findings: Sequence[Document]) -> Sequence[Document]:
    """Return the errors among findings, all findings if there are none."""
    return [each for each in findings if each["severity"] == "error"] or findings


def _problem(findings: Sequence[Document]) -> str:
    """Return the first of the worst findings in one line, an empty text if there are none."""
    first = next(iter(_worst(findings)), None)
    if first is None:
        return ""
    place = f"{first['file']}:{first['line']}: " if first.get("file") else ""
    return f"{place}{first['code']} {first['message']}"[:_LONGEST]


def problem_of_plan(document: Document) -> str:
    """Return why a plan is not carried out: its first error, else what it leaves out, else its first finding."""
    is_error = any(each["severity"] == "error" for each in document["findings"])
    if document["left_out"] and not is_error:
        return f"left out: {first_of([_left_out(each) for each in document['left_out']])}"[:_LONGEST]
    return _problem(document["findings"])


def _left_out(entry: Document) -> str:
    """Return a thing that a plan leaves out, with its errors: `team civil (SEAT003)`."""
    things = [f"{kind} {name}" for kind, name in entry.items() if kind != "findings"]
    return f"{things[0]} ({', '.join(entry['findings'])})"


def counted(document: Document) -> str:
    """Return the summary of a plan as words: `3 to add, 1 to change`."""
    summary = document["summary"]
    parts = [f"{summary[kind]} to {kind}" for kind in ("add", "change", "remove") if summary[kind]]
    manual = [number_of(summary["manual"], "step") + " by people"] if summary["manual"] else []
    return ", ".join([*parts, *manual])
