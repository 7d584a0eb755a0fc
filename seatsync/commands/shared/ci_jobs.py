"""The jobs of `seatsync ci` (check a change, plan, apply a saved plan) and the context they share."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import TextIO

from seatsync.ci import BuildContext, Kind
from seatsync.commands.apply import job_of_plan, review_and_apply
from seatsync.commands.diff import compared
from seatsync.commands.shared.approvals import ApprovalOptions, approved, required_approvals
from seatsync.commands.shared.console import Console, Outputs, write_file
from seatsync.commands.shared.earlier_runs import read_plan
from seatsync.commands.shared.options import PlanOptions
from seatsync.commands.shared.plan_inputs import Prepared, basis_of, prepare, preview
from seatsync.commands.shared.repository import Repository, below_top, no_line, read_repository, show_findings
from seatsync.commands.shared.revisions import base_and_head
from seatsync.declaration.declared import Declaration
from seatsync.errors import FileProblem, NoAccount, SeatsyncError, WrongUsage
from seatsync.finding import Finding, Severity, has_errors
from seatsync.planning.checks.guards import is_blocked
from seatsync.planning.plan import Plan, plan_digest, to_json
from seatsync.reading.git_objects import Git
from seatsync.reporting.diff_report import WORKING_TREE, Diff
from seatsync.reporting.diff_report import last_line as of_diff
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.formats import DIFFS, PLANS, REPORTS, RenderOptions
from seatsync.reporting.plan.plan_text import last_line as of_plan
from seatsync.reporting.terminal import PLAIN

FOLDER = "seatsync-ci"
"""Folder for report files on a build server: no name with a dot, because GitHub keeps no hidden files."""
_REPORTS = {"sarif": "findings.sarif", "gitlab": "code-quality.json", "junit": "junit.xml"}
_OUTPUTS = {"gitlab": "code-quality"}
_READ_BY: dict[Kind, tuple[str, ...]] = {"github": ("sarif",), "gitlab": ("gitlab", "junit"), "none": tuple(_REPORTS)}
_VARIABLES = "outputs.env"
_SHOWN = ("diff.txt", "diff.md", "plan.json", "plan.md", "plan.html", "apply.json")
_TOKEN_BYTES = 32


@dataclass(frozen=True, slots=True)
class JobResult:
    """The result of a job: a conclusion for programs and a line for people.

    `values` are further outputs; `blocks` is Markdown for the job summary.
    """

    job: str
    conclusion: str
    exit_code: int
    line: str
    values: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    blocks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class JobContext:
    """The context of a job. `folder` receives its files; None: it writes none."""

    console: Console
    where: BuildContext
    folder: Path | None
    day: str | None
    strict: bool

    def begin(self, *, anew: bool) -> None:
        """Create the folder; `anew` deletes files of an earlier run and those checked out with the change."""
        if self.folder is None:
            return
        if self.folder.is_symlink():
            raise FileProblem(
                str(self.folder), "is a symbolic link, not a folder", "delete it, or name another folder with --out"
            )
        self.folder.mkdir(parents=True, exist_ok=True)
        ours = (*_REPORTS.values(), *_SHOWN, _VARIABLES)
        if anew and any(there.name not in ours for there in self.folder.iterdir()):
            problem = "holds files that `seatsync ci` did not write"
            raise FileProblem(str(self.folder), problem, "name an empty folder with --out")
        for name in ours if anew else (_VARIABLES,):
            (self.folder / name).unlink(missing_ok=True)

    def findings(self) -> Repository:
        """Read the repository; show its findings, and write them in the formats of the build server."""
        repository = read_repository(self.console, None, self.day)
        further = tuple((form, self.folder / _REPORTS[form]) for form in self._forms() if self.folder is not None)
        form = "github" if self.where.kind == "github" else "text"
        show_findings(repository, Outputs(form, None, further), self.console, strict=self.strict)
        return repository

    def further(self, form: str, name: str) -> list[tuple[str, Path]]:
        """Return the file for one more format; empty if no files are written."""
        return [] if self.folder is None else [(form, self.folder / name)]

    def keep(self, name: str, text: str) -> None:
        """Write a file, unless no files are written."""
        if self.folder is not None:
            write_file(self.folder / name, text)

    def note(self, text: str) -> None:
        """Print a notice; GitHub also shows it as an annotation."""
        if self.where.kind == "github":
            self.annotate([Finding("seatsync", Severity.INFO, text)], RenderOptions(no_line, PLAIN))
        else:
            self.console.info(text)

    def annotate(self, findings: Sequence[Finding], rendering: RenderOptions) -> None:
        """Print findings as GitHub annotations; nothing on other build servers."""
        if self.where.kind == "github":
            self.console.output(REPORTS["github"](findings, rendering))

    @contextmanager
    def quoted(self) -> Iterator[None]:
        """Keep GitHub's runner from interpreting the printed text as workflow commands."""
        if self.where.kind != "github":
            yield
            return
        token = _token()
        self.console.output(f"::stop-commands::{token}\n")
        try:
            yield
        finally:
            self.console.output(f"\n::{token}::\n")

    def post(self, result: JobResult) -> None:
        """Publish a result in the log, the job summary and the outputs for later jobs."""
        files = self._files()
        if result.conclusion != "failed":  # the reason is in the log already, or is the error that follows
            self.console.info(f"{result.job} ({result.conclusion}): {result.line}")
            if files:
                self.console.info(f"Files: {', '.join(sorted(files.values()))}")
        values = {"job": result.job, "verdict": result.conclusion, **result.values, **files}
        if self.where.output is not None:
            _append(Path(self.where.output), findings_ci.for_github(values, _token()))
        if self.where.kind == "gitlab":
            self.keep(_VARIABLES, findings_ci.for_gitlab(values))
        if self.where.summary is not None:
            page = Path(self.where.summary)
            room = findings_ci.LARGEST - (page.stat().st_size if page.is_file() else 0)
            _append(page, findings_ci.render_summary(result.line, result.findings, result.blocks, room))

    def fail(self, job: str, problem: SeatsyncError) -> None:
        """Publish the failure of a job and its reason, as far as possible."""
        self.annotate([Finding("seatsync", Severity.ERROR, str(problem))], RenderOptions(no_line, PLAIN))
        try:
            self.post(JobResult(job, "failed", 1, "the job failed; see the log"))
        except FileProblem as second:  # the first problem is raised afterwards
            self.console.info(str(second))

    def _forms(self) -> tuple[str, ...]:
        return _READ_BY[self.where.kind]

    def _files(self) -> dict[str, str]:
        """Return the existing files by the name of their output, relative to the top of the checkout."""
        if self.folder is None:
            return {}
        names = {_OUTPUTS.get(form, form): _REPORTS[form] for form in self._forms()}
        names |= {
            "plan": "plan.json",
            "markdown": "plan.md",
            "html": "plan.html",
            "diff": "diff.md",
            "outcome": "apply.json",
        }
        paths = {output: self.folder / name for output, name in names.items()}
        return {output: self._seen(path) for output, path in paths.items() if path.is_file()}

    def _seen(self, path: Path) -> str:
        real = path.resolve()
        top = Path(self.where.top or self.console.folder).resolve()
        return real.relative_to(top).as_posix() if real.is_relative_to(top) else str(real)


def _token() -> str:
    """Return an unpredictable delimiter, which no file can contain."""
    return f"seatsync-{os.urandom(_TOKEN_BYTES).hex()}"


def _append(path: Path, text: str) -> None:
    try:
        with path.open("ab") as file:
            file.write(text.encode("utf-8", "backslashreplace"))
    except (OSError, ValueError) as error:
        words = error.strerror if isinstance(error, OSError) else None
        raise FileProblem(str(path), f"cannot be written ({(words or 'not a path').lower()})") from error


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
    context: JobContext, plan_options: PlanOptions, approving: ApprovalOptions, *, must: bool
) -> JobResult:
    """Check the files and plan. `must`: fail if there is no account yet, instead of only checking."""
    wanted = required_approvals(approving)
    repository = context.findings()
    basis = basis_of(repository, plan_options, strict=context.strict)
    if basis is None:
        return _checked(context, repository)
    try:
        prepared = prepare(context.console, repository, basis, plan_options)
    except NoAccount as problem:
        if must:
            raise
        context.note(f"not planned: {problem}")
        return _checked(context, repository)
    plan = prepared.plan._replace(require=wanted)
    page = _show(context, plan, repository, prepared, basis.declared)
    failed = is_blocked(plan, strict=context.strict)
    values = {
        **_counted(repository),
        "has-changes": _word(bool(plan.steps)),
        "intent": plan.intent(),
        "digest": plan_digest(plan),
    }
    if wanted is not None:  # a plan must be seen before it is approved, so this does not fail
        values["approved"] = _word(approved(context.console, plan, prepared.state.account, approving, wanted))
    conclusion = "errors" if failed else "changes" if plan.steps else "no-changes"
    line = of_plan(plan, strict=context.strict)
    # The plan's Markdown already shows errors and warnings, and with -v everything.
    more = [each for each in repository.findings if each.severity is Severity.INFO and not context.console.verbose]
    return JobResult("plan", conclusion, int(failed), line, values, more, [page])


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
    *,
    rebase: bool,
) -> JobResult:
    """Apply a saved plan. Raises `FileProblem` if an intent is given and the plan has another."""
    console = context.console
    plan = read_plan(console.path(file))
    required_approvals(approving, plan)
    wanted = console.environment.get(_INTENT) if intent is None else intent
    if wanted is not None and wanted != plan.intent():
        raise FileProblem(
            file, f"has the intent {plan.intent()}, not {wanted or 'none at all'}", "plan and approve again"
        )
    log = _Tee(console.out)
    with context.quoted():
        job = job_of_plan(console, plan, plan_options, rebase=rebase)
        plainly = console._replace(out=log, paint=PLAIN)
        where = Outputs("text", None, tuple(context.further("json", "apply.json")))
        code = review_and_apply(job, plainly, approving, where, strict=context.strict, auto_approve=True, rebase=rebase)
    conclusion = _CONCLUSIONS.get(code, "failed") if plan.steps or code else "no-changes"
    if conclusion == "waiting" and context.where.kind == "github":
        context.note("some steps are waiting for people; see the log")
        code = 0
    blocks = [findings_ci.as_code("What was done", log.getvalue())]
    return JobResult("apply", conclusion, code, _LINES[conclusion], {"intent": plan.intent()}, (), blocks)


class _Tee(StringIO):
    """A stream that copies everything to another one."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__()
        self._stream = stream

    def write(self, text: str) -> int:
        self._stream.write(text)
        return super().write(text)


def _counted(repository: Repository) -> dict[str, str]:
    found = Counter(finding.severity for finding in repository.findings)
    return {"errors": str(found[Severity.ERROR]), "warnings": str(found[Severity.WARNING])}


def _word(value: bool) -> str:  # noqa: FBT001 - the value itself is what is written
    return "true" if value else "false"
