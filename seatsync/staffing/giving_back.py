"""Give back many seats at once, as a change of the files: direct ones, and those that groups give by leaving these."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seatsync.clock import Days
from seatsync.declaration.declared import Declaration, DeclaredTeam
from seatsync.staffing.proposal import Proposal, days_in
from seatsync.staffing.seat_changes import remains_member


class GivenBack(NamedTuple):
    """A seat to give back, by declared names: the person loses the direct entry, and leaves groups that give it."""

    team: str
    product: str
    user: str
    direct: bool
    groups: tuple[str, ...] = ()


def give_back(declared: Declaration, seats: Sequence[GivenBack]) -> Proposal:
    """Propose to give seats back. Everybody stays a member of the team, on the days of the removed entries."""
    proposal = Proposal.of(declared)
    people: dict[tuple[str, str], list[GivenBack]] = {}
    for seat in seats:
        people.setdefault((seat.team, seat.user), []).append(seat)
    for (name, user), given in people.items():
        team = declared.teams[name]
        days = [each for seat in given if seat.direct for each in _remove_seat(proposal, team, seat.product, user)]
        groups = tuple(dict.fromkeys(group for seat in given for group in seat.groups))
        days += [each for group in groups for each in proposal.leave_group(team, group, user)]
        products = tuple(seat.product for seat in given if seat.direct)
        if not remains_member(declared, team, user, products, groups):
            _keep_membership(proposal, team, user, days)
    return proposal


def _remove_seat(proposal: Proposal, team: DeclaredTeam, product: str, user: str) -> list[Days | None]:
    """Remove a direct seat, and return the days of its entries, without rows of a CSV: these stay, as memberships."""
    days = proposal.remove_seat(team, product, user)
    return days if proposal.declared.users[user].section is not None else days_in(team.seats.get(product), user)


def _keep_membership(proposal: Proposal, team: DeclaredTeam, user: str, days: list[Days | None]) -> None:
    for each in [None] if None in days else dict.fromkeys(days):
        proposal.add(team, ("members",), user, each)
