"""The target `exports:DIR`: the portal's exports as an account that is read only and remembers nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from seatsync.account.actions.spec import Step
from seatsync.account.engine import account_route
from seatsync.clock import Clock, days_between
from seatsync.declaration.declared import Declaration
from seatsync.declaration.project_values import Portal
from seatsync.errors import TargetProblem
from seatsync.finding import Finding, Severity, in_order
from seatsync.portal.observation import Coverage, Observation, combined, seen_in, stopping, unusable
from seatsync.portal.observed_account import observed_state
from seatsync.portal.source_checks import about_used
from seatsync.portal.sources.exports import Exports
from seatsync.reading.plain_text import shown
from seatsync.reading.tree import collector_paused
from seatsync.targets.target import Session, State

PREFIX: Final = "exports:"
_MAX_AGE: Final = Portal().max_age
"""The age in days from which exports are reported as old."""


@dataclass(frozen=True, slots=True)
class ExportsTarget:
    """The account that exports show. `clock` is the day of the run (None: today)."""

    url: str
    source: Exports
    clock: Clock | None = None

    def read(self) -> State:
        """Return the state, with assumptions where the exports leave facts open."""
        return self.read_with(None)

    def read_with(self, declared: Declaration | None) -> State:
        """Return the state with unknown facts as declared.

        Its findings may contain SOURCE002, whose subjects are unknown. Raises TargetProblem for any other error.
        """
        return self.read_and_look(declared)[0]

    def read_and_look(self, declared: Declaration | None) -> tuple[State, Mapping[Coverage, Observation]]:
        """Return the state as `read_with` does, and the observations that it is made of."""
        zone = "UTC" if declared is None else declared.project.timezone or "UTC"
        day = (self.clock or Clock.of(datetime.now(UTC), zone)).day
        with collector_paused():
            return self._read(declared, day)

    def _read(self, declared: Declaration | None, day: str) -> tuple[State, Mapping[Coverage, Observation]]:
        observations, findings = self.source.observe()
        self._refuse(stopping(findings))
        chosen, contradictions = combined(observations)
        findings = [*about_used(findings, observations, chosen), *contradictions]
        state = observed_state(chosen, declared, day)
        self._refuse(stopping(state.findings))
        if not state.account.teams:
            self._refuse(in_order(each for each in findings if each.severity is Severity.ERROR))
            raise TargetProblem(self.url, "no users export has people in it", "download the users export into it")
        used = {each.source: each for each in chosen.values()}
        found = in_order([*findings, *_old(used.values(), day), *state.findings])
        return state._replace(findings=tuple(found), seen=seen_in(used.values())), chosen

    def route(self, step: Step) -> str:
        """Return the route of the embedded account."""
        return account_route(step)

    def session(self, actor: str | None, clock: Clock) -> AbstractContextManager[Session]:  # noqa: ARG002 - as in Target
        """Raise TargetProblem: exports are read-only."""
        raise TargetProblem(self.url, "an exports: target is read-only", "apply to an account, such as sqlite:///FILE")

    def _refuse(self, errors: Sequence[Finding]) -> None:
        if errors:
            raise unusable(self.url, errors)


def _old(used: Iterable[Observation], day: str) -> list[Finding]:
    """Return a SOURCE004 if observations are older than `_MAX_AGE`; it names the oldest."""
    moments = ((each.moment.day, each.source) for each in used if each.moment is not None)
    ages = sorted((days_between(at, day), source) for at, source in moments)
    old = [source for age, source in ages if age > _MAX_AGE]
    if not old:
        return []
    message = f"{shown(old[-1])} is {ages[-1][0]} days old, so that the account may look different today"
    if len(old) > 1:
        message += f"; {len(old) - 1} more are older than {_MAX_AGE} days"
    return [Finding("SOURCE004", Severity.WARNING, message, hint="download the exports again")]


def open_exports(url: str, root: Path, environ: Mapping[str, str], clock: Clock | None = None) -> ExportsTarget:
    """Open `exports:DIR`. A relative path starts at `root`. In CI the times of files are those of the checkout."""
    place = url.partition(":")[2]
    if not place or "\0" in place:
        raise TargetProblem(url, "not the name of a folder", "write exports:DIR")
    path = Path("/" + place.lstrip("/")) if place.startswith("//") else Path(place)
    return ExportsTarget(url, Exports(root / path, path.as_posix().rstrip("/"), not environ.get("CI")), clock)
