"""The sources of a project's portal, as its file and the options of a refresh choose them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeAlias

from seatsync.account.model import Account
from seatsync.account.usage import UsageSource
from seatsync.clock import Clock, time_zone
from seatsync.commands.shared.console import Console
from seatsync.commands.shared.options import RefreshOptions
from seatsync.commands.shared.real_account.call_progress import CallProgress
from seatsync.declaration.declared import Project
from seatsync.declaration.project_values import Portal, TeamAdmin
from seatsync.errors import WrongUsage
from seatsync.finding import Finding, in_order
from seatsync.portal.call_estimate import pages
from seatsync.portal.observation import Moment, Observation, stopping
from seatsync.portal.sources.exports import Exports
from seatsync.portal.usage_checks import first_day_to_fetch, last_plausible_day
from seatsync.reading.tree import collector_paused

Observed: TypeAlias = tuple[list[Observation], list[Finding]]


@dataclass(frozen=True)
class PortalSources:
    """The sources of a portal. `known` is the account before, and `recorded` returns the files with usage so far."""

    console: Console
    project: Project
    portal: Portal
    options: RefreshOptions
    store_url: str
    known: Account
    clock: Clock
    recorded: Callable[[], tuple[UsageSource, ...]]

    def observe(self) -> Observed:
        """Read the sources, up to the first with an error: then nothing is recorded anyway."""
        observations: list[Observation] = []
        findings: list[Finding] = []
        for read in self._chosen():
            teams = {team for each in observations for kind, team in each.facts if kind == "people"}
            seen, found = read(tuple(sorted(teams.union(self.known.teams))))
            observations += seen
            findings += found
            if stopping(findings):
                break
        return observations, in_order(findings)

    def _chosen(self) -> Iterator[Callable[[tuple[str, ...]], Observed]]:
        """Yield the functions that read a source each; they take the teams that are known by then.

        Exports of groups need not name their team, so they come after those of Insights. The Team Admin API, which is
        the fastest, comes last. `--exports` reads these exports alone.
        """
        if self.options.exports is None and self.portal.insights:
            yield self._insights
        if self.options.exports is not None or self.portal.exports:
            yield self._exports
        elif not self.portal.insights and self.portal.team_admin is None:
            raise WrongUsage("the portal has no `exports`; name their folder in seatsync.yaml, or with --exports DIR")
        if (
            self.options.exports is None
            and self.portal.team_admin is not None
            and self._has_ids(self.portal.team_admin)
        ):
            yield self._team_admin

    def _exports(self, teams: tuple[str, ...]) -> Observed:
        given, exported = self.options.exports, self.options.exported
        moment = None if exported is None else moment_of(exported, self.clock.zone)
        about = (not self.console.environment.get("CI"), moment)
        rest = (teams, last_plausible_day(self.clock))
        source = Exports(self.project.root, "", *about, self.portal.exports, *rest)
        if given is not None:
            source = Exports(self.console.path(given), Path(given).as_posix(), *about, (), *rest)
        typed = tuple(each.team for each in self.portal.directory_sync if not each.groups)
        with self.console.phase("sources", "reading the exports"), collector_paused():
            return replace(source, typed_teams=typed).observe()

    def _has_ids(self, api: TeamAdmin) -> bool:
        """Return True if ids of teams are known. Raises WrongUsage if nothing else can be read."""
        if not api.teams and not self.portal.exports and not self.portal.insights:
            raise WrongUsage("`portal.team_admin` has no ids of teams; `seatsync login` writes them")
        return bool(api.teams)

    def _team_admin(self, known: tuple[str, ...]) -> Observed:
        """Read the teams whose ids are in the project file."""
        from seatsync.commands.shared.real_account.signing_in import (  # noqa: PLC0415
            allowance_minute,
            team_admin_client,
        )
        from seatsync.portal.sources.team_admin_source import TeamAdminSource  # noqa: PLC0415

        ids = () if self.portal.team_admin is None else self.portal.team_admin.teams
        doing = "reading the Team Admin API"
        teams = [self.known.teams[name] for name, _ in ids if name in self.known.teams]
        active = {user for user, person in self.known.users.items() if person.status == "active"}
        members = {name: team.members & active for name, team in self.known.teams.items()}
        calls = [pages(len(team.members)) + 2 for team in teams]  # most teams have one page of pools
        calls += [1] if calls else []  # the list of teams
        with self.console.phase("team admin", doing) as task:
            minute = allowance_minute(self.console)
            progress = CallProgress(lambda words: task.show(f"{doing}: {words}"), calls, self.console.seconds, minute)
            with team_admin_client(self.console, self.project, self.store_url, progress) as client:
                return TeamAdminSource(client, ids, self._present, known, members).observe()

    def _present(self) -> datetime:
        """Return the present; with `--at`, the end of that day: an API shows what is after all that was done."""
        if self.options.day is None:
            return self.console.now()
        last = time.max.replace(microsecond=0, tzinfo=time_zone(self.clock.zone))
        return datetime.combine(date.fromisoformat(self.options.day), last)

    def _insights(self, teams: tuple[str, ...]) -> Observed:
        """Fetch and read the exports that Insights yields. The library of the vendor's APIs is only needed here."""
        from seatsync.commands.shared.real_account.signing_in import api_client  # noqa: PLC0415
        from seatsync.portal.sources.insights_source import Insights  # noqa: PLC0415
        from seatsync.vendor.settings import INSIGHTS_URL  # noqa: PLC0415

        about = (self.project.root, self.clock, first_day_to_fetch(self.recorded(), self.clock.day), teams)
        client = api_client(self.console, self.project, INSIGHTS_URL)
        with client, self.console.phase("insights", "waiting for exports") as task:
            return Insights(client, *about, last_plausible_day(self.clock), task.reached).observe()


def moment_of(text: str, zone: str) -> Moment:
    """Return the moment of `--exported`: a day, or an instant, in the account's time zone if it has none."""
    moment = datetime.fromisoformat(text)
    if len(text) <= len("2026-11-21"):
        return Moment(moment.date().isoformat())
    there = moment if moment.tzinfo is not None else moment.replace(tzinfo=time_zone(zone))
    return Moment(there.astimezone(time_zone(zone)).date().isoformat(), there.astimezone(UTC))
