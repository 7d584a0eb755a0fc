"""Output formats by kind of document: explicit tables from the value of `--format` to the function."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from seatsync.finding import Finding, Severity, in_bulk, in_order
from seatsync.reporting.findings.findings_text import LineOf
from seatsync.reporting.terminal import PLAIN, Paint

if TYPE_CHECKING:  # only for annotations
    from seatsync.applying.outcomes import Applied
    from seatsync.declaration.project_values import OwnRule
    from seatsync.fleet.seen import FleetStatus
    from seatsync.insight.forecast import Forecast
    from seatsync.insight.open_cases import Status
    from seatsync.insight.reports.document import Report
    from seatsync.insight.why_answer import Answer
    from seatsync.planning.plan import Plan
    from seatsync.planning.preview import Preview
    from seatsync.reporting.account_overview import Overview
    from seatsync.reporting.diff_report import Diff
    from seatsync.reporting.drift_report import DriftReport
    from seatsync.reporting.fleet_outcomes import FleetOutcome
    from seatsync.reporting.plan_diff_report import PlanDiff
    from seatsync.reporting.refresh_report import RefreshReport
    from seatsync.rules.own_cases import RuleResult

_LARGEST_COMMENT = 60_000
"""Bytes of a comment on GitHub, with a margin for text that callers add above it."""


class LazyModule:
    """A formatting module that is imported on first use, because a run needs only one of them."""

    def __init__(self, name: str) -> None:
        self._name = f"seatsync.{name}"

    def __getattr__(self, function: str) -> Callable[..., str]:
        found: Callable[..., str] = getattr(import_module(self._name), function)
        return found


account_overview = LazyModule("reporting.account_overview")
diff_report = LazyModule("reporting.diff_report")
drift_report = LazyModule("reporting.drift_report")
escape = LazyModule("reporting.escape")
findings_ci = LazyModule("reporting.findings.findings_ci")
findings_documents = LazyModule("reporting.findings.findings_documents")
findings_pages = LazyModule("reporting.findings.findings_pages")
findings_text = LazyModule("reporting.findings.findings_text")
fleet_report = LazyModule("reporting.reports.fleet_report")
fleet_outcomes = LazyModule("reporting.fleet_outcomes")
fleet_status = LazyModule("reporting.fleet_status")
forecast_report = LazyModule("reporting.forecast_report")
outcome_report = LazyModule("reporting.outcome_report")
plan_diff_report = LazyModule("reporting.plan_diff_report")
plan_html = LazyModule("reporting.plan.plan_html")
plan_json = LazyModule("planning.plan")
plan_markdown = LazyModule("reporting.plan.plan_markdown")
plan_people = LazyModule("reporting.plan.plan_people")
plan_text = LazyModule("reporting.plan.plan_text")
policy_report = LazyModule("reporting.policy_report")
report_data = LazyModule("reporting.reports.report_data")
report_html = LazyModule("reporting.reports.report_html")
report_text = LazyModule("reporting.reports.report_text")
status_report = LazyModule("reporting.status_report")
refresh_report = LazyModule("reporting.refresh_report")
why_report = LazyModule("reporting.why_report")


def _no_preview() -> None:
    """Return None: no account is available."""


class RenderOptions(NamedTuple):
    """Rendering options: access to lines of files, colours, and the level of detail.

    `strict`: warnings count as errors. `by_person`: a plan as work lists. `preview` returns the account before and
    after a plan, if an account is available. `other_files`: files with the same plan in other formats. `below`: the
    project's folder in the repository (`""`, `"config/"`). `others`: findings in the files, which a plan does not
    contain. `rules` are those of the project itself.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False
    by_person: bool = False
    preview: Callable[[], "Preview | None"] = _no_preview
    other_files: tuple[str, ...] = ()
    below: str = ""
    others: tuple[Finding, ...] = ()
    rules: "tuple[OwnRule, ...]" = ()


FindingsFormat: TypeAlias = "Callable[[Sequence[Finding], RenderOptions], str]"
ForecastFormat: TypeAlias = "Callable[[Forecast, RenderOptions], str]"
PlanFormat: TypeAlias = "Callable[[Plan, RenderOptions], str]"
PlanDiffFormat: TypeAlias = "Callable[[PlanDiff, tuple[str, str], Paint], str]"
DiffFormat: TypeAlias = "Callable[[Diff, RenderOptions], str]"
ApplyFormat: TypeAlias = "Callable[[Applied, Plan, RenderOptions], str]"
DriftFormat: TypeAlias = "Callable[[DriftReport, RenderOptions], str]"
OverviewFormat: TypeAlias = "Callable[[Overview, RenderOptions], str]"
RefreshFormat: TypeAlias = "Callable[[RefreshReport, RenderOptions], str]"
AnswerFormat: TypeAlias = "Callable[[Answer, Paint], str]"
PolicyTestFormat: TypeAlias = "Callable[[Sequence[RuleResult], RenderOptions], str]"
StatusFormat: TypeAlias = "Callable[[Status, Paint], str]"
FleetRunFormat: TypeAlias = "Callable[[FleetOutcome, Paint], str]"
FleetStatusFormat: TypeAlias = "Callable[[FleetStatus, Paint], str]"
ReportFormat: TypeAlias = "Callable[[Report, str | None, Paint], str]"


def _in_bulk(render: FindingsFormat) -> FindingsFormat:
    """Return a format in which many findings with one cause are one."""
    return lambda findings, options: render(in_bulk(findings), options)


# Formats for findings in other programs, for any command.
REPORTS: dict[str, FindingsFormat] = {
    "sarif": _in_bulk(
        lambda findings, options: findings_documents.render_sarif(findings, options.below, options.rules)
    ),
    "junit": _in_bulk(
        lambda findings, options: findings_ci.render_junit(
            findings, options.below, options.line_of, strict=options.strict
        )
    ),
    "github": _in_bulk(lambda findings, options: findings_ci.render_github(findings, options.below)),
    "gitlab": _in_bulk(lambda findings, options: findings_ci.render_gitlab(findings, options.below)),
}

FINDINGS: dict[str, FindingsFormat] = {
    "text": _in_bulk(lambda findings, options: findings_text.render(findings, options.line_of, options.paint)),
    "json": _in_bulk(lambda findings, _: findings_documents.render_json(findings)),
    **REPORTS,
}

INSTEAD: dict[str, FindingsFormat] = {
    **FINDINGS,
    "markdown": lambda findings, options: escape.code_block(
        FINDINGS["text"](findings, options._replace(paint=PLAIN)),
        _LARGEST_COMMENT,
        "`seatsync validate` shows the rest.",
    ),
    "html": _in_bulk(lambda findings, options: findings_pages.render_page(findings, options.line_of)),
    "csv": _in_bulk(lambda findings, _: report_data.findings_csv(findings)),
}
"""Formats for findings that are printed instead of another document; a test compares it with all other tables."""


def _plan_text(plan: "Plan", options: RenderOptions) -> str:
    if options.by_person:
        return plan_people.render_work_lists(plan, options.line_of, options.paint, strict=options.strict)
    preview = cache(options.preview)
    return plan_text.render(
        plan,
        options.line_of,
        options.paint,
        verbose=options.verbose,
        strict=options.strict,
        sso_change=lambda planned: diff_report.sso_change(planned, preview()),
    )


def _file_findings(options: RenderOptions) -> list[Finding]:
    """Return the findings of the files to show with a plan; those of severity info only if verbose."""
    return in_bulk(each for each in options.others if options.verbose or each.severity is not Severity.INFO)


def _all_findings(plan: "Plan", options: RenderOptions) -> list[Finding]:
    return in_order([*options.others, *plan.findings])


PLANS: dict[str, PlanFormat] = {
    "text": _plan_text,
    "json": lambda plan, _: plan_json.json_pieces(plan),
    "markdown": lambda plan, options: plan_markdown.render(
        plan, options.preview(), options.other_files, _file_findings(options), strict=options.strict
    ),
    "html": lambda plan, options: plan_html.render(
        plan, options.preview(), _file_findings(options), strict=options.strict
    ),
    "sarif": lambda plan, options: REPORTS["sarif"](_all_findings(plan, options), options),
    "junit": lambda plan, options: REPORTS["junit"](_all_findings(plan, options), options),
    "github": lambda plan, options: REPORTS["github"](_all_findings(plan, options), options),
    "gitlab": lambda plan, options: REPORTS["gitlab"](_all_findings(plan, options), options),
}

APPLIES: dict[str, ApplyFormat] = {
    "text": lambda applied, plan, options: (
        PLANS["text"](plan, options) + outcome_report.render_text(applied, plan, options.paint)
    ),
    "json": lambda applied, plan, _: outcome_report.render_json(applied, plan),
}

FORECASTS: dict[str, ForecastFormat] = {
    "text": lambda forecast, options: forecast_report.render_text(forecast, options.paint, verbose=options.verbose),
    "json": lambda forecast, _: forecast_report.render_json(forecast),
}

DIFFS: dict[str, DiffFormat] = {
    "text": lambda diff, options: diff_report.render_text(diff, options.line_of, options.paint),
    "json": lambda diff, _: diff_report.render_json(diff),
    "markdown": lambda diff, _: diff_report.render_markdown(diff),
    "sarif": lambda diff, options: REPORTS["sarif"](diff.findings, options),
    "junit": lambda diff, options: REPORTS["junit"](diff.findings, options),
    "github": lambda diff, options: REPORTS["github"](diff.findings, options),
    "gitlab": lambda diff, options: REPORTS["gitlab"](diff.findings, options),
}

PLAN_DIFFS: dict[str, PlanDiffFormat] = {
    "text": lambda diff, names, paint: plan_diff_report.render_text(diff, names, paint),  # noqa: PLW0108 - imports lazily
    "json": lambda diff, names, _: plan_diff_report.render_json(diff, names),
}

DRIFTS: dict[str, DriftFormat] = {
    "text": lambda report, options: drift_report.render_text(report, options.paint, verbose=options.verbose),
    "json": lambda report, _: drift_report.render_json(report),
}

REFRESHES: dict[str, RefreshFormat] = {
    "text": lambda report, options: refresh_report.render_text(report, options.paint, verbose=options.verbose),
    "json": lambda report, _: refresh_report.render_json(report),
}

OVERVIEWS: dict[str, OverviewFormat] = {
    "text": lambda overview, options: account_overview.render_text(overview, options.paint, verbose=options.verbose),
    "json": lambda overview, _: account_overview.render_json(overview),
}

ANSWERS: dict[str, AnswerFormat] = {
    "text": lambda answer, paint: why_report.render_text(answer, paint),  # noqa: PLW0108 - the lambda defers the import
    "json": lambda answer, _: why_report.render_json(answer),
}

STATUSES: dict[str, StatusFormat] = {
    "text": lambda status, paint: status_report.render_text(status, paint),  # noqa: PLW0108 - the lambda defers the import
    "json": lambda status, _: status_report.render_json(status),
    "markdown": lambda status, _: status_report.render_markdown(status),
}

FLEET_STATUSES: dict[str, FleetStatusFormat] = {
    "text": lambda status, paint: fleet_status.render_text(status, paint),  # noqa: PLW0108 - the lambda defers the import
    "csv": lambda status, _: fleet_status.render_csv(status),
    "json": lambda status, _: fleet_status.render_json(status),
    "html": lambda status, _: fleet_status.render_html(status),
}

FLEET_RUNS: dict[str, FleetRunFormat] = {
    "text": lambda found, paint: fleet_outcomes.render_text(found, paint),  # noqa: PLW0108 - the lambda defers the import
    "json": lambda found, _: fleet_outcomes.render_json(found),
}

POLICY_TESTS: dict[str, PolicyTestFormat] = {
    "text": lambda results, options: policy_report.render_text(results, options.paint),
    "json": lambda results, _: policy_report.render_json(results),
    "junit": lambda results, options: policy_report.render_junit(results, options.below),
}

DOCUMENTS: dict[str, ReportFormat] = {
    "text": lambda report, _, paint: report_text.render_text(report, paint),
    "csv": lambda report, table, _: report_data.render_csv(report, table),
    "json": lambda report, _, __: report_data.render_json(report),
    "html": lambda report, _, __: report_html.render_html(report),
}
"""Formats of every report of the group `report`; a CSV file contains one of its tables."""

FLEET_REPORTS: dict[str, ReportFormat] = {
    **DOCUMENTS,
    "json": lambda report, _, __: fleet_report.render_json(report),
}
"""Formats of a report on the accounts of a fleet."""
