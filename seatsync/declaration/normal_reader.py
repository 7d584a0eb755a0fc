"""Normalised declarations read back into values, and renames between two of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from seatsync.account.history import TrackedPeople, members_by_scope
from seatsync.clock import Clock
from seatsync.declaration.declared import Declaration, Project
from seatsync.declaration.fields import Diagnostics, Fields
from seatsync.declaration.fragment import SECTIONS, read_fragment
from seatsync.declaration.people import Draft
from seatsync.declaration.policy_fields import read_policy
from seatsync.declaration.project import PROJECT
from seatsync.declaration.project_values import Policy
from seatsync.declaration.states import as_account
from seatsync.finding import has_errors
from seatsync.reading.tree import Node, YamlList, YamlMap

Facts: TypeAlias = dict[str, Any]
"""Mappings of the normalised form, described in `normal.py`."""

Entry: TypeAlias = Callable[[str | None, str | None], bool | None]
"""Conversion of an entry or group with days (from, until): None keeps it, True removes its days, False drops it."""


class InvalidDeclaration(ValueError):
    """A text that is not the normalised form of a declaration or policy."""


def facts_of(text: str) -> Facts:
    """Return the mappings of a normalised declaration, with every section. Raises `InvalidDeclaration`."""
    try:
        facts = json.loads(text)
    except ValueError as error:
        raise InvalidDeclaration from error
    if not isinstance(facts, dict) or not all(isinstance(facts.get(name, {}), dict) for name in SECTIONS):
        raise InvalidDeclaration
    return {**{name: {} for name in sorted(SECTIONS)}, **facts}


def policy_of(text: str) -> Policy:
    """Return the policy of a canonical policy text. Raises `InvalidDeclaration`."""
    try:
        facts = _tree(json.loads(text), lambda *_: None)
    except ValueError as error:
        raise InvalidDeclaration from error
    project, diagnostics = YamlMap(), Diagnostics()
    project["policy"] = facts
    policy = read_policy(Fields(project, diagnostics, PROJECT))
    if not isinstance(facts, YamlMap) or has_errors(diagnostics.findings):
        raise InvalidDeclaration
    return policy


def declaration_of(
    facts: Facts, project: Project, policy: Policy, entry: Entry = lambda *_: None, former: frozenset[str] = frozenset()
) -> Declaration:
    """Return the declaration for mappings of the normalised form. Raises `InvalidDeclaration`.

    Former names are dropped, except the fields in `former` (`previous_emails`, `renamed_from`).
    """
    fragment = _tree({name: facts[name] for name in sorted(SECTIONS)}, entry, _FORMER - former)
    draft = Draft(Declaration(project._replace(policy=policy)), Diagnostics())
    if isinstance(fragment, YamlMap):
        read_fragment(fragment, draft)
    if has_errors(draft.diagnostics.findings):
        raise InvalidDeclaration
    return draft.finish()


def members_in(text: str, clock: Clock) -> TrackedPeople:
    """Return the declared members of each team and contract on a day; empty if the text is invalid."""
    try:
        facts = facts_of(text)
        project = Project(Path(), YamlMap(), str(facts.get("account", "")), None, (), clock.zone, Policy())
        account = as_account(declaration_of(facts, project, Policy()), clock)
    except InvalidDeclaration:
        return {}
    return members_by_scope(account)


def has_days(facts: Any) -> bool:  # noqa: ANN401 - any part of the normalised form
    """Return True if any entry or group has days."""
    if isinstance(facts, dict):
        return _is_dated(facts) or any(has_days(value) for value in facts.values())
    return isinstance(facts, list) and any(isinstance(item, list | dict) for item in facts)


_FORMER = frozenset({"renamed_from", "previous_emails"})
_DAYS = frozenset({"from", "until"})


def _tree(value: Any, entry: Entry, without: frozenset[str] = _FORMER) -> Node:  # noqa: ANN401 - any part of the normalised form
    if isinstance(value, dict):
        mapping = YamlMap()
        for key, child in value.items():
            if isinstance(child, dict):
                permanent = _converted(child, entry)
                if permanent is not False:  # a group
                    mapping[key] = _tree(child, entry, without | _DAYS if permanent else without)
            elif key not in without:
                mapping[key] = _tree(child, entry, without)
        return mapping
    if isinstance(value, list):
        items = YamlList()
        for item in value:
            facts = dict(zip(("user", "from", "until"), item, strict=True)) if isinstance(item, list) else item
            permanent = _converted(facts, entry) if isinstance(facts, dict) else None
            if permanent is None:
                items.append(_tree(facts, entry, without))
            elif permanent:
                items.append(facts.get("user") or facts["product"])
        return items
    return value  # type: ignore[no-any-return]  # a scalar of JSON


def _converted(facts: dict[str, Any], entry: Entry) -> bool | None:
    """Return the conversion of an entry or a group; None for a mapping without days."""
    return entry(facts.get("from"), facts.get("until")) if _is_dated(facts) else None


def _is_dated(facts: dict[str, Any]) -> bool:
    return any(isinstance(facts.get(key), str) for key in _DAYS)


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
