from __future__ import annotations

import pytest

from seatsync.account.model import WHOLE_ACCOUNT, Scope
from seatsync.declaration.comparing import Difference
from seatsync.finding import Finding, Location, Severity
from seatsync.reporting.diff_report import LARGEST, Diff, marker, render_markdown
from tests.reporting.any_findings import HOSTILE
from tests.reporting.hostile import OWN, markup, naughty
from tests.reporting.rendered import rendered

DESIGN = Scope("team", "design")
ANA, BEN = (("user", "ana@acme.example"),), (("user", "ben@acme.example"),)
CHANGES = (
    Difference("add", WHOLE_ACCOUNT, "person", ANA, None, {"first_name": "Ana", "last_name": "Silva"}),
    Difference("change", DESIGN, "primary admin", (), "ana@acme.example", "ben@acme.example"),
    Difference("remove", DESIGN, "member", BEN, []),
)
FOUND = (Finding("REF001", Severity.ERROR, "x is not declared", Location("a.yaml", 4, 2, 4, 3), "did you mean y?"),)
_TAGS = {"h3", "h4", "p", "strong", "code", "br", "ul", "li", "pre lang"}


def test_complete_comment() -> None:
    text = render_markdown(Diff("acme", "3f2a", "HEAD", "2026-06-15", CHANGES, (), FOUND))
    assert text == (
        """\
<!-- seatsync:diff:acme -->
### Changed in the files of account `acme`

**Diff: 1 added, 1 changed, 1 removed.**

From `3f2a` to `HEAD`, on 2026-06-15

#### New findings

- **error** REF001: x is not declared (`a.yaml:4:2`)<br>did you mean y?

```diff
@@ the whole account @@
+ person ana@acme.example (Ana Silva)
@@ team design @@
! primary admin: ana@acme.example -> ben@acme.example
- member ben@acme.example
```
"""
    )
    assert rendered(text).tags <= _TAGS


def test_no_changes_and_unreadable_files() -> None:
    nothing = render_markdown(Diff("acme", "main", None, "2026-06-15", (), (), ()))
    assert nothing.endswith("**Nothing changes.**\n\nFrom `main` to the working tree, on 2026-06-15\n\n")
    unreadable = render_markdown(Diff("acme", "main", None, "2026-06-15", None, ("main",), ()))
    assert "**No diff: the files at main cannot be read.**" in unreadable


def test_names_are_not_markup() -> None:
    for text in [*OWN, *HOSTILE, *naughty(), *markup()]:
        check(text)


def check(text: str) -> None:
    things = (("product", text), ("user", f"{text}@acme.example"))
    changes = (
        Difference("add", Scope("team", text), "seat", things, None, []),
        Difference("change", Scope("team", text), "primary admin", (), text, text * 2),
    )
    found = (Finding("REF001", Severity.ERROR, text, Location(text, 1, 1, 1, 2)),)
    page = rendered(render_markdown(Diff(text, text, text, "2026-06-15", changes, (), found)))
    assert page.tags <= _TAGS, text
    assert page.found == [], text
    assert marker(text).count("-->") == 1


@pytest.mark.parametrize("changes", [10, 2_000, 100_000])
def test_it_fits_and_counts_what_does_not(changes: int) -> None:
    many = tuple(
        Difference("add", DESIGN, "member", (("user", f"p{n}@acme.example"),), None, []) for n in range(changes)
    )
    text = render_markdown(Diff("a" * 9_999, "b" * 9_999, None, "2026-06-15", many, (), FOUND * 999))
    assert len(text.encode()) <= LARGEST
    shown = text.count("\n+ member")
    left = 0 if shown == changes else int(text.rpartition("\nNot shown: ")[2].split(" ")[0])
    assert shown + left == changes
    assert text.count("\n# and ") == (shown != changes)
    assert rendered(text).tags <= _TAGS


def test_roles_and_removals_have_priority() -> None:
    others = tuple(
        Difference("add", Scope("team", f"t{number}"), "member", (("user", "x@acme.example"),), None, [])
        for number in range(3_000)
    )
    role = Difference("change", Scope("team", "z"), "primary admin", (), "ana@acme.example", "ben@acme.example")
    text = render_markdown(Diff("acme", "main", None, "2026-06-15", (*others, *CHANGES, role), (), ()))
    assert len(text.encode()) <= LARGEST
    assert "@@ team z @@\n! primary admin: ana@acme.example -> ben@acme.example\n```\n" in text
    assert (
        "@@ team design @@\n! primary admin: ana@acme.example -> ben@acme.example\n- member ben@acme.example\n" in text
    )
    left = int(text.rpartition("\nNot shown: ")[2].split(" ")[0])
    assert text.count("\n+ ") + left == 3_001


def test_one_line_that_is_too_long_is_counted() -> None:
    long = (Difference("add", Scope("team", "x" * 99_999), "member", ANA, None, []),)
    text = render_markdown(Diff("acme", "main", None, "2026-06-15", long, (), ()))
    assert text.endswith("on 2026-06-15\n\nNot shown: 1 added. `seatsync diff` prints all.\n")
