"""A look at the real account: what the sources show, compared with the mirror, and what is to be recorded of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from seatsync.account.actions.effects import Refused
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import CHANGES_ADDRESS, RENAMES, RENAMES_TEAM
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.history import same
from seatsync.account.model import Account, Change, user_values
from seatsync.account.unknowns import Unknown
from seatsync.declaration.declared import Declaration
from seatsync.finding import Finding, Severity, in_order
from seatsync.portal.export_rows import ChangeOrigins
from seatsync.portal.knowledge import ASSUMED_AS_DECLARED, Journal, Knowledge, Look, Mirror, renamed, teams_of
from seatsync.portal.natural_steps import NaturalStep, natural_steps
from seatsync.portal.observation import (
    OF_MEMBERS,
    Contact,
    Coverage,
    Kind,
    Moment,
    Observation,
    Purchase,
    combined,
    stopping,
    strangers,
)
from seatsync.portal.observed_account import Reading, read_observations
from seatsync.portal.remembered import facts_of
from seatsync.portal.settled_cases import (
    Cell,
    Shown,
    cells_of,
    done_cases,
    in_force,
    judged_cases,
    rename_shown,
    renamed_back,
)
from seatsync.portal.source_checks import (
    BY_API,
    Limits,
    about_used,
    differing_pools,
    emptied_products,
    in_age,
    newer_sources,
    not_mentioned,
    other_account,
    too_many_gone,
)
from seatsync.portal.sources.filling import completed, with_api
from seatsync.reading.plain_text import shown as quoted
from seatsync.targets.target import Case, Observed, State


class SourceUse(NamedTuple):
    """A source: its moment, the kinds of facts and teams that it covers, and those for which it was used."""

    source: str
    moment: Moment | None
    covers: tuple[Coverage, ...]
    used: tuple[Coverage, ...] = ()


@dataclass(frozen=True, slots=True)
class Refreshed:
    """The result of a look.

    `changes` are in the order in which they are recorded. `closed` are open cases that the look showed, with the
    source; `seen` confirmed ones; `reopened` those that it contradicts. `differently` are open cases of which it showed
    something else than they ask for. `not_mentioned` are known teams that the newest sources do not mention. `record`
    is the new record of the mirror. `stopped`: errors among the findings, so that nothing is recorded.
    """

    sources: tuple[SourceUse, ...] = ()
    changes: tuple[Observed, ...] = ()
    closed: Mapping[str, str] = field(default_factory=dict)
    seen: Mapping[str, str] = field(default_factory=dict)
    reopened: Mapping[str, str] = field(default_factory=dict)
    differently: tuple[str, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    not_mentioned: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    record: str = ""
    stopped: bool = False

    @property
    def has_errors(self) -> bool:
        """Return True if any finding is an error."""
        return any(finding.severity is Severity.ERROR for finding in self.findings)


def look(
    state: State,
    knowledge: Knowledge,
    journal: Journal,
    observations: Sequence[Observation],
    found: Iterable[Finding],
    limits: Limits,
    declared: Declaration | None = None,
) -> Refreshed:
    """Compare sources with a mirror. `declared` is needed before the first look only, to recognise other accounts."""
    acts = _acts(state, knowledge)
    if knowledge.written or any(each.by_api for each in observations):
        mirror = Mirror(state.account, knowledge)
        changing = [case.step for case in state.cases if case.step.action in CHANGES_ADDRESS]
        moving = {identity(step.text("user")) or "": identity(step.text("to")) or "" for step in changing}
        observations = completed(observations, mirror, facts_of(mirror), acts, limits, moving)
    chosen, contradictions = combined(observations, state.account.teams)
    usable, aged = in_age(chosen, knowledge, limits)
    findings = [*about_used(found, observations, chosen), *contradictions, *aged]
    uses = tuple(SourceUse(each.source, each.moment, tuple(sorted(each.facts))) for each in observations)
    people: dict[str, dict[str, list[str]]] = {}  # by source and team
    for (kind, team), source in chosen.items():
        if kind == "people":
            named = BY_API if source.by_api else source.source
            people.setdefault(named, {})[team] = [key[0] for key in source.facts[kind, team]]
    if not stopping(findings):
        if not people and not state.account.teams:
            hint = "download the users export into the folder"
            findings.append(Finding("SOURCE001", Severity.ERROR, "no users export has people in it", None, hint))
        each_foreign = (other_account(*each, state, declared) for each in sorted(people.items()))
        foreign = next((each for each in each_foreign if each is not None), None)
        if foreign is not None and ("users", foreign[0]) in limits.allow:
            limits = limits._replace(allow=tuple(each for each in limits.allow if each != ("users", foreign[0])))
        elif foreign is not None:
            findings.append(foreign[1])
    if stopping(findings):
        return Refreshed(uses, findings=tuple(in_order(findings)), stopped=True)
    fresh, passed_over = newer_sources(usable, knowledge, acts, limits.clock, state.account.teams)
    comparison = _Comparison(state, replace(knowledge, acts=acts), fresh, limits)
    result = comparison.result(journal)
    findings += [*passed_over, *result.findings]
    if stopping(findings):
        return Refreshed(uses, findings=tuple(in_order(findings)), stopped=True)
    missing = not_mentioned(observations, state.account.teams, acts, limits.clock)
    used = {each.source: tuple(about for about, source in fresh.items() if source is each) for each in observations}
    return replace(
        result,
        sources=tuple(use._replace(used=used[use.source]) for use in sorted(uses, key=lambda use: use.source)),
        not_mentioned=tuple(sorted(missing - comparison.renamed_teams)),
        findings=tuple(in_order(findings)),
    )


def _acts(state: State, knowledge: Knowledge) -> dict[str, str]:
    """Return the last act in each team: also the opening of a case that is open."""
    acts = dict(knowledge.acts)
    for case in state.cases:
        for team in teams_of(case.step, state.account):
            acts[team] = max(acts.get(team, ""), case.opened_at)
    return acts


class _Comparison:
    """The mirror, changed step by step into what the sources show."""

    def __init__(self, state: State, knowledge: Knowledge, fresh: dict[Coverage, Observation], limits: Limits) -> None:
        self.state, self.knowledge, self.fresh, self.limits = state, knowledge, fresh, limits
        self.account = state.account.copy()
        self.changes: list[Observed] = []
        self.closed: dict[str, str] = {}
        self.seen: dict[str, str] = {}
        self.reopened: dict[str, str] = {}
        self.findings: list[Finding] = []
        self.renamed_teams: set[str] = set()

    def result(self, journal: Journal) -> Refreshed:
        """Return the result, without what concerns the sources."""
        self._renames()
        reading = self._read()
        self.findings += reading.state.findings
        after = reading.state.account
        shown, origins = Shown(after, self.fresh), ChangeOrigins(self.fresh)
        for case, rows, source in done_cases(self.account, self._open(), shown, self.limits.clock):
            self._close(case, tuple(_as_shown(row, self.account, after) for row in rows), source)
        back = self._contradicted(shown, journal)
        rest = self._natural(natural_steps(self.account, after), shown, back, origins)
        held = self.account.copy()
        for each in rest:
            if each.case is not None:  # only what it takes away matters, and the rest may belong to something new
                held.change(row for row in each.rows if row.old is not None)
        for key, sub in self.account.subscriptions.items():
            look = self.knowledge.looks.get(("subscriptions", sub.team or ""))
            if look is not None and look.source == ASSUMED_AS_DECLARED:  # no source ever showed it
                held.subscriptions.pop(key, None)
        if not stopping(self.findings):  # of what cannot be read nothing is known, so nothing is gone
            gone = [*too_many_gone(held, after, self.fresh, self.limits)]
            self.findings += gone
            self.findings += [] if stopping(gone) else emptied_products(held, after, self.fresh, self.limits)
            self.findings += differing_pools(after, self.fresh, self.knowledge, self.limits.clock.day)
        self.changes += rest
        return Refreshed(
            changes=tuple(self.changes),
            closed=self.closed,
            seen=self.seen,
            reopened=self.reopened,
            differently=tuple(self._differently(shown)),
            unknown=reading.state.unknown,
            findings=tuple(self.findings),
            record=self._record(reading),
        )

    def _read(self) -> Reading:
        """Return the mirror with what the sources show, without what does not go with what is only remembered."""
        mirror = Mirror(self.account.copy(), self.knowledge)
        known = facts_of(mirror)
        for finding, abouts in strangers({**known, **self.fresh}):
            self.findings.append(finding)
            self._withhold("groups", *(kind for kind, _ in abouts), team=abouts[0][1])
        while True:
            chosen = dict(sorted({**known, **self.fresh}.items()))
            reading = read_observations(chosen, None, self.limits.clock.day, mirror)
            teams = {dict(each.things).get("team", "") for each in stopping(reading.state.findings)}
            # The primary admin left, and who has the role now is withheld, so that is the rest, too.
            torn = sorted(
                team for team in teams if ("people", team) in self.fresh and ("roles", team) not in self.fresh
            )
            if not torn:
                return reading
            for team in torn:
                self._withhold("people", *OF_MEMBERS, team=team)

    def _withhold(self, *kinds: Kind, team: str) -> None:
        kinds = (*kinds, *OF_MEMBERS) if "people" in kinds else kinds
        for kind in kinds:
            self.fresh.pop((kind, team), None)

    def _open(self) -> list[Case]:
        return [case for case in self.state.cases if case.id not in self.closed]

    def _close(self, case: Case, rows: tuple[Change, ...], source: str) -> None:
        self.account.change(rows)
        self.changes.append(Observed(case.step, rows, source, case.id))
        self.closed[case.id] = source

    def _renames(self) -> None:
        """Carry out the renames that are shown, and take confirmed ones back that are not."""
        for case in self.state.cases:
            source = rename_shown(case.step, self.fresh)
            rows = () if source is None else attempt(self.account, case.step, self.limits.clock)
            if source is not None and not isinstance(rows, Refused):
                self._rename(case.step, source)
                self._close(case, tuple(map(_undated, rows)), source)
        for case in self.state.confirmed:
            if case.step.action not in RENAMES:
                continue
            source, back = rename_shown(case.step, self.fresh), renamed_back(case.step, self.account)
            missing = None if back is None else rename_shown(back, self.fresh)
            rows = () if back is None or missing is None else attempt(self.account, back, self.limits.clock)
            if source is not None:
                self.seen[case.id] = source
            elif back is not None and missing is not None and not isinstance(rows, Refused):
                self._rename(back, missing)
                self.account.change(rows)
                self.changes.append(Observed(back, rows, missing, case.id))
                self._reopen(case, missing)

    def _rename(self, step: Step, source: str) -> None:
        """Use the new name from now on; what an older source shows of a team with the old name is not used."""
        self.knowledge = renamed(self.knowledge, step)
        if step.action in RENAMES_TEAM:
            old = step.scope.name
            self.renamed_teams.add(old)
            moment = next(each.moment for each in self.fresh.values() if each.source == source)
            if moment is not None:
                self.knowledge = replace(self.knowledge, acts={**self.knowledge.acts, old: moment.as_text()})
            self.fresh = {about: each for about, each in self.fresh.items() if about[1] != old}

    def _contradicted(self, shown: Shown, journal: Journal) -> dict[Cell, str]:
        """Mark confirmed cases as seen or contradicted; return what the latter changed, with their ids."""
        waiting = [case for case in self.state.confirmed if case.step.action not in RENAMES]
        history = journal(0) if waiting else ()
        renames = [each.step for each in self.changes if each.step.action in RENAMES]
        back: dict[Cell, str] = {}
        for case, cells, is_shown, source in reversed([*judged_cases(self.account, waiting, shown, history, renames)]):
            if is_shown:
                self.seen[case.id] = source
            else:
                self._reopen(case, source)
                back |= dict.fromkeys(cells, case.id)
        return back

    def _reopen(self, case: Case, source: str) -> None:
        self.reopened[case.id] = source
        where = f" in {case.step.scope.kind} {quoted(case.step.scope.name)}" if case.step.scope.name else ""
        message = (
            f"{case.id}{where} was confirmed {case.closed_at}, but {source} does not show its effect;"
            " the case is open again"
        )
        hint = "look in the portal whether it was done, and confirm it again or do it"
        self.findings.append(Finding("SOURCE008", Severity.WARNING, message, None, hint))

    def _natural(
        self, steps: Sequence[NaturalStep], shown: Shown, back: Mapping[Cell, str], origins: ChangeOrigins
    ) -> list[Observed]:
        """Return the remaining changes: some take contradicted cases back, others are what an open case asks for."""
        asked = {same(case.step): case.id for case in self._open()} if self.state.cases else {}
        found = []
        for step, rows in steps:
            cells = cells_of(rows) if asked or back else {}
            case = next((back[cell] for cell in cells if cell in back), None)
            wanted = asked.get(same(step)) if asked and case is None else None
            if wanted is not None:
                verdicts = [shown.verdict(cell, value) for cell, value in cells.items()]
                if verdicts and all(each.shown for each in verdicts):
                    case = wanted
                    self.closed[wanted] = min(each.source for each in verdicts)
            found.append(Observed(step, rows, origins.of(rows), case))
        return found

    def _differently(self, shown: Shown) -> Iterator[str]:
        """Yield the open cases of which the look shows something that is neither as before nor as requested.

        What another case asked for is no difference: the open one may build on it.
        """
        changed = {cell for each in self.changes if each.case is None for cell in cells_of(each.rows)}
        for case in self._open():
            rows = attempt(self.account, case.step, self.limits.clock)
            for cell, value in () if isinstance(rows, Refused) else cells_of(rows).items():
                is_another = cell in changed and not in_force({cell: value}, shown.account)
                if is_another and shown.verdict(cell, value).shown is False:
                    yield case.id
                    break

    def _record(self, reading: Reading) -> str:
        """Return the new record; the present one if nothing in it would change but what can be found out again."""
        before, unplaced = self.knowledge, reading.unplaced
        teams = {"", *reading.state.account.teams, *(team for team, _ in unplaced.values())}
        looks = {about: Look(source.source, source.moment) for about, source in self.fresh.items()}
        looks = {about: look for about, look in {**before.looks, **looks}.items() if about[1] in teams}
        acts = dict(before.acts)
        serial = (self.state.account.serial or 0) + len(self.changes)
        now = replace(
            with_api(before, reading.state.account, self.fresh, self.limits.clock.stamp),
            looks=looks,
            marks=reading.marks,
            acts=acts,
            unplaced=unplaced,
            contacts=self._contacts(reading),
            serial=serial,
            group_types=reading.state.group_types,
        )
        known = Knowledge.from_text(self.state.mirror or "")
        same_as_before = replace(known, acts=acts, serial=serial) == now and not self.changes
        return (self.state.mirror or "") if same_as_before else now.as_text()

    def _contacts(self, reading: Reading) -> dict[str, Contact]:
        known = {**reading.state.account.subscriptions, **reading.unplaced}
        facts = [fact for (kind, team), each in self.fresh.items() for fact in each.facts[kind, team].items()]
        found = {key[0]: fact.value.contact for key, fact in facts if isinstance(fact.value, Purchase)}
        contacts = {**self.knowledge.contacts, **found}
        return {key: contact for key, contact in contacts.items() if key in known and any(contact)}


def _as_shown(row: Change, account: Account, shown: Account) -> Change:
    """Return a row about a person as the sources show them, not as they would be if they were invited now.

    The names of somebody new are those of the step, which a later case may change.
    """
    user = row.key[0]
    if row.table != "user" or row.new is None or user not in shown.users:
        return row
    values = user_values(shown.users[user])
    if row.old is None or user not in account.users:
        return row._replace(new=(values[0], *row.new[1:3], *values[3:]))
    before = user_values(account.users[user])
    email = before[0] if row.new[0] == row.old[0] else row.new[0]
    return row._replace(old=before, new=(email, *row.new[1:4], *values[4:]))


def _undated(row: Change) -> Change:
    """Return a row without the time of an invitation, which no source shows."""
    if row.table != "user" or row.new is None or row.new[3] != "pending":
        return row
    return row._replace(new=(*row.new[:4], None, *row.new[5:]))
