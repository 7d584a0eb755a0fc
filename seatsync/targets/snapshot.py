"""Read-only targets in files: a snapshot (`file:STATE.yaml`), or the account a repository describes (`file:DIR`)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from seatsync.account.actions.spec import Step
from seatsync.account.engine import account_route
from seatsync.account.model import Account
from seatsync.clock import Clock
from seatsync.declaration.load import load
from seatsync.declaration.states import as_account, load_snapshot, violations
from seatsync.errors import TargetProblem
from seatsync.finding import Finding, Severity
from seatsync.targets.target import Session, State


@dataclass(frozen=True, slots=True)
class SnapshotTarget:
    """An account in a file or folder. `clock` is the day for which a repository is read (None: today, in its zone)."""

    url: str
    path: Path
    clock: Clock | None = None

    def read(self) -> State:
        """Return the state. Raises TargetProblem if the files have errors."""
        if self._is_folder():
            return State(self._from_repository())
        account, findings = load_snapshot(self.path)
        if account is None:
            raise self._problem(findings)
        return State(account)

    def route(self, step: Step) -> str:
        """Return the route of the embedded account, so that both targets lead to the same plan."""
        return account_route(step)

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:  # noqa: ARG002 - as in Target
        """Raise TargetProblem: files are read-only."""
        raise TargetProblem(self.url, "a file: target is read-only", "apply to an account, such as sqlite:///FILE")

    def _is_folder(self) -> bool:
        try:
            return self.path.is_dir()
        except OSError as error:
            problem = f"cannot be opened ({error.strerror or 'not a path'})"
            raise TargetProblem(self.url, problem, "check the path") from error

    def _from_repository(self) -> Account:
        loaded = load(self.path)
        declaration, findings = loaded.declaration, list(loaded.findings)
        if declaration is not None:
            # `violations` reports days under this code, which a repository may have.
            findings += [finding for finding in violations(declaration) if finding.code != "SCHEMA001"]
        if declaration is None or any(finding.severity is Severity.ERROR for finding in findings):
            raise self._problem(findings)
        zone = declaration.project.timezone or "UTC"
        return as_account(declaration, self.clock or Clock.of(datetime.now(UTC), zone))

    def _problem(self, findings: list[Finding]) -> TargetProblem:
        errors = [_one_line(finding) for finding in findings if finding.severity is Severity.ERROR]
        first = errors[0] if errors else "no account can be read from it"
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        return TargetProblem(self.url, first + more, "fix the files")


def _one_line(finding: Finding) -> str:
    place = f"{finding.location}: " if finding.location else ""
    return f"{place}{finding.code} {finding.message}"


def open_file(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> SnapshotTarget:
    """Open `file:PATH`, a snapshot or the folder of a repository. A relative path starts at `root`."""
    place = url.partition(":")[2]
    if not place or "\0" in place:
        raise TargetProblem(url, "not the name of a file or folder", "write file:SNAPSHOT.yaml or file:DIR")
    # POSIX reads three leading slashes as one, but not two.
    path = Path("/" + place.lstrip("/")) if place.startswith("//") else Path(place)
    return SnapshotTarget(url, root / path, clock)
