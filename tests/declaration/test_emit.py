from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatsync.declaration.writing.emit import Data, entries_of, entry_lines, flow, key, scalar, yaml_of
from seatsync.reading import yaml_file
from tests.reading.corpora import NAUGHTY_STRINGS, needs

AWKWARD = [
    *(
        "",
        " ",
        "no",
        "on",
        "0123",
        "1_000",
        "12:30",
        "2026-01-01",
        "~",
        "null",
        "Null",
        "true",
        "True",
        "1e3",
        "1.",
        ".5",
    ),
    *(
        "0",
        "-1",
        "12",
        "1.50",
        "-0",
        "--1",
        "0x1F",
        "0o17",
        ".inf",
        "<<",
        "=",
        "-",
        "- a",
        "-a",
        "?",
        "? a",
        "?a",
        ":",
        ":a",
    ),
    *("a: b", "a:b", "a:", "a #b", "a#b", "#a", "a ", " a", "&a", "*a", "!a", "|", ">", "@a", "`a", "%a", "'a'", '"a"'),
    *(
        "[a",
        "{a",
        "]",
        "}",
        ",",
        "a, b",
        "a]b",
        "---",
        "--- a",
        "...",
        "a\nb",
        "a\n",
        "\n",
        "a\tb",
        "\t",
        "a\\nb",
        'a"b',
    ),
    *("\u00a0", "a\u2028b", "\ufeffa", "a\u200bb", "e\u0301", "é", "日本", "😀", "\U000e0061", "a\u202eb", "\u0130"),
]
text = st.one_of(
    st.sampled_from(AWKWARD),
    st.text(alphabet="aé0 -?:#,[]{}&*!|>'\"%@`~<=.\n\\", max_size=8),
    st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20),
)
value = st.recursive(
    st.none() | st.booleans().map(int) | st.integers(-10, 10**9) | text | st.lists(text, max_size=3),
    lambda inner: st.dictionaries(text, inner, max_size=4),
    max_leaves=12,
)


def reread(written: str) -> object:
    node, findings = yaml_file.read(written.encode(), "a.yaml")
    assert findings == []
    return json.loads(json.dumps(node))


@given(st.dictionaries(text, value, min_size=1, max_size=4))
@example({name: name for name in AWKWARD})
@example({"a": dict.fromkeys(AWKWARD), "b": AWKWARD})
@example({"k" * 5000: {"é" * 1500: "v" * 5000}})
def test_block_style_reads_back_the_same(document: dict[str, Data]) -> None:
    assert reread(yaml_of(document)) == document


@needs(NAUGHTY_STRINGS)
def test_naughty_strings_read_back_the_same() -> None:
    strings = [
        line
        for line in json.loads(NAUGHTY_STRINGS.read_text(encoding="utf-8"))
        if not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in line)
    ]
    strings = [line for line in strings if "\ufffe" not in line and "\uffff" not in line]
    assert len(strings) > 450
    assert reread(yaml_of({"list": strings, "keys": dict.fromkeys(strings, 1)})) == {
        "list": strings,
        "keys": dict.fromkeys(strings, 1),
    }


@pytest.mark.parametrize(
    "plain", ["no", "on", "0123", "1_000", "12:30", "2026-01-01", "1e3", "-a", ":a", "a, b", "é", "True"]
)
def test_no_quotes_where_none_are_needed(plain: str) -> None:
    assert scalar(plain) == plain


@pytest.mark.parametrize(
    ("needy", "written"),
    [
        ("", '""'),
        ("12", '"12"'),
        ("~", '"~"'),
        ("a: b", '"a: b"'),
        ('"', '"\\""'),
        ("a\n", '"a\\n"'),
        ("😀\u2028", '"😀\\u2028"'),
    ],
)
def test_quotes_where_they_are_needed(needy: str, written: str) -> None:
    assert scalar(needy) == written


def test_keys_are_text_whatever_they_look_like() -> None:
    assert [key(name) for name in ("12", "true", "~", "<<", "")] == ["12", "true", "~", '"<<"', '""']


def test_the_layout() -> None:
    document: dict[str, Data] = {"a": {"b": ["x", "y"], "c": {}, "d": []}, "e": None, "f": 1}
    assert yaml_of(document) == "a:\n  b:\n    - x\n    - y\n  c: {}\n  d: []\ne: null\nf: 1\n"


@given(value)
@example({name: [name, {"a": name}] for name in AWKWARD})
def test_flow_style_reads_back_the_same(data: Data) -> None:
    line = flow(data)
    assert "\n" not in line
    assert reread(f"- {line}\n- [{line}, {line}]\n") == [data, [data, data]]


def test_a_very_long_key_is_written_the_long_way_in_a_change_too() -> None:
    name = "k" * 1001
    written = entry_lines(entries_of({name: ["a"]})[0], "  ", dash=0)
    assert written == [f"  ? {name}", "  :", "  - a"]
    assert reread("a:\n" + "".join(f"{line}\n" for line in written)) == {"a": {name: ["a"]}}
