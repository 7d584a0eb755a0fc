"""The official YAML test suite. `yaml_suite.txt` contains the expected result of each case, one per line.

`value`: read, and equal to the suite's JSON as far as the narrow schema goes. `text`: read, but the narrow schema takes
something for text, or the like. Otherwise the codes of the findings. `-` after a code: the case is good YAML that
libyaml does not know.
"""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from seatsync.reading import yaml_parser
from seatsync.reading.tree import Node
from tests.reading.both import read
from tests.reading.corpora import YAML_SUITE, needs

VERDICTS = dict(line.split(maxsplit=1) for line in (Path(__file__).parent / "yaml_suite.txt").read_text().splitlines())
CASES = sorted(folder.name for folder in YAML_SUITE.glob("*/") if (folder / "in.yaml").exists())

pytestmark = needs(YAML_SUITE)


def read_case(name: str) -> tuple[Node, list[str]]:
    node, findings = read((YAML_SUITE / name / "in.yaml").read_bytes(), f"{name}.yaml")
    return node, [finding.code for finding in findings]


def expected(name: str) -> object:
    """Return the value according to the suite, `...` if the suite has none."""
    file = YAML_SUITE / name / "in.json"
    if not file.exists():
        return ...
    text = file.read_text(encoding="utf-8")
    return json.loads(text, parse_float=Decimal) if text.strip() else None


def verdict(name: str) -> str:
    node, codes = read_case(name)
    if codes:
        ill_formed = (YAML_SUITE / name / "error").exists()
        return " ".join(dict.fromkeys(codes)) + ("" if ill_formed or "YAML001" not in codes else " -")
    return "value" if expected(name) in (..., node) else "text"


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    assert verdict(name) == VERDICTS.get(name, "no verdict is kept")


@pytest.mark.parametrize("name", [name for name in CASES if (YAML_SUITE / name / "error").exists()])
def test_ill_formed_yaml_is_found(name: str) -> None:
    node, codes = read_case(name)
    assert codes
    assert node is None or "YAML002" in codes


@pytest.mark.parametrize("name", CASES)
def test_the_pure_parser_finds_no_other_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    by_libyaml = read_case(name)
    monkeypatch.setattr(yaml_parser, "CParser", None)
    node, codes = read_case(name)
    assert codes or by_libyaml[1] or node == by_libyaml[0]
    assert codes or not (YAML_SUITE / name / "error").exists()
