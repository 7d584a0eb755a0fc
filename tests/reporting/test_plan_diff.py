"""Two plans compared: steps paired, order, and nothing else."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.actions.spec import Step
from seatsync.account.model import Scope
from seatsync.planning.plan import CostChange, Plan, PlannedStep
from seatsync.reporting.plan_diff_report import plan_diff

DESIGN = Scope("team", "design")
NAMES = st.lists(st.sampled_from("abcdef"), max_size=6)


def planned(*steps: PlannedStep) -> Plan:
    """Return a plan with these steps."""
    return Plan("acme", None, None, "file:x", None, "2026-11-21", "sha256:0", "{}", steps=steps)


def seats(names: list[str]) -> Plan:
    """Return a plan that assigns a seat to each of these, in this order."""
    steps = (Step.make("seat.assign", DESIGN, product="AutoCAD", user=name) for name in names)
    return planned(*(PlannedStep(rank, step, "add", "self-service", "api") for rank, step in enumerate(steps, 1)))


def users(steps: tuple[PlannedStep, ...]) -> list[str]:
    return [each.step.text("user") for each in steps]


@given(NAMES, NAMES)
def test_steps_added_removed_and_moved(old: list[str], new: list[str]) -> None:
    diff = plan_diff(seats(old), seats(new))
    assert (diff.changed, diff.fields) == ((), ())
    assert diff.differs == (old != new) == (not diff.same_intent)
    left = list(old)
    for name in users(diff.removed):
        left.remove(name)
    stays = list(new)
    for name in users(diff.added):
        stays.remove(name)
    assert sorted(left) == sorted(stays)
    moved = {each.new.id for each in diff.moved}
    positions = {each.new.id: each.old.id for each in diff.moved}
    assert positions.keys() == moved
    rest = [
        name for rank, name in enumerate(new, 1) if rank not in moved and rank not in {each.id for each in diff.added}
    ]
    gone = {each.old.id for each in diff.moved} | {each.id for each in diff.removed}
    assert rest == [name for rank, name in enumerate(old, 1) if rank not in gone]


def test_as_few_steps_as_possible_move() -> None:
    diff = plan_diff(seats(list("abcdef")), seats(list("bcdefa")))
    assert [(each.old.id, each.new.id) for each in diff.moved] == [(1, 6)]


def test_needs_are_compared_by_what_they_name() -> None:
    one, two = seats(["a", "b"]).steps
    assert not plan_diff(planned(one, two), planned(one, two)).differs
    three = PlannedStep(3, Step.make("user.invite", DESIGN, user="c"), "add", "self-service", "api")
    old = planned(one, two._replace(needs=(1,)), three._replace(needs=(1,)))
    new = planned(three._replace(id=1, needs=()), one._replace(id=2), two._replace(id=3, needs=(2,)))
    diff = plan_diff(old, new)
    assert [(each.old.id, each.new.id) for each in diff.moved] == [(3, 1)]
    (changed,) = diff.changed
    assert changed.new.id == 1
    assert [(change.path, change.kind, change.old) for change in changed.fields] == [
        (("needs",), "remove", "team design: assign AutoCAD to a")
    ]


def test_costs_are_compared_by_currency() -> None:
    """A currency that only one of the plans has does not hide how another one changes."""
    eur, usd = (
        CostChange(currency, (Decimal("1.00"), Decimal("2.00")), (Decimal("0.00"), Decimal("0.00")))
        for currency in ("EUR", "USD")
    )
    old, new = planned()._replace(cost=(eur, usd)), planned()._replace(cost=(usd._replace(bought=usd.bought[::-1]),))
    assert [(change.path, change.kind) for change in plan_diff(old, new).fields] == [
        (("cost", "EUR"), "remove"),
        (("cost", "USD", "bought", "after"), "change"),
        (("cost", "USD", "bought", "before"), "change"),
        (("cost", "USD", "bought", "difference"), "change"),
    ]
