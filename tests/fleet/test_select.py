"""Accounts are selected by labels and names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.errors import WrongUsage
from seatsync.fleet.declared_fleet import Fleet, FleetAccount, select

ACCOUNTS = (
    FleetAccount("acme", "a", labels=(("region", "eu"), ("tier", "gold"))),
    FleetAccount("bolt", "b", labels=(("region", "us"), ("tier", "test"))),
    FleetAccount("cask", "c", labels=(("region", "eu"),)),
)
FLEET = Fleet(Path("/fleet"), "fleet.yaml", ACCOUNTS, "sqlite:///fleet.db")


@pytest.mark.parametrize(
    ("selections", "expected"),
    [
        ([], "acme bolt cask"),
        (["region=eu"], "acme cask"),
        (["region=eu", "region=us"], "acme bolt cask"),
        (["region=eu", "tier=gold"], "acme"),
        (["tier!=test"], "acme cask"),
        (["tier!=test", "tier!=gold"], "cask"),
        (["tier!="], "acme bolt cask"),
        (["bolt"], "bolt"),
        (["acme", "c*"], "acme cask"),
        (["acme", "bolt", "region=us"], "bolt"),
    ],
)
def test_selections(selections: list[str], expected: str) -> None:
    assert [account.name for account in select(FLEET, selections).accounts] == expected.split()


@pytest.mark.parametrize(
    ("selections", "message"),
    [
        (["regoin=eu"], "--select regoin=eu: no account of the fleet has the label 'regoin'; did you mean region?"),
        (
            ["colour=red"],
            "--select colour=red: no account of the fleet has the label 'colour'; its labels are region, tier",
        ),
        (
            ["colour!=red"],
            "--select colour!=red: no account of the fleet has the label 'colour'; its labels are region, tier",
        ),
        (["=eu"], "--select =eu: no account of the fleet has the label ''; its labels are region, tier"),
        (["acne"], "--select acne: no account of the fleet has this name; did you mean acme?"),
        (["tier"], "--select tier: no account of the fleet has this name; to select by this label, write tier=VALUE"),
        (["x*"], "--select x*: no account of the fleet has this name; name an account, or a label as LABEL=VALUE"),
        (["tier=gold", "region=us"], "--select tier=gold --select region=us: no account of the fleet is selected"),
        (["region=asia"], "--select region=asia: no account of the fleet is selected"),
    ],
)
def test_selections_of_nothing(selections: list[str], message: str) -> None:
    with pytest.raises(WrongUsage) as caught:
        select(FLEET, selections)
    assert str(caught.value) == message


def test_a_fleet_without_labels() -> None:
    bare = Fleet(Path("/fleet"), "fleet.yaml", (FleetAccount("acme", "a"),), "")
    with pytest.raises(WrongUsage, match=r"no account of the fleet has the label 'tier'$"):
        select(bare, ["tier=gold"])


LABELS = st.dictionaries(st.sampled_from(["region", "tier"]), st.sampled_from(["a", "b", "c"]))


@given(
    labels=st.lists(LABELS, min_size=1, max_size=6),
    label=st.sampled_from(["region", "tier"]),
    value=st.sampled_from("abc"),
)
def test_a_value_and_its_opposite_share_out_the_fleet(labels: list[dict[str, str]], label: str, value: str) -> None:
    accounts = tuple(
        FleetAccount(f"n{number}", "", labels=tuple(sorted(each.items()))) for number, each in enumerate(labels)
    )
    fleet = Fleet(Path("/fleet"), "fleet.yaml", accounts, "")
    found: list[set[str]] = []
    for selection in (f"{label}={value}", f"{label}!={value}"):
        try:
            found.append({account.name for account in select(fleet, [selection]).accounts})
        except WrongUsage:
            found.append(set())
    one, other = found
    assert not one & other
    if any(label in each for each in labels):
        assert one | other == {account.name for account in accounts}
