"""The extent of a plan: what is managed, what is ignored, and what a plan limited to teams or an actor leaves out.

An error leaves out the team or contract it is located in, with its subscriptions. It stops the whole plan if that is
unknown, if it concerns people or the project file, or if its extent cannot be determined.
"""

from __future__ import annotations

import fnmatch
import re
from bisect import bisect_right
from collections.abc import Container, Iterable, Iterator
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from seatsync.account.history import NO_PEOPLE, TrackedPeople
from seatsync.account.model import NOBODY, Scope, Subscription
from seatsync.account.things import CompactSet
from seatsync.declaration.declared import Declaration, DeclaredSubscription, Mention, People
from seatsync.declaration.files import PROJECT_FILE
from seatsync.declaration.project_values import Policy
from seatsync.finding import Finding, Location, Severity, has_errors
from seatsync.planning.difference.directories import Directories
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
    keep groups and people of some teams (None: of no team). `uncertain` is what nobody knows about the account.
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
        self._users = _any_of(pattern.casefold() for pattern in policy.ignore_users)
        self._teams = _any_of(policy.ignore_teams)

    def prunes(self, kind: str) -> bool:
        """Return True if undeclared things of a kind are removed: seats, admins, groups, leavers, members or teams."""
        return kind in self.policy.prune

    def ignores_user(self, user: str) -> bool:
        """Return True if the policy ignores a person: nothing about them changes."""
        return self._users is not None and self._users.match(user) is not None

    def ignores_team(self, team: str) -> bool:
        """Return True if the policy ignores a team: nothing in it changes, and plans do not list it."""
        return self._teams is not None and self._teams.match(team) is not None

    def covers_team(self, team: str) -> bool:
        """Return True if this run may change a team."""
        return self.shows_team(team) and ("team", team) not in self.excluded

    def shows_team(self, team: str) -> bool:
        """Return True if plans of this run may name a team, even one that is left out."""
        hidden = team in self.unseen_teams or self.ignores_team(team)
        return not hidden and (self.teams is None or team in self.teams)

    def holder_of(self, declared: str | None, actual: str) -> str:
        """Return the holder of an exclusive role: the declared one, unless either of the two is ignored."""
        if declared is None or self.ignores_user(declared) or self.ignores_user(actual):
            return actual
        return declared

    def holder(
        self, role: str, where: str, declared: Mention | None, actual: str, things: Thing
    ) -> tuple[str, tuple[Finding, ...]]:
        """Return the holder of an exclusive role as `holder_of` does, and STEP008 if an ignored person retains it."""
        user = declared.user if declared is not None else None
        retained = declared is not None and user != actual and self.ignores_user(actual)
        findings = (
            (retained_by_ignored(role, where, declared, actual, things),) if declared is not None and retained else ()
        )
        return self.holder_of(user, actual), findings

    def covers_contract(self, number: str) -> bool:
        """Return True if this run may change a contract."""
        unseen = number in self.unseen_contracts or ("contract", number) in self.excluded
        return self.teams is None and not unseen

    def covers(self, scope: Scope) -> bool:
        """Return True if this run may change a team or contract."""
        return self.covers_team(scope.name) if scope.kind == "team" else self.covers_contract(scope.name)

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

    def settle(
        self, kind: str, declared: set[str], elapsed: set[str], actual: AbstractSet[str]
    ) -> tuple[AbstractSet[str], set[str]]:
        """Return the people who should be in a relation, and those among them who are unmanaged.

        `declared` are the people listed on the day. Those listed only on other days (`elapsed`) are removed even if
        the kind is not pruned.
        """
        if declared == actual:
            return actual, set()
        extra = set(actual - declared)
        ignored = {user for user in extra if self.ignores_user(user)} if self._users else set()
        unmanaged = set() if self.prunes(kind) else extra - ignored - elapsed
        if self._users:
            declared = {user for user in declared if user in actual or not self.ignores_user(user)}
        return CompactSet(declared | ignored | unmanaged), unmanaged

    def settle_members(
        self, scope: Scope, declared: set[str], elapsed: set[str], actual: AbstractSet[str]
    ) -> tuple[AbstractSet[str], set[str]]:
        """Return the people who should be members of a scope, and the unmanaged ones, like `settle`.

        If `leavers` are pruned and `members` are not, only people who were declared in the scope before are removed.
        """
        if self.prunes("leavers") and not self.prunes("members") and declared != actual:
            elapsed = elapsed | (self.tracked.get(scope, NOBODY) & actual) - declared
        return self.settle("members", declared, elapsed, actual)


def retained_by_ignored(role: str, where: str, declared: Mention, holder: str, things: Thing) -> Finding:
    """Return STEP008: an ignored person holds an exclusive role, so the declared person cannot get it."""
    hint = f"remove {holder} from `policy.ignore.users`"
    if role != "contract manager":  # declaring none is ROLE004 or CLASSIC001
        hint += ", or declare nobody for the role to leave it unchanged"
    return Finding(
        "STEP008",
        Severity.WARNING,
        f"{declared.written} cannot become {role} of {where}: the policy ignores its present {role}, {holder}",
        declared.at,
        hint,
        things=(*things, ("user", declared.user)),
    )


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


def listed_on_other_days(people: Iterable[People], declared: set[str]) -> set[str]:
    """Return the people in lists with dates who are not among those `declared` on the day."""
    return {user for listed in people if listed.days for user in listed.ids if user} - declared


def clause(sentence: str) -> str:
    """Return a message of the engine in the style of findings: no leading capital, no full stop."""
    first, _, rest = sentence.removesuffix(".").partition(" ")
    return f"{first.lower() if first.istitle() and '@' not in first else first} {rest}".strip()


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    translated = [fnmatch.translate(pattern) for pattern in patterns]
    return re.compile("|".join(translated)) if translated else None


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
            lists = (contract.support, contract.members, *contract.users.values(), *contract.services.values())
            found.update(*(people.on(day) for people in lists))
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
        if at.file == PROJECT_FILE or at.file.lower().endswith(".csv"):
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
