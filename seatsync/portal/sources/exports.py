"""A folder of the portal's exports as a source: the facts in each file, and what each file is complete for."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Final

from seatsync.declaration.files import Unreadable, content
from seatsync.finding import Finding, Location, in_order
from seatsync.portal.observation import Moment, Observation, ObservedUsage, stopping
from seatsync.portal.sources.export_files import days_in, export_files, team_of
from seatsync.portal.sources.export_tables import Export, ExportKind, read_export, unreadable_source
from seatsync.portal.sources.row_readers import READERS, Rows
from seatsync.portal.sources.usage_tables import UsageRows

_ABOUT_USE: Final = frozenset[ExportKind]({"usage report", "usage"})


@dataclass(frozen=True)
class Exports:
    """The exports in a folder. `named` is its name in findings.

    `trusts_times`: the time of a file tells when it was downloaded, unless its name has a date. `exported` is that time
    for all files, unless their name has another date. `places` are files, folders or patterns in the folder; without
    any, the folder itself is the place. `known_teams` are teams that groups may belong to, besides those in the files.
    `usage_until`: usage is wanted, too, and can be of days until then. `only_usage`: nothing else in usage reports is.
    In `typed_teams`, a SOURCE006 reports unknown types of groups.
    """

    folder: Path
    named: str
    trusts_times: bool = True
    exported: Moment | None = None
    places: tuple[str, ...] = ()
    known_teams: tuple[str, ...] = ()
    usage_until: str | None = None
    only_usage: bool = False
    typed_teams: tuple[str, ...] = ()

    def observe(self) -> tuple[list[Observation], list[Finding]]:
        """Return one observation for each file, and the findings."""
        observations: list[Observation] = []
        findings: list[Finding] = []
        later: list[tuple[_File, Export]] = []
        files, unlisted = export_files(self.folder, self.named, self.places)
        findings += unlisted
        for path, name in files:
            try:
                raw = content(os.path.realpath(path))
                file = _File(path, name, self._moment(path), sha256(raw).hexdigest())
            except Unreadable as problem:
                findings.append(unreadable_source(f"the file {problem}", Location(name, 1, 1, 1, 1)))
                continue
            read = read_export(raw, name)
            if isinstance(read, list):
                findings += read
            elif read.kind == "groups" or not read.has("team"):  # which may belong to a team that other files name
                later.append((file, read))
            else:
                observations += self._observed(file, read, findings)
        seen = {team for each in observations for kind, team in each.facts if kind == "people"}
        teams = sorted(seen.union(self.known_teams))
        unread = bool(stopping(findings))  # which may have named the teams
        for file, read in later:
            if unread and not read.has("team"):
                continue
            observations += self._observed(file, read, findings, teams)
        return observations, in_order(findings)

    def _observed(
        self, file: _File, read: Export, findings: list[Finding], teams: list[str] | None = None
    ) -> Iterator[Observation]:
        """Yield the observation of an export, unless its rows have errors: half a file is complete for nothing.

        Rows that contradict each other withhold only what they are about. `teams` are those that it may belong to.
        """
        team = None if teams is None else team_of((file.path.parent.name, file.path.stem), teams)
        rows = Rows(read, team, typed_teams=self.typed_teams)
        if self.usage_until is not None and read.kind in _ABOUT_USE:
            rows.usage = UsageRows(read, "" if file.moment is None else file.moment.as_text(), self.usage_until, team)
        if rows.usage is not None and self.only_usage:
            rows.usage.read()
        else:
            READERS[read.kind](rows)
        findings += rows.findings
        if not stopping(rows.findings):
            facts = {
                about: dict(sorted(found.items(), key=itemgetter(0)))
                for about, found in rows.facts.items()
                if about not in rows.disputed
            }
            usage = None if rows.usage is None else file.usage(rows.usage)
            yield Observation(file.name, file.moment, facts, tuple(sorted(rows.disputed)), usage=usage)

    def _moment(self, path: Path) -> Moment | None:
        """Return when a file was exported: the last date in its name, else its time, unless that means nothing."""
        known = max(days_in(path), default=None)  # the last day of a time span
        if known is not None:
            return self.exported if self.exported is not None and self.exported.day == known else Moment(known)
        if self.exported is not None:
            return self.exported
        try:
            return Moment.of(path.stat().st_mtime) if self.trusts_times else None
        except OSError as error:
            raise Unreadable(f"cannot be read ({error.strerror})") from error


@dataclass(frozen=True)
class _File:
    """A file, its name in findings, when it was exported, and the SHA-256 of its content."""

    path: Path
    name: str
    moment: Moment | None
    digest: str

    def usage(self, rows: UsageRows) -> ObservedUsage:
        """Return the usage in its rows."""
        match days_in(self.path):
            case [first, last]:
                return rows.usage(self.name, self.digest, (first, last))
            case _:
                return rows.usage(self.name, self.digest)
