"""Operations on the text of files, each with the resulting difference."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import given, settings

from seatsync.account.actions.spec import Facts
from seatsync.editing.changeset import edited
from seatsync.editing.operations import (
    AddItem,
    EditRefused,
    Operation,
    RemoveItem,
    RemoveKey,
    SetItem,
    SetKey,
    apply_operations,
)
from seatsync.finding import Location
from seatsync.reading import yaml_file
from seatsync.reading.tree import Node, YamlList, YamlMap
from tests.chance import chances
from tests.drift.layouts import as_bytes
from tests.planning.states import pair

D = ("teams", "design")
TEXT = """\
# at the top
teams:
  design:   # the team
    primary_admin: "ana@acme.example"  # boss
    'secondary_admins': [ben@acme.example, cho@acme.example]  # backup
    members:
      # first of all
      - dee@acme.example   # for a time
      -   eli@acme.example
    groups:
      cad: {members: [gus@acme.example], products: [AutoCAD]}
    seats:
      AutoCAD:
      - gus@acme.example
      Revit: [
        hal@acme.example,
        ida@acme.example
      ]
    sso:
      domains: [acme.example]
    sso_admins:
users: {gus@acme.example: {first_name: 'Gus'}}
"""


def difference(text: str, *operations: Operation) -> str:
    new = edited(text.encode(), "file.yaml", operations).decode()
    lines = difflib.unified_diff(text.splitlines(), new.splitlines(), n=0, lineterm="")
    return "".join(f"{line}\n" for line in lines if not line.startswith(("---", "+++", "@@")))


ONE_BY_ONE = [
    (
        SetKey((*D, "primary_admin"), "cho@acme.example"),
        '-    primary_admin: "ana@acme.example"  # boss\n+    primary_admin: "cho@acme.example"  # boss\n',
    ),
    (
        RemoveItem((*D, "secondary_admins"), 0),
        (
            "-    'secondary_admins': [ben@acme.example, cho@acme.example]  # backup\n"
            "+    'secondary_admins': [cho@acme.example]  # backup\n"
        ),
    ),
    (
        AddItem((*D, "secondary_admins"), "a, b"),
        (
            "-    'secondary_admins': [ben@acme.example, cho@acme.example]  # backup\n"
            "+    'secondary_admins': [ben@acme.example, cho@acme.example, \"a, b\"]  # backup\n"
        ),
    ),
    (RemoveItem((*D, "members"), 0), "-      # first of all\n-      - dee@acme.example   # for a time\n"),
    (AddItem((*D, "members"), "fay@acme.example"), "+      - fay@acme.example\n"),
    (
        AddItem((*D, "seats", "Revit"), "jan@acme.example"),
        "-        ida@acme.example\n+        ida@acme.example,\n+        jan@acme.example\n",
    ),
    (RemoveItem((*D, "seats", "AutoCAD"), 0), "-      AutoCAD:\n-      - gus@acme.example\n+      AutoCAD: []\n"),
    (AddItem((*D, "seats", "Maya"), "jan@acme.example"), "+      Maya: [jan@acme.example]\n"),
    (AddItem((*D, "sso_admins"), "jan@acme.example"), "-    sso_admins:\n+    sso_admins: [jan@acme.example]\n"),
    (SetKey((*D, "sso"), None), "-    sso:\n-      domains: [acme.example]\n+    sso: null\n"),
    (
        SetKey((*D, "sso"), Facts((("domains", ("b.example",)), ("metadata_url", "https://b.example/x")))),
        '-    sso:\n-      domains: [acme.example]\n+    sso: {domains: [b.example], metadata_url: "https://b.example/x"}\n',
    ),
    (
        RemoveKey((*D, "groups", "cad")),
        "-    groups:\n-      cad: {members: [gus@acme.example], products: [AutoCAD]}\n+    groups: {}\n",
    ),
    (
        SetKey((*D, "groups", "lab"), Facts((("members", ("x@acme.example",)), ("products", ("1.50",))))),
        '+      lab: {members: [x@acme.example], products: ["1.50"]}\n',
    ),
    (
        SetKey(("users", "zoe@acme.example"), Facts((("first_name", "Zoë"),))),
        (
            "-users: {gus@acme.example: {first_name: 'Gus'}}\n"
            "+users: {gus@acme.example: {first_name: 'Gus'}, zoe@acme.example: {first_name: Zoë}}\n"
        ),
    ),
    (
        SetKey(("users", "gus@acme.example", "first_name"), "Gusti"),
        "-users: {gus@acme.example: {first_name: 'Gus'}}\n+users: {gus@acme.example: {first_name: 'Gusti'}}\n",
    ),
    (
        RemoveKey(("users", "gus@acme.example", "first_name")),
        "-users: {gus@acme.example: {first_name: 'Gus'}}\n+users: {gus@acme.example: {}}\n",
    ),
    (RemoveKey((*D, "renamed_from")), ""),
    (RemoveKey((*D, "no", "such")), ""),
    (
        SetKey(("contracts", "110", "products", "Maya", "seats"), 5),
        "+contracts: {110: {products: {Maya: {seats: 5}}}}\n",
    ),
]


@pytest.mark.parametrize(("operation", "expected"), ONE_BY_ONE)
def test_one_operation(operation: Operation, expected: str) -> None:
    assert difference(TEXT, operation) == expected


def test_many_at_once() -> None:
    members = (*D, "members")
    assert (
        difference(
            TEXT,
            RemoveItem(members, 0),
            SetKey((*D, "primary_admin"), "cho@acme.example"),
            RemoveItem(members, 1),
            RemoveItem((*D, "secondary_admins"), 0),
            RemoveItem((*D, "secondary_admins"), 1),
            AddItem((*D, "seats", "AutoCAD"), "dee@acme.example"),
            RemoveItem((*D, "seats", "AutoCAD"), 0),
            RemoveKey((*D, "seats", "Revit")),
            RemoveKey((*D, "sso")),
            SetKey(("users", "b@acme.example"), Facts(())),
            SetKey(("users", "a@acme.example"), Facts(())),
        )
        == """\
-    primary_admin: "ana@acme.example"  # boss
-    'secondary_admins': [ben@acme.example, cho@acme.example]  # backup
-    members:
-      # first of all
-      - dee@acme.example   # for a time
-      -   eli@acme.example
+    primary_admin: "cho@acme.example"  # boss
+    'secondary_admins': []  # backup
+    members: []
-      - gus@acme.example
-      Revit: [
-        hal@acme.example,
-        ida@acme.example
-      ]
-    sso:
-      domains: [acme.example]
+      - dee@acme.example
-users: {gus@acme.example: {first_name: 'Gus'}}
+users: {gus@acme.example: {first_name: 'Gus'}, a@acme.example: {}, b@acme.example: {}}
"""
    )


COMMENTED = """\
# the people

# A, since 2026
users:
  # A is on leave
  a:
  # B is new
  #
  # and young
  b: {first_name: B}   # beside

  # those of the lab

  c:
   # C is elsewhere
  d:
    first_name: D   # the first
    # of D
teams:
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_comments_directly_above_an_entry_go_with_it(newline: str) -> None:
    """Others stay: those above a blank line, in another column, and above a section of a file."""
    text = COMMENTED.replace("\n", newline)

    def gone(*paths: tuple[str, ...]) -> list[str]:
        new = edited(text.encode(), "f.yaml", [RemoveKey(path) for path in paths]).decode().split(newline)
        found = difflib.ndiff(COMMENTED.split("\n"), new)
        return [line[2:].strip() for line in found if line.startswith("- ")]

    assert gone(("users", "a")) == ["# A is on leave", "a:"]
    assert gone(("users", "b")) == ["# B is new", "#", "# and young", "b: {first_name: B}   # beside"]
    assert gone(("users", "a"), ("users", "b")) == [*gone(("users", "a")), *gone(("users", "b"))]
    assert gone(("users", "c")) == ["c:"]
    assert gone(("users", "d", "first_name")) == ["d:", "first_name: D   # the first"]
    assert gone(("users",))[0] == "users:"
    assert gone(("users", "d"))[:2] == ["d:", "first_name: D   # the first"]


DATED = """\
lists:
  block:
    - a@x.example   # the first
    - {user: b@x.example, until: 2026-12-31}   # the second
    # the third
    - user: 'c@x.example'   # her name
      until: "2026-12-31"   # her end
    - d@x.example
  flow: [a@x.example, {user: b@x.example, until: 2026-12-31},   # who
    "c@x.example"]
"""


def dated(name: str, **days: str) -> Facts:
    return Facts((("user", f"{name}@x.example"), *days.items()))


def test_items_are_replaced_where_they_are() -> None:
    """Comments stay, and of a mapping only what differs is written."""
    block, flow = ("lists", "block"), ("lists", "flow")
    assert (
        difference(
            DATED,
            SetItem(block, 0, dated("a", until="2027-01-31")),
            SetItem(block, 1, dated("b", until="2027-01-31")),
            SetItem(block, 2, dated("c", until="2027-01-31", **{"from": "2026-01-01"})),
            RemoveItem(block, 3),
            AddItem(block, "e@x.example"),
            SetItem(flow, 0, "z@x.example"),
            SetItem(flow, 1, dated("b", **{"from": "2026-01-01", "until": "2026-12-31"})),
            SetItem(flow, 2, "it's"),
        )
        == """\
-    - a@x.example   # the first
-    - {user: b@x.example, until: 2026-12-31}   # the second
+    - {user: a@x.example, until: 2027-01-31}   # the first
+    - {user: b@x.example, until: 2027-01-31}   # the second
-      until: "2026-12-31"   # her end
-    - d@x.example
-  flow: [a@x.example, {user: b@x.example, until: 2026-12-31},   # who
-    "c@x.example"]
+      until: "2027-01-31"   # her end
+      from: 2026-01-01
+    - e@x.example
+  flow: [z@x.example, {user: b@x.example, from: 2026-01-01, until: 2026-12-31},   # who
+    "it's"]
"""
    )
    assert difference(DATED, SetItem(block, 1, "b@x.example"), RemoveItem(block, 0)) == (
        "-    - a@x.example   # the first\n"
        "-    - {user: b@x.example, until: 2026-12-31}   # the second\n"
        "+    - b@x.example   # the second\n"
    )
    with pytest.raises(EditRefused, match="has a list in an unsupported layout"):
        edited(DATED.encode(), "f", [SetItem(block, 2, "c@x.example")])  # would lose a comment


NAMED = "\ufeffusers:\r\n  'a@x.example': {}   # A\r\n  b@x.example:\r\nlist: [a@x.example, \"a@x.example\"]\r\n"


def test_names_are_replaced_before_other_changes() -> None:
    places = (Location("f", 2, 3, 2, 16), Location("f", 4, 8, 4, 19), Location("f", 4, 21, 4, 34))
    names = dict.fromkeys(places, "o'c@x.example")
    operation = AddItem(("users", "o'c@x.example", "previous_emails"), "a@x.example")
    assert edited(NAMED.encode(), "f", [operation], names).decode() == (
        '\ufeffusers:\r\n  "o\'c@x.example": {previous_emails: [a@x.example]}   # A\r\n  b@x.example:\r\n'
        'list: ["o\'c@x.example", "o\'c@x.example"]\r\n'
    )


@pytest.mark.parametrize(
    "at", [Location("f", 2, 4, 2, 15), Location("f", 2, 27, 2, 30), Location("f", 3, 3, 3, 14)], ids=str
)
def test_only_whole_names_are_replaced(at: Location) -> None:
    """Not parts of one, comments, or a name by that of another key."""
    with pytest.raises(EditRefused):
        edited(NAMED.encode(), "f", [], {at: "a@x.example"})


def test_blocks_are_added_as_those_around_them_are() -> None:
    text = "users:\n  a@x.example:\n    first_name: A\nteams:\n  d:\n    members:\n    - a@x.example\n"
    assert difference(text, SetKey(("users", "b@x.example"), Facts((("first_name", "B"),)))) == (
        "+  b@x.example:\n+    first_name: B\n"
    )
    assert difference(text, AddItem(("teams", "d", "seats", "AutoCAD"), "a@x.example")) == (
        "+    seats:\n+      AutoCAD:\n+      - a@x.example\n"
    )


def test_line_ends_marks_and_the_last_line_stay_as_they_are() -> None:
    text = "\ufeffa: {b: [c]}\r\nd:\r\n- e"
    operations = (AddItem(("a", "b"), "x"), AddItem(("d",), "f"), SetKey(("g",), "h"))
    new = edited(text.encode(), "f", operations).decode()
    assert new == "\ufeffa: {b: [c, x]}\r\nd:\r\n- e\r\n- f\r\ng: h"


def test_a_file_of_nothing_gets_its_first_key() -> None:
    assert edited(b"# nothing yet\n", "f", [SetKey(("users", "a@x.example"), Facts(()))]) == (
        b"# nothing yet\nusers:\n  a@x.example: {}\n"
    )
    assert edited(b"", "f", [SetKey(("a",), "1")]) == b'a: "1"\n'
    assert edited(b"users:\n", "f", [SetKey(("users", "a@x.example"), Facts(()))]) == b"users: {a@x.example: {}}\n"
    assert edited(b"users: {}\n", "f", [SetKey(("users", "a@x.example"), Facts(()))]) == b"users: {a@x.example: {}}\n"


def test_names_are_found_in_any_spelling() -> None:
    text = "teams: {Cafe\u0301: {members: [a]}}\n"
    assert edited(text.encode(), "f", [AddItem(("teams", "Caf\u00e9", "members"), "b")]).decode() == (
        "teams: {Cafe\u0301: {members: [a, b]}}\n"
    )


OWN_LINES = """\
a: [
  b,   # why b
  # c too
  {user: c,
   until: 2027-01-31},
  d   # why d
]
m: {
  x: 1,   # why x
  y: 2    # why y
}
"""


@pytest.mark.parametrize(
    ("operations", "expected"),
    [
        ([RemoveItem(("a",), 0)], "-  b,   # why b\n"),
        ([RemoveItem(("a",), 1)], "-  # c too\n-  {user: c,\n-   until: 2027-01-31},\n"),
        ([RemoveItem(("a",), 2)], "-  d   # why d\n"),
        ([AddItem(("a",), "e"), AddItem(("a",), "f")], "-  d   # why d\n+  d,   # why d\n+  e,\n+  f\n"),
        ([RemoveItem(("a",), 2), AddItem(("a",), "e")], "-  d   # why d\n+  e,\n"),
        (
            [RemoveItem(("a",), 1), SetItem(("a",), 2, "g"), AddItem(("a",), "e")],
            "-  # c too\n-  {user: c,\n-   until: 2027-01-31},\n-  d   # why d\n+  g,   # why d\n+  e\n",
        ),
        ([SetKey(("m", "z"), 3)], "-  y: 2    # why y\n+  y: 2,    # why y\n+  z: 3\n"),
        ([RemoveKey(("m", "x"))], "-  x: 1,   # why x\n"),
        ([RemoveKey(("m", "y"))], "-  y: 2    # why y\n"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_entries_in_brackets_come_and_go_with_lines_and_comments_of_their_own(
    operations: list[Operation], expected: str, newline: str
) -> None:
    text = OWN_LINES.replace("\n", newline)
    changed = edited(text.encode(), "f", operations).decode()
    assert changed.count("\n") == changed.count(newline)
    assert difference(text, *operations) == expected


@pytest.mark.parametrize(
    ("text", "operation", "problem"),
    [
        ("a: &x [b]\n", AddItem(("a",), "c"), "has a layout that cannot be edited without breaking it"),
        ("a: \xff", AddItem(("a",), "c"), "cannot be read"),
        ("a: [b, # why\n c]\n", RemoveItem(("a",), 1), "has a comment next to a value to be removed"),
        ("a: b\n", AddItem(("a",), "c"), "has no list at a"),
        ("a: b\n", AddItem(("a", "c"), "d"), "has no mapping at a"),
        ("[a]\n", SetKey(("a",), "d"), "has no mapping at "),
        ("a: [[b]]\n", AddItem(("a", "c"), "d"), "has no mapping at a"),
        ("a:\n- - b\n  - c\n", RemoveItem(("a",), 0), ""),
        ("a:\n- b: c\n  d: e\n- f\n", RemoveItem(("a",), 0), ""),
        ("? a\n: [b]\n", SetKey(("c",), "d"), "has a mapping in an unsupported layout"),
        ("? a\n: - b\n", RemoveItem(("a",), 0), "has a list in an unsupported layout"),
        ("{a: b}\n", RemoveKey(("a",)), "would be left empty"),
        ("--- {a: b}\n", SetKey(("c",), "d"), ""),
        ("{}\n", SetKey(("a",), "d"), "has an empty mapping at its top, which cannot be extended"),
    ],
)
def test_refused_edits_leave_the_rest_correct(text: str, operation: Operation, problem: str) -> None:
    raw = text.encode("latin-1")
    if problem:
        with pytest.raises(EditRefused) as refused:
            edited(raw, "f", [operation])
        assert str(refused.value) == problem
    else:
        assert read(edited(raw, "f", [operation])) == apply_operations(read(raw), [operation])


def read(raw: bytes) -> Node:
    document, findings = yaml_file.read(raw, "f")
    assert not findings
    return document


_ITEMS: tuple[str | Facts, ...] = (
    "a]b",
    "it's",
    Facts((("user", "a@b.example"), ("until", "2027-01-31"))),
    Facts((("product", "x, y"),)),
)


def _of_list(node: YamlList, random: Random, path: tuple[str, ...]) -> Iterator[Operation]:
    for index in range(len(node)):
        chance = random.random()
        if chance < 0.3:
            yield RemoveItem(path, index)
        elif chance < 0.5:
            yield SetItem(path, index, random.choice(_ITEMS))
    if random.random() < 0.3:
        for text in random.sample(["#1", "a]b", "true", "x y"], random.randint(1, 3)):
            yield AddItem(path, text)


def some_operations(node: Node, random: Random, path: tuple[str, ...] = ()) -> list[Operation]:
    found: list[Operation] = []
    if isinstance(node, YamlMap):
        for key, child in node.items():
            here = (*path, key)
            chance = random.random()
            if chance < 0.1 and len(path) > 1:
                found.append(RemoveKey(here))
            elif chance < 0.2 and isinstance(child, str):
                found.append(
                    SetKey(here, random.choice(["x: y", "null", "a@b.example", "12", "it's", 'say "hi"', " "]))
                )
            else:
                found += some_operations(child, random, here)
        if random.random() < 0.2:
            value = random.choice([None, "x", 7, ("a", "b, c"), Facts((("n", "m"), ("o", ("p",)))), Facts(())])
            found.append(SetKey((*path, random.choice(["new", "new: one", "x, y", "7"])), value))
    elif isinstance(node, YamlList):
        found += _of_list(node, random, path)
    return found


@given(chances())
@settings(max_examples=40)
def test_edits_are_correct_in_any_layout(random: Random) -> None:
    account, _ = pair(random)
    for raw in as_bytes(account, random):
        before = read(raw)
        operations = some_operations(before, random)
        random.shuffle(operations)
        try:
            new = edited(raw, "f", operations)
        except EditRefused:
            continue
        assert read(new) == apply_operations(before, operations)
        assert new.startswith(b"\xef\xbb\xbf") == raw.startswith(b"\xef\xbb\xbf")


def test_hardly_anything_is_refused() -> None:
    refused = count = 0
    for seed in range(30):
        random = Random(seed)
        account, _ = pair(random)
        for raw in as_bytes(account, random):
            for operation in some_operations(read(raw), random):
                count += 1
                try:
                    edited(raw, "f", [operation])
                except EditRefused:
                    refused += 1
    assert count > 300
    assert refused < count / 50
