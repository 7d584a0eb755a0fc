"""Text of the comparison of two plans."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seatsync.finding import Finding
from seatsync.reporting.counting import number_of
from seatsync.reporting.diff_text import field_phrases
from seatsync.reporting.escape import visible
from seatsync.reporting.paint import Paint
from seatsync.reporting.plan_diff import PlanDiff
from seatsync.reporting.wording import described


def render(diff: PlanDiff, names: tuple[str, str], paint: Paint) -> str:
    """Return the whole comparison; `names` are those of the two plan files."""
    old, new = (visible(name) for name in names)
    blocks = [f"Account {paint.bold(visible(diff.new.account))}, from {old} to {new}\n"]
    sections = (
        ("Plan", (f"{paint.yellow('~')} {phrase}" for phrase in field_phrases(diff.fields, raw=True))),
        ("Steps removed", (f"{paint.red('-')} {each.id}. {described(each.step)}" for each in diff.removed)),
        ("Steps added", (f"{paint.green('+')} {each.id}. {described(each.step)}" for each in diff.added)),
        ("Steps changed", _changed(diff, paint)),
        (
            "Steps in another order",
            (f"{each.new.id}. {described(each.new.step)} (was {each.old.id})" for each in diff.moved),
        ),
        ("Findings removed", _findings(diff.findings_removed, paint.red("-"))),
        ("Findings added", _findings(diff.findings_added, paint.green("+"))),
    )
    for heading, lines in sections:
        text = "".join(f"  {line}\n" for line in lines)
        blocks += [f"{paint.bold(heading)}\n{text}"] if text else []
    blocks.append(f"{paint.bold(last_line(diff))}\n{_intent(diff)}\n")
    return "\n".join(blocks)


def last_line(diff: PlanDiff) -> str:
    """Return `The plans differ: 1 step added, 0 removed, 2 changed, 1 moved.`."""
    if not diff.differs:
        return "The plans are equal."
    steps = number_of(len(diff.added), "step")
    counts = f"{len(diff.removed)} removed, {len(diff.changed)} changed, {len(diff.moved)} moved"
    return f"The plans differ: {steps} added, {counts}."


def _intent(diff: PlanDiff) -> str:
    if diff.same_intent:
        return f"The intent is the same, so approvals of the first plan are valid for the second: {diff.new.intent()}"
    return f"The intent differs, so the second plan needs new approvals: {diff.new.intent()}"


def _changed(diff: PlanDiff, paint: Paint) -> Iterator[str]:
    for each in diff.changed:
        yield f"{paint.yellow('~')} {each.new.id}. {described(each.new.step)}"
        yield from (f"    {phrase}" for phrase in field_phrases(each.fields, raw=True))


def _findings(findings: Iterable[Finding], sign: str) -> Iterator[str]:
    for finding in findings:
        at = "" if finding.location is None else f"{visible(finding.location.file)}: "
        yield f"{sign} {at}{finding.severity} {visible(finding.code)} {visible(finding.message)}"
