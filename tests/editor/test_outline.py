from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatsync.editing.schema_nodes import ITEM
from seatsync.lsp.outline import context_at, unquoted
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node, YamlList, YamlMap
from tests.editor.repository import FILES, marked
from tests.reading.corpora import YAML_SUITE, needs

EXAMPLES = Path(__file__).parents[2] / "examples"

# A text with a marked position, and the expected context: key or value, path, and text.
PLACES = [
    ("teams:\n  design:\n    primary_admin: a|na@x.example", "value teams/design/primary_admin ana@x.example"),
    ("teams:\n  design:\n    primary_admin: |", "value teams/design/primary_admin "),
    ("teams:\n  design:\n    primary_admin: |  # nobody yet", "value teams/design/primary_admin "),
    ("teams:\n  design:\n    primary_admin:  |  ana", "value teams/design/primary_admin "),
    ("teams:\n  design:\n    primary_admin:|", None),
    ("teams:\n  design:\n    members: [a@x, |]", "value teams/design/members/- "),
    ("teams:\n  design:\n    members: [a@x|, b]", "value teams/design/members/- a@x"),
    ("teams:\n  design:\n    members: [a@x |, b]", None),
    ("teams:\n  design:\n    members: [a@x, b|\n    seats:\n      A: [c]", "value teams/design/members/- b"),
    ("teams:\n  design:\n    members: [a@x, b\n    seats:\n      A: [c, |]", "value teams/design/seats/A/- "),
    ("teams:\n  design:\n    members: [a@x,\n      b, |\n", "value teams/design/members/- "),
    ("teams:\n  design:\n    members: [a, # so far\n      |]\n", "value teams/design/members/- "),
    ("teams:\n  design:\n    members: [a\n- b|", "value teams/- b"),
    ("teams:\n  design:\n    members:\n    - a@x\n    - |", "value teams/design/members/- "),
    ("teams:\n  design:\n    members:\n    -|", None),
    ("teams:\n  design:\n    members:\n    - {user: b|, until: 2026}", "value teams/design/members/-/user b"),
    ("teams:\n  design:\n    members:\n      - user: b|\n        until: x", "value teams/design/members/-/user b"),
    ("teams:\n  design:\n    members:\n      - user: b\n        un|", "key teams/design/members/- un"),
    ("teams:\n  design:\n    members:\n      - a\n    |", "key teams/design "),
    ("teams:\n  design:\n    |", "key teams/design "),
    ("teams:\n  design:\n\n    # |a comment", None),
    ("teams:\n  design:\n    prim|\n    seats: {}", "key teams/design prim"),
    ("teams:\n  de|sign:\n", "key teams design"),
    ("teams:\n  'de''s|ign' :\n", "key teams de'sign"),
    ('teams: {design: {groups: {cad: {members: [a, "b|"]}}}}', "value teams/design/groups/cad/members/- b"),
    ("teams: {design: {groups: {cad: {|}}}}", "key teams/design/groups/cad "),
    ("teams: {design: {groups: {cad: {members: [a], |}}}}", "key teams/design/groups/cad "),
    ("teams: {design: {groups: {cad: {members: [a]|}}}}", None),
    ('subscriptions:\n  "574": {team: d|, product: A,\n    seats: 3}', "value subscriptions/574/team d"),
    ('subscriptions:\n  "574": {team: d,\n    contract_manager: |}', "value subscriptions/574/contract_manager "),
    ("users:\n  ana@x.example: {first_name: A}\n  b|", "key users b"),
    ('users:\n  "b\\u00e9\\x41\\n\\q|', "key users béA\nq"),
    ("users: {ana@x: {seats: {design: [Auto|CAD LT]}}}", "value users/ana@x/seats/design/- AutoCAD LT"),
    ("a: one # |two", None),
    ("a: one #two| three", None),
    ("a: one#t|wo", "value a one#two"),
    ("a #b: c|", None),
    ("a: >-\n  some\n  te|xt: here\nb: c", None),
    ("a: |-\n  some\nb: c|".replace("|-", ">-"), "value b c"),
    ("# com|ment", None),
    ("|", "key  "),
    ("\r\na: b\r\n|c", "key  c"),
    ("]}: x|", "key  ]}: x"),
    ("[a, b]: c|", None),
    ("\ufeffa: b|", "value a b"),
    ("a: b\r  c|", "key a c"),
    ("a: b\r|\n", None),
    ("a: [b], c|]", None),
    ("a: {b: [c]], d|", None),
    ("a: {[b: c|", "value a//- c"),
    ("a: b: c|", "value a b: c"),
]


@pytest.mark.parametrize(("text", "there"), PLACES)
def test_context_at_a_position(text: str, there: str | None) -> None:
    clean, at = marked(text) if text.count("|") == 1 else (text[: text.rindex("|")], text.rindex("|"))
    context = context_at(clean, at)
    assert (context and f"{'key' if context.key else 'value'} {'/'.join(context.path)} {context.text}") == there


YAML_LIKE = st.text(st.sampled_from("ab:#-[]{},\"'|>?&*!%@ \t\n\r\\u0é😀\u2028\ufeff"), max_size=60)


def test_beyond_the_end() -> None:
    assert context_at("a: b", 99) == context_at("a: b", 4)


@given(YAML_LIKE, st.integers(0, 60))
@example("0:\r", 3)
def test_any_text_at_any_place(text: str, at: int) -> None:
    at = min(at, len(text))
    context = context_at(text, at)
    if context is not None:
        assert 0 <= context.start <= at <= context.end <= len(text)
        assert text[context.start : context.end] == context.raw
        assert not re.search(r"[\r\n]", context.raw)


@pytest.mark.parametrize("raw", ['"', "'", '"a', "'a", '"a"', "'a''b'", '"\\U00110000"', '"\\', "a", ""])
def test_any_quotes(raw: str) -> None:
    assert isinstance(unquoted(raw), str)


def scalars(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[int, int, bool, tuple[str, ...], str]]:
    """Yield every scalar of a tree: its offsets, whether it is a key, its path, and its text."""
    if isinstance(node, YamlMap):
        for rank, (key, value) in enumerate(node.items()):
            start, end, *span = node.marks[4 * rank : 4 * rank + 4]
            yield start, end, True, path, key
            if isinstance(value, str):
                yield span[0], span[1], False, (*path, key), value
            else:
                yield from scalars(value, (*path, key))
    elif isinstance(node, YamlList):
        for index, item in enumerate(node):
            if isinstance(item, str):
                yield node.marks[2 * index], node.marks[2 * index + 1], False, (*path, ITEM), item
            else:
                yield from scalars(item, (*path, ITEM))


TEXTS = [*FILES.values(), *(path.read_text() for path in sorted(EXAMPLES.rglob("*.yaml")))]


@pytest.mark.parametrize("number", range(len(TEXTS)))
def test_it_sees_what_the_reader_reads(number: int) -> None:
    text = TEXTS[number]
    node = yaml_file.read(text.encode(), "f.yaml")[0]
    for start, end, key, path, said in scalars(node):
        for at in {start, (start + end) // 2, end}:
            context = context_at(text, at)
            assert context is not None
            assert (context.start, context.end) == (start, end)
            assert (context.key, context.path, context.text) == (key, path, said)


@needs(YAML_SUITE)
def test_it_sees_most_of_what_the_reader_reads_of_the_official_suite() -> None:
    """Multi-line scalars and unusual layouts give no context, but never a wrong one."""
    seen = total = 0
    for path in sorted(YAML_SUITE.glob("*/in.yaml")):
        raw = path.read_bytes()
        node, findings = yaml_file.read(raw, "f.yaml")
        text = raw.decode("utf-8", "replace")
        for start, end, key, steps, said in () if findings else scalars(node):
            context = context_at(text, (start + end) // 2)
            total += 1
            seen += context is not None and (context.key, context.path, context.text) == (key, steps, said)
    assert total > 150
    assert seen / total > 0.7
