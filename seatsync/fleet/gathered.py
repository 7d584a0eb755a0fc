"""The accounts of a fleet as they are found, each checked against those found before."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from seatsync.declaration.fields import Diagnostics
from seatsync.declaration.files import PROJECT_FILE, Files, Match, Unreadable
from seatsync.finding import Location
from seatsync.fleet.declared_fleet import FleetAccount
from seatsync.reading.plain_text import shown

OUTSIDE: Final = "is outside of the fleet's folder; use a path below it, without `..`"

_NAME: Final = re.compile(r"[^=*?\[\]!/\\]{1,128}")


@dataclass(frozen=True, slots=True)
class Gathered:
    """The accounts found so far, with the location of each; where they are looked for, and what is the default."""

    files: Files
    diagnostics: Diagnostics
    target: str | None
    revision: str | None
    accounts: dict[str, tuple[FleetAccount, Location]] = field(default_factory=dict)
    _places: dict[tuple[object, ...], str] = field(default_factory=dict)
    _reported: set[tuple[object, ...]] = field(default_factory=set)

    def target_of(self, name: str) -> str | None:
        """Return the default target of an account."""
        return None if self.target is None else self.target.replace("{account}", name)

    def add(self, account: FleetAccount, at: Location, *, is_pattern: bool = False) -> None:
        """Add an account. Report a name that is used or impossible, and a second account at one place.

        Two patterns may match the same folder.
        """
        name = account.name
        first, first_at = self.accounts.get(name, (None, at))
        if not _NAME.fullmatch(name) or not name.isprintable():
            hint = "use up to 128 characters, without any of = * ? [ ] ! / \\"
            self.diagnostics.report_shape(at, f"{shown(name)} cannot be the name of an account", hint)
        elif first is not None and is_pattern and first.folder == account.folder and at != first_at:
            return
        elif first is not None:
            message = f"account {shown(name)} is named twice: {shown(first.source)} and {shown(account.source)}"
            hint = "give each account a name of its own, in the column `account` of a CSV"
            self.diagnostics.report_duplicate(at, message, first_at, "first named here", hint=hint)
        else:
            self._must_be_alone(account, at)
            self.accounts[name] = (account, at)

    def _must_be_alone(self, account: FleetAccount, at: Location) -> None:
        """Report an account that is kept where another one is."""
        other = self._places.setdefault(account.place, account.name)
        is_default = account.target is not None and account.target == self.target  # reported once, not for each account
        if other != account.name and not (is_default and account.place in self._reported):
            self._reported.add(account.place)
            what = "target" if len(account.place) == 1 else "folder and target"
            message = f"accounts {shown(other)} and {shown(account.name)} have the same {what}"
            hint = "give each account a target of its own; in `defaults`, {account} stands for its name"
            self.diagnostics.report_duplicate(at, message, self.accounts[other][1], "the other one", hint=hint)


def is_outside(name: str) -> bool:
    """Return True for a path that is absolute or contains `..`."""
    return name.startswith("/") or ".." in name.split("/")


def exactly(files: Files, name: str) -> Match:
    """Return the folder with a name, with a problem if it is outside, missing or unreadable."""
    if is_outside(name):
        return Match(name, problem=OUTSIDE)
    try:
        real = files.inside(name)
        kind = files.kind(real)
    except Unreadable as problem:
        return Match(name, problem=str(problem))
    wrong = "does not exist" if kind is None else "" if kind == "folder" else "is not a folder"
    return Match("/".join(part for part in name.split("/") if part not in {"", "."}) or ".", real, wrong)


def not_a_project(files: Files, match: Match) -> str:
    """Return the problem of a folder without a project file; an empty text if there is one."""
    try:
        there = files.kind(f"{match.real}/{PROJECT_FILE}") is not None
    except Unreadable as problem:
        return str(problem)
    return "" if there else f"has no {PROJECT_FILE}"
