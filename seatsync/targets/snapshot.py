"""A state in files, read only: a snapshot (`file:STATE.yaml`), or the account a repository describes (`file:DIR`)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seatsync.account.actions.step import Step
from seatsync.account.actions.table import account_route
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.as_account import as_account
from seatsync.declaration.load import load
from seatsync.declaration.snapshot import load_snapshot
from seatsync.declaration.state import violations
from seatsync.errors import TargetProblem
from seatsync.finding import Finding, Severity
from seatsync.targets.target import Session, State


@dataclass(frozen=True, slots=True)
class SnapshotTarget:
    """An account in a file or folder. `clock` says on which day a repository is taken (None: today, where it is)."""

    url: str
    path: Path
    clock: Clock | None = None

    def read(self) -> State:
        """The state; refused where the files have errors."""
        if self._is_folder():
            return State(self._described())
        account, findings = load_snapshot(self.path)
        if account is None:
            raise self._refused(findings)
        return State(account)

    def route(self, step: Step) -> str:
        """As the embedded account answers, so that a plan against a snapshot is the plan against the account."""
        return account_route(step)

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:  # noqa: ARG002 - the words of Target
        """Refused: files are changed by people."""
        raise TargetProblem(self.url, "a file: target can only be read", "apply to an account, such as sqlite:///FILE")

    def _is_folder(self) -> bool:
        try:
            return self.path.is_dir()
        except OSError as error:
            problem = f"cannot be opened ({error.strerror or 'not a path'})"
            raise TargetProblem(self.url, problem, "look at the path") from error

    def _described(self) -> Account:
        loaded = load(self.path)
        declaration, findings = loaded.declaration, list(loaded.findings)
        if declaration is not None:
            # `violations` reports days under this code, which a repository may have.
            findings += [finding for finding in violations(declaration) if finding.code != "SCHEMA001"]
        if declaration is None or any(finding.severity is Severity.ERROR for finding in findings):
            raise self._refused(findings)
        zone = declaration.project.timezone or "UTC"
        return as_account(declaration, self.clock or Clock.of(datetime.now(UTC), zone))

    def _refused(self, findings: list[Finding]) -> TargetProblem:
        errors = [_said(finding) for finding in findings if finding.severity is Severity.ERROR]
        first = errors[0] if errors else "nothing can be read from it"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return TargetProblem(self.url, first + more, "mend the files")


def _said(finding: Finding) -> str:
    place = f"{finding.location}: " if finding.location else ""
    return f"{place}{finding.code} {finding.message}"


def open_file(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SnapshotTarget:
    """`file:PATH`: a snapshot, or the folder of a repository; from the project folder, unless the path is absolute."""
    place = url.partition(":")[2]
    if not place or "\0" in place:
        raise TargetProblem(url, "not the name of a file or folder", "write file:SNAPSHOT.yaml or file:DIR")
    # Three slashes are one to POSIX; two are not.
    path = Path("/" + place.lstrip("/")) if place.startswith("//") else Path(place)
    return SnapshotTarget(url, root / path, clock)
