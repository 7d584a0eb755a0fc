"""Output formats by kind of document: explicit tables from the value of `--format` to the function."""

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from seatsync.finding import Finding, Severity, in_order
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import PLAIN, Paint

if TYPE_CHECKING:  # only for annotations
    from seatsync.applying import Applied
    from seatsync.planning.forecast import Forecast
    from seatsync.planning.picture import Preview
    from seatsync.planning.plan import Plan
    from seatsync.reporting.diff import Diff
    from seatsync.reporting.drift_report import DriftReport
    from seatsync.why.answer import Answer

_LARGEST_COMMENT = 60_000
"""Bytes of a comment on GitHub, with a margin for text that callers add above it."""


class Later:
    """A formatting module that is imported on first use, because a run needs only one of them."""

    def __init__(self, name: str) -> None:
        self._name = f"seatsync.{name}"

    def __getattr__(self, function: str) -> Callable[..., str]:
        found: Callable[..., str] = getattr(import_module(self._name), function)
        return found


diff_json = Later("reporting.diff_json")
diff_markdown = Later("reporting.diff_markdown")
diff_text = Later("reporting.diff_text")
drift_json = Later("reporting.drift_json")
drift_text = Later("reporting.drift_text")
findings_github = Later("reporting.findings_github")
findings_gitlab = Later("reporting.findings_gitlab")
findings_html = Later("reporting.findings_html")
findings_json = Later("reporting.findings_json")
findings_junit = Later("reporting.findings_junit")
findings_sarif = Later("reporting.findings_sarif")
findings_text = Later("reporting.findings_text")
forecast_json = Later("reporting.forecast_json")
forecast_text = Later("reporting.forecast_text")
markdown_text = Later("reporting.markdown_text")
outcome_json = Later("reporting.outcome_json")
outcome_text = Later("reporting.outcome_text")
plan_json = Later("planning.plan")
plan_html = Later("reporting.plan_html")
plan_markdown = Later("reporting.plan_markdown")
plan_text = Later("reporting.plan_text")
why_json = Later("reporting.why_json")
why_text = Later("reporting.why_text")
work_lists = Later("reporting.work_lists")


def _no_preview() -> None:
    """Return None: no account is available."""


class Look(NamedTuple):
    """Rendering options: access to lines of files, colours, and the level of detail.

    `strict`: warnings count as errors. `by_person`: a plan as work lists. `preview` returns the account before and
    after a plan, if an account is available. `elsewhere`: files with the same plan in other formats. `below`: the
    project's folder in the repository (`""`, `"config/"`). `others`: findings in the files, which a plan does not
    contain.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False
    by_person: bool = False
    preview: Callable[[], "Preview | None"] = _no_preview
    elsewhere: tuple[str, ...] = ()
    below: str = ""
    others: tuple[Finding, ...] = ()


FindingsFormat: TypeAlias = "Callable[[Sequence[Finding], Look], str]"
ForecastFormat: TypeAlias = "Callable[[Forecast, Look], str]"
PlanFormat: TypeAlias = "Callable[[Plan, Look], str]"
DiffFormat: TypeAlias = "Callable[[Diff, Look], str]"
ApplyFormat: TypeAlias = "Callable[[Applied, Plan, Look], str]"
DriftFormat: TypeAlias = "Callable[[DriftReport, Look], str]"
AnswerFormat: TypeAlias = "Callable[[Answer, Paint], str]"

# Formats for findings in other programs, for any command.
REPORTS: dict[str, FindingsFormat] = {
    "sarif": lambda findings, look: findings_sarif.render(findings, look.below),
    "junit": lambda findings, look: findings_junit.render(findings, look.below, look.line_of, strict=look.strict),
    "github": lambda findings, look: findings_github.render(findings, look.below),
    "gitlab": lambda findings, look: findings_gitlab.render(findings, look.below),
}

FINDINGS: dict[str, FindingsFormat] = {
    "text": lambda findings, look: findings_text.render(findings, look.line_of, look.paint),
    "json": lambda findings, _: findings_json.render(findings),
    **REPORTS,
}

INSTEAD: dict[str, FindingsFormat] = {
    **FINDINGS,
    "markdown": lambda findings, look: markdown_text.code_block(
        findings_text.render(findings, look.line_of, PLAIN), _LARGEST_COMMENT, "`seatsync validate` shows the rest."
    ),
    "html": lambda findings, look: findings_html.render(findings, look.line_of),
}
"""Formats for findings that are printed instead of another document; a test compares it with all other tables."""


def _plan_text(plan: "Plan", look: Look) -> str:
    if look.by_person:
        return work_lists.render(plan, look.line_of, look.paint, strict=look.strict)
    return plan_text.render(plan, look.line_of, look.paint, verbose=look.verbose, strict=look.strict)


def _beside(look: Look) -> list[Finding]:
    """Return the findings of the files to show beside a plan; those of severity info only if verbose."""
    return [finding for finding in look.others if look.verbose or finding.severity is not Severity.INFO]


def _found(plan: "Plan", look: Look) -> list[Finding]:
    return in_order([*look.others, *plan.findings])


PLANS: dict[str, PlanFormat] = {
    "text": _plan_text,
    "json": lambda plan, _: plan_json.json_pieces(plan),
    "markdown": lambda plan, look: plan_markdown.render(
        plan, look.preview(), look.elsewhere, _beside(look), strict=look.strict
    ),
    "html": lambda plan, look: plan_html.render(plan, look.preview(), _beside(look), strict=look.strict),
    "sarif": lambda plan, look: REPORTS["sarif"](_found(plan, look), look),
    "junit": lambda plan, look: REPORTS["junit"](_found(plan, look), look),
    "github": lambda plan, look: REPORTS["github"](_found(plan, look), look),
    "gitlab": lambda plan, look: REPORTS["gitlab"](_found(plan, look), look),
}

APPLIES: dict[str, ApplyFormat] = {
    "text": lambda applied, plan, look: PLANS["text"](plan, look) + outcome_text.render(applied, plan, look.paint),
    "json": lambda applied, plan, _: outcome_json.render(applied, plan),
}

FORECASTS: dict[str, ForecastFormat] = {
    "text": lambda forecast, look: forecast_text.render(forecast, look.paint, verbose=look.verbose),
    "json": lambda forecast, _: forecast_json.render(forecast),
}

DIFFS: dict[str, DiffFormat] = {
    "text": lambda diff, look: diff_text.render(diff, look.line_of, look.paint),
    "json": lambda diff, _: diff_json.render(diff),
    "markdown": lambda diff, _: diff_markdown.render(diff),
    "sarif": lambda diff, look: REPORTS["sarif"](diff.findings, look),
    "junit": lambda diff, look: REPORTS["junit"](diff.findings, look),
    "github": lambda diff, look: REPORTS["github"](diff.findings, look),
    "gitlab": lambda diff, look: REPORTS["gitlab"](diff.findings, look),
}

DRIFTS: dict[str, DriftFormat] = {
    "text": lambda report, look: drift_text.render(report, look.paint, verbose=look.verbose),
    "json": lambda report, _: drift_json.render(report),
}

ANSWERS: dict[str, AnswerFormat] = {
    "text": lambda answer, paint: why_text.render(answer, paint),  # noqa: PLW0108 - the lambda defers the import
    "json": lambda answer, _: why_json.render(answer),
}
