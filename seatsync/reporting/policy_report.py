"""Results of the cases of a project's own rules, as text, JSON (`seatsync/policy-test/1`) and JUnit."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.findings.findings_ci import attributes, junit_counts
from seatsync.reporting.terminal import Paint
from seatsync.rules.manual import case_text
from seatsync.rules.own_cases import CaseResult, RuleResult

FORMAT = "seatsync/policy-test/1"
_LONGEST = 100


def render_text(results: Sequence[RuleResult], paint: Paint) -> str:
    """Return a line for each case below its rule, and a summary."""
    lines = []
    for rule, cases in results:
        lines.append(f"{paint.bold(rule.code)} {visible(rule.message)}")
        lines += [_line(case, paint) for case in cases] or [f"  {paint.yellow('no cases')}"]
    total, wrong, untested = _counts(results)
    if not results:
        return "The project has no rules of its own; they are written under `rules` in seatsync.yaml.\n"
    if not total:
        lines.append(f"No cases in {number_of(len(results), 'rule')}.")
        return "".join(f"{line}\n" for line in lines)
    said = paint.red(f"{wrong} wrong") if wrong else paint.green("all right")
    rest = f"; {number_of(untested, 'rule')} without cases" if untested else ""
    lines += ["", f"{number_of(total, 'case')} of {number_of(len(results), 'rule')}: {said}{rest}."]
    return "".join(f"{line}\n" for line in lines)


def _line(case: CaseResult, paint: Paint) -> str:
    values = _shown(case)
    if not case.wrong:
        return f"  {paint.green('ok   ')} {case.kind} {case.number}: {values}"
    where = visible(str(case.at))
    return f"  {paint.red('wrong')} {case.kind} {case.number}: {values}\n        {where}: {visible(case.wrong)}"


def _shown(case: CaseResult) -> str:
    text = visible(", ".join(case_text(case.values).splitlines()) or "nothing given")
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _counts(results: Sequence[RuleResult]) -> tuple[int, int, int]:
    """Return the number of cases, of wrong ones, and of rules without cases."""
    cases = [case for _, cases in results for case in cases]
    return len(cases), sum(bool(case.wrong) for case in cases), sum(not cases for _, cases in results)


def render_json(results: Sequence[RuleResult]) -> str:
    """Return the document."""
    total, wrong, untested = _counts(results)
    document = {
        "format": FORMAT,
        "rules": [
            {"code": rule.code, "each": rule.each, "message": rule.message, "cases": list(map(_case, cases))}
            for rule, cases in results
        ],
        "summary": {"cases": total, "wrong": wrong, "rules_without_cases": untested},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _case(case: CaseResult) -> dict[str, object]:
    return {
        "kind": case.kind,
        "number": case.number,
        "file": case.at.file,
        "line": case.at.line,
        "column": case.at.column,
        "wrong": case.wrong or None,
    }


def render_junit(results: Sequence[RuleResult], below: str) -> str:
    """Return the report; `below` is the project's folder in the repository (`""`, `"config/"`)."""
    total, wrong, _ = _counts(results)
    whole = attributes(junit_counts("seatsync policy test", total, wrong))
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f"<testsuites{whole}>"]
    for rule, cases in results:
        failures = sum(bool(case.wrong) for case in cases)
        lines.append(f" <testsuite{attributes(junit_counts(rule.code, len(cases), failures))}>")
        for case in cases:
            lines += _junit(rule.code, case, below)
        lines.append(" </testsuite>")
    return "".join(f"{line}\n" for line in [*lines, "</testsuites>"])


def _junit(code: str, case: CaseResult, below: str) -> Iterator[str]:
    where = {"file": below + case.at.file, "line": str(case.at.line)}
    name = f"{case.kind} {case.number}: {_shown(case)}"
    head = f"  <testcase{attributes({'classname': code, 'name': name, **where, 'time': '0'})}"
    if case.wrong:
        yield f"{head}>"
        yield f"   <failure{attributes({'type': code, 'message': case.wrong})}/>"
        yield "  </testcase>"
    else:
        yield f"{head}/>"
