"""Documents compared field by field: every difference is found, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seatsync.document_diff import FieldChange, field_changes

PLAIN = st.none() | st.booleans() | st.integers(-2, 2) | st.text("ab_\ud800'.[", max_size=3)
KEYS = st.sampled_from(["a", "b", "__c", "d'e", "f.g", "h[0]", ""])
DOCUMENTS = st.recursive(PLAIN, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4))


def written(value: Any) -> Any:  # noqa: ANN401 - plain JSON
    """Return a document in which numbers and booleans are not equal."""
    if isinstance(value, dict):
        return {key: written(item) for key, item in value.items()}
    if isinstance(value, list):
        return [written(item) for item in value]
    return (type(value).__name__, value)


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1, "b": None}, {"a": 2, "c": "x"}, ["~ a 1 2", "- b None None", "+ c None x"]),
        ({"a": ["x", "y"]}, {"a": ["y", "z"]}, ["- a x None", "+ a None z"]),
        ({"a": ["x", "x", "y"]}, {"a": ["y", "x"]}, ["- a x None"]),
        ({"a": {"b": ["x", "y"]}}, {"a": {"b": ["y", "x"]}}, ["~ a/b ['x', 'y'] ['y', 'x']"]),
        ({"a": [["x", "y"], ["z"]]}, {"a": [["y", "x"], ["z"]]}, ["~ a [['x', 'y'], ['z']] [['y', 'x'], ['z']]"]),
        ([1, True], [True, 1], ["~  [1, True] [True, 1]"]),
        ({"a": ["x"]}, {"a": ["x", "x", "x"]}, ["+ a None x", "+ a None x"]),
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"c": 3}}}, ["~ a/b/c 1 3"]),
        ({"a": [{"b": 1}]}, {"a": [{"b": 2}]}, ["- a {'b': 1} None", "+ a None {'b': 2}"]),
        ({"a": True}, {"a": 1}, ["~ a True 1"]),
        ({"a": None}, {"a": {"b": 1}}, ["~ a None {'b': 1}"]),
        ({"__a": 1}, {"__a": 2}, ["~ __a 1 2"]),
        ({"a": [1, 2, 3, 4]}, {"a": [1, 2, 3, 5]}, ["- a 4 None", "+ a None 5"]),
        ("x", "y", ["~  x y"]),
    ],
)
def test_changes(old: Any, new: Any, changes: list[str]) -> None:  # noqa: ANN401 - plain JSON
    signs = {"add": "+", "remove": "-", "change": "~"}
    found = field_changes(old, new)
    assert [f"{signs[each.kind]} {'/'.join(each.path)} {each.old} {each.new}" for each in found] == changes


def test_a_long_list_takes_no_quadratic_time() -> None:
    old: Any = [{"user": f"u{number}", "days": [1]} for number in range(3000)]
    new: Any = [{"user": f"{'u' if number % 3 else 'v'}{number}", "days": [1]} for number in range(3000)]
    since = monotonic()
    assert len(field_changes({"a": old}, {"a": new})) == 2000
    assert monotonic() - since < 30  # minutes, if every item were compared with every other


@given(DOCUMENTS, DOCUMENTS)
def test_any_two_documents(old: Any, new: Any) -> None:  # noqa: ANN401 - plain JSON
    changes = field_changes(old, new)
    assert (changes == []) == (written(old) == written(new))
    back = {"add": "remove", "remove": "add", "change": "change"}
    reverse = [FieldChange(each.path, back[each.kind], each.new, each.old) for each in changes]  # type: ignore[arg-type]
    assert sorted(map(repr, reverse)) == sorted(map(repr, field_changes(new, old)))


def test_equal_documents_do_not_import_deepdiff() -> None:
    program = (
        "import sys; from seatsync.document_diff import field_changes;"
        "print(field_changes({'a': 1}, {'a': 1}), 'deepdiff' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[] False\n"
