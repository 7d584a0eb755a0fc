"""Full YAML reader: values, places and rejected syntax. Each case runs with libyaml and with the pure parser."""

from __future__ import annotations

import gc
import importlib.util
import re
import sys
from decimal import Decimal

import pytest

from seatsync.finding import Finding
from seatsync.reading import plain_text, yaml_parser
from seatsync.reading.tree import Node, YamlList, YamlMap
from seatsync.reading.yaml_parser import MAX_DEPTH
from tests.reading.both import read
from tests.reading.outline import outline, rendered


@pytest.fixture(params=["libyaml", "pure"], autouse=True)
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "pure":
        monkeypatch.setattr(yaml_parser, "CParser", None)
    else:
        pytest.importorskip("yaml._yaml", reason="PyYAML was built without libyaml")


def value(text: str) -> Node:
    node, findings = read(text.encode(), "f.yaml")
    assert findings == []
    return node


def refusal(text: str) -> str:
    node, findings = read(text.encode(), "f.yaml")
    assert node is None
    return rendered(findings)


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("0", 0),
        ("-0", 0),
        ("25", 25),
        ("-7", -7),
        ("123456789012345678901234567890", 123456789012345678901234567890),
        ("1.5", Decimal("1.5")),
        ("-0.25", Decimal("-0.25")),
        ("5.0", 5),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_plain_scalars_that_mean_something(text: str, meaning: Node) -> None:
    found = value(f"[a, {text}, b]") if text else value("- a\n-\n- b\n")
    assert isinstance(found, YamlList)
    assert found == ["a", meaning, "b"]
    assert type(found[1]) is type(meaning)
    assert value(f"k: '{text}'") == {"k": text}
    assert value(f'k: "{text}"') == {"k": text}


@pytest.mark.parametrize(
    "text",
    [
        *(
            "no",
            "on",
            "yes",
            "True",
            "NULL",
            "None",
            "nan",
            ".nan",
            "NaN",
            ".inf",
            "0123",
            "007",
            "-01",
            "1_000",
            "12:30",
        ),
        *(
            "1e5",
            "1.5e3",
            "0x1F",
            "0o17",
            "0b1",
            "+1",
            ".5",
            "5.",
            "1.2.3",
            "2026-12-31",
            "2026-12-31T10:00:00Z",
            "--1",
        ),
        *("٣", "1 2", "1,5", "-a", "=", "!x"[1:], "9" * 301),
    ],
)
def test_all_else_is_text(text: str) -> None:
    assert value(f"k: {text}") == {"k": text}


def test_a_number_of_three_hundred_digits_is_one() -> None:
    assert value("9" * 300) == int("9" * 300)
    assert value("9" * 298 + ".5") == Decimal("9" * 298 + ".5")


def test_all_keys_are_text() -> None:
    found = value("1: a\ntrue: b\n~: c\n1.50: d\n0123: e\n'': f\n")
    assert found == {"1": "a", "true": "b", "~": "c", "1.50": "d", "0123": "e", "": "f"}


def test_equal_texts_are_one_object() -> None:
    found = value("[ana@acme.example, 'ana@acme.example', \"ana@acme.example\", {ana@acme.example: '1', 1: \"1\"}]")
    assert isinstance(found, YamlList)
    mapping = found[3]
    assert isinstance(mapping, YamlMap)
    assert found[0] is found[1] is found[2] is next(iter(mapping))
    assert mapping["ana@acme.example"] is mapping["1"]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing\n", "---\n", "---\n...\n", "null\n", "\ufeff"])
def test_an_empty_file_is_nothing(text: str) -> None:
    assert value(text) is None


PLACES = """\
# places
teams:
  design:   # a team
    primary_admin: "ana@acme.example"
    secondary_admins: [ben@acme.example, {user: cho, until: 2027-03-31}]
    seats:
      Größe 😀:
        - gus@acme.example

        # someone else
        -
      Revit:
      - hal
      -   - x
    note: |
      one

      two


    fold: plain text
      on two lines
  empty: {}
1: 'it''s'
"""


PLACED = """\
/teams 2:1-2:6 {} 3:3-23:12
/teams/design 3:3-3:9 {} 4:5-22:19
/teams/design/primary_admin 4:5-4:18 'ana@acme.example' 4:20-4:38
/teams/design/secondary_admins 5:5-5:21 [] 5:23-5:73
/teams/design/secondary_admins/0 'ben@acme.example' 5:24-5:40
/teams/design/secondary_admins/1 {} 5:42-5:72
/teams/design/secondary_admins/1/user 5:43-5:47 'cho' 5:49-5:52
/teams/design/secondary_admins/1/until 5:54-5:59 '2027-03-31' 5:61-5:71
/teams/design/seats 6:5-6:10 {} 7:7-14:14
/teams/design/seats/Größe 😀 7:7-7:14 [] 8:9-11:10
/teams/design/seats/Größe 😀/0 'gus@acme.example' 8:11-8:27
/teams/design/seats/Größe 😀/1 None 11:10-11:10
/teams/design/seats/Revit 12:7-12:12 [] 13:7-14:14
/teams/design/seats/Revit/0 'hal' 13:9-13:12
/teams/design/seats/Revit/1 [] 14:11-14:14
/teams/design/seats/Revit/1/0 'x' 14:13-14:14
/teams/design/note 15:5-15:9 'one\\n\\ntwo\\n' 15:11-18:10
/teams/design/fold 21:5-21:9 'plain text on two lines' 21:11-22:19
/teams/empty 23:3-23:8 {} 23:10-23:12
/1 24:1-24:2 "it's" 24:4-24:11"""


def test_everything_has_a_location() -> None:
    assert outline(value(PLACES)) == PLACED


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_do_not_shift_places(line_end: str) -> None:
    text = line_end.join(["\ufeffa: é", "b:", "  - 'x", "    y'", "  - 😀 z", ""])
    assert (
        outline(value(text))
        == """\
/a 1:1-1:2 'é' 1:4-1:5
/b 2:1-2:2 [] 3:3-5:8
/b/0 'x y' 3:5-4:7
/b/1 '😀 z' 5:5-5:8"""
    )


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("? a\nb: 1\n", "/a 1:3-1:4 None 1:4-1:4\n/b 2:1-2:2 1 2:4-2:5"),
        ("{a, b: , c: x}", "/a 1:2-1:3 None 1:3-1:3\n/b 1:5-1:6 None 1:7-1:7\n/c 1:10-1:11 'x' 1:13-1:14"),
        ("a: # nothing\n\n\nb:\n", "/a 1:1-1:2 None 1:3-1:3\n/b 4:1-4:2 None 4:3-4:3"),
        ("[a: b]", "/0 {} 1:2-1:6\n/0/a 1:2-1:3 'b' 1:5-1:6"),
        ("a: |\nb: >+\n\n", "/a 1:1-1:2 '' 1:4-1:5\n/b 2:1-2:2 '\\n' 2:4-2:6"),
    ],
)
def test_empty_value_is_located_after_its_indicator(text: str, places: str) -> None:
    assert outline(value(text)) == places


def test_duplicate_key_keeps_its_first_value() -> None:
    node, findings = read(b"a: 1\nb: {x: 1, x: [y]}\n'a':\n  c: 1\n  c: 2\nd: 1\n", "f.yaml")
    assert node == {"a": 1, "b": {"x": 1}, "d": 1}
    assert outline(node).endswith("/d 6:1-6:2 1 6:4-6:5")
    assert rendered(findings).splitlines() == [
        f"YAML002 2:11-2:12: key 'x' {TWICE} <- 2:5-2:6 first occurrence, which is used",
        f"YAML002 3:1-3:4: key 'a' {TWICE} <- 1:1-1:2 first occurrence, which is used",
        f"YAML002 5:3-5:4: key 'c' {TWICE} <- 4:3-4:4 first occurrence, which is used",
    ]


def test_a_key_that_is_no_text_is_left_out() -> None:
    node, findings = read(b"? [a]\n: {x: 1}\nb: 1\n? {c: d}\n: e\n", "f.yaml")
    assert node == {"b": 1}
    assert rendered(findings).splitlines() == [
        "SCHEMA001 1:3-1:6: a key must be text, not a list",
        "SCHEMA001 4:3-4:9: a key must be text, not a mapping",
    ]


def test_findings_about_keys_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_parser, "MAX_FINDINGS", 2)
    assert len(read(b"a: 1\n" * 10, "f.yaml")[1]) == 2


TWICE = "occurs twice in this mapping (remove one of the two)"
NO_TAG = "tags are not supported (remove it; put a number in quotes to make it text, and text that begins with !)"
NO_ANCHOR = "anchors are not supported (write the value out wherever it is needed, or name people once under `lists`)"
NO_ALIAS = "aliases are not supported (write the value out, or put text that begins with * in quotes)"
NO_DIRECTIVE = "directives are not supported (remove it)"
NO_MERGE = "merge keys are not supported (write the keys out)"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: !!str 1", f"YAML003 1:4-1:9: {NO_TAG}"),
        ("a: ! 1", f"YAML003 1:4-1:5: {NO_TAG}"),
        ("- !", f"YAML003 1:3-1:4: {NO_TAG}"),
        ("a: ! b", f"YAML003 1:4-1:5: {NO_TAG}"),
        ("a: !foo!bar b", f"YAML003 1:4-1:12: {NO_TAG}"),
        ("a: !<tag:yaml.org,2002:str> b", f"YAML003 1:4-1:18: {NO_TAG}"),
        ("!!map {a: b}", f"YAML003 1:1-1:6: {NO_TAG}"),
        ("a: !!map\n  b: c", f"YAML003 1:4-1:9: {NO_TAG}"),
        ("- !!seq\n  - b", f"YAML003 1:3-1:8: {NO_TAG}"),
        ("! a: b", f"YAML003 1:1-1:2: {NO_TAG}"),
        ("a: !!python/object/apply:os.system [x]", f"YAML003 1:4-1:35: {NO_TAG}"),
        ("a: !!null", f"YAML003 1:4-1:10: {NO_TAG}"),
        ("a: !!str |\n  x", f"YAML003 1:4-1:9: {NO_TAG}"),
        ("%YAML 1.2\n---\na", f"YAML003 1:1-1:10: {NO_DIRECTIVE}"),
        ("# c\n%YAML 3.0\n---\na", f"YAML003 2:1-2:10: {NO_DIRECTIVE}"),
        ("%TAG ! tag:x,2000:\n---\na", f"YAML003 1:1-1:19: {NO_DIRECTIVE}"),
        ("%FOO bar\n---\na", f"YAML003 1:1-1:9: {NO_DIRECTIVE}"),
        ("%YAML 1.2\na: b", f"YAML003 1:1-1:10: {NO_DIRECTIVE}"),
        ("%", f"YAML003 1:1-1:2: {NO_DIRECTIVE}"),
        ("# c\r%YAML 1.2\r---\ra", f"YAML003 2:1-2:10: {NO_DIRECTIVE}"),
        ("a: &x b", f"YAML004 1:4-1:6: {NO_ANCHOR}"),
        ("&x a: b", f"YAML004 1:1-1:3: {NO_ANCHOR}"),
        ("a: &x\n  b: c", f"YAML004 1:4-1:6: {NO_ANCHOR}"),
        ("a: &x [b]", f"YAML004 1:4-1:6: {NO_ANCHOR}"),
        ("a: &x", f"YAML004 1:4-1:6: {NO_ANCHOR}"),
        ("a: & b", f"YAML004 1:4-1:5: {NO_ANCHOR}"),
        ("- *x", f"YAML004 1:3-1:5: {NO_ALIAS}"),
        ("- *.txt", f"YAML004 1:3-1:8: {NO_ALIAS}"),
        ("*x : b", f"YAML004 1:1-1:3: {NO_ALIAS}"),
        ("<<: {a: b}", f"YAML004 1:1-1:3: {NO_MERGE}"),
        ("a: {b: c, <<: d}", f"YAML004 1:11-1:13: {NO_MERGE}"),
    ],
)
def test_tags_directives_anchors_and_aliases_end_the_reading(text: str, says: str) -> None:
    assert refusal(text) == says


def test_dropped_values_are_checked_too() -> None:
    assert (
        refusal("a: 1\na: {b: [*x]}")
        == f"""\
YAML002 2:1-2:2: key 'a' {TWICE} <- 1:1-1:2 first occurrence, which is used
YAML004 2:9-2:11: {NO_ALIAS}"""
    )


def test_a_merge_key_in_quotes_or_elsewhere_is_text() -> None:
    assert value("'<<': 1") == {"<<": 1}
    assert value("[<<, {a: <<}]") == ["<<", {"a": "<<"}]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('a: "\\x00"', "YAML005 1:4-1:10: control character U+0000 is not allowed"),
        ('["\\e[31m"]', "YAML005 1:2-1:10: control character U+001B is not allowed"),
        ('"\\r": b', "YAML005 1:1-1:5: control character U+000D is not allowed"),
        ('a: "\\uFFFE"', "YAML005 1:4-1:12: noncharacter U+FFFE is not allowed"),
        ("a\n---\nb", "YAML005 2:1-2:4: the file contains a second document (move it to a file of its own)"),
        ("---\n---\n", "YAML005 2:1-2:4: the file contains a second document (move it to a file of its own)"),
        ("a: 1\n...\nb: 1\n", "YAML005 3:1-3:2: the file contains a second document (move it to a file of its own)"),
        ("a: \x07", "YAML005 1:4-1:5: control character U+0007 is not allowed (remove it)"),
    ],
)
def test_unreadable(text: str, says: str) -> None:
    assert refusal(text) == says


def test_escapes_that_are_text() -> None:
    assert value('"\\t\\n\\u2028\\uFEFF\\U0001F600\\x41\\/\\_"') == "\t\n\u2028\ufeff😀A/\u00a0"


@pytest.mark.parametrize("text", ['"\\ud800"', '"\\ud83d\\ude00"', '"\\U00110000"', '"\\UFFFFFFFF"'])
def test_escapes_that_are_no_characters(text: str) -> None:
    assert re.match(r"YAML00[15] 1:\d", refusal(text))


@pytest.mark.parametrize("opening", ["- ", "[", "{", "{a: ", "[x, ", "[[{a: ", "? ", "[? "])
def test_depth_is_limited(opening: str) -> None:
    found = refusal(opening * (MAX_DEPTH + 1) + "x")
    assert re.fullmatch(f"YAML005 1:\\d+-1:\\d+: nesting is deeper than {MAX_DEPTH} levels", found)
    assert refusal(opening * 1100) == refusal(opening * 100_000) == found


@pytest.mark.parametrize("error", ["]@", "'", '"\\q"', "\t@", "%", "&"])
def test_depth_is_found_before_an_error_behind_it(error: str) -> None:
    assert refusal("[" * 50 + error) == f"YAML005 1:41-1:42: nesting is deeper than {MAX_DEPTH} levels"


@pytest.mark.parametrize("text", [f"['{'[' * 50}', @", f"{'[]' * 50}@", f"{'[], ' * 50}@"])
def test_brackets_that_are_not_open_are_no_depth(text: str) -> None:
    assert refusal(text).startswith("YAML001 ")


def test_the_deepest_that_passes() -> None:
    assert value("[" * MAX_DEPTH + "]" * MAX_DEPTH) is not None


def test_the_number_of_nodes_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plain_text, "MAX_EVENTS", 9)
    assert value("[a, b]") == ["a", "b"]
    assert refusal("[a, b, c, d, e, f, g, h]") == (
        "YAML005 1:20-1:21: the file contains too many values (split it into several files)"
    )


@pytest.mark.parametrize(
    ("text", "place", "hint"),
    [
        ("a: [b", "1:6-1:6", ""),
        ("a: [b}", "1:6-1:7", ""),
        (
            "a: b: c",
            "1:5-1:6",
            "put text that holds a colon and a space in quotes; indent the keys of one mapping alike",
        ),
        ("x: @a", "1:4-1:5", "put text that begins with @ in quotes"),
        ("é: `a", "1:4-1:5", "put text that begins with ` in quotes"),
        ("x: %a", "1:4-1:5", "put text that begins with % in quotes"),
        ("- a\nb: c", "2:1-2:2", ""),
        ("[a]]", "1:4-1:5", ""),
    ],
)
def test_ill_formed(text: str, place: str, hint: str) -> None:
    node, findings = read(text.encode(), "f.yaml")
    assert node is None
    (finding,) = findings
    assert rendered([finding]).startswith(f"YAML001 {place}: not well-formed YAML: ")
    assert finding.hint == hint


def test_ill_formed_text_names_its_beginning() -> None:
    (finding,) = read(b"a: 1\nb: [1, x}\n", "f.yaml")[1]
    assert [(str(other.location), other.message) for other in finding.related] == [("f.yaml:2:4", "it began here")]


# Text that libyaml accepts or interprets differently from YAML 1.2.
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[a, b]#c", "1:7"),
        ("[[a]#c\n]", "1:5"),
        ("[a,#c\nb]", "1:4"),
        ("[#c\na]", "1:2"),
        ("{#c\na: b}", "1:2"),
        ('a: "b"#c', "1:7"),
        ("a: 'b'#c", "1:7"),
        ("# fine\n- [a, b] # fine\n#fine\n- 'a'#c", "4:6"),
        ("a: >#c\n  b", "1:5"),
        ("a: |-2#c\n    b", "1:7"),
        ("[-]", "1:2"),
        ("[a, -]", "1:5"),
        ("{a: -}", "1:5"),
        ("-: [-]", "1:5"),
        (">\n# c", "2:1"),
        ("{?a: b}", "1:2"),
        ("[a, ?b c]", "1:5"),
        ("a: [b,\nc]", "2:1"),
        ("a:\n  b: {\n  c: d\n  }", "3:3"),
        ("- - 'a\n  b'", "2:3"),
        ('a: "b\n\tc"', "2:2"),
        ("a: [\n  'b\nc']", "3:1"),
        ("a: >\n \n  \n   \n # c", "5:2"),
    ],
)
def test_stricter_than_libyaml(text: str, place: str) -> None:
    (finding,) = read(text.encode(), "f.yaml")[1]
    assert (finding.code, str(finding.location)) == ("YAML001", f"f.yaml:{place}")


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("a: [\n b, # c\n# d\n  # e\n c\n]", {"a": ["b", "c"]}),
        ("a: [\n  b,\n\n  c\n]\nd: {\n}\n", {"a": ["b", "c"], "d": {}}),
        ("a: b#c\nd: e,#f\ng: 'h,#i'\n", {"a": "b#c", "d": "e,#f", "g": "h,#i"}),
        ("a: ?b\nc: what?d ?e\n", {"a": "?b", "c": "what?d ?e"}),
        ('a: "b ?c,#d"\n', {"a": "b ?c,#d"}),
        ("- - 'a\n   b'\n", [["a b"]]),
        ("'a\nb'", "a b"),
        ("[\na,\nb]", ["a", "b"]),
        ("a:\n- [b,\n   c]\n", {"a": [["b", "c"]]}),
        ("a: >\n\n  b\n\n # c\n", {"a": "\nb\n"}),
        ("a: |\n# c\nb: 1\n", {"a": "", "b": 1}),
        ("|\n # c\n", "# c\n"),
        ("[a-, -b, {--: -1}]", ["a-", "-b", {"--": -1}]),
        ("-: {-: 1}", {"-": {"-": 1}}),
    ],
)
def test_not_stricter_than_yaml(text: str, meaning: object) -> None:
    assert value(text) == meaning


def test_tabs_do_not_indent() -> None:
    for text in ("- [\n\tb]", "a: [\n b\n\t]", "a: [\n b,\n\t c]"):
        assert refusal(text).startswith("YAML001 ")


def test_tabs_may_stand_where_no_indentation_is_due() -> None:
    if getattr(yaml_parser, "CParser", None) is None:
        pytest.skip("the pure parser knows no such tabs")
    assert value("[\na,\n\tb]") == ["a", "b"]
    assert value("a: [\n b,\n\t# c\n d]") == {"a": ["b", "d"]}
    assert value("a: 'b\n  \tc'") == {"a": "b c"}


def test_the_collector_is_as_it_was() -> None:
    assert gc.isenabled()
    read(b"a: b", "f.yaml")
    read(b"a: [", "f.yaml")
    assert gc.isenabled()
    gc.disable()
    try:
        read(b"a: b", "f.yaml")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_without_libyaml_the_pure_parser_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml._yaml", None)
    spec = importlib.util.spec_from_file_location("without_libyaml", yaml_parser.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.CParser is None
    assert module.read_in_full("a: [1]", "f.yaml") == ({"a": [1]}, [])


def test_a_long_key_is_cut_in_messages() -> None:
    key = "k" * 1000
    findings: list[Finding] = read(f"? {key}\n: 1\n? {key}\n: 2\n".encode(), "f.yaml")[1]
    assert findings[0].message == f"key '{'k' * 59}…' occurs twice in this mapping"
