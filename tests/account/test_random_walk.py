"""Arbitrary steps in any order: the invariants hold after each one, and each one can be undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.access import performers, visible_scopes, who
from seatsync.account.actions.spec import Facts, Plain, Step
from seatsync.account.actions.table import ACTIONS, CHANGES_ADDRESS
from seatsync.account.engine import Refused, attempt, perform
from seatsync.account.mails import mails
from seatsync.account.model import WHOLE_ACCOUNT, Account, Change, Group, Scope, Team, User
from seatsync.clock import Clock
from tests.account.invariants import Pool, over, violations, worse
from tests.account.sample import acme, subscription
from tests.chance import chances

PEOPLE = [*acme().users, "ivy@acme.example", "Joe@acme.example"]
DAYS = ["2025-06-30", "2026-01-01", "2026-06-15", "2026-12-31", "2027-06-30"]
PRODUCTS = ["AutoCAD", "Revit", "Maya", "AutoCAD 2019", "Maya 2019"]
NAMES: dict[str, list[str | None]] = {
    "group": ["cad", "idle", "bim"],
    "product": [*PRODUCTS],
    "service": ["Rendering", "Storage"],
    "subscription": ["S-1", "S-2", "S-3", "S-4", "S-5", "S-6"],
    "from": ["design", "studio", "site"],
    "to": ["design", "studio", "site", "bim", "cad"],
    "first_name": [None, "", "Ana"],
    "last_name": [None, "", "Silva"],
}
SCOPES = {"team": ["design", "studio", "site"], "contract": ["C-1", "C-2", "C-3"], "account": [""]}


def subscribed(chance: Random) -> dict[str, str | int | None]:
    return {
        "product": chance.choice(PRODUCTS),
        "offering": chance.choice(["single-user", "multi-user"]),
        "seats": chance.randrange(6),
        "channel": chance.choice(["store", "reseller"]),
        "contract_manager": chance.choice(PEOPLE),
        "starts": chance.choice(DAYS[:2]),
        "ends": chance.choice(DAYS[2:]),
    }


def contracted_for(chance: Random) -> dict[str, str | int | None]:
    return {
        "contract_manager": chance.choice(PEOPLE),
        "license_type": chance.choice(["perpetual", "maintenance"]),
        "channel": chance.choice(["store", "reseller"]),
    }


def wanted(action: str, kind: str, chance: Random) -> Facts:
    facts: dict[str, str | int | None] = {"starts": chance.choice(DAYS[:2]), "ends": chance.choice(DAYS[2:])}
    if action == "purchase.seats":
        facts = {"seats": chance.randrange(6), **({"serial": "1-2"} if kind == "contract" else {})}
    elif action != "purchase.renewal":
        facts = subscribed(chance) if action == "purchase.subscription" else contracted_for(chance)
    return Facts(tuple(facts.items()))


EFFECTS = sorted((name, kind) for name, spec in ACTIONS.items() for kind in spec.effects)


def random_step(chance: Random) -> Step:
    """Draw a step with arguments of the right kinds, which may name things that do not exist."""
    action, kind = chance.choice(EFFECTS)
    left_out = set(chance.choice([("user",), ("group",)])) | ({"subscription"} if kind == "contract" else {"product"})
    row = ACTIONS[action]
    optional = [name for name in row.optional if name not in left_out or action.startswith("seat.")]
    if action.startswith("seat."):
        optional = ["user"] if kind == "contract" else [chance.choice(["user", "group"])]
    args = tuple((name, argument(action, kind, name, chance)) for name in (*row.required, *optional))
    return Step(action, Scope(kind, chance.choice(SCOPES[kind])), args)


def argument(action: str, kind: str, name: str, chance: Random) -> Plain:
    if name in ("user", "primary_admin") or (action in CHANGES_ADDRESS and name == "to"):
        return chance.choice(PEOPLE)
    if name == "now":
        return chance.choice([None, Facts(())])
    if name == "wanted":
        return wanted(action, kind, chance)
    if name == "sso":
        return chance.choice([None, Facts((("domains", ("acme.example",)),))])
    return chance.choice(NAMES[name])


def walk(chance: Random, length: int) -> Iterator[tuple[Account, Step, str, tuple[Change, ...]]]:
    """Return a sequence of accepted steps, each with day, rows and account before; and the final account."""
    account = acme()
    for _ in range(length):
        day, before = chance.choice(DAYS), account.copy()
        for _ in range(20):  # most steps are refused
            step = random_step(chance)
            rows = perform(account, step, Clock.at(day))
            if not isinstance(rows, Refused):
                yield before, step, day, rows
                break
            assert rows.message.endswith(".")
        else:
            assert account == before
    yield account, Step("", WHOLE_ACCOUNT), "", ()


@given(chances())
@settings(max_examples=30)
def test_invariants_hold_after_any_steps(chance: Random) -> None:
    *done, (account, *_) = walked = list(walk(chance, 20))
    for (before, step, day, rows), (after, *_) in pairwise(walked):
        assert rows
        assert violations(after) == []
        assert worse(renamed(over(before, day), step), over(after, day)) == {}
        assert loaded(after) == after
    for before, _, _, rows in reversed(done):
        account.undo(rows)
        assert account == before
        assert violations(account) == []


def renamed(excess: dict[Pool, int], step: Step) -> dict[Pool, int]:
    """Return the pools over their limit, under the names of teams after a step."""
    if step.action != "team.rename":
        return excess
    old, new = ("team", step.scope.name), ("team", step.text("to"))
    return {(*new, *pool[2:]) if pool[:2] == old else pool: by for pool, by in excess.items()}


def test_the_walk_goes_everywhere() -> None:
    met = Counter(step.action for seed in range(60) for _, step, *_ in walk(Random(seed), 40))
    assert set(ACTIONS) <= set(met)
    assert met.total() > 2000


def loaded(account: Account) -> Account:
    """Return the account rebuilt from its own rows."""
    fresh = Account(account.name, account.lineage, account.serial, account.timezone)
    fresh.change(account.rows())
    return fresh


@given(chances())
@settings(max_examples=30)
def test_rows_have_parents_before_children(chance: Random) -> None:
    """Check foreign keys after every single row."""
    for before, _, _, rows in walk(chance, 20):
        for row in rows:
            before.change([row])
            assert dangling(before) == []


def dangling(account: Account) -> list[str]:
    found = []
    for name, team in account.teams.items():
        found += [f"{name}: {user}" for user in team.members if user not in account.users]
        held = {*team.admins, *(user for holders in team.seats.values() for user in holders)}
        held |= {user for group in team.groups.values() for user in group.members}
        found += [f"{name}: {user}" for user in held - team.members]
    for number, contract in account.contracts.items():
        found += [f"{number}: {user}" for user in contract.members if user not in account.users]
        held = {user for holders in (*contract.seats.values(), *contract.services.values()) for user in holders}
        found += [f"{number}: {user}" for user in (held | contract.support) - contract.members]
        found += [f"{number}: {product}" for product in contract.seats if product not in contract.products]
    found += [key for key, sub in account.subscriptions.items() if sub.team and sub.team not in account.teams]
    return found


plain = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from([*PEOPLE, "design", "S-1", "C-1"]),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=4,
)
mappings = st.dictionaries(
    st.sampled_from(["seats", "starts", "contract_manager", "product", "domains", "metadata_url", "x"]),
    plain,
    max_size=4,
).map(lambda items: Facts(tuple(items.items())))


@given(
    st.sampled_from([*ACTIONS, "user.promote", ""]),
    st.builds(
        Scope,
        st.sampled_from(["team", "contract", "account"]),
        st.sampled_from(["design", "C-1", "", "site"]) | st.text(max_size=3),
    ),
    st.data(),
)
def test_no_step_is_too_strange(action: str, scope: Scope, data: st.DataObject) -> None:
    """Malformed steps are refused without an exception."""
    names = [*ACTIONS[action].required, *ACTIONS[action].optional] if action in ACTIONS else ["user"]
    value = plain | mappings
    args = data.draw(
        st.fixed_dictionaries(dict.fromkeys(names, value)).map(lambda items: tuple(items.items()))
        | st.lists(st.tuples(st.sampled_from([*names, "x"]), value), max_size=4).map(tuple)
    )
    step = Step(action, scope, args)
    account = acme()
    answer = attempt(account, step, Clock.at("2026-06-15"))
    assert account == acme()
    assert isinstance(performers(account, step), list)
    assert who(step)
    if not isinstance(answer, Refused):
        mails(account, step, answer, Clock.at("2026-06-15"))


def broken(**change: object) -> Account:
    """Return the sample with one violated invariant in team design."""
    account = acme()
    for name, value in change.items():
        setattr(account.teams["design"], name, value)
    return account


def without(user: str) -> Account:
    account = acme()
    del account.users[user]
    return account


def moved(team: str = "design", manager: str = "ana@acme.example") -> Account:
    account = acme()
    account.subscriptions["S-1"] = account.subscriptions["S-1"]._replace(team=team, contract_manager=manager)
    return account


def contracted(**change: object) -> Account:
    account = acme()
    for name, value in change.items():
        setattr(account.contracts["C-1"], name, value)
    return account


def stale() -> Account:
    account = acme()
    for name in account.teams:
        account.holders(name, "AutoCAD")
    account.scopes_of("ana@acme.example")
    account.subscriptions_of(None)
    account.teams["design"].seats["AutoCAD"] |= {"ana@acme.example"}
    account.teams["studio"].members -= {"gus@acme.example"}
    account.teams["studio"].seats.clear()
    account.subscriptions["S-9"] = subscription(None, "Maya", seats=1)
    return account


@pytest.mark.parametrize(
    "account",
    [
        without("dee@acme.example"),
        broken(primary="gus@acme.example"),
        broken(primary="ben@acme.example"),
        broken(admins={"gus@acme.example": "sso"}),
        broken(admins={"dee@acme.example": "owner"}),
        broken(seats={"AutoCAD": {"gus@acme.example"}}),
        broken(seats={"AutoCAD": set()}),
        broken(groups={"cad": Group({"gus@acme.example"})}),
        broken(members={"ana@acme.example", "ben@acme.example", "cho@acme.example", "dee@acme.example"}),
        moved(manager=""),
        moved(manager="gus@acme.example"),
        moved(team="nowhere"),
        contracted(coordinator="gus@acme.example"),
        contracted(contract_manager="gus@acme.example"),
        contracted(seats={"Fusion": {"ana@acme.example"}}),
        contracted(services={"Rendering": set()}),
        contracted(support={"gus@acme.example"}),
        stale(),
    ],
)
def test_check_of_invariants_can_fail(account: Account) -> None:
    assert violations(account)


def test_people_without_a_scope_are_found() -> None:
    account = acme()
    account.users["zoe@acme.example"] = User("zoe@acme.example")
    assert violations(account) == ["zoe@acme.example is in the account but in no scope"]


def test_check_of_limits_can_fail() -> None:
    account = acme()
    account.teams["design"].groups["idle"] = Group({"ana@acme.example", "ben@acme.example"}, {"AutoCAD", "Revit"})
    account.contracts["C-1"].seats["AutoCAD 2019"] |= {"fay@acme.example"}
    account.contracts["C-1"].services["Rendering"] |= {"fay@acme.example"}
    account.contracts["C-2"].support |= {"hal@acme.example"}
    account.teams["site"] = Team("ana@acme.example", seats={"Maya": {"ana@acme.example"}})
    assert over(account, "2026-06-15") == {
        ("team", "design", "AutoCAD"): 1,
        ("team", "design", "Revit"): 2,
        ("team", "site", "Maya"): 1,
        ("contract", "C-1", "AutoCAD 2019"): 1,
        ("service", "C-1", "Rendering"): 1,
        ("support", "C-2"): 1,
    }
    assert worse({("support", "C-2"): 1}, over(account, "2026-06-15")).keys() == over(account, "2026-06-15").keys() - {
        ("support", "C-2")
    }


def test_the_sample_is_sound() -> None:
    account = acme()
    assert violations(account) == []
    assert over(account, "2026-06-15") == {}
    assert loaded(account) == account
    assert [str(scope) for scope in visible_scopes(account, None)] == [
        "contract C-1",
        "contract C-2",
        "team design",
        "team studio",
    ]
