"""Who administers what, before and after a plan, as a Mermaid flowchart of the places whose roles change."""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.planning.picture import Preview, Row, ScopeChange, ScopeState
from seatsync.reporting.markdown_text import mermaid_label

_MOST_PAIRS, _MOST_PEOPLE, _LONGEST = 8, 6, 80
_MORE = " more"  # no address ends like this


def render(preview: Preview) -> tuple[str, int]:
    """The flowchart, and how many teams and contracts do not fit into it; nothing where no role changes."""
    changed = [pair for pair in preview.pairs if pair.other_roles]
    if not changed:
        return "", 0
    shown = changed[:_MOST_PAIRS]
    lines = [*_half("before", shown), *_half("after", shown), "before ~~~ after"]
    return "flowchart TB\n" + "".join(f"  {line}\n" for line in lines), len(changed) - len(shown)


def _half(which: str, pairs: list[ScopeChange]) -> Iterator[str]:
    """One of the two pictures: people above, what they look after below, the role on the line between."""
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
    """Everybody's roles in one place; of many in one role only the first few."""
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
    """A label; never a list or a heading, because some versions read Markdown in labels."""
    return mermaid_label(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
