"""Steps as text: they are parsed to equal steps, and steps that request the same are recognised."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.history import canonical, from_text, same, to_canonical, to_plain, to_text
from seatsync.account.model import WHOLE_ACCOUNT, Scope
from tests.targets.sample import BY_PEOPLE, DESIGN, SELF_SERVICE

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
plain = st.one_of(st.none(), st.integers(), texts, st.lists(texts, max_size=3).map(tuple))
facts = st.dictionaries(texts, plain, max_size=3).map(lambda found: Facts(tuple(found.items())))
args = st.dictionaries(texts, st.one_of(plain, facts), max_size=4).map(lambda found: tuple(found.items()))
scopes = st.one_of(
    st.just(WHOLE_ACCOUNT),
    st.builds(lambda name: Scope("team", name), texts),
    st.builds(lambda name: Scope("contract", name), texts),
)


@given(st.builds(Step, texts, scopes, args))
def test_the_same_step_comes_back(step: Step) -> None:
    text = to_text(step)
    assert "\n" not in text
    assert from_text(text) == step


@given(st.builds(Step, texts, scopes, args))
def test_the_texts_are_what_an_encoder_writes(step: Step) -> None:
    assert to_text(step) == json.dumps(to_plain(step), separators=(",", ":"), ensure_ascii=False)
    assert to_canonical(step) == canonical(to_plain(step))


@pytest.mark.parametrize("step", [*SELF_SERVICE, *BY_PEOPLE], ids=to_text)
def test_real_steps(step: Step) -> None:
    assert from_text(to_text(step)) == step


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"action": "x", "scope": {"group": "g"}, "args": {}}',
        '{"action": "x", "scope": {"team": "a", "contract": "b"}, "args": {}}',
        '{"action": "x", "scope": {}, "args": {"a": 1.5}}',
        '{"action": "x", "scope": {}, "args": []}',
    ],
)
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError, AttributeError)):
        from_text(text)


def test_persons_are_compared_by_identity_and_arguments_in_any_order() -> None:
    one = Step.make("contract_manager.transfer", DESIGN, subscription="1", user="Ben@ACME.example")
    other = Step.make("contract_manager.transfer", DESIGN, user="ben@acme.example", subscription="1")
    assert one != other
    assert same(one) == same(other)
    assert json.loads(same(one))["args"]["user"] == "ben@acme.example"


def test_new_names_are_no_persons_but_new_addresses_are() -> None:
    assert same(Step.make("team.rename", DESIGN, to="A@B.example")) != same(
        Step.make("team.rename", DESIGN, to="a@b.example")
    )
    change = [
        Step.make("user.change_email", WHOLE_ACCOUNT, user="a@b.example", to=to)
        for to in ("C@d.example", "c@D.example")
    ]
    assert same(change[0]) == same(change[1])
    assert same(Step.make("user.remove", DESIGN, user="nobody")) != same(
        Step.make("user.remove", DESIGN, user="somebody")
    )
