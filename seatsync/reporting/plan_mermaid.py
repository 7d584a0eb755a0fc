"""Mermaid flowchart of changed roles: admins of teams and contracts before and after a plan."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.planning.picture import Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.markdown_text import mermaid_label

_MOST_PAIRS, _MOST_PEOPLE, _LONGEST = 8, 6, 80
_MORE = " more"  # no address ends like this


def render(preview: Preview) -> tuple[str, int]:
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
    return mermaid_label(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
