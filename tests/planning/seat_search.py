"""Exhaustive search for a legal order of one team's seat changes, independent of the planner.

A team is three tuples of bits: people by product (direct seats), people by group (members), products by group. A move
flips one bit. A state is legal if all who keep a product hold it, and nobody gets one in a full pool, or one that they
should not have. Bridges are temporary direct seats for people who keep a product and hold it only through groups.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations
from random import Random
from typing import TypeAlias

from seatsync.account.model import Account, Group, Subscription, Team, User

Seats: TypeAlias = tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]
Flip: TypeAlias = tuple[int, int, int]
"""One bit of a team: the index of the tuple, the index in it, and the bit."""

DIRECT, MEMBERS, GIVEN = 0, 1, 2
PRODUCTS = ["AutoCAD", "Maya", "Revit"]
GROUPS = ["cad", "lab", "site"]
PEOPLE = [f"p{number}@acme.example" for number in range(5)]
BOSS = "boss@acme.example"


def bits(number: int) -> Iterator[int]:
    """Return the numbers of the bits that are set."""
    return (bit for bit in range(number.bit_length()) if number >> bit & 1)


def entitled(seats: Seats, product: int) -> int:
    """Return the people who hold a product, as bits."""
    found = seats[DIRECT][product]
    for members, given in zip(seats[MEMBERS], seats[GIVEN], strict=True):
        if given >> product & 1:
            found |= members
    return found


def flips(now: Seats, goal: Seats) -> set[Flip]:
    """Return the bits in which two teams differ."""
    return {
        (kind, place, bit)
        for kind in (DIRECT, MEMBERS, GIVEN)
        for place, (here, there) in enumerate(zip(now[kind], goal[kind], strict=True))
        for bit in bits(here ^ there)
    }


def flipped(seats: Seats, flip: Flip) -> Seats:
    """Return the team with one bit flipped."""
    kind, place, bit = flip
    row = seats[kind]
    changed = (*row[:place], row[place] ^ 1 << bit, *row[place + 1 :])
    return tuple(changed if number == kind else seats[number] for number in range(3))  # type: ignore[return-value]  # three


@dataclass
class Problem:
    """Two teams and the size of each product's pool. With `shortcuts`, harmless moves are made without a choice."""

    now: Seats
    goal: Seats
    sizes: list[int]
    shortcuts: bool = True
    keep: list[int] = field(init=False)

    def __post_init__(self) -> None:
        self.keep = [entitled(self.now, product) & entitled(self.goal, product) for product in range(len(self.sizes))]

    def bridges(self) -> list[Flip]:
        """Return every temporary direct seat that could help."""
        return [
            (DIRECT, product, bit)
            for product, keep in enumerate(self.keep)
            for bit in bits(keep & ~self.now[DIRECT][product] & ~self.goal[DIRECT][product])
        ]

    def legal(self, before: Seats, after: Seats) -> bool:
        """Return True if a move is legal."""
        for product, size in enumerate(self.sizes):
            held, holds = entitled(before, product), entitled(after, product)
            gained = holds & ~held
            if self.keep[product] & ~holds or gained & ~entitled(self.goal, product):
                return False
            if gained and holds.bit_count() > size:
                return False
        return True

    def possible(self, bridges: Iterable[Flip]) -> bool:
        """Return True if an order exists with these bridges; all are tried."""
        now, goal = self.now, self.goal
        for flip in bridges:
            now, goal = flipped(now, flip), flipped(goal, flip)
        seen, stack = set(), [now]
        while stack:
            here = stack.pop()
            if here == goal:
                return True
            if here in seen:
                continue
            seen.add(here)
            there = [(flip, flipped(here, flip)) for flip in flips(here, goal)]
            legal = [(flip, seats) for flip, seats in there if self.legal(here, seats)]
            harmless = [seats for flip, seats in legal if self.shortcuts and self.harmless(here, flip)]
            stack.extend(harmless[:1] or [seats for _, seats in legal])
        return False

    def harmless(self, seats: Seats, flip: Flip) -> bool:
        """Return True if a move takes no seat and removes no source of anybody who keeps a product."""
        kind, place, bit = flip
        opens = not seats[kind][place] >> bit & 1
        if kind == DIRECT:
            keeps = bool(self.keep[place] >> bit & 1)
            return opens if keeps else not opens and not self.later(seats, place) >> bit & 1
        if kind == MEMBERS:
            kept = [self.keep[product] >> bit & 1 for product in bits(seats[GIVEN][place] | self.goal[GIVEN][place])]
            if opens:
                return all(kept)
            return not any(kept) and not any(self.later(seats, p) >> bit & 1 for p in bits(seats[GIVEN][place]))
        if opens:  # unless somebody who will take a place by it joins the group for another product they keep
            newcomers = self.goal[MEMBERS][place] & ~self.keep[bit]
            others = [self.keep[product] for product in bits(seats[GIVEN][place] | self.goal[GIVEN][place])]
            return not seats[MEMBERS][place] & ~self.keep[bit] and not any(newcomers & keep for keep in others)
        members = seats[MEMBERS][place]
        return not (members | self.goal[MEMBERS][place]) & self.keep[bit] and not members & self.later(seats, bit)

    def later(self, seats: Seats, product: int) -> int:
        """Return the people who may still get another source of a product, which is free while they hold it."""
        found = 0
        for place in range(len(seats[MEMBERS])):
            given, members = seats[GIVEN][place] >> product & 1, seats[MEMBERS][place]
            if given or self.goal[GIVEN][place] >> product & 1:
                found |= (members | self.goal[MEMBERS][place]) & ~(members if given else 0)
        return found

    def fewest_bridges(self, most: int) -> int | None:
        """Return the least number of bridges with which an order exists; None if it is above a limit."""
        for count in range(most + 1):
            if any(self.possible(bridges) for bridges in combinations(self.bridges(), count)):
                return count
        return None


def random_problem(random: Random, people: int = 5, groups: int = 3, products: int = 2) -> Problem:
    """Return two states of a team: with full pools held mostly through groups, or arbitrary ones."""
    while True:
        now, goal = (_random_seats(random, people, groups, products) for _ in range(2))
        used = [
            (entitled(now, product).bit_count(), entitled(goal, product).bit_count()) for product in range(products)
        ]
        if random.random() > 0.95 or (now != goal and all(before == after for before, after in used)):
            return Problem(now, goal, [max(pair) for pair in used])


def _random_seats(random: Random, people: int, groups: int, products: int) -> Seats:
    direct = [random.getrandbits(people) & random.getrandbits(people) for _ in range(products)]
    return (
        tuple(bits & random.getrandbits(people) if random.random() < 0.5 else 0 for bits in direct),
        tuple(random.getrandbits(people) for _ in range(groups)),
        tuple(random.randrange(1 << products) for _ in range(groups)),
    )


def account_of(seats: Seats, sizes: list[int]) -> Account:
    """Return an account with the team, everybody as member, and subscriptions for the pools."""
    account = Account("acme", "5f0c6a44-0000-4000-8000-00000000beef", 1)
    team = account.teams["design"] = Team(BOSS, members={*PEOPLE, BOSS})
    for product, people in enumerate(seats[DIRECT]):
        if people:
            team.seats[PRODUCTS[product]] = {PEOPLE[bit] for bit in bits(people)}
    for group, (people, given) in enumerate(zip(seats[MEMBERS], seats[GIVEN], strict=True)):
        team.groups[GROUPS[group]] = Group(
            {PEOPLE[bit] for bit in bits(people)}, {PRODUCTS[bit] for bit in bits(given)}
        )
    for product, size in enumerate(sizes):
        account.subscriptions[f"s-{product}"] = Subscription(
            "design", PRODUCTS[product], "single-user", size, None, "store", BOSS, "2026-01-01", "2026-12-31"
        )
    account.users = {user: User(user, "Ana", "Doe", "active") for user in team.members}
    return account
