"""The page of a checklist in Chromium: checked by axe-core, used by keyboard and mouse, kept, printed, and blocked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seatsync.targets.target import Case
from tests.account.sample import NOON
from tests.browser.tools import look
from tests.reporting.checklists import CHO, DESIGN, EVERYTHING, folder_of, invite, plan_of, todo

_HOSTILE = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
_UNWANTED = Case("CASE-99", todo("seat.assign", DESIGN, user=CHO, product="Maya").step, NOON.stamp, None)


def hostile() -> str:
    step = todo("group.create", DESIGN, group=_HOSTILE)
    return page_of(folder_of(plan_of(step)._replace(account=_HOSTILE), target=_HOSTILE).files)


def page_of(files: dict[str, bytes]) -> str:
    return files["CHECKLIST.html"].decode()


PAGES: dict[str, Callable[[], str]] = {
    "everything": lambda: page_of(folder_of(EVERYTHING, [_UNWANTED]).files),
    "nothing": lambda: page_of(folder_of(plan_of()).files),
    "hostile": hostile,
    "large": lambda: page_of(folder_of(plan_of(*(invite(f"p{n}@acme.example") for n in range(3_000)))).files),
}
ALL = "seatsync account confirm " + " ".join(f"CASE-{number}" for number in range(1, 12))
NONE = "Nothing is ticked yet."
USES: list[tuple[str, str, dict[str, Any]]] = [
    (
        "click",
        "#box-3",
        {"state": "1 of 9 entries done (1 of 11 cases).", "command": "seatsync account confirm CASE-5"},
    ),
    ("press", "Tab", {"missing": "Not ticked, but needed: CASE-5 needs CASE-1."}),
    ("click", "#box-1", {"command": "seatsync account confirm CASE-1 CASE-2 CASE-5", "missing": ""}),
    ("open", "#entry-1", {"ticked": ["box-1", "box-1-1", "box-1-2", "box-3"]}),
    ("click", "#box-1-2", {"command": "seatsync account confirm CASE-1 CASE-5", "some": ["box-1"]}),
    (
        "reload",
        "",
        {"ticked": ["box-1-1", "box-3"], "some": ["box-1"], "state": "1 of 9 entries done (2 of 11 cases)."},
    ),
    ("focus", "#box-1", {}),
    ("press", "Space", {"ticked": ["box-1", "box-1-1", "box-1-2", "box-3"], "some": []}),
    ("press", "Space", {"ticked": ["box-3"], "some": [], "command": "seatsync account confirm CASE-5"}),
    ("click", "#copy", {"copied": "Copied."}),
    ("click", "#box-3", {"command": NONE, "copied": "", "state": "0 of 9 entries done (0 of 11 cases)."}),
    *(("click", f"#box-{number}", {}) for number in range(1, 9)),
    (
        "click",
        "#box-9",
        {
            "command": ALL,
            "missing": "",
            "kept": "",
            "state": "9 of 9 entries done (11 of 11 cases). Confirm them with the command at the end.",
        },
    ),
    ("print", "", {"command": ALL}),
]
"""What is done on the page, in order, and some of what it shows afterwards."""


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Open all pages in one browser; the tests read its observations."""
    folder = tmp_path_factory.mktemp("pages")
    pages = []
    for name, make in PAGES.items():
        path = folder / f"{name}.html"
        path.write_text(make(), encoding="utf-8")
        pages.append({"name": name, "file": str(path), "large": name == "large"})
    file, ticks = str(folder / "everything.html"), [["click", "#box-3"]]
    checklists: list[dict[str, Any]] = [
        {"file": file, "steps": [use[:2] for use in USES]},
        {"file": file, "steps": ticks, "blocked": True},
        {"file": file, "steps": ticks, "plain": True},
        {"file": str(folder / "large.html"), "steps": [["click", "#box-1"]]},
        {"file": str(folder / "hostile.html"), "steps": [["click", "#box-1"]]},
    ]
    answer = look({"pages": pages, "checklists": checklists}, folder)
    names = ("used", "blocked", "plain", "large", "hostile")
    return {"pages": {page["name"]: page for page in answer["pages"]}} | dict(
        zip(names, answer["checklists"], strict=True)
    )


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_wrong_and_nothing_is_asked_for(name: str, seen: dict[str, Any]) -> None:
    page = seen["pages"][name]
    assert {where: found for where, found in page["violations"].items() if found} == {}
    assert page["errors"] == []
    assert page["requests"] == []


@pytest.mark.parametrize("name", [name for name in PAGES if name != "large"])
def test_narrow_pages_do_not_scroll_sideways(name: str, seen: dict[str, Any]) -> None:
    assert seen["pages"][name]["overflow"] <= 0


def test_names_are_shown_as_they_are(seen: dict[str, Any]) -> None:
    text = seen["pages"]["hostile"]["text"]
    assert f'create group "{_HOSTILE}"' in text
    [answer] = seen["hostile"]["answers"]
    assert answer["command"] == f"seatsync account confirm --target '{_HOSTILE}' CASE-1"


def test_the_boxes(seen: dict[str, Any]) -> None:
    used = seen["used"]
    assert (used["errors"], used["requests"]) == ([], [])
    told = [
        {name: answer[name] for name in expected} for answer, (*_, expected) in zip(used["answers"], USES, strict=True)
    ]
    assert told == [expected for *_, expected in USES]


def test_boxes_that_cannot_be_kept(seen: dict[str, Any]) -> None:
    [answer] = seen["blocked"]["answers"]
    assert answer["kept"] == "This browser does not keep the boxes: leave the page open."
    assert answer["command"] == "seatsync account confirm CASE-5"
    assert seen["blocked"]["errors"] == []


def test_page_without_javascript(seen: dict[str, Any]) -> None:
    [answer] = seen["plain"]["answers"]
    assert answer["command"] == ALL
    assert answer["ticked"] == ["box-3"]
    assert "Without JavaScript, the boxes are not kept" in seen["plain"]["body"]
    assert "1. team design: invite 2 people" in seen["plain"]["body"]
    assert "seatsync account withdraw CASE-99" in seen["plain"]["body"]


def test_a_command_that_no_shell_would_take_is_several(seen: dict[str, Any]) -> None:
    [answer] = seen["large"]["answers"]
    lines = answer["command"].split("\n")
    assert lines == folder_lines()
    assert answer["state"].startswith("1 of 1 entries done (3000 of 3000 cases).")


def folder_lines() -> list[str]:
    """Return the commands of the large checklist as Markdown."""
    plan = plan_of(*(invite(f"p{n}@acme.example") for n in range(3_000)))
    text = folder_of(plan).files["CHECKLIST.md"].decode()
    return [line.strip() for line in text.splitlines() if line.startswith("    seatsync")]
