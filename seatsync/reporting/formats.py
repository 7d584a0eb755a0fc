"""Which formats there are: an explicit list a kind of document, from the name that `--format` takes to the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.finding import Finding
from seatsync.planning.forecast import Forecast
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting import (
    diff_json,
    diff_text,
    findings_json,
    findings_text,
    forecast_json,
    forecast_text,
    plan_text,
)
from seatsync.reporting.diff import Diff
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import Paint


@dataclass(frozen=True, slots=True)
class Look:
    """How a document is to look where it is for people: how lines of files are found, colours, more or less of it.

    `strict`: warnings count as errors.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False


FindingsFormat: TypeAlias = Callable[[Sequence[Finding], Look], str]
ForecastFormat: TypeAlias = Callable[[Forecast, Look], str]
PlanFormat: TypeAlias = Callable[[Plan, Look], str]
DiffFormat: TypeAlias = Callable[[Diff, Look], str]

FINDINGS: dict[str, FindingsFormat] = {
    "text": lambda findings, look: findings_text.render(findings, look.line_of, look.paint),
    "json": lambda findings, _: findings_json.render(findings),
}

PLANS: dict[str, PlanFormat] = {
    "text": lambda plan, look: plan_text.render(
        plan, look.line_of, look.paint, verbose=look.verbose, strict=look.strict
    ),
    "json": lambda plan, _: to_json(plan),
}

FORECASTS: dict[str, ForecastFormat] = {
    "text": lambda forecast, look: forecast_text.render(forecast, look.paint, verbose=look.verbose),
    "json": lambda forecast, _: forecast_json.render(forecast),
}

DIFFS: dict[str, DiffFormat] = {
    "text": lambda diff, look: diff_text.render(diff, look.line_of, look.paint),
    "json": lambda diff, _: diff_json.render(diff),
}
