"""The jobs of `seatsync ci`: check a change, plan, apply a saved plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import TextIO

from seatsync.commands.apply import job_of_plan, review_and_apply
from seatsync.commands.diff import compared
from seatsync.commands.shared.apply_job import Job
from seatsync.commands.shared.approvals import ApprovalOptions, approved, required_approvals
from seatsync.commands.shared.ci_context import JobContext, JobResult
from seatsync.commands.shared.console import Outputs
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.options import PlanOptions, RefreshOptions
from seatsync.commands.shared.plan_inputs import Basis, Prepared, basis_of, prepare, preview
from seatsync.commands.shared.real_account.ci_portal import look_first, show_status
from seatsync.commands.shared.real_account.run_folders import RUNS, Place
from seatsync.commands.shared.repository import Repository, below_top, no_line
from seatsync.commands.shared.revisions import base_and_head
from seatsync.declaration.declared import Declaration
from seatsync.errors import FileProblem, NoAccount, WrongUsage
from seatsync.finding import Finding, Severity, has_errors, in_bulk
from seatsync.planning.checks.guards import is_blocked
from seatsync.planning.plan import Plan, plan_digest, to_json
from seatsync.reading.git_objects import Git
from seatsync.reporting.diff_report import WORKING_TREE, Diff
from seatsync.reporting.diff_report import last_line as of_diff
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.formats import DIFFS, PLANS, RenderOptions
from seatsync.reporting.plan.plan_text import last_line as of_plan
from seatsync.reporting.terminal import PLAIN

_HEAD = "HEAD"
_INTENT = "SEATSYNC_INTENT"
_WAITING = 3
_CONCLUSIONS = {0: "applied", _WAITING: "waiting"}
_LINES = {
    "applied": "the plan is applied",
    "waiting": "every step that can be applied is applied; the others are waiting for people",
    "no-changes": "nothing to change",
    "failed": "the plan was not applied, or only in part; see the log",
}


def check(context: JobContext, base: str | None) -> JobResult:
    """Check the files, and compare them with the base, if there is one."""
    repository = context.findings()
    diff = None if base is None else _diff(context, base)
    if base is None and context.where.event == "proposal":
        context.note("the base of this change is unknown, so nothing is compared; name it with --base REVISION")
    return _checked(context, repository, diff)


def _checked(context: JobContext, repository: Repository, diff: Diff | None = None) -> JobResult:
    failed = has_errors(repository.findings, strict=context.strict)
    line = findings_ci.counts(repository.findings)
    values, blocks = _counted(repository), []
    if diff is not None:
        line = f"{line}. {of_diff(diff)}"
        values["has-changes"] = _word(diff.differences != ())
        blocks = [DIFFS["markdown"](diff, RenderOptions(repository.line_of, PLAIN))]
    conclusion = "errors" if failed else "sound"
    return JobResult("check", conclusion, int(failed), line, values, repository.findings, blocks)


def _diff(context: JobContext, base: str) -> Diff:
    """Compare the checkout with its merge base with `base`."""
    console = context.console
    git = Git(console.folder, console.environment)
    git.above()  # raises without a repository, where a deeper history would not help
    try:
        tree = git.tree(base)
    except WrongUsage as problem:
        whole = "fetch the whole history (GitHub: `fetch-depth: 0`, GitLab: `GIT_DEPTH: 0`)"
        raise WrongUsage(f"{problem}; {whole}") from problem
    start = git.merge_base(base, _HEAD) or base
    start = base if git.tree(start) == tree else start  # the name that people know
    with base_and_head(console, start, _HEAD, WORKING_TREE) as (old, new):
        diff = compared(console, old, new, (), context.day, _HEAD)
        rendering = RenderOptions(new.line_of, console.paint, console.verbose, context.strict, below=new.below)
        with context.quoted():
            console.output("\n" + DIFFS["text"](diff, rendering))
        context.keep("diff.txt", DIFFS["text"](diff, rendering._replace(paint=PLAIN)))
    context.keep("diff.md", DIFFS["markdown"](diff, rendering))
    return diff


def check_and_plan(
    context: JobContext,
    plan_options: PlanOptions,
    approving: ApprovalOptions,
    refreshing: RefreshOptions,
    base: str | None,
    *,
    must: bool,
) -> JobResult:
    """Check the files, refresh the mirror if that is wanted, and plan.

    `must`: fail if there is no account yet, instead of only checking. Where a proposal has no mirror to read, its files
    are still compared with `base`.
    """
    required_approvals(approving)
    repository = context.findings()
    look = look_first(context, refreshing)
    if look.stopped:
        return look.refusal("plan")
    basis = basis_of(repository, plan_options, strict=context.strict)
    if basis is None:
        return look.added_to(_checked(context, repository))
    try:
        prepared = prepare(context.console, repository, basis, plan_options)
    except NoAccount as problem:
        if must and context.where.event == "proposal" and basis.declared.project.portal is not None:
            return _without_mirror(context, repository, base, problem)
        if must:
            raise
        context.note(f"not planned: {problem}")
        return _checked(context, repository)
    return look.added_to(_planned(context, repository, basis, prepared, approving))


def _without_mirror(context: JobContext, repository: Repository, base: str | None, problem: NoAccount) -> JobResult:
    """Return a failure with what can be said of a proposal without a mirror: its findings and its diff."""
    reason = f"not planned: {problem} in a job for the default branch; only the files were checked"
    if context.where.kind == "github":
        context.annotate([Finding("seatsync", Severity.ERROR, reason)], RenderOptions(no_line, PLAIN))
    else:
        context.console.info(reason)
    found = _checked(context, repository, None if base is None else _diff(context, base))
    return replace(found, job="plan", conclusion="failed", exit_code=1, line=f"not planned, no mirror. {found.line}")


def _planned(
    context: JobContext, repository: Repository, basis: Basis, prepared: Prepared, approving: ApprovalOptions
) -> JobResult:
    """Show a plan, and the open cases of a mirror."""
    wanted = required_approvals(approving)
    plan = prepared.plan._replace(require=wanted)
    page = _show(context, plan, repository, prepared, basis.declared)
    failed = is_blocked(plan, strict=context.strict)
    values = {
        **_counted(repository),
        "has-changes": _word(bool(plan.steps)),
        "has-new-steps": _word(any(planned.case is None for planned in plan.steps)),
        "intent": plan.intent(),
        "digest": plan_digest(plan),
    }
    if wanted is not None:  # a plan must be seen before it is approved, so this does not fail
        values["approved"] = _word(approved(context.console, plan, prepared.state.account, approving, wanted))
    cases, pages = show_status(context, prepared.state, prepared.clock)
    conclusion = "errors" if failed else "changes" if plan.steps else "no-changes"
    line = of_plan(plan, strict=context.strict)
    # The plan's Markdown already shows errors and warnings, and with -v everything.
    more = [each for each in repository.findings if each.severity is Severity.INFO and not context.console.verbose]
    return JobResult("plan", conclusion, int(failed), line, {**values, **cases}, more, [page, *pages])


def _show(context: JobContext, plan: Plan, repository: Repository, prepared: Prepared, declared: Declaration) -> str:
    """Write the plan to the log and to its files; return it as Markdown."""
    console = context.console
    rendering = RenderOptions(
        repository.line_of,
        console.paint,
        console.verbose,
        context.strict,
        preview=lambda: preview(prepared, declared, (), plan.require),
        other_files=("plan.html", "plan.json") if context.folder is not None else (),
        below=below_top(repository.root),
        others=repository.findings,
        rules=repository.own_rules,
    )
    with context.quoted():
        console.output("\n" + PLANS["text"](plan, rendering))
    context.annotate(plan.findings, rendering)
    rendering = rendering._replace(paint=PLAIN)
    page = PLANS["markdown"](plan, rendering)
    context.keep("plan.json", to_json(plan))
    context.keep("plan.md", page)
    if context.folder is not None:
        context.keep("plan.html", PLANS["html"](plan, rendering))
    return page


def saved_plan(
    context: JobContext,
    file: str,
    intent: str | None,
    plan_options: PlanOptions,
    approving: ApprovalOptions,
    refreshing: RefreshOptions,
    *,
    rebase: bool,
) -> JobResult:
    """Apply a saved plan, after a refresh of the mirror if that is wanted.

    Raises `FileProblem` if an intent is given and the plan has another.
    """
    console = context.console
    plan = read_plan(console.path(file))
    required_approvals(approving, plan)
    wanted = console.environment.get(_INTENT) if intent is None else intent
    if wanted is not None and wanted != plan.intent():
        raise FileProblem(
            file, f"has the intent {plan.intent()}, not {wanted or 'none at all'}", "plan and approve again"
        )
    look = look_first(context, refreshing)
    if look.stopped:
        return look.refusal("apply")
    log = _Tee(console.out)
    kept, runs = context.further("json", "apply.json"), context.runs()
    with context.quoted():
        console.output("\n" if refreshing.wanted else "")
        job = job_of_plan(console, plan, plan_options, rebase=rebase)
        if context.folder is not None:
            job = replace(job, place=Place(context.folder / RUNS))
        plainly = console._replace(out=log, paint=PLAIN)
        where = Outputs("text", None, tuple(kept))
        code = review_and_apply(job, plainly, approving, where, strict=context.strict, auto_approve=True, rebase=rebase)
    made = [folder for folder in context.runs() if folder not in runs]
    return look.added_to(_applied(context, job, code, made, log.getvalue()))


def _applied(context: JobContext, job: Job, code: int, made: Sequence[Path], log: str) -> JobResult:
    """Return the result of an apply, with the cases that are open now; `made` is the folder of the run, if any."""
    conclusion = _CONCLUSIONS.get(code, "failed") if job.plan.steps or code else "no-changes"
    if conclusion == "waiting" and context.where.kind == "github":
        context.note("some steps are waiting for people; see the log")
        code = 0
    cases, pages = show_status(context, job.target.read(), job.clock) if job.state.mirror is not None else ({}, ())
    folders = {"run": context.seen(made[0])} if made else {}
    line = f"steps are waiting for people; their checklist is in {folders['run']}" if made else _LINES[conclusion]
    values = {"intent": job.plan.intent(), **folders, **cases}
    blocks = [*pages, findings_ci.as_code("What was done", log)]
    return JobResult("apply", conclusion, code, line, values, (), blocks)


class _Tee(StringIO):
    """A stream that copies everything to another one."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        return super().write(text)


def _counted(repository: Repository) -> dict[str, str]:
    found = Counter(finding.severity for finding in in_bulk(repository.findings))
    return {"errors": str(found[Severity.ERROR]), "warnings": str(found[Severity.WARNING])}


def _word(value: bool) -> str:  # noqa: FBT001 - the value itself is what is written
    return "true" if value else "false"
