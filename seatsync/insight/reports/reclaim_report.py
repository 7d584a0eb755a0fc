"""The report on seats that can be reclaimed, and the message for the commit that proposes some of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import TypeAlias

from seatsync.account.actions.effects import counted
from seatsync.account.entitlements import COUNTED
from seatsync.declaration.prices import allotted, prices_of
from seatsync.insight.reports.document import Cell, Column, Money, Report, Table
from seatsync.insight.reports.inputs import ReportInputs
from seatsync.insight.reports.reclaim import reclaim
from seatsync.insight.reports.reclaimable import Against, Candidate, HeldSeat, NotEligible, Obstacle, Reclaimable, Stage
from seatsync.planning.costs import purchases

Key: TypeAlias = tuple[str, str, str]
Savings: TypeAlias = dict[Key, Money]
"""The cost of each saved seat in a year, by team, product and person."""

_NO_FILES = "No seat is judged without the files of a project, which have exemptions and absences."
_PERSON, _TEAM, _PRODUCT = Column("person", "Person"), Column("team", "Team"), Column("product", "Product")
_ASSIGNED, _LAST = Column("assigned", "Assigned", "day"), Column("last", "Last used", "day")
ELIGIBLE = (
    *(_PERSON, _TEAM, _PRODUCT, Column("through", "Held", "list"), Column("why", "Why", "list")),
    *(_ASSIGNED, _LAST, Column("saves", "Saves", "count"), Column("per_year", "Per year", "money")),
    *(Column("stage", "Stage"), Column("remark", "Remark")),
)
OTHERS = (_PERSON, _TEAM, _PRODUCT, Column("reason", "Reason"), Column("detail", "Detail"), _ASSIGNED, _LAST)

_AGAINST: dict[Against, str] = {
    "exempt": "exempt",
    "protected": "protected by the policy",
    "on leave": "on leave",
    "back from leave": "back from leave",
    "over": "ended in the files",
    "removed": "no longer in the files",
    "pending": "invitation not accepted",
    "not counted": "seats are not counted",
    "no subscription": "no subscription in term",
    "assigned recently": "assigned recently",
    "assigned unknown": "not known since when it is held",
    "not reported": "usage is not reported",
    "unknown": "usage is not known",
}
_DETAILS: dict[Against, str] = {
    "on leave": "through {}",
    "back from leave": "since {}",
    "over": "through {}",
    "removed": "the next apply takes it",
    "assigned recently": "on {}",
}
_OBSTACLES: dict[Obstacle, str] = {
    "": "",
    "undeclared team": "team {} is not declared",
    "undeclared": "not declared, and not pruned",
    "not pruned": "`policy.prune` leaves such entries",
    "declared later": "declared again from {}",
    "group": "{}, too",
    "synced group": "a directory keeps group {}",
}
_WAITING: dict[Stage, str] = {
    "notice due": "whose holder was not told (`seatsync notify reclaim`)",
    "told": "whose holder was told less than 30 days ago",
    "reminder due": "whose holder was told less than 30 days ago",
    "reminded": "whose holder was told less than 30 days ago",
    "usage awaited": "of which newer usage is needed, for the 30 days after the notice",
}


def reclaim_report(inputs: ReportInputs, days: int | None = None) -> Report:
    """Return the report; `days` without use are those of the policy by default.

    Without the files of a project, nothing is known of exemptions and absences, so no seat is listed.
    """
    found, saved = Reclaimable(inputs.clock.day, 0, (), (), 0, 0), dict[Key, Money]()
    summary: Iterable[str] = (_NO_FILES,)
    if inputs.declared is not None:
        found = reclaim(inputs, inputs.declared, days)
        saved = savings(inputs, found.candidates)
        summary = filter(None, (*_summary(found, saved), inputs.lack_of_usage))
    eligible = tuple(_eligible(each, saved) for each in found.candidates)
    others = tuple(_other(each) for each in found.others)
    return Report(
        "reclaim",
        "Seats to reclaim",
        inputs.account.name,
        inputs.clock.day,
        inputs.sight.shown,
        tuple(summary),
        (
            Table("eligible", "Can be reclaimed", ELIGIBLE, eligible),
            Table("not_eligible", "Left alone, and why", OTHERS, others),
        ),
        notes=(*inputs.sight.notes(usage=True), *_notes(found, saved)),
    )


def savings(inputs: ReportInputs, seats: Iterable[Candidate]) -> Savings:
    """Return what each saved seat costs in a year, in amounts that add up to their exact sum in each currency.

    That is its share of what the pool costs. It is unknown if the pool has several currencies, or a subscription has no
    price.
    """
    bought = purchases(inputs.account, prices_of(inputs.declared), inputs.clock.day, inputs.sight.subscription)
    pools = {(each.team, each.product): each for each in bought if each.offering == COUNTED and not each.unpriced}
    parts: dict[str, dict[Key, Fraction]] = {}
    for each in seats:
        pool = pools.get((each.seat.team, each.seat.product))
        if each.takes and pool is not None and len(pool.amounts) == 1:
            (currency,) = pool.amounts
            parts.setdefault(currency, {})[each.key] = pool.of_holder(currency)
    return {key: Money(amount, currency) for currency, each in parts.items() for key, amount in allotted(each).items()}


def _eligible(each: Candidate, saved: Savings) -> tuple[Cell, ...]:
    seat = each.seat
    price: Cell = saved.get(each.key) if each.takes else ""
    remark = _OBSTACLES[each.obstacle].format(each.about) or ("" if each.told is None else f"told on {each.told}")
    return (
        *(seat.shown, seat.team, seat.product, _through(seat), each.why),
        *(each.assigned, each.last, int(each.takes), price, each.stage, remark),
    )


def _other(each: NotEligible) -> tuple[Cell, ...]:
    seat = each.seat
    team = f"contract {seat.team}" if seat.is_classic else seat.team
    detail = _DETAILS.get(each.against, "{}").format(each.about)
    return (seat.shown, team, seat.product, _AGAINST[each.against], detail, each.assigned, each.last)


def _through(seat: HeldSeat) -> tuple[str, ...]:
    return (*(("directly",) if seat.direct else ()), *(f"group {name}" for name in seat.groups))


def _summary(found: Reclaimable, saved: Savings) -> Iterable[str]:
    listed = found.candidates
    if not listed:
        yield f"No seat can be reclaimed: none is known to be unused for {found.days} days."
    else:
        people = len({each.seat.person for each in listed})
        worth = "".join(f", {amount}" for amount in _amounts(listed, saved))
        taken = counted(sum(each.takes for each in listed), "seat")
        yield (
            f"{counted(len(listed), 'seat')} of {counted(people, 'person', 'people')} can be reclaimed: unused for"
            f" {found.days} days, or given by a group as well. {taken} saved{worth}."
        )
        stages = Counter(each.stage for each in listed if not each.obstacle)
        if stages:
            yield f"By stage: {', '.join(f'{stage} {count}' for stage, count in sorted(stages.items()))}."
    in_use = counted(found.used, "other seat is", "other seats are")
    alone = counted(len(found.others), "seat is", "seats are")
    yield f"{in_use} in use, {alone} left alone for a reason."


def _amounts(seats: Sequence[Candidate], saved: Savings) -> list[str]:
    """Return what saved seats cost per year, by currency, and of how many it is not known."""
    total: dict[str, Decimal] = {}
    for each in seats:
        price = saved.get(each.key)
        if price is not None:
            total[price.currency] = total.get(price.currency, Decimal(0)) + price.amount
    unpriced = sum(each.takes and each.key not in saved for each in seats)
    found = [f"{amount:,f} {currency} per year" for currency, amount in sorted(total.items())]
    return [*found, f"{counted(unpriced, 'price')} unknown"] if found and unpriced else found


def _notes(found: Reclaimable, saved: Savings) -> Iterable[str]:
    if saved:
        yield "A saved seat costs its share of the pool until its subscription is renewed with fewer seats."
    if any(each.last == "" for each in found.candidates):
        yield "Never used: as far as the recorded usage goes. Order usage reports for twelve months."
    if found.ignored:
        yield f"Not judged, because the policy ignores it: {counted(found.ignored, 'seat')}."
    for team in found.unknown:
        yield f"Not judged, because the seats of team {team} are not known."


def commit_message(inputs: ReportInputs, found: Reclaimable, chosen: Sequence[Candidate]) -> str:
    """Return the message of a commit that gives seats back: counts by product and team, and no person."""
    taken = [each for each in chosen if each.takes]
    beside = len(chosen) - len(taken)
    direct = f"{counted(beside, 'direct seat')} that a group gives as well"
    if not taken:
        return f"Remove {direct}\n"
    counts = Counter((each.seat.product, each.seat.team) for each in taken)
    worth = "".join(f", {amount}" for amount in _amounts(chosen, savings(inputs, chosen)))
    paragraphs = [
        f"Reclaim {counted(len(taken), 'unused seat')}",
        "\n".join(f"{product} in team {team}: {count}" for (product, team), count in sorted(counts.items())),
        f"Unused for {found.days} days or more on {found.day}. Saves {counted(len(taken), 'seat')}{worth}.",
        *([f"Also removes {direct}."] if beside else []),
    ]
    return "\n\n".join(paragraphs) + "\n"


def not_proposed(found: Reclaimable, chosen: Sequence[Candidate]) -> Iterable[str]:
    """Yield how many seats are not proposed, and why."""
    keys = {each.key for each in chosen}
    rest = [each for each in found.candidates if each.key not in keys]
    counts = Counter(_why_not(each) for each in rest)
    yield from (f"not proposed: {counted(count, 'seat')} {why}" for why, count in sorted(counts.items()))


def _why_not(each: Candidate) -> str:
    if each.obstacle:
        return "that no change of the files can take (see `seatsync report reclaim`)"
    return _WAITING.get(each.stage, "given by a group that gives more, which is not proposed")
