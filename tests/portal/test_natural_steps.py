"""Natural steps: every difference of two states becomes steps, whose rows lead from one to the other."""

from __future__ import annotations

from random import Random

import pytest

from seatsync.account.history import from_text, to_text
from seatsync.account.model import Account, Group, User
from seatsync.portal.natural_steps import natural_steps
from seatsync.reporting.plan.wording import described
from tests.account.sample import acme
from tests.planning.states import pair


def said(before: Account, after: Account) -> list[str]:
    """Return the steps in words, after checking that their rows lead from one state to the other."""
    steps = natural_steps(before, after)
    now = before.copy()
    for each in steps:
        now.change(each.rows)
    assert now == after
    now.undo([row for each in steps for row in each.rows])
    assert now == before
    assert [from_text(to_text(each.step)) for each in steps] == [each.step for each in steps]
    return [described(each.step) for each in steps]


def _empty(account: Account) -> Account:
    return Account(account.name, account.lineage, account.serial)


@pytest.mark.parametrize("seed", range(200))
def test_the_rows_of_random_differences(seed: int) -> None:
    before, after = pair(Random(seed), classic=False)
    for one, other in ((before, after), (after, before), (_empty(before), after), (before, _empty(before))):
        steps = said(one, other)
        assert bool(steps) is (one != other)
        assert len(steps) == len(set(steps))


def test_every_kind_of_difference() -> None:
    before, after = acme(), acme()
    team, studio = after.teams["design"], after.teams["studio"]
    team.primary, team.admins = "ben@acme.example", {"ana@acme.example": "secondary", "dee@acme.example": "sso"}
    team.members = {*team.members, "new@acme.example"} - {"eli@acme.example"}
    team.external = frozenset({"new@acme.example"})
    team.groups = {"cad": Group({"dee@acme.example"}, {"Maya"}), "lab": Group({"ben@acme.example"})}
    team.seats = {"AutoCAD": {"new@acme.example"}}
    team.sso = None
    studio.external = frozenset()
    after.users["new@acme.example"] = User("new@acme.example", "New", "One", "pending")
    after.users["ben@acme.example"] = User("ben@acme.example", "Benno", "Okoro")
    del after.users["eli@acme.example"]
    after.users["fay@acme.example"] = after.users["fay@acme.example"]._replace(status="active")
    one, two = after.subscriptions["S-1"], after.subscriptions.pop("S-2")
    after.subscriptions["S-1"] = one._replace(
        team="studio", seats=5, ends="2028-12-31", auto_renew=True, channel="store", contract_manager="ben@acme.example"
    )
    after.subscriptions["S-9"] = two._replace(team=None)
    assert said(before, after) == [
        "team design: invite new@acme.example (New One)",
        "change the address of Ben@acme.example to ben@acme.example",
        "change the name of ben@acme.example to Benno Okoro",
        "accepted the invitation of fay@acme.example",
        "team design: make ben@acme.example primary admin",
        "team design: remove the SSO configuration",
        "team design: take the admin role from cho@acme.example",
        "team design: make dee@acme.example SSO admin",
        "team design: make new@acme.example an external user",
        "team studio: make gus@acme.example a regular member",
        "team design: create group lab",
        "team design: add dee@acme.example to group cad",
        "team design: add ben@acme.example to group lab",
        "team design: assign Maya to group cad",
        "team design: assign AutoCAD to new@acme.example",
        "team studio: move subscription S-1 here from team design",
        "team studio: subscription S-1 is now different: channel reseller -> store",
        "team studio: order for subscription S-1: seats 3 -> 5",
        "team studio: renew subscription S-1: ends 2026-12-31 -> 2028-12-31, auto_renew false -> true",
        "team studio: make ben@acme.example contract manager of subscription S-1",
        "team design: subscription S-2 is gone",
        "buy subscription S-9: 100 tokens of Maya, flex, from the store, 2026-01-01 to 2026-12-31",
        "team design: take AutoCAD from dee@acme.example",
        "team design: delete group idle",
        "team design: take AutoCAD from group cad",
        "team design: remove eli@acme.example",
    ]


def test_a_subscription_that_is_in_no_team_any_more() -> None:
    before, after = acme(), acme()
    after.subscriptions["S-1"] = after.subscriptions["S-1"]._replace(team=None)
    assert said(before, after) == ["subscription S-1 is now different: team design -> none"]
