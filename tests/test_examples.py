"""Every folder of `examples/`, run as in its README; and the demo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from seatsync.cli import main
from seatsync.declaration.project import read_project
from seatsync.expressions.variables import VARIABLES
from tests.console_blocks import ROOT, Shell, missing_library, run_page

EXAMPLES = ROOT / "examples"
FOLDERS = sorted(folder.name for folder in EXAMPLES.iterdir() if folder.is_dir() and folder.name != "__pycache__")


@pytest.mark.parametrize("name", FOLDERS)
def test_example_prints_the_output_on_its_page(name: str, tmp_path: Path) -> None:
    page = EXAMPLES / name / "README.md"
    library = missing_library(page)
    if library is not None:
        pytest.skip(f"{library}, of an extra, is not installed")
    assert run_page(page, tmp_path) == page.read_text(encoding="utf-8")


def test_all_situations_are_there_and_listed() -> None:
    assert FOLDERS == [
        "actors",
        "classic",
        "costs",
        "full-circle",
        "groups",
        "handover",
        "lists",
        "mistakes",
        "mixed-exports",
        "policy",
        "quickstart",
        "reseller-and-store",
        "three-teams",
        "tight-pool",
        "unused-seats",
        "usage",
    ]
    listed = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    assert [name for name in FOLDERS if f"[{name}]({name}/README.md)" not in listed] == []


REPOSITORIES = [name for name in FOLDERS if (EXAMPLES / name / "seatsync.yaml").exists()]
"""Examples that are a repository; those with exports make one."""


@pytest.mark.parametrize("name", [name for name in REPOSITORIES if name != "mistakes"])
def test_an_example_is_in_canonical_form(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["-C", str(EXAMPLES / name), "fmt", "--check"]) == 0
    assert capsys.readouterr().out.endswith("in canonical form; nothing to do.\n")


def test_fifteen_mistakes_are_fifteen_findings_with_fifteen_codes(tmp_path: Path) -> None:
    shell = Shell(EXAMPLES / "mistakes", {"SEATSYNC_AT": "2026-06-15"})
    with shell.servers:
        document = json.loads(shell.run(f"seatsync validate --format json --output text={tmp_path / 'text'}"))
    found = document["findings"]
    assert len(found) == len({finding["code"] for finding in found}) == 15
    text = (tmp_path / "text").read_text(encoding="utf-8")
    for finding in found:
        place = f"{finding['file']}:{finding['line']}:{finding['column']}"
        assert f"{place}: {finding['severity']} {finding['code']} {finding['message']}\n" in text
        assert (finding["end_line"], finding["end_column"]) > (finding["line"], finding["column"])
    assert shell.code == 1


def test_twenty_rules_about_every_kind_of_thing_have_cases_of_both_kinds() -> None:
    project, _ = read_project(EXAMPLES / "policy")
    assert project is not None
    assert [rule.code for rule in project.rules] == [f"POLICY{number}" for number in range(101, 121)]
    assert {rule.each for rule in project.rules} == {*VARIABLES}
    assert [rule.code for rule in project.rules if not (rule.passes and rule.fails)] == []
    assert len({rule.message for rule in project.rules}) == len(project.rules)


def test_the_demo_does_the_main_job(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    done = subprocess.run(
        [sys.executable, EXAMPLES / "demo.py", folder], capture_output=True, encoding="utf-8", check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    commands = [line for line in done.stdout.splitlines() if line.startswith("$ ")]
    assert commands == [
        "$ seatsync validate",
        "$ seatsync account create --name acme",
        "$ seatsync account load account.yaml",
        "$ seatsync plan",
        "$ seatsync apply --auto-approve",
        "$ seatsync plan --detailed-exitcode",
        "$ seatsync account mail",
        "$ seatsync account verify",
    ]
    assert "Nothing to change: the account is as declared." in done.stdout
    assert (folder / ".seatsync" / "account.db").is_file()
