"""The page of a plan in Chromium: judged by axe-core, used by keyboard and mouse; and Mermaid drawing our diagrams."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from seatsync.account.model import Scope
from seatsync.finding import Finding, Location, Severity
from seatsync.planning.picture import Pair, Picture, Row, Side, picture_of
from seatsync.planning.plan import Kept, Plan, Undo
from seatsync.reporting import plan_html, plan_mermaid
from seatsync.reporting.escape import visible
from tests.account.sample import NOON, acme
from tests.browser.tools import look
from tests.reporting.hostile import OWN
from tests.reporting.large_plan import large, picture
from tests.reporting.test_plan_markdown import CHANGES, with_names
from tests.reporting.test_plan_text import EMPTY

_DIAGRAMS = [[text for text in OWN if text.strip()][start : start + 8] for start in range(0, len(OWN), 8)]


def everything() -> str:
    """A page that has every part there is."""
    plan = replace(
        CHANGES,
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
    return plan_html.render(plan, picture_of(plan, acme(), NOON, ["design", "studio"], ["C-1"]))


def of_plan(plan: Plan) -> str:
    return plan_html.render(plan, picture(plan))


def diagram(texts: Sequence[str]) -> str:
    """The diagram of several places, each of this name, that pass from a person of this name to another."""
    pairs = []
    for text in texts:
        before = Side((Row("primary admin", "", (text,)),), ())
        after = Side((Row("primary admin", "", (f"x{text}",)),), ())
        pairs.append(Pair(Scope("team", text), text, before, after))
    return plan_mermaid.render(Picture(tuple(pairs), ()))[0]


PAGES = {
    "everything": everything,
    "nothing": lambda: plan_html.render(EMPTY, None),
    "some": lambda: of_plan(large(120)),
    "hostile": lambda: plan_html.render(*with_names("</script><script>alert(1)</script><img src=x onerror=alert(1)>")),
    "saved": lambda: plan_html.render(CHANGES, None),
    "large": lambda: of_plan(large(2_000)),
}
USES: list[tuple[str, str, str]] = [
    ("none", "", ""),
    ("select", "#place", "team team 007"),
    ("select", "#kind", "remove"),
    ("click", "button[type=reset]", ""),
    ("fill", "#words", "team 012 REVIT"),
    ("click", "button[type=reset]", ""),
    ("fill", "#person", "person.5@team003"),
    ("click", "button[type=reset]", ""),
    ("select", "#doer", "boss@team001.example"),
    ("click", "button[type=reset]", ""),
    ("select", "#kind", "roles"),
    ("open", "#step-1800", ""),
    ("fill", "#words", "no such words"),
    ("click", "button[type=reset]", ""),
    ("click", "#some", ""),
    ("press", "Tab", ""),
    ("click", "button[data-kind=remove]", ""),
    ("click", "#all", ""),
]


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """One browser looks at all pages; the tests below read what it saw."""
    folder = tmp_path_factory.mktemp("pages")
    pages = []
    for name, make in PAGES.items():
        file = folder / f"{name}.html"
        file.write_text(make(), encoding="utf-8")
        pages.append({"name": name, "file": str(file), "large": name == "large"})
    uses = [{"file": str(folder / "large.html"), "steps": USES}]
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


def test_without_steps_it_says_so(seen: dict[str, Any]) -> None:
    assert seen["pages"]["nothing"]["count"] == "There are none."


def test_names_are_shown_as_they_are(seen: dict[str, Any]) -> None:
    assert "take </script><script>alert(1)" not in seen["pages"]["hostile"]["text"]
    assert (
        'create group "</script><script>alert(1)</script><img src=x onerror=alert(1)>"'
        in seen["pages"]["hostile"]["text"]
    )


def test_the_filters(seen: dict[str, Any]) -> None:
    [use] = seen["uses"]
    assert use["errors"] == []
    told = [(answer["count"], answer["first"][:2], answer["rows"], answer["focus"]) for answer in use["answers"]]
    assert told == []


@pytest.mark.parametrize("number", range(len(_DIAGRAMS)))
def test_mermaid_draws_names_as_they_are(number: int, seen: dict[str, Any]) -> None:
    drawn = seen["diagrams"][number]
    assert "error" not in drawn
    assert drawn["foreign"] == 0
    names = [" ".join(visible(text).split()) for text in _DIAGRAMS[number]]
    wanted = ["Before", "After", *(f"{word}{name}" for name in names for word in ("team ", "team ", "", "x"))]
    assert sorted(" ".join(label.split()).replace("x ", "x") for label in drawn["labels"]) == sorted(wanted)
