"""Which formats there are: an explicit list a kind of document, from the name that `--format` takes to the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.finding import Finding
from seatsync.planning.forecast import Forecast
from seatsync.planning.picture import Picture
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting import (
    diff_json,
    diff_text,
    findings_json,
    findings_text,
    forecast_json,
    forecast_text,
    plan_html,
    plan_markdown,
    plan_text,
    why_json,
    why_text,
    work_lists,
)
from seatsync.reporting.diff import Diff
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import Paint
from seatsync.why.answer import Answer


def _no_picture() -> None:
    """No account is at hand."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a document is to look where it is for people: how lines of files are found, colours, more or less of it.

    `strict`: warnings count as errors. `by_person`: a plan as work lists. `picture` makes the two sides of the account
    beside a plan, where it is at hand; `elsewhere` are the files that have the same plan in other formats.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False
    by_person: bool = False
    picture: Callable[[], Picture | None] = _no_picture
    elsewhere: tuple[str, ...] = ()


FindingsFormat: TypeAlias = Callable[[Sequence[Finding], Look], str]
ForecastFormat: TypeAlias = Callable[[Forecast, Look], str]
PlanFormat: TypeAlias = Callable[[Plan, Look], str]
DiffFormat: TypeAlias = Callable[[Diff, Look], str]
AnswerFormat: TypeAlias = Callable[[Answer, Paint], str]

FINDINGS: dict[str, FindingsFormat] = {
    "text": lambda findings, look: findings_text.render(findings, look.line_of, look.paint),
    "json": lambda findings, _: findings_json.render(findings),
}


def _plan_text(plan: Plan, look: Look) -> str:
    if look.by_person:
        return work_lists.render(plan, look.line_of, look.paint, strict=look.strict)
    return plan_text.render(plan, look.line_of, look.paint, verbose=look.verbose, strict=look.strict)


PLANS: dict[str, PlanFormat] = {
    "text": _plan_text,
    "json": lambda plan, _: to_json(plan),
    "markdown": lambda plan, look: plan_markdown.render(plan, look.picture(), look.elsewhere, strict=look.strict),
    "html": lambda plan, look: plan_html.render(plan, look.picture(), strict=look.strict),
}

FORECASTS: dict[str, ForecastFormat] = {
    "text": lambda forecast, look: forecast_text.render(forecast, look.paint, verbose=look.verbose),
    "json": lambda forecast, _: forecast_json.render(forecast),
}

DIFFS: dict[str, DiffFormat] = {
    "text": lambda diff, look: diff_text.render(diff, look.line_of, look.paint),
    "json": lambda diff, _: diff_json.render(diff),
}

ANSWERS: dict[str, AnswerFormat] = {
    "text": why_text.render,
    "json": lambda answer, _: why_json.render(answer),
}
