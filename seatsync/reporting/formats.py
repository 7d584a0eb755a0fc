"""Which formats there are: an explicit list a kind of document, from the name that `--format` takes to the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.finding import Finding
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting import findings_json, findings_text, plan_text, why_json, why_text
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import Paint
from seatsync.why.answer import Answer


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
PlanFormat: TypeAlias = Callable[[Plan, Look], str]
AnswerFormat: TypeAlias = Callable[[Answer, Paint], str]

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

ANSWERS: dict[str, AnswerFormat] = {
    "text": why_text.render,
    "json": lambda answer, _: why_json.render(answer),
}
