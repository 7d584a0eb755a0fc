"""The plan that follows, as texts for the lines of the files that ask for its steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from seatsync.declaration.files import PROJECT_FILE, Folder
from seatsync.declaration.load import included_by
from seatsync.declaration.project import read_project
from seatsync.errors import SeatsyncError
from seatsync.finding import has_errors
from seatsync.planning.plan import Plan
from seatsync.reporting.escape import number_of, visible
from seatsync.reporting.plan.plan_text import last_line
from seatsync.reporting.plan.wording import described

_MOST_ERRORS: Final = 3
_SIGNS: Final = {"add": "+", "change": "~", "remove": "-"}


@dataclass(frozen=True, slots=True)
class AccountFile:
    """The file or folder of an account, and a text that changes when the files do."""

    path: str
    stamp: str

    @classmethod
    def at(cls, path: Path) -> AccountFile:
        """Return the account at a path as it is now; a store may keep its last changes in a second file."""
        try:
            files = _configuration(path) if path.is_dir() else [path]
            log = Path(f"{path}-wal")
            seen = [file.stat() for file in (*files, *([log] if log.exists() else ()))]
        except OSError:
            return cls(str(path), "")
        stamps = ";".join(f"{each.st_mtime_ns} {each.st_size}" for each in seen)
        return cls(str(path), sha256(stamps.encode()).hexdigest())

    def is_current(self) -> bool:
        """Return True if the content is still the same."""
        return AccountFile.at(Path(self.path)) == self


@dataclass(frozen=True, slots=True)
class PlanLenses:
    """The summary of a plan, and the steps by file and line, from one. `account` is None if the plan failed.

    `titles` are the summary and the first errors that prevent the plan.
    """

    titles: tuple[str, ...]
    lines: Mapping[str, Mapping[int, str]]
    account: AccountFile | None = None


def _configuration(folder: Path) -> list[Path]:
    """Return the files of the repository in a folder, or only the folder if there is none."""
    try:
        project, _ = read_project(folder)
    except SeatsyncError:
        return [folder]
    found = () if project is None else included_by(project, Folder(folder))[0]
    return [folder / PROJECT_FILE, *(Path(file.real) for file in found)]


def lenses_of(plan: Plan, account: AccountFile) -> PlanLenses:
    """Return the lenses of a plan: the first step that a line asks for, and how many more."""
    steps: dict[str, dict[int, list[str]]] = {}
    for planned in plan.steps:
        if planned.reason is not None:
            lines = steps.setdefault(planned.reason.file, {})
            lines.setdefault(planned.reason.line, []).append(f"{_SIGNS[planned.kind]} {described(planned.step)}")
    titles = {file: {line: _title(texts) for line, texts in sorted(lines.items())} for file, lines in steps.items()}
    errors = [visible(f"{each.code} {each.message}") for each in plan.findings if has_errors([each])]
    return PlanLenses((last_line(plan, strict=False), *errors[:_MOST_ERRORS]), titles, account)


def _title(steps: list[str]) -> str:
    return steps[0] if len(steps) == 1 else f"{steps[0]}, and {number_of(len(steps) - 1, 'more step')}"


def to_json(lenses: PlanLenses | None) -> str:
    """Return lenses as one line of JSON."""
    return json.dumps(None if lenses is None else asdict(lenses)) + "\n"


def from_json(text: bytes) -> PlanLenses | None:
    """Return lenses from our own JSON."""
    found = json.loads(text)
    if found is None:
        return None
    lines = {file: {int(line): title for line, title in titles.items()} for file, titles in found["lines"].items()}
    return PlanLenses(
        tuple(found["titles"]), lines, None if found["account"] is None else AccountFile(**found["account"])
    )
