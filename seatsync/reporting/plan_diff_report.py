"""The report of `show A B`: the differences of two saved plans, as text and JSON (`seatsync/plan-diff/1`)."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from seatsync.account.history import canonical, to_plain
from seatsync.document_diff import FieldChange, field_changes
from seatsync.errors import WrongUsage
from seatsync.finding import Finding
from seatsync.planning.plan import Plan, PlannedStep, finding_json, plan_digest, to_json
from seatsync.reporting.diff_report import field_phrases
from seatsync.reporting.escape import json_safe, number_of, visible
from seatsync.reporting.plan.wording import described
from seatsync.reporting.terminal import Paint

_T = TypeVar("_T")

_COMPARED_ELSEWHERE = frozenset({"format", "steps", "findings", "summary", "work", "intent", "digest"})
_LISTS = ("allow", "teams", "left_out", "unknown", "assumed", "synced", "unmanaged", "unseen", "no_work")
_NOT_COMPARED = frozenset({"id", "reason"})
_SUBJECTS = ("user", "group", "product", "service", "subscription")


@dataclass(frozen=True, slots=True)
class ChangedStep:
    """A step of both plans with the fields that differ; none if only its position does."""

    old: PlannedStep
    new: PlannedStep
    fields: tuple[FieldChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanDiff:
    """The differences between two plans.

    `fields` are those of the plan without its steps and findings. `moved` are steps of both plans in another order, as
    few as possible. Ids and places in files are not compared.
    """

    old: Plan
    new: Plan
    fields: tuple[FieldChange, ...]
    added: tuple[PlannedStep, ...]
    removed: tuple[PlannedStep, ...]
    changed: tuple[ChangedStep, ...]
    moved: tuple[ChangedStep, ...]
    findings_added: tuple[Finding, ...]
    findings_removed: tuple[Finding, ...]

    @property
    def same_intent(self) -> bool:
        """True if approvals of the first plan are valid for the second."""
        return self.old.intent() == self.new.intent()

    @property
    def differs(self) -> bool:
        """True if the plans differ in anything that is compared."""
        parts = (self.fields, self.added, self.removed, self.changed, self.moved)
        return any(parts) or bool(self.findings_added or self.findings_removed) or not self.same_intent


def plan_diff(old: Plan, new: Plan) -> PlanDiff:
    """Compare two plans. Raises `WrongUsage` if they are for different accounts."""
    if old.account != new.account:
        raise WrongUsage(f"the plans are for different accounts, {old.account} and {new.account}; compare plans of one")
    pairs = _matched(old.steps, new.steps)
    in_old, in_new = {step.id for step, _ in pairs}, {step.id for _, step in pairs}
    before, after = _documents(old), _documents(new)
    changed = (ChangedStep(one, two, _step_changes(before[one.id], after[two.id])) for one, two in pairs)
    return PlanDiff(
        old,
        new,
        tuple(_plan_changes(old, new)),
        tuple(step for step in new.steps if step.id not in in_new),
        tuple(step for step in old.steps if step.id not in in_old),
        tuple(each for each in changed if each.fields),
        tuple(ChangedStep(one, two) for one, two in _moved(pairs)),
        tuple(_only_in(new.findings, old.findings, _finding_key)),
        tuple(_only_in(old.findings, new.findings, _finding_key)),
    )


def _matched(old: Sequence[PlannedStep], new: Sequence[PlannedStep]) -> list[tuple[PlannedStep, PlannedStep]]:
    """Pair equal steps, then the others by action, scope and subject; return the pairs in the order of the new plan."""
    pairs: list[tuple[PlannedStep, PlannedStep]] = []
    for key in (_exact, _subject):
        known: defaultdict[Hashable, list[PlannedStep]] = defaultdict(list)
        paired_old, paired_new = {one.id for one, _ in pairs}, {two.id for _, two in pairs}
        for step in reversed(old):
            if step.id not in paired_old:
                known[key(step)].append(step)
        others = [step for step in new if step.id not in paired_new]
        pairs += [(known[key(step)].pop(), step) for step in others if known[key(step)]]
    return sorted(pairs, key=lambda pair: pair[1].id)


def _exact(planned: PlannedStep) -> Hashable:
    return planned.step


def _subject(planned: PlannedStep) -> Hashable:
    """Return the action of a step with the things it acts on, without their new values."""
    step = planned.step
    return step.action, step.scope, tuple((name, step.get(name)) for name in _SUBJECTS)


def _documents(plan: Plan) -> dict[int, dict[str, Any]]:
    """Return the steps of a plan as plain data, by id; needed steps are described, as ids depend on the plan."""
    names = {planned.id: described(planned.step) for planned in plan.steps}
    documents = {}
    for document in json.loads(to_json(plan))["steps"]:
        document["needs"] = sorted(names[need] for need in document["needs"])
        documents[document["id"]] = {name: value for name, value in document.items() if name not in _NOT_COMPARED}
    return documents


def _step_changes(old: dict[str, Any], new: dict[str, Any]) -> tuple[FieldChange, ...]:
    return () if old == new else tuple(field_changes(old, new))


def _plan_changes(old: Plan, new: Plan) -> Iterator[FieldChange]:
    """Yield the changes of a plan without its steps and findings; long lists are compared without deepdiff."""
    before, after = _header(old), _header(new)
    lists = [(name, before.pop(name, []), after.pop(name, [])) for name in _LISTS]
    yield from field_changes(before, after)
    for name, was, now in lists:
        removed, added = _only_in(was, now, canonical), _only_in(now, was, canonical)
        changes = [FieldChange((name,), "remove", item, None) for item in removed]
        changes += [FieldChange((name,), "add", None, item) for item in added]
        yield from changes or ([FieldChange((name,), "change", was, now)] if was != now else [])


def _header(plan: Plan) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(to_json(plan._replace(steps=(), findings=())))
    for name, key in (("cost", "currency"), ("machine", "team")):  # so that the numbers of one are compared
        if name in document:
            document[name] = {each.pop(key): each for each in document[name]}
    return {name: value for name, value in document.items() if name not in _COMPARED_ELSEWHERE}


def _only_in(these: Iterable[_T], others: Iterable[_T], key: Callable[[_T], Hashable]) -> Iterator[_T]:
    """Yield the items that the others do not have; duplicates are counted."""
    known = Counter(map(key, others))
    for item in these:
        known[key(item)] -= 1
        if known[key(item)] < 0:
            yield item


def _finding_key(finding: Finding) -> Hashable:
    """Return the identity of a finding, without its lines."""
    return finding.code, finding.severity, finding.message, finding.location.file if finding.location else ""


def _moved(pairs: Sequence[tuple[PlannedStep, PlannedStep]]) -> list[tuple[PlannedStep, PlannedStep]]:
    """Return the fewest pairs without which all others have the same order in both plans."""
    ends: list[int] = []  # last old id of the best rising sequence, by its length
    last: list[int] = []  # index of that pair
    previous: list[int] = []
    for index, (old, _) in enumerate(pairs):
        length = bisect_left(ends, old.id)
        ends[length : length + 1] = [old.id]
        last[length : length + 1] = [index]
        previous.append(last[length - 1] if length else -1)
    staying = set()
    index = last[-1] if last else -1
    while index >= 0:
        staying.add(index)
        index = previous[index]
    return [pair for index, pair in enumerate(pairs) if index not in staying]


FORMAT = "seatsync/plan-diff/1"


def render_json(diff: PlanDiff, names: tuple[str, str]) -> str:
    """Return the document; `names` are those of the two plan files."""
    document = {
        "format": FORMAT,
        "account": diff.new.account,
        "base": _plan(diff.old, names[0]),
        "head": _plan(diff.new, names[1]),
        "equal": not diff.differs,
        "same_intent": diff.same_intent,
        "fields": [_field(change) for change in diff.fields],
        "steps": {
            "added": [_step(planned) for planned in diff.added],
            "removed": [_step(planned) for planned in diff.removed],
            "changed": [{**_pair(each), "fields": [_field(change) for change in each.fields]} for each in diff.changed],
            "moved": [_pair(each) for each in diff.moved],
        },
        "findings": {
            "added": [finding_json(finding) for finding in diff.findings_added],
            "removed": [finding_json(finding) for finding in diff.findings_removed],
        },
        "summary": {name: len(getattr(diff, name)) for name in ("added", "removed", "changed", "moved")},
    }
    return json_safe(json.dumps(document, indent=1, ensure_ascii=False)) + "\n"


def _plan(plan: Plan, name: str) -> dict[str, Any]:
    return {"file": name, "serial": plan.serial, "at": plan.at, "intent": plan.intent(), "digest": plan_digest(plan)}


def _field(change: FieldChange) -> dict[str, Any]:
    return {"path": list(change.path), "kind": change.kind, "old": change.old, "new": change.new}


def _step(planned: PlannedStep) -> dict[str, Any]:
    return {"id": planned.id, **to_plain(planned.step), "words": described(planned.step)}


def _pair(each: ChangedStep) -> dict[str, Any]:
    return {"base": each.old.id, "head": each.new.id, **to_plain(each.new.step), "words": described(each.new.step)}


def render_text(diff: PlanDiff, names: tuple[str, str], paint: Paint) -> str:
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
