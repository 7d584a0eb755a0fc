"""The reach of a declaration: pruned kinds, ignored people and teams, and the scopes a run is limited to."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from seatsync.account.memory import NO_PEOPLE, TrackedPeople
from seatsync.account.model import NOBODY, Scope, Subscription
from seatsync.account.roster import CompactSet
from seatsync.declaration.declared import Mention, People, Policy
from seatsync.finding import Finding, Location, Severity

Thing = tuple[tuple[str, str], ...]
"""A named thing of the account, as plans list it: (("team", "design"), ("user", "zoe@acme.example"))."""


class Authority:
    """The scopes and people that a run may change, by policy, limits and visibility.

    `teams` limits the run to these and to no contract (None: no limit). Unseen scopes and those in `excluded` (teams,
    contracts and subscriptions by kind and name) stay unchanged. Subscriptions in unseen teams are covered if their
    contract manager is the `actor`. `tracked` holds the people declared in each scope by earlier applies.
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
        if team in self.unseen_teams or ("team", team) in self.excluded or self.ignores_team(team):
            return False
        return self.teams is None or team in self.teams

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
