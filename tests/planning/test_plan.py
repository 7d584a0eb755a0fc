"""The plan document: its form, reading it back, and refusal of altered ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import Scope
from seatsync.errors import PlanRefused
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.planning.plan import Plan, PlannedStep, digest, from_json, to_json

DESIGN = Scope("team", "design")
PLACE = Location("teams/design.yaml", 6, 20, 6, 36)
PLAN = Plan(
    account="acme",
    lineage="9b1c",
    serial=12,
    head="ceea",
    target="sqlite:///.seatsync/account.db",
    actor=None,
    at="2026-11-21",
    config_digest="sha256:c0",
    policy='{"max_removals":"20%"}',
    allow=("GUARD001.seats=3",),
    steps=(
        PlannedStep(
            1,
            Step.make("admin.assign_secondary", DESIGN, user="ben@acme.example"),
            "add",
            "self-service",
            "account",
            performers=("ana@acme.example",),
            codes=("STEP003",),
            reason=PLACE,
        ),
        PlannedStep(
            2,
            Step.make("admin.change_primary", DESIGN, user="ben@acme.example"),
            "change",
            "self-service",
            "account",
            needs=(1,),
            performers=("ana@acme.example", "ben@acme.example"),
            effects=("ana@acme.example becomes secondary admin",),
        ),
        PlannedStep(
            3,
            Step.make("sso.configure", DESIGN, sso=Facts((("domains", ("acme.example",)), ("metadata_url", None)))),
            "change",
            "self-service",
            "account",
        ),
        PlannedStep(4, Step("team.delete", Scope("team", "old")), "remove", "support", "support", case="CASE-1"),
    ),
    unmanaged=((("team", "legacy"),),),
    unseen=((("contract", "110"),),),
    findings=(
        Finding("STEP007", Severity.ERROR, "differs", PLACE, "hint", "S4", (Related(PLACE, "here"),)),
        Finding("GUARD002", Severity.INFO, "noted"),
    ),
)


def test_no_name_in_a_document_commands_a_runner_of_builds() -> None:
    named = PLAN._replace(account="###[error]##vso[task]")
    assert '"name": "#\\u0023#[error]#\\u0023vso[task]"' in to_json(named)
    assert from_json(to_json(named)) == named


def test_the_document_reads_as_the_contract_says() -> None:
    document = json.loads(to_json(PLAN))
    assert list(document) == [
        "format",
        "account",
        "target",
        "actor",
        "at",
        "config",
        "policy",
        "allow",
        "steps",
        "left_out",
        "unmanaged",
        "unseen",
        "findings",
        "summary",
        "intent",
        "digest",
    ]
    assert document["account"] == {"name": "acme", "lineage": "9b1c", "serial": 12, "head": "ceea"}
    assert document["steps"][1] == {
        "id": 2,
        "action": "admin.change_primary",
        "scope": {"team": "design"},
        "args": {"user": "ben@acme.example"},
        "effects": ["ana@acme.example becomes secondary admin"],
        "channel": "self-service",
        "route": "account",
        "needs": [1],
        "performers": ["ana@acme.example", "ben@acme.example"],
        "allowed": True,
        "kind": "change",
        "codes": [],
        "reason": None,
    }
    assert document["summary"] == {"add": 1, "change": 2, "remove": 1, "manual": 1}
    assert document["digest"] == digest({name: document[name] for name in document if name != "digest"})


def test_a_saved_plan_comes_back_the_same() -> None:
    assert from_json(to_json(PLAN)) == PLAN


def test_a_flipped_byte_anywhere_is_noticed() -> None:
    whole = to_json(PLAN).encode()
    for index in range(len(whole)):
        flipped = whole[:index] + bytes([whole[index] ^ 1]) + whole[index + 1 :]
        with pytest.raises(PlanRefused, match=r"^PLAN002: the plan file was altered"):
            from_json(flipped.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "[" * 100_000, '{"format": "seatsync/plan/2"}', "\ud800"])
def test_not_a_plan(text: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        from_json(text)
    assert refused.value.code == "PLAN002"


@given(st.text())
@settings(max_examples=200)
def test_no_text_is_a_plan_by_chance(text: str) -> None:
    with pytest.raises(PlanRefused):
        from_json(text)


def test_the_intent_does_not_depend_on_ids_needs_or_the_day() -> None:
    later = PLAN._replace(at="2026-12-01", serial=99)
    assert later.intent() == PLAN.intent()
    without = PLAN._replace(allow=())
    assert without.intent() != PLAN.intent()
