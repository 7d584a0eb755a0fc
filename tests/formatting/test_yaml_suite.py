"""Formatting every mapping of the official YAML test suite, without a schema, keeps data and comments."""

from __future__ import annotations

import pytest

from seatsync.editing import canonical
from seatsync.editing.canonical import SortSpec, formatted
from seatsync.reading.tree import YamlMap
from tests.reading.corpora import YAML_SUITE, needs
from tests.reading.test_yaml_suite import CASES, read_case

pytestmark = needs(YAML_SUITE)


def is_mapping(name: str) -> bool:
    node, codes = read_case(name)
    return isinstance(node, YamlMap) and not codes


@pytest.mark.parametrize("name", [name for name in CASES if is_mapping(name)])
def test_a_case_is_formatted_once_and_for_all(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seatsync.reading.schema.check", lambda *_: [])
    monkeypatch.setattr(canonical, "sort_spec", lambda _: SortSpec())
    new = formatted((YAML_SUITE / name / "in.yaml").read_bytes(), name, "fragment")
    assert isinstance(new, bytes)
    assert formatted(new, name, "fragment") == new
