"""The fast scanner compared with the full reader: same values, same places."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from seatsync.reading import plain_text, yaml_file, yaml_parser
from seatsync.reading.plain_text import decode
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.yaml_file import scan
from seatsync.reading.yaml_parser import read_in_full
from tests.reading.corpora import YAML_SUITE, needs
from tests.reading.outline import outline
from tests.reading.test_any_bytes import SAMPLE, YAMLISH

pytestmark = pytest.mark.skipif(
    sys.version_info < (3, 11, 5), reason="the quick reader is not used before Python 3.11.5, whose patterns are wrong"
)

EXAMPLES = sorted((Path(__file__).parents[2] / "examples").rglob("*.yaml"))
FILES = [*EXAMPLES, *(Path(__file__).parents[1] / "rules").glob("*.yaml")]

USUAL = """\
# who works here
users:
  ana@acme.example: {first_name: Ana, last_name: Silva}   # since 2019
  "ben@acme.example": {first_name: 'Ben', last_name: "O'Neill"}
  łuk@acme.example: {first_name: Łukasz Jan, last_name: O'Brien-Łoś}
  fay@acme.example: {first_name: Fay, last_name: Green}
  gus@acme.example: {first_name: Gus, last_name: Green}
  hal@acme.example: {first_name: Hal, last_name: O'Brien de Łoś}

  ivo@acme.example: {first_name: Ivo, last_name: 5}
  3jo@acme.example: {first_name: Jo, last_name: Green}
  kay@acme.example: {first_name: Kay, last_name: null}
  leo@acme.example: {last_name: Leo, first_name: Green}
  dee@acme.example: { first_name: Dee , last_name: false }
  eli@acme.example:
    first_name: Eli

    last_name: null
    seats: {design: [AutoCAD, {product: Maya 3.5, until: 2027-03-31}]}
teams:
  design:
    primary_admin:   ana@acme.example
    secondary_admins: [ben@acme.example, true, 5, 5.0, 1.50, 007]
    sso: {domains: [acme.example], metadata_url: 'https://idp.acme.example/saml', kept: {}, none: []}
    portal: https://portal.acme.example:8443/a
    groups:
      cad:
        members:
        - ana@acme.example
        - ben@acme.example # a comment
        # another

        - user: łuk@acme.example
          until: 2027-03-31
        -   {user: "dee@acme.example"}
        - - no
      empty:
    members:
      - łuk@acme.example
      - null
      - ana@acme.example
      - 12
subscriptions:
  574-1: {team: design, product: AutoCAD, offering: single-user, seats: 25,
          channel: store,
          contract_manager: ana@acme.example, starts: 2020-01-01, ends: 2099-12-31
         }
  5741: {share: 1.50, sure: true, tokens: 1e5}
  'null': [a, b,
    c]
  "":
"""
"""All syntax that the fast scanner supports, and one it does not: a list directly in a list."""

KNOWN = USUAL.replace("        - - no\n", "")


def quickly(text: str) -> YamlMap | None:
    return scan(text, "f.yaml")


def everything(node: Node) -> object:
    """Return a tree with the classes of its values and all its offsets."""
    if isinstance(node, YamlMap):
        return "{}", list(node.marks), [(key, everything(value)) for key, value in node.items()]
    if isinstance(node, YamlList):
        return "[]", list(node.marks), [everything(value) for value in node]
    return node.__class__, repr(node)


def agreed(text: str) -> bool:
    """Return True if the fast scanner read a text; its result must then equal that of the full reader."""
    quick = quickly(text)
    if quick is None:
        return False
    full, findings = read_in_full(text, "f.yaml")
    assert findings == []
    assert everything(quick) == everything(full)
    assert outline(quick) == outline(full)
    return True


def test_the_usual_is_read_quickly() -> None:
    assert agreed(KNOWN)
    assert agreed(KNOWN.rstrip("\n"))


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_the_examples_are_read_quickly(file: Path) -> None:
    is_slow = file.parent.name == "mistakes" and file.name != "seatsync.yaml"
    has_rules = file.parent.name == "policy" and file.name == "seatsync.yaml"  # expressions, in any style of text
    assert agreed(file.read_text(encoding="utf-8")) == (not is_slow and not has_rules)


MET_BEFORE = """\
a: b
"c: d": 'e: f'
g: [a, b, 'null', 'x # y']
h:
  - a
  - b
  - g
i:
- b
- a
"j":
  - c: d
  - e: f
k:
  - a
  - "c: d"
  - b   # a comment
  - b

  - a
l:
  - null
  - a
m:
  - x # y
n:
  - a
  -  b
o:
  - a
"""


def test_items_that_stood_in_the_file_before() -> None:
    assert agreed(MET_BEFORE)
    assert agreed(MET_BEFORE.rstrip("\n"))
    assert not agreed(f"{MET_BEFORE}    b\n")


LEFT_TO_THE_FULL_READER = {
    "nothing at all": "",
    "no mapping": "- a\n",
    "a list in a list": USUAL,
    "a tab": "a: b\t# c\n",
    "another line end": "a: b\r\nc: d\r\n",
    "a key that stands twice": "a: b\nc: d\na: e\n",
    "twice in brackets": "a: {b: c, b: d}\n",
    "twice with a space more": "a: {b: c,  b: d}\n",
    "twice in rows": "z:\n a: {b: c, d: e}\n f: {b: c, d: e}\n f: {b: c, d: e}\n",
    "twice, once in rows": "z:\n a: b\n f: {b: c, d: e}\n a: {b: c, d: e}\n",
    "a very long key in a row": f"z:\n a: {{b: c, d: e}}\n {'a' * 501}: {{b: c, d: e}}\n",
    "twice, once as a number": "a: {5: c, 5: d}\n",
    "text on two lines": "a: b\n  c\n",
    "a block": "a: |\n  b\n",
    "an anchor": "a: &b c\n",
    "a tag": "a: !b c\n",
    "an alias": "a: *b\n",
    "a document's start": "---\na: b\n",
    "a document's end": "a: b\n...\n",
    "an explicit key": "? a\n: b\n",
    "a merge key": "<<: {a: b}\n",
    "escapes": 'a: "b\\n"\n',
    "two quotes": "a: 'b''c'\n",
    "a comma at the end": "a: [b, ]\n",
    "a key without value in brackets": "a: {b}\n",
    "a key and nothing in brackets": "a: {b: }\n",
    "no comma": "a: ['b' 'c']\n",
    "no comma between entries": "a: {'b': 'c' 'd': 'e'}\n",
    "an open bracket": "a: [b, c\n",
    "brackets on a line too far left": "a:\n  b: [c,\n  d]\n",
    "an empty line in brackets": "a: [b,\n\n  c]\n",
    "a line too far right": "a: b\n  c: d\n",
    "a line between two blocks": "a:\n    b: c\n  d: e\n",
    "an empty item": "a:\n  -\n  - b\n",
    "an item and nothing": "a:\n  - \n",
    "a mapping and an item": "a:\n  b: c\n  - d\n",
    "an odd item": "a:\n  - b\n  - @c\n",
    "text after a bracket": "a: [b] c\n",
    "nothing after a dash": "a:\n  - b\n  -",
    "a very long key": f"{'a' * 501}: b\n",
    "a very long key in brackets": f"a: {{{'a' * 501}: b}}\n",
    "too deep": "".join(f"{' ' * depth}a:\n" for depth in range(40)),
    "lists too deep": "".join(f"{' ' * 2 * depth}- a:\n" if depth else "a:\n" for depth in range(40)),
    "brackets too deep": f"a: {'[' * 40}{']' * 40}\n",
    "braces too deep": f"a: {'{a: ' * 40}b{'}' * 40}\n",
}


@pytest.mark.parametrize("text", LEFT_TO_THE_FULL_READER.values(), ids=LEFT_TO_THE_FULL_READER)
def test_left_to_the_full_reader(text: str) -> None:
    assert quickly(text) is None


def test_a_file_that_may_hold_too_much_is_left_to_the_full_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_text, "MAX_EVENTS", 100)
    assert scan(KNOWN, "f") is None
    large = KNOWN + "# a long comment\n" * 100_000
    most = 2 * (large.count(":") * 2 + large.count("-") + large.count(",") + large.count("[")) + 6
    monkeypatch.setattr(plain_text, "MAX_EVENTS", most)
    assert scan(large, "f") is not None
    monkeypatch.setattr(plain_text, "MAX_EVENTS", most - 1)
    assert scan(large, "f") is None


@pytest.mark.parametrize("text", ["a: b\n" * 5000, KNOWN * 10])
def test_large_files_are_read_the_same_by_either(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = yaml_file.read(text.encode(), "f.yaml")
    monkeypatch.setattr(yaml_file, "scan", lambda *_: None)
    assert first[1] == yaml_file.read(text.encode(), "f.yaml")[1]


def test_a_usual_file_does_not_reach_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_parser, "read_in_full", None)
    text = "".join(f"key-{number}: [a, b]\n" for number in range(1000))
    node, findings = yaml_file.read(text.encode(), "f.yaml")
    assert isinstance(node, YamlMap)
    assert (len(node), findings) == (1000, [])
    assert str(node.value_at("key-500")) == "f.yaml:501:10"


@needs(YAML_SUITE)
def test_the_official_suite() -> None:
    for folder in sorted(YAML_SUITE.glob("*/")):
        text = (folder / "in.yaml").read_text(encoding="utf-8") if (folder / "in.yaml").exists() else ""
        indented = "".join(f"  {line}" for line in text.splitlines(keepends=True))
        for form in (text, f"key:\n{indented}", f"key:\n  - a\n{indented}", f"key: [a, {text.strip()}, b]\n"):
            agreed(form)


@st.composite
def changed(draw: st.DrawFn, texts: list[str]) -> str:
    """Return a text with some lines moved, duplicated, cut or reindented, and some characters added or removed."""
    lines = draw(st.sampled_from(texts)).splitlines(keepends=True)
    first = draw(st.integers(0, max(0, len(lines) - 12)))
    lines = lines[first : first + draw(st.integers(1, 12))]
    for _ in range(draw(st.integers(0, 3))):
        at = draw(st.integers(0, len(lines) - 1))
        line = lines[at]
        column = draw(st.integers(0, len(line)))
        put = draw(st.text(st.sampled_from("ab1.-?:,[]{}#&*!|>'\"%@`~ \n<=é/("), max_size=3))
        lines[at] = line[:column] + put + line[column + draw(st.integers(0, 2)) :]
        if draw(st.booleans()):
            lines[at] = " " * draw(st.integers(0, 6)) + line.lstrip(" ")
        if draw(st.booleans()):
            lines.insert(draw(st.integers(0, len(lines))), line)
    return "".join(lines)


@given(changed([KNOWN, SAMPLE, *(file.read_text(encoding="utf-8") for file in FILES)]))
@example("a: b \n")
@example("a: [b,\n c\n ]\n")
def test_random_changes_in_a_file(text: str) -> None:
    agreed(text)


@given(YAMLISH)
def test_yamlish(text: str) -> None:
    if isinstance(decode(text.encode(), "f"), str):
        agreed(text)


@given(st.lists(st.text(st.sampled_from("ab: -#'\"[]{},5é/%&*\n"), max_size=10), min_size=1, max_size=6))
def test_entries_of_anything(values: list[str]) -> None:
    agreed("".join(f"{number}k: {value}\n" for number, value in enumerate(values)))
    agreed("k:\n" + "".join(f"  - {value}\n" for value in values))
    agreed("k: {" + ", ".join(f"k{number}: {value}" for number, value in enumerate(values)) + "}\n")
    agreed("k: [" + ", ".join(values) + "]\n")
