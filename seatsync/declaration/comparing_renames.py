"""Renames between two normalised declarations. The old one is rewritten, so that only the rename itself differs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_Facts: TypeAlias = dict[str, Any]  # mappings of the normalised form, described in `normal.py`


@dataclass(frozen=True, slots=True)
class Rename:
    """A renamed person, team or group. `kind` and `name` are those of the scope."""

    kind: str
    name: str
    what: str
    of: tuple[tuple[str, str], ...]
    old: str
    new: str


def renamed(old: _Facts, new: _Facts) -> list[Rename]:
    """Return the renames from `old` to `new`. Modifies both: `old` gets the new names, `new` loses its former ones."""
    return [*_addresses(old, new), *_teams(old, new), *_groups(old, new)]


def _addresses(old: _Facts, new: _Facts) -> Iterator[Rename]:
    """Yield persons whose new entry lists an old person's address as a previous address."""
    moved = {}
    for user, facts in sorted(new["users"].items()):
        for before in facts.get("previous_emails", ()):
            if user not in old["users"] and before in old["users"] and before not in new["users"]:
                moved[before] = user
                rest = [text for text in facts["previous_emails"] if text != before]
                new["users"][user] = {**facts, "previous_emails": rest}
                break
    if moved:
        for section in ("users", "teams", "subscriptions", "contracts"):
            old[section] = _replaced(old[section], moved)
    for before, user in moved.items():
        yield Rename("account", "", "address", (), before, user)


def _replaced(facts: Any, moved: Mapping[str, str]) -> Any:  # noqa: ANN401 - any part of the normalised form
    """Return facts with changed addresses replaced. No name of another thing equals a changed address."""
    if isinstance(facts, str):
        return moved.get(facts, facts)
    if isinstance(facts, list):
        return [_replaced(item, moved) for item in facts]
    if isinstance(facts, dict):
        return {moved.get(key, key): _replaced(value, moved) for key, value in facts.items()}
    return facts


def _teams(old: _Facts, new: _Facts) -> Iterator[Rename]:
    for name, before in _matched_names(old["teams"], new["teams"]):
        old["teams"][name] = old["teams"].pop(before)
        _remove_old_name(new["teams"][name], before)
        for sub in old["subscriptions"].values():
            if sub.get("team") == before:
                sub["team"] = name
        yield Rename("team", name, "team", (), before, name)


def _groups(old: _Facts, new: _Facts) -> Iterator[Rename]:
    for team in sorted(old["teams"].keys() & new["teams"].keys()):
        was, now = old["teams"][team].get("groups", {}), new["teams"][team].get("groups", {})
        for name, before in _matched_names(was, now):
            was[name] = was.pop(before)
            _remove_old_name(now[name], before)
            yield Rename("team", team, "group", (("group", name),), before, name)


def old_names(facts: _Facts) -> list[str]:
    """Return the old names that a team or group claims, newest first."""
    names = facts.get("renamed_from", [])
    return names if isinstance(names, list) else [names]


def _remove_old_name(facts: _Facts, before: str) -> None:
    """Remove an old name that has been matched."""
    rest = [name for name in old_names(facts) if name != before]
    del facts["renamed_from"]
    if rest:
        facts["renamed_from"] = rest if len(rest) > 1 else rest[0]


def _matched_names(old: _Facts, new: _Facts) -> list[tuple[str, str]]:
    """Return each new name with the old name that it replaces."""
    taken: dict[str, str] = {}
    for name, facts in sorted(new.items()):
        before = next((text for text in old_names(facts) if text in old and text not in new), None)
        if name not in old and before is not None:
            taken.setdefault(before, name)
    return [(name, before) for before, name in taken.items()]
