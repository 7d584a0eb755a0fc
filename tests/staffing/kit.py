"""What every `seatsync edit` command promises, checked by command lines on random repositories.

A command is in the table `CASES` of `tests/staffing/edit_cases.py`. It changes all files or none, exactly as asked; it
keeps comments, and the text of all that does not change; a second run changes nothing, and `--dry-run` never does.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any, Literal, TypeAlias

from seatsync import cli
from seatsync.declaration.declared import ROLE_LISTS, Declaration
from seatsync.declaration.load import load
from seatsync.declaration.normal import normalised
from seatsync.finding import has_errors
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node, YamlList, YamlMap
from tests.drift.layouts import comments, comments_to_keep
from tests.planning.states import DAY
from tests.staffing.repositories import written

Json: TypeAlias = Any
"""A normalised declaration, or a part of it."""
Words: TypeAlias = tuple[str, ...]
Editor: TypeAlias = Callable[[Path, Words], int]
"""Runs `seatsync edit` with words in a folder, and returns the exit code."""
Outcome: TypeAlias = Literal["changed", "unchanged", "refused"]


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line, and what the declaration must be after it, given the one before.

    Both are compared as `view` shows them. `named` are the words that name people, if they are not in the line.
    """

    words: Words
    expected: Callable[[Json], Json]
    view: Callable[[Json], Json] = lambda tree: tree
    named: Words = ()


@dataclass(frozen=True, slots=True)
class EditCase:
    """A command: `draw` chooses a command line for a declaration, `failing` adds somebody for whom it must fail."""

    name: str
    draw: Callable[[Random, Declaration], Asked]
    failing: Callable[[Words], Words] = lambda words: ("nobody@elsewhere.example", *words)


def by_command_line(folder: Path, words: Words) -> int:
    """Run `seatsync edit` in this process."""
    with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
        return cli.main(("-C", str(folder), "edit", *words, "--at", DAY))


def check(case: EditCase, random: Random, folder: Path, edit: Editor = by_command_line) -> Outcome:
    """Check every promise of a command on a random repository."""
    folder.mkdir(exist_ok=True)
    declared = written(random, folder)
    before, files = json.loads(normalised(declared)), contents(folder)
    for team in before["teams"].values():
        team.setdefault("groups", {})
    asked = case.draw(random, declared)
    words = (case.name, *asked.words)
    code = edit(folder, (*words, "--dry-run"))
    assert contents(folder) == files
    assert edit(folder, words) == code
    new = contents(folder)
    if code:
        assert new == files
        return "refused"
    assert asked.view(tidy(declaration(folder))) == asked.view(tidy(asked.expected(before)))
    for name in files:
        check_untouched(files[name], new[name], asked.named or words)
    edit(folder, words)
    assert contents(folder) == new
    restore(folder, files)
    assert edit(folder, (case.name, *case.failing(asked.words))) == 1
    assert contents(folder) == files
    return "unchanged" if new == files else "changed"


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a repository."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.*")) if path.is_file()}


def restore(folder: Path, files: dict[str, bytes]) -> None:
    """Write the files of a repository as they were."""
    for name, content in files.items():
        (folder / name).write_bytes(content)


def declaration(folder: Path) -> Json:
    """Return the normalised declaration of a repository without errors."""
    loaded = load(folder)
    assert loaded.declaration is not None
    assert not has_errors(loaded.findings)
    return json.loads(normalised(loaded.declaration))


def tidy(tree: Json) -> Json:
    """Return a declaration without empty lists, and without memberships that follow from something else."""
    tree = json.loads(json.dumps(tree))
    for name, team in tree.get("teams", {}).items():
        held = {team.get("primary_admin")}
        held |= {sub.get("contract_manager") for sub in tree["subscriptions"].values() if sub.get("team") == name}
        lists = [*team.get("seats", {}).values(), *(map(members_of, team.get("groups", {}).values()))]
        lists += [team.get(key) or [] for key in ROLE_LISTS.values()]
        entries = [entry for items in lists for entry in items]
        team["members"] = [
            entry
            for entry in team.get("members", ())
            if person(entry) not in held and not any(covers(other, entry) for other in entries)
        ]
    return _sorted(tree)


def members_of(group: Json, days: tuple[str | None, str | None] = (None, None)) -> list[Json]:
    """Return the entries of the members of a group, within its days and others."""
    found = []
    for entry in group.get("members", ()):
        own = (None, None) if isinstance(entry, str) else (entry[1], entry[2])
        limits = (own, days, (group.get("from"), group.get("until")))
        first = max((each[0] for each in limits if each[0]), default=None)
        last = min((each[1] for each in limits if each[1]), default=None)
        found.append(person(entry) if first is None and last is None else [person(entry), first, last])
    return found


def products_of(group: Json) -> list[tuple[str, tuple[str | None, str | None]]]:
    """Return the products of a group, each with its days."""
    products = group.get("products", ())
    return [
        (each, (None, None)) if isinstance(each, str) else (each["product"], (each.get("from"), each.get("until")))
        for each in products
    ]


def covers(entry: Json, other: Json) -> bool:
    """Return True if an entry is of the same person, on all days of the other."""
    if isinstance(entry, str) or person(entry) != person(other):
        return bool(entry == person(other))
    begins = entry[1] is None or (not isinstance(other, str) and (other[1] or "") >= entry[1])
    return begins and (entry[2] is None or (not isinstance(other, str) and (other[2] or "9") <= entry[2]))


def person(entry: Json) -> str:
    """Return the person of an entry."""
    return str(entry if isinstance(entry, str) else entry[0])


def _sorted(tree: Json) -> Json:
    if isinstance(tree, dict):
        inner = {key: _sorted(value) for key, value in tree.items()}
        empty = {key for key, value in inner.items() if value == [] or (key in {"groups", "seats"} and value == {})}
        return {key: value for key, value in inner.items() if key not in empty - {"external_users"}}
    return sorted(tree, key=json.dumps) if isinstance(tree, list) else tree


def check_untouched(old: bytes, new: bytes, words: Words) -> None:
    """Check that comments are kept, and that what has the same data has the same text."""
    before, after = old.decode("utf-8-sig"), new.decode("utf-8-sig")
    if "email" in before.partition("\n")[0]:  # a CSV
        _check_rows(before.splitlines(), after.splitlines(), words)
        return
    assert comments_to_keep(before, after) <= comments(after) <= comments(before)
    texts = dict(_texts(yaml_file.read(old, "f")[0], before, ()))
    for path, (node, text) in _texts(yaml_file.read(new, "f")[0], after, ()):
        if path in texts and texts[path][0] == node:
            assert text == texts[path][1]


def _check_rows(before: list[str], after: list[str], words: Words) -> None:
    """Check that rows of others than named are as they were, unless the table got another column."""
    if before[0] == after[0]:
        text = "".join(Path(word).read_text("utf-8") for word in words if word.endswith(".csv"))
        words = (*words, *text.replace("\n", ";").split(";"))
        named = {word.casefold() for word in words if "@" in word} or {*words}
        assert [row for row in before if not any(each in row for each in named)] == [
            row for row in after if not any(each in row for each in named)
        ]


def _texts(node: Node, text: str, path: Words) -> Iterator[tuple[Words, tuple[Node, str]]]:
    """Yield the data and the text of each entry of a document, by path."""
    if isinstance(node, YamlMap):
        for rank, (key, child) in enumerate(node.items()):
            there = (*path, key)
            yield there, (child, text[node.marks[4 * rank] : node.marks[4 * rank + 3]])
            yield from _texts(child, text, there)
    elif isinstance(node, YamlList):
        for index, child in enumerate(node):
            yield (*path, repr(child)), (child, text[node.marks[2 * index] : node.marks[2 * index + 1]])
