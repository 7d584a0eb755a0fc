"""The groups and seats of a team as observed: who holds a product is known, how is often assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import TypeAlias

from seatsync.account.actions.spec import Plain
from seatsync.account.group_types import NO_TYPES, group_type
from seatsync.account.model import NOBODY, Group
from seatsync.clock import lasts
from seatsync.declaration.declared import DeclaredGroup
from seatsync.portal.gathering import Gathering
from seatsync.portal.knowledge import ASSUMED_AS_DECLARED, FactName
from seatsync.portal.observation import Coverage, is_newer
from seatsync.portal.sources.listed_pools import PREFIX

Holders: TypeAlias = Mapping[str, AbstractSet[str]]
"""The members who hold each product, directly or by a group."""


class ObservedHoldings:
    """The groups and seats of a team while they are put together.

    Sources show who holds a product, but not how. While an apply has not taken over how seats are held, they are as
    declared; afterwards as before, and only seats that are new since are as declared.
    """

    def __init__(self, gathering: Gathering, name: str, people: AbstractSet[str]) -> None:
        self.gathering, self.name, self.people = gathering, name, people
        self.entry, self.before = gathering.entries.get(name), gathering.team_before(name)
        self.covered = gathering.facts("groups", name)
        self.unlisted = self._unlisted()
        source, seats = (gathering.chosen.get((kind, name)) for kind in ("groups", "seats"))
        self.shown = source is not None and source.source != ASSUMED_AS_DECLARED  # by a source, at any time
        moments = (None if each is None else each.moment for each in (seats, source))
        self.shown_now = self.shown and not is_newer(*moments)  # at the time of the seats

    def groups_and_seats(self) -> tuple[dict[str, Group], dict[str, AbstractSet[str]]]:
        """Return the groups, and the direct seats by product."""
        holders = self._holders()
        groups = self._groups(holders)
        return groups, self._assumed_seats() if holders is None else self._direct(holders, groups)

    def _assume(self, fact: str, value: Plain, *things: tuple[str, str]) -> None:
        self.gathering.assume(fact, value, ("team", self.name), *things)

    def _fact(self, fact: str, *things: tuple[str, str]) -> FactName:
        return (("team", self.name), *things), fact

    def _is_open(self, fact: str, *things: tuple[str, str]) -> bool:
        return self.gathering.mark(self._fact(fact, *things)) == "open"

    def _has_open_products(self, group: str) -> bool:
        known = {} if self.before is None else self.before.groups
        return group not in known or self._is_open("products", ("group", group))

    def _written(self, users: AbstractSet[str]) -> tuple[str, ...]:
        return tuple(map(self.gathering.written, sorted(users)))

    def _present(self, users: AbstractSet[str]) -> set[str]:
        """Return the declared people who are in the team, by their present addresses."""
        found = (self.gathering.present(user, self.people) for user in sorted(users))
        return {user for user in found if user is not None}

    def _holders(self) -> dict[str, set[str]] | None:
        """Return who holds what; None if that is unknown."""
        known = self.gathering.facts("seats", self.name)
        if known is None:
            return None
        holders: dict[str, set[str]] = {}
        for product, user in known:
            if user in self.people:
                holders.setdefault(product, set()).add(user)
        for product in self.unlisted:
            declared = self._declared_holders(product)
            if declared:
                holders.setdefault(product, set()).update(declared)
        return holders

    def _unlisted(self) -> frozenset[str]:
        """Return the declared products of which no source shows the seats: the API has no pool, and no export came."""
        about: Coverage = ("seats", self.name)
        if self.entry is None or self.gathering.mirror is None:
            return frozenset()
        known = self.gathering.mirror.knowledge
        look = known.looks.get(about)
        if look is None or not look.source.startswith(PREFIX) or about in known.rest:
            return frozenset()
        listed = {product for team, product in known.pools if team == self.name}
        return frozenset(self.entry.products()) - listed

    def _declared_holders(self, product: str) -> set[str]:
        """Return the members of the team who are declared to hold a product, directly or by a group."""
        groups = () if self.entry is None else self.entry.groups.values()
        day = self.gathering.day
        giving = [group.members.on(day) for group in groups if group.gives_on(product, day)]
        return self._declared_direct(product).union(*map(self._present, giving))

    # Groups

    def _groups(self, holders: Holders | None) -> dict[str, Group]:
        members: dict[str, set[str]] = {}
        for name, user in self.covered or {}:
            members.setdefault(name, set()).add(user)
        # who is not in the team has left it since: `combined` sees to that
        groups = {name: Group(users & self.people) for name, users in members.items()}
        for name, group in {} if self.before is None else sorted(self.before.groups.items()):
            if not group.members and name not in groups:
                groups[name] = Group()  # which no source shows
        for name, group in groups.items():
            self._keep_products(name, group, holders)
        for name, product in self.gathering.facts("group_products", self.name) or {}:
            if name in groups:
                groups[name].products = groups[name].products | {product}
        declared_groups = () if self.entry is None else self.entry.groups.values()
        entries = tuple(group for group in declared_groups if lasts(group.days, self.gathering.day))
        unsure = {name for name in self._vanished() if name not in groups}
        self._leave_groups_open(unsure, {entry.name for entry in entries})
        for entry in entries:
            self._assume_group(entry, groups, holders, unsure)
        self._add_types(groups)
        declared = {entry.former_name(groups) or entry.name for entry in entries}
        for name in sorted(groups):
            if self._has_open_products(name):
                self.gathering.leave_open(self._fact("products", ("group", name)), stated=name in declared)
        return groups

    def _add_types(self, groups: Iterable[str]) -> None:
        """Add the types of groups: shown now, or else before."""
        shown = {name: fact.value for (name, _), fact in (self.covered or {}).items()}
        known = NO_TYPES if self.gathering.mirror is None else self.gathering.mirror.knowledge.group_types
        for name in groups:
            text = shown.get(name)
            kind = group_type(text) if isinstance(text, str) and text else known.get((self.name, name))
            if kind is not None:
                self.gathering.group_types[self.name, name] = kind

    def _keep_products(self, name: str, group: Group, holders: Holders | None) -> None:
        """Give a group the products that it had before, unless members turn out not to have them.

        Whoever lacks one is not in the group, if no source shows its members; else the group does not give it. While
        its products are open, a mirror has those that a usage report showed.
        """
        before = None if self.before is None else self.before.groups.get(name)
        if before is None:
            return
        kept = sorted(before.products)
        if group.members and holders is not None:
            for product in () if self.shown else kept:
                having = group.members & holders.get(product, NOBODY)
                group.members = having or group.members
            kept = [product for product in kept if group.members <= holders.get(product, NOBODY)]
        group.products = set(kept)
        if self.gathering.keep(self._fact("products", ("group", name))) and kept:
            self._assume("products", tuple(kept), ("group", name))

    def _vanished(self) -> Iterator[str]:
        """Yield the groups that may still exist although a source shows nobody in them any more."""
        if self.before is None or self.gathering.mirror is None:
            return
        yield from sorted(name for name, group in self.before.groups.items() if group.members)
        for (things, fact), mark in self.gathering.mirror.knowledge.marks.items():
            if fact == "group" and mark == "open" and things[0] == ("team", self.name):
                yield things[1][1]

    def _leave_groups_open(self, vanished: AbstractSet[str], declared: AbstractSet[str]) -> None:
        for name in sorted(vanished):
            self.gathering.leave_open(self._fact("group", ("group", name)), stated=name in declared)
        if self.before is not None and not self._is_open("groups"):
            self.gathering.keep(self._fact("groups"))
        else:
            self.gathering.leave_open(self._fact("groups"), stated=self.entry is not None)

    def _assume_group(
        self, entry: DeclaredGroup, groups: dict[str, Group], holders: Holders | None, unsure: AbstractSet[str]
    ) -> None:
        """Assume facts that sources lack: groups that are not covered, empty ones, their members and products."""
        name = entry.former_name(groups) or entry.name
        members = self._present(entry.members.on(self.gathering.day))
        wanted = sorted(entry.products_on(self.gathering.day))
        if name not in groups:
            if self.covered is not None and name not in unsure:
                if members and not self._explain(members, wanted, holders):
                    return  # known: nobody is in such a group
                if not members and not self._is_open("groups"):
                    return  # known: there is no such group
            groups[name] = Group(members if self.covered is None or not self.shown else set())
            self._assume("members", self._written(set(groups[name].members)), ("group", name))
        group = groups[name]
        self._assume_products(name, group, wanted, holders)
        if not self._settles_members() and group.products and holders is not None:
            joined = {user for user in members - group.members if self._explain({user}, group.products, holders)}
            if joined:
                group.members = group.members | joined
                self._assume("members", self._written(set(group.members)), ("group", name))

    def _assume_products(self, name: str, group: Group, wanted: list[str], holders: Holders | None) -> None:
        """Assume the declared products that all members have.

        Once an apply has taken the products over, only seats that are new since can be those of another product.
        """
        products = [product for product in wanted if product not in group.products]
        if group.members and holders is not None:
            products = [product for product in products if group.members <= holders.get(product, NOBODY)]
        if not self._has_open_products(name):
            products = [product for product in products if self._any_is_new(group.members, product)]
        if products:
            group.products = group.products | {*products}
            self._assume("products", tuple(products), ("group", name))

    def _settles_members(self) -> bool:
        """Return True if a source shows who is in groups: at the time of the seats or, before an apply, at any."""
        return self.shown and (self.shown_now or self.before is None or self._is_open("seats"))

    def _explain(self, users: AbstractSet[str], products: Iterable[str], holders: Holders | None) -> bool:
        """Return True if new seats show that people may be in a group, of which no source shows the members now."""
        if self._settles_members() or holders is None:
            return False
        names = sorted(products)
        held = all(users <= holders.get(product, NOBODY) for product in names)
        return held and any(self._any_is_new(users, product) for product in names)

    def _any_is_new(self, users: AbstractSet[str], product: str) -> bool:
        return any(self._is_open("seats", ("product", product), ("user", user)) for user in sorted(users))

    # Seats

    def _direct(self, holders: Holders, groups: Mapping[str, Group]) -> dict[str, AbstractSet[str]]:
        """Return the direct seats: of those who hold a product by no group, or also directly."""
        settled = self.before is not None and not self._is_open("seats")
        if settled:
            self.gathering.keep(self._fact("seats"))
        else:
            self.gathering.leave_open(self._fact("seats"), stated=self.entry is not None)
        seats: dict[str, AbstractSet[str]] = {}
        for product, users in sorted(holders.items()):
            by_group = set[str]().union(*(group.members for group in groups.values() if product in group.products))
            both = self._also_direct(product, users, users & by_group, settled=settled)
            direct = {user for user in users if user not in by_group or user in both}
            if product in self.unlisted:
                held = NOBODY if self.before is None else self.before.seats.get(product, NOBODY)
                direct &= self._declared_direct(product) | held
                if direct - held:
                    self._assume("seats", self._written(direct - held), ("product", product))
            self._assume_inherited(product, {user for user in direct if user not in by_group})
            if direct:
                seats[product] = direct
        return seats

    def _assume_inherited(self, product: str, users: AbstractSet[str]) -> None:
        """Assume of people whom the API shows with a product through some group, that they have it from one."""
        held = self.gathering.facts("seats", self.name) or {}
        shown = {user for user in users if (product, user) in held and held[product, user].value == "inherited"}
        for user in sorted(shown - self._declared_direct(product) if shown and self.entry is not None else ()):
            self._assume("seat", "inherited", ("product", product), ("user", user))

    def _also_direct(
        self, product: str, users: AbstractSet[str], by_group: AbstractSet[str], *, settled: bool
    ) -> set[str]:
        """Return who holds a product directly even if through a group, too: as shown, as before, or as declared.

        Seats that are new to the mirror are marked, as nobody knows how they are held.
        """
        declared, shown = self._declared_direct(product), self._shown_direct(product, by_group)
        if not settled or self.gathering.mirror is None or self.before is None:
            return declared | shown
        held = self.before.seats.get(product, NOBODY)
        had = self.gathering.mirror.account.holders(self.name, product)
        new = {user for user in users - shown if user not in had or self._any_is_new({user}, product)}
        for user in sorted(new):
            name = self._fact("seats", ("product", product), ("user", user))
            self.gathering.leave_open(name, stated=self.entry is not None)
        return shown | {user for user in users if user in (declared if user in new else held)}

    def _shown_direct(self, product: str, users: AbstractSet[str]) -> set[str]:
        """Return who of the people with a product through a group is shown to hold it directly, too, now or before."""
        facts, seats = (self.gathering.facts(kind, self.name) or {} for kind in ("direct_seats", "seats"))
        held = NOBODY if self.before is None else self.before.seats.get(product, NOBODY)
        shown = set[str]()
        for user in sorted(users):
            name = self._fact("seats", ("product", product), ("user", user))
            if (product, user) in facts or (user in held and self.gathering.mark(name) == "shown"):
                self.gathering.marks[name] = "shown"
                shown.add(user)
            elif (product, user) in seats and seats[product, user].value == "direct":
                shown.add(user)
        return shown

    def _declared_direct(self, product: str) -> set[str]:
        """Return the members of the team who are declared to hold a product directly."""
        return set() if self.entry is None else self._present(self.entry.direct_on(product, self.gathering.day))

    def _assumed_seats(self) -> dict[str, AbstractSet[str]]:
        """Return the declared direct seats, where no export shows any of the team."""
        seats: dict[str, AbstractSet[str]] = {}
        for product in sorted(() if self.entry is None else self.entry.products()):
            users = self._declared_direct(product)
            if users:
                seats[product] = users
                self._assume("seats", self._written(users), ("product", product))
        return seats
