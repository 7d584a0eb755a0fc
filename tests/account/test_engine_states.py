"""Steps in states that the sample does not have: full, empty and unlimited pools, last memberships, empty teams."""

from __future__ import annotations

import pytest

from seatsync.account.actions.spec import Step
from seatsync.account.engine import attempt, perform
from seatsync.account.entitlements import capacity, covers, free_seats, pool, subscribed, support_limit, used
from seatsync.account.model import Account, ContractProduct, Group, Team, User
from seatsync.clock import Clock
from tests.account.sample import NOON, acme, contract, effect, everywhere, facts, subscription, team

DEE, ELI, ANA, BEN, CHO = (f"{name}@acme.example" for name in ("dee", "eli", "ana", "ben", "cho"))


def full() -> Account:
    """Return the sample with all three AutoCAD seats of design assigned."""
    account = acme()
    assert effect(team("seat.assign", "design", product="AutoCAD", user=ANA), account).startswith("+")
    return account


def overfull() -> Account:
    """Return the sample with AutoCAD in design reduced to one seat, held by two people."""
    account = acme()
    account.subscriptions["S-1"] = account.subscriptions["S-1"]._replace(seats=1)
    return account


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            team("seat.assign", "design", product="AutoCAD", user=BEN),
            "STEP001 Team design has 3 seats of AutoCAD, 3 taken; one more is needed.",
        ),
        (
            team("group.add_member", "design", group="cad", user=BEN),
            "STEP001 Team design has 3 seats of AutoCAD, 3 taken; one more is needed.",
        ),
        # A person who holds the product already needs no further seat, directly or through a group.
        (team("seat.assign", "design", product="AutoCAD", user=ELI), f"+ team_seat design AutoCAD {ELI}"),
        (team("group.add_member", "design", group="cad", user=DEE), f"+ group_member design cad {DEE}"),
        (team("group.add_member", "design", group="idle", user=BEN), f"+ group_member design idle {BEN}"),
        (team("seat.assign", "design", product="AutoCAD", group="idle"), "+ group_seat design idle AutoCAD"),
    ],
)
def test_a_full_pool(step: Step, expected: str) -> None:
    assert effect(step, full()) == expected


def test_a_group_brings_its_members_new_seats() -> None:
    account = full()
    for user in (BEN, CHO, DEE):
        assert effect(team("group.add_member", "design", group="idle", user=user), account).startswith("+")
    step = team("seat.assign", "design", product="AutoCAD", group="idle")
    assert effect(step, account) == "STEP001 Team design has 3 seats of AutoCAD, 3 taken; 2 more are needed."
    assert effect(team("seat.unassign", "design", product="AutoCAD", user=ANA), account).startswith("-")
    assert effect(step, account) == "STEP001 Team design has 3 seats of AutoCAD, 2 taken; 2 more are needed."
    assert effect(team("group.remove_member", "design", group="idle", user=CHO), account).startswith("-")
    assert effect(step, account) == "+ group_seat design idle AutoCAD"


def test_a_seat_is_handed_from_one_to_another() -> None:
    account = full()
    assert effect(team("seat.unassign", "design", product="AutoCAD", user=DEE), account).startswith("-")
    assert effect(team("seat.assign", "design", product="AutoCAD", user=BEN), account).startswith("+")


def test_a_person_who_holds_a_product_twice_frees_no_seat_by_giving_up_one_way() -> None:
    account = full()
    assert effect(team("seat.assign", "design", product="AutoCAD", user=ELI), account).startswith("+")
    assert effect(team("seat.unassign", "design", product="AutoCAD", group="cad"), account).startswith("-")
    assert used(account, "design", "AutoCAD") == 3
    assert effect(team("seat.assign", "design", product="AutoCAD", user=BEN), account).startswith("STEP001")


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (
            team("seat.assign", "design", product="AutoCAD", user=BEN),
            "STEP001 Team design has 1 seat of AutoCAD, 2 taken; one more is needed.",
        ),
        (team("seat.assign", "design", product="AutoCAD", user=ELI), f"+ team_seat design AutoCAD {ELI}"),
        (team("seat.unassign", "design", product="AutoCAD", user=DEE), f"- team_seat design AutoCAD {DEE}"),
        (
            team("purchase.seats", "design", subscription="S-1", now=facts(seats=1), wanted=facts(seats=0)),
            "STEP001 Team design uses 2 seats of AutoCAD and would have 0.",
        ),
        (
            team("purchase.seats", "design", subscription="S-1", now=facts(seats=1), wanted=facts(seats=2)),
            "~ subscription S-1 1→2",
        ),
        (
            team("purchase.renewal", "design", subscription="S-1", now=facts(), wanted=facts(ends="2027-12-31")),
            "~ subscription S-1 2026-12-31→2027-12-31",
        ),
    ],
)
def test_a_pool_that_is_over_its_limit_only_shrinks(step: Step, expected: str) -> None:
    assert effect(step, overfull()) == expected


def test_days_outside_of_every_term() -> None:
    account = acme()
    early, late = Clock.at("2025-12-31"), Clock.at("2027-01-01")
    step = team("seat.assign", "design", product="AutoCAD", user=ANA)
    expected = "STEP001 No subscription of team design to AutoCAD is in term on {}: {}."
    assert effect(step, account, early) == expected.format("2025-12-31", "the next begins on 2026-01-01")
    assert effect(step, account, late) == expected.format("2027-01-01", "the last ended on 2026-12-31")
    assert effect(step, account, Clock.at("2026-12-31")).startswith("+")
    # Always allowed: freeing a seat, and assignments that entitle nobody new.
    assert effect(team("seat.unassign", "design", product="AutoCAD", user=DEE), account, late).startswith("-")
    assert effect(team("seat.assign", "design", product="AutoCAD", user=ELI), account, late).startswith("+")


def test_a_subscription_out_of_term_gives_nothing_and_may_go() -> None:
    account = acme()
    late = Clock.at("2027-01-01")
    step = team("subscription.move", "studio", subscription="S-1", from_="design")
    assert effect(step, account, late) == "~ subscription S-1 design→studio"


def test_pools_add_up_and_are_unlimited_with_flex() -> None:
    account = acme()
    account.subscriptions |= {
        "S-6": subscription("design", "AutoCAD", seats=4, starts="2026-07-01", ends="2027-06-30"),
        "S-7": subscription(
            "design", "AutoCAD", offering="token-flex", tokens=9, starts="2026-09-01", ends="2026-09-30"
        ),
    }
    days = [
        "2026-06-30",
        "2026-07-01",
        "2026-08-31",
        "2026-09-01",
        "2026-09-30",
        "2026-10-01",
        "2027-01-01",
        "2027-07-01",
    ]
    assert [pool(account, "design", "AutoCAD", day) for day in days] == [3, 7, 7, None, None, 7, 4, 0]
    assert [free_seats(account, "design", "AutoCAD", day) for day in days] == [1, 5, 5, None, None, 5, 2, -2]
    assert [subscribed(account, "design", "AutoCAD", day) for day in days] == [True] * 7 + [False]
    assert pool(account, "design", "Fusion", "2026-06-15") == 0
    assert pool(account, "nowhere", "AutoCAD", "2026-06-15") == 0
    assert used(account, "nowhere", "AutoCAD") == 0
    assert capacity([], "2026-06-15") == 0


@pytest.mark.parametrize(
    ("seats", "before", "taken", "expected"),
    [
        (None, 1, 9, True),
        (3, 5, 3, True),
        (2, 5, 3, False),
        (2, None, 3, False),
        (2, 2, 3, True),
        (2, 1, 3, True),
        (1, 2, 3, False),
    ],
)
def test_covers(seats: int | None, before: int | None, taken: int, *, expected: bool) -> None:
    assert covers(seats, before, taken) is expected


def test_a_counted_pool_is_left_where_flex_moves_away() -> None:
    account = acme()
    assert effect(team("seat.assign", "design", product="Maya", user=DEE), account).startswith("+")
    step = team("subscription.move", "studio", subscription="S-2", from_="design")
    assert effect(step, account) == "STEP001 Team design uses 1 seat of Maya and would have 0."
    account.subscriptions["S-6"] = subscription("design", "Maya", seats=1)
    account._bought = None  # put in by hand
    assert effect(step, account) == "~ subscription S-2 design→studio"


def test_the_manager_of_a_subscription_is_a_member_of_both_teams() -> None:
    account = acme()
    account.subscriptions["S-3"] = account.subscriptions["S-3"]._replace(contract_manager="gus@acme.example")
    account.subscriptions["S-2"] = account.subscriptions["S-2"]._replace(contract_manager=DEE)
    assert effect(team("subscription.assign", "design", subscription="S-3"), account) == (
        "STEP001 gus@acme.example, contract manager of subscription S-3, is not a member of team design."
    )
    assert effect(team("subscription.move", "studio", subscription="S-2", from_="design"), account) == (
        "STEP001 dee@acme.example, contract manager of subscription S-2, is not a member of team studio."
    )


def emptied() -> Account:
    """Return the sample with a team that has no purchases, but people who are in no other team."""
    account = acme()
    account.users["ivy@acme.example"] = User("ivy@acme.example")
    account.teams["site"] = Team(
        DEE, None, {"ivy@acme.example": "secondary"}, {DEE, "ivy@acme.example"}, {"g": Group({DEE})}
    )
    return account


def test_a_team_is_deleted() -> None:
    assert effect(team("team.delete", "site"), emptied()).splitlines() == [
        "- group_member site g dee@acme.example",
        "- team_group site g",
        "- team_admin site ivy@acme.example secondary",
        "- team_member site ivy@acme.example",
        "- team_member site dee@acme.example",
        "- team site dee@acme.example",
        "- user ivy@acme.example ivy@acme.example active",
    ]


def test_a_team_with_seats_left_is_not_deleted() -> None:
    account = emptied()
    account.teams["site"].groups["g"].products |= {"Revit"}
    assert effect(team("team.delete", "site"), account) == "STEP001 Team site still has Revit in group g."
    account.teams["site"].seats["Maya"] = {DEE}
    assert effect(team("team.delete", "site"), account) == "STEP001 Team site still has seats of Maya."


def test_manager_of_a_free_subscription_stays_in_the_account() -> None:
    account = emptied()
    for key, user in (("S-3", ELI), ("S-8", "ivy@acme.example")):
        account.subscriptions[key] = account.subscriptions["S-3"]._replace(contract_manager=user)
    expected = "STEP004 {} is still contract manager of subscription {}."
    assert effect(team("user.remove", "design", user=ELI), account) == expected.format(ELI, "S-3")
    assert effect(team("team.delete", "site"), account) == expected.format("ivy@acme.example", "S-8")
    assert effect(everywhere("contract_manager.transfer", subscription="S-3", user=DEE), account).startswith("~")
    assert effect(team("user.remove", "design", user=ELI), account).startswith("-")


def test_a_manager_who_is_no_person_of_the_account_makes_a_team() -> None:
    account = acme()
    account.subscriptions["S-3"] = account.subscriptions["S-3"]._replace(contract_manager="ivy@acme.example")
    assert effect(team("team.create", "site", primary_admin="Ivy@acme.example"), account).splitlines() == [
        "+ user ivy@acme.example Ivy@acme.example active",
        "+ team site ivy@acme.example",
        "+ team_member site ivy@acme.example",
    ]


def test_a_whole_way_into_a_new_address() -> None:
    account = acme()
    assert effect(team("admin.revoke", "design", user=CHO), account).startswith("-")
    assert effect(team("group.add_member", "design", group="cad", user=BEN), account).startswith("+")
    assert effect(everywhere("user.change_email", user=BEN, to="Ben@okoro.example"), account).splitlines() == [
        "+ user ben@okoro.example Ben@okoro.example Ben Okoro active",
        "+ contract_member C-1 ben@okoro.example",
        "+ contract_service C-1 Rendering ben@okoro.example",
        "+ team_member design ben@okoro.example",
        "+ team_admin design ben@okoro.example secondary",
        "+ group_member design cad ben@okoro.example",
        "+ team_member studio ben@okoro.example",
        "~ team studio ben@acme.example→ben@okoro.example",
        "~ contract C-1 ben@acme.example→ben@okoro.example",
        "- contract_service C-1 Rendering ben@acme.example",
        "- contract_member C-1 ben@acme.example",
        "- group_member design cad ben@acme.example",
        "- team_admin design ben@acme.example secondary",
        "- team_member design ben@acme.example",
        "- team_member studio ben@acme.example",
        "- user ben@acme.example Ben@acme.example Ben Okoro active",
    ]


def test_support_benefits_follow_the_seats_of_all_products() -> None:
    account = acme()
    assert support_limit(account.contracts["C-1"]) == 18
    account.contracts["C-1"].products = {"AutoCAD 2019": ContractProduct(1, "1"), "Maya 2019": ContractProduct(0, "2")}
    people = [f"p{number}@acme.example" for number in range(6)]
    for user in people:
        step = contract("user.invite", "C-1", user=user, first_name=None, last_name=None)
        assert effect(step, account).startswith("+")
    for user in people[:5]:
        assert effect(contract("support.assign", "C-1", user=user), account).startswith("+")
    assert effect(contract("support.assign", "C-1", user=people[5]), account) == (
        "STEP001 The seats of contract C-1 bring support benefits for 6 people, 6 for each; 6 have them."
    )
    more = contract("purchase.seats", "C-1", product="Maya 2019", now=facts(seats=0), wanted=facts(seats=1))
    assert effect(more, account).startswith("~")
    assert effect(contract("support.assign", "C-1", user=people[5]), account).startswith("+")
    fewer = contract("purchase.seats", "C-1", product="Maya 2019", now=facts(seats=1), wanted=facts(seats=0))
    assert effect(fewer, account) == (
        "STEP001 In contract C-1, 7 people have support benefits; its seats would allow 6."
    )


def test_an_invitation_is_due_by_the_calendar_of_the_account() -> None:
    step = everywhere("user.resend_invitation", user=ELI)  # invited on the 8th at 10:00 UTC, the 9th on Kiritimati
    at = {"UTC": "2026-06-15", "Pacific/Kiritimati": "2026-06-15", "America/Los_Angeles": "2026-06-15"}
    assert {zone: effect(step, acme(), Clock.at(day, zone))[0] for zone, day in at.items()} == {
        "UTC": "~",
        "Pacific/Kiritimati": "S",
        "America/Los_Angeles": "~",
    }


def test_a_single_user_subscription_that_expired_is_renewed_with_fewer_seats_than_are_used() -> None:
    account = acme()
    late = Clock.at("2027-02-01")
    assert (
        effect(
            team("purchase.seats", "design", subscription="S-1", now=facts(seats=3), wanted=facts(seats=1)),
            account,
            late,
        )
        == "~ subscription S-1 3→1"
    )
    step = team("purchase.renewal", "design", subscription="S-1", now=facts(), wanted=facts(ends="2027-12-31"))
    assert effect(step, account, late) == "~ subscription S-1 2026-12-31→2027-12-31"


def test_surrogates_are_no_text() -> None:
    step = team("group.create", "design", group="x\ud800")
    assert effect(step) == "STEP001 group.create: group has a character that is half of a surrogate pair."


def test_asking_and_doing_are_two_things() -> None:
    account = acme()
    step = team("group.create", "design", group="bim")
    rows = attempt(account, step, NOON)
    assert "bim" not in account.teams["design"].groups
    assert perform(account, step, NOON) == rows
    assert "bim" in account.teams["design"].groups
