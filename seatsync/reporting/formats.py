"""Which formats there are: an explicit list a kind of document, from the name that `--format` takes to the function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from seatsync.finding import Finding
from seatsync.planning.plan import Plan, to_json
from seatsync.reporting import findings_json, findings_text, plan_text, why_json, why_text, work_lists
from seatsync.reporting.findings_text import LineOf
from seatsync.reporting.paint import Paint
from seatsync.why.answer import Answer


@dataclass(frozen=True, slots=True)
class Look:
    """How a document is to look where it is for people: how lines of files are found, colours, more or less of it.

    `strict`: warnings count as errors. `by_person`: a plan as work lists.
    """

    line_of: LineOf
    paint: Paint
    verbose: bool = False
    strict: bool = False
    by_person: bool = False


FindingsFormat: TypeAlias = Callable[[Sequence[Finding], Look], str]
PlanFormat: TypeAlias = Callable[[Plan, Look], str]
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
}

ANSWERS: dict[str, AnswerFormat] = {
    "text": why_text.render,
    "json": lambda answer, _: why_json.render(answer),
}
