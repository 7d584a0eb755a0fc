"""Conversion of a stored normalised form, such as the last applied one, back to a declaration."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

from seatsync.account.memory import TrackedPeople, members_by_scope
from seatsync.clock import Clock
from seatsync.declaration.as_account import as_account
from seatsync.declaration.declared import Declaration, Policy, Project
from seatsync.declaration.draft import Draft
from seatsync.declaration.fields import Fields
from seatsync.declaration.fragment import SECTIONS, read_fragment
from seatsync.declaration.notes import Diagnostics
from seatsync.declaration.policy import read_policy
from seatsync.declaration.project import PROJECT
from seatsync.finding import has_errors
from seatsync.reading.tree import Node, YamlList, YamlMap

Facts: TypeAlias = dict[str, Any]
"""Mappings of the normalised form, described in `declaration/normal.py`."""

Entry: TypeAlias = Callable[[str, str | None, str | None], bool | None]
"""Conversion of an entry with days (person, from, until): None keeps it, True removes its days, False drops it."""


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
    """Return True if any entry has days."""
    if isinstance(facts, dict):
        return any(has_days(value) for value in facts.values())
    return isinstance(facts, list) and any(isinstance(item, list) for item in facts)


_FORMER = frozenset({"renamed_from", "previous_emails"})


def _tree(value: Any, entry: Entry, without: frozenset[str] = _FORMER) -> Node:  # noqa: ANN401 - any part of the normalised form
    if isinstance(value, dict):
        mapping = YamlMap()
        for key, child in value.items():
            if key not in without or isinstance(child, dict):
                mapping[key] = _tree(child, entry, without)
        return mapping
    if isinstance(value, list):
        items = YamlList()
        for item in value:
            items.extend(_entry(item, entry) if isinstance(item, list) else [_tree(item, entry, without)])
        return items
    return value  # type: ignore[no-any-return]  # a scalar of JSON


def _entry(item: list[Any], entry: Entry) -> list[Node]:
    user, starts, ends = item
    permanent = entry(user, starts, ends)
    if permanent is not None:
        return [user] if permanent else []
    mapping = YamlMap()
    mapping.update({"user": user, "from": starts, "until": ends})
    return [mapping]
