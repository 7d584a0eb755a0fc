from __future__ import annotations

import pytest

from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.table import RECORDED
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.reporting import escape
from seatsync.reporting.plan import wording

TEAM = Scope("team", "design")
BEN = "ben@acme.example"


SENTENCES: list[tuple[str, dict[str, Plain], str]] = [
    ("user.invite", {"user": BEN, "first_name": "Ben", "last_name": "Ode"}, "invite ben@acme.example (Ben Ode)"),
    ("user.invite", {"user": BEN, "first_name": None, "last_name": None}, "invite ben@acme.example"),
    ("user.resend_invitation", {"user": BEN}, "invite ben@acme.example again"),
    (
        "user.update",
        {"user": BEN, "first_name": "Ben", "last_name": "O\x1b"},
        "change the name of ben@acme.example to Ben O\\x1b",
    ),
    (
        "user.update",
        {"user": BEN, "first_name": "", "last_name": ""},
        "change the name of ben@acme.example to nothing",
    ),
    (
        "user.redirect_invitation",
        {"user": BEN, "to": "cho@acme.example"},
        "send the invitation of ben@acme.example to cho@acme.example instead",
    ),
    (
        "user.change_email",
        {"user": BEN, "to": "ben@new.example"},
        "change the address of ben@acme.example to ben@new.example",
    ),
    ("user.remove", {"user": BEN}, "remove ben@acme.example"),
    ("group.create", {"group": "cad"}, "create group cad"),
    ("group.delete", {"group": "R&D"}, 'delete group "R&D"'),
    ("group.rename", {"group": "cad", "to": "bim"}, "rename group cad to bim"),
    ("group.add_member", {"group": "cad", "user": BEN}, "add ben@acme.example to group cad"),
    ("group.remove_member", {"group": "cad", "user": BEN}, "take ben@acme.example out of group cad"),
    ("seat.assign", {"product": "AutoCAD", "user": BEN}, "assign AutoCAD to ben@acme.example"),
    ("seat.assign", {"product": "AutoCAD", "group": "cad"}, "assign AutoCAD to group cad"),
    ("seat.unassign", {"product": "AutoCAD", "user": BEN}, "take AutoCAD from ben@acme.example"),
    ("seat.unassign", {"product": "AutoCAD", "group": "cad"}, "take AutoCAD from group cad"),
    ("admin.assign_secondary", {"user": BEN}, "make ben@acme.example secondary admin"),
    ("admin.assign_sso", {"user": BEN}, "make ben@acme.example SSO admin"),
    ("admin.revoke", {"user": BEN}, "take the admin role from ben@acme.example"),
    ("admin.change_primary", {"user": BEN}, "make ben@acme.example primary admin"),
    ("member.make_external", {"user": BEN}, "make ben@acme.example an external user"),
    ("member.make_internal", {"user": BEN}, "make ben@acme.example a regular member"),
    ("sso.configure", {"sso": None}, "remove the SSO configuration"),
    (
        "sso.configure",
        {"sso": Facts((("domains", ("a.example", "b.example")), ("metadata_url", None)))},
        "configure SSO: domains a.example and b.example",
    ),
    ("team.create", {"primary_admin": BEN}, "create the team with ben@acme.example as primary admin"),
    ("team.rename", {"to": "studio"}, "rename the team to studio"),
    ("team.delete", {}, "delete the team"),
    ("subscription.assign", {"subscription": "574-1"}, "put subscription 574-1 into the team"),
    (
        "subscription.move",
        {"subscription": "574-1", "from": "sales"},
        "move subscription 574-1 here from team sales",
    ),
    (
        "contract_manager.transfer",
        {"subscription": "574-1", "user": BEN},
        "make ben@acme.example contract manager of subscription 574-1",
    ),
    ("contract_manager.transfer", {"user": BEN}, "make ben@acme.example contract manager"),
    ("coordinator.assign", {"user": BEN}, "make ben@acme.example software coordinator"),
    ("coordinator.change", {"user": BEN}, "make ben@acme.example software coordinator"),
    ("service.assign", {"service": "Rendering", "user": BEN}, "give ben@acme.example the service Rendering"),
    ("service.unassign", {"service": "Rendering", "user": BEN}, "take the service Rendering from ben@acme.example"),
    ("support.assign", {"user": BEN}, "give ben@acme.example support benefits"),
    ("support.unassign", {"user": BEN}, "take support benefits from ben@acme.example"),
    (
        "purchase.seats",
        {"subscription": "574-1", "now": Facts((("seats", 25),)), "wanted": Facts((("seats", 30),))},
        "order for subscription 574-1: seats 25 -> 30",
    ),
    (
        "purchase.seats",
        {"product": "AutoCAD 2019", "now": None, "wanted": Facts((("seats", 5), ("serial", "123-45678901")))},
        "buy product AutoCAD 2019: 5 seats, serial 123-45678901",
    ),
    (
        "purchase.seats",
        {"subscription": "574-1", "now": 25, "wanted": 30},
        "order for subscription 574-1: 25 -> 30",
    ),
    (
        "purchase.renewal",
        {
            "subscription": "574-1",
            "now": Facts((("starts", "2026-01-01"), ("ends", "2026-12-31"))),
            "wanted": Facts((("starts", "2026-01-01"), ("ends", "2027-12-31"))),
        },
        "renew subscription 574-1: ends 2026-12-31 -> 2027-12-31",
    ),
    (
        "purchase.renewal",
        {"now": Facts((("ends", None),)), "wanted": Facts((("ends", "2027-12-31"),))},
        "renew the contract: ends 2027-12-31",
    ),
    (
        "purchase.subscription",
        {
            "subscription": "574-1",
            "now": None,
            "wanted": Facts(
                (
                    ("team", "design"),
                    ("product", "AutoCAD"),
                    ("offering", "single-user"),
                    ("seats", 5),
                    ("channel", "store"),
                    ("contract_manager", BEN),
                    ("starts", "2026-01-01"),
                    ("ends", "2026-12-31"),
                )
            ),
        },
        "buy subscription 574-1: 5 seats of AutoCAD, single-user, from the store, 2026-01-01 to 2026-12-31",
    ),
    (
        "purchase.seats",
        {"product": "Maya", "now": None, "wanted": Facts((("seats", 1), ("serial", "123-4")))},
        "buy product Maya: 1 seat, serial 123-4",
    ),
    (
        "purchase.contract",
        {"now": None, "wanted": Facts((("channel", "barter"), ("license_type", "perpetual"), ("ends", None)))},
        "buy the contract: perpetual, channel barter",
    ),
    (
        "purchase.renewal",
        {
            "now": Facts((("a", None), ("b", ("x", "y")))),
            "wanted": Facts((("a", 1), ("b", None))),
        },
        "renew the contract: a none -> 1, b x and y -> none",
    ),
    (
        "subscription.record",
        {"subscription": "574-1", "now": Facts((("team", "design"),)), "wanted": Facts((("team", None),))},
        "subscription 574-1 is now different: team design -> none",
    ),
    ("subscription.record", {"subscription": "574-1", "now": None, "wanted": None}, "subscription 574-1 is gone"),
    ("user.record", {"user": BEN, "status": "pending"}, "ben@acme.example is pending"),
    ("account.load", {"account": "acme"}, "loaded account acme"),
    ("account.accept", {"user": BEN}, "accepted the invitation of ben@acme.example"),
]


@pytest.mark.parametrize(("action", "args", "words"), SENTENCES)
def test_every_action_has_its_sentence(action: str, args: dict[str, Plain], words: str) -> None:
    assert wording.sentence(Step(action, TEAM, tuple(args.items()))) == words


def test_no_action_is_without_a_sentence() -> None:
    assert {action for action, *_ in SENTENCES} == set(RECORDED)


def test_an_argument_that_is_missing_does_not_stop_the_sentence() -> None:
    assert wording.sentence(Step("user.remove", TEAM)) == "remove ?"


def test_names_with_braces_are_names() -> None:
    step = Step.make("group.rename", TEAM, group="{to}", to="{user}")
    assert wording.sentence(step) == 'rename group "{to}" to "{user}"'


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (TEAM, "team design"),
        (Scope("contract", "110001234567"), "contract 110001234567"),
        (WHOLE_ACCOUNT, "the whole account"),
        (Scope("team", "\x1b[2J"), 'team "\\x1b[2J"'),
    ],
)
def test_scopes(scope: Scope, words: str) -> None:
    assert wording.place(scope) == words


def test_a_step_with_its_place() -> None:
    step = Step.make("user.remove", TEAM, user=BEN)
    assert wording.described(step) == "team design: remove ben@acme.example"
    assert wording.described(step, Scope("team", "sales")) == "team design: remove ben@acme.example"
    assert wording.described(step, TEAM) == "remove ben@acme.example"
    again = Step.make("user.resend_invitation", WHOLE_ACCOUNT, user=BEN)
    assert wording.described(again) == wording.described(again, TEAM) == "invite ben@acme.example again"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), ""),
        (("ana",), "ana"),
        (("ana", "ben"), "ana or ben"),
        (("ana", "ben", "cho"), "ana, ben or cho"),
        (("ana", "ben", "cho", "dee", "eli"), "ana, ben, cho or 2 more"),
    ],
)
def test_people(names: tuple[str, ...], words: str) -> None:
    assert wording.people(names) == words


def test_numbers_and_things() -> None:
    assert [escape.number_of(count, "step") for count in (0, 1, 2)] == ["0 steps", "1 step", "2 steps"]
    assert escape.number_of(2, "person", "people") == "2 people"
    assert wording.thing((("team", "design"), ("product", "R&D"))) == 'team design, product "R&D"'
