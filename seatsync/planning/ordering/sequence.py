"""A sequence of steps on a simulated account: each is taken when it is legal and safe, minimums included.

A step is taken if the engine allows it, somebody may perform it, nobody temporarily loses what they hold before and
after the plan, and nobody temporarily gets what they hold neither before nor after.
"""

from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from seatsync.account.access import performers
from seatsync.account.access import who as who_may
from seatsync.account.actions.admin_actions import ASSIGN_ROLE
from seatsync.account.actions.effects import Refused
from seatsync.account.actions.seat_actions import ASSIGN_SEAT
from seatsync.account.actions.spec import Kind, Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ROLES, RENAMES
from seatsync.account.email import identity
from seatsync.account.engine import attempt
from seatsync.account.model import Account, Change
from seatsync.clock import Clock
from seatsync.planning.difference.changes import Candidate
from seatsync.planning.ordering.needs import Needs
from seatsync.planning.ordering.scarcity import (
    Entitled,
    Pool,
    PoolSeats,
    Rights,
    Size,
    holders_in,
    resized,
    size_of,
    touched,
)

_Count = tuple[str, str]
"""A team and a role."""


class Minimums:
    """Minimum numbers of secondary admins (from the policy) and of SSO admins (one), by team.

    Admins above the minimum may lose the role at once. For others, a step that gave the role to somebody else has to
    come before. So the spare admins are counted like the free seats of a pool.
    """

    def __init__(self, base: Account, goal: Account, secondary: int) -> None:
        self._count: dict[_Count, int] = {}
        self._least: dict[_Count, int] = {}
        self._spare: dict[_Count, PoolSeats] = {}
        for name, team in base.teams.items():
            after = goal.teams.get(name, team)
            if after is team:
                continue
            for role, least in (("secondary", secondary), ("sso", 1)):
                count, then = (sum(each == role for each in side.admins.values()) for side in (team, after))
                if 0 < least <= min(count, then):
                    self._count[name, role], self._least[name, role] = count, least
                    self._spare[name, role] = PoolSeats(Size(count - least), 0)

    def changes(self, rows: Iterable[Change]) -> dict[_Count, int]:
        """Return by how much rows change the counted numbers."""
        found: dict[_Count, int] = {}
        for row in rows:
            if row.table == "team_admin":
                for values, by in ((row.old, -1), (row.new, 1)):
                    each = (row.key[0], str(values[0]) if values else "")
                    if each in self._least:
                        found[each] = found.get(each, 0) + by
        return found

    def broken(self, changes: dict[_Count, int]) -> bool:
        """Return True if changes would leave fewer admins than the minimum."""
        return any(by < 0 and self._count[each] + by < self._least[each] for each, by in changes.items())

    def needs(self, number: int, changes: dict[_Count, int]) -> Iterator[int]:
        """Record the changes of a step, and yield the earlier steps it needs for the roles it takes away."""
        for each, by in changes.items():
            self._count[each] += by
            self._spare[each].give((number,), max(0, by))
            for _ in range(-by):
                yield from self._spare[each].take()


class Taken(NamedTuple):
    """A step taken, with its attributes in the state in which it was taken."""

    step: Step
    kind: Kind
    needs: tuple[int, ...]
    performers: tuple[str, ...]
    codes: tuple[str, ...]
    effects: tuple[str, ...]


class Waits(NamedTuple):
    """The answer for a legal step that is not safe yet; `short` are team, product and person of temporary losses."""

    short: tuple[tuple[str, str, str], ...] = ()


class Sequence:
    """Steps taken so far from a `start` and the account they lead to (`now`).

    `held` is the account at the start, under present names. `min_secondary` is the policy's minimum.
    """

    def __init__(self, start: Account, clock: Clock, min_secondary: int = 0, actor: str | None = None) -> None:
        self.start = start
        self.clock = clock
        self.min_secondary = min_secondary
        self.now = start.copy()
        self.held = start.copy()
        self.base: Account | None = None
        self.goal: Account | None = None
        self.needs = Needs(self.now, clock.day)
        self.rights = Rights(self.held, actor=actor)
        self.minimums = Minimums(start, start, min_secondary)
        self.taken: list[Taken] = []
        self._all_needs: list[tuple[int, ...]] = []
        # Cache of performers' addresses: most steps have the same few.
        self._who: dict[frozenset[str], tuple[str, ...]] = {}
        # Moves of subscriptions still to come: nobody may lose a role that one of them needs.
        self.moves: list[Step] = []
        self.routed: frozenset[str] = frozenset()
        self.actor = actor

    def with_goal(self, goal: Account, actor: str | None = None, routed: Collection[str] = ()) -> "Sequence":
        """Return a sequence that continues from here to `goal`, compared with the present state.

        `routed` are the teams whose seat steps are taken in an order found by search.
        """
        sequence = Sequence(self.now, self.clock, self.min_secondary, actor)
        sequence.base, sequence.goal, sequence.held = self.now, goal, self.held
        sequence.taken = list(self.taken)
        sequence.rights = self.rights.with_goal(self.now, goal, actor)
        sequence.minimums = Minimums(self.now, goal, self.min_secondary)
        sequence.needs = self.needs.with_goal(sequence.now, self.now, goal)
        sequence.routed = frozenset(routed)
        sequence._all_needs = list(self._all_needs)
        return sequence

    def take(self, candidate: Candidate, *, patient: bool = True, strict: bool = True) -> Refused | Waits | None:
        """Take a step if it is legal and safe. Return None if it was taken, else the reason, with nothing changed.

        If `patient`, the step waits until the actor may perform it; if `strict`, as long as it would leave a team with
        too few secondary or SSO admins.
        """
        step = candidate.step
        rows = attempt(self.now, step, self.clock)
        if isinstance(rows, Refused):
            return rows
        # Before there is a goal, things are only renamed, bought or created: no seat is taken from anybody.
        seats = touched(rows, self.now) if self.goal is not None else []
        pools = sorted(resized(rows)) if self.goal is not None else []
        sizes = {name: size_of(self.now, name, self.clock.day) for name in pools}
        before = [user in holders_in(self.now, name) for name, user in seats]
        self.needs.open_pools(_pools(step, seats, sizes) if self.goal is not None else ())
        needs = self.needs.before(step, rows)
        who = performers(self.now, step)
        if not who:
            lack = f"Nobody in the account may perform this step ({step.action}): only the {who_may(step)} may."
            return Refused("ACCESS003", lack)
        codes, effects, kind = self._codes(candidate), _side_effects(self.now, step, rows), _kind(self.now, step)
        admins = self.minimums.changes(rows)
        too_early = self._last_scope(step) or (patient and self._not_yet_the_actors(step, who))
        if too_early or (strict and self.minimums.broken(admins)):
            return Waits()
        movable = self._movable(step)
        self.now.change(rows)
        changed = [(at, was, at[1] in holders_in(self.now, at[0])) for at, was in zip(seats, before, strict=True)]
        waits = self._unsafe(changed) or self._too_early(rows)
        if waits is None and not all(performers(self.now, move) for move in movable):
            waits = Waits()
        if waits is not None:
            self.now.undo(rows)
            return waits
        number = len(self.taken) + 1
        needs.update(self.rights.taken_away(rows, self.now))
        needs |= self.needs.givers(self.rights.given(step, who, self.now))
        self.rights.protect(number, step, who, self.now)
        needs |= self._seat_needs(number, step, rows, changed, sizes)
        needs.update(self.minimums.needs(number, admins))
        if step in self.moves:
            self.moves.remove(step)
        if step.action in RENAMES and self.goal is None:
            self.held.change(_known(attempt(self.held, step, self.clock)))
        needs.discard(number)
        self._all_needs.append(tuple(sorted(needs)))
        self.taken.append(Taken(step, kind, self._direct(needs), self._performers(who, rows), codes, effects))
        return None

    def _seat_needs(
        self,
        number: int,
        step: Step,
        rows: tuple[Change, ...],
        changed: list[tuple[Entitled, bool, bool]],
        sizes: dict[Pool, Size],
    ) -> set[int]:
        """Return the needs of a step that follow from pools: those it resized, and seats it took or freed."""
        needs: set[int] = set()
        for name, size in sizes.items():
            needs |= self.needs.resized(number, name, size, size_of(self.now, name, self.clock.day))
        gained = [entitled for entitled, was, holds in changed if holds and not was]
        lost = [entitled for entitled, was, holds in changed if was and not holds]
        return needs | self.needs.after(number, step, rows, gained, lost)

    def _direct(self, needs: set[int]) -> tuple[int, ...]:
        """Return needs without those implied by another of them."""
        through = {before for need in needs for before in self._all_needs[need - 1]}
        return tuple(sorted(needs - through))

    def _unsafe(self, changed: list[tuple[Entitled, bool, bool]]) -> Waits | None:
        """Return Waits if a step would temporarily take what someone keeps, or give what they should not have."""
        if self.goal is None or self.base is None:
            return None
        short: list[tuple[str, str, str]] = []
        for (name, user), was, holds in changed:
            if name[0] != "team" or was == holds:
                continue
            if was and self.needs.continuing(name[1], name[2], user):
                short.append((name[1], name[2], user))
            if holds and user not in self.goal.holders(name[1], name[2]):
                return Waits()
        return Waits(tuple(short)) if short else None

    def _too_early(self, rows: Iterable[Change]) -> Waits | None:
        """Return Waits if a direct seat would be removed although its holder has no other lasting source yet."""
        for row in rows:
            if row.table != "team_seat" or row.new is not None or self.goal is None:
                continue
            team, product, user = row.key
            keeps = team not in self.routed and self.needs.continuing(team, product, user)
            if keeps and not _has_lasting_source(self.now, self.goal, row.key):
                return Waits()
        return None

    def _not_yet_the_actors(self, step: Step, who: Collection[str]) -> bool:
        """Return True if a step waits for the actor to get the right to perform it."""
        if self.actor is None or ACTIONS[step.action].channel != "self-service":
            return False
        return self.goal is not None and self.actor not in who

    def _movable(self, step: Step) -> list[Step]:
        """Return the pending moves of subscriptions that somebody may perform now, if a step may change that."""
        if step.action not in CHANGES_ROLES:
            return []
        return [move for move in self.moves if move != step and performers(self.now, move)]

    def _last_scope(self, step: Step) -> bool:
        """Return True if a departure would remove someone from the account who should stay in it."""
        departs = ACTIONS[step.action].departs
        if self.goal is None or departs is None:
            return False
        if departs == "everybody":
            leaving: Iterable[str] = self.now.teams[step.scope.name].members
        else:
            leaving = (identity(step.text("user")) or "",)
        return any(user in self.goal.users and self.now.scopes_of(user) == {step.scope} for user in leaving)

    def _codes(self, candidate: Candidate) -> tuple[str, ...]:
        step = candidate.step
        codes = ["STEP003"] if candidate.inserted else []
        spec = ACTIONS[step.action]
        if spec.channel != "self-service":
            codes.append("STEP005")
        if spec.role is not None:
            person = self.now.users.get(identity(str(step.get(spec.person))) or "")
            if person is not None and person.status == "pending":
                codes.append("STEP006")
        return tuple(codes)

    def _performers(self, who: Iterable[str], rows: Iterable[Change]) -> tuple[str, ...]:
        if any(row.table == "user" for row in rows):
            self._who.clear()  # an address may have changed
        same = frozenset(who)
        if same not in self._who:
            self._who[same] = tuple(self._shown(same))
        return self._who[same]

    def _shown(self, users: Iterable[str]) -> list[str]:
        return sorted(self.now.users[user].email if user in self.now.users else user for user in users)


def _side_effects(now: Account, step: Step, rows: tuple[Change, ...]) -> tuple[str, ...]:
    found = ACTIONS[step.action].side_effects
    return () if found is None else tuple(found(now, step, rows))


def _pools(step: Step, seats: Iterable[Entitled], sizes: Iterable[Pool]) -> set[Pool]:
    """Return the pools that a step touches."""
    found = {name for name, _ in seats}.union(sizes)
    product = step.get("product")
    if step.action == ASSIGN_SEAT.name and step.scope.kind == "team" and isinstance(product, str):
        found.add(("team", step.scope.name, product))  # also for a group without members
    return found


def _known(rows: tuple[Change, ...] | Refused) -> tuple[Change, ...]:
    """Return the rows of a rename; none for a new thing, which had no other name."""
    return () if isinstance(rows, Refused) else rows


def _has_lasting_source(now: Account, goal: Account, key: tuple[str, ...]) -> bool:
    """Return True if someone holds a product of a team through the same group now and at the end."""
    team, product, user = key
    after = goal.teams[team].groups
    return any(
        user in group.members
        and product in group.products
        and user in after[name].members
        and product in after[name].products
        for name, group in now.teams[team].groups.items()
        if name in after
    )


def _kind(now: Account, step: Step) -> Kind:
    """Return the kind of a step; a role that replaces another is a change."""
    spec = ACTIONS[step.action]
    if spec.role in ASSIGN_ROLE:
        team = now.teams[step.scope.name]
        if (identity(step.text("user")) or "") in team.admins:
            return "change"
    return spec.kind
