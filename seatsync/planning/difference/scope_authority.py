"""What a run may change in one team or contract: the kinds of things that it removes, and what it ignores."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.things import CompactSet, Group
from seatsync.declaration.mentions import Mention, People
from seatsync.declaration.project_values import Policy
from seatsync.finding import Finding, Severity

Things: TypeAlias = tuple[tuple[str, str], ...]


class ScopeAuthority:
    """The policy as it holds in a scope, applied to the declared and the actual people of its relations.

    `ignored_in` names the fields that ignore people there.
    """

    def __init__(self, policy: Policy, ignored_in: str = "`policy.ignore.users`") -> None:
        self.policy = policy
        self.ignored_in = ignored_in

    def prunes(self, kind: str) -> bool:
        """Return True if undeclared things of a kind are removed: seats, admins, groups, leavers, members or teams."""
        return kind in self.policy.prune

    def ignores_user(self, user: str) -> bool:
        """Return True if a person is ignored: nothing about them changes."""
        return self.policy.ignore.user(user)

    def ignores_group(self, name: str) -> bool:
        """Return True if a group is ignored: nothing in it changes, and plans do not list it."""
        return self.policy.ignore.group(name)

    def ignores_product(self, name: str) -> bool:
        """Return True if the seats of a product are ignored: none changes, and plans do not list them."""
        return self.policy.ignore.product(name)

    def retains_group(self, name: str, group: Group) -> bool:
        """Return True if an undeclared group stays because it, a member or a product of it is ignored."""
        ignore = self.policy.ignore
        return ignore.group(name) or any(map(ignore.user, group.members)) or any(map(ignore.product, group.products))

    def holder_of(self, declared: str | None, actual: str) -> str:
        """Return the holder of an exclusive role: the declared one, unless either of the two is ignored."""
        if declared is None or self.ignores_user(declared) or self.ignores_user(actual):
            return actual
        return declared

    def holder(
        self, role: str, where: str, declared: Mention | None, actual: str, things: Things
    ) -> tuple[str, tuple[Finding, ...]]:
        """Return the holder of an exclusive role as `holder_of` does, and STEP008 if an ignored person retains it."""
        if declared is None or declared.user == actual or not self.ignores_user(actual):
            return self.holder_of(declared.user if declared is not None else None, actual), ()
        hint = f"correct the pattern in {self.ignored_in}"
        if role != "contract manager":  # declaring none is ROLE004 or CLASSIC001
            hint += ", or declare nobody for the role to leave it unchanged"
        message = f"{declared.written} cannot become {role} of {where}: its present {role}, {actual}, is ignored"
        things = (*things, ("user", declared.user))
        return actual, (Finding("STEP008", Severity.WARNING, message, declared.at, hint, things=things),)

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
        ignored = {user for user in extra if self.ignores_user(user)} if self.policy.ignore.users else set()
        unmanaged = set() if self.prunes(kind) else extra - ignored - elapsed
        if self.policy.ignore.users:
            declared = {user for user in declared if user in actual or not self.ignores_user(user)}
        return CompactSet(declared | ignored | unmanaged), unmanaged

    def settle_members(
        self, declared: set[str], elapsed: set[str], actual: AbstractSet[str], tracked: AbstractSet[str]
    ) -> tuple[AbstractSet[str], set[str]]:
        """Return the people who should be members, and the unmanaged ones, like `settle`.

        If `leavers` are pruned and `members` are not, only people `tracked`, who were declared before, are removed.
        """
        if self.prunes("leavers") and not self.prunes("members") and declared != actual:
            elapsed = elapsed | (tracked & actual) - declared
        return self.settle("members", declared, elapsed, actual)


def listed_on_other_days(people: Iterable[People], declared: set[str]) -> set[str]:
    """Return the people in lists with dates who are not among those `declared` on the day."""
    return {user for listed in people if listed.days for user in listed.ids if user} - declared
