"""Which formats there are: an explicit list a kind of document, from the name that `--format` takes to the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.finding import Finding, in_order
from seatsync.planning.forecast import Forecast
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting import (
    diff_json,
    diff_text,
    drift_json,
    drift_text,
    findings_github,
    findings_gitlab,
    findings_json,
    findings_junit,
    findings_sarif,
    findings_text,
    forecast_json,
    forecast_text,
    plan_text,
    why_json,
    why_text,
    work_lists,
)
from seatsync.reporting.diff import Diff
from seatsync.reporting.drift_report import DriftReport
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import Paint
from seatsync.why.answer import Answer


@dataclass(frozen=True, slots=True)
class Look:
    """How a document is to look where it is for people: how lines of files are found, colours, more or less of it.

    `strict`: warnings count as errors. `by_person`: a plan as work lists. `below`: the project's folder as seen from
    the top of the repository (`""`, `"config/"`). `others`: findings of the files, which a plan does not carry.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False
    by_person: bool = False
    below: str = ""
    others: tuple[Finding, ...] = ()


FindingsFormat: TypeAlias = Callable[[Sequence[Finding], Look], str]
ForecastFormat: TypeAlias = Callable[[Forecast, Look], str]
PlanFormat: TypeAlias = Callable[[Plan, Look], str]
DiffFormat: TypeAlias = Callable[[Diff, Look], str]
DriftFormat: TypeAlias = Callable[[DriftReport, Look], str]
AnswerFormat: TypeAlias = Callable[[Answer, Paint], str]

# What other programs show to people. They take nothing but findings, whatever the command.
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


def _plan_text(plan: Plan, look: Look) -> str:
    if look.by_person:
        return work_lists.render(plan, look.line_of, look.paint, strict=look.strict)
    return plan_text.render(plan, look.line_of, look.paint, verbose=look.verbose, strict=look.strict)


def _found(plan: Plan, look: Look) -> list[Finding]:
    return in_order([*look.others, *plan.findings])


PLANS: dict[str, PlanFormat] = {
    "text": _plan_text,
    "json": lambda plan, _: to_json(plan),
    "sarif": lambda plan, look: REPORTS["sarif"](_found(plan, look), look),
    "junit": lambda plan, look: REPORTS["junit"](_found(plan, look), look),
    "github": lambda plan, look: REPORTS["github"](_found(plan, look), look),
    "gitlab": lambda plan, look: REPORTS["gitlab"](_found(plan, look), look),
}

FORECASTS: dict[str, ForecastFormat] = {
    "text": lambda forecast, look: forecast_text.render(forecast, look.paint, verbose=look.verbose),
    "json": lambda forecast, _: forecast_json.render(forecast),
}

DIFFS: dict[str, DiffFormat] = {
    "text": lambda diff, look: diff_text.render(diff, look.line_of, look.paint),
    "json": lambda diff, _: diff_json.render(diff),
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
    "text": why_text.render,
    "json": lambda answer, _: why_json.render(answer),
}
