"""`seatsync report all`: a folder of pages, whole or not at all, which replaces only an earlier one."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatsync.cli.groups import REPORTS
from seatsync.commands.report import all_
from seatsync.insight.reports.document import Report
from seatsync.reporting.reports.report_html import render_index
from tests.commands.running import DAY, Run
from tests.commands.usages import DESIGN, SALES, project
from tests.reporting.test_plan_html import Page

SITE = ("report", "all", "--at", DAY, "--out", "site")


@pytest.fixture(name="used")
def _used(folder: Path, run: Run) -> Path:
    project(folder, run, DESIGN, SALES)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_report_is_a_page(used: Path, run: Run) -> None:
    assert run(*SITE) == 0
    assert run.said == (f"Wrote {len(all_.ALL) + 1} pages to site; begin with index.html.\n", "")
    assert list(all_.ALL) == [name for name in REPORTS if name != "all"]
    assert names(used / "site") == sorted(["index.html", *(f"{name}.html" for name in all_.ALL)])


def test_the_pages_link_to_each_other_and_load_nothing(used: Path, run: Run) -> None:
    assert run(*SITE) == 0
    files = set(names(used / "site"))
    for name in files:
        page = Page((used / "site" / name).read_text("utf-8"))
        links = {more["href"] for tag, more in page.elements if tag == "a"}
        assert links == files - ({"index.html"} if name == "index.html" else set())
        assert not [more for _, more in page.elements if "src" in more or more.get("rel") == "stylesheet"]


def test_an_earlier_folder_is_replaced(used: Path, run: Run) -> None:
    assert run(*SITE) == 0
    (used / "site" / "usage.html").write_text("old", encoding="utf-8")
    assert run(*SITE) == 0
    assert (used / "site" / "usage.html").read_text("utf-8") != "old"
    assert [name for name in names(used) if "site" in name] == ["site"]


def test_nothing_else_is_replaced(used: Path, run: Run) -> None:
    (used / "site").mkdir()
    (used / "site" / "notes.txt").write_text("mine", encoding="utf-8")
    assert run(*SITE) == 1
    assert run.err == (
        "seatsync: --out site: it contains other files (notes.txt); name a new folder, or an empty one\n"
    )
    assert names(used / "site") == ["notes.txt"]
    assert run(*SITE[:-1], "teams.yaml") == 1
    assert run.err == "seatsync: --out teams.yaml: it is not a folder; name a new one\n"


def test_a_page_that_cannot_be_made_leaves_the_old_folder(
    used: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(*SITE) == 0
    before = {name: (used / "site" / name).read_bytes() for name in names(used / "site")}

    def fails(*_: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    assert run(*SITE) == 1
    assert "cannot be written (no space left on device)" in run.err
    assert {name: (used / "site" / name).read_bytes() for name in names(used / "site")} == before
    assert [name for name in names(used) if "site" in name] == ["site"]


def test_what_a_person_sees(used: Path, run: Run) -> None:
    assert run(*SITE, "--as", "cho@acme.example") == 0
    page = (used / "site" / "usage.html").read_text("utf-8")
    assert "cho@acme.example" in page
    assert "2026-11-19" not in page
    assert "cho@acme.example" in (used / "site" / "index.html").read_text("utf-8")


def test_errors_of_reading_are_shown_instead(used: Path, run: Run) -> None:
    (used / "teams.yaml").write_text("teams: [", encoding="utf-8")
    assert run(*SITE) == 1
    assert run.out.startswith("teams.yaml:1:")
    assert "YAML001" in run.out
    assert not (used / "site").exists()


def test_names_are_text_on_the_index() -> None:
    report = Report("usage", "Usage", "<b>acme", "2026-06-15", None, ("<i>x",), ())
    page = Page(render_index([report]))
    assert {tag for tag, _ in page.elements} & {"b", "i"} == set()
