"""A plan as a self-contained HTML page: its data, and teams before and after with the fill of their pools.

The steps, of which there may be many thousands, are embedded as data that `findings/page/page.js` shows in parts. The
page's Content-Security-Policy allows only this script, and no requests.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from seatsync.account.actions.team_actions import CONFIGURE_SSO
from seatsync.account.attributes import AUTOMATIC_ROUTES
from seatsync.account.model import Scope
from seatsync.applying.outcomes import waits_for_people
from seatsync.finding import Finding, has_errors, in_order
from seatsync.planning.assignments import assign_steps
from seatsync.planning.plan import Plan, PlannedStep, plan_digest
from seatsync.planning.preview import Pool, PoolUse, Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.diff_report import sso_change
from seatsync.reporting.escape import element, in_script, number_of, shown, visible
from seatsync.reporting.findings.findings_pages import framed, listed, part, section
from seatsync.reporting.plan.plan_cost import COST_TITLE, cost_html
from seatsync.reporting.plan.plan_machine import machine_lines
from seatsync.reporting.plan.plan_markdown import fill_text
from seatsync.reporting.plan.plan_people import wanted
from seatsync.reporting.plan.plan_text import (
    details,
    excluded,
    is_by_api,
    is_in_portal,
    last_line,
    risk,
    route_names,
    why_left_out,
    work_lines,
)
from seatsync.reporting.plan.plan_waiting import WAITING_TITLE, Waiting, waits
from seatsync.reporting.plan.wording import asides, assumption, described, gap, place, sentence, thing
from seatsync.reporting.terminal import PLAIN

_MOST_NAMES = 20
_NO_PICTURE = (
    '<p class="note">A saved plan contains only the steps. The page that <code>seatsync plan</code> writes also shows'
    " teams before and after, and seats.</p>\n"
)
_BAR = 100


def _cost(plan: Plan) -> str:
    table = cost_html(plan)
    return section("cost", COST_TITLE, table) if table else ""


def _before_and_after(preview: Preview | None, places: Mapping[Scope, int]) -> str:
    """Return every team and contract with steps, before and after."""
    content = _NO_PICTURE if preview is None else "".join(_pair(pair, places) for pair in preview.pairs)
    if not content:
        return ""
    title = '<h2 id="before-and-after-title">Before and after</h2>\n'
    return f'<section id="before-and-after" aria-labelledby="before-and-after-title">\n{title}{content}</section>\n'


def _pools(preview: Preview, places: Mapping[Scope, int]) -> str:
    """Return the use of every pool, now and after; unchanged pools without a shortage are collapsed."""
    if not preview.pools:
        return ""
    ordered = sorted(preview.pools, key=lambda pool: (-pool.after.over, -pool.now.over, pool.scope, pool.product))
    first = [pool for pool in ordered if pool.now != pool.after or pool.now.over or pool.after.over]
    rest = [pool for pool in ordered if pool.now == pool.after and not pool.now.over]
    content = _pool_table("Pools that change or are short", first, places) if first else ""
    if rest:
        table = _pool_table("Unchanged pools", rest, places)
        counted = number_of(len(rest), "unchanged pool")
        content += f"<details><summary>{counted}</summary><div>{table}</div></details>\n"
    title = '<h2 id="pools-title">Seats</h2>\n'
    return f'<section id="pools" aria-labelledby="pools-title">\n{title}{content}</section>\n'


def _number(scope: Scope, places: Mapping[Scope, int]) -> str:
    """Return the number of a place for the filter; -1 for a place without steps, shown only without a filter."""
    return str(places.get(scope, -1))


def _pair(pair: ScopeChange, places: Mapping[Scope, int]) -> str:
    name = shown(place(pair.scope))
    if pair.name != pair.scope.name:
        name += f" → {shown(pair.name)}"
    news = "is new" if pair.before is None else "is gone" if pair.after is None else ""
    roles = "".join(_roles(pair.before, pair.after))
    held = "".join(_held(pair.before, pair.after))
    what = news or " and ".join(word for word, there in (("roles", pair.other_roles), ("assignments", held)) if there)
    summary = f"<summary>{name} <small>{what}</small></summary>"
    caption = f"<caption>{name}: before and after</caption>"
    head = '<thead><tr><th scope="col">Of</th><th scope="col">Before</th><th scope="col">After</th></tr></thead>'
    table = f"<table>{caption}{head}<tbody>\n{roles}{held}</tbody></table>"
    number = f"{_number(pair.scope, places)} {_number(Scope(pair.scope.kind, pair.name), places)}"
    wide = f'<div class="wide" tabindex="0" role="group" aria-label="{name}">{table}</div>'
    return f'<details data-place="{number}">{summary}{wide}</details>\n'


def _roles(before: ScopeState | None, after: ScopeState | None) -> Iterator[str]:
    """Yield a row for every role, with people who lose and gain it marked."""
    old = {(row.what, row.name): row.people for row in (before.roles if before else ())}
    new = {(row.what, row.name): row.people for row in (after.roles if after else ())}
    for what, name in dict.fromkeys([*old, *new]):
        was, now = old.get((what, name), ()), new.get((what, name), ())
        title = f"{what} of {name}" if name else what
        yield _table_row(title, _names(was, now, "del"), _names(now, was, "ins"))


def _names(people: Sequence[str], others: Sequence[str], mark: str) -> str:
    unchanged = frozenset(others)
    ordered = sorted(people, key=lambda person: person in unchanged)
    names = [shown(person) if person in unchanged else f"<{mark}>{shown(person)}</{mark}>" for person in ordered]
    more = [f"and {len(names) - _MOST_NAMES} more"] if len(names) > _MOST_NAMES else []
    return ", ".join([*names[:_MOST_NAMES], *more]) or "nobody"


def _held(before: ScopeState | None, after: ScopeState | None) -> Iterator[str]:
    """Yield a row for each thing whose holders change: their number, and who loses and gains it."""
    old = {(row.what, row.name): row for row in (before.held if before else ())}
    new = {(row.what, row.name): row for row in (after.held if after else ())}
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key, Row(*key, ())), new.get(key, Row(*key, ()))
        gone, come = set(was.people) - set(now.people), set(now.people) - set(was.people)
        if gone or come or (key in old) != (key in new):
            there = [_people(side) if key in sided else "—" for side, sided in ((was, old), (now, new))]
            yield _table_row(" ".join(key).strip(), there[0] + _marked(gone, "del"), there[1] + _marked(come, "ins"))


def _people(row: Row) -> str:
    return number_of(len(row.people), "person", "people")


def _marked(people: set[str], mark: str) -> str:
    return f": {_names(sorted(people), (), mark)}" if people else ""


def _table_row(title: str, before: str, after: str) -> str:
    return f'<tr><th scope="row">{shown(title)}</th><td>{before}</td><td>{after}</td></tr>\n'


def _pool_table(caption: str, ordered: Sequence[Pool], places: Mapping[Scope, int]) -> str:
    head = "".join(
        f'<th scope="col">{title}</th>' for title in ("Team or contract", "Product", "Now", "After", "Term ends")
    )
    rows = "".join(_pool(pool, places) for pool in ordered)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{caption}"><table class="pools">'
        f"<caption>{caption}</caption><thead><tr>{head}</tr></thead><tbody>\n{rows}</tbody></table></div>\n"
    )


def _pool(pool: Pool, places: Mapping[Scope, int]) -> str:
    most = max((fill.seats or 0 for fill in (pool.now, pool.after)), default=0)
    most = max(most, pool.now.used, pool.after.used, 1)
    ends = pool.after.ends or "no end"
    if pool.now.ends and pool.after.ends and pool.now.ends != pool.after.ends:
        ends = f"{pool.now.ends} → {pool.after.ends}"
    return (
        f'<tr data-place="{_number(pool.scope, places)}"><th scope="row">{shown(place(pool.scope))}</th>'
        f"<td>{shown(pool.product)}</td>{_fill(pool.now, most)}{_fill(pool.after, most)}<td>{shown(ends)}</td></tr>\n"
    )


def _fill(fill: PoolUse, most: int) -> str:
    """Return the use of a pool in words and as a bar; both bars of a pool have the same scale."""
    kind = ' class="short"' if fill.over else ""
    inside = fill.used - fill.over
    ground = fill.seats if fill.seats is not None else fill.used
    bar = "".join(
        f'<rect class="{name}" x="{_BAR * start / most:.4g}" width="{_BAR * width / most:.4g}" height="8"/>'
        for name, start, width in (("ground", 0, ground), ("fill", 0, inside), ("over", inside, fill.over))
        if width
    )
    svg = f'<svg class="bar" viewBox="0 0 {_BAR} 8" preserveAspectRatio="none" aria-hidden="true">{bar}</svg>'
    return f"<td><span{kind}>{fill_text(fill)}</span>{svg}</td>"


# Data of the steps

_KINDS = {"add": 0, "change": 1, "remove": 2}
_Row: TypeAlias = "list[int | str | list[str] | list[int]]"


@dataclass(frozen=True, slots=True)
class _Data:
    """The data as text for a script element, and the number of each place in it."""

    text: str
    places: Mapping[Scope, int]


@dataclass(slots=True)
class _Numbers:
    """Numbers of names, in the order of their first use."""

    numbers: dict[str, int] = field(default_factory=dict)

    def of(self, name: str) -> int:
        return self.numbers.setdefault(name, len(self.numbers))


def _data_of(plan: Plan, preview: Preview | None = None) -> _Data:
    """Return the data of a plan's steps; a `preview` adds the changed fields of SSO configurations to the details.

    A row consists of: id, place, kind, sentence, details, needed steps, the person who does it (-1: nobody may, -2: an
    API does), people who may do it, people concerned, 1 if it is done by people, 1 if it changes roles.
    """
    people = _Numbers()
    doers = {planned.id: work.person for work in assign_steps(plan).lists for planned in work.steps}
    places: dict[Scope, int] = {}
    rows = [
        _row(
            planned,
            [*_route(planned, plan), *details(planned, plan, PLAIN), *_sso(planned, preview)],
            plan,
            places.setdefault(planned.step.scope, len(places)),
            doers.get(planned.id),
            people,
        )
        for planned in plan.steps
    ]
    document = {
        "people": [visible(name) for name in people.numbers],
        "places": [place(scope) for scope in places],
        "steps": rows,
    }
    return _Data(in_script(json.dumps(document, separators=(",", ":"))), places)


def _route(planned: PlannedStep, plan: Plan) -> list[str]:
    return [f"route {planned.route}"] if is_in_portal(planned, plan) or is_by_api(planned) else []


def _sso(planned: PlannedStep, preview: Preview | None) -> list[str]:
    change = sso_change(planned, preview) if planned.step.action == CONFIGURE_SSO.name else ""
    return [change] if change else []


def _row(planned: PlannedStep, lines: list[str], plan: Plan, where: int, doer: str | None, people: _Numbers) -> _Row:
    if planned.reason is not None:
        lines.append(f"because of {visible(str(planned.reason))}")
    named = (planned.step.get(name) for name in ("user", "to", "primary_admin"))
    return [
        planned.id,
        where,
        _KINDS[planned.kind],
        sentence(planned.step),
        lines,
        list(planned.needs),
        -2 if is_by_api(planned) else -1 if doer is None else people.of(doer),
        [] if is_by_api(planned) else [people.of(name) for name in planned.performers],
        [people.of(name) for name in named if isinstance(name, str) and "@" in name],
        int(planned.route not in AUTOMATIC_ROUTES or waits_for_people(planned, plan.actor)),
        int(risk(planned) == 0),
    ]


_MOST_RISKS, _MOST_THINGS = 25, 200
# The page

_SIGNS = {"add": "+", "change": "~", "remove": "−"}


def render(plan: Plan, preview: Preview | None, others: Sequence[Finding] = (), *, strict: bool = False) -> str:
    """Return the page; without a `preview` it explains how to get one with teams and pools.

    `others` are findings in the files, which a plan does not contain.
    """
    found = in_order([*others, *plan.findings])
    data = _data_of(plan, preview)
    wrong = "wrong" if plan.faulty or has_errors(plan.findings) else "nothing" if not plan.steps else ""
    return framed(
        "page.html",
        f"Plan for account {shown(plan.account)}",
        part("page.css"),
        part("page.js"),
        f'<script type="application/json" id="plan-data">{data.text}</script>\n',
        summary=shown(last_line(plan, strict=strict)),
        summary_class=wrong,
        facts="".join(f"<dt>{name}</dt>{value}\n" for name, value in _facts(plan, preview)),
        findings=_left_out(plan) + (section("findings", "Findings", listed(found)) if found else ""),
        risks=_work(plan) + _risks(plan) + _waiting(plan) + _cost(plan),
        comparison=_before_and_after(preview, data.places) if plan.steps else "",
        pools=_pools(preview, data.places) if preview is not None else "",
        asides=_asides(plan),
    )


def _facts(plan: Plan, preview: Preview | None) -> Iterator[tuple[str, str]]:
    serial = "" if plan.serial is None else f" (serial {plan.serial})"
    yield "Account", element("dd", f"{plan.account}{serial} at {plan.target}")
    yield "Day", element("dd", plan.at)
    if plan.actor is not None:
        yield "Planned as", element("dd", plan.actor)
    if plan.limit is not None:
        yield "Limited to", element("dd", route_names(plan.limit.routes))
    if plan.undo is not None:
        yield "Undoes", element("dd", f"run {plan.undo.run}")
    if plan.allow:
        yield "Allowed guards", element("dd", " ".join(plan.allow))
    if plan.require is not None:
        yield "Approvals", element("dd", wanted(plan.require, preview.approvers if preview is not None else None))
    yield "Intent", element("dd", plan.intent(), kind="hash")
    yield "Digest", element("dd", plan_digest(plan), kind="hash")


def _risks(plan: Plan) -> str:
    """Return the first steps about roles and removals, with buttons that filter the list of steps."""
    found = ""
    for title, level, kind in (("Roles", 0, "role"), ("Removals", 1, "remove")):
        steps = [planned for planned in plan.steps if risk(planned) == level]
        if not steps:
            continue
        items = "".join(_risk(planned) for planned in steps[:_MOST_RISKS])
        more = ""
        if len(steps) > _MOST_RISKS:
            more = (
                f'<button type="button" class="jump" data-kind="{kind}" hidden>Show all in the list of steps</button>\n'
            )
            items += f"<li>and {len(steps) - _MOST_RISKS} more</li>\n"
        counted = number_of(len(steps), "step")
        found += f'<h3>{title}: {counted}</h3>\n<ul class="plain">\n{items}</ul>\n{more}'
    return section("risks", "Look at these first", found) if found else ""


def _work(plan: Plan) -> str:
    """Return what an API does, and the work that a plan for a portal leaves to people, by route and person."""
    parts = (
        ("machine", machine_lines(plan) if plan.machine else []),
        ("work", work_lines(plan) if plan.work else []),
    )
    return "".join(_lines(name, *lines) for name, lines in parts if lines)


def _waiting(plan: Plan) -> str:
    """Return the first things that wait for people, with the commands that record purchases."""
    found = [_wait(each) for each in waits(plan)]
    return section("waiting", WAITING_TITLE, f"{_first_of(found)}\n") if found else ""


def _wait(each: Waiting) -> str:
    links = ", ".join(_link(planned) for planned in each.steps)
    command = element("code", each.command, kind="detail") if each.command else ""
    how = element("span", each.how, kind="detail")
    return f"<li>{links} {shown(each.where)}: {shown(each.what)}{how}{command}</li>"


def _lines(name: str, title: str, *lines: str) -> str:
    return section(name, title, f"{_first_of([element('li', line) for line in lines])}\n")


def _first_of(items: Sequence[str]) -> str:
    """Return the first elements of a list, and the number of the others."""
    more = [f"<li>and {len(items) - _MOST_THINGS} more</li>"] if len(items) > _MOST_THINGS else []
    return '<ul class="plain">\n' + "".join(f"{item}\n" for item in [*items[:_MOST_THINGS], *more]) + "</ul>"


def _link(planned: PlannedStep) -> str:
    return f'<a href="#step-{planned.id}" aria-label="step {planned.id}">{planned.id}</a>'


def _risk(planned: PlannedStep) -> str:
    badge = element("span", f"{_SIGNS[planned.kind]} {planned.kind}", kind=f"kind {planned.kind}")
    effects = "".join(element("span", effect, kind="detail") for effect in planned.effects)
    return f"<li>{badge} {_link(planned)} {shown(described(planned.step))}{effects}</li>\n"


def _left_out(plan: Plan) -> str:
    """Return the teams and contracts that are left out."""
    return _lines("left-out", why_left_out(plan), *map(excluded, plan.left_out)) if plan.left_out else ""


def _asides(plan: Plan) -> str:
    """Return the limits of an undo, and the things that the plan does not touch."""
    found = ""
    for text in asides(plan.undo, PLAIN) if plan.undo is not None else ():
        first, *lines = text.rstrip("\n").split("\n")
        found += _collapsible(first.rstrip(":"), [line.strip() for line in lines])
    groups = (
        ("Unknown, so nothing about it is planned", map(gap, plan.unknown)),
        ("Assumed, because no source shows it", map(assumption, plan.assumed)),
        ("Kept by a directory, left as is", map(thing, plan.synced)),
        ("Hidden from this person, left out", map(thing, plan.unseen)),
        ("Not managed, left as is", map(thing, plan.unmanaged)),
    )
    for title, texts in groups:
        lines = list(texts)
        found += _collapsible(title, lines) if lines else ""
    return section("rest", "Left as it is", found) if found else ""


def _collapsible(title: str, lines: Sequence[str]) -> str:
    summary = f"<summary>{shown(title)} <small>({len(lines)})</small></summary>"
    return f"<details>{summary}<div>{_first_of([element('li', line) for line in lines])}</div></details>\n"
