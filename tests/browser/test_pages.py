"""The page of a plan in Chromium: checked by axe-core, used by keyboard and mouse; and our diagrams in Mermaid."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from seatsync.account.model import Scope
from seatsync.finding import Finding, Location, Severity
from seatsync.planning.plan import Kept, Plan, Undo
from seatsync.planning.preview import Preview, Row, ScopeChange, ScopeState, preview_of
from seatsync.reporting.escape import visible
from seatsync.reporting.plan import plan_html, plan_markdown
from tests.account.sample import NOON, acme
from tests.browser.tools import look
from tests.reporting.hostile import OWN
from tests.reporting.large_plan import large, preview
from tests.reporting.test_plan_markdown import CHANGES, with_names
from tests.reporting.test_plan_routes import BY_API, PORTAL
from tests.reporting.test_plan_text import EMPTY

_NAMES = [text for text in OWN if text.strip()]
_DIAGRAMS = [_NAMES[start : start + 8] for start in range(0, len(_NAMES), 8)]


def everything() -> str:
    """Return a page with every possible part."""
    plan = CHANGES._replace(
        findings=(
            Finding("GUARD001", Severity.ERROR, "9 of 10 seats would go", None, "say --allow GUARD001.seats=9"),
            Finding("ROLE003", Severity.WARNING, "nobody backs up", Location("teams/design.yaml", 3, 5, 3, 11)),
            Finding("SEAT006", Severity.INFO, "a contract manager holds a seat"),
        ),
        allow=("GUARD002",),
        actor="ana@acme.example",
        unmanaged=((("team", "legacy"),),),
        undo=Undo(3, whole=False, kept=(Kept((("team", "design"),)),)),
    )
    return plan_html.render(plan, preview_of(plan, acme(), NOON, ["design", "studio"], ["C-1"]))


def of_plan(plan: Plan) -> str:
    return plan_html.render(plan, preview(plan))


def diagram(texts: Sequence[str]) -> str:
    """Return a diagram of several places and people that all have the same name."""
    pairs = []
    for text in texts:
        before = ScopeState((Row("primary admin", "", (text,)),), ())
        after = ScopeState((Row("primary admin", "", (f"x{text}",)),), ())
        pairs.append(ScopeChange(Scope("team", text), text, before, after))
    return plan_markdown.render_mermaid(Preview(tuple(pairs), ()))[0]


PAGES: dict[str, Callable[[], str]] = {
    "everything": everything,
    "nothing": lambda: plan_html.render(EMPTY, None),
    "some": lambda: of_plan(large(120)),
    "hostile": lambda: plan_html.render(*with_names("</script><script>alert(1)</script><img src=x onerror=alert(1)>")),
    "portal": lambda: plan_html.render(PORTAL, None),
    "by API": lambda: plan_html.render(BY_API, None),
    "saved": lambda: plan_html.render(CHANGES, None),
    "large": lambda: of_plan(large(2_000)),
}
ALL = ("2,000 steps; the first 200 are shown.", [1, 2], 200)
USES: list[tuple[str, str, str, tuple[str, list[int], int], str]] = [
    ("none", "", "", ALL, "BODY"),
    ("select", "#place", "team team 007", ("40 of 2,000 steps match.", [281, 282], 40), "BODY"),
    ("select", "#kind", "remove", ("13 of 2,000 steps match.", [284, 287], 13), "BODY"),
    ("click", "#clear", "", ALL, "clear"),
    ("fill", "#words", "team 012 REVIT", ("13 of 2,000 steps match.", [482, 485], 13), "words"),
    ("click", "#clear", "", ALL, "clear"),
    ("fill", "#person", "person.5@team003", ("1 of 2,000 steps match.", [126], 1), "person"),
    ("click", "#clear", "", ALL, "clear"),
    ("select", "#doer", "boss@team001.example", ("40 of 2,000 steps match.", [41, 42], 40), "clear"),
    ("click", "#clear", "", ALL, "clear"),
    ("select", "#kind", "roles", ("50 of 2,000 steps match.", [1, 41], 50), "clear"),
    ("open", "#step-1800", "", ("2,000 steps; the first 1,849 are shown.", [1, 2], 1849), "step-1800"),
    ("fill", "#words", "no such words", ("0 of 2,000 steps match.", [], 0), "words"),
    ("click", "#clear", "", ALL, "clear"),
    ("click", "#some", "", ("2,000 steps; the first 400 are shown.", [1, 2], 400), "step-201"),
    ("press", "Tab", "", ("2,000 steps; the first 400 are shown.", [1, 2], 400), "A"),
    ("press", "Enter", "", ("2,000 steps; the first 400 are shown.", [1, 2], 400), "step-201"),
    (
        "click",
        "button[data-kind=remove]",
        "",
        ("650 of 2,000 steps match; the first 200 are shown.", [4, 7], 200),
        "steps",
    ),
    ("click", "#all", "", ("650 of 2,000 steps match.", [4, 7], 650), "step-619"),
]
"""The actions on the large page, in order: action, target and input; the expected texts, and the expected focus."""


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Open all pages in one browser; the tests read its observations."""
    folder = tmp_path_factory.mktemp("pages")
    pages = []
    for name, make in PAGES.items():
        file = folder / f"{name}.html"
        file.write_text(make(), encoding="utf-8")
        pages.append({"name": name, "file": str(file), "large": name == "large"})
    uses = [{"file": str(folder / "large.html"), "steps": [use[:3] for use in USES]}]
    answer = look({"pages": pages, "uses": uses, "diagrams": [diagram(texts) for texts in _DIAGRAMS]}, folder)
    return {**answer, "pages": {page["name"]: page for page in answer["pages"]}}


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wrong_and_nothing_is_asked_for(name: str, seen: dict[str, Any]) -> None:
    page = seen["pages"][name]
    assert {where: found for where, found in page["violations"].items() if found} == {}
    assert page["errors"] == []
    assert page["requests"] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name != "large"])
def test_narrow_pages_do_not_scroll_sideways(name: str, seen: dict[str, Any]) -> None:
    assert seen["pages"][name]["overflow"] <= 0


def test_many_steps_are_shown_a_part_at_a_time_and_printed_all(seen: dict[str, Any]) -> None:
    page = seen["pages"]["large"]
    assert (page["rows"], page["printed"]) == (200, 2_000)
    assert page["count"] == "2,000 steps; the first 200 are shown."


def test_plan_without_steps_is_reported(seen: dict[str, Any]) -> None:
    assert seen["pages"]["nothing"]["count"] == "No steps."


def test_steps_by_api_are_nobodys(seen: dict[str, Any]) -> None:
    text = seen["pages"]["by API"]["text"]
    assert text.count("the vendor's API\n") == 4
    assert "nobody may" not in text


def test_names_are_shown_as_they_are(seen: dict[str, Any]) -> None:
    assert "take </script><script>alert(1)" not in seen["pages"]["hostile"]["text"]
    assert (
        'create group "</script><script>alert(1)</script><img src=x onerror=alert(1)>"'
        in seen["pages"]["hostile"]["text"]
    )


def test_the_filters(seen: dict[str, Any]) -> None:
    [use] = seen["uses"]
    assert use["errors"] == []
    told = [((answer["count"], answer["first"][:2], answer["rows"]), answer["focus"]) for answer in use["answers"]]
    assert told == [(shown, focus) for *_, shown, focus in USES]
    assert [answer["hidden"] for answer in use["answers"]][:4] == [0, 147, 147, 0]  # other teams' sides and pools


@pytest.mark.parametrize("number", range(len(_DIAGRAMS)))
def test_mermaid_draws_names_as_they_are(number: int, seen: dict[str, Any]) -> None:
    drawn = seen["diagrams"][number]
    assert "error" not in drawn
    assert drawn["foreign"] == 0
    names = [" ".join(visible(text).split()) for text in _DIAGRAMS[number]]
    wanted = ["Before", "After", *(f"{word}{name}" for name in names for word in ("team ", "team ", "", "x"))]
    assert sorted(re.sub("^x ", "x", " ".join(label.split())) for label in drawn["labels"]) == sorted(wanted)
