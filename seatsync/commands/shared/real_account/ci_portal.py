"""What `seatsync ci` does besides in a project with a portal: refresh the mirror, and show who has what to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from seatsync.clock import Clock
from seatsync.commands.shared.ci_context import JobContext, JobResult
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.plan_inputs import project_of
from seatsync.commands.shared.real_account.looks import refresh_mirror, show_findings_of
from seatsync.commands.shared.repository import no_line
from seatsync.finding import Finding, Severity
from seatsync.insight.open_cases import status_of
from seatsync.reporting.findings import findings_ci
from seatsync.reporting.formats import REFRESHES, STATUSES, RenderOptions
from seatsync.reporting.terminal import PLAIN
from seatsync.targets.target import State


@dataclass(frozen=True, slots=True)
class Look:
    """A look at the real account before a job: further outputs, findings, and Markdown for the summary.

    `failed`: some findings are errors; `stopped`: nothing was recorded because of them.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    findings: Sequence[Finding] = ()
    blocks: Sequence[str] = ()
    failed: bool = False
    stopped: bool = False

    def refusal(self, job: str) -> JobResult:
        """Return the result of a job that the look prevents."""
        line = f"the sources cannot be used, so nothing was recorded: {findings_ci.counts(self.findings)}"
        return JobResult(job, "failed", 1, line, self.values, self.findings, self.blocks)

    def added_to(self, result: JobResult) -> JobResult:
        """Return the result of a job after the look: it fails if the look found errors."""
        return replace(
            result,
            exit_code=1 if self.failed else result.exit_code,
            values={**result.values, **self.values},
            findings=[*self.findings, *result.findings],
            blocks=[*result.blocks, *self.blocks],
        )


NO_LOOK = Look()


def look_first(context: JobContext, options: RefreshOptions) -> Look:
    """Refresh the mirror if that is wanted; show what is new in the log, and keep it as a file."""
    if not options.wanted:
        return NO_LOOK
    console = context.console
    project = project_of(console, None)
    report = refresh_mirror(console, project, options)
    rendering = RenderOptions(no_line, console.paint, console.verbose)
    found = report.found
    shown = [each for each in found.findings if console.verbose or each.severity is not Severity.INFO]
    if context.where.kind == "github":
        context.annotate(shown, rendering)
    else:
        show_findings_of(report, project.root, console)
    with context.quoted():
        console.output("\n" + REFRESHES["text"](report, rendering))
    context.keep("refresh.json", REFRESHES["json"](report, rendering))
    block = findings_ci.as_code("What the exports show", REFRESHES["text"](report, rendering._replace(paint=PLAIN)))
    values = {"closed-cases": str(len(found.closed)), "reopened-cases": str(len(found.reopened))}
    return Look(values, shown, [block], found.has_errors, found.stopped)


def show_status(context: JobContext, state: State, clock: Clock) -> tuple[Mapping[str, str], Sequence[str]]:
    """Show the open cases of a mirror in the log, and keep them as files; return outputs, and Markdown for the summary.

    Does nothing for an account that is no mirror, and for proposals, which change no cases.
    """
    if state.mirror is None or context.where.event == "proposal":
        return {}, ()
    status = status_of(state, clock)
    with context.quoted():
        context.console.output("\n" + STATUSES["text"](status, context.console.paint))
    page = STATUSES["markdown"](status, PLAIN)
    context.keep("status.json", STATUSES["json"](status, PLAIN))
    context.keep("status.md", page)
    return {"open-cases": str(len(status.cases))}, (page,)
