"""The plan document: its form, reading it back, and refusal of altered ones."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seatsync.account.actions.spec import Facts, Step
from seatsync.account.model import Scope
from seatsync.account.unknowns import Assumed, Unknown
from seatsync.errors import PlanRefused
from seatsync.finding import Finding, Location, Related, Severity
from seatsync.planning.plan import Plan, PlannedStep, digest, to_json
from seatsync.planning.plan_file import from_json

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
    config_digest=f"sha256:{0:064}",
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
    unknown=(Unknown("design", "groups", "groups export"),),
    assumed=(
        Assumed((("subscription", "574-1"),), "contract_manager", "ana@acme.example"),
        Assumed((("subscription", "574-1"),), "auto_renew", value=True),
        Assumed((("team", "design"), ("group", "cad")), "members", ("ana@acme.example", "ben@acme.example")),
        Assumed((("team", "design"),), "sso", Facts((("domains", ("acme.example",)), ("metadata_url", None)))),
    ),
    synced=((("team", "design"), ("group", "all")),),
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
        "unknown",
        "assumed",
        "synced",
        "unmanaged",
        "unseen",
        "findings",
        "summary",
        "intent",
        "digest",
    ]
    assert document["unknown"] == [{"team": "design", "fact": "groups", "source": "groups export"}]
    assert document["assumed"] == [
        {"subscription": "574-1", "fact": "contract_manager", "value": "ana@acme.example"},
        {"subscription": "574-1", "fact": "auto_renew", "value": True},
        {"team": "design", "group": "cad", "fact": "members", "value": ["ana@acme.example", "ben@acme.example"]},
        {"team": "design", "fact": "sso", "value": {"domains": ["acme.example"], "metadata_url": None}},
    ]
    assert document["synced"] == [{"team": "design", "group": "all"}]
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
        with pytest.raises(PlanRefused, match=r"^PLAN002: the plan file (was altered|has format)"):
            from_json(flipped.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "[" * 100_000, '{"format": "seatsync/plan/2"}', "\ud800"])
def test_not_a_plan(text: str) -> None:
    with pytest.raises(PlanRefused) as refused:
        from_json(text)
    assert refused.value.code == "PLAN002"


FORGERIES: dict[str, dict[str, Any]] = {
    "an account that is a number": {"account": 7},
    "a serial with a fraction": {"serial": 12.0},
    "a target that is missing": {"target": None},
    "a day that does not exist": {"at": "2026-02-30"},
    "a day in another form": {"at": "20261121"},
    "a policy with NaN": {"policy": '{"max_removals":NaN}'},
    "a policy that is a list": {"policy": "[]"},
    "a policy that is too deep": {"policy": f'{{"prune":{"[" * 300}{"]" * 300}}}'},
    "a finding without a code": {"findings": (Finding("?", Severity.ERROR, "differs"),)},
    "an override that is a number": {"allow": (3,)},
}
STEPS: dict[str, dict[str, Any]] = {
    "an id twice": {"id": 1},
    "an id that is true": {"id": True},
    "an id that is a list": {"id": [2]},
    "a need that comes later": {"needs": (3,)},
    "a need that is no step": {"needs": (99,)},
    "a performer twice": {"performers": ("ana@acme.example", "ana@acme.example")},
    "a performer that is a number": {"performers": (1,)},
    "a route that is missing": {"route": None},
    "an argument that is a mapping": {"step": Step.make("admin.revoke", DESIGN, user=Facts((("a", 1),)))},
    "an argument that is missing": {"step": Step("admin.revoke", DESIGN)},
    "a fact that is a mapping": {
        "step": Step.make("sso.configure", DESIGN, sso=Facts((("domains", ({"a": 1},)),)))  # type: ignore[arg-type]
    },
}


@pytest.mark.parametrize("change", FORGERIES.values(), ids=FORGERIES.keys())
def test_a_forged_plan_is_refused(change: dict[str, Any]) -> None:
    """Its digests are right, as anybody can compute them, but no version writes such a plan."""
    with pytest.raises(PlanRefused, match=r"^PLAN002: b\.json was altered, or is not a plan; make a new one with"):
        from_json(to_json(PLAN._replace(**change)), "b.json")


@pytest.mark.parametrize("change", STEPS.values(), ids=STEPS.keys())
def test_a_forged_step_is_refused(change: dict[str, Any]) -> None:
    one, two, *others = PLAN.steps
    with pytest.raises(PlanRefused, match=r"^PLAN002: b\.json was altered, or is not a plan; make a new one with"):
        from_json(to_json(PLAN._replace(steps=(one, two._replace(**change), *others))), "b.json")


def test_the_format_of_another_version_is_named() -> None:
    with pytest.raises(PlanRefused) as refused:
        from_json('{"format": "seatsync/plan/2"}', "b.json")
    assert str(refused.value) == (
        "PLAN002: b.json has format seatsync/plan/2, but this version of seatsync reads seatsync/plan/1;"
        " make a new one with `seatsync plan --out`"
    )


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
