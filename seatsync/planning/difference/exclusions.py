"""The extent of a plan: what is managed, what is ignored, and what a plan limited to teams or an actor leaves out.

An error leaves out the team or contract it is located in, with its subscriptions. It stops the whole plan if that is
unknown, if it concerns people or the project file, or if its extent cannot be determined.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping
from typing import NamedTuple

from seatsync.account.history import NO_PEOPLE, TrackedPeople
from seatsync.account.model import Scope, Subscription
from seatsync.declaration.declared import Declaration, DeclaredSubscription
from seatsync.declaration.files import PROJECT_FILE, is_csv
from seatsync.declaration.project_values import Policy
from seatsync.finding import Finding, Location, Severity, has_errors
from seatsync.planning.difference.directories import Directories
from seatsync.planning.difference.scope_authority import ScopeAuthority
from seatsync.planning.difference.uncertain import Uncertain
from seatsync.planning.plan import Excluded, Plan
from seatsync.reading.tree import YamlMap

Thing = tuple[tuple[str, str], ...]
"""A named thing of the account, as plans list it: (("team", "design"), ("user", "zoe@acme.example"))."""


class Authority:
    """The scopes and people that a run may change, by policy, limits and visibility.

    `teams` limits the run to these and to no contract (None: no limit). Unseen scopes and those in `excluded` (teams,
    contracts and subscriptions by kind and name) stay unchanged. Subscriptions in unseen teams are covered if their
    contract manager is the `actor`. `tracked` holds the people declared in each scope by earlier applies. `directories`
    keep groups and people of some teams (None: of no team). `own` are the teams, by present and former name, and
    contracts with a `prune` or `ignore` of their own. `uncertain` is what nobody knows about the account.
    """

    def __init__(
        self,
        policy: Policy,
        teams: frozenset[str] | None,
        unseen_teams: frozenset[str],
        unseen_contracts: frozenset[str],
        actor: str | None,
        tracked: TrackedPeople = NO_PEOPLE,
        excluded: frozenset[tuple[str, str]] = frozenset(),
    ) -> None:
        self.policy = policy
        self.teams = teams
        self.unseen_teams = unseen_teams
        self.unseen_contracts = unseen_contracts
        self.actor = actor
        self.tracked = tracked
        self.excluded = excluded
        self.directories: Directories | None = None
        self.uncertain = Uncertain()
        self.general = ScopeAuthority(policy)
        self.own: Mapping[Scope, ScopeAuthority] = {}

    def within(self, scope: Scope) -> ScopeAuthority:
        """Return what may change in a team or contract."""
        return self.own.get(scope, self.general)

    def ignores_team(self, team: str) -> bool:
        """Return True if the policy ignores a team: nothing in it changes, and plans do not list it."""
        return self.policy.ignore.team(team)

    def covers_team(self, team: str) -> bool:
        """Return True if this run may change a team."""
        return self.shows_team(team) and ("team", team) not in self.excluded

    def shows_team(self, team: str) -> bool:
        """Return True if plans of this run may name a team, even one that is left out."""
        hidden = team in self.unseen_teams or self.ignores_team(team)
        return not hidden and (self.teams is None or team in self.teams)

    def covers_contract(self, number: str) -> bool:
        """Return True if this run may change a contract."""
        unseen = number in self.unseen_contracts or ("contract", number) in self.excluded
        return self.teams is None and not unseen

    def covers(self, scope: Scope) -> bool:
        """Return True if this run may change a team or contract."""
        return self.covers_team(scope.name) if scope.kind == "team" else self.covers_contract(scope.name)

    def governs(self, scope: Scope, user: str) -> bool:
        """Return True if this run may change a team or contract, and does not ignore a person there."""
        return self.covers(scope) and not self.within(scope).ignores_user(user)

    def covers_subscription(self, key: str, joins: str | None, now: Subscription | None) -> bool:
        """Return True if this run may change a subscription from its state `now`; `joins` is its declared team."""
        concerned = {("team", joins), ("team", now.team if now is not None else joins), ("subscription", key)}
        if concerned & self.excluded:
            return False
        if now is not None and now.contract_manager == self.actor and self.teams is None:
            return not any(team is not None and self.ignores_team(team) for team in (joins, now.team))
        teams = {joins, now.team if now is not None else joins} - {None}
        if not teams:
            return self.teams is None and self.actor is None
        return all(team is not None and self.covers_team(team) for team in teams)


def vendor_only(subject: str, column: str, now: object, goal: object, at: Location, things: Thing) -> Finding:
    """Return STEP007: a declared attribute differs from the account, and only the vendor can change it."""
    return Finding(
        "STEP007",
        Severity.ERROR,
        f"{column} of {subject} is {now} in the account but {goal} in the files; only the vendor can change it",
        at,
        "declare the value from the account, or have the vendor change it first",
        "S4",
        things=things,
    )


def clause(sentence: str) -> str:
    """Return a message of the engine in the style of findings: no leading capital, no full stop."""
    first, _, rest = sentence.removesuffix(".").partition(" ")
    return f"{first.lower() if first.istitle() and '@' not in first else first} {rest}".strip()


_UNREADABLE = ("YAML", "SCHEMA")
_OWN = "POLICY1"
_SCOPES = frozenset({"team", "contract", "subscription"})
_Scope = tuple[str, str]


class Exclusions(NamedTuple):
    """Errors that stop a plan, the scopes that other errors leave out of it, and those other errors."""

    stopping: tuple[Finding, ...]
    excluded: tuple[Excluded, ...]
    excluding: tuple[Finding, ...]


def exclusions(
    declared: Declaration,
    findings: Iterable[Finding],
    of_repository: Container[str],
    teams: Iterable[str] = (),
    *,
    strict: bool = False,
) -> Exclusions:
    """Classify the errors of the files by their effect on the plan (`strict`: the warnings too).

    `of_repository` are the codes of rules about the repository as a whole, which stop every plan.
    `teams` limits the plan, and with it the scopes that can be left out.
    """
    index = _Index(declared)
    stopping: list[Finding] = []
    excluding: list[Finding] = []
    codes: dict[_Scope, set[str]] = {}
    wanted = {("team", name) for name in _with_new_names(declared, teams)}
    for finding in findings:
        if not has_errors([finding], strict=strict):
            continue
        scopes = set() if finding.code in of_repository else index.scopes_of(finding)
        if not scopes:
            stopping.append(finding)
            continue
        concerned = scopes & wanted if wanted else scopes
        if concerned:
            excluding.append(finding)
        for scope in sorted(concerned):
            codes.setdefault(scope, set()).add(finding.code)
    return Exclusions(tuple(stopping), _as_excluded(codes), tuple(excluding))


def also_excluded(
    declared: Declaration, known: Iterable[Excluded], findings: Iterable[Finding]
) -> tuple[Excluded, ...] | None:
    """Return `known` extended by the teams and contracts named in errors that were found against the account.

    None if that adds none.
    """
    codes = {(each.kind, each.name): set(each.findings) for each in known}
    before = codes.keys() | set()
    for finding in findings:
        if has_errors([finding]):
            for scope in sorted(_named(declared, finding)):
                codes.setdefault(scope, set()).add(finding.code)
    return _as_excluded(codes) if codes.keys() - before else None


def may_be_partial(plan: Plan) -> bool:
    """Return True if all errors concern single teams and contracts, so that the rest can be planned without them."""
    errors = [finding for finding in plan.findings if has_errors([finding])]
    some = all(_SCOPES & {kind for kind, _ in finding.things} for finding in errors)
    return bool(errors or plan.left_out) and some


def people_left_out(declared: Declaration, excluded: Container[_Scope], day: str) -> set[str]:
    """Return the people declared on a day in scopes that are left out."""
    found: set[str] = set()
    for team in declared.teams.values():
        if ("team", team.name) in excluded:
            found |= team.named_on(day)
    for sub in declared.subscriptions.values():
        if _scope_of(sub) in excluded and sub.contract_manager is not None:
            found.add(sub.contract_manager.user)
    for contract in declared.contracts.values():
        if ("contract", contract.number) in excluded:
            found.update(*(people.on(day) for people in contract.lists()))
            roles = (contract.contract_manager, contract.coordinator)
            found.update(mention.user for mention in roles if mention is not None)
    return found


def _as_excluded(codes: dict[_Scope, set[str]]) -> tuple[Excluded, ...]:
    return tuple(Excluded(kind, name, tuple(sorted(found))) for (kind, name), found in sorted(codes.items()))


def _with_new_names(declared: Declaration, teams: Iterable[str]) -> Iterator[str]:
    """Yield the names, and the new names of teams that are renamed from one of them."""
    for name in teams:
        yield name
        yield from (team.name for team in declared.teams.values() if name in team.renamed_from)


def _named(declared: Declaration, finding: Finding) -> set[_Scope]:
    """Return the teams and contracts a finding names; for a subscription its team, or itself if it has none."""
    scopes = {thing for thing in finding.things if thing[0] in {"team", "contract"}}
    for kind, name in finding.things:
        if kind == "subscription":
            sub = declared.subscriptions.get(name)
            scopes.add(("subscription", name) if sub is None else _scope_of(sub))
    return scopes


def _scope_of(sub: DeclaredSubscription) -> _Scope:
    return ("subscription", sub.id) if sub.team is None else ("team", sub.team)


class _Index:
    """Index of the places of teams, subscriptions, contracts and people in the files."""

    def __init__(self, declared: Declaration) -> None:
        self.declared = declared
        self.people = _distinct(user.section for user in declared.users.values())
        things: list[tuple[Location, YamlMap, _Scope]] = []
        things += [(team.at, team.node, ("team", team.name)) for team in declared.teams.values()]
        things += [(sub.at, sub.node, _scope_of(sub)) for sub in declared.subscriptions.values()]
        things += [(each.at, each.node, ("contract", each.number)) for each in declared.contracts.values()]
        self.things = sorted(things, key=lambda thing: _start(thing[0]))

    def scopes_of(self, finding: Finding) -> set[_Scope]:
        """Return the teams and contracts that an error leaves out; none if it stops the plan."""
        at = finding.location
        if finding.code.startswith(_OWN):
            return _named(self.declared, finding)
        if finding.code.startswith(_UNREADABLE) or (at is not None and self._is_of_all(at)):
            return set()
        scopes = set() if at is None else self._at(at)
        scopes = scopes or _named(self.declared, finding)
        if scopes and finding.code == "REF002":  # declared twice: the other declaration is affected as well
            for related in finding.related:
                scopes |= self._at(related.location)
        return scopes

    def _is_of_all(self, at: Location) -> bool:
        """Return True if a place is in the project file or among the people, who may be in any team."""
        if at.file == PROJECT_FILE or is_csv(at.file):
            return True
        return any(_within(section, at) for section in self.people)

    def _at(self, at: Location) -> set[_Scope]:
        """Return the scope declared at a place, or the one that contains the place."""
        rank = bisect_right(self.things, _start(at), key=lambda thing: _start(thing[0]))
        if not rank:
            return set()
        key, node, scope = self.things[rank - 1]
        return {scope} if key == at or _within(node, at) else set()


def _start(at: Location) -> tuple[str, int, int]:
    return (at.file, at.line, at.column)


def _distinct(sections: Iterable[YamlMap | None]) -> list[YamlMap]:
    return list({id(section): section for section in sections if section is not None}.values())


def _within(node: YamlMap, at: Location) -> bool:
    """Return True if a place is between the first key of a mapping and the end of its last value."""
    if node.file != at.file or node.lines is None or not node.marks:
        return False
    span = node.lines.span(node.marks[0], node.marks[-1])
    return (span.line, span.column) <= (at.line, at.column) <= (span.end_line, span.end_column)
