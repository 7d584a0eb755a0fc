"""The work of `fleet apply` on one account: apply at once, or wait until the intent of its plan is approved."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from shlex import quote
from tempfile import TemporaryDirectory
from typing import Final

from seatsync.commands import apply, plan
from seatsync.commands.shared.fleet.inner import (
    Answer,
    Document,
    Inner,
    again_after,
    counted,
    problem_of_plan,
    with_errors,
)
from seatsync.commands.shared.plan_inputs import open_as_of, resolve_target
from seatsync.errors import SeatsyncError
from seatsync.fleet.run_values import Approval, Attempt, Result
from seatsync.planning.checks import approvals as of_plans
from seatsync.planning.plan import FORMAT as PLAN
from seatsync.planning.plan import Required
from seatsync.planning.plan_file import from_json
from seatsync.reporting.escape import number_of

_PEOPLE: Final = 3
"""The exit code if some steps wait for people."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the work needs of the record of runs.

    `approvals` returns those of an intent that the run may use; `carry_out` records that the run uses them for a plan.
    """

    approvals: Callable[[Attempt, str], Sequence[Approval]]
    carry_out: Callable[[Attempt, str, str], None]


def applied(inner: Inner, recorded: Recorded) -> Result:
    """Apply what the run was asked for: everything with `auto-approve`, else a plan whose intent is approved."""
    options = inner.attempt.options
    if inner.attempt.is_repeated:
        inner.announce()
    if options.get("auto-approve") and not options.get("require"):
        words = [*inner.on_target, *inner.flags("strict", "partial")]
        return _done(inner, inner.run(apply.run, "--auto-approve", *words))
    with TemporaryDirectory(prefix="seatsync-") as folder:
        file = Path(folder, "plan.json")
        words = ["--out", str(file), *inner.on_target, *inner.flags("strict")]
        code, document, text = inner.run(plan.run, *words)
        if document["format"] != PLAN:
            return with_errors(code, document, inner.attempt)
        if code and not options.get("partial"):
            return Result("failed", code, "errors", problem_of_plan(document))
        if document["steps"] and not _goes_on(inner.attempt, document):
            missing = _missing(inner, recorded, text, document["intent"])
            if missing:
                return _waiting(inner, document, text, missing)
            recorded.carry_out(inner.attempt, document["intent"], text)
        return _done(inner, inner.run(apply.run, str(file), "--auto-approve", *inner.flags("strict", "partial")))


def _goes_on(attempt: Attempt, document: Document) -> bool:
    """Return True if the plan is what is left of the approved one that an earlier attempt was carrying out.

    Raises `SeatsyncError` if it is not.
    """
    if attempt.plan is None or not attempt.is_repeated:
        return False
    approved = json.loads(attempt.plan)
    same_files = document["config"]["digest"] == approved["config"]["digest"]
    if same_files and not _steps(document) - _steps(approved):
        return True
    problem = "the account or its files changed while its approved plan was carried out"
    raise SeatsyncError(f"{problem}; plan and approve again")


def _steps(document: Document) -> Counter[str]:
    names = ("action", "scope", "args")
    return Counter(json.dumps([step[name] for name in names], sort_keys=True) for step in document["steps"])


def _missing(inner: Inner, recorded: Recorded, text: str, intent: str) -> str:
    """Return what is missing of the approvals of a plan as words, "" if nothing is."""
    options = inner.attempt.options
    found = recorded.approvals(inner.attempt, intent)
    number = options.get("require")
    if not number:
        return "" if found else f"approve it with `seatsync fleet approve {quote(inner.attempt.account)}`"
    console = inner.console._replace(folder=inner.folder)
    url = resolve_target(console, inner.target)
    account = open_as_of(url, inner.folder, console, inner.day).read().account
    given = [of_plans.Approval(each.person, each.intent, "") for each in found if each.person]
    status = of_plans.check_approvals(from_json(text), account, given, Required(number, tuple(options["author"])))
    if not status.missing:
        return ""
    could = f"; {', '.join(status.could[:3])} could approve" if status.could else ""
    return f"{status.counted} of {number_of(number, 'approval')}{could}"


def _waiting(inner: Inner, document: Document, text: str, missing: str) -> Result:
    account = document["account"]
    return Result(
        "waiting",
        _PEOPLE,
        "approval",
        f"{counted(document)}; {missing}",
        document["summary"],
        inner.fingerprint(account["serial"], document["at"]),
        document["intent"],
        text,
    )


def _done(inner: Inner, answer: Answer) -> Result:
    """Return the result of an apply."""
    code, document, _ = answer
    if document["format"] != "seatsync/apply/1":
        if document["format"] == PLAN:
            return Result("failed", code, "errors", problem_of_plan(document))
        return with_errors(code, document, inner.attempt)
    summary = document["summary"]
    facts = {**summary, "run": document["run"]}
    people = summary["case"] + summary["waits"]
    parts = [f"{number_of(summary['done'], 'step')} done"] if summary["done"] else []
    parts += [f"{number_of(people, 'step')} for people"] if people else []
    parts += [f"{summary['failed']} failed"] if summary["failed"] else []
    parts += [f"{summary['skipped']} skipped"] if summary["skipped"] else []
    read = inner.fingerprint(document["account"]["serial"], inner.today())
    if code not in {0, _PEOPLE}:
        again = again_after(inner.attempt) if "passing" in document else None
        return Result("failed", code, "failed", ", ".join(parts), facts, again=again)
    outcome = "people" if code == _PEOPLE else "applied" if document["steps"] else "no-changes"
    return Result("done", code, outcome, ", ".join(parts), facts, read, document["intent"])
