"""The subscriptions of an account as observed, or as declared where no export has any of their team."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import BY_COUNT
from seatsync.account.model import Subscription
from seatsync.declaration.declared import DeclaredSubscription
from seatsync.portal.gathering import Gathering
from seatsync.portal.observation import Origin, Purchase, is_newer
from seatsync.reading.plain_text import shown


class ObservedSubscriptions:
    """The subscriptions while they are put together."""

    def __init__(self, gathering: Gathering) -> None:
        self.gathering = gathering
        declared = None if gathering.declared is None else gathering.declared.subscriptions
        self.declared: Mapping[str, DeclaredSubscription] = declared or {}
        self.present_name = {entry.name: name for name, entry in gathering.entries.items()}

    def add(self) -> None:
        """Add the observed subscriptions, and the declared ones of teams of which no export has any."""
        account = self.gathering.account
        covered = [team for kind, team in self.gathering.chosen if kind == "subscriptions"]
        for key, team in self._places(covered).items():
            fact = (self.gathering.facts("subscriptions", team) or {})[key,]
            if isinstance(fact.value, Purchase) and self._exists(fact.value):
                self._observed(key, team, fact.value, fact.origin)
        for key, entry in self.declared.items():
            there = None if entry.team is None else self.present_name.get(entry.team, entry.team)
            if key in account.subscriptions or ("subscription", key) in self.gathering.left_out:
                continue
            if there is None and "" not in covered:
                self.gathering.leave_out("subscription", key, "is in no export", "add the subscriptions export")
            elif there in account.teams and there not in covered:
                self._assumed_whole(key, there, entry)

    def _places(self, covered: list[str]) -> dict[str, str]:
        """Return the team of each subscription; of one that moved, where the newest observation has it."""
        chosen, places = self.gathering.chosen, dict[str, str]()
        for team in covered:
            for (key,) in self.gathering.facts("subscriptions", team) or {}:
                before = chosen["subscriptions", places.get(key, team)]
                if key not in places or is_newer(chosen["subscriptions", team].moment, before.moment):
                    places[key] = team
        return places

    def _exists(self, bought: Purchase) -> bool:
        """Return False if a subscription was cancelled in its term. After its term it is one that has ended."""
        return bought.active is not False or bought.ends < self.gathering.day

    def _observed(self, key: str, team: str, bought: Purchase, at: Origin) -> None:
        entry = self.declared.get(key)
        known = self._known_manager(key, team)
        manager = known or self._assumed_manager(key, team, entry)
        if manager is None:
            hint = "add the users export of its team" if team else "declare its contract manager"
            why = f"is in team {shown(team)}, which is in no users export" if team else "is in no team"
            self.gathering.leave_out("subscription", key, why, hint, at)
            return
        if bought.active is None:
            self.gathering.assume("active", True, ("subscription", key))  # noqa: FBT003 - a value
        if known is None:
            self.gathering.assume("contract_manager", self.gathering.written(manager), ("subscription", key))
        offering = bought.offering if entry is None else entry.offering
        self.gathering.assume("offering", offering, ("subscription", key))
        channel = bought.channel
        if channel is None:
            channel = "store" if entry is None else entry.channel
            self.gathering.assume("channel", channel, ("subscription", key))
        seats, tokens = (bought.quantity, None) if offering in BY_COUNT else (None, bought.quantity)
        renews = bought.auto_renew
        if renews is None:
            renews = entry is not None and entry.auto_renew
            self.gathering.assume("auto_renew", renews, ("subscription", key))
        facts = (bought.product, offering, seats, tokens, channel, manager, bought.starts, bought.ends, renews)
        self.gathering.account.subscriptions[key] = Subscription(team or None, *facts)

    def _members(self, team: str) -> AbstractSet[str]:
        """Return the members of a team, or everybody for a subscription that is in none."""
        if not team:
            return self.gathering.account.users.keys()
        there = self.gathering.account.teams.get(team)
        return set() if there is None else there.members

    def _known_manager(self, key: str, team: str) -> str | None:
        """Return the contract manager whom an old export names, if they are in the team."""
        fact = (self.gathering.facts("contract_managers", team) or {}).get((key,))
        if fact is None or not isinstance(fact.value, str) or fact.value not in self._members(team):
            return None
        return fact.value

    def _assumed_manager(self, key: str, team: str, entry: DeclaredSubscription | None) -> str | None:
        """Return the declared contract manager, or else the primary admin of the team."""
        there = self.gathering.account.teams.get(team)
        declared = None if entry is None or entry.contract_manager is None else entry.contract_manager.user
        manager = None if declared is None else self.gathering.present(declared, self._members(team))
        if manager is None and there is not None:
            manager = there.primary
            if declared is not None:
                why = f"is declared with contract manager {declared}, who is not in its team"
                self.gathering.leave_out("subscription", key, why, "invite them first, or ask who the manager is")
        return manager

    def _assumed_whole(self, key: str, team: str, entry: DeclaredSubscription) -> None:
        manager = self._assumed_manager(key, team, entry)
        if manager is None:
            return
        numbers = (entry.seats_on(self.gathering.day), entry.tokens_on(self.gathering.day))
        facts = (entry.product, entry.offering, *numbers, entry.channel, manager, entry.starts, entry.ends)
        assumed = self.gathering.account.subscriptions[key] = Subscription(team, *facts, entry.auto_renew)
        written = {**assumed._asdict(), "contract_manager": self.gathering.written(manager)}
        stated = Facts(tuple((name, value) for name, value in written.items() if value is not None))
        self.gathering.assume("subscription", stated, ("subscription", key))
