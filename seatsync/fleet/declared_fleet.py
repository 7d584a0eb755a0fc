"""A fleet: the accounts that `fleet.yaml` names, their labels, and how some of them are selected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple, TypeAlias

from seatsync.errors import WrongUsage
from seatsync.reading.plain_text import first_of, most_similar, shown

Labels: TypeAlias = tuple[tuple[str, str], ...]
"""Labels and their values, sorted by label."""


class GitSource(NamedTuple):
    """A git repository with a project: its URL, a branch, tag or full commit id, and the project's folder in it."""

    url: str
    revision: str
    folder: str = ""


@dataclass(frozen=True, slots=True)
class FleetAccount:
    """An account of a fleet. It has either the real path of its project folder, or a git repository.

    `source` is the folder or the repository as declared, for messages. `target` is the URL of a target, or its name in
    the project file; None if the project file decides. Relative URLs start at the project folder.
    """

    name: str
    source: str
    folder: Path | None = None
    git: GitSource | None = None
    target: str | None = None
    labels: Labels = ()

    @property
    def place(self) -> tuple[object, ...]:
        """Where the account is kept. Two accounts of a fleet must not be kept at one place."""
        target = self.target or ""
        relative = not target or ":" not in target or target.lower().startswith(("sqlite:///", "file:"))
        path = target.partition(":")[2].removeprefix("///")
        if relative and not path.startswith("/"):
            return (self.folder or self.git, target)
        return (target,)


@dataclass(frozen=True, slots=True)
class Fleet:
    """A fleet: the folder and the name of its file, its accounts sorted by name, and the URL of the store of its work.

    A relative URL of the store starts at the folder. `tables` are the CSVs with accounts, below the folder.
    """

    root: Path
    file: str
    accounts: tuple[FleetAccount, ...]
    store: str
    tables: tuple[str, ...] = ()


def select(fleet: Fleet, selections: Sequence[str]) -> Fleet:
    """Return a fleet with only the selected accounts; without selections, all of them.

    A selection is `LABEL=VALUE`, `LABEL!=VALUE`, or the name of an account or a pattern of names. Values of one label
    are alternatives, and so are names; everything else must hold at the same time. An account without a label has no
    value of it. Raises `WrongUsage` for a label or name that no account has, and if nothing is selected.
    """
    named = [text for text in selections if "=" not in text]
    wanted: dict[str, list[str]] = {}
    unwanted: list[tuple[str, str]] = []
    for text in selections:
        label, equals, value = text.partition("=")
        if not equals:
            continue
        _must_be_label(fleet, text, label.removesuffix("!"))
        if label.endswith("!"):
            unwanted.append((label.removesuffix("!"), value))
        else:
            wanted.setdefault(label, []).append(value)
    for pattern in named:
        _must_match(fleet, pattern)
    found = tuple(
        account
        for account in fleet.accounts
        if (not named or matches_any(account.name, named))
        and all(dict(account.labels).get(label) in values for label, values in wanted.items())
        and not set(unwanted) & set(account.labels)
    )
    if not found:
        raise WrongUsage(f"--select {' --select '.join(selections)}: no account of the fleet is selected")
    return replace(fleet, accounts=found)


def matches_any(name: str, patterns: Iterable[str]) -> bool:
    """Return True if a name matches one of some patterns."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _must_be_label(fleet: Fleet, text: str, label: str) -> None:
    labels = sorted(set(_labels(fleet)))
    if label in labels:
        return
    near = most_similar(label, labels)
    suggestion = f"; did you mean {near}?" if near else f"; its labels are {first_of(labels)}" if labels else ""
    raise WrongUsage(f"--select {text}: no account of the fleet has the label {shown(label)}{suggestion}")


def _labels(fleet: Fleet) -> Iterator[str]:
    for account in fleet.accounts:
        yield from (label for label, _ in account.labels)


def _must_match(fleet: Fleet, pattern: str) -> None:
    names = [account.name for account in fleet.accounts]
    if any(fnmatchcase(name, pattern) for name in names):
        return
    near = most_similar(pattern, names)
    labels = sorted({label for label in _labels(fleet) if label == pattern})
    remedy = f"did you mean {near}?" if near else "name an account, or a label as LABEL=VALUE"
    if labels:
        remedy = f"to select by this label, write {pattern}=VALUE"
    raise WrongUsage(f"--select {pattern}: no account of the fleet has this name; {remedy}")
