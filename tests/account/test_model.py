from __future__ import annotations

import pytest

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import TABLES, WHOLE_ACCOUNT, Account, Change, Scope, Sso
from tests.account.sample import acme


def test_a_copy_and_its_original_change_alone() -> None:
    account = acme()
    twin, rows = account.copy(), tuple(acme().rows())
    assert twin == account
    twin.undo(rows)
    assert account == acme()
    assert twin == Account(twin.name, twin.lineage, twin.serial, twin.timezone)
    again = account.copy()
    account.undo(rows)
    assert again == acme()
    account.change(rows)
    third = again.copy()
    left = Change("team_member", ("design", "dee@acme.example"), (), None)
    third.change([left])
    assert again == acme()
    again.change([left])
    assert third == again != account == acme()


def test_rows_make_the_account_and_taken_back_unmake_it() -> None:
    account = Account("acme", "9b1c", 12)
    rows = tuple(acme().rows())
    account.change(rows)
    assert account == acme()
    assert {row.table for row in rows} == set(TABLES)
    for row in rows:
        keys, values = TABLES[row.table]
        assert len(row.key) == len(keys)
        assert row.new is not None
        assert len(row.new) == len(values)
    account.undo(rows)
    assert account == Account("acme", "9b1c", 12)


def test_a_row_reversed_undoes_itself() -> None:
    row = Change("user", ("x",), None, ("x", "", "", "active", None))
    assert row.reversed() == Change("user", ("x",), ("x", "", "", "active", None), None)
    assert row.reversed().reversed() == row


def test_holders_and_subscriptions_are_kept_up_to_date() -> None:
    account = acme()
    assert account.holders("design", "AutoCAD") == {"dee@acme.example", "eli@acme.example"}
    assert list(account.subscriptions_of("design")) == ["S-1", "S-2", "S-5"]
    assert list(account.subscriptions_of(None)) == ["S-3"]
    assert list(account.subscriptions_of("nowhere")) == []
    rows = [
        Change("group_member", ("design", "cad", "dee@acme.example"), None, ()),
        Change("team_seat", ("design", "AutoCAD", "dee@acme.example"), (), None),
        Change("group_member", ("design", "cad", "eli@acme.example"), (), None),
    ]
    account.change(rows)
    assert account.holders("design", "AutoCAD") == {"dee@acme.example"}
    account.undo(rows)
    assert account.holders("design", "AutoCAD") == {"dee@acme.example", "eli@acme.example"}
    assert account.holders("nowhere", "AutoCAD") == set()
    assert account.scopes_of("dee@acme.example") == {Scope("team", "design"), Scope("contract", "C-1")}
    assert account.scopes_of("ivy@acme.example") == set()


def test_scopes_have_a_readable_repr() -> None:
    assert [str(scope) for scope in (Scope("team", "design"), Scope("contract", "C-1"), WHOLE_ACCOUNT)] == [
        "team design",
        "contract C-1",
        "account",
    ]


def test_sso_survives_as_text() -> None:
    sso = Sso(("acme.example", "straße.example"), None)
    assert sso.as_text() == '{"domains": ["acme.example", "straße.example"], "metadata_url": null}'
    assert Sso.from_text(sso.as_text()) == sso


def test_roles() -> None:
    team = acme().teams["design"]
    assert [team.role_of(f"{name}@acme.example") for name in ("ana", "ben", "cho", "dee")] == [
        "primary",
        "secondary",
        "sso",
        None,
    ]


def test_steps_and_their_arguments() -> None:
    step = Step.make("subscription.move", Scope("team", "studio"), subscription="S-1", from_="design", user=None)
    assert step.args == (("subscription", "S-1"), ("from", "design"), ("user", None))
    assert step.text("from") == "design"
    assert step.get("nothing") is None
    with pytest.raises(TypeError, match=r"^subscription.move: argument user is None, not text$"):
        step.text("user")
    assert Facts((("seats", 3),)).get("seats") == 3
    assert Facts((("seats", 3),)).get("tokens") is None
