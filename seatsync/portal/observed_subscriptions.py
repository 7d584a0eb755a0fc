"""The subscriptions of an account as observed, or as declared where no export has any of their team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from seatsync.account.actions.spec import Facts
from seatsync.account.attributes import BY_COUNT, SalesChannel
from seatsync.account.entitlements import pool
from seatsync.account.model import Subscription
from seatsync.declaration.declared import DeclaredSubscription
from seatsync.finding import Finding, Severity
from seatsync.portal.gathering import Gathering
from seatsync.portal.knowledge import FactName, Knowledge
from seatsync.portal.observation import Origin, Purchase, is_newer
from seatsync.reading.plain_text import shown


class _Nothing(NamedTuple):
    """The facts of a subscription that is not declared, or not in the mirror."""

    offering: None = None
    channel: None = None
    auto_renew: None = None


_NOTHING = _Nothing()


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
        if self.gathering.mirror is not None and self.declared:
            self.gathering.findings += self._differing(self.gathering.mirror.knowledge)

    def _differing(self, known: Knowledge) -> Iterator[Finding]:
        """Yield a SOURCE009 for each pool that has not as many seats as the assumed subscriptions to its product."""
        account, day = self.gathering.account, self.gathering.day
        for (team, product), listed in sorted(known.pools.items()):
            look = known.looks.get(("subscriptions", team))
            if team not in account.teams or (look is not None and look.moment is not None):
                continue  # refresh compares what a source has shown
            seats = pool(account, team, product, day)
            if not seats or listed.unlimited or listed.total in {None, seats} or not listed.is_current(day):
                continue
            message = (
                f"the seats of {shown(product)} in team {shown(team)} are {listed.total} by the API, but {seats} by the"
                " subscriptions that are assumed"
            )
            hint = "correct `seats` of the subscriptions in the files: free seats are counted by them"
            things = (("team", team), ("product", product))
            yield Finding("SOURCE009", Severity.WARNING, message, None, hint, things=things)

    def _places(self, covered: list[str]) -> dict[str, str]:
        """Return the team of each subscription; of one that moved, where the newest observation has it."""
        chosen, places = self.gathering.chosen, dict[str, str]()
        for team in sorted(covered, key=lambda each: not chosen["subscriptions", each].remembered):
            for (key,) in self.gathering.facts("subscriptions", team) or {}:
                here, before = (chosen["subscriptions", each] for each in (team, places.get(key, team)))
                if key not in places or before.remembered or is_newer(here.moment, before.moment):
                    places[key] = team
        return places

    def _exists(self, bought: Purchase) -> bool:
        """Return False if a subscription was cancelled in its term. After its term it is one that has ended."""
        return bought.active is not False or bought.ends < self.gathering.day

    def _observed(self, key: str, team: str, bought: Purchase, at: Origin) -> None:
        entry = self.declared.get(key)
        before = None if self.gathering.mirror is None else self.gathering.mirror.account.subscriptions.get(key)
        manager = self._manager(key, team, entry, before)
        if manager is None:
            self.gathering.unplaced[key] = (team, bought)
            hint = "add the users export of its team" if team else "declare its contract manager"
            why = f"is in team {shown(team)}, which is in no users export" if team else "is in no team"
            self.gathering.leave_out("subscription", key, why, hint, at)
            return
        was, says = before or _NOTHING, entry or _NOTHING
        settled, thing = self.gathering.settled, (("subscription", key),)
        if bought.active is None:
            self.gathering.leave_open((thing, "active"), stated=False)
            self.gathering.assume("active", True, *thing)  # noqa: FBT003 - a value
        offering = settled((thing, "offering"), was.offering, says.offering, bought.offering)
        channel = bought.channel
        if channel is None:
            assumed: SalesChannel = settled((thing, "channel"), was.channel, says.channel, "store")
            channel = assumed
        renews = bought.auto_renew
        if renews is None:
            renews = settled((thing, "auto_renew"), was.auto_renew, says.auto_renew, guess=False)
        seats, tokens = (bought.quantity, None) if offering in BY_COUNT else (None, bought.quantity)
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

    def _manager(
        self, key: str, team: str, entry: DeclaredSubscription | None, before: Subscription | None
    ) -> str | None:
        """Return the contract manager: known, or assumed; None if that is nobody in the team."""
        known = self._known_manager(key, team)
        if known is not None:
            return known
        name: FactName = ((("subscription", key),), "contract_manager")
        present = None if before is None else before.contract_manager
        present = present if present in self._members(team) else None
        if present is not None and self.gathering.mark(name) != "open":
            return self.gathering.settled(name, present, None, "")
        declared, guess = self._declared_manager(key, team, entry)
        guess = present or guess  # a guess does not change with the primary admin of the team
        if declared is None and guess is None:
            return None
        return self.gathering.settled(name, None, declared, guess or "")

    def _declared_manager(
        self, key: str, team: str, entry: DeclaredSubscription | None
    ) -> tuple[str | None, str | None]:
        """Return the declared contract manager, if they are in the team, and the primary admin of the team."""
        there = self.gathering.account.teams.get(team)
        declared = None if entry is None or entry.contract_manager is None else entry.contract_manager.user
        manager = None if declared is None else self.gathering.present(declared, self._members(team))
        if manager is None and there is not None and declared is not None:
            why = f"is declared with contract manager {declared}, who is not in its team"
            self.gathering.leave_out("subscription", key, why, "invite them first, or ask who the manager is")
        return manager, None if there is None else there.primary

    def _assumed_whole(self, key: str, team: str, entry: DeclaredSubscription) -> None:
        declared, guess = self._declared_manager(key, team, entry)
        manager = declared or guess
        if manager is None:
            return
        numbers = (entry.seats_on(self.gathering.day), entry.tokens_on(self.gathering.day))
        facts = (entry.product, entry.offering, *numbers, entry.channel, manager, entry.starts, entry.ends)
        assumed = self.gathering.account.subscriptions[key] = Subscription(team, *facts, entry.auto_renew)
        written = {**assumed._asdict(), "contract_manager": self.gathering.written(manager)}
        stated = Facts(tuple((name, value) for name, value in written.items() if value is not None))
        self.gathering.assume("subscription", stated, ("subscription", key))
