"""The vendor's Insights API as a source: orders the exports, waits for them, and reads them like those in a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from hashlib import sha256
from itertools import chain, repeat
from pathlib import Path
from typing import Final

from seatsync.clock import Clock, later
from seatsync.finding import Finding, Severity, in_order
from seatsync.portal.observation import Moment, Observation
from seatsync.portal.sources.export_tables import Export, ExportKind, read_export, unreadable_source
from seatsync.portal.sources.exports import Exports
from seatsync.portal.sources.fetched_files import PLACE, FetchedFiles, Orders
from seatsync.reading.plain_text import listed, shown
from seatsync.vendor.http_client import Client, Failed
from seatsync.vendor.insights import BENEFIT, Context, OrderedExport, Report, contexts, export, order

PATIENCE: Final = 15 * 60.0
"""Seconds to wait for the exports."""
MOST_DAYS: Final = 365
"""The longest time span that the API allows."""

_PAUSES: Final = (2.0, 3.0, 5.0, 10.0, 15.0)
_LONG_PAUSE: Final = 30.0
"""Seconds between two looks whether the exports are ready: first these, then always as long."""
_ROUNDS: Final = 3
"""Attempts to fetch the files of an export, each with fresh links."""
_LIFE: Final = timedelta(hours=24)
"""The age up to which an order of an earlier run is waited for."""
_KINDS: Final[Mapping[Report, ExportKind]] = {
    "USERS": "users",
    "SUBSCRIPTIONS": "subscriptions",
    "USAGE_REPORT": "usage report",
    "USAGE": "usage",
}
_NEEDED: Final = frozenset[Report]({"USERS", "SUBSCRIPTIONS"})
"""Without these nothing is read; the others are about usage, and only tell how seats are held."""
_BY_HAND: Final = "download it in the portal, into a folder that `exports:` names"
_AGAIN: Final = "try again later, or download the exports in the portal, and refresh with --exports DIR"
_SIGN_IN: Final = "sign in again with `seatsync login`, or renew the token in SEATSYNC_ACCESS_TOKEN"
_NOT_ALLOWED: Final = frozenset({401, 403})


@dataclass(frozen=True)
class Insights:
    """The exports of all teams of the signed-in person, fetched into a private folder of the project at `root`.

    Usage is ordered from the day `usage_from` to that of `clock`. `known_teams` and `usage_until` are those of
    `Exports`. `reached` is told how many exports are ready, and of how many.
    """

    client: Client
    root: Path
    clock: Clock
    usage_from: str
    known_teams: tuple[str, ...] = ()
    usage_until: str | None = None
    reached: Callable[[int, int], None] = lambda _, __: None

    def observe(self) -> tuple[list[Observation], list[Finding]]:
        """Return one observation for each file, and the findings. Raises FileProblem if there is no place for them."""
        files = FetchedFiles(self.root)
        with files.locked():
            try:
                fetched = _Fetching(self, files)
                exported = fetched.run()
            except Failed as failed:
                hint = _SIGN_IN if failed.status in _NOT_ALLOWED else _AGAIN
                return [], [unreadable_source(str(failed), None, hint, passing=failed.passing)]
            source = Exports(
                self.root,
                "",
                exported=exported,
                places=(PLACE,),
                known_teams=self.known_teams,
                usage_until=self.usage_until,
            )
            observations, findings = source.observe()
        return observations, in_order([*findings, *fetched.findings])


class _Fetching:
    """One run: orders, or those of an earlier run, until all files are in the folder."""

    def __init__(self, source: Insights, files: FetchedFiles) -> None:
        self.client, self.source, self.files = source.client, source, files
        self.findings: list[Finding] = []
        self.placed: set[Report] = set()
        self.orders = self._orders()

    def run(self) -> Moment:
        """Fetch all files, and return when they were true. Raises Failed."""
        self._refuse_teams(contexts(self.client))
        for report in _KINDS:
            if report not in self._ids():
                self._place(report)
        self.files.begin()
        exports = self._awaited()
        self.files.install()
        first = min(each.at or self.orders.moment for each in exports.values()).astimezone(UTC)
        return Moment(self.source.clock.day_of(f"{first:%Y-%m-%dT%H:%M:%SZ}"), first)

    def _refuse_teams(self, found: Sequence[Context]) -> None:
        """Report the teams without exports by API. Raises Failed if none is left."""
        without = [each.name for each in found if not each.has_exports]
        if len(without) == len(found):
            named = f" ({listed(list(map(shown, without)))})" if without else ""
            raise Failed(self.client.base, f"none of your teams{named} has exports by API, the benefit {BENEFIT}")
        if without:
            names = listed(list(map(shown, without)))
            message = (
                f"no exports by API of team{'s' if len(without) > 1 else ''} {names}, without the benefit {BENEFIT}"
            )
            hint = "download their exports in the portal, into a folder that `exports:` names"
            things = tuple(("team", name) for name in without)
            self.findings.append(Finding("SOURCE010", Severity.WARNING, message, None, hint, things=things))

    # Orders

    def _orders(self) -> Orders:
        """Return the orders of an earlier run that did not end, unless they are too old, or new ones."""
        now, clock = self.client.now(), self.source.clock
        known = self.files.read_orders()
        if known is not None and known.url == self.client.base and abs(now - known.moment) < _LIFE:
            return known
        first = max(self.source.usage_from, later(clock.day, -(MOST_DAYS - 1)))
        return Orders(self.client.base, f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}", first, clock.day)

    def _ids(self) -> dict[str, str]:
        return dict(self.orders.ids)

    def _remember(self, ids: Mapping[str, str]) -> None:
        self.orders = replace(self.orders, ids=tuple(sorted(ids.items())))
        self.files.write_orders(self.orders)

    def _place(self, report: Report) -> None:
        """Order a report. A report of a year tells the last use; days of use were recorded by earlier runs."""
        first = self.orders.first if report == "USAGE" else later(self.orders.last, -(MOST_DAYS - 1))
        try:
            placed = order(self.client, report, first, self.orders.last)
        except Failed as failed:
            self._give_up(report, failed)
        else:
            self.placed.add(report)
            self._remember({**self._ids(), report: placed.id})

    def _give_up(self, report: Report, failed: Failed) -> None:
        """Go on without an export that is not needed. Raises the error of one that is."""
        self._remember({key: number for key, number in self._ids().items() if key != report})
        if report in _NEEDED:
            raise failed
        message = f"no {_KINDS[report]} export by API: {failed}"
        self.findings.append(Finding("SOURCE010", Severity.WARNING, message, None, _BY_HAND))

    def _awaited(self) -> dict[Report, OrderedExport]:
        """Fetch each export when it is ready, as its links do not live long. Raises Failed if that takes too long."""
        waited = 0.0
        ready: dict[Report, OrderedExport] = {}
        for pause in chain(_PAUSES, repeat(_LONG_PAUSE)):
            for report, found in self._ready(ready):
                try:
                    self._download(report, found)
                except Failed as failed:
                    if report in _NEEDED:
                        raise  # the next run tries it again
                    self._give_up(report, failed)
                else:
                    ready[report] = found
            total = len(self._ids())
            self.source.reached(len(ready), total)
            if len(ready) == total:
                return ready
            if waited >= PATIENCE:
                break
            self.client.wait(pause)
            waited += pause
        waits = listed([_KINDS[report] for report in _KINDS if report in self._ids() and report not in ready])
        reason = (
            f"after {PATIENCE / 60:g} minutes there is no {waits} export; the next refresh waits for the same orders"
        )
        raise Failed(self.client.base, reason)

    def _ready(self, known: Mapping[Report, OrderedExport]) -> Iterator[tuple[Report, OrderedExport]]:
        """Yield the exports that are ready now. Those of an earlier run that failed are ordered again."""
        for report in [each for each in _KINDS if each in self._ids() and each not in known]:
            number = self._ids()[report]
            found = export(self.client, number)
            if found is not None and found.is_ready:
                yield report, found
            elif found is None or found.has_failed:
                if report not in self.placed:
                    self._place(report)
                else:
                    state = "is unknown" if found is None else f"ended as {found.status}"
                    self._give_up(report, Failed(self.client.base, f"the order of the {_KINDS[report]} export {state}"))

    # Files

    def _download(self, report: Report, ready: OrderedExport) -> None:
        """Fetch the files of an export, with fresh links if one has died. Raises Failed, and then none is there."""
        for number in range(1, _ROUNDS + 1):
            try:
                return self._fetch(report, ready.links)
            except Failed as failed:
                again = export(self.client, ready.id)
                if number == _ROUNDS or again is None or not again.is_ready:
                    raise failed from None
                ready = again
        raise AssertionError("there is no round")

    def _fetch(self, report: Report, links: Sequence[str]) -> None:
        """Fetch files, and keep those that are what was ordered. Raises Failed, and then none is there."""
        days = f"-{self.orders.first}-{self.orders.last}" if report == "USAGE" else ""
        stem, paths = f"{report.lower().replace('_', '-')}{days}", list[Path]()
        try:
            for number, link in enumerate(links, 1):
                name = f"{stem}.csv" if number == 1 else f"{stem}-{number}.csv"
                paths.append(self.files.save(name, self.client.download(link)))
            _keep_ordered(paths, _KINDS[report], self.client.base)
        except Failed:
            for path in paths:
                path.unlink()
            raise


def _keep_ordered(paths: Sequence[Path], kind: ExportKind, url: str) -> None:
    """Remove files that are not the export that was ordered, such as a table of its filters, and second copies.

    If none is an export, all stay: reading them tells what is wrong. Raises Failed if they are of another kind.
    """
    kept: set[str] = set()
    others: list[Path] = []
    kinds: list[ExportKind] = []
    for path in paths:
        raw = path.read_bytes()
        read, digest = read_export(raw, path.name), sha256(raw).hexdigest()
        if isinstance(read, Export):
            kinds.append(read.kind)
        if isinstance(read, Export) and read.kind == kind and digest not in kept:
            kept.add(digest)
        else:
            others.append(path)
    if kinds and not kept:
        raise Failed(url, f"a {kinds[0]} export came instead of the {kind} export")
    for path in others if kept else ():
        path.unlink()
