"""Parts of a plan's HTML page that need the account: teams before and after, and pools."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from seatsync.account.model import Scope
from seatsync.planning.preview import Pool, PoolUse, Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.escape import number_of, shown
from seatsync.reporting.plan.plan_markdown import fill_text
from seatsync.reporting.plan.wording import place

_MOST_NAMES = 20
_NO_PICTURE = (
    '<p class="note">A saved plan contains only the steps. The page that <code>seatsync plan</code> writes also shows'
    " teams before and after, and seats.</p>\n"
)
_BAR = 100


def before_and_after(preview: Preview | None, places: Mapping[Scope, int]) -> str:
    """Return every team and contract with steps, before and after."""
    content = _NO_PICTURE if preview is None else "".join(_pair(pair, places) for pair in preview.pairs)
    if not content:
        return ""
    title = '<h2 id="before-and-after-title">Before and after</h2>\n'
    return f'<section id="before-and-after" aria-labelledby="before-and-after-title">\n{title}{content}</section>\n'


def pools(preview: Preview, places: Mapping[Scope, int]) -> str:
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
