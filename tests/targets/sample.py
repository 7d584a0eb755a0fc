"""A small account with something of everything, and one possible step of every action."""

from __future__ import annotations

from typing import Literal

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import (
    WHOLE_ACCOUNT,
    Account,
    Contract,
    ContractProduct,
    Group,
    Scope,
    Sso,
    Subscription,
    Team,
    User,
)
from seatsync.clock import Clock

NAME = "acme"
LINEAGE = "9b1c1a52-6f0e-4c5e-8d6c-0f7d6a1b2c3d"
CLOCK = Clock.at("2026-06-15")

DESIGN, BUILD, OLD = Scope("team", "design"), Scope("team", "build"), Scope("team", "old")
FIRST, SECOND = Scope("contract", "110001"), Scope("contract", "220002")


def person(name: str) -> str:
    return f"{name}@acme.example"


ANA, BEN, CHO, DEE, ELI, FAY, GUS = map(person, ("ana", "ben", "cho", "dee", "eli", "fay", "gus"))


def sample() -> Account:
    """Return the account: Ana is primary admin, Ben secondary, Cho SSO admin, Fay pending, Gus external."""
    account = Account(NAME, LINEAGE, 0, "UTC")
    for user in (ANA, BEN, CHO, DEE, ELI, GUS):
        account.users[user] = User(user, user[:3].title(), "Silva")
    account.users[BEN] = User("Ben@Acme.example", "Ben", "Ängström-Ødegård")
    account.users[FAY] = User(FAY, "Fay", "", "pending", "2026-05-01T09:00:00Z")
    account.teams = {"design": _design(), "build": Team(BEN, members={ANA, BEN, DEE}), "old": Team(ANA, members={ANA})}
    account.subscriptions = {
        "574-1": _bought("design", "AutoCAD", ANA, "reseller"),
        "574-2": _bought("design", "Maya", ANA, "store"),
        "574-3": _bought(None, "Revit", BEN, "store"),
        "574-4": Subscription("build", "Flex", "flex", None, 500, "store", BEN, "2026-01-01", "2026-12-31"),
    }
    account.contracts = {"110001": _first(), "220002": _second()}
    return account


def _bought(team: str | None, product: str, manager: str, channel: Literal["store", "reseller"]) -> Subscription:
    return Subscription(team, product, "single-user", 5, None, channel, manager, "2026-01-01", "2026-12-31")


def _design() -> Team:
    return Team(
        ANA,
        Sso(("acme.example",), "https://idp.acme.example/saml"),
        {BEN: "secondary", CHO: "sso"},
        {ANA, BEN, CHO, DEE, ELI, FAY, GUS},
        {"cad": Group({ELI, FAY}, {"AutoCAD"}), "empty": Group()},
        {"AutoCAD": {GUS, ELI}, "Maya": {DEE}},
        {GUS},
    )


def _first() -> Contract:
    return Contract(
        ANA,
        ANA,
        "maintenance",
        "reseller",
        "networked",
        "2026-01-01",
        "2026-12-31",
        {ANA, BEN, DEE},
        {"AutoCAD 2019": ContractProduct(2, "123-45678901"), "3ds Max": ContractProduct(1, None, "128A1")},
        {"AutoCAD 2019": {DEE}},
        {"Rendering": {DEE}},
        {DEE},
    )


def _second() -> Contract:
    products = {"Revit 2018": ContractProduct(3, "987-65432109")}
    return Contract(ANA, BEN, "perpetual", "store", members={ANA, BEN, DEE}, products=products)


SELF_SERVICE: tuple[Step, ...] = (
    Step.make("user.invite", DESIGN, user="New.One@acme.example", first_name="Nóra", last_name="One"),
    Step.make("user.invite", FIRST, user=GUS, first_name=None, last_name=None),
    Step.make("user.resend_invitation", WHOLE_ACCOUNT, user=FAY),
    Step.make("user.update", WHOLE_ACCOUNT, user=DEE, first_name="Dee Dee", last_name="Kim"),
    Step.make("user.remove", DESIGN, user=ELI),
    Step.make("user.remove", FIRST, user=DEE),
    Step.make("group.create", DESIGN, group="render"),
    Step.make("group.delete", DESIGN, group="cad"),
    Step.make("group.rename", DESIGN, group="cad", to="drafting"),
    Step.make("group.add_member", DESIGN, group="cad", user=DEE),
    Step.make("group.remove_member", DESIGN, group="cad", user=FAY),
    Step.make("seat.assign", DESIGN, product="Maya", user=GUS),
    Step.make("seat.assign", DESIGN, product="AutoCAD", group="empty"),
    Step.make("seat.unassign", DESIGN, product="AutoCAD", user=GUS),
    Step.make("seat.unassign", DESIGN, product="AutoCAD", group="cad"),
    Step.make("seat.assign", FIRST, product="AutoCAD 2019", user=BEN),
    Step.make("seat.unassign", FIRST, product="AutoCAD 2019", user=DEE),
    Step.make("admin.assign_secondary", DESIGN, user=DEE),
    Step.make("admin.assign_sso", DESIGN, user=BEN),
    Step.make("admin.revoke", DESIGN, user=CHO),
    Step.make("admin.change_primary", DESIGN, user=BEN),
    Step.make("member.make_external", DESIGN, user=ELI),
    Step.make("member.make_internal", DESIGN, user=GUS),
    Step.make("sso.configure", DESIGN, sso=None),
    Step.make("sso.configure", DESIGN, sso=Facts((("domains", ("acme.example", "x.example")), ("metadata_url", None)))),
    Step.make("team.create", Scope("team", "new"), primary_admin=ANA),
    Step.make("team.rename", DESIGN, to="Design & Bau"),
    Step.make("subscription.assign", BUILD, subscription="574-3"),
    Step("subscription.move", DESIGN, (("subscription", "574-4"), ("from", "build"))),
    Step.make("coordinator.assign", FIRST, user=DEE),
    Step.make("service.assign", FIRST, service="Rendering", user=BEN),
    Step.make("service.unassign", FIRST, service="Rendering", user=DEE),
    Step.make("support.assign", FIRST, user=BEN),
    Step.make("support.unassign", FIRST, user=DEE),
)
"""Steps, each of which is legal in the sample."""

BY_PEOPLE: tuple[Step, ...] = (
    Step.make("user.change_email", WHOLE_ACCOUNT, user=DEE, to="Dee.Kim@acme.example"),
    Step.make("contract_manager.transfer", DESIGN, subscription="574-1", user=BEN),
    Step.make("contract_manager.transfer", FIRST, user=BEN),
    Step.make("team.delete", OLD),
    Step.make("coordinator.change", SECOND, user=ANA),
)
"""Forms and support requests that are legal in the sample."""

BUY = Step.make(
    "purchase.seats", DESIGN, subscription="574-1", now=Facts((("seats", 5),)), wanted=Facts((("seats", 6),))
)
"""A purchase by the contract manager."""
