"""The table of actions is whole, and no other module lists actions by name."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from seatsync.account.actions import (
    admin_actions,
    contract_actions,
    group_actions,
    purchase_actions,
    seat_actions,
    subscription_actions,
    team_actions,
    user_actions,
)
from seatsync.account.actions.spec import ActionSpec, Facts, Step
from seatsync.account.actions.table import ACTIONS, RECORDED
from seatsync.account.model import WHOLE_ACCOUNT, Scope

PACKAGE = Path(__file__).parents[2] / "seatsync"
FOLDER = PACKAGE / "account" / "actions"
FAMILIES = (
    user_actions,
    group_actions,
    seat_actions,
    admin_actions,
    team_actions,
    subscription_actions,
    contract_actions,
    purchase_actions,
)

STRAYS: dict[str, str] = {
    "cli/groups.py": "`account.load` and `account.accept` are modules of commands there",
}
"""Modules with an action's name as a string, with the reason."""


def action_names(text: str) -> Iterator[str]:
    """Yield the string literals of a module that are names of actions."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and node.value in RECORDED:
            yield str(node.value)


def test_no_other_module_names_an_action() -> None:
    modules = {str(path.relative_to(PACKAGE)): path for path in PACKAGE.rglob("*.py") if path.parent != FOLDER}
    found = {name for name, path in modules.items() if list(action_names(path.read_text(encoding="utf-8")))}
    assert found == set(STRAYS)


def test_the_search_itself() -> None:
    text = 'step.action in {"user.remove", f"{kind}.assign"}  # team.create\n"""See seat.assign."""\n'
    assert list(action_names(text)) == ["user.remove"]


def test_every_spec_is_listed() -> None:
    specs = [value for family in FAMILIES for value in vars(family).values() if isinstance(value, ActionSpec)]
    assert {spec.name for spec in specs} == set(RECORDED)
    assert {module.stem for module in FOLDER.glob("*_actions.py")} == {
        family.__name__.rpartition(".")[2] for family in FAMILIES
    }


@pytest.mark.parametrize("spec", ACTIONS.values(), ids=lambda spec: spec.name)
def test_the_fields_of_a_spec_agree(spec: ActionSpec) -> None:
    arguments = (*spec.required, *spec.optional)
    rule = spec.performers
    assert spec.effects
    assert rule.team or rule.contract or rule.anywhere
    assert (rule.special is not None) is bool(rule.words)
    assert spec.renames is None or "to" in arguments
    assert not spec.joins or "subscription" in arguments
    assert spec.role is None or spec.person in arguments
    assert spec.departs is None or spec.kind == "remove"
    assert spec.holding is None or spec.kind in {"add", "remove"}
    assert not rule.anywhere or set(spec.effects) == {"account"}
    assert bool(spec.keys) is (spec.reason in {"entry", "key", "value", "product"})
    assert bool(spec.section) is (spec.reason in {"seat", "benefit", "product"})


def test_a_step_from_its_spec() -> None:
    step = subscription_actions.MOVE_SUBSCRIPTION.step(Scope("team", "design"), subscription="S-1", from_="studio")
    assert step == Step("subscription.move", Scope("team", "design"), (("subscription", "S-1"), ("from", "studio")))
    assert team_actions.DELETE_TEAM.step(WHOLE_ACCOUNT).args == ()
    assert team_actions.CONFIGURE_SSO.step(WHOLE_ACCOUNT, sso=Facts(())).get("sso") == Facts(())
