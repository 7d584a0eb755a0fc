"""The examples that begin with exports, beyond what their pages show."""

from __future__ import annotations

import csv
import shutil
from io import StringIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from seatsync.reading.plain_text import text_of_table
from seatsync.targets.sql.store import open_sqlite
from seatsync.targets.target import State
from tests.commands.running import Run
from tests.console_blocks import ROOT, run_page

EXAMPLES = {"three-teams": ("acme", "2026-06-22"), "mixed-exports": ("beam", "2026-07-02")}
"""The examples, with the repository that each makes, and the day on which its page ends."""


@pytest.fixture(name="run")
def _run(capfd: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SEATSYNC_AT", "2026-06-15")
    monkeypatch.delenv("CI", raising=False)
    return Run(capfd)


def exports_of(name: str) -> Path:
    return ROOT / "examples" / name / "exports"


def store(repository: Path) -> State:
    return open_sqlite("sqlite:///.seatsync/account.db", repository, {}).read()


def texts(repository: Path) -> dict[str, str]:
    """Return the files of a repository by name."""
    paths = [path for path in repository.rglob("*") if path.is_file() and ".seatsync" not in path.parts]
    return {path.relative_to(repository).as_posix(): path.read_text() for path in paths}


@pytest.mark.parametrize("name", EXAMPLES)
def test_two_commands_from_exports_to_a_plan_without_steps(name: str, run: Run, tmp_path: Path) -> None:
    shutil.copytree(exports_of(name), tmp_path / "exports")
    assert run("init", "new", "--from", "exports") == 0
    assert run("plan", "new", "--detailed-exitcode") == 0
    assert "Nothing to change" in run.out
    assert run("validate", "new") == 0
    assert run("fmt", "new", "--check") == 0
    assert run("refresh", "new") == 0
    assert run.out.endswith("\nNothing new.\n")
    assert run("-C", "new", "account", "verify") == 0


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_page_ends_with_a_confirmed_checklist(name: str, run: Run, tmp_path: Path) -> None:
    repository, day = EXAMPLES[name]
    run_page(ROOT / "examples" / name / "README.md", tmp_path)
    folder = tmp_path / "here" / repository
    assert store(folder).cases == ()
    assert sorted(path.name for path in folder.glob("runs/*/CHECKLIST.*")) != []
    assert run("-C", str(folder), "account", "cases", "--all") == 0, run.said
    assert run("-C", str(folder), "account", "verify") == 0
    assert run("plan", str(folder), "--detailed-exitcode", "--at", day) == 0


def workbook(file: Path) -> Workbook:
    """Return an export as a workbook; its table is on the second sheet, as in usage reports."""
    text = text_of_table(file.read_bytes()).removeprefix("sep=;\r\n").removeprefix("sep=;\n")
    separator = next(each for each in "\t;," if each in text.splitlines()[0])
    book = Workbook()
    book.create_sheet("Filters", 0).append(["All teams"])
    for row in csv.reader(StringIO(text), delimiter=separator):
        book.worksheets[1].append([cell or None for cell in row])
    return book


@pytest.mark.parametrize("name", EXAMPLES)
def test_workbooks_make_the_same_repository(name: str, run: Run, tmp_path: Path) -> None:
    (tmp_path / "csv").mkdir()
    shutil.copytree(exports_of(name), tmp_path / "csv/exports")
    for file in exports_of(name).rglob("*.csv"):
        there = tmp_path / "xlsx/exports" / file.relative_to(exports_of(name)).with_suffix(".xlsx")
        there.parent.mkdir(parents=True, exist_ok=True)
        workbook(file).save(there)
    for kind in ("csv", "xlsx"):
        assert run("init", f"{kind}/new", "--from", f"{kind}/exports") == 0, run.said
    assert texts(tmp_path / "xlsx/new") == texts(tmp_path / "csv/new")
    first, second = (store(tmp_path / kind / "new").account for kind in ("csv", "xlsx"))
    assert sorted(first.rows()) == sorted(second.rows())


def test_the_mixed_exports_are_as_they_came() -> None:
    """Git must not convert them."""
    folder = exports_of("mixed-exports")
    old = (folder / "users-structures-2026-06-12.csv").read_bytes()
    assert "Jürgen".encode("cp1252") in old
    assert old.count(b"\r\n") == old.count(b"\n") == 5
    assert (folder / "users-tunnels-2026-06-13.csv").read_bytes().startswith(b"\xff\xfeA\0u\0t\0o\0d\0e\0s\0k\0")
    assert (folder / "users-bridges-2026-06-14.csv").read_bytes().startswith("\ufeffaccount_status,".encode())
    assert (folder / "subscriptions-2026-06-14.csv").read_bytes().startswith(b"sep=;\r\ncontract_number;")
