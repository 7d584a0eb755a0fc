"""The published schemas: valid, fully described, and consistent where they overlap."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seatsync.account.actions.table import ACTIONS
from seatsync.account.attributes import DEPLOYMENTS, LICENSE_TYPES, OFFERINGS, SALES_CHANNELS
from seatsync.declaration.comparing import ORDER
from seatsync.reading import schema
from seatsync.reporting.diff_report import _SUBJECTS

ROOT = Path(__file__).parents[2]
SCHEMAS: dict[str, dict[str, Any]] = {name: json.loads(schema.schema_text(name)) for name in schema.NAMES}
READ = ("project", "fragment", "snapshot")

# Keywords that `schema_problems.py` has messages for; all others are annotations, or contain other schemas.
EXPLAINED = {
    "type",
    "enum",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minProperties",
    "pattern",
    "not",
    "required",
}
EXPLAINED |= {
    "additionalProperties",
    "propertyNames",
    "properties",
    "items",
    "allOf",
    "if",
    "then",
    "else",
    "$ref",
    "$defs",
}
SPEAKING = {"$schema", "$id", "title", "description", "examples", "format", "errorMessage"}


def subschemas(node: Any, path: str = "") -> Iterator[tuple[str, dict[str, Any]]]:  # noqa: ANN401 - plain JSON
    """Yield every schema within a schema, with its path."""
    if not isinstance(node, dict):
        return
    yield path, node
    for keyword in ("properties", "$defs"):
        for name, child in node.get(keyword, {}).items():
            yield from subschemas(child, f"{path}/{name}")
    for keyword in ("items", "additionalProperties", "propertyNames", "not", "if", "then", "else"):
        yield from subschemas(node.get(keyword), f"{path}/{keyword}")
    for index, child in enumerate(node.get("allOf", [])):
        yield from subschemas(child, f"{path}/allOf{index}")


@pytest.mark.parametrize("name", schema.NAMES)
def test_schema_is_valid_and_has_a_description(name: str) -> None:
    document = SCHEMAS[name]
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert document["$id"] == f"urn:seatsync:schema:{name}:1"
    assert document["title"] == name
    assert document["description"]


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_property_has_a_hover_text(name: str) -> None:
    for path, part in subschemas(SCHEMAS[name]):
        if path.rsplit("/", 1)[-1] in ("if", "then") or "/then/" in path or "/if/" in path:
            continue
        for key, child in part.get("properties", {}).items():
            target = SCHEMAS[name]["$defs"][child["$ref"].split("/")[-1]] if "$ref" in child else child
            assert target["description"].endswith("."), f"{path}/{key} has no description"
            refused = "Not possible" in target["description"] or "Belongs to" in target["description"]
            assert target.get("examples") or refused, f"{path}/{key} has no example"
        if part.get("type") == "object" and "properties" in part:
            assert part["additionalProperties"] is False, path


@pytest.mark.parametrize("name", schema.NAMES)
def test_examples_are_right(name: str) -> None:
    for path, part in subschemas(SCHEMAS[name]):
        validator = jsonschema.Draft202012Validator(part | {"$defs": SCHEMAS[name].get("$defs", {})})
        for example in part.get("examples", []):
            assert [error.message for error in validator.iter_errors(example)] == [], f"{path}: {example}"


@pytest.mark.parametrize("name", READ)
def test_every_refusal_has_words(name: str) -> None:
    for path, part in subschemas(SCHEMAS[name]):
        assert set(part) <= EXPLAINED | SPEAKING, path
        if "pattern" in part and not path.endswith("/not"):
            assert part["errorMessage"]
            assert "not" in part, "a line's end before the pattern's is seen by one validator only"


def test_the_same_things_have_the_same_shape_everywhere() -> None:
    fragment, snapshot = SCHEMAS["fragment"], SCHEMAS["snapshot"]
    for name, part in fragment["$defs"].items():
        if name != "user":
            assert snapshot["$defs"][name] == part
    for section in fragment["properties"]:
        assert snapshot["properties"][section] == fragment["properties"][section]
    for key, part in fragment["$defs"]["user"]["properties"].items():
        assert snapshot["$defs"]["user"]["properties"][key] == part
    for name, part in SCHEMAS["findings"]["$defs"].items():
        assert SCHEMAS["plan"]["$defs"][name] == part
        assert SCHEMAS["diff"]["$defs"][name] == part
    declared = {**SCHEMAS["why"]["properties"]["declared"], "type": "object"}
    for keyword in ("properties", "required", "additionalProperties", "type"):
        assert SCHEMAS["why"]["$defs"]["place"][keyword] == declared[keyword]


def test_the_plan_knows_every_action() -> None:
    step = SCHEMAS["plan"]["$defs"]["step"]
    assert step["properties"]["action"]["enum"] == list(ACTIONS)
    names = {name for action in ACTIONS.values() for name in (*action.required, *action.optional)}
    assert set(step["properties"]["args"]["properties"]) == names
    rules = {rule["if"]["properties"]["action"]["const"]: rule["then"]["properties"] for rule in step["allOf"]}
    for name, action in ACTIONS.items():
        assert rules[name]["args"].get("required", []) == list(action.required)
        assert action.kind in rules[name]["kind"]["enum"]
        assert rules[name]["channel"]["const"] == action.channel
        given = rules[name]["args"]
        assert set(given["propertyNames"]["enum"] if given.get("propertyNames") else ()) == {
            *action.required,
            *action.optional,
        }


BOUGHT: dict[str, tuple[str, ...]] = {
    "offering": OFFERINGS,
    "license_type": (*LICENSE_TYPES, *OFFERINGS),  # a rule explains an offering that is written there
    "deployment": DEPLOYMENTS,
}


@pytest.mark.parametrize("name", ["fragment", "snapshot", "diff"])
def test_the_schemas_know_what_can_be_bought(name: str) -> None:
    met = set()
    for path, part in subschemas(SCHEMAS[name]):
        if path.rsplit("/", 1)[-1] in ("if", "then"):
            continue
        for key, field in part.get("properties", {}).items():
            enum = [value for value in field.get("enum", ()) if value is not None]
            if key in BOUGHT and enum:
                met.add(key)
                assert enum == list(BOUGHT[key]), path
            if key == "channel" and enum:
                assert enum == list(SALES_CHANNELS), path
    assert met == (set(BOUGHT) if name != "diff" else {"offering"})


def test_a_diff_knows_every_kind_of_thing() -> None:
    change = SCHEMAS["diff"]["$defs"]["change"]
    assert change["properties"]["what"]["enum"] == list(ORDER)
    allowed: dict[str, tuple[set[str], set[str]]] = {}
    for rule in change["allOf"]:
        what, of = rule["if"]["properties"]["what"], rule["then"]["properties"]["of"]
        for name in what.get("enum", [what.get("const")]):
            allowed[name] = (set(of.get("required", [])), set(of["propertyNames"].get("enum", [])))
    assert set(allowed) == set(ORDER)
    for what, *names in (names for names in _SUBJECTS if names[0] != "role"):
        must, may = allowed[what]
        assert must <= set(names) <= may, what


CHANGE: dict[str, object] = {
    "kind": "change",
    "scope": {"team": "design"},
    "what": "seat",
    "of": {"product": "AutoCAD", "user": "ben@acme.example"},
    "old": [],
    "new": [{"from": None, "until": "2026-09-30"}],
    "words": "AutoCAD for ben@acme.example: at all times -> until 2026-09-30",
}


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "rename"},
        {"what": "desk"},
        {"of": {"product": "AutoCAD"}},
        {"of": {"product": "AutoCAD", "user": "ben@acme.example", "group": "cad"}},
        {"old": "ben@acme.example"},
        {"old": [{"from": None}]},
        {"old": {"seats": 3}},
        {"what": "subscription", "of": {"subscription": "1"}, "old": {"seats": -1}, "new": {}},
        {"what": "subscription", "of": {"subscription": "1"}, "old": {"serial": "1"}, "new": {}},
        {"more": 1},
    ],
)
def test_changes_that_are_none(wrong: dict[str, object]) -> None:
    document = SCHEMAS["diff"]["examples"][0]
    assert schema.validate_document(document | {"changes": [CHANGE]}, "diff") == []
    assert schema.validate_document(document | {"changes": [CHANGE | wrong]}, "diff")


def step(action: str, **args: object) -> dict[str, object]:
    return {
        "id": 1,
        "action": action,
        "scope": {"team": "design"},
        "args": args,
        "effects": [],
        "channel": ACTIONS[action].channel,
        "route": "account",
        "needs": [],
        "performers": ["ana@acme.example"],
        "allowed": True,
        "kind": ACTIONS[action].kind,
        "codes": [],
        "reason": {"file": "teams/design.yaml", "line": 6, "column": 20},
    }


PLAN: dict[str, object] = {
    "format": "seatsync/plan/1",
    "account": {"name": "acme", "lineage": None, "serial": None, "head": None},
    "target": "file:snapshot.yaml",
    "actor": None,
    "at": "2026-11-21",
    "config": {"digest": "sha256:" + "0" * 64},
    "policy": {"max_removals": "20%"},
    "allow": [],
    "steps": [],
    "left_out": [],
    "unknown": [],
    "assumed": [],
    "synced": [],
    "unmanaged": [{"team": "legacy"}, {"team": "design", "user": "zoe@acme.example", "product": "Revit"}],
    "unseen": [],
    "findings": [],
    "summary": {"add": 1, "change": 0, "remove": 0, "manual": 0},
    "intent": "sha256:" + "0" * 64,
    "digest": "sha256:" + "0" * 64,
}


def test_plans() -> None:
    steps = [
        step("admin.assign_secondary", user="ben@acme.example"),
        step("seat.assign", product="AutoCAD", group="cad"),
        step("sso.configure", sso=None),
        step("team.delete"),
        step("purchase.seats", subscription="s-1", now={"seats": 20}, wanted={"seats": 25}),
    ]
    assert schema.validate_document(PLAN | {"steps": steps}, "plan") == []


@pytest.mark.parametrize(
    "wrong",
    [
        step("seat.assign", user="ana@acme.example"),
        step("seat.assign", product="AutoCAD", team="design"),
        step("team.delete", user="ana@acme.example"),
        step("admin.revoke", user=5),
        step("admin.revoke", user="ana@acme.example") | {"kind": "add"},
        step("admin.revoke", user="ana@acme.example") | {"scope": {"team": "a", "contract": "b"}},
        step("admin.revoke", user="ana@acme.example") | {"route": "post"},
        step("admin.revoke", user="ana@acme.example") | {"more": 1},
    ],
)
def test_plans_with_a_wrong_step(wrong: dict[str, object]) -> None:
    assert schema.validate_document(PLAN | {"steps": [wrong]}, "plan")


@pytest.mark.slow
def test_a_wheel_carries_the_schemas(tmp_path: Path) -> None:
    pytest.importorskip("hatchling")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    code = "from seatsync.reading.schema import NAMES, schema_text; print(sum(len(schema_text(n)) for n in NAMES))"
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path / "site", check=True, capture_output=True, text=True, timeout=60
    )
    assert int(run.stdout) == sum(len(schema.schema_text(name)) for name in schema.NAMES)
