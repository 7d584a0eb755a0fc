"""Performers of every action, and visible teams and contracts, on a known account."""

from __future__ import annotations

import pytest

from seatsync.account.access import performers, sees, sees_subscription, visible_scopes, who
from seatsync.account.actions.spec import Plain, Step
from seatsync.account.actions.table import ACTIONS
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from tests.account.sample import acme, contract, everywhere, facts, team

# In design: ana primary, ben secondary, cho SSO admin. In studio: ben primary.
# Contract manager of all subscriptions and of C-1: ana; coordinator of C-1: ben; both of C-2: gus.
ADMINS = "ana ben cho"
KEEPERS = "ana ben"


def names(users: list[str]) -> str:
    return " ".join(user.removesuffix("@acme.example") for user in users)


def user(name: str, **more: Plain) -> dict[str, Plain]:
    return {"user": f"{name}@acme.example", **more}


NO_NAMES: dict[str, Plain] = {"first_name": None, "last_name": None}
BOUGHT = facts(contract_manager="Ivy@acme.example")

TABLE: list[tuple[Step, str]] = [
    (team("user.invite", "design", **user("ivy", **NO_NAMES)), ADMINS),
    (contract("user.invite", "C-1", **user("ivy", **NO_NAMES)), KEEPERS),
    (everywhere("user.resend_invitation", **user("eli")), ADMINS),  # in design
    (everywhere("user.resend_invitation", **user("fay")), KEEPERS),  # in C-1
    (everywhere("user.resend_invitation", **user("gus")), "ben gus"),  # in studio and C-2
    (everywhere("user.update", **user("eli", **NO_NAMES)), "ana ben cho eli"),
    (everywhere("user.update", **user("hal", **NO_NAMES)), "gus hal"),
    (everywhere("user.change_email", **user("dee", to="dee@kim.example")), "dee"),
    (everywhere("user.redirect_invitation", **user("eli", to="eli@roth.example")), ADMINS),  # in design
    (everywhere("user.redirect_invitation", **user("fay", to="fay@roth.example")), KEEPERS),  # in C-1
    (team("user.remove", "design", **user("eli")), ADMINS),
    (contract("user.remove", "C-1", **user("fay")), KEEPERS),
    (team("group.create", "design", group="bim"), ADMINS),
    (team("group.delete", "design", group="cad"), ADMINS),
    (team("group.rename", "design", group="cad", to="bim"), ADMINS),
    (team("group.add_member", "design", **user("dee", group="cad")), ADMINS),
    (team("group.remove_member", "design", **user("eli", group="cad")), ADMINS),
    (team("seat.assign", "design", **user("ana", product="AutoCAD")), ADMINS),
    (contract("seat.assign", "C-1", **user("ana", product="Maya 2019")), KEEPERS),
    (team("seat.unassign", "design", **user("dee", product="AutoCAD")), ADMINS),
    (contract("seat.unassign", "C-1", **user("dee", product="Maya 2019")), KEEPERS),
    (team("admin.assign_secondary", "design", **user("dee")), ADMINS),
    (team("admin.assign_secondary", "design", **user("cho")), ADMINS),  # an SSO admin
    (team("admin.assign_sso", "design", **user("dee")), "ana"),
    (team("admin.revoke", "design", **user("ben")), ADMINS),
    (team("admin.revoke", "design", **user("Cho")), ADMINS),  # an SSO admin, also by themselves
    (team("admin.change_primary", "design", **user("ben")), ADMINS),
    (team("member.make_external", "design", **user("dee")), ADMINS),
    (team("member.make_internal", "design", **user("dee")), ADMINS),
    (team("sso.configure", "design", sso=None), "ana cho"),
    (team("team.create", "site", primary_admin="gus@acme.example"), "gus"),
    (team("team.create", "site", primary_admin="Ana@acme.example"), "ana"),
    (team("team.create", "site", primary_admin="ben@acme.example"), ""),  # manager of nothing
    (team("team.rename", "design", to="drafting"), "ana"),
    (team("team.delete", "studio"), "ben"),
    (team("subscription.assign", "studio", subscription="S-3"), "ana"),
    (team("subscription.move", "studio", subscription="S-2", from_="design"), "ana"),  # primary of design
    (team("subscription.move", "design", subscription="S-4", from_="studio"), "ana"),
    (team("contract_manager.transfer", "design", **user("dee", subscription="S-1")), "ana"),
    (everywhere("contract_manager.transfer", **user("dee", subscription="S-3")), "ana"),
    (contract("contract_manager.transfer", "C-1", **user("dee")), "ana"),
    (contract("coordinator.assign", "C-2", **user("hal")), "gus"),
    (contract("coordinator.change", "C-1", **user("dee")), "ana"),
    (contract("service.assign", "C-1", **user("dee", service="Storage")), KEEPERS),
    (contract("service.unassign", "C-1", **user("dee", service="Rendering")), KEEPERS),
    (contract("support.assign", "C-1", **user("ana")), KEEPERS),
    (contract("support.unassign", "C-1", **user("dee")), KEEPERS),
    (team("purchase.seats", "design", subscription="S-1", now=None, wanted=None), "ana"),
    (contract("purchase.seats", "C-2", product="Fusion", now=None, wanted=None), "gus"),
    (team("purchase.renewal", "design", subscription="S-1", now=None, wanted=None), "ana"),
    (contract("purchase.renewal", "C-2", now=None, wanted=None), "gus"),
    (team("purchase.subscription", "site", subscription="S-6", now=None, wanted=BOUGHT), "ivy"),
    (everywhere("purchase.subscription", subscription="S-6", now=None, wanted=BOUGHT), "ivy"),
    (contract("purchase.contract", "C-3", now=None, wanted=BOUGHT), "ivy"),
    # Nobody may change missing things.
    (team("group.create", "nowhere", group="bim"), ""),
    (contract("user.invite", "C-9", **user("ivy", **NO_NAMES)), ""),
    (everywhere("user.update", **user("ivy", **NO_NAMES)), ""),
    (everywhere("user.change_email", user="nobody", to="x"), ""),
    (team("contract_manager.transfer", "design", **user("dee", subscription="S-9")), ""),
    (team("subscription.move", "studio", subscription="S-9", from_="design"), ""),
    (team("purchase.subscription", "site", subscription="S-6", now=None, wanted=None), ""),
    (team("purchase.subscription", "site", subscription="S-6", now=None, wanted=facts(contract_manager=1)), ""),
    (team("coordinator.assign", "design", **user("dee")), ""),
    (contract("group.create", "C-1", group="bim"), ""),
    (everywhere("group.create", group="bim"), ""),
    (team("seat.steal", "design", **user("dee")), ""),
]


@pytest.mark.parametrize(("step", "expected"), TABLE, ids=lambda value: str(value)[:60])
def test_performers(step: Step, expected: str) -> None:
    assert names(performers(acme(), step)) == expected


def test_the_table_is_whole() -> None:
    assert {step.action for step, _ in TABLE} - {"seat.steal"} == set(ACTIONS)


def test_a_mover_is_admin_of_one_of_the_two_teams() -> None:
    account = acme()
    step = team("subscription.move", "studio", subscription="S-2", from_="design")
    account.teams["design"].primary = "ben@acme.example"
    assert performers(account, step) == []
    account.teams["studio"].admins["ana@acme.example"] = "sso"
    assert performers(account, step) == []
    account.teams["studio"].admins["ana@acme.example"] = "secondary"
    assert performers(account, step) == ["ana@acme.example"]


IN_A_SCOPE = (
    "primary, secondary or SSO admin of a team they are in, "
    "or contract manager or software coordinator of a contract they are in"
)
MOVER = "contract manager of subscription S-1, who is also primary or secondary admin of team design or of team studio"


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (team("group.create", "design", group="x"), "primary, secondary or SSO admin of team design"),
        (contract("user.remove", "C-1", user="x"), "contract manager or software coordinator of contract C-1"),
        (team("admin.assign_sso", "design", user="x"), "primary admin of team design"),
        (team("admin.revoke", "design", user="x"), "primary, secondary or SSO admin of team design"),
        (team("sso.configure", "design", sso=None), "primary or SSO admin of team design"),
        (everywhere("user.resend_invitation", user="x"), IN_A_SCOPE),
        (everywhere("user.update", user="x"), f"{IN_A_SCOPE}, or the person themselves"),
        (everywhere("user.change_email", user="x", to="y"), "the person themselves"),
        (everywhere("user.redirect_invitation", user="x", to="y"), IN_A_SCOPE),
        (
            team("team.create", "site", primary_admin="x"),
            "contract manager of any subscription or contract, who becomes its primary admin",
        ),
        (team("subscription.assign", "design", subscription="S-3"), "contract manager of subscription S-3"),
        (team("subscription.move", "studio", subscription="S-1", from_="design"), MOVER),
        (contract("coordinator.change", "C-1", user="x"), "contract manager of contract C-1"),
        (contract("purchase.contract", "C-3", now=None, wanted=None), "the contract manager named in the purchase"),
        (team("coordinator.change", "design", user="x"), "nobody"),
        (contract("group.create", "C-1", group="x"), "nobody"),
        (team("seat.steal", "design"), "nobody"),
    ],
)
def test_who(step: Step, expected: str) -> None:
    assert who(step) == expected


@pytest.mark.parametrize(
    ("actor", "scopes", "subscriptions"),
    [
        (None, "contract C-1, contract C-2, team design, team studio", "S-1 S-2 S-3 S-4 S-5"),
        ("ana@acme.example", "contract C-1, team design", "S-1 S-2 S-3 S-4 S-5"),
        ("ben@acme.example", "contract C-1, team design, team studio", "S-1 S-2 S-4 S-5"),
        ("cho@acme.example", "team design", "S-1 S-2 S-5"),
        ("gus@acme.example", "contract C-2", ""),
        ("dee@acme.example", "", ""),
        ("ivy@acme.example", "", ""),
    ],
)
def test_seeing(actor: str | None, scopes: str, subscriptions: str) -> None:
    account = acme()
    assert ", ".join(map(str, visible_scopes(account, actor))) == scopes
    assert " ".join(key for key in account.subscriptions if sees_subscription(account, actor, key)) == subscriptions


def test_seeing_what_is_not_there() -> None:
    account = acme()
    assert not sees(account, "ana@acme.example", Scope("team", "nowhere"))
    assert not sees(account, "ana@acme.example", Scope("contract", "C-9"))
    assert not sees_subscription(account, "ana@acme.example", "S-9")
    assert sees(account, None, Scope("team", "nowhere"))


def test_seeing_the_account_itself() -> None:
    account = acme()
    assert sees(account, "dee@acme.example", WHOLE_ACCOUNT)
    assert not sees(account, "ivy@acme.example", WHOLE_ACCOUNT)
    del account.users["ana@acme.example"]
    assert sees(account, "ana@acme.example", WHOLE_ACCOUNT)  # who manages subscriptions
