"""What a declaration has a say in: pruned kinds, ignored people and teams, and the scopes a run is limited to."""

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
"""Something of the account by name, as the plan lists it: (("team", "design"), ("user", "zoe@acme.example"))."""


class Authority:
    """The say of the policy. `teams` limits it to these, and to no contract (None: to all). Unseen scopes stay as is.

    So does what is `excluded`: teams, contracts and subscriptions by kind and name. Of the subscriptions in unseen
    teams, those whose contract manager is the `actor` are covered all the same. `tracked` tells who was declared where
    by an earlier apply.
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
        """Whether what is undeclared of a kind (seats, admins, groups, leavers, members, teams) is taken away."""
        return kind in self.policy.prune

    def ignores_user(self, user: str) -> bool:
        """Whether a person is to be left exactly as they are."""
        return self._users is not None and self._users.match(user) is not None

    def ignores_team(self, team: str) -> bool:
        """Whether a team is to be left exactly as it is, and not listed either."""
        return self._teams is not None and self._teams.match(team) is not None

    def covers_team(self, team: str) -> bool:
        """Whether this run may touch a team."""
        if team in self.unseen_teams or ("team", team) in self.excluded or self.ignores_team(team):
            return False
        return self.teams is None or team in self.teams

    def keeps(self, declared: str | None, actual: str) -> str:
        """Who holds a role of which there is one: as declared, unless that would touch somebody who is ignored."""
        if declared is None or self.ignores_user(declared) or self.ignores_user(actual):
            return actual
        return declared

    def holder(
        self, role: str, where: str, declared: Mention | None, actual: str, things: Thing
    ) -> tuple[str, tuple[Finding, ...]]:
        """Return who holds a role of which there is one, as `keeps`, and STEP008 where somebody ignored keeps it."""
        user = declared.user if declared is not None else None
        kept = declared is not None and user != actual and self.ignores_user(actual)
        findings = (kept_by_ignored(role, where, declared, actual, things),) if declared is not None and kept else ()
        return self.keeps(user, actual), findings

    def covers_contract(self, number: str) -> bool:
        """Whether this run may touch a contract."""
        unseen = number in self.unseen_contracts or ("contract", number) in self.excluded
        return self.teams is None and not unseen

    def covers(self, scope: Scope) -> bool:
        """Whether this run may touch a team or contract."""
        return self.covers_team(scope.name) if scope.kind == "team" else self.covers_contract(scope.name)

    def covers_subscription(self, key: str, joins: str | None, now: Subscription | None) -> bool:
        """Whether this run may touch a subscription that is `now` so, and is to be in the team `joins`."""
        places = {("team", joins), ("team", now.team if now is not None else joins), ("subscription", key)}
        if places & self.excluded:
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
        """Who is wanted in a relation, and which of them are there unmanaged.

        `declared` are those named on the day, `elapsed` those named only on other days: they count as declared absent
        even where the kind is not pruned.
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
        """Return who is to be a member of a scope, and which of them are there unmanaged, like `settle`.

        With `leavers` pruned and `members` not, only those who were declared in the scope once are taken out.
        """
        if self.prunes("leavers") and not self.prunes("members") and declared != actual:
            elapsed = elapsed | (self.tracked.get(scope, NOBODY) & actual) - declared
        return self.settle("members", declared, elapsed, actual)


def kept_by_ignored(role: str, where: str, declared: Mention, holder: str, things: Thing) -> Finding:
    """Return STEP008: an ignored person holds a role of which there is one, so the declared person does not get it."""
    mend = f"take {holder} out of `policy.ignore.users`"
    if role != "contract manager":  # whose absence is ROLE004 or CLASSIC001
        mend += ", or declare nobody for the role, so that it stays as it is"
    return Finding(
        "STEP008",
        Severity.WARNING,
        f"{declared.written} does not become {role} of {where}: {holder} is, and the policy ignores them",
        declared.at,
        mend,
        things=(*things, ("user", declared.user)),
    )


def vendor_only(what: str, fact: str, now: object, wish: object, place: Location, things: Thing) -> Finding:
    """STEP007: a declared fact that differs and that only the vendor can change."""
    return Finding(
        "STEP007",
        Severity.ERROR,
        f"{what}: {fact} is {now} in the account and {wish} here, and only the vendor can change it",
        place,
        "declare what the account has, or have the vendor change it first",
        "S4",
        things=things,
    )


def listed_elsewhen(people: Iterable[People], declared: set[str]) -> set[str]:
    """Who is named in these lists, but not on the day."""
    return {user for listed in people if listed.days for user in listed.ids if user} - declared


def clause(sentence: str) -> str:
    """The engine's sentence as findings are written: without a capital at the front and a full stop at the end."""
    first, _, rest = sentence.removesuffix(".").partition(" ")
    return f"{first.lower() if first.istitle() and '@' not in first else first} {rest}".strip()


def _any_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    translated = [fnmatch.translate(pattern) for pattern in patterns]
    return re.compile("|".join(translated)) if translated else None
