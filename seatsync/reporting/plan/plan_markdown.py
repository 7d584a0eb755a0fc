"""A plan as a pull request comment: summary, risks, a Mermaid flowchart of roles, and the steps that fit.

Values from the account and the files are never markup; `escape.py` escapes them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from seatsync.account.model import Scope
from seatsync.finding import Finding, in_order
from seatsync.planning.assignments import WorkList, assign_steps
from seatsync.planning.plan import Plan, PlannedStep, plan_digest
from seatsync.planning.preview import PoolUse, Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.escape import code, comment_safe, in_tag, mermaid_label, number_of, prose, table_row
from seatsync.reporting.plan.plan_cost import cost_markdown
from seatsync.reporting.plan.plan_machine import machine_lines
from seatsync.reporting.plan.plan_people import wanted
from seatsync.reporting.plan.plan_text import (
    details,
    excluded,
    heading,
    last_line,
    risk,
    route_tag,
    runs,
    why_left_out,
    work_lines,
)
from seatsync.reporting.plan.plan_waiting import WAITING_TITLE, Waiting, waits, who
from seatsync.reporting.plan.wording import asides, assumption, gap, place, ranges, sentence, thing
from seatsync.reporting.terminal import PLAIN

_MOST_PAIRS, _MOST_PEOPLE, _LONGEST_LABEL = 8, 6, 80
_MORE = " more"  # no address ends like this


def render_mermaid(preview: Preview) -> tuple[str, int]:
    """Return the flowchart, empty if no role changes, and the number of teams and contracts that do not fit."""
    changed = [pair for pair in preview.pairs if pair.other_roles]
    if not changed:
        return "", 0
    shown = changed[:_MOST_PAIRS]
    lines = [*_half("before", shown), *_half("after", shown), "before ~~~ after"]
    return "flowchart TB\n" + "".join(f"  {line}\n" for line in lines), len(changed) - len(shown)


def _half(which: str, pairs: list[ScopeChange]) -> Iterator[str]:
    """Yield one half of the flowchart: people, their teams and contracts, and roles on the edges."""
    yield f'subgraph {which}["{which.capitalize()}"]'
    yield "  direction LR"
    people: dict[str, str] = {}
    for number, pair in enumerate(pairs):
        side = pair.before if which == "before" else pair.after
        if side is None:
            continue
        place = f"{which}_{number}"
        name = pair.scope.name if which == "before" else pair.name
        yield f'  {place}(["{_label(f"{pair.scope.kind} {name}")}"])'
        for person, roles in _by_person(side).items():
            node = f"{place} {person}" if person.endswith(_MORE) else person  # others elsewhere
            if node not in people:
                people[node] = f"{which}_p{len(people)}"
                yield f'  {people[node]}["{_label(person)}"]'
            yield f'  {people[node]} -->|"{_label(roles)}"| {place}'
    yield "end"


def _by_person(side: ScopeState) -> dict[str, str]:
    """Return the roles by person, with a count in place of people beyond the first few of a role."""
    found: dict[str, list[str]] = {}
    for row in side.roles:
        for person in row.people[:_MOST_PEOPLE]:
            found.setdefault(person, []).append(_role(row))
        more = len(row.people) - _MOST_PEOPLE
        if more > 0:
            found.setdefault(f"{more}{_MORE}", []).append(_role(row))
    return {person: ", ".join(dict.fromkeys(roles)) for person, roles in found.items()}


def _role(row: Row) -> str:
    return {"primary admin": "primary", "secondary admin": "secondary", "SSO admin": "SSO"}.get(row.what, row.what)


def _label(text: str) -> str:
    """Return a label without characters that Mermaid would parse as Markdown."""
    return mermaid_label(text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…")


# The comment

LARGEST = 65_536
"""GitHub's limit for one comment in characters, applied to bytes to be safe."""

_FOR_FINDINGS, _FOR_ROLES, _FOR_REMOVALS, _FOR_SHORT, _FOR_LEFT_OUT = 12_000, 20_000, 14_000, 4_000, 6_000
_FOR_FACTS, _FOR_WORK = 3_000, 4_000
"""Limits per part, so that every part gets some room."""
_LONGEST = 300
_MOST_LEFT_OUT = 10
_KINDS = ("add", "change", "remove")


def marker(account: str) -> str:
    """Return the invisible first line of every comment for an account, by which the next run finds its comment."""
    return f"<!-- seatsync:plan:{comment_safe(account)} -->"


def render(
    plan: Plan,
    preview: Preview | None,
    other_files: Sequence[str] = (),
    others: Sequence[Finding] = (),
    *,
    strict: bool = False,
) -> str:
    """Return the comment; without a `preview` it has no roles before and after, and no pools.

    `other_files`: files with the full list of steps. `others`: findings in the files, which a plan does not contain.
    """
    page = _Page(LARGEST - _FOR_LEFT_OUT)
    top = "".join(_top(plan, strict=strict))
    bottom = "".join(_bottom(plan, preview))
    page.left -= _size(top) + _size(bottom)
    # Parts are rendered by importance, which differs from their order on the page.
    findings = page.rows("", _findings(in_order([*others, *plan.findings])), "", most=_FOR_FINDINGS)
    risks = _risks(plan, preview, page)
    cost = page.block(cost_markdown(plan))
    drawing = _drawing(preview, page)
    waits = _waits(plan, page)
    steps = "".join(_run(scope, steps, plan, page) for scope, steps in runs(plan.steps))
    work = _work(plan, page)
    facts = _facts(plan, page)
    left_out = _left_out(plan, page, other_files)
    all_steps = f"#### Steps in order\n\n{steps}" if steps else ""
    return top + findings + risks + cost + drawing + waits + all_steps + work + facts + left_out + bottom


@dataclass(slots=True)
class _Page:
    """The bytes left, the ids of the steps shown, and whether something was cut."""

    left: int
    shown: set[int] = field(default_factory=set)
    cut: bool = False

    def block(self, text: str) -> str:
        """Return the text if it fits, else an empty text."""
        size = _size(text)
        if size > self.left:
            self.cut = True
            return ""
        self.left -= size
        return text

    def rows(self, head: str, rows: Iterable[tuple[int, str]], tail: str, *, most: int = LARGEST) -> str:
        """Return head, as many rows (step id, text) as fit, and tail; an empty text if no row fits."""
        room = min(self.left, most) - _size(head) - _size(tail)
        taken: list[str] = []
        for number, text in rows:
            room -= _size(text)
            if room < 0:
                self.cut = True
                break
            taken.append(text)
            self.shown.add(number)
        return self.block(f"{head}{''.join(taken)}{tail}") if taken else ""


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


def _brief(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _top(plan: Plan, *, strict: bool) -> Iterator[str]:
    yield f"{marker(_brief(plan.account))}\n### Plan for account {code(_brief(plan.account))}\n\n"
    yield f"**{prose(_brief(last_line(plan, strict=strict)))}**\n\n"
    yield f"{prose(_brief(heading(plan, PLAIN).strip()))}\n\n"
    if plan.left_out:
        some = "; ".join(code(_brief(excluded(each))) for each in plan.left_out[:_MOST_LEFT_OUT])
        rest = len(plan.left_out) - _MOST_LEFT_OUT
        more = f" and {number_of(rest, 'more thing')}" if rest > 0 else ""
        yield f"{why_left_out(plan)}: {some}{more}.\n\n"
    if plan.allow:
        yield f"Allowed guards: {code(_brief(' '.join(plan.allow)))}\n\n"


def _bottom(plan: Plan, preview: Preview | None) -> Iterator[str]:
    """Yield what the plan does not touch, and its digests."""
    undo = asides(plan.undo, PLAIN) if plan.undo is not None else ()
    for text in undo:
        first, *lines = text.rstrip("\n").split("\n")
        listed = lines[:10] + (["…"] if len(lines) > 10 else [])  # noqa: PLR2004 - a few lines
        yield f"{prose(first)}\n\n" + "".join(f"- {prose(_brief(line.strip()))}\n" for line in listed) + "\n"
    if plan.unseen:
        hidden = number_of(len(plan.unseen), "team or contract is", "teams or contracts are")
        yield f"{hidden} hidden from this person and left out.\n\n"
    if plan.unmanaged:
        some = "; ".join(code(_brief(thing(parts))) for parts in plan.unmanaged[:3])
        more = ", …" if len(plan.unmanaged) > 3 else ""  # noqa: PLR2004 - a few examples
        yield f"Not managed, and left as it is: {number_of(len(plan.unmanaged), 'thing')} ({some}{more}).\n\n"
    if preview is None and plan.steps:
        yield "A comment written by `seatsync plan` also shows roles before and after, and seats.\n\n"
    if plan.require is not None:
        yield f"{prose(wanted(plan.require, preview.approvers if preview is not None else None))}\n\n"
    yield f"Intent {code(plan.intent())}, digest {code(plan_digest(plan))}\n"


def _findings(findings: Sequence[Finding]) -> Iterator[tuple[int, str]]:
    for finding in findings:
        where = f" ({code(_brief(str(finding.location)))})" if finding.location else ""
        hint = f"<br>{prose(_brief(finding.hint))}" if finding.hint else ""
        yield 0, f"- **{finding.severity}** {finding.code}: {prose(_brief(finding.message))}{where}{hint}\n"
    if findings:
        yield 0, "\n"


def _risks(plan: Plan, preview: Preview | None, page: _Page) -> str:
    """Return steps about roles, removals, and pools that are or will be too small."""
    title = page.block("#### Look at these first\n\n")
    roles = _risky("Roles", 0, plan, page, _FOR_ROLES)
    head = "**Seat shortages**\n\n| Where | Product | Now | After | Term ends |\n|---|---|---|---|---|\n"
    short = page.rows(head, _short(preview), "\n", most=_FOR_SHORT) if preview is not None else ""
    shown = roles + _risky("Removals", 1, plan, page, _FOR_REMOVALS) + short
    return title + shown if shown else ""


def _risky(title: str, level: int, plan: Plan, page: _Page, most: int) -> str:
    steps = [planned for planned in plan.steps if risk(planned) == level]
    head = f"**{title}**: {number_of(len(steps), 'step')}\n\n| Step | Where | What |\n|--:|---|---|\n"
    return page.rows(head, (_placed(each, plan) for each in steps), "\n", most=most)


def _placed(planned: PlannedStep, plan: Plan) -> tuple[int, str]:
    return planned.id, table_row(str(planned.id), prose(place(planned.step.scope)), _does(planned, plan))


def _does(planned: PlannedStep, plan: Plan) -> str:
    does = sentence(planned.step) + route_tag(planned, plan)
    return "<br>".join([prose(does), *(prose(line) for line in details(planned, plan, PLAIN))])


def _short(preview: Preview) -> Iterator[tuple[int, str]]:
    over = [pool for pool in preview.pools if pool.now.over or pool.after.over]
    for pool in sorted(over, key=lambda pool: (-pool.after.over, pool.scope, pool.product)):
        ends = pool.after.ends or pool.now.ends
        yield (
            0,
            table_row(
                prose(place(pool.scope)),
                code(pool.product),
                fill_text(pool.now),
                f"**{fill_text(pool.after)}**" if pool.after.over else fill_text(pool.after),
                code(ends) if ends else "",
            ),
        )


def fill_text(fill: PoolUse) -> str:
    """Return the use of a pool in words: `7 of 5, 2 over`."""
    if fill.seats is None:
        return f"{fill.used}, not counted"
    return f"{fill.used} of {fill.seats}" + (f", {fill.over} over" if fill.over else "")


def _drawing(preview: Preview | None, page: _Page) -> str:
    text, more = render_mermaid(preview) if preview is not None else ("", 0)
    if not text:
        return ""
    rest = f"and {number_of(more, 'more place')} with changed roles\n\n" if more else ""
    return page.block(f"#### Who administers what\n\n```mermaid\n{text}```\n\n{rest}")


def _waits(plan: Plan, page: _Page) -> str:
    """Return what waits for people; in a plan for a portal, below the work by route and person."""
    parts = (machine_lines(plan) if plan.machine else [], work_lines(plan) if plan.work else [])
    work = "".join(_lines(title, lines, page) for title, *lines in filter(None, parts))
    head = f"#### {WAITING_TITLE}\n\n| Step | Where | What | How |\n|--:|---|---|---|\n"
    return work + page.rows(head, map(_waiting, waits(plan)), "\n")


def _waiting(each: Waiting) -> tuple[int, str]:
    how = prose(each.how) + (f"<br>{code(each.command)}" if each.command else "")
    return each.steps[0].id, table_row(each.ids, prose(each.where), prose(each.what), how)


def _lines(title: str, lines: Iterable[str], page: _Page) -> str:
    rows = ((0, f"- {prose(_brief(line))}\n") for line in lines)
    return page.rows(f"#### {prose(title)}\n\n", rows, "\n", most=_FOR_WORK)


def _run(scope: Scope, steps: Sequence[PlannedStep], plan: Plan, page: _Page) -> str:
    """Return consecutive steps of one team or contract, collapsed."""
    name = f"{scope.kind} {in_tag(_brief(scope.name))}" if scope.name else "the whole account"
    head = f"<details><summary>{name}: {number_of(len(steps), 'step')} ({_counted(steps)})</summary>\n\n"
    head += "| Step | What | Needs | Who may |\n|--:|---|---|---|\n"
    rows = (
        (
            planned.id,
            table_row(str(planned.id), _does(planned, plan), ranges(planned.needs), prose(who(planned))),
        )
        for planned in steps
    )
    return page.rows(head, rows, "\n</details>\n\n")


def _counted(steps: Collection[PlannedStep]) -> str:
    """Return counts by kind: `2 to add, 1 to remove`."""
    counts = ((kind, sum(planned.kind == kind for planned in steps)) for kind in _KINDS)
    return ", ".join(f"{count} to {kind}" for kind, count in counts if count)


def _work(plan: Plan, page: _Page) -> str:
    """Return the work list of each person, collapsed."""
    work = assign_steps(plan)
    if not work.lists:
        return ""
    head = "#### Who does what\n\n"
    shown = "".join(page.block(_list(each, plan)) for each in work.lists)
    return page.block(head) + shown if shown else ""


def _list(work: WorkList, plan: Plan) -> str:
    summary = f"{in_tag(_brief(work.person))}: {number_of(len(work.steps), 'step')}"
    lines = []
    for planned in work.steps:
        after = work.after.get(planned.id, {})
        waits = ", ".join(f"{code(name)} has done {ranges(ids)}" for name, ids in after.items())
        where = "" if planned.step.scope.kind == "account" else f"{prose(place(planned.step.scope))}: "
        before = f" (after {waits})" if waits else ""
        does = sentence(planned.step) + route_tag(planned, plan)
        lines.append(f"- step {planned.id}: {where}{prose(does)}{before}\n")
    return f"<details><summary>{summary}</summary>\n\n{''.join(lines)}\n</details>\n\n"


def _facts(plan: Plan, page: _Page) -> str:
    """Return the facts that no source shows, collapsed."""
    lists = (
        ("Unknown, so nothing about it is planned", [gap(each) for each in plan.unknown]),
        ("Assumed, because no source shows it", [assumption(each) for each in plan.assumed]),
        ("Kept by a directory, and left as it is", [thing(parts) for parts in plan.synced]),
    )
    heads = (f"<details><summary>{title} ({len(lines)})</summary>\n\n" for title, lines in lists)
    return "".join(
        page.rows(head, ((0, f"- {prose(_brief(line))}\n") for line in lines), "\n</details>\n\n", most=_FOR_FACTS)
        for head, (_, lines) in zip(heads, lists, strict=True)
    )


def _left_out(plan: Plan, page: _Page, other_files: Sequence[str]) -> str:
    """Return the number of steps not shown above, by team and kind, and where to find them."""
    names = ", ".join(code(_brief(name)) for name in other_files[:3])
    full = f"The full list is in {names}." if names else "`seatsync plan` prints the full list."
    missing = [planned for planned in plan.steps if planned.id not in page.shown]
    if not missing:
        return f"Not everything fits here. {full}\n\n" if page.cut else ""
    head = f"#### Not shown here: {number_of(len(missing), 'step')}\n\n{full}\n\n"
    head += "| Where | add | change | remove |\n|---|--:|--:|--:|\n"
    room, rows, groups = _FOR_LEFT_OUT - _size(head) - _LONGEST, [], _by_scope(missing)
    for number, (scope, steps) in enumerate(groups):
        text = _counts(prose(place(scope)), steps)
        if _size(text) > room:
            rest = [planned for _, group in groups[number:] for planned in group]
            rows.append(_counts(f"{number_of(len(groups) - number, 'more place')}", rest))
            break
        room -= _size(text)
        rows.append(text)
    return f"{head}{''.join(rows)}\n"


def _by_scope(steps: Iterable[PlannedStep]) -> list[tuple[Scope, list[PlannedStep]]]:
    found: dict[Scope, list[PlannedStep]] = {}
    for planned in steps:
        found.setdefault(planned.step.scope, []).append(planned)
    return list(found.items())


def _counts(where: str, steps: Collection[PlannedStep]) -> str:
    return table_row(where, *(str(sum(planned.kind == kind for planned in steps)) for kind in _KINDS))
