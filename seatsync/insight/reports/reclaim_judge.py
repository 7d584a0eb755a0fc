"""The judgement of every seat: it can be reclaimed, or there is a reason against it, or it is in use.

A seat is only reclaimed if it is known that it was not used: what is not known is a reason against it.
"""

from __future__ import annotations

from collections.abc import Iterator

from seatsync.account.actions.effects import shown
from seatsync.account.entitlements import capacity, subscribed
from seatsync.account.model import Team, entitled
from seatsync.clock import days_between, later
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.declaration.project_values import Ignore, Policy
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaimable import Candidate, HeldSeat, NotEligible, Reason, Why
from seatsync.insight.reports.seat_entries import NOT_DECLARED, SeatEntries, Ways
from seatsync.insight.reports.seat_use import FRESH, Held, KnownUse, SeatFacts
from seatsync.planning.difference.directories import directories_of


class Judge:
    """The judgement of seats one by one."""

    def __init__(self, inputs: ReportInputs, declared: Declaration, facts: SeatFacts, days: int) -> None:
        self.state, self.account, self.sight = inputs.state, inputs.account, inputs.sight
        self.declared, self.policy, self.facts = declared, declared.project.policy, facts
        self.day, self.days = inputs.clock.day, days
        self.policies = {name: declared.policy_of(team) for name, team in declared.teams.items()}
        self.entries = SeatEntries(declared, inputs.account, self.day)
        self.directories = directories_of(declared, inputs.account, inputs.state.group_types)
        self.candidates: list[Candidate] = []
        self.others: list[NotEligible] = []
        self.unknown: list[str] = []
        self.used = self.ignored = 0

    def seats(self) -> Iterator[HeldSeat]:
        """Yield the seats to judge, by team, product and person; those that are ignored are only counted."""
        for name, team in sorted(self.account.teams.items()):
            products = {*team.seats, *(product for group in team.groups.values() for product in group.products)}
            if self.sight.team(name) and self._is_unknown(name):
                self.unknown.append(name)
            elif self.sight.team(name):
                for product in sorted(products):
                    if self.sight.usage(name, product):
                        yield from self._of_product(name, team, product)
        for number, contract in sorted(self.account.contracts.items()):
            for product, holders in sorted(contract.seats.items()) if self.sight.contract(number) else ():
                ignore = self.declared.policy_of(self.declared.contracts.get(number)).ignore
                found = (
                    HeldSeat(number, product, user, shown(self.account, user), direct=True, is_classic=True)
                    for user in sorted(holders)
                )
                yield from (seat for seat in found if not self._ignores(seat, ignore))

    def judge(self, seat: HeldSeat) -> None:
        """Add a seat to those that can be reclaimed, or that cannot, unless it is in use."""
        if seat.is_classic:
            self.others.append(NotEligible(seat, "not reported", "", None, None))
            return
        entry = self.entries.team(seat.team)
        ways = NOT_DECLARED if entry is None else self.entries.ways(entry, seat.product, seat.person)
        use = self.facts.use(seat.team, seat.product, seat.person)
        held = self._held(seat, ways, use)
        beside = entry is not None and self._is_beside(entry, seat, ways)
        in_use = use.last is not None and days_between(use.last, self.day) < self.days
        if in_use and not beside:
            self.used += 1
            return
        assigned, last = held.day if held is not None and held.exact else None, _last(use, held)
        reason = self._by_files(seat, entry, ways) or self._by_person(seat, entry) or self._by_days(held)
        if reason is None and not in_use:
            reason = self._by_product(seat) or self._by_use(use, held)
            if reason is None:
                why, idle = self._why(seat, last, beside=beside), use.idle(self.day)
                known = None if idle is None else idle.through
                found = Candidate(seat, why, assigned, last, takes=True, known=known, entry=ways)
                self.candidates.append(self._with_obstacle(found, entry))
                return
            reason = None if beside else reason
        if reason is not None:
            self.others.append(NotEligible(seat, *reason, assigned, last))
            return
        found = Candidate(seat, ("beside a group",), assigned, last, takes=False, entry=ways)
        self.candidates.append(
            found if "seats" in self._policy_of(entry).prune else found._replace(obstacle="not pruned")
        )

    def _of_product(self, name: str, team: Team, product: str) -> Iterator[HeldSeat]:
        ignore = self._policy_of(self.entries.team(name)).ignore
        groups = {group: entry.members for group, entry in sorted(team.groups.items()) if product in entry.products}
        direct = team.seats.get(product, frozenset[str]())
        for user in sorted(entitled(team, product)):
            through = tuple(group for group, members in groups.items() if user in members)
            seat = HeldSeat(name, product, user, shown(self.account, user), user in direct, through)
            if not self._ignores(seat, ignore):
                yield seat

    def _policy_of(self, entry: DeclaredTeam | None) -> Policy:
        return self.policy if entry is None else self.policies[entry.name]

    def _ignores(self, seat: HeldSeat, ignore: Ignore) -> bool:
        team = None if seat.is_classic else self.entries.team(seat.team)
        names = () if seat.is_classic else (seat.team,) if team is None else (seat.team, team.name)
        ignored = (
            ignore.user(seat.person)
            or ignore.product(seat.product)
            or any(map(ignore.group, seat.groups))
            or any(map(ignore.team, names))
        )
        self.ignored += ignored
        return ignored

    def _is_unknown(self, team: str) -> bool:
        """Return True if the seats of a team are unknown."""
        entry = self.entries.team(team)
        left_out = {("team", team), ("team", team if entry is None else entry.name)}
        return bool(left_out & set(self.state.left_out)) or any(
            (each.team, each.fact) == (team, "seats") for each in self.state.unknown
        )

    def _held(self, seat: HeldSeat, ways: Ways, use: KnownUse) -> Held | None:
        """Return since when a seat is held: by the usage report, else the log; or since the first day of its entry.

        A log that shows that it was taken and given again after the report knows more than that.
        """
        ways_now = (*((None,) if seat.direct else ()), *seat.groups)
        logged = [self.facts.held_since(seat.team, group, seat.product, seat.person) for group in ways_now]
        known = [each for each in logged if each is not None]
        first = min(known) if len(known) == len(logged) else None
        days = [use.assigned] if use.assigned is not None else []
        newer = use.assigned is None or (first is not None and first.again and first.day > (use.as_of or ""))
        days += [first.day] if first is not None and first.exact and newer else []
        days += [ways.starts] if ways.starts is not None else []
        return Held(max(days), exact=True) if days else first

    def _is_beside(self, entry: DeclaredTeam, seat: HeldSeat, ways: Ways) -> bool:
        """Return True if a direct seat gives its holder nothing, as a group gives it as long."""
        groups = self.entries.groups_now(entry, seat.team)
        lasting = (name for name in seat.groups if name in groups and groups[name].name in ways.lasting)
        return seat.direct and ways.direct and any(lasting)

    def _why(self, seat: HeldSeat, last: str | None, *, beside: bool) -> tuple[Why, ...]:
        managers = {sub.contract_manager for sub in self.account.subscriptions_to(seat.team, seat.product)}
        found: list[Why] = ["never used" if last == "" else "not used"]
        found += ["default seat"] if seat.direct and seat.person in managers else []
        return (*found, "beside a group") if beside else tuple(found)

    # Reasons against

    def _by_files(self, seat: HeldSeat, entry: DeclaredTeam | None, ways: Ways) -> Reason | None:
        """Return the reason if the files give the seat on other days, or no longer."""
        if entry is None or ways.any:
            return None
        if ways.later is not None:
            return ("on leave", later(ways.later, -1))
        if ways.ended is not None:
            return ("over", ways.ended)
        kinds = {*(("seats",) if seat.direct else ()), *(("groups",) if seat.groups else ())}
        return ("removed", "") if kinds <= self._policy_of(entry).prune else None

    def _by_person(self, seat: HeldSeat, entry: DeclaredTeam | None) -> Reason | None:
        """Return the reason if a person keeps their seats."""
        exempt = self.entries.exemption(seat.team, seat.product, seat.person)
        if exempt is not None:
            return ("exempt", exempt.reason + (f", until {exempt.until}" if exempt.until is not None else ""))
        people = {seat.person, self.entries.declared_as(seat.person)}
        teams = {seat.team} if entry is None else {seat.team, entry.name}
        if people & set(self.policy.protected_users) or teams & set(self.policy.protected_teams):
            return ("protected", "")
        absence = self.entries.absence(seat.person)
        if absence is not None and not absence.is_over:
            return ("on leave", later(absence.back, -1))
        if absence is not None and days_between(absence.back, self.day) < self.days:
            return ("back from leave", absence.back)
        ended = None if entry is None else self.entries.membership_ended(entry, seat.person)
        if ended is not None:
            return ("over", ended)
        person = self.account.users.get(seat.person)
        return ("pending", "") if person is not None and person.status == "pending" else None

    def _by_days(self, held: Held | None) -> Reason | None:
        """Return the reason if a seat is new."""
        recent = held is not None and held.exact and days_between(held.day, self.day) < self.days
        return ("assigned recently", held.day) if recent and held is not None else None

    def _by_product(self, seat: HeldSeat) -> Reason | None:
        """Return the reason if no seat of a product can be reclaimed."""
        if not subscribed(self.account, seat.team, seat.product, self.day):
            is_unknown = any((each.team, each.fact) == (seat.team, "subscriptions") for each in self.state.unknown)
            return ("no subscription", "no export shows them" if is_unknown else "")
        if capacity(self.account.subscriptions_to(seat.team, seat.product), self.day) is None:
            return ("not counted", "")
        return None if self.facts.is_reported(seat.product) else ("not reported", "")

    def _by_use(self, use: KnownUse, held: Held | None) -> Reason | None:
        """Return the reason if it is not known that a seat was unused for so long."""
        idle = use.idle(self.day)
        if idle is None or use.active:
            return ("unknown", "a report shows use without a day" if use.active else "no file tells")
        if idle.through < later(self.day, -FRESH):
            return ("unknown", f"only through {idle.through}")
        if idle.days < self.days:
            is_young = days_between(idle.first, self.day) < self.days
            return ("unknown", f"only from {idle.first}" if is_young else f"only through {idle.through}")
        if use.without:
            is_known = held is not None and held.exact and held.day > (use.as_of or "")
            return None if is_known else ("assigned unknown", "")
        long_held = held is not None and days_between(held.day, self.day) >= self.days
        return None if use.last is not None or long_held else ("assigned unknown", "")

    # Obstacles

    def _with_obstacle(self, found: Candidate, entry: DeclaredTeam | None) -> Candidate:
        """Return a candidate with what prevents a change of the files from taking the seat."""
        seat, ways = found.seat, found.entry
        if entry is not None:
            groups = (entry.groups[name] for name in ways.groups)
            given = ((group, product) for group in groups for product in group.products if product != seat.product)
            also = ((group.name, product) for group, product in given if group.gives_on(product, self.day))
            found = found._replace(also=tuple(also))
        if entry is None:
            return found._replace(obstacle="undeclared team", about=seat.team)
        prune = self._policy_of(entry).prune
        if (seat.direct and "seats" not in prune) or (seat.groups and "groups" not in prune):
            return found._replace(obstacle="not pruned" if ways.any else "undeclared")
        if ways.later is not None:
            return found._replace(obstacle="declared later", about=ways.later)
        synced = [group for group in ways.groups if self.directories.keeps_group(seat.team, group)]
        if synced:
            return found._replace(obstacle="synced group", about=", ".join(synced))
        return found


def _last(use: KnownUse, held: Held | None) -> str | None:
    """Return the last day of use, "" if a seat was never used since it is held, None if that is unknown."""
    if use.last is not None:
        return use.last
    first = use.spans[-1][0] if use.spans else None
    known = use.never or (first is not None and held is not None and held.exact and first <= held.day)
    return "" if known and not use.active else None
