"""A small account with one of everything, and steps as text."""

from __future__ import annotations

from typing import Literal

from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.engine import Refused, attempt, perform
from seatsync.account.model import (
    WHOLE_ACCOUNT,
    Account,
    Change,
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
from tests.account.invariants import over, violations, worse

DAY = "2026-06-15"
NOON = Clock.at(DAY)


def acme() -> Account:
    """Return two teams and two contracts: design uses 2 of 3 AutoCAD seats, studio its only Revit seat."""
    account = Account("acme", "9b1c", 12)
    account.users = {
        "ana@acme.example": User("ana@acme.example", "Ana", "Silva"),
        "ben@acme.example": User("Ben@acme.example", "Ben", "Okoro"),
        "cho@acme.example": User("cho@acme.example"),
        "dee@acme.example": User("dee@acme.example", "Dee"),
        "eli@acme.example": User("eli@acme.example", "", "", "pending", "2026-06-08T10:00:00Z"),
        "fay@acme.example": User("fay@acme.example", "", "", "pending", "2026-06-10"),
        "gus@acme.example": User("gus@acme.example", "Gus", "Holt"),
        "hal@acme.example": User("hal@acme.example", "", "", "pending"),
    }
    account.teams = {
        "design": Team(
            "ana@acme.example",
            Sso(("acme.example",), "https://idp.acme.example/saml"),
            {"ben@acme.example": "secondary", "cho@acme.example": "sso"},
            {f"{name}@acme.example" for name in ("ana", "ben", "cho", "dee", "eli")},
            {"cad": Group({"eli@acme.example"}, {"AutoCAD"}), "idle": Group()},
            {"AutoCAD": {"dee@acme.example"}},
        ),
        "studio": Team(
            "ben@acme.example",
            members={"ana@acme.example", "ben@acme.example", "gus@acme.example"},
            seats={"Revit": {"gus@acme.example"}},
            external={"gus@acme.example"},
        ),
    }
    account.subscriptions = {
        "S-1": subscription("design", "AutoCAD", seats=3),
        "S-2": subscription("design", "Maya", offering="flex", tokens=100, channel="store"),
        "S-3": subscription(None, "Revit", seats=2),
        "S-4": subscription("studio", "Revit", seats=1),
        "S-5": subscription("design", "Revit", seats=5, starts="2025-01-01", ends="2025-12-31"),
    }
    account.contracts = {
        "C-1": Contract(
            "ana@acme.example",
            "ben@acme.example",
            "maintenance",
            "reseller",
            None,
            "2026-01-01",
            "2026-12-31",
            {f"{name}@acme.example" for name in ("ana", "ben", "dee", "fay")},
            {"AutoCAD 2019": ContractProduct(1, "123-45678901"), "Maya 2019": ContractProduct(2, None, "657K1")},
            {"AutoCAD 2019": {"dee@acme.example"}},
            {"Rendering": {"ana@acme.example", "ben@acme.example", "dee@acme.example"}},
            {"dee@acme.example"},
        ),
        "C-2": Contract(
            "gus@acme.example",
            "gus@acme.example",
            "perpetual",
            "store",
            "stand-alone",
            members={"gus@acme.example", "hal@acme.example"},
        ),
    }
    return account


def subscription(
    team: str | None,
    product: str,
    *,
    offering: Literal["single-user", "multi-user", "flex", "token-flex"] = "single-user",
    seats: int | None = None,
    tokens: int | None = None,
    channel: Literal["store", "reseller"] = "reseller",
    starts: str = "2026-01-01",
    ends: str = "2026-12-31",
) -> Subscription:
    """Return a subscription that Ana manages."""
    return Subscription(team, product, offering, seats, tokens, channel, "ana@acme.example", starts, ends)


def team(action: str, name: str, **args: Plain) -> Step:
    return Step.make(action, Scope("team", name), **args)


def contract(action: str, number: str, **args: Plain) -> Step:
    return Step.make(action, Scope("contract", number), **args)


def everywhere(action: str, **args: Plain) -> Step:
    return Step.make(action, WHOLE_ACCOUNT, **args)


def facts(**items: str | int | tuple[str, ...] | None) -> Facts:
    return Facts(tuple(items.items()))


def effect(step: Step, account: Account | None = None, clock: Clock = NOON) -> str:
    """Return the effect of a step, one line for each row (`+`, `-` or `~`), or its refusal.

    Also checks that a dry run changes nothing, that the invariants hold, and that undo restores the account.
    """
    account = account if account is not None else acme()
    before, excess = account.copy(), over(account, clock.day)
    answer = attempt(account, step, clock)
    assert account == before
    assert perform(account, step, clock) == answer
    if isinstance(answer, Refused):
        assert account == before
        return f"{answer.code} {answer.message}"
    assert violations(account) == []
    assert worse(excess, over(account, clock.day)) == {}
    account.undo(answer)
    assert account == before
    assert violations(account) == []
    account.change(answer)
    return "\n".join(map(row_text, answer))


def row_text(row: Change) -> str:
    sign = "+" if row.old is None else "-" if row.new is None else "~"
    words = [sign, row.table, *row.key]
    if row.old and row.new:
        words += [f"{old}→{new}" for old, new in zip(row.old, row.new, strict=True) if old != new]
    else:
        values = row.new or row.old or ()
        once = row.table == "user" and values[-1] == 1  # invited once, as nearly everybody
        words += [str(value) for value in (values[:-1] if once else values) if value not in (None, "")]
    return " ".join(words)
