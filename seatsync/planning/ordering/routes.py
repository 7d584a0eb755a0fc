"""Ways around a blocked order: seat steps with few temporary seats, and subscriptions that can join a team later.

In a full pool a seat has to be freed before it can be taken, and people who keep a product hold it throughout.
The ordering takes steps as soon as each is legal, and breaks cycles with temporary direct seats (bridges). Another
order may need fewer: for example, a newcomer joins a group only after the group took over its members' seats. The
search looks at two tables of one team and the sizes of its pools; the engine still checks the order when it is taken.

A bridge takes no seat, as its holder has one already, and is best built just before the step that would leave its
holder without. So the cost of a step is the number of people it would leave without. The cheapest order is found depth
first, with a growing limit on the cost. Most steps are harmless at any time (`_Search._harmless`) and need no choice.
People are bits of integers, so that a pool is counted in one operation.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, TypeAlias

from seatsync.account.access import performers
from seatsync.account.actions.contract_actions import TRANSFER_CONTRACT_MANAGER
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.group_actions import REMOVE_MEMBER
from seatsync.account.actions.seat_actions import UNASSIGN_SEAT
from seatsync.account.actions.spec import Step
from seatsync.account.actions.table import ACTIONS, LEAVES_TEAM
from seatsync.account.actions.user_actions import REMOVE_USER
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.entitlements import capacity, used
from seatsync.account.model import WHOLE_ACCOUNT, Account, Group, Scope, Team
from seatsync.clock import Clock
from seatsync.planning.difference.changes import Candidate

MOST_TRIED = 50_000
"""Maximum number of steps tried before the search gives up: a fraction of a second."""
MOST_CHOICES = 200
"""Maximum depth of the search in choices; a deeper one would not end in time."""

_SEAT_SOURCES = frozenset({"seat", "group member", "group", "member"})

Bridge: TypeAlias = tuple[str, str]
"""A product and a person."""


class _Seats(NamedTuple):
    """Holdings of a team as bit sets, indexed by the numbers of products and groups."""

    direct: tuple[int, ...]
    members: tuple[int, ...]
    given: tuple[int, ...]


class _Move(NamedTuple):
    """The change of a step: bits of `direct` at a product, of `members` or `given` at a group.

    Or everything of a group or a person.
    """

    step: Step
    kind: Literal["direct", "members", "given", "group", "person"]
    place: int
    bits: int
    opens: bool


def seat_route(
    now: Team, goal: Team, steps: Iterable[Step], sizes: Mapping[str, int | None], fewer_than: int
) -> list[Step | Bridge] | None:
    """Return an order of a team's steps with the fewest bridges, each right before the step that needs it.

    None if no order with fewer than `fewer_than` bridges is found. Steps that change no seats are left out. `sizes`
    is the capacity of each product's pool, None if it is not counted.
    """
    search = _Search(now, goal, sizes)
    moves = [move for step in steps if (move := search.move(step)) is not None]
    for limit in range(fewer_than):
        order = search.order(moves, limit)
        if order is not None or search.left <= 0:
            return order
    return None


class _Search:
    """The search from the present team (`now`) to the desired one (`goal`)."""

    def __init__(self, now: Team, goal: Team, sizes: Mapping[str, int | None]) -> None:
        self.sizes = sizes
        self.left = MOST_TRIED
        self._been: set[tuple[tuple[int, ...], _Seats, int]] = set()
        both = (now, goal)
        self.people = _numbered({user for team in both for user in team.members})
        self.groups = _numbered(name for team in both for name in team.groups)
        given = {product for team in both for group in team.groups.values() for product in group.products}
        self.products = _numbered(given.union(*(team.seats for team in both)))
        self.start, self.end = self._seats(now), self._seats(goal)
        self.after = [_entitled(self.end, number) for number in self.products.values()]
        self.keep = [  # by product, the people who hold it before and after
            _entitled(self.start, number) & after
            for number, after in zip(self.products.values(), self.after, strict=True)
        ]

    def _seats(self, team: Team) -> _Seats:
        groups = [team.groups.get(name, Group()) for name in self.groups]
        return _Seats(
            tuple(_bits(team.seats.get(product, ()), self.people) for product in self.products),
            tuple(_bits(group.members, self.people) for group in groups),
            tuple(_bits(group.products, self.products) for group in groups),
        )

    def move(self, step: Step) -> _Move | None:
        """Return the change of a step; None if it changes no seats."""
        user, group, product = (step.get(name) for name in ("user", "group", "product"))
        spec = ACTIONS[step.action]
        if spec.holding not in _SEAT_SOURCES or (spec.kind == "add" and spec.holding in {"group", "member"}):
            return None
        who = 1 << self.people[identity(user) or ""] if isinstance(user, str) else 0
        opens = spec.kind == "add"
        if spec.holding == "seat":
            what = self.products[str(product)]
            if who:
                return _Move(step, "direct", what, who, opens)
            return _Move(step, "given", self.groups[str(group)], 1 << what, opens)
        if spec.holding == "group member":
            return _Move(step, "members", self.groups[str(group)], who, opens)
        if spec.holding == "group":
            return _Move(step, "group", self.groups[str(group)], 0, opens)
        return _Move(step, "person", 0, who, opens)

    def order(self, moves: list[_Move], limit: int) -> list[Step | Bridge] | None:
        """Return a legal order of all moves with at most `limit` bridges, without the removal of the bridges."""
        self._been.clear()
        found = self._go_on(self.start, moves, list(range(len(moves))), limit, MOST_CHOICES)
        return None if found is None else list(found)

    def _go_on(
        self, seats: _Seats, moves: list[_Move], left: list[int], limit: int, choices: int
    ) -> list[Step | Bridge] | None:
        """Return the rest of an order from the present seats; None if there is none."""
        order: list[Step | Bridge] = []
        seats, left = self._make_harmless(seats, moves, left, order)
        if not left:
            return order
        here = (tuple(left), seats, limit)
        if not choices or here in self._been:
            return None
        self._been.add(here)
        for number in left:
            made = self._make(seats, moves[number], limit)
            if made is None:
                continue
            then, bridges = made
            others = [other for other in left if other != number]
            rest = self._go_on(then, moves, others, limit - len(bridges), choices - 1)
            if rest is not None:
                return [*order, *bridges, moves[number].step, *rest]
        return None

    def _make_harmless(
        self, seats: _Seats, moves: list[_Move], left: list[int], order: list[Step | Bridge]
    ) -> tuple[_Seats, list[int]]:
        """Make harmless moves as long as there are any."""
        moved = True
        while moved:
            rest = []
            for number in left:
                made = self._make(seats, moves[number], 0) if self._harmless(seats, moves[number]) else None
                if made is None:
                    rest.append(number)
                else:
                    seats = made[0]
                    order.append(moves[number].step)
            moved, left = len(rest) < len(left), rest
        return seats, left

    def _make(self, seats: _Seats, move: _Move, limit: int) -> tuple[_Seats, list[Bridge]] | None:
        """Return the seats after a move and the bridges it needs; None if it is not legal or needs too many."""
        self.left -= 1
        if self.left <= 0:
            return None
        then = _after(seats, move)
        bridges: list[Bridge] = []
        direct = list(then.direct)
        for product, number in self.products.items():
            before, after = _entitled(seats, number), _entitled(then, number)
            if before == after:
                continue
            gained, size = after & ~before, self.sizes.get(product)
            if gained and (gained & ~self.after[number] or (size is not None and after.bit_count() > size)):
                return None
            short = before & ~after & self.keep[number]
            if short and (move.kind == "direct" or len(bridges) + short.bit_count() > limit):
                return None
            direct[number] |= short
            bridges += [(product, user) for user, bit in self.people.items() if short >> bit & 1]
        return (then._replace(direct=tuple(direct)), bridges) if bridges else (then, bridges)

    def _harmless(self, seats: _Seats, move: _Move) -> bool:
        """Return True if a move takes no seat that others need, and removes no source that may still be of use."""
        products = range(len(self.products))
        if move.kind == "direct":
            if move.bits & self.keep[move.place]:
                return move.opens
            return not move.opens and not move.bits & self._later(seats, move.place)
        if move.kind == "person":
            held = (product for product in products if move.bits & _entitled(seats, product))
            return not any(move.bits & self._later(seats, product) for product in held)
        given, members = seats.given[move.place], seats.members[move.place]
        ever = [product for product in products if (given | self.end.given[move.place]) >> product & 1]
        if move.kind == "members":
            if move.opens:
                return all(move.bits & self.keep[product] for product in ever)
            useful = (self._later(seats, product) for product in products if given >> product & 1)
            return not any(move.bits & bits for bits in (*useful, *(self.keep[product] for product in ever)))
        changed = move.bits if move.kind == "given" else given
        affected = [product for product in products if changed >> product & 1]
        joining = self.end.members[move.place]
        if not move.opens:
            return not any(
                (members | joining) & self.keep[product] or members & self._later(seats, product)
                for product in affected
            )
        # Newcomers take their seats when they join; they may have to join for another product of the group.
        newcomers = [joining & ~self.keep[product] for product in affected]
        return not any(members & ~self.keep[product] for product in affected) and not any(
            bits & self.keep[product] for bits in newcomers for product in ever
        )

    def _later(self, seats: _Seats, product: int) -> int:
        """Return the people who may still get another source of a product, which takes no seat while they hold it."""
        found = 0
        for now, joining, given, then in zip(seats.members, self.end.members, seats.given, self.end.given, strict=True):
            if given >> product & 1:
                found |= joining & ~now
            elif then >> product & 1:
                found |= now | joining
        return found


def _numbered(names: Iterable[str]) -> dict[str, int]:
    return {name: number for number, name in enumerate(sorted(set(names)))}


def _bits(names: Iterable[str], numbers: Mapping[str, int]) -> int:
    return sum(1 << numbers[name] for name in names)


def _entitled(seats: _Seats, product: int) -> int:
    """Return the people who hold a product, directly or through a group."""
    found = seats.direct[product]
    for members, given in zip(seats.members, seats.given, strict=True):
        if given >> product & 1:
            found |= members
    return found


def _after(seats: _Seats, move: _Move) -> _Seats:
    """Return the seats after a move."""
    if move.kind == "direct":
        return seats._replace(direct=_changed(seats.direct, move))
    if move.kind == "members":
        return seats._replace(members=_changed(seats.members, move))
    if move.kind == "given":
        return seats._replace(given=_changed(seats.given, move))
    if move.kind == "group":
        none = {move.place: 0}
        members, given = (
            tuple(none.get(i, bits) for i, bits in enumerate(old)) for old in (seats.members, seats.given)
        )
        return seats._replace(members=members, given=given)
    direct, members = (tuple(bits & ~move.bits for bits in old) for old in (seats.direct, seats.members))
    return seats._replace(direct=direct, members=members)


def _changed(old: tuple[int, ...], move: _Move) -> tuple[int, ...]:
    bits = old[move.place] | move.bits if move.opens else old[move.place] & ~move.bits
    return (*old[: move.place], bits, *old[move.place + 1 :])


# Ways around a refused step


def handed_over_first(
    now: Account, clock: Clock, candidate: Candidate, joining: Mapping[str, Step]
) -> Candidate | None:
    """Return a transfer to be done before its subscription joins a team, if the subscription can join only then.

    Usually the present contract manager moves the subscription; if they cannot, the next one may be able to. `joining`
    maps subscriptions to the refused steps by which they would join their teams.
    """
    key = candidate.step.get("subscription")
    if candidate.step.action != TRANSFER_CONTRACT_MANAGER.name or not isinstance(key, str) or key not in joining:
        return None
    team = now.subscriptions[key].team
    scope = Scope("team", team) if team is not None else WHOLE_ACCOUNT
    earlier = TRANSFER_CONTRACT_MANAGER.step(scope, subscription=key, user=candidate.step.text("user"))
    rows = attempt(now, earlier, clock)
    if scope == candidate.step.scope or isinstance(rows, Refused):
        return None
    now.change(rows)
    helps = not isinstance(attempt(now, joining[key], clock), Refused) and performers(now, joining[key])
    now.undo(rows)
    return candidate._replace(step=earlier) if helps else None


def freed_first(now: Account, day: str, move: Step, pending: Iterable[Candidate]) -> Iterator[Candidate]:
    """Yield the steps that free one seat for a move, held by somebody who cannot leave the team before it."""
    if move.action not in LEAVES_TEAM or move.text("subscription") not in now.subscriptions:
        return
    sub, scope = now.subscriptions[move.text("subscription")], Scope("team", move.text("from"))
    if sub.team != scope.name or not _left_short(now, day, scope.name, move.text("subscription")):
        return
    leaving = [
        (identity(candidate.step.text("user")) or "", candidate.step.text("user"))
        for candidate in pending
        if candidate.step.action == REMOVE_USER.name and candidate.step.scope == scope
    ]
    team = now.teams[scope.name]
    for user, written in sorted(leaving):
        if user not in now.holders(scope.name, sub.product):
            continue
        if user in team.seats.get(sub.product, ()):
            yield Candidate(UNASSIGN_SEAT.step(scope, product=sub.product, user=written))
        for name, group in sorted(team.groups.items()):
            if sub.product in group.products and user in group.members:
                yield Candidate(REMOVE_MEMBER.step(scope, group=name, user=written))
        return


def _left_short(now: Account, day: str, team: str, key: str) -> bool:
    product = now.subscriptions[key].product
    others = [now.subscriptions[other] for other in now.subscription_ids(team, product) if other != key]
    left = capacity(others, day)
    return left is not None and left < used(now, team, product)
