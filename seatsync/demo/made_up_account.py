"""A small account for the made-up portal, for people who have none to try it with. The people are invented."""

from __future__ import annotations

from datetime import date

from seatsync.account.attributes import ByCount
from seatsync.account.model import Account, Group, Subscription, Team, User
from seatsync.clock import later

TEAM = "Example Engineering"
ADA, GRACE, ALAN, KATHERINE, LINUS = (
    f"{name}@example.com"
    for name in ("ada.lovelace", "grace.hopper", "alan.turing", "katherine.johnson", "linus.example")
)
_NAMES = {
    ADA: ("Ada", "Lovelace"),
    GRACE: ("Grace", "Hopper"),
    ALAN: ("Alan", "Turing"),
    KATHERINE: ("Katherine", "Johnson"),
    LINUS: ("Linus", "Example"),
}


def made_up_account(day: str) -> Account:
    """Return an account with one team on a day: direct and inherited seats, a full, an unlimited and a future pool."""
    account = Account("made-up", "5f0c6a44-0000-4000-8000-00000000de00", 1)
    for user, (first, last) in _NAMES.items():
        account.users[user] = User(user, first, last)
    account.users[LINUS] = account.users[LINUS]._replace(status="pending", invited_at=later(day, -2))
    account.teams[TEAM] = Team(
        ADA,
        admins={GRACE: "secondary"},
        members=set(_NAMES),
        groups={"cad": Group({ALAN, KATHERINE}, {"Example Product Premium"})},
        seats={"Example Product Premium": {GRACE}, "Example Product": {ADA, KATHERINE}},
    )
    year = date.fromisoformat(day).year
    now, following = (f"{year}-01-01", f"{year}-12-31"), (f"{year + 1}-01-01", f"{year + 1}-12-31")
    bought: tuple[tuple[str, ByCount, int, tuple[str, str]], ...] = (
        ("Example Product Premium", "single-user", 25, now),
        ("Example Product", "single-user", 2, now),
        ("Example Network Product", "multi-user", 10, now),
        ("Example Product Next", "single-user", 5, following),
    )
    for number, (product, offering, seats, term) in enumerate(bought, 1):
        account.subscriptions[f"574-{number}"] = Subscription(
            TEAM, product, offering, seats, None, "reseller", ADA, *term
        )
    return account
