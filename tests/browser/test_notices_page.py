"""The page of notices in Chromium, and the mails themselves: checked by axe-core, in light, dark and narrow."""

from __future__ import annotations

from typing import Any

import pytest

from seatsync.notices.due import Due
from seatsync.notices.preview_page import Shown, render_page
from seatsync.notices.rendering import Templates
from tests.browser.tools import look
from tests.notices.test_due import everything_that_can_be_due

_HOSTILE = "</iframe><script>alert(1)</script><img src=x onerror=alert(1)>"


def shown(due: Due) -> Shown:
    return Shown(due, Templates().render(due.kind, due.parsed))


def hostile() -> Shown:
    (due, *_) = [due for due in everything_that_can_be_due() if due.kind == "role"]
    facts = {**due.parsed, "account": _HOSTILE, "where": {"kind": "team", "name": _HOSTILE}}
    return Shown(due._replace(name=_HOSTILE), Templates().render("role", facts))


@pytest.fixture(scope="session")
def seen(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Open all pages and mails in one browser; the tests read its observations."""
    folder = tmp_path_factory.mktemp("notices")
    every = [shown(due) for due in everything_that_can_be_due()]
    texts = {
        "page": render_page("acme", "2026-06-15", every),
        "nothing": render_page("acme", "2026-06-15", ()),
        "hostile": render_page(_HOSTILE, "2026-06-15", [hostile()]),
        **{f"mail {each.due.kind}": each.text.html or "" for each in every},
        "mail hostile": hostile().text.html or "",
    }
    pages = []
    for number, (name, text) in enumerate(texts.items()):
        path = folder / f"{number}.html"
        path.write_text(text, encoding="utf-8")
        pages.append({"name": name, "file": str(path)})
    return {page["name"]: page for page in look({"pages": pages}, folder)["pages"]}


NAMES = ["page", "nothing", "hostile", "mail hostile", *(f"mail {due.kind}" for due in everything_that_can_be_due())]


@pytest.mark.parametrize("name", list(dict.fromkeys(NAMES)))
def test_nothing_is_wrong_and_nothing_is_asked_for(name: str, seen: dict[str, Any]) -> None:
    page = seen[name]
    assert {where: found for where, found in page["violations"].items() if found} == {}
    # axe-core asks the frames of a page, which run nothing and so do not answer
    assert [error for error in page["errors"] if "postMessage" not in error] == []
    assert page["requests"] == []
    assert page["overflow"] <= 0


def test_names_are_shown_as_they_are(seen: dict[str, Any]) -> None:
    assert f"You are now secondary admin of team {_HOSTILE}" in seen["hostile"]["text"]
    assert f"of team {_HOSTILE} in the account {_HOSTILE}" in seen["mail hostile"]["text"]
