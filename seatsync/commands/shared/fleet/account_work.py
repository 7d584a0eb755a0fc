"""The work of a fleet on one account: the ordinary command, run in the account's project folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from traceback import format_exception
from typing import Final

from seatsync.commands import drift, plan, refresh, validate
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.fleet.apply_work import Recorded, applied
from seatsync.commands.shared.fleet.inner import Inner, counted, failed, problem_of_plan, with_errors
from seatsync.commands.shared.plan_inputs import has_portal
from seatsync.errors import Interrupted, SeatsyncError
from seatsync.fleet.app_calls import naming
from seatsync.fleet.checkout import project_folder
from seatsync.fleet.declared_fleet import Fleet, FleetAccount
from seatsync.fleet.run_values import MOST_STARTS, Attempt, Command, Result
from seatsync.reporting.escape import number_of
from seatsync.secret import without_secrets

_FINDINGS: Final = "seatsync/findings/1"


@dataclass(frozen=True, slots=True)
class AccountWork:
    """The work on the accounts of a fleet. `find` returns an account by name, as it is declared now."""

    console: Console
    find: Callable[[str], tuple[Fleet, FleetAccount] | None]
    recorded: Recorded

    def __call__(self, attempt: Attempt) -> Result:
        """Do the work of one attempt. Raises `Interrupted` after a signal, and else returns what went wrong."""
        if attempt.starts > MOST_STARTS:
            return failed(f"its worker ended {MOST_STARTS} times while it was at this account", attempt)
        try:
            found = self.find(attempt.account)
            if found is None:
                return failed("the fleet has no such account any more", attempt)
            fleet, account = found
            folder = project_folder(fleet, account, self.console.environment)
            console = self.console._replace(environment={**self.console.environment, **naming(fleet)})
            return _WORK[attempt.command](Inner(console, folder, account.target, attempt), self.recorded)
        except Interrupted:
            raise
        except SeatsyncError as error:
            return failed(str(error), attempt, passing=error.passing)
        except OSError as error:
            return failed(f"{error.filename or ''}: {error.strerror or type(error).__name__}".strip(": "), attempt)
        except Exception as error:  # noqa: BLE001 - a fault concerns one account, the others go on
            self._show(error)
            name = type(error).__name__
            return failed(f"internal error ({name}); `seatsync {attempt.command} --debug` there shows more", attempt)

    def _show(self, error: Exception) -> None:
        """With `--debug`, write the traceback of an error to standard error, without secrets."""
        if self.console.debug:
            text = without_secrets("".join(format_exception(error)), self.console.environment)
            for line in text.splitlines():
                self.console.info(line)


def _validated(inner: Inner, recorded: Recorded) -> Result:
    code, document, _ = inner.run(validate.run, *inner.flags("strict"))
    if code:
        return with_errors(code, document, inner.attempt)
    warnings = document["summary"]["warning"]
    facts = {"errors": 0, "warnings": warnings}
    message = number_of(warnings, "warning") if warnings else ""
    day = inner.console.clock(inner.day, "UTC").day
    return Result("done", 0, "valid", message, facts, inner.fingerprint(None, day))


def _refreshed(inner: Inner, recorded: Recorded) -> Result:
    if not has_portal(inner.folder):
        return Result("done", 0, "no-portal", "the project has no portal to look at")
    code, document, _ = inner.run(refresh.run, *inner.on_target)
    if document["format"] == _FINDINGS:
        return with_errors(code, document, inner.attempt)
    changes = len(document["changes"])
    facts = {"changes": changes, "closed": len(document["closed"]), "open": document["open"]}
    if code:
        found = with_errors(code, {"findings": document["findings"], "summary": {}}, inner.attempt)
        return replace(found, facts=facts)
    return Result("done", 0, "refreshed", number_of(changes, "change") if changes else "", facts)


def _planned(inner: Inner, recorded: Recorded) -> Result:
    code, document, text = inner.run(plan.run, *inner.on_target, *inner.flags("strict"))
    if document["format"] == _FINDINGS:
        return with_errors(code, document, inner.attempt)
    if code:
        problem = problem_of_plan(document)
        return Result("failed", code, "errors", problem, document["summary"], intent=document["intent"])
    mark = inner.fingerprint(document["account"]["serial"], document["at"])
    if not document["steps"]:
        return Result("done", 0, "no-changes", "", document["summary"], mark)
    return Result("done", 0, "changes", counted(document), document["summary"], mark, document["intent"], text)


def _drifted(inner: Inner, recorded: Recorded) -> Result:
    code, document, _ = inner.run(drift.run, *inner.on_target, *inner.flags("strict"))
    if document["format"] == _FINDINGS:
        return with_errors(code, document, inner.attempt)
    summary = document["summary"]
    parts = [f"{summary[name]} in {words}" for name, words in _SIDES.items() if summary[name]]
    mark = inner.fingerprint(document["account"]["serial"], inner.today())
    outcome = "changes" if parts else "no-changes"
    return Result("failed" if code else "done", code, outcome, ", ".join(parts), summary, mark)


_SIDES: Final = {"portal": "the portal", "git": "git", "both": "both"}

_WORK: Final[Mapping[Command, Callable[[Inner, Recorded], Result]]] = {
    "validate": _validated,
    "refresh": _refreshed,
    "plan": _planned,
    "apply": applied,
    "drift": _drifted,
}
